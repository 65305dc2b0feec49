"""The products of the account, and whether the cars are awake."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..budget import polling
from ..fleet.models import EnergySite, Vehicle, parse
from ..fleet.paying import PriceClass
from ..fleet.scopes import DATA, Scope
from .base import Context, TeslaCoordinator


@dataclass(frozen=True, kw_only=True)
class Products:
    """The items of the product list that have an identity and may be shown: cars by VIN, sites by id.

    An item is empty while nothing is told of its product: at the start, and while it is missing.
    """

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
        super().__init__(context, "account", polling.PRODUCTS, known, subject="products", always=True)
        self._missing: dict[str | int, datetime] = {}
        context.pacer.habits(self.subject, PriceClass.LIST, polling.appetite(polling.PRODUCTS_WEIGHT))

    @callback
    def async_follow_scopes(self) -> None:
        """Forget at once what may not be shown any more."""
        scopes, known = self.context.scopes, self.data
        self.data = Products(
            vehicles=known.vehicles if Scope.VEHICLE_DEVICE_DATA in scopes else {},
            sites=known.sites if Scope.ENERGY_DEVICE_DATA in scopes else {},
        )

    @override
    def _interval(self, data: Products) -> timedelta:
        usual = polling.PRODUCTS_WITH_CARS if data.vehicles else polling.PRODUCTS
        return polling.interval(usual, polling.PRODUCTS_WEIGHT, self.context.pacer.k(PriceClass.LIST))

    @override
    async def _fetch(self) -> Products:
        if not self.context.scopes & DATA:
            # Tesla refuses the list to who may see neither cars nor sites.
            return Products(vehicles={}, sites={})
        self.context.pacer.paid(self.subject)
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
        """Return what was found and what is not missing for long: some answers leave a product out."""
        before, now = self.data, dt_util.utcnow()
        known: set[str | int] = {*before.vehicles, *before.sites}
        missing = known - {*found.vehicles, *found.sites}
        self._missing = {product: self._missing.get(product, now) for product in missing}
        doubtful = {product for product, since in self._missing.items() if now - since < polling.GONE_AFTER}
        kept_vehicles: dict[str, dict[str, Any]] = {vin: {} for vin in before.vehicles if vin in doubtful}
        kept_sites: dict[int, dict[str, Any]] = {key: {} for key in before.sites if key in doubtful}
        return Products(vehicles={**kept_vehicles, **found.vehicles}, sites={**kept_sites, **found.sites})
