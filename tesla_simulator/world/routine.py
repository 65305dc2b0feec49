"""A daily life: departures of a car, the same on every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from .schedules import DAYS, WEEKDAYS, next_time
from .station import Place, Station

JITTER_S = 600.0


@dataclass(frozen=True)
class Departure:
    """A drive at `at` minutes after midnight on days of a bitmask (Sun=1), to a place or a plug."""

    at: int
    minutes: float
    destination: Place | Station | None = None
    plug_in: bool = False
    days: int = WEEKDAYS
    speed_kmh: float = 60.0


def commute(work: Place, home: Station) -> list[Departure]:
    """Return a working week: out at 7:40, home at 17:20 and onto the plug."""
    return [Departure(460, 35, work), Departure(1040, 40, home, plug_in=True)]


def outing(away: Place, home: Station) -> list[Departure]:
    """Return a Saturday at `away`, back home and onto the plug in the evening."""
    saturday = DAYS["SATURDAY"]
    return [
        Departure(600, 70, away, days=saturday, speed_kmh=80),
        Departure(1110, 70, home, plug_in=True, days=saturday, speed_kmh=80),
    ]


def next_departure(
    routine: Sequence[Departure], now: float, zone: ZoneInfo, seed: str
) -> tuple[float, Departure] | None:
    """Return the first departure after `now`; each is a few minutes off, as people are."""
    coming = []
    for number, departure in enumerate(routine):
        at = now - JITTER_S
        while (at := next_time(departure.days, departure.at, at, zone) or 0.0) > 0:
            day = datetime.fromtimestamp(at, zone).date()
            late = at + Random(f"{seed}/{number}/{day}").uniform(-JITTER_S, JITTER_S)
            if late > now:
                coming.append((late, number, departure))
                break
    return (min(coming)[0], min(coming)[2]) if coming else None
