"""Charging and preconditioning schedules, in the car's local time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from .station import Place, Station

# fleet_api.md 5.3: Sunday is bit 0; fleet_api.md 6.3: the names Tesla's proxy knows.
_NAMES = (("SUN",), ("MON",), ("TUES",), ("WED",), ("THURS",), ("FRI",), ("SAT",))
FULL_DAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
ALL_DAYS = 127
WEEKDAYS = 62
DAYS = {
    "ALL": ALL_DAYS,
    "WEEKDAYS": WEEKDAYS,
    **{name: 1 << bit for bit, names in enumerate(_NAMES) for name in (*names, FULL_DAYS[bit])},
}
LATE_START_S = 6 * 3600  # owner's manual: plugged in within six hours after the start time, the car starts at once
NEAR_DEGREES = 0.01


@dataclass
class ChargeSchedule:
    """An entry of charge_schedule_data.charge_schedules, fleet_api.md 5.3."""

    id: int
    name: str
    days_of_week: int
    start_enabled: bool
    start_time: int
    end_enabled: bool
    end_time: int
    one_time: bool
    enabled: bool
    latitude: float
    longitude: float


@dataclass
class PreconditionSchedule:
    """An entry of preconditioning_schedule_data.precondition_schedules, fleet_api.md 5.3."""

    id: int
    name: str
    days_of_week: int
    precondition_time: int
    one_time: bool
    enabled: bool
    latitude: float
    longitude: float


@dataclass
class Plan:
    """Everything the car knows of times; minutes after local midnight."""

    mode: str = "Off"
    start_minutes: int = 0
    departure_minutes: int = 420
    preconditioning: bool = False
    preconditioning_weekdays_only: bool = False
    off_peak: bool = False
    off_peak_weekdays_only: bool = False
    off_peak_end_minutes: int = 360
    charge: dict[int, ChargeSchedule] = field(default_factory=dict)
    precondition: dict[int, PreconditionSchedule] = field(default_factory=dict)


@dataclass(frozen=True)
class Gate:
    """Whether charging may start now, when it next does, and when it must end (epoch s)."""

    open: bool = True
    start: float | None = None
    end: float | None = None


OPEN = Gate()


def parse_days(text: str) -> int | None:
    """Return the bitmask of a comma list of day names, None for an unknown name."""
    masks = [DAYS.get(name.strip().upper()) for name in text.split(",")]
    known = [mask for mask in masks if mask is not None]
    return (
        sum(1 << bit for bit in range(7) if any(mask >> bit & 1 for mask in known))
        if len(known) == len(masks)
        else None
    )


def near(
    here: Place | Station | ChargeSchedule | PreconditionSchedule,
    schedule: Place | Station | ChargeSchedule | PreconditionSchedule,
) -> bool:
    """Tell whether a schedule belongs to a place (about 1 km)."""
    apart = (abs(here.latitude - schedule.latitude), abs(here.longitude - schedule.longitude))
    return max(apart) < NEAR_DEGREES


def _times(days: int, minutes: int, now: float, zone: ZoneInfo) -> Iterable[float]:
    today = datetime.fromtimestamp(now, zone).date()
    for offset in range(-7, 9):
        day = today + timedelta(days=offset)
        if days >> (day.isoweekday() % 7) & 1:
            clock = time(minutes // 60, minutes % 60)
            yield datetime.combine(day, clock, zone).timestamp()


def next_time(days: int, minutes: int, now: float, zone: ZoneInfo) -> float | None:
    """Return the first such time after `now`."""
    return min((at for at in _times(days, minutes, now, zone) if at > now + 1e-3), default=None)


def last_time(days: int, minutes: int, now: float, zone: ZoneInfo) -> float | None:
    """Return the last such time up to `now`."""
    return max((at for at in _times(days, minutes, now, zone) if at <= now + 1e-3), default=None)


def soonest(times: Iterable[float | None]) -> float | None:
    """Return the earliest of the known times."""
    return min((at for at in times if at is not None), default=None)


def charge_gate(plan: Plan, now: float, here: Place, zone: ZoneInfo, needed_s: float) -> Gate:
    """Return what the plan says for a car that is at `here` and needs `needed_s` of charging."""
    local = [schedule for schedule in plan.charge.values() if schedule.enabled and near(here, schedule)]
    starts = [(one.days_of_week, one.start_time) for one in local if one.start_enabled]
    ends = [(one.days_of_week, one.end_time) for one in local if one.end_enabled]
    if plan.mode == "StartAt":
        starts.append((ALL_DAYS, plan.start_minutes))
    next_end = soonest(next_time(*end, now, zone) for end in ends)
    next_start = soonest(next_time(*start, now, zone) for start in starts)
    late = [at for start in starts if (at := last_time(*start, now, zone)) and now - at < LATE_START_S]
    ended = [at for end in ends if (at := last_time(*end, now, zone))]
    is_open = not starts or bool(late and max(late) > max(ended, default=0.0))
    if plan.mode == "DepartBy" and plan.off_peak:
        days = WEEKDAYS if plan.off_peak_weekdays_only else ALL_DAYS
        ready = next_time(days, plan.off_peak_end_minutes, now, zone)
        start = ready - needed_s if ready else now
        is_open = start <= now + 1 and (is_open or not starts)
        next_start = soonest((next_start, start if start > now + 1 else None))
    return Gate(is_open, next_start, next_end)


def spend(plan: Plan, now: float, here: Place, zone: ZoneInfo) -> None:
    """Switch off the one-time schedules whose last time is now."""
    for one in plan.charge.values():
        at = last_time(one.days_of_week, one.end_time if one.end_enabled else one.start_time, now, zone)
        if one.one_time and near(here, one) and at is not None and now - at < 1:
            one.enabled = False


def next_preconditioning(plan: Plan, after: float, here: Place, zone: ZoneInfo) -> float | None:
    """Return when the car must next be ready, after `after`."""
    times = [
        next_time(one.days_of_week, one.precondition_time, after, zone)
        for one in plan.precondition.values()
        if one.enabled and near(here, one)
    ]
    if plan.mode == "DepartBy" and plan.preconditioning:
        days = WEEKDAYS if plan.preconditioning_weekdays_only else ALL_DAYS
        times.append(next_time(days, plan.departure_minutes, after, zone))
    return soonest(times)


def spend_preconditioning(plan: Plan, ready: float, here: Place, zone: ZoneInfo) -> None:
    """Switch off the one-time preconditioning schedules that were for `ready`."""
    for one in plan.precondition.values():
        at = last_time(one.days_of_week, one.precondition_time, ready, zone)
        if one.one_time and near(here, one) and at is not None and ready - at < 1:
            one.enabled = False
