"""When to charge so that it costs the least: slots of any length, in UTC, found exactly (charging.md 1.2 and 2.5).

Of all ways to charge as long as is needed until the departure, the cheapest one is taken; of those that cost the same, the
one with the fewest starts; of those, the latest one. While prices are not known yet, a time without a price counts as
cheaper than any other: the car waits for the prices if there is time enough, and else charges at the cheapest known ones
what the time without prices is too short for. The power is taken to be even.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby, repeat
from math import ceil
from operator import lt
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
# Where finer steps of time would make too many states, coarser ones are taken, in minutes.
_UNITS: Final = (1, 5, 15)
_MOST_STATES: Final = 3_000_000


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A price per kWh between two times, in UTC."""

    start: datetime
    end: datetime
    price: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is wanted. Times are aware.

    duration, energy_wh: what has to be charged, at the wall. limit: the highest price per kWh. shortest: of a slot.
    running_until: the end of a slot that has begun, which is not cut. may_switch: whether a slot may begin or end then.
    """

    now: datetime
    departure: datetime
    duration: timedelta
    energy_wh: float
    limit: Decimal | None = None
    continuous: bool = False
    shortest: timedelta = timedelta(0)
    running_until: datetime | None = None
    may_switch: Callable[[datetime], bool] = field(default=lambda _: True)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which to charge, in UTC, at one price per kWh; None where it is not known yet."""

    start: datetime
    end: datetime
    price: Decimal | None
    energy_wh: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """When to charge. cost, saving: None while a price that they need is not known.

    reached: whether the target is reached by the departure. at_once: because there is no time to choose.
    """

    slots: tuple[Slot, ...] = ()
    reached: bool = True
    at_once: bool = False
    cost: Decimal | None = Decimal(0)
    saving: Decimal | None = Decimal(0)

    @property
    def provisional(self) -> bool:
        """Whether it rests on prices that are not known yet."""
        return any(slot.price is None for slot in self.slots)

    @property
    def energy_wh(self) -> float:
        """What it charges, at the wall."""
        return sum(slot.energy_wh for slot in self.slots)

    @property
    def blocks(self) -> tuple[tuple[datetime, datetime], ...]:
        """The times in which the car charges without a pause."""
        found: list[tuple[datetime, datetime]] = []
        for slot in self.slots:
            if found and found[-1][1] == slot.start:
                found[-1] = (found[-1][0], slot.end)
            else:
                found.append((slot.start, slot.end))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The time until the departure in units, all numbers in units from `base` on.

    prices: also of the time after the departure that charging at once would take. need, shortest: at least 1.
    """

    base: datetime
    unit: timedelta
    size: int
    need: int
    shortest: int
    begun: int
    prices: tuple[Decimal | None, ...]
    allowed: tuple[bool, ...]
    switches: tuple[bool, ...]

    def at(self, number: int) -> datetime:
        return self.base + number * self.unit


def make_plan(wish: Wish, steps: Iterable[PriceStep], unit: timedelta | None = None) -> Plan:
    """Return the best plan; all that is below a `unit` of time (by default a minute) is rounded to the safe side."""
    if wish.duration <= timedelta(0):
        return Plan()
    if unit is None:
        unit = _unit(wish)
    grid = _grid(wish, sorted(steps, key=lambda step: step.start), unit)
    at_once = grid.need > grid.size and wish.limit is None
    if at_once:
        chosen = list(range(grid.need))
    else:
        chosen = _continuous(grid) if wish.continuous else _cheapest(grid)
    return _told(grid, wish, chosen, at_once=at_once)


def _unit(wish: Wish) -> timedelta:
    minutes, need = (wish.departure - wish.now) / _MINUTE, wish.duration / _MINUTE
    fine = (unit for unit in _UNITS if minutes / unit * need / unit <= _MOST_STATES)
    return next(fine, _UNITS[-1]) * _MINUTE


def _grid(wish: Wish, steps: Sequence[PriceStep], unit: timedelta) -> _Grid:
    midnight = datetime(2000, 1, 1, tzinfo=UTC)
    base = midnight + ceil((wish.now - midnight) / unit) * unit
    size = max(0, (wish.departure - base) // unit)
    need = ceil(wish.duration / unit)
    prices = tuple(_prices(steps, base, unit, max(size, need)))
    begun = 0 if wish.running_until is None else (wish.running_until - base) // unit
    begun = max(0, min(begun, need, size))
    return _Grid(
        base=base,
        unit=unit,
        size=size,
        need=need,
        shortest=max(1, min(need, ceil(wish.shortest / unit))),
        begun=begun,
        prices=prices,
        allowed=tuple(price is None or wish.limit is None or price <= wish.limit for price in prices[:size]),
        switches=tuple(number in (0, begun) or wish.may_switch(base + number * unit) for number in range(size + 1)),
    )


def _prices(steps: Sequence[PriceStep], base: datetime, unit: timedelta, size: int) -> Iterator[Decimal | None]:
    """Return the price at which each unit begins; where two overlap, that which began first holds."""
    waiting = iter(steps)
    step = next(waiting, None)
    for number in range(size):
        at = base + number * unit
        while step is not None and step.end <= at:
            step = next(waiting, None)
        yield step.price if step is not None and step.start <= at else None


def _weights(grid: _Grid) -> tuple[list[int], int]:
    """Return what each unit weighs, and a start: whole numbers that put cost before starts, and starts before lateness."""
    prices = grid.prices[: grid.size]
    known = [price for price in prices if price is not None]
    digits = max((_digits(price) for price in known), default=0)
    amounts = [None if price is None else int(price.scaleb(digits)) for price in prices]
    low = min((amount for amount in amounts if amount is not None), default=0)
    high = max((amount for amount in amounts if amount is not None), default=0)
    unknown = low - (high - low) * grid.need - 1
    start = grid.size * grid.need + 1
    scale = start * (grid.need + 2)
    weights = [
        (unknown if amount is None else amount) * scale + grid.size - number for number, amount in enumerate(amounts)
    ]
    return weights, start


def _digits(price: Decimal) -> int:
    exponent = price.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _continuous(grid: _Grid) -> list[int]:
    """Return the best single block, as long as needed or else as long as there is."""
    weights, _ = _weights(grid)
    sums = list(accumulate(weights, initial=0))
    runs = _runs(grid)
    best: tuple[tuple[int, int], int, int] | None = None
    for begin in range(1 if grid.begun else grid.size):
        if not grid.switches[begin]:
            continue
        length = min(grid.need, max(runs[begin], grid.begun))
        while length and not grid.switches[begin + length]:
            length -= 1
        key = -length, sums[begin + length] - sums[begin]
        if length >= (1 if grid.begun else grid.shortest) and (best is None or key < best[0]):
            best = key, begin, length
    return [] if best is None else list(range(best[1], best[1] + best[2]))


def _runs(grid: _Grid) -> list[int]:
    """Return how many units are allowed without a gap from each one on; a slot that has begun is."""
    runs = [0] * (grid.size + 1)
    for number in reversed(range(grid.size)):
        if grid.allowed[number] or number < grid.begun:
            runs[number] = runs[number + 1] + 1
    return runs


def _cheapest(grid: _Grid) -> list[int]:
    """Return the best units: dynamic programming over the time, and over how much is charged by then.

    `idle` and `on` hold what the best way weighs to have charged so many units by now, with the car waiting or charging; how
    each came about is kept to find the way back.
    """
    weights, start = _weights(grid)
    sums = list(accumulate(weights, initial=0))
    count, never = grid.need + 1, (abs(sums[-1]) + sum(map(abs, weights)) + start * grid.need) * 4 + 1
    idle = [0, *repeat(never, grid.need)]
    on = [never] * count
    begins, ends = [b""] * (grid.size + 1), [b""] * (grid.size + 1)
    if grid.begun:
        idle = [never] * count
        on[grid.begun] = sums[grid.begun]
        idle[grid.begun] = on[grid.begun]
        ends[grid.begun] = bytes(number == grid.begun for number in range(count))
    waited = deque([idle], maxlen=grid.shortest)
    run = 0
    for number in range(grid.begun, grid.size):
        run = run + 1 if grid.allowed[number] else 0
        begin = number + 1 - grid.shortest
        if grid.allowed[number]:
            on = [never, *map(weights[number].__add__, on[:-1])]
        else:
            on = [never] * count
        if run >= grid.shortest and begin >= grid.begun and grid.switches[begin]:
            weight = start + sums[number + 1] - sums[begin]
            fresh = [*repeat(never, grid.shortest), *map(weight.__add__, waited[0][: count - grid.shortest])]
            begins[number + 1] = bytes(map(lt, fresh, on, strict=True))
            on = list(map(min, on, fresh, strict=True))
        if grid.switches[number + 1]:
            ends[number + 1] = bytes(map(lt, on, idle, strict=True))
            idle = list(map(min, idle, on, strict=True))
        waited.append(idle)
    charged = max(number for number in range(count) if idle[number] < never // 2)
    return _way_back(grid, begins, ends, charged)


def _way_back(grid: _Grid, begins: Sequence[bytes], ends: Sequence[bytes], charged: int) -> list[int]:
    chosen: list[int] = []
    at, charging = grid.size, False
    while charged:
        if not charging:
            if ends[at] and ends[at][charged]:
                charging = True
            else:
                at -= 1
            continue
        if at <= grid.begun:
            chosen.extend(range(charged))
            break
        length = 1
        if begins[at] and begins[at][charged]:
            length, charging = grid.shortest, False
        chosen.extend(range(at - length, at))
        at, charged = at - length, charged - length
    return sorted(chosen)


def _told(grid: _Grid, wish: Wish, chosen: Sequence[int], *, at_once: bool) -> Plan:
    """Return the plan of the chosen units, and what it costs beside charging at once."""
    energy_wh = wish.energy_wh / grid.need
    slots = []
    for _, group in groupby(enumerate(chosen), key=lambda item: (item[1] - item[0], grid.prices[item[1]])):
        units = [unit for _, unit in group]
        price = grid.prices[units[0]]
        slots.append(Slot(grid.at(units[0]), grid.at(units[-1] + 1), price, energy_wh * len(units)))
    cost, at_once_cost = (_cost(grid, units, wish.energy_wh) for units in (chosen, range(len(chosen))))
    return Plan(
        slots=tuple(slots),
        reached=len(chosen) == grid.need and not at_once,
        at_once=at_once,
        cost=cost,
        saving=None if cost is None or at_once_cost is None else at_once_cost - cost,
    )


def _cost(grid: _Grid, units: Iterable[int], energy_wh: float) -> Decimal | None:
    prices = [grid.prices[unit] for unit in units]
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        return None
    return sum(known, Decimal(0)) * Decimal(repr(energy_wh)) / grid.need / 1000


def steps_of(slots: Iterable[tuple[datetime, datetime, Decimal]]) -> tuple[PriceStep, ...]:
    """Return prices between two times as steps, in UTC; those that end before they begin are none."""
    found = (PriceStep(start.astimezone(UTC), end.astimezone(UTC), price) for start, end, price in slots)
    return tuple(step for step in found if step.start < step.end)
