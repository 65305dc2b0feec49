"""What a charge at home or elsewhere has cost: each five minutes at their own price (charging.md 2.3). Money is Decimal."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
import math
from typing import Final

from ..energy.clock import HOUR_S, SLOT_S, hour_of
from ..energy.prices import prices_of
from .mix import Rule, Supply, share
from .session import Basis, Cost, Mix

_DIGITS: Final = Decimal("0.000001")
_MIX_DIGITS: Final = 1
# A price entity that says nothing for a while, as around a restart, still holds.
_HOLD_S: Final = HOUR_S
# What the site has said of five minutes is good enough for those beside them, where Tesla has a gap.
_NEAR_S: Final = HOUR_S
# So much of a charge Tesla's history must tell of before the rest is no longer waited for.
_MOST: Final = 0.5
_GRID: Final = Supply(grid_wh=1.0)


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a kWh."""

    amount: Decimal
    currency: str


# The price of a kWh at a moment, None where nobody knows it.
type PriceOf = Callable[[datetime], Price | None]


def nobody_knows(_: datetime) -> Price | None:
    """Return no price."""
    return None


@dataclass(frozen=True, slots=True)
class PriceSource:
    """What a kWh from the grid costs, and one of the own sun and battery, and where that is known from."""

    basis: Basis
    grid: PriceOf
    own: PriceOf = nobody_knows


def fixed(amount: Decimal, currency: str) -> PriceOf:
    """Return a price that always holds."""
    price = Price(amount, currency)
    return lambda _: price


def by_steps(steps: Iterable[tuple[float, Decimal | None]], currency: str) -> PriceOf:
    """Return the price of an entity, each since a time; where it says nothing, the last one holds for another hour."""
    from_, held = list[float](), list[tuple[float, Decimal] | None]()
    last: tuple[float, Decimal] | None = None
    for since, amount in sorted(steps, key=lambda step: step[0]):
        if amount is not None:
            last = math.inf, amount
        elif last is not None and last[0] == math.inf:
            last = since + _HOLD_S, last[1]
        from_.append(since)
        held.append(last)

    def price(moment: datetime) -> Price | None:
        number = bisect_right(from_, moment.timestamp())
        known = held[number - 1] if number else None
        return None if known is None or moment.timestamp() >= known[0] else Price(known[1], currency)

    return price


def by_tariffs(tariffs: Iterable[tuple[float, object]], zone: tzinfo, currency: str) -> tuple[PriceOf, PriceOf] | None:
    """Return the prices to buy and to sell of tariffs that followed each other; None where there is none to buy at.

    Each holds since a time, the first one also before; `currency` is that of tariffs that name none.
    """
    known = [(since, prices) for since, content in tariffs if (prices := prices_of(content, zone)) is not None]
    if not known:
        return None
    sinces = [since for since, _ in known]

    def at(*, buy: bool) -> PriceOf:
        def price(moment: datetime) -> Price | None:
            prices = known[max(0, bisect_right(sinces, moment.timestamp()) - 1)][1]
            amount = (prices.buy if buy else prices.sell)(moment)
            return None if amount is None else Price(amount, prices.currency or currency)

        return price

    return at(buy=True), at(buy=False)


@dataclass(frozen=True, slots=True)
class Charge:
    """What is known of a charge, energies by slot: the car's own at the wall, and that of the other cars there.

    told: what the site used by its history; live: by its powers, until the history is there; guess: what was thought of the
    whole charge before, as after a restart. metered: whether there is such a site. over: whether the cable is out. waited:
    whether the history had time enough to come.
    """

    slots: Mapping[int, float]
    others: Mapping[int, float] = field(default_factory=dict)
    told: Mapping[int, Supply] = field(default_factory=dict)
    live: Mapping[int, Supply] = field(default_factory=dict)
    guess: Supply = _GRID
    metered: bool = False
    over: bool = False
    waited: bool = False


def reckon(charge: Charge, rule: Rule, sources: Sequence[PriceSource]) -> tuple[Mix | None, Cost | None]:
    """Return where the energy of a charge came from and what it cost: by the first source that knows each price."""
    parts = _shared(charge, rule)
    if not parts:
        return None, None
    settled = charge.over and _is_told(charge)
    mix = Mix(
        solar_wh=round(math.fsum(part.solar_wh for part in parts.values()), _MIX_DIGITS),
        battery_wh=round(math.fsum(part.battery_wh for part in parts.values()), _MIX_DIGITS),
        grid_wh=round(math.fsum(part.grid_wh for part in parts.values()), _MIX_DIGITS),
        settled=settled,
    )
    costs = (cost_of(parts, source, provisional=not settled) for source in sources)
    return mix, next((cost for cost in costs if cost is not None), None)


def cost_of(parts: Mapping[int, Supply], source: PriceSource, *, provisional: bool = False) -> Cost | None:
    """Return what the energy of some slots cost; None where a price is unknown, or where they are of two currencies."""
    hours, currencies = dict[int, Decimal](), set[str]()
    for slot, part in parts.items():
        # The middle: entities tell the price of a new hour a moment late.
        middle = datetime.fromtimestamp(slot + SLOT_S / 2, UTC)
        for energy_wh, price_of in ((part.grid_wh, source.grid), (part.solar_wh + part.battery_wh, source.own)):
            if energy_wh <= 0:
                continue
            price = price_of(middle)
            if price is None:
                return None
            currencies.add(price.currency)
            hour = hour_of(slot)
            hours[hour] = hours.get(hour, Decimal(0)) + Decimal(energy_wh) * price.amount / 1000
    if len(currencies) != 1:
        return None
    rounded = tuple((hour, amount.quantize(_DIGITS)) for hour, amount in sorted(hours.items()))
    return Cost(
        amount=sum((amount for _, amount in rounded), Decimal(0)),
        currency=currencies.pop(),
        basis=source.basis,
        provisional=provisional,
        hours=rounded,
    )


def _shared(charge: Charge, rule: Rule) -> dict[int, Supply]:
    if not charge.metered:
        return {slot: Supply(grid_wh=energy_wh) for slot, energy_wh in charge.slots.items()}
    known = {**charge.live, **charge.told}
    order = sorted(known)
    found = {}
    for slot, energy_wh in charge.slots.items():
        supply = known.get(slot)
        if supply is not None:
            found[slot] = share(rule, supply, energy_wh, charge.others.get(slot, 0.0))
        elif (near := _nearest(order, slot)) is not None:
            # As far as one can tell the house went on as it did, but for what the cars took.
            found[slot] = share(Rule.PROPORTIONAL, known[near], energy_wh)
        else:
            found[slot] = share(Rule.PROPORTIONAL, charge.guess, energy_wh)
    return found


def _nearest(order: Sequence[int], slot: int) -> int | None:
    at = bisect_left(order, slot)
    near = [one for one in order[max(0, at - 1) : at + 1] if abs(one - slot) <= _NEAR_S]
    return min(near, key=lambda one: abs(one - slot), default=None)


def _is_told(charge: Charge) -> bool:
    if not charge.metered:
        return True
    told = math.fsum(energy_wh for slot, energy_wh in charge.slots.items() if slot in charge.told)
    total = math.fsum(charge.slots.values())
    return told >= total or (charge.waited and told >= _MOST * total)
