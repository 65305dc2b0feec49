"""Voice and automations work with no further ado: Home Assistant's own agent, and triggers on the states."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.components import conversation
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp, settle
from .helpers import START, at_home, call, pass_time, state_of, unsigned_car

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
async def agent(hass: HomeAssistant) -> None:
    """Set up Home Assistant's own conversation agent."""
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a second car that takes commands."""
    car = unsigned_car()
    person.cars.append(car)
    sim.world.update()
    return car


async def say(hass: HomeAssistant, text: str, language: str = "en") -> str:
    """Say something to Home Assistant, and return what it answers; AssertionError if it did not understand."""
    result = await conversation.async_converse(hass, text, None, Context(), language)
    await settle(hass)
    answer = result.response
    assert answer.response_type is not intent.IntentResponseType.ERROR, (text, answer.error_code, answer.speech)
    return str(answer.speech["plain"]["speech"])


async def expose(hass: HomeAssistant, hass_ws_client: WebSocketGenerator, *entity_ids: str) -> None:
    """Expose entities to Assist, as a person does under Settings > Voice assistants."""
    client = await hass_ws_client(hass)
    command = {"type": "homeassistant/expose_entity", "assistants": ["conversation"], "should_expose": True}
    await client.send_json_auto_id({**command, "entity_ids": list(entity_ids)})
    assert (await client.receive_json())["success"]


QUESTIONS = [
    ("what is the Luna battery level", "sensor.luna_battery_level", "62"),
    ("what's Luna battery level", "sensor.luna_battery_level", "62"),
    ("what is the Nova battery level", "sensor.nova_battery_level", "50"),
    ("tell me the state of Luna charging state", "sensor.luna_charging_state", "charging"),
    ("what is the Luna charging power", "sensor.luna_charging_power", "11.0 kW"),
    ("what is the Powerwall charge level", "sensor.powerwall_charge_level", "55 %"),
    ("is Luna charging on", "switch.luna_charging", "Yes"),
    ("is Nova charging on", "switch.nova_charging", "No"),
    ("is Luna charge port open", "binary_sensor.luna_charge_port", "Yes"),
]


@pytest.mark.usefixtures("agent", "nova")
@pytest.mark.parametrize(("question", "entity_id", "answer"), QUESTIONS, ids=[one[0] for one in QUESTIONS])
async def test_questions(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, set_up: SetUp, question: str, entity_id: str, answer: str
) -> None:
    """A person asks for what one of two cars and the Powerwall do, by their names."""
    await set_up()
    await expose(hass, hass_ws_client, entity_id)
    assert answer.lower() in (await say(hass, question)).lower()


@pytest.mark.usefixtures("agent")
async def test_a_question_in_german(hass: HomeAssistant, hass_ws_client: WebSocketGenerator, set_up: SetUp) -> None:
    """The names are those of the person's language."""
    hass.config.language = "de"
    await set_up()
    names = {hass.states.get(entity_id).name: entity_id for entity_id in hass.states.async_entity_ids("sensor")}  # type: ignore[union-attr]
    await expose(hass, hass_ws_client, names["Luna Batteriestand"])
    assert "62" in await say(hass, "wie ist der Luna Batteriestand", "de")


