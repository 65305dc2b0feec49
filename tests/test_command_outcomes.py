"""What becomes of a command: promises that are kept, late or broken, answers that are lost, and callers that leave."""

import asyncio
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp
from .helpers import LUNA, START, asked, call, in_time, pass_time, set_number, state_of, still, unsigned_car, until

pytestmark = pytest.mark.freeze_time(START)


async def test_the_read_tells_the_truth(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where the car did something else than it was told, a read shows that; then it is told of."""
    luna.ignores_commands.add("set_charge_limit")
    await set_up()
    sim.clear_requests()
    await set_number(hass, "number.luna_charge_limit", 70)
    for _ in range(14):
        assert state_of(hass, "number.luna_charge_limit") == "70"
        await pass_time(hass, freezer, 1)
    await pass_time(hass, freezer, 1)
    assert state_of(hass, "number.luna_charge_limit") == "80"
    event = hass.states.get("event.luna_commands")
    assert event is not None
    told = {name: event.attributes[name] for name in ("event_type", "command", "percent")}
    assert told == {"event_type": "not_obeyed", "command": "set_charge_limit", "percent": 70}
    assert asked(sim, "vehicle_data", vin=LUNA) == ["vehicle_data"] * 3
    await pass_time(hass, freezer, 24)
    assert asked(sim, "vehicle_data", vin=LUNA) == ["vehicle_data"] * 3
    # The next planned read is far: one more shows whether the car did it late.
    await pass_time(hass, freezer, 1)
    assert asked(sim, "vehicle_data", vin=LUNA) == ["vehicle_data"] * 4


@pytest.mark.parametrize(("delay", "reads"), [(1, 1), (5, 2), (12, 3)])
async def test_late_effect(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    delay: int,
    reads: int,
) -> None:
    """A car whose data lag behind what it did is believed meanwhile: nothing flickers, nothing is told of."""
    luna.effect_delay_seconds = delay
    await set_up()
    sim.clear_requests()
    await call(hass, "switch.turn_off", "switch.luna_charging")
    for _ in range(20):
        assert state_of(hass, "switch.luna_charging") == "off"
        await pass_time(hass, freezer, 1)
    assert len(asked(sim, "vehicle_data", vin=LUNA)) == reads
    assert state_of(hass, "event.luna_commands") == "unknown"


@pytest.mark.parametrize(("action", "seconds"), [("turn_off", 60), ("turn_on", 25)])
async def test_very_late_effect(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, action: str, seconds: int
) -> None:
    """One that takes longer than we believe it is shown by the next poll, and by a read of its own if that is far."""
    if action == "turn_on":
        luna.command("charge_stop", {})
    await set_up()
    before = state_of(hass, "switch.luna_charging")
    luna.effect_delay_seconds = 20
    await call(hass, f"switch.{action}", "switch.luna_charging")
    await pass_time(hass, freezer, 1, times=16)
    assert state_of(hass, "switch.luna_charging") == before
    await pass_time(hass, freezer, 1, times=seconds)
    assert state_of(hass, "switch.luna_charging") != before


async def test_the_later_command_overrules(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was promised about charging is forgotten when the opposite is promised."""
    luna.effect_delay_seconds = 4
    await set_up()
    await call(hass, "switch.turn_off", "switch.luna_charging")
    await pass_time(hass, freezer, 1)
    await call(hass, "switch.turn_on", "switch.luna_charging")
    for _ in range(30):
        assert state_of(hass, "switch.luna_charging") == "on"
        await pass_time(hass, freezer, 1)
    assert state_of(hass, "event.luna_commands") == "unknown"


async def test_a_read_on_its_way_does_not_undo_a_command(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What a read brings that began before the command is older than the command."""
    await set_up()
    slow = sim.faults.add(Fault("vehicle_data", executed=True, hang=True, times=1))
    freezer.tick(111)
    async_fire_time_changed(hass)
    await until(lambda: slow.hits)
    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert state_of(hass, "sensor.luna_charging_state") == "stopped"
    sim.clear_requests()
    sim.faults.release()
    await until(lambda: asked(sim, "vehicle_data"))
    await pass_time(hass, freezer, 0)
    assert state_of(hass, "sensor.luna_charging_state") == "stopped"
    assert state_of(hass, "switch.luna_charging") == "off"
    await pass_time(hass, freezer, 10)
    assert state_of(hass, "switch.luna_charging") == "off"


@pytest.mark.parametrize("how", [{"reset": True}, {"answer": "internal"}, {"status": 504}], ids=str)
async def test_obeyed_without_an_answer(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, how: dict[str, Any]
) -> None:
    """A command that was obeyed although no answer says so is a success: it is looked at before anything else."""
    await set_up()
    sim.faults.add(Fault("charge_stop", executed=True, times=1, **how))
    sim.clear_requests()
    outcome, seconds = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", "switch.luna_charging"))
    assert outcome is None
    assert 2 <= seconds <= 4
    assert asked(sim, vin=LUNA) == ["command/charge_stop", "vehicle", "vehicle_data"]
    assert state_of(hass, "switch.luna_charging") == "off"


async def test_lost_on_the_way(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A command that got lost before the car is sent once more, when the car has shown that it did nothing."""
    await set_up()
    sim.faults.add(Fault("charge_stop", reset=True, times=1))
    sim.clear_requests()
    outcome, seconds = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", "switch.luna_charging"))
    assert outcome is None
    assert 7 <= seconds <= 9
    assert asked(sim, "command/*") == ["command/charge_stop"] * 2
    assert luna.charger.state == "Stopped"
    assert state_of(hass, "switch.luna_charging") == "off"


async def test_lost_for_ever(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Twice is enough: then one sentence says so, and all is as it is."""
    await set_up()
    sim.faults.add(Fault("charge_stop", reset=True))
    outcome, seconds = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", "switch.luna_charging"))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "no_answer"
    assert 14 <= seconds <= 16
    assert asked(sim, "command/*") == ["command/charge_stop"] * 2
    assert luna.charger.state == "Charging"
    assert state_of(hass, "switch.luna_charging") == "on"


@pytest.mark.parametrize(("times", "seconds"), [(1, 2), (2, 7), (None, 7)])
async def test_tesla_out_of_order(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    times: int | None,
    seconds: int,
) -> None:
    """Where Tesla says that nothing was done, it is asked again after a while, twice."""
    await set_up()
    sim.faults.add(Fault("charge_stop", answer="unavailable_html", times=times))
    outcome, took = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", "switch.luna_charging"))
    assert seconds <= took <= seconds + 2
    if times is None:
        assert isinstance(outcome, HomeAssistantError)
        assert outcome.translation_key == "server_error"
        assert len(asked(sim, "command/*")) == 3
    else:
        assert outcome is None
        assert luna.charger.state == "Stopped"


async def test_three_commands_need_one_read(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Several commands in a row are confirmed together."""
    await set_up()
    sim.clear_requests()
    await set_number(hass, "number.luna_charge_limit", 70)
    await set_number(hass, "number.luna_charging_amps", 9)
    await call(hass, "switch.turn_off", "switch.luna_charging")
    await pass_time(hass, freezer, 1, times=40)
    assert asked(sim, vin=LUNA) == [
        "command/set_charge_limit",
        "command/set_charging_amps",
        "command/charge_stop",
        "vehicle_data",
    ]
    assert (luna.charger.limit, luna.charger.amps_setting) == (70, 9)


async def test_one_car_does_not_wait_for_another(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp
) -> None:
    """A command that hangs holds up the same car, and nobody else."""
    nova = unsigned_car(sleeps=False)
    person.cars.append(nova)
    sim.world.update()
    await set_up()
    slow = sim.faults.add(Fault("command/*", vin=LUNA, executed=True, hang=True, times=1))
    waiting = [
        hass.async_create_task(call(hass, "number.set_value", "number.luna_charge_limit", value=70)),
        hass.async_create_task(call(hass, "switch.turn_off", "switch.luna_charging")),
    ]
    await until(lambda: slow.hits)
    await set_number(hass, "number.nova_charge_limit", 72)
    assert nova.charger.limit == 72
    assert asked(sim, "command/*", vin=LUNA) == []
    sim.faults.release()
    await asyncio.gather(*waiting)
    assert asked(sim, "command/*", vin=LUNA) == ["command/set_charge_limit", "command/charge_stop"]


async def test_who_leaves_stops_nothing(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """An automation that is started anew drops its call; the command that is on its way is finished and shown."""
    await set_up()
    slow = sim.faults.add(Fault("command/*", executed=True, hang=True, times=1))
    task = asyncio.create_task(call(hass, "switch.turn_off", "switch.luna_charging"))
    await until(lambda: slow.hits)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sim.faults.release()
    await until(lambda: state_of(hass, "switch.luna_charging") == "off")
    assert luna.charger.state == "Stopped"


async def test_unloaded_in_between(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Who unloads the account while a command hangs waits a moment for it, and its caller gets a sentence."""
    entry = await set_up()
    slow = sim.faults.add(Fault("command/*", hang=True, times=1))
    task = asyncio.create_task(call(hass, "switch.turn_off", "switch.luna_charging"))
    await until(lambda: slow.hits)
    unloading = asyncio.create_task(hass.config_entries.async_unload(entry.entry_id))
    while not unloading.done():
        await asyncio.to_thread(time.sleep, 0.005)
        freezer.tick(1)
        async_fire_time_changed(hass)
    with pytest.raises(HomeAssistantError) as error:
        await task
    assert error.value.translation_key == "stopped"
    sim.faults.release()


async def test_unloaded_while_a_value_waits(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A value that waits for its time is not sent any more, and its caller gets a sentence."""
    entry = await set_up()
    await set_number(hass, "number.luna_charging_amps", 8)
    task = asyncio.create_task(set_number(hass, "number.luna_charging_amps", 12))
    await still(sim)
    assert not task.done()
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(HomeAssistantError) as error:
        await task
    assert error.value.translation_key == "stopped"
    assert len(asked(sim, "command/*")) == 1


async def test_nothing_answers(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where the look gets no answer either, one sentence says so; what was done shows when Tesla is back."""
    await set_up()
    sim.faults.add(Fault("charge_stop", executed=True, reset=True, times=1))
    sim.faults.add(Fault("*", reset=True))
    outcome, _ = await in_time(hass, sim, freezer, call(hass, "switch.turn_off", "switch.luna_charging"))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "no_answer"
    sim.faults.clear()
    await pass_time(hass, freezer, 61, times=2)
    assert luna.charger.state == "Stopped"
    assert state_of(hass, "switch.luna_charging") == "off"
