"""Switches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .commands import async_send, async_write
from .entity import (
    SiteDescription,
    SiteEntity,
    VehicleDescription,
    VehicleEntity,
    async_follow_products,
    site_candidates,
    vehicle_candidates,
)
from .fleet.commands import CHARGE_START, CHARGE_STOP, GRID_IMPORT_EXPORT, STORM_MODE, SiteCommand, VehicleCommand
from .fleet.models import EnergySite, Vehicle
from .fleet.scopes import Scope
from .history_entities import IMPORT, HistorySwitch, history_candidates
from .reading_options import CONF_PAUSED, with_options
from .schedule_entities import async_follow_schedules

# The commands queue for each car and each site by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleSwitchDescription(VehicleDescription, SwitchEntityDescription):
    """A switch of a car."""

    is_on_fn: Callable[[Vehicle], bool | None]
    on: VehicleCommand
    off: VehicleCommand


@dataclass(frozen=True, kw_only=True)
class SiteSwitchDescription(SiteDescription, SwitchEntityDescription):
    """A switch of an energy site; `body_fn` makes the body of the command."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})
    is_on_fn: Callable[[EnergySite], bool | None]
    command: SiteCommand
    body_fn: Callable[[bool], dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class AutomaticUpdatesDescription(VehicleDescription, SwitchEntityDescription):
    """Whether a car is read in the background."""

    entity_category: EntityCategory | None = EntityCategory.CONFIG


def _charging(car: Vehicle) -> bool | None:
    return None if car.charge_state.charging_state is None else car.charging


def _grid_charging(site: EnergySite) -> bool | None:
    disallowed = site.site_info.components.disallow_charge_from_grid_with_solar_installed
    return None if disallowed is None else not disallowed


VEHICLE_SWITCHES: Final = (
    VehicleSwitchDescription(
        key="charge", scopes=CHARGE_START.scopes, is_on_fn=_charging, on=CHARGE_START, off=CHARGE_STOP
    ),
)

SITE_SWITCHES: Final = (
    SiteSwitchDescription(
        key="storm_mode_enabled",
        entity_category=EntityCategory.CONFIG,
        supported_fn=lambda site: bool(site.site_info.components.storm_mode_capable),
        is_on_fn=lambda site: site.site_info.storm_mode_enabled,
        command=STORM_MODE,
        body_fn=lambda on: {"enabled": on},
    ),
    SiteSwitchDescription(
        key="grid_charging",
        entity_category=EntityCategory.CONFIG,
        supported_fn=lambda site: site.has_battery and site.has_solar and site.info_read_at is not None,
        is_on_fn=_grid_charging,
        command=GRID_IMPORT_EXPORT,
        body_fn=lambda on: {"disallow_charge_from_grid_with_solar_installed": not on},
    ),
)

AUTOMATIC_UPDATES: Final = AutomaticUpdatesDescription(key="automatic_updates", needs_data=False)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the switches."""
    async_follow_products(
        entry,
        Platform.SWITCH,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, VEHICLE_SWITCHES, VehicleSwitch),
            *vehicle_candidates(entry, (AUTOMATIC_UPDATES,), AutomaticUpdates),
            *site_candidates(entry, SITE_SWITCHES, SiteSwitch),
            *history_candidates(entry, (IMPORT,), HistorySwitch),
        ),
    )
    async_follow_schedules(entry, async_add_entities)


class VehicleSwitch(VehicleEntity, SwitchEntity):
    """A switch of a car."""

    entity_description: VehicleSwitchDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = self.entity_description.is_on_fn(self.vehicle)
        return self._attr_is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await async_send(self.coordinator, self.entity_description.on)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await async_send(self.coordinator, self.entity_description.off)


class AutomaticUpdates(VehicleEntity, SwitchEntity):
    """Whether a car is read in the background; it is one of the entry's options, and holds until it is set again."""

    entity_description: AutomaticUpdatesDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = not self.coordinator.planner.wishes.paused
        return self._attr_is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Read it."""
        self._pause(False)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave it alone."""
        self._pause(True)

    def _pause(self, paused: bool) -> None:
        entry = self.coordinator.context.entry
        options = with_options(entry, self.coordinator.vin, **{CONF_PAUSED: paused})
        self.hass.config_entries.async_update_entry(entry, options=options)


class SiteSwitch(SiteEntity, SwitchEntity):
    """A switch of an energy site."""

    entity_description: SiteSwitchDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = self.entity_description.is_on_fn(self.site)
        return self._attr_is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._turn(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._turn(False)

    async def _turn(self, on: bool) -> None:
        description = self.entity_description
        await async_write(self.settings, description.command, **description.body_fn(on))
