"""Reading: what is asked for, when, and that nothing is ever woken or written in vain."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util.event_type import EventType
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .helpers import JUNIPER, LUNA, START, asked, at_home, call, pass_time, state_of, unsigned_car

pytestmark = pytest.mark.freeze_time(START)

ALL = frozenset(Scope)
BLOCKS = "charge_state;climate_state;closures_state;drive_state;gui_settings;vehicle_config;vehicle_state"
SCHEDULES = "charge_schedule_data;preconditioning_schedule_data"


@pytest.mark.parametrize(
    ("scopes", "endpoints"),
    [(ALL, f"{BLOCKS};location_data;{SCHEDULES}"), (ALL - {Scope.VEHICLE_LOCATION}, f"{BLOCKS};{SCHEDULES}")],
)
async def test_first_reads(sim: Simulator, set_up: SetUp, scopes: frozenset[str], endpoints: str) -> None:
    """The list comes first, for free, and says who is awake; data only of such a car, and only what is granted."""
    await set_up(scopes)
    assert asked(sim)[0] == "products"
    assert asked(sim, vin=LUNA) == ["vehicle_data"]
    assert asked(sim, vin=JUNIPER) == []
    assert [request.query for request in sim.requests_for("vehicle_data")] == [{"endpoints": endpoints}]
    of_person = ["users/feature_config", "users/me", "users/orders"]
    others = ["calendar_history", "live_status", "products", "site_info"]
    assert sorted(asked(sim, vin=None)) == [*others, *of_person]  # type: ignore[arg-type]
    assert {request.status for request in sim.requests} == {200}


async def test_car_that_was_never_read(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that sleeps when it is first seen has a state, and values as soon as it wakes by itself."""
    await set_up()
    assert state_of(hass, "sensor.juniper_status") == "asleep"
    assert state_of(hass, "sensor.juniper_battery_level") == "unavailable"
    assert state_of(hass, "switch.juniper_charging") == "unavailable"
    assert state_of(hass, "button.juniper_wake_up") == "unknown"

    sim.world.car_named("Juniper").drive(30)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.juniper_status") == "online"
    assert state_of(hass, "sensor.juniper_charging_state") == "disconnected"
    assert int(state_of(hass, "sensor.juniper_battery_level") or 0) in range(40, 49)


