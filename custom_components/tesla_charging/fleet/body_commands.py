"""The commands that open, close, lock and guard a car, and those for its modes and PINs (fleet_api.md 6.4)."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from .climate_commands import CAR
from .commands import Command, VehicleCommand
from .models import Vehicle
from .models.body import VehicleBlock

WINDOWS: Final = ("fd_window", "fp_window", "rd_window", "rp_window")
TRUNKS: Final = {"front": "ft", "rear": "rt"}
SUN_ROOF_CLOSED: Final = "closed"
_OPEN: Final = 1


def _body(vehicle: Vehicle, **changes: Any) -> Vehicle:
    return replace(vehicle, vehicle_state=replace(vehicle.vehicle_state, **changes))


def _unseen(vehicle: Vehicle, **_: object) -> Vehicle:
    return vehicle


def is_open(known: int | None) -> bool | None:
    """Whether a door, a trunk or a window is open: 0 is closed."""
    return None if known is None else known != 0


def windows_open(block: VehicleBlock) -> bool | None:
    """Whether any window is open; unknown unless one is, or all are known to be closed."""
    return any_open(block, WINDOWS)


def any_open(block: VehicleBlock, names: tuple[str, ...]) -> bool | None:
    """Whether any of these is open; unknown unless one is, or all are known to be closed."""
    known = [is_open(getattr(block, name)) for name in names]
    return True if True in known else None if None in known else False


def _trunk_switched(vehicle: Vehicle, which_trunk: str, opens: bool) -> bool | None:
    known = is_open(getattr(vehicle.vehicle_state, TRUNKS[which_trunk]))
    return None if known is None else known is opens


def _trunk(vehicle: Vehicle, which_trunk: str, opens: bool) -> Vehicle:
    if _trunk_switched(vehicle, which_trunk, opens):
        return vehicle
    return _body(vehicle, **{TRUNKS[which_trunk]: _OPEN if opens else 0})


def _window(vehicle: Vehicle, command: str, **_: object) -> Vehicle:
    if command == "close":
        return _body(vehicle, **dict.fromkeys(WINDOWS, 0))
    shut = [name for name in WINDOWS if not getattr(vehicle.vehicle_state, name)]
    return _body(vehicle, **dict.fromkeys(shut, _OPEN))


def sun_roof_open(block: VehicleBlock) -> bool | None:
    """Whether the sunroof is open."""
    return None if block.sun_roof_state in (None, "unknown") else block.sun_roof_state != SUN_ROOF_CLOSED


def _sun_roof(vehicle: Vehicle, state: str) -> Vehicle:
    if sun_roof_open(vehicle.vehicle_state) is (state != "close"):
        return vehicle
    return _body(vehicle, sun_roof_state=SUN_ROOF_CLOSED if state == "close" else state)


def _limit(vehicle: Vehicle, **changes: Any) -> Vehicle:
    return _body(vehicle, speed_limit_mode=replace(vehicle.vehicle_state.speed_limit_mode, **changes))


_command = partial(Command[Vehicle], scopes=CAR, by_name=True)
_unseen_command = partial(_command, effect=_unseen, visible=False)

DOOR_LOCK: Final[VehicleCommand] = _command(
    name="door_lock", about="lock", always=True, effect=lambda vehicle: _body(vehicle, locked=True)
)
DOOR_UNLOCK: Final[VehicleCommand] = _command(
    name="door_unlock", about="lock", always=True, effect=lambda vehicle: _body(vehicle, locked=False)
)
ACTUATE_TRUNK: Final[VehicleCommand] = _command(
    name="actuate_trunk", apart="which_trunk", effect=_trunk, untold=frozenset({"opens"}), switched=_trunk_switched
)
WINDOW_CONTROL: Final[VehicleCommand] = _command(name="window_control", always=True, effect=_window)
SUN_ROOF_CONTROL: Final[VehicleCommand] = _command(name="sun_roof_control", about="sun_roof", effect=_sun_roof)
# Signed commands have no word for it (libraries.md 1.3); the cars with a sunroof want none.
SUN_ROOF_STOP: Final[VehicleCommand] = _unseen_command(name="sun_roof_control", about="sun_roof", unsigned_first=True)
OPEN_TONNEAU: Final[VehicleCommand] = _unseen_command(name="open_tonneau", about="tonneau", signed_only=True)
CLOSE_TONNEAU: Final[VehicleCommand] = _unseen_command(name="close_tonneau", about="tonneau", signed_only=True)
STOP_TONNEAU: Final[VehicleCommand] = _unseen_command(name="stop_tonneau", about="tonneau", signed_only=True)

FLASH_LIGHTS: Final[VehicleCommand] = _unseen_command(name="flash_lights")
HONK_HORN: Final[VehicleCommand] = _unseen_command(name="honk_horn")
REMOTE_BOOMBOX: Final[VehicleCommand] = _unseen_command(name="remote_boombox", unsigned_first=True)
REMOTE_START_DRIVE: Final[VehicleCommand] = _command(
    name="remote_start_drive", always=True, effect=lambda vehicle: _body(vehicle, remote_start=True)
)
TRIGGER_HOMELINK: Final[VehicleCommand] = _unseen_command(name="trigger_homelink")

SET_SENTRY_MODE: Final[VehicleCommand] = _command(
    name="set_sentry_mode", effect=lambda vehicle, on: _body(vehicle, sentry_mode=on)
)
SET_VALET_MODE: Final[VehicleCommand] = _command(
    name="set_valet_mode", about="valet", effect=lambda vehicle, on, password=None: _body(vehicle, valet_mode=on)
)
RESET_VALET_PIN: Final[VehicleCommand] = _command(
    name="reset_valet_pin", always=True, effect=lambda vehicle: _body(vehicle, valet_pin_needed=True)
)
GUEST_MODE: Final[VehicleCommand] = _unseen_command(name="guest_mode")
SET_PIN_TO_DRIVE: Final[VehicleCommand] = _unseen_command(name="set_pin_to_drive", signed_only=True)
RESET_PIN_TO_DRIVE_PIN: Final[VehicleCommand] = _unseen_command(name="reset_pin_to_drive_pin", signed_only=True)
CLEAR_PIN_TO_DRIVE_ADMIN: Final[VehicleCommand] = _unseen_command(name="clear_pin_to_drive_admin")
SPEED_LIMIT_ACTIVATE: Final[VehicleCommand] = _command(
    name="speed_limit_activate",
    about="speed_limit",
    effect=lambda vehicle, pin: _limit(vehicle, active=True, pin_code_set=True),
)
SPEED_LIMIT_DEACTIVATE: Final[VehicleCommand] = _command(
    name="speed_limit_deactivate", about="speed_limit", effect=lambda vehicle, pin: _limit(vehicle, active=False)
)
SPEED_LIMIT_CLEAR_PIN: Final[VehicleCommand] = _command(
    name="speed_limit_clear_pin", always=True, effect=lambda vehicle, pin: _limit(vehicle, pin_code_set=False)
)
SPEED_LIMIT_CLEAR_PIN_ADMIN: Final[VehicleCommand] = _command(
    name="speed_limit_clear_pin_admin",
    always=True,
    about="speed_limit",
    effect=lambda vehicle: _limit(vehicle, active=False, pin_code_set=False),
)
SPEED_LIMIT_SET_LIMIT: Final[VehicleCommand] = _command(
    name="speed_limit_set_limit",
    value=True,
    effect=lambda vehicle, limit_mph: _limit(vehicle, current_limit_mph=float(limit_mph)),
)
PARENTAL_CONTROLS_ACTIVATE: Final[VehicleCommand] = _unseen_command(
    name="parental_controls_activate", about="parental_controls", signed_only=True
)
PARENTAL_CONTROLS_DEACTIVATE: Final[VehicleCommand] = _unseen_command(
    name="parental_controls_deactivate", about="parental_controls", signed_only=True
)
PARENTAL_CONTROLS_ENABLE_SETTING: Final[VehicleCommand] = _unseen_command(
    name="parental_controls_enable_setting", apart="setting", signed_only=True
)
PARENTAL_CONTROLS_SET_SPEED_LIMIT: Final[VehicleCommand] = _unseen_command(
    name="parental_controls_set_speed_limit", signed_only=True
)
PARENTAL_CONTROLS_CLEAR_PIN: Final[VehicleCommand] = _unseen_command(
    name="parental_controls_clear_pin", about="parental_controls", signed_only=True
)
PARENTAL_CONTROLS_CLEAR_PIN_ADMIN: Final[VehicleCommand] = _unseen_command(
    name="parental_controls_clear_pin_admin", signed_only=True
)
SET_LOW_POWER_MODE: Final[VehicleCommand] = _unseen_command(name="set_low_power_mode", signed_only=True)
KEEP_ACCESSORY_POWER_MODE: Final[VehicleCommand] = _unseen_command(name="keep_accessory_power_mode", signed_only=True)
SET_VEHICLE_NAME: Final[VehicleCommand] = _command(
    name="set_vehicle_name",
    signed_only=True,
    effect=lambda vehicle, vehicle_name: _body(vehicle, vehicle_name=vehicle_name),
)
ERASE_USER_DATA: Final[VehicleCommand] = _unseen_command(name="erase_user_data")
