"""Fixtures of these tests."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car
from tests.conftest import SetUp

from .help import later


@pytest.fixture(autouse=True)
def quiet(person: Account, luna: Car) -> None:
    """Let there be one car only, on no cable; it sleeps, so that it is not read."""
    person.sites.clear()
    person.cars[:] = [luna]
    luna.unplug()
    luna.sleep()


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """Set up an account whose history is imported."""
    entry = await set_up()
    await later(hass, sim, freezer, 1800)
    sim.clear_requests()
    return entry
