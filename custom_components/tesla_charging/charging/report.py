"""Sessions as people and their programs want to read them: rows, sums by month and place, CSV and JSON.

Nothing in them tells where exactly a car was, or its VIN.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import csv
from datetime import datetime, tzinfo
from decimal import Decimal
from io import StringIO
import json
from typing import Any, Final

from .session import Place, Session

type Row = dict[str, Any]

# How a spreadsheet knows that a cell is a formula; a tab or a line break before it hides it from people only.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def _kwh(wh: float | None) -> float | None:
    return None if wh is None else round(wh / 1000, 3)


def _amount(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 4)


def _stamp(at: datetime | None, zone: tzinfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)


# What a row says of a session, in the order of the columns.
_COLUMNS: Final[Mapping[str, Callable[[Session, tzinfo], Any]]] = {
    "id": lambda one, _: one.id,
    "plugged_in": lambda one, zone: _stamp(one.plugged_at, zone),
    "unplugged": lambda one, zone: _stamp(one.unplugged_at, zone),
    "charging_minutes": lambda one, _: round(one.charging_seconds / 60, 1),
    "place": lambda one, _: one.place.value,
    "place_name": lambda one, _: one.place_name,
    "direct_current": lambda one, _: one.direct_current,
    "energy_added": lambda one, _: _kwh(one.added.wh),
    "energy_added_source": lambda one, _: one.added.source.value,
    "energy_added_estimated": lambda one, _: one.added.estimated,
    "energy_used": lambda one, _: _kwh(one.used.wh),
    "energy_used_source": lambda one, _: one.used.source.value,
    "energy_used_estimated": lambda one, _: one.used.estimated,
    "level_start": lambda one, _: one.soc_start,
    "level_end": lambda one, _: one.soc_end,
    "energy_solar": lambda one, _: None if one.mix is None else _kwh(one.mix.solar_wh),
    "energy_battery": lambda one, _: None if one.mix is None else _kwh(one.mix.battery_wh),
    "energy_grid": lambda one, _: None if one.mix is None else _kwh(one.mix.grid_wh),
    "solar_share": lambda one, _: None if one.mix is None else _percent(one.mix.solar_share),
    "cost": lambda one, _: None if one.cost is None else _amount(one.cost.amount),
    "currency": lambda one, _: None if one.cost is None else one.cost.currency,
    "cost_basis": lambda one, _: None if one.cost is None else one.cost.basis.value,
    "cost_provisional": lambda one, _: None if one.cost is None else one.cost.provisional,
    "revision": lambda one, _: one.revision,
}


def row_of(session: Session, zone: tzinfo) -> Row:
    """Return what there is to say of a session; times by the clock of a zone, energy in kWh."""
    return {name: column(session, zone) for name, column in _COLUMNS.items()}


def chosen(sessions: Iterable[Session], place: str | None) -> list[Session]:
    """Return the sessions at a kind of place."""
    return [one for one in sessions if place is None or one.place.value == place]


def totals_of(sessions: Iterable[Session], zone: tzinfo) -> list[Row]:
    """Return the sums of sessions by the month in which they began, by the clock of a zone, and by place.

    costs: by currency; sessions without a cost are counted in `without_cost`, they are not free.
    """
    sums: dict[tuple[str, Place], list[Session]] = {}
    for one in sessions:
        sums.setdefault((f"{one.plugged_at.astimezone(zone):%Y-%m}", one.place), []).append(one)
    order = list(Place)
    return [
        {
            "month": month,
            "place": place.value,
            "sessions": len(group),
            "energy_added": _kwh(sum(one.added.wh for one in group)),
            "energy_used": _kwh(sum(one.used.wh for one in group)),
            "energy_solar": _kwh(sum(one.mix.solar_wh for one in group if one.mix is not None)),
            "costs": _costs(group),
            "without_cost": sum(1 for one in group if one.cost is None),
            "provisional": any(one.cost is not None and one.cost.provisional for one in group),
        }
        for (month, place), group in sorted(sums.items(), key=lambda item: (item[0][0], order.index(item[0][1])))
    ]


def _costs(sessions: Iterable[Session]) -> dict[str, float]:
    sums: dict[str, Decimal] = {}
    for one in sessions:
        if one.cost is not None:
            sums[one.cost.currency] = sums.get(one.cost.currency, Decimal(0)) + one.cost.amount
    return {currency: round(float(amount), 4) for currency, amount in sorted(sums.items())}


def to_csv(sessions: Sequence[Session], car: str, zone: tzinfo) -> str:
    """Return sessions as CSV (RFC 4180), whose cells no spreadsheet takes for formulas."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["car", *_COLUMNS])
    for one in sessions:
        writer.writerow([_cell(value) for value in (car, *row_of(one, zone).values())])
    return text.getvalue()


def to_json(sessions: Sequence[Session], car: str, zone: tzinfo) -> str:
    """Return sessions as JSON."""
    return json.dumps({"car": car, "sessions": [row_of(one, zone) for one in sessions]}, ensure_ascii=False, indent=1)


FORMATS: Final[Mapping[str, Callable[[Sequence[Session], str, tzinfo], str]]] = {"csv": to_csv, "json": to_json}


def _cell(value: object) -> object:
    """Return a cell: a text that begins like a formula gets an apostrophe before it, a number stays one."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value


def file_stem(car: str, now: datetime) -> str:
    """Return the name of a file, of letters and digits only."""
    name = "".join(_letters(car)).strip("_") or "car"
    return f"{name}_{now:%Y%m%d_%H%M%S}"


def _letters(text: str) -> Iterator[str]:
    return (letter if letter.isascii() and letter.isalnum() else "_" for letter in text.lower()[:40])
