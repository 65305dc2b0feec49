"""Tesla's rules for a tariff that is written (fleet_api.md 7.5); where its pages and real objects differ, both can be had."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .params import InvalidParameter

LABELS = frozenset({"ON_PEAK", "OFF_PEAK", "PARTIAL_PEAK", "SUPER_OFF_PEAK", "ALL"})
CURRENCIES = frozenset({"USD", "EUR", "GBP"})
DAY = 24 * 60

type Object = dict[str, Any]
# (weekday, first minute, last minute + 1, price)
type Slot = tuple[int, int, int, float]


def check_tariff(tariff: Object, *, documented_only: bool) -> None:
    """Raise InvalidParameter where a tariff breaks a rule."""
    buy = _slots(tariff, documented_only=documented_only)
    if not buy:
        raise InvalidParameter("missing seasons param")
    currency = tariff.get("currency")
    if not isinstance(currency, str) or (documented_only and currency not in CURRENCIES):
        raise InvalidParameter("invalid currency param")
    sell = tariff.get("sell_tariff")
    if sell is None:
        return
    sold = _slots(_object(sell, "sell_tariff"), documented_only=documented_only)
    for name, slots in sold.items():
        for slot in slots:
            if any(_overlap(slot, other) and slot[3] > other[3] for other in buy.get(name, ())):
                raise InvalidParameter("invalid sell_tariff param: sells for more than it buys")


def _object(value: Any, key: str) -> Object:
    if value is None:
        raise InvalidParameter(f"missing {key} param")
    if not isinstance(value, dict):
        raise InvalidParameter(f"invalid {key} param")
    return value


def _slots(tariff: Object, *, documented_only: bool) -> dict[str, list[Slot]]:
    """Return the week of each season that is in use."""
    charges = _object(tariff.get("energy_charges"), "energy_charges")
    found = {}
    for name, season in _object(tariff.get("seasons"), "seasons").items():
        if not _object(season, "seasons"):
            continue
        rates = _object(_object(charges.get(name), "energy_charges").get("rates"), "rates")
        week = sorted(_week(_object(season.get("tou_periods"), "tou_periods"), rates, documented_only))
        _check_whole(week)
        found[name] = week
    return found


def _week(periods: Object, rates: Object, documented_only: bool) -> Iterator[Slot]:
    for label, item in periods.items():
        price = rates.get(label)
        if isinstance(price, bool) or not isinstance(price, int | float) or price < 0:
            raise InvalidParameter(f"invalid rates param: {label}")
        if documented_only and label not in LABELS:
            raise InvalidParameter(f"invalid tou_periods param: {label}")
        for period in _object(item, "tou_periods").get("periods", ()):
            first, last = (int(period.get(f"{end}DayOfWeek", 0)) for end in ("from", "to"))
            start, end = (
                int(period.get(f"{at}Hour", 0)) * 60 + int(period.get(f"{at}Minute", 0)) for at in ("from", "to")
            )
            for day in range(first, last + 1):
                yield from _parts(day, start, end, float(price))


def _parts(day: int, start: int, end: int, price: float) -> Iterator[Slot]:
    if start < end:
        yield day, start, end, price
        return
    yield day, start, DAY, price
    if end:
        yield (day + 1) % 7, 0, end, price


def _check_whole(week: list[Slot]) -> None:
    edges = [(day * DAY + start, day * DAY + end) for day, start, end, _ in week]
    for (_, end), (start, _) in pairwise([(0, 0), *edges, (7 * DAY, 7 * DAY)]):
        if start != end:
            raise InvalidParameter(f"invalid tou_periods param: {'gap' if start > end else 'overlap'}")


def _overlap(one: Slot, other: Slot) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
