"""A clock that is set back holds nothing up, and makes nothing believed for longer."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.charging.pacing import Pace
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import START, at_home, call, in_time, set_number, state_of

pytestmark = pytest.mark.freeze_time(START)
AMPS = "number.luna_charging_amps"
LIMIT = "number.luna_charge_limit"


def test_pace() -> None:
    """What a clock that was set back has yet to reach is forgotten."""
    pace = Pace()
    pace.ask(5000)
    pace.send(5000)
    pace.ask(5001)
    assert pace.wait(5001, rises=True) == 19
    assert pace.wait(1000, rises=True) == 0
    pace.ask(1000)
    pace.send(1000)
    pace.ask(1001)
    assert pace.wait(1001, rises=True) == 19


async def test_values(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A step up after the clock was set back waits for nothing."""
    await set_up()
    await set_number(hass, AMPS, 8)
    freezer.tick(-3600)
    outcome, seconds = await in_time(hass, sim, freezer, set_number(hass, AMPS, 12), longest=40)
    assert outcome is None
    assert seconds <= 20
    assert luna.charger.amps_setting == 12


async def test_promises(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A promise is not believed for an hour because the clock was set back by one."""
    luna.ignores_commands.add("set_charge_limit")
    await set_up()
    await set_number(hass, LIMIT, 70)
    freezer.tick(-3600)
    await call(hass, "button.press", "button.luna_refresh")
    assert state_of(hass, LIMIT) == "80"


async def test_what_is_known(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was read in the future is not news."""
    await set_up()
    luna.charger.limit = 60  # somebody else, in Tesla's app
    freezer.tick(-3600)
    await set_number(hass, LIMIT, 80)
    assert luna.charger.limit == 80


async def test_looks(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was of no use is looked at again after the clock was set back."""
    luna.unplug()
    await set_up()
    freezer.tick(180)
    with pytest.raises(HomeAssistantError):
        await set_number(hass, AMPS, 8)
    freezer.tick(-3600)
    luna.plug_in(at_home(sim))
    await set_number(hass, AMPS, 8)
    assert luna.charger.amps_setting == 8


async def test_giving_up(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Who tries again after the clock was set back does not get an old failure."""
    await set_up()
    nova.sleep()
    nova.wake_seconds = 1e6
    press = ("button.press", "button.nova_charge_to_maximum_range")
    outcome, _ = await in_time(hass, sim, freezer, call(hass, *press))
    assert isinstance(outcome, HomeAssistantError)
    nova.wake_seconds = nova.waking_s = 0.0
    freezer.tick(-3600)
    outcome, _ = await in_time(hass, sim, freezer, call(hass, *press))
    assert outcome is None
    assert nova.charger.limit == 100
