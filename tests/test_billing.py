"""Which session a bill belongs to, and what it costs: tables, and properties over random lives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.billing import Settled, is_orphan, is_settled, settle
from custom_components.tesla_charging.charging.session import (
    Basis,
    Bill,
    Energy,
    Fee,
    Invoice,
    Place,
    Run,
    Session,
    Source,
)
from custom_components.tesla_charging.energy.spread import Stretch

VIN = "5YJSE7EB0KF000001"
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=1)


def at(minutes: float) -> datetime:
    """Return a time some minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def charging(due: str = "18.40", kwh: float | None = 40.0, currency: str = "EUR", **more: object) -> Fee:
    """Return the fee for charging."""
    wh = None if kwh is None else kwh * 1000
    fee = Fee(fee_type="CHARGING", currency=currency, net_due=Decimal(due), energy_wh=wh, is_paid=True)
    return replace(fee, **more)  # type: ignore[arg-type]


def extra(kind: str = "PARKING", due: str = "3.50", currency: str = "EUR", paid: bool | None = True) -> Fee:
    """Return another fee."""
    return Fee(fee_type=kind, currency=currency, net_due=Decimal(due), minutes=7.0, is_paid=paid)


def bill(
    number: str = "1", begin: float = 0, end: float = 30, *fees: Fee, unlatched: float | None = None, site: str = "Park"
) -> Bill:
    """Return a bill; minutes after noon."""
    return Bill(
        session_id=number,
        site_name=site,
        started_at=at(begin),
        stopped_at=at(end),
        unlatched_at=at(end if unlatched is None else unlatched),
        fees=fees or (charging(),),
        invoices=(Invoice(content_id=f"c{number}", file_name="i.pdf"),),
    )


def own(
    begin: float = 0,
    end: float | None = 30,
    kwh: float = 39.0,
    *,
    estimated: bool = False,
    fast: bool = True,
    name: str = "own",
) -> Session:
    """Return a session that the car has told of."""
    minutes = 30.0 if end is None else end - begin
    return Session(
        id=name,
        vin=VIN,
        plugged_at=at(begin),
        unplugged_at=None if end is None else at(end),
        runs=(Run(start=at(begin), end=None if end is None else at(end)),),
        added=Energy(wh=kwh * 1000, source=Source.CAR, estimated=estimated),
        flow=(Stretch(int(at(begin).timestamp()), int(minutes * 60), kwh * 1000),),
        direct_current=fast,
    )


def after(sessions: tuple[Session, ...], settled: Settled) -> dict[str, Session]:
    """Return what the log has then."""
    gone = {session.id for session in settled.withdrawn}
    log = {session.id: session for session in (*sessions, *settled.changed)}
    return {session_id: session for session_id, session in log.items() if session_id not in gone}


def test_own_session() -> None:
    """A bill says where the session was, what it took at the wall, and what it cost in each hour."""
    session = replace(own(-40, 20), place_name="somewhere")
    settled = settle(VIN, (session,), (bill("1", -39, 19),), NOW)
    (billed,) = settled.changed
    assert settled.news == ["own"]
    assert (billed.id, billed.place, billed.place_name, billed.direct_current) == (
        "own",
        Place.SUPERCHARGER,
        "Park",
        True,
    )
    assert billed.used == Energy(wh=40_000.0, source=Source.INVOICE)
    assert (billed.added, billed.flow) == (session.added, session.flow)
    cost = billed.cost
    assert cost is not None
    assert (cost.amount, cost.currency, cost.basis, cost.provisional) == (Decimal("18.40"), "EUR", Basis.INVOICE, False)
    hour = int(NOON.timestamp())
    # 40 of 60 minutes before noon.
    assert cost.hours == ((hour - 3600, Decimal("12.27")), (hour, Decimal("6.13")))
    assert is_settled(billed)
    again = settle(VIN, (billed,), (bill("1", -39, 19),), NOW)
    assert (again.changed, again.withdrawn, again.news) == ([], [], [])


