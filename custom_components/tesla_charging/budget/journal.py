"""The ledger as lines of JSON: its head is the whole of it at one moment, what follows is what has happened since.

{"ledger":1,"lines":3}                          the first line: how many belong to the head
{"set":{"budget":"10",…}}                       the person's settings, and the state of the app at Tesla
{"seen":[494000,495000,null]}                   the first hour, the last one, and since when the clock is behind it
{"h":495000,"n":{"data":3}}                     what was booked in an hour; "d": in a day; "a": ahead of the clock;
                                                "m": a month behind
{"x":495000,"$":"1.25"}                         a correction
{"b":"data","h":495000}  {"t":"data","h":495000}    one booking; one that was taken back
{"b":"data","h":495000,"c":494000}              one booking while the clock was a month behind
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
import json
from typing import Any, Final

from ..fleet.errors import Fault
from ..fleet.paying import PriceClass
from .calendars import CALENDARS, is_past_month, month_of
from .ledger import CLOSING, Closed, Ledger, Settings
from .prices import PRICES, UNPRICED, Belief, Prices

_VERSION: Final = 1
_HIGHEST_HOUR: Final = 10_000_000
_MOST: Final = 1_000_000_000
_MOST_DOLLARS: Final = Decimal(1_000_000)
# What a line of the journal may have been that cannot be read: one booking, of the dearest kind.
_DEAREST: Final = max(PRICES.values())
# With more of these, nobody knows what is missing.
_FEW: Final = 50


@dataclass(frozen=True)
class Reading:
    """What was found in a file: the ledger, and whether it is whole. `lost` lines cannot be read."""

    ledger: Ledger
    whole_head: bool
    lost: int

    @property
    def damaged(self) -> bool:
        """Whether anything is missing."""
        return not self.whole_head or self.lost > 0

    def make_up(self, now: datetime) -> None:
        """Add what is missing, rather too much than too little."""
        self.ledger.made_up_until = month_of(now, CALENDARS[0]).end
        if not self.whole_head or self.lost > _FEW:
            self.ledger.assume_even(now, self.lost * _DEAREST if self.whole_head else Decimal(0))
        elif self.lost:
            self.ledger.tally.correct(self.ledger.tally.last_hour, self.lost * _DEAREST)


def booked(kind: PriceClass, hour: int, clock: int) -> str:
    """Return the line of a booking at an hour, and what the clock has shown where that is another month."""
    return _line({"b": kind.value, "h": hour} | ({"c": clock} if is_past_month(hour, clock) else {}))


def taken_back(kind: PriceClass, hour: int) -> str:
    """Return the line of a booking that was taken back."""
    return _line({"t": kind.value, "h": hour})


def head(ledger: Ledger) -> str:
    """Return the lines of a whole ledger."""
    lines = [_line(what) for what in _parts(ledger)]
    return _line({"ledger": _VERSION, "lines": len(lines)}) + "".join(lines)


def read(text: str) -> Reading:
    """Return the ledger that a file holds, as far as it can be read; never raises.

    A last line without an end was being written when the process ended: its request has not left.
    """
    ledger = Ledger()
    lines = text.split("\n")
    first = _parsed(lines[0])
    said = first.get("lines") if first.get("ledger") == _VERSION else None
    size = said if isinstance(said, int) and _is_number(said, len(lines) - 2) else 0
    whole = size > 0
    lost = 0
    for number, line in enumerate(lines[1:-1] if whole else lines[:-1], start=1):
        if not (_take(ledger, _parsed(line)) or (not whole and number == 1)):
            lost += 1
            whole = whole and not number <= size
    return Reading(ledger, whole, lost)


def _line(what: Mapping[str, Any]) -> str:
    return json.dumps(what, separators=(",", ":")) + "\n"


def _parts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    tally = ledger.tally
    yield {"set": _settings(ledger)}
    yield {"seen": [tally.first_hour, tally.last_hour, tally.behind_since]}
    for key, counts_by in (("d", tally.days), ("h", tally.hours), ("a", tally.ahead), ("m", tally.meanwhile)):
        for at, counts in sorted(counts_by.items()):
            if counted := {kind.value: count for kind, count in counts.items() if count}:
                yield {key: at, "n": counted}
    for at, dollars in sorted(tally.corrections.items()):
        yield {"x": at, "$": str(dollars)}


def _settings(ledger: Ledger) -> dict[str, Any]:
    settings, closed = ledger.settings, ledger.closed
    return {
        "budget": str(settings.budget),
        "elsewhere": str(settings.elsewhere),
        "wakes_a_day": settings.wakes_a_day,
        "beliefs": {kind.value: belief.value for kind, belief in settings.prices.beliefs.items()},
        "disproved": sorted(kind.value for kind in settings.disproved),
        "made_up_until": ledger.made_up_until and ledger.made_up_until.isoformat(),
        "closed": closed and [closed.fault.value, closed.since.isoformat(), closed.probe_at.isoformat()],
    }


def _take(ledger: Ledger, what: Mapping[str, Any]) -> bool:
    """Take one line into the ledger; return whether it could be read, whole."""
    tally = ledger.tally
    try:
        match what:
            case {"b": kind, "h": hour}:
                at, clock = _number(hour, _HIGHEST_HOUR), _number(what.get("c", hour), _HIGHEST_HOUR)
                tally.add(PriceClass(kind), at)
                tally.last_hour = max(tally.last_hour, at)
                if "c" in what:
                    tally.note(PriceClass(kind), clock)
            case {"t": kind, "h": hour}:
                tally.add(PriceClass(kind), _number(hour, _HIGHEST_HOUR), -1)
            case {"h": hour, "n": counts}:
                at = _number(hour, _HIGHEST_HOUR)
                for kind, count in _counts(counts).items():
                    tally.add(kind, at, count)
            case {"d": day, "n": counts}:
                tally.days[_number(day, _HIGHEST_HOUR)] = _counts(counts)
            case {"a": hour, "n": counts}:
                tally.ahead[_number(hour, _HIGHEST_HOUR)] = _counts(counts)
            case {"m": hour, "n": counts}:
                tally.meanwhile[_number(hour, _HIGHEST_HOUR)] = _counts(counts)
            case {"x": hour, "$": dollars}:
                tally.correct(_number(hour, _HIGHEST_HOUR), _dollars(dollars))
            case {"seen": [first, last, behind]}:
                tally.first_hour = None if first is None else _number(first, _HIGHEST_HOUR)
                tally.last_hour = max(tally.last_hour, _number(last, _HIGHEST_HOUR))
                tally.behind_since = None if behind is None else _number(behind, _HIGHEST_HOUR)
            case {"set": said}:
                ledger.settings, ledger.closed, ledger.made_up_until = _read_settings(said)
            case _:
                return False
    except ValueError, TypeError, KeyError, AttributeError, InvalidOperation:
        return False
    return True


def _read_settings(said: Mapping[str, Any]) -> tuple[Settings, Closed | None, datetime | None]:
    beliefs = {PriceClass(kind): Belief(belief) for kind, belief in said["beliefs"].items()}
    closed = None
    if said["closed"] is not None:
        fault, since, probe_at = said["closed"]
        closed = Closed(fault=Fault(fault), since=_moment(since), probe_at=_moment(probe_at))
        if closed.fault not in CLOSING:
            raise ValueError(fault)
    settings = Settings(
        budget=_dollars(said["budget"], least=Decimal(0)),
        elsewhere=_dollars(said["elsewhere"], least=Decimal(0)),
        wakes_a_day=_number(said["wakes_a_day"], _MOST),
        prices=Prices({kind: belief for kind, belief in beliefs.items() if kind in UNPRICED}),
        disproved=frozenset(map(PriceClass, said["disproved"])),
    )
    made_up_until = said["made_up_until"]
    return settings, closed, None if made_up_until is None else _moment(made_up_until)


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        what = json.loads(line)
    except ValueError, RecursionError:
        return {}
    return what if isinstance(what, dict) else {}


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _number(value: object, most: int) -> int:
    if not isinstance(value, int) or not _is_number(value, most):
        raise ValueError(value)
    return value


def _counts(value: Mapping[str, object]) -> Counter[PriceClass]:
    return Counter({PriceClass(kind): _number(count, _MOST) for kind, count in value.items()})


def _dollars(value: object, least: Decimal = -_MOST_DOLLARS) -> Decimal:
    dollars = Decimal(str(value))
    if not (dollars.is_finite() and least <= dollars <= _MOST_DOLLARS):
        raise ValueError(value)
    return dollars


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment
