"""Schedules of a modern car, which wants its commands signed: numbers for days, and names."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from tesla_simulator import App, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import JUNIPER, START, call, pass_time, state_of
from .planning import act, charges, move_in, preconditions

pytestmark = pytest.mark.freeze_time(START)

HOST = "home.example.com"


@pytest.fixture
async def juniper(hass: HomeAssistant, sim: Simulator, app: App, set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return a car that is awake and holds the key, and set up the integration."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOST)
    sim.enrol(HOST, key.private.public_key(), app)
    await move_in(hass, sim, monkeypatch)
    car = sim.world.car_named("Juniper")
    car.wake_seconds = 0
    car.wake()
    sim.world.update()
    entry = await set_up()
    await sim.pair(car, HOST)
    await entry.runtime_data.async_check_keys()
    await settle(hass)
    sim.clear_requests()
    return car


def sent(sim: Simulator) -> list[str | None]:
    """Return the commands that were sent signed, but for handshakes."""
    commands = (request.command for request in sim.requests_for("signed_command"))
    return [name for name in commands if name is None or not name.startswith("handshake")]


async def test_charging(hass: HomeAssistant, sim: Simulator, juniper: Car, freezer: FrozenDateTimeFactory) -> None:
    """A charging schedule is added, found by its name in the car, changed, switched and removed."""
    wish = {"name": "Night", "days": ["sunday", "friday"], "start_time": "22:00"}
    number = (await act(hass, "add_charge_schedule", vin=JUNIPER, **wish))["id"]
    (one,) = charges(juniper)
    assert (one.id, one.name, one.days_of_week, one.start_time, one.end_enabled) == (number, "Night", 33, 1320, False)
    assert one.latitude == pytest.approx(juniper.home.latitude, abs=1e-4)
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "add_charge_schedule", vin=JUNIPER, **wish))["id"] == number
    await act(hass, "add_charge_schedule", vin=JUNIPER, name="Night", end_time="06:00")
    (one,) = charges(juniper)
    assert (one.id, one.days_of_week, one.start_enabled, one.end_time) == (number, 127, False, 360)
    await pass_time(hass, freezer, 60)
    assert state_of(hass, "switch.juniper_charging_schedule_night") == "on"
    await call(hass, "switch.turn_off", "switch.juniper_charging_schedule_night")
    assert [one.enabled for one in charges(juniper)] == [False]
    await act(hass, "update_charge_schedule", vin=JUNIPER, id=number, name=None)
    assert [one.name for one in charges(juniper)] == [""]
    await act(hass, "remove_charge_schedule", vin=JUNIPER, id=number)
    assert charges(juniper) == []
    assert sent(sim) == [*["add_charge_schedule"] * 4, "remove_charge_schedule"]


async def test_preconditioning(
    hass: HomeAssistant, sim: Simulator, juniper: Car, freezer: FrozenDateTimeFactory
) -> None:
    """The same for a time to be ready, whose days tesla-fleet-api takes only as a number (libraries.md, B6)."""
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    number = (await act(hass, "add_precondition_schedule", vin=JUNIPER, name="Work", days=days, ready_time="07:30"))[
        "id"
    ]
    (one,) = preconditions(juniper)
    assert (one.id, one.name, one.days_of_week, one.precondition_time) == (number, "Work", 62, 450)
    await pass_time(hass, freezer, 60)
    await act(hass, "update_precondition_schedule", vin=JUNIPER, id=number, one_time=True)
    assert [one.one_time for one in preconditions(juniper)] == [True]
    await act(hass, "remove_precondition_schedule", vin=JUNIPER, id=number)
    assert preconditions(juniper) == []
    assert sent(sim) == [*["add_precondition_schedule"] * 2, "remove_precondition_schedule"]
