"""A world whose clock stands still until a test moves it."""

from datetime import UTC, datetime
from typing import Any

from tesla_simulator.world import Account, Car, Clock, Site, Station, World, build_car, home_station

START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Berlin


def world_of(*things: Car | Site, start: datetime = START) -> World:
    """Return a world of these cars and sites."""
    world = World(Clock(0, start))
    cars = [thing for thing in things if isinstance(thing, Car)]
    sites = [thing for thing in things if isinstance(thing, Site)]
    world.accounts.append(Account(sub="1", email="a@example.com", full_name="A", password="p", cars=cars, sites=sites))
    world.update()
    return world


def plugged_car(**knobs: Any) -> tuple[World, Car, Station]:
    """Return a car that charges on 11 kW, with its world."""
    car, station = build_car("Luna", "Y", 2024, **knobs), home_station()
    world = world_of(car)
    car.plug_in(station)
    pass_time(world, 10)
    return world, car, station


def pass_time(world: World, seconds: float) -> None:
    """Let world time pass."""
    world.clock.advance(seconds)
    world.update()


def charge_state(car: Car) -> dict[str, Any]:
    """Return the car's charge_state."""
    block = car.vehicle_data()["charge_state"]
    assert isinstance(block, dict)
    return block


def state_of(car: Car) -> str:
    """Return the car's state."""
    return car.state
