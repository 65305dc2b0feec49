"""What plays in a car: parts of the block `vehicle_state` (fleet_api.md 5.3)."""

from dataclasses import dataclass, field
from enum import StrEnum

from .parse import read_as

_CLEARS = read_as(clears=True)


class PlaybackStatus(StrEnum):
    """Whether something plays."""

    PLAYING = "Playing"
    PAUSED = "Paused"
    STOPPED = "Stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaInfo:
    """The part `media_info`; durations are milliseconds."""

    audio_volume: float | None = None
    audio_volume_increment: float | None = None
    audio_volume_max: float | None = None
    media_playback_status: PlaybackStatus | None = None
    now_playing_album: str | None = field(default=None, metadata=_CLEARS)
    now_playing_artist: str | None = field(default=None, metadata=_CLEARS)
    now_playing_duration: int | None = None
    now_playing_elapsed: int | None = None
    now_playing_source: str | None = field(default=None, metadata=_CLEARS)
    now_playing_station: str | None = field(default=None, metadata=_CLEARS)
    now_playing_title: str | None = field(default=None, metadata=_CLEARS)


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaState:
    """The part `media_state`."""

    remote_control_enabled: bool | None = None