@pytest.mark.parametrize(
    ("session", "matches"),
    [
        (own(0, 30), True),
        (own(-9, -1), True),  # the clocks may be ten minutes apart
        (own(39, 60), True),
        (own(-60, -11), False),
        (own(41, 60), False),
        (own(0, 30, 33.0), True),  # and the energies 15 percent
        (own(0, 30, 47.9), True),
        (own(0, 30, 5.0), True),  # a car is in one place at a time, whatever its counter says
        (own(-9, -1, 30.0), False),
        (own(-9, -1, 30.0, estimated=True), True),
        (own(20, 60, 5.0), False),
        (own(0, None), True),
        (own(0, 30, fast=False), True),
        (own(-9, -1, fast=False), False),
        (replace(own(0, 30), place=Place.HOME), False),
        (replace(own(-5, -1), direct_current=False, place=Place.SUPERCHARGER), True),
    ],
)
def test_matching(session: Session, matches: bool) -> None:
    """Time and energy decide whether a bill is of a session; one without a session becomes one."""
    log = after((session,), settle(VIN, (session,), (bill(),), NOW))
    assert (log["own"].bills != ()) is matches
    assert ("bill-1" in log) is not matches


def test_better_match() -> None:
    """Of two sessions the one that it fits better gets the bill: a replug at the same site."""
    sessions = own(0, 10, 12.0, name="first"), own(12, 40, 30.0, name="second")
    bills = bill("1", 12, 40, charging("15.00", 31.0)), bill("2", 0, 10, charging("6.00", 12.5))
    log = after(sessions, settle(VIN, sessions, bills, NOW))
    assert {name: [one.session_id for one in session.bills] for name, session in log.items()} == {
        "first": ["2"],
        "second": ["1"],
    }
    # Where the clocks are apart, the energies tell.
    shifted = bill("1", 6, 34, charging("15.00", 31.0)), bill("2", -5, 5, charging("6.00", 12.5))
    log = after(sessions, settle(VIN, sessions, shifted, NOW))
    assert [one.session_id for one in log["second"].bills] == ["1"]


def test_several_bills_of_one_session() -> None:
    """Charging in two parts, congestion and parking add up, each with its own invoice."""
    session = own(0, 60, 50.0)
    bills = (
        bill("1", 0, 20, charging("10.10", 20.0), extra("CONGESTION", "2.00"), unlatched=60),
        bill("2", 22, 50, charging("15.15", 31.0), unlatched=60),
        bill("3", 50, 50, extra("PARKING", "4.01"), unlatched=60),
    )
    (billed,) = after((session,), settle(VIN, (session,), bills, NOW)).values()
    assert [one.session_id for one in billed.bills] == ["1", "2", "3"]
    assert billed.cost is not None
    assert billed.cost.amount == Decimal("31.26")
    assert billed.used.wh == 51_000.0
    # One after the other it is the same.
    log: tuple[Session, ...] = (session,)
    for one in bills:
        log = tuple(after(log, settle(VIN, log, (one,), NOW)).values())
    assert log == (billed,)
    orphans: tuple[Session, ...] = ()
    for one in bills:
        orphans = tuple(after(orphans, settle(VIN, orphans, (one,), NOW)).values())
    (orphan,) = orphans
    assert orphan.cost is not None
    assert (orphan.id, orphan.cost.amount) == ("bill-1", Decimal("31.26"))
    assert (orphan.plugged_at, orphan.unplugged_at) == (at(0), at(60))
    assert len(orphan.runs) == 2


def test_session_of_a_bill() -> None:
    """A bill without a session is one: with its times, its energy, which is estimated at the battery, and its cost."""
    (session,) = settle(VIN, (), (bill("1", 50, 80, unlatched=95),), NOW).changed
    assert is_orphan(session)
    assert (session.vin, session.place, session.place_name) == (VIN, Place.SUPERCHARGER, "Park")
    assert (session.plugged_at, session.unplugged_at) == (at(50), at(95))
    assert session.runs == (Run(start=at(50), end=at(80)),)
    assert session.added == Energy(wh=40_000.0, source=Source.INVOICE, estimated=True)
    assert session.used == Energy(wh=40_000.0, source=Source.INVOICE)
    assert sum(one.energy_wh for one in session.flow) == 40_000.0
    assert session.cost is not None
    assert [part for _, part in session.cost.hours] == [Decimal("6.13"), Decimal("12.27")]


