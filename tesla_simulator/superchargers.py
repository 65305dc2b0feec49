"""Endpoints of Superchargers: what was charged, its invoices, and the sessions of a business (fleet_api.md 4)."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from .answers import Answer, Refused
from .hosts import Exchange
from .users import account_of
from .world.supercharging import FeeLine, Receipt

HISTORY_QUERY = frozenset({"vin", "startTime", "endTime", "pageNo", "pageSize", "sortBy", "sortOrder"})
SESSIONS_QUERY = frozenset({"vin", "date_from", "date_to", "limit", "offset"})
SORTABLE = {
    "chargeStartDateTime": lambda receipt: receipt.started_at,
    "start_datetime": lambda receipt: receipt.started_at,
}
USUAL_PAGE_SIZE = 50
TIERS = ("Base", "Tier1", "Tier2", "Tier3", "Tier4")


def history(exchange: Exchange) -> dict[str, Any]:
    """Show what Tesla has billed for charging, a page at a time (4.1)."""
    behaviour, query = exchange.sim.behaviour, exchange.query
    exchange.other_price = behaviour.charging_history_price
    found = _sorted(_asked(exchange, HISTORY_QUERY, "startTime", "endTime"), query)
    first = behaviour.charging_first_page
    page, size = _number(query, "pageNo", first), _number(query, "pageSize", USUAL_PAGE_SIZE)
    if size < 1:
        raise Refused("invalid_request", words="pageSize must be positive")
    size = min(size, behaviour.charging_page_size_max)
    shown = _page(found, page, size, exchange)
    now = _now(exchange)
    data: dict[str, Any] = {"data": [_rendered(receipt, now) for receipt in shown]}
    if behaviour.charging_total_results:
        data["totalResults"] = len(found)
    return {"response": data} if behaviour.charging_wrapper == "response" else data


def _page(found: list[Receipt], page: int, size: int, exchange: Exchange) -> list[Receipt]:
    behaviour = exchange.sim.behaviour
    number = page - behaviour.charging_first_page
    if number < 0:
        if behaviour.charging_page_before_first == "refuse":
            raise Refused("invalid_request", words="pageNo must be positive")
        if behaviour.charging_page_before_first == "empty":
            return []
        number = 0
    last = max(0, -(-len(found) // size) - 1)
    if number > last and behaviour.charging_page_after_last == "last":
        number = last
    return found[number * size : (number + 1) * size]


def invoice(exchange: Exchange) -> Answer:
    """Send an invoice as PDF (4.2)."""
    now, exchange.other_price = _now(exchange), exchange.sim.behaviour.charging_history_price
    if exchange.query:
        raise Refused("invalid_request", words=f"unknown parameter: {min(exchange.query)}")
    for receipt in _shown(exchange):
        for paper in receipt.papers:
            if paper.content_id == exchange.match["content_id"]:
                lines = [f"{fee.kind} {fee.net_due} {fee.currency}" for fee in receipt.fees_at(now)]
                return Answer(200, pdf([paper.file_name, receipt.site, *lines]), "application/pdf")
    raise Refused("not_found")


def sessions(exchange: Exchange) -> dict[str, Any]:
    """Show the sessions of a business that owns a fleet; nobody else may see them (4.3)."""
    exchange.other_price = exchange.sim.behaviour.charging_history_price
    if not exchange.sim.behaviour.business_account:
        raise Refused("business_only")
    found = _asked(exchange, SESSIONS_QUERY, "date_from", "date_to")
    limit, offset = _number(exchange.query, "limit", USUAL_PAGE_SIZE), _number(exchange.query, "offset", 0)
    if limit < 1:
        raise Refused("invalid_request", words="limit must be positive")
    return {
        "data": [_ocpi(receipt, _now(exchange)) for receipt in found[offset : offset + limit]],
        "status_code": 1000,
        "status_message": "Success",
        "timestamp": exchange.sim.world.clock.now().isoformat(),
    }


# What is asked for


def _now(exchange: Exchange) -> float:
    return exchange.sim.world.clock.now().timestamp()


def _shown(exchange: Exchange) -> list[Receipt]:
    now = _now(exchange)
    receipts = exchange.sim.world.superchargers.receipts(account_of(exchange).cars)
    return [receipt for receipt in receipts if receipt.shown_at <= now]


def _asked(exchange: Exchange, known: frozenset[str], first: str, last: str) -> list[Receipt]:
    """Return the receipts that a query means; what it may not say is refused."""
    query = exchange.query
    if unknown := query.keys() - known:
        raise Refused("invalid_request", words=f"unknown parameter: {min(unknown)}")
    start, end = _moment(query, first), _moment(query, last)
    if start is not None and end is not None and start > end:
        raise Refused("invalid_request", words=f"{first} must be before {last}")
    return [
        receipt
        for receipt in _shown(exchange)
        if query.get("vin") in (None, receipt.vin)
        and (start is None or receipt.started_at >= start)
        and (end is None or receipt.started_at <= end)
    ]


def _sorted(found: list[Receipt], query: dict[str, str]) -> list[Receipt]:
    by, order = query.get("sortBy", "chargeStartDateTime"), query.get("sortOrder", "DESC")
    if by not in SORTABLE or order not in ("ASC", "DESC"):
        raise Refused("invalid_request", words="invalid sortBy or sortOrder")
    return sorted(found, key=SORTABLE[by], reverse=order == "DESC")


def _number(query: dict[str, str], name: str, usual: int) -> int:
    try:
        number = int(query.get(name, usual))
    except ValueError:
        number = -1
    if number < 0:
        raise Refused("invalid_request", words=f"{name} must be a number")
    return number


def _moment(query: dict[str, str], name: str) -> float | None:
    """Read a time of ISO 8601 with its offset; one without is refused."""
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise Refused("invalid_request", words=f"{name} must be ISO 8601 with an offset")
    return moment.timestamp()


# What is shown


def _rendered(receipt: Receipt, now: float) -> dict[str, Any]:
    paid = receipt.paid_at <= now
    return {
        "sessionId": receipt.id,
        "vin": receipt.vin,
        "siteLocationName": receipt.site,
        "chargeStartDateTime": _stamp(receipt, receipt.started_at),
        "chargeStopDateTime": _stamp(receipt, receipt.stopped_at),
        "unlatchDateTime": _stamp(receipt, receipt.unlatched_at),
        "countryCode": receipt.country,
        "fees": [_fee(fee, paid) for fee in receipt.fees_at(now)],
        "billingType": "IMMEDIATE",
        "invoices": [
            {"fileName": paper.file_name, "contentId": paper.content_id, "invoiceType": paper.kind}
            for paper in receipt.papers
        ],
        "vehicleMakeType": "TSLA",
    }


def _stamp(receipt: Receipt, at: float) -> str:
    return datetime.fromtimestamp(round(at), receipt.zone).isoformat()


def _fee(fee: FeeLine, paid: bool) -> dict[str, Any]:
    """Show a fee; tiers 3 and 4 are null, as in Tesla's sample."""
    data: dict[str, Any] = {
        "sessionFeeId": fee.id,
        "feeType": fee.kind,
        "currencyCode": fee.currency,
        "pricingType": fee.pricing,
    }
    for name, values in (("rate", fee.rates), ("usage", fee.usages), ("total", fee.totals)):
        shown = zip_longest(TIERS, (*values, *[Decimal(0)] * (3 - len(values))))
        data |= {f"{name}{tier}": None if value is None else float(value) for tier, value in shown}
    paid = paid or not fee.net_due
    return {
        **data,
        "totalDue": float(fee.total_due),
        "netDue": float(fee.net_due),
        "uom": fee.unit,
        "isPaid": paid,
        "status": "PAID" if paid else "UNPAID",
    }


