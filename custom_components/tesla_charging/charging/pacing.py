"""When a value that somebody sets again and again is worth a command (issue 3; charging.md 2.5, users.md theme 12).

A person's change goes at once, and so does a solar controller's step down. A step up waits until the last one has
settled, and a flood of calls is thinned to its last value: a hundred within a minute make three commands.
"""

from dataclasses import dataclass, field
from typing import Final

# Seconds. Calls that are closer together than this are a flood.
_CALM: Final = 5.0
# A flood that pauses this long may have ended.
_SETTLED: Final = 2.0
# Between a command and the next one upwards, and the longest that a flood waits for its second command.
_RISE: Final = 20.0
# A flood gets two commands in this time; its third, with the last value, comes after it.
_WINDOW: Final = 60.0


@dataclass(slots=True)
class Pace:
    """The pace of one value of one car; times are seconds of any clock. What it has yet to reach, set back, is forgotten."""

    _asked: list[float] = field(default_factory=list)
    _sent: list[float] = field(default_factory=list)

    def ask(self, now: float) -> None:
        """Note a call."""
        self._asked = [*self._asked[-1:], now]

    def send(self, now: float) -> None:
        """Note a command."""
        self._sent = [*self._sent[-1:], now]

    def wait(self, now: float, *, rises: bool) -> float:
        """Return the seconds until the value of the last call may be sent; `rises`: it is higher than the car's."""
        sent = [at for at in self._sent if 0 <= now - at < _WINDOW]
        if not sent:
            return 0.0
        asked = [at for at in self._asked if at <= now]
        due = asked[-1] if asked else now
        if len(asked) > 1 and asked[-1] - asked[-2] < _CALM:
            due = min(due + _SETTLED, sent[-1] + _RISE)
            if len(sent) > 1:
                due = max(due, sent[0] + _WINDOW)
        if rises:
            due = max(due, sent[-1] + _RISE)
        return max(0.0, due - now)
