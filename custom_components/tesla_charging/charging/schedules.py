"""The schedules of a car as one kind of thing, whatever its firmware: what there is, what a wish means, what to send.

Sources: fleet_api.md 5.3, 6.2 and 6.3; users.md 13.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from itertools import chain, count
import re
from typing import Any, Final, NamedTuple, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..fleet.commands import VehicleCommand
from ..fleet.models import Vehicle
from ..fleet.models.schedule import ChargeSchedule, PreconditionSchedule, ScheduleNote
from ..fleet.models.vehicle import ScheduledChargingMode, WeekTimes
from ..fleet.schedule_commands import (
    ADD_CHARGE_SCHEDULE,
    ADD_PRECONDITION_SCHEDULE,
    REMOVE_CHARGE_SCHEDULE,
    REMOVE_PRECONDITION_SCHEDULE,
    SET_SCHEDULED_CHARGING,
    SET_SCHEDULED_DEPARTURE,
)
from .week import ALL_DAYS, WEEKDAYS, Span, Week, moved, next_start, spans

_FIRST_FIRMWARE: Final = (2024, 26)
_NEAR_DEGREES: Final = 0.01  # about 1 km


class Kind(StrEnum):
    """What a schedule does."""

    CHARGE = "charge"
    PRECONDITION = "precondition"


# Older firmware has one of each kind, and no numbers for them.
LEGACY_IDS: Final = {Kind.CHARGE: 1, Kind.PRECONDITION: 2}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a schedule holds, in degrees; it does not show itself."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Home Assistant's own place and clock."""

    place: Place
    zone: tzinfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A schedule. `week` is by the clock of its place; for preconditioning its start is when the car is ready.

    legacy: whether it is the one setting that older firmware has.
    """

    kind: Kind
    id: int
    week: Week = field(default_factory=Week)
    name: str | None = None
    enabled: bool = True
    one_time: bool = False
    place: Place | None = None
    legacy: bool = False


class Changes(TypedDict, total=False):
    """What a person wants of a schedule, by Home Assistant's clock; None takes away."""

    name: str | None
    days: int
    start: int | None
    end: int | None
    enabled: bool
    one_time: bool
    place: Place
    time_zone: str


class Order(NamedTuple):
    """A command with its body."""

    command: VehicleCommand
    body: dict[str, Any]


class Flaw(StrEnum):
    """What is wrong with a wish; the value is the key of its sentence."""

    NO_DAY = "schedule_no_day"
    NO_TIME = "schedule_no_time"
    NO_LENGTH = "schedule_no_length"


# What there is


def has_schedules(vehicle: Vehicle) -> bool | None:
    """Return whether the firmware has schedules, None if nothing is known of the car."""
    if version := re.match(r"(\d+)\.(\d+)", vehicle.vehicle_state.car_version or ""):
        return (int(version[1]), int(version[2])) >= _FIRST_FIRMWARE
    if vehicle.charge_schedule_data.charge_schedules is not None:
        return True
    return None if vehicle.read_at is None else False


def known_schedules(vehicle: Vehicle, kind: Kind) -> tuple[Schedule, ...] | None:
    """Return the schedules of a kind, None if they are not known."""
    notes = {note.id: note for note in vehicle.schedule_notes}
    found: Iterable[ChargeSchedule | PreconditionSchedule] | None
    if kind is Kind.CHARGE:
        found = vehicle.charge_schedule_data.charge_schedules
    else:
        found = vehicle.preconditioning_schedule_data.precondition_schedules
    if has_schedules(vehicle) is False:
        return _legacy(vehicle, kind, notes.get(LEGACY_IDS[kind], ScheduleNote()))
    if found is None:
        return None
    read = (_schedule(one, notes.get(one.id, ScheduleNote())) for one in found)
    return tuple(one for one in read if one is not None)


def all_schedules(vehicle: Vehicle) -> tuple[Schedule, ...]:
    """Return all schedules that are known."""
    return tuple(one for kind in Kind for one in known_schedules(vehicle, kind) or ())


def _schedule(one: ChargeSchedule | PreconditionSchedule, note: ScheduleNote) -> Schedule | None:
    """Read a schedule; one without a number or a time is none. What is left out is off or zero."""
    if isinstance(one, ChargeSchedule):
        kind = Kind.CHARGE
        start = one.start_time or 0 if one.start_enabled else None
        end = one.end_time or 0 if one.end_enabled else None
    else:
        kind, start, end = Kind.PRECONDITION, one.precondition_time or 0, None
    if one.id is None or (start is None and end is None):
        return None
    return Schedule(
        kind=kind,
        id=one.id,
        week=Week(days=(one.days_of_week or 0) & ALL_DAYS, start=start, end=end),
        name=one.name or note.name,
        enabled=bool(one.enabled),
        one_time=bool(one.one_time),
        place=None if one.latitude is None or one.longitude is None else Place(one.latitude, one.longitude),
    )


