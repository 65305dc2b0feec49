"""Which session a bill belongs to, and what that makes of it (charging.md 2.3); times of `now` are aware."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ..energy.spread import Stretch, energy_by_hour
from .bills import CHARGING, begin_of, end_of, is_paid
from .session import Basis, Bill, Cost, Energy, Place, Run, Session, Source

# How far the clocks of car and bill may be apart, and their energies.
_APART: Final = timedelta(minutes=10)
_ENERGY_APART: Final = 0.15
# What overlaps so much is the same stop whatever the meters say: a car is in one place at a time.
_SURELY: Final = 0.5
_TOUCHING: Final = timedelta(minutes=1)
_CENT: Final = Decimal("0.01")
_ORPHAN: Final = "bill-"


@dataclass(slots=True)
class Settled:
    """What has become of some sessions: those that are new or known better, those that were another, and who has news."""

    changed: list[Session] = field(default_factory=list)
    withdrawn: list[Session] = field(default_factory=list)
    news: list[str] = field(default_factory=list)


def is_orphan(session: Session) -> bool:
    """Whether nothing but bills is known of a session."""
    return session.id.startswith(_ORPHAN)


def is_settled(session: Session) -> bool:
    """Whether all of a session is billed and paid, as far as can be seen."""
    return bool(session.bills) and all(is_paid(bill) for bill in session.bills)


def settle(vin: str, sessions: Iterable[Session], bills: Iterable[Bill], now: datetime) -> Settled:
    """Give each bill to its session, and make a session of what has none; a session that turns up later takes its bills.

    sessions: those of the car that are near the bills.
    """
    before = {session.id: session for session in sessions}
    held = {session.id: {bill.session_id: bill for bill in session.bills} for session in before.values()}
    holders = {number: session_id for session_id, found in held.items() for number in found}
    incoming = _sorted(bills)
    known = dict(before)

    def give(bill: Bill, candidates: Iterable[Session]) -> bool:
        heir = _heir(bill, candidates, incoming, now)
        if heir is not None:
            held[heir.id][bill.session_id] = bill
            if is_orphan(heir):
                known[heir.id] = _orphan(vin, _sorted(held[heir.id].values()), heir.id)
        return heir is not None

    for bill in incoming:
        if (holder := holders.get(bill.session_id)) is not None:
            held[holder][bill.session_id] = bill
        elif not give(bill, known.values()):
            orphan = _orphan(vin, (bill,))
            known[orphan.id] = orphan
            held[orphan.id] = {bill.session_id: bill}
            holders[bill.session_id] = orphan.id
    own = [session for session in before.values() if not is_orphan(session)]
    for session_id in [one for one in known if is_orphan(known[one])]:
        for bill in tuple(held[session_id].values()):
            if give(bill, own):
                del held[session_id][bill.session_id]
    settled = Settled()
    for session_id, session in known.items():
        found = _sorted(held[session_id].values())
        if is_orphan(session):
            if not found:
                if session_id in before:
                    settled.withdrawn.append(session)
                continue
            billed = _orphan(vin, found, session_id)
        else:
            billed = _with_bills(session, found) if found else session
        old = before.get(session_id)
        if old is None or replace(billed, revision=old.revision, reason=old.reason) != old:
            settled.changed.append(billed)
            if _has_news(old, billed):
                settled.news.append(session_id)
    return settled


def _sorted(bills: Iterable[Bill]) -> tuple[Bill, ...]:
    return tuple(sorted(bills, key=lambda bill: (begin_of(bill), bill.session_id)))


def _has_news(old: Session | None, new: Session) -> bool:
    """Whether there is a bill, or an amount, that was not there before."""
    if not new.bills:
        return False
    return old is None or _paper(old) != _paper(new)


def _paper(session: Session) -> object:
    cost = session.cost
    money = (cost.amount, cost.currency) if cost is not None and cost.basis is Basis.INVOICE else None
    return money, {(bill.session_id, invoice.content_id) for bill in session.bills for invoice in bill.invoices}


# Whose it is


def _heir(bill: Bill, sessions: Iterable[Session], bills: Sequence[Bill], now: datetime) -> Session | None:
    """Return the session that a bill fits best; none where it fits none."""
    fitting = [(fit, session) for session in sessions if (fit := _fit(bill, session, bills, now)) is not None]
    return max(fitting, key=lambda one: (one[0], one[1].id))[1] if fitting else None


def _fit(bill: Bill, session: Session, bills: Sequence[Bill], now: datetime) -> tuple[bool, bool, timedelta] | None:
    """Return how well a bill fits a session, the more the better."""
    begin, end = begin_of(bill), end_of(bill)
    shared = min(end, session.unplugged_at or now) - max(begin, session.plugged_at)
    if session.place is Place.HOME or shared < -_APART:
        return None
    if is_orphan(session):
        same = {bill.site_name} == {one.site_name for one in session.bills} and (
            shared >= -_TOUCHING or _energy_wh((bill,)) is None
        )
        return (False, True, shared) if same else None
    surely = shared > timedelta() and shared >= _SURELY * min(
        end - begin, (session.unplugged_at or now) - session.plugged_at
    )
    agrees = _agree(bill, session, bills, now)
    if not surely and not (agrees and _is_fast(session)):
        return None
    return (True, agrees, shared)


def _is_fast(session: Session) -> bool:
    return session.direct_current or session.place is Place.SUPERCHARGER


def _agree(bill: Bill, session: Session, bills: Sequence[Bill], now: datetime) -> bool:
    """Whether the energies agree, alone or together with the other bills of the time, where both are known."""
    own = _own_wh(session)
    if own is None or _energy_wh((bill,)) is None:
        return True
    until = session.unplugged_at or now
    others = [one for one in bills if begin_of(one) < until and end_of(one) > session.plugged_at]
    others += [one for one in session.bills if one.session_id not in {other.session_id for other in others}]
    for found in ((bill,), others):
        total, tiers = _energy_wh(found) or 0.0, _tiers_wh(found)
        if any(abs(wh - own) <= _ENERGY_APART * max(wh, own) for wh in (total, total - tiers)):
            return True
    return False


def _own_wh(session: Session) -> float | None:
    """Return what the car itself has measured."""
    added = session.added
    return None if added.estimated or added.source is Source.INVOICE else added.wh


# What it makes of it


def _energy_wh(bills: Iterable[Bill]) -> float | None:
    """Return the energy that was billed; None where minutes are sold, or nothing but parking."""
    found = [fee.energy_wh for bill in bills for fee in bill.fees if fee.fee_type == CHARGING]
    if not found or any(wh is None for wh in found):
        return None
    return sum(wh for wh in found if wh is not None)


def _tiers_wh(bills: Iterable[Bill]) -> float:
    return sum(fee.tier_wh for bill in bills for fee in bill.fees)


def _orphan(vin: str, bills: tuple[Bill, ...], session_id: str = "") -> Session:
    """Return a session of which nothing but bills is known; the place that its energy is told for is the car's end of the cable."""
    first = bills[0]
    begin, end = min(map(begin_of, bills)), max(map(end_of, bills))
    wh = _energy_wh(bills)
    runs = tuple(
        Run(start=begin_of(bill), end=bill.stopped_at or end_of(bill))
        for bill in bills
        if any(fee.fee_type == CHARGING for fee in bill.fees)
    )
    session = Session(
        id=session_id or f"{_ORPHAN}{first.session_id}",
        vin=vin,
        plugged_at=begin,
        unplugged_at=end,
        runs=runs,
        added=Energy(wh=wh or 0.0, source=Source.INVOICE, estimated=True),
        flow=_flow_of(bills, wh or 0.0),
    )
    return _with_bills(session, bills)


