"""Switches and sensors of schedules: they come, go and move on with them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import LUNA, START, asked, call, entity_ids, has_entity, pass_time, state_of
from .planning import act, charges, move_in, plan, preconditions

pytestmark = pytest.mark.freeze_time(START)

NIGHT = "switch.luna_charging_schedule_night"


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return the car that takes unsigned commands, at Home Assistant's home in Berlin."""
    luna = await move_in(hass, sim, monkeypatch)
    luna.unplug()
    return luna


def switches(hass: HomeAssistant) -> set[str]:
    """Return the switches of schedules."""
    return {one for one in entity_ids(hass) if one.startswith("switch.") and "_schedule_" in one}


# Switches


async def test_names(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """A switch is called after the schedule, else after its times at home; it is a setting."""
    plan(luna, 5, name="Night", start_time=1320, end_time=360)
    plan(luna, 6, start_time=1320, enabled=False)
    plan(luna, 7, start_time=1320, end_time=365)
    plan(luna, 8, end_time=360)
    plan(luna, 5, kind="precondition", precondition_time=450)
    await set_up()
    found = {state.name: state.state for state in (hass.states.get(one) for one in switches(hass)) if state is not None}
    assert found == {
        "Luna Charging schedule Night": "on",
        "Luna Charging schedule 22:00": "off",
        "Luna Charging schedule 22:00–06:05": "on",
        "Luna Charging schedule …–06:00": "on",
        "Luna Preconditioning schedule 07:30": "on",
    }
    entry = er.async_get(hass).async_get(NIGHT)
    assert entry is not None
    assert (entry.unique_id, entry.entity_category) == (f"{LUNA}-charge_schedule_5", "config")


async def test_turn(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Turning it changes that, at once and for good, and nothing else of the schedule."""
    far: dict[str, Any] = {"lat": 40.7581, "lon": -73.9772}
    plan(luna, 5, name="Night", start_time=1320, end_time=360, days_of_week="Monday", one_time=True, **far)
    plan(luna, 6, kind="precondition", name="Warm", precondition_time=450)
    await set_up()
    (before,) = charges(luna)
    await call(hass, "switch.turn_off", NIGHT)
    assert state_of(hass, NIGHT) == "off"
    (after,) = charges(luna)
    assert (after.enabled, after.name) == (False, "")
    after.enabled, after.name = True, "Night"
    assert after == before
    after.enabled = False
    await pass_time(hass, freezer, 60)
    assert state_of(hass, NIGHT) == "off"
    await call(hass, "switch.turn_on", NIGHT)
    assert charges(luna)[0].enabled
    await call(hass, "switch.turn_off", "switch.luna_preconditioning_schedule_warm")
    assert [one.enabled for one in preconditions(luna)] == [False]
    assert len(asked(sim, "command/*")) == 3


async def test_the_name_follows(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A schedule that gets another time or name is called so, and its switch keeps its id."""
    plan(luna, 5, start_time=1320)
    await set_up()
    switch = "switch.luna_charging_schedule_22_00"
    for changes, name in (({"start_time": "23:00"}, "23:00"), ({"name": "Night"}, "Night")):
        await act(hass, "update_charge_schedule", id=5, **changes)
        state = hass.states.get(switch)
        assert state is not None
        assert state.name == f"Luna Charging schedule {name}"
        await pass_time(hass, freezer, 60)
    entry = er.async_get(hass).async_get(switch)
    assert entry is not None
    assert entry.original_name == "Charging schedule Night"


async def test_refused(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Where it does not work, a sentence says why, and the switch stays as it is."""
    plan(luna, 5, name="Night", start_time=1320)
    await set_up()
    sim.faults.add(Fault("add_charge_schedule", answer="protocol_required"))
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "switch.turn_off", NIGHT)
    assert error.value.translation_key == "signing_required"
    assert state_of(hass, NIGHT) == "on"
    with pytest.raises(HomeAssistantError):
        await act(hass, "update_charge_schedule", id=5, name="Noon", start_time="12:00")
    state = hass.states.get(NIGHT)
    assert state is not None
    assert state.name == "Luna Charging schedule Night"


async def read_again(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Read the car, because a person wants to know."""
    await pass_time(hass, freezer, 60)
    await call(hass, "button.press", "button.luna_refresh")
    await settle(hass)


async def test_they_come_and_go(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """What is planned here or in Tesla's app has a switch, and what is planned no more has none."""
    await set_up()
    assert switches(hass) == set()
    number = (await act(hass, "add_charge_schedule", name="Night", start_time="22:00"))["id"]
    await settle(hass)
    assert state_of(hass, NIGHT) == "on"
    plan(luna, 9, kind="precondition", precondition_time=450)
    await read_again(hass, freezer)
    assert switches(hass) == {NIGHT, "switch.luna_preconditioning_schedule_07_30"}
    luna.command("remove_precondition_schedule", {"id": 9})
    await read_again(hass, freezer)
    assert switches(hass) == {NIGHT}
    await act(hass, "remove_charge_schedule", id=number)
    # the car has said yes, and only a read is proof of it
    assert state_of(hass, NIGHT) == "unavailable"
    await pass_time(hass, freezer, 60)
    assert switches(hass) == set()
    assert not has_entity(hass, "switch", f"{LUNA}-charge_schedule_{number}")
    plan(luna, number, name="Night", start_time=1320)
    await read_again(hass, freezer)
    assert state_of(hass, NIGHT) == "on"


async def test_over_a_restart(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A restart while the car sleeps changes no switch; one whose schedule went meanwhile goes with the next read."""
    plan(luna, 5, name="Night", start_time=1320)
    plan(luna, 6, name="Noon", start_time=720)
    entry = await set_up()
    both = switches(hass)
    assert len(both) == 2
    luna.command("remove_charge_schedule", {"id": 6})
    luna.sleep()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 601)
    assert switches(hass) == both
    assert [state_of(hass, one) for one in both] == ["on", "on"]
    luna.wake()
    await pass_time(hass, freezer, 601)
    assert switches(hass) == {NIGHT}


async def test_gone_while_nobody_looked(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A switch that is left over from earlier goes with the first read that has no schedule for it."""
    entry = await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    registry = er.async_get(hass)
    left = registry.async_get_or_create("switch", "tesla_charging", f"{LUNA}-charge_schedule_3", config_entry=entry)
    other = registry.async_get_or_create("switch", "tesla_charging", f"{LUNA}-charge", config_entry=entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    for _ in range(2):
        await pass_time(hass, freezer, 6)
        await call(hass, "button.press", "button.luna_refresh")
    assert registry.async_get(left.entity_id) is None
    assert registry.async_get(other.entity_id) is not None


async def test_right_taken_back(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """Without the right to command there are no switches."""
    plan(luna, 5, name="Night", start_time=1320)
    entry = await set_up()
    assert switches(hass) == {NIGHT}
    less = sorted(frozenset(Scope) - {Scope.VEHICLE_CMDS, Scope.VEHICLE_CHARGING_CMDS})
    hass.config_entries.async_update_entry(entry, data={**entry.data, "scopes": less})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert switches(hass) == set()


async def test_a_broken_list_takes_nothing_away(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A read without the list is no proof that schedules are gone."""
    plan(luna, 5, name="Night", start_time=1320)
    await set_up()
    lists: list[dict[str, Any]] = [{"charge_schedule_data": None}, {"charge_schedule_data.charge_schedules": "junk"}]
    for broken in lists:
        luna.reported = broken
        await pass_time(hass, freezer, 601)
        luna.reported = {}
        assert state_of(hass, NIGHT) == "on"


async def test_old_firmware_has_no_switch(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """What older firmware has instead of schedules is gone when it is off, so it has no switch."""
    luna.firmware = "2023.7.20"
    luna.reported = {"charge_schedule_data": None, "preconditioning_schedule_data": None}
    luna.command("set_scheduled_charging", {"enable": True, "time": 1320})
    await set_up()
    assert len((await act(hass, "list_schedules"))["charge_schedules"]) == 1
    assert switches(hass) == set()
    assert state_of(hass, "sensor.luna_next_charging_schedule") == "2026-06-10T20:00:00+00:00"


# Sensors


async def test_next_times(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """The next time of each kind; it moves on when it has come, although the car sleeps."""
    plan(luna, 5, start_time=12 * 60 + 20, end_time=900)
    plan(luna, 6, start_time=12 * 60 + 40, days_of_week="Wednesday")
    plan(luna, 9, kind="precondition", precondition_time=1080, one_time=True)
    await set_up()
    luna.sleep()
    assert state_of(hass, "sensor.luna_next_charging_schedule") == "2026-06-10T10:20:00+00:00"
    assert state_of(hass, "sensor.luna_next_ready_time") == "2026-06-10T16:00:00+00:00"
    await pass_time(hass, freezer, 1201)
    assert state_of(hass, "sensor.luna_status") == "asleep"
    assert state_of(hass, "sensor.luna_next_charging_schedule") == "2026-06-10T10:40:00+00:00"
    await pass_time(hass, freezer, 1201)
    assert state_of(hass, "sensor.luna_next_charging_schedule") == "2026-06-11T10:20:00+00:00"
    assert state_of(hass, "sensor.luna_next_ready_time") == "2026-06-10T16:00:00+00:00"


async def test_no_next_time(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """Nothing planned is unknown, and what is planned shows at once."""
    await set_up()
    sensor = "sensor.luna_next_charging_schedule"
    assert state_of(hass, sensor) == "unknown"
    number = (await act(hass, "add_charge_schedule", start_time="22:00"))["id"]
    assert state_of(hass, sensor) == "2026-06-10T20:00:00+00:00"
    await act(hass, "update_charge_schedule", id=number, enabled=False)
    assert state_of(hass, sensor) == "unknown"
    await act(hass, "update_charge_schedule", id=number, enabled=True, start_time="23:00")
    assert state_of(hass, sensor) == "2026-06-10T21:00:00+00:00"
    await act(hass, "remove_charge_schedule", id=number)
    assert state_of(hass, sensor) == "unknown"
