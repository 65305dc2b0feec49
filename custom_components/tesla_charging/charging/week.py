"""Times of a week: days, minutes after midnight, and when that is in a time zone.

A time that a clock skips in spring is as much later as it skips; of one that comes twice in autumn the first is meant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

# In the order of the bits (fleet_api.md 5.3).
DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
ALL_DAYS: Final = 127
WEEKDAYS: Final = 62
_DAY: Final = timedelta(days=1)
_DAY_MINUTES: Final = 24 * 60

# How long something is shown that has only a start or only an end.
MOMENT: Final = timedelta(minutes=30)

type Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """A window that comes back each week, by the clock of some place.

    days: bitmask, Sunday = 1; the days on which it starts, or ends if it has no start. start, end: minutes after midnight;
    an end that is not after the start is on the next day.
    """

    days: int = ALL_DAYS
    start: int | None = None
    end: int | None = None


def mask_of(names: Iterable[str]) -> int:
    """Return the bitmask of days such as "monday"; raises ValueError for any other word."""
    return sum({1 << DAYS.index(name) for name in names})


def names_of(mask: int) -> list[str]:
    """Return the days of a bitmask, Monday first."""
    return [DAYS[bit] for bit in (1, 2, 3, 4, 5, 6, 0) if mask >> bit & 1]


def day_mask(day: date) -> int:
    """Return the bitmask of the weekday of a date."""
    return 1 << day.isoweekday() % 7


def minutes_of(clock: time | datetime) -> int:
    """Return the minutes after midnight."""
    return clock.hour * 60 + clock.minute


def time_of(minutes: int) -> time:
    """Return the time of day."""
    return time(minutes // 60 % 24, minutes % 60)


def moved(week: Week, source: tzinfo, target: tzinfo, now: datetime) -> Week:
    """Return a window of one time zone by the clock of another, as it is the next time that it comes.

    Where that is another day, all days move. A change of the clocks in one of the zones shifts it, as nothing can be
    right before and after it.
    """
    if str(source) == str(target) or not week.days & ALL_DAYS:
        return week
    today = now.astimezone(source).date()
    days = (today + count * _DAY for count in range(-1, 9))
    day = next(day for day in days if week.days & day_mask(day) and _first(week, day, source) >= now)
    start, end = (None if at is None else at.astimezone(target) for at in _edges(week, day, source))
    shift = (_first(week, day, source).astimezone(target).date() - day).days
    return Week(
        days=_turned(week.days, shift),
        start=None if start is None else minutes_of(start),
        end=None if end is None else minutes_of(end),
    )


def spans(week: Week, zone: tzinfo, begin: datetime, end: datetime) -> Iterator[Span]:
    """Return when the window is open between two times, in UTC and in order; what overlaps them comes whole."""
    day, last = begin.astimezone(zone).date() - 2 * _DAY, end.astimezone(zone).date() + _DAY
    while day <= last:
        if week.days & day_mask(day):
            opens, closes = _span(week, day, zone)
            if opens < closes and opens < end and closes > begin:
                yield opens, closes
        day += _DAY


def next_start(week: Week, zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the window opens next, in UTC; None if it has no start."""
    if week.start is None:
        return None
    return next((opens for opens, _ in spans(week, zone, now, now + 9 * _DAY) if opens > now), None)


def _turned(days: int, by: int) -> int:
    """Return the days that many days later."""
    by %= 7
    return (days << by | days >> (7 - by)) & ALL_DAYS


def _edges(week: Week, day: date, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return the start and the end of the window of a day, in UTC."""
    start = None if week.start is None else _instant(day, week.start, zone)
    overnight = week.start is not None and week.end is not None and week.end <= week.start
    return start, None if week.end is None else _instant(day + _DAY if overnight else day, week.end, zone)


def _first(week: Week, day: date, zone: tzinfo) -> datetime:
    """Return the time by which the days go."""
    return next((at for at in _edges(week, day, zone) if at is not None), _instant(day, 0, zone))


def _span(week: Week, day: date, zone: tzinfo) -> Span:
    start, end = _edges(week, day, zone)
    first = _first(week, day, zone)
    return start or first - MOMENT, end or first + MOMENT


def _instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time_of(minutes % _DAY_MINUTES), zone).astimezone(UTC)


def told_once(at: datetime, zone: tzinfo) -> bool:
    """Return whether the clock of a zone shows a time once only, so that it can be told by hour and minute."""
    clock = at.astimezone(zone)
    return clock.replace(fold=0).utcoffset() == clock.replace(fold=1).utcoffset()
