"""How far a steady charge has come between two reads: never beyond the limit, never back, and never for longer than two hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.projection import NOTHING, Projected, Projection
from custom_components.tesla_charging.fleet.models import Vehicle, parse
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from tesla_simulator import Simulator

from .conftest import SetUp
from .helpers import LUNA, START, call, pass_time, state_of

T0 = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
PACK_KWH = 75.0


def read(minutes: float, level: int, added: float, **charge: Any) -> Vehicle:
    """Return a car as it was read some minutes after T0, charging with 11 kW unless told otherwise."""
    block = {
        "battery_level": level,
        "charge_energy_added": added,
        "charge_limit_soc": 80,
        "charging_state": "Charging",
        "charger_voltage": 230,
        "charger_actual_current": 16,
        "charger_phases": 3,
        "charger_power": 11,
        "minutes_to_full_charge": 60,
        **charge,
    }
    car = parse(Vehicle, {"vin": LUNA, "state": "online", "charge_state": block})
    return replace(car, read_at=T0 + timedelta(minutes=minutes))


def after(projection: Projection, minutes: float) -> Projected:
    """Return what is projected some minutes after T0."""
    return projection.at(T0 + timedelta(minutes=minutes))


def followed(*reads: Vehicle, steady: bool = True) -> Projection:
    """Return what has followed reads."""
    projection = Projection()
    for number, one in enumerate(reads):
        projection.saw(one, steady=steady and number > 0)
    return projection


def test_nothing_is_known() -> None:
    """A car that was never read, or does not say enough, has nothing to project."""
    assert after(Projection(), 0) == NOTHING
    for missing in ("battery_level", "charge_energy_added"):
        assert after(followed(read(0, 50, 1.0), read(5, 50, 1.0, **{missing: None})), 6) == NOTHING
    assert after(followed(replace(read(0, 50, 1.0), read_at=None)), 6) == NOTHING


def test_by_the_cars_own_forecast() -> None:
    """As long as the size of the battery is not known, the car says when it will be at its limit."""
    projection = followed(read(0, 50, 0.0), read(10, 50, 1.7))
    found = after(projection, 20)
    assert found.level == pytest.approx(50 + 30 * 10 / 60)
    # 11.04 kW for ten minutes gave 1.7 kWh before, so they do again.
    assert found.added_kwh == pytest.approx(1.7 + 1.7)


def test_by_the_size_of_the_battery() -> None:
    """Five percents tell how large it is, and how much of the power arrives is told by the last two reads."""
    projection = followed(read(0, 50, 0.0), read(30, 56, 4.5), read(40, 58, 6.0))
    found = after(projection, 50)
    assert found.added_kwh == pytest.approx(7.5)
    assert found.level == pytest.approx(58 + 1.5 / 75 * 100)


@pytest.mark.parametrize("reads", [(read(0, 50, 0.0), read(1, 50, 0.2)), (read(0, 50, 0.0), read(10, 50, 9.0))])
def test_what_cannot_be_is_not_learned(reads: tuple[Vehicle, ...]) -> None:
    """Reads that are too near to each other, or make more than was given, tell nothing of the efficiency."""
    projection = followed(*reads)
    start = (reads[-1].read_at or T0) - T0
    found = projection.at(T0 + start + timedelta(minutes=60)).added_kwh
    assert found == pytest.approx((reads[-1].charge_state.charge_energy_added or 0) + 11.04 * 0.93)


@pytest.mark.parametrize("added", [0.1, 90.0])
def test_a_battery_that_cannot_be_is_not_learned(added: float) -> None:
    """Neither a tiny nor a huge one: the car's own forecast goes on to count."""
    projection = followed(read(0, 50, 0.0), read(30, 56, added))
    assert after(projection, 40).level == pytest.approx(56 + 24 * 10 / 60)


def test_never_beyond_the_limit() -> None:
    """Level and energy stop together where the car will stop."""
    projection = followed(read(0, 70, 0.0), read(30, 76, 4.5), read(40, 78, 6.0))
    full = after(projection, 90)
    assert full.level == pytest.approx(80.0)
    assert full.added_kwh == pytest.approx(7.5)
    assert after(projection, 120) == full
    above = followed(read(0, 84, 0.0), read(10, 85, 1.7))
    assert after(above, 30) == Projected(level=85.0, added_kwh=1.7)


def test_it_holds_where_nobody_knows_the_end() -> None:
    """Without a size and a forecast nothing runs on."""
    projection = followed(read(0, 50, 0.0), read(10, 50, 1.7, minutes_to_full_charge=0))
    assert after(projection, 30) == Projected(level=50.0, added_kwh=1.7)
    unlimited = followed(read(0, 50, 0.0), read(10, 50, 1.7, charge_limit_soc=None))
    assert after(unlimited, 20).level == pytest.approx(50 + 50 * 10 / 60)


