"""The blocks that tell where a car goes and what it is made of (fleet_api.md 5.3). Distances are miles, speeds mph."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .parse import read_as

# The route is told only while there is one.
_ROUTE = read_as(clears=True, absent=None)


class ShiftState(StrEnum):
    """The gear; null when the car is parked and its systems are off."""

    PARK = "P"
    REVERSE = "R"
    NEUTRAL = "N"
    DRIVE = "D"


@dataclass(frozen=True, kw_only=True, slots=True)
class DriveState:
    """The block `drive_state`; places only where that is granted. Power is kW, negative while charging or braking."""

    active_route_destination: str | None = field(default=None, metadata=_ROUTE)
    active_route_energy_at_arrival: float | None = field(default=None, metadata=_ROUTE)
    active_route_latitude: float | None = field(default=None, metadata=_ROUTE)
    active_route_longitude: float | None = field(default=None, metadata=_ROUTE)
    active_route_miles_to_arrival: float | None = field(default=None, metadata=_ROUTE)
    active_route_minutes_to_arrival: float | None = field(default=None, metadata=_ROUTE)
    active_route_traffic_minutes_delay: float | None = field(default=None, metadata=_ROUTE)
    heading: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    power: float | None = None
    shift_state: ShiftState | None = field(default=None, metadata=read_as(clears=True, null=ShiftState.PARK))
    speed: float | None = field(default=None, metadata=read_as(clears=True, null=0.0))
    timestamp: datetime | None = None

    def without_places(self) -> DriveState:
        """Return it for those who may not know where the car is or goes."""
        return replace(
            self,
            active_route_destination=None,
            active_route_latitude=None,
            active_route_longitude=None,
            heading=None,
            latitude=None,
            longitude=None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GuiSettings:
    """The block `gui_settings`: how the car's screen shows things."""

    gui_24_hour_time: bool | None = None
    gui_charge_rate_units: str | None = None
    gui_distance_units: str | None = None
    gui_range_display: str | None = None
    gui_temperature_units: str | None = None
    gui_tirepressure_units: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VehicleConfig:
    """The block `vehicle_config`: what the car is made of."""

    can_actuate_trunks: bool | None = None
    car_type: str | None = None
    charge_port_type: str | None = None
    cop_user_set_temp_supported: bool | None = None
    eu_vehicle: bool | None = None
    exterior_color: str | None = None
    has_seat_cooling: bool | None = None
    motorized_charge_port: bool | None = None
    plg: bool | None = None
    rear_seat_heaters: int | None = None
    rhd: bool | None = None
    sun_roof_installed: int | None = None
    third_row_seats: str | None = None
    trim_badging: str | None = None
    utc_offset: int | None = None
    wheel_type: str | None = None
