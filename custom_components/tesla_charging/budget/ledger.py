"""The ledger of one Tesla app: what was spent, what is left, and who may still spend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from ..fleet.errors import Fault, FleetError
from ..fleet.paying import PriceClass
from .calendars import CALENDARS, Month, hour_of, is_past_month, month_of, next_turn
from .prices import UNPRICED, Belief, Prices
from .tally import Tally

# Tesla's discount for each account (fleet_api.md 8).
CREDIT: Final = Decimal(10)
WAKES_A_DAY: Final = 20
# Days of an average month.
MONTH_DAYS: Final = 365.25 / 12
# What Tesla says when it has switched an app off.
CLOSING: Final = frozenset({Fault.LIMIT_EXCEEDED, Fault.PAYMENT_REQUIRED})
_DAY: Final = timedelta(days=1)
_PROBE_EVERY: Final = _DAY
_ZERO: Final = Decimal(0)

# The reserve: at least this share of the budget, less as the month goes by; at most that one.
_LEAST_RESERVE: Final = Decimal("0.03")
_MOST_RESERVE: Final = Decimal("0.5")
_RESERVE_MARGIN: Final = Decimal("1.25")
_HABIT_DAYS: Final = 28
_HABIT_DAYS_LEAST: Final = 7
_PACE_DAYS: Final = 7
# Nobody needs more in a day than a tenth of what is left: an automation that runs wild is stopped there, and leaves the
# other days theirs. So many wakes are there as long as the person allows them.
_WAKES_SHARE: Final = Decimal("0.1")
_WAKES_LEAST: Final = 5
# An app that Tesla switches off below this share of its budget was charged for something believed to be free.
_EXPECTED_FROM: Final = Decimal("0.95")

_HANDS: Final = (PriceClass.COMMAND, PriceClass.WAKE)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person says: dollars a month, dollars that other programs spend on the same app, wakes, beliefs."""

    budget: Decimal = CREDIT
    elsewhere: Decimal = _ZERO
    wakes_a_day: int = WAKES_A_DAY
    prices: Prices = field(default_factory=Prices)
    # The classes of which Tesla has shown that they are not free.
    disproved: frozenset[PriceClass] = frozenset()

    @property
    def limit(self) -> Decimal:
        """Dollars a month that are ours."""
        return max(_ZERO, self.budget - self.elsewhere)


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Tesla has switched the app off: how it said so, since when, and when it may be asked again.

    mended_at: when a question had to be put twice, because the first was no answer to it.
    """

    fault: Fault
    since: datetime
    probe_at: datetime
    mended_at: datetime | None = None


class Left(NamedTuple):
    """Dollars that background reads may still spend in the month of a calendar, and the seconds until it ends."""

    dollars: Decimal
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the ledger stands at a moment; dollars, by the first calendar where it does not say otherwise."""

    spent: Decimal
    budget: Decimal
    elsewhere: Decimal
    reserve: Decimal
    left: Decimal
    left_for_reads: tuple[Left, ...]
    forecast: Decimal
    today: Mapping[PriceClass, int]
    month: Mapping[PriceClass, int]
    month_ends: datetime
    wakes_left: int
    closed: Closed | None
    prices: Prices
    disproved: frozenset[PriceClass]
    made_up: bool
    _left_for_person: Decimal

    def may_pay(self, kind: PriceClass, *, by_person: bool = False) -> bool:
        """Whether there is money for one more answer; what costs nothing, there always is."""
        price = self.prices.of(kind)
        if not price:
            return True
        least = min(left.dollars for left in self.left_for_reads)
        return price <= (self._left_for_person if by_person or kind in _HANDS else least)


