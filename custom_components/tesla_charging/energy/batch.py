"""What to read next of a site's history, and what becomes of it: days that are read, checked and written together.

Requests a site and day, once the years are imported: 24 for today, one each hour; every six hours one each for yesterday,
its outages and its charges, where there is a Powerwall or a Wall Connector; eight or nine for the last week and its months.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from .clock import HOUR_S, day_at, hour_of, midnight, span_of
from .history import Day, Hour, Part, adds_up, edges, hours_of, merge, shared_hours
from .record import ONE_DAY, SiteRecord

PACE_S: Final = 3.0
# Tesla needs a moment until the last five minutes of an hour are there; not all sites are asked at the same second.
_LAG_S: Final = 420
_SPREAD_S: Final = 300
_YESTERDAY_S: Final = 6 * HOUR_S
_WEEK: Final = 7
# The days before today that are read again each day.
WEEK: Final = timedelta(days=_WEEK)
_WEEK_AT_S: Final = 4 * HOUR_S
_RETRY_S: Final = 20 * HOUR_S
_MOST_RETRIES: Final = 7
_MOST_RETRIES_A_DAY: Final = 20


class Purpose(StrEnum):
    """Why days are read."""

    YEARS = "years"
    AGAIN = "again"
    LATEST = "latest"
    WEEK = "week"
    RETRY = "retry"


@dataclass(slots=True)
class Batch:
    """Days that are read together. `months` and `extras` (outages and charges) are what is still to be read with them.

    at: when it was begun; what Tesla has told is no newer than that for sure.
    """

    purpose: Purpose
    days: tuple[date, ...]
    months: list[date] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    read: dict[date, Day] = field(default_factory=dict)
    failed: set[date] = field(default_factory=set)
    told: dict[date, Mapping[str, float]] = field(default_factory=dict)
    extras_read: set[str] = field(default_factory=set)
    at: float = field(default=0.0, kw_only=True)

    def next_day(self) -> date | None:
        """Return the next day to read."""
        return next((day for day in self.days if day not in self.read and day not in self.failed), None)


def _days(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def _months(days: Iterable[date]) -> list[date]:
    return sorted({day.replace(day=1) for day in days})


def _within_month(first: date, last: date) -> tuple[date, ...]:
    return tuple(day for day in _days(first, last) if (day.year, day.month) == (first.year, first.month))


def choose(record: SiteRecord, now: float, zone: ZoneInfo, site_id: int, extras: Iterable[str]) -> Batch | float:
    """Return what to read next, or in how many seconds there will be something. The record knows its first day."""
    if record.first is None or record.next_day is None:
        raise ValueError("Nobody knows where to begin")
    batch = partial(Batch, at=now)
    today = day_at(now, zone)
    yesterday = today - ONE_DAY
    if record.next_day < yesterday:
        days = _within_month(record.next_day, yesterday)
        return batch(Purpose.YEARS, days, _months(days), [*extras])
    week_due = midnight(today, zone) + _WEEK_AT_S
    if record.week_read != today and now >= week_due:
        days = _days(max(record.first, today - timedelta(days=_WEEK)), today)
        return batch(Purpose.WEEK, days, _months(days[:-1]), [*extras])
    due = hour_of(int(record.today_read)) + HOUR_S + _LAG_S + site_id * 37 % _SPREAD_S
    if now >= due or now < record.today_read:
        with_yesterday = record.next_day <= yesterday or now - record.yesterday_read >= _YESTERDAY_S
        days = _days(max(record.first, yesterday if with_yesterday else today), today)
        return batch(Purpose.LATEST, days, [], [*extras] if with_yesterday else [])
    if record.again is not None and record.again_until is not None:
        days = _within_month(record.again, min(record.again_until, yesterday))
        if days:
            return batch(Purpose.AGAIN, days, _months(days), [*extras])
    if (day := _to_retry(record, now, zone)) is not None:
        around = day - ONE_DAY, day, day + ONE_DAY
        days = tuple(one for one in around if one >= record.first) if shared_hours(day, zone) else (day,)
        return batch(Purpose.RETRY, days, _months(days))
    return max(1.0, min(due, week_due if record.week_read != today else week_due + 24 * HOUR_S) - now)


def _to_retry(record: SiteRecord, now: float, zone: ZoneInfo) -> date | None:
    """Return a day to read again; those of the last week are read again anyway."""
    today = day_at(now, zone)
    begin = midnight(today, zone)
    if sum(one.last >= begin and one.tries > 0 for one in record.suspects.values()) >= _MOST_RETRIES_A_DAY:
        return None
    return next(
        (
            day
            for day, one in sorted(record.suspects.items())
            if day < today - timedelta(days=_WEEK) and one.tries < _MOST_RETRIES and now - one.last >= _RETRY_S
        ),
        None,
    )


def hours_in(batch: Batch, record: SiteRecord, zone: ZoneInfo, now: float) -> dict[int, Hour]:
    """Return the hours that a batch has something to say of."""
    neighbours: list[dict[int, Part]] = []
    unknown: set[int] = set()
    today = day_at(now, zone)
    for day in batch.days:
        for border, neighbour in zip(span_of(day, zone), (day - ONE_DAY, day + ONE_DAY), strict=True):
            if not border % HOUR_S or neighbour in batch.days:
                continue
            hour = hour_of(border)
            if (known := record.edges.get(neighbour)) is not None and hour in known:
                neighbours.append({hour: known[hour]})
            elif record.first is not None and record.first <= neighbour <= today:
                unknown.add(hour)
    parts = merge([*(day.parts for day in batch.read.values()), *neighbours])
    until = max((day.until for day in batch.read.values() if day.until is not None), default=0)
    return hours_of(parts, unknown, until, now)


def finish(batch: Batch, record: SiteRecord, zone: ZoneInfo) -> None:
    """Note in the record what a batch, once it is written, has brought: as of when it was begun, however long it took."""
    now, today = batch.at, day_at(batch.at, zone)
    last = batch.days[-1]
    if batch.purpose in (Purpose.YEARS, Purpose.LATEST, Purpose.WEEK):
        record.next_day = max(record.next_day or last, min(last + ONE_DAY, today))
    if batch.purpose in (Purpose.LATEST, Purpose.WEEK):
        record.today_read = now
        record.yesterday_read = now if len(batch.days) > 1 else record.yesterday_read
    if batch.purpose is Purpose.WEEK:
        record.week_read = today
    if batch.purpose is Purpose.AGAIN:
        record.again = last + ONE_DAY
        if record.again_until is None or record.again > record.again_until:
            record.again = record.again_until = None
    _judge(batch, record, today, now)
    for day, read in batch.read.items():
        if shared := edges(read, zone):
            record.edges[day] = shared
    for day in batch.failed:
        if shared_hours(day, zone):
            record.edges[day] = {hour: Part() for hour in shared_hours(day, zone)}
    kept = {one - ONE_DAY for one in (record.next_day, record.again) if one is not None}
    record.edges = {
        day: parts for day, parts in record.edges.items() if day in kept or day >= today - timedelta(days=_WEEK + 1)
    }


def _judge(batch: Batch, record: SiteRecord, today: date, now: float) -> None:
    """Mark the days that are not what they should be, and trust the others again."""
    for day in batch.days:
        checked = day < today and batch.purpose is not Purpose.LATEST
        known = record.suspects.get(day)
        if day in batch.failed:
            record.suspect(day, "unread", now)
        elif checked and not adds_up(batch.read.get(day), batch.told.get(day)):
            record.suspect(day, "month", now)
        elif known is not None and (known.reason == "unread" or (checked and day in batch.told)):
            del record.suspects[day]
