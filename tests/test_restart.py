"""A restart changes no value, only its age: snapshots on disk, with everything asleep or out of reach."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, State
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .helpers import LUNA, START, asked, entity_ids, pass_time, set_number, state_of
from .setting_up import state_of as state_of_entry

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.loop_debug]

FLICKERING = ("last_data", "next_planned_read", "powerwall", "tesla_account", "wall_connector", "why_it_is_read_next")


def stored_snapshots(hass_storage: dict[str, Any], entry: MockConfigEntry) -> Any:
    """Return what is on disk."""
    return hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"]["data"]


def values(hass: HomeAssistant) -> dict[str, str]:
    """Return every state that has a value, but for those that never stand still: of the Powerwall, and of the budget."""
    ours = entity_ids(hass)
    states: list[State] = [state for state in hass.states.async_all() if state.entity_id in ours]
    return {
        state.entity_id: state.state
        for state in states
        if not any(word in state.entity_id for word in FLICKERING) and "button" not in state.entity_id
    }


async def restart(hass: HomeAssistant, entry: MockConfigEntry, away: float, freezer: FrozenDateTimeFactory) -> None:
    """Stop, be away for a while, and start again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert state_of(hass, "sensor.luna_battery_level") == "unavailable"
    freezer.tick(away)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await settle(hass)


