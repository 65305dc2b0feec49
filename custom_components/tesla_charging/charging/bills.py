"""Tesla's charging history read: pages of bills, whatever is wrong with them (fleet_api.md 4.1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
import json
import math
import re
from typing import Any, Final, NamedTuple

from ..energy.clock import read_stamp
from .session import Bill, Fee, Invoice

CHARGING: Final = "CHARGING"
# The most that is asked for on a page; Tesla may send less.
PAGE_SIZE: Final = 50
# Whoever has a page that is shorter than this has them all: no page was ever seen to be cut so short.
_SHORT: Final = 10
_MOST_PAGES: Final = 500
_NEAR: Final = timedelta(hours=2)
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIERS: Final = ("Tier1", "Tier2", "Tier3", "Tier4")
_LONGEST_TEXT: Final = 200
# Nothing that a car is billed for comes to more; money in its unit, energy in kWh, time in minutes.
_MOST_MONEY: Final = Decimal(10) ** 9
_MOST_USAGE: Final = 100_000.0
_FINEST: Final = Decimal("0.0001")
_CENT: Final = Decimal("0.01")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Billed(NamedTuple):
    """A bill, and the car that it is for."""

    vin: str
    bill: Bill


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of the history holds: bills that can be read, and a name for each row, readable or not."""

    billed: tuple[Billed, ...]
    rows: frozenset[str]


def read_page(answer: object) -> Page:
    """Read an answer; never raises. Rows of one session are one bill, each of its fees once."""
    rows = [row for row in _rows(answer) if isinstance(row, Mapping)]
    vins, parts = dict[str, str](), dict[str, list[Mapping[str, Any]]]()
    for row in rows:
        number, vin = _name(row.get("sessionId")), _text(row.get("vin"))
        if number and vin:
            parts.setdefault(number, []).append(row)
            vins[number] = vin
    billed = (Billed(vins[number], _bill(number, found)) for number, found in parts.items())
    return Page(tuple(one for one in billed if one.bill.started_at is not None), frozenset(map(_row_name, rows)))


@dataclass(slots=True)
class Pager:
    """Turns pages until there are no more, whether the first one is 0 or 1 (UNCONFIRMED) and the last one comes again or not.

    first: the number of the first page, once that is known. brief: whether a short page is believed to be the last one.
    """

    first: int | None = None
    brief: bool = False
    page: int | None = None
    seen: set[str] = field(default_factory=set)
    turned: int = 0
    done: bool = False

    @property
    def number(self) -> int:
        """The page to ask for next."""
        return self.page if self.page is not None else self.first or 0

    def take(self, page: Page) -> None:
        """Take note of a page that was asked for."""
        asked, new = self.number, page.rows - self.seen
        # Only the first rows of all tell, not those of a page at which a restart has gone on.
        if self.first is None and page.rows and not self.seen and asked <= 1:
            self.first = asked
        self.seen |= page.rows
        self.turned += 1
        self.page = asked + 1
        # Page 0 may be none at all, and page 1 may be page 0 once more, where they are counted from 1.
        may_be_first = asked == 0 and self.first is None
        may_be_same = asked == 1 and self.first == 0 and bool(page.rows)
        is_last = not new and not (may_be_first or may_be_same)
        is_short = self.brief and 0 < len(page.rows) < _SHORT
        self.done = is_last or is_short or self.turned >= _MOST_PAGES

    def refused(self) -> bool:
        """Go on where Tesla says that there is no such page as 0; return whether that may be it."""
        if self.number or self.seen or self.first is not None:
            return False
        # Which page is the first one is not known by that: anything else may have been wrong with the request.
        self.page = 1
        return True


def span_of(billed: Iterable[Billed]) -> tuple[datetime, datetime] | None:
    """Return when the first of some bills begins and the last one ends."""
    spans = [(begin_of(one.bill), end_of(one.bill)) for one in billed]
    return (min(begin for begin, _ in spans), max(end for _, end in spans)) if spans else None


def clusters(billed: Iterable[Billed]) -> list[list[Billed]]:
    """Return bills in groups: of one car, and so far apart that they have nothing to do with each other."""
    groups = list[list[Billed]]()
    until: datetime | None = None
    for one in sorted(billed, key=lambda one: (one.vin, begin_of(one.bill))):
        begin = begin_of(one.bill)
        if not groups or groups[-1][0].vin != one.vin or until is None or begin - until > _NEAR:
            groups.append([])
            until = begin
        groups[-1].append(one)
        until = max(until or begin, end_of(one.bill))
    return groups


def begin_of(bill: Bill) -> datetime:
    """Return when a bill begins, as far as it knows; one that was read knows."""
    return bill.started_at or bill.stopped_at or bill.unlatched_at or _NO_TIME


