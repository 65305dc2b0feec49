"""What the sessions of a car come to: by hour, per mile, as efficiency, saving, and the loss while parked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.figures import (
    Pricing,
    charging_span,
    charging_time,
    cost_per_mile,
    efficiency,
)
from custom_components.tesla_charging.charging.hours import HourBook
from custom_components.tesla_charging.charging.session import Place, Run, Session, Source
from custom_components.tesla_charging.charging.standby import Standby
from custom_components.tesla_charging.charging.totals import Totals, from_json, to_json, total
from custom_components.tesla_charging.energy.spread import Stretch

from .sessions import EVENING, HOUR_S, cost, measured, session, supercharged

DAY = timedelta(days=1)
NOW = EVENING + DAY
AT = int(EVENING.timestamp())


# Efficiency


def test_efficiency_is_the_median_of_what_was_measured() -> None:
    """The last ten sessions at alternating current with enough energy count, where both sides were measured."""
    good = [session(n, kwh=10.0, used=measured(10.0 / share, Source.POWER)) for n, share in enumerate([0.8, 0.9, 0.95])]
    assert efficiency([]) is None
    assert efficiency(good) == pytest.approx(0.9)
    bad = [
        session(10, kwh=2.9),
        session(11, direct_current=True),
        session(12, unplugged_at=None),
        session(13, used=measured(20.0, Source.EFFICIENCY)),
        session(14, used=measured(20.0, Source.WALL_HISTORY, estimated=True)),
        session(15, added=measured(10.0, estimated=True), used=measured(20.0, Source.POWER)),
        session(16, used=measured(0.0, Source.POWER)),
    ]
    assert efficiency(bad) is None
    assert efficiency([*good, *bad]) == pytest.approx(0.9)
    old = [session(n, used=measured(20.0, Source.WALL_HISTORY)) for n in range(20, 60)]
    new = [session(n, used=measured(12.5, Source.WALL_HISTORY)) for n in range(60, 66)]
    assert efficiency([*old, *new]) == pytest.approx(0.8)


# Cost per mile


def drives(*told: tuple[float | None, str | None]) -> list[Session]:
    """Return sessions a day apart, with the odometer and the cost of each."""
    return [
        session(n, EVENING - DAY * (len(told) - n), odometer_mi=miles, cost=None if amount is None else cost(amount))
        for n, (miles, amount) in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([], None),
        ([(1000, "5")], None),
        ([(1000, "5"), (1030, "3")], None),  # too little to say
        ([(1000, "5"), (1100, "4")], "0.04"),
        ([(1000, "5"), (1100, "4"), (1200, "8")], "0.06"),
        ([(1000, None), (1100, "4")], "0.04"),
        ([(1000, "5"), (1100, None), (1200, "8")], "0.08"),
        ([(1000, "5"), (None, "2"), (1100, "4")], "0.06"),  # a stop that only Tesla's history tells of
        ([(1000, "5"), (None, None), (1100, "4")], None),
        ([(1000, "5"), (None, None), (1100, "4"), (1200, "8")], "0.08"),
        ([(None, "1"), (1000, "5"), (1100, "4")], "0.04"),
        ([(1000, "5"), (1000, "1"), (1100, "4")], "0.05"),  # charged twice at one place
    ],
)
def test_cost_per_mile(told: list[tuple[float | None, str | None]], wanted: str | None) -> None:
    """What is unknown takes neither miles nor money."""
    assert cost_per_mile(drives(*told), "EUR", NOW) == (None if wanted is None else Decimal(wanted))


def test_cost_per_mile_of_a_year_in_one_currency() -> None:
    """Older sessions and other currencies do not count; a session without energy costs nothing."""
    first, second, third = drives((1000, "5"), (1100, "4"), (1200, "8"))
    old = replace(session(99, NOW - timedelta(days=400)), odometer_mi=0.0, cost=cost("1000"))
    assert cost_per_mile([old, first, second, third], "EUR", NOW) == Decimal("0.06")
    abroad = replace(second, cost=cost("40", "SEK"))
    assert cost_per_mile([first, abroad, third], "EUR", NOW) == Decimal("0.08")
    nothing = replace(second, cost=None, added=measured(0.0))
    assert cost_per_mile([first, nothing, third], "EUR", NOW) == Decimal("0.04")


# Saving


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 400), st.sampled_from(["EUR", "SEK", None])), max_size=20))
def test_what_is_added_up_step_by_step_is_the_whole(steps: list[tuple[int, int, str | None]]) -> None:
    """However often sessions are amended, the sums are those of the sessions as they are."""
    pricing, known = Pricing(), dict[int, Session]()
    for number, amount, currency in steps:
        paid = None if currency is None else cost(str(amount), currency)
        if amount % 7 == 0:
            known.pop(number, None)
        else:
            known[number] = session(number, kwh=number + 1.0, cost=paid)
        pricing.take(tuple(known.values()))
    for currency in ("EUR", "SEK"):
        priced = [one for one in known.values() if one.cost is not None and one.cost.currency == currency]
        found = pricing.of(currency)
        assert found.amount == sum(one.cost.amount for one in priced if one.cost is not None)
        assert found.wh == pytest.approx(sum(one.used.wh for one in priced), abs=1e-6)


def test_saving() -> None:
    """Ten kWh at the wall for 2.31 would have cost 4.00 at 40 cents."""
    pricing = Pricing()
    assert pricing.of("EUR").saving(Decimal("0.40")) is None
    pricing.take((session(used=measured(10.0), cost=cost("2.31")),))
    assert pricing.of("EUR").saving(Decimal("0.40")) == Decimal("1.69")
    pricing.take((session(used=measured(0.0), cost=cost("2.31")),))
    assert pricing.of("EUR").saving(Decimal("0.40")) == Decimal("1.69")


# Times


def test_time_and_span_of_charging() -> None:
    """Pauses do not count; a run that goes on counts as far as energy is known to have flowed."""
    pause = EVENING + timedelta(hours=3)
    ended, going = Run(start=EVENING, end=EVENING + timedelta(hours=1)), Run(start=pause)
    both = (ended, Run(start=pause, end=pause + timedelta(minutes=30)))
    assert charging_time(session(runs=both)) == timedelta(minutes=90)
    assert charging_span(session(runs=both)) == (EVENING, pause + timedelta(minutes=30))
    flow = (Stretch(AT, 3600, 5000.0), Stretch(AT + 3 * 3600, 600, 1000.0))
    open_one = session(runs=(ended, going), flow=flow, unplugged_at=None)
    assert charging_time(open_one) == timedelta(minutes=70)
    assert charging_span(open_one) is None
    assert charging_time(session(runs=(going,), flow=())) == timedelta(0)
    assert charging_span(session(runs=())) == (EVENING, EVENING + timedelta(hours=3))
    assert charging_span(session(runs=(), unplugged_at=None)) is None


# By hour


def test_energy_and_cost_in_their_hours() -> None:
    """Energy goes by its flow, and cost by its hours; what is not put into hours goes with the energy."""
    book = HourBook("EUR")
    paid = cost("3.00", hours={AT: "1.00", AT + HOUR_S: "2.00"})
    found = book.take((session(hours=2, kwh=10, cost=paid),))
    assert found == {"home_energy": {AT: 5.0, AT + HOUR_S: 5.0}, "home_cost": {AT: 1.0, AT + HOUR_S: 2.0}}
    halfway = session(start=EVENING + timedelta(minutes=30), hours=1, kwh=8, cost=cost("4.00"))
    # The second hour costs what it has cost before.
    assert book.take((halfway,)) == {"home_energy": {AT: 4.0, AT + HOUR_S: 4.0}, "home_cost": {AT: 2.0}}
    assert book.take((halfway,)) == {}
    assert book.take((replace(halfway, revision=1),)) == {}
    assert book.take(()) == {"home_energy": {AT: 0.0, AT + HOUR_S: 0.0}, "home_cost": {AT: 0.0, AT + HOUR_S: 0.0}}


def test_hours_of_what_nobody_saw_flow() -> None:
    """A session that only Tesla's history tells of is spread over its time; a fee for nothing is put at its beginning."""
    book = HourBook("EUR")
    billed = supercharged(1, cost=cost("21.50"), flow=())
    assert book.take((billed,)) == {"supercharger_energy": {AT: 30.0}, "supercharger_cost": {AT: 21.5}}
    unseen = supercharged(2, flow=(), runs=(), cost=cost("90", "SEK"))
    found = book.take((billed, unseen))
    assert found == {
        "supercharger_energy": {AT: 50.0, AT + HOUR_S: 10.0},
        "supercharger_cost_sek": {AT: 60.0, AT + HOUR_S: 30.0},
    }
    parked = supercharged(3, kwh=0.0, flow=(), cost=cost("5.00"))
    assert book.take((billed, unseen, parked)) == {"supercharger_cost": {AT: 26.5}}
    elsewhere = session(4, place=Place.ELSEWHERE, cost=cost("7"))
    assert book.take((billed, unseen, parked, elsewhere)) == {}
    moment = session(5, flow=(), runs=(), unplugged_at=None, kwh=1.0)
    assert book.take((billed, unseen, parked, moment)) == {"home_energy": {AT: 1.0}}


