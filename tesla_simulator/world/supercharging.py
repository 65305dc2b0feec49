"""What Superchargers bill: a receipt of each stop, with fees, invoices and what is put right later (fleet_api.md 4.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from .charging import ChargeSession
from .station import Station
from .sun import BERLIN

if TYPE_CHECKING:
    from .car import Car

type Unit = Literal["kwh", "min"]

FIRST_ID = 700_000_001
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What a Supercharger asks for; `digits`: how many its currency has after the point."""

    currency: str = "EUR"
    country: str = "DE"
    zone: ZoneInfo = BERLIN
    digits: int = 2
    charging: Decimal = Decimal("0.46")
    unit: Unit = "kwh"
    parking_a_minute: Decimal = Decimal("0.50")
    parking_grace_s: float = 300.0
    congestion_a_minute: Decimal = ZERO
    free: bool = False

    def rounded(self, amount: Decimal) -> Decimal:
        """Return an amount as it can be paid."""
        return amount.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class FeeLine:
    """A fee: base and up to four tiers of rate and usage. `credit` is what the driver has for nothing."""

    id: int
    kind: str
    currency: str
    unit: Unit
    rates: tuple[Decimal, ...]
    usages: tuple[Decimal, ...]
    totals: tuple[Decimal, ...]
    pricing: str = "PAYMENT"
    credit: Decimal = ZERO

    @property
    def total_due(self) -> Decimal:
        """What it comes to."""
        return sum(self.totals, ZERO)

    @property
    def net_due(self) -> Decimal:
        """What is left to pay."""
        return max(ZERO, self.total_due - self.credit)


@dataclass(frozen=True)
class Paper:
    """An invoice."""

    content_id: str
    file_name: str
    kind: str = "IMMEDIATE"


@dataclass(eq=False, kw_only=True)
class Receipt:
    """What is billed of a stop; times are epoch seconds. It is shown from `shown_at` on, and paid from `paid_at` on."""

    id: int
    vin: str
    site: str
    country: str
    zone: ZoneInfo
    started_at: float
    stopped_at: float
    unlatched_at: float
    fees: tuple[FeeLine, ...]
    papers: tuple[Paper, ...]
    shown_at: float = 0.0
    paid_at: float = 0.0
    corrections: list[tuple[float, tuple[FeeLine, ...]]] = field(default_factory=list)

    def fees_at(self, now: float) -> tuple[FeeLine, ...]:
        """Return the fees as Tesla has them at a time."""
        return next((fees for at, fees in sorted(self.corrections, reverse=True, key=_first) if at <= now), self.fees)

    def correct(self, at: float, by: Decimal) -> None:
        """Put the first fee right from a time on: it is so much more."""
        first, *others = self.fees_at(at)
        self.corrections.append(
            (at, (replace(first, totals=(max(ZERO, first.totals[0] + by), *first.totals[1:])), *others))
        )

    def net_due(self, now: float, currency: str | None = None) -> Decimal:
        """Return what is to pay in a currency, that of the first fee."""
        fees = self.fees_at(now)
        currency = currency or (fees[0].currency if fees else "")
        return sum((fee.net_due for fee in fees if fee.currency == currency), ZERO)

    @property
    def energy_kwh(self) -> Decimal:
        """What was charged, as far as it is billed by energy; a tier that costs nothing says it anew."""
        lines = [fee for fee in self.fees if fee.kind == "CHARGING" and fee.unit == "kwh"]
        tiers = (usage for fee in lines for rate, usage in zip(fee.rates[1:], fee.usages[1:], strict=True) if rate)
        return sum(tiers, sum((fee.usages[0] for fee in lines), ZERO))


def _first(one: tuple[float, object]) -> float:
    return one[0]


