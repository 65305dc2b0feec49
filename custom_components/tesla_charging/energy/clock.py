"""Where the rows of a day belong, whatever offset Tesla shows them with (charging.md 2.4). Times are epoch seconds."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

HOUR_S: Final = 3600
SLOT_S: Final = 300
# How long a row may be; all nest in an hour.
_STEPS: Final = (300, 900, 1800, 3600)


def span_of(day: date, zone: tzinfo) -> tuple[int, int]:
    """Return when a day begins and ends in a zone: 23, 24 or 25 hours later, or 23.5 or 24.5."""
    return midnight(day, zone), midnight(day + timedelta(days=1), zone)


def midnight(day: date, zone: tzinfo) -> int:
    """Return when a day begins in a zone."""
    return int(datetime.combine(day, time(), zone).timestamp())


def day_at(at: float, zone: tzinfo) -> date:
    """Return the day that it is in a zone."""
    return datetime.fromtimestamp(at, zone).date()


def hour_of(at: int) -> int:
    """Return when the UTC hour of a time begins."""
    return at - at % HOUR_S


def read_stamp(value: object) -> datetime | None:
    """Read an RFC 3339 time with its offset."""
    if not isinstance(value, str):
        return None
    try:
        stamp = datetime.fromisoformat(value)
    except ValueError:
        return None
    return stamp if stamp.tzinfo is not None and 2000 < stamp.year < 2200 else None


def place(stamps: Sequence[datetime], day: date, zone: tzinfo, now: float) -> list[int]:
    """Return when each row of a day begins. Those that are not of this day, or still to come, may be anywhere else.

    Where all offsets agree with the zone's, the stamps are right. Otherwise the offset is wrong, and what is right is the
    clock or the instant: whichever puts the most rows into the day, and the fewest of them in the same place. Where both do
    it alike, UTC is taken at its word, and another offset is not.
    """
    literal = [int(stamp.timestamp()) for stamp in stamps]
    if all(stamp.utcoffset() == stamp.astimezone(zone).utcoffset() for stamp in stamps):
        return literal
    start, end = span_of(day, zone)
    end = min(end, int(now) + 1)

    def fit(places: list[int]) -> tuple[int, int]:
        inside = [at // SLOT_S for at in places if start <= at < end]
        return len(set(inside)), -len(inside)

    by_clock = [_since_midnight(stamps, day, zone), _by_clock(stamps, day, zone)]
    is_utc = not any(stamp.utcoffset() for stamp in stamps)
    return max([literal, *by_clock] if is_utc else [*by_clock, literal], key=fit)


def _since_midnight(stamps: Sequence[datetime], day: date, zone: tzinfo) -> list[int]:
    """Take the clock for the time that has passed since midnight, as if it were never put forward or back."""
    start, first = midnight(day, zone), datetime.combine(day, time())
    return [start + int((stamp.replace(tzinfo=None) - first).total_seconds()) for stamp in stamps]


def _by_clock(stamps: Sequence[datetime], day: date, zone: tzinfo) -> list[int]:
    """Take the clock for that of the zone; what it shows twice is first before and then after it is put back."""
    seen = Counter[datetime]()
    places = []
    for stamp in stamps:
        clock = stamp.replace(tzinfo=zone, fold=0)
        later = clock.replace(fold=1)
        twice = later.utcoffset() != clock.utcoffset() and later.astimezone(UTC) > clock.astimezone(UTC)
        places.append(int((later if twice and seen[clock] else clock).timestamp()))
        seen[clock] += 1
    return places


def step_of(places: Sequence[int]) -> int:
    """Return how long the rows are: five minutes, as far as is known."""
    ordered = sorted(set(places))
    gaps = Counter(later - earlier for earlier, later in pairwise(ordered))
    usual = gaps.most_common(1)[0][0] if gaps else SLOT_S
    return usual if usual in _STEPS else SLOT_S
