"""Tesla's month begins on the 1st; in which time zone is UNCONFIRMED (fleet_api.md 8), so that every candidate must hold."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

# The first is the one that is shown.
CALENDARS: Final[tuple[tzinfo, ...]] = (UTC, ZoneInfo("America/Los_Angeles"))
_HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Month(NamedTuple):
    """A month of a calendar, in UTC: from `start` to before `end`."""

    start: datetime
    end: datetime

    def left(self, now: datetime) -> timedelta:
        """Return the time until its end."""
        return self.end - now

    @property
    def length(self) -> timedelta:
        """Return how long it is."""
        return self.end - self.start


def hour_of(moment: datetime) -> int:
    """Return the number of the UTC hour since 1970 that a moment is in."""
    return (moment - _EPOCH) // _HOUR


def start_of_hour(hour: int) -> datetime:
    """Return when an hour begins."""
    return _EPOCH + hour * _HOUR


def month_of(now: datetime, zone: tzinfo) -> Month:
    """Return the month of a calendar that a moment is in."""
    return _month_of(hour_of(now), zone)


@lru_cache(maxsize=64)
def _month_of(hour: int, zone: tzinfo) -> Month:
    first = start_of_hour(hour).astimezone(zone).replace(day=1, hour=0)
    following = (first + timedelta(days=31)).replace(day=1)
    return Month(first.astimezone(UTC), following.astimezone(UTC))


def next_turn(now: datetime) -> datetime:
    """Return when the next month begins, by the calendar where it does so first."""
    return min(month_of(now, zone).end for zone in CALENDARS)


def is_past_month(hour: int, clock: int) -> bool:
    """Whether an hour is, by any calendar, in a later month than the hour that a clock shows."""
    return start_of_hour(hour) >= next_turn(start_of_hour(clock))
