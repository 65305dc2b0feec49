"""Reading Tesla's JSON: every real shape, how answers merge, and that nothing is invented."""

from dataclasses import fields, replace
from datetime import UTC, datetime
import json
from typing import Any

import pytest

from custom_components.tesla_charging.fleet.models import EnergySite, Vehicle, parse, to_json
from custom_components.tesla_charging.fleet.models.site import (
    ExportRule,
    GridStatus,
    IslandStatus,
    OperationMode,
    SiteInfo,
    WallConnectorStatus,
)
from custom_components.tesla_charging.fleet.models.vehicle import (
    ChargePortLatch,
    ChargeState,
    ChargingState,
    ScheduledChargingMode,
    ShiftState,
    VehicleState,
)
from tesla_simulator.world import Site, connector_site, powerwall3_site, powerwall_site, solar_site, wall_connector

from .answers import START, car_answer, site_answers


def test_car_in_full() -> None:
    """What a charging car says stands in the snapshot, in its own units."""
    data = car_answer()
    data["charge_state"]["scheduled_departure_time"] = 1_781_154_000
    car = parse(Vehicle, data)
    assert (car.vin, car.state, car.name, car.access_type) == (data["vin"], VehicleState.ONLINE, "Luna", "OWNER")
    assert (car.command_signing, car.in_service) == ("required", False)
    assert (car.charging, car.driving, car.read_at) == (True, False, None)
    charge, raw = car.charge_state, data["charge_state"]
    assert charge.charging_state is ChargingState.CHARGING
    assert charge.charge_port_latch is ChargePortLatch.ENGAGED
    assert charge.scheduled_charging_mode is ScheduledChargingMode.OFF
    assert charge.timestamp == datetime(2026, 6, 10, 10, 10, tzinfo=UTC)
    assert charge.scheduled_departure_time == datetime.fromtimestamp(raw["scheduled_departure_time"], UTC)
    plain = {one.name for one in fields(ChargeState)} & {
        key for key, value in raw.items() if value not in (None, "<invalid>")
    }
    enums_and_times = {"charging_state", "charge_port_latch", "scheduled_charging_mode", "timestamp"}
    for name in plain - enums_and_times - {"scheduled_departure_time"}:
        assert getattr(charge, name) == raw[name], name
    assert len(plain) > 35
    assert charge.fast_charger_type is None  # "<invalid>"
    assert car.drive_state.latitude == data["drive_state"]["latitude"]
    assert car.vehicle_config.car_type == data["vehicle_config"]["car_type"]
    assert car.vehicle_state.car_version == data["vehicle_state"]["car_version"]


def test_driving_car() -> None:
    """The gear says that a car drives."""
    car = parse(Vehicle, car_answer("driving"))
    assert (car.drive_state.shift_state, car.driving, car.charging) == (ShiftState.DRIVE, True, False)
    assert car.charge_state.charging_state is ChargingState.DISCONNECTED
    assert car.charge_state.conn_charge_cable is None


def test_site_in_full() -> None:
    """What a Powerwall says stands in the snapshot, with Tesla's signs."""
    data = site_answers()
    site = parse(EnergySite, data)
    live, raw = site.live_status, data["live_status"]
    for name in ("battery_power", "grid_power", "load_power", "solar_power", "percentage_charged", "energy_left"):
        assert getattr(live, name) == raw[name], name
    assert (live.grid_status, live.island_status) == (GridStatus.ACTIVE, IslandStatus.ON_GRID)
    assert live.timestamp == START
    info = site.site_info
    assert (info.backup_reserve_percent, info.default_real_mode) == (20, OperationMode.SELF_CONSUMPTION)
    assert info.storm_mode_enabled is True
    assert info.components.customer_preferred_export_rule is ExportRule.PV_ONLY
    assert info.components.disallow_charge_from_grid_with_solar_installed is True
    assert (site.has_battery, site.has_solar, site.exists) == (True, True, True)
    first, second = site.dins
    assert site.wall_connector(first).vin == "5YJYE7EB0SF000001"
    assert site.wall_connector(second) == WallConnectorStatus(
        din=second, wall_connector_state=2, wall_connector_fault_state=2, wall_connector_power=0
    )
    assert site.wall_connector_info(first).part_name == "Gen 3 Wall Connector"
    assert site.wall_connector("nowhere") == WallConnectorStatus()
    assert site.wall_connector_info("nowhere").din is None


@pytest.mark.parametrize(
    ("site", "battery", "solar", "dins"),
    [
        (powerwall3_site(), True, True, 0),
        (solar_site(), False, True, 0),
        (connector_site(1, wall_connector()), False, False, 1),
        (powerwall_site(1, solar=False), True, False, 0),
        (powerwall_site(1, battery=False, solar=False), False, False, 0),
    ],
)
def test_sites_of_every_kind(site: Site, battery: bool, solar: bool, dins: int) -> None:
    """The hardware is known from the product list alone, and from the settings alone."""
    data = site_answers(site)
    for part in ({key: data[key] for key in data if key != "site_info"}, {"site_info": data["site_info"]}):
        found = parse(EnergySite, part)
        assert (found.has_battery, found.has_solar, len(found.dins)) == (battery, solar, dins)
        assert found.exists == (battery or solar or dins > 0)


