"""The commands a car knows, fleet_api.md 6.2 to 6.4, with Tesla's reasons for refusing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .body_commands import BODY_COMMANDS, SIGNED_BODY_COMMANDS
from .charging import LIMIT_MAX, LIMIT_MIN, LIMIT_STD
from .climate_commands import CLIMATE_COMMANDS
from .media_commands import MEDIA_COMMANDS, SIGNED_MEDIA_COMMANDS
from .mode_commands import MODE_COMMANDS, SIGNED_MODE_COMMANDS
from .params import DONE, CommandResult, NotSupported, Params, UnknownCommand, refused
from .schedule_commands import LEGACY_COMMANDS, SCHEDULE_COMMANDS

if TYPE_CHECKING:
    from .car import Car

LOW_AMPS = 5  # fleet_api.md 6.2: below it the command has to be sent twice
LOW_AMPS_WITHIN_S = 60.0


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
    car.charger.unlocked_at = car.now if car.charger.station else None
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


COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "charge_start": _charge_start,
    "charge_stop": _charge_stop,
    "charge_standard": _charge_standard,
    "charge_max_range": _charge_max_range,
    "set_charge_limit": _set_charge_limit,
    "set_charging_amps": _set_charging_amps,
    "charge_port_door_open": _port_open,
    "charge_port_door_close": _port_close,
    **LEGACY_COMMANDS,
    **SCHEDULE_COMMANDS,
    **BODY_COMMANDS,
    **CLIMATE_COMMANDS,
    **MEDIA_COMMANDS,
    **MODE_COMMANDS,
}


SIGNED_ONLY: dict[str, Callable[[Car, Params], CommandResult]] = {
    **SIGNED_BODY_COMMANDS,
    **SIGNED_MEDIA_COMMANDS,
    **SIGNED_MODE_COMMANDS,
}
"""Orders of the signed protocol that REST has no command for (6.2, 6.4)."""


def run_command(car: Car, name: str, body: dict[str, object]) -> CommandResult:
    """Run a command; raises UnknownCommand (NotSupported) and InvalidParameter."""
    if (command := (COMMANDS | SIGNED_ONLY).get(name)) is None:
        raise UnknownCommand(name)
    if name in SCHEDULE_COMMANDS and not car.knows_schedules:
        raise NotSupported(name)
    return command(car, Params(body))
