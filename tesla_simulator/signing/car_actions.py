"""What signed messages order besides charging: rows for `actions.ACTIONS` and its tables of VCSEC (fleet_api.md 6.4).

Where the docstrings of tesla-fleet-api or the numbers of REST differ from the protobuf, what is on the wire counts: the
protobuf counts parental controls' settings from 0, levels of cooled seats and temperatures of overheat protection from 1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tesla_protocol.command.universal_message_pb2 import MessageFault_E
from tesla_protocol.command.vcsec_pb2 import ClosureMoveType_E, RKEAction_E

from .computer import Faulty
from .order import Order, plain

SEATS = (
    "CAR_SEAT_FRONT_LEFT",
    "CAR_SEAT_FRONT_RIGHT",
    "CAR_SEAT_REAR_LEFT",
    "CAR_SEAT_REAR_LEFT_BACK",
    "CAR_SEAT_REAR_CENTER",
    "CAR_SEAT_REAR_RIGHT",
    "CAR_SEAT_REAR_RIGHT_BACK",
    "CAR_SEAT_THIRD_ROW_LEFT",
    "CAR_SEAT_THIRD_ROW_RIGHT",
)
"""Members of `seat_position` by REST's number."""
LEVELS = ("SEAT_HEATER_OFF", "SEAT_HEATER_LOW", "SEAT_HEATER_MED", "SEAT_HEATER_HIGH")
"""Members of `seat_heater_level` by REST's number."""
WHEEL_LEVELS = {1: 0, 2: 1, 3: 3}
"""StwHeatLevel as REST's number; 0 is unknown."""


def _bad() -> Faulty:
    return Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INVALID_COMMAND)


def _only(items: Any) -> Any:
    """Return the one seat of a message; what a car does with several at once is UNCONFIRMED, here it refuses."""
    if len(items) != 1:
        raise _bad()
    return items[0]


def _switch(on: str, off: str, field: str, **fields: str) -> Callable[[Any], Order]:
    """Read an order that REST splits in two commands."""

    def read(message: Any) -> Order:
        body = {key: getattr(message, name) for key, name in fields.items()}
        return Order(on if getattr(message, field) else off, body)

    return read


def _one_of(name: str, key: str, group: str, values: Mapping[str, object]) -> Callable[[Any], Order]:
    """Read an order whose member says what to do."""

    def read(message: Any) -> Order:
        member = message.WhichOneof(group)
        if member not in values:
            raise _bad()
        return Order(name, {key: values[member]})

    return read


def _seat_heater(messages: Any) -> Order:
    message = _only(messages.hvacSeatHeaterAction)
    seat, level = message.WhichOneof("seat_position"), message.WhichOneof("seat_heater_level")
    if seat not in SEATS or level not in LEVELS:
        raise _bad()
    return Order("remote_seat_heater_request", {"seat_position": SEATS.index(seat), "level": LEVELS.index(level)})


def _seat_cooler(messages: Any) -> Order:
    message = _only(messages.hvacSeatCoolerAction)
    body = {"seat_position": message.seat_position, "seat_cooler_level": message.seat_cooler_level - 1}
    return Order("remote_seat_cooler_request", body)


def _automatic_seat(messages: Any) -> Order:
    message = _only(messages.carseat)
    body = {"auto_seat_position": message.seat_position, "auto_climate_on": message.on}
    return Order("remote_auto_seat_climate_request", body)


def _wheel_level(message: Any) -> Order:
    if message.stw_heat_level not in WHEEL_LEVELS:
        raise _bad()
    return Order("remote_steering_wheel_heat_level_request", {"level": WHEEL_LEVELS[message.stw_heat_level]})


def _overheat_temperature(message: Any) -> Order:
    return Order("set_cop_temp", {"cop_temp": message.copActivationTemp - 1})


def _roof(message: Any) -> Order:
    """Read the order of the sunroof; a level in percent is not supported."""
    return _one_of("sun_roof_control", "state", "action", {name: name for name in ("vent", "close", "open")})(message)


def _windows(message: Any) -> Order:
    """Read the order of the windows; cars that take signed ones do not ask where one is (6.4)."""
    return _one_of("window_control", "command", "action", {"vent": "vent", "close": "close"})(message)


def _homelink(message: Any) -> Order:
    place = (
        {"lat": message.location.latitude, "lon": message.location.longitude} if message.HasField("location") else {}
    )
    return Order("trigger_homelink", {**place, "token": message.token})


def _volume(message: Any) -> Order:
    if message.WhichOneof("media_volume") == "volume_absolute_float":
        return Order("adjust_volume", {"volume": message.volume_absolute_float})
    return Order("media_volume_up" if message.volume_delta > 0 else "media_volume_down")


def _optional(name: str, optional: str, **fields: str) -> Callable[[Any], Order]:
    """Copy fields; an empty `optional` one is not there."""

    def read(message: Any) -> Order:
        order = plain(name, **fields)(message)
        return Order(name, {key: value for key, value in order.body.items() if key != optional or value})

    return read


