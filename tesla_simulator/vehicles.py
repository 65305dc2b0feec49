"""Endpoints of a car (fleet_api.md 5 and 6)."""

from typing import Any

from .answers import Refused
from .hosts import Exchange
from .unsigned import QUEUED, understood
from .users import account_of, scopes_of
from .world import Car, InvalidParameter, NotSupported, UnknownCommand
from .world.schedule_commands import SCHEDULE_COMMANDS

BLOCKS: dict[str, tuple[str, ...]] = {
    "charge_state": ("charge_state",),
    "climate_state": ("climate_state",),
    "closures_state": ("closures_state",),
    "drive_state": ("drive_state",),
    "gui_settings": ("gui_settings",),
    "location_data": ("drive_state",),
    "charge_schedule_data": ("charge_schedule_data",),
    "preconditioning_schedule_data": ("preconditioning_schedule_data",),
    "vehicle_config": ("vehicle_config",),
    "vehicle_state": ("vehicle_state",),
    "vehicle_data_combo": (
        "charge_state",
        "climate_state",
        "closures_state",
        "drive_state",
        "gui_settings",
        "vehicle_config",
        "vehicle_state",
    ),
}
"""What a name in `endpoints` puts into the answer (fleet_api.md 5.3); the combo's blocks are UNCONFIRMED."""

ALL_BLOCKS = frozenset(block for blocks in BLOCKS.values() for block in blocks)
DEFAULT_ENDPOINTS = ("vehicle_data_combo",)
LOCATION_FIELDS = frozenset(
    {
        "latitude",
        "longitude",
        "heading",
        "gps_as_of",
        "native_latitude",
        "native_longitude",
        "native_location_supported",
        "native_type",
        "active_route_destination",
        "active_route_latitude",
        "active_route_longitude",
    }
)
"""Fields of `drive_state` that come only with `location_data` (fleet_api.md 5.3)."""
SCHEDULES = {"charge_schedule_data": "charge_schedules", "preconditioning_schedule_data": "precondition_schedules"}
"""Blocks whose items have a place, and the lists they are in (fleet_api.md 5.3)."""

CHARGING_COMMANDS = frozenset(
    {
        "charge_start",
        "charge_stop",
        "charge_standard",
        "charge_max_range",
        "set_charge_limit",
        "set_charging_amps",
        "charge_port_door_open",
        "charge_port_door_close",
        "set_scheduled_charging",
        "set_scheduled_departure",
        "add_charge_schedule",
        "remove_charge_schedule",
        "add_precondition_schedule",
        "remove_precondition_schedule",
        "batch_remove_charge_schedules",
        "batch_remove_precondition_schedules",
    }
)
"""Commands that `vehicle_charging_cmds` alone allows (fleet_api.md 6.2)."""

OTHER_COMMANDS = frozenset(
    [
        "actuate_trunk",
        "adjust_volume",
        "auto_conditioning_start",
        "auto_conditioning_stop",
        "cancel_software_update",
        "clear_pin_to_drive_admin",
        "door_lock",
        "door_unlock",
        "erase_user_data",
        "flash_lights",
        "guest_mode",
        "honk_horn",
        "media_next_fav",
        "media_next_track",
        "media_prev_fav",
        "media_prev_track",
        "media_toggle_playback",
        "media_volume_down",
        "navigation_gps_request",
        "navigation_request",
        "navigation_sc_request",
        "navigation_waypoints_request",
        "remote_auto_seat_climate_request",
        "remote_auto_steering_wheel_heat_climate_request",
        "remote_boombox",
        "remote_seat_cooler_request",
        "remote_seat_heater_request",
        "remote_start_drive",
        "remote_steering_wheel_heat_level_request",
        "remote_steering_wheel_heater_request",
        "reset_pin_to_drive_pin",
        "reset_valet_pin",
        "schedule_software_update",
        "set_bioweapon_mode",
        "set_cabin_overheat_protection",
        "set_climate_keeper_mode",
        "set_cop_temp",
        "set_pin_to_drive",
        "set_preconditioning_max",
        "set_sentry_mode",
        "set_temps",
        "set_valet_mode",
        "set_vehicle_name",
        "speed_limit_activate",
        "speed_limit_clear_pin",
        "speed_limit_clear_pin_admin",
        "speed_limit_deactivate",
        "speed_limit_set_limit",
        "sun_roof_control",
        "take_drivenote",
        "trigger_homelink",
        "upcoming_calendar_entries",
        "window_control",
    ]
)
"""Commands that need `vehicle_cmds` (fleet_api.md 6.4)."""

ALWAYS_SIGNED = frozenset({"set_pin_to_drive", "reset_pin_to_drive_pin", "set_vehicle_name"})
"""Commands that need the signed protocol on every car (fleet_api.md 6.1)."""


def car_of(exchange: Exchange) -> Car:
    """Find the car that the path names, among the caller's own; the name is the VIN or the number (5)."""
    tag = exchange.match["tag"]
    for car in account_of(exchange).cars:
        if tag in (car.vin, str(car.id)):
            return car
    raise Refused("not_found")


