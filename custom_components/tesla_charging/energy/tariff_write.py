"""A tariff written from periods, by Tesla's rules (fleet_api.md 7.5).

There are no gaps, no overlaps, no prices below zero, and no sale above the purchase. Tesla's pages name four labels, real objects have others such as PERIOD_00_30: up to four prices get the former, more get
the latter, and a site that refuses those gets four bands of price. Summer is the whole year, as in real objects, and no
period crosses midnight, so that nobody has to guess to which day it belongs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
import re
from typing import Any, Final

from .tariff import ALL, DAY_MINUTES, Side, read_tariff

DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The documented labels for one to four prices, the dearest first.
_LABELS: Final = (
    ("OFF_PEAK",),
    ("ON_PEAK", "OFF_PEAK"),
    ("ON_PEAK", "PARTIAL_PEAK", "OFF_PEAK"),
    ("ON_PEAK", "PARTIAL_PEAK", "OFF_PEAK", "SUPER_OFF_PEAK"),
)
_BANDS: Final = len(_LABELS)
_CODE: Final = "TESLA-CHARGING"
_DIGITS: Final = Decimal("0.00001")

# (start, end, price) of a day, in order, from 0 to 1440 minutes.
type Day = tuple[tuple[int, int, Decimal], ...]
# Monday first.
type Week = tuple[Day, ...]


class TariffFlaw(Exception):
    """A rule that a tariff breaks: the key of the sentence, and its blanks."""

    def __init__(self, key: str, **blanks: str) -> None:
        """Take the key and the blanks."""
        super().__init__(key)
        self.key = key
        self.blanks = blanks


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """A price per kWh on some days (0 = Monday), in minutes after midnight; an end that is not later is on the next day."""

    start: int
    end: int
    price: Decimal
    days: frozenset[int] = frozenset(range(7))

    def parts(self) -> Iterable[tuple[int, int, int]]:
        """Return (day, start, end) within days."""
        for day in self.days:
            if self.start < self.end:
                yield day, self.start, self.end
            else:
                yield day, self.start, DAY_MINUTES
                if self.end:
                    yield (day + 1) % 7, 0, self.end


def clock(minute: int) -> str:
    """Return minutes after midnight as a time."""
    return f"{minute // 60:02}:{minute % 60:02}"


def week_of(periods: Sequence[PricePeriod]) -> Week:
    """Return the prices of a week; raises TariffFlaw where it has gaps, overlaps or prices below zero."""
    days: list[list[tuple[int, int, Decimal]]] = [[] for _ in DAY_NAMES]
    for period in periods:
        if period.price < 0:
            raise TariffFlaw("tariff_negative", price=str(period.price))
        for day, start, end in period.parts():
            days[day].append((start, end, period.price))
    week = []
    for name, parts in zip(DAY_NAMES, days, strict=True):
        at = 0
        for start, end, _ in (*sorted(parts), (DAY_MINUTES, DAY_MINUTES, Decimal(0))):
            if start != at:
                key = "tariff_gap" if start > at else "tariff_overlap"
                raise TariffFlaw(key, day=name, time=clock(min(start, at)))
            at = end
        week.append(_joined(sorted(parts)))
    return tuple(week)


def week_of_side(side: Side) -> Week:
    """Return the week of a side that a site has, as it is in its first season."""
    season = side.seasons[0]
    prices = dict(season.prices)
    return tuple(
        _joined([(start, end, prices[label]) for start, end, label in season.week_day(day) if label in prices])
        for day in range(7)
    )


def check_sale(buy: Week, sell: Week) -> None:
    """Raise TariffFlaw where something is sold for more than it is bought for."""
    for name, bought, sold in zip(DAY_NAMES, buy, sell, strict=True):
        for start, end, price in sold:
            for other_start, other_end, other in bought:
                if start < other_end and other_start < end and price > other:
                    at = clock(max(start, other_start))
                    raise TariffFlaw("tariff_sale", day=name, time=at, sell=str(price), buy=str(other))


def below(buy: Week, sell: Week) -> Week:
    """Return what is sold for no more than it is bought for."""
    week = []
    for bought, sold in zip(buy, sell, strict=True):
        parts = [
            (max(start, begin), min(end, stop), min(price, other))
            for start, end, price in sold
            for begin, stop, other in bought
            if start < stop and begin < end
        ]
        week.append(_joined(sorted(parts)))
    return tuple(week)


def in_bands(week: Week, ceiling: Week | None = None) -> Week:
    """Return a week with four prices at most, each the mean of its band; not above a ceiling, which is in bands itself."""
    minutes: dict[Decimal, int] = {}
    for day in week:
        for start, end, price in day:
            minutes[price] = minutes.get(price, 0) + end - start
    if len(minutes) > _BANDS:
        total, so_far, bands = sum(minutes.values()), 0, dict[int, list[Decimal]]()
        for price in sorted(minutes):
            bands.setdefault(min(_BANDS - 1, so_far * _BANDS // total), []).append(price)
            so_far += minutes[price]
        means = {}
        for prices in bands.values():
            weight = sum(minutes[price] for price in prices)
            mean = sum((price * minutes[price] for price in prices), Decimal(0)) / weight
            means.update(dict.fromkeys(prices, mean.quantize(_DIGITS)))
        week = tuple(_joined([(start, end, means[price]) for start, end, price in day]) for day in week)
    if ceiling is None:
        return week
    highest: dict[Decimal, Decimal] = {}
    for bought, sold in zip(ceiling, week, strict=True):
        for start, end, price in sold:
            caps = [other for begin, stop, other in bought if start < stop and begin < end]
            highest[price] = min([highest.get(price, price), *caps])
    return tuple(_joined([(start, end, highest[price]) for start, end, price in day]) for day in week)


def content_of(name: str, currency: str, buy: Week, sell: Week | None) -> dict[str, Any]:
    """Return `tariff_content_v2`; raises TariffFlaw where it breaks a rule."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise TariffFlaw("tariff_currency", currency=currency)
    content = {"version": 1, "code": _CODE, "currency": currency, **_side(name, buy)}
    if sell is not None:
        check_sale(buy, sell)
        content["sell_tariff"] = _side(name, sell)
    return content


