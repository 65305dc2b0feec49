"""What has flowed today: the rows of the day in the site's own time zone, summed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from ..fleet.models.energy_day import ENERGIES, EnergyRow, EnergySums, read_rows
from ..fleet.models.site import EnergyToday
from .clock import place, span_of

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
    begin, end = (datetime.fromtimestamp(at, UTC) for at in span_of(now.astimezone(zone).date(), zone))
    return begin, end


def empty_day(now: datetime, zone: tzinfo) -> EnergyToday:
    """Return the day that it is now in a time zone, on which nothing has flowed yet."""
    starts_at, ends_at = day_of(now, zone)
    return EnergyToday(starts_at=starts_at, ends_at=ends_at, rows=0, sums=EnergySums(**dict.fromkeys(ENERGIES, 0.0)))


def read_day(answer: Mapping[str, object], now: datetime, zone: tzinfo) -> EnergyToday:
    """Return the sums of the day that it is now; an answer may hold more than that day, or nothing."""
    day, rows = empty_day(now, zone), read_rows(answer)
    start, end = span_of(now.astimezone(zone).date(), zone)
    places = place([row.timestamp for row in rows], now.astimezone(zone).date(), zone, now.timestamp())
    # Of what Tesla sends twice, the later row counts.
    of_day = {at: row for at, row in zip(places, rows, strict=True) if start <= at < end}
    zone_name = answer.get("installation_time_zone")
    return replace(
        day,
        installation_time_zone=zone_name if isinstance(zone_name, str) else None,
        read_at=now,
        rows=len(of_day),
        sums=_sums(of_day.values()),
    )


def better(known: EnergyToday, found: EnergyToday) -> EnergyToday:
    """Return which of two reads to show: an answer that has lost rows is no correction."""
    if known.starts_at != found.starts_at or not known.rows:
        return found
    if found.rows is None or (found.rows < known.rows and _is_less(found.sums, known.sums)):
        return known
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
