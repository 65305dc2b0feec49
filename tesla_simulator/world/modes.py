"""Modes of a car and the PINs that guard them (fleet_api.md 5.3, vehicle_state, and 6.4)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hardware import Hardware

LIMIT_MIN_MPH, LIMIT_MAX_MPH = 50, 120
PARENTAL_SETTINGS = 7  # ParentalControlsSetting_E of the protobuf, from 0


@dataclass(eq=False)
class Guarded:
    """A mode with a PIN; empty: none is set."""

    on: bool = False
    pin: str = ""

    def opens(self, pin: str) -> bool:
        """Whether a PIN is the right one, or the first."""
        return not self.pin or pin == self.pin

    def clear(self) -> None:
        """Switch it off and forget the PIN."""
        self.on, self.pin = False, ""


@dataclass(eq=False)
class Modes:
    """What a car was told besides climate, doors and media; no read of REST shows the second half."""

    valet: Guarded = field(default_factory=Guarded)
    speed_limit: Guarded = field(default_factory=Guarded)
    limit_mph: float = 85
    pin_to_drive: Guarded = field(default_factory=Guarded)
    parental: Guarded = field(default_factory=Guarded)
    parental_settings: dict[int, bool] = field(default_factory=dict)
    parental_limit_mph: float = LIMIT_MAX_MPH
    guest: bool = False
    low_power: bool = False
    accessory_power: bool = False

    def fields(self, hardware: Hardware, *, sentry: bool) -> dict[str, Any]:
        """Return the fields of vehicle_state; what the car does not have has no fields."""
        return {
            "speed_limit_mode": {
                "active": self.speed_limit.on,
                "current_limit_mph": self.limit_mph,
                "max_limit_mph": LIMIT_MAX_MPH,
                "min_limit_mph": LIMIT_MIN_MPH,
                "pin_code_set": bool(self.speed_limit.pin),
            },
            "valet_mode": self.valet.on,
            "valet_pin_needed": not self.valet.pin,
            **({"sentry_mode": sentry, "sentry_mode_available": True} if hardware.sentry else {}),
        }
