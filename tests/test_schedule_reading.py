"""Schedules have places: what is read, kept and shown of them, and what goes on where Tesla refuses them."""

import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import START, asked, pass_time, state_of
from .planning import act, charges, move_in, plan

pytestmark = pytest.mark.freeze_time(START)

HIDDEN = frozenset(Scope) - {Scope.VEHICLE_LOCATION}
WORK: dict[str, Any] = {"lat": 48.137222, "lon": 11.575556}
PLACES = ("48.137222", "11.575556")


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return a car with schedules at home and at work."""
    luna = await move_in(hass, sim, monkeypatch)
    plan(luna, 5, name="Night", start_time=1320, end_time=360)
    plan(luna, 6, name="Acme Works", start_time=540, **WORK)
    plan(luna, 7, kind="precondition", name="Acme Works", precondition_time=540, **WORK)
    return luna


async def stored(hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]) -> str:
    """Return what is on disk."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    return json.dumps(hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"]["data"])


async def test_one_request(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Schedules come with all the rest, at no other cost."""
    await set_up()
    assert len(asked(sim, "vehicle_data")) == 1
    assert len((await act(hass, "list_schedules"))["charge_schedules"]) == 2


@pytest.mark.parametrize(("scopes", "kept"), [(frozenset(Scope), True), (HIDDEN, False)])
async def test_places_on_disk(
    hass: HomeAssistant, luna: Car, set_up: SetUp, hass_storage: dict[str, Any], scopes: frozenset[str], kept: bool
) -> None:
    """Without the right to see the location no place is on disk, and everything else is."""
    entry = await set_up(scopes)
    text = await stored(hass, entry, hass_storage)
    assert all((place in text) is kept for place in PLACES)
    assert "Acme Works" in text
    assert ("latitude" in text) is kept


async def test_places_are_needed_to_change_a_schedule(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """After a restart without the right to see the location a schedule stays where it was: it is looked at first."""
    luna.unplug()
    entry = await set_up(HIDDEN)
    luna.sleep()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert [one["at_home"] for one in (await act(hass, "list_schedules"))["charge_schedules"]] == [None, None]
    changed = await act(hass, "update_charge_schedule", id=6, start_time="10:00")
    assert changed["at_home"] is False
    assert {"lat": charges(luna)[1].latitude, "lon": charges(luna)[1].longitude} == WORK
    assert charges(luna)[1].start_time == 600


async def test_tesla_hides_the_places(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where Tesla leaves the places out, all else works; what is changed is at home then."""
    sim.behaviour.schedules_without_location = "strip"
    await set_up(HIDDEN)
    assert [one["at_home"] for one in (await act(hass, "list_schedules"))["charge_schedules"]] == [None, None]
    await act(hass, "update_charge_schedule", id=5, start_time="23:00")
    await pass_time(hass, freezer, 60)
    assert (charges(luna)[0].start_time, charges(luna)[0].latitude) == (1380, luna.home.latitude)
    assert (await act(hass, "add_charge_schedule", start_time="23:00", end_time="06:00"))["id"] == 5
    assert len(charges(luna)) == 2


@pytest.mark.parametrize("refusal", ["missing_scopes", "location_not_granted"])
async def test_tesla_refuses_the_schedules(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, refusal: Any
) -> None:
    """Where Tesla refuses them, everything else is read, they are asked for once, and nothing is planned blindly."""
    sim.behaviour.schedules_without_location = refusal
    await set_up(HIDDEN)
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    assert state_of(hass, "sensor.luna_next_charging_schedule") == "unknown"
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=6)
    found = sim.requests_for("vehicle_data")
    assert [request.status for request in found] == [200, 200, 200]
    assert all("schedule" not in request.query["endpoints"] for request in found)
    for action, data in (("list_schedules", {}), ("add_charge_schedule", {"start_time": "22:00"})):
        with pytest.raises(HomeAssistantError) as error:
            await act(hass, action, **data)
        assert error.value.translation_key == "schedules_not_readable"
    assert asked(sim, "command/*") == []


async def test_driver_without_the_place(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """A driver from whom the owner hides the place, and Tesla therefore the schedules, sees the rest."""
    sim.behaviour.schedules_without_location = "location_not_granted"
    luna.access_type, luna.hide_private = "DRIVER", True
    await set_up()
    assert [request.status for request in sim.requests_for("vehicle_data")] == [403, 403, 200]
    assert state_of(hass, "sensor.luna_battery_level") == "62"


async def test_other_refusals_are_not_blamed_on_schedules(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A right that is missing for everything costs one more try at the first read, and takes no schedule away."""
    sim.faults.add(Fault("vehicle_data", answer="missing_scopes"))
    await set_up()
    sim.faults.clear()
    await pass_time(hass, freezer, 3601)
    assert len((await act(hass, "list_schedules"))["charge_schedules"]) == 2
    sim.faults.add(Fault("vehicle_data", answer="missing_scopes"))
    sim.clear_requests()
    await pass_time(hass, freezer, 601)
    assert {"schedule" in request.query["endpoints"] for request in sim.requests_for("vehicle_data")} == {True}


async def test_nothing_private_is_shown(
    hass: HomeAssistant,
    luna: Car,
    set_up: SetUp,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No place of a schedule is in states, attributes, answers of actions, logs or diagnostics; there, no name either."""
    entry = await set_up()
    await act(hass, "update_charge_schedule", id=6, start_time="10:00", time_zone="Europe/Vienna")
    await pass_time(hass, freezer, 60)
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == 200
    diagnostics = await answer.text()
    states = json.dumps([state.as_dict_json.decode() for state in hass.states.async_all()])
    listed = json.dumps(await act(hass, "list_schedules"))
    for place in PLACES:
        for text in (diagnostics, states, listed, caplog.text):
            assert place not in text
    assert "Acme Works" not in diagnostics
    assert "Vienna" not in diagnostics
    assert '"days_of_week": 127' in diagnostics
    assert "Acme Works" in listed
