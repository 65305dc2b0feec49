"""The charging commands, fleet_api.md 6.2 and 6.3, with Tesla's reasons for refusing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .charging import LIMIT_MAX, LIMIT_MIN, LIMIT_STD
from .schedules import ChargeSchedule, PreconditionSchedule, near, parse_days
from .station import Place

if TYPE_CHECKING:
    from .car import Car

LOW_AMPS = 5  # fleet_api.md 6.2: below it the command has to be sent twice
LOW_AMPS_WITHIN_S = 60.0
DAY_MINUTES = 24 * 60
NUMBER_MAX = 2**53


class CommandRefused(Exception):
    """The car cannot hear a command: it sleeps or is out of reach."""


class UnknownCommand(Exception):
    """No such command or endpoint."""


class InvalidParameter(Exception):
    """A parameter is missing or of the wrong type; str() is Tesla's words (fleet_api.md 6.2)."""


@dataclass(frozen=True)
class CommandResult:
    """The car's answer, fleet_api.md 6.1."""

    result: bool
    reason: str = ""


DONE = CommandResult(True)


def refused(reason: str) -> CommandResult:
    """Return a refusal."""
    return CommandResult(False, reason)


@dataclass(frozen=True)
class Params:
    """Strictly typed reading of a body: a number is a JSON number, a boolean a JSON boolean (fleet_api.md 6.2)."""

    body: dict[str, object]

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number; required without a default."""
        value = self.body.get(key, default)
        if value is None:
            raise InvalidParameter(f"missing {key} param")
        if isinstance(value, bool) or not isinstance(value, int | float) or not -NUMBER_MAX < value < NUMBER_MAX:
            raise InvalidParameter(f"invalid {key} param")
        return value

    def boolean(self, key: str, default: bool | None = None) -> bool:
        """Return a boolean; required without a default."""
        value = self.body.get(key, default)
        if value is None:
            raise InvalidParameter(f"missing {key} param")
        if not isinstance(value, bool):
            raise InvalidParameter(f"invalid {key} param")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; required without a default."""
        value = self.body.get(key, default)
        if value is None:
            raise InvalidParameter(f"missing {key} param")
        if not isinstance(value, str):
            raise InvalidParameter(f"invalid {key} param")
        return value

    def minutes(self, key: str, default: int | None = 0) -> int:
        """Return minutes after midnight."""
        value = int(self.number(key, default))
        if not 0 <= value < DAY_MINUTES:
            raise InvalidParameter(f"invalid {key} param")
        return value

    def days(self, key: str) -> int:
        """Return the bitmask of a list of English day names."""
        if not (mask := parse_days(self.text(key))):
            raise InvalidParameter(f"invalid {key} param")
        return mask


def _charge_start(car: Car, params: Params) -> CommandResult:
    charger = car.charger
    reasons = {
        "disconnected": charger.station is None,
        "no_power": charger.state == "NoPower",
        "requested": charger.state == "Starting",
        "is_charging": charger.state == "Charging",
        "complete": charger.full,
    }
    if reason := next((reason for reason, applies in reasons.items() if applies), ""):
        return refused(reason)
    charger.start_now()
    return DONE


def _charge_stop(car: Car, params: Params) -> CommandResult:
    if not car.charger.active:
        return refused("not_charging")
    car.charger.stop_now(car.now)
    return DONE


def _set_limit(car: Car, limit: int) -> CommandResult:
    car.charger.limit = limit
    if car.charger.state == "Complete":
        car.charger.decide(car.now)
    return DONE


def _charge_standard(car: Car, params: Params) -> CommandResult:
    return refused("already_standard") if car.charger.limit <= LIMIT_STD else _set_limit(car, LIMIT_STD)


def _charge_max_range(car: Car, params: Params) -> CommandResult:
    if car.refuses_max_range_twice and car.charger.limit == LIMIT_MAX:
        return refused("already_max_range")
    return _set_limit(car, LIMIT_MAX)


def _set_charge_limit(car: Car, params: Params) -> CommandResult:
    percent = int(params.number("percent"))
    if percent == car.charger.limit:
        return refused("already_set")
    return _set_limit(car, percent) if LIMIT_MIN <= percent <= LIMIT_MAX else DONE


def _set_charging_amps(car: Car, params: Params) -> CommandResult:
    amps = max(0, min(int(params.number("charging_amps")), car.charger.amps_max))
    again = car.low_amps_at is not None and car.now - car.low_amps_at <= LOW_AMPS_WITHIN_S
    first_low = car.low_amps_need_two and amps < LOW_AMPS and not again
    car.low_amps_at = car.now if first_low else None
    car.charger.amps_setting = LOW_AMPS if first_low else amps
    return DONE


def _port_open(car: Car, params: Params) -> CommandResult:
    if car.trip:
        return refused("not allowed")
    if car.car_wash:
        return refused("car_wash")
    if car.charger.active:
        car.charger.stop_now(car.now)
    car.charger.unlocked = car.charger.station is not None
    car.charger.door_open = True
    return DONE


def _port_close(car: Car, params: Params) -> CommandResult:
    reasons = {
        "cable connected": car.charger.station is not None,
        "non-motorized charge port": not car.motorized_charge_port,
        "already closed": not car.charger.door_open,
    }
    if reason := next((reason for reason, applies in reasons.items() if applies), ""):
        return refused(reason)
    car.charger.door_open = False
    return DONE


def _scheduled_charging(car: Car, params: Params) -> CommandResult:
    enable, minutes = params.boolean("enable"), params.minutes("time")
    plan = car.charger.plan
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
    plan = car.charger.plan
    plan.mode = "DepartBy" if enable else "Off"
    if enable:
        plan.departure_minutes, plan.off_peak_end_minutes = departure, off_peak_end
        for name, value in flags.items():
            setattr(plan, name, value)
    car.plan_changed()
    return DONE


def _new_id(car: Car, params: Params, taken: dict[int, ChargeSchedule] | dict[int, PreconditionSchedule]) -> int:
    """Return the id: given, or the time (fleet_api.md 6.3)."""
    if "id" in params.body:
        return int(params.number("id"))
    number = int(car.now)
    while number in taken:
        number += 1
    return number


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
    schedules[schedule.id] = schedule
    car.plan_changed()
    return DONE


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
    schedules[schedule.id] = schedule
    car.plan_changed()
    return DONE


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


COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "charge_start": _charge_start,
    "charge_stop": _charge_stop,
    "charge_standard": _charge_standard,
    "charge_max_range": _charge_max_range,
    "set_charge_limit": _set_charge_limit,
    "set_charging_amps": _set_charging_amps,
    "charge_port_door_open": _port_open,
    "charge_port_door_close": _port_close,
    "set_scheduled_charging": _scheduled_charging,
    "set_scheduled_departure": _scheduled_departure,
    "add_charge_schedule": _add_charge,
    "remove_charge_schedule": _remove_charge,
    "add_precondition_schedule": _add_precondition,
    "remove_precondition_schedule": _remove_precondition,
    "batch_remove_charge_schedules": _remove_charges,
    "batch_remove_precondition_schedules": _remove_preconditions,
}


def run_command(car: Car, name: str, body: dict[str, object]) -> CommandResult:
    """Run a command; raises UnknownCommand and InvalidParameter."""
    if name not in COMMANDS:
        raise UnknownCommand(name)
    return COMMANDS[name](car, Params(body))
