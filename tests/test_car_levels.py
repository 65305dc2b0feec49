"""Cooled seats: Tesla's pages count their levels from 0, its proxy from 1, and either may be right."""

from collections.abc import Iterator
from typing import Any, Literal, override

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car, build_car

from .car_help import drives_in
from .conftest import SetUp
from .helpers import START, asked, call, in_time, pass_time, state_of, still
from .simulator.car_table import ALL_BUILT_IN

pytestmark = pytest.mark.freeze_time(START)

SEAT = "select.nova_seat_cooler_front_left"
LEVELS = ("off", "low", "medium", "high")


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake, with cooled seats and its climate on."""
    car = build_car("Nova", "Y", 2025, 7, built_with=ALL_BUILT_IN, command_signing="off", soc=50.0, kept_awake=True)
    drives_in(person, sim, car).climate.on = True
    return car


async def pick(
    hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory, option: str
) -> tuple[list[Any], int]:
    """Select a level; return the numbers that were sent for it, and how many seconds it took."""
    sim.clear_requests()
    outcome, seconds = await in_time(
        hass, sim, freezer, call(hass, "select.select_option", SEAT, option=option), longest=60
    )
    assert outcome is None
    return [one.body["seat_cooler_level"] for one in sim.requests_for("command/remote_seat_cooler_request")], seconds


def counts_from_one(entry: MockConfigEntry) -> bool | None:
    """Return whether the car is known to count from one."""
    (car,) = entry.runtime_data.vehicles.values()
    from_one: bool | None = car.data.learned_from_one
    return from_one


@pytest.mark.parametrize(
    ("from_one", "before", "option", "first"),
    [
        (False, 0, "low", [1]),
        (False, 0, "high", [3]),
        (False, 3, "low", [1]),
        (False, 3, "off", [0]),
        (True, 0, "low", [1, 2]),
        (True, 0, "high", [3, 4]),
        (True, 3, "low", [1, 2]),
        (True, 3, "off", [0, 1]),
    ],
)
@pytest.mark.parametrize("refuses_with", ["reason", "status"])
async def test_counted_from_either(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    from_one: bool,
    before: int,
    option: str,
    first: list[int],
    refuses_with: Literal["reason", "status"],
) -> None:
    """Whichever is right, the seat gets what was chosen; what was found out is known from then on, also after a restart."""
    sim.behaviour.seat_cooler_from_one = from_one
    sim.behaviour.invalid_parameter = refuses_with
    nova.climate.coolers["left"] = before
    entry = await set_up()
    sent, _ = await pick(hass, sim, freezer, option)
    assert sent == first
    assert LEVELS[nova.climate.coolers["left"]] == option == state_of(hass, SEAT)
    await pass_time(hass, freezer, 60)
    await hass.config_entries.async_reload(entry.entry_id)
    await still(sim)
    if (from_one, option) != (False, "off"):
        sent, seconds = await pick(hass, sim, freezer, "medium")
        assert (sent, seconds <= 2) == ([3 if from_one else 2], True)
        assert nova.climate.coolers["left"] == 2
    await pass_time(hass, freezer, 20)
    sent, _ = await pick(hass, sim, freezer, "off")
    assert nova.climate.coolers["left"] == 0


@pytest.mark.parametrize("from_one", [True, False])
@pytest.mark.parametrize(("before", "option"), [(0, "low"), (0, "high"), (1, "medium"), (3, "medium"), (2, "low")])
async def test_shown_late(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    from_one: bool,
    before: int,
    option: str,
) -> None:
    """A car that shows late what it was told is not taken for one that counts otherwise."""
    sim.behaviour.seat_cooler_from_one = from_one
    nova.climate.coolers["left"] = before
    entry = await set_up()
    nova.effect_delay_seconds = 12
    await pick(hass, sim, freezer, option)
    await pass_time(hass, freezer, 1, times=20)
    assert LEVELS[nova.climate.coolers["left"]] == option == state_of(hass, SEAT)
    assert counts_from_one(entry) is from_one


@pytest.mark.parametrize("from_one", [True, False])
@pytest.mark.parametrize("learned", [True, False])
async def test_off_in_a_cold_car(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    from_one: bool,
    learned: bool,
) -> None:
    """What is off with the climate is off, whatever number says so."""
    sim.behaviour.seat_cooler_from_one = from_one
    nova.climate.coolers["left"] = 2
    await set_up()
    if learned:
        await pick(hass, sim, freezer, "high")
        await pass_time(hass, freezer, 20)
    nova.climate.switch_off()
    sent, _ = await pick(hass, sim, freezer, "off")
    assert sent == ([1] if learned else [0, 1]) if from_one else [0]
    await pass_time(hass, freezer, 20)
    assert state_of(hass, SEAT) == "off"


class Once(set[str]):
    """Patterns that hold for one command."""

    @override
    def __iter__(self) -> Iterator[str]:
        found = [*super().__iter__()]
        self.clear()
        return iter(found)


SEATS = "remote_seat_cooler_request"


@pytest.mark.parametrize(
    ("before", "ignores", "option", "expected", "learned"),
    [
        (1, Once({SEATS}), "medium", [2, 3, 2], False),
        (1, {SEATS}, "medium", [2, 3], None),
        (0, {SEATS}, "high", [3], None),
    ],
    ids=["once", "always", "always, and no level below"],
)
async def test_ignored(
    hass: HomeAssistant,
    nova: Car,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    before: int,
    ignores: set[str],
    option: str,
    expected: list[int],
    learned: bool | None,
) -> None:
    """A car that says yes and does nothing is not taken for one that counts otherwise."""
    nova.climate.coolers["left"] = before
    entry = await set_up()
    nova.ignores_commands = ignores
    sent, _ = await pick(hass, sim, freezer, option)
    assert sent == expected
    assert counts_from_one(entry) is learned
    await pass_time(hass, freezer, 20)
    assert state_of(hass, SEAT) == LEVELS[nova.climate.coolers["left"]]


async def test_nothing_read(
    hass: HomeAssistant, nova: Car, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where no look tells how it counts, nothing is learned, and nothing is said twice."""
    entry = await set_up()
    sim.faults.add(Fault(endpoint="vehicle_data", answer="internal"))
    sent, _ = await pick(hass, sim, freezer, "medium")
    assert sent == [2]
    assert counts_from_one(entry) is None


