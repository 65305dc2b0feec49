"""A drive under way."""

from dataclasses import dataclass
from math import pi, sin

from .station import Place, Station

KM_PER_DEGREE = 111.2


@dataclass
class Drive:
    """A drive under way."""

    seconds: float
    speed_kmh: float
    start: Place
    end: Place | Station
    elapsed: float = 0.0

    @property
    def left(self) -> float:
        """Seconds to go."""
        return self.seconds - self.elapsed

    def position(self) -> tuple[float, float]:
        """Return where the car is: on a bow that is as long as the drive is, roughly."""
        part = self.elapsed / self.seconds
        bow = self.seconds / 3600 * self.speed_kmh / 3 / KM_PER_DEGREE * sin(pi * part)
        latitude = self.start.latitude + (self.end.latitude - self.start.latitude) * part + bow
        return latitude, self.start.longitude + (self.end.longitude - self.start.longitude) * part