def test_a_session_that_was_elsewhere_moves() -> None:
    """What is known better is taken away where it was, and added where it is."""
    book = HourBook("EUR")
    book.take((session(1, hours=1, kwh=6), session(2, hours=1, kwh=4)))
    assert book.take((session(1, hours=1, kwh=6), session(2, hours=1, kwh=4, place=Place.SUPERCHARGER))) == {
        "home_energy": {AT: 6.0},
        "supercharger_energy": {AT: 4.0},
    }


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 200),
        st.floats(0.1, 9.0),
        st.floats(0.1, 70.0),
        st.sampled_from([Place.HOME, Place.SUPERCHARGER, Place.ELSEWHERE]),
        st.one_of(st.none(), st.decimals(-5, 90, places=2)),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(CHANGES)
def test_hours_add_up_whatever_is_amended(changes: list[tuple[int, int, float, float, Place, Decimal | None]]) -> None:
    """The changes, one after the other, make what all sessions come to at their end, to the last hour."""
    book, known, held = HourBook("EUR"), dict[int, Session](), dict[str, dict[int, float]]()
    for number, minutes, hours, kwh, place, amount in changes:
        paid = None if amount is None else cost(str(amount))
        start = EVENING + timedelta(minutes=minutes)
        known[number] = session(number, start, hours, kwh, place=place, cost=paid)
        for what, values in book.take(tuple(known.values())).items():
            held.setdefault(what, {}).update(values)
    at_once = HourBook("EUR").take(tuple(known.values()))
    whats = {*held, *at_once}
    for what in whats:
        hours_held, wanted = held.get(what, {}), at_once.get(what, {})
        for hour in {*hours_held, *wanted}:
            assert hours_held.get(hour, 0.0) == pytest.approx(wanted.get(hour, 0.0), abs=1e-6)
    for place in (Place.HOME, Place.SUPERCHARGER):
        here = [one for one in known.values() if one.place is place]
        energy = sum(held.get(f"{place}_energy", {}).values())
        assert energy == pytest.approx(sum(one.added.wh for one in here) / 1000, abs=1e-6)
        money = sum((one.cost.amount for one in here if one.cost is not None), Decimal(0))
        assert sum(held.get(f"{place}_cost", {}).values()) == pytest.approx(float(money), abs=1e-6)