async def test_a_charging_car_is_read_as_often_as_the_money_allows(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Each 110 seconds at the full credit for two cars that nothing is known of; when it is done, it may sleep."""
    await set_up()
    sim.clear_requests()
    await pass_time(hass, freezer, 10, times=60)
    assert asked(sim, vin=LUNA) == ["vehicle_data"] * 5

    sim.world.car_named("Luna").unplug()
    await pass_time(hass, freezer, 60)
    await pass_time(hass, freezer, 5)
    assert state_of(hass, "sensor.luna_charging_state") == "disconnected"
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=15)
    assert asked(sim, vin=LUNA) == asked(sim, vin=JUNIPER) == []
    assert state_of(hass, "sensor.luna_status") == "asleep"


async def test_a_driving_car_is_followed(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Somebody drives off: within a minute that is known, and then it is read each 78 seconds."""
    await set_up()
    juniper = sim.world.car_named("Juniper")
    juniper.drive(30)
    await pass_time(hass, freezer, 61)
    assert asked(sim, vin=JUNIPER) == ["vehicle_data"]
    sim.clear_requests()
    await pass_time(hass, freezer, 10, times=48)
    assert asked(sim, vin=JUNIPER) == ["vehicle_data"] * 6


async def test_nothing_is_woken_and_all_may_sleep(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Hours of reading wake no car and keep none awake that would fall asleep; no data is asked of those asleep."""
    nova = unsigned_car()
    person.cars.append(nova)
    await set_up()
    assert state_of(hass, "sensor.nova_status") == "online"
    sim.world.car_named("Luna").unplug()
    await pass_time(hass, freezer, 60, times=25)
    assert nova.state == "asleep"
    assert state_of(hass, "sensor.nova_status") == "asleep"
    assert state_of(hass, "sensor.nova_battery_level") == "50"
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=95)
    # Alerts are asked of Tesla's cloud, once a day at most, and touch no car.
    told = [*asked(sim, vin=nova.vin), *asked(sim, vin=JUNIPER)]
    assert set(told) <= {"recent_alerts"}
    assert len(told) <= 2
    assert asked(sim, "wake_up") == []
    assert sim.requests_for("*/wake_up") == []


async def test_falling_asleep_ends_what_was_going_on(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was last seen charging and now sleeps does not charge."""
    await set_up()
    assert state_of(hass, "switch.luna_charging") == "on"
    luna = sim.world.car_named("Luna")
    luna.command("charge_stop", {})
    luna.sleep()
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.luna_status") == "asleep"
    assert state_of(hass, "sensor.luna_charging_state") == "stopped"
    assert state_of(hass, "switch.luna_charging") == "off"
    assert state_of(hass, "sensor.luna_charging_power") == "0.0"
    assert state_of(hass, "binary_sensor.luna_charge_cable") == "on"


async def minutes_until_read(hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory) -> int:
    """Return after how many minutes Luna is read; until then nobody asks for it by itself, and then once."""
    sim.clear_requests()
    for minute in range(1, 16):
        await pass_time(hass, freezer, 60)
        if asked(sim, vin=LUNA):
            assert asked(sim, "vehicle_data", vin=LUNA) == ["vehicle_data"]
            return minute
    raise AssertionError("Luna is not read any more")


async def test_asleep_between_the_two_reads(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that falls asleep between the list and the read is asleep; that is no failure, and cost a read."""
    await set_up()
    sim.faults.add(Fault("vehicle_data", vin=LUNA, answer="asleep", times=1))
    await pass_time(hass, freezer, 60)
    await pass_time(hass, freezer, 50)
    assert state_of(hass, "sensor.luna_status") == "asleep"
    assert state_of(hass, "sensor.luna_charging_state") == "stopped"
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=9)
    assert state_of(hass, "sensor.luna_status") == "online"
    assert asked(sim, vin=LUNA) == []
    assert await minutes_until_read(hass, sim, freezer) in (1, 2, 3)
    assert state_of(hass, "sensor.luna_status") == "online"
    assert state_of(hass, "sensor.luna_charging_state") == "charging"


async def test_out_of_reach(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A car in a garage without reception keeps its values; only its state says so."""
    await set_up()
    sim.world.car_named("Luna").reachable = False
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.luna_status") == "offline"
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    assert state_of(hass, "sensor.luna_charging_state") == "charging"


async def test_site_is_read_each_minute_and_its_settings_each_hour(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Live each minute; settings hourly, and five seconds after a write."""
    await set_up()
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=59)
    assert len(asked(sim, "live_status")) == 59
    assert asked(sim, "site_info") == []
    await pass_time(hass, freezer, 61)
    assert len(asked(sim, "site_info")) == 1

    await call(hass, "switch.turn_off", "switch.powerwall_storm_watch")
    assert len(asked(sim, "site_info")) == 1
    await pass_time(hass, freezer, 5)
    assert len(asked(sim, "site_info")) == 2


async def test_site_changes_show(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An outage, a cloud and a setting changed in Tesla's app show by themselves."""
    await set_up()
    site = person.sites[0]
    assert float(state_of(hass, "sensor.powerwall_solar_power") or 0) > 5
    site.grid_up, site.reserve, site.extra_load_w = False, 35, 500.0
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.powerwall_grid_connection") == "off_grid_unintentional"
    assert state_of(hass, "sensor.powerwall_grid_power") == "0.0"
    assert state_of(hass, "number.powerwall_backup_reserve") == "20"
    await pass_time(hass, freezer, 3600)
    assert state_of(hass, "number.powerwall_backup_reserve") == "35"


async def test_wall_connector_follows_the_car(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It says which car hangs on it, another's as such, and that none does."""
    await set_up()
    assert state_of(hass, "sensor.wall_connector_vehicle") == "Luna"
    assert state_of(hass, "sensor.wall_connector_status") == "charging"
    assert state_of(hass, "sensor.wall_connector_power") == "11.04"
    sim.world.car_named("Luna").unplug()
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.wall_connector_vehicle") == "none"
    assert state_of(hass, "sensor.wall_connector_status") == "disconnected"
    assert state_of(hass, "sensor.wall_connector_power") == "0.0"

    guest = unsigned_car("Guest", 9)
    sim.world.accounts.append(Account(sub="2", email="b@example.com", full_name="B", password="x", cars=[guest]))
    sim.world.update()
    guest.plug_in(at_home(sim))
    connector = person.sites[0].wall_connectors[0]
    connector.fault_state = 7
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.wall_connector_vehicle") == "other"
    fault = hass.states.get("sensor.wall_connector_fault")
    assert fault is not None
    assert (fault.state, fault.attributes["code"]) == ("fault", 7)


async def test_unknown_wall_connector_state(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A number that is new to us is unknown, not an error."""
    await set_up()
    sim.faults.add(Fault("live_status", put={"response.wall_connectors.0.wall_connector_state": 3}))
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.wall_connector_status") == "unknown"
    assert state_of(hass, "sensor.wall_connector_vehicle") == "Luna"


async def test_location_denied(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A driver from whom the owner hides the place reads on without it, and asks for it only once."""
    luna = sim.world.car_named("Luna")
    luna.access_type, luna.hide_private = "DRIVER", True
    await set_up()
    assert [request.status for request in sim.requests_for("vehicle_data")] == [403, 200]
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    tracker = hass.states.get("device_tracker.luna_location")
    assert tracker is not None
    assert tracker.state == "unknown"
    assert "latitude" not in tracker.attributes
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=6)
    assert {request.query["endpoints"] for request in sim.requests_for("vehicle_data")} == {f"{BLOCKS};{SCHEDULES}"}
    assert len(sim.requests_for("vehicle_data")) == 3


async def test_location(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Where it is granted, the tracker follows the car."""
    await set_up()
    tracker = hass.states.get("device_tracker.luna_location")
    assert tracker is not None
    place = sim.world.car_named("Luna").charger.place
    assert (tracker.attributes["latitude"], tracker.attributes["longitude"]) == (place.latitude, place.longitude)
    assert tracker.state == "not_home"


async def test_in_service(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A car in service, as the list says, is not asked for anything, keeps its values, and comes back."""
    await set_up()
    luna = sim.world.car_named("Luna")
    luna.in_service = True
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=11)
    assert asked(sim, vin=LUNA) == []
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    luna.in_service = False
    await pass_time(hass, freezer, 60)
    assert asked(sim, vin=LUNA) == []
    assert await minutes_until_read(hass, sim, freezer) <= 12


async def test_goes_into_service_between_the_two_reads(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """405 to the read is no failure either, and neither is mobile access switched off; ten minutes later it is tried again."""
    await set_up()
    for answer in ("in_service", "mobile_access_disabled"):
        fault = sim.faults.add(Fault("vehicle_data", vin=LUNA, answer=answer, times=1))
        await pass_time(hass, freezer, 60, times=2)
        assert fault.hits == 1
        assert state_of(hass, "sensor.luna_status") == "online"
        assert state_of(hass, "sensor.luna_charging_state") == "charging"
        assert await minutes_until_read(hass, sim, freezer) in (10, 11, 12)


async def test_nothing_new_is_not_written(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Polls that bring the same write no state, not even the same one again."""
    luna = sim.world.car_named("Luna")
    luna.unplug()
    luna.keeps_awake_by_polling = luna.sleeps = False
    luna.reported = {"charge_state.battery_level": 62, "charge_state.battery_range": 207.7}
    await set_up()
    events: list[tuple[str, str]] = []

    def listen(kind: EventType[Any]) -> None:
        @callback
        def ours(data: Any) -> bool:
            name = str(data["entity_id"]).partition(".")[2]
            return name.startswith("luna_") or name == "powerwall_software_version"

        @callback
        def note(event: Event[Any]) -> None:
            events.append((str(kind), event.data["entity_id"]))

        hass.bus.async_listen(kind, note, event_filter=ours)

    listen(EVENT_STATE_CHANGED)
    listen(EVENT_STATE_REPORTED)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=31)
    assert asked(sim, vin=LUNA) == ["vehicle", "vehicle_data"] * 2
    plans = {"sensor.luna_next_planned_read", "sensor.luna_why_it_is_read_next"}
    assert [event for event in events if event[1] not in plans] == [("state_changed", "sensor.luna_last_data")] * 2
    assert {kind for kind, _ in events} == {"state_changed"}
    # A read, and what is planned after it; what has not moved by a tenth is the same plan.
    assert len(events) <= 2 + 3 * len(plans)

    luna.reported["charge_state.battery_level"] = 61
    await pass_time(hass, freezer, 600)
    assert events.count(("state_changed", "sensor.luna_battery_level")) == 1


async def test_account_in_another_region(
    hass: HomeAssistant, sim: Simulator, credentials: None, make_entry: Any, freezer: FrozenDateTimeFactory
) -> None:
    """An account that Tesla keeps elsewhere is followed there, once, and for good."""
    entry = make_entry()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "region": "na"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert [(request.host, request.status) for request in sim.requests[:2]] == [("na", 421), ("eu", 200)]
    assert {request.host for request in sim.requests[1:]} == {"eu"}
    assert entry.data["region"] == "eu"
    assert state_of(hass, "sensor.luna_battery_level") == "62"
