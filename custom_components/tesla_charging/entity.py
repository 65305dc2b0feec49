"""What all entities share: who they belong to, when they exist, and that only a change is written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account import Account, Site, TeslaConfigEntry
from .budget.ledger import Standing
from .const import DOMAIN
from .coordinators import SiteInfoCoordinator, SiteLiveCoordinator, SiteTodayCoordinator, VehicleCoordinator
from .devices import site_device, vehicle_device, wall_connector_device
from .energy.settings import RULES, Setting
from .fleet.models import EnergySite, Vehicle
from .fleet.models.site import ConnectorMeter, EnergyToday, WallConnectorStatus
from .fleet.scopes import Scope
from .strategies import StrategyKeeper
from .tariffs import TariffKeeper


@dataclass(frozen=True, kw_only=True)
class VehicleDescription(EntityDescription):
    """An entity of a car: `scopes`, any of which it needs, and the hardware that it is for.

    needs_data: whether it has something to show only once the car was read.
    """

    needs_data: bool = True
    scopes: frozenset[Scope] = frozenset({Scope.VEHICLE_DEVICE_DATA})
    supported_fn: Callable[[Vehicle], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class SiteDescription(EntityDescription):
    """An entity of an energy site.

    live: whether it is told by `live_status` or by `site_info`. shows: the setting that it only shows; who may change that has
    an entity that does both, and not this one.
    """

    live: bool = True
    shows: Setting | None = None
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_DEVICE_DATA})
    supported_fn: Callable[[EnergySite], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class WallConnectorDescription(EntityDescription):
    """An entity of a Wall Connector."""

    supported_fn: Callable[[WallConnectorStatus], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class AccountDescription(EntityDescription):
    """An entity of the account itself, which tells of the ledger of its Tesla app."""


class _SnapshotEntity[C: VehicleCoordinator | SiteLiveCoordinator | SiteInfoCoordinator | SiteTodayCoordinator](
    CoordinatorEntity[C]
):
    """An entity that shows part of a snapshot."""

    _attr_has_entity_name = True
    _shown: object = None

    def __init__(self, coordinator: C, owner: str, description: EntityDescription) -> None:
        """Show what is known from the start."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{owner}-{description.key}"
        self._show()

    def _show(self) -> object:
        """Set the attributes from the snapshot, and return what they depend on."""
        raise NotImplementedError

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it has changed."""
        shown = (self.available, self._show())
        if shown != self._shown:
            self._shown = shown
            self.async_write_ha_state()


class VehicleEntity(_SnapshotEntity[VehicleCoordinator]):
    """An entity of a car."""

    entity_description: VehicleDescription

    def __init__(self, coordinator: VehicleCoordinator, description: VehicleDescription) -> None:
        """Belong to the car."""
        self._attr_device_info = vehicle_device(coordinator.vin, coordinator.data)
        super().__init__(coordinator, coordinator.vin, description)

    @property
    def vehicle(self) -> Vehicle:
        """The snapshot."""
        return self.coordinator.data

    @property
    @override
    def available(self) -> bool:
        """Asleep or out of reach is no reason: what was known stays known, with its age."""
        return self.vehicle.read_at is not None or not self.entity_description.needs_data


class SiteEntity(_SnapshotEntity[SiteLiveCoordinator | SiteInfoCoordinator]):
    """An entity of an energy site."""

    entity_description: SiteDescription

    def __init__(self, site: Site, description: SiteDescription) -> None:
        """Belong to the site."""
        self._site = site
        self._attr_device_info = site_device(site.data)
        owner = str(site.snapshot.site_id)
        super().__init__(site.live if description.live else site.info, owner, description)

    @property
    def settings(self) -> SiteInfoCoordinator:
        """The coordinator that writes."""
        return self._site.info

    @property
    def strategy(self) -> StrategyKeeper:
        """What the battery is to do."""
        return self._site.strategy

    @property
    def tariff(self) -> TariffKeeper:
        """The tariff, and what it follows."""
        return self._site.tariff

    @property
    def site(self) -> EnergySite:
        """The snapshot."""
        return self._site.data

    @property
    @override
    def available(self) -> bool:
        """What was known stays known, with its age."""
        read_at = self.site.live_read_at if self.entity_description.live else self.site.info_read_at
        return read_at is not None


class SiteTodayEntity(_SnapshotEntity[SiteTodayCoordinator]):
    """An entity that shows what has flowed at an energy site today."""

    entity_description: SiteDescription

    def __init__(self, site: Site, description: SiteDescription) -> None:
        """Belong to the site."""
        self._attr_device_info = site_device(site.data)
        super().__init__(site.today, str(site.snapshot.site_id), description)

    @override
    async def async_added_to_hass(self) -> None:
        """Know first which day it is at the site."""
        await self.coordinator.async_prepare()
        self._shown = (self.available, self._show())
        await super().async_added_to_hass()

    @property
    def today(self) -> EnergyToday:
        """The sums of the day."""
        return self.coordinator.today

    @property
    @override
    def available(self) -> bool:
        """What was known stays known."""
        return self.coordinator.snapshot.current.energy_today.read_at is not None


class WallConnectorEntity(_SnapshotEntity[SiteLiveCoordinator]):
    """An entity of a Wall Connector."""

    entity_description: WallConnectorDescription

    def __init__(self, site: Site, din: str, description: WallConnectorDescription) -> None:
        """Belong to the Wall Connector."""
        self._account: Account = site.live.context.entry.runtime_data
        self._site = site
        self._din = din
        self._attr_device_info = wall_connector_device(din, site.data)
        super().__init__(site.live, din, description)

    @property
    def wall_connector(self) -> WallConnectorStatus:
        """The snapshot."""
        return self._site.data.wall_connector(self._din)

    @property
    def meter(self) -> ConnectorMeter:
        """Our count of what it has delivered."""
        return self._site.data.connector_meter(self._din)

    @property
    def car_names(self) -> dict[str, str]:
        """The names of the account's cars, by VIN."""
        cars = self._account.vehicles.items()
        return {vin: coordinator.data.name or "Tesla" for vin, coordinator in cars}

    @property
    @override
    def available(self) -> bool:
        """Unavailable when the site no longer tells of it."""
        return self.wall_connector.din is not None


