"""The commands that warm, cool and air a car (fleet_api.md 6.4)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from .commands import Command, VehicleCommand
from .models import Vehicle
from .models.climate import KEEPER_MODES, OVERHEAT_LIMITS, KeeperMode, OverheatProtection
from .scopes import Scope

CAR: Final = frozenset({Scope.VEHICLE_CMDS})

# The number of each seat in a command, and the field that shows its heater.
SEAT_HEATERS: Final = (
    "seat_heater_left",
    "seat_heater_right",
    "seat_heater_rear_left",
    "seat_heater_rear_left_back",
    "seat_heater_rear_center",
    "seat_heater_rear_right",
    "seat_heater_rear_right_back",
    "seat_heater_third_row_left",
    "seat_heater_third_row_right",
)
# The same of cooled seats, and of seats that warm and cool by themselves.
SEAT_COOLERS: Final = {1: "seat_fan_front_left", 2: "seat_fan_front_right"}
AUTO_SEATS: Final = {1: "auto_seat_climate_left", 2: "auto_seat_climate_right"}
# Cars round what they are told.
_SAME_CELSIUS: Final = 0.3
# Of `defrost_mode`: off, and on by command. Any other is on, too.
_DEFROST: Final = (0, 2)
# Steering wheels know no medium. A car may count its levels, or number them as a command does.
STEERING_WHEEL_LEVELS: Final = {0: frozenset({0}), 1: frozenset({1}), 3: frozenset({2, 3})}


def _climate(vehicle: Vehicle, **changes: Any) -> Vehicle:
    return replace(vehicle, climate_state=replace(vehicle.climate_state, **changes))


def _temps(vehicle: Vehicle, driver_temp: float, passenger_temp: float) -> Vehicle:
    known, changes = vehicle.climate_state, {}
    for name, wanted in (("driver_temp_setting", driver_temp), ("passenger_temp_setting", passenger_temp)):
        before = getattr(known, name)
        if before is None or abs(before - wanted) > _SAME_CELSIUS:
            changes[name] = wanted
    return _climate(vehicle, **changes)


def _keeper(vehicle: Vehicle, climate_keeper_mode: int) -> Vehicle:
    mode = KEEPER_MODES[climate_keeper_mode]
    on = {} if mode is KeeperMode.OFF else {"is_climate_on": True}
    return _climate(vehicle, climate_keeper_mode=mode, **on)


def _defrost(vehicle: Vehicle, on: bool, manual_override: bool) -> Vehicle:
    mode = vehicle.climate_state.defrost_mode
    return vehicle if mode is not None and bool(mode) is on else _climate(vehicle, defrost_mode=_DEFROST[on])


def _overheat(vehicle: Vehicle, on: bool, fan_only: bool) -> Vehicle:
    mode = OverheatProtection.FAN_ONLY if fan_only else OverheatProtection.ON
    return _climate(vehicle, cabin_overheat_protection=mode if on else OverheatProtection.OFF)


def _steering_wheel(vehicle: Vehicle, level: int) -> Vehicle:
    known = vehicle.climate_state.steering_wheel_heat_level
    return vehicle if known in STEERING_WHEEL_LEVELS[level] else _climate(vehicle, steering_wheel_heat_level=level)


def _off(field: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether a body turns off: without climate it is off, as in a car that sleeps."""
    return lambda body: not body[field]


def _starts(field: str) -> Callable[[Mapping[str, Any]], frozenset[str]]:
    """Return what a body that turns on overrules: it has the climate run."""
    return lambda body: frozenset({_STOP}) if body[field] else frozenset()


_STOP: Final = "auto_conditioning_stop"
# All of it ends with the climate.
_RUNS_WITH_CLIMATE: Final = frozenset(
    {
        "remote_seat_cooler_request",
        "remote_seat_heater_request",
        "remote_steering_wheel_heat_level_request",
        "remote_steering_wheel_heater_request",
        "set_bioweapon_mode",
        "set_climate_keeper_mode",
        "set_preconditioning_max",
    }
)
_command = partial(Command[Vehicle], scopes=CAR, by_name=True)

