"""The commands of media, navigation and what else a car is sent, fleet_api.md 6.4."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .media import TRACKS, VOLUME_STEP
from .params import DONE, IN_MOTION, NO_HARDWARE, NO_USER, CommandResult, InvalidParameter, Params, refused
from .route import PREPEND, Route

if TYPE_CHECKING:
    from .car import Car

VOLUME_TOP = 11.0
SOUNDS = (0, 2000)
ORDERS = range(4)
TEXT = "android.intent.extra.TEXT"
WAYPOINT = "refId:"

type Run = Callable[[Car, Params], CommandResult]


def _toggle(car: Car, params: Params) -> CommandResult:
    car.media.toggle()
    return DONE


def _track(step: int) -> Run:
    def move(car: Car, params: Params) -> CommandResult:
        car.media.track = (car.media.track + step) % TRACKS
        return DONE

    return move


def _favourite(step: int) -> Run:
    def move(car: Car, params: Params) -> CommandResult:
        car.media.station, car.media.track = (car.media.station + step) % TRACKS, 0
        return DONE

    return move


def _volume_by(step: float) -> Run:
    def move(car: Car, params: Params) -> CommandResult:
        car.media.set_volume(car.media.volume + step)
        return DONE

    return move


def _volume(car: Car, params: Params) -> CommandResult:
    """Set it, for a user who is there (6.4)."""
    volume = params.number("volume")
    if not 0 <= volume <= VOLUME_TOP:
        raise InvalidParameter("invalid volume param")
    if not (car.user_present or car.trip):
        return refused(NO_USER)
    car.media.set_volume(volume)
    return DONE


def _go(car: Car, route: Route) -> CommandResult:
    """Take a route; a stop on the way leaves the destination as it is."""
    if not (route.order == PREPEND and car.route):
        car.route = route
    return DONE


def _supercharger(car: Car, params: Params) -> CommandResult:
    """Set out for a Supercharger; which one has which id is not published, so every id is one."""
    number, order = params.number("id"), params.integer("order", ORDERS)
    return _go(car, Route.to_supercharger(int(number), order, car.now, *car.position()))


def _coordinates(car: Car, params: Params) -> CommandResult:
    latitude, longitude = params.number("lat"), params.number("lon")
    order = params.integer("order", ORDERS) if "order" in params.body else 0
    return _go(car, Route.to_coordinates(latitude, longitude, order, car.now))


def _place(car: Car, params: Params) -> CommandResult:
    """Take a shared text; REST queues it, and the answer says so."""
    for name in ("type", "locale"):
        params.text(name)
    if "timestamp_ms" not in params.body:
        raise InvalidParameter("missing timestamp_ms param")
    value = params.body.get("value")
    text = value.get(TEXT) if isinstance(value, dict) else None
    if not isinstance(text, str) or not text:
        raise InvalidParameter("invalid value param")
    return _go(car, Route.to_name(text, car.now, *car.position()))


def _waypoints(car: Car, params: Params) -> CommandResult:
    names = params.text("waypoints").split(",")
    if not all(name.startswith(WAYPOINT) and name != WAYPOINT for name in names):
        raise InvalidParameter("invalid waypoints param")
    return _go(car, Route.to_name(names[-1].removeprefix(WAYPOINT), car.now, *car.position()))


def _note(name: str, key: str) -> Run:
    def take(car: Car, params: Params) -> CommandResult:
        params.text(key)
        car.signals.append((car.now, name))
        return DONE

    return take


def _boombox(car: Car, params: Params) -> CommandResult:
    params.integer("sound", SOUNDS)
    if not car.hardware.outside_speaker:
        return refused(NO_HARDWARE)
    if car.trip:
        return refused(IN_MOTION)
    car.signals.append((car.now, "boombox"))
    return DONE


MEDIA_COMMANDS: dict[str, Run] = {
    "media_toggle_playback": _toggle,
    "media_next_track": _track(1),
    "media_prev_track": _track(-1),
    "media_next_fav": _favourite(1),
    "media_prev_fav": _favourite(-1),
    "media_volume_down": _volume_by(-VOLUME_STEP),
    "adjust_volume": _volume,
    "navigation_request": _place,
    "navigation_gps_request": _coordinates,
    "navigation_sc_request": _supercharger,
    "navigation_waypoints_request": _waypoints,
    "upcoming_calendar_entries": _note("calendar", "calendar_data"),
    "take_drivenote": _note("note", "note"),
    "remote_boombox": _boombox,
}
"""Each needs `vehicle_cmds` (fleet_api.md 6.4)."""

SIGNED_MEDIA_COMMANDS: dict[str, Run] = {"media_volume_up": _volume_by(VOLUME_STEP)}
"""What no REST command does (6.4)."""
