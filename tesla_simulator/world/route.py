"""A route that was sent to the car, to a Supercharger or elsewhere (fleet_api.md 5.3 and 6.4)."""

from dataclasses import dataclass
from typing import Any, Self

from .models import MILES_PER_KM
from .station import Place

HEATS_AFTER_S = 60.0  # until the battery is heated for the Supercharger; UNCONFIRMED
HEATS_FOR_S = 45 * 60.0
HEATER_W = 5000.0
SPEED_KMH = 60.0
NORTH_DEGREES = 0.2
KM_AWAY = 22.0
WH_PER_KM = 180.0
PREPEND = 2  # RemoteNavTripOrder of the protobuf: a stop on the way


@dataclass(frozen=True)
class Route:
    """Where the car is to go; which Supercharger has which id is not published, ours is a bit to the north."""

    destination: Place
    order: int
    since: float  # epoch s
    supercharger: bool = False

    @classmethod
    def to_supercharger(cls, number: int, order: int, now: float, latitude: float, longitude: float) -> Self:
        """Lead to the Supercharger of that number."""
        return cls(Place(latitude + NORTH_DEGREES, longitude, f"Supercharger {number}"), order, now, supercharger=True)

    @classmethod
    def to_coordinates(cls, latitude: float, longitude: float, order: int, now: float) -> Self:
        """Lead to a place that has no name."""
        return cls(Place(latitude, longitude, f"{latitude:.5f}, {longitude:.5f}"), order, now)

    @classmethod
    def to_name(cls, name: str, now: float, latitude: float, longitude: float) -> Self:
        """Lead to a place by its name: where that is the simulated Tesla does not know, ours is a bit to the north."""
        return cls(Place(latitude + NORTH_DEGREES, longitude, name), 0, now)

    def heats(self, now: float) -> bool:
        """Whether the battery is being heated for the Supercharger."""
        return self.supercharger and HEATS_AFTER_S <= now - self.since < HEATS_AFTER_S + HEATS_FOR_S

    def fields(self, battery_wh: float, capacity_wh: float) -> dict[str, Any]:
        """Return the fields of drive_state that are there while navigating."""
        left_wh = max(0.0, battery_wh - KM_AWAY * WH_PER_KM)
        return {
            "active_route_destination": self.destination.name,
            "active_route_energy_at_arrival": round(100 * left_wh / capacity_wh),
            "active_route_latitude": round(self.destination.latitude, 6),
            "active_route_longitude": round(self.destination.longitude, 6),
            "active_route_miles_to_arrival": round(KM_AWAY * MILES_PER_KM, 6),
            "active_route_minutes_to_arrival": round(KM_AWAY / SPEED_KMH * 60, 6),
            "active_route_traffic_minutes_delay": 0.0,
        }
