"""A tariff_content_v2 of our own, and which price holds when (fleet_api.md 7.5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

# Zero-valued keys are left out, as in real objects: no fromDayOfWeek 0, no fromHour 0, no minutes.
_WEEK = {"toDayOfWeek": 6}
TARIFF: dict[str, object] = {
    "version": 1,
    "code": "EXAMPLE-ENERGY-FLEX",
    "name": "Example Energy Flex",
    "utility": "Example Energy",
    "currency": "EUR",
    "daily_charges": [{"name": "Charge", "amount": 0.42}],
    "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
    "energy_charges": {
        "ALL": {"rates": {"ALL": 0}},
        "Summer": {"rates": {"ON_PEAK": 0.38, "PARTIAL_PEAK": 0.31, "SUPER_OFF_PEAK": 0.19}},
        "Winter": {},
    },
    "seasons": {
        "Summer": {
            "fromMonth": 1,
            "fromDay": 1,
            "toMonth": 12,
            "toDay": 31,
            "tou_periods": {
                "SUPER_OFF_PEAK": {"periods": [{**_WEEK, "toHour": 6}]},
                "PARTIAL_PEAK": {"periods": [{**_WEEK, "fromHour": 6, "toHour": 17}, {**_WEEK, "fromHour": 21}]},
                "ON_PEAK": {"periods": [{**_WEEK, "fromHour": 17, "toHour": 21}]},
            },
        },
        "Winter": {},
    },
    "sell_tariff": {
        "name": "Example Energy Feed-in",
        "utility": "Example Energy",
        "daily_charges": [{"name": "Charge"}],
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
        "energy_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {"rates": {"ALL": 0.08}}, "Winter": {}},
        "seasons": {
            "Summer": {
                "fromMonth": 1,
                "fromDay": 1,
                "toMonth": 12,
                "toDay": 31,
                "tou_periods": {"ALL": {"periods": [_WEEK]}},
            },
            "Winter": {},
        },
    },
}


def _child(parent: object, key: str) -> dict[str, object]:
    child = parent.get(key) if isinstance(parent, dict) else None
    return child if isinstance(child, dict) else {}


def _number(parent: object, key: str) -> int:
    value = parent.get(key, 0) if isinstance(parent, dict) else 0
    return value if isinstance(value, int) else 0


def _season_at(tariff: dict[str, object], day: tuple[int, int]) -> str:
    for name, season in _child(tariff, "seasons").items():
        first = _number(season, "fromMonth"), _number(season, "fromDay")
        last = _number(season, "toMonth"), _number(season, "toDay")
        if (first <= day <= last) if first <= last else (day >= first or day <= last):
            return name
    return ""


def _holds(period: object, weekday: int, minute: int) -> bool:
    first, last = _number(period, "fromDayOfWeek"), _number(period, "toDayOfWeek")
    start = _number(period, "fromHour") * 60 + _number(period, "fromMinute")
    end = _number(period, "toHour") * 60 + _number(period, "toMinute") or 24 * 60
    if start < end:
        return first <= weekday <= last and start <= minute < end
    # What goes over midnight belongs to the day on which it begins.
    return first <= (weekday if minute >= start else (weekday - 1) % 7) <= last and not end <= minute < start


def price_rank(tariff: dict[str, object], at: float, zone: ZoneInfo) -> int:
    """Return -1 in the cheapest period, 1 in the dearest, 0 between or where all cost the same."""
    local = datetime.fromtimestamp(at, zone)
    minute = local.hour * 60 + local.minute
    name = _season_at(tariff, (local.month, local.day))
    rates = _child(_child(_child(tariff, "energy_charges"), name), "rates")
    prices = {label: price for label, price in rates.items() if isinstance(price, int | float)}
    times = _child(_child(_child(tariff, "seasons"), name), "tou_periods")
    for label in prices.keys() & times.keys():
        periods = _child(times, label).get("periods")
        if isinstance(periods, list) and any(_holds(period, local.weekday(), minute) for period in periods):
            highest, lowest = max(prices.values()), min(prices.values())
            return (prices[label] == highest) - (prices[label] == lowest)
    return 0
