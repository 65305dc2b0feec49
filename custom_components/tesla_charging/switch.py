"""Switches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, site_candidates, vehicle_candidates
from .commands import async_send
from .energy.settings import RULES, Setting
from .entity import SiteDescription, SiteEntity, VehicleDescription, VehicleEntity
from .fleet.body_commands import SET_SENTRY_MODE, SET_VALET_MODE
from .fleet.climate_commands import (
    AUTO_CONDITIONING_START,
    REMOTE_AUTO_SEAT_CLIMATE_REQUEST,
    REMOTE_AUTO_STEERING_WHEEL_HEAT_CLIMATE_REQUEST,
    REMOTE_STEERING_WHEEL_HEATER_REQUEST,
    SET_BIOWEAPON_MODE,
    SET_PRECONDITIONING_MAX,
)
from .fleet.commands import CHARGE_START, CHARGE_STOP, VehicleCommand
from .fleet.models import Vehicle
from .fleet.scopes import Scope
from .history_entities import IMPORT, HistorySwitch, history_candidates
from .reading_options import CONF_PAUSED, with_options
from .schedule_entities import async_follow_schedules
from .setting_entity import SettingDescription, SettingEntity
from .tariffs import supports_tariffs

# The commands queue for each car and each site by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleSwitchDescription(VehicleDescription, SwitchEntityDescription):
    """A switch of a car.

    warms: whether it warms only while the climate runs, so that this is turned on first.
    """

    warms: bool = False
    is_on_fn: Callable[[Vehicle], bool | None]
    on: VehicleCommand
    off: VehicleCommand
    on_body: Mapping[str, object] = field(default_factory=dict)
    off_body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SiteSwitchDescription(SettingDescription, SwitchEntityDescription):
    """A switch of an energy site."""


@dataclass(frozen=True, kw_only=True)
class FollowSwitchDescription(SiteDescription, SwitchEntityDescription):
    """Whether the tariff follows a price entity."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})


@dataclass(frozen=True, kw_only=True)
class AutomaticUpdatesDescription(VehicleDescription, SwitchEntityDescription):
    """Whether a car is read in the background."""

    entity_category: EntityCategory | None = EntityCategory.CONFIG


def _charging(car: Vehicle) -> bool | None:
    return None if car.charge_state.charging_state is None else car.charging


def _told(is_on_fn: Callable[[Vehicle], bool | None]) -> Callable[[Vehicle], bool]:
    """Return whether a car tells of something: one that does not has none of it."""
    return lambda car: is_on_fn(car) is not None


def _every_car(_: Vehicle) -> bool:
    return True


def _mode(
    key: str,
    command: VehicleCommand,
    is_on_fn: Callable[[Vehicle], bool | None],
    *,
    name: str = "on",
    config: bool = False,
    enabled: bool = True,
    warms: bool = False,
    supported_fn: Callable[[Vehicle], bool] | None = None,
    **body: object,
) -> VehicleSwitchDescription:
    """Return a switch whose command says under `name` whether it is to be on."""
    return VehicleSwitchDescription(
        key=key,
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
        scopes=command.scopes,
        supported_fn=supported_fn or _told(is_on_fn),
        warms=warms,
        is_on_fn=is_on_fn,
        on=command,
        off=command,
        on_body={**body, name: True},
        off_body={**body, name: False},
    )


def _auto_seat(position: int, side: str) -> VehicleSwitchDescription:
    return _mode(
        f"auto_seat_climate_{side}",
        REMOTE_AUTO_SEAT_CLIMATE_REQUEST,
        lambda car: getattr(car.climate_state, f"auto_seat_climate_{side}"),
        name="auto_climate_on",
        config=True,
        auto_seat_position=position,
    )


def _defrosting(car: Vehicle) -> bool | None:
    mode = car.climate_state.defrost_mode
    return None if mode is None else mode != 0


def _warms_in_one_step(car: Vehicle) -> bool:
    """Whether the steering wheel is on or off; one with levels is a select."""
    climate = car.climate_state
    return climate.steering_wheel_heat_level is None and climate.steering_wheel_heater is not None


def _has_sentry(car: Vehicle) -> bool:
    """Whether a car has cameras to guard it: an old one tells nothing of it."""
    state = car.vehicle_state
    return state.sentry_mode is not None and state.sentry_mode_available is not False


VEHICLE_SWITCHES: Final = (
    VehicleSwitchDescription(
        key="charge", scopes=CHARGE_START.scopes, is_on_fn=_charging, on=CHARGE_START, off=CHARGE_STOP
    ),
    _mode("sentry_mode", SET_SENTRY_MODE, lambda car: car.vehicle_state.sentry_mode, supported_fn=_has_sentry),
    _mode("defrost_mode", SET_PRECONDITIONING_MAX, _defrosting, supported_fn=_every_car, manual_override=False),
    _mode(
        "bioweapon_mode",
        SET_BIOWEAPON_MODE,
        lambda car: car.climate_state.bioweapon_mode,
        enabled=False,
        manual_override=False,
    ),
    _auto_seat(1, "left"),
    _auto_seat(2, "right"),
    _mode(
        "auto_steering_wheel_heat",
        REMOTE_AUTO_STEERING_WHEEL_HEAT_CLIMATE_REQUEST,
        lambda car: car.climate_state.auto_steering_wheel_heat,
        config=True,
    ),
    _mode(
        "steering_wheel_heater",
        REMOTE_STEERING_WHEEL_HEATER_REQUEST,
        lambda car: car.climate_state.steering_wheel_heater,
        warms=True,
        supported_fn=_warms_in_one_step,
    ),
    _mode(
        "valet_mode",
        SET_VALET_MODE,
        lambda car: car.vehicle_state.valet_mode,
        config=True,
        enabled=False,
        supported_fn=_every_car,
    ),
)

SITE_SWITCHES: Final = tuple(
    SiteSwitchDescription(
        key=setting, setting=setting, entity_category=EntityCategory.CONFIG, supported_fn=RULES[setting].supported
    )
    for setting in (Setting.STORM_WATCH, Setting.GRID_CHARGING)
)

FOLLOW: Final = FollowSwitchDescription(
    key="follow_prices", entity_category=EntityCategory.CONFIG, supported_fn=supports_tariffs
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
            *site_candidates(entry, (FOLLOW,), FollowSwitch),
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
        if self.entity_description.warms:
            await async_send(self.coordinator, AUTO_CONDITIONING_START)
        await async_send(self.coordinator, self.entity_description.on, **self.entity_description.on_body)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await async_send(self.coordinator, self.entity_description.off, **self.entity_description.off_body)


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


class FollowSwitch(SiteEntity, SwitchEntity):
    """Whether the tariff follows the entity that the action has named."""

    entity_description: FollowSwitchDescription

    @override
    def _show(self) -> object:
        note = self.tariff.note
        self._attr_is_on = note.active
        self._attr_extra_state_attributes = {
            "price_entity": note.buy_entity,
            "sell_price_entity": note.sell_entity,
            "known_until": note.known_until,
        }
        return note

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Follow it again."""
        await self.tariff.async_follow_again()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Leave the tariff as it is."""
        self.tariff.stop_following()
