"""The blueprints in the repository, run as a person's automation."""

from pathlib import Path
import shutil

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .conftest import settle

BLUEPRINTS = Path(__file__).parents[1] / "blueprints/automation/tesla_charging"
LEVEL, CABLE = "sensor.luna_battery_level", "binary_sensor.luna_charge_cable"


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give the blueprints a folder of their own."""
    shutil.copytree(BLUEPRINTS, Path(hass_tmp_config_dir) / "blueprints/automation/tesla_charging")
    return hass_tmp_config_dir


@pytest.mark.parametrize(
    ("level", "cable", "told"),
    [("30", "off", True), ("30", "on", False), ("40", "off", False), ("unknown", "off", False)],
)
@pytest.mark.freeze_time("2026-11-23 20:59:00+00:00")
async def test_plug_in_reminder(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, level: str, cable: str, told: bool
) -> None:
    """It speaks when the car needs a plug, and only then."""
    await hass.config.async_set_time_zone("UTC")
    hass.states.async_set(LEVEL, level)
    hass.states.async_set(CABLE, cable)
    inputs = {"battery_level": LEVEL, "charge_cable": CABLE}
    automation = {"use_blueprint": {"path": "tesla_charging/plug_in_reminder.yaml", "input": inputs}}
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(hass, "automation", {"automation": automation})
    calls: list[str] = []
    hass.bus.async_listen("call_service", lambda event: calls.append(str(event.data["service_data"].get("message"))))
    freezer.tick(61)
    async_fire_time_changed(hass)
    await settle(hass)
    said = [message for message in calls if message != "None"]
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    assert said == (["The battery is at 30 %, and the car is not plugged in."] if told else [])