@dataclass(eq=False)
class Superchargers:
    """The receipts of a world: those of its cars' own stops, and those that were there before."""

    delay_s: float = 1800.0  # UNCONFIRMED how long until a stop is shown
    paid_after_s: float = 0.0
    parking_apart: bool = False  # parking as a receipt of its own
    two_invoices: bool = False
    tiers: Literal["none", "repeat", "add"] = (
        "none"  # whether a tier says anew what the base says, or holds a part of it
    )
    credit: Decimal = ZERO  # what each stop has for nothing
    default: Prices = field(default_factory=Prices)
    prices: dict[str, Prices] = field(default_factory=dict)  # by the name of the station
    past: list[Receipt] = field(default_factory=list)
    _own: dict[ChargeSession, tuple[Receipt, ...]] = field(default_factory=dict)
    _last_id: int = FIRST_ID

    def receipts(self, cars: Iterable[Car]) -> list[Receipt]:
        """Return everything that was ever billed to some cars, newest first."""
        vins = set()
        for car in cars:
            vins.add(car.vin)
            for session in car.charger.sessions:
                if session.unplugged_at is not None and session.station.kind == "supercharger":
                    self._bill(session)
        own = [receipt for receipts in self._own.values() for receipt in receipts]
        found = [receipt for receipt in [*self.past, *own] if receipt.vin in vins]
        return sorted(found, key=lambda receipt: (-receipt.started_at, -receipt.id))

    def next_id(self) -> int:
        """Return a number that nothing has."""
        self._last_id += 1
        return self._last_id

    def _bill(self, session: ChargeSession) -> None:
        if session in self._own or session.started_at is None or not session.energy_used_wh:
            return
        end = session.unplugged_at or session.started_at
        prices = self.prices.get(session.station.name, self.default)
        stopped = min(session.stopped_at or end, end)
        kwh = round(Decimal(session.energy_used_wh) / 1000, 4)
        charging = [charging_fee(self.next_id(), prices, kwh, stopped - session.started_at, self.tiers, self.credit)]
        minutes = ceil((stopped - session.started_at) / 60)
        if prices.congestion_a_minute:
            charging.append(minute_fee(self.next_id(), "CONGESTION", prices, prices.congestion_a_minute, minutes))
        idle_s = end - stopped
        parking = []
        if prices.parking_a_minute and idle_s > prices.parking_grace_s:
            parking.append(minute_fee(self.next_id(), "PARKING", prices, prices.parking_a_minute, ceil(idle_s / 60)))
        groups = [charging, parking] if self.parking_apart and parking else [charging + parking]
        self._own[session] = tuple(
            self._receipt(session.vin, session.station, prices, (session.started_at, stopped, end), fees)
            for fees in groups
        )

    def _receipt(
        self, vin: str, station: Station, prices: Prices, times: tuple[float, float, float], fees: list[FeeLine]
    ) -> Receipt:
        number = self.next_id()
        shown = times[2] + self.delay_s
        return Receipt(
            id=number,
            vin=vin,
            site=station.name,
            country=prices.country,
            zone=prices.zone,
            started_at=times[0],
            stopped_at=times[1],
            unlatched_at=times[2],
            fees=tuple(fees),
            papers=papers(number, times[0], 2 if self.two_invoices else 1),
            shown_at=shown,
            paid_at=shown + self.paid_after_s,
        )

    def seed_past(
        self,
        vin: str,
        number: int,
        until: float,
        *,
        seed: int = 1,
        apart_s: float = 4 * 86_400.0,
        sites: Sequence[tuple[str, Prices]] = (),
    ) -> list[Receipt]:
        """Let a car have stopped so often before a time, with everything that may be on a bill; in many countries by default."""
        dice, at = Random(f"{seed}/{vin}"), until
        for _ in range(number):
            at = round(at - apart_s * (0.5 + dice.random()))
            self.past.append(self._past_receipt(vin, at, dice, sites or ABROAD))
        return self.past[-number:]

    def _past_receipt(self, vin: str, at: float, dice: Random, sites: Sequence[tuple[str, Prices]]) -> Receipt:
        site, prices = dice.choice(sites)
        kwh = Decimal(dice.randint(30_000, 780_000)) / 10_000
        lasted, idle = 600.0 + float(kwh) * 30, dice.choice((60.0, 60.0, 60.0, 900.0))
        credit = prices.rounded(prices.charging * dice.choice((0, 0, 0, 0, 10)))
        fees = [charging_fee(self.next_id(), prices, kwh, lasted, "none", credit)]
        if dice.random() < 0.15:
            rate = prices.congestion_a_minute or prices.charging
            fees.append(minute_fee(self.next_id(), "CONGESTION", prices, rate, dice.randint(1, 20)))
        if idle > prices.parking_grace_s and prices.parking_a_minute:
            fees.append(minute_fee(self.next_id(), "PARKING", prices, prices.parking_a_minute, ceil(idle / 60)))
        number = self.next_id()
        return Receipt(
            id=number,
            vin=vin,
            site=site,
            country=prices.country,
            zone=prices.zone,
            started_at=at,
            stopped_at=at + lasted,
            unlatched_at=at + lasted + idle,
            fees=tuple(fees),
            papers=papers(number, at, dice.choice((1, 1, 2)) if not prices.free else 0),
        )


