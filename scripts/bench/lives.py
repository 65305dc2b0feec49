"""Made-up lives of cars: who drives, plugs in and charges when, from a seed.

The habits are those of charging.md 3.4: a working week, errands, weekends, nights on the plug, sun on the roof, a week
on the road. A life is written in the order of time, so that nothing in it overlaps that cannot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from .life import (
    AC_EFFICIENCY,
    CAPACITY_KWH,
    DAY_S,
    DC_EFFICIENCY,
    HOUR_S,
    KW_PER_AMP,
    Charge,
    Drive,
    Life,
    Make,
    Plug,
    Span,
    merged,
)

DAYS = 31
TUNING_SEEDS = (11, 12, 13, 14, 15, 16)  # weights and thresholds may be chosen on these
REPORT_SEEDS = (101, 102)  # and only these are reported
LAST_WEEKDAY = 4  # 31 July 2026, a Friday; a shorter life is the end of that month
TRIP_DAYS = range(9, 16)
HOME_OFFICE_WEEKDAYS = (1, 2, 4)
SCHEDULED_AT_H = 0.5
LIMIT, LIMIT_AWAY, LOWEST_SOC = 80, 80, 12.0
SHORTEST_CHARGE_S = 120.0
LINGER_MIN: Mapping[Make, tuple[float, float]] = {"modern": (10, 18), "pre-2021": (11, 14)}  # fleet_api.md 5.5


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a person lives with a car."""

    make: Make = "modern"
    sentry: Literal["never", "away", "always"] = "never"
    sun: bool = False
    trip: bool = False
    plugs_in: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A household: the habits of each car; all cars share one credit."""

    title: str
    cars: tuple[Habits, ...]


COMMUTER = Habits()
SOLAR = Habits(sun=True)
PROFILES: Mapping[str, Profile] = {
    "commuter": Profile(title="commuter", cars=(COMMUTER,)),
    "solar": Profile(title="solar home office", cars=(SOLAR,)),
    "sentry": Profile(title="sentry at work", cars=(Habits(sentry="away", plugs_in=0.75),)),
    "sleepless": Profile(title="never sleeps", cars=(Habits(sentry="always"),)),
    "old": Profile(title="pre-2021 car", cars=(Habits(make="pre-2021"),)),
    "two": Profile(title="two cars on one credit", cars=(COMMUTER, SOLAR)),
    "trip": Profile(title="road-trip week", cars=(Habits(trip=True),)),
}


def household(profile: str, seed: int, days: int = DAYS) -> tuple[Life, ...]:
    """Return the lives of the cars of a profile; the same seed gives the same lives."""
    return tuple(
        _Writer(habits, Random(f"{profile}/{number}/{seed}"), days).write()
        for number, habits in enumerate(PROFILES[profile].cars)
    )


@dataclass
class _Writer:
    """Writes a life day by day; `free_at` is when the last thing written is over."""

    habits: Habits
    random: Random
    days: int
    free_at: float = 0.0
    soc: float = 60.0
    drives: list[Drive] = field(default_factory=list)
    plugs: list[Plug] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    present: list[Span] = field(default_factory=list)
    sentry: list[Span] = field(default_factory=list)
    wakes: list[Span] = field(default_factory=list)

    def write(self) -> Life:
        """Return the whole life."""
        for day in range(self.days):
            self._day(day)
        return self._life()

    # --- days: each returns when the car was home in the evening ---

    def _day(self, day: int) -> None:
        roll, start = self.random.random, day * DAY_S
        weekday = (LAST_WEEKDAY + 1 + day - self.days) % 7
        working = weekday < 5
        at_desk = self.habits.sun and working and weekday in HOME_OFFICE_WEEKDAYS
        for _ in range(2):
            if roll() < 0.5:  # an app or Tesla's cloud looks at it
                at = start + self.random.uniform(0, 24) * HOUR_S
                self.wakes.append(Span(at, at + 60))
        home_at: float | None = None
        if self.habits.trip and day in TRIP_DAYS:
            home_at = self._day_on_the_road(start)
        elif working and not at_desk:
            home_at = self._day_at_work(start)
        elif not working and roll() < 0.75:
            home_at = self._day_out(start)
        if home_at is not None:
            if roll() < self.habits.plugs_in:
                self._night_on_the_plug(start, home_at)
        elif self.habits.sun:
            self._day_in_the_sun(start)

    def _day_at_work(self, start: float) -> float:
        roll, gauss = self.random.random, self.random.gauss
        leaves = start + gauss(7.75, 0.3) * HOUR_S
        if roll() < 0.3:  # warmed up
            self.wakes.append(Span(leaves - 900, leaves))
        parked = self._drive(leaves, self._minutes(20, 45), "away")
        if roll() < 0.15:
            parked = self._errand(start + 12.2 * HOUR_S, 600, 2400, parked)
        leaves = max(start + gauss(17.25, 0.6) * HOUR_S, parked + HOUR_S)
        self._watch(parked, leaves)
        home_at = self._drive(leaves, self._minutes(20, 45), "home")
        if roll() < 0.25:
            out = self._drive(home_at + self.random.uniform(0.5, 1.2) * HOUR_S, 700, "away")
            self._watch(out, out + 2000)
            home_at = self._drive(out + 2000, 700, "home")
        return home_at

    def _errand(self, at: float, seconds: float, stop: float, parked: float) -> float:
        """Drive away and come back; return when."""
        self._watch(parked, at)
        out = self._drive(at, seconds, "away")
        return self._drive(out + stop, seconds, "away")

    def _day_out(self, start: float) -> float:
        roll, uniform = self.random.random, self.random.uniform
        at = start + uniform(9, 12) * HOUR_S
        if roll() < 0.25:
            for _ in range(self.random.choice((1, 2))):
                at = self._drive(at, uniform(1.4, 2.2) * HOUR_S, "away") + uniform(60, 180)
                at = self._fast_charge(at, uniform(16, 32) * 60, uniform(110, 145)) + uniform(60, 400)
            return self._drive(at, uniform(1, 2) * HOUR_S, "home")
        for _ in range(self.random.choice((1, 1, 2))):
            parked = self._drive(at, self._minutes(8, 25), "away")
            at = parked + self._minutes(20, 90)
            if roll() < 0.15 and at - parked > 1800:
                self._plug(parked + 90, at - 60, "post", "started", amps=16, kwh=99.0)
        return self._drive(at, self._minutes(8, 25), "home")

    def _day_on_the_road(self, start: float) -> float:
        at = start + 8 * HOUR_S
        for leg in range(4):
            at = self._drive(at, self.random.uniform(1.3, 1.7) * HOUR_S, "home" if leg == 3 else "away") + 90
            if leg < 3:
                at = self._fast_charge(at, self.random.uniform(18, 30) * 60, 140.0) + 240
        return at

    def _night_on_the_plug(self, start: float, home_at: float) -> None:
        roll, uniform = self.random.random, self.random.uniform
        after = 20 + self.random.expovariate(1 / 90) if roll() < 0.8 else uniform(20, 180) * 60
        begin = home_at + after
        amps, kwh = self.random.choice((11, 16, 16)), uniform(8, 26)
        midnight = start + DAY_S
        scheduled, at = roll() < 0.55, midnight + SCHEDULED_AT_H * HOUR_S
        morning = midnight + self.random.gauss(7.6, 0.25) * HOUR_S
        if scheduled and at >= begin + 600:
            self._plug(begin, morning, "home", "scheduled", amps=amps, kwh=kwh, at=at)
        else:
            self._plug(begin, morning, "home", "started", amps=amps, kwh=kwh)

    def _day_in_the_sun(self, start: float) -> None:
        """Hang on the plug all day, and charge with what the sun gives."""
        uniform, randint = self.random.uniform, self.random.randint
        begin, dusk = start + uniform(8.5, 9.5) * HOUR_S, start + uniform(15.5, 17) * HOUR_S
        if begin < self.free_at + 60:
            return
        self._end_plug(begin)
        self.plugs.append(Plug(begin, dusk + HOUR_S, "home"))
        at, amps = begin + uniform(300, 3600), randint(6, 14)
        while at < dusk - SHORTEST_CHARGE_S:
            end, steps, step_at = min(at + uniform(0.6, 3) * HOUR_S, dusk), list[tuple[float, float]](), at
            while step_at < end:
                steps.append((step_at, amps * KW_PER_AMP))
                step_at += uniform(120, 600)
                amps = min(16, max(5, amps + randint(-3, 3)))
            if end - at > SHORTEST_CHARGE_S:
                self._charge(Span(at, end), "home", steps, "started", "stopped")
            at = end + uniform(0.1, 0.8) * HOUR_S
        self.free_at = dusk + HOUR_S

    # --- what days are made of ---

    def _minutes(self, low: float, high: float) -> float:
        return self.random.uniform(low, high) * 60

    def _drive(self, at: float, seconds: float, place: Literal["home", "away"]) -> float:
        """Drive off as soon as the car is free, cable out; return when it is parked."""
        begin = max(at, self.free_at + 150)
        self._end_plug(begin)
        end = begin + seconds
        self.soc = max(LOWEST_SOC, self.soc - 10 * seconds / HOUR_S)
        self.drives.append(Drive(begin, end, place, self.soc))
        self.present += [
            Span(begin - self.random.uniform(40, 150), begin),
            Span(end, end + self.random.uniform(30, 150)),
        ]
        self.free_at = end
        return end

    def _watch(self, begin: float, end: float) -> None:
        if self.habits.sentry == "away":
            self.sentry.append(Span(begin, end))

    def _end_plug(self, at: float) -> None:
        """Pull a cable that is still in, some time before `at`."""
        if not self.plugs or self.plugs[-1].end <= at - 45:
            return
        plug = self.plugs[-1]._replace(end=at - 45)
        self.plugs[-1] = plug
        if self.charges and self.charges[-1].end > plug.end - 5:
            cut = self.charges.pop()
            if cut.begin < plug.end - 5 - SHORTEST_CHARGE_S:
                steps = tuple(step for step in cut.steps if step[0] < plug.end - 5)
                self.charges.append(cut._replace(end=plug.end - 5, steps=steps, ends="stopped"))

    def _plug(
        self,
        begin: float,
        end: float,
        where: Literal["home", "post"],
        begins: Literal["scheduled", "started"],
        *,
        amps: int,
        kwh: float,
        at: float | None = None,
    ) -> None:
        """Put the cable in and charge that much, or as much as there is time for."""
        begin = max(begin, self.free_at + 20)
        at = begin + self.random.uniform(5, 25) if at is None else at
        stop = at + kwh / (amps * KW_PER_AMP) * HOUR_S
        end = max(end, stop + 600) if where == "home" else end
        cut = stop > end - 30
        self.plugs.append(Plug(begin, end, where))
        steps = [(at, amps * KW_PER_AMP)]
        self._charge(Span(at, end - 30 if cut else stop), where, steps, begins, "stopped" if cut else "full")
        self.free_at = begin if where == "home" else end

    def _fast_charge(self, at: float, seconds: float, kw: float) -> float:
        """Charge on DC with less and less power; return when the cable is out."""
        begin = max(at, self.free_at + 60)
        steps = [(begin + 20 + 60 * k, kw * (1 - 0.75 * 60 * k / seconds)) for k in range(int(seconds // 60))]
        end = begin + 20 + seconds
        self.plugs.append(Plug(begin, end + 30, "dc"))
        self._charge(Span(begin + 20, end), "dc", steps, "started", "full")
        self.free_at = end + 30
        return self.free_at

    def _charge(
        self,
        span: Span,
        where: Literal["home", "post", "dc"],
        steps: list[tuple[float, float]],
        begins: Literal["scheduled", "started"],
        ends: Literal["full", "stopped"],
    ) -> None:
        """Note a charge; the drive before it ends with what leaves just enough room for one that ends full."""
        limit = LIMIT_AWAY if where == "dc" else LIMIT
        guess = self.random.uniform(0.88, 1.12)
        charge = Charge(span.begin, span.end, where, tuple(steps), begins, ends, 0.0, limit, guess)
        efficiency = DC_EFFICIENCY if where == "dc" else AC_EFFICIENCY
        gained = 100 * charge.kwh() * efficiency / CAPACITY_KWH[self.habits.make]
        if ends == "full":
            soc = limit - gained
            if self.drives and (not self.charges or self.charges[-1].end <= self.drives[-1].begin):
                self.drives[-1] = self.drives[-1]._replace(soc=soc)
        else:
            soc = max(LOWEST_SOC, min(self.soc, limit - gained - 2))
        self.charges.append(charge._replace(soc=soc))
        self.soc = soc + gained

    def _life(self) -> Life:
        end = self.days * DAY_S
        drives = tuple(drive for drive in self.drives if drive.end <= end)
        plugs = tuple(plug._replace(end=min(plug.end, end)) for plug in self.plugs if plug.begin < end)
        charges = tuple(charge for charge in map(self._within, self.charges) if charge.end - charge.begin > 0)
        present = merged(span for span in self.present if span.end <= end)
        sentry = (Span(0.0, end),) if self.habits.sentry == "always" else merged(s for s in self.sentry if s.end <= end)
        reasons = merged(
            Span(max(0.0, begin), min(stop, end))
            for begin, stop in (
                *((drive.begin, drive.end) for drive in drives),
                *((charge.begin, charge.end) for charge in charges),
                *present,
                *sentry,
                *self.wakes,
                *((plug.begin, plug.begin + 90) for plug in plugs),
                *((plug.end - 30, plug.end + 60) for plug in plugs),
            )
        )
        low, high = LINGER_MIN[self.habits.make]
        return Life(
            make=self.habits.make,
            days=self.days,
            drives=drives,
            plugs=plugs,
            charges=charges,
            present=present,
            sentry=sentry,
            reasons=reasons,
            lingers=tuple(self.random.uniform(low, high) * 60 for _ in reasons),
        )

    def _within(self, charge: Charge) -> Charge:
        end = self.days * DAY_S
        if charge.end <= end:
            return charge
        return charge._replace(end=end, steps=tuple(s for s in charge.steps if s[0] < end), ends="stopped")
