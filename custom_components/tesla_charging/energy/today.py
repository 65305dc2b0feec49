"""What has flowed today: the rows of the day in the site's own time zone, summed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from ..fleet.models.energy_day import ENERGIES, EnergyRow, EnergySums, read_rows
from ..fleet.models.site import EnergyToday

_DAY: Final = timedelta(days=1)
# What a total is made of, where Tesla does not tell it: the newer keys of fleet_api.md 7.3.
TOTALS: Final = {
    "total_battery_charge": (
        "battery_energy_imported_from_generator",
        "battery_energy_imported_from_grid",
        "battery_energy_imported_from_solar",
    ),
    "total_battery_discharge": ("battery_energy_exported",),
    "total_grid_energy_exported": (
        "grid_energy_exported_from_battery",
        "grid_energy_exported_from_generator",
        "grid_energy_exported_from_solar",
    ),
    "total_home_usage": (
        "consumer_energy_imported_from_battery",
        "consumer_energy_imported_from_generator",
        "consumer_energy_imported_from_grid",
        "consumer_energy_imported_from_solar",
    ),
    "total_solar_generation": ("solar_energy_exported",),
}
# Tesla's total has been far below what the battery took from the grid (users.md theme 3).
_AT_LEAST_ITS_PARTS: Final = {"total_battery_charge"}


def day_of(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the begin and the end, UTC, of the day that it is now in a time zone; it has 23 to 25 hours."""
    date = now.astimezone(zone).date()
    begin, end = (datetime.combine(day, time(), zone) for day in (date, date + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def empty_day(now: datetime, zone: tzinfo) -> EnergyToday:
    """Return the day that it is now in a time zone, on which nothing has flowed yet."""
    starts_at, ends_at = day_of(now, zone)
    return EnergyToday(starts_at=starts_at, ends_at=ends_at, rows=0, sums=EnergySums(**dict.fromkeys(ENERGIES, 0.0)))


def read_day(answer: Mapping[str, object], now: datetime, zone: tzinfo) -> EnergyToday:
    """Return the sums of the day that it is now; an answer may hold more than that day, or nothing."""
    day = empty_day(now, zone)
    rows = _once_each([row for row in read_rows(answer) if _is_of(day, row, zone)], day)
    zone_name = answer.get("installation_time_zone")
    return replace(
        day,
        installation_time_zone=zone_name if isinstance(zone_name, str) else None,
        read_at=now,
        rows=len(rows),
        sums=_sums(rows),
    )


def better(known: EnergyToday, found: EnergyToday) -> EnergyToday:
    """Return which of two reads to show: an answer that has lost rows is no correction."""
    if known.starts_at != found.starts_at or not known.rows:
        return found
    if found.rows is None or (found.rows < known.rows and _is_less(found.sums, known.sums)):
        return known
    return found


def _is_of(day: EnergyToday, row: EnergyRow, zone: tzinfo) -> bool:
    """Whether a row is of a day, by its instant or by its clock.

    Where Tesla's offset is not the site's, one of both is right all the same (charging.md 2.4): one offset has been seen
    on all rows of a day on which the clocks change, on right instants or on right clocks, and that of today on all history.
    """
    if day.starts_at is None or day.ends_at is None:
        return False
    begin, last = day.starts_at.astimezone(zone), (day.ends_at - timedelta(seconds=1)).astimezone(zone)
    of_day, offset = (begin.utcoffset(), last.utcoffset()), row.timestamp.utcoffset()
    is_utc = not offset and offset not in of_day
    if (is_utc or offset in of_day) and day.covers(row.timestamp):
        return True
    return not is_utc and row.timestamp.date() == begin.date()


def _once_each(rows: Iterable[EnergyRow], day: EnergyToday) -> list[EnergyRow]:
    """Return the rows without those that Tesla sends twice, of which the later one counts (charging.md 2.4).

    When the clocks are set back, an hour comes twice and may look the same.
    """
    has_an_hour_twice = day.starts_at is not None and day.ends_at is not None and day.ends_at - day.starts_at > _DAY
    found: list[EnergyRow] = []
    places: dict[str, int] = {}
    for row in rows:
        place = places.get(text := row.timestamp.isoformat())
        if place is None or (has_an_hour_twice and place != len(found) - 1):
            places[text] = len(found)
            found.append(row)
        else:
            found[place] = row
    return found


def _sums(rows: Iterable[EnergyRow]) -> EnergySums:
    """Add up; what no row names was zero (fleet_api.md 7.3)."""
    sums: dict[str, float] = {}
    for row in rows:
        for name, energy_wh in row.energies.items():
            sums[name] = sums.get(name, 0.0) + energy_wh
    for total, parts in TOTALS.items():
        of_parts = sum(sums.get(part, 0.0) for part in parts)
        if total not in sums or total in _AT_LEAST_ITS_PARTS:
            sums[total] = max(sums.get(total, 0.0), of_parts)
    return EnergySums(**{name: sums.get(name, 0.0) for name in ENERGIES})


def _is_less(found: EnergySums, known: EnergySums) -> bool:
    return any((getattr(found, name) or 0.0) < (getattr(known, name) or 0.0) for name in ENERGIES)
