"""The commands of doors, trunks, windows, roof, lights and keys, fleet_api.md 6.4."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .body import VENT_PERCENT
from .params import DONE, FAR, IN_MOTION, NO_HARDWARE, CommandResult, Params, refused

if TYPE_CHECKING:
    from .car import Car

KEYLESS_S = 120.0  # to drive off after remote_start_drive
NEAR_DEGREES = 0.01
OPEN = 100
ROOF = {"vent": VENT_PERCENT, "close": 0, "open": OPEN}


def _lock(car: Car, params: Params) -> CommandResult:
    car.doors_unlocked = False
    return DONE


def _unlock(car: Car, params: Params) -> CommandResult:
    car.doors_unlocked = True
    return DONE


def _secure(car: Car, params: Params) -> CommandResult:
    """Lock, and close what closes by itself; the key's message alone knows it."""
    car.body.windows = dict.fromkeys(car.body.windows, 0)
    return _lock(car, params)


def _trunk(car: Car, params: Params) -> CommandResult:
    """Move a trunk: one without a motor only springs open."""
    which = params.choice("which_trunk", ("front", "rear"))
    if car.trip:
        return refused(IN_MOTION)
    powered = car.hardware.powered_frunk if which == "front" else car.hardware.powered_trunk
    trunks = car.body.trunks
    trunks[which] = 0 if powered and trunks[which] else 1
    return DONE


def _windows(car: Car, params: Params) -> CommandResult:
    """Vent or close; an old car closes only for one who is near it (6.4)."""
    command = params.choice("command", ("vent", "close"))
    if command == "close" and car.pre2021:
        here = car.position()
        asked = params.number("lat"), params.number("lon")
        if any(abs(one - other) > NEAR_DEGREES for one, other in zip(here, asked, strict=True)):
            return refused(FAR)
    car.body.windows = dict.fromkeys(car.body.windows, int(command == "vent"))
    return DONE


def _roof(car: Car, params: Params) -> CommandResult:
    state = params.choice("state", ("stop", "close", "vent", "open"))
    if not car.hardware.sunroof:
        return refused(NO_HARDWARE)
    car.body.sunroof = ROOF.get(state, car.body.sunroof)
    return DONE


def _tonneau(percent: int | None) -> Callable[[Car, Params], CommandResult]:
    def move(car: Car, params: Params) -> CommandResult:
        if not car.hardware.tonneau:
            return refused(NO_HARDWARE)
        car.body.tonneau = car.body.tonneau if percent is None else percent
        return DONE

    return move


def _signal(name: str) -> Callable[[Car, Params], CommandResult]:
    """Return a command that is seen or heard for a moment, and that needs a parked car."""

    def show(car: Car, params: Params) -> CommandResult:
        if car.trip:
            return refused(IN_MOTION)
        car.signals.append((car.now, name))
        return DONE

    return show


def _start_drive(car: Car, params: Params) -> CommandResult:
    car.keyless_until = car.now + KEYLESS_S
    return DONE


def _homelink(car: Car, params: Params) -> CommandResult:
    latitude, longitude = params.number("lat"), params.number("lon")
    params.text("token", "")
    if not car.hardware.homelink:
        return refused(NO_HARDWARE)
    here = car.position()
    if max(abs(here[0] - latitude), abs(here[1] - longitude)) > NEAR_DEGREES or not car.at_home:
        return refused(FAR)
    car.signals.append((car.now, "homelink"))
    return DONE


BODY_COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "door_lock": _lock,
    "door_unlock": _unlock,
    "actuate_trunk": _trunk,
    "window_control": _windows,
    "sun_roof_control": _roof,
    "flash_lights": _signal("lights"),
    "honk_horn": _signal("horn"),
    "remote_start_drive": _start_drive,
    "trigger_homelink": _homelink,
}
"""Each needs `vehicle_cmds` (fleet_api.md 6.4)."""

SIGNED_BODY_COMMANDS: dict[str, Callable[[Car, Params], CommandResult]] = {
    "open_tonneau": _tonneau(OPEN),
    "close_tonneau": _tonneau(0),
    "stop_tonneau": _tonneau(None),
    "auto_secure_vehicle": _secure,
}
"""What no REST command does (6.4)."""
