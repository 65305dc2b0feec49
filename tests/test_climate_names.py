"""The names of climate in Home Assistant 2026.10 and 2026.11."""

import importlib.util
from types import ModuleType

import pytest

from custom_components.tesla_charging import climate_names
from homeassistant.components.climate import ClimateEntity, HVACMode
from homeassistant.const import UnitOfTemperature


def load() -> ModuleType:
    """Return the module, read anew for the Home Assistant that is there now."""
    spec = importlib.util.spec_from_file_location("climate_names_again", climate_names.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_new_names_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Home Assistant has the new names it is used as it is, so that it has nothing to warn of."""
    monkeypatch.setattr(ClimateEntity, "native_target_temperature", None, raising=False)
    assert load().ClimateNames is ClimateEntity


def test_old_names_tell_the_same() -> None:
    """Where it has the old names, they tell what the new ones hold."""
    if hasattr(ClimateEntity, "native_target_temperature"):
        pytest.skip("this Home Assistant has the new names")

    class Oven(climate_names.ClimateNames):
        """Something warm."""

        _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
        _attr_hvac_modes = [HVACMode.HEAT]

    oven = Oven()
    assert (oven.current_temperature, oven.target_temperature) == (None, None)
    oven._attr_native_current_temperature, oven._attr_native_target_temperature = 180.0, 200.0  # noqa: SLF001
    assert (oven.current_temperature, oven.target_temperature) == (180.0, 200.0)
    assert oven.temperature_unit is UnitOfTemperature.CELSIUS
