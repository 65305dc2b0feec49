"""A battery: energy, state of charge, and what it can take."""

from bisect import bisect_right
from dataclasses import dataclass

# State of charge in percent -> share of the highest DC power (the common shape of a Supercharger curve).
CURVE = ((0, 0.55), (5, 1.0), (30, 0.95), (50, 0.62), (70, 0.40), (80, 0.30), (90, 0.16), (97, 0.07), (100, 0.02))
_CURVE_X = tuple(point[0] for point in CURVE)


def charge_share(soc: float) -> float:
    """Return the share of the highest power the battery takes at `soc` percent."""
    right = min(bisect_right(_CURVE_X, soc), len(CURVE) - 1)
    (x0, y0), (x1, y1) = CURVE[right - 1], CURVE[right]
    return y0 + (y1 - y0) * (soc - x0) / (x1 - x0)


@dataclass
class Battery:
    """Energy in Wh, held within 0 and the capacity."""

    capacity_wh: float
    energy_wh: float
    max_charge_w: float

    @property
    def soc(self) -> float:
        """State of charge in percent."""
        return 100 * self.energy_wh / self.capacity_wh

    @property
    def accepts_w(self) -> float:
        """What it takes now."""
        return self.max_charge_w * charge_share(self.soc)

    def add(self, energy_wh: float) -> None:
        """Add or, negative, take energy."""
        self.energy_wh = min(self.capacity_wh, max(0.0, self.energy_wh + energy_wh))
