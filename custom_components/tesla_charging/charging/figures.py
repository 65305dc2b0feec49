"""What the sessions of a car come to besides their totals: efficiency, what a mile costs, what was saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from .session import Session, Source

# Enough of a session that what the car needs to wake up, and a whole percent more or less, do not count (charging.md 2.2).
_ENOUGH_WH: Final = 3_000.0
_SESSIONS: Final = 10
_MEASURED: Final = frozenset({Source.WALL_CONNECTOR, Source.WALL_HISTORY, Source.POWER})
# What a distance costs is about the last year, and about more than what one full battery more or less changes.
_YEAR: Final = timedelta(days=365)
_ENOUGH_MI: Final = 60.0


def efficiency(sessions: Sequence[Session]) -> float | None:
    """Return which share of the energy at the wall gets into the battery: the median of the last sessions that were measured."""
    shares: list[float] = []
    for one in reversed(sessions):
        if _is_measured(one):
            shares.append(one.added.wh / one.used.wh)
            if len(shares) == _SESSIONS:
                break
    return median(shares) if shares else None


def _is_measured(session: Session) -> bool:
    return (
        not session.open
        and not session.direct_current
        and session.added.wh > _ENOUGH_WH
        and session.used.wh > 0
        and session.used.source in _MEASURED
        and not session.used.estimated
        and not session.added.estimated
    )


def cost_per_mile(sessions: Sequence[Session], currency: str, now: datetime) -> Decimal | None:
    """Return what a mile has cost in the last year, as far as that is known.

    What a session has cost is for the miles since the one before it. Miles count only with a cost that is known, in the
    currency; sessions that do not know the odometer count with the next one that does.
    """
    since, odometer = now - _YEAR, None
    amount, miles = Decimal(0), 0.0
    waiting: Decimal | None = Decimal(0)
    for one in _since(sessions, since):
        cost = _amount(one, currency)
        waiting = None if waiting is None or cost is None else waiting + cost
        if one.odometer_mi is None:
            continue
        if odometer is not None and waiting is not None and one.odometer_mi > odometer:
            amount, miles = amount + waiting, miles + one.odometer_mi - odometer
        if odometer is None or waiting is None or one.odometer_mi > odometer:
            odometer, waiting = one.odometer_mi, Decimal(0)
    return amount / Decimal(str(miles)) if miles >= _ENOUGH_MI else None


def _since(sessions: Sequence[Session], since: datetime) -> Sequence[Session]:
    first = len(sessions)
    while first and sessions[first - 1].plugged_at >= since:
        first -= 1
    return sessions[first:]


def _amount(session: Session, currency: str) -> Decimal | None:
    """Return what a session has cost, None where that is not known in the currency."""
    if session.cost is not None:
        return session.cost.amount if session.cost.currency == currency else None
    return None if session.added.wh > 0 else Decimal(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """The energy at the wall whose cost is known in a currency, in Wh, and that cost."""

    wh: float = 0.0
    amount: Decimal = Decimal(0)

    def saving(self, reference_price: Decimal) -> Decimal | None:
        """Return how much less it was than at another price per kWh, None as long as nothing has a price."""
        return reference_price * Decimal(str(round(self.wh / 1000, 6))) - self.amount if self.wh > 0 else None


class Pricing:
    """Adds up what sessions have cost by currency; only what has changed is added anew, so that years cost nothing."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._seen: dict[str, Session] = {}
        self._sums: dict[str, Priced] = {}

    def take(self, sessions: Sequence[Session]) -> None:
        """Take the sessions of a car as they are now."""
        for one in sessions:
            before = self._seen.get(one.id)
            if before is not one:
                self._seen[one.id] = one
                self._add(before, -1)
                self._add(one, 1)
        if len(self._seen) > len(sessions):
            for session_id in self._seen.keys() - {one.id for one in sessions}:
                self._add(self._seen.pop(session_id), -1)

    def of(self, currency: str) -> Priced:
        """Return what is known in a currency."""
        return self._sums.get(currency, Priced())

    def _add(self, session: Session | None, sign: int) -> None:
        if session is None or session.cost is None:
            return
        cost, known = session.cost, self.of(session.cost.currency)
        wh = session.used.wh or session.added.wh
        self._sums[cost.currency] = Priced(known.wh + sign * wh, known.amount + sign * cost.amount)


def charging_time(session: Session) -> timedelta:
    """Return how long a session has charged; in a run that goes on, until where energy is known to have flowed."""
    seconds = session.charging_seconds
    for run in session.runs:
        if run.end is None:
            known = max((one.start + one.seconds for one in session.flow), default=0)
            seconds += max(0.0, known - run.start.timestamp())
    return timedelta(seconds=round(seconds))


def charging_span(session: Session) -> tuple[datetime, datetime] | None:
    """Return from when to when a session has charged, None while it does, or when it did not."""
    if not session.runs:
        return None if session.unplugged_at is None else (session.plugged_at, session.unplugged_at)
    ends = [run.end for run in session.runs if run.end is not None]
    if len(ends) < len(session.runs):
        return None
    return min(run.start for run in session.runs), max(ends)
