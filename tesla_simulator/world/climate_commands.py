"""The commands of the climate, fleet_api.md 6.4."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .cabin import (
    COMFORT_OFF,
    FRONT_SEATS,
    KEEPER_MODES,
    MAX_C,
    MIN_C,
    OVERHEAT_TEMPERATURES,
    SEATS,
    WHEEL_LEVELS,
    heated_seats,
)
from .params import DONE, NO_HARDWARE, CommandResult, Params, refused

if TYPE_CHECKING:
    from .car import Car

WHEEL_ON = 3


def _start(car: Car, params: Params) -> CommandResult:
    car.climate.on = True
    return DONE


def _stop(car: Car, params: Params) -> CommandResult:
    car.climate.switch_off()
    car.conditioning_s = 0.0
    return DONE


def _temperatures(car: Car, params: Params) -> CommandResult:
    """Set both; what is beyond the range is the end of it."""
    driver, passenger = params.number("driver_temp"), params.number("passenger_temp")
    car.climate.driver_c, car.climate.passenger_c = (max(MIN_C, min(one, MAX_C)) for one in (driver, passenger))
    return DONE


def _keeper(car: Car, params: Params) -> CommandResult:
    car.climate.keeper = KEEPER_MODES[params.integer("climate_keeper_mode", range(len(KEEPER_MODES)))]
    return _without_comfort(car)


def _without_comfort(car: Car) -> CommandResult:
    if not car.warming:
        car.climate.comfort_off()
    return DONE


def _defrost(car: Car, params: Params) -> CommandResult:
    car.climate.defrost = params.boolean("on")
    params.boolean("manual_override", False)
    return _without_comfort(car)


def _bioweapon(car: Car, params: Params) -> CommandResult:
    on = params.boolean("on")
    params.boolean("manual_override", False)
    if not car.hardware.bioweapon:
        return refused(NO_HARDWARE)
    car.climate.bioweapon = on
    return _without_comfort(car)


def _overheat(car: Car, params: Params) -> CommandResult:
    on, fan_only = params.boolean("on"), params.boolean("fan_only", False)
    if on and fan_only and not car.hardware.fan_only_overheat:
        return refused(NO_HARDWARE)
    car.climate.overheat = ("FanOnly" if fan_only else "On") if on else "Off"
    return DONE


def _overheat_temperature(car: Car, params: Params) -> CommandResult:
    number = params.integer("cop_temp", range(len(OVERHEAT_TEMPERATURES)))
    car.climate.overheat_temperature = OVERHEAT_TEMPERATURES[number]
    return DONE


def _seat_heater(car: Car, params: Params) -> CommandResult:
    seat = SEATS[params.integer("seat_position", range(len(SEATS)))]
    level = params.integer("level", range(4))
    return _comfort(car, has=seat in heated_seats(car.hardware)) or _set(car.climate.heaters, seat, level)


def _seat_cooler(car: Car, params: Params) -> CommandResult:
    seat = FRONT_SEATS[params.integer("seat_position", FRONT_SEATS)]
    level = params.integer("seat_cooler_level", range(4))
    return _comfort(car, has=car.hardware.cooled_seats) or _set(car.climate.coolers, seat, level)


def _automatic_seat(car: Car, params: Params) -> CommandResult:
    seat = FRONT_SEATS[params.integer("auto_seat_position", FRONT_SEATS)]
    on = params.boolean("auto_climate_on")
    return _comfort(car, has=car.hardware.automatic_seats) or _set(car.climate.automatic_seats, seat, on)


def _automatic_wheel(car: Car, params: Params) -> CommandResult:
    on = params.boolean("on")
    if refusal := _comfort(car, has=car.hardware.wheel_heater and car.hardware.automatic_seats):
        return refusal
    car.climate.automatic_wheel = on
    return DONE


def _wheel_level(car: Car, params: Params) -> CommandResult:
    level = params.integer("level", WHEEL_LEVELS)
    if refusal := _comfort(car, has=car.hardware.wheel_heater and car.hardware.wheel_levels):
        return refusal
    car.climate.wheel = level
    return DONE


def _wheel(car: Car, params: Params) -> CommandResult:
    on = params.boolean("on")
    if refusal := _comfort(car, has=car.hardware.wheel_heater):
        return refusal
    car.climate.wheel = WHEEL_ON if on else 0
    return DONE


def _comfort(car: Car, *, has: bool) -> CommandResult | None:
    """Refuse what the car does not have, and what needs the climate on (6.4)."""
    if not has:
        return refused(NO_HARDWARE)
    return None if car.warming else refused(COMFORT_OFF)


def _set[T](values: dict[str, T], seat: str, value: T) -> CommandResult:
    values[seat] = value
    return DONE


CLIMATE_COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "auto_conditioning_start": _start,
    "auto_conditioning_stop": _stop,
    "set_temps": _temperatures,
    "set_climate_keeper_mode": _keeper,
    "set_preconditioning_max": _defrost,
    "set_bioweapon_mode": _bioweapon,
    "set_cabin_overheat_protection": _overheat,
    "set_cop_temp": _overheat_temperature,
    "remote_seat_heater_request": _seat_heater,
    "remote_seat_cooler_request": _seat_cooler,
    "remote_auto_seat_climate_request": _automatic_seat,
    "remote_auto_steering_wheel_heat_climate_request": _automatic_wheel,
    "remote_steering_wheel_heat_level_request": _wheel_level,
    "remote_steering_wheel_heater_request": _wheel,
}
"""Each needs `vehicle_cmds` (fleet_api.md 6.4)."""
