"""What a car has charged and paid, by place and in all; energies never fall, whatever is amended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .session import Place, Session


@dataclass(frozen=True, slots=True)
class Totals:
    """Energies in Wh at the battery and at the wall, by place, and costs by place and currency.

    all_added_wh, all_used_wh: those of all places. They are no sums of the others: a session that comes to be known to have been
    at another place is taken away from none of them, and is counted once here.
    """

    added_wh: Mapping[Place, float] = field(default_factory=dict)
    used_wh: Mapping[Place, float] = field(default_factory=dict)
    cost: Mapping[tuple[Place, str], Decimal] = field(default_factory=dict)
    all_added_wh: float = 0.0
    all_used_wh: float = 0.0


def to_json(totals: Totals) -> dict[str, Any]:
    """Return what has to outlive the process: the energies that were shown."""
    all_wh = [totals.all_added_wh, totals.all_used_wh]
    return {"added_wh": dict(totals.added_wh), "used_wh": dict(totals.used_wh), "all_wh": all_wh}


def from_json(data: Mapping[str, Any]) -> Totals:
    """Read what `to_json` wrote; raises ValueError, KeyError, TypeError or AttributeError if it is damaged."""
    added, used = ({Place(place): float(wh) for place, wh in data[name].items()} for name in ("added_wh", "used_wh"))
    all_added, all_used = data.get("all_wh", (0.0, 0.0))
    return Totals(added, used, all_added_wh=float(all_added), all_used_wh=float(all_used))


def total(sessions: Iterable[Session], shown: Totals) -> Totals:
    """Return the sums of all sessions of a car, and of what was `shown` before where that is more."""
    added, used, cost = dict.fromkeys(Place, 0.0), dict.fromkeys(Place, 0.0), dict[tuple[Place, str], Decimal]()
    for session in sessions:
        added[session.place] += session.added.wh
        used[session.place] += session.used.wh
        if session.cost is not None:
            key = session.place, session.cost.currency
            cost[key] = cost.get(key, Decimal(0)) + session.cost.amount
    return Totals(
        {place: max(wh, shown.added_wh.get(place, 0.0)) for place, wh in added.items()},
        {place: max(wh, shown.used_wh.get(place, 0.0)) for place, wh in used.items()},
        cost,
        max(sum(added.values()), shown.all_added_wh),
        max(sum(used.values()), shown.all_used_wh),
    )
