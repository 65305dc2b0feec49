"""The commands for what plays, where the car goes, and its software (fleet_api.md 6.4)."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from .climate_commands import CAR
from .commands import Command, VehicleCommand
from .models import Vehicle
from .models.media import PlaybackStatus
from .models.software import UpdateStatus

_SAME_VOLUME: Final = 0.2


def _media(vehicle: Vehicle, **changes: Any) -> Vehicle:
    block = vehicle.vehicle_state
    return replace(vehicle, vehicle_state=replace(block, media_info=replace(block.media_info, **changes)))


def _update(vehicle: Vehicle, status: UpdateStatus) -> Vehicle:
    block = vehicle.vehicle_state
    return replace(vehicle, vehicle_state=replace(block, software_update=replace(block.software_update, status=status)))


def _volume(vehicle: Vehicle, volume: float) -> Vehicle:
    known = vehicle.vehicle_state.media_info.audio_volume
    return vehicle if known is not None and abs(known - volume) < _SAME_VOLUME else _media(vehicle, audio_volume=volume)


def _playback_switched(vehicle: Vehicle, plays: bool) -> bool | None:
    status = vehicle.vehicle_state.media_info.media_playback_status
    return None if status is None else (status is PlaybackStatus.PLAYING) is plays


def _playback(vehicle: Vehicle, plays: bool) -> Vehicle:
    if _playback_switched(vehicle, plays):
        return vehicle
    return _media(vehicle, media_playback_status=PlaybackStatus.PLAYING if plays else PlaybackStatus.PAUSED)


_BEGUN: Final = frozenset({UpdateStatus.SCHEDULED, UpdateStatus.INSTALLING})


def _update_begun(vehicle: Vehicle) -> bool:
    return vehicle.vehicle_state.software_update.status in _BEGUN


def _schedule_update(vehicle: Vehicle, offset_sec: int) -> Vehicle:
    return vehicle if _update_begun(vehicle) else _update(vehicle, UpdateStatus.SCHEDULED)


def _cancel_update(vehicle: Vehicle) -> Vehicle:
    return _update(vehicle, UpdateStatus.AVAILABLE) if _update_begun(vehicle) else vehicle


_command = partial(Command[Vehicle], scopes=CAR, by_name=True)
_unseen_command = partial(_command, effect=lambda vehicle, **_: vehicle, visible=False)
# What the car says no more of than that it did something: a read shows what.
_guessed_command = partial(_command, effect=lambda vehicle, **_: vehicle, foreseen=lambda _: False)

ADJUST_VOLUME: Final[VehicleCommand] = _command(name="adjust_volume", about="volume", value=True, effect=_volume)
MEDIA_TOGGLE_PLAYBACK: Final[VehicleCommand] = _command(
    name="media_toggle_playback",
    effect=_playback,
    asleep=lambda body: not body["plays"],
    untold=frozenset({"plays"}),
    switched=_playback_switched,
)
MEDIA_NEXT_TRACK: Final[VehicleCommand] = _guessed_command(name="media_next_track")
MEDIA_PREV_TRACK: Final[VehicleCommand] = _guessed_command(name="media_prev_track")
MEDIA_NEXT_FAV: Final[VehicleCommand] = _guessed_command(name="media_next_fav")
MEDIA_PREV_FAV: Final[VehicleCommand] = _guessed_command(name="media_prev_fav")
MEDIA_VOLUME_DOWN: Final[VehicleCommand] = _guessed_command(name="media_volume_down", about="volume", step=True)
MEDIA_VOLUME_UP: Final[VehicleCommand] = _guessed_command(
    name="media_volume_up", about="volume", step=True, signed_only=True
)

NAVIGATION_REQUEST: Final[VehicleCommand] = _guessed_command(
    name="navigation_request", about="trip", apart="", unsigned_first=True
)
NAVIGATION_GPS_REQUEST: Final[VehicleCommand] = _guessed_command(
    name="navigation_gps_request", about="trip", apart="", unsigned_first=True
)
NAVIGATION_WAYPOINTS_REQUEST: Final[VehicleCommand] = _guessed_command(
    name="navigation_waypoints_request", about="trip", apart="", unsigned_first=True
)
UPCOMING_CALENDAR_ENTRIES: Final[VehicleCommand] = _unseen_command(
    name="upcoming_calendar_entries", unsigned_first=True
)
TAKE_DRIVENOTE: Final[VehicleCommand] = _unseen_command(name="take_drivenote", unsigned_first=True)

SCHEDULE_SOFTWARE_UPDATE: Final[VehicleCommand] = _command(
    name="schedule_software_update",
    about="software",
    effect=_schedule_update,
    # Another time of one that is planned already shows only in a read.
    foreseen=lambda vehicle: not _update_begun(vehicle),
)
CANCEL_SOFTWARE_UPDATE: Final[VehicleCommand] = _command(
    name="cancel_software_update",
    about="software",
    effect=_cancel_update,
    foreseen=lambda vehicle: vehicle.vehicle_state.software_update.status is not None,
)
