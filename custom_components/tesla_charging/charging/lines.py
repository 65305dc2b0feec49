"""The charging log as lines of JSON: each holds what was known at once, and what stands later counts.

{"sessions":[{…}],"engines":{VIN:{…}},"totals":{VIN:{…}}}      each part may be missing
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
import json
from typing import Any

from . import session as sessions, totals as sums
from .engine import Engine
from .session import Session
from .totals import Totals

DAMAGE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, IndexError)


@dataclass(slots=True)
class Reading:
    """What a file holds; `lost` lines or parts of them cannot be read, `ended`: whether its last line is whole."""

    sessions: list[Session] = field(default_factory=list)
    engines: dict[str, Engine] = field(default_factory=dict)
    totals: dict[str, Totals] = field(default_factory=dict)
    size: int = 0
    lost: int = 0
    ended: bool = True


def line(
    found: Iterable[Session] = (), engines: Mapping[str, Any] | None = None, totals: Mapping[str, Totals] | None = None
) -> str:
    """Return a line of the file; `engines` are JSON already."""
    data = {
        "sessions": [sessions.to_json(one) for one in found],
        "engines": dict(engines or {}),
        "totals": {vin: sums.to_json(one) for vin, one in (totals or {}).items()},
    }
    return json.dumps({key: value for key, value in data.items() if value}, separators=(",", ":")) + "\n"


def whole(found: Iterable[Session], engines: Mapping[str, Any], totals: Mapping[str, Totals]) -> str:
    """Return a file that says everything once."""
    return "".join(line([one]) for one in found) + line((), engines, totals)


def read(text: str) -> Reading:
    """Return what a file holds, as far as it can be read; never raises. Of each session the last record that is sound counts."""
    reading = Reading(size=len(text), ended=not text or text.endswith("\n"))
    records: dict[tuple[str, str], list[Any]] = {}
    for one in text.split("\n"):
        if one:
            _read_line(one, reading, records)
    for revisions in records.values():
        for data in reversed(revisions):
            try:
                reading.sessions.append(sessions.from_json(data))
            except DAMAGE:
                reading.lost += 1
            else:
                break
    return reading


def _read_line(text: str, reading: Reading, records: dict[tuple[str, str], list[Any]]) -> None:
    try:
        data = json.loads(text)
        found, engines, totals = data.get("sessions", []), data.get("engines", {}), data.get("totals", {})
        keys = [(str(one["vin"]), str(one["id"])) for one in found]
        fresh = {str(vin): Engine.from_json(vin, one) for vin, one in engines.items()}
        shown = {str(vin): sums.from_json(one) for vin, one in totals.items()}
    except (*DAMAGE, RecursionError):
        reading.lost += 1
        return
    for key, one in zip(keys, found, strict=True):
        records.setdefault(key, []).append(one)
    reading.engines |= fresh
    reading.totals |= shown
