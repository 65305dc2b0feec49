"""Values that are set again and again, and the rules of the amps: what is sent of them, and when."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import LUNA, START, asked, at_home, call, in_time, pass_time, set_number, state_of, still

pytestmark = pytest.mark.freeze_time(START)
AMPS = "number.luna_charging_amps"
LIMIT = "number.luna_charge_limit"


@pytest.fixture
def luna(sim: Simulator) -> Car:
    """Return the car that charges at home, takes unsigned commands, and takes few amps at once."""
    car = sim.world.car_named("Luna")
    car.low_amps_need_two = False
    return car


def sent(sim: Simulator, name: str = "set_charging_amps") -> list[Any]:
    """Return the values that were sent to the car."""
    return [next(iter(request.body.values())) for request in sim.requests_for(name)]


async def play(
    hass: HomeAssistant,
    sim: Simulator,
    freezer: FrozenDateTimeFactory,
    entity_id: str,
    calls: list[tuple[float, int]],
    longest: int = 200,
) -> list[Any]:
    """Set a number at these seconds without waiting for it, and let time pass until all calls have come back."""
    tasks: list[asyncio.Task[None]] = []
    now, left = 0.0, list(calls)
    while left or not all(task.done() for task in tasks):
        assert now < longest
        while left and left[0][0] <= now + 1e-6:
            tasks.append(asyncio.create_task(set_number(hass, entity_id, left.pop(0)[1])))
        await still(sim)
        step = 0.6 if left else 1.0
        now += step
        freezer.tick(step)
        async_fire_time_changed(hass)
    return [task.exception() for task in tasks]


@pytest.mark.parametrize(
    "values", [[6 + number % 10 for number in range(100)], [16 - number % 10 for number in range(100)], [6, 15] * 50]
)
async def test_a_hundred_in_a_minute(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, values: list[int]
) -> None:
    """A hundred calls within a minute are three commands at the most, and end on the last value; nobody gets an error."""
    await set_up()
    outcomes = await play(hass, sim, freezer, AMPS, [(number * 0.6, value) for number, value in enumerate(values)])
    assert outcomes == [None] * 100
    assert len(sent(sim)) <= 3
    assert luna.charger.amps_setting == values[-1]
    assert state_of(hass, AMPS) == str(values[-1])


async def test_all_at_once(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A hundred calls at the same moment are one command, or two where the first is on its way already."""
    await set_up()
    outcomes = await play(hass, sim, freezer, LIMIT, [(0, 50 + number % 51) for number in range(100)])
    assert outcomes == [None] * 100
    assert len(sent(sim, "set_charge_limit")) <= 2
    assert luna.charger.limit == 50 + 99 % 51


async def test_down_at_once_up_later(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A step down goes at once, a step up twenty seconds after the last command, with the value of then."""
    await set_up()
    begun = sim.world.clock.now()
    calls = [(0.0, 14), (6.0, 10), (12.0, 12), (18.0, 13), (40.2, 9)]
    assert await play(hass, sim, freezer, AMPS, calls) == [None] * 5
    assert sent(sim) == [14, 10, 13, 9]
    times = [(request.at - begun).total_seconds() for request in sim.requests_for("set_charging_amps")]
    assert times == pytest.approx([0, 6, 26, 40.2], abs=2.5)
    assert times[2] - times[1] >= 20


async def test_those_who_were_overtaken_share_the_failure(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Whose value was replaced by one that failed is not told that all is well."""
    await set_up()
    sim.faults.add(Fault("set_charging_amps", skip=1, body={"response": {"result": False, "reason": "no"}}))
    outcomes = await play(hass, sim, freezer, AMPS, [(0, 10), (6, 12), (12, 13)])
    assert outcomes[0] is None
    assert [getattr(outcome, "translation_key", None) for outcome in outcomes[1:]] == ["refused", "refused"]
    assert sent(sim) == [10, 13]


# Where amps are of no use


async def test_not_when_unplugged(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A program that goes on setting the amps of a car that is not plugged in costs next to nothing."""
    luna.unplug()
    await set_up()
    sim.clear_requests()
    for _ in range(60):
        with pytest.raises(HomeAssistantError) as error:
            await set_number(hass, AMPS, 8)
        assert error.value.translation_key == "refused_disconnected"
        await pass_time(hass, freezer, 10)
    assert sent(sim) == []
    assert asked(sim, "wake_up") == []
    assert len(asked(sim, "vehicle_data", vin=LUNA)) <= 3


async def test_plugged_in_meanwhile(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is known is old, so the car is looked at before somebody is told that it is not plugged in."""
    luna.unplug()
    await set_up()
    freezer.tick(180)
    luna.plug_in(at_home(sim))
    await set_number(hass, AMPS, 8)
    assert luna.charger.amps_setting == 8


async def test_not_when_complete(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """The same with a battery that is full, until it may be charged more."""
    luna.charger.limit = 50
    luna.charger.settle(luna.now)
    assert luna.charger.state == "Complete"
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await set_number(hass, AMPS, 8)
    assert error.value.translation_key == "refused_complete"
    assert sent(sim) == []


async def test_starting_an_unplugged_car_costs_nothing(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp
) -> None:
    """What was read just now says no as well as the car would."""
    luna.unplug()
    await set_up()
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "switch.turn_on", "switch.luna_charging")
    assert error.value.translation_key == "refused_disconnected"
    assert asked(sim) == []


async def test_the_cable_bounds(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """The cable may carry less than the car takes."""
    luna.reported["charge_state.charger_pilot_current"] = 10
    await set_up()
    amps = hass.states.get(AMPS)
    assert amps is not None
    assert amps.attributes["max"] == 10


# Fewer than five amps


@pytest.mark.parametrize(("needs_two", "first", "then"), [(True, [3, 3], [4, 4]), (False, [3], [4])])
async def test_few_amps(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    needs_two: bool,
    first: list[int],
    then: list[int],
) -> None:
    """Some cars want fewer than five amps twice: found out the first time, and known from then on."""
    luna.low_amps_need_two = needs_two
    entry = await set_up()
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, AMPS, 3))
    assert outcome is None
    assert sent(sim) == first
    assert luna.charger.amps_setting == 3
    await hass.config_entries.async_reload(entry.entry_id)
    await still(sim)
    await pass_time(hass, freezer, 70)
    sim.clear_requests()
    outcome, seconds = await in_time(hass, sim, freezer, set_number(hass, AMPS, 4))
    assert (outcome, sent(sim)) == (None, then)
    assert seconds <= 2
    assert luna.charger.amps_setting == 4
    await pass_time(hass, freezer, 20)
    assert state_of(hass, AMPS) == "4"


async def test_few_amps_shown_late(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that shows neither yet is told once, and nothing is learned of it."""
    luna.effect_delay_seconds = 12
    entry = await set_up()
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, AMPS, 3))
    assert (outcome, sent(sim)) == (None, [3])
    await pass_time(hass, freezer, 1, times=20)
    assert state_of(hass, AMPS) == "3"
    assert entry.runtime_data.vehicles[LUNA].data.learned_twice is None
