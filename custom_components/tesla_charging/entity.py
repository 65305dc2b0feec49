"""What all entities share: who they belong to, when they exist, and that only a change is written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.event import EventEntity
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account import Account, Site, TeslaConfigEntry
from .budget.ledger import Standing
from .coordinators import (
    CarFileCoordinator,
    PersonCoordinator,
    SiteInfoCoordinator,
    SiteLiveCoordinator,
    SiteTodayCoordinator,
    VehicleCoordinator,
)
from .coordinators.base import TeslaCoordinator
from .devices import site_device, vehicle_device, wall_connector_device
from .energy.settings import Setting
from .fleet.models import EnergySite, Vehicle
from .fleet.models.car_file import CarFile
from .fleet.models.person import Person
from .fleet.models.site import ConnectorMeter, EnergyToday, WallConnectorStatus
from .fleet.scopes import Scope
from .fleet.seldom import Topic
from .strategies import StrategyKeeper
from .tariffs import TariffKeeper


@dataclass(frozen=True, kw_only=True)
class VehicleDescription(EntityDescription):
    """An entity of a car: `scopes`, any of which it needs, and the hardware that it is for.

    needs_data: whether it has something to show only once the car was read. unless: any of these scopes brings another
    entity that shows the same and changes it.
    """

    needs_data: bool = True
    scopes: frozenset[Scope] = frozenset({Scope.VEHICLE_DEVICE_DATA})
    unless: frozenset[Scope] = frozenset()
    supported_fn: Callable[[Vehicle], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class FileDescription(VehicleDescription):
    """An entity of what is asked of a car seldom.

    topic: what has to be asked about for it, as long as it is there.
    """

    needs_data: bool = False
    topic: Topic


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
    """An entity of the account itself, which tells of the ledger of its Tesla app where it needs no scope."""

    scopes: frozenset[Scope] = frozenset()


@dataclass(frozen=True, kw_only=True)
class PersonDescription(AccountDescription):
    """An entity of the person that the account belongs to."""

    scopes: frozenset[Scope] = frozenset({Scope.USER_DATA})


class _SnapshotEntity[C: TeslaCoordinator[Any]](CoordinatorEntity[C]):
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

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the coordinator from what is written now."""
        await super().async_added_to_hass()
        self._shown = (self.available, self._show())

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


class FileEntity(_SnapshotEntity[CarFileCoordinator]):
    """An entity of what is asked of a car seldom: it is asked about as long as the entity is there."""

    entity_description: FileDescription

    def __init__(self, coordinator: VehicleCoordinator, description: FileDescription) -> None:
        """Belong to the car."""
        account: Account = coordinator.context.entry.runtime_data
        self._attr_device_info = vehicle_device(coordinator.vin, coordinator.data)
        super().__init__(account.files[coordinator.vin], coordinator.vin, description)

    @property
    def file(self) -> CarFile:
        """The snapshot."""
        return self.coordinator.data

    @property
    def vehicle(self) -> Vehicle:
        """The snapshot of the car."""
        return self.coordinator.vehicle.data

    @property
    @override
    def available(self) -> bool:
        """What was not told yet is unknown."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Have it asked about."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_watch(self.entity_description.topic))

    @override
    async def async_update(self) -> None:
        """Ask again, where that can tell more than once a day does."""
        if self.entity_description.topic is Topic.NEARBY:
            await super().async_update()


class PersonEntity(_SnapshotEntity[PersonCoordinator]):
    """An entity of the person that the account belongs to."""

    entity_description: PersonDescription

    def __init__(self, entry: TeslaConfigEntry, description: PersonDescription) -> None:
        """Belong to the account."""
        account = entry.runtime_data
        self._attr_device_info = account.device
        super().__init__(account.person, account.account_id, description)

    @property
    def person(self) -> Person:
        """The snapshot."""
        return self.coordinator.data

    @property
    @override
    def available(self) -> bool:
        """What was known stays known."""
        return self.person.asked_at is not None


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


class TellingEntity(EventEntity):
    """Events of a device: they come from what is followed, and show nothing of the snapshot."""

    def _show(self) -> object:
        return None

    def _follow(self) -> CALLBACK_TYPE:
        """Follow what there is to tell, until what is returned is called."""
        raise NotImplementedError

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to follow."""
        await super().async_added_to_hass()
        self.async_on_remove(self._follow())

    @callback
    def tell(self, what: str, **told: object) -> None:
        """Tell of something that has happened."""
        self._trigger_event(what, told)
        self.async_write_ha_state()


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
