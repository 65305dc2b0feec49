"""Where the energy of a charge came from: what a site used in each five minutes, shared between house and cars.

Both rules are of charging.md 2.3; energies are in Wh, slots begin at full five minutes (epoch seconds).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math
from typing import Final

from ..energy.clock import SLOT_S
from ..energy.history import Rows
from ..energy.spread import Stretch
from .session import Session

_HOME: Final = "home"


class Rule(StrEnum):
    """Who gets the sun and the battery."""

    HOUSE_FIRST = "house_first"  # the house takes them first; the car gets what is left
    PROPORTIONAL = "proportional"  # the car gets what the whole house gets on average


@dataclass(frozen=True, slots=True)
class Supply:
    """An energy by where it came from; what a generator gave counts as grid."""

    solar_wh: float = 0.0
    battery_wh: float = 0.0
    grid_wh: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.solar_wh + self.battery_wh + self.grid_wh

    def times(self, factor: float) -> Supply:
        """Return a part of it, or more."""
        return Supply(self.solar_wh * factor, self.battery_wh * factor, self.grid_wh * factor)


def supply_of(flows: Mapping[str, float]) -> Supply | None:
    """Return what the house, cars and all, used by the flows of a row; None where they say nothing of it."""
    solar, battery = flows.get("solar_to_home", 0.0), flows.get("battery_to_home", 0.0)
    rest = flows.get("grid_to_home", 0.0) + flows.get("generator_to_home", 0.0)
    if solar or battery or rest:
        return Supply(solar, battery, rest)
    # Only the newer totals: the sun feeds the house first, then the battery, then the grid.
    return stacked(flows.get("solar", 0.0), flows.get("battery_discharge", 0.0), flows.get(_HOME, 0.0))


def stacked(solar: float, battery: float, used: float) -> Supply | None:
    """Return who feeds a house that uses so much: the sun first, then the battery, then the grid."""
    if used <= 0:
        return None
    of_sun = min(max(solar, 0.0), used)
    of_battery = min(max(battery, 0.0), used - of_sun)
    return Supply(of_sun, of_battery, used - of_sun - of_battery)


def supplies(rows: Rows, begin: float, end: float) -> dict[int, Supply]:
    """Return what the house used in each five minutes that are wholly between two times; longer rows are cut evenly."""
    found = {}
    pieces = max(1, rows.step // SLOT_S)
    for at, flows in rows.flows.items():
        if begin - rows.step < at < end and (supply := supply_of(flows)) is not None:
            for slot in range(at, at + pieces * SLOT_S, SLOT_S):
                if begin <= slot and slot + SLOT_S <= end:
                    found[slot] = supply.times(1 / pieces)
    return found


def share(rule: Rule, supply: Supply, car_wh: float, others_wh: float = 0.0) -> Supply:
    """Return where the energy of a car came from that took part in what a house used; others: of the other cars there."""
    total, cars_wh = supply.total, car_wh + others_wh
    if total <= 0 or car_wh <= 0:
        return Supply(grid_wh=max(0.0, car_wh))
    if rule is Rule.PROPORTIONAL or cars_wh >= total:
        # Where the cars are said to have taken more than there was, all that there was went to them.
        return supply.times(car_wh / total)
    grid = min(cars_wh, supply.grid_wh)
    battery = min(cars_wh - grid, supply.battery_wh)
    return Supply(cars_wh - grid - battery, battery, grid).times(car_wh / cars_wh)


def wall_slots(session: Session, now: float) -> dict[int, float]:
    """Return the energy of a session at the wall, by slot: as it flowed, or evenly where nobody knows how it did."""
    flow = [one for one in session.flow if one.energy_wh > 0] or _evenly(session, now)
    total = math.fsum(round(one.energy_wh, 3) for one in flow)
    used = round(session.used.wh, 3)
    slots: dict[int, float] = {}
    if total <= 0 or used <= 0:
        return slots
    for one in flow:
        for slot, seconds in _slots_of(one):
            part = round(one.energy_wh, 3) * (seconds / one.seconds if one.seconds else 1.0)
            slots[slot] = slots.get(slot, 0.0) + part * used / total
    return dict(sorted(slots.items()))


def _evenly(session: Session, now: float) -> list[Stretch]:
    """Return the times in which a session charged, or may have, with an energy that goes by their length."""
    begin, end = session.plugged_at.timestamp(), now
    if session.unplugged_at is not None:
        end = session.unplugged_at.timestamp()
    spans = [(run.start.timestamp(), end if run.end is None else run.end.timestamp()) for run in session.runs]
    lengths = [(int(start), round(stop - start)) for start, stop in spans or [(begin, end)]]
    return [Stretch(start, max(seconds, 1), max(seconds, 1)) for start, seconds in lengths]


def _slots_of(one: Stretch) -> list[tuple[int, int]]:
    first = one.start - one.start % SLOT_S
    if not one.seconds:
        return [(first, 0)]
    end = one.start + one.seconds
    return [(slot, min(end, slot + SLOT_S) - max(one.start, slot)) for slot in range(first, end, SLOT_S)]
