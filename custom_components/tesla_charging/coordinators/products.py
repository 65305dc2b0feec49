"""The products of the account, and whether the cars are awake."""

from dataclasses import dataclass
from typing import Any, override

from ..budget import polling
from ..fleet.models import EnergySite, Vehicle, parse
from ..fleet.scopes import Scope
from .base import Context, TeslaCoordinator


@dataclass(frozen=True, kw_only=True)
class Products:
    """The items of the product list that have an identity and may be shown: cars by VIN, sites by id."""

    vehicles: dict[str, dict[str, Any]]
    sites: dict[int, dict[str, Any]]


class ProductsCoordinator(TeslaCoordinator[Products]):
    """Keeps the product list."""

    def __init__(self, context: Context) -> None:
        """Start with what is on disk."""
        known = Products(
            vehicles={vin: {} for vin in context.snapshots.vehicles},
            sites={site_id: {} for site_id in context.snapshots.sites},
        )
        super().__init__(context, "account", polling.PRODUCTS, known)
        self._missing: set[str | int] = set()

    @override
    async def _fetch(self) -> Products:
        found = Products(vehicles={}, sites={})
        for item in await self.client.products():
            if vin := parse(Vehicle, item).vin:
                if Scope.VEHICLE_DEVICE_DATA in self.context.scopes:
                    found.vehicles[vin] = item
                continue
            site = parse(EnergySite, item)
            if Scope.ENERGY_DEVICE_DATA in self.context.scopes and site.energy_site_id is not None and site.exists:
                found.sites[site.energy_site_id] = item
        return self._with_what_may_be_back(found)

    def _with_what_may_be_back(self, found: Products) -> Products:
        """Return what was found and what is missing for the first time: one answer may leave a product out."""
        before = self.data
        known: set[str | int] = {*before.vehicles, *before.sites}
        missing = known - {*found.vehicles, *found.sites}
        doubtful, self._missing = missing - self._missing, missing
        kept_vehicles = {vin: item for vin, item in before.vehicles.items() if vin in doubtful}
        kept_sites = {key: item for key, item in before.sites.items() if key in doubtful}
        return Products(vehicles={**kept_vehicles, **found.vehicles}, sites={**kept_sites, **found.sites})
