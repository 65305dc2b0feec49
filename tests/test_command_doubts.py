"""What is not known for sure: nothing is taken for done, or for impossible, that nobody has seen."""

import asyncio
from decimal import Decimal

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.async_ import get_scheduled_timer_handles
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import (
    LUNA,
    START,
    asked,
    at_home,
    call,
    in_time,
    list_again,
    pass_time,
    set_number,
    state_of,
    still,
    until,
)

pytestmark = pytest.mark.freeze_time(START)
LIMIT = "number.luna_charge_limit"
SWITCH = "switch.luna_charging"


def refusal(reason: str) -> dict[str, object]:
    """Return the answer of a car that says no."""
    return {"response": {"result": False, "reason": reason}}


# What cannot be seen


@pytest.mark.parametrize(("button", "field"), [("charge_to_standard_limit", "std"), ("charge_to_maximum_range", "max")])
async def test_a_limit_that_is_not_known(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    button: str,
    field: str,
) -> None:
    """Where the car does not say which limit it is, it is told all the same, and looked at."""
    luna.charger.limit = 95
    luna.reported[f"charge_state.charge_limit_soc_{field}"] = None
    await set_up()
    sim.clear_requests()
    await call(hass, "button.press", f"button.luna_{button}")
    assert len(asked(sim, "command/*")) == 1
    assert luna.charger.limit != 95
    await pass_time(hass, freezer, 2)
    assert state_of(hass, LIMIT) == str(luna.charger.limit)
    assert state_of(hass, "event.luna_commands") == "unknown"


