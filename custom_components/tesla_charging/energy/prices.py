"""The prices of a site's own tariff, `tariff_content_v2` (fleet_api.md 7.5), at any moment of the past."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from .history import PriceAt, Prices

_ALL: Final = "ALL"
_WEEK: Final = 7
_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class _Period:
    """When a price holds; of a period that goes over midnight the part after it belongs to the day before."""

    days: frozenset[int]
    start: int
    end: int
    price: Decimal

    def holds(self, weekday: int, minute: int) -> bool:
        if self.start < self.end:
            return weekday in self.days and self.start <= minute < self.end
        return (weekday in self.days and minute >= self.start) or (
            (weekday - 1) % _WEEK in self.days and minute < self.end
        )


@dataclass(frozen=True, slots=True)
class _Season:
    first: tuple[int, int]
    last: tuple[int, int]
    periods: tuple[_Period, ...]
    otherwise: Decimal | None

    def holds(self, day: tuple[int, int]) -> bool:
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last

    def price(self, weekday: int, minute: int) -> Decimal | None:
        found = (period.price for period in self.periods if period.holds(weekday, minute))
        return next(found, self.otherwise)


def _child(parent: object, key: str) -> Mapping[str, Any]:
    child = parent.get(key) if isinstance(parent, Mapping) else None
    return child if isinstance(child, Mapping) else {}


def _whole(parent: object, key: str) -> int:
    """Return a number that Tesla leaves out when it is zero."""
    value = parent.get(key) if isinstance(parent, Mapping) else None
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e4 else 0


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _rates(charges: Mapping[str, Any], season: str) -> Mapping[str, Any]:
    """Return the prices of a season: in a child `rates`, or without it."""
    return _child(_child(charges, season), "rates") or _child(charges, season)


def _period(label: Mapping[str, Any], price: Decimal) -> _Period:
    start, end = (_whole(label, f"{edge}Hour") * 60 + _whole(label, f"{edge}Minute") for edge in ("from", "to"))
    first, last = _whole(label, "fromDayOfWeek"), _whole(label, "toDayOfWeek")
    days = range(first, last + 1) if first <= last else (*range(first, _WEEK), *range(last + 1))
    return _Period(frozenset(days), start, end or _DAY_MINUTES, price)


def _season(name: str, season: Mapping[str, Any], charges: Mapping[str, Any]) -> _Season:
    rates = _rates(charges, name)
    periods = []
    for label, times in _child(season, "tou_periods").items():
        price = _amount(rates.get(label))
        listed = times.get("periods") if isinstance(times, Mapping) else times
        if price is not None and isinstance(listed, list):
            periods += [_period(one, price) for one in listed if isinstance(one, Mapping)]
    first = _whole(season, "fromMonth") or 1, _whole(season, "fromDay") or 1
    last = _whole(season, "toMonth") or 12, _whole(season, "toDay") or 31
    return _Season(first, last, tuple(periods), _amount(rates.get(_ALL)))


def _direction(tariff: Mapping[str, Any], zone: ZoneInfo) -> PriceAt | None:
    """Return the prices of one direction; None where the tariff has none."""
    charges = _child(tariff, "energy_charges")
    seasons = [_season(name, one, charges) for name, one in _child(tariff, "seasons").items() if one]
    # A zero for all seasons is what Tesla writes where the seasons have prices of their own.
    flat = _amount(_rates(charges, _ALL).get(_ALL)) or None
    if not any(season.periods or season.otherwise is not None for season in seasons) and flat is None:
        return None

    @lru_cache(maxsize=256)
    def at_quarter(quarter: int) -> Decimal | None:
        local = datetime.fromtimestamp(quarter * 900, zone)
        day, minute = (local.month, local.day), local.hour * 60 + local.minute
        found = (season.price(local.weekday(), minute) for season in seasons if season.holds(day))
        return next((price for price in found if price is not None), flat)

    return lambda moment: at_quarter(int(moment.timestamp()) // 900)


def prices_of(content: object, zone: ZoneInfo) -> Prices | None:
    """Return the prices of a tariff; None where it has none. Never raises for any JSON."""
    if not isinstance(content, Mapping):
        return None
    buy = _direction(content, zone)
    if buy is None:
        return None
    sell = _direction(_child(content, "sell_tariff"), zone)
    currency = content.get("currency")
    return Prices(currency if isinstance(currency, str) else "", buy, sell or (lambda _: None))


def over_time(tariffs: Iterable[tuple[float, object]], zone: ZoneInfo) -> Prices | None:
    """Return the prices of tariffs that followed each other, each since a time; the first one counts for all before."""
    known = [(since, prices) for since, content in tariffs if (prices := prices_of(content, zone)) is not None]
    if not known:
        return None

    def at(which: Callable[[Prices], PriceAt]) -> PriceAt:
        def price(moment: datetime) -> Decimal | None:
            when = moment.timestamp()
            prices = next((one for since, one in reversed(known) if since <= when), known[0][1])
            return which(prices)(moment)

        return price

    return Prices(known[-1][1].currency, at(lambda one: one.buy), at(lambda one: one.sell))


def by_steps(steps: Iterable[tuple[float, Decimal | None]]) -> PriceAt:
    """Return the price of an entity, from its states or hourly means, each since a time (epoch seconds)."""
    from_, amounts = [], []
    for since, amount in sorted(steps, key=lambda step: step[0]):
        from_.append(since)
        amounts.append(amount)

    def price(moment: datetime) -> Decimal | None:
        number = bisect_right(from_, moment.timestamp())
        return amounts[number - 1] if number else None

    return price