def _flow_of(bills: Iterable[Bill], wh: float) -> tuple[Stretch, ...]:
    """Return the billed energy as it flowed: evenly while it was charged."""
    if not wh:
        return ()
    spans = [
        (begin_of(bill), bill.stopped_at or end_of(bill), _energy_wh((bill,)) or 0.0)
        for bill in bills
        if _energy_wh((bill,))
    ]
    return tuple(
        Stretch(int(begin.timestamp()), max(0, int((end - begin).total_seconds())), part) for begin, end, part in spans
    )


def _with_bills(session: Session, bills: tuple[Bill, ...]) -> Session:
    """Return a session as its bills say that it was."""
    wh, tiers = _energy_wh(bills), _tiers_wh(bills)
    own = _own_wh(session)
    if wh is not None and own is not None and abs(wh - tiers - own) < abs(wh - own):
        wh -= tiers
    name = next((bill.site_name for bill in bills if bill.site_name), session.place_name)
    used = session.used if wh is None else Energy(wh=wh, source=Source.INVOICE, estimated=bool(tiers))
    billed = replace(session, place=Place.SUPERCHARGER, place_name=name, direct_current=True, bills=bills, used=used)
    if wh and (not session.added.wh or session.added.source is Source.INVOICE):
        # Nobody has seen the car charge: what is billed is the best that is known.
        billed = replace(billed, added=Energy(wh=wh, source=Source.INVOICE, estimated=True), flow=_flow_of(bills, wh))
    return replace(billed, cost=_cost(bills, billed) or session.cost)


def _cost(bills: tuple[Bill, ...], session: Session) -> Cost | None:
    """Return what the fees in the currency of the charging come to; those in another are in the bills only."""
    fees = [fee for bill in bills for fee in bill.fees if fee.currency]
    if not fees:
        return None
    currency = next((fee.currency for fee in fees if fee.fee_type == CHARGING), fees[0].currency)
    amount = sum((fee.net_due for fee in fees if fee.currency == currency), Decimal(0))
    return Cost(
        amount=amount,
        currency=currency,
        basis=Basis.INVOICE,
        provisional=not all(is_paid(bill) for bill in bills),
        hours=_by_hour(amount, _weights(bills, session)),
    )


def _weights(bills: tuple[Bill, ...], session: Session) -> Mapping[int, float]:
    """Return how much of the money belongs to each hour: as the energy flowed, else as the time went."""
    flow = energy_by_hour(session.flow)
    if sum(flow.values()) > 0:
        return flow
    spans = ((begin_of(bill), bill.stopped_at or end_of(bill)) for bill in bills)
    stretches = [
        Stretch(int(begin.timestamp()), max(1, int((end - begin).total_seconds())), 1.0) for begin, end in spans
    ]
    return energy_by_hour(stretches)


def _by_hour(amount: Decimal, weights: Mapping[int, float]) -> tuple[tuple[int, Decimal], ...]:
    """Spread money over hours so that nothing is lost in rounding."""
    total, so_far, given = sum(weights.values()), 0.0, Decimal(0)
    exponent = amount.as_tuple().exponent
    quantum = min(_CENT, Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0))
    hours = list[tuple[int, Decimal]]()
    for hour, weight in sorted(weights.items()):
        so_far += weight
        upto = amount if so_far >= total else (amount * Decimal(so_far / total)).quantize(quantum)
        hours.append((hour, upto - given))
        given = upto
    if hours:
        hours[-1] = hours[-1][0], hours[-1][1] + amount - given
    return tuple(hours)