def _legacy(vehicle: Vehicle, kind: Kind, note: ScheduleNote) -> tuple[Schedule, ...]:
    """Return the one setting of older firmware as a schedule, if it is on."""
    charge, days = vehicle.charge_state, ALL_DAYS
    mode = charge.scheduled_charging_mode
    if kind is Kind.CHARGE:
        on, start = mode is ScheduledChargingMode.START_AT, charge.scheduled_charging_start_time_app
    else:
        on = mode is ScheduledChargingMode.DEPART_BY and bool(charge.preconditioning_enabled)
        start = charge.scheduled_departure_time_minutes
        days = WEEKDAYS if charge.preconditioning_times is WeekTimes.WEEKDAYS else ALL_DAYS
    if not on or start is None:
        return ()
    week = Week(days=days, start=start)
    return (Schedule(kind=kind, id=LEGACY_IDS[kind], week=week, name=note.name, legacy=True),)


# Where and when


def near(one: Place, other: Place) -> bool:
    """Whether two places are one for a schedule."""
    apart = abs(one.latitude - other.latitude), abs(one.longitude - other.longitude)
    return max(apart) < _NEAR_DEGREES


def at_home(schedule: Schedule, home: Home) -> bool | None:
    """Return whether a schedule holds at home, None if Tesla does not say where."""
    return None if schedule.place is None else near(schedule.place, home.place)


def zone_at(vehicle: Vehicle, place: Place | None, home: Home) -> tzinfo:
    """Return the clock of a place: Home Assistant's, but for one elsewhere where the car is now."""
    drive, offset_s = vehicle.drive_state, vehicle.vehicle_config.utc_offset
    if place is None or near(place, home.place) or drive.latitude is None or drive.longitude is None:
        return home.zone
    if offset_s is None or abs(offset_s) >= 86_400 or not near(place, Place(drive.latitude, drive.longitude)):
        return home.zone
    return timezone(timedelta(seconds=offset_s))


def zone_of(vehicle: Vehicle, schedule: Schedule, home: Home) -> tzinfo:
    """Return the clock of a schedule: the one that was named for it, else that of its place."""
    named = noted_zone(vehicle, schedule)
    if named is not None:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(named)
    return zone_at(vehicle, schedule.place, home)


def noted_zone(vehicle: Vehicle, schedule: Schedule) -> str | None:
    """Return the time zone that was named for a schedule."""
    return next((note.time_zone for note in vehicle.schedule_notes if note.id == schedule.id), None)


def week_at_home(vehicle: Vehicle, schedule: Schedule, home: Home, now: datetime) -> Week:
    """Return the times of a schedule by Home Assistant's clock."""
    return moved(schedule.week, zone_of(vehicle, schedule, home), home.zone, now)


def occurrences(schedule: Schedule, zone: tzinfo, begin: datetime, end: datetime, now: datetime) -> list[Span]:
    """Return when an enabled schedule is at work between two times; a one-time schedule is so once, the next time."""
    if not schedule.enabled:
        return []
    if not schedule.one_time:
        return list(spans(schedule.week, zone, begin, end))
    coming = next(spans(schedule.week, zone, now, now + timedelta(days=9)), None)
    return [coming] if coming is not None and coming[0] < end and coming[1] > begin else []


def next_of_kind(vehicle: Vehicle, kind: Kind, home: Home, now: datetime) -> datetime | None:
    """Return when an enabled schedule of a kind starts next, or the car is ready next."""
    starts = [
        next_start(one.week, zone_of(vehicle, one, home), now)
        for one in known_schedules(vehicle, kind) or ()
        if one.enabled
    ]
    return min((start for start in starts if start is not None), default=None)


# What a wish means


def flaw_of(schedule: Schedule) -> Flaw | None:
    """Return what keeps a schedule from making sense."""
    week = schedule.week
    if not week.days & ALL_DAYS:
        return Flaw.NO_DAY
    if week.start is None and week.end is None:
        return Flaw.NO_TIME
    return Flaw.NO_LENGTH if week.start == week.end else None


def changed(schedule: Schedule, changes: Changes) -> Schedule:
    """Return a schedule with what a person wants of it."""
    week = schedule.week
    return replace(
        schedule,
        week=Week(
            days=changes.get("days", week.days),
            start=changes.get("start", week.start),
            end=changes.get("end", week.end),
        ),
        name=changes.get("name", schedule.name) or None,
        enabled=changes.get("enabled", schedule.enabled),
        one_time=changes.get("one_time", schedule.one_time),
        place=changes.get("place", schedule.place),
    )


