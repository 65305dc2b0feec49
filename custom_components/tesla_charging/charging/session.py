"""What is kept of a charging session: from plug-in to unplug, at the battery and at the wall, with what it cost.

Energy is in Wh, times are aware UTC, money is Decimal in the currency beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..energy.spread import Stretch


class Place(StrEnum):
    """Where a session was."""

    HOME = "home"
    SUPERCHARGER = "supercharger"
    ELSEWHERE = "elsewhere"


class Source(StrEnum):
    """What an energy is known from (charging.md 2.2)."""

    CAR = "car"  # the car's own counter, charge_energy_added
    WALL_CONNECTOR = "wall_connector"  # power of live_status, over time
    WALL_HISTORY = "wall_history"  # telemetry_history of kind charge
    POWER = "power"  # the car's volts, amps and phases, over time
    LEVEL = "level"  # the battery's percents
    EFFICIENCY = "efficiency"  # the other side, and how much usually gets lost
    INVOICE = "invoice"  # what Tesla has billed


class Reason(StrEnum):
    """Why a record was written."""

    OPENED = "opened"
    WENT_ON = "went_on"
    CLOSED = "closed"
    PLACE = "place"
    WALL_HISTORY = "wall_history"
    MIX = "mix"
    PRICE = "price"
    INVOICE = "invoice"
    IMPORTED = "imported"
    REPAIRED = "repaired"


class Basis(StrEnum):
    """What a cost is reckoned from."""

    ENTITY = "entity"
    TARIFF = "tariff"
    NUMBER = "number"
    INVOICE = "invoice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Energy:
    """An energy in Wh, what it is known from, and whether it is more than a measurement."""

    wh: float
    source: Source
    estimated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A time in which the car charged; `end` is None while it does."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Where the energy at the wall came from, in Wh; `settled` when the site's own history has said so."""

    solar_wh: float = 0.0
    battery_wh: float = 0.0
    grid_wh: float = 0.0
    settled: bool = False

    @property
    def solar_share(self) -> float | None:
        """The share of the sun, 0 to 1."""
        total = self.solar_wh + self.battery_wh + self.grid_wh
        return self.solar_wh / total if total > 0 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a session cost; `hours` puts it into the UTC hours (epoch seconds) in which the energy flowed."""

    amount: Decimal
    currency: str
    basis: Basis
    provisional: bool = False
    hours: tuple[tuple[int, Decimal], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fee:
    """A fee of Tesla's charging history (fleet_api.md 4.1), with what it comes to after credits.

    tier_wh: how much of the energy is of tiers; whether those add to it is UNCONFIRMED.
    """

    fee_type: str
    currency: str
    net_due: Decimal
    energy_wh: float | None = None
    minutes: float | None = None
    is_paid: bool | None = None
    tier_wh: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Invoice:
    """A PDF that Tesla has of a session."""

    content_id: str
    file_name: str
    invoice_type: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """What Tesla's charging history says of a session."""

    session_id: str
    site_name: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    unlatched_at: datetime | None = None
    fees: tuple[Fee, ...] = ()
    invoices: tuple[Invoice, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A charging session; `unplugged_at` is None while the cable is in.

    flow: the energy at the battery, spread over the time in which it flowed; its sum is that of `added`. site_id: the energy
    site at which it charged, as far as that is known.
    """

    id: str
    vin: str
    plugged_at: datetime
    unplugged_at: datetime | None = None
    runs: tuple[Run, ...] = ()
    added: Energy = field(default_factory=lambda: Energy(wh=0.0, source=Source.CAR))
    used: Energy = field(default_factory=lambda: Energy(wh=0.0, source=Source.EFFICIENCY, estimated=True))
    flow: tuple[Stretch, ...] = ()
    soc_start: float | None = None
    soc_end: float | None = None
    odometer_mi: float | None = None
    place: Place = Place.ELSEWHERE
    place_name: str | None = None
    site_id: int | None = None
    direct_current: bool = False
    mix: Mix | None = None
    cost: Cost | None = None
    bills: tuple[Bill, ...] = ()
    revision: int = 0
    reason: Reason = Reason.OPENED

    @property
    def open(self) -> bool:
        """Whether the cable is still in, as far as is known."""
        return self.unplugged_at is None

    @property
    def charging_seconds(self) -> float:
        """How long it has charged, in the runs that are over."""
        return sum((run.end - run.start).total_seconds() for run in self.runs if run.end is not None)


def to_json(session: Session) -> dict[str, Any]:
    """Return a record as JSON; what is empty is left out."""
    data = {
        "id": session.id,
        "vin": session.vin,
        "plugged_at": _stamp(session.plugged_at),
        "unplugged_at": _stamp(session.unplugged_at),
        "runs": [[_stamp(run.start), _stamp(run.end)] for run in session.runs],
        "added": _energy(session.added),
        "used": _energy(session.used),
        "flow": [[one.start, one.seconds, round(one.energy_wh, 3)] for one in session.flow],
        "soc": [session.soc_start, session.soc_end],
        "odometer_mi": session.odometer_mi,
        "place": session.place.value,
        "place_name": session.place_name,
        "site_id": session.site_id,
        "direct_current": session.direct_current or None,
        "mix": session.mix and [session.mix.solar_wh, session.mix.battery_wh, session.mix.grid_wh, session.mix.settled],
        "cost": session.cost and _cost(session.cost),
        "bills": [_bill(bill) for bill in session.bills],
        "revision": session.revision,
        "reason": session.reason.value,
    }
    return {key: value for key, value in data.items() if value is not None and value != []}


def from_json(data: Mapping[str, Any]) -> Session:
    """Read what `to_json` wrote; raises ValueError, KeyError, TypeError, AttributeError or ArithmeticError if it is damaged."""
    soc_start, soc_end = data["soc"]
    plugged_at = _moment(data["plugged_at"])
    if plugged_at is None:
        raise ValueError("a session without a beginning")
    return Session(
        id=str(data["id"]),
        vin=str(data["vin"]),
        plugged_at=plugged_at,
        unplugged_at=_moment(data.get("unplugged_at")),
        runs=tuple(_run(*run) for run in data.get("runs", ())),
        added=_read_energy(data["added"]),
        used=_read_energy(data["used"]),
        flow=tuple(Stretch(int(start), int(seconds), float(wh)) for start, seconds, wh in data.get("flow", ())),
        soc_start=soc_start,
        soc_end=soc_end,
        odometer_mi=data.get("odometer_mi"),
        place=Place(data["place"]),
        place_name=data.get("place_name"),
        site_id=data.get("site_id"),
        direct_current=bool(data.get("direct_current")),
        mix=_read_mix(data.get("mix")),
        cost=_read_cost(data.get("cost")),
        bills=tuple(_read_bill(bill) for bill in data.get("bills", ())),
        revision=int(data["revision"]),
        reason=Reason(data["reason"]),
    )


def _stamp(at: datetime | None) -> float | None:
    return None if at is None else round(at.timestamp(), 3)


def _moment(stamp: float | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)


def _run(start: float, end: float | None) -> Run:
    return Run(start=datetime.fromtimestamp(start, UTC), end=_moment(end))


def _energy(energy: Energy) -> list[Any]:
    return [round(energy.wh, 3), energy.source.value, energy.estimated]


def _read_energy(data: list[Any]) -> Energy:
    wh, source, estimated = data
    return Energy(wh=float(wh), source=Source(source), estimated=bool(estimated))


def _read_mix(data: list[Any] | None) -> Mix | None:
    if data is None:
        return None
    solar, battery, grid, settled = data
    return Mix(solar_wh=float(solar), battery_wh=float(battery), grid_wh=float(grid), settled=bool(settled))


def _cost(cost: Cost) -> list[Any]:
    hours = [[hour, str(amount)] for hour, amount in cost.hours]
    return [str(cost.amount), cost.currency, cost.basis.value, cost.provisional, hours]


def _read_cost(data: list[Any] | None) -> Cost | None:
    if data is None:
        return None
    amount, currency, basis, provisional, hours = data
    return Cost(
        amount=Decimal(amount),
        currency=str(currency),
        basis=Basis(basis),
        provisional=bool(provisional),
        hours=tuple((int(hour), Decimal(part)) for hour, part in hours),
    )


def _bill(bill: Bill) -> dict[str, Any]:
    return {
        "session_id": bill.session_id,
        "site_name": bill.site_name,
        "at": [_stamp(bill.started_at), _stamp(bill.stopped_at), _stamp(bill.unlatched_at)],
        "fees": [
            [fee.fee_type, fee.currency, str(fee.net_due), fee.energy_wh, fee.minutes, fee.is_paid, fee.tier_wh]
            for fee in bill.fees
        ],
        "invoices": [[one.content_id, one.file_name, one.invoice_type] for one in bill.invoices],
    }


def _read_bill(data: Mapping[str, Any]) -> Bill:
    started, stopped, unlatched = data["at"]
    if started is None:
        raise ValueError("a bill without a beginning")
    return Bill(
        session_id=str(data["session_id"]),
        site_name=data["site_name"],
        started_at=_moment(started),
        stopped_at=_moment(stopped),
        unlatched_at=_moment(unlatched),
        fees=tuple(
            Fee(
                fee_type=kind,
                currency=currency,
                net_due=Decimal(due),
                energy_wh=wh,
                minutes=minutes,
                is_paid=paid,
                tier_wh=float(tiers),
            )
            for kind, currency, due, wh, minutes, paid, tiers in data["fees"]
        ),
        invoices=tuple(
            Invoice(content_id=content_id, file_name=name, invoice_type=kind)
            for content_id, name, kind in data["invoices"]
        ),
    )
