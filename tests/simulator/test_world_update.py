"""Time passes alike in one leap and in many steps, and fast."""

from datetime import UTC, datetime
from time import process_time

from hypothesis import given, settings, strategies as st
import pytest

from tesla_simulator.world import Clock, World

START = datetime(2026, 3, 27, 6, 0, tzinfo=UTC)  # the clocks change two days later


def life() -> World:
    """Return the household with its daily life."""
    return World.home(Clock(0, START), daily_life=True)


def figures(world: World) -> list[float]:
    """Return what must not depend on how time was cut."""
    cars, site = list(world.cars.values()), next(iter(world.sites.values()))
    energy = [
        sum(bucket.get(key, 0) for bucket in site.history.values()) / 1000
        for key in ("solar_energy_exported", "grid_energy_imported")
    ]
    return [
        *(car.battery.soc for car in cars),
        *(car.odometer_km / 100 for car in cars),
        *(session.energy_added_wh / 1000 for car in cars for session in car.charger.sessions),
        site.percentage,
        *energy,
    ]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(1, 40_000), min_size=1, max_size=8))
def test_one_leap_is_many_steps(leaps: list[float]) -> None:
    """The same life, however it is cut."""
    leaping, stepping = life(), life()
    leaping.clock.advance(sum(leaps))
    leaping.update()
    for leap in leaps:
        stepping.clock.advance(leap)
        stepping.update()
    assert figures(stepping) == pytest.approx(figures(leaping), abs=0.35, rel=0.01)
    assert [car.charger.state for car in stepping.cars.values()] == [car.charger.state for car in leaping.cars.values()]


def test_long_steps_tell_the_same() -> None:
    """A leap of five days goes in long steps and ends as five leaps of a day."""
    leaping, stepping = life(), life()
    leaping.clock.advance(5 * 86_400)
    leaping.update()
    for _ in range(5):
        stepping.clock.advance(86_400)
        stepping.update()
    assert figures(stepping) == pytest.approx(figures(leaping), abs=0.5, rel=0.01)


def test_a_month_is_quick() -> None:
    """A leap of a month takes less than a second of work."""
    world = life()
    world.clock.advance(31 * 86_400)
    start = process_time()
    world.update()
    assert process_time() - start < 1
    assert all(0 <= car.battery.soc <= 100 for car in world.cars.values())
    assert len(world.car_named("Juniper").charger.sessions) > 15


def test_reading_brings_the_world_up_to_now() -> None:
    """Nobody has to call update to see the present."""
    world = life()
    luna, site = world.car_named("Luna"), next(iter(world.sites.values()))
    world.clock.advance(1800)
    assert luna.vehicle_data()["charge_state"]["charge_energy_added"] == pytest.approx(4.97, abs=0.05)
    world.clock.advance(60)
    assert site.live_status()["timestamp"] == "2026-03-27T07:31:00+01:00"
    assert luna.vehicle_data()["charge_state"]["timestamp"] == round((START.timestamp() + 1860) * 1000)


def test_a_car_of_two_accounts_lives_once() -> None:
    """Driver access does not make time pass twice."""
    world = World.home(Clock(0, START))
    luna = world.car_named("Luna")
    world.accounts.append(World.home(Clock(0, START)).accounts[0])
    world.accounts[1].cars = [luna]
    world.clock.advance(3600)
    world.update()
    assert luna.charger.energy_added_wh == pytest.approx(9936, abs=1)
    with pytest.raises(KeyError):
        world.car_named("Nobody")
