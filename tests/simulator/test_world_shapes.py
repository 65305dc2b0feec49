"""The world's JSON has the shape of real answers (keys and types of reference/examples/real_responses)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tesla_simulator.world import (
    Car,
    Site,
    World,
    build_car,
    connector_site,
    ghost_site,
    home_station,
    powerwall3_site,
    powerwall_site,
    solar_site,
    stale_site,
    wall_connector,
)

from .world_help import world_of

SHAPES = json.loads((Path(__file__).parent / "real_shapes.json").read_text())
TYPES: dict[type, str] = {bool: "bool", int: "number", float: "number", str: "string"}


def differences(real: Any, ours: Any, path: str = "") -> list[str]:
    """List where a value does not have a real shape; null fits everything, as it does at Tesla."""
    if ours is None or real in ("null", []):
        return []
    if isinstance(real, dict):
        if not isinstance(ours, dict):
            return [f"{path} is no object"]
        missing = [f"{path}.{key} is missing" for key in real if key not in ours]
        inner = [differences(real[key], ours[key], f"{path}.{key}") for key in real if key in ours]
        return [*missing, *(one for found in inner for one in found)]
    if isinstance(real, list):
        if not isinstance(ours, list):
            return [f"{path} is no list"]
        return [one for item in ours for one in differences(real[0], item, f"{path}[]")]
    return [] if TYPES.get(type(ours)) == real else [f"{path} is {ours!r}, not a {real}"]


def cars() -> list[Car]:
    """Return a car of every kind."""
    kinds = (("S", 2019), ("3", 2022), ("X", 2023), ("Y", 2025), ("C", 2026))
    built = [build_car(f"Car {letter}", letter, year, n) for n, (letter, year) in enumerate(kinds)]
    return [*built, build_car("Shared", "3", 2021, 9, access_type="DRIVER")]


@pytest.mark.parametrize("car", cars(), ids=lambda car: car.display_name)
@pytest.mark.parametrize("scene", ["parked", "charging", "driving"])
def test_car(car: Car, scene: str) -> None:
    """Every car, whatever it does, looks like a real one, and is JSON."""
    world = world_of(car)
    if car.charger.station:
        car.unplug()
    if scene == "charging":
        car.plug_in(home_station())
        world.clock.advance(60)
    elif scene == "driving":
        car.drive(30)
    data = car.vehicle_data()
    assert differences(SHAPES["vehicle_data"], data) == []
    assert differences(SHAPES["vehicle_product"], car.product()) == []
    json.dumps(data, allow_nan=False)
    world.clock.advance(3600)
    world.update()


def test_blocks_and_vin() -> None:
    """All blocks are there; the VIN tells model and year."""
    car = build_car("Juniper", "Y", 2025, 7)
    assert set(car.vehicle_data()) - set(car.product()) == {
        "charge_state",
        "climate_state",
        "drive_state",
        "gui_settings",
        "vehicle_state",
        "charge_schedule_data",
        "preconditioning_schedule_data",
    }
    assert (len(car.vin), car.vin[3], car.vin[9]) == (17, "Y", "S")
    assert build_car("Old", "S", 2020).pre2021
    assert not build_car("New", "S", 2021).pre2021


def test_overrides() -> None:
    """`reported` forces what a car says, and takes no place that is not there."""
    car = build_car("Juniper", "Y", 2025)
    car.reported = {"charge_state.charger_phases": None, "charge_state.battery_level": "x", "state": None}
    data: Any = car.vehicle_data()
    assert data["charge_state"]["battery_level"] == "x"
    assert data["charge_state"]["charger_phases"] is None
    assert data["state"] is None
    car.reported = {"vin.nothing": 1}
    with pytest.raises(TypeError, match=r"vin\.nothing"):
        car.vehicle_data()


def test_powerwall_site() -> None:
    """A Powerwall site looks like a real one."""
    site = next(iter(World.home().sites.values()))
    assert differences(SHAPES["battery_product"], site.product()) == []
    assert differences(SHAPES["live_status"], site.live_status()) == []
    for answer in (site.product(), site.live_status(), site.site_info()):
        json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize(
    ("site", "kind", "absent", "shown"),
    [
        (
            powerwall3_site(),
            "battery",
            {"total_pack_energy", "energy_left"},
            {"grid_status": "Active", "island_status": "on_grid", "wall_connectors": []},
        ),
        (
            solar_site(),
            "solar",
            set(),
            {"grid_status": "Unknown", "total_pack_energy": 1, "energy_left": 0, "wall_connectors": None},
        ),
        (
            connector_site(1, wall_connector()),
            "wall_connector",
            set(),
            {"grid_status": "Unknown", "solar_power": 0, "battery_power": 0},
        ),
        (powerwall_site(reports_wall_connectors=False), "battery", set(), {"wall_connectors": None}),
    ],
    ids=["powerwall 3", "solar only", "wall connector only", "wall_connectors null"],
)
def test_other_sites(site: Site, kind: str, absent: set[str], shown: dict[str, Any]) -> None:
    """Sites without this or that say so as real ones do (fleet_api.md 7.1)."""
    world_of(site)
    product, live = site.product(), site.live_status()
    assert product["resource_type"] == kind
    assert not absent & (set(product) | set(live))
    assert {key: live[key] for key in shown} == shown
    assert ("battery_type" in product) is (kind == "battery")
    assert ("backup_reserve_percent" in site.site_info()) is (kind == "battery")


def test_parts_of_a_site() -> None:
    """Lists of hardware are full, null or absent, and the first battery may be the gateway (fleet_api.md 7.2)."""
    plain, null, absent = (
        powerwall_site(number, inverters=1, part_lists=lists)
        for number, lists in enumerate(("full", "null", "absent"), 1)
    )
    leader = powerwall3_site(4, leads=True, reports_nameplate=False)
    world_of(plain, null, absent, leader)
    components = plain.site_info()["components"]
    assert [len(components[name]) for name in ("gateways", "batteries", "inverters")] == [1, 2, 1]
    assert null.site_info()["components"]["batteries"] is None
    assert "batteries" not in absent.site_info()["components"]
    components = leader.site_info()["components"]
    assert components["gateways"][0]["din"] == components["batteries"][0]["din"]
    assert components["batteries"][0]["part_name"] == "Powerwall 3"
    assert "nameplate_energy" not in leader.site_info()


def test_ghosts_and_stale_sites() -> None:
    """A ghost has nothing; what a stale one has is in the product list alone (fleet_api.md 7.8)."""
    ghost, stale = ghost_site(1), stale_site(2, "upstream")
    world_of(ghost, stale)
    assert not any(ghost.product()["components"][name] for name in ("battery", "solar"))
    assert "wall_connectors" not in ghost.product()["components"]
    assert stale.product()["components"]["battery"] is True
    assert stale.gone == "upstream"
