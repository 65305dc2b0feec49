"""A site's days, read from Tesla's answers and put into UTC hours (fleet_api.md 7.3). Energy is in Wh."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import math
from typing import Final
from zoneinfo import ZoneInfo

from .clock import HOUR_S, SLOT_S, hour_of, place, read_stamp, span_of, step_of
from .flows import flows_in, imbalance
from .tariff import PriceAt

# How far the sum of a day may be from what the month says of it (charging.md 2.4).
_TOLERANCE: Final = 0.01
_TOLERANCE_WH: Final = 100.0
# What is compared with the month.
_CHECKED: Final = ("grid_import", "grid_export", "solar", "home", "battery_charge", "battery_discharge")
COST: Final = "grid_import_cost"
COMPENSATION: Final = "grid_export_compensation"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a kWh from and to the grid costs, in a currency."""

    currency: str
    buy: PriceAt = lambda _: None
    sell: PriceAt = lambda _: None


@dataclass(slots=True)
class Part:
    """What is known of an hour: the seconds that rows tell of, and their flows; of money None where a price is unknown."""

    seconds: int = 0
    flows: dict[str, float] = field(default_factory=dict)
    money: dict[str, Decimal | None] = field(default_factory=dict)

    def add(self, other: Part) -> None:
        """Take what another day, or row, tells of the same hour."""
        self.seconds += other.seconds
        for name, energy_wh in other.flows.items():
            self.flows[name] = self.flows.get(name, 0.0) + energy_wh
        for name, amount in other.money.items():
            known = self.money.get(name, Decimal(0))
            self.money[name] = None if amount is None or known is None else known + amount


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a site; `until` is the end of its last row."""

    day: date
    parts: Mapping[int, Part]
    until: int | None

    @property
    def seconds(self) -> int:
        """How much of the day rows tell of."""
        return sum(part.seconds for part in self.parts.values())

    @property
    def totals(self) -> dict[str, float]:
        """The flows of the whole day."""
        return _sum(part.flows for part in self.parts.values())

    @property
    def imbalance(self) -> float:
        """How far what went into the site is from what came out, as a share."""
        return imbalance(self.totals)


def _sum(flows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, list[float]] = {}
    for one in flows:
        for name, energy_wh in one.items():
            total.setdefault(name, []).append(energy_wh)
    return {name: math.fsum(values) for name, values in total.items()}


def _rows(answer: object, key: str) -> list[Mapping[str, object]]:
    rows = answer.get(key) if isinstance(answer, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _stamped(answer: object) -> list[tuple[datetime, dict[str, float]]]:
    found = []
    for row in _rows(answer, "time_series"):
        stamp, flows = read_stamp(row.get("timestamp")), flows_in(row)
        if stamp is not None and flows is not None:
            found.append((stamp, flows))
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a day, by when they begin (epoch seconds), each `step` seconds long."""

    day: date
    flows: Mapping[int, Mapping[str, float]]
    step: int = SLOT_S


def read_rows(answer: object, day: date, zone: ZoneInfo, now: float) -> Rows:
    """Read calendar_history of kind energy, period day. Never raises for any JSON."""
    rows = _stamped(answer)
    places = place([stamp for stamp, _ in rows], day, zone, now)
    start, end = span_of(day, zone)
    # Of a row that is there twice the later one counts.
    flows = {
        at - at % SLOT_S: flows for at, (_, flows) in zip(places, rows, strict=True) if start <= at < end and at < now
    }
    return Rows(day, flows, step_of(places))


def sum_up(rows: Rows, zone: ZoneInfo, prices: Prices | None = None) -> Day:
    """Put the rows of a day into hours."""
    _, end = span_of(rows.day, zone)
    parts: dict[int, Part] = {}
    for at, flows in rows.flows.items():
        row = Part(min(rows.step, end - at), dict(flows), _money(at, flows, prices))
        parts.setdefault(hour_of(at), Part()).add(row)
    return Day(rows.day, parts, max(rows.flows) + rows.step if rows.flows else None)


def read_day(answer: object, day: date, zone: ZoneInfo, now: float, prices: Prices | None = None) -> Day:
    """Read a day in hours. Never raises for any JSON."""
    return sum_up(read_rows(answer, day, zone, now), zone, prices)


def _money(at: int, flows: Mapping[str, float], prices: Prices | None) -> dict[str, Decimal | None]:
    if prices is None:
        return {}
    money: dict[str, Decimal | None] = {}
    for name, flow, price_at in ((COST, "grid_import", prices.buy), (COMPENSATION, "grid_export", prices.sell)):
        energy_wh = flows[flow]
        price = price_at(datetime.fromtimestamp(at, UTC)) if energy_wh else Decimal(0)
        money[name] = None if price is None else Decimal(energy_wh) * price / 1000
    return money


def read_days(answer: object, zone: ZoneInfo) -> dict[date, dict[str, float]]:
    """Read the days of a week or a month, by day; a day's row begins at midnight, with whatever offset."""

    def day_of(stamp: datetime) -> date:
        local = stamp if stamp.utcoffset() else stamp.astimezone(zone)
        return (local.replace(tzinfo=None) + timedelta(hours=12)).date()

    return {day_of(stamp): flows for stamp, flows in _stamped(answer)}


def first_year(answer: object) -> int | None:
    """Return the first year in an answer of period lifetime."""
    return min(((stamp + timedelta(hours=24)).year for stamp, _ in _stamped(answer)), default=None)


def adds_up(day: Day | None, told: Mapping[str, float] | None) -> bool:
    """Whether a day is what its month says of it; where the month says nothing, it is."""
    if told is None:
        return True
    totals = {} if day is None else day.totals
    return all(
        abs(totals.get(name, 0.0) - told[name]) <= max(_TOLERANCE * told[name], _TOLERANCE_WH) for name in _CHECKED
    )


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour: its flows, or its money; `complete` when rows tell of all of it."""

    values: Mapping[str, float]
    complete: bool


def merge(days: Iterable[Mapping[int, Part]]) -> dict[int, Part]:
    """Put days together; an hour may belong to two of them."""
    merged: dict[int, Part] = {}
    for parts in days:
        for hour, part in parts.items():
            merged.setdefault(hour, Part()).add(part)
    return merged


def hours_of(parts: Mapping[int, Part], shared: Iterable[int], until: int, now: float) -> dict[int, Hour]:
    """Return the hours that are over, of which the last row is there or can no longer come.

    shared: hours that belong to a day, too, that is not among these. until: the end of the last row.
    """
    left_out = set(shared)
    found = {}
    for hour, part in parts.items():
        end = hour + HOUR_S
        if hour not in left_out and end <= now and (end <= until or end <= now - 24 * HOUR_S):
            money = {name: float(round(amount, 6)) for name, amount in part.money.items() if amount is not None}
            values = {**{name: energy_wh / 1000 for name, energy_wh in part.flows.items()}, **money}
            found[hour] = Hour(values, part.seconds >= HOUR_S)
    return found


def edges(day: Day, zone: ZoneInfo) -> dict[int, Part]:
    """Return what a day tells of hours that belong to its neighbours, too: none where midnight is on the hour."""
    return {hour: day.parts.get(hour, Part()) for hour in shared_hours(day.day, zone)}


def shared_hours(day: date, zone: ZoneInfo) -> tuple[int, ...]:
    """Return the hours that a day shares with its neighbours."""
    return tuple(hour_of(border) for border in span_of(day, zone) if border % HOUR_S)