def banded(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a tariff with Tesla's documented labels only; None if it has no others."""
    tariff = read_tariff(content)
    if tariff is None or tariff.buy is None:
        return None
    sides = [side for side in (tariff.buy, tariff.sell) if side is not None]
    labels = {period.label for side in sides for season in side.seasons for period in season.periods}
    if labels <= {ALL, *_LABELS[-1]}:
        return None
    buy = in_bands(week_of_side(tariff.buy))
    sell = None if tariff.sell is None else in_bands(week_of_side(tariff.sell), buy)
    return content_of(str(content.get("name")), str(content.get("currency")), buy, sell)


def _side(name: str, week: Week) -> dict[str, Any]:
    labels = _labels(week)
    spans: dict[str, dict[tuple[int, int], list[int]]] = {label: {} for label in labels.values()}
    for day, parts in enumerate(week):
        for start, end, price in parts:
            spans[labels[price]].setdefault((start, end), []).append(day)
    periods = {
        label: {"periods": [_period(days, *span) for span, held in found.items() for days in _runs(held)]}
        for label, found in spans.items()
    }
    empty: dict[str, Any] = {}
    return {
        "name": name,
        "utility": name,
        "daily_charges": [{"name": "Charge"}],
        "demand_charges": {ALL: {"rates": {ALL: 0}}, "Summer": empty, "Winter": empty},
        "energy_charges": {
            ALL: {"rates": {ALL: 0}},
            "Summer": {"rates": {label: float(price) for price, label in labels.items()}},
            "Winter": empty,
        },
        "seasons": {
            "Summer": {"fromMonth": 1, "fromDay": 1, "toMonth": 12, "toDay": 31, "tou_periods": periods},
            "Winter": empty,
        },
    }


def _labels(week: Week) -> dict[Decimal, str]:
    """Return a label for each price."""
    first: dict[Decimal, int] = {}
    for day in week:
        for start, _, price in day:
            first.setdefault(price, start)
    if len(first) <= _BANDS:
        return dict(zip(sorted(first, reverse=True), _LABELS[len(first) - 1], strict=True))
    labels: dict[Decimal, str] = {}
    for price, start in first.items():
        label = plain = f"PERIOD_{start // 60:02}_{start % 60:02}"
        number = 1
        while label in labels.values():
            number += 1
            label = f"{plain}_{number}"
        labels[price] = label
    return labels


def _period(days: tuple[int, int], start: int, end: int) -> dict[str, int]:
    """Return a period without what is zero."""
    end %= DAY_MINUTES
    values = {
        "fromDayOfWeek": days[0],
        "toDayOfWeek": days[1],
        "fromHour": start // 60,
        "fromMinute": start % 60,
        "toHour": end // 60,
        "toMinute": end % 60,
    }
    return {key: value for key, value in values.items() if value}


def _runs(days: Sequence[int]) -> list[tuple[int, int]]:
    """Return days that follow each other as first and last."""
    groups = groupby(enumerate(days), key=lambda pair: pair[1] - pair[0])
    runs = [[day for _, day in group] for _, group in groups]
    return [(run[0], run[-1]) for run in runs]


def _joined(parts: Sequence[tuple[int, int, Decimal]]) -> Day:
    """Return parts with neighbours of the same price made one."""
    day: list[tuple[int, int, Decimal]] = []
    for start, end, price in parts:
        if day and day[-1][1] == start and day[-1][2] == price:
            day[-1] = day[-1][0], end, price
        else:
            day.append((start, end, price))
    return tuple(day)
