"""What was booked, by hour; nothing is ever forgotten because a clock was wrong."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ..fleet.paying import PriceClass

# So much is kept. It is a number of entries, not an age: a clock that jumps ahead throws nothing away.
_HOURS: Final = 62 * 24
_DAYS: Final = 400
# Hours for which a clock must stay behind what it has shown before, to be believed again.
_SETTLES_AFTER: Final = 48

type Counts = Counter[PriceClass]


class Tally:
    """Answers by price class and UTC hour, and corrections in dollars.

    It goes by the latest hour that it has seen. While a clock is behind that, what is booked goes to the latest hour and counts
    for both: so neither a clock that was ahead and is put right, nor one that is put wrong, opens a budget twice. A clock
    that stays behind for two days is believed: what lies in a month ahead counts from then on there, and once more now. What
    was booked meanwhile for another month is remembered by its own hour as well: no month forgets what was spent while the
    clock was in it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.hours: dict[int, Counts] = {}
        self.days: dict[int, Counts] = {}
        self.corrections: dict[int, Decimal] = {}
        self.ahead: dict[int, Counts] = {}
        self.meanwhile: dict[int, Counts] = {}
        self.first_hour: int | None = None
        self.last_hour = 0
        self.behind_since: int | None = None
        self._month_ends = 0
        self._sums: dict[int, Counts] = {}

    def see(self, hour: int, month_ends: int) -> int:
        """Take note of the clock, and of the hour at which its month ends; return the hour to book at."""
        self._month_ends = month_ends
        if hour >= self.last_hour:
            self.last_hour = hour
            self.behind_since = None
            self._catch_up()
        elif self.behind_since is None or hour < self.behind_since:
            self.behind_since = hour
        elif hour - self.behind_since >= _SETTLES_AFTER:
            self._settle(hour)
        return self.last_hour

    def add(self, kind: PriceClass, hour: int, number: int = 1) -> None:
        """Count answers, or take them back: never below zero."""
        counts = self.hours.setdefault(hour, Counter())
        number = max(number, -counts[kind])
        counts[kind] += number
        self.first_hour = hour if self.first_hour is None else min(self.first_hour, hour)
        if len(self.hours) > _HOURS:
            self._fold()
        for start, total in self._sums.items():
            if start <= hour:
                total[kind] += number

    def note(self, kind: PriceClass, clock: int) -> None:
        """Remember the hour that the clock has shown at a booking that went to a later month."""
        self.meanwhile.setdefault(clock, Counter())[kind] += 1
        if len(self.meanwhile) > _HOURS:
            del self.meanwhile[min(self.meanwhile)]

    def correct(self, hour: int, dollars: Decimal) -> None:
        """Add dollars that no answer accounts for, or take some away."""
        self.corrections[hour] = self.corrections.get(hour, Decimal(0)) + dollars

    def since(self, hour: int) -> Counts:
        """Return what was booked from an hour on, those included which the clock has yet to reach again."""
        if hour not in self._sums:
            if len(self._sums) > 15:
                self._sums.clear()
            total: Counts = Counter()
            for at, counts in self.hours.items():
                if at >= hour:
                    total.update(counts)
            self._sums[hour] = total
        return self._sums[hour]

    def within(self, hour: int, end: int) -> Counts:
        """Return what was booked while the clock itself was between two hours, rather too much than too little."""
        if not (self.meanwhile or self.ahead):
            return self.since(hour)
        total: Counts = Counter()
        for counts_by in (self.hours, self.ahead, self.meanwhile):
            for at, counts in counts_by.items():
                if hour <= at < end:
                    total.update(counts)
        return total

    def corrected_since(self, hour: int) -> Decimal:
        """Return the corrections from an hour on."""
        end = max(self.last_hour + 1, self._month_ends)
        found = (dollars for at, dollars in self.corrections.items() if hour <= at < end)
        return sum(found, Decimal(0))

    def days_seen(self) -> Iterator[tuple[int, Counts]]:
        """Yield the number of each UTC day since 1970 with its counts, the oldest first; about 13 months."""
        found = {day: Counter(counts) for day, counts in self.days.items()}
        for hour, counts in self.hours.items():
            found.setdefault(hour // 24, Counter()).update(counts)
        yield from sorted(found.items())

    def _catch_up(self) -> None:
        """Let what lay ahead of a clock that was believed count, now that the clock has come to its month."""
        for hour in [hour for hour in self.ahead if hour < self._month_ends]:
            self.hours.setdefault(hour, Counter()).update(self.ahead.pop(hour))
            self._sums.clear()

    def _settle(self, hour: int) -> None:
        now: Counts = Counter()
        for at in [at for at in self.hours if at >= self._month_ends]:
            now.update(self.hours[at])
            self.ahead.setdefault(at, Counter()).update(self.hours.pop(at))
        self.hours.setdefault(hour, Counter()).update(now)
        for dollars in [dollars for at, dollars in self.corrections.items() if at >= self._month_ends]:
            self.correct(hour, dollars)
        self.first_hour = hour if self.first_hour is None else min(self.first_hour, hour)
        self.last_hour = hour
        self.behind_since = None
        self._catch_up()
        self._sums.clear()

    def _fold(self) -> None:
        """Keep the oldest hours as days, and of the days the newest."""
        for hour in sorted(self.hours)[: len(self.hours) - _HOURS + 24]:
            self.days.setdefault(hour // 24, Counter()).update(self.hours.pop(hour))
        for day in sorted(self.days)[: max(0, len(self.days) - _DAYS)]:
            del self.days[day]
        oldest = min(self.hours)
        for hour in [hour for hour in self.corrections if hour < oldest]:
            del self.corrections[hour]
        self._sums.clear()