def test_session_that_turns_up_later() -> None:
    """It takes over what was billed, and the other one is withdrawn."""
    (orphan,) = settle(VIN, (), (bill(),), NOW).changed
    session = own(1, 31)
    settled = settle(VIN, (orphan, session), (), NOW)
    assert settled.withdrawn == [orphan]
    (billed,) = settled.changed
    assert (billed.id, billed.bills, billed.added) == ("own", orphan.bills, session.added)
    assert settle(VIN, (billed,), (bill(),), NOW).changed == []
    far = own(300, 330)
    assert settle(VIN, (orphan, far), (), NOW) == Settled()


def test_a_part_turns_up() -> None:
    """Only the bills of a session move to it."""
    (orphan,) = settle(VIN, (), (bill("1", 0, 30), bill("2", 30, 60, charging("5.00", 10.0))), NOW).changed
    session = own(31, 60, 9.8)
    log = after((orphan, session), settle(VIN, (orphan, session), (), NOW))
    assert [one.session_id for one in log["own"].bills] == ["2"]
    assert [one.session_id for one in log["bill-1"].bills] == ["1"]
    assert log["bill-1"].added.wh == 40_000.0


def test_corrected() -> None:
    """What Tesla puts right is right here, and is news; what only is paid now is no news."""
    session = own()
    (first,) = settle(VIN, (session,), (bill("1", 0, 30, charging(is_paid=False), extra(paid=None)),), NOW).changed
    assert first.cost is not None
    assert (first.cost.amount, first.cost.provisional) == (Decimal("21.90"), True)
    assert not is_settled(first)
    paid = settle(VIN, (first,), (bill("1", 0, 30, charging(), extra()),), NOW)
    assert paid.news == []
    assert paid.changed[0].cost is not None
    assert not paid.changed[0].cost.provisional
    corrected = settle(VIN, (paid.changed[0],), (bill("1", 0, 30, charging("12.00")),), NOW)
    assert corrected.news == ["own"]
    assert corrected.changed[0].cost is not None
    assert corrected.changed[0].cost.amount == Decimal("12.00")
    assert sum(part for _, part in corrected.changed[0].cost.hours) == Decimal("12.00")


def test_two_currencies() -> None:
    """The cost is in the currency of the charging; what is in another is in the bill."""
    fees = extra("PARKING", "3.00", "CHF"), charging("9.99", 30.0, "EUR"), extra("CONGESTION", "1.01", "EUR")
    (session,) = settle(VIN, (), (bill("1", 0, 30, *fees),), NOW).changed
    assert session.cost is not None
    assert (session.cost.amount, session.cost.currency) == (Decimal("11.00"), "EUR")
    assert session.bills[0].fees == fees
    (parked,) = settle(VIN, (), (bill("1", 0, 30, extra(currency="CHF")),), NOW).changed
    assert parked.cost is not None
    assert (parked.cost.amount, parked.cost.currency) == (Decimal("3.50"), "CHF")


def test_free_unknown_and_by_minute() -> None:
    """Free is a cost of zero; unknown is none; minutes have no energy, and their money goes by time."""
    (free,) = settle(VIN, (), (bill("1", 0, 30, charging("0.00")),), NOW).changed
    assert free.cost is not None
    assert (free.cost.amount, free.cost.provisional) == (Decimal(0), False)
    (unknown,) = settle(VIN, (), (bill("1", 0, 30, charging("0", currency="", is_paid=False)),), NOW).changed
    assert unknown.cost is None
    (minutes,) = settle(VIN, (), (bill("1", 30, 90, charging("9.01", None)),), NOW).changed
    assert minutes.cost is not None
    assert (minutes.added.wh, minutes.flow, minutes.used.wh) == (0.0, (), 0.0)
    assert [part for _, part in minutes.cost.hours] == [Decimal("4.50"), Decimal("4.51")]
    (credit,) = settle(VIN, (), (bill("1", 0, 30, charging("-3.10")),), NOW).changed
    assert credit.cost is not None
    assert credit.cost.amount == Decimal("-3.10")


