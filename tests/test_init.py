"""Setting up, reading, and staying up."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator

from .conftest import SetUp


async def test_set_up(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A home with two cars, a Powerwall and a Wall Connector is there after the first reads."""
    entry = await set_up()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.luna_battery_level").state == "62"
