"""What a charge costs: each five minutes at their own price, exact by the hour, unknown where a price is unknown."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
import math
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.cost import (
    Charge,
    Price,
    PriceSource,
    by_steps,
    by_tariffs,
    cost_of,
    fixed,
    nobody_knows,
    reckon,
)
from custom_components.tesla_charging.charging.mix import Rule, Supply, share, wall_slots
from custom_components.tesla_charging.charging.session import Basis, Energy, Session, Source, from_json, to_json
from custom_components.tesla_charging.energy.spread import Stretch
from tesla_simulator.world.tariff import TARIFF

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
AT = int(NOON.timestamp())
HOUR_S = 3600
EURO = "EUR"
SUN = Decimal("0.08")
FLAT = PriceSource(Basis.NUMBER, fixed(Decimal("0.30"), EURO), fixed(SUN, EURO))


def at(seconds: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(seconds=seconds)


def amount_at(price: object, seconds: float) -> Decimal | None:
    """Return the amount of a price some time after noon."""
    assert callable(price)
    found: Price | None = price(at(seconds))
    return None if found is None else found.amount


def tou(buy: Mapping[str, float] | None = None) -> PriceSource:
    """Return the prices of the simulated site's tariff."""
    tariff = by_tariffs([(0.0, TARIFF)], BERLIN, "XXX")
    assert tariff is not None
    return PriceSource(Basis.TARIFF, *tariff)


def test_each_hour_has_its_share() -> None:
    """Grid at the price of the moment, sun and battery at theirs; the hours are exact and make up the amount."""
    # 17:00 in Berlin is 15:00 UTC: from then on it is 0.38 instead of 0.31.
    slots = {AT + 5 * HOUR_S - 300: Supply(100, 200, 700), AT + 5 * HOUR_S: Supply(0, 0, 1000)}
    cost = cost_of(slots, tou())
    assert cost is not None
    assert cost.hours == ((AT + 4 * HOUR_S, Decimal("0.241000")), (AT + 5 * HOUR_S, Decimal("0.380000")))
    assert cost.amount == sum(part for _, part in cost.hours) == Decimal("0.621")
    assert (cost.currency, cost.basis, cost.provisional) == (EURO, Basis.TARIFF, False)


def test_unknown_is_not_zero() -> None:
    """A price that is missing makes no cost; one that is not needed does no harm; nothing charged costs nothing known."""
    grid_only = PriceSource(Basis.NUMBER, fixed(Decimal(1), EURO))
    assert cost_of({AT: Supply(0, 0, 10)}, grid_only) is not None
    assert cost_of({AT: Supply(1, 0, 10)}, grid_only) is None
    assert cost_of({AT: Supply(0, 0, 10)}, PriceSource(Basis.ENTITY, nobody_knows, fixed(SUN, EURO))) is None
    assert cost_of({}, FLAT) is None
    assert cost_of({AT: Supply()}, FLAT) is None
    free = cost_of({AT: Supply(0, 0, 10)}, PriceSource(Basis.NUMBER, fixed(Decimal(0), EURO)))
    assert free is not None and free.amount == 0


def test_currencies_are_not_added() -> None:
    """Two currencies in one charge make no cost."""
    mixed = PriceSource(Basis.TARIFF, fixed(Decimal(1), "USD"), fixed(SUN, EURO))
    assert cost_of({AT: Supply(1, 0, 10)}, mixed) is None
    only = cost_of({AT: Supply(0, 0, 10)}, mixed)
    assert only is not None and only.currency == "USD"


def test_the_first_source_that_knows() -> None:
    """The person's entity, else the tariff, else the number: for the whole charge."""
    entity = PriceSource(Basis.ENTITY, by_steps([(AT + 600.0, Decimal("0.5"))], EURO), fixed(SUN, EURO))
    number = PriceSource(Basis.NUMBER, fixed(Decimal(9), EURO), fixed(SUN, EURO))

    def basis(slots: dict[int, float], *sources: PriceSource) -> Basis | None:
        cost = reckon(Charge(slots), Rule.HOUSE_FIRST, sources)[1]
        return None if cost is None else cost.basis

    assert basis({AT + 600: 10.0}, entity, tou(), number) is Basis.ENTITY
    assert basis({AT: 10.0, AT + 600: 10.0}, entity, tou(), number) is Basis.TARIFF
    assert basis({AT: 10.0}, entity, number) is Basis.NUMBER
    assert basis({AT: 10.0}, entity) is None
    assert basis({AT: 10.0}) is None