# Totals


def test_a_session_that_moves_counts_once_in_all() -> None:
    """What was shown for a place stays, because it may not fall; what all places come to is still what was charged."""
    shown = total([session(place=Place.ELSEWHERE)], Totals())
    moved = total([session(place=Place.HOME)], shown)
    assert (moved.added_wh[Place.ELSEWHERE], moved.added_wh[Place.HOME], moved.all_added_wh) == (10_000,) * 3
    assert moved.all_used_wh == shown.all_used_wh
    assert total([session(cost=cost("2.31")), session(2, cost=cost("0.10"))], Totals()).cost == {
        (Place.HOME, "EUR"): Decimal("2.41")
    }
    less = total([session(kwh=9.0)], from_json(to_json(moved)))
    assert (less.all_added_wh, less.added_wh[Place.HOME]) == (10_000, 10_000)


# Loss while parked


def at(hours: float) -> datetime:
    """Return a time so many hours after the first evening."""
    return EVENING + timedelta(hours=hours)


def seen(*reads: tuple[float, float | None, float | None, bool]) -> Standby:
    """Return what was seen: hours, level, odometer, and whether the car was busy."""
    standby = Standby()
    for hours, level, odometer, busy in reads:
        standby = standby.saw(at(hours), level, odometer, busy=busy)
    return standby


