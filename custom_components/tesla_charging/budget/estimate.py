"""What the reads of a car cost a month, and what other wishes would: for a person who decides on them.

It counts the reads that the square-root law plans for what the car does (policy.py), and leaves out those that an event
is worth: what a person is told is about right, and what the budget allows holds in any case (pace.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf, sqrt
from typing import Final

from .habits import Habits
from .ledger import MONTH_DAYS
from .pace import price_of_freshness
from .policy import LONGEST, LONGEST_IN_SENTRY, NEAR_HOME, SHORTEST, SLEEP_WINDOW, WEIGHTS, Activity, Sleep, Wishes

_MONTH_S: Final = MONTH_DAYS * 86_400.0
# Seconds a day of a car that is driven every day and charged at home (charging.md 3.4, the commuter).
BELIEVED_LIFE: Final[Mapping[Activity, float]] = {
    Activity.DRIVING: 4_570.0,
    Activity.CHARGING: 500.0,
    Activity.CHARGING_STEADILY: 3_200.0,
    Activity.FINISHING: 190.0,
    Activity.JUST_PARKED: 1_000.0,
    Activity.UNSEEN: 300.0,
    Activity.PARKED: 2_600.0,
    Activity.PLUGGED_IN: 500.0,
}
# The share of the driving that is within the last kilometres of home; it is not recorded.
_NEAR_SHARE: Final = 0.25
_COULD_SLEEP: Final = frozenset({Activity.PARKED, Activity.PLUGGED_IN})


@dataclass(frozen=True, kw_only=True)
class Life:
    """What a car does: seconds a day of each activity. days: how many were recorded; 0 where it is what is believed."""

    seconds: Mapping[Activity, float]
    days: int = 0


@dataclass(frozen=True, kw_only=True)
class Change:
    """What other wishes would bring: dollars a month at the present freshness, or by how much all gets older instead."""

    dollars: float
    older: float


def life_of(habits: Habits) -> Life:
    """Return what a car was recorded to do, or what is believed of a car that nothing was recorded of."""
    if not habits.days:
        return Life(seconds=BELIEVED_LIFE)
    recorded = {doing: habits.seconds(doing) or 0.0 for doing in Activity}
    return Life(seconds=recorded, days=len(habits.days))


def interval_s(doing: Activity, wishes: Wishes, k: float, *, near_home: bool = False) -> float:
    """Return the seconds between two reads; infinite where there is no money for any. k: seconds."""
    if k == inf or wishes.paused:
        return inf
    longest = LONGEST_IN_SENTRY if doing is Activity.SENTRY else LONGEST
    usual = max(SHORTEST.total_seconds(), min(k / sqrt(_weight(doing, wishes, near_home)), longest.total_seconds()))
    lets_sleep = wishes.sleep is Sleep.ALWAYS and doing in _COULD_SLEEP
    return max(usual, SLEEP_WINDOW.total_seconds()) if lets_sleep else usual


def reads_a_month(life: Life, wishes: Wishes, k: float) -> float:
    """Return how many reads an average month brings. k: seconds."""
    if wishes.paused:
        return 0.0
    parts = _parts(life)
    return MONTH_DAYS * sum(seconds / interval_s(doing, wishes, k, near_home=near) for doing, near, seconds in parts)


def appetite(life: Life, wishes: Wishes) -> float:
    """Return k times reads a day, in seconds (habits.py)."""
    if wishes.paused:
        return 0.0
    return sum(seconds * sqrt(_weight(doing, wishes, near)) for doing, near, seconds in _parts(life))


def change(life: Life, now: Wishes, then: Wishes, *, k: float, everything: float, price: Decimal) -> Change:
    """Return what other wishes would bring. everything: the appetite of all that the app pays for, in seconds."""
    dollars = (reads_a_month(life, then, k) - reads_a_month(life, now, k)) * float(price)
    more = appetite(life, then) - appetite(life, now)
    return Change(dollars=dollars, older=max(more / everything, -1.0) if everything else 0.0)


def price_of_month(dollars: Decimal, price: Decimal, everything: float) -> float:
    """Return k in seconds of a whole month that has so many dollars for reads."""
    return price_of_freshness([(dollars, _MONTH_S)], price, everything)


def age_s(doing: Activity, k: float) -> float:
    """Return how old a value is on average while a car does that, as usual; infinite where nothing is read."""
    return interval_s(doing, Wishes(), k) / 2


def _weight(doing: Activity, wishes: Wishes, near_home: bool) -> float:
    factor = wishes.driving * (NEAR_HOME if near_home and wishes.near_home else 1.0)
    return WEIGHTS[doing] * (factor if doing is Activity.DRIVING else 1.0)


def _parts(life: Life) -> Iterator[tuple[Activity, bool, float]]:
    """Yield each activity, whether it is near home, and its seconds a day."""
    for doing, seconds in life.seconds.items():
        near = seconds * _NEAR_SHARE if doing is Activity.DRIVING else 0.0
        yield doing, False, seconds - near
        yield doing, True, near