def test_steps_hold_over_a_restart() -> None:
    """Where an entity says nothing for a moment its price still holds, for an hour; before the first there is none."""
    price = by_steps([(AT, Decimal(1)), (AT + 600.0, None), (AT + 700.0, None), (AT + 9000.0, Decimal(2))], EURO)
    found = [amount_at(price, one) for one in (-1, 0, 650, 600 + HOUR_S - 1, 600 + HOUR_S, 8999, 9000, 10**6)]
    assert found == [None, 1, 1, 1, None, None, 2, 2]
    assert by_steps([(AT, None)], EURO)(NOON) is None
    assert by_steps([], EURO)(NOON) is None


def test_tariffs_follow_each_other() -> None:
    """Each holds since its time, the first also before, one without prices is none; each has its own currency."""

    def content(price: float, currency: str | None) -> dict[str, object]:
        return {"currency": currency, "energy_charges": {"ALL": {"rates": {"ALL": price}}}, "seasons": {}}

    known = [(AT, content(0.2, "USD")), (AT + 600.0, {"name": "?"}), (AT + 1200.0, content(0.4, None))]
    tariff = by_tariffs(known, BERLIN, EURO)
    assert tariff is not None
    found = [tariff[0](at(one)) for one in (-(10**6), 0, 700, 1199, 1200)]
    dollars, euros = Price(Decimal("0.2"), "USD"), Price(Decimal("0.4"), EURO)
    assert found == [dollars, dollars, dollars, dollars, euros]
    assert tariff[1](NOON) is None
    assert by_tariffs([(0.0, {})], BERLIN, EURO) is None
    assert by_tariffs([], BERLIN, EURO) is None


@pytest.mark.parametrize(
    ("day", "first_hour", "hours"),
    [
        # Four hours of charging from local midnight: the change is among them, and 06:00 comes after 5 or 7 hours.
        (datetime(2026, 3, 29, tzinfo=BERLIN), "0.19", 5),
        (datetime(2026, 10, 25, tzinfo=BERLIN), "0.19", 7),
    ],
)
def test_when_the_clock_changes(day: datetime, first_hour: str, hours: int) -> None:
    """The site's clock decides: the night is an hour shorter, or longer."""
    midnight = int(day.timestamp())
    slots = {midnight + n * 300: Supply(grid_wh=1000 / 12) for n in range(12 * 9)}
    cost = cost_of(slots, tou())
    assert cost is not None
    by_hour = [float(part) for _, part in cost.hours]
    assert by_hour == pytest.approx([0.19] * hours + [0.31] * (9 - hours), abs=2e-6)
    assert [hour for hour, _ in cost.hours] == [midnight + n * HOUR_S for n in range(9)]


def test_settled() -> None:
    """A mix is settled when the history tells of each slot; a gap is waited for, for a day, and not for most of it."""
    slots = {AT: 100.0, AT + 300: 100.0, AT + 600: 100.0}
    all_told = dict.fromkeys(slots, Supply(200, 0, 0))

    def settled(**fields: object) -> tuple[bool, bool]:
        charge = Charge(slots, **{"metered": True, "over": True, **fields})  # type: ignore[arg-type]
        mix, cost = reckon(charge, Rule.HOUSE_FIRST, [FLAT])
        assert mix is not None and cost is not None
        assert cost.provisional is not mix.settled
        return mix.settled, mix.solar_share == 1.0

    partly, little = (dict(list(all_told.items())[:count]) for count in (2, 1))
    assert settled() == (False, False)
    assert settled(told=all_told) == (True, True)
    assert settled(told=all_told, over=False) == (False, True)
    assert settled(told=partly) == (False, True)
    assert settled(told=partly, waited=True) == (True, True)
    assert settled(told=little, waited=True) == (False, True)
    assert settled(live=all_told) == (False, True)
    assert settled(metered=False) == (True, False)
    # The history is better than the powers that were seen.
    assert settled(live=all_told, told=dict.fromkeys(slots, Supply(0, 0, 200))) == (True, False)
    # What is further away than an hour says nothing.
    far = {AT + 7200: Supply(200, 0, 0), AT - 7200: Supply(200, 0, 0)}
    assert settled(live=far) == (False, False)
    assert settled(live=far, guess=Supply(5, 0, 0)) == (False, True)
    assert reckon(Charge({}), Rule.HOUSE_FIRST, [FLAT]) == (None, None)


