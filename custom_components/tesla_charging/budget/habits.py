"""What is learned of a thing that is read: how much money it asks for, how it spends its days, when it departs."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final, Self

from .policy import Activity

_WINDOW_DAYS: Final = 21
# So many days of the past does what is believed of an unknown car count for.
_BELIEF_DAYS: Final = 4
# k times reads a day, in seconds, of a car that is driven every day (charging.md 3.4, the commuter).
BELIEVED_APPETITE: Final = 12_240.0
_LEAST_APPETITE: Final = 1_080.0
# A read for which there is little money weighs no more than this.
_MOST_K: Final = 3_000.0

_SLOTS: Final = 48
_SLOT: Final = timedelta(minutes=30)
_FORGETS: Final = 0.98
_BELIEVED_WAITS: Final = 6.0
# A day that began later than this was not seen whole.
_WHOLE: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day that is over: `appetite` in seconds, and the seconds of each activity."""

    appetite: float
    seconds: Mapping[Activity, float]


@dataclass(kw_only=True)
class Habits:
    """The habits of a car, or of another thing that is paid for; times are local.

    appetite: the sum of k over the reads of a day, which is how many reads a day there would be at k = 1 s. It does not
    depend on k, so it tells what k spends a given amount.
    """

    believed: float = BELIEVED_APPETITE
    days: deque[Day] = field(default_factory=lambda: deque(maxlen=_WINDOW_DAYS))
    departures: list[float] = field(default_factory=lambda: [0.0] * (2 * _SLOTS))
    waits: list[float] = field(default_factory=lambda: [0.0] * (2 * _SLOTS))
    began: datetime | None = None
    appetite_today: float = 0.0
    today: dict[Activity, float] = field(default_factory=dict)

    def tick(self, now: datetime) -> None:
        """Close the day when it is over; one that was not seen whole tells nothing."""
        if self.began is None:
            self.began = now
            return
        if now.date() == self.began.date():
            return
        whole = self.began - _midnight(self.began) < _WHOLE and now.date() - self.began.date() == timedelta(days=1)
        if whole:
            self.days.append(Day(appetite=self.appetite_today, seconds=self.today))
            self.departures = [value * _FORGETS for value in self.departures]
            self.waits = [value * _FORGETS for value in self.waits]
        self.began, self.appetite_today, self.today = now, 0.0, {}

    def read(self, k: float, now: datetime) -> None:
        """Note a read that was paid for at this price of freshness."""
        self.tick(now)
        self.appetite_today += min(k, _MOST_K)

    def lived(self, doing: Activity, seconds: float, now: datetime, *, waiting: bool) -> None:
        """Note what was done until now, and whether a departure was waited for."""
        self.tick(now)
        self.today[doing] = self.today.get(doing, 0.0) + seconds
        if waiting:
            self.waits[_slot(now)] += seconds / _SLOT.total_seconds()

    def departed(self, now: datetime) -> None:
        """Note that a drive was seen to have begun."""
        self.departures[_slot(now)] += 1

    @property
    def appetite(self) -> float:
        """Return the appetite that a day is expected to have."""
        seen = sum(day.appetite for day in self.days)
        mean = (self.believed * _BELIEF_DAYS + seen) / (_BELIEF_DAYS + len(self.days))
        return max(min(_LEAST_APPETITE, self.believed), mean)

    def seconds(self, doing: Activity) -> float | None:
        """Return how long a day it does that, None if no day is known."""
        if not self.days:
            return None
        return sum(day.seconds.get(doing, 0.0) for day in self.days) / len(self.days)

    def likely(self, now: datetime) -> float:
        """Return how likely a departure is, while one is waited for, beside the mean of the week."""
        mean = (sum(self.departures) + 0.5) / (sum(self.waits) + _SLOTS / 2)
        here = _slot(now)
        week, slot = divmod(here, _SLOTS)
        near = [(week * _SLOTS + (slot + by) % _SLOTS, 0.5 if by else 1.0) for by in (-1, 0, 1)]
        seen = sum(share * self.departures[one] for one, share in near)
        waited = sum(share * self.waits[one] for one, share in near)
        return (seen + mean * _BELIEVED_WAITS) / (waited + _BELIEVED_WAITS) / mean

    def to_json(self) -> dict[str, Any]:
        """Return what to keep on disk."""
        return {
            "days": [{"appetite": day.appetite, "seconds": day.seconds} for day in self.days],
            "departures": self.departures,
            "waits": self.waits,
            "began": None if self.began is None else self.began.isoformat(),
            "appetite_today": self.appetite_today,
            "today": self.today,
        }

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return what was kept; what cannot be read was not learned."""
        habits = cls()
        if not isinstance(data, Mapping):
            return habits
        days = data.get("days")
        for day in days if isinstance(days, list) else []:
            if isinstance(day, Mapping) and (appetite := _number(day.get("appetite"))) is not None:
                habits.days.append(Day(appetite=appetite, seconds=_seconds(day.get("seconds"))))
        habits.departures = _slots(data.get("departures")) or habits.departures
        habits.waits = _slots(data.get("waits")) or habits.waits
        with suppress(KeyError, TypeError, ValueError):
            began = datetime.fromisoformat(data["began"])
            habits.began = began if began.tzinfo else None
        if habits.began is not None:
            habits.appetite_today = _number(data.get("appetite_today")) or 0.0
            habits.today.update(_seconds(data.get("today")))
        return habits


def _number(value: object) -> float | None:
    """Return a number that may count something."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        return None
    return float(value)


def _seconds(value: object) -> dict[Activity, float]:
    known = value if isinstance(value, Mapping) else {}
    return {doing: number for doing in Activity if (number := _number(known.get(doing))) is not None}


def _slots(value: object) -> list[float] | None:
    if not isinstance(value, list) or len(value) != 2 * _SLOTS:
        return None
    numbers = [_number(one) for one in value]
    return [number for number in numbers if number is not None] if None not in numbers else None


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _slot(now: datetime) -> int:
    """Return the number of the half hour, those of the weekend after those of the week."""
    half_hour = (now - _midnight(now)) // _SLOT
    return min(half_hour, _SLOTS - 1) + (_SLOTS if now.weekday() >= 5 else 0)