def _ocpi(receipt: Receipt, now: float) -> dict[str, Any]:
    start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in (receipt.started_at, receipt.stopped_at))
    fees, due = receipt.fees_at(now), float(receipt.net_due(now))
    return {
        "id": str(receipt.id),
        "vin": receipt.vin,
        "model": receipt.vin[3],
        "start_date_time": start,
        "stop_date_time": end,
        "location": {"country": receipt.country, "name": receipt.site},
        "charging_periods": [
            {"start_date_time": start, "dimensions": [{"type": "ENERGY", "volume": float(receipt.energy_kwh)}]}
        ],
        "tariffs": {
            "currency": fees[0].currency,
            "elements": [
                {"price_components": [{"type": fee.kind, "price": float(fee.rates[0]), "step_size": 1}]} for fee in fees
            ],
        },
        "total_cost": {"excl_vat": due, "incl_vat": due, "vat": 0.0},
        "total_energy": float(receipt.energy_kwh),
        "total_time": (receipt.stopped_at - receipt.started_at) / 3600,
    }


def pdf(lines: list[str]) -> bytes:
    """Return a page of text as a PDF that can be opened."""
    shown = [line.encode("latin-1", "replace").decode("latin-1").replace("(", "[").replace(")", "]") for line in lines]
    text = "BT /F1 12 Tf 60 780 Td 16 TL " + " ".join(f"({line}) Tj T*" for line in shown) + " ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(text)}>>stream\n{text}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    parts, places = ["%PDF-1.4\n"], []
    for number, one in enumerate(objects, 1):
        places.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj{one}endobj\n")
    table = sum(map(len, parts))
    parts.append(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n")
    parts += [f"{place:010} 00000 n \n" for place in places]
    parts.append(f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n")
    return "".join(parts).encode("latin-1")
