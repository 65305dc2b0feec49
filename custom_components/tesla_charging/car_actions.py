"""The actions of a car that need more than a press: a place, a PIN, a time, a word."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID, ATTR_LATITUDE, ATTR_LOCATION, ATTR_LONGITUDE, ATTR_NAME
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .commands import async_send
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .device_targets import car_of, place_of
from .fleet.body_commands import (
    CLEAR_PIN_TO_DRIVE_ADMIN,
    ERASE_USER_DATA,
    GUEST_MODE,
    PARENTAL_CONTROLS_ACTIVATE,
    PARENTAL_CONTROLS_CLEAR_PIN,
    PARENTAL_CONTROLS_CLEAR_PIN_ADMIN,
    PARENTAL_CONTROLS_DEACTIVATE,
    PARENTAL_CONTROLS_ENABLE_SETTING,
    PARENTAL_CONTROLS_SET_SPEED_LIMIT,
    RESET_PIN_TO_DRIVE_PIN,
    RESET_VALET_PIN,
    SET_PIN_TO_DRIVE,
    SET_VALET_MODE,
    SET_VEHICLE_NAME,
    SPEED_LIMIT_ACTIVATE,
    SPEED_LIMIT_CLEAR_PIN,
    SPEED_LIMIT_CLEAR_PIN_ADMIN,
    SPEED_LIMIT_DEACTIVATE,
    TRIGGER_HOMELINK,
    WINDOW_CONTROL,
)
from .fleet.climate_commands import SET_TEMPS
from .fleet.commands import VehicleCommand
from .fleet.schedule_commands import BATCH_REMOVE_CHARGE_SCHEDULES, BATCH_REMOVE_PRECONDITION_SCHEDULES
from .fleet.trip_commands import (
    CANCEL_SOFTWARE_UPDATE,
    NAVIGATION_GPS_REQUEST,
    NAVIGATION_REQUEST,
    NAVIGATION_WAYPOINTS_REQUEST,
    SCHEDULE_SOFTWARE_UPDATE,
    TAKE_DRIVENOTE,
    UPCOMING_CALENDAR_ENTRIES,
)

_AS_OWNER: Final = "as_owner"
_CONFIRM: Final = "confirm"
_DELAY: Final = "delay"
_DRIVER: Final = "driver"
_ENABLE: Final = "enable"
_ENTRIES: Final = "entries"
_KIND: Final = "kind"
_LIMIT: Final = "limit_mph"
_MOVE: Final = "move"
_NOTE: Final = "note"
_ORDER: Final = "order"
_PASSENGER: Final = "passenger"
_PIN: Final = "pin"
_PLACE: Final = "place"
_PLACES: Final = ("home", "work", "other")
_PLACE_IDS: Final = "place_ids"
_SETTING: Final = "setting"
_TOKEN: Final = "token"

# What becomes of the way that the car is on (Tesla's RemoteNavTripOrder).
ORDERS: Final = {"replace": 1, "next": 2, "last": 3}
# The protobuf counts them from 0; the library's docstring, from 1, is wrong about what is on the wire.
PARENTAL_SETTINGS: Final = {
    "speed_limit": 0,
    "acceleration": 1,
    "safety_features": 2,
    "curfew": 3,
    "browser": 4,
    "theater": 5,
    "arcade": 6,
}
KINDS: Final = {"charge": BATCH_REMOVE_CHARGE_SCHEDULES, "precondition": BATCH_REMOVE_PRECONDITION_SCHEDULES}
MOVES: Final = ("vent", "close")
_LONGEST_DELAY: Final = timedelta(days=7)
_SHARED_TEXT: Final = "android.intent.extra.TEXT"


def _four_digits(value: object) -> str:
    """Return a PIN. YAML makes a number of one without quotes, and another number of one with leading zeros: 0042 is 34."""
    text = str(value)
    changed = isinstance(value, int) and not 1000 <= value <= 9999
    if changed or len(text) != 4 or not (text.isascii() and text.isdigit()):
        # The value is not repeated: it may be most of a PIN.
        raise vol.Invalid("a PIN is four digits; put it in quotes")
    return text


_SWITCH: Final[dict[Any, Any]] = {vol.Required(_ENABLE): cv.boolean}
_NEEDS_PIN: Final[dict[Any, Any]] = {vol.Required(_PIN): _four_digits}
_MAY_PIN: Final[dict[Any, Any]] = {vol.Optional(_PIN): _four_digits}
_AS_THE_OWNER: Final[dict[Any, Any]] = {vol.Optional(_AS_OWNER): cv.boolean}
_PIN_OR_OWNER: Final[dict[Any, Any]] = {**_MAY_PIN, **_AS_THE_OWNER}
_POINT: Final = vol.Schema(
    {vol.Required(ATTR_LATITUDE): cv.latitude, vol.Required(ATTR_LONGITUDE): cv.longitude}, extra=vol.REMOVE_EXTRA
)
_CELSIUS: Final = vol.All(vol.Coerce(float), vol.Range(min=15, max=28))
_MPH: Final = vol.All(vol.Coerce(float), vol.Range(min=50, max=120))
_TEXT: Final = vol.All(cv.string, vol.Strip, vol.Length(min=1))

type _Data = Mapping[str, Any]
type _Action = Callable[[VehicleCoordinator, _Data], Awaitable[None]]


def _invalid(key: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key)


def _where(coordinator: VehicleCoordinator, data: _Data) -> dict[str, float]:
    """Return the place that was given, else where the car is."""
    place = data.get(ATTR_LOCATION)
    return place_of(coordinator) if place is None else {"lat": place[ATTR_LATITUDE], "lon": place[ATTR_LONGITUDE]}


# Trips


async def _navigate_to_place(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(
        coordinator,
        NAVIGATION_REQUEST,
        type="share_ext_content_raw",
        value={_SHARED_TEXT: data[_PLACE]},
        locale=coordinator.hass.config.language,
        timestamp_ms=round(dt_util.utcnow().timestamp() * 1000),
    )


async def _navigate_to_coordinates(coordinator: VehicleCoordinator, data: _Data) -> None:
    order = ORDERS[data.get(_ORDER, "replace")]
    await async_send(coordinator, NAVIGATION_GPS_REQUEST, **_where(coordinator, data), order=order)


async def _navigate_by_waypoints(coordinator: VehicleCoordinator, data: _Data) -> None:
    waypoints = ",".join(f"refId:{place.removeprefix('refId:')}" for place in data[_PLACE_IDS])
    await async_send(coordinator, NAVIGATION_WAYPOINTS_REQUEST, waypoints=waypoints)


# Software


async def _schedule_software_update(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, SCHEDULE_SOFTWARE_UPDATE, offset_sec=round(data[_DELAY].total_seconds()))


async def _cancel_software_update(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, CANCEL_SOFTWARE_UPDATE)


# Modes and PINs


async def _set_valet_mode(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, SET_VALET_MODE, on=data[_ENABLE], password=data.get(_PIN))


async def _reset_valet_pin(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, RESET_VALET_PIN)


async def _set_speed_limit_mode(coordinator: VehicleCoordinator, data: _Data) -> None:
    command = SPEED_LIMIT_ACTIVATE if data[_ENABLE] else SPEED_LIMIT_DEACTIVATE
    await async_send(coordinator, command, pin=data[_PIN])


def _clears_pin(by_pin: VehicleCommand, as_owner: VehicleCommand) -> _Action:
    """Return what clears a PIN by the PIN, or as the owner, who needs none."""

    async def clear(coordinator: VehicleCoordinator, data: _Data) -> None:
        if _PIN in data:
            await async_send(coordinator, by_pin, pin=data[_PIN])
        elif data.get(_AS_OWNER):
            await async_send(coordinator, as_owner)
        else:
            raise _invalid("pin_or_owner")

    return clear


async def _set_pin_to_drive(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, SET_PIN_TO_DRIVE, on=data[_ENABLE], password=data[_PIN])


async def _clear_pin_to_drive(coordinator: VehicleCoordinator, data: _Data) -> None:
    """Forget a PIN that is switched off, or as the owner one that is on, too."""
    await async_send(coordinator, CLEAR_PIN_TO_DRIVE_ADMIN if data.get(_AS_OWNER) else RESET_PIN_TO_DRIVE_PIN)


async def _set_guest_mode(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, GUEST_MODE, enable=data[_ENABLE])


async def _erase_user_data(coordinator: VehicleCoordinator, data: _Data) -> None:
    if not data[_CONFIRM]:
        raise _invalid("erase_unconfirmed")
    await async_send(coordinator, ERASE_USER_DATA)


async def _set_parental_controls(coordinator: VehicleCoordinator, data: _Data) -> None:
    command = PARENTAL_CONTROLS_ACTIVATE if data[_ENABLE] else PARENTAL_CONTROLS_DEACTIVATE
    await async_send(coordinator, command, pin=data[_PIN])


async def _set_parental_control(coordinator: VehicleCoordinator, data: _Data) -> None:
    number = PARENTAL_SETTINGS[data[_SETTING]]
    await async_send(coordinator, PARENTAL_CONTROLS_ENABLE_SETTING, setting=number, enable=data[_ENABLE])


async def _set_parental_speed_limit(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, PARENTAL_CONTROLS_SET_SPEED_LIMIT, limit_mph=data[_LIMIT])


# The rest


async def _set_temperatures(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, SET_TEMPS, driver_temp=data[_DRIVER], passenger_temp=data[_PASSENGER])


async def _move_windows(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, WINDOW_CONTROL, command=data[_MOVE], **_where(coordinator, data))


async def _trigger_homelink(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, TRIGGER_HOMELINK, **_where(coordinator, data), token=data.get(_TOKEN))


async def _set_vehicle_name(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, SET_VEHICLE_NAME, vehicle_name=data[ATTR_NAME])


async def _send_calendar(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, UPCOMING_CALENDAR_ENTRIES, calendar_data=data[_ENTRIES])


async def _take_drive_note(coordinator: VehicleCoordinator, data: _Data) -> None:
    await async_send(coordinator, TAKE_DRIVENOTE, note=data[_NOTE])


async def _remove_schedules_at(coordinator: VehicleCoordinator, data: _Data) -> None:
    places = {place: bool(data.get(place)) for place in _PLACES}
    if not any(places.values()):
        raise _invalid("no_place")
    await async_send(coordinator, KINDS[data[_KIND]], **places)


_ACTIONS: Final[dict[str, tuple[_Action, dict[Any, Any]]]] = {
    "cancel_software_update": (_cancel_software_update, {}),
    "clear_parental_controls_pin": (
        _clears_pin(PARENTAL_CONTROLS_CLEAR_PIN, PARENTAL_CONTROLS_CLEAR_PIN_ADMIN),
        _PIN_OR_OWNER,
    ),
    "clear_pin_to_drive": (_clear_pin_to_drive, _AS_THE_OWNER),
    "clear_speed_limit_pin": (_clears_pin(SPEED_LIMIT_CLEAR_PIN, SPEED_LIMIT_CLEAR_PIN_ADMIN), _PIN_OR_OWNER),
    "erase_user_data": (_erase_user_data, {vol.Required(_CONFIRM): cv.boolean}),
    "move_windows": (_move_windows, {vol.Required(_MOVE): vol.In(MOVES), vol.Optional(ATTR_LOCATION): _POINT}),
    "navigate_by_waypoints": (
        _navigate_by_waypoints,
        {vol.Required(_PLACE_IDS): vol.All(cv.ensure_list, vol.Length(min=1), [_TEXT])},
    ),
    "navigate_to_coordinates": (
        _navigate_to_coordinates,
        {vol.Required(ATTR_LOCATION): _POINT, vol.Optional(_ORDER): vol.In(ORDERS)},
    ),
    "navigate_to_place": (_navigate_to_place, {vol.Required(_PLACE): _TEXT}),
    "remove_schedules_at": (
        _remove_schedules_at,
        {vol.Required(_KIND): vol.In(KINDS), **{vol.Optional(place): cv.boolean for place in _PLACES}},
    ),
    "reset_valet_pin": (_reset_valet_pin, {}),
    "schedule_software_update": (
        _schedule_software_update,
        {vol.Required(_DELAY): vol.All(cv.positive_time_period, vol.Range(max=_LONGEST_DELAY))},
    ),
    "send_calendar": (_send_calendar, {vol.Required(_ENTRIES): _TEXT}),
    "set_guest_mode": (_set_guest_mode, _SWITCH),
    "set_parental_control": (_set_parental_control, {vol.Required(_SETTING): vol.In(PARENTAL_SETTINGS), **_SWITCH}),
    "set_parental_controls": (_set_parental_controls, {**_SWITCH, **_NEEDS_PIN}),
    "set_parental_speed_limit": (_set_parental_speed_limit, {vol.Required(_LIMIT): _MPH}),
    "set_pin_to_drive": (_set_pin_to_drive, {**_SWITCH, **_NEEDS_PIN}),
    "set_speed_limit_mode": (_set_speed_limit_mode, {**_SWITCH, **_NEEDS_PIN}),
    "set_temperatures": (_set_temperatures, {vol.Required(_DRIVER): _CELSIUS, vol.Required(_PASSENGER): _CELSIUS}),
    "set_valet_mode": (_set_valet_mode, {**_SWITCH, **_MAY_PIN}),
    "set_vehicle_name": (_set_vehicle_name, {vol.Required(ATTR_NAME): _TEXT}),
    "take_drive_note": (_take_drive_note, {vol.Required(_NOTE): _TEXT}),
    "trigger_homelink": (_trigger_homelink, {vol.Optional(ATTR_LOCATION): _POINT, vol.Optional(_TOKEN): cv.string}),
}


@callback
def async_setup_car_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, (action, fields) in _ACTIONS.items():
        _register(hass, name, action, fields)


def _register(hass: HomeAssistant, name: str, action: _Action, fields: dict[Any, Any]) -> None:
    async def handle(call: ServiceCall) -> None:
        await action(car_of(call)[1], call.data)

    schema = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string, **fields})
    hass.services.async_register(DOMAIN, name, handle, schema=schema)
