"""Sun and house: power by the time of day."""

from datetime import datetime
from functools import lru_cache
from math import asin, cos, pi, pow, radians, sin
from zoneinfo import ZoneInfo

DAY_S = 86_400
BERLIN = ZoneInfo("Europe/Berlin")
# A household's day in W, by local hour.
HOUSE_W = (
    *(280, 260, 250, 250, 260, 320, 620, 880, 700, 480, 430, 470),
    *(760, 620, 430, 410, 470, 690, 1250, 1420, 1100, 840, 560, 370),
)
CLOUD_LOSS = 0.8
PEAKING: float = 1.15  # a low sun gives less than its height


@lru_cache(maxsize=4096)
def _offset_of_quarter(quarter: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(quarter * 900, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def local_offset(at: float, zone: ZoneInfo) -> int:
    """Return local minus UTC time in seconds at epoch `at`; zones change at quarters of an hour."""
    return _offset_of_quarter(int(at // 900), zone)


def local_hour(at: float, zone: ZoneInfo) -> float:
    """Return local hours since midnight, 0 to 24."""
    return (at + local_offset(at, zone)) % DAY_S / 3600


def house_w(at: float, zone: ZoneInfo) -> float:
    """Return the house's load, interpolated between the hours."""
    hour = local_hour(at, zone)
    first = int(hour)
    return HOUSE_W[first] + (HOUSE_W[(first + 1) % 24] - HOUSE_W[first]) * (hour - first)


def sun_height(at: float, latitude: float, longitude: float) -> float:
    """Return the sine of the sun's elevation, from its declination on that day."""
    day = at / DAY_S % 365.2422
    orbit = radians(0.98565 * (day + 10) + 1.914 * sin(radians(0.98565 * (day - 2))))
    declination = -asin(0.39779 * cos(orbit))
    hour_angle = 2 * pi * (at / DAY_S % 1 + longitude / 360 - 0.5)
    place = radians(latitude)
    noon = cos(place) * cos(declination)
    return sin(place) * sin(declination) + noon * cos(hour_angle)


def solar_w(at: float, latitude: float, longitude: float, peak_w: float, cloud_cover: float) -> float:
    """Return the power of panels of `peak_w` under clouds of 0 to 1."""
    height = max(0.0, sun_height(at, latitude, longitude))
    return peak_w * pow(height, PEAKING) * (1 - CLOUD_LOSS * cloud_cover)
