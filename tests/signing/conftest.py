"""Fixtures of signed commands: a modern car, and its key."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from tesla_simulator import App, Simulator
from tesla_simulator.world import Car
from tests.conftest import SetUp
from tests.helpers import state_of

from .steps import DOMAIN_NAME, KEY, pair


@pytest.fixture
async def juniper(hass: HomeAssistant, sim: Simulator, app: App, no_pauses: None) -> Car:
    """Return a modern car that is awake and plugged in; the app has a key, and Tesla knows it."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, DOMAIN_NAME)
    sim.enrol(DOMAIN_NAME, key.private.public_key(), app)
    car = sim.world.car_named("Juniper")
    car.wake_seconds = 0
    car.wake()
    sim.world.car_named("Luna").unplug()
    station = next(item for item in sim.world.stations if item.kind == "home_ac")
    car.plug_in(station)
    sim.world.clock.advance(60)
    sim.world.update()
    return car


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> MockConfigEntry:
    """Return the entry, with the key in the car."""
    entry = await set_up()
    await pair(hass, sim, entry, juniper)
    assert state_of(hass, KEY) == "paired"
    return entry
