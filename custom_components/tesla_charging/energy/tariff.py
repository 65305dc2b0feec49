"""A tariff as Tesla writes it, read: which price holds when (fleet_api.md 7.5).

The reader takes any label and currency. Keys that are zero are left out in real objects; days are 0 = Monday to 6 = Sunday.
A period over midnight belongs to the day on which it begins. Prices are per kWh. The clock is the site's; on the day on
which it is changed, what it shows counts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ..fleet.models.site import SiteInfo

DAY_MINUTES: Final = 24 * 60
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
# How far the next price is looked for.
_AHEAD: Final = timedelta(days=8)
# The label of a price that holds always, and the name of what holds in every season.
ALL: Final = "ALL"

# The price of a kWh at a moment, None where nobody knows it.
type PriceAt = Callable[[datetime], Decimal | None]


@dataclass(frozen=True, slots=True)
class Period:
    """A part of some days of each week. start, end: minutes after midnight; an end that is not after the start is a day later."""

    label: str
    days: frozenset[int]
    start: int
    end: int

    def on(self, weekday: int) -> Iterator[tuple[int, int]]:
        """Return its parts, in minutes of a day of the week."""
        if self.start < self.end:
            if weekday in self.days:
                yield self.start, self.end
            return
        if self.end and (weekday - 1) % 7 in self.days:
            yield 0, self.end
        if weekday in self.days:
            yield self.start, DAY_MINUTES


_ALWAYS: Final = Period(ALL, frozenset(range(7)), 0, 0)


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year, from a (month, day) to another, which may be in the next year."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]
    periods: tuple[Period, ...]
    prices: tuple[tuple[str, Decimal], ...]

    def covers(self, day: date) -> bool:
        """Whether a date is in it."""
        at = day.month, day.day
        return self.first <= at <= self.last if self.first <= self.last else at >= self.first or at <= self.last

    def week_day(self, weekday: int) -> list[tuple[int, int, str]]:
        """Return (start, end, label) of a day, in order; where two overlap the one that is named first holds."""
        found: list[tuple[int, int, str]] = []
        for period in self.periods:
            for start, end in period.on(weekday):
                at = start
                for begun, ended, _ in sorted(found):
                    if begun < end and ended > at:
                        if at < begun:
                            found.append((at, begun, period.label))
                        at = max(at, ended)
                if at < end:
                    found.append((at, end, period.label))
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time with one price, in UTC."""

    start: datetime
    end: datetime
    label: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Side:
    """What is bought, or what is sold."""

    seasons: tuple[Season, ...]

    def slots(self, zone: tzinfo, begin: datetime, end: datetime) -> Iterator[Slot]:
        """Return the prices between two times, in order; what overlaps them comes whole, whole days one by one."""
        last: Slot | None = None
        last_is_day = False
        for slot, is_day, is_morning in self._pieces(zone, begin - 2 * _DAY, end + 2 * _DAY):
            new_day = is_morning and (is_day or last_is_day)
            if last is not None and _goes_on(last, slot) and not new_day:
                last = Slot(last.start, slot.end, slot.label, slot.price)
                continue
            if last is not None and last.start < end and last.end > begin:
                yield last
            last, last_is_day = slot, is_day
        if last is not None and last.start < end and last.end > begin:
            yield last

    def at(self, zone: tzinfo, moment: datetime) -> Slot | None:
        """Return what holds at a moment."""
        return next(
            (slot for slot in self.slots(zone, moment, moment + _MINUTE) if slot.start <= moment < slot.end), None
        )

    def next_change(self, zone: tzinfo, moment: datetime) -> Slot | None:
        """Return when another price begins within eight days, and which; None if none does."""
        now = self.at(zone, moment)
        price = None if now is None else now.price
        later = (slot for slot in self.slots(zone, moment, moment + _AHEAD) if slot.start > moment)
        return next((slot for slot in later if slot.price != price), None)

    def price_at(self, zone: tzinfo) -> PriceAt:
        """Return what tells the price per kWh at an aware time; None where the tariff says none."""

        known: dict[tuple[str, int], list[tuple[int, int, Decimal | None]]] = {}

        def price(moment: datetime) -> Decimal | None:
            local = moment.astimezone(zone)
            season = self._season(local.date())
            if season is None:
                return None
            key = season.name, local.weekday()
            if key not in known:
                prices = dict(season.prices)
                known[key] = [(start, end, prices.get(label)) for start, end, label in season.week_day(key[1])]
            minute = local.hour * 60 + local.minute
            return next((price for start, end, price in known[key] if start <= minute < end), None)

        return price

    def _season(self, day: date) -> Season | None:
        return next((season for season in self.seasons if season.covers(day)), None)

    def _pieces(self, zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[Slot, bool, bool]]:
        """Return the prices within each day, whether they hold all day, and whether they begin with it."""
        known: dict[tuple[str, int], list[tuple[int, int, str]]] = {}
        for start, stop, offset in _stretches(zone, begin, end):
            day = (start + offset).date()
            while (midnight := datetime(day.year, day.month, day.day, tzinfo=UTC) - offset) < stop:
                season = self._season(day)
                prices, parts = {}, []
                if season is not None:
                    key = season.name, day.weekday()
                    parts = known[key] = known.get(key) or season.week_day(key[1])
                    prices = dict(season.prices)
                for first, last, label in parts:
                    opens = max(start, midnight + first * _MINUTE)
                    closes = min(stop, midnight + last * _MINUTE)
                    if opens < closes and label in prices:
                        is_day = (first, last) == (0, DAY_MINUTES)
                        yield Slot(opens, closes, label, prices[label]), is_day, opens == midnight
                day += _DAY


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff: what it is called, the currency as ISO code, and its two sides."""

    name: str | None
    utility: str | None
    currency: str | None
    buy: Side | None
    sell: Side | None


def tariff_of(info: SiteInfo) -> Tariff | None:
    """Return the tariff of a site; None if Tesla tells none that can be read."""
    return _found(info)[1]


def content_in(info: SiteInfo) -> Mapping[str, Any] | None:
    """Return the tariff of a site as Tesla writes it; None if there is none that can be read."""
    return _found(info)[0]


def name_of(info: SiteInfo) -> str | None:
    """Return what the tariff of a site is called, also where its prices are not told."""
    return _said(info, lambda tariff: tariff.name) or info.tariff_id


def utility_of(info: SiteInfo) -> str | None:
    """Return who sells the electricity."""
    return info.utility or _said(info, lambda tariff: tariff.utility)


def read_tariff(content: object) -> Tariff | None:
    """Return what `tariff_content_v2` (or the older `tariff_content`) says; None if it is no object. Never raises."""
    if not isinstance(content, Mapping) or not content:
        return None
    sell = _part(content, "sell_tariff")
    return Tariff(
        name=_text(content, "name"),
        utility=_text(content, "utility"),
        currency=_text(content, "currency") or _text(sell, "currency"),
        buy=_side(content),
        sell=_side(sell),
    )


def _found(info: SiteInfo) -> tuple[Mapping[str, Any] | None, Tariff | None]:
    for content in (info.tariff_content_v2, info.tariff_content):
        tariff = read_tariff(content)
        if tariff is not None and (tariff.buy or tariff.sell):
            return content, tariff
    return None, None


def _said(info: SiteInfo, what: Callable[[Tariff], str | None]) -> str | None:
    tariffs = (read_tariff(content) for content in (info.tariff_content_v2, info.tariff_content))
    return next((said for tariff in tariffs if tariff is not None and (said := what(tariff))), None)


def same_tariff(one: object, other: object) -> bool:
    """Whether two tariffs say the same, though one may leave out what is zero."""
    if one == other:
        return True
    read = read_tariff(one)
    return read is not None and read == read_tariff(other)


def _side(content: Mapping[str, Any]) -> Side | None:
    charges = _part(content, "energy_charges")
    priced = {str(name): prices for name, item in charges.items() if (prices := _prices(item))}
    always = priced.pop(ALL, {})
    seasons = []
    for name, item in _part(content, "seasons").items():
        # What holds in every season is a stopgap of zero beside prices of the seasons.
        prices = priced.get(str(name)) or (always if not priced else {})
        periods = tuple(_periods(_part(item, "tou_periods")))
        if item and ALL in prices:
            # The first period that is named holds, this one when no other does.
            periods = *periods, _ALWAYS
        if periods and prices:
            known = {period.label: prices.get(period.label, prices.get(ALL)) for period in periods}
            kept = tuple(sorted((label, price) for label, price in known.items() if price is not None))
            seasons.append(Season(str(name), _date(item, "from", 1), _date(item, "to", 12), periods, kept))
    if not seasons and ALL in always and not priced and not _part(content, "seasons"):
        seasons.append(Season(ALL, (1, 1), (12, 31), (_ALWAYS,), ((ALL, always[ALL]),)))
    return Side(tuple(seasons)) if seasons else None


def _prices(item: object) -> dict[str, Decimal]:
    """Return the prices of a season: under `rates`, or in older objects by themselves."""
    rates = item.get("rates", item) if isinstance(item, Mapping) else {}
    found = {str(label): _decimal(price) for label, price in rates.items()} if isinstance(rates, Mapping) else {}
    return {label: price for label, price in found.items() if price is not None}


def _periods(labels: Mapping[str, Any]) -> Iterator[Period]:
    for label, item in labels.items():
        periods = item.get("periods") if isinstance(item, Mapping) else item
        for period in periods if isinstance(periods, list) else ():
            if isinstance(period, Mapping):
                first, last = (_number(period, f"{end}DayOfWeek") % 7 for end in ("from", "to"))
                days = frozenset((first + count) % 7 for count in range((last - first) % 7 + 1))
                start, end = (
                    _number(period, f"{at}Hour") * 60 + _number(period, f"{at}Minute") for at in ("from", "to")
                )
                yield Period(
                    str(label), days, start % DAY_MINUTES, end % DAY_MINUTES if end != DAY_MINUTES else DAY_MINUTES
                )


def _date(item: object, end: str, month: int) -> tuple[int, int]:
    found = _number(item, f"{end}Month") or month
    return found, _number(item, f"{end}Day") or (1 if end == "from" else 31)


def _stretches(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Return the times, in UTC, between which the clock is not changed, with its distance to UTC."""
    start = begin = begin.astimezone(UTC)
    end = end.astimezone(UTC)
    while begin < end:
        after = min(begin + _DAY, end)
        if _offset(zone, begin) != _offset(zone, after):
            change = _change(zone, begin, after)
            yield start, change, _offset(zone, begin)
            start = change
        begin = after
    if start < end:
        yield start, end, _offset(zone, start)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the minute at which the clock is changed between two times."""
    offset = _offset(zone, before)
    minutes = (after - before) // _MINUTE + 1
    low, high = 0, minutes
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, before + middle * _MINUTE) == offset else (low, middle)
    # Clocks are changed on the minute.
    return (before + high * _MINUTE).replace(second=0, microsecond=0)


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _goes_on(one: Slot, other: Slot) -> bool:
    return one.end == other.start and one.label == other.label and one.price == other.price


def _part(item: object, key: str) -> Mapping[str, Any]:
    found = item.get(key) if isinstance(item, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(item: object, key: str) -> str | None:
    found = item.get(key) if isinstance(item, Mapping) else None
    return found if isinstance(found, str) and found.strip() else None


def _number(item: object, key: str) -> int:
    found = item.get(key) if isinstance(item, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= DAY_MINUTES else 0


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None
