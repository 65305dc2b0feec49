"""The commands of modes, PINs, name and software, fleet_api.md 6.4."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .media import Media
from .modes import LIMIT_MAX_MPH, LIMIT_MIN_MPH, PARENTAL_SETTINGS, Guarded
from .params import (
    DONE,
    IN_MOTION,
    NO_HARDWARE,
    NO_UPDATE,
    NOT_IN_GUEST_MODE,
    PIN_ACTIVE,
    SPEED_LIMIT_ACTIVE,
    WRONG_PIN,
    CommandResult,
    InvalidParameter,
    Params,
    refused,
)

if TYPE_CHECKING:
    from .car import Car

type Run = Callable[[Car, Params], CommandResult]


def _sentry(car: Car, params: Params) -> CommandResult:
    on = params.boolean("on")
    if not car.hardware.sentry:
        return refused(NO_HARDWARE)
    car.sentry_mode = on
    return DONE


def _valet(car: Car, params: Params) -> CommandResult:
    """Without a password it stays without a PIN, or opens if the car does not insist on it."""
    valet, on = car.modes.valet, params.boolean("on")
    pin = params.pin("password") if params.body.get("password") else ""
    if (pin or (not on and car.valet_off_needs_pin)) and not valet.opens(pin):
        return refused(WRONG_PIN)
    valet.on, valet.pin = on, pin or valet.pin
    return DONE


def _reset_valet_pin(car: Car, params: Params) -> CommandResult:
    car.modes.valet.pin = ""
    return DONE


def _pin_to_drive(car: Car, params: Params) -> CommandResult:
    on, pin = params.boolean("on"), params.pin("password")
    return _guard(car.modes.pin_to_drive, pin, on=on)


def _reset_pin_to_drive(car: Car, params: Params) -> CommandResult:
    if car.modes.pin_to_drive.on or car.modes.valet.on:
        return refused(PIN_ACTIVE)
    car.modes.pin_to_drive.clear()
    return DONE


def _clear_pin_to_drive(car: Car, params: Params) -> CommandResult:
    car.modes.pin_to_drive.clear()
    return DONE


def _guard(mode: Guarded, pin: str, *, on: bool) -> CommandResult:
    """Switch a mode with its PIN; the first one is the PIN from then on."""
    if not mode.opens(pin) or (not on and not mode.pin):
        return refused(WRONG_PIN)
    mode.on, mode.pin = on, pin
    return DONE


def _speed_limit(*, on: bool) -> Run:
    return lambda car, params: _guard(car.modes.speed_limit, params.pin("pin"), on=on)


def _clear_speed_limit(car: Car, params: Params) -> CommandResult:
    mode, pin = car.modes.speed_limit, params.pin("pin")
    if mode.on:
        return refused(SPEED_LIMIT_ACTIVE)
    if not mode.opens(pin):
        return refused(WRONG_PIN)
    mode.clear()
    return DONE


def _clear_speed_limit_admin(car: Car, params: Params) -> CommandResult:
    car.modes.speed_limit.clear()
    return DONE


def _mph(params: Params) -> float:
    mph = params.number("limit_mph")
    if not LIMIT_MIN_MPH <= mph <= LIMIT_MAX_MPH:
        raise InvalidParameter("invalid limit_mph param")
    return mph


def _set_speed_limit(car: Car, params: Params) -> CommandResult:
    car.modes.limit_mph = _mph(params)
    return DONE


def _parental(run: Run) -> Run:
    """Refuse what a car without parental controls is told."""
    return lambda car, params: run(car, params) if car.hardware.parental_controls else refused(NO_HARDWARE)


def _parental_controls(*, on: bool) -> Run:
    return lambda car, params: _guard(car.modes.parental, params.pin("pin"), on=on)


def _parental_setting(car: Car, params: Params) -> CommandResult:
    setting, enable = params.integer("setting", range(PARENTAL_SETTINGS)), params.boolean("enable")
    car.modes.parental_settings[setting] = enable
    return DONE


def _parental_limit(car: Car, params: Params) -> CommandResult:
    car.modes.parental_limit_mph = _mph(params)
    return DONE


def _clear_parental(car: Car, params: Params) -> CommandResult:
    if not car.modes.parental.opens(params.pin("pin")):
        return refused(WRONG_PIN)
    car.modes.parental.clear()
    return DONE


def _clear_parental_admin(car: Car, params: Params) -> CommandResult:
    car.modes.parental.clear()
    return DONE


def _guest(car: Car, params: Params) -> CommandResult:
    car.modes.guest = params.boolean("enable")
    return DONE


def _erase(car: Car, params: Params) -> CommandResult:
    """Erase what a guest left, of a parked car in guest mode."""
    if car.trip:
        return refused(IN_MOTION)
    if not car.modes.guest:
        return refused(NOT_IN_GUEST_MODE)
    car.route, car.media = None, Media()
    return DONE


def _name(car: Car, params: Params) -> CommandResult:
    car.display_name = params.text("vehicle_name")
    return DONE


def _schedule_update(car: Car, params: Params) -> CommandResult:
    seconds = params.number("offset_sec")
    if seconds < 0:
        raise InvalidParameter("invalid offset_sec param")
    if car.software.status not in ("available", "scheduled"):
        return refused(NO_UPDATE)
    car.software.schedule(car.now + seconds)
    return DONE


def _cancel_update(car: Car, params: Params) -> CommandResult:
    if car.software.status != "scheduled":
        return refused(NO_UPDATE)
    car.software.cancel()
    return DONE


def _low_power(car: Car, params: Params) -> CommandResult:
    car.modes.low_power = params.boolean("enable")
    return DONE


def _accessory_power(car: Car, params: Params) -> CommandResult:
    car.modes.accessory_power = params.boolean("enable")
    return DONE


MODE_COMMANDS: dict[str, Run] = {
    "set_sentry_mode": _sentry,
    "set_valet_mode": _valet,
    "reset_valet_pin": _reset_valet_pin,
    "set_pin_to_drive": _pin_to_drive,
    "reset_pin_to_drive_pin": _reset_pin_to_drive,
    "clear_pin_to_drive_admin": _clear_pin_to_drive,
    "speed_limit_activate": _speed_limit(on=True),
    "speed_limit_deactivate": _speed_limit(on=False),
    "speed_limit_set_limit": _set_speed_limit,
    "speed_limit_clear_pin": _clear_speed_limit,
    "speed_limit_clear_pin_admin": _clear_speed_limit_admin,
    "guest_mode": _guest,
    "erase_user_data": _erase,
    "set_vehicle_name": _name,
    "schedule_software_update": _schedule_update,
    "cancel_software_update": _cancel_update,
}
"""Each needs `vehicle_cmds` (fleet_api.md 6.4)."""

SIGNED_MODE_COMMANDS: dict[str, Run] = {
    "parental_controls_activate": _parental(_parental_controls(on=True)),
    "parental_controls_deactivate": _parental(_parental_controls(on=False)),
    "parental_controls_enable_setting": _parental(_parental_setting),
    "parental_controls_set_speed_limit": _parental(_parental_limit),
    "parental_controls_clear_pin": _parental(_clear_parental),
    "parental_controls_clear_pin_admin": _parental(_clear_parental_admin),
    "set_low_power_mode": _low_power,
    "keep_accessory_power_mode": _accessory_power,
}
"""What only Tesla's proxy and the signed protocol know (6.2, 6.4)."""
