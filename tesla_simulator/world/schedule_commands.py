"""The commands that plan charging and preconditioning, fleet_api.md 6.2, 6.3 and users.md 13."""

from collections.abc import Callable, Container
from itertools import count
from typing import TYPE_CHECKING

from .params import DONE, CommandResult, Params, refused
from .schedules import ALL_DAYS, WEEKDAYS, ChargeSchedule, PreconditionSchedule, near
from .station import Place

if TYPE_CHECKING:
    from .car import Car


def _scheduled_charging(car: Car, params: Params) -> CommandResult:
    enable, minutes = params.boolean("enable"), params.minutes("time")
    plan, place = car.charger.plan, car.charger.place
    if enable and car.legacy_adds:
        return _keep(
            car,
            plan.charge,
            ChargeSchedule(
                _free_id(car, plan.charge),
                name="",
                days_of_week=ALL_DAYS,
                start_enabled=True,
                start_time=minutes,
                end_enabled=False,
                end_time=0,
                one_time=False,
                enabled=True,
                latitude=place.latitude,
                longitude=place.longitude,
            ),
        )
    plan.mode = "StartAt" if enable else "Off"
    plan.start_minutes = minutes if enable else plan.start_minutes
    car.plan_changed()
    return DONE


def _scheduled_departure(car: Car, params: Params) -> CommandResult:
    enable = params.boolean("enable")
    departure, off_peak_end = (params.minutes("departure_time"), params.minutes("end_off_peak_time"))
    flags = {
        "preconditioning": params.boolean("preconditioning_enabled", False),
        "preconditioning_weekdays_only": params.boolean("preconditioning_weekdays_only", False),
        "off_peak": params.boolean("off_peak_charging_enabled", False),
        "off_peak_weekdays_only": params.boolean("off_peak_charging_weekdays_only", False),
    }
    if enable and car.legacy_adds:
        return _add_departure(car, departure, off_peak_end, flags)
    plan = car.charger.plan
    plan.mode = "DepartBy" if enable else "Off"
    if enable:
        plan.departure_minutes, plan.off_peak_end_minutes = departure, off_peak_end
        for name, value in flags.items():
            setattr(plan, name, value)
    car.plan_changed()
    return DONE


def _add_departure(car: Car, departure: int, off_peak_end: int, flags: dict[str, bool]) -> CommandResult:
    """Keep a departure as schedules; which ones is UNCONFIRMED (users.md 13)."""
    plan, place = car.charger.plan, car.charger.place
    if flags["off_peak"]:
        cheap = ChargeSchedule(
            _free_id(car, plan.charge),
            name="",
            days_of_week=WEEKDAYS if flags["off_peak_weekdays_only"] else ALL_DAYS,
            start_enabled=False,
            start_time=0,
            end_enabled=True,
            end_time=off_peak_end,
            one_time=False,
            enabled=True,
            latitude=place.latitude,
            longitude=place.longitude,
        )
        if not (kept := _keep(car, plan.charge, cheap)).result:
            return kept
    warm = PreconditionSchedule(
        _free_id(car, plan.precondition),
        name="",
        days_of_week=WEEKDAYS if flags["preconditioning_weekdays_only"] else ALL_DAYS,
        precondition_time=departure,
        one_time=False,
        enabled=flags["preconditioning"],
        latitude=place.latitude,
        longitude=place.longitude,
    )
    return _keep(car, plan.precondition, warm)


def _free_id(car: Car, taken: Container[int]) -> int:
    """Return an id for a new schedule: the time (fleet_api.md 6.3)."""
    return next(number for number in count(int(car.now)) if number not in taken)


def _new_id(car: Car, params: Params, taken: Container[int]) -> int:
    """Return the id that was given, or a free one."""
    return int(params.number("id")) if "id" in params.body else _free_id(car, taken)


def _keep[S: (ChargeSchedule, PreconditionSchedule)](car: Car, schedules: dict[int, S], schedule: S) -> CommandResult:
    """Add or change a schedule, unless the car has as many as it can keep; its words for that are UNCONFIRMED."""
    if schedule.id not in schedules and len(schedules) >= car.schedules_max:
        return refused(car.schedules_full_reason)
    schedules[schedule.id] = schedule
    car.plan_changed()
    return DONE


def _add_charge(car: Car, params: Params) -> CommandResult:
    start_enabled, end_enabled = (params.boolean("start_enabled"), params.boolean("end_enabled"))
    schedules = car.charger.plan.charge
    schedule = ChargeSchedule(
        _new_id(car, params, schedules),
        params.text("name", ""),
        params.days("days_of_week"),
        start_enabled,
        params.minutes("start_time", None if start_enabled else 0),
        end_enabled,
        params.minutes("end_time", None if end_enabled else 0),
        params.boolean("one_time", False),
        params.boolean("enabled"),
        params.number("lat"),
        params.number("lon"),
    )
    return _keep(car, schedules, schedule)


def _add_precondition(car: Car, params: Params) -> CommandResult:
    schedules = car.charger.plan.precondition
    schedule = PreconditionSchedule(
        _new_id(car, params, schedules),
        params.text("name", ""),
        params.days("days_of_week"),
        params.minutes("precondition_time", None),
        params.boolean("one_time", False),
        params.boolean("enabled"),
        params.number("lat"),
        params.number("lon"),
    )
    return _keep(car, schedules, schedule)


def _remove_charge(car: Car, params: Params) -> CommandResult:
    car.charger.plan.charge.pop(int(params.number("id")), None)
    car.plan_changed()
    return DONE


def _remove_precondition(car: Car, params: Params) -> CommandResult:
    car.charger.plan.precondition.pop(int(params.number("id")), None)
    car.plan_changed()
    return DONE


def _kept[S: (ChargeSchedule, PreconditionSchedule)](car: Car, params: Params, schedules: dict[int, S]) -> dict[int, S]:
    """Return the schedules of the places that were not named; the car knows no work, all but home is other."""
    home, _, other = (params.boolean(place, False) for place in ("home", "work", "other"))
    where = Place(car.home.latitude, car.home.longitude)
    return {one.id: one for one in schedules.values() if not (home if near(where, one) else other)}


def _remove_charges(car: Car, params: Params) -> CommandResult:
    car.charger.plan.charge = _kept(car, params, car.charger.plan.charge)
    car.plan_changed()
    return DONE


def _remove_preconditions(car: Car, params: Params) -> CommandResult:
    car.charger.plan.precondition = _kept(car, params, car.charger.plan.precondition)
    car.plan_changed()
    return DONE


SCHEDULE_COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "add_charge_schedule": _add_charge,
    "remove_charge_schedule": _remove_charge,
    "add_precondition_schedule": _add_precondition,
    "remove_precondition_schedule": _remove_precondition,
    "batch_remove_charge_schedules": _remove_charges,
    "batch_remove_precondition_schedules": _remove_preconditions,
}
"""Commands that came with firmware 2024.26 (fleet_api.md 6.3)."""

LEGACY_COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "set_scheduled_charging": _scheduled_charging,
    "set_scheduled_departure": _scheduled_departure,
}
"""Commands of before, still taken (fleet_api.md 6.2)."""
