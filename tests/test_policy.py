"""When a car is worth a read: the square-root law, and the moments that are worth one of their own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.budget.policy import (
    LONGEST,
    LONGEST_IN_SENTRY,
    SHORTEST,
    WEIGHTS,
    Activity,
    Plan,
    Reason,
    Sleep,
    View,
    Wishes,
    activity,
    plan,
    weight,
)

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
RICH, POOR = 80.0, 600.0


def ago(seconds: float) -> datetime:
    """Return a time before NOW."""
    return NOW - timedelta(seconds=seconds)


def planned(view: View, *, k: float = RICH, likely: float = 1.0, wishes: Wishes | None = None) -> tuple[float, Reason]:
    """Return the seconds until the next read, and why."""
    found = plan(view, wishes or Wishes(), k=k, likely=likely, now=NOW)
    return (found.at - NOW).total_seconds(), found.reason


DRIVING = View(read_at=NOW, driving=True)
CHARGING = View(read_at=NOW, charging=True, plugged_in=True)
PARKED = View(read_at=NOW, parked_at=ago(3600))


@pytest.mark.parametrize(
    ("view", "doing"),
    [
        (View(), Activity.UNSEEN),
        (View(read_at=ago(100), woke_at=ago(50)), Activity.UNSEEN),
        (View(read_at=ago(50), woke_at=ago(100)), Activity.PARKED),
        (DRIVING, Activity.DRIVING),
        (CHARGING, Activity.CHARGING),
        (replace(CHARGING, steady=True), Activity.CHARGING_STEADILY),
        (replace(CHARGING, fast=True), Activity.FAST_CHARGING),
        (replace(CHARGING, charge_ends_at=NOW + timedelta(seconds=46)), Activity.CHARGING),
        (replace(CHARGING, charge_ends_at=NOW + timedelta(seconds=44)), Activity.FINISHING),
        (replace(CHARGING, charge_ends_at=ago(179)), Activity.FINISHING),
        (replace(CHARGING, charge_ends_at=ago(181)), Activity.CHARGING),
        (View(read_at=NOW, parked_at=ago(299)), Activity.JUST_PARKED),
        (View(read_at=NOW, parked_at=ago(301)), Activity.PARKED),
        (View(read_at=NOW, parked_at=ago(10), plugged_in=True), Activity.JUST_PARKED),
        (View(read_at=NOW, parked_at=ago(10), plugged_in=True, hinted=True), Activity.JUST_PLUGGED_IN),
        (View(read_at=ago(299), user_present=True), Activity.USER_PRESENT),
        (View(read_at=ago(301), user_present=True), Activity.PARKED),
        (View(read_at=NOW, sentry=True, plugged_in=True), Activity.SENTRY),
        (View(read_at=NOW, plugged_in=True), Activity.PLUGGED_IN),
    ],
)
def test_activity(view: View, doing: Activity) -> None:
    """What a car does is known by what was read last, and when."""
    assert activity(view, NOW) is doing


@pytest.mark.parametrize(("view", "doing"), [(DRIVING, Activity.DRIVING), (CHARGING, Activity.CHARGING)])
@pytest.mark.parametrize("k", [RICH, POOR])
def test_square_root_law(view: View, doing: Activity, k: float) -> None:
    """The pause is the price of freshness over the root of the weight."""
    seconds, reason = planned(view, k=k)
    assert seconds == pytest.approx(k / sqrt(WEIGHTS[doing]))
    assert reason is Reason.ACTIVITY


@pytest.mark.parametrize(
    ("view", "k", "expected"),
    [
        (DRIVING, 1.0, SHORTEST),
        (PARKED, POOR, LONGEST),
        (replace(PARKED, sentry=True), 1e5, LONGEST_IN_SENTRY),
        (DRIVING, 1e300, LONGEST),
    ],
)
def test_bounds(view: View, k: float, expected: timedelta) -> None:
    """No money makes a pause too short, no want of it makes one too long."""
    assert planned(view, k=k)[0] == expected.total_seconds()


def test_never_read() -> None:
    """A car that was never read is read at once."""
    assert planned(View(), k=1e9) == (0.0, Reason.FIRST)


@pytest.mark.parametrize(
    ("k", "read", "seconds", "reason"),
    [
        (199.0, 3600, 0.0, Reason.WOKEN),
        (201.0, 3600, 201.0 / sqrt(1.5), Reason.WOKEN),
        (POOR, 3600, POOR / sqrt(1.5), Reason.WOKEN),
        (POOR, 10, POOR / sqrt(1.5), Reason.WOKEN),
        (60.0, 10, 30.0, Reason.WOKEN),
    ],
)
def test_woken(k: float, read: float, seconds: float, reason: Reason) -> None:
    """A car that has just woken is looked at at once where there is money, else when it is worth it."""
    found = planned(View(read_at=ago(read), woke_at=NOW), k=k)
    assert found[0] == pytest.approx(seconds)
    assert found[1] is reason


@pytest.mark.parametrize(("k", "reason"), [(250.0, Reason.WOKEN), (350.0, Reason.ACTIVITY)])
def test_second_look(k: float, reason: Reason) -> None:
    """What a car woke for shows two minutes later: where there is money, that is worth a second look."""
    view = View(read_at=ago(20), woke_at=ago(25))
    seconds, found = planned(view, k=k)
    assert found is reason
    assert reason is not Reason.WOKEN or seconds == 125.0


def test_second_look_is_spared() -> None:
    """What was read after the car had woken for two minutes needs no second look."""
    assert planned(View(read_at=ago(20), woke_at=ago(140)))[1] is Reason.ACTIVITY


@pytest.mark.parametrize("k", [RICH, POOR, 5000.0])
def test_hint(k: float) -> None:
    """A hint is worth a read whatever there is to spend, once the car has had a moment, and not too often."""
    assert planned(replace(PARKED, read_at=ago(100), hinted_at=NOW), k=k) == (5.0, Reason.HINT)
    just_read = replace(PARKED, read_at=ago(1), hinted_at=NOW)
    assert planned(just_read, k=k) == (max(9.0, min(k, 600.0) / 10 - 1), Reason.HINT)
    assert planned(replace(PARKED, read_at=NOW, hinted_at=ago(1)), k=k)[1] is not Reason.HINT


def test_scheduled_start() -> None:
    """The start of a charge that is planned is looked at, unless something tells of it for nothing."""
    view = replace(PARKED, plugged_in=True, charge_starts_at=NOW + timedelta(seconds=100))
    assert planned(view, k=POOR) == (175.0, Reason.CHARGE_START)
    assert planned(replace(view, hinted=True), k=POOR)[1] is Reason.ACTIVITY
    assert planned(replace(view, charge_starts_at=ago(80)), k=POOR)[1] is Reason.ACTIVITY


def test_end_of_charge() -> None:
    """The end is looked at twice: when a better forecast is near, and when it should be there."""
    far = replace(CHARGING, charge_ends_at=NOW + timedelta(minutes=20))
    assert planned(far, k=3000.0)[0] == pytest.approx(20 * 60 * 0.86)
    assert planned(far, k=3000.0)[1] is Reason.CHARGE_END
    near = replace(CHARGING, charge_ends_at=NOW + timedelta(minutes=5))
    assert planned(near, k=3000.0) == (310.0, Reason.CHARGE_END)
    assert planned(replace(near, hinted=True), k=3000.0)[1] is Reason.ACTIVITY


@pytest.mark.parametrize(
    ("sleep", "kept_awake", "left_alone"),
    [
        (Sleep.AUTOMATIC, True, True),
        (Sleep.AUTOMATIC, False, False),
        (Sleep.ALWAYS, False, True),
        (Sleep.NEVER, True, False),
    ],
)
@pytest.mark.parametrize("view", [PARKED, replace(PARKED, plugged_in=True), replace(PARKED, parked_at=None)])
def test_let_sleep(view: View, sleep: Sleep, kept_awake: bool, left_alone: bool) -> None:
    """A car that reads keep awake is left alone when it could fall asleep."""
    found = planned(replace(view, kept_awake=kept_awake), wishes=Wishes(sleep=sleep))
    assert (found == (960.0, Reason.LET_SLEEP)) is left_alone


@pytest.mark.parametrize(
    "view",
    [
        DRIVING,
        CHARGING,
        replace(PARKED, sentry=True),
        replace(PARKED, parked_at=ago(60)),
        replace(PARKED, user_present=True),
    ],
)
def test_does_not_sleep(view: View) -> None:
    """A car that does something does not fall asleep, so nothing is held back."""
    assert planned(replace(view, kept_awake=True))[1] is Reason.ACTIVITY


def test_hint_beats_sleep() -> None:
    """What is told for nothing is worth a look at an old car too."""
    assert planned(replace(PARKED, kept_awake=True, read_at=ago(60), hinted_at=NOW)) == (5.0, Reason.HINT)


@pytest.mark.parametrize(
    ("view", "wishes", "likely", "expected"),
    [
        (DRIVING, Wishes(driving=4.0), 1.0, 4 * WEIGHTS[Activity.DRIVING]),
        (replace(DRIVING, near_home=True), Wishes(), 1.0, WEIGHTS[Activity.DRIVING]),
        (replace(DRIVING, near_home=True), Wishes(near_home=True), 1.0, 4 * WEIGHTS[Activity.DRIVING]),
        (replace(CHARGING, near_home=True), Wishes(near_home=True, driving=4.0), 1.0, WEIGHTS[Activity.CHARGING]),
        (PARKED, Wishes(), 3.0, 3 * WEIGHTS[Activity.PARKED]),
        (PARKED, Wishes(), 0.0, 0.1 * WEIGHTS[Activity.PARKED]),
        (DRIVING, Wishes(), 3.0, WEIGHTS[Activity.DRIVING]),
    ],
)
def test_weight(view: View, wishes: Wishes, likely: float, expected: float) -> None:
    """A person's wishes count while driving, the habits while a departure is all there is to wait for."""
    assert weight(view, wishes, likely, NOW) == pytest.approx(expected)


