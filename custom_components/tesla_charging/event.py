"""Events."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.event import EventEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, site_candidates, vehicle_candidates
from .charging.promises import Promise
from .charging_events import CHARGING_EVENTS, ChargingEvents
from .energy.wishes import Outcome, Wish
from .entity import SiteDescription, SiteEntity, TellingEntity, VehicleDescription, VehicleEntity
from .fleet.models import Vehicle
from .fleet.scopes import CHARGING, Scope
from .history_entities import OUTAGES, OutageEvents, history_candidates
from .seldom_entities import ALERTS, Alerts
from .setting_entity import told_wish

PARALLEL_UPDATES = 0

NOT_OBEYED: Final = "not_obeyed"
# What an event tells of a command: its name and its value, never a place or a PIN.
_TOLD: Final = (
    "auto_climate_on",
    "auto_seat_position",
    "charging_amps",
    "climate_keeper_mode",
    "cop_temp",
    "driver_temp",
    "fan_only",
    "id",
    "level",
    "limit_mph",
    "on",
    "opens",
    "percent",
    "plays",
    "seat_cooler_level",
    "seat_position",
    "volume",
    "which_trunk",
)


@dataclass(frozen=True, kw_only=True)
class VehicleEventDescription(VehicleDescription, EventEntityDescription):
    """Events of a car."""

    scopes: frozenset[Scope] = CHARGING


@dataclass(frozen=True, kw_only=True)
class SiteEventDescription(SiteDescription, EventEntityDescription):
    """Events of an energy site."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})


COMMANDS: Final = VehicleEventDescription(
    key="commands", event_types=[NOT_OBEYED], entity_category=EntityCategory.DIAGNOSTIC, needs_data=False
)

SETTINGS: Final = SiteEventDescription(
    key="settings",
    event_types=[outcome.value for outcome in Outcome if outcome is not Outcome.PENDING],
    entity_category=EntityCategory.DIAGNOSTIC,
    supported_fn=lambda site: site.has_battery,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the events."""
    async_follow_products(
        entry,
        Platform.EVENT,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, (COMMANDS,), CommandEvents),
            *vehicle_candidates(entry, (CHARGING_EVENTS,), ChargingEvents),
            *vehicle_candidates(entry, (ALERTS,), Alerts),
            *site_candidates(entry, (SETTINGS,), SettingEvents),
            *history_candidates(entry, (OUTAGES,), OutageEvents),
        ),
    )


class CommandEvents(TellingEntity, VehicleEntity):
    """What became of the commands: a car has said yes, and its data show that it did something else."""

    entity_description: VehicleEventDescription

    @override
    def _follow(self) -> CALLBACK_TYPE:
        return self.coordinator.async_follow_broken(self._tell)

    @callback
    def _tell(self, promise: Promise[Vehicle]) -> None:
        told = {name: value for name, value in promise.body.items() if name in _TOLD}
        self.tell(NOT_OBEYED, command=promise.command.name, **told)


class SettingEvents(TellingEntity, SiteEntity):
    """What became of the settings that a site was told: applied, rejected, or taken back later."""

    entity_description: SiteEventDescription

    @override
    def _follow(self) -> CALLBACK_TYPE:
        return self.settings.async_follow_outcomes(self._tell)

    @callback
    def _tell(self, wish: Wish) -> None:
        self.tell(wish.outcome, setting=wish.key, **told_wish(wish))
