"""Commands to a car: shown at once, confirmed by a read, and each refusal in a sentence of its own."""

from collections.abc import Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import LUNA, START, asked, at_home, call, pass_time, set_number, state_of

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.loop_debug]


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
    assert asked(sim) == ["command/charge_stop", "vehicle_data"]
    await pass_time(hass, freezer, 5, times=8)
    assert asked(sim, vin=LUNA) == ["command/charge_stop", "vehicle_data"]
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
    await pass_time(hass, freezer, 60, times=2)
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