CAR_ACTIONS: dict[str, Callable[[Any], Order]] = {
    "hvacAutoAction": _switch("auto_conditioning_start", "auto_conditioning_stop", "power_on"),
    "hvacTemperatureAdjustmentAction": plain(
        "set_temps", driver_temp="driver_temp_celsius", passenger_temp="passenger_temp_celsius"
    ),
    "hvacClimateKeeperAction": plain("set_climate_keeper_mode", climate_keeper_mode="ClimateKeeperAction"),
    "hvacSetPreconditioningMaxAction": plain("set_preconditioning_max", on="on", manual_override="manual_override"),
    "hvacBioweaponModeAction": plain("set_bioweapon_mode", on="on", manual_override="manual_override"),
    "setCabinOverheatProtectionAction": plain("set_cabin_overheat_protection", on="on", fan_only="fan_only"),
    "setCopTempAction": _overheat_temperature,
    "hvacSeatHeaterActions": _seat_heater,
    "hvacSeatCoolerActions": _seat_cooler,
    "autoSeatClimateAction": _automatic_seat,
    "autoStwHeatAction": plain("remote_auto_steering_wheel_heat_climate_request", on="on"),
    "stwHeatLevelAction": _wheel_level,
    "hvacSteeringWheelHeaterAction": plain("remote_steering_wheel_heater_request", on="power_on"),
    "vehicleControlSunroofOpenCloseAction": _roof,
    "vehicleControlWindowAction": _windows,
    "vehicleControlFlashLightsAction": plain("flash_lights"),
    "vehicleControlHonkHornAction": plain("honk_horn"),
    "vehicleControlTriggerHomelinkAction": _homelink,
    "mediaPlayAction": plain("media_toggle_playback"),
    "mediaUpdateVolume": _volume,
    "mediaNextFavorite": plain("media_next_fav"),
    "mediaPreviousFavorite": plain("media_prev_fav"),
    "mediaNextTrack": plain("media_next_track"),
    "mediaPreviousTrack": plain("media_prev_track"),
    "navigationGpsRequest": plain("navigation_gps_request", lat="lat", lon="lon", order="order"),
    "navigationWaypointsRequest": plain("navigation_waypoints_request", waypoints="waypoints"),
    "boomboxAction": plain("remote_boombox", sound="sound"),
    "takeDrivenoteAction": plain("take_drivenote", note="note"),
    "uiSetUpcomingCalendarEntries": plain("upcoming_calendar_entries", calendar_data="calendar_data"),
    "vehicleControlScheduleSoftwareUpdateAction": plain("schedule_software_update", offset_sec="offset_sec"),
    "vehicleControlCancelSoftwareUpdateAction": plain("cancel_software_update"),
    "vehicleControlSetSentryModeAction": plain("set_sentry_mode", on="on"),
    "vehicleControlSetValetModeAction": _optional("set_valet_mode", "password", on="on", password="password"),
    "vehicleControlResetValetPinAction": plain("reset_valet_pin"),
    "vehicleControlSetPinToDriveAction": plain("set_pin_to_drive", on="on", password="password"),
    "vehicleControlResetPinToDriveAction": plain("reset_pin_to_drive_pin"),
    "vehicleControlResetPinToDriveAdminAction": plain("clear_pin_to_drive_admin"),
    "drivingSpeedLimitAction": _switch("speed_limit_activate", "speed_limit_deactivate", "activate", pin="pin"),
    "drivingSetSpeedLimitAction": plain("speed_limit_set_limit", limit_mph="limit_mph"),
    "drivingClearSpeedLimitPinAction": plain("speed_limit_clear_pin", pin="pin"),
    "drivingClearSpeedLimitPinAdminAction": plain("speed_limit_clear_pin_admin"),
    "parentalControlsAction": _switch(
        "parental_controls_activate", "parental_controls_deactivate", "activate", pin="pin"
    ),
    "parentalControlsEnableSettingsAction": plain(
        "parental_controls_enable_setting", setting="setting", enable="enable"
    ),
    "parentalControlsSetSpeedLimitAction": plain("parental_controls_set_speed_limit", limit_mph="limit_mph"),
    "parentalControlsClearPinAction": plain("parental_controls_clear_pin", pin="pin"),
    "parentalControlsClearPinAdminAction": plain("parental_controls_clear_pin_admin"),
    "guestModeAction": plain("guest_mode", enable="GuestModeActive"),
    "eraseUserDataAction": plain("erase_user_data"),
    "setVehicleNameAction": plain("set_vehicle_name", vehicle_name="vehicleName"),
    "setLowPowerModeAction": plain("set_low_power_mode", enable="low_power_mode"),
    "setKeepAccessoryPowerModeAction": plain("keep_accessory_power_mode", enable="keep_accessory_power_mode"),
}
"""Infotainment's actions of 6.4 (the charging ones are in `actions`)."""

_FRONT, _REAR = (Order("actuate_trunk", {"which_trunk": which}) for which in ("front", "rear"))

CAR_KEYS: dict[int, Order] = {
    RKEAction_E.RKE_ACTION_LOCK: Order("door_lock"),
    RKEAction_E.RKE_ACTION_UNLOCK: Order("door_unlock"),
    RKEAction_E.RKE_ACTION_OPEN_TRUNK: _REAR,
    RKEAction_E.RKE_ACTION_OPEN_FRUNK: _FRONT,
    RKEAction_E.RKE_ACTION_REMOTE_DRIVE: Order("remote_start_drive"),
    RKEAction_E.RKE_ACTION_AUTO_SECURE_VEHICLE: Order("auto_secure_vehicle"),
}
"""Buttons of a key fob."""

CAR_CLOSURES: dict[tuple[str, int], Order] = {
    ("rearTrunk", ClosureMoveType_E.CLOSURE_MOVE_TYPE_MOVE): _REAR,
    ("frontTrunk", ClosureMoveType_E.CLOSURE_MOVE_TYPE_MOVE): _FRONT,
    ("tonneau", ClosureMoveType_E.CLOSURE_MOVE_TYPE_OPEN): Order("open_tonneau"),
    ("tonneau", ClosureMoveType_E.CLOSURE_MOVE_TYPE_CLOSE): Order("close_tonneau"),
    ("tonneau", ClosureMoveType_E.CLOSURE_MOVE_TYPE_STOP): Order("stop_tonneau"),
}
"""Moves of one closure."""
