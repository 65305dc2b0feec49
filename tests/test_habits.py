"""What is learned of a thing that is read, and what freshness may cost then."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.budget.habits import BELIEVED_APPETITE, Habits
from custom_components.tesla_charging.budget.pace import price_of_freshness
from custom_components.tesla_charging.budget.policy import Activity
from custom_components.tesla_charging.budget.polling import appetite, interval

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 6, 8, tzinfo=BERLIN)
DAY = timedelta(days=1)


def lived(days: int, reads: int, k: float = 100.0, since: datetime = MONDAY) -> Habits:
    """Return the habits after so many days of the same number of reads."""
    habits = Habits()
    for day in range(days):
        habits.tick(since + day * DAY)
        for read in range(reads):
            habits.read(k, since + day * DAY + timedelta(minutes=read))
    habits.tick(since + days * DAY)
    return habits


def test_appetite_is_believed_then_known() -> None:
    """An unknown car is believed to be driven every day; each day that was seen counts as much as one believed."""
    assert Habits().appetite == BELIEVED_APPETITE
    assert lived(1, 50).appetite == pytest.approx((4 * BELIEVED_APPETITE + 5_000) / 5)
    assert lived(21, 50).appetite == pytest.approx((4 * BELIEVED_APPETITE + 21 * 5_000) / 25)
    assert lived(60, 50).appetite == lived(21, 50).appetite


def test_appetite_does_not_depend_on_the_price() -> None:
    """Half as many reads at twice the price are the same appetite."""
    assert lived(10, 100, 50.0).appetite == lived(10, 50, 100.0).appetite


def test_appetite_of_a_car_that_stands() -> None:
    """Even a car that nobody drives keeps money for the day that somebody does."""
    habits = lived(21, 0)
    assert habits.appetite == pytest.approx(4 * BELIEVED_APPETITE / 25)
    habits.believed = 100.0
    assert habits.appetite == 100.0


@pytest.mark.parametrize(
    ("begin", "end", "known"),
    [
        (timedelta(minutes=59), DAY, 1),
        (timedelta(minutes=61), DAY, 0),
        (timedelta(0), 2 * DAY, 0),
        (timedelta(0), -DAY, 0),
    ],
)
def test_only_whole_days_count(begin: timedelta, end: timedelta, known: int) -> None:
    """A day that was not seen whole, or not the one before, tells nothing."""
    habits = Habits()
    habits.read(100.0, MONDAY + begin)
    habits.read(100.0, MONDAY + end)
    assert len(habits.days) == known
    assert habits.appetite_today == 100.0


def test_days_are_those_of_the_place() -> None:
    """The day of the change to summer time is a whole one."""
    sunday = datetime(2026, 3, 29, tzinfo=BERLIN)
    habits = Habits()
    habits.read(1.0, sunday)
    habits.read(1.0, datetime(2026, 3, 29, 21, 59, tzinfo=UTC).astimezone(BERLIN))
    assert not habits.days
    habits.read(1.0, datetime(2026, 3, 29, 22, 0, tzinfo=UTC).astimezone(BERLIN))
    assert [day.appetite for day in habits.days] == [2.0]


def test_seconds_of_an_activity() -> None:
    """What a day is spent with is the mean of the days that are known."""
    habits = Habits()
    assert habits.seconds(Activity.DRIVING) is None
    for day, hours in enumerate((1, 2, 0)):
        habits.lived(Activity.DRIVING, hours * 3600, MONDAY + day * DAY, waiting=False)
    assert habits.seconds(Activity.DRIVING) == 5400
    assert habits.seconds(Activity.CHARGING) == 0


def commuter(weeks: int) -> Habits:
    """Return the habits of a car that waits all day, and leaves at half past seven from Monday to Friday."""
    habits = Habits()
    for day in range(7 * weeks):
        for slot in range(48):
            habits.lived(Activity.SENTRY, 1800, MONDAY + day * DAY + slot * timedelta(minutes=30), waiting=True)
        if day % 7 < 5:
            habits.departed(MONDAY + day * DAY + timedelta(hours=7, minutes=40))
    return habits


def test_departures_are_learned() -> None:
    """The hour at which a car leaves every day is more likely than others, on the days on which it does."""
    assert Habits().likely(MONDAY) == pytest.approx(1.0)
    habits = commuter(3)
    then = MONDAY + 21 * DAY + timedelta(hours=7, minutes=45)
    assert habits.likely(then) > 5
    assert habits.likely(then + timedelta(hours=6)) < 0.9
    assert habits.likely(then + 5 * DAY) < 0.9
    # Nobody is punctual: the half hours beside it count half.
    assert habits.likely(then) > habits.likely(then - timedelta(minutes=30)) > habits.likely(then - timedelta(hours=2))


def test_survives_the_disk() -> None:
    """What was learned is the same after a restart."""
    habits = commuter(2)
    habits.read(77.0, MONDAY + 14 * DAY)
    again = Habits.from_json(json.loads(json.dumps(habits.to_json())))
    again.believed = habits.believed
    assert again == habits


damage: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(
    data=damage
    | st.fixed_dictionaries(dict.fromkeys(("days", "departures", "waits", "began", "appetite_today", "today"), damage))
)
def test_damaged_on_disk(data: object) -> None:
    """What cannot be read was not learned, and harms nothing."""
    habits = Habits.from_json(data)
    habits.read(1.0, MONDAY)
    assert 0 < habits.appetite < inf
    assert 0 < habits.likely(MONDAY) < inf


# The price of freshness


def test_price_of_freshness() -> None:
    """A day's appetite, a day left, and the money of a hundred reads: 1/100 of the appetite."""
    assert price_of_freshness([(Decimal("0.2"), 86_400.0)], Decimal("0.002"), 12_000.0) == pytest.approx(120.0)


