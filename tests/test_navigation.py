"""The way to a Supercharger, on which a car warms its battery: unsigned where Tesla takes it, signed otherwise."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import asked, pass_time

HOME = "home.example.com"


@pytest.fixture
async def juniper(hass: HomeAssistant, sim: Simulator, app: App, no_pauses: None) -> Car:
    """Return a car that is awake, wants signed commands and knows the key."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOME)
    sim.enrol(HOME, key.private.public_key(), app)
    car = sim.world.car_named("Juniper")
    car.sleeps = False
    car.wake_seconds = 0
    car.wake()
    return car


async def navigate(hass: HomeAssistant, car: Car) -> None:
    """Send a car to a Supercharger, as an automation does."""
    (device,) = (one for one in dr.async_get(hass).devices if (DOMAIN, car.vin) in one.identifiers)
    data = {"device_id": device.id, "id": 7}
    await hass.services.async_call(DOMAIN, "navigate_to_supercharger", data, blocking=True)


def goes_to(car: Car) -> object:
    """Return where a car is sent."""
    return car.vehicle_data()["drive_state"].get("active_route_destination")


async def test_unsigned(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """An older car takes it unsigned; nothing can be read of it, so nothing is read."""
    luna = sim.world.car_named("Luna")
    await set_up()
    sim.clear_requests()
    await navigate(hass, luna)
    await settle(hass)
    assert goes_to(luna) == "Supercharger 7"
    assert asked(sim) == ["command/navigation_sc_request"]


async def test_lost(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Whether it was obeyed cannot be read, so it is neither looked at nor sent again."""
    await set_up()
    sim.clear_requests()
    sim.faults.add(Fault("navigation_sc_request", executed=True, reset=True))
    with pytest.raises(HomeAssistantError) as error:
        await navigate(hass, sim.world.car_named("Luna"))
    assert error.value.translation_key == "no_answer"
    await pass_time(hass, freezer, 3)
    assert asked(sim) == ["command/navigation_sc_request"]


@pytest.mark.parametrize("unsigned", [True, False])
async def test_car_that_signs(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp, unsigned: bool) -> None:
    """A car that wants commands signed may take this one unsigned; if not, it is signed, and nothing else is learned."""
    sim.behaviour.undocumented_action = "forward"
    if unsigned:
        sim.behaviour.unsigned_at_all_cars = frozenset({"navigation_sc_request"})
    entry = await set_up()
    await sim.pair(juniper, HOME)
    await entry.runtime_data.async_check_keys()
    sim.clear_requests()
    await navigate(hass, juniper)
    assert goes_to(juniper) == "Supercharger 7"
    assert len(asked(sim, "navigation_sc_request")) == 1
    assert len(asked(sim, "signed_command")) == (0 if unsigned else 2)
    assert entry.runtime_data.vehicles[juniper.vin].data.signs


async def test_refused_both_ways(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """Where Tesla takes neither, a sentence says so."""
    sim.behaviour.undocumented_action = "refuse"
    entry = await set_up()
    await sim.pair(juniper, HOME)
    await entry.runtime_data.async_check_keys()
    with pytest.raises(HomeAssistantError):
        await navigate(hass, juniper)
    assert goes_to(juniper) is None


async def test_without_the_right(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """The right to charge is not enough for this, and Tesla need not be asked."""
    await set_up(frozenset(Scope) - {Scope.VEHICLE_CMDS})
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as error:
        await navigate(hass, sim.world.car_named("Luna"))
    assert error.value.translation_key == "not_granted"
    assert "Vehicle commands" in str(error.value)
    assert sim.requests == []