async def test_refused_for_another_reason(
    hass: HomeAssistant, nova: Car, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is refused for another reason teaches nothing, and the reason is told."""
    entry = await set_up()
    sim.faults.add(Fault(endpoint=f"command/{SEATS}", answer="invalid_command"))
    outcome, _ = await in_time(
        hass, sim, freezer, call(hass, "select.select_option", SEAT, option="medium"), longest=60
    )
    assert isinstance(outcome, HomeAssistantError)
    assert counts_from_one(entry) is None


async def test_learned_wrongly(
    hass: HomeAssistant, nova: Car, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A level that did not come although it was thought to be known how to say it is a reason to find out anew."""
    sim.behaviour.seat_cooler_from_one = True
    entry = await set_up()
    await pick(hass, sim, freezer, "high")
    await pass_time(hass, freezer, 20)
    sim.behaviour.seat_cooler_from_one = False
    sent, _ = await pick(hass, sim, freezer, "low")
    assert sent == [2]
    await pass_time(hass, freezer, 20)
    assert (state_of(hass, SEAT), nova.climate.coolers["left"]) == ("medium", 2)
    assert counts_from_one(entry) is None
    await pick(hass, sim, freezer, "low")
    assert counts_from_one(entry) is False
    assert nova.climate.coolers["left"] == 1


async def test_a_car_that_tells_no_level(
    hass: HomeAssistant, nova: Car, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """One that has told its levels and does not any more is not looked at over and over, at a price each time."""
    entry = await set_up()
    nova.reported = {"climate_state.seat_fan_front_left": None}
    for option, level in (("high", 3), ("low", 1)):
        sent, seconds = await pick(hass, sim, freezer, option)
        assert (sent, seconds <= 2) == ([level], True)
        assert len(asked(sim, "vehicle_data")) <= 2
        await pass_time(hass, freezer, 40)
    assert counts_from_one(entry) is None


async def test_no_level_above(
    hass: HomeAssistant, nova: Car, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that counts from 0 and has done nothing refuses a level that it does not have: that tells how it counts."""
    nova.climate.coolers["left"] = 2
    entry = await set_up()
    nova.ignores_commands = Once({SEATS})
    sent, _ = await pick(hass, sim, freezer, "high")
    assert sent == [3, 4]
    assert counts_from_one(entry) is False
    await pass_time(hass, freezer, 20)
    assert state_of(hass, SEAT) == "medium"