async def test_a_latch_that_is_not_known(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """A latch of which nothing is known is not one that is open."""
    luna.command("charge_stop", {})
    luna.reported["charge_state.charge_port_latch"] = "<invalid>"
    await set_up()
    assert state_of(hass, "lock.luna_charge_cable_lock") == "unknown"
    await call(hass, "lock.unlock", "lock.luna_charge_cable_lock")
    assert asked(sim, "command/*") == ["command/charge_port_door_open"]
    assert luna.charger.unlocked


async def test_plugged_in_meanwhile(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is known is old, so the car is looked at before somebody is told that there is no cable."""
    luna.unplug()
    await set_up()
    freezer.tick(180)
    luna.plug_in(at_home(sim))
    await call(hass, "lock.unlock", "lock.luna_charge_cable_lock")
    assert luna.charger.unlocked


async def test_plugged_in_meanwhile_on_what_is_left_for_a_person(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where only what is kept for a person is left of the budget, it is looked at from that."""
    luna.unplug()
    entry = await set_up()
    await entry.runtime_data.purse.async_set_spent(Decimal("9.95"))
    freezer.tick(180)
    luna.plug_in(at_home(sim))
    await call(hass, "lock.unlock", "lock.luna_charge_cable_lock")
    assert luna.charger.unlocked


@pytest.mark.parametrize("trouble", ["server", "budget", "asleep"])
async def test_no_cable_as_far_as_is_known(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, trouble: str
) -> None:
    """What is old says nothing of the cable: where the car cannot be looked at, that is what is said."""
    luna.unplug()
    entry = await set_up()
    freezer.tick(180)
    if trouble == "server":
        sim.faults.add(Fault("vehicle_data", answer="internal"))
    elif trouble == "budget":
        await entry.runtime_data.purse.async_set_spent(Decimal(10))
    else:
        luna.kept_awake = False
        luna.sleep()
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "lock.unlock", "lock.luna_charge_cable_lock")
    assert error.value.translation_key == ("left_asleep" if trouble == "asleep" else "unseen")
    assert asked(sim, "wake_up") == asked(sim, "command/*") == []


# What was lost


async def test_lost_and_not_to_be_seen(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What may have been done is not sent again by somebody who cannot look."""
    await set_up()
    sim.faults.add(Fault("charge_stop", reset=True, times=1))
    sim.faults.add(Fault("vehicle_data", answer="internal"))
    outcome, _ = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", SWITCH))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "no_answer"
    assert len(asked(sim, "command/*")) == 1


async def test_lost_and_one_look_fails(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A look that fails is not the last one."""
    await set_up()
    sim.faults.add(Fault("charge_stop", executed=True, reset=True, times=1))
    sim.faults.add(Fault("vehicle_data", answer="internal", times=1))
    outcome, _ = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", SWITCH))
    assert outcome is None
    assert len(asked(sim, "command/*")) == 1


async def test_an_old_value_proves_nothing(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A value that was read long ago is not the car's word that it has obeyed now."""
    await set_up()
    luna.charger.limit = 60  # somebody else, in Tesla's app
    freezer.tick(180)
    sim.faults.add(Fault("set_charge_limit", reset=True, times=1))
    sim.faults.add(Fault("vehicle_data", answer="asleep"))
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 80))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "no_answer"


async def test_an_older_promise_does_not_hide_the_look(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The car did the second thing, whatever it had said to the first."""
    luna.ignores_commands.add("set_charge_limit")
    await set_up()
    await set_number(hass, LIMIT, 70)
    await pass_time(hass, freezer, 3)
    luna.ignores_commands.clear()
    sim.faults.add(Fault("set_charge_limit", executed=True, reset=True, times=1))
    sim.clear_requests()
    outcome, seconds = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 80))
    assert outcome is None
    assert seconds <= 4
    assert asked(sim, "command/*") == ["command/set_charge_limit"]
    await pass_time(hass, freezer, 1, times=20)
    assert state_of(hass, LIMIT) == "80"
    assert state_of(hass, "event.luna_commands") == "unknown"


@pytest.mark.parametrize("how", ["lost", "so_already"])
async def test_the_opposite_after_a_doubt(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, how: str
) -> None:
    """What is known counts for nothing when a command has left it in doubt: the opposite is sent, to be sure."""
    await set_up()
    if how == "lost":
        sim.faults.add(Fault("charge_stop", executed=True, reset=True, times=1))
        hidden = sim.faults.add(Fault("vehicle_data", answer="internal"))
        outcome, _ = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", SWITCH))
        assert isinstance(outcome, HomeAssistantError)
        sim.faults.active.remove(hidden)
    else:
        luna.command("charge_stop", {})
        await call(hass, "switch.turn_off", SWITCH)
    assert state_of(hass, SWITCH) == "on"
    sim.clear_requests()
    await call(hass, "switch.turn_on", SWITCH)
    assert asked(sim, "command/*") == ["command/charge_start"]
    assert luna.charger.state in ("Starting", "Charging")


async def test_so_already_overrules_a_promise(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that says it is stopped anyway is no longer held to its promise to start."""
    luna.command("charge_stop", {})
    luna.ignores_commands.add("charge_start")
    await set_up()
    await call(hass, "switch.turn_on", SWITCH)
    await pass_time(hass, freezer, 1)
    sim.faults.add(Fault("charge_stop", body=refusal("not_charging")))
    await call(hass, "switch.turn_off", SWITCH)
    await pass_time(hass, freezer, 2)
    assert state_of(hass, SWITCH) == "off"
    await pass_time(hass, freezer, 1, times=20)
    assert state_of(hass, "event.luna_commands") == "unknown"


async def test_an_old_promise_is_no_knowledge(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that could not be looked at since it promised is told again, hours later."""
    luna.sleeps = False
    await set_up()
    await set_number(hass, LIMIT, 70)
    sim.faults.add(Fault("vehicle_data", answer="asleep"))
    await pass_time(hass, freezer, 20, times=3)
    freezer.tick(3600)
    luna.charger.limit = 60  # somebody else, in Tesla's app
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 70))
    assert outcome is None
    assert luna.charger.limit == 70


# What need not be sent or read


async def test_a_car_that_sleeps_need_not_be_stopped(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It does not charge: it is not woken to be told so."""
    await set_up()
    nova.sleep()
    await list_again(hass)
    sim.clear_requests()
    outcome, _ = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", "switch.nova_charging"))
    assert outcome is None
    assert asked(sim, vin=nova.vin) == ["vehicle"]


async def test_asleep_shows_as_not_charging(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that turns out to sleep when it is told something is not shown as charging."""
    sim.world.car_named("Luna").unplug()
    nova.plug_in(at_home(sim))
    await set_up()
    assert state_of(hass, "switch.nova_charging") == "on"
    nova.command("charge_stop", {})
    nova.sleep()
    nova.wake_seconds = 1e6
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, "number.nova_charge_limit", 72))
    assert isinstance(outcome, HomeAssistantError)
    assert state_of(hass, "sensor.nova_status") == "asleep"
    assert state_of(hass, "switch.nova_charging") == "off"


async def test_no_looks_while_tesla_wants_to_be_left_alone(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Refusals cost as much as answers: what a command did is looked at when Tesla allows it."""
    await set_up()
    sim.clear_requests()
    limited = sim.faults.add(Fault("vehicle_data", answer="rate_limited", retry_after=120, vin=LUNA))
    await call(hass, "switch.turn_off", SWITCH)
    await pass_time(hass, freezer, 1, times=60)
    assert limited.hits == 1
    assert state_of(hass, SWITCH) == "off"


async def test_unloaded_while_a_look_is_on_its_way(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing is planned for a car that has gone."""
    luna.ignores_commands.add("*")
    entry = await set_up()
    await set_number(hass, LIMIT, 70)
    slow = sim.faults.add(Fault("vehicle_data", executed=True, hang=True, times=1))
    freezer.tick(2)
    async_fire_time_changed(hass)
    await until(lambda: slow.hits)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.clear_requests()
    sim.faults.release()
    await settle(hass)
    timers = get_scheduled_timer_handles(hass.loop)
    assert not [timer for timer in timers if "_plan_read" in repr(timer) and not timer.cancelled()]


# Who is overtaken


async def test_a_button_overtakes_a_value_that_waits(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was asked for last is what the car ends on, however it was asked for."""
    await set_up()
    tasks = [asyncio.create_task(set_number(hass, LIMIT, 60))]
    await still(sim)
    tasks.append(asyncio.create_task(set_number(hass, LIMIT, 61)))
    await still(sim)
    await call(hass, "button.press", "button.luna_charge_to_maximum_range")
    outcome, _ = await in_time(hass, sim, freezer, asyncio.gather(*tasks))
    assert outcome == [None, None]
    await pass_time(hass, freezer, 1, times=30)
    assert asked(sim, "command/*") == ["command/set_charge_limit", "command/charge_max_range"]
    assert luna.charger.limit == 100
    assert state_of(hass, LIMIT) == "100"


async def test_raised_limit_lets_amps_be_set(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """A battery that was full to its old limit is not full to its new one, although the car has yet to say so."""
    luna.charger.limit = 50
    luna.charger.settle(luna.now)
    await set_up()
    await set_number(hass, LIMIT, 90)
    await set_number(hass, "number.luna_charging_amps", 8)
    assert luna.charger.amps_setting == 8