@pytest.mark.parametrize(("kwh", "used", "estimated"), [(40.5, 40.0, True), (63.0, 64.0, True)])
def test_tiers(kwh: float, used: float, estimated: bool) -> None:
    """Whether tiers add to the energy is not known: the car's own counter says which is nearer."""
    fee = charging(kwh=64.0, tier_wh=24_000.0)
    (session,) = settle(VIN, (own(0, 30, kwh),), (bill("1", 0, 30, fee),), NOW).changed
    assert session.used == Energy(wh=used * 1000, source=Source.INVOICE, estimated=estimated)
    (orphan,) = settle(VIN, (), (bill("1", 0, 30, fee),), NOW).changed
    assert orphan.used == Energy(wh=64_000.0, source=Source.INVOICE, estimated=True)


def test_nobody_has_seen_it_charge() -> None:
    """A session in which nothing was seen to flow takes the energy from the bill, and its corrections."""
    session = replace(own(0, 30, 0.0), flow=())
    (billed,) = settle(VIN, (session,), (bill(),), NOW).changed
    assert billed.added == Energy(wh=40_000.0, source=Source.INVOICE, estimated=True)
    assert sum(one.energy_wh for one in billed.flow) == 40_000.0
    (again,) = settle(VIN, (billed,), (bill("1", 0, 30, charging(kwh=41.0)),), NOW).changed
    assert again.added.wh == sum(one.energy_wh for one in again.flow) == 41_000.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 25))
def test_lives(seed: int, stops: int) -> None:
    """Told by the car or not, billed in any order, in parts, wrongly at first: there are as many sessions as stops.

    The money is that of the bills.
    """
    dice = Random(seed)
    truth = dict[str, Decimal]()
    log = dict[str, Session]()
    happenings = list[tuple[float, Session | Bill]]()
    begin, told = 0.0, 0
    for number in range(stops):
        begin += 60 + dice.random() * 4000
        lasts, kwh = 10 + dice.random() * 50, round(5 + dice.random() * 60, 3)
        currency = dice.choice(["EUR", "CHF", "JPY"])
        if dice.random() < 0.7:
            shift, told = dice.uniform(-5, 5), told + 1
            session = own(begin + shift, begin + lasts + shift, kwh * dice.uniform(0.9, 1.0), name=f"own{number}")
            happenings.append((begin + dice.random() * 3000, session))
        parts = dice.choice([1, 1, 2])
        for part in range(parts):
            due = str(Decimal(dice.randint(0, 9999)) / 100)
            fees = [charging(due, round(kwh / parts, 3), currency)]
            truth[currency] = truth.get(currency, Decimal(0)) + Decimal(due)
            if part == 0 and dice.random() < 0.3:
                fees.append(extra(due="1.25", currency=currency))
                truth[currency] += Decimal("1.25")
            middle = begin + lasts * part / parts
            one = bill(f"{number}.{part}", middle, middle + lasts / parts, *fees, unlatched=begin + lasts)
            wrong = replace(one, fees=(*one.fees, extra(due="7.77", currency=currency)))
            happenings += [
                (begin + dice.random() * 9000, wrong if dice.random() < 0.2 else one),
                (1e6 + dice.random(), one),
            ]
    dice.shuffle(happenings)
    for _, what in sorted(happenings, key=lambda one: one[0]):
        sessions = tuple(log.values())
        if isinstance(what, Session):
            log[what.id] = what
            settled = settle(VIN, tuple(log.values()), (), NOW + timedelta(days=400))
        else:
            settled = settle(VIN, sessions, (what,), NOW + timedelta(days=400))
        log = after(tuple(log.values()), settled)
    assert len(log) == stops
    assert sum(not is_orphan(session) for session in log.values()) == told
    spent = dict[str, Decimal]()
    for session in log.values():
        assert session.cost is not None
        spent[session.cost.currency] = spent.get(session.cost.currency, Decimal(0)) + session.cost.amount
        assert sum(part for _, part in session.cost.hours) == session.cost.amount
        assert sum(one.energy_wh for one in session.flow) == pytest.approx(session.added.wh)
    assert spent == truth
