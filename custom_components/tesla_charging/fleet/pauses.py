"""Endpoints that Tesla has had too many requests for: each is left alone by itself, the others go on (fleet_api.md 8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .errors import Fault, FleetError

_USUAL_S: Final = 300.0
# Nobody waits longer although Tesla may ask for it: headers have been known to lie (users.md theme 22).
_LONGEST_S: Final = 3600.0
# While one request asks whether it is over, the others wait for its answer so long at most.
_PROBE: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Pause:
    """Both ends: a clock that is set back ends a pause, and does not lengthen it."""

    since: datetime
    until: datetime


def wait_s(err: FleetError) -> float:
    """Return the seconds to leave an endpoint alone that has answered so, as Tesla asks for."""
    return _USUAL_S if err.retry_after is None else min(err.retry_after, _LONGEST_S)


class Pauses:
    """The pauses of a client, by path: an endpoint of one product."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pauses: dict[str, _Pause] = {}

    def enter(self, path: str, now: datetime) -> None:
        """Let a request pass that is about to leave; raises RATE_LIMITED with the seconds that it is too early."""
        pause = self._pauses.get(path)
        if pause is None:
            return
        if pause.since <= now < pause.until:
            raise FleetError(Fault.RATE_LIMITED, retry_after=(pause.until - now).total_seconds())
        self._pauses[path] = _Pause(now, now + _PROBE)

    def leave(self, path: str, err: FleetError | None, now: datetime) -> None:
        """Note how a request has ended: any answer but a 429 ends the pause."""
        self._pauses.pop(path, None)
        if err is not None and err.fault is Fault.RATE_LIMITED and (seconds := wait_s(err)):
            self._pauses[path] = _Pause(now, now + timedelta(seconds=seconds))
