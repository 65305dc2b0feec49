"""Whether an app may send commands to a car: what `fleet_status` tells, and what it may not know (fleet_api.md 3.3)."""

from dataclasses import dataclass

from .parse import parse
from .vehicle import KeyState, Vehicle


@dataclass(frozen=True, kw_only=True, slots=True)
class VehicleInfo:
    """The item of `vehicle_info`."""

    vehicle_command_protocol_required: bool | None = None
    total_number_of_keys: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyView:
    """What `fleet_status` tells of a car: whether commands are signed, and whether the app's key is in it, if known."""

    signs: bool
    holds: bool | None


def key_view(vehicle: Vehicle, status: object) -> KeyView:
    """Return what the answer says of a car."""
    answer = status if isinstance(status, dict) else {}
    infos, paired_vins = answer.get("vehicle_info"), answer.get("key_paired_vins")
    info = parse(VehicleInfo, infos.get(vehicle.vin) if isinstance(infos, dict) else None)
    return KeyView(
        signs=vehicle.signs or info.vehicle_command_protocol_required is True,
        holds=vehicle.vin in paired_vins if isinstance(paired_vins, list) else None,
    )


def key_state(vehicle: Vehicle, view: KeyView, registered: str | None = None) -> KeyState | None:
    """Return the state of our key in a car, None if it cannot be known; `registered`: fingerprint of Tesla's key.

    `fleet_status` speaks of the app's key as Tesla keeps it. That is another one than ours when Tesla says so, or
    when it is in the car and the car refuses ours (users.md theme 6). A car that obeys ours knows it, whatever Tesla says.
    """
    if not view.signs:
        return KeyState.NOT_NEEDED
    if view.holds is None:
        return None
    other_registered = registered is not None and registered != vehicle.key_fingerprint
    if other_registered and vehicle.key_refused is False:
        return KeyState.PAIRED
    if view.holds:
        return KeyState.OTHER if other_registered or vehicle.key_refused else KeyState.PAIRED
    if vehicle.access_type == "DRIVER":
        return KeyState.CANNOT_PAIR
    return KeyState.OTHER if other_registered else KeyState.MISSING