times = st.none() | st.integers(-7200, 7200).map(ago)
flags: Mapping[str, Any] = dict.fromkeys(
    (
        "driving",
        "near_home",
        "charging",
        "fast",
        "steady",
        "plugged_in",
        "user_present",
        "sentry",
        "hinted",
        "kept_awake",
    ),
    st.booleans(),
)
views = st.builds(
    View,
    read_at=st.none() | st.integers(0, 7200).map(ago),
    woke_at=times,
    parked_at=times,
    hinted_at=times,
    charge_starts_at=times,
    charge_ends_at=times,
    **flags,
)


@given(view=views, k=st.floats(0.001, 1e9), likely=st.floats(0.0, 100.0), sleep=st.sampled_from(Sleep))
def test_plan_is_sound(view: View, k: float, likely: float, sleep: Sleep) -> None:
    """Whatever is known, a read is planned, at least ten seconds after the last one and within two hours of it."""
    found: Plan = plan(view, Wishes(sleep=sleep), k=k, likely=likely, now=NOW)
    if view.read_at is None:
        assert found.at == NOW
        return
    assert found.at >= view.read_at + timedelta(seconds=10)
    assert found.at <= max(view.read_at, view.woke_at or view.read_at) + LONGEST_IN_SENTRY


@given(view=views, k=st.floats(1.0, 1e5))
def test_dearer_is_not_sooner(view: View, k: float) -> None:
    """With less money nothing is read sooner."""
    less, more = (plan(view, Wishes(), k=price, likely=1.0, now=NOW).at for price in (k, 2 * k))
    assert more >= less
