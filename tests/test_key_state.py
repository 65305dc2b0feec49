"""What `fleet_status` says of a car's key."""

import pytest

from custom_components.tesla_charging.fleet.models import Vehicle
from custom_components.tesla_charging.fleet.models.access import key_state
from custom_components.tesla_charging.fleet.models.vehicle import KeyState

VIN = "5YJYE7EB0SF000002"
NEEDED = {VIN: {"vehicle_command_protocol_required": True}}


@pytest.mark.parametrize(
    ("signing", "access", "status", "state"),
    [
        ("required", "OWNER", {"key_paired_vins": [VIN]}, KeyState.PAIRED),
        ("required", "OWNER", {"key_paired_vins": []}, KeyState.MISSING),
        ("required", "DRIVER", {"key_paired_vins": []}, KeyState.CANNOT_PAIR),
        ("required", "OWNER", {"key_paired_vins": None}, None),
        ("required", "OWNER", "nonsense", None),
        ("off", "OWNER", {"key_paired_vins": []}, KeyState.NOT_NEEDED),
        ("off", "OWNER", {"key_paired_vins": [], "vehicle_info": NEEDED}, KeyState.MISSING),
        ("off", "OWNER", {"vehicle_info": [1]}, KeyState.NOT_NEEDED),
    ],
)
def test_key_state(signing: str, access: str, status: object, state: KeyState | None) -> None:
    """Unknown is not missing."""
    assert key_state(Vehicle(vin=VIN, command_signing=signing, access_type=access), status) is state