async def test_all_asleep(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Everything asleep: the last values stand there with their age, and nothing is woken or read."""
    entry = await set_up()
    luna = sim.world.car_named("Luna")
    luna.unplug()
    await pass_time(hass, freezer, 60)
    await pass_time(hass, freezer, 5)
    before, last_data = values(hass), state_of(hass, "sensor.luna_last_data")
    assert before["sensor.luna_battery_level"] == "62"
    luna.sleep()
    sim.clear_requests()
    await restart(hass, entry, 3 * 86400, freezer)
    assert values(hass) == {**before, "sensor.luna_status": "asleep"}
    assert state_of(hass, "sensor.luna_last_data") == last_data
    assert asked(sim, vin=LUNA) == []
    assert sim.requests_for("wake_up") == []


async def test_network_cut(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """No network at the start: all is there at once, and goes on living when the network is back."""
    entry = await set_up()
    before = values(hass)
    level, last_data = state_of(hass, "sensor.powerwall_charge_level"), state_of(hass, "sensor.luna_last_data")
    sim.faults.add(Fault(reset=True))
    await restart(hass, entry, 3600, freezer)
    assert values(hass) == before
    assert state_of(hass, "sensor.powerwall_charge_level") == level
    assert state_of(hass, "sensor.wall_connector_vehicle") == "Luna"
    assert state_of(hass, "number.powerwall_backup_reserve") == "20"
    assert state_of(hass, "sensor.luna_last_data") == last_data

    sim.faults.clear()
    await pass_time(hass, freezer, 72)
    assert state_of(hass, "sensor.luna_last_data") != last_data
    assert state_of(hass, "sensor.powerwall_charge_level") != level


async def test_tesla_gone(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """The same with no server there at all."""
    entry = await set_up()
    before = values(hass)
    await sim.stop()
    await restart(hass, entry, 3600, freezer)
    assert values(hass) == before


async def test_first_start_without_network(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An account that was never read is tried again by Home Assistant, until it answers."""
    sim.faults.add(Fault(reset=True))
    entry = await set_up()
    assert entry.state.value == "setup_retry"
    assert entry.error_reason_translation_key == "no_answer"
    sim.faults.clear()
    await pass_time(hass, freezer, 30)
    assert entry.state.value == "loaded"
    assert state_of(hass, "sensor.luna_battery_level") == "62"


async def test_hanging_products_do_not_hold_up_a_restart(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Known products are shown before the list of them is there again."""
    entry = await set_up()
    before = values(hass)
    sim.faults.add(Fault("products", hang=True))
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert values(hass) == before


async def test_what_was_sold_meanwhile_goes(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that left the account while Home Assistant was off goes when it has been missing for a quarter of an hour."""
    entry = await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    person.cars.pop(0)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    await pass_time(hass, freezer, 60, times=14)
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    await pass_time(hass, freezer, 60, times=2)
    assert hass.states.get("sensor.luna_battery_level") is None
    assert state_of(hass, "sensor.juniper_status") == "asleep"


async def test_command_result_outlives_a_restart(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What a command changed is on disk too."""
    entry = await set_up()
    await set_number(hass, "number.luna_charge_limit", 71)
    sim.faults.add(Fault(reset=True))
    await restart(hass, entry, 60, freezer)
    assert state_of(hass, "number.luna_charge_limit") == "71"


async def test_crash(
    hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """The snapshots are written soon after they change, not only at the end."""
    entry = await set_up()
    await pass_time(hass, freezer, 11)
    stored = {car["vin"]: car for car in stored_snapshots(hass_storage, entry)["vehicles"]}
    assert stored[LUNA]["charge_state"]["battery_level"] == 62


GOOD = {
    "vin": LUNA,
    "display_name": "Luna",
    "charge_state": {"battery_level": 55},
    "read_at": 1780000000,
    "state": "asleep",
}
CHARGING = {"battery_level": 55, "charging_state": "Charging", "minutes_to_full_charge": 30}
NEVER_READ = {"vin": LUNA, "display_name": "Luna", "charge_state": CHARGING, "state": "online"}
STORED: list[tuple[str, dict[str, Any] | list[Any] | str | None, str]] = [
    ("no object", [1, 2], "62"),
    ("nothing", None, "62"),
    ("no lists", {"vehicles": "x", "sites": {"a": 1}}, "62"),
    ("empty", {}, "62"),
    ("junk items", {"vehicles": [None, 5, {"vin": 7}, {"state": "online"}], "sites": [{}, "y", None]}, "62"),
    ("one good item", {"vehicles": [[], GOOD], "sites": None}, "55"),
    ("never read", {"vehicles": [NEVER_READ], "sites": []}, "unavailable"),
    ("damaged item", {"vehicles": [{**GOOD, "charge_state": {"battery_level": {}}}], "sites": []}, "unknown"),
]


@pytest.mark.parametrize(("name", "stored", "level"), STORED, ids=[one[0] for one in STORED])
async def test_damaged_snapshots(
    hass: HomeAssistant,
    sim: Simulator,
    credentials: None,
    hass_storage: dict[str, Any],
    make_entry: Any,
    name: str,
    stored: Any,
    level: str,
) -> None:
    """What cannot be read is as if it had not been there; what can be is shown."""
    entry = make_entry()
    entry.add_to_hass(hass)
    hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"] = {"version": 1, "minor_version": 1, "data": stored}
    if level != "62":
        sim.faults.add(Fault("vehicle_data", reset=True))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "sensor.luna_battery_level") == level
    assert state_of(hass, "sensor.powerwall_charge_level") is not None


async def test_scopes_taken_away_take_their_snapshots(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, hass_storage: dict[str, Any]
) -> None:
    """Nothing is remembered of what is not granted any more."""
    entry = await set_up()
    less = [Scope.OPENID, Scope.OFFLINE_ACCESS, Scope.ENERGY_DEVICE_DATA]
    hass.config_entries.async_update_entry(entry, data={**entry.data, "scopes": less})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert entity_ids(hass, start="luna") == set()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert stored_snapshots(hass_storage, entry)["vehicles"] == []
    assert len(stored_snapshots(hass_storage, entry)["sites"]) == 1


async def test_removal_leaves_nothing(hass: HomeAssistant, set_up: SetUp, hass_storage: dict[str, Any]) -> None:
    """Who removes the account removes what was kept of it."""
    entry = await set_up()
    assert await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert not [key for key in hass_storage if entry.entry_id in key]


async def test_a_start_that_fails_reads_no_more(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was begun before a start failed has an end: each read costs money."""

    async def breaks(*_: object) -> None:
        raise RuntimeError("a disk that is full")

    with monkeypatch.context() as broken:
        broken.setattr("custom_components.tesla_charging._start_plans", breaks)
        entry = await set_up()
    assert state_of_entry(entry) is ConfigEntryState.SETUP_ERROR
    caplog.clear()
    sim.clear_requests()
    await pass_time(hass, freezer, 600, times=12)
    assert asked(sim, "*") == []
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    await pass_time(hass, freezer, 60)
    assert asked(sim, "*")