@pytest.mark.usefixtures("agent")
async def test_stop_and_start(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A person stops and starts the charging of one car of two; its switch is exposed without being asked."""
    luna = sim.world.car_named("Luna")
    nova.charger.enabled = False
    await set_up()
    await say(hass, "turn off Luna charging")
    assert luna.charger.state == "Stopped"
    assert state_of(hass, "switch.luna_charging") == "off"
    await say(hass, "turn Luna charging on")
    assert luna.charger.active
    assert state_of(hass, "switch.luna_charging") == "on"
    assert nova.charger.state == "Disconnected"


@pytest.mark.usefixtures("agent")
async def test_a_command_that_cannot_be(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """A car that refuses does not answer that all is well."""
    await set_up()
    result = await conversation.async_converse(hass, "turn on Nova charging", None, Context(), "en")
    assert result.response.response_type is intent.IntentResponseType.ERROR
    assert nova.charger.state == "Disconnected"


@pytest.mark.usefixtures("agent")
async def test_set_the_charge_limit_of_one_car_of_two(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp
) -> None:
    """A sentence of the person's own sets the charge limit of the car that it names, and of no other."""
    await set_up()
    sentence = {
        "alias": "Charge limit by voice",
        "triggers": {"trigger": "conversation", "command": "set [the] charge limit of {car} to {percent} [percent]"},
        "actions": [
            {
                "action": "number.set_value",
                "target": {"entity_id": "number.{{ trigger.slots.car | slugify }}_charge_limit"},
                "data": {"value": "{{ trigger.slots.percent | int }}"},
            },
            {"set_conversation_response": "{{ trigger.slots.car }} charges to {{ trigger.slots.percent }} percent"},
        ],
    }
    assert await async_setup_component(hass, "automation", {"automation": sentence})
    assert await say(hass, "set the charge limit of Nova to 72 percent") == "Nova charges to 72 percent"
    assert (nova.charger.limit, sim.world.car_named("Luna").charger.limit) == (72, 80)
    assert state_of(hass, "number.nova_charge_limit") == "72"
    await say(hass, "set charge limit of Luna to 65")
    assert (nova.charger.limit, sim.world.car_named("Luna").charger.limit) == (72, 65)


# Automations


async def automate(hass: HomeAssistant, trigger: dict[str, Any]) -> list[ServiceCall]:
    """Add an automation with this trigger; return the calls that it makes."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "notify")
    automation = {"alias": "Tell me", "triggers": trigger, "actions": {"action": "test.notify"}}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await settle(hass)
    return calls


async def test_automation_when_charging_is_complete(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Once, when the limit is reached."""
    await set_up()
    calls = await automate(
        hass, {"trigger": "state", "entity_id": "sensor.luna_charging_state", "from": "charging", "to": "complete"}
    )
    await call(hass, "number.set_value", "number.luna_charge_limit", value=63)
    await pass_time(hass, freezer, 60, times=12)
    assert state_of(hass, "sensor.luna_charging_state") == "complete"
    assert state_of(hass, "switch.luna_charging") == "off"
    assert len(calls) == 1


async def test_automation_when_plugged_in(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The cable is in: the list says that the car has woken, or the Wall Connector that it hangs there."""
    luna = sim.world.car_named("Luna")
    luna.unplug()
    await set_up()
    calls = await automate(hass, {"trigger": "state", "entity_id": "binary_sensor.luna_charge_cable", "to": "on"})
    await pass_time(hass, freezer, 601)
    assert calls == []
    luna.plug_in(at_home(sim))
    await pass_time(hass, freezer, 60)
    await pass_time(hass, freezer, 5)
    assert len(calls) == 1


async def test_automation_on_the_battery_level(
    hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A number can be triggered on, and a condition reads it."""
    await set_up()
    calls = await automate(hass, {"trigger": "numeric_state", "entity_id": "sensor.luna_battery_level", "above": 63})
    await pass_time(hass, freezer, 60, times=30)
    assert float(state_of(hass, "sensor.luna_battery_level") or 0) > 63
    assert len(calls) == 1


async def test_automation_stops_charging(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An outage stops the car: a state of the Powerwall and a switch of the car."""
    await set_up()
    automation = {
        "alias": "Keep the Powerwall",
        "triggers": {"trigger": "state", "entity_id": "sensor.powerwall_grid_connection", "from": "on_grid"},
        "actions": {"action": "switch.turn_off", "target": {"entity_id": "switch.luna_charging"}},
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    next(iter(sim.world.sites.values())).grid_up = False
    await pass_time(hass, freezer, 61)
    assert sim.world.car_named("Luna").charger.state == "Stopped"
    assert state_of(hass, "switch.luna_charging") == "off"
