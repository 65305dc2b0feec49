"""A car's life as data, and what is true of it at any moment.

Times are seconds since the life began, at midnight of the first of a month; a day has 86 400 of them. lives.py makes
lives, living.py lets a simulated car live one, polling_fast.py asks them without a simulated Tesla.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

DAY_S = 86_400.0
HOUR_S = 3600.0
KW_PER_AMP = 0.69  # three phases of 230 V
AC_EFFICIENCY = 0.90  # as the simulated car's
DC_EFFICIENCY = 0.96
CAPACITY_KWH = {"modern": 75.0, "pre-2021": 95.0}

type Make = Literal["modern", "pre-2021"]


class Span(NamedTuple):
    """A while: from `begin` up to and without `end`."""

    begin: float
    end: float


class Drive(NamedTuple):
    """A drive; `soc` is the charge in percent with which it ends, `place` where."""

    begin: float
    end: float
    place: Literal["home", "away"]
    soc: float


class Plug(NamedTuple):
    """A cable in the car, at the Wall Connector at home, on a public AC post, or on a DC one."""

    begin: float
    end: float
    where: Literal["home", "post", "dc"]


class Charge(NamedTuple):
    """A stretch of charging: power at the wall by time, and how it begins and ends.

    `begins` by the clock of the car's own schedule, or when the person or a program starts it. It ends when the limit
    is reached, or because somebody stops it. `soc` is the charge in percent that it begins with, `guess` what the
    car's time to full is multiplied with, for it is never right (charging.md 3.4).
    """

    begin: float
    end: float
    where: Literal["home", "post", "dc"]
    steps: tuple[tuple[float, float], ...]
    begins: Literal["scheduled", "started"]
    ends: Literal["full", "stopped"]
    soc: float
    limit: int
    guess: float

    def kw_at(self, at: float) -> float:
        """Return the power at the wall."""
        return self.steps[max(0, bisect_right(self.steps, at, key=lambda step: step[0]) - 1)][1]

    def kwh(self, until: float | None = None) -> float:
        """Return the energy at the wall from the begin until then, by default in all."""
        end = self.end if until is None else min(until, self.end)
        ends = [*(at for at, _ in self.steps[1:]), self.end]
        return sum(kw * max(0.0, min(stop, end) - at) / HOUR_S for (at, kw), stop in zip(self.steps, ends, strict=True))

    @property
    def efficiency(self) -> float:
        """Share of it that reaches the battery."""
        return DC_EFFICIENCY if self.where == "dc" else AC_EFFICIENCY


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of a car at a moment, as `vehicle_data` would say it."""

    at: float
    driving: bool
    plugged: bool
    charging: bool
    at_home: bool
    user_present: bool
    sentry: bool
    power_kw: float
    dc: bool
    seconds_to_full: float | None
    scheduled_start: float | None
    soc: float
    limit: int