def match(schedules: Iterable[Schedule], wanted: Schedule, number: int | None) -> Schedule | None:
    """Return the schedule that a wish is for: of its id, else its name, else its place, time and days."""
    known = list(schedules)
    if number is not None:
        return next((one for one in known if one.id == number), None)
    named = (one for one in known if wanted.name is not None and one.name == wanted.name)
    alike = (one for one in known if one.week == wanted.week and _same_place(one.place, wanted.place))
    return next(chain(named, alike), None)


def _same_place(one: Place | None, other: Place | None) -> bool:
    return one is None or other is None or near(one, other)


def new_id(vehicle: Vehicle, now: datetime) -> int:
    """Return a number for a new schedule that none has: the time, as Tesla does it."""
    taken = {one.id for one in all_schedules(vehicle)} | {note.id for note in vehicle.schedule_notes}
    return next(number for number in count(int(now.astimezone(UTC).timestamp())) if number not in taken)


def room_for(vehicle: Vehicle, kind: Kind) -> int | None:
    """Return how many schedules of a kind the car keeps at the most, None if it does not say."""
    if kind is Kind.CHARGE:
        return vehicle.charge_schedule_data.max_num_charge_schedules
    return vehicle.preconditioning_schedule_data.max_num_precondition_schedules


def noted(vehicle: Vehicle, schedule: Schedule, time_zone: str | None) -> tuple[ScheduleNote, ...]:
    """Return the notes with those on a schedule, and without those on schedules that are gone."""
    there = {one.id for one in all_schedules(vehicle)} - {schedule.id}
    kept = tuple(note for note in vehicle.schedule_notes if note.id in there)
    if schedule.name is None and time_zone is None:
        return kept
    return (*kept, ScheduleNote(id=schedule.id, name=schedule.name, time_zone=time_zone))


# What to send


def legacy_can(schedule: Schedule) -> bool:
    """Whether older firmware can do it: one start time on all days, or one time to be ready, also on weekdays only."""
    days = {ALL_DAYS} if schedule.kind is Kind.CHARGE else {ALL_DAYS, WEEKDAYS}
    week = schedule.week
    return week.end is None and week.start is not None and week.days in days and not schedule.one_time


def order_to_set(vehicle: Vehicle, schedule: Schedule, home: Home) -> Order:
    """Return the command that makes a schedule be as it is here; where Tesla does not say its place, it is at home."""
    week, place = schedule.week, schedule.place or home.place
    if schedule.legacy:
        return _legacy_order(vehicle, schedule, on=schedule.enabled)
    body: dict[str, Any] = {
        "id": schedule.id,
        "days_of_week": week.days,
        "enabled": schedule.enabled,
        "one_time": schedule.one_time,
        "lat": place.latitude,
        "lon": place.longitude,
    }
    if vehicle.signs:
        body["name"] = schedule.name or ""
    if schedule.kind is Kind.PRECONDITION:
        return Order(ADD_PRECONDITION_SCHEDULE, {**body, "precondition_time": week.start})
    times = {"start_time": week.start, "end_time": week.end}
    return Order(ADD_CHARGE_SCHEDULE, body | {key: at for key, at in times.items() if at is not None})


def order_to_remove(vehicle: Vehicle, schedule: Schedule) -> Order:
    """Return the command that makes a schedule go."""
    if schedule.legacy:
        return _legacy_order(vehicle, schedule, on=False)
    charge = schedule.kind is Kind.CHARGE
    return Order(REMOVE_CHARGE_SCHEDULE if charge else REMOVE_PRECONDITION_SCHEDULE, {"id": schedule.id})


def _legacy_order(vehicle: Vehicle, schedule: Schedule, *, on: bool) -> Order:
    """Return the command of older firmware; a departure keeps what the car does off-peak."""
    week, charge = schedule.week, vehicle.charge_state
    if schedule.kind is Kind.CHARGE:
        return Order(SET_SCHEDULED_CHARGING, {"enable": on, "time": week.start})
    departs = charge.scheduled_charging_mode is ScheduledChargingMode.DEPART_BY
    off_peak = bool(departs and charge.off_peak_charging_enabled)
    body = {
        "enable": on or off_peak,
        "departure_time": week.start,
        "preconditioning_enabled": on,
        "preconditioning_weekdays_only": on and week.days == WEEKDAYS,
        "off_peak_charging_enabled": off_peak,
        "off_peak_charging_weekdays_only": off_peak and charge.off_peak_charging_times is WeekTimes.WEEKDAYS,
        "end_off_peak_time": charge.off_peak_hours_end_time or 0,
    }
    return Order(SET_SCHEDULED_DEPARTURE, body)
