"""Doors, trunks, windows and roof of a car (fleet_api.md 5.3, vehicle_state)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hardware import Hardware

VENT_PERCENT = 15
DOORS = ("df", "dr", "pf", "pr")
WINDOWS = ("fd_window", "fp_window", "rd_window", "rp_window")


@dataclass(eq=False)
class Body:
    """What is open: 0 is closed; sunroof and tonneau in percent."""

    doors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DOORS, 0))
    windows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WINDOWS, 0))
    trunks: dict[str, int] = field(default_factory=lambda: {"front": 0, "rear": 0})
    sunroof: int = 0
    tonneau: int = 0

    def fields(self, hardware: Hardware) -> dict[str, Any]:
        """Return the fields of vehicle_state."""
        roof = {0: "closed", VENT_PERCENT: "vent"}.get(self.sunroof, "open")
        # Real cars without a sunroof show it closed (reference/examples).
        shown = {"sun_roof_percent_open": self.sunroof, "sun_roof_state": roof}
        closed = {"sun_roof_percent_open": 0, "sun_roof_state": "closed"}
        return {
            **self.doors,
            **self.windows,
            "ft": self.trunks["front"],
            "rt": self.trunks["rear"],
            **(shown if hardware.sunroof else closed),
        }
