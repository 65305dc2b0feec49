"""Tesla's answers of a world that stands still, and snapshots taken apart."""

from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from tesla_simulator.world import (
    Account,
    Car,
    Clock,
    Site,
    World,
    build_car,
    home_station,
    powerwall_site,
    wall_connector,
)

START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)


def world_of(*things: Car | Site) -> World:
    """Return a world of these, whose clock stands still."""
    world = World(Clock(0, START))
    account = Account(sub="1", email="a@example.com", full_name="A", password="p")
    account.cars += [thing for thing in things if isinstance(thing, Car)]
    account.sites += [thing for thing in things if isinstance(thing, Site)]
    world.accounts.append(account)
    world.update()
    return world


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return the leaves of a snapshot by their path; the items of a list go by their DIN or number."""
    if isinstance(value, tuple):
        named = {getattr(item, "din", None) or item.id: item for item in value}
        return {key: leaf for name, item in named.items() for key, leaf in flat(item, f"{path}[{name}]").items()}
    if not is_dataclass(value):
        return {path: value}
    leaves: dict[str, Any] = {}
    for one in fields(value):
        leaves |= flat(getattr(value, one.name), f"{path}.{one.name}")
    return leaves


def car_answer(scene: str = "charging") -> dict[str, Any]:
    """Return the vehicle_data of a car in a scene; its schedules are others in each."""
    car, station = build_car("Luna", "Y", 2025, soc=48.0), home_station()
    world = world_of(car)
    body = {"lat": 52.5, "lon": 13.4, "enabled": True, "days_of_week": "Monday", "name": scene, "start_enabled": True}
    for number in (5, len(scene)):
        times = {"end_enabled": number == 5, "end_time": len(scene), "start_time": number, "precondition_time": number}
        for kind in ("charge", "precondition"):
            assert car.command(f"add_{kind}_schedule", {**body, **times, "id": number}).result
    if scene == "charging":
        car.plug_in(station)
        world.clock.advance(600)
    elif scene == "driving":
        car.drive(30)
    return deepcopy(car.vehicle_data())


def site_answers(site: Site | None = None) -> dict[str, Any]:
    """Return all that Tesla tells of a site, put together as the snapshot has it."""
    station = home_station()
    assert station.wall_connector
    site = powerwall_site(1, station.wall_connector, wall_connector(2)) if site is None else site
    car = build_car("Luna", "Y", 2025)
    world_of(car, site)
    car.plug_in(station)
    return deepcopy({**site.product(), "live_status": site.live_status(), "site_info": site.site_info()})
