"""Climate: the cabin, and its protection from heat."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.climate import ATTR_HVAC_MODE, ClimateEntityDescription, ClimateEntityFeature, HVACMode
from homeassistant.const import ATTR_TEMPERATURE, PRECISION_HALVES, PRECISION_WHOLE, Platform, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .climate_names import ClimateNames
from .commands import async_send
from .entity import VehicleDescription, VehicleEntity
from .fleet.climate_commands import (
    AUTO_CONDITIONING_START,
    AUTO_CONDITIONING_STOP,
    CAR,
    SET_CABIN_OVERHEAT_PROTECTION,
    SET_CLIMATE_KEEPER_MODE,
    SET_COP_TEMP,
    SET_TEMPS,
)
from .fleet.models import Vehicle
from .fleet.models.climate import KEEPER_MODES, OVERHEAT_CELSIUS, OVERHEAT_LIMITS, KeeperMode, OverheatProtection
from .fleet.scopes import Scope

# The commands queue for each car by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0

# Of a car that does not say what it can do.
_COLDEST: Final = 15.0
_WARMEST: Final = 28.0
PRESETS: Final = {"none": KeeperMode.OFF, "keep": KeeperMode.KEEP, "dog": KeeperMode.DOG, "camp": KeeperMode.CAMP}
_PRESET_NAMES: Final = {mode: name for name, mode in PRESETS.items()}
PROTECTION: Final = {
    OverheatProtection.OFF: HVACMode.OFF,
    OverheatProtection.ON: HVACMode.COOL,
    OverheatProtection.FAN_ONLY: HVACMode.FAN_ONLY,
}
_ON_OFF: Final = ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF


def preset_of(car: Vehicle) -> str | None:
    """Return what stays on in a car when its driver has left."""
    keeper = car.climate_state.climate_keeper_mode
    return None if keeper is None else _PRESET_NAMES[keeper]


def protection_of(car: Vehicle) -> HVACMode | None:
    """Return how a cabin is protected from heat."""
    mode = car.climate_state.cabin_overheat_protection
    return None if mode is None else PROTECTION[mode]


def protected_from(car: Vehicle) -> int | None:
    """Return the °C from which on it is."""
    limit = car.climate_state.cop_activation_temperature
    return None if limit is None else OVERHEAT_CELSIUS[limit]


@dataclass(frozen=True, kw_only=True)
class VehicleClimateDescription(VehicleDescription, ClimateEntityDescription):
    """A climate of a car."""

    scopes: frozenset[Scope] = CAR


CABIN: Final = VehicleClimateDescription(key="climate")
OVERHEAT_PROTECTION: Final = VehicleClimateDescription(
    key="cabin_overheat_protection", entity_registry_enabled_default=False
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the climates."""
    async_follow_products(
        entry,
        Platform.CLIMATE,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, (CABIN,), CabinClimate),
            *vehicle_candidates(entry, (OVERHEAT_PROTECTION,), OverheatProtectionClimate),
        ),
    )


class _CarClimate(VehicleEntity, ClimateNames):
    """A climate of a car; temperatures are °C."""

    entity_description: VehicleClimateDescription
    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS

    @override
    async def async_turn_on(self) -> None:
        """Turn it on."""
        await self.async_set_hvac_mode(self.hvac_modes[1])

    @override
    async def async_turn_off(self) -> None:
        """Turn it off."""
        await self.async_set_hvac_mode(HVACMode.OFF)

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the temperature, and what it is to do if that is given."""
        if (celsius := kwargs.get(ATTR_TEMPERATURE)) is not None:
            await self._async_set_celsius(celsius)
        if (mode := kwargs.get(ATTR_HVAC_MODE)) is not None:
            await self.async_set_hvac_mode(mode)

    async def _async_set_celsius(self, celsius: float) -> None:
        raise NotImplementedError


class CabinClimate(_CarClimate):
    """The cabin: on and off, one temperature for both sides, and what stays on when the driver has left."""

    _attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]
    _attr_precision = PRECISION_HALVES
    _attr_preset_modes = list(PRESETS)
    _attr_supported_features = _ON_OFF | ClimateEntityFeature.TARGET_TEMPERATURE | ClimateEntityFeature.PRESET_MODE
    _attr_target_temperature_step = 0.5

    @override
    def _show(self) -> object:
        climate = self.vehicle.climate_state
        on, preset = climate.is_climate_on, preset_of(self.vehicle)
        self._attr_hvac_mode = None if on is None else HVACMode.HEAT_COOL if on else HVACMode.OFF
        self._attr_native_current_temperature = climate.inside_temp
        self._attr_native_target_temperature = climate.driver_temp_setting
        self._attr_min_temp = climate.min_avail_temp or _COLDEST
        self._attr_max_temp = climate.max_avail_temp or _WARMEST
        self._attr_preset_mode = preset
        return on, preset, climate.inside_temp, climate.driver_temp_setting, self._attr_min_temp, self._attr_max_temp

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Turn it on or off."""
        command = AUTO_CONDITIONING_STOP if hvac_mode is HVACMode.OFF else AUTO_CONDITIONING_START
        await async_send(self.coordinator, command)

    @override
    async def _async_set_celsius(self, celsius: float) -> None:
        halves = round(celsius * 2) / 2
        await async_send(self.coordinator, SET_TEMPS, driver_temp=halves, passenger_temp=halves)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Say what stays on when the driver has left."""
        number = KEEPER_MODES.index(PRESETS[preset_mode])
        await async_send(self.coordinator, SET_CLIMATE_KEEPER_MODE, climate_keeper_mode=number)


class OverheatProtectionClimate(_CarClimate):
    """What keeps the cabin of a parked car from getting too hot, from one of three temperatures on."""

    _attr_min_temp = OVERHEAT_CELSIUS[OVERHEAT_LIMITS[0]]
    _attr_max_temp = OVERHEAT_CELSIUS[OVERHEAT_LIMITS[-1]]
    _attr_precision = PRECISION_WHOLE
    _attr_target_temperature_step = 5

    @override
    def _show(self) -> object:
        climate, config = self.vehicle.climate_state, self.vehicle.vehicle_config
        mode, limit = protection_of(self.vehicle), protected_from(self.vehicle)
        by_fan = climate.supports_fan_only_cabin_overheat_protection is not False
        settable = config.cop_user_set_temp_supported is True
        self._attr_hvac_modes = [HVACMode.OFF, HVACMode.COOL, *([HVACMode.FAN_ONLY] if by_fan else [])]
        self._attr_hvac_mode = mode
        self._attr_native_current_temperature = climate.inside_temp
        self._attr_native_target_temperature = limit
        temperature = ClimateEntityFeature.TARGET_TEMPERATURE if settable else ClimateEntityFeature(0)
        self._attr_supported_features = _ON_OFF | temperature
        return mode, limit, by_fan, settable, climate.inside_temp

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Say how it protects."""
        await async_send(
            self.coordinator,
            SET_CABIN_OVERHEAT_PROTECTION,
            on=hvac_mode is not HVACMode.OFF,
            fan_only=hvac_mode is HVACMode.FAN_ONLY,
        )

    @override
    async def _async_set_celsius(self, celsius: float) -> None:
        """Take the nearest of the three."""
        nearest = min(OVERHEAT_LIMITS, key=lambda limit: abs(OVERHEAT_CELSIUS[limit] - celsius))
        await async_send(self.coordinator, SET_COP_TEMP, cop_temp=OVERHEAT_LIMITS.index(nearest))
