"""The way to a Supercharger, on which a car warms its battery: unsigned where Tesla takes it, signed otherwise."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
import voluptuous as vol

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.world import Car, Station
from tesla_simulator.world.station import supercharger

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


async def navigate(hass: HomeAssistant, car: Car, **where: object) -> None:
    """Send a car to a Supercharger, as an automation does; by its number where nothing is said, not even None."""
    (device,) = (one for one in dr.async_get(hass).devices if (DOMAIN, car.vin) in one.identifiers)
    data = {"device_id": device.id, **{key: value for key, value in (where or {"id": 7}).items() if value is not None}}
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


# By its name, or the nearest

KNOWN = "Example Park Supercharger"


def led_to(car: Car) -> tuple[float, float] | None:
    """Return the point that a car is sent to."""
    drive = car.vehicle_data()["drive_state"]
    if "active_route_latitude" not in drive:
        return None
    return drive["active_route_latitude"], drive["active_route_longitude"]


@pytest.fixture
def stations(sim: Simulator) -> dict[str, Station]:
    """Return three Superchargers by their names, the nearest first."""
    near, known = supercharger("Lane One", 52.45, 13.30), sim.world.stations[-1]
    far = supercharger("Lane Two", 50.0, 12.0)
    sim.world.stations[:] = [far, known, near]
    assert known.name == KNOWN
    return {one.name: one for one in (near, known, far)}


def place(station: Station) -> tuple[float, float]:
    """Return where it is."""
    return station.latitude, station.longitude


@pytest.mark.parametrize("name", [KNOWN, KNOWN.upper(), " example park "])
async def test_by_name(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, stations: dict[str, Station], name: str
) -> None:
    """Its place is asked for and sent; Tesla tells no number of those nearby (fleet_api.md 5.4)."""
    luna = sim.world.car_named("Luna")
    await set_up()
    sim.clear_requests()
    await navigate(hass, luna, name=name)
    assert led_to(luna) == place(stations[KNOWN])
    assert asked(sim, "*")[:2] == ["nearby_charging_sites", "command/navigation_gps_request"]
    sim.clear_requests()
    # It does not move, so where it is need not be paid for again; a part of a name may mean another one by now.
    await navigate(hass, luna, name=name)
    assert len(asked(sim, "nearby_charging_sites")) == (name.casefold() != KNOWN.casefold())


async def test_a_name_that_says_too_little(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, stations: dict[str, Station]
) -> None:
    """A name that none has, or that two share, is not guessed at; which there are would tell where the car is."""
    luna = sim.world.car_named("Luna")
    await set_up()
    for name in ("Lane", "Nowhere"):
        with pytest.raises(ServiceValidationError) as error:
            await navigate(hass, luna, name=name)
        assert error.value.translation_key == "supercharger_unknown"
        assert "Lane One" not in str(error.value)
    assert led_to(luna) is None


async def test_part_of_a_name_in_another_town(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, stations: dict[str, Station]
) -> None:
    """A part of a name means one that is near now, not one that was near on the way here; where none is, that one."""
    luna = sim.world.car_named("Luna")
    near, known, far = stations.values()
    sim.world.stations[:] = [far]
    await set_up()
    await navigate(hass, luna, name="Lane")
    assert led_to(luna) == place(far)
    sim.world.stations[:] = [near]
    await navigate(hass, luna, name="Lane")
    assert led_to(luna) == place(near)
    sim.world.stations[:] = [known]
    await navigate(hass, luna, name="Two")
    assert led_to(luna) == place(far)


@pytest.mark.parametrize(
    ("changes", "goal"),
    [
        ({}, "Lane One"),
        ({"Lane One": {"free_stalls": 0}}, KNOWN),
        ({"Lane One": {"energised": False}}, KNOWN),
        ({name: {"free_stalls": 0} for name in ("Lane One", KNOWN, "Lane Two")}, "Lane One"),
        ({name: {"energised": False} for name in ("Lane One", KNOWN, "Lane Two")}, None),
    ],
    ids=["nearest", "full", "closed", "all full", "all closed"],
)
async def test_the_nearest(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    stations: dict[str, Station],
    changes: dict[str, dict[str, Any]],
    goal: str | None,
) -> None:
    """Without a name it is the nearest with a free stall, else the nearest that is open; also without the location."""
    for name, change in changes.items():
        for knob, value in change.items():
            setattr(stations[name], knob, value)
    luna = sim.world.car_named("Luna")
    await set_up(frozenset(Scope) - {Scope.VEHICLE_LOCATION})
    if goal is None:
        with pytest.raises(ServiceValidationError) as error:
            await navigate(hass, luna, name=None)
        assert error.value.translation_key == "no_supercharger"
        assert led_to(luna) is None
        return
    await navigate(hass, luna, name=None)
    assert led_to(luna) == place(stations[goal])


@pytest.mark.parametrize("stale", [False, True])
async def test_a_car_that_sleeps(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, no_pauses: None, stations: dict[str, Station], stale: bool
) -> None:
    """It is woken, as for any way that it is sent, and then asked."""
    luna = sim.world.car_named("Luna")
    luna.wake_seconds = 0
    luna.unplug()
    if not stale:
        luna.sleep()
    await set_up()
    if stale:
        luna.sleep()
    await navigate(hass, luna, name=None)
    assert led_to(luna) == place(stations["Lane One"])
    every = asked(sim, "*")
    assert every.count("wake_up") == 1
    # Nobody needs its data on the way.
    assert "vehicle_data" not in every[every.index("wake_up") : every.index("command/navigation_gps_request")]


async def test_nearby_is_refused(hass: HomeAssistant, sim: Simulator, set_up: SetUp, no_pauses: None) -> None:
    """Where Tesla does not tell, a sentence says so, and no car is woken for what it has refused lately."""
    luna = sim.world.car_named("Luna")
    luna.wake_seconds = 0
    luna.unplug()
    await set_up()
    fault = sim.faults.add(Fault("nearby_charging_sites", status=403))
    keys = []
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as error:
            await navigate(hass, luna, name=None)
        keys.append(error.value.translation_key)
        luna.sleep()
    assert keys == ["unsupported", "not_answered"]
    assert fault.hits == 1
    assert asked(sim, "wake_up") == asked(sim, "command/*") == []


async def test_without_the_right_to_command(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Who may not send it is not asked for money first."""
    await set_up(frozenset(Scope) - {Scope.VEHICLE_CMDS})
    sim.clear_requests()
    with pytest.raises(ServiceValidationError) as error:
        await navigate(hass, sim.world.car_named("Luna"), name="Lane One")
    assert error.value.translation_key == "not_granted"
    assert sim.requests == []


async def test_one_way_to_say_it(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A number and a name together may mean two."""
    await set_up()
    with pytest.raises(vol.Invalid):
        await navigate(hass, sim.world.car_named("Luna"), id=7, name="Lane One")
