"""What tells for nothing that a car is worth a look: a Wall Connector, and entities that a person names."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp, settle
from .helpers import START, asked, at_home, pass_time, state_of, unsigned_car
from .reads import alone, reads, restarted, say

pytestmark = pytest.mark.freeze_time(START)

POWER = "sensor.charger_power"
PHONE = "device_tracker.phone"


@pytest.fixture
def car(sim: Simulator, person: Account) -> Car:
    """Return a car that stands at home without a cable."""
    return alone(sim, person)


@pytest.fixture
async def entry(hass: HomeAssistant, car: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """Set up, and let the first minutes pass in which a car that has just woken is looked at."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=3)
    return entry


async def test_plug_at_home(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The Wall Connector tells of a plug within a minute, and five seconds later the car is read; so at the end."""
    sim.clear_requests()
    car.plug_in(at_home(sim))
    await pass_time(hass, freezer, 5, times=13)
    assert state_of(hass, "sensor.nova_charging_state") == "charging"
    assert reads(sim) == 1
    await pass_time(hass, freezer, 5, times=24)
    sim.clear_requests()
    car.unplug()
    await pass_time(hass, freezer, 5, times=13)
    assert state_of(hass, "sensor.nova_charging_state") == "disconnected"
    assert reads(sim) in (1, 2)


@pytest.mark.parametrize("away", [10, 100])
async def test_first_report_is_no_hint(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory, away: float
) -> None:
    """Neither when a site is first seen, nor after a restart in which nothing has changed."""
    car = alone(sim, person)
    car.plug_in(at_home(sim))
    car.charger.limit = 50
    sim.world.clock.advance(60)
    entry = await set_up()
    await pass_time(hass, freezer, 5, times=12)
    assert reads(sim) == 1
    sim.clear_requests()
    await restarted(hass, entry, away, freezer)
    await pass_time(hass, freezer, 5, times=4)
    assert reads(sim) == 0


async def test_a_change_while_home_assistant_was_off(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What the site tells otherwise than before is a hint after a restart, too."""
    sim.clear_requests()
    car.plug_in(at_home(sim))
    await restarted(hass, entry, 30, freezer)
    await pass_time(hass, freezer, 5, times=2)
    assert reads(sim) == 1
    assert state_of(hass, "binary_sensor.nova_charge_cable") == "on"


async def test_another_car_at_the_wall_connector(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A guest's plug tells nothing of ours."""
    guest = unsigned_car("Guest", 9)
    sim.world.accounts.append(Account(sub="2", email="b@example.com", full_name="B", password="x", cars=[guest]))
    sim.world.update()
    guest.plug_in(at_home(sim))
    sim.clear_requests()
    await pass_time(hass, freezer, 5, times=14)
    assert reads(sim) == 0


CHANGES: list[tuple[str, list[tuple[str, dict[str, Any]]], int]] = [
    ("a power rises", [("0", {"unit_of_measurement": "W"}), ("3600", {"unit_of_measurement": "W"})], 1),
    ("a power falls", [("3600", {"unit_of_measurement": "W"}), ("4", {"unit_of_measurement": "W"})], 1),
    ("a power moves", [("3600", {"unit_of_measurement": "W"}), ("3700", {"unit_of_measurement": "W"})], 0),
    ("standby", [("2", {"unit_of_measurement": "W"}), ("99", {"unit_of_measurement": "W"})], 0),
    ("kilowatts", [("0.05", {"unit_of_measurement": "kW"}), ("0.2", {"unit_of_measurement": "kW"})], 1),
    ("kilowatts that move", [("3.6", {"unit_of_measurement": "kW"}), ("11", {"unit_of_measurement": "kW"})], 0),
    ("amps", [("0", {"unit_of_measurement": "A"}), ("16", {"unit_of_measurement": "A"})], 1),
    ("a first report", [("3600", {"unit_of_measurement": "W"})], 0),
    (
        "gone and back",
        [("3600", {"unit_of_measurement": "W"}), ("unavailable", {}), ("3600", {"unit_of_measurement": "W"})],
        0,
    ),
    (
        "gone meanwhile",
        [("3600", {"unit_of_measurement": "W"}), ("unknown", {}), ("0", {"unit_of_measurement": "W"})],
        1,
    ),
    ("a zone", [("home", {}), ("not_home", {})], 1),
    ("an attribute", [("home", {}), ("home", {"battery": 5})], 0),
    ("a switch", [("off", {}), ("on", {})], 1),
]


@pytest.mark.parametrize(("name", "states", "expected"), CHANGES, ids=[one[0] for one in CHANGES])
async def test_named_entity(
    hass: HomeAssistant,
    sim: Simulator,
    car: Car,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    name: str,
    states: list[tuple[str, dict[str, Any]]],
    expected: int,
) -> None:
    """What changes is a hint: of a power whether there is one; what cannot be reached tells nothing."""
    await say(hass, entry, car.vin, hints=[POWER])
    await pass_time(hass, freezer, 20)
    sim.clear_requests()
    for state, attributes in states:
        hass.states.async_set(POWER, state, attributes)
        await settle(hass)
    assert reads(sim) == 0
    await pass_time(hass, freezer, 5)
    assert reads(sim) == expected


async def test_hints_follow_the_options(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What is named is followed from then on, and no longer than that."""
    hass.states.async_set(PHONE, "home")
    await say(hass, entry, car.vin, hints=[POWER, PHONE])
    sim.clear_requests()
    hass.states.async_set(PHONE, "not_home")
    await pass_time(hass, freezer, 20)
    assert reads(sim) == 1
    await say(hass, entry, car.vin, hints=[])
    sim.clear_requests()
    hass.states.async_set(PHONE, "home")
    await pass_time(hass, freezer, 20)
    assert reads(sim) == 0


@pytest.mark.parametrize("every", [3, 10])
async def test_flickering(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, every: int
) -> None:
    """What changes all the time is followed a few times, then every ten minutes: neither never nor always."""
    await say(hass, entry, car.vin, hints=[POWER])
    hass.states.async_set(POWER, "off")
    await settle(hass)
    sim.clear_requests()
    for number in range(3600 // every):
        hass.states.async_set(POWER, "off" if number % 2 else "on")
        await pass_time(hass, freezer, every)
    planned = 3600 / 257
    assert 4 <= reads(sim) <= 4 + 6 + planned


async def test_hint_at_a_sleeping_car(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Is worth a look that costs nothing; it is read when it turns out to be awake."""
    car.sleep()
    hass.states.async_set(PHONE, "home")
    await say(hass, entry, car.vin, hints=[PHONE])
    await pass_time(hass, freezer, 60, times=2)
    assert state_of(hass, "sensor.nova_status") == "asleep"
    sim.clear_requests()
    hass.states.async_set(PHONE, "not_home")
    await pass_time(hass, freezer, 5, times=4)
    assert asked(sim, vin=car.vin) == ["vehicle"]
    car.wake_seconds = 0
    car.wake()
    hass.states.async_set(PHONE, "home")
    await pass_time(hass, freezer, 5)
    assert asked(sim, vin=car.vin) == ["vehicle", "vehicle", "vehicle_data"]
    assert asked(sim, "wake_up") == []


async def test_paused_cars_take_no_hints(
    hass: HomeAssistant, sim: Simulator, car: Car, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Who pauses a car means it."""
    hass.states.async_set(PHONE, "home")
    await say(hass, entry, car.vin, hints=[PHONE], paused=True)
    sim.clear_requests()
    hass.states.async_set(PHONE, "not_home")
    await pass_time(hass, freezer, 5, times=4)
    assert asked(sim, vin=car.vin) == []