class Event(NamedTuple):
    """A change: the moment, and the one at which it is over again, so that it can no more be seen."""

    begin: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Life:
    """A car's life; every tuple is in order and without overlaps.

    `awake` is when the car would be awake if nobody asked it for data: while something is going on, and some minutes
    on. `lingers` has these minutes, in seconds, for each of `reasons`.
    """

    make: Make
    days: int
    drives: tuple[Drive, ...]
    plugs: tuple[Plug, ...]
    charges: tuple[Charge, ...]
    present: tuple[Span, ...]
    sentry: tuple[Span, ...]
    reasons: tuple[Span, ...]
    lingers: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.days * DAY_S

    @cached_property
    def awake(self) -> tuple[Span, ...]:
        """When the car is awake if nobody asks it for data; the last reason decides how long."""
        following = [*map(_begin, self.reasons), self.seconds][1:]
        spans = zip(self.reasons, self.lingers, following, strict=True)
        return merged(Span(span.begin, min(span.end + linger, until)) for span, linger, until in spans)

    @cached_property
    def events(self) -> dict[str, tuple[Event, ...]]:
        """What a person would like to see at once, by kind."""
        end = self.seconds
        return {
            "plug_in": tuple(Event(plug.begin, plug.end) for plug in self.plugs),
            "charge_start": tuple(Event(charge.begin, charge.end) for charge in self.charges),
            "charge_end": _ends(self.charges, end),
            "drive_start": tuple(Event(drive.begin, drive.end) for drive in self.drives),
            "park": _ends(self.drives, end),
        }

    def reason_before(self, at: float) -> int | None:
        """Return the number of the last reason to be awake that has begun."""
        number = bisect_right(self.reasons, at, key=_begin) - 1
        return number if number >= 0 else None

    def charge_at(self, at: float) -> Charge | None:
        """Return the charge under way."""
        return _under_way(self.charges, at)

    def drive_at(self, at: float) -> Drive | None:
        """Return the drive under way."""
        return _under_way(self.drives, at)

    def plug_at(self, at: float) -> Plug | None:
        """Return the cable that is in."""
        return _under_way(self.plugs, at)

    def truth_at(self, at: float) -> Truth:
        """Return what is true."""
        charge, plug, drive = self.charge_at(at), self.plug_at(at), self.drive_at(at)
        pending = self._pending(at, plug) if plug and not charge else None
        return Truth(
            at=at,
            driving=drive is not None,
            plugged=plug is not None,
            charging=charge is not None,
            at_home=self._at_home(at, drive),
            user_present=drive is not None or _under_way(self.present, at) is not None,
            sentry=_under_way(self.sentry, at) is not None,
            power_kw=charge.kw_at(at) if charge else 0.0,
            dc=plug is not None and plug.where == "dc",
            seconds_to_full=(charge.end - at) * charge.guess if charge else None,
            scheduled_start=pending.begin if pending else None,
            soc=self._soc(at, charge),
            limit=charge.limit if charge else 80,
        )

    def _pending(self, at: float, plug: Plug) -> Charge | None:
        number = bisect_right(self.charges, at, key=_begin)
        if number == len(self.charges):
            return None
        charge = self.charges[number]
        return charge if charge.begins == "scheduled" and charge.begin < plug.end else None

    def _at_home(self, at: float, drive: Drive | None) -> bool:
        number = bisect_right(self.drives, at, key=_begin) - 1
        return drive is None and (number < 0 or self.drives[number].place == "home")

    def _soc(self, at: float, charge: Charge | None) -> float:
        capacity = CAPACITY_KWH[self.make]
        number = bisect_right(self.charges, at, key=_begin) - 1
        drive = next(
            (one for one in reversed(self.drives[: bisect_right(self.drives, at, key=_begin)]) if one.end <= at), None
        )
        if number >= 0 and (charge or drive is None or self.charges[number].begin >= drive.end):
            last = self.charges[number]
            return last.soc + 100 * last.kwh(at) * last.efficiency / capacity
        return drive.soc if drive else 60.0


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that touch as one."""
    found = list[Span]()
    for span in sorted(spans):
        if span.end <= span.begin:
            continue
        if found and span.begin <= found[-1].end:
            found[-1] = Span(found[-1].begin, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def hours(spans: Iterable[Span | Drive | Plug | Charge]) -> float:
    """Return how long they are in all."""
    return sum(span.end - span.begin for span in spans) / HOUR_S


def _begin(span: Span | Drive | Plug | Charge) -> float:
    return span.begin


def _under_way[T: (Span, Drive, Plug, Charge)](spans: tuple[T, ...], at: float) -> T | None:
    number = bisect_right(spans, at, key=_begin) - 1
    return spans[number] if number >= 0 and at < spans[number].end else None


def _ends[T: (Drive, Charge)](spans: tuple[T, ...], end: float) -> tuple[Event, ...]:
    following = [*map(_begin, spans), end][1:]
    return tuple(Event(span.end, until) for span, until in zip(spans, following, strict=True) if span.end < end)
