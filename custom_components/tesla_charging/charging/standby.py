"""What a parked car loses by itself: the battery's percents while it stands, between drives and charges.

Only edges count that were read, so nothing is read for it: when the car has parked, and whenever it was awake later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

_DAY_S: Final = 86_400.0
# What is shown is about the last month, and wants a day of parking: the battery is told in whole percents.
_WINDOW_S: Final = 30 * _DAY_S
_ENOUGH_S: Final = _DAY_S
_SHORT_S: Final = 3600.0
_MOST_SPELLS: Final = 300
# A battery that gets warmer shows a percent more; what rises higher was charged.
_WOBBLE: Final = 1.0
_STOOD_STILL_MI: Final = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """A time of standing, in epoch seconds, with the battery's percents at its edges."""

    since: float
    until: float
    level_since: float
    level_until: float
    odometer_mi: float | None = None

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.until - self.since


@dataclass(frozen=True, kw_only=True, slots=True)
class Standby:
    """The spells of standing of a car: those that are over, oldest first, and the one that goes on."""

    over: tuple[Spell, ...] = ()
    current: Spell | None = None

    def saw(self, at: datetime, level: float | None, odometer_mi: float | None, *, busy: bool) -> Standby:
        """Return it with what was read of the car; `busy` is one that drives or charges."""
        now, current = at.timestamp(), self.current
        if busy:
            return self if current is None else replace(self, over=self._ended(), current=None)
        if level is None or (current is not None and now <= current.until):
            return self
        begun = Spell(since=now, until=now, level_since=level, level_until=level, odometer_mi=odometer_mi)
        if current is None:
            return replace(self, current=begun)
        if _moved(current.odometer_mi, odometer_mi) or level > current.level_until + _WOBBLE:
            return replace(self, over=self._ended(), current=begun)
        known = odometer_mi if current.odometer_mi is None else current.odometer_mi
        return replace(self, current=replace(current, until=now, level_until=level, odometer_mi=known))

    def _ended(self) -> tuple[Spell, ...]:
        if self.current is None or self.current.seconds < _SHORT_S:
            return self.over
        kept = [one for one in self.over if one.until > self.current.until - _WINDOW_S]
        return (*kept, self.current)[-_MOST_SPELLS:]

    @property
    def percent_a_day(self) -> float | None:
        """What the car has lost a day while it stood, None until it has stood for a day in all."""
        spells = self._ended()
        seconds = sum(one.seconds for one in spells)
        if seconds < _ENOUGH_S:
            return None
        return max(0.0, sum(one.level_since - one.level_until for one in spells) * _DAY_S / seconds)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        current = None if self.current is None else _row(self.current)
        return {"over": [_row(one) for one in self.over], "current": current}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Standby:
        """Read what `to_json` wrote; what is damaged is as if nothing had been seen."""
        try:
            current = data["current"]
            return cls(
                over=tuple(_read(row) for row in data["over"]), current=None if current is None else _read(current)
            )
        except KeyError, TypeError, ValueError:
            return cls()


def _moved(before: float | None, now: float | None) -> bool:
    return before is not None and now is not None and abs(now - before) > _STOOD_STILL_MI


def _row(spell: Spell) -> list[float | None]:
    return [spell.since, spell.until, spell.level_since, spell.level_until, spell.odometer_mi]


def _read(row: list[Any]) -> Spell:
    since, until, level_since, level_until, odometer = row
    return Spell(
        since=float(since),
        until=float(until),
        level_since=float(level_since),
        level_until=float(level_until),
        odometer_mi=None if odometer is None else float(odometer),
    )
