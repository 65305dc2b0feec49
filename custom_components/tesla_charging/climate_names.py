"""A climate entity with the names of Home Assistant 2026.11, on 2026.10 too (ha_engineering.md 2)."""

from typing import TYPE_CHECKING, override

from homeassistant.components.climate import ClimateEntity

if TYPE_CHECKING:

    class ClimateNames(ClimateEntity):
        """The names that both have."""

        _attr_native_current_temperature: float | None
        _attr_native_target_temperature: float | None
        _attr_native_temperature_unit: str

elif hasattr(ClimateEntity, "native_target_temperature"):
    ClimateNames = ClimateEntity
else:

    class ClimateNames(ClimateEntity):
        """The new names, told under the old ones."""

        _attr_native_current_temperature: float | None = None
        _attr_native_target_temperature: float | None = None

        @property
        @override
        def current_temperature(self) -> float | None:
            return self._attr_native_current_temperature

        @property
        @override
        def target_temperature(self) -> float | None:
            return self._attr_native_target_temperature

        @property
        @override
        def temperature_unit(self) -> str:
            return self._attr_native_temperature_unit
