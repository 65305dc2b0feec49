"""What a Wall Connector gives to a car, from its power between two looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..energy.meter import LONGEST_GAP
from ..energy.spread import Stretch
from .flow import Flow, joined
from .seen import Connector, Seen

_LONGEST_GAP_S: Final = LONGEST_GAP.total_seconds()
# No Wall Connector gives more, and its own electronics take less, W.
_MOST_W: Final = 50_000.0
_LEAST_W: Final = 50.0
# So much may be missing of a time that was watched, seconds and share.
_MISSED_S: Final = 90.0
_MISSED: Final = 0.02


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen to flow through the wall between two reads of the car; whether nothing of that time is missing."""

    shape: Flow = ()
    complete: bool = False

    @property
    def wh(self) -> float:
        """The energy of it."""
        return sum(one.energy_wh for one in self.shape)


@dataclass(slots=True)
class WallSide:
    """The Wall Connector of a car: where it hangs, and what has flowed since the car itself was read."""

    din: str | None = None
    plugged: bool | None = None
    at: float | None = None
    power_w: float | None = None
    since: float | None = None
    missed_s: float = 0.0
    shape: Flow = ()

    def saw(self, connector: Connector) -> None:
        """Take a look at it."""
        if self.at is not None and connector.at < self.at:
            return
        power_w = connector.power_w
        if power_w is not None and power_w > _MOST_W:
            power_w = None
        if connector.din != self.din:
            self.power_w, self.at = None, None
        self._until(connector.at, power_w)
        self.din = connector.din
        if connector.plugged is not None:
            self.plugged = connector.plugged

    def _until(self, at: float, power_w: float | None) -> None:
        if self.since is None:
            self.since = at
        if self.at is not None:
            passed = at - self.at
            if self.power_w is None or power_w is None or passed > _LONGEST_GAP_S:
                self.missed_s += max(0.0, passed)
            elif (mean_w := (self.power_w + power_w) / 2) >= _LEAST_W and passed > 0:
                first, last = round(self.at), round(at)
                stretch = Stretch(first, max(1, last - first), mean_w * passed / 3600)
                self.shape = joined(self.shape, (stretch,))
        self.at, self.power_w = at, power_w

    def begin(self, since: float) -> None:
        """Begin with a plug-in that was after a time: what was before that belongs to nobody."""
        self.since, self.missed_s = since, 0.0
        self.shape = tuple(one for one in self.shape if one.start >= round(since))

    def take(self, seen: Seen, since: float) -> Watched:
        """Return what has flowed since the last read of the car, or since it was plugged in; what comes belongs to the next."""
        if self.at is None or self.plugged is None:
            watched, self.shape = Watched(self.shape), ()
        else:
            if seen.at > self.at:
                known = seen.charging and not seen.direct_current and seen.power_w
                self._until(seen.at, seen.power_w if known else 0.0 if not seen.plugged else self.power_w)
            missed_s = self.missed_s + max(0.0, (self.since or 0.0) - since)
            complete = missed_s <= max(_MISSED_S, _MISSED * (seen.at - since))
            watched, self.shape = Watched(self.shape, complete), ()
        self.since, self.missed_s = seen.at, 0.0
        return watched

    @property
    def pending(self) -> Watched:
        """What has flowed since the car itself was read."""
        return Watched(self.shape, bool(self.shape) and self.missed_s <= _MISSED_S)

    def leave(self) -> Watched:
        """Return what has flowed that nobody will read from the car any more."""
        watched, self.shape, self.missed_s, self.since = self.pending, (), 0.0, self.at
        return watched

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        shape = [[one.start, one.seconds, round(one.energy_wh, 3)] for one in self.shape]
        return {
            "din": self.din,
            "plugged": self.plugged,
            "at": self.at,
            "power_w": self.power_w,
            "since": self.since,
            "missed_s": self.missed_s,
            "shape": shape,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WallSide:
        """Read what `to_json` wrote; raises ValueError, KeyError, TypeError or AttributeError."""
        shape = tuple(Stretch(int(start), int(seconds), float(wh)) for start, seconds, wh in data["shape"])
        return cls(**{**data, "shape": shape})