def listing(exchange: Exchange) -> dict[str, Any]:
    """List the caller's cars, a page at a time; the pagination object is UNCONFIRMED (5.1)."""
    cars = account_of(exchange).cars
    try:
        page, size = (int(exchange.query.get("page", "1")), int(exchange.query.get("per_page", "100")))
    except ValueError:
        raise Refused("invalid_request", words="page and per_page must be numbers") from None
    if page < 1 or size < 1:
        raise Refused("invalid_request", words="page and per_page must be positive")
    shown = cars[(page - 1) * size : page * size]
    pages = max(1, -(-len(cars) // size))
    pagination = {
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page < pages else None,
        "current": page,
        "per_page": size,
        "count": len(cars),
        "pages": pages,
    }
    return {"response": [car.product() for car in shown], "pagination": pagination, "count": len(shown)}


def vehicle(exchange: Exchange) -> dict[str, Any]:
    """Show the car's list entry; neither wakes it nor keeps it awake."""
    return {"response": car_of(exchange).product()}


def awake(car: Car) -> None:
    """Refuse a car that cannot be asked or told anything now."""
    if not car.mobile_access:
        raise Refused("mobile_access_disabled")
    if car.in_service:
        raise Refused("in_service")
    if car.state != "online":
        raise Refused("asleep")


def vehicle_data(exchange: Exchange) -> dict[str, Any]:
    """Ask the car; it must be online, and being asked keeps it awake (5.3)."""
    car = car_of(exchange)
    asked = exchange.query.get("endpoints")
    names = [name for name in asked.split(";") if name] if asked else list(DEFAULT_ENDPOINTS)
    if unknown := [name for name in names if name not in BLOCKS]:
        raise Refused("invalid_request", words=f"invalid endpoint: {unknown[0]}")
    with_location = "location_data" in names and _may_locate(exchange, car)
    placeless = _placeless(exchange, car, names)
    awake(car)
    car.touch()
    data: dict[str, Any] = car.vehicle_data()
    wanted = {block for name in names for block in BLOCKS[name]}
    shown = {key: value for key, value in data.items() if key not in ALL_BLOCKS or key in wanted}
    if "drive_state" in shown and not with_location:
        shown["drive_state"] = {key: value for key, value in shown["drive_state"].items() if key not in LOCATION_FIELDS}
    for block in placeless & shown.keys():
        items = shown[block][SCHEDULES[block]]
        bare = [{key: value for key, value in item.items() if key not in ("latitude", "longitude")} for item in items]
        shown[block] = {**shown[block], SCHEDULES[block]: bare}
    return {"response": shown}


def _placeless(exchange: Exchange, car: Car, names: list[str]) -> set[str]:
    """Return the blocks of schedules to show without their places, or refuse them, to one who may not see the location."""
    asked = SCHEDULES.keys() & names
    how = exchange.sim.behaviour.schedules_without_location
    if how == "serve" or ("vehicle_location" in scopes_of(exchange) and not car.hide_private):
        return set()
    if asked and how != "strip":
        raise Refused(how)
    return asked


def _may_locate(exchange: Exchange, car: Car) -> bool:
    """Refuse the location to a driver from whom the owner hides it, and to a token without the scope (1.6)."""
    if "vehicle_location" not in scopes_of(exchange):
        if exchange.sim.behaviour.location_without_scope == "refuse":
            raise Refused("missing_scopes")
        return False
    if car.hide_private:
        raise Refused("location_not_granted")
    return True


def wake_up(exchange: Exchange) -> dict[str, Any]:
    """Wake the car; the answer comes before it is awake (5.5)."""
    car = car_of(exchange)
    if car.in_service:
        raise Refused("in_service")
    car.wake()
    return {"response": car.product()}


def mobile(exchange: Exchange) -> dict[str, Any]:
    """Say whether the car lets apps in."""
    enabled = car_of(exchange).mobile_access
    return {"response": {"result": enabled, "reason": "" if enabled else "mobile_access_disabled"}}


def command_scopes(exchange: Exchange) -> frozenset[str]:
    """Scopes of which one allows the command (6.1)."""
    charging = exchange.match["command"] in CHARGING_COMMANDS
    return frozenset({"vehicle_cmds", "vehicle_charging_cmds"} if charging else {"vehicle_cmds"})


def command(exchange: Exchange) -> dict[str, Any]:
    """Let the car carry out a command that needs no signature (6.1)."""
    car, name, body = car_of(exchange), exchange.match["command"], exchange.body
    if name not in CHARGING_COMMANDS | OTHER_COMMANDS:
        raise Refused("invalid_command")
    if body is not None and not isinstance(body, dict):
        raise Refused("invalid_request", words="the body must be a JSON object")
    behaviour = exchange.sim.behaviour
    if (car.signing_required and name not in behaviour.unsigned_at_all_cars) or name in ALWAYS_SIGNED:
        raise Refused("protocol_required")
    if name in SCHEDULE_COMMANDS and behaviour.unsigned_schedules == "not_supported":
        raise Refused("not_supported")
    awake(car)
    car.touch()
    try:
        result = car.command(name, understood(name, body or {}, behaviour))
    except NotSupported:
        if behaviour.schedules_before_2024_26 == "reason":
            return {"response": {"result": False, "reason": "not_supported"}}
        raise Refused(behaviour.schedules_before_2024_26) from None
    except UnknownCommand:
        raise Refused("invalid_command") from None
    except InvalidParameter as error:
        if behaviour.invalid_parameter == "status":
            raise Refused("invalid_request", words=str(error)) from None
        return {"response": {"result": False, "reason": str(error)}}
    if result.result and name in QUEUED:
        return {"response": {"result": True, "queued": True}}
    return {"response": {"result": result.result, "reason": result.reason}}
