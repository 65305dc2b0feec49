"""World time: the wall clock, scaled and shifted."""

from datetime import UTC, datetime
import time


class Clock:
    """World time; a changed speed takes effect from now on, without a jump."""

    def __init__(self, speed: float = 1.0, start: datetime | None = None) -> None:
        """Start now, or at `start` (aware)."""
        self._real = time.time()
        self._world = self._real if start is None else start.timestamp()
        self._speed = speed

    @property
    def speed(self) -> float:
        """World seconds per real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._world, self._real = self._seconds(), time.time()
        self._speed = speed

    def now(self) -> datetime:
        """Return world time, aware UTC."""
        return datetime.fromtimestamp(self._seconds(), UTC)

    def advance(self, seconds: float) -> None:
        """Shift world time forward."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._world += seconds

    def _seconds(self) -> float:
        return self._world + (time.time() - self._real) * self._speed


def no_catching_up() -> None:
    """Stand in for the update of a world not yet joined."""
