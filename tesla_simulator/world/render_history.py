"""The history of a site as Tesla's JSON, right or with the defects that were seen (fleet_api.md 7.3 and 7.4)."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .flows import BUCKET_S
from .history import bucket_of, stretches, truth

if TYPE_CHECKING:
    from .site import Site

type Row = dict[str, Any]

PERIODS = ("day", "week", "month", "year", "lifetime")
MORE_ROWS_S = 7200
MISSING_UNTIL_HOUR = 12  # local; the rows before it are missing from a half-empty day
CORRECTED_BY = 0.9
WRONG_MONTH = 1.07


class HistoryDefect(StrEnum):
    """What a site's history may suffer from; charging.md 2.4 has where each was seen."""

    ONE_OFFSET = "one_offset"  # the clock is right, and every row of a day carries the offset of its midnight
    ONE_OFFSET_INSTANTS = "one_offset_instants"  # the instants are right, shown with the offset of midnight
    TODAYS_OFFSET = "todays_offset"  # the clock is right, and all history carries the offset of today
    UTC = "utc"  # the instants are right, shown with a Z
    BY_CLOCK = "by_clock"  # sorted by the clock: in autumn two rows for each five minutes of an hour
    ROWS_TWICE = "rows_twice"
    MISSING_KEYS = "missing_keys"  # what is zero is left out
    NO_TOTALS = "no_totals"  # without the newer totals
    ONLY_TOTALS = "only_totals"  # without the parts of what the totals sum up
    HALF_EMPTY = "half_empty"  # the mornings of days that are younger than `corrected_after_s` are missing
    MORE_ROWS = "more_rows"  # two hours before and after the day
    FUTURE_ZEROS = "future_zeros"  # today has rows until midnight
    NULL_SERIES = "null_series"
    NULL = "null"
    LATE_CORRECTIONS = "late_corrections"  # what is younger than `corrected_after_s` is a tenth too low
    WRONG_MONTH = "wrong_month"  # months do not add up


SUMMED_UP = {
    "total_solar_generation": ("solar_energy_exported",),
    "total_home_usage": (
        "consumer_energy_imported_from_grid",
        "consumer_energy_imported_from_solar",
        "consumer_energy_imported_from_battery",
    ),
    "total_battery_charge": ("battery_energy_imported_from_grid", "battery_energy_imported_from_solar"),
    "total_battery_discharge": ("battery_energy_exported",),
    "total_grid_energy_exported": ("grid_energy_exported_from_solar", "grid_energy_exported_from_battery"),
}
NEVER_HERE = (
    "generator_energy_exported",
    "grid_services_energy_imported",
    "grid_services_energy_exported",
    "grid_energy_exported_from_generator",
    "battery_energy_imported_from_generator",
    "consumer_energy_imported_from_generator",
)


