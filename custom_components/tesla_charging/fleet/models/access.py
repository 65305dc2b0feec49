"""Whether an app may send commands to a car: what `fleet_status` tells (fleet_api.md 3.3)."""

from dataclasses import dataclass

from .parse import parse
from .vehicle import KeyState, Vehicle


@dataclass(frozen=True, kw_only=True, slots=True)
class VehicleInfo:
    """The item of `vehicle_info`."""

    vehicle_command_protocol_required: bool | None = None
    total_number_of_keys: int | None = None


def key_state(vehicle: Vehicle, status: object) -> KeyState | None:
    """Return the state of the key of a car, None if it cannot be known."""
    answer = status if isinstance(status, dict) else {}
    infos, paired_vins = answer.get("vehicle_info"), answer.get("key_paired_vins")
    info = parse(VehicleInfo, infos.get(vehicle.vin) if isinstance(infos, dict) else None)
    if not (vehicle.signs or info.vehicle_command_protocol_required):
        return KeyState.NOT_NEEDED
    if not isinstance(paired_vins, list):
        return None
    if vehicle.vin in paired_vins:
        return KeyState.PAIRED
    return KeyState.CANNOT_PAIR if vehicle.access_type == "DRIVER" else KeyState.MISSING
