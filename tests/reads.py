"""What the tests of planned reads need: one car in a life of its own, and when it was read."""

from itertools import pairwise
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.reading_options import with_options
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car

from .conftest import settle
from .helpers import asked, at_home, unsigned_car

LIVES = ("charging", "driving", "idle", "sentry")


def alone(sim: Simulator, person: Account, life: str = "idle", **knobs: Any) -> Car:
    """Let a person have one car only, which does not sleep unless it is told to; return it."""
    sim.world.car_named("Luna").unplug()
    car = unsigned_car(**{"sleeps": False, **knobs})
    person.cars[:] = [car]
    sim.world.update()
    if life == "charging":
        car.plug_in(at_home(sim))
    elif life == "driving":
        car.drive(600)
    elif life == "sentry":
        car.reported["vehicle_state.sentry_mode"] = True
    return car


def reads(sim: Simulator, vin: str = "*") -> int:
    """Return how often a car was read."""
    return len([one for one in sim.requests_for("vehicle_data") if vin in ("*", one.vin)])


def gaps(sim: Simulator, pattern: str = "vehicle_data") -> list[float]:
    """Return the seconds between requests."""
    times = [request.at for request in sim.requests_for(pattern)]
    return [(later - earlier).total_seconds() for earlier, later in pairwise(times)]


def looks_before_reads(sim: Simulator, vin: str) -> int:
    """Return how often a car was looked at just before it was read."""
    return [*pairwise(asked(sim, vin=vin))].count(("vehicle", "vehicle_data"))


async def say(hass: HomeAssistant, entry: MockConfigEntry, vin: str, **said: Any) -> None:
    """Say something about the reads of a car, as the options' form does."""
    hass.config_entries.async_update_entry(entry, options=with_options(entry, vin, **said))
    await settle(hass)


async def restarted(hass: HomeAssistant, entry: MockConfigEntry, away: float, freezer: FrozenDateTimeFactory) -> None:
    """Stop, be away for a while, and start again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(away)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
