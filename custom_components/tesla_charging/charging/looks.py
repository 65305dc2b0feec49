"""When to ask what a stop at a Supercharger has cost (charging.md 2.3). Times are epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_HOUR_S: Final = 3600.0
# After the end: in an hour, in a day, and then daily for a week.
LOOKS_S: Final[tuple[float, ...]] = tuple(hours * _HOUR_S for hours in (1, *range(24, 24 * 9, 24)))
# Nobody knows whether these requests cost anything: they are counted like the dearest reads.
MOST_REQUESTS: Final = 10
# One is kept for a request that has to be put once more: with another token, or in another region.
_KEPT: Final = 1
# What a look may use up beside those before it, so that there is something left for the others.
_SPARE: Final = 3
# Seconds until a failed look is tried again.
_RETRIES_S: Final = (900.0, 1800.0, 3600.0)
# What ended longer ago and was never asked for is not asked for by itself.
OLDEST_S: Final = 30 * 86_400.0


@dataclass(slots=True)
class Stop:
    """How often was asked for a stop: looks that are over, requests that have left, failures in a row, no try before."""

    looks: int = 0
    requests: int = 0
    failures: int = 0
    not_before: float = 0.0

    @property
    def _next(self) -> int:
        """Which look is next: those go without one for which the others have left nothing."""
        return max(self.looks, self.requests - _SPARE + 1)

    def due_at(self, end: float) -> float | None:
        """Return when to ask next for a stop that ended then; None where that was often enough."""
        if self._next >= len(LOOKS_S) or self.requests >= MOST_REQUESTS - _KEPT:
            return None
        return max(end + LOOKS_S[self._next], self.not_before)

    @property
    def left(self) -> int:
        """How many requests the next look may take."""
        return min(MOST_REQUESTS - _KEPT, self._next + _SPARE) - self.requests

    def looked(self, end: float, now: float) -> None:
        """Take note of a look, and of those that are too late now."""
        self.failures, self.not_before = 0, 0.0
        self.looks = max(self.looks + 1, sum(end + look <= now for look in LOOKS_S))

    def failed(self, end: float, now: float, wait_s: float = 0.0) -> None:
        """Take note of a look that Tesla did not answer; wait_s: what Tesla asks for."""
        self.failures += 1
        if self._next > self.looks or self.failures > len(_RETRIES_S):
            self.looked(end, now)
            self.not_before = now + wait_s
        else:
            self.not_before = now + max(_RETRIES_S[self.failures - 1], wait_s)

    def put_off(self, now: float, seconds: float) -> None:
        """Take note of a look for which there was no money."""
        self.not_before = now + seconds


def stop_known(end: float, now: float, *, billed: bool) -> Stop:
    """Return how a stop stands that nobody has asked for; what is billed already needs no look that was due before."""
    return Stop(looks=sum(end + look <= now for look in LOOKS_S) if billed else 0)


def to_json(stop: Stop) -> list[float]:
    """Return what has to outlive the process."""
    return [stop.looks, stop.requests, stop.failures, stop.not_before]


def from_json(data: Any) -> Stop:
    """Read what `to_json` wrote; raises ValueError or TypeError if it is damaged."""
    looks, requests, failures, not_before = data
    return Stop(max(0, int(looks)), max(0, int(requests)), max(0, int(failures)), float(not_before))


def stops_from_json(data: object) -> dict[str, Stop]:
    """Read stops by their session; what is damaged is left out."""
    stops = {}
    for session_id, one in data.items() if isinstance(data, Mapping) else ():
        try:
            stops[str(session_id)] = from_json(one)
        except ValueError, TypeError, OverflowError:
            continue
    return stops
