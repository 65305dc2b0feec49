"""Every command of fleet_api.md 6, by an entity or an action, signed and unsigned, and its effect in a read."""

from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet import (
    body_commands,
    climate_commands,
    commands,
    schedule_commands,
    trip_commands,
)
from custom_components.tesla_charging.fleet.commands import Command
from custom_components.tesla_charging.fleet.models import Vehicle
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import App, Simulator
from tesla_simulator.world import Account, Car, build_car

from .commanding import LEFT_OUT, ONE_STEP, WAYS, fresh, of_car
from .conftest import SetUp, settle
from .helpers import START, call, pass_time, state_of
from .simulator.car_table import ALL_BUILT_IN, ROWS, Row, at, name_of, set_scene

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

HOST = "home.example.com"
REACHED = tuple(row for row in ROWS if name_of(row) in WAYS)
# Rows a test: each sets Home Assistant up anew.
_GROUP = 24
GROUPS = [REACHED[start : start + _GROUP] for start in range(0, len(REACHED), _GROUP)]


def test_each_command_has_a_way() -> None:
    """Each row of the simulated Tesla's table has a way, or a reason why it has none."""
    assert {name_of(row) for row in ROWS} == set(WAYS) | set(LEFT_OUT)
    assert not set(WAYS) & set(LEFT_OUT)


def test_each_command_of_ours_is_told() -> None:
    """What is in our tables is in the simulated Tesla's, and the other way round."""
    modules = (body_commands, climate_commands, commands, schedule_commands, trip_commands)
    ours = {
        one.name
        for module in modules
        for one in vars(module).values()
        if isinstance(one, Command) and Scope.ENERGY_CMDS not in one.scopes
    }
    assert ours == {row.name for row in ROWS} - {"auto_secure_vehicle"}


@pytest.fixture
async def cars(
    hass: HomeAssistant, sim: Simulator, person: Account, app: App, request: pytest.FixtureRequest
) -> list[Car]:
    """Return a car that has everything, and one whose steering wheel knows only on and off; both hold the key."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOST)
    sim.enrol(HOST, key.private.public_key(), app)
    knobs: dict[str, Any] = {"command_signing": request.param, "soc": 50.0, "kept_awake": True, "wake_seconds": 0.0}
    found = [
        build_car("Nova", "C", 2025, 7, built_with=ALL_BUILT_IN, **knobs),
        build_car("Vega", "Y", 2025, 8, built_with=ONE_STEP, **knobs),
    ]
    person.cars[:] = found
    person.sites.clear()
    sim.world.update()
    for car in found:
        car.wake()
    return found


# What our model has no field for; None is what was lost on the way.
_NOT_KEPT = object()


def known(car: Vehicle, path: str) -> Any:
    """Return what was read of a car by its dotted path."""
    found: Any = car
    for part in path.split("."):
        if part not in {item.name for item in fields(found)}:
            return _NOT_KEPT
        found = getattr(found, part)
    return found.value if isinstance(found, Enum) else found


def differences(row: Row, car: Car, data: Vehicle) -> Iterator[str]:
    """Return what is not as the row wants it: in the simulated car, and in what was read of it."""
    told = car.vehicle_data()
    for path, value in row.shows.items():
        if at(told, path) != pytest.approx(value):
            yield f"{path} is {at(told, path)}, not {value}"
        # What stands beside the blocks comes with the next product list.
        if "." in path and (read := known(data, path)) is not _NOT_KEPT and read != pytest.approx(value):
            yield f"{path} was read as {read}, not {value}"
    for path, value in row.does.items():
        if at(car, path) != value:
            yield f"{path} is {at(car, path)}, not {value}"


@pytest.mark.parametrize("cars", ["allowed", "required"], ids=["unsigned", "signed"], indirect=True)
@pytest.mark.parametrize("rows", GROUPS, ids=lambda rows: f"{rows[0].name} to {rows[-1].name}")
async def test_each_command(
    hass: HomeAssistant,
    sim: Simulator,
    cars: list[Car],
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    rows: tuple[Row, ...],
) -> None:
    """A person does it in Home Assistant: the car obeys, Home Assistant shows it, and one command was sent for it."""
    nova, vega = cars
    signed = nova.command_signing == "required"
    place = nova.charger.place
    await hass.config.async_update(latitude=place.latitude, longitude=place.longitude, time_zone="Europe/Berlin")
    entry = await set_up(frozenset(Scope))
    for car in cars:
        await sim.pair(car, HOST)
    await entry.runtime_data.async_check_keys()
    await settle(hass)
    wrong: dict[str, list[str]] = {}
    for row in rows:
        car = vega if row.name == "remote_steering_wheel_heater_request" else nova
        fresh(car, place)
        set_scene(car, "plugged" if row.name == "set_charging_amps" else row.scene)
        for name, body in row.before:
            assert car.command(name, dict(body)).result, name_of(row)
        await pass_time(hass, freezer, 61)
        await call(hass, "button.press", of_car(car, "button.refresh"))
        await settle(hass)
        sim.clear_requests()
        way = WAYS[name_of(row)]
        if signed and name_of(row) == "sun_roof_control stop":
            with pytest.raises(HomeAssistantError) as error:
                await way.go(hass, car)
            assert error.value.translation_key == "unsupported"
            continue
        await way.go(hass, car)
        await settle(hass)
        sent = sent_by(sim)
        if row.name != "charge_start":
            # It starts for a moment only.
            await pass_time(hass, freezer, 6, times=2)
        await call(hass, "button.press", of_car(car, "button.refresh"))
        await settle(hass)
        seen = list(differences(row, car, entry.runtime_data.vehicles[car.vin].data))
        for entity, state in way.states.items():
            if (shown := state_of(hass, of_car(car, entity))) != state:
                seen.append(f"{entity} shows {shown}, not {state}")
        if sent != [row.name]:
            seen.append(f"sent {sent}")
        if seen:
            wrong[name_of(row)] = seen
    assert wrong == {}


def sent_by(sim: Simulator) -> list[str]:
    """Return the commands that were taken, by their names, but for handshakes."""
    plain = [one.endpoint.removeprefix("command/") for one in sim.requests_for("command/*") if one.status == 200]
    signed = [request.command or "" for request in sim.requests_for("signed_command")]
    return plain + [name for name in signed if not name.startswith("handshake")]
