"""Prices of entities: the forms in which integrations tell what energy costs, hour by hour."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.tesla_charging.energy.price_list import day_of, read_prices
from custom_components.tesla_charging.energy.tariff_write import TariffFlaw, week_of

from .test_tariff import BERLIN, HOUR, MINUTE, NOON, ZONES

HOURS = [datetime(2026, 6, 10, tzinfo=BERLIN) + count * HOUR for count in range(48)]
VALUES = [count / 100 for count in range(48)]


def objects(
    start: str, price: str, end: str | None = None, *, text: bool = True, count: int = 48
) -> list[dict[str, Any]]:
    """Return prices as objects with these keys."""
    found = []
    for at, value in zip(HOURS[:count], VALUES, strict=False):
        item: dict[str, Any] = {start: at.isoformat() if text else at, price: value}
        if end:
            item[end] = (at + HOUR).isoformat() if text else at + HOUR
        found.append(item)
    return found


FORMATS: dict[str, dict[str, Any]] = {
    "nordpool": {"raw_today": objects("start", "value", "end", text=False)[:24], "raw_tomorrow": objects("start", "value", "end", text=False)[24:], "today": [None]},
    "nordpool numbers": {"today": VALUES[:24], "tomorrow": VALUES[24:]},
    "quarter-hours": {"today": [value for value in VALUES[:24] for _ in range(4)], "tomorrow": [value for value in VALUES[24:] for _ in range(4)]},
    "tibber": {"today": objects("startsAt", "total")[:24], "tomorrow": objects("startsAt", "total")[24:]},
    "octopus": {"rates": objects("start", "value_inc_vat", "end", text=False)},
    "entsoe": {"prices": objects("time", "price"), "prices_today": [], "prices_tomorrow": None},
    "epex": {"data": objects("start_time", "price_per_kwh", "end_time")},
    "amber": {"forecasts": objects("start_time", "per_kwh", "end_time")},
    "generic": {"prices": [*reversed(objects("from", "price", "till")), "x", {"from": "x"}, {"price": 1}]},
    "without an offset": {"prices": [{**item, "start": item["start"][:19]} for item in objects("start", "price")]},
}  # fmt: skip


@pytest.mark.parametrize("attributes", FORMATS.values(), ids=FORMATS)
def test_price_formats(attributes: dict[str, Any]) -> None:
    """Each common format is read to the same prices."""
    found = read_prices(attributes, "EUR/kWh", BERLIN, date(2026, 6, 10))
    assert found.currency == "EUR"
    assert [found.price_at(at + MINUTE) for at in HOURS] == [Decimal(str(value)) for value in VALUES]
    assert found.end == HOURS[-1] + HOUR
    assert found.price_at(HOURS[0] - MINUTE) is None


@pytest.mark.parametrize(
    ("unit", "factor", "currency"),
    [
        ("EUR/kWh", 1, "EUR"), ("€/kWh", 1, "EUR"), ("ct/kWh", 0.01, "EUR"), ("p/kWh", 0.01, "GBP"), ("öre/kWh", 0.01, None),
        ("GBP/kWh", 1, "GBP"), ("EUR/MWh", 0.001, "EUR"), ("$/kWh", 1, "USD"), (None, 1, None), ("", 1, None), ("x", 1, None),
    ],
)  # fmt: skip
def test_units(unit: str | None, factor: float, currency: str | None) -> None:
    """The unit says what a number is."""
    found = read_prices({"today": [100] * 24}, unit, BERLIN, date(2026, 6, 10))
    assert float(found.slots[0].price) == pytest.approx(100 * factor)
    assert found.currency == currency


def test_the_next_day() -> None:
    """The hours to come count; where tomorrow is not known yet, today's do."""
    today = date(2026, 6, 10)
    both = day_of(read_prices(FORMATS["tibber"], None, BERLIN, today), BERLIN, NOON + 10 * MINUTE)
    assert len(both) == 96
    assert [float(both[quarter * 4].price) for quarter in (11, 12, 13, 23, 0)] == [0.35, 0.12, 0.13, 0.23, 0.24]
    alone = day_of(read_prices({"today": [*VALUES[:23], -0.2]}, None, BERLIN, today), BERLIN, NOON)
    assert [float(alone[quarter * 4].price) for quarter in (11, 12, 23, 0)] == [0.11, 0.12, 0, 0]
    week_of(alone)


@pytest.mark.parametrize(
    ("attributes", "key"),
    [
        ({}, "prices_missing"),
        ({"today": "x", "prices": [1, None], "rates": {}}, "prices_missing"),
        ({"prices": objects("start", "price", count=10)}, "prices_incomplete"),
    ],
)
def test_no_prices(attributes: dict[str, Any], key: str) -> None:
    """What is no list of a day's prices is said."""
    with pytest.raises(TariffFlaw) as flaw:
        day_of(read_prices(attributes, None, BERLIN, date(2026, 6, 10)), BERLIN, NOON)
    assert flaw.value.key == key


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(
    "day", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 9, 6)]
)
def test_days_of_other_lengths(zone: ZoneInfo, day: date) -> None:
    """On days of 23, 23.5, 24.5 and 25 hours a whole day comes out."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    prices = [{"start": start + count * HOUR / 4, "price": count} for count in range(200)]
    assert len(day_of(read_prices({"prices": prices}, None, zone, day), zone, noon)) == 96
