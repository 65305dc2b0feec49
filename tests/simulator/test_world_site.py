"""Energy sites: flows that add up, modes, islands, settings (fleet_api.md 7)."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from tesla_simulator.world import build_car, home_station, powerwall_site, solar_site, truth

from .world_help import START, pass_time, world_of

NIGHT = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)  # 0:30 in Berlin
EVENING = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)  # 19:00 in Berlin, the dearest hours


def balance(live: dict[str, Any]) -> int:
    """Return what does not add up, in W."""
    parts = ("solar_power", "battery_power", "grid_power", "generator_power", "grid_services_power")
    return sum(int(live[part]) for part in parts) - int(live["load_power"])


@settings(max_examples=60, deadline=None)
@given(
    has=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    mode=st.sampled_from(["self_consumption", "autonomous", "backup"]),
    rule=st.sampled_from(["battery_ok", "pv_only", "never"]),
    grid_charging=st.booleans(),
    reserve=st.integers(0, 100),
    percentage=st.floats(0, 100),
    cloud=st.floats(0, 1),
    extra=st.floats(0, 20_000),
    up=st.lists(st.booleans(), min_size=1, max_size=4),
    hour=st.integers(0, 23),
)
def test_flows_add_up(  # noqa: D103
    has: tuple[bool, bool, bool],
    mode: str,
    rule: str,
    grid_charging: bool,
    reserve: int,
    percentage: float,
    cloud: float,
    extra: float,
    up: list[bool],
    hour: int,
) -> None:
    station, car = home_station(), build_car("Luna", "Y", 2024, soc=30)
    assert station.wall_connector
    battery, solar, grid = has
    site = powerwall_site(
        1,
        station.wall_connector,
        battery=battery,
        solar=solar,
        grid=grid,
        mode=mode,
        export_rule=rule,
        grid_charging=grid_charging,
        reserve=reserve,
        percentage=percentage,
        cloud_cover=cloud,
        extra_load_w=extra,
    )
    world = world_of(car, site, start=START.replace(hour=hour))
    car.plug_in(station)
    for grid_up in up:
        site.grid_up = grid_up
        for _ in range(3):
            pass_time(world, 1234)
            live, flows = site.live_status(), site.flows()
            assert balance(live) == 0
            assert flows.solar + flows.battery + flows.grid == pytest.approx(flows.load, abs=1e-6)
            assert min(flows.solar, flows.load) >= 0
            assert abs(flows.battery) <= site.power_max_w
            assert flows.load + 1e-6 >= station.wall_connector.power_w
            assert 0 <= site.percentage <= 100
            if not site.on_grid:
                assert live["grid_power"] == 0
            if site.on_grid and rule == "never":
                assert flows.grid >= -1e-6
    for bucket in site.history.values():
        assert all(value >= -1e-6 for value in bucket.values())


@settings(max_examples=30, deadline=None)
@given(percentage=st.floats(0, 100), hours=st.integers(1, 40), grid_charging=st.booleans())
def test_history_is_the_battery(percentage: float, hours: int, grid_charging: bool) -> None:
    """The energy in the buckets is what the battery lost and won, and what the house used."""
    site = powerwall_site(
        percentage=percentage, mode="autonomous", grid_charging=grid_charging, export_rule="battery_ok"
    )
    world = world_of(site)
    before_wh = site.energy_wh
    pass_time(world, hours * 3600)
    total = {
        key: sum(bucket.get(key, 0.0) for bucket in site.history.values()) for key in next(iter(site.history.values()))
    }
    stored_wh = sum(total[f"battery_energy_imported_from_{source}"] for source in ("grid", "solar"))
    expected_wh = stored_wh * 0.95 - total["battery_energy_exported"] / 0.95
    assert site.energy_wh - before_wh == pytest.approx(expected_wh, abs=30)
    house_wh = sum(total[f"consumer_energy_imported_from_{source}"] for source in ("grid", "solar", "battery"))
    came_wh = total["solar_energy_exported"] + total["grid_energy_imported"] + total["battery_energy_exported"]
    went_wh = (
        house_wh + stored_wh + sum(total[f"grid_energy_exported_from_{source}"] for source in ("solar", "battery"))
    )
    assert came_wh == pytest.approx(went_wh, abs=1)


@pytest.mark.parametrize(
    ("start", "knobs", "battery", "grid"),
    [
        (START, {"percentage": 50.0}, "charges", "rests"),
        (START, {"percentage": 100.0}, "rests", "exports"),
        (START, {"percentage": 100.0, "export_rule": "never"}, "rests", "rests"),
        (NIGHT, {"percentage": 50.0}, "discharges", "rests"),
        (NIGHT, {"percentage": 20.0}, "rests", "imports"),
        (NIGHT, {"percentage": 10.0}, "rests", "imports"),
        (NIGHT, {"percentage": 10.0, "grid_charging": True}, "charges", "imports"),
        (NIGHT, {"percentage": 50.0, "mode": "backup"}, "rests", "imports"),
        (NIGHT, {"percentage": 50.0, "mode": "backup", "grid_charging": True}, "charges", "imports"),
        (NIGHT, {"percentage": 50.0, "mode": "autonomous"}, "rests", "imports"),
        (NIGHT, {"percentage": 50.0, "mode": "autonomous", "grid_charging": True}, "charges", "imports"),
        (
            EVENING,
            {"percentage": 50.0, "mode": "autonomous", "cloud_cover": 1.0, "extra_load_w": 3000.0},
            "discharges",
            "rests",
        ),
        (EVENING, {"percentage": 50.0, "mode": "autonomous", "export_rule": "battery_ok"}, "discharges", "exports"),
    ],
)
def test_modes(start: datetime, knobs: dict[str, Any], battery: str, grid: str) -> None:
    """Each mode does with the battery what Tesla says it does; signs as in fleet_api.md 7.1."""
    site = powerwall_site(**knobs)
    world_of(site, start=start)
    live = site.live_status()
    words = {"battery": {-1: "charges", 0: "rests", 1: "discharges"}, "grid": {-1: "exports", 0: "rests", 1: "imports"}}
    signs = {name: (live[f"{name}_power"] > 0) - (live[f"{name}_power"] < 0) for name in words}
    assert (words["battery"][signs["battery"]], words["grid"][signs["grid"]]) == (battery, grid)


def test_sun() -> None:
    """Sun at noon, none at night, less under clouds and in winter."""
    site = solar_site(cloud_cover=0.0)
    noon = site.flows(START.timestamp()).solar
    assert 7_000 < noon < site.solar_peak_w
    assert site.flows(NIGHT.timestamp()).solar == 0
    assert 0 < site.flows(START.replace(month=12).timestamp()).solar < noon / 2
    site.cloud_cover = 1.0
    assert site.flows(START.timestamp()).solar == pytest.approx(noon * 0.2)


def test_island() -> None:
    """Without the grid the battery carries the house, and the car only above its reserve."""
    station, car = home_station(), build_car("Luna", "Y", 2024, soc=20)
    assert station.wall_connector
    site = powerwall_site(1, station.wall_connector, percentage=60, solar=False)
    world = world_of(car, site)
    car.plug_in(station)
    pass_time(world, 60)
    site.grid_up = False
    live = site.live_status()
    assert (live["grid_status"], live["island_status"], live["grid_power"]) == ("Inactive", "off_grid_unintentional", 0)
    assert live["battery_power"] == live["load_power"] > 9_000
    pass_time(world, 3600)
    assert site.percentage == pytest.approx(50, abs=2)
    assert car.charger.state == "NoPower"
    assert site.live_status()["load_power"] < 2_000
    site.grid_up = True
    pass_time(world, 60)
    assert car.charger.state == "Charging"
    assert site.live_status()["grid_status"] == "Active"


@pytest.mark.parametrize(
    ("scene", "state"),
    [
        ("empty", 2),
        ("charging", 1),
        ("stopped", 4),
        ("scheduled", 5),
        ("complete", 8),
        ("starting", 9),
        ("no power", 0),
    ],
)
def test_wall_connector(scene: str, state: int) -> None:
    """The Wall Connector knows the car on it and what it does (fleet_api.md 7.1)."""
    station, car = (home_station(), build_car("Luna", "Y", 2024, soc=80 if scene == "complete" else 50))
    assert station.wall_connector
    world = world_of(car, powerwall_site(1, station.wall_connector))
    if scene == "scheduled":
        car.command("set_scheduled_charging", {"enable": True, "time": 780})
    if scene != "empty":
        car.plug_in(station)
    if scene not in ("empty", "starting"):
        pass_time(world, 30)
    if scene == "stopped":
        car.command("charge_stop", {})
    station.energised = scene != "no power"
    world.update()
    shown = next(iter(world.sites.values())).live_status()["wall_connectors"][0]
    assert shown["wall_connector_state"] == state
    assert shown.get("vin") == (None if scene == "empty" else car.vin)
    assert ("vin" in shown) is (scene != "empty")
    assert shown["wall_connector_power"] == (11_040 if scene == "charging" else 0)
    assert shown["wall_connector_fault_state"] == 2


@pytest.mark.parametrize("month", [1, 6, 10])
def test_past_powerwall_gives_what_it_took(month: int) -> None:
    """Over a month of the years before, what comes out of the Powerwall went in, but for what is lost on the way."""
    station = home_station()
    assert station.wall_connector
    site = powerwall_site(1, station.wall_connector, installed=datetime(2024, 1, 1, tzinfo=UTC))
    world_of(build_car("Luna", "Y", 2024, soc=30), site, start=START)
    start = int(datetime(2025, month, 1, tzinfo=UTC).timestamp())
    total = truth(site, start, start + 28 * 86_400)
    taken = total["battery_energy_imported_from_grid"] + total["battery_energy_imported_from_solar"]
    assert 0.85 <= total["battery_energy_exported"] / taken <= 0.92