def test_powerwall_3() -> None:
    """What Powerwall 3 leaves out is unknown, not zero; null is no list."""
    live = parse(EnergySite, site_answers(powerwall3_site())).live_status
    assert (live.total_pack_energy, live.energy_left, live.percentage_charged) == (None, None, 55.0)
    assert parse(EnergySite, {"live_status": {"wall_connectors": None}}).live_status.wall_connectors == ()


@pytest.mark.parametrize(
    ("live", "info", "capacity"),
    [
        ({"total_pack_energy": 26_500, "energy_left": 1, "percentage_charged": 50}, {"nameplate_energy": 27_000}, 26_500),
        ({"energy_left": 13_150, "percentage_charged": 50}, {"nameplate_energy": 27_000}, 26_300),
        ({"energy_left": 260, "percentage_charged": 1}, {"nameplate_energy": 27_000}, 27_000),
        ({"energy_left": 0, "percentage_charged": 0}, {"battery_count": 2}, 27_000),
        ({"total_pack_energy": 1}, {"nameplate_energy": None, "battery_count": 3}, 40_500),
        ({"total_pack_energy": 0, "energy_left": 13_000, "percentage_charged": 400}, {}, None),
        ({}, {}, None),
    ],
)  # fmt: skip
def test_capacity(live: dict[str, Any], info: dict[str, Any], capacity: float | None) -> None:
    """The first that tells it counts, in the order of fleet_api.md 7.2; without a battery nothing does."""
    data = {"components": {"battery": True}, "live_status": live, "site_info": info}
    assert parse(EnergySite, data).capacity_wh == capacity
    assert parse(EnergySite, {**data, "components": {"battery": False}}).capacity_wh is None


@pytest.mark.parametrize(
    ("live", "percentage"),
    [
        ({"percentage_charged": 45.8}, 45.8),
        ({"percentage_charged": 0}, 0),
        ({"percentage_charged": -3}, None),
        ({"percentage_charged": 4700, "energy_left": 9000, "total_pack_energy": 27_000}, 100 / 3),
        ({"percentage_charged": 4700, "energy_left": 9000, "total_pack_energy": 1}, None),
        ({"percentage_charged": None, "energy_left": 50_000, "total_pack_energy": 27_000}, None),
    ],
)
def test_absurd_percentages(live: dict[str, Any], percentage: float | None) -> None:
    """What no battery can hold is not shown (users.md theme 24)."""
    assert parse(EnergySite, {"live_status": live}).percentage_charged == pytest.approx(percentage)


def test_parts() -> None:
    """Each part stands once, in an order that stays, whatever list it comes in."""
    parts = [{"din": din, "serial_number": din.lower()} for din in "BAC"]
    parts[2]["is_active"] = False  # type: ignore[assignment]
    components = {
        "batteries": parts,
        "gateways": [{"din": "A"}, {"din": "G"}],
        "inverters": [{"din": "G"}, {"din": ""}],
    }
    for part in ({"components": components}, {"site_info": {"components": components}}):
        site = parse(EnergySite, part)
        assert [one.din for one in site.batteries] == ["A", "B"]
        assert [one.din for one in site.gateways] == ["G"]
        assert site.inverters == ()
    kept = parse(EnergySite, {"components": dict.fromkeys(components)}, parse(EnergySite, {"components": components}))
    assert len(kept.batteries) == 2


def test_a_connector_that_is_not_active_is_none() -> None:
    """One that was replaced is left out, unless it is told to live."""
    info = {"components": {"wall_connectors": [{"din": "A", "is_active": False}, {"din": "B"}]}}
    assert parse(EnergySite, {"site_info": info}).dins == ("B",)
    assert parse(EnergySite, {"site_info": info, "live_status": {"wall_connectors": [{"din": "A"}]}}).dins == ("A", "B")


@pytest.mark.parametrize(("value", "code"), [(3, "3"), ("idle", "idle"), (True, None), (1.5, None), ([], None)])
def test_codes(value: object, code: str | None) -> None:
    """A state that comes as a number or as a word is a word."""
    live = parse(EnergySite, {"live_status": {"wall_connectors": [{"din": "A", "ocpp_status": value}]}})
    assert live.wall_connector("A").ocpp_status == code


@pytest.mark.parametrize("junk", [None, "<invalid>", "", [], {}, True, "x", float("nan"), float("inf"), 1.5])
def test_no_answer_keeps(junk: object) -> None:
    """Missing, null, "<invalid>" or of a wrong type: what was known stays known."""
    before = parse(Vehicle, car_answer())
    data = {"charge_state": {"battery_level": junk}, "drive_state": {}, "vin": {"junk": junk}}
    assert parse(Vehicle, data, before) == before
    assert parse(Vehicle, {"charge_state": junk}, before) == before
    assert parse(Vehicle, junk, before) == before
    assert parse(Vehicle, junk) == Vehicle()


