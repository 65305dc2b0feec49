"""Prices of an entity, in the formats that integrations have for them, as a day of a tariff.

Known are lists of objects with a start and a price (Nord Pool's `raw_today`, Tibber's and ENTSO-e's `prices`, Octopus's
`rates`, EPEX Spot's `data`, and whatever is alike), and lists of nothing but prices for today and tomorrow. Numbers are
made a price per kWh by the unit of the entity.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
import re
from typing import Any, Final

from .tariff import DAY_MINUTES
from .tariff_write import PricePeriod, TariffFlaw

_STEP: Final = 15
_DIGITS: Final = Decimal("0.00001")
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
# Where lists of objects are, the best first; those of one name and its twin go together.
_LISTS: Final = (
    ("raw_today", "raw_tomorrow"),
    ("prices_today", "prices_tomorrow"),
    ("today", "tomorrow"),
    ("prices",),
    ("rates",),
    ("data",),
    ("forecast",),
    ("forecasts",),
    ("price_list",),
)
_STARTS: Final = (
    "start",
    "start_time",
    "startsAt",
    "starts_at",
    "from",
    "time",
    "datetime",
    "timestamp",
    "hour",
    "date",
)
_ENDS: Final = ("end", "end_time", "endsAt", "ends_at", "to", "till", "until")
_PRICES: Final = (
    "value_inc_vat", "total", "price", "value", "per_kwh", "price_per_kwh", "price_ct_per_kwh", "electricity_price",
)  # fmt: skip
_CENTS: Final = frozenset({"ct", "c", "cent", "cents", "p", "pence", "öre", "øre", "ore"})
_SIGNS: Final = {"€": "EUR", "£": "GBP", "$": "USD", "ct": "EUR", "cent": "EUR", "p": "GBP", "pence": "GBP"}
_ENERGIES: Final = {"wh": Decimal("0.001"), "kwh": Decimal(1), "mwh": Decimal(1000)}


@dataclass(frozen=True, slots=True)
class PriceSlot:
    """A price per kWh between two times, in UTC."""

    start: datetime
    end: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of an entity, in order, and their currency if its unit says it."""

    slots: tuple[PriceSlot, ...]
    currency: str | None

    def price_at(self, moment: datetime) -> Decimal | None:
        """Return the price per kWh at an aware time; None if there is none."""
        return next((slot.price for slot in self.slots if slot.start <= moment < slot.end), None)

    @property
    def end(self) -> datetime:
        """Until when prices are known."""
        return max(slot.end for slot in self.slots)


def read_prices(attributes: Mapping[str, Any], unit: str | None, zone: tzinfo, today: date) -> PriceList:
    """Return the prices that an entity has in its attributes; raises TariffFlaw if there are none.

    zone: whose days `today` and `tomorrow` are, and whose clock times without an offset are by.
    """
    factor, currency = read_unit(unit)
    for names in _LISTS:
        slots = [slot for number, name in enumerate(names) for slot in _read(attributes.get(name), zone, today, number)]
        if slots:
            ordered = sorted({slot.start: slot for slot in slots}.values(), key=lambda slot: slot.start)
            return PriceList(tuple(PriceSlot(one.start, one.end, one.price * factor) for one in ordered), currency)
    raise TariffFlaw("prices_missing")


def day_of(prices: PriceList, zone: tzinfo, now: datetime) -> list[PricePeriod]:
    """Return the next 24 hours as a day of a tariff: where tomorrow is not known yet, what was paid at that time of day.

    Tesla knows no price below zero: zero then. Raises TariffFlaw if a time of day has no price.
    """
    today = now.astimezone(zone).date()
    periods: list[PricePeriod] = []
    for start in range(0, DAY_MINUTES, _STEP):
        at = time(start // 60, start % 60)
        moments = [datetime.combine(today + count * _DAY, at, zone).astimezone(UTC) for count in (-1, 0, 1)]
        after = [moment for moment in moments if moment > now - timedelta(minutes=_STEP)][:1]
        found = (prices.price_at(moment) for moment in (*after, *reversed(moments)))
        price = next((price for price in found if price is not None), None)
        if price is None:
            raise TariffFlaw("prices_incomplete", time=f"{at:%H:%M}")
        price = max(Decimal(0), price).quantize(_DIGITS).normalize()
        periods.append(PricePeriod(start, start + _STEP, price))
    return periods


def _read(items: object, zone: tzinfo, today: date, number: int) -> Iterator[PriceSlot]:
    """Return the prices of a list: of objects, or of numbers that share the day evenly."""
    if not isinstance(items, list | tuple) or not items:
        return
    if all(_decimal(item) is not None for item in items):
        day = today + number * _DAY
        begin, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + _DAY))
        step = (end - begin) / len(items)
        for count, item in enumerate(items):
            price = _decimal(item)
            if price is not None:
                yield PriceSlot(begin + count * step, begin + (count + 1) * step, price)
        return
    yield from _objects([item for item in items if isinstance(item, Mapping)], zone)


def _objects(items: Sequence[Mapping[str, Any]], zone: tzinfo) -> Iterator[PriceSlot]:
    found = []
    for item in items:
        start = _first(_moment(item.get(key), zone) for key in _STARTS)
        price = _first(_decimal(item.get(key)) for key in _PRICES)
        if start is not None and price is not None:
            end = _first(_moment(item.get(key), zone) for key in _ENDS)
            found.append((start, end, price))
    found.sort(key=lambda one: one[0])
    length = _HOUR
    for number, (start, end, price) in enumerate(found):
        if end is None and number + 1 < len(found):
            length = min(_HOUR, found[number + 1][0] - start) or length
        yield PriceSlot(start, end or start + length, price)


def _first[T](values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _moment(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None


def read_unit(unit: str | None) -> tuple[Decimal, str | None]:
    """Return what to multiply with for a price per kWh, and the currency: `EUR/kWh`, `ct/kWh`, `€/MWh`, `öre/kWh`."""
    money, _, energy = (unit or "").partition("/")
    money = money.strip()
    factor = Decimal(1) / _ENERGIES.get(energy.strip().lower(), Decimal(1))
    if money.lower() in _CENTS:
        factor /= 100
    if re.fullmatch(r"[A-Z]{3}", money):
        return factor, money
    return factor, _SIGNS.get(money.lower() if money.isalpha() else money)


def is_price(unit: str) -> bool:
    """Whether a unit may be one of a price for an energy: `EUR/kWh`, and `EUR` or `ct` alone, which is per kWh then."""
    if "/" in unit:
        return unit.partition("/")[2].strip().lower() in _ENERGIES
    return read_unit(unit) != (Decimal(1), None)