@pytest.mark.parametrize(
    ("reads", "wanted"),
    [
        ([], None),
        ([(0, 80, 1.0, False)], None),
        ([(0, 80, 1.0, False), (23.9, 79, 1.0, False)], None),
        ([(0, 80, 1.0, False), (24, 79, 1.0, False)], 1.0),
        ([(0, 80, 1.0, False), (48, 77, 1.0, False)], 1.5),
        ([(0, 80, 1.0, False), (12, None, 1.0, False), (24, 78, 1.0, False)], 2.0),
        # The drive takes what it takes; so does a charge.
        ([(0, 80, 1, False), (24, 79, 1, False), (25, 60, 30, True), (26, 50, 60, False), (50, 49, 60, False)], 1.0),
        ([(0, 40, 1, False), (24, 39, 1, False), (25, 39, 1, True), (30, 80, 1, True), (31, 80, 1, False)], 1.0),
        # A drive that nobody saw shows in the odometer, and a charge in the level.
        ([(0, 80, 1, False), (24, 79, 1, False), (25, 60, 30, False), (49, 59, 30, False)], 1.0),
        ([(0, 40, 1, False), (24, 39, 1, False), (40, 70, 1, False), (64, 69, 1, False)], 1.0),
        # A percent up is the sun on the roof, and no gain.
        ([(0, 80, 1, False), (12, 81, 1, False), (24, 80, 1, False)], 0.0),
        ([(0, 80, 1, False), (24, 81, 1, False)], 0.0),
        # Without the odometer too.
        ([(0, 80, None, False), (24, 79, 5.0, False), (25, 60, 30, False)], 1.0),
        # Short stops say nothing.
        ([(n * 2 + half, 90 - n * 2 - half, n, False) for n in range(40) for half in (0, 0.5)], None),
        # What is old or has been said is not said again.
        ([(24, 79, 1, False), (0, 80, 1, False), (24, 50, 1, False), (48, 78, 1, False)], 1.0),
    ],
)
def test_loss_while_parked(reads: list[tuple[float, float | None, float | None, bool]], wanted: float | None) -> None:
    """Percents a day, from the edges of standing, as soon as there is a day of it."""
    assert seen(*reads).percent_a_day == (wanted if wanted is None else pytest.approx(wanted))


def test_old_losses_are_forgotten_and_the_rest_outlives_a_restart() -> None:
    """Only a month counts; what is stored is read again, and what is damaged is as if nothing had been seen."""
    reads = []
    for day in range(0, 80, 2):
        lost = 5 if day < 40 else 1
        reads += [(day * 24, 80, day, False), (day * 24 + 24, 80 - lost, day, False)]
    standby = seen(*reads)
    assert standby.percent_a_day == pytest.approx(1.0)
    assert len(standby.over) < 20
    assert Standby.from_json(standby.to_json()) == standby
    assert Standby.from_json(Standby().to_json()) == Standby()
    for damaged in ({}, {"over": 3, "current": None}, {"over": [[1]], "current": None}, {"over": [], "current": "x"}):
        assert Standby.from_json(damaged) == Standby()


@settings(max_examples=50, deadline=None)
@given(
    st.floats(0.2, 4.0),
    st.lists(st.tuples(st.floats(8.0, 60.0), st.floats(0.3, 2.0)), min_size=25, max_size=40),
    st.integers(0, 3),
)
def test_the_loss_is_found_through_whole_percents(loss: float, life: list[tuple[float, float]], extra: int) -> None:
    """Parked for some hours, driven for some: the mean loss comes out although the battery is told in whole percents."""
    standby, hours, level, miles, stood = Standby(), 0.0, 90.0, 0.0, 0.0
    for parked, driven in life:
        for part in range(extra + 1):
            share = parked * part / (extra + 1)
            now = datetime.fromtimestamp(AT + (hours + share) * HOUR_S, UTC)
            standby = standby.saw(now, float(round(level - loss * share / 24)), miles, busy=False)
        hours, level, stood = hours + parked, level - loss * parked / 24, stood + parked
        standby = standby.saw(at(hours), float(round(level)), miles, busy=False)
        standby = standby.saw(at(hours + driven / 2), float(round(level - 5)), miles + 10, busy=True)
        hours, miles = hours + driven, miles + 20
        level = 40.0 + (level * 7.3 + driven) % 50  # charged or driven to anywhere
    found = standby.percent_a_day
    assert found is not None
    kept = sum(one.seconds for one in standby.over) / 86_400
    assert abs(found - loss) <= len(standby.over) / kept
