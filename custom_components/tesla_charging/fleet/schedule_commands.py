"""The commands that plan charging and preconditioning (fleet_api.md 6.2 and 6.3).

Schedules came with firmware 2024.26. Older cars know one start time and one departure; newer ones take the commands for
those too, but keep another schedule for each (users.md 13).
"""

from dataclasses import fields, replace
from typing import Any, Final

from .commands import Command, VehicleCommand
from .models import Vehicle
from .models.schedule import ChargeSchedule, PreconditionSchedule
from .models.vehicle import ChargeState, ScheduledChargingMode, WeekTimes

# In the order of the bits (fleet_api.md 5.3).
DAY_NAMES: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
# Places are approximate, and signed commands carry them in 32 bits: about 100 m are the same place.
_SAME_PLACE_DEGREES: Final = 0.001


def _unsigned(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with the days by their names."""
    names = [name for bit, name in enumerate(DAY_NAMES) if body["days_of_week"] >> bit & 1]
    return {**body, "days_of_week": ",".join(names)}


def _same[S: (ChargeSchedule, PreconditionSchedule)](known: S, wanted: S) -> bool:
    """Whether two schedules are one, but for what a car rounds; what it leaves out is off, zero or empty."""
    values = {item.name: (getattr(known, item.name), getattr(wanted, item.name)) for item in fields(wanted)}
    places = values.pop("latitude"), values.pop("longitude")
    return all((one or None) == (other or None) for one, other in values.values()) and all(
        one is None or other is None or abs(one - other) < _SAME_PLACE_DEGREES for one, other in places
    )


def _put[S: (ChargeSchedule, PreconditionSchedule)](known: tuple[S, ...] | None, wanted: S) -> tuple[S, ...]:
    """Return the schedules with another one, in the place of the one that has its id."""
    schedules = {one.id: one for one in known or ()}
    before = schedules.get(wanted.id)
    if before is not None and wanted.name is None:
        wanted = replace(wanted, name=before.name)
    if before is None or not _same(before, wanted):
        schedules[wanted.id] = wanted
    return tuple(schedules.values())


def _without[S: (ChargeSchedule, PreconditionSchedule)](
    known: tuple[S, ...] | None, number: int
) -> tuple[S, ...] | None:
    return None if known is None else tuple(one for one in known if one.id != number)


def _charge(vehicle: Vehicle, schedules: tuple[ChargeSchedule, ...] | None) -> Vehicle:
    return replace(vehicle, charge_schedule_data=replace(vehicle.charge_schedule_data, charge_schedules=schedules))


def _precondition(vehicle: Vehicle, schedules: tuple[PreconditionSchedule, ...] | None) -> Vehicle:
    data = replace(vehicle.preconditioning_schedule_data, precondition_schedules=schedules)
    return replace(vehicle, preconditioning_schedule_data=data)


def _add_charge(
    vehicle: Vehicle, *, lat: float, lon: float, start_time: int | None = None, end_time: int | None = None, **rest: Any
) -> Vehicle:
    known = vehicle.charge_schedule_data.charge_schedules
    before = next((one for one in known or () if one.id == rest["id"]), ChargeSchedule())
    wanted = ChargeSchedule(
        start_enabled=start_time is not None,
        start_time=before.start_time if start_time is None else start_time,
        end_enabled=end_time is not None,
        end_time=before.end_time if end_time is None else end_time,
        latitude=lat,
        longitude=lon,
        **rest,
    )
    return _charge(vehicle, _put(known, wanted))


def _add_precondition(vehicle: Vehicle, *, lat: float, lon: float, **rest: Any) -> Vehicle:
    wanted = PreconditionSchedule(latitude=lat, longitude=lon, **rest)
    return _precondition(vehicle, _put(vehicle.preconditioning_schedule_data.precondition_schedules, wanted))


def _set(vehicle: Vehicle, mode: ScheduledChargingMode, changes: dict[str, Any]) -> Vehicle:
    charge: ChargeState = replace(vehicle.charge_state, scheduled_charging_mode=mode, **changes)
    return replace(vehicle, charge_state=charge)


def _start_at(vehicle: Vehicle, *, enable: bool, time: int) -> Vehicle:
    if not enable:
        return _set(vehicle, ScheduledChargingMode.OFF, {})
    return _set(vehicle, ScheduledChargingMode.START_AT, {"scheduled_charging_start_time_app": time})


def _depart_by(
    vehicle: Vehicle,
    *,
    enable: bool,
    departure_time: int,
    preconditioning_enabled: bool,
    preconditioning_weekdays_only: bool,
    **_: object,
) -> Vehicle:
    if not enable:
        return _set(vehicle, ScheduledChargingMode.OFF, {})
    changes: dict[str, Any] = {
        "scheduled_departure_time_minutes": departure_time,
        "preconditioning_enabled": preconditioning_enabled,
    }
    if preconditioning_enabled:
        changes["preconditioning_times"] = WeekTimes.WEEKDAYS if preconditioning_weekdays_only else WeekTimes.ALL_WEEK
    return _set(vehicle, ScheduledChargingMode.DEPART_BY, changes)


# Adding and removing the same schedule settle the same thing, and so do the two old commands.
_CHARGE: Final = "charge_schedule"
_PRECONDITION: Final = "precondition_schedule"
_OLD: Final = "scheduling"

ADD_CHARGE_SCHEDULE: Final[VehicleCommand] = Command(
    name="add_charge_schedule", about=_CHARGE, effect=_add_charge, unsigned_body=_unsigned
)
REMOVE_CHARGE_SCHEDULE: Final[VehicleCommand] = Command(
    name="remove_charge_schedule",
    about=_CHARGE,
    effect=lambda vehicle, id: _charge(vehicle, _without(vehicle.charge_schedule_data.charge_schedules, id)),
)
ADD_PRECONDITION_SCHEDULE: Final[VehicleCommand] = Command(
    name="add_precondition_schedule", about=_PRECONDITION, effect=_add_precondition, unsigned_body=_unsigned
)
REMOVE_PRECONDITION_SCHEDULE: Final[VehicleCommand] = Command(
    name="remove_precondition_schedule",
    about=_PRECONDITION,
    effect=lambda vehicle, id: _precondition(
        vehicle, _without(vehicle.preconditioning_schedule_data.precondition_schedules, id)
    ),
)
SET_SCHEDULED_CHARGING: Final[VehicleCommand] = Command(name="set_scheduled_charging", about=_OLD, effect=_start_at)
SET_SCHEDULED_DEPARTURE: Final[VehicleCommand] = Command(name="set_scheduled_departure", about=_OLD, effect=_depart_by)
# Which of the schedules go the car alone knows: they go by its own idea of home and work.
BATCH_REMOVE_CHARGE_SCHEDULES: Final[VehicleCommand] = Command(
    name="batch_remove_charge_schedules", about=_CHARGE, effect=lambda vehicle, **_: vehicle, foreseen=lambda _: False
)
BATCH_REMOVE_PRECONDITION_SCHEDULES: Final[VehicleCommand] = Command(
    name="batch_remove_precondition_schedules",
    about=_PRECONDITION,
    effect=lambda vehicle, **_: vehicle,
    foreseen=lambda _: False,
)