class Ledger:
    """The books of one Tesla app; the time comes as an argument, and the pennies are exact."""

    def __init__(self) -> None:
        """Begin with nothing spent."""
        self.settings = Settings()
        self.tally = Tally()
        self.closed: Closed | None = None
        # Until when a month lasts of which not all is known, because a file was damaged.
        self.made_up_until: datetime | None = None

    # Paying

    def refusal(self, kind: PriceClass, now: datetime, *, by_person: bool) -> FleetError | None:
        """Return why a request must not leave, if it must not."""
        if self.closed is not None and now < self.closed.probe_at:
            return FleetError(self.closed.fault, retry_after=(self.closed.probe_at - now).total_seconds())
        standing = self.standing(now)
        if not standing.may_pay(kind, by_person=True):
            return FleetError(Fault.OVER_BUDGET, retry_after=standing.left_for_reads[0].seconds)
        if kind is PriceClass.WAKE and not self._may_wake(standing, now):
            return FleetError(Fault.WAKES_SPENT, retry_after=_DAY.total_seconds())
        if not (by_person or standing.may_pay(kind)):
            return FleetError(Fault.RESERVED, retry_after=standing.left_for_reads[0].seconds)
        return None

    def book(self, kind: PriceClass, now: datetime) -> int:
        """Count a request that is about to leave; return the hour that it was booked at."""
        hour = self._see(now)
        self.tally.add(kind, hour)
        if is_past_month(hour, hour_of(now)):
            self.tally.note(kind, hour_of(now))
        return hour

    def take_back(self, kind: PriceClass, hour: int) -> None:
        """Count a request no more that was booked at an hour."""
        self.tally.add(kind, hour, -1)

    def correct(self, dollars: Decimal, now: datetime) -> None:
        """Take a person's word, from Tesla's bill, for what was spent this month."""
        self.made_up_until = None
        hour = self._see(now)
        self.tally.correct(hour, dollars - self._raw_spent(month_of(now, CALENDARS[0])))

    def assume_even(self, now: datetime, least: Decimal = _ZERO) -> None:
        """Take the month so far as spent evenly, or at least so much more than is known, where the books were lost."""
        hour = self._see(now)
        month = month_of(now, CALENDARS[0])
        even = self.settings.limit * _share(now - month.start, month.length)
        self.tally.correct(hour, max(least, even - self._raw_spent(month)))

    # The app at Tesla

    def close(self, fault: Fault, now: datetime) -> frozenset[PriceClass]:
        """Take note that Tesla has switched the app off; return the classes that must have cost something after all."""
        since = self.closed.since if self.closed is not None and self.closed.fault is fault else now
        known = self.closed is not None
        mended_at = None if self.closed is None else self.closed.mended_at
        self.closed = Closed(fault=fault, since=since, probe_at=_next_probe(now), mended_at=mended_at)
        if known or fault is not Fault.LIMIT_EXCEEDED:
            return frozenset()
        month = month_of(now, CALENDARS[0])
        if self._spent(month) + self.settings.elsewhere >= self.settings.budget * _EXPECTED_FROM:
            return frozenset()
        counts = self.tally.since(hour_of(month.start))
        free = frozenset(kind for kind in UNPRICED if counts[kind] and not self.settings.prices.of(kind))
        beliefs = {**self.settings.prices.beliefs, **dict.fromkeys(free, Belief.COUNTED)}
        self.settings = replace(self.settings, prices=Prices(beliefs), disproved=self.settings.disproved | free)
        return free

    def probing(self, now: datetime) -> bool:
        """Whether the request that leaves now asks a switched-off app whether it is on again; one at a time does."""
        if self.closed is None:
            return False
        self.closed = replace(self.closed, probe_at=_next_probe(now))
        return True

    def mend_probe(self, now: datetime) -> None:
        """Let a question be put once more that Tesla has refused for another reason; once a day."""
        if self.closed is not None and (self.closed.mended_at is None or now - self.closed.mended_at >= _PROBE_EVERY):
            self.closed = replace(self.closed, probe_at=now, mended_at=now)

    def probe_again(self, now: datetime) -> None:
        """Let the next request ask Tesla whether the app is on again."""
        if self.closed is not None:
            self.closed = replace(self.closed, probe_at=now)

    def open(self) -> None:
        """Take note that Tesla answers again."""
        self.closed = None

    # How it stands

    def standing(self, now: datetime, today: datetime | None = None) -> Standing:
        """Return how it stands; `today` is when the person's day began, 24 hours ago if it is not given."""
        self._see(now)
        months = [month_of(now, zone) for zone in CALENDARS]
        spent, limit = self._spent(months[0]), self.settings.limit
        left = [max(_ZERO, limit - self._spent(month)) for month in months]
        reserves = [self._reserve(now, month) for month in months]
        wakes_left = max(0, self.settings.wakes_a_day - self._wakes_of_a_day(now))
        return Standing(
            spent=spent,
            budget=self.settings.budget,
            elsewhere=self.settings.elsewhere,
            reserve=min(reserves[0], left[0]),
            left=left[0],
            left_for_reads=tuple(
                Left(max(_ZERO, dollars - reserve), month.left(now).total_seconds())
                for dollars, reserve, month in zip(left, reserves, months, strict=True)
            ),
            forecast=self._forecast(now, months[0], spent),
            today=dict(self.tally.since(hour_of(today or now - _DAY))),
            month=dict(self.tally.since(hour_of(months[0].start))),
            month_ends=months[0].end,
            wakes_left=wakes_left,
            closed=self.closed,
            prices=self.settings.prices,
            disproved=self.settings.disproved,
            made_up=self.made_up_until is not None and now < self.made_up_until,
            _left_for_person=min(left),
        )

    def monthly(self, kind: PriceClass, now: datetime) -> float:
        """Return how many answers of a class an average month brings, if it goes on as in the last days."""
        self._see(now)
        recent = self.tally.since(hour_of(now - _PACE_DAYS * _DAY))[kind]
        return recent / float(self._days_observed(now, 1, _PACE_DAYS)) * MONTH_DAYS

    def _see(self, now: datetime) -> int:
        return self.tally.see(hour_of(now), hour_of(max(month_of(now, zone).end for zone in CALENDARS)))

    def _raw_spent(self, month: Month) -> Decimal:
        start, cost = hour_of(month.start), self.settings.prices.cost
        counted = max(cost(self.tally.since(start)), cost(self.tally.within(start, hour_of(month.end))))
        return counted + self.tally.corrected_since(start)

    def _spent(self, month: Month) -> Decimal:
        return max(_ZERO, self._raw_spent(month))

    def _days_observed(self, now: datetime, least: int, most: int) -> Decimal:
        hours = hour_of(now) - (self.tally.first_hour if self.tally.first_hour is not None else hour_of(now))
        return min(Decimal(most), max(Decimal(least), Decimal(hours) / 24))

    def _reserve(self, now: datetime, month: Month) -> Decimal:
        """Return what commands and wakes will want until the month ends, going by how they were used lately."""
        counts = self.tally.since(hour_of(now - _HABIT_DAYS * _DAY))
        habit = self.settings.prices.cost({kind: counts[kind] for kind in _HANDS})
        days = self._days_observed(now, _HABIT_DAYS_LEAST, _HABIT_DAYS)
        wanted = habit / days * _share(month.left(now), _DAY) * _RESERVE_MARGIN
        limit = self.settings.limit
        least = limit * _LEAST_RESERVE * _share(month.left(now), month.length)
        return min(limit * _MOST_RESERVE, max(wanted, least))

    def _forecast(self, now: datetime, month: Month, spent: Decimal) -> Decimal:
        """Return what will be spent when the month ends, if it goes on as in the last days; the limit holds."""
        recent = self.settings.prices.cost(self.tally.since(hour_of(now - _PACE_DAYS * _DAY)))
        pace = recent / self._days_observed(now, 1, _PACE_DAYS)
        return max(spent, min(self.settings.limit, spent + pace * _share(month.left(now), _DAY)))

    def _wakes_of_a_day(self, now: datetime) -> int:
        return self.tally.since(hour_of(now - _DAY) + 1)[PriceClass.WAKE]

    def _may_wake(self, standing: Standing, now: datetime) -> bool:
        """Whether a car may be woken; who presses a button and what runs by itself cannot be told apart."""
        if not standing.wakes_left:
            return False
        wakes, price = self._wakes_of_a_day(now), self.settings.prices.of(PriceClass.WAKE)
        if wakes < _WAKES_LEAST:
            return True
        return (wakes + 1) * price <= (standing.left + wakes * price) * _WAKES_SHARE


def _share(part: timedelta, whole: timedelta) -> Decimal:
    return Decimal(part // timedelta(seconds=1)) / Decimal(whole // timedelta(seconds=1))


def _next_probe(now: datetime) -> datetime:
    """Return when a switched-off app may be asked again: in a day, and when a month begins."""
    return min(now + _PROBE_EVERY, next_turn(now))
