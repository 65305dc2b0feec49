"""How long a charge to a target takes and what it needs, from what is known of the car and of the place.

Power and energy are in W and Wh, at the battery unless they say otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from ..fleet.models import Vehicle
from .learned import learn
from .power import charging_power_w
from .session import Place, Session

_CAPACITIES_WH: Final = (20_000.0, 250_000.0)
_LEAST_ADDED_WH: Final = 3_000.0
_LEAST_RISE: Final = 10.0
_LAST_POWERS: Final = 5
_LAST: Final = 10


class PaceFrom(StrEnum):
    """What a pace is known from."""

    GIVEN = "given"
    CAR = "car"  # its own forecast while it charges, which knows how the power falls towards the limit
    SESSIONS = "sessions"  # at the same place


class PaceUnknown(Exception):
    """What is missing; str() is the key of its sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How fast a car charges. power_w: at the battery; efficiency: of the wall's energy."""

    power_w: float
    capacity_wh: float
    efficiency: float
    known_from: PaceFrom

    def duration(self, percents: float) -> timedelta:
        """Return how long it takes to gain so many percents of the battery."""
        return timedelta(hours=self.battery_wh(percents) / self.power_w)

    def battery_wh(self, percents: float) -> float:
        """Return the energy of so many percents of the battery."""
        return self.capacity_wh * max(0.0, percents) / 100

    def wall_wh(self, percents: float) -> float:
        """Return what the wall gives for so many percents of the battery."""
        return self.battery_wh(percents) / self.efficiency


def pace_of(
    vehicle: Vehicle, sessions: Iterable[Session], place: Place, *, power_w: float | None, capacity_wh: float | None
) -> Pace:
    """Return how fast a car charges at a place; raises PaceUnknown. power_w, capacity_wh: what a person says, at the wall."""
    past = [one for one in sessions if not one.direct_current]
    efficiency = learn(reversed(past)).ac
    capacity_wh = capacity_wh or _capacity_wh(past)
    now = _power_now(vehicle, efficiency, capacity_wh)
    learned_w = _power_w([one for one in past if one.place is place])
    if power_w is not None:
        found, known_from = power_w * efficiency, PaceFrom.GIVEN
    elif now is not None:
        found, known_from = now[0], PaceFrom.CAR
    elif learned_w is not None:
        found, known_from = learned_w, PaceFrom.SESSIONS
    else:
        raise PaceUnknown("plan_power_unknown")
    if capacity_wh is None:
        capacity_wh = None if now is None else now[1]
    if capacity_wh is None:
        raise PaceUnknown("plan_capacity_unknown")
    return Pace(power_w=found, capacity_wh=capacity_wh, efficiency=efficiency, known_from=known_from)


def _power_now(vehicle: Vehicle, efficiency: float, capacity_wh: float | None) -> tuple[float, float] | None:
    """Return the mean power until the limit and the size of the battery, by the car's own forecast."""
    charge, power_w = vehicle.charge_state, charging_power_w(vehicle.charge_state)
    level, limit, minutes = charge.battery_level, charge.charge_limit_soc, charge.minutes_to_full_charge
    if not vehicle.charging or charge.fast_charger_present or not power_w or not minutes:
        return None
    if level is None or limit is None or limit <= level:
        return None
    if capacity_wh is None:
        capacity_wh = power_w * efficiency * minutes / 60 / (limit - level) * 100
        if not _CAPACITIES_WH[0] <= capacity_wh <= _CAPACITIES_WH[1]:
            return None
    return capacity_wh * (limit - level) / 100 / minutes * 60, capacity_wh


def _power_w(past: Sequence[Session]) -> float | None:
    found = [
        one.added.wh / one.charging_seconds * 3600
        for one in past
        if one.added.wh >= _LEAST_ADDED_WH and one.charging_seconds > 0
    ]
    return median(found[-_LAST_POWERS:]) if found else None


def _capacity_wh(past: Sequence[Session]) -> float | None:
    found = []
    for one in past:
        if one.soc_start is not None and one.soc_end is not None and one.soc_end - one.soc_start >= _LEAST_RISE:
            capacity_wh = one.added.wh / (one.soc_end - one.soc_start) * 100
            if _CAPACITIES_WH[0] <= capacity_wh <= _CAPACITIES_WH[1]:
                found.append(capacity_wh)
    return median(found[-_LAST:]) if found else None
