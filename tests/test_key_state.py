"""What `fleet_status` says of a car's key."""

import pytest

from custom_components.tesla_charging.fleet.models import Vehicle
from custom_components.tesla_charging.fleet.models.access import key_state, key_view
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
    vehicle = Vehicle(vin=VIN, command_signing=signing, access_type=access)
    assert key_state(vehicle, key_view(vehicle, status)) is state


OURS, THEIRS = "0123456789abcdef", "fedcba9876543210"


@pytest.mark.parametrize(
    ("holds", "registered", "refused", "access", "state"),
    [
        # The key at Tesla is ours, or Tesla does not say
        (True, OURS, None, "OWNER", KeyState.PAIRED),
        (True, None, None, "OWNER", KeyState.PAIRED),
        (True, OURS, False, "OWNER", KeyState.PAIRED),
        (True, OURS, True, "OWNER", KeyState.OTHER),
        (True, None, True, "OWNER", KeyState.OTHER),
        (False, OURS, True, "OWNER", KeyState.MISSING),
        (False, OURS, False, "OWNER", KeyState.MISSING),
        # It is another
        (True, THEIRS, None, "OWNER", KeyState.OTHER),
        (True, THEIRS, True, "OWNER", KeyState.OTHER),
        (False, THEIRS, None, "OWNER", KeyState.OTHER),
        (False, THEIRS, True, "OWNER", KeyState.OTHER),
        (True, THEIRS, False, "OWNER", KeyState.PAIRED),
        (False, THEIRS, False, "OWNER", KeyState.PAIRED),
        # Who only drives
        (True, THEIRS, None, "DRIVER", KeyState.OTHER),
        (False, THEIRS, None, "DRIVER", KeyState.CANNOT_PAIR),
        (False, OURS, True, "DRIVER", KeyState.CANNOT_PAIR),
    ],
)
def test_other_key(holds: bool, registered: str | None, refused: bool | None, access: str, state: KeyState) -> None:
    """What the car has shown counts most, then which key Tesla keeps, then what it says of the car."""
    vehicle = Vehicle(
        vin=VIN, command_signing="required", access_type=access, key_fingerprint=OURS, key_refused=refused
    )
    view = key_view(vehicle, {"key_paired_vins": [VIN] if holds else []})
    assert key_state(vehicle, view, registered) is state


def test_with_key() -> None:
    """What was learned of one key is not true of another."""
    vehicle = Vehicle(vin=VIN, key_state=KeyState.PAIRED, key_refused=False, key_fingerprint=OURS, learned_signing=True)
    assert vehicle.with_key(OURS) is vehicle
    other = vehicle.with_key(THEIRS)
    assert (other.key_state, other.key_refused, other.key_fingerprint) == (None, None, THEIRS)
    assert (other.vin, other.learned_signing) == (VIN, True)
