"""Failures as Home Assistant's exceptions: one translated sentence each."""

from math import ceil

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .fleet.commands import COMFORT_OFF
from .fleet.errors import Fault, FleetError
from .fleet.pauses import wait_s

# What a car says when it refuses, and the sentence for it (fleet_api.md 6.2, 6.4); other words are passed on.
_REASONS = {
    "complete": "refused_complete",
    "disconnected": "refused_disconnected",
    "no_power": "refused_no_power",
    "cable connected": "refused_cable_connected",
    "car_wash": "refused_car_wash",
    "not allowed": "refused_not_allowed",
    "non-motorized charge port": "refused_not_motorized",
    COMFORT_OFF: "refused_comfort",
    "no_update": "refused_no_update",
    "not_in_guest_mode": "refused_guest_mode",
    "not_supported": "refused_not_supported",
    "pin_to_drive_active": "refused_pin_active",
    "speed_limit_mode_active": "refused_speed_limit_active",
    "user_not_present": "refused_nobody_there",
    "vehicle_too_far": "refused_too_far",
    "wrong_pin": "refused_wrong_pin",
}


def sentence_key(err: FleetError) -> str:
    """Return the key of the sentence that says what happened."""
    if err.fault is Fault.REFUSED:
        return _REASONS.get(err.words.lower(), err.fault)
    return err.fault


def translated(err: FleetError) -> HomeAssistantError:
    """Return what an action raises for a failure; `words` is what Tesla said, with its id for support."""
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=sentence_key(err), translation_placeholders=placeholders(err)
    )


def placeholders(err: FleetError) -> dict[str, str]:
    """Return the blanks of a failure's sentence."""
    return {"words": err.quote, "seconds": str(ceil(wait_s(err)))}


def missing_scope(scope_name: str) -> ServiceValidationError:
    """Return what an action raises when the person has not granted what it needs."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key="not_granted", translation_placeholders={"scope": scope_name}
    )
