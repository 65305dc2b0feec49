"""The planner against trying everything, and by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from random import Random
from zoneinfo import ZoneInfo

import pytest

from custom_components.tesla_charging.charging.plan import Plan, PriceStep, Wish, make_plan, steps_of
from custom_components.tesla_charging.charging.week import told_once

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
# The beginning of the UTC hours around which clocks are changed, in spring and in autumn.
CHANGES = {
    "Europe/Berlin": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    "Australia/Sydney": (datetime(2026, 10, 3, 16, tzinfo=UTC), datetime(2026, 4, 4, 16, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)),
}


def steps(*prices: float | str, begin: datetime = NOON, length: timedelta = HOUR) -> list[PriceStep]:
    """Return prices that follow each other."""
    return [
        PriceStep(begin + number * length, begin + (number + 1) * length, Decimal(str(price)))
        for number, price in enumerate(prices)
    ]


def wish(hours: float, until: float, **other: object) -> Wish:
    """Return a wish at noon: so many hours of charging within so many hours, 10 kWh in an hour."""
    known = {"now": NOON, "departure": NOON + until * HOUR, "duration": hours * HOUR, "energy_wh": 10_000 * hours}
    return Wish(**{**known, **other})  # type: ignore[arg-type]


# Trying everything

type Key = tuple[int, int, Decimal, int, int]


def every_way(rng_wish: Wish, prices: list[Decimal | None], unit: timedelta) -> Iterator[tuple[Key, tuple[int, ...]]]:
    """Yield every way to charge that is allowed, with what makes one better than another, the best the lowest."""
    size, need = len(prices), -(-rng_wish.duration // unit)
    shortest = min(need, max(1, -(-rng_wish.shortest // unit)))
    until = rng_wish.running_until
    begun = min(need, size, max(0, (until - rng_wish.now) // unit)) if until else 0
    free = [number in (0, begun) or rng_wish.may_switch(rng_wish.now + number * unit) for number in range(size + 1)]
    limit = rng_wish.limit
    usable = [
        number
        for number, price in enumerate(prices)
        if number < begun or limit is None or price is None or price <= limit
    ]
    for count in range(need + 1):
        for chosen in combinations(usable, count):
            if chosen[:begun] != tuple(range(begun)):
                continue
            begins = [one for one in chosen if one - 1 not in chosen]
            ends = [one + 1 for one in chosen if one + 1 not in chosen]
            if not all(free[edge] for edge in (*begins, *ends)):
                continue
            blocks = list(zip(begins, ends, strict=True))
            if any(end - begin < shortest for begin, end in blocks if not (begun and begin == 0)):
                continue
            if rng_wish.continuous and len(blocks) > 1:
                continue
            known = [price for one in chosen if (price := prices[one]) is not None]
            starts = sum(1 for begin in begins if not (begun and begin == 0))
            key = -count, len(known), sum(known, Decimal(0)), starts, -sum(chosen)
            yield key, chosen


def try_everything(rng_wish: Wish, prices: list[Decimal | None], unit: timedelta) -> Key:
    """Return what the best way comes to."""
    return min(key for key, _ in every_way(rng_wish, prices, unit))


def key_of(plan: Plan, rng_wish: Wish, unit: timedelta) -> Key:
    """Return what a plan comes to, by its slots alone."""
    chosen: list[int] = []
    known: list[Decimal] = []
    for slot in plan.slots:
        units = range((slot.start - rng_wish.now) // unit, (slot.end - rng_wish.now) // unit)
        chosen += units
        known += [slot.price] * len(units) if slot.price is not None else []
    begun = rng_wish.running_until is not None and rng_wish.running_until - rng_wish.now >= unit
    starts = sum(1 for begin, _ in plan.blocks if not (begun and begin == rng_wish.now))
    return -len(chosen), len(known), sum(known, Decimal(0)), starts, -sum(chosen)


def random_case(rng: Random) -> tuple[Wish, list[PriceStep], list[Decimal | None], timedelta]:
    """Return a small case of any kind: unit, prices as steps and by unit, on any day or around a change of clocks."""
    unit = timedelta(minutes=rng.choice([1, 5, 15, 30, 60]))
    size = rng.randint(1, 9)
    zone = ZoneInfo(rng.choice(list(CHANGES)))
    now = NOON + rng.randrange(400) * HOUR
    if rng.random() < 0.4:
        change = rng.choice(CHANGES[str(zone)])
        unit = unit if not change.minute else min(unit, timedelta(minutes=30))
        now = change - rng.randrange(size + 1) * unit
    found: list[PriceStep] = []
    prices: list[Decimal | None] = []
    while len(prices) < size:
        length = rng.randint(1, 4)
        price = Decimal(rng.choice([-5, 0, 1, 1, 2, 3, 10, 25])) / 100
        known = rng.random() > 0.15
        start = now + len(prices) * unit
        # The first one may have begun a while ago.
        begin = start - rng.randrange(3) * unit if not prices else start
        if known:
            found.append(PriceStep(begin, start + length * unit, price))
        prices += [price if known else None] * length
    if rng.random() < 0.2:
        # The prices of the last part are late.
        cut = rng.randint(0, size)
        prices[cut:] = [None] * (size - cut)
        found = [replace(one, end=min(one.end, now + cut * unit)) for one in found if one.start < now + cut * unit]
    one = Wish(
        now=now,
        departure=now + size * unit,
        duration=rng.randint(1, size) * unit,
        energy_wh=1000.0,
        limit=Decimal(rng.choice([0, 1, 2, 5])) / 100 if rng.random() < 0.3 else None,
        continuous=rng.random() < 0.25,
        shortest=rng.randint(0, 4) * unit if rng.random() < 0.5 else timedelta(0),
        running_until=now + rng.randint(0, 4) * unit if rng.random() < 0.2 else None,
        may_switch=lambda at: told_once(at, zone),
    )
    return one, found, prices[:size], unit


@pytest.mark.parametrize("seed", range(10))
def test_equals_trying_everything(seed: int) -> None:
    """Ten thousand small cases: nothing is cheaper, and of what costs the same nothing starts less often or later."""
    rng = Random(seed)
    for number in range(1000):
        one, found, prices, unit = random_case(rng)
        plan = make_plan(one, found, unit)
        best = try_everything(one, prices, unit)
        assert key_of(plan, one, unit) == best, (seed, number, one, prices)
        assert plan.reached == (-best[0] == one.duration // unit)


# By hand


@pytest.mark.parametrize(
    ("one", "prices", "hours"),
    [
        # The cheapest, of those that cost the same the one with the fewest starts, of those the latest.
        (wish(2, 6), steps(5, 1, 4, 1, 3, 9), [(1, 2), (3, 4)]),
        (wish(2, 6), steps(1, 1, 1, 1, 1, 1), [(4, 6)]),
        (wish(2, 5), steps(1, 1, 2, 1, 2), [(0, 2)]),
        # A part of a slot: where it makes no start more, else late.
        (wish(1.5, 4), steps(3, 1, 2, 3), [(1, 2.5)]),
        (wish(1.5, 4), steps(3, 2, 1, 3), [(1.5, 3)]),
        (wish(0.5, 4), steps(3, 2, 1, 3), [(2.5, 3)]),
        # Without a pause, and with no slot shorter than two hours.
        (wish(2, 6, continuous=True), steps(1, 5, 1, 4, 3, 9), [(2, 4)]),
        (wish(4, 6, shortest=2 * HOUR), steps(1, 5, 9, 1, 3, 2), [(0, 2), (3, 5)]),
        # Never above the limit, although the target is not reached.
        (wish(3, 6, limit=Decimal(2)), steps(5, 1, 4, 2, 3, 9), [(1, 2), (3, 4)]),
        (wish(3, 2, limit=Decimal(2)), steps(2, 5), [(0, 1)]),
        # Who is paid to charge charges no more than wanted.
        (wish(1, 3), steps(-1, -5, -2), [(1, 2)]),
        # Late prices: time enough to wait, or not.
        (wish(2, 8), steps(5, 1, 4, 1), [(6, 8)]),
        (wish(3, 6), steps(5, 1, 4, 2), [(1, 2), (4, 6)]),
        (wish(2, 4), [], [(2, 4)]),
        # What has begun goes on.
        (wish(2, 4, running_until=NOON + HOUR), steps(5, 1, 4, 2), [(0, 2)]),
        (wish(1, 4, running_until=NOON + 2 * HOUR), steps(5, 1, 4, 2), [(0, 1)]),
        (wish(2, 4, running_until=NOON - HOUR), steps(5, 1, 4, 2), [(1, 2), (3, 4)]),
    ],
)
def test_by_hand(one: Wish, prices: list[PriceStep], hours: list[tuple[float, float]]) -> None:
    """From when to when it charges, in hours after noon."""
    plan = make_plan(one, prices)
    assert [((begin - NOON) / HOUR, (end - NOON) / HOUR) for begin, end in plan.blocks] == hours


def test_not_in_time() -> None:
    """Who is too late charges at once, as long as it takes, and is told."""
    plan = make_plan(wish(3, 2), steps(5, 1, 2))
    assert plan.at_once
    assert not plan.reached
    assert plan.blocks == ((NOON, NOON + 3 * HOUR),)
    assert (plan.cost, plan.saving) == (Decimal(80), Decimal(0))
    assert make_plan(wish(2, 0), steps(5, 1)).blocks == ((NOON, NOON + 2 * HOUR),)
    assert make_plan(wish(2, -1, limit=Decimal(9)), steps(5, 1)) == replace(Plan(), reached=False, cost=Decimal(0))


def test_what_it_costs() -> None:
    """Energy, cost and saving, to the last digit; none of them while a price is missing."""
    plan = make_plan(wish(2, 6), steps("0.30", "0.10", "0.20", "0.101", "0.3", "0.9"))
    assert (plan.energy_wh, plan.cost, plan.saving) == (20_000, Decimal("2.01"), Decimal("1.99"))
    assert [slot.price for slot in plan.slots] == [Decimal("0.10"), Decimal("0.101")]
    assert plan.reached
    assert not plan.provisional
    plan = make_plan(wish(2, 6), steps(1, 2, 3))
    assert (plan.provisional, plan.cost, plan.saving, plan.reached) == (True, None, None, True)
    assert make_plan(wish(0, 6), steps(1)) == Plan()


def test_minutes_and_mixed_slots() -> None:
    """Now within a slot, slots of five minutes to hours, a gap, an overlap, and a duration of odd seconds."""
    now = NOON + timedelta(minutes=3, seconds=20)
    prices = [
        *steps(3, 1, 3, length=5 * MINUTE),
        *steps(2, begin=NOON + 15 * MINUTE, length=45 * MINUTE),
        *steps(4, begin=NOON + 50 * MINUTE, length=2 * HOUR),
        *steps(0, begin=NOON + 3 * HOUR, length=MINUTE),
    ]
    one = wish(0.5, 2.5, now=now, duration=timedelta(minutes=12, seconds=1))
    plan = make_plan(one, prices)
    assert plan.blocks == ((NOON + 5 * MINUTE, NOON + 10 * MINUTE), (NOON + 52 * MINUTE, NOON + 60 * MINUTE))
    assert plan.energy_wh == pytest.approx(5000)
    assert steps_of([(NOON, NOON, Decimal(1)), (NOON, NOON + HOUR, Decimal(2))]) == tuple(steps(2))


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("change", [0, 1], ids=["spring", "autumn"])
def test_days_on_which_clocks_are_changed(zone: str, change: int) -> None:
    """Every instant of such a night has its own price; no slot begins or ends at a time that the clock shows twice."""
    at, clock = CHANGES[zone][change], ZoneInfo(zone)
    begin = at - 5 * HOUR
    rng = Random(zone)
    prices = steps(*(rng.randint(1, 40) for _ in range(40)), begin=begin, length=15 * MINUTE)
    one = Wish(
        now=begin,
        departure=begin + 10 * HOUR,
        duration=timedelta(hours=3, minutes=20),
        energy_wh=10_000,
        may_switch=lambda moment: told_once(moment, clock),
    )
    free = make_plan(replace(one, may_switch=lambda _: True), prices)
    plan = make_plan(one, prices)
    minutes = sum((end - start for start, end in plan.blocks), timedelta()) / MINUTE
    assert minutes == 200
    assert plan.cost is not None and free.cost is not None
    assert plan.cost >= free.cost
    assert (
        plan.cost
        == sum((slot.price or 0) * Decimal((slot.end - slot.start) // MINUTE) for slot in plan.slots)
        * Decimal(10)
        / 200
    )
    for edges in plan.blocks:
        assert all(told_once(edge, clock) for edge in edges)
    if change == 0:
        assert plan == free


def test_a_long_time() -> None:
    """A week, in steps of five minutes or more: still exact for prices by the hour."""
    prices = steps(*((number * 7 % 24) for number in range(168)))
    plan = make_plan(wish(30, 160), prices)
    ordered = sorted(price.price for price in prices[:160])
    assert plan.cost == sum(ordered[:30]) * 10
