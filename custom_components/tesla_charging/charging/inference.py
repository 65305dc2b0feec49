"""What follows for free from what is known."""

from dataclasses import fields, replace
from typing import Any, Final

from ..fleet.models import Vehicle
from ..fleet.models.body import VehicleBlock
from ..fleet.models.climate import ClimateState, KeeperMode
from ..fleet.models.drive import DriveState, ShiftState
from ..fleet.models.media import PlaybackStatus
from ..fleet.models.vehicle import ChargingState

_COLD: Final[dict[str, Any]] = {
    "is_climate_on": False,
    "is_preconditioning": False,
    "fan_status": 0,
    "climate_keeper_mode": KeeperMode.OFF,
    "defrost_mode": 0,
    "bioweapon_mode": False,
    "steering_wheel_heater": False,
    "steering_wheel_heat_level": 0,
    **{one.name: 0 for one in fields(ClimateState) if one.name.startswith(("seat_heater_", "seat_fan_"))},
}
_STANDING: Final[dict[str, Any]] = {
    "power": 0.0,
    "shift_state": ShiftState.PARK,
    "speed": 0.0,
    **{one.name: None for one in fields(DriveState) if one.name.startswith("active_route_")},
}


def fallen_asleep(vehicle: Vehicle) -> Vehicle:
    """Return the car as it is asleep: it neither charges nor drives (charging.md 3.3), and nobody is warmed or played to."""
    charge = vehicle.charge_state
    if vehicle.charging:
        charge = replace(
            charge,
            charging_state=ChargingState.STOPPED,
            charge_rate=0.0,
            charger_actual_current=0,
            charger_power=0,
            minutes_to_full_charge=0,
        )
    return replace(
        vehicle,
        charge_state=charge,
        climate_state=_where_known(vehicle.climate_state, _COLD),
        drive_state=_where_known(vehicle.drive_state, _STANDING),
        vehicle_state=_left_alone(vehicle.vehicle_state),
    )


def _left_alone(block: VehicleBlock) -> VehicleBlock:
    """Return it without anybody in the car, and without what played for them."""
    media = block.media_info
    if media.media_playback_status is PlaybackStatus.PLAYING:
        media = replace(media, media_playback_status=PlaybackStatus.STOPPED)
    return replace(_where_known(block, {"is_user_present": False}), media_info=media)


def _where_known[T: (ClimateState, DriveState, VehicleBlock)](block: T, values: dict[str, Any]) -> T:
    """Return a block with these values; what was never told stays unknown."""
    return replace(block, **{name: value for name, value in values.items() if getattr(block, name) is not None})
