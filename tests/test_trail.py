"""The memory of what a car was seen doing, by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.budget.trail import Trail, kept_awake_by_reads, view_of
from custom_components.tesla_charging.fleet.models import Vehicle, parse

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
OLD, NEW = "5YJSE7E10KF000001", "5YJYE7EB0SF000002"
MINUTE = timedelta(minutes=1)


def car(state: str | None = "online", shift: str = "P", **charge: Any) -> Vehicle:
    """Return a car that was just read."""
    item = {"vin": NEW, "state": state, "drive_state": {"shift_state": shift}, "charge_state": charge}
    return replace(parse(Vehicle, item), read_at=NOW)


def charging(amps: float = 16, **more: Any) -> Vehicle:
    """Return a car that charges on one phase."""
    return car(charging_state="Charging", charger_actual_current=amps, charger_voltage=230, charger_phases=1, **more)


IDLE, DRIVING = car(charging_state="Disconnected"), car(shift="D", charging_state="Disconnected")


@pytest.mark.parametrize(
    ("before", "after", "wakes"),
    [
        ("asleep", "online", True),
        ("offline", "online", True),
        (None, "online", True),
        ("online", "online", False),
        ("online", "asleep", False),
        ("asleep", "offline", False),
    ],
)
def test_waking(before: str | None, after: str, wakes: bool) -> None:
    """A car has woken when it is first told to be awake."""
    trail = Trail()
    trail.saw_state(car(before), car(after), NOW)
    assert trail.looked_at == NOW
    assert (trail.woke_at == NOW) is wakes


@pytest.mark.parametrize(
    ("before", "after", "parks"),
    [(DRIVING, IDLE, True), (IDLE, IDLE, False), (DRIVING, DRIVING, False), (IDLE, DRIVING, False)],
)
def test_parking(before: Vehicle, after: Vehicle, parks: bool) -> None:
    """A car has parked when it is first read parked after a drive."""
    trail = Trail()
    trail.saw(before, after, NOW)
    assert (trail.parked_at == NOW) is parks


@pytest.mark.parametrize(
    ("before", "after", "steady"),
    [
        (charging(), charging(), True),
        (charging(16), charging(15), True),
        (charging(16), charging(14), False),
        (charging(6), charging(16), False),
        (IDLE, charging(), False),
        (charging(), IDLE, False),
        (charging(), car(charging_state="Charging"), False),
    ],
)
def test_steady(before: Vehicle, after: Vehicle, steady: bool) -> None:
    """A power stands when it has hardly moved between two reads, and both were told."""
    trail = Trail()
    trail.saw(before, after, NOW)
    assert trail.steady is steady


def test_end_of_a_charge() -> None:
    """The forecast counts until a better one comes, or until it charges no more."""
    trail = Trail()
    trail.saw(IDLE, charging(minutes_to_full_charge=30), NOW)
    assert trail.charge_ends_at == NOW + 30 * MINUTE
    trail.saw(charging(), charging(minutes_to_full_charge=0), NOW + 29 * MINUTE)
    assert trail.charge_ends_at == NOW + 30 * MINUTE
    trail.saw(charging(), charging(minutes_to_full_charge=5), NOW + 29 * MINUTE)
    assert trail.charge_ends_at == NOW + 34 * MINUTE
    trail.saw(charging(), IDLE, NOW + 30 * MINUTE)
    assert trail.charge_ends_at is None


# Hints


def test_hint_waits_for_a_read() -> None:
    """The first hint counts until the car is read; those that come meanwhile do not put it off."""
    trail = Trail()
    trail.hint(NOW)
    trail.hint(NOW + timedelta(seconds=4))
    assert trail.hinted_at == NOW
    trail.saw_state(IDLE, IDLE, NOW + timedelta(seconds=4))
    assert trail.hinted_at == NOW
    trail.saw(IDLE, IDLE, NOW + timedelta(seconds=5))
    assert trail.hinted_at is None


def test_hint_at_a_sleeping_car() -> None:
    """A look that finds it asleep is all that a hint is worth."""
    trail = Trail()
    trail.hint(NOW)
    trail.saw_state(car("asleep"), car("asleep"), NOW + timedelta(seconds=5))
    assert trail.hinted_at is None


def test_hints_in_a_row() -> None:
    """Four are followed at once, then one every ten minutes; an hour later it is four again."""
    trail, waits = Trail(), []
    for second in range(0, 60, 10):
        now = NOW + timedelta(seconds=second)
        trail.hint(now)
        assert trail.hinted_at is not None
        waits.append((trail.hinted_at - now).total_seconds())
        trail.saw(IDLE, IDLE, max(now, trail.hinted_at))
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4] == pytest.approx(600, abs=60)
    assert waits[5] == pytest.approx(600, abs=10)
    later = NOW + timedelta(hours=2)
    trail.hint(later)
    assert trail.hinted_at == later


def test_a_read_before_its_time_costs_a_hint_nothing() -> None:
    """What was read anyway has shown what the hint told of."""
    trail = Trail(hints_until=NOW + 40 * MINUTE)
    trail.hint(NOW)
    assert trail.hinted_at == NOW + 10 * MINUTE
    trail.saw(IDLE, IDLE, NOW + MINUTE)
    assert trail == Trail(looked_at=NOW + MINUTE, hints_until=NOW + 40 * MINUTE)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=200))
def test_any_flicker(pauses: list[int]) -> None:
    """However often something changes, four reads and six an hour are the most, and no hint waits for ever."""
    trail, now, followed = Trail(), NOW, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        trail.hint(now)
        assert trail.hinted_at is not None
        assert trail.hinted_at <= now + 10 * MINUTE
        if trail.hinted_at <= now:
            followed += 1
            trail.saw(IDLE, IDLE, now)
    assert followed <= 4 + (now - NOW) / (10 * MINUTE)


def test_a_clock_that_is_set_back() -> None:
    """What was seen by a clock that was ahead is forgotten, what was seen before is not."""
    trail = Trail(looked_at=NOW, woke_at=NOW, parked_at=NOW, hinted_at=NOW)
    trail.forget_after(NOW)
    assert (trail.looked_at, trail.woke_at, trail.parked_at, trail.hinted_at) == (NOW, NOW, NOW, NOW)
    trail.forget_after(NOW - 11 * MINUTE)
    assert trail == Trail()


# The view


def test_view() -> None:
    """What the policy asks for comes from the car and from its trail."""
    start = int((NOW + 10 * MINUTE).timestamp())
    waiting = car(
        charging_state="Stopped",
        conn_charge_cable="IEC",
        scheduled_charging_pending=True,
        scheduled_charging_start_time=start,
    )
    trail = Trail(woke_at=NOW, parked_at=NOW, hinted_at=NOW, charge_ends_at=NOW, steady=True)
    view = view_of(waiting, trail, hinted=True, near_home=True)
    assert view.read_at == view.woke_at == view.parked_at == view.hinted_at == NOW
    assert view.charge_starts_at == NOW + 10 * MINUTE
    assert view.charge_ends_at is None
    assert view.plugged_in
    assert view.hinted
    assert view.near_home
    assert not (view.driving or view.charging or view.fast or view.sentry or view.user_present or view.kept_awake)
    busy = view_of(
        charging(fast_charger_present=True, scheduled_charging_pending=True, scheduled_charging_start_time=start),
        trail,
        hinted=False,
        near_home=False,
    )
    assert busy.charge_ends_at == NOW
    assert busy.charge_starts_at is None
    assert busy.charging
    assert busy.fast
    not_planned = car(charging_state="Stopped", scheduled_charging_pending=False, scheduled_charging_start_time=start)
    assert view_of(not_planned, Trail(), hinted=False, near_home=False).charge_starts_at is None
    assert view_of(DRIVING, Trail(), hinted=False, near_home=False).driving


@pytest.mark.parametrize(
    ("vin", "old"),
    [
        (OLD, True),
        ("5YJXCBE20GF000001", True),
        ("5YJSE7E20LF000001", True),
        ("5YJSE7E10MF000001", True),
        ("5YJSE7E50MF000001", False),
        ("5YJSE7E50NF000001", False),
        ("5YJ3E7EB1KF000001", False),
        (NEW, False),
        ("", False),
        ("5YJS", False),
    ],
)
def test_kept_awake(vin: str, old: bool) -> None:
    """Model S and X from before 2021, and those of 2021 with the old computer."""
    assert kept_awake_by_reads(vin) is old
