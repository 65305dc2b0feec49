"""What follows for free from what is known."""

from dataclasses import replace

from ..fleet.models import Vehicle
from ..fleet.models.drive import DriveState, ShiftState
from ..fleet.models.vehicle import ChargingState


def fallen_asleep(vehicle: Vehicle) -> Vehicle:
    """Return the car as it is asleep: a car that sleeps neither charges nor drives (charging.md 3.3), nor heats its cabin."""
    charge, climate = vehicle.charge_state, vehicle.climate_state
    if vehicle.charging:
        charge = replace(
            charge,
            charging_state=ChargingState.STOPPED,
            charge_rate=0.0,
            charger_actual_current=0,
            charger_power=0,
            minutes_to_full_charge=0,
        )
    if climate.is_climate_on:
        climate = replace(climate, is_climate_on=False, is_preconditioning=False, fan_status=0)
    return replace(vehicle, charge_state=charge, climate_state=climate, drive_state=_standing(vehicle.drive_state))


def _standing(drive: DriveState) -> DriveState:
    """Return it without motion; what was never told stays unknown."""
    return replace(
        drive,
        power=None if drive.power is None else 0.0,
        shift_state=None if drive.shift_state is None else ShiftState.PARK,
        speed=None if drive.speed is None else 0.0,
    )