@pytest.mark.parametrize("nothing", [None, "<invalid>", ""])
def test_no_cable_clears(nothing: object) -> None:
    """Where "nothing" is an answer it erases; junk is none, and neither is silence."""
    before = parse(Vehicle, car_answer())
    assert before.charge_state.conn_charge_cable == "IEC"
    after = parse(Vehicle, {"charge_state": {"conn_charge_cable": nothing, "charger_phases": None}}, before)
    assert after.charge_state == replace(before.charge_state, conn_charge_cable=None, charger_phases=None)
    assert parse(Vehicle, {"charge_state": {"conn_charge_cable": 5}}, before) == before
    assert parse(Vehicle, {"charge_state": {}}, before) == before
    parked = parse(Vehicle, {"drive_state": {"shift_state": None}}, parse(Vehicle, car_answer("driving")))
    assert not parked.driving


def test_new_words_are_unknown() -> None:
    """A word that Tesla has made up since is not what was before, and not a guess."""
    before = parse(Vehicle, car_answer())
    after = parse(Vehicle, {"state": "dreaming", "charge_state": {"charging_state": "Resting"}}, before)
    assert (after.state, after.charge_state.charging_state) == (None, None)
    kept = parse(Vehicle, {"state": None, "charge_state": {"charging_state": "<invalid>"}}, before)
    assert kept == before


def test_left_out_means_no() -> None:
    """Tesla leaves `disallow_…` out unless it is true, in settings that it does tell."""
    site = parse(EnergySite, site_answers())
    assert site.site_info.components.disallow_charge_from_grid_with_solar_installed is True
    allowed = parse(EnergySite, {"site_info": {"components": {"solar": True}}}, site)
    assert allowed.site_info.components.disallow_charge_from_grid_with_solar_installed is False
    assert parse(EnergySite, {"site_info": {}}, site) == site
    # The product list never tells it.
    assert parse(EnergySite, site_answers()).components.disallow_charge_from_grid_with_solar_installed is None


def test_items_merge_by_din() -> None:
    """Each Wall Connector keeps what is known of it, in any order; one that is gone is gone."""
    before = parse(EnergySite, site_answers())
    first, second = before.dins
    items = [{"din": second, "wall_connector_power": 7}, "junk", {"wall_connector_power": 3}, {"din": first}, None]
    after = parse(EnergySite, {"live_status": {"wall_connectors": items}}, before)
    assert [item.din for item in after.live_status.wall_connectors] == [second, first]
    assert after.wall_connector(second) == replace(before.wall_connector(second), wall_connector_power=7.0)
    assert after.wall_connector(first).wall_connector_state == before.wall_connector(first).wall_connector_state
    alone = parse(EnergySite, {"live_status": {"wall_connectors": [{"din": first}]}}, before)
    assert [item.din for item in alone.live_status.wall_connectors] == [first]


def test_wall_connector_knows_that_the_car_has_left() -> None:
    """`vin` stands there only while a car is on it (fleet_api.md 7.1)."""
    before = parse(EnergySite, site_answers())
    din = before.dins[0]
    left = {"din": din, "wall_connector_state": 2, "wall_connector_fault_state": 2, "wall_connector_power": 0}
    after = parse(EnergySite, {"live_status": {"wall_connectors": [left]}}, before)
    assert not after.wall_connector(din).vin


NO_TIMES: list[Any] = [0, -5, 42, "2026-05-28T20:26:40", "soon", 1e300, True, [], 10**400]


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (1780000000, datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)),
        (1780000000000, datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)),
        ("2026-05-28T22:26:40+02:00", datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)),
        ("2026-05-28T20:26:40Z", datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)),
        *((junk, None) for junk in NO_TIMES),
    ],
)
def test_times(value: object, time: datetime | None) -> None:
    """Times come as seconds, milliseconds or text; without a zone they are none."""
    assert parse(Vehicle, {"charge_state": {"timestamp": value}}).charge_state.timestamp == time


@pytest.mark.parametrize(("value", "number"), [(5, 5), (5.0, 5), (5.5, None), (True, None), ("5", None), (1e400, None)])
def test_whole_numbers(value: object, number: int | None) -> None:
    """A whole number may come with a point; a half one is none."""
    assert parse(SiteInfo, {"backup_reserve_percent": value}).backup_reserve_percent == number


@pytest.mark.parametrize("scene", ["charging", "driving", "parked"])
def test_car_round_trip(scene: str) -> None:
    """A snapshot is the same after a rest on disk, and its JSON is plain."""
    car = replace(parse(Vehicle, car_answer(scene)), read_at=START)
    stored = json.loads(json.dumps(to_json(car), allow_nan=False))
    assert parse(Vehicle, stored) == car
    assert parse(Vehicle, to_json(Vehicle())) == Vehicle()


@pytest.mark.parametrize("site", [None, powerwall3_site(), solar_site(), connector_site(1, wall_connector())])
def test_site_round_trip(site: Site | None) -> None:
    """The same holds for sites."""
    snapshot = replace(parse(EnergySite, site_answers(site)), live_read_at=START, info_read_at=START)
    stored = json.loads(json.dumps(to_json(snapshot), allow_nan=False))
    assert parse(EnergySite, stored) == snapshot