def end_of(bill: Bill) -> datetime:
    """Return when the cable was out again, as far as the bill knows."""
    return max(at for at in (begin_of(bill), bill.stopped_at, bill.unlatched_at) if at is not None)


def is_paid(bill: Bill) -> bool:
    """Whether all of a bill is known and paid: nothing more is to be expected."""
    return bool(bill.fees) and all(fee.is_paid for fee in bill.fees)


# Reading


def _rows(answer: object) -> Sequence[object]:
    """Return the rows, at the top or in `response`."""
    for holder in (answer, answer.get("response") if isinstance(answer, Mapping) else None):
        found = holder.get("data") if isinstance(holder, Mapping) else holder
        if isinstance(found, list):
            return found
    return []


def _row_name(row: Mapping[str, Any]) -> str:
    try:
        return _name(row.get("sessionId")) or json.dumps(row, sort_keys=True, default=str)[:1000]
    except ValueError, TypeError, RecursionError:
        return ""


def _bill(number: str, rows: list[Mapping[str, Any]]) -> Bill:
    first = rows[-1]
    started, stopped, unlatched = (
        _stamp(first.get(name)) for name in ("chargeStartDateTime", "chargeStopDateTime", "unlatchDateTime")
    )
    fees: dict[object, Fee] = {}
    invoices: dict[str, Invoice] = {}
    for row in rows:
        for item in _dicts(row.get("fees")):
            fee = _fee(item)
            fees[_name(item.get("sessionFeeId")) or fee] = fee
        for item in _dicts(row.get("invoices")):
            if content_id := _name(item.get("contentId")):
                name = _text(item.get("fileName")) or content_id
                invoices[content_id] = Invoice(
                    content_id=content_id, file_name=name, invoice_type=_text(item.get("invoiceType"))
                )
    return Bill(
        session_id=number,
        site_name=_text(first.get("siteLocationName")),
        started_at=started or stopped or unlatched,
        stopped_at=stopped,
        unlatched_at=unlatched,
        fees=tuple(fees.values()),
        invoices=tuple(invoices.values()),
    )


def _stamp(value: object) -> datetime | None:
    """Read a time with its offset, to the second."""
    stamp = read_stamp(value)
    return None if stamp is None else stamp.astimezone(UTC).replace(microsecond=0)


def _fee(item: Mapping[str, Any]) -> Fee:
    """Read a fee; one whose money is not known comes to nothing, and is not paid."""
    kind, unit = ((_text(item.get(name)) or "").upper()[:40] for name in ("feeType", "uom"))
    currency = (_text(item.get("currencyCode")) or "").upper()
    due = next((due for due in (_money(item.get(name)) for name in ("netDue", "totalDue")) if due is not None), None)
    if due is None and item.get("pricingType") == "NO_CHARGE":
        due = Decimal(0)
    known = due is not None and _CURRENCY.fullmatch(currency) is not None
    used, tiers = _usage(item)
    paid = item.get("isPaid")
    return Fee(
        fee_type=kind,
        currency=currency if known else "",
        net_due=due if known and due is not None else Decimal(0),
        energy_wh=round(used * 1000, 3) if used is not None and kind == CHARGING and unit == "KWH" else None,
        minutes=used if unit == "MIN" else None,
        is_paid=(not due or (paid if isinstance(paid, bool) else None)) if known else False,
        tier_wh=round(tiers * 1000, 3) if kind == CHARGING and unit == "KWH" else 0.0,
    )


def _usage(item: Mapping[str, Any]) -> tuple[float | None, float]:
    """Return the usage, and how much of it is of tiers."""
    base = _number(item.get("usageBase"))
    tiers = [found for name in _TIERS if (found := _number(item.get(f"usage{name}"))) is not None]
    return (None if base is None and not tiers else (base or 0.0) + sum(tiers)), sum(tiers)


def _number(value: object) -> float | None:
    """Read an amount that cannot be negative."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError, OverflowError:
        return None
    return number if 0 <= number <= _MOST_USAGE else None


def _money(value: object) -> Decimal | None:
    """Read money without the noise of binary fractions; a cent at least is shown."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation, ValueError:
        return None
    if not amount.is_finite() or abs(amount) > _MOST_MONEY:
        return None
    amount = amount.quantize(_FINEST, ROUND_HALF_UP)
    return amount.quantize(_CENT) if amount == amount.quantize(_CENT, ROUND_HALF_UP) else amount.normalize()


def _name(value: object) -> str:
    """Read what names something: a number or a text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    try:
        return _writable(str(value))
    except ValueError:
        return ""


def _text(value: object) -> str | None:
    return (_writable(value) or None) if isinstance(value, str) else None


def _writable(text: str) -> str:
    """Return a text of which every character can be written to a file."""
    return text.strip()[:_LONGEST_TEXT].encode(errors="replace").decode()


def _dicts(value: object) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())
