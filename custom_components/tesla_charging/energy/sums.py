"""What has to be written so that statistics say what is known, and nothing more than that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

# Less than this is rounding (kWh, hours, or a currency).
_ALIKE: Final = 2e-6
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a statistic: when its hour begins (epoch seconds), what it holds, and the sum at its end."""

    start: int
    state: float
    total: float


@dataclass(frozen=True, slots=True)
class Known:
    """What is there of a statistic: the sum before a window, the rows in it, and the first one after it."""

    before: float | None = None
    rows: Mapping[int, Row] = field(default_factory=dict)
    after: Row | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows to write, and what to add to every sum after the window."""

    rows: tuple[Row, ...]
    shift: float


def plan(known: Known, values: Mapping[int, float], incomplete: Iterable[int] = ()) -> Plan:
    """Return what makes a statistic hold these values, by hour.

    An hour of which only a part is known never takes away from what was known. A zero that is not there yet needs no row:
    the sum says the same without it, and the database stays half as large.
    """
    partly = set(incomplete)
    running = known.before or 0.0
    rows = []
    for start in sorted({*values, *known.rows}):
        old = known.rows.get(start)
        value = round(values.get(start, old.state if old else 0.0), _DIGITS)
        if old is not None and (start not in values or (start in partly and old.state > value)):
            value = old.state
        if old is None and not value:
            continue
        running = round(running + value, _DIGITS)
        if old is None or abs(old.state - value) > _ALIKE or abs(old.total - running) > _ALIKE:
            rows.append(Row(start, value, running))
        else:
            running = old.total
    shift = 0.0
    if known.after is not None:
        shift = round(running - (known.after.total - known.after.state), _DIGITS)
    return Plan(tuple(rows), shift if abs(shift) > _ALIKE else 0.0)