def _epoch(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def _values(parts: dict[str, float], defects: set[HistoryDefect]) -> Row:
    """Return the values of a row: parts, those of what this site has not, and totals."""
    totals = {key: round(sum(parts[part] for part in of), 3) for key, of in SUMMED_UP.items()}
    values = {**parts, **dict.fromkeys(NEVER_HERE, 0), **totals}
    if HistoryDefect.NO_TOTALS in defects:
        values = {key: value for key, value in values.items() if key not in totals}
    if HistoryDefect.ONLY_TOTALS in defects:
        summed = {part for of in SUMMED_UP.values() for part in of}
        values = {key: value for key, value in values.items() if key not in summed}
    if HistoryDefect.MISSING_KEYS in defects:
        values = {key: value for key, value in values.items() if value}
    return values


def _shown(at: float, site: Site, zone: ZoneInfo, midnight: float) -> str:
    """Return a timestamp as Tesla shows it."""
    defects = site.history_defects
    right = datetime.fromtimestamp(at, zone)
    of_midnight = timezone(datetime.fromtimestamp(midnight, zone).utcoffset() or timedelta())
    of_today = timezone(datetime.fromtimestamp(site.now, zone).utcoffset() or timedelta())
    if HistoryDefect.UTC in defects:
        return right.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if HistoryDefect.ONE_OFFSET_INSTANTS in defects:
        right = right.astimezone(of_midnight)
    elif HistoryDefect.ONE_OFFSET in defects:
        right = right.replace(tzinfo=of_midnight)
    elif HistoryDefect.TODAYS_OFFSET in defects:
        right = right.replace(tzinfo=of_today)
    return right.isoformat(timespec="seconds")


def _day_rows(site: Site, day: date, zone: ZoneInfo) -> list[Row]:
    defects, now = site.history_defects, site.now
    midnight, end = _epoch(day, zone), _epoch(day + timedelta(days=1), zone)
    first, last = midnight, end
    if HistoryDefect.MORE_ROWS in defects:
        first, last = first - MORE_ROWS_S, last + MORE_ROWS_S
    rows = []
    for at in range(first, last, BUCKET_S):
        parts = bucket_of(site, at) if at <= now else {}
        if at > now and HistoryDefect.FUTURE_ZEROS in defects:
            parts = dict.fromkeys(bucket_of(site, int(now // BUCKET_S - 1) * BUCKET_S), 0.0)
        young = now - at < site.corrected_after_s
        late = HistoryDefect.HALF_EMPTY in defects and now - end < site.corrected_after_s and end <= now
        if not parts or (late and at < midnight + MISSING_UNTIL_HOUR * 3600):
            continue
        if young and HistoryDefect.LATE_CORRECTIONS in defects:
            parts = {key: round(value * CORRECTED_BY, 3) for key, value in parts.items()}
        rows.append({"timestamp": _shown(at, site, zone, midnight), **_values(parts, defects)})
    if HistoryDefect.BY_CLOCK in defects:
        rows.sort(key=lambda row: str(row["timestamp"])[:19])
    if HistoryDefect.ROWS_TWICE in defects:
        rows = [row for row in rows for _ in range(2)]
    return rows


def _first_of(day: date, period: str) -> date:
    """Return the first day of the stretch that a row of a longer period stands for."""
    if period == "year":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if period == "lifetime" else day


def _sum_rows(site: Site, first: date, last: date, period: str, zone: ZoneInfo) -> list[Row]:
    """Return rows of days, months or years; `last` is not in it."""
    sums: dict[date, dict[str, float]] = {}
    day = max(first, datetime.fromtimestamp(site.installed.timestamp(), zone).date())
    while day < last and _epoch(day, zone) <= site.now:
        start, end = _epoch(day, zone), _epoch(day + timedelta(days=1), zone)
        of_day = site.past.day(start, end) if end <= site.lived.since else truth(site, start, end)
        total = sums.setdefault(_first_of(day, period), {})
        for key, value in of_day.items():
            total[key] = total.get(key, 0.0) + value
        day += timedelta(days=1)
    factor = WRONG_MONTH if HistoryDefect.WRONG_MONTH in site.history_defects else 1.0
    return [
        {
            "timestamp": _shown(_epoch(day, zone), site, zone, _epoch(day, zone)),
            **_values({key: round(value * factor, 3) for key, value in total.items()}, site.history_defects),
        }
        for day, total in sums.items()
        if total
    ]


def _span(day: date, period: str, site: Site) -> tuple[date, date]:
    """Return the first day of a period and the first one after it."""
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if period == "month":
        return day.replace(day=1), (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    if period == "year":
        return day.replace(month=1, day=1), date(day.year + 1, 1, 1)
    return site.installed.date(), day + timedelta(days=1)


def render_energy(site: Site, period: str, end: float, zone: ZoneInfo) -> Row | None:
    """Return the history of the period in which `end` is; a midnight ends the day before, which Tesla finds empty."""
    if HistoryDefect.NULL in site.history_defects:
        return None
    moment = datetime.fromtimestamp(end, zone)
    rows: list[Row] | None
    if HistoryDefect.NULL_SERIES in site.history_defects:
        rows = None
    elif period == "day":
        rows = [] if moment.time() == time() else _day_rows(site, moment.date(), zone)
    else:
        first, last = _span(moment.date(), period, site)
        rows = _sum_rows(site, first, last, period, zone)
    return {
        "serial_number": f"GF2{site.id % 10**11:011d}",
        "period": period,
        "installation_time_zone": site.zone.key,
        "time_zone_offset": site.offset() // 60,
        "time_series": rows,
    }


def render_outages(site: Site, start: float, end: float) -> Row | None:
    """Return the outages that the Powerwall bridged."""
    if HistoryDefect.NULL in site.history_defects:
        return None
    events: list[Row] | None = [
        {"timestamp": datetime.fromtimestamp(one.start, site.zone).isoformat(), "duration": one.seconds}
        for one in stretches(site, start, min(end, site.now), "outage")
    ]
    if HistoryDefect.NULL_SERIES in site.history_defects:
        events = None
    return {"events": events, "total_events": len(events or ())}


def render_charges(site: Site, start: float, end: float) -> Row | None:
    """Return the charges at the Wall Connectors, without a word of which one or which car."""
    if HistoryDefect.NULL in site.history_defects:
        return None
    charges: list[Row] | None = [
        {
            "charge_start_time": {"seconds": one.start},
            "charge_duration": {"seconds": one.seconds},
            "energy_added_wh": one.energy_wh,
        }
        for one in stretches(site, start, min(end, site.now), "charge")
    ]
    if HistoryDefect.NULL_SERIES in site.history_defects:
        charges = None
    return {"charge_history": charges}
