"""What plays in a car (fleet_api.md 5.3, media_info)."""

from dataclasses import dataclass
from typing import Any

VOLUME_MAX, VOLUME_STEP = 10.333333, 0.333333
TRACKS = 5
TRACK_S = 180


@dataclass(eq=False)
class Media:
    """The media player: stations are favourites, tracks are in a station."""

    status: str = "Stopped"
    volume: float = 2.6667
    station: int = 0
    track: int = 0

    def set_volume(self, volume: float) -> None:
        """Set the volume within its range."""
        self.volume = round(max(0.0, min(volume, VOLUME_MAX)), 6)

    def toggle(self) -> None:
        """Play or pause."""
        self.status = "Paused" if self.status == "Playing" else "Playing"

    def fields(self) -> dict[str, Any]:
        """Return media_info; a player that is stopped plays nothing."""
        plays = self.status != "Stopped"
        playing = {
            "now_playing_album": "Night Drives",
            "now_playing_artist": "The Examples",
            "now_playing_duration": TRACK_S * 1000,
            "now_playing_elapsed": 0,
            "now_playing_source": "13",
            "now_playing_station": f"Station {self.station + 1}",
            "now_playing_title": f"Track {self.track + 1}",
        }
        nothing = {name: 0 if isinstance(value, int) else "" for name, value in playing.items()}
        return {
            "a2dp_source_name": "",
            "audio_volume": self.volume,
            "audio_volume_increment": VOLUME_STEP,
            "audio_volume_max": VOLUME_MAX,
            "media_playback_status": self.status,
            **(playing if plays else nothing),
        }
