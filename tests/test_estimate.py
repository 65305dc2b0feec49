"""What reads cost a month, and what other wishes would: tables, and the laws that hold for any life."""

from dataclasses import replace
from decimal import Decimal
from math import inf, sqrt

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.budget.estimate import (
    BELIEVED_LIFE,
    Life,
    age_s,
    appetite,
    change,
    interval_s,
    life_of,
    price_of_month,
    reads_a_month,
)
from custom_components.tesla_charging.budget.habits import BELIEVED_APPETITE, Day, Habits
from custom_components.tesla_charging.budget.policy import WEIGHTS, Activity, Sleep, Wishes

USUAL = Wishes()
DAYS = 365.25 / 12
PRICE = Decimal("0.002")
CHARGES = Life(seconds={Activity.CHARGING: 7200.0}, days=3)
DRIVES = Life(seconds={Activity.DRIVING: 3600.0}, days=3)


@pytest.mark.parametrize(
    ("doing", "wishes", "k", "seconds"),
    [
        (Activity.CHARGING, USUAL, 90.0, 90.0),
        (Activity.CHARGING, USUAL, 9.0, 20.0),
        (Activity.CHARGING, USUAL, 1e5, 1800.0),
        (Activity.SENTRY, USUAL, 1e5, 7200.0),
        (Activity.CHARGING, USUAL, inf, inf),
        (Activity.CHARGING, Wishes(paused=True), 90.0, inf),
        (Activity.CHARGING, Wishes(driving=4.0), 90.0, 90.0),
        (Activity.DRIVING, USUAL, 180.0, 180 / sqrt(1.8)),
        (Activity.DRIVING, Wishes(driving=4.0), 180.0, 90 / sqrt(1.8)),
        (Activity.DRIVING, Wishes(driving=0.25), 180.0, 360 / sqrt(1.8)),
        (Activity.PARKED, USUAL, 80.0, 400.0),
        (Activity.PARKED, Wishes(sleep=Sleep.ALWAYS), 80.0, 960.0),
        (Activity.PARKED, Wishes(sleep=Sleep.ALWAYS), 300.0, 1500.0),
        (Activity.CHARGING, Wishes(sleep=Sleep.ALWAYS), 80.0, 80.0),
    ],
)
def test_interval(doing: Activity, wishes: Wishes, k: float, seconds: float) -> None:
    """The square-root law, within the bounds of the policy."""
    assert interval_s(doing, wishes, k) == pytest.approx(seconds)


def test_near_home() -> None:
    """Twice as often, but only near home and only if it is wished for."""
    near = Wishes(near_home=True)
    far, here = interval_s(Activity.DRIVING, near, 180.0), interval_s(Activity.DRIVING, near, 180.0, near_home=True)
    assert here == pytest.approx(far / 2)
    assert interval_s(Activity.DRIVING, USUAL, 180.0, near_home=True) == pytest.approx(far)
    assert reads_a_month(DRIVES, near, 180.0) == pytest.approx(1.25 * reads_a_month(DRIVES, USUAL, 180.0))


@pytest.mark.parametrize(
    ("life", "wishes", "k", "reads"),
    [
        (CHARGES, USUAL, 90.0, 80 * DAYS),
        (CHARGES, USUAL, inf, 0.0),
        (CHARGES, Wishes(paused=True), 90.0, 0.0),
        (Life(seconds={}), USUAL, 90.0, 0.0),
    ],
)
def test_reads_a_month(life: Life, wishes: Wishes, k: float, reads: float) -> None:
    """Seconds over interval, for an average month."""
    assert reads_a_month(life, wishes, k) == pytest.approx(reads)


def test_change() -> None:
    """Drives twice as fresh cost as much again, or make all older by what they take."""
    found = change(DRIVES, USUAL, Wishes(driving=4.0), k=180.0, everything=10_000.0, price=PRICE)
    assert found.dollars == pytest.approx(3600 / 180 * sqrt(1.8) * DAYS * 0.002)
    assert found.older == pytest.approx(3600 * sqrt(1.8) / 10_000)
    paused = change(DRIVES, USUAL, Wishes(paused=True), k=180.0, everything=3600 * sqrt(1.8), price=PRICE)
    assert paused.dollars == pytest.approx(-found.dollars)
    assert paused.older == pytest.approx(-1.0)
    assert change(DRIVES, USUAL, Wishes(driving=4.0), k=inf, everything=0.0, price=PRICE).older == 0.0


def test_life_of() -> None:
    """What was recorded, as a mean of the days; what is believed as long as nothing is."""
    habits = Habits()
    assert life_of(habits) == Life(seconds=BELIEVED_LIFE, days=0)
    habits.days.append(Day(appetite=1.0, seconds={Activity.DRIVING: 1000.0}))
    habits.days.append(Day(appetite=1.0, seconds={Activity.CHARGING: 3000.0}))
    life = life_of(habits)
    assert life.days == 2
    assert {doing: seconds for doing, seconds in life.seconds.items() if seconds} == {
        Activity.DRIVING: 500.0,
        Activity.CHARGING: 1500.0,
    }


def test_the_believed_life_is_the_believed_appetite() -> None:
    """What an unknown car is taken to do asks for about as much money as it is taken to ask for."""
    assert appetite(Life(seconds=BELIEVED_LIFE), USUAL) == pytest.approx(BELIEVED_APPETITE, rel=0.2)


def test_a_month() -> None:
    """At the price that a budget affords, the reads cost the budget; half of the interval is the age."""
    everything = appetite(CHARGES, USUAL)
    k = price_of_month(Decimal(4), PRICE, everything)
    assert reads_a_month(CHARGES, USUAL, k) * 0.002 == pytest.approx(4, rel=1e-6)
    assert age_s(Activity.CHARGING, k) == pytest.approx(k / 2)
    assert age_s(Activity.CHARGING, price_of_month(Decimal(0), PRICE, everything)) == inf


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([*Activity]), st.floats(min_value=0, max_value=86_400)),
    st.floats(min_value=1, max_value=5_000),
    st.sampled_from([0.25, 1.0, 4.0]),
)
def test_any_life(seconds: dict[Activity, float], k: float, driving: float) -> None:
    """Dearer freshness is fewer reads; more wishes are more; letting it sleep is never more."""
    life, wishes = Life(seconds=seconds), Wishes(driving=driving)
    reads = reads_a_month(life, wishes, k)
    assert reads_a_month(life, wishes, 2 * k) <= reads * (1 + 1e-9)
    assert reads_a_month(life, replace(wishes, near_home=True), k) >= reads * (1 - 1e-9)
    assert reads_a_month(life, replace(wishes, sleep=Sleep.ALWAYS), k) <= reads * (1 + 1e-9)
    assert appetite(life, wishes) <= sum(seconds.values()) * sqrt(max(WEIGHTS.values()) * max(driving, 1.0)) + 1e-6