def lived(seed: int, start: int, hours: int) -> tuple[dict[int, Supply], dict[int, float]]:
    """Return what a house with sun, a battery and a car used in each five minutes, and what the car took of it."""
    dice = Random(seed)
    house, clouds, car_w = dice.uniform(200, 1500), dice.uniform(0, 1), dice.choice([1400, 3700, 7400, 11_000])
    whole, car = {}, {}
    for number in range(hours * 12):
        slot = start + 300 * number
        local = (slot / HOUR_S + 2) % 24
        sun = max(0.0, math.sin((local - 6) / 12 * math.pi)) * 9000 * (1 - clouds * dice.random())
        taken = 0.0 if number % 37 > 30 else car_w * (1 + 0.02 * dice.uniform(-1, 1))
        load = house * dice.uniform(0.8, 1.2) + taken
        solar = min(sun, load)
        battery = min(load - solar, dice.choice([0, 0, 2000, 5000]))
        whole[slot] = Supply(solar, battery, load - solar - battery).times(1 / 12)
        if taken:
            car[slot] = taken / 12
    return whole, car


def seen(car: Mapping[int, float], every_s: int, efficiency: float) -> Session:
    """Return the session that is known from a read of the battery every so often."""
    reads = range(min(car), max(car) + 300 + every_s, every_s)
    flow = []
    for begin, end in pairwise(reads):
        energy = math.fsum(wh for slot, wh in car.items() if begin <= slot < end)
        slots = [slot for slot in car if begin <= slot < end]
        if slots:
            # The log knows when it charged, not how fast.
            flow.append(Stretch(slots[0], slots[-1] + 300 - slots[0], energy * efficiency))
    added = math.fsum(one.energy_wh for one in flow)
    return Session(
        id="a",
        vin="V",
        plugged_at=datetime.fromtimestamp(min(car), UTC),
        unplugged_at=datetime.fromtimestamp(max(car) + 300, UTC),
        added=Energy(wh=added, source=Source.CAR),
        used=Energy(wh=math.fsum(car.values()), source=Source.WALL_CONNECTOR),
        flow=tuple(flow),
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    start=st.integers(0, 287),
    hours=st.integers(1, 12),
    every=st.sampled_from([300, 600, 900]),
    rule=st.sampled_from(Rule),
    with_sun=st.booleans(),
)
def test_against_the_truth_of_five_minutes(
    seed: int, start: int, hours: int, every: int, rule: Rule, with_sun: bool
) -> None:
    """Read seldom and only at the battery, it costs what it truly did: within 1 %, within 3 % with sun."""
    whole, car = lived(seed, AT - AT % 86_400 + 300 * start, hours)
    if not with_sun:
        whole = {slot: Supply(grid_wh=one.total) for slot, one in whole.items()}
    session = seen(car, every, 0.9)
    for source in (FLAT, tou()):
        charge = Charge(wall_slots(session, AT), told=whole, metered=True, over=True)
        mix, cost = reckon(charge, rule, [source])
        truth = cost_of({slot: share(rule, whole[slot], wh) for slot, wh in car.items()}, source)
        assert mix is not None and cost is not None and truth is not None
        assert mix.settled
        assert mix.solar_wh + mix.battery_wh + mix.grid_wh == pytest.approx(session.used.wh, abs=0.2)
        assert float(cost.amount) == pytest.approx(float(truth.amount), rel=0.03 if with_sun else 0.01)
        assert sum(part for _, part in cost.hours) == cost.amount


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), efficiency=st.floats(0.5, 1.0))
def test_the_same_after_a_restart(seed: int, efficiency: float) -> None:
    """What comes back from the disk is priced to the same, so that nothing has to be written again."""
    whole, car = lived(seed, AT, 3)
    session = seen(car, 900, efficiency)

    def priced(one: Session) -> object:
        return reckon(Charge(wall_slots(one, AT), told=whole, metered=True, over=True), Rule.HOUSE_FIRST, [tou()])

    assert priced(from_json(to_json(session))) == priced(session)