def test_every_calendar_must_hold() -> None:
    """The month that has less money for its days says the price."""
    tight, easy = (Decimal("0.2"), 86_400.0), (Decimal(10), 86_400.0)
    for left in ([tight, easy], [easy, tight]):
        assert price_of_freshness(left, Decimal("0.002"), 12_000.0) == pytest.approx(120.0)


@pytest.mark.parametrize("dollars", ["0", "0.0019", "-1"])
def test_no_money(dollars: str) -> None:
    """What cannot be paid is infinitely dear."""
    assert price_of_freshness([(Decimal(dollars), 86_400.0)], Decimal("0.002"), 12_000.0) == inf


@given(
    dollars=st.decimals("0.002", "1000", allow_nan=False, places=3),
    days=st.floats(0.05, 31),
    appetite_s=st.floats(1_000, 1e6),
)
def test_the_price_spends_the_money(dollars: Decimal, days: float, appetite_s: float) -> None:
    """At this price a life of that appetite costs what is left, until the end."""
    k = price_of_freshness([(dollars, days * 86_400)], Decimal("0.002"), appetite_s)
    assert appetite_s / k * days * 0.002 == pytest.approx(float(dollars))


# What is not planned by itself


@pytest.mark.parametrize(
    ("k", "minutes"),
    [(0.0, 1), (1.0, 1), (120.0, 20), (1e9, 360), (inf, 360)],
    ids=["free", "cheap", "fair", "dear", "poor"],
)
def test_interval(k: float, minutes: int) -> None:
    """What costs nothing is read as usual, what is paid for as the money allows, and at least four times a day."""
    assert interval(timedelta(minutes=1), 0.01, k) == timedelta(minutes=minutes)


def test_the_appetite_of_an_interval_is_its_own() -> None:
    """What is read every k / root of the weight has just the appetite that was believed of it."""
    assert appetite(0.01) / 120.0 == 86_400 / interval(timedelta(0), 0.01, 120.0).total_seconds()
