"""Switches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .commands import async_send
from .energy.settings import RULES, Setting
from .entity import VehicleDescription, VehicleEntity, async_follow_products, site_candidates, vehicle_candidates
from .fleet.commands import CHARGE_START, CHARGE_STOP, VehicleCommand
from .fleet.models import Vehicle
from .schedule_entities import async_follow_schedules
from .setting_entity import SettingDescription, SettingEntity

# The commands queue for each car and each site by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleSwitchDescription(VehicleDescription, SwitchEntityDescription):
    """A switch of a car."""

    is_on_fn: Callable[[Vehicle], bool | None]
    on: VehicleCommand
    off: VehicleCommand


@dataclass(frozen=True, kw_only=True)
class SiteSwitchDescription(SettingDescription, SwitchEntityDescription):
    """A switch of an energy site."""


def _charging(car: Vehicle) -> bool | None:
    return None if car.charge_state.charging_state is None else car.charging


VEHICLE_SWITCHES: Final = (
    VehicleSwitchDescription(
        key="charge", scopes=CHARGE_START.scopes, is_on_fn=_charging, on=CHARGE_START, off=CHARGE_STOP
    ),
)

SITE_SWITCHES: Final = tuple(
    SiteSwitchDescription(
        key=setting, setting=setting, entity_category=EntityCategory.CONFIG, supported_fn=RULES[setting].supported
    )
    for setting in (Setting.STORM_WATCH, Setting.GRID_CHARGING)
)


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
            *site_candidates(entry, SITE_SWITCHES, SiteSwitch),
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


class SiteSwitch(SettingEntity, SwitchEntity):
    """A switch of an energy site."""

    entity_description: SiteSwitchDescription

    @override
    def _show(self) -> object:
        on = self.known_value
        self._attr_is_on = on if isinstance(on, bool) else None
        return self._attr_is_on, self.show_outcome()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self.async_change(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self.async_change(False)
