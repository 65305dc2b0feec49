"""What follows for free from what is known."""

from dataclasses import replace

from ..fleet.models import Vehicle
from ..fleet.models.vehicle import ChargingState, ShiftState


def fallen_asleep(vehicle: Vehicle) -> Vehicle:
    """Return the car as it is asleep: a car that sleeps neither charges nor drives (charging.md 3.3)."""
    charge, drive = vehicle.charge_state, vehicle.drive_state
    if vehicle.charging:
        charge = replace(
            charge,
            charging_state=ChargingState.STOPPED,
            charge_rate=0.0,
            charger_actual_current=0,
            charger_power=0,
            minutes_to_full_charge=0,
        )
    if vehicle.driving:
        drive = replace(drive, shift_state=ShiftState.PARK)
    return replace(vehicle, charge_state=charge, drive_state=drive)