def test_never_back_at_the_next_read() -> None:
    """A read that says less than was projected is waited for, until the car has come that far."""
    projection = followed(read(0, 50, 0.0), read(30, 56, 4.5))
    before = after(projection, 40)
    projection.saw(read(40, 57, 5.5), steady=True)
    held = after(projection, 40)
    assert before.level is not None
    assert held == before
    assert (after(projection, 60).level or 0) > before.level


def test_a_new_charge_begins_anew() -> None:
    """What was told of the last charge holds no more, whether a read has seen its end or not."""
    projection = followed(read(0, 50, 0.0), read(30, 56, 4.5))
    after(projection, 60)
    projection.saw(read(70, 40, 0.5), steady=True)
    assert after(projection, 70) == Projected(level=40.0, added_kwh=0.5)
    projection.saw(read(80, 41, 1.0, charging_state="Stopped"), steady=False)
    assert after(projection, 200) == Projected(level=41.0, added_kwh=1.0)
    projection.saw(read(90, 41, 0.0), steady=False)
    projection.saw(read(95, 41, 0.6), steady=True)
    assert (after(projection, 100).level or 0) > 41


@pytest.mark.parametrize(
    ("projection", "moves"),
    [
        (followed(read(0, 50, 0.0), read(10, 50, 1.7)), True),
        (followed(read(0, 50, 0.0), read(10, 50, 1.7), steady=False), False),
        (followed(read(0, 50, 0.0), read(10, 50, 1.7, fast_charger_present=True, fast_charger_type="Tesla")), False),
        (followed(read(0, 50, 0.0), read(10, 50, 1.7, charging_state="Complete")), False),
    ],
)
def test_only_a_steady_ac_charge_moves(projection: Projection, moves: bool) -> None:
    """All else is shown as it was measured."""
    at = T0 + timedelta(minutes=30)
    assert projection.moving(at) is moves
    assert (projection.at(at).level != 50.0) is moves


def test_two_hours_without_a_read() -> None:
    """Nobody knows what goes on, so nothing is told."""
    projection = followed(read(0, 50, 0.0), read(10, 50, 1.7, minutes_to_full_charge=600))
    assert after(projection, 130).level is not None
    assert after(projection, 131) == NOTHING
    assert after(projection, 5) == NOTHING


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 4), st.floats(0, 5)), min_size=1, max_size=12))
def test_any_charge(steps: list[tuple[int, int, float]]) -> None:
    """Whatever the reads of one charge say, what is told of it never falls and never passes the limit."""
    projection, minutes, level, added = followed(read(0, 40, 0.0)), 0, 40, 0.0
    told = Projected(level=0.0, added_kwh=0.0)
    for wait, rise, more in steps:
        minutes, level, added = minutes + wait, min(level + rise, 80), added + more
        projection.saw(read(minutes, level, added), steady=True)
        for later in (0, wait / 2, wait):
            found = after(projection, minutes + later)
            assert found.level is not None
            assert found.added_kwh is not None
            assert (told.level or 0) <= found.level <= 80.0
            assert (told.added_kwh or 0) <= found.added_kwh
            told = found
        minutes += wait


# In Home Assistant

LEVEL, ADDED = "sensor.luna_projected_battery_level", "sensor.luna_projected_energy_added"


@pytest.mark.freeze_time(START)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_it_moves_between_reads(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Once a minute, near to what the car will say, while what was measured stays as it is."""
    sim.world.car_named("Luna").command("set_charge_limit", {"percent": 100})
    await set_up()
    await pass_time(hass, freezer, 60, times=30)
    await call(hass, "switch.turn_off", "switch.luna_automatic_updates")
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["entity_id"] == ADDED:
            written.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    measured = state_of(hass, "sensor.luna_energy_added")
    sim.clear_requests()
    await pass_time(hass, freezer, 10, times=6 * 20)
    assert sim.requests_for("vehicle_data") == []
    assert state_of(hass, "sensor.luna_energy_added") == measured
    assert 18 <= len(written) <= 20
    assert [float(one) for one in written] == sorted(float(one) for one in written)
    truth = sim.world.car_named("Luna").vehicle_data()["charge_state"]
    assert float(written[-1]) == pytest.approx(truth["charge_energy_added"], abs=0.1)
    assert float(state_of(hass, LEVEL) or 0) == pytest.approx(truth["battery_level"], abs=1.1)
    assert float(written[-1]) > float(measured or 0) + 2

    await pass_time(hass, freezer, 60, times=110)
    assert (state_of(hass, LEVEL), state_of(hass, ADDED)) == ("unknown", "unknown")
    await call(hass, "button.press", "button.luna_refresh")
    assert state_of(hass, LEVEL) == f"{float(state_of(hass, 'sensor.luna_battery_level') or 0)}"


@pytest.mark.freeze_time(START)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_it_ends_with_its_entity(hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Nothing is left running; and it is switched off to begin with (tests/entity_table.py)."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=10)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(hass, freezer, 60, times=3)
    assert state_of(hass, LEVEL) == "unavailable"