def papers(number: int, at: float, count: int) -> tuple[Paper, ...]:
    """Return the invoices of a receipt."""
    day = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d")
    return tuple(
        Paper(f"{number:08x}-0000-4000-8000-{one:012x}", f"INVOICE-{day}-{number}-{one}.pdf")
        for one in range(1, count + 1)
    )


def charging_fee(
    number: int, prices: Prices, kwh: Decimal, seconds: float, tiers: str = "none", credit: Decimal = ZERO
) -> FeeLine:
    """Return the fee for the energy, or for the minutes where those are sold."""
    usage = kwh if prices.unit == "kwh" else Decimal(ceil(seconds / 60))
    rate = ZERO if prices.free else prices.charging
    rates, usages, totals = (rate, ZERO, ZERO), (usage, ZERO, ZERO), (prices.rounded(rate * usage), ZERO, ZERO)
    if tiers == "repeat":  # as Tesla's own sample may be read: 40 kWh, and a second tier of 24 that costs nothing
        usages = (usage, ZERO, round(usage * Decimal("0.6"), 4))
    elif tiers == "add":
        part = round(usage * Decimal("0.25"), 4)
        rates, usages = (rate, ZERO, rate), (usage - part, ZERO, part)
        rest = prices.rounded(rate * part)
        totals = (totals[0] - rest, ZERO, rest)
    return FeeLine(
        id=number,
        kind="CHARGING",
        currency=prices.currency,
        unit=prices.unit,
        rates=rates,
        usages=usages,
        totals=totals,
        pricing="NO_CHARGE" if prices.free else "PAYMENT",
        credit=credit,
    )


def minute_fee(number: int, kind: str, prices: Prices, rate: Decimal, minutes: int) -> FeeLine:
    """Return a fee for minutes."""
    return FeeLine(
        id=number,
        kind=kind,
        currency=prices.currency,
        unit="min",
        rates=(rate,),
        usages=(Decimal(minutes),),
        totals=(prices.rounded(rate * minutes),),
    )


def _prices(currency: str, country: str, zone: str, charging: str, **more: Any) -> Prices:
    return Prices(currency=currency, country=country, zone=ZoneInfo(zone), charging=Decimal(charging), **more)


ABROAD: tuple[tuple[str, Prices], ...] = (
    ("Example Park Supercharger", Prices()),
    ("Example Bay, CA - Soaring Road", _prices("USD", "US", "America/Los_Angeles", "0.43")),
    ("Example Moor", _prices("GBP", "GB", "Europe/London", "0.52")),
    ("Beispielalp", _prices("CHF", "CH", "Europe/Zurich", "0.57")),
    ("Eksempelfjord", _prices("NOK", "NO", "Europe/Oslo", "4.19", parking_a_minute=Decimal("5.00"))),
    ("Példafalva", _prices("HUF", "HU", "Europe/Budapest", "70", unit="min", digits=0)),
    ("Reijima", _prices("JPY", "JP", "Asia/Tokyo", "60", digits=0, unit="min", parking_a_minute=ZERO)),
    ("Example Gulf, ON", _prices("CAD", "CA", "America/Toronto", "0.62", congestion_a_minute=Decimal("1.00"))),
    ("Example Free Supercharger", _prices("EUR", "DE", "Europe/Berlin", "0.45", free=True)),
)
"""Superchargers of the past, each with its prices; the names are fictitious."""
