"""What has happened between two reads of a car with a cable: when the energy flowed, and what it took at the wall."""

from typing import Final

from .counter import miles
from .draft import Draft
from .flow import Flow, evenly, shaped
from .learned import Learned
from .seen import Seen
from .session import Source
from .wall import Watched

# What charges when nobody knows how fast, W.
_USUAL_AC_W: Final = 7000.0
_USUAL_DC_W: Final = 80_000.0
# Longer than this the power between two reads is anybody's guess, unless it is the same at both.
_STEADY_S: Final = 900.0
_STEADY: Final = 0.05
# What of the energy at the port may get into the battery, and by how much Tesla's counter is coarse, Wh.
_LEAST_SHARE: Final = 0.7
_MOST_SHARE: Final = 1.03
_COARSE_WH: Final = 15.0
# What a car takes on the road, and how unsure that is.
_WH_PER_MILE: Final = 300.0
_UNSURE: Final = 0.3
# Less says nothing of a charge that nobody saw, Wh.
_TRACE_WH: Final = 50.0
# What the Wall Connector saw has the shape of what came to the battery if it is about as much.
_LEAST_SEEN: Final = 0.85


def battery_w(seen: Seen | None, learned: Learned) -> float | None:
    """Return the power into the battery, None where it cannot be known."""
    if seen is None or not seen.charging or not seen.power_w:
        return None
    return seen.power_w * (1.0 if seen.direct_current else learned.ac)


def usual_w(draft: Draft, before: Seen | None, now: Seen | None, learned: Learned) -> float:
    """Return the power of a charge that nobody saw."""
    known = battery_w(before, learned) or battery_w(now, learned)
    if known:
        return known
    seconds = sum(one.end - one.start for one in draft.stints if one.end is not None)
    if seconds > 0 and draft.sums.counted > _TRACE_WH:
        return draft.sums.counted / seconds * 3600
    return _USUAL_DC_W if draft.direct_current else _USUAL_AC_W


class Interval:
    """The time between two reads, with what the car has counted in it.

    before: None where the car was not read with its cable yet. until: when the cable was pulled, where that is known.
    """

    def __init__(
        self,
        draft: Draft,
        before: Seen | None,
        now: Seen | None,
        watched: Watched,
        learned: Learned,
        *,
        until: float,
        gain: float = 0.0,
    ) -> None:
        """Know it all."""
        self.draft, self.before, self.now, self.gain, self.learned = draft, before, now, gain, learned
        self.end = until
        self.start = min(until, max(draft.plugged_at, before.at if before else draft.plugged_at))
        self.watched = watched
        self.charged = before is not None and before.charging
        self.charges = now is not None and now.charging
        self.power_w = usual_w(draft, before, now, learned)

    # What the car has counted

    @property
    def seconds(self) -> float:
        """How long it charges for that."""
        return min(self.end - self.start, self.gain / self.power_w * 3600)

    @property
    def _shape(self) -> Flow:
        """What the Wall Connector saw, if it tells when the energy flowed."""
        seen = self.watched.wh * self.learned.ac
        good = self.watched.complete and seen >= self.gain * _LEAST_SEEN and self.gain > 0
        return self.watched.shape if good else ()

    def span(self) -> tuple[float, float]:
        """Return when the energy began to flow, and when it ended."""
        if shape := self._shape:
            return max(self.start, shape[0].start), min(self.end, shape[-1].start + shape[-1].seconds)
        if self.charged:
            return self.start, self.end if self.charges else self.start + self.seconds
        if self.charges:
            return self._planned() or self.end - self.seconds, self.end
        start = self._planned() or self.start
        return start, min(self.end, start + self.seconds)

    def _planned(self) -> float | None:
        at = None if self.before is None else self.before.starts_at
        return at if at is not None and self.start <= at < self.end else None

    def spread(self) -> None:
        """Put the energy into the session, with what it took at the wall."""
        self.draft.add(self.gain, shaped(self.gain, self._shape) or evenly(self.gain, *self.span()))
        sums, watched = self.draft.sums, self.watched
        sums.connector += watched.wh
        if watched.complete and (watched.wh or not self.gain):
            return
        rest, port_wh = max(0.0, self.gain - watched.wh * self.learned.ac), self._port_wh()
        if not watched.wh and port_wh is not None:
            sums.port += port_wh
            sums.ported += rest
        else:
            sums.loose += rest

    def _port_wh(self) -> float | None:
        """Return the energy at the port, where volts and amps tell it."""
        before, now = self.before, self.now
        if before is None or now is None or not (self.charged and self.charges) or now.direct_current:
            return None
        if not before.power_w or not now.power_w:
            return None
        apart = abs(before.power_w - now.power_w) / max(before.power_w, now.power_w)
        if self.end - self.start > _STEADY_S and apart > _STEADY:
            return None
        port_wh = (before.power_w + now.power_w) / 2 * (self.end - self.start) / 3600
        fits = port_wh * _LEAST_SHARE - _COARSE_WH <= self.gain <= port_wh * _MOST_SHARE + _COARSE_WH
        return port_wh if fits and self.gain > 0 else None

    # What it never will

    def guess(self) -> float:
        """Put what came after the last read into the session, by guess; return when that ended."""
        energy, source, flow = self._missing()
        self.draft.add_guess(energy, source, flow)
        if self.watched.wh:
            self.draft.sums.connector += self.watched.wh
            self.draft.sums.loose -= energy
        return min(self.end, flow[-1].start + flow[-1].seconds) if flow else self.start if self.charged else self.end

    def _missing(self) -> tuple[float, Source, Flow]:
        if self.watched.wh:
            energy = self.watched.wh * self.learned.ac
            return energy, Source.EFFICIENCY, shaped(energy, self.watched.shape)
        before = self.before
        if before is None:
            return 0.0, Source.POWER, ()
        power = battery_w(before, self.learned)
        energy, source = 0.0, Source.POWER
        if power is not None:
            seconds = max(0.0, self.end - before.at)
            if before.minutes_left is not None:
                seconds = min(seconds, before.minutes_left * 60)
            energy = power * seconds / 3600
        if (bounds := self._bounds(before)) is not None:
            bounded = min(max(energy, bounds[0]), bounds[1])
            energy, source = bounded, source if bounded == energy else Source.LEVEL
        return energy, source, evenly(energy, before.at, before.at + energy / (power or self.power_w) * 3600)

    def _bounds(self, before: Seen) -> tuple[float, float] | None:
        """Return the least and the most that the battery can have taken, by its percents."""
        if before.level is None:
            return None
        percent = self.learned.pack_wh / 100
        room = max(0.0, (before.limit or 100.0) - before.level + 0.5) * percent
        now = self.now
        if now is None or now.level is None or (driven := miles(before, now)) is None:
            return 0.0, room if before.charging else 0.0
        spent = driven * _WH_PER_MILE
        slack = percent + spent * _UNSURE
        rise = (now.level - before.level) * percent + spent
        if not before.charging and rise < 3 * slack:
            return 0.0, 0.0
        return max(0.0, min(rise - slack, room)), max(0.0, min(rise + slack, room))
