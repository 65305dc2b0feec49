"""Commands to a car: shown at once, confirmed by a read, and each refusal in a sentence of its own."""

import asyncio
from collections.abc import Callable
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp
from .helpers import (
    LUNA,
    START,
    asked,
    at_home,
    call,
    in_time,
    pass_time,
    set_number,
    state_of,
    still,
    unsigned_car,
    until,
)

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
def luna(sim: Simulator) -> Car:
    """Return the car that charges at home and takes unsigned commands."""
    return sim.world.car_named("Luna")


async def test_stop_charging(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The car stops; every entity that shows it says so at once; two seconds later a read confirms, which is enough."""
    await set_up()
    assert state_of(hass, "switch.luna_charging") == "on"
    sim.clear_requests()
    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert luna.charger.state == "Stopped"
    at_once = {
        "switch.luna_charging": "off",
        "sensor.luna_charging_state": "stopped",
        "sensor.luna_charging_power": "0.0",
        "sensor.luna_charger_current": "0",
        "sensor.luna_charging_speed": "0.0",
        "sensor.luna_charging_complete_at": "unknown",
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in at_once} == at_once
    assert asked(sim) == ["command/charge_stop"]
    await pass_time(hass, freezer, 1)
    assert asked(sim) == ["command/charge_stop"]
    await pass_time(hass, freezer, 1)
    assert asked(sim) == ["command/charge_stop", "vehicle", "vehicle_data"]
    await pass_time(hass, freezer, 5, times=8)
    assert asked(sim, vin=LUNA) == ["command/charge_stop", "vehicle", "vehicle_data"]
    assert {entity_id: state_of(hass, entity_id) for entity_id in at_once} == at_once


async def test_start_charging(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Starting shows at once, and charging when the car says so."""
    luna.command("charge_stop", {})
    await set_up()
    assert state_of(hass, "switch.luna_charging") == "off"
    await call(hass, "switch.turn_on", "switch.luna_charging")
    assert luna.charger.state == "Starting"
    assert state_of(hass, "switch.luna_charging") == "on"
    assert state_of(hass, "sensor.luna_charging_state") == "starting"
    await pass_time(hass, freezer, 5)
    assert state_of(hass, "sensor.luna_charging_state") == "starting"
    await pass_time(hass, freezer, 60)
    assert state_of(hass, "sensor.luna_charging_state") == "charging"
    assert state_of(hass, "sensor.luna_charging_power") == "11.04"


@pytest.mark.parametrize(
    ("entity_id", "value", "name", "body"),
    [
        ("number.luna_charge_limit", 71, "set_charge_limit", {"percent": 71}),
        ("number.luna_charging_amps", 7, "set_charging_amps", {"charging_amps": 7}),
    ],
)
async def test_numbers(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    entity_id: str,
    value: int,
    name: str,
    body: dict[str, int],
) -> None:
    """A number is sent as Tesla wants it, and shown."""
    await set_up()
    await set_number(hass, entity_id, value)
    assert [request.body for request in sim.requests_for(name)] == [body]
    assert state_of(hass, entity_id) == str(value)
    await pass_time(hass, freezer, 6)
    assert state_of(hass, entity_id) == str(value)
    assert (luna.charger.limit, luna.charger.amps) == ((71, 16) if "limit" in name else (80, 7))


async def test_bounds_are_those_of_the_car(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """The car says how much it takes; Home Assistant refuses the rest without asking it."""
    await set_up()
    limit, amps = hass.states.get("number.luna_charge_limit"), hass.states.get("number.luna_charging_amps")
    assert limit is not None
    assert amps is not None
    assert (limit.attributes["min"], limit.attributes["max"], limit.attributes["step"]) == (50, 100, 1)
    assert (amps.attributes["min"], amps.attributes["max"]) == (1, 16)
    for entity_id, value in (("number.luna_charge_limit", 49), ("number.luna_charging_amps", 17)):
        with pytest.raises(HomeAssistantError, match="out of range|valid range"):
            await set_number(hass, entity_id, value)
    assert asked(sim, "command/*") == []


@pytest.mark.parametrize(
    ("button", "ready", "entity_id", "state"),
    [
        ("charge_to_maximum_range", lambda _: None, "number.luna_charge_limit", "100"),
        ("charge_to_standard_limit", lambda car: car.command("charge_max_range", {}), "number.luna_charge_limit", "90"),
        ("open_charge_port", lambda _: None, "sensor.luna_charge_port_latch", "disengaged"),
        ("open_charge_port", lambda _: None, "switch.luna_charging", "off"),
        ("open_charge_port", Car.unplug, "binary_sensor.luna_charge_port", "on"),
        (
            "close_charge_port",
            lambda car: (car.unplug(), car.command("charge_port_door_open", {})),
            "binary_sensor.luna_charge_port",
            "off",
        ),
    ],
)
async def test_buttons(
    hass: HomeAssistant,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    button: str,
    ready: Callable[[Car], Any],
    entity_id: str,
    state: str,
) -> None:
    """Each button does what it says, at once and for good."""
    ready(luna)
    await set_up()
    assert state_of(hass, entity_id) not in (state, "unavailable")
    await call(hass, "button.press", f"button.luna_{button}")
    assert state_of(hass, entity_id) == state
    await pass_time(hass, freezer, 6)
    assert state_of(hass, entity_id) == state


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
    await pass_time(hass, freezer, 25)
    assert asked(sim, "vehicle_data", vin=LUNA) == ["vehicle_data"] * 3


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


def unplugged(car: Car) -> None:
    """Pull the cable."""
    car.unplug()


def without_power(car: Car) -> None:
    """Turn the wall box off."""
    assert car.charger.station is not None
    car.charger.station.energised = False


def in_car_wash(car: Car) -> None:
    """Be in a car wash."""
    car.car_wash = True


def driving(car: Car) -> None:
    """Drive off."""
    car.drive(30)


def without_motor(car: Car) -> None:
    """Have a flap that is closed by hand."""
    car.unplug()
    car.motorized_charge_port = False


REFUSALS: list[tuple[Callable[[Car], None] | None, str, str, str, str]] = [
    (unplugged, "switch.turn_on", "switch.luna_charging", "refused_disconnected", "not plugged in"),
    (without_power, "switch.turn_on", "switch.luna_charging", "refused_no_power", "no power"),
    (in_car_wash, "button.press", "button.luna_open_charge_port", "refused_car_wash", "car wash"),
    (driving, "button.press", "button.luna_open_charge_port", "refused_not_allowed", "Park it"),
    (None, "button.press", "button.luna_close_charge_port", "refused_cable_connected", "cable is plugged in"),
    (without_motor, "button.press", "button.luna_close_charge_port", "refused_not_motorized", "by hand"),
]


@pytest.mark.parametrize(("ready", "service", "entity_id", "key", "words"), REFUSALS, ids=[one[3] for one in REFUSALS])
async def test_refusals(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    ready: Callable[[Car], None] | None,
    service: str,
    entity_id: str,
    key: str,
    words: str,
) -> None:
    """A car that says no is understood: the sentence says why, to a person too, and no state changes."""
    if service.startswith("switch"):
        luna.command("charge_stop", {})
    await set_up()
    if ready is not None:
        ready(luna)
    before = {state.entity_id: state.state for state in hass.states.async_all() if "luna" in state.entity_id}
    before.pop(entity_id)
    with pytest.raises(HomeAssistantError) as refusal:
        await call(hass, service, entity_id)
    assert refusal.value.translation_key == key
    after = {state.entity_id: state.state for state in hass.states.async_all() if "luna" in state.entity_id}
    assert before.items() <= after.items()
    assert len(asked(sim, "command/*")) == 1

    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    domain, _, name = service.partition(".")
    target = {"entity_id": entity_id}
    await client.send_json_auto_id({"type": "call_service", "domain": domain, "service": name, "target": target})
    answer = await client.receive_json()
    assert answer["success"] is False
    assert words in answer["error"]["message"]


async def test_other_refusal(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A reason that is new to us is passed on in Tesla's words."""
    await set_up()
    sim.faults.add(Fault("charge_stop", body={"response": {"result": False, "reason": "could_not_wake_buses"}}))
    with pytest.raises(HomeAssistantError, match="could_not_wake_buses") as refusal:
        await call(hass, "switch.turn_off", "switch.luna_charging")
    assert refusal.value.translation_key == "refused"
    assert state_of(hass, "switch.luna_charging") == "on"


ACCEPTED = [
    ("switch.turn_on", "switch.luna_charging", {}, "charge_start", "is_charging"),
    ("switch.turn_on", "switch.luna_charging", {}, "charge_start", "charging"),
    ("switch.turn_on", "switch.luna_charging", {}, "charge_start", "complete"),
    ("switch.turn_on", "switch.luna_charging", {}, "charge_start", "requested"),
    ("switch.turn_off", "switch.luna_charging", {}, "charge_stop", "not_charging"),
    ("switch.turn_off", "switch.luna_charging", {}, "charge_stop", "complete"),
    ("number.set_value", "number.luna_charge_limit", {"value": 66}, "set_charge_limit", "already_set"),
    ("number.set_value", "number.luna_charging_amps", {"value": 9}, "set_charging_amps", "already_set"),
    ("button.press", "button.luna_charge_to_maximum_range", {}, "charge_max_range", "already_max_range"),
    ("button.press", "button.luna_charge_to_standard_limit", {}, "charge_standard", "already_standard"),
    ("button.press", "button.luna_open_charge_port", {}, "charge_port_door_open", "already open"),
    ("button.press", "button.luna_close_charge_port", {}, "charge_port_door_close", "already closed"),
]


@pytest.mark.parametrize(("service", "entity_id", "data", "name", "reason"), ACCEPTED, ids=lambda one: str(one))
async def test_accepted_refusals(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    service: str,
    entity_id: str,
    data: dict[str, Any],
    name: str,
    reason: str,
) -> None:
    """Where it is so already, that is success: no error, no state made up, and a read that tells."""
    if service == "switch.turn_on":
        luna.command("charge_stop", {})
    if name == "charge_port_door_open":
        luna.unplug()
    await set_up()
    before = state_of(hass, entity_id)
    sim.faults.add(Fault(name, body={"response": {"result": False, "reason": reason}}))
    sim.clear_requests()
    await call(hass, service, entity_id, **data)
    if not entity_id.startswith("button"):
        assert state_of(hass, entity_id) == before
    await pass_time(hass, freezer, 6)
    assert asked(sim) == [f"command/{name}", "vehicle", "vehicle_data"]


async def test_real_accepted_refusals(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The charging that somebody else has stopped can be stopped, and shows as stopped."""
    await set_up()
    luna.command("charge_stop", {})
    await call(hass, "switch.turn_off", "switch.luna_charging")
    await pass_time(hass, freezer, 6)
    assert state_of(hass, "switch.luna_charging") == "off"


async def test_what_is_so_already_is_not_sent(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An equal value that was read just now costs nothing; an old one is sent, to be sure."""
    luna.unplug()
    luna.plug_in(at_home(sim))
    luna.command("charge_stop", {})
    await set_up()
    sim.clear_requests()
    await set_number(hass, "number.luna_charge_limit", 80)
    await set_number(hass, "number.luna_charging_amps", 16)
    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert asked(sim) == []
    luna.charger.limit = 60  # somebody else, in Tesla's app
    await pass_time(hass, freezer, 130)
    await set_number(hass, "number.luna_charge_limit", 80)
    assert asked(sim, vin=LUNA) == ["command/set_charge_limit"]
    assert luna.charger.limit == 80


async def test_a_read_on_its_way_does_not_undo_a_command(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What a read brings that began before the command is older than the command."""
    await set_up()
    slow = sim.faults.add(Fault("vehicle_data", executed=True, hang=True, times=1))
    freezer.tick(61)
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
        "vehicle",
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


async def test_unlock_the_cable(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A lock tells whether the cable is held, and lets go of it; the car alone locks it."""
    await set_up()
    assert state_of(hass, "lock.luna_charge_cable_lock") == "locked"
    await call(hass, "lock.unlock", "lock.luna_charge_cable_lock")
    assert luna.charger.unlocked
    assert state_of(hass, "lock.luna_charge_cable_lock") == "unlocked"
    assert state_of(hass, "switch.luna_charging") == "off"
    await pass_time(hass, freezer, 1, times=20)
    assert state_of(hass, "lock.luna_charge_cable_lock") == "unlocked"
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "lock.lock", "lock.luna_charge_cable_lock")
    assert error.value.translation_key == "cable_locks_itself"


async def test_no_cable_to_unlock(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Without a cable the flap would open, which is not what was asked for."""
    luna.unplug()
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "lock.unlock", "lock.luna_charge_cable_lock")
    assert error.value.translation_key == "refused_disconnected"
    assert asked(sim, "command/*") == []