class AccountEntity(Entity):
    """An entity of the account itself. It is not polled; whoever has it updated sees the ledger as it is now, for free."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _shown: object = None

    def __init__(self, entry: TeslaConfigEntry, description: AccountDescription) -> None:
        """Show what is known from the start."""
        self._account = entry.runtime_data
        self.entity_description = description
        self._attr_device_info = self._account.device
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{self._account.account_id}-{description.key}"
        self._show()

    def _show(self) -> object:
        """Set the attributes from the ledger, and return what they depend on."""
        raise NotImplementedError

    @property
    def standing(self) -> Standing:
        """How the ledger stands."""
        return self._account.budget.shown.standing

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the ledger."""
        await super().async_added_to_hass()
        self._shown = (self.available, self._show())
        self.async_on_remove(self._account.budget.async_listen(self._write_change))

    async def async_update(self) -> None:
        """Look at the ledger now."""
        self._account.budget.async_show()

    @callback
    def _write_change(self) -> None:
        shown = (self.available, self._show())
        if shown != self._shown:
            self._shown = shown
            self.async_write_ha_state()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An entity that may exist: whether it is granted and supported, and how it is made."""

    unique_id: str
    granted: bool
    is_supported: Callable[[], bool]
    make: Callable[[], Entity]


def _car_supports(coordinator: VehicleCoordinator, description: VehicleDescription) -> bool:
    return description.supported_fn(coordinator.data)


def site_supports(site: Site, description: SiteDescription) -> bool:
    """Whether a site has what an entity is for; one that never answered has nothing."""
    return site.data.has_answered and description.supported_fn(site.data)


def _may_change(account: Account, site: Site, description: SiteDescription) -> bool:
    """Whether there is another entity that shows the same setting and changes it."""
    setting = description.shows
    return setting is not None and Scope.ENERGY_CMDS in account.scopes and RULES[setting].supported(site.data)


def _site_shows(account: Account, site: Site, description: SiteDescription) -> bool:
    return site_supports(site, description) and not _may_change(account, site, description)


def _connector_supports(site: Site, din: str, description: WallConnectorDescription) -> bool:
    return site.data.has_answered and description.supported_fn(site.data.wall_connector(din))


def account_candidates[D: AccountDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[TeslaConfigEntry, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each description."""
    for description in descriptions:
        yield Candidate(
            unique_id=f"{entry.runtime_data.account_id}-{description.key}",
            granted=True,
            is_supported=lambda: True,
            make=partial(of, entry, description),
        )


def vehicle_candidates[D: VehicleDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[VehicleCoordinator, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each car and description."""
    account = entry.runtime_data
    for vin, coordinator in account.vehicles.items():
        for description in descriptions:
            yield Candidate(
                unique_id=f"{vin}-{description.key}",
                granted=bool(account.scopes & description.scopes),
                is_supported=partial(_car_supports, coordinator, description),
                make=partial(of, coordinator, description),
            )


def site_candidates[D: SiteDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[Site, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each energy site and description."""
    account = entry.runtime_data
    for site_id, site in account.sites.items():
        for description in descriptions:
            yield Candidate(
                unique_id=f"{site_id}-{description.key}",
                granted=account.scopes >= description.scopes and not _may_change(account, site, description),
                is_supported=partial(_site_shows, account, site, description),
                make=partial(of, site, description),
            )


def wall_connector_candidates[D: WallConnectorDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[Site, str, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each Wall Connector and description."""
    for site in entry.runtime_data.sites.values():
        for din in site.data.dins:
            for description in descriptions:
                yield Candidate(
                    unique_id=f"{din}-{description.key}",
                    granted=True,
                    is_supported=partial(_connector_supports, site, din, description),
                    make=partial(of, site, din, description),
                )


@callback
def async_follow_products(
    entry: TeslaConfigEntry,
    platform: str,
    async_add_entities: AddConfigEntryEntitiesCallback,
    candidates: Callable[[], Iterable[Candidate]],
) -> None:
    """Add the entities that exist now, and those that come to exist later; remove those that are not granted.

    Who may exist is thought over when the products change, whether it does each time that something was read.
    """
    account = entry.runtime_data
    registry = er.async_get(account.hass)
    added: set[str] = set()
    waiting: dict[str, Candidate] = {}
    shape: object = None

    @callback
    def take_shape() -> None:
        found = {candidate.unique_id: candidate for candidate in candidates()}
        added.intersection_update(found)
        waiting.clear()
        for unique_id, candidate in found.items():
            if candidate.granted:
                if unique_id not in added:
                    waiting[unique_id] = candidate
            elif entity_id := registry.async_get_entity_id(platform, DOMAIN, unique_id):
                registry.async_remove(entity_id)

    @callback
    def look() -> None:
        nonlocal shape
        if shape != account.shape:
            shape = account.shape
            take_shape()
        if ready := [unique_id for unique_id, candidate in waiting.items() if candidate.is_supported()]:
            added.update(ready)
            async_add_entities([waiting.pop(unique_id).make() for unique_id in ready])

    look()
    entry.async_on_unload(account.async_follow(look))
