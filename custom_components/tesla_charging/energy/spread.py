"""Stretches of time, such as charges and outages: read from Tesla's answers, and spread over hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math
from typing import Final

from .clock import HOUR_S, read_stamp

# There was no Tesla before 2001, and nothing that goes on for longer than a month is what it says.
_EARLIEST: Final = 1e9
_LONGEST: Final = 31 * 86_400.0


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Something that began (epoch seconds) and went on for some seconds; a charge has an energy."""

    start: int
    seconds: int
    energy_wh: float = 0.0


def _number(value: object) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("seconds")
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _items(answer: object, *keys: str) -> list[Mapping[str, object]]:
    for key in keys:
        items = answer.get(key) if isinstance(answer, Mapping) else None
        if isinstance(items, list):
            return [item for item in items if isinstance(item, Mapping)]
    return []


def _stretch(start: float | None, seconds: float | None, energy_wh: float | None) -> Stretch | None:
    if start is None or seconds is None or energy_wh is None:
        return None
    if start < _EARLIEST or start > 1e11 or not 0 <= seconds <= _LONGEST or energy_wh < 0:
        return None
    return Stretch(round(start), round(seconds), energy_wh)


def read_charges(answer: object) -> list[Stretch]:
    """Read telemetry_history of kind charge, in either of its two shapes (fleet_api.md 7.4)."""
    found = (
        _stretch(*(_number(item.get(key)) for key in ("charge_start_time", "charge_duration", "energy_added_wh")))
        for item in _items(answer, "charge_history", "time_series")
    )
    return [one for one in found if one is not None]


def read_outages(answer: object) -> list[Stretch]:
    """Read calendar_history of kind backup (fleet_api.md 7.3)."""
    found = []
    for item in _items(answer, "events"):
        stamp = read_stamp(item.get("timestamp"))
        one = _stretch(stamp.timestamp() if stamp else None, _number(item.get("duration")), 0.0)
        if one is not None:
            found.append(one)
    return found


def take(known: Iterable[Stretch], new: Iterable[Stretch], most: int) -> list[Stretch]:
    """Return what is known with what is new, by start, the newest `most`; of two that begin alike the longer one stays."""
    found: dict[int, Stretch] = {}
    for one in (*known, *new):
        before = found.get(one.start)
        if before is None or (one.seconds, one.energy_wh) >= (before.seconds, before.energy_wh):
            found[one.start] = one
    return sorted(found.values())[-most:]


def energy_by_hour(stretches: Iterable[Stretch]) -> dict[int, float]:
    """Return the energy of each hour in kWh; it flows evenly as long as a charge lasts."""
    hours: dict[int, float] = {}
    for one in stretches:
        if not one.seconds:
            hour = one.start - one.start % HOUR_S
            hours[hour] = hours.get(hour, 0.0) + one.energy_wh / 1000
        for hour, seconds in _by_hour(one):
            hours[hour] = hours.get(hour, 0.0) + one.energy_wh / 1000 * seconds / one.seconds
    return hours


def time_by_hour(stretches: Iterable[Stretch]) -> dict[int, float]:
    """Return how much of each hour is within a stretch, in hours."""
    hours: dict[int, float] = {}
    for one in stretches:
        for hour, seconds in _by_hour(one):
            hours[hour] = hours.get(hour, 0.0) + seconds / HOUR_S
    return hours


def _by_hour(one: Stretch) -> list[tuple[int, int]]:
    if not one.seconds:
        return []
    end = one.start + one.seconds
    hours = range(one.start - one.start % HOUR_S, end, HOUR_S)
    return [(hour, min(end, hour + HOUR_S) - max(one.start, hour)) for hour in hours]