AUTO_CONDITIONING_START: Final[VehicleCommand] = _command(
    name="auto_conditioning_start", about="climate", effect=lambda vehicle: _climate(vehicle, is_climate_on=True)
)
AUTO_CONDITIONING_STOP: Final[VehicleCommand] = _command(
    name=_STOP,
    about="climate",
    ends=lambda _: _RUNS_WITH_CLIMATE,
    effect=lambda vehicle: _climate(vehicle, is_climate_on=False),
    asleep=lambda _: True,
)
SET_TEMPS: Final[VehicleCommand] = _command(name="set_temps", value=True, effect=_temps)
SET_CLIMATE_KEEPER_MODE: Final[VehicleCommand] = _command(
    name="set_climate_keeper_mode",
    effect=_keeper,
    asleep=_off("climate_keeper_mode"),
    ends=_starts("climate_keeper_mode"),
)
SET_PRECONDITIONING_MAX: Final[VehicleCommand] = _command(
    name="set_preconditioning_max", effect=_defrost, asleep=_off("on"), ends=_starts("on")
)
SET_BIOWEAPON_MODE: Final[VehicleCommand] = _command(
    name="set_bioweapon_mode",
    effect=lambda vehicle, on, manual_override: _climate(vehicle, bioweapon_mode=on),
    asleep=_off("on"),
    ends=_starts("on"),
)
SET_CABIN_OVERHEAT_PROTECTION: Final[VehicleCommand] = _command(name="set_cabin_overheat_protection", effect=_overheat)
SET_COP_TEMP: Final[VehicleCommand] = _command(
    name="set_cop_temp",
    effect=lambda vehicle, cop_temp: _climate(vehicle, cop_activation_temperature=OVERHEAT_LIMITS[cop_temp]),
)
REMOTE_SEAT_HEATER_REQUEST: Final[VehicleCommand] = _command(
    name="remote_seat_heater_request",
    apart="seat_position",
    # Tesla's pages have the one name for the seat, tesla-fleet-api the other (fleet_api.md 6.4).
    unsigned_body=lambda body: {**body, "heater": body["seat_position"]},
    effect=lambda vehicle, seat_position, level: _climate(vehicle, **{SEAT_HEATERS[seat_position]: level}),
    asleep=_off("level"),
)
REMOTE_SEAT_COOLER_REQUEST: Final[VehicleCommand] = _command(
    name="remote_seat_cooler_request",
    apart="seat_position",
    effect=lambda vehicle, seat_position, seat_cooler_level: _climate(
        vehicle, **{SEAT_COOLERS[seat_position]: seat_cooler_level}
    ),
    asleep=_off("seat_cooler_level"),
    counted="seat_cooler_level",
)
REMOTE_AUTO_SEAT_CLIMATE_REQUEST: Final[VehicleCommand] = _command(
    name="remote_auto_seat_climate_request",
    apart="auto_seat_position",
    effect=lambda vehicle, auto_seat_position, auto_climate_on: _climate(
        vehicle, **{AUTO_SEATS[auto_seat_position]: auto_climate_on}
    ),
    setting=True,
)
REMOTE_AUTO_STEERING_WHEEL_HEAT_CLIMATE_REQUEST: Final[VehicleCommand] = _command(
    name="remote_auto_steering_wheel_heat_climate_request",
    effect=lambda vehicle, on: _climate(vehicle, auto_steering_wheel_heat=on),
    setting=True,
)
REMOTE_STEERING_WHEEL_HEATER_REQUEST: Final[VehicleCommand] = _command(
    name="remote_steering_wheel_heater_request",
    effect=lambda vehicle, on: _climate(vehicle, steering_wheel_heater=on),
    asleep=_off("on"),
)
REMOTE_STEERING_WHEEL_HEAT_LEVEL_REQUEST: Final[VehicleCommand] = _command(
    name="remote_steering_wheel_heat_level_request", effect=_steering_wheel, asleep=_off("level")
)
