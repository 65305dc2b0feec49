"""Media players: what plays in a car."""

from dataclasses import dataclass, replace
from typing import Final, override

from homeassistant.components.media_player import (
    MediaPlayerDeviceClass,
    MediaPlayerEntity,
    MediaPlayerEntityDescription,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .commands import async_send
from .entity import VehicleDescription, VehicleEntity
from .fleet.climate_commands import CAR
from .fleet.models import Vehicle
from .fleet.models.media import MediaInfo, PlaybackStatus
from .fleet.scopes import Scope
from .fleet.trip_commands import (
    ADJUST_VOLUME,
    MEDIA_NEXT_TRACK,
    MEDIA_PREV_TRACK,
    MEDIA_TOGGLE_PLAYBACK,
    MEDIA_VOLUME_DOWN,
    MEDIA_VOLUME_UP,
)

# The commands queue for each car by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0

# fleet_api.md 6.4; of a car that does not say how loud it can be.
_LOUDEST: Final = 11.0
PLAYBACK: Final = {
    PlaybackStatus.PLAYING: MediaPlayerState.PLAYING,
    PlaybackStatus.PAUSED: MediaPlayerState.PAUSED,
    PlaybackStatus.STOPPED: MediaPlayerState.IDLE,
}


@dataclass(frozen=True, kw_only=True)
class VehicleMediaDescription(VehicleDescription, MediaPlayerEntityDescription):
    """What plays in a car."""

    scopes: frozenset[Scope] = CAR


def playback_of(car: Vehicle) -> MediaPlayerState | None:
    """Return whether something plays in a car."""
    status = car.vehicle_state.media_info.media_playback_status
    return None if status is None else PLAYBACK[status]


def volume_of(car: Vehicle) -> float | None:
    """Return how loud it is, from 0 to 1."""
    info = car.vehicle_state.media_info
    return None if info.audio_volume is None else min(1.0, info.audio_volume / _loudest(info))


def _loudest(info: MediaInfo) -> float:
    return info.audio_volume_max or _LOUDEST


def tells_media(car: Vehicle) -> bool:
    """Whether a car tells what plays: one that does not cannot be told to play or to pause (fleet_api.md 5.3)."""
    return car.vehicle_state.media_info != MediaInfo()


def _is_remote(car: Vehicle) -> bool:
    return tells_media(car) and car.vehicle_state.media_state.remote_control_enabled is not False


MEDIA: Final = VehicleMediaDescription(
    key="media", device_class=MediaPlayerDeviceClass.SPEAKER, supported_fn=_is_remote
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the media players."""
    async_follow_products(
        entry, Platform.MEDIA_PLAYER, async_add_entities, lambda: vehicle_candidates(entry, (MEDIA,), VehicleMedia)
    )


class VehicleMedia(VehicleEntity, MediaPlayerEntity):
    """What plays in a car. Play and pause are one command, which turns round what is: the car is looked at before it."""

    entity_description: VehicleMediaDescription
    _attr_media_content_type = MediaType.MUSIC
    _attr_supported_features = (
        MediaPlayerEntityFeature.NEXT_TRACK
        | MediaPlayerEntityFeature.PAUSE
        | MediaPlayerEntityFeature.PLAY
        | MediaPlayerEntityFeature.PREVIOUS_TRACK
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.VOLUME_STEP
    )

    _presses = 0
    # What it is to be once the presses that are under way are done.
    _wanted: float | None = None

    @property
    def _info(self) -> MediaInfo:
        return self.vehicle.vehicle_state.media_info

    @override
    def _show(self) -> object:
        info = self._info
        self._attr_state = playback_of(self.vehicle)
        self._attr_volume_level = volume_of(self.vehicle)
        self._attr_media_title = info.now_playing_title
        self._attr_media_artist = info.now_playing_artist
        self._attr_media_album_name = info.now_playing_album
        self._attr_media_channel = info.now_playing_station
        self._attr_source = info.now_playing_source
        self._attr_media_duration = round((info.now_playing_duration or 0) / 1000) or None
        # Where it is in a track is not shown.
        return replace(info, now_playing_elapsed=None)

    @override
    async def async_media_play(self) -> None:
        """Play."""
        await async_send(self.coordinator, MEDIA_TOGGLE_PLAYBACK, plays=True)

    @override
    async def async_media_pause(self) -> None:
        """Pause."""
        await async_send(self.coordinator, MEDIA_TOGGLE_PLAYBACK, plays=False)

    @override
    async def async_media_next_track(self) -> None:
        """Play the next track."""
        await async_send(self.coordinator, MEDIA_NEXT_TRACK)

    @override
    async def async_media_previous_track(self) -> None:
        """Play the previous track."""
        await async_send(self.coordinator, MEDIA_PREV_TRACK)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Set the volume, from 0 to 1."""
        await self._async_set(volume * _loudest(self._info))

    async def _async_set(self, volume: float) -> None:
        """Set it; a step that comes meanwhile begins at what was asked for."""
        self._wanted = volume
        self._presses += 1
        try:
            await async_send(self.coordinator, ADJUST_VOLUME, volume=round(volume, 2))
        finally:
            self._presses -= 1
            if not self._presses:
                self._wanted = None

    @override
    async def async_volume_up(self) -> None:
        """Be a little louder; the command for it is only taken signed, that for a volume is not."""
        coordinator = self.coordinator
        if not (coordinator.client.can_sign or coordinator.fresh):
            await coordinator.async_look()
        volume = self._info.audio_volume if self._wanted is None else self._wanted
        step = self._info.audio_volume_increment
        if coordinator.client.can_sign or not coordinator.fresh or volume is None or step is None:
            await async_send(coordinator, MEDIA_VOLUME_UP)
        else:
            await self._async_set(min(_loudest(self._info), volume + step))

    @override
    async def async_volume_down(self) -> None:
        """Be a little quieter."""
        await async_send(self.coordinator, MEDIA_VOLUME_DOWN)
