"""Commands to a car that has to be woken first, in virtual time; and what a scope does not allow."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging import commands
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp
from .helpers import START, asked, call, in_time, list_again, set_number, state_of, unsigned_car, until

pytestmark = pytest.mark.freeze_time(START)
LIMIT = "number.nova_charge_limit"
CHARGING_ONLY = frozenset(Scope) - {Scope.VEHICLE_CMDS}
LOOKS = [*commands.WAKE_LOOKS]


@pytest.fixture
def nova(sim: Simulator, person: Account, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return a car that sleeps and takes unsigned commands; it is waited for as long as in real life."""
    monkeypatch.setattr(commands, "WAKE_LOOKS", LOOKS)
    car = unsigned_car()
    person.cars.append(car)
    sim.world.update()
    return car


async def known_and_asleep(hass: HomeAssistant, sim: Simulator, car: Car) -> None:
    """Fall asleep, and let Home Assistant know."""
    car.sleep()
    await list_again(hass)
    assert state_of(hass, "sensor.nova_status") == "asleep"
    sim.clear_requests()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seconds", [5, 30, 120])
async def test_wakes_in_time(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    seconds: int,
    known: bool,
) -> None:
    """However long it takes, within two and a half minutes: woken once, told as soon as it is awake."""
    nova.wake_seconds = seconds
    await set_up()
    if known:
        await known_and_asleep(hass, sim, nova)
    else:
        nova.sleep()
        sim.clear_requests()
    outcome, took = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 72))
    assert outcome is None
    assert seconds <= took <= seconds + 20
    assert asked(sim, "wake_up") == ["wake_up"]
    assert len(asked(sim, "command/*")) == (1 if known else 2)
    assert nova.charger.limit == 72
    assert state_of(hass, LIMIT) == "72"


async def test_never_wakes(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """After two and a half minutes one sentence says so."""
    nova.wake_seconds = 1e9
    await set_up()
    await known_and_asleep(hass, sim, nova)
    outcome, took = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 72))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "asleep"
    assert sum(LOOKS) == 150
    assert 150 <= took <= 170
    assert asked(sim, "wake_up") == ["wake_up"]
    assert asked(sim, "command/*") == []


async def test_tesla_stumbles_meanwhile(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A look that fails does not end the waiting."""
    nova.wake_seconds = 10
    await set_up()
    await known_and_asleep(hass, sim, nova)
    sim.faults.add(Fault("vehicle", vin=nova.vin, answer="internal", skip=1, times=2))
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 72))
    assert outcome is None
    assert nova.charger.limit == 72


async def test_values_while_it_wakes(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is asked for while the car wakes takes the place of what it was woken for."""
    nova.wake_seconds = 30
    await set_up()
    await known_and_asleep(hass, sim, nova)
    first = hass.async_create_task(set_number(hass, LIMIT, 72), eager_start=True)
    await until(lambda: asked(sim, "wake_up"))
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 74))
    assert outcome is None
    await first
    assert [request.body for request in sim.requests_for("set_charge_limit")] == [{"percent": 74}]


# The right to charge, and what Tesla lets it do


async def test_waking_with_the_right_to_charge(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where Tesla lets it, the right to charge wakes the car for a command."""
    await set_up(CHARGING_ONLY)
    await known_and_asleep(hass, sim, nova)
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 72))
    assert outcome is None
    assert nova.charger.limit == 72


async def test_waking_is_refused(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where it does not, that is said with what to do, and Tesla is not asked again; an awake car obeys all the same."""
    sim.behaviour.wake_scopes = frozenset({"vehicle_cmds"})
    await set_up(CHARGING_ONLY)
    await known_and_asleep(hass, sim, nova)
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 72))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "scope_too_narrow"
    tried = len(asked(sim, "wake_up"))
    assert tried <= 2  # once more with a new token: the scopes might have changed
    outcome, _ = await in_time(hass, sim, freezer, call(hass, "button.press", "button.nova_wake_up"))
    assert isinstance(outcome, HomeAssistantError)
    assert outcome.translation_key == "scope_too_narrow"
    assert len(asked(sim, "wake_up")) == tried
    nova.wake()
    outcome, _ = await in_time(hass, sim, freezer, set_number(hass, LIMIT, 72))
    assert outcome is None
    assert nova.charger.limit == 72


async def test_opening_the_port_is_refused(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """The same for any single command."""
    nova.sleeps = False
    await set_up(CHARGING_ONLY)
    sim.faults.add(Fault("charge_port_door_open", answer="missing_scopes"))
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as error:
            await call(hass, "button.press", "button.nova_open_charge_port")
        assert error.value.translation_key == "scope_too_narrow"
    assert len(asked(sim, "charge_port_door_open")) <= 2
    await set_number(hass, LIMIT, 72)
    assert nova.charger.limit == 72
