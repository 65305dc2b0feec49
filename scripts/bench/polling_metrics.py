"""How fresh what was shown of a car was, held against its life."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .life import Event, Life
from .polling_view import Shown

# What shows each kind of event.
SHOWS: Mapping[str, tuple[str, bool]] = {
    "plug_in": ("plugged", True),
    "charge_start": ("charging", True),
    "charge_end": ("charging", False),
    "drive_start": ("driving", True),
    "park": ("driving", False),
}
BELIEVED_S = 90.0  # what was true that long ago, nobody calls invented


class Moment(NamedTuple):
    """What was shown from a moment on, because something was learned then."""

    at: float
    shown: Shown


@dataclass
class Record:
    """What was read and shown of a car; `asleep_s` only where that was measured."""

    reads: list[float] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    asleep_s: float | None = None

    def show(self, at: float, shown: Shown) -> None:
        """Note that something was learned."""
        self.moments.append(Moment(at, shown))


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """The figures of one car or, pooled, of several lives: seconds, and the latencies one by one."""

    stale_s: Mapping[str, tuple[float, float]]  # staleness integrated over the time, and the time
    latencies: Mapping[str, Sequence[float]]
    missed: Mapping[str, int]
    invented: int  # what was shown and never so

    def mean_stale_s(self, kind: str) -> float:
        """Return the mean staleness while charging or driving."""
        area, time = self.stale_s[kind]
        return area / time if time else 0.0

    def quantile_s(self, kind: str, part: float) -> float | None:
        """Return a quantile of the latencies of a kind of event, None if none was seen."""
        ordered = sorted(self.latencies[kind])
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else None

    def missed_percent(self, kind: str) -> float:
        """Return the share of events that were over before anything showed them."""
        number = self.missed[kind] + len(self.latencies[kind])
        return 100 * self.missed[kind] / number if number else 0.0


def freshness(life: Life, record: Record) -> Freshness:
    """Hold a record against a life."""
    moments = sorted(record.moments, key=lambda moment: moment.at)
    latencies, missed = dict[str, list[float]](), dict[str, int]()
    for kind, (name, value) in SHOWS.items():
        at = [moment.at for moment in moments if getattr(moment.shown, name) is value]
        latencies[kind], missed[kind] = _latencies(at, life.events[kind])
    reads = sorted(record.reads)
    return Freshness(
        stale_s={
            "charging": _staleness(reads, [(charge.begin, charge.end) for charge in life.charges]),
            "driving": _staleness(reads, [(drive.begin, drive.end) for drive in life.drives]),
        },
        latencies=latencies,
        missed=missed,
        invented=_invented(life, moments),
    )


def pooled(parts: Sequence[Freshness]) -> Freshness:
    """Return the figures of several lives as one."""
    return Freshness(
        stale_s={
            kind: (sum(part.stale_s[kind][0] for part in parts), sum(part.stale_s[kind][1] for part in parts))
            for kind in ("charging", "driving")
        },
        latencies={kind: [one for part in parts for one in part.latencies[kind]] for kind in SHOWS},
        missed={kind: sum(part.missed[kind] for part in parts) for kind in SHOWS},
        invented=sum(part.invented for part in parts),
    )


def _staleness(reads: Sequence[float], spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Integrate the age of the last read over spans, each of which begins as fresh as can be."""
    area = time = 0.0
    for begin, end in spans:
        time += end - begin
        since = begin
        for read in reads[bisect_left(reads, begin) : bisect_left(reads, end)]:
            area += (read - since) ** 2 / 2
            since = read
        area += (end - since) ** 2 / 2
    return area, time


def _latencies(at: Sequence[float], events: Sequence[Event]) -> tuple[list[float], int]:
    seen, missed = list[float](), 0
    for event in events:
        number = bisect_left(at, event.begin)
        if number < len(at) and at[number] < event.end:
            seen.append(at[number] - event.begin)
        else:
            missed += 1
    return seen, missed


def _invented(life: Life, moments: Sequence[Moment]) -> int:
    """Count what was newly shown and neither so nor so shortly before."""
    number, before = 0, Shown(plugged=False, charging=False, driving=False)
    for at, shown in moments:
        truths = [life.truth_at(max(0.0, at - ago)) for ago in (0.0, BELIEVED_S)]
        for name in Shown._fields:
            value = getattr(shown, name)
            number += value is not getattr(before, name) and all(getattr(truth, name) is not value for truth in truths)
        before = shown
    return number


def awake_s(life: Life, touches: Sequence[float]) -> float:
    """Return how long a car was awake that each touch (in order) keeps awake as long as the last reason does."""
    total = 0.0
    ends = [*(reason.begin for reason in life.reasons[1:]), life.seconds]
    for reason, linger, end in zip(life.reasons, life.lingers, ends, strict=True):
        until = reason.end + linger
        for touch in touches[bisect_left(touches, reason.begin) : bisect_left(touches, end)]:
            if touch < until:
                until = max(until, touch + linger)
        total += min(until, end) - reason.begin
    return total
