"""The sessions of one car, in the order in which they began, with their sums always at hand."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from .session import Place, Session, Source
from .totals import Totals

# What knows the energy at the wall better than who reads the car and its Wall Connector (charging.md 2.2).
_BETTER: Final = frozenset({Source.WALL_HISTORY, Source.INVOICE})


def merged(known: Session | None, seen: Session) -> Session:
    """Return a session as the car tells of it now, with what others have found out about it."""
    if known is None:
        return seen
    return replace(
        seen,
        place=known.place if seen.place is Place.ELSEWHERE else seen.place,
        place_name=known.place_name,
        site_id=seen.site_id or known.site_id,
        used=known.used if known.used.source in _BETTER else seen.used,
        mix=known.mix,
        cost=known.cost,
        bills=known.bills,
        revision=known.revision,
        reason=known.reason,
    )


class Book:
    """The sessions of a car."""

    def __init__(self) -> None:
        """Begin empty."""
        self._by_id: dict[str, Session] = {}
        self._order: list[tuple[datetime, str]] = []
        self._added = dict.fromkeys(Place, 0.0)
        self._used = dict.fromkeys(Place, 0.0)
        self._cost: dict[tuple[Place, str], Decimal] = {}
        self._counts: dict[tuple[Place, str], int] = {}
        self._unsettled: set[str] = set()
        self.shown = Totals()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._order)

    def get(self, session_id: str) -> Session | None:
        """Return one."""
        return self._by_id.get(session_id)

    @property
    def latest(self) -> Session | None:
        """The one that began last."""
        return self._by_id[self._order[-1][1]] if self._order else None

    def newest_first(self) -> Iterator[Session]:
        """Return all, the last one first."""
        return (self._by_id[name] for _, name in reversed(self._order))

    def between(self, begin: datetime | None = None, end: datetime | None = None) -> tuple[Session, ...]:
        """Return those that are partly between two times."""
        upto = len(self._order) if end is None else bisect_left(self._order, (end, ""))
        found = (self._by_id[name] for _, name in self._order[:upto])
        if begin is None:
            return tuple(found)
        return tuple(one for one in found if one.unplugged_at is None or one.unplugged_at > begin)

    @property
    def unsettled(self) -> tuple[Session, ...]:
        """Those that are in no sum of energies yet."""
        return tuple(self._by_id[name] for name in self._unsettled)

    def put(self, session: Session, *, settled: bool | None = None) -> None:
        """Take a session, new or changed; settled: whether it may be in the sums of energies, None to leave that as it is."""
        before = self._by_id.get(session.id)
        if before is not None:
            self._count(before, -1)
        key = session.plugged_at, session.id
        if before is None or before.plugged_at != session.plugged_at:
            if before is not None:
                self._order.remove((before.plugged_at, before.id))
            insort(self._order, key)
        self._by_id[session.id] = session
        if settled is None:
            settled = session.id not in self._unsettled
        if settled:
            self._unsettled.discard(session.id)
        else:
            self._unsettled.add(session.id)
        self._count(session, 1)
        self.shown = self.totals()

    def _count(self, session: Session, sign: int) -> None:
        if session.id not in self._unsettled:
            self._added[session.place] += sign * session.added.wh
            self._used[session.place] += sign * session.used.wh
        if session.cost is not None:
            key = session.place, session.cost.currency
            self._cost[key] = self._cost.get(key, Decimal(0)) + sign * session.cost.amount
            self._counts[key] = self._counts.get(key, 0) + sign
            if not self._counts[key]:
                del self._cost[key], self._counts[key]

    def totals(self) -> Totals:
        """Return the sums of all; energies that were shown do not fall."""
        shown = self.shown
        return Totals(
            {place: max(wh, shown.added_wh.get(place, 0.0)) for place, wh in self._added.items()},
            {place: max(wh, shown.used_wh.get(place, 0.0)) for place, wh in self._used.items()},
            dict(self._cost),
        )
