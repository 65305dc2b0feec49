"""What a site's own history of its Wall Connectors says of a session: charges without a word of which one, or which car."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from ..energy.spread import Stretch
from .session import Energy, Place, Session, Source

# The clocks of a Wall Connector and a car may differ by so much, s.
_APART_S: Final = 180.0
# A charge is what a session took if it is about that: with one Wall Connector, and with several, of which one fits best.
_LEAST, _MOST = 0.97, 1.6
_ALIKE: Final = 0.1
_COARSE_WH: Final = 200.0


def by_history(session: Session, charges: Sequence[Stretch], others: Iterable[Session], *, connectors: int) -> Session:
    """Return a session that is over with its energy at the wall as the history has it; unchanged where that is not sure.

    others: all other sessions at home of all cars, near it in time. connectors: how many the site has.
    """
    end = session.unplugged_at
    if (
        session.place is not Place.HOME
        or session.direct_current
        or end is None
        or session.used.source is Source.INVOICE
    ):
        return session
    begin, over = session.plugged_at.timestamp() - _APART_S, end.timestamp() + _APART_S
    mine = [one for one in charges if _within(one, begin, over)]
    energy = sum(one.energy_wh for one in mine)
    added, used = session.added, session.used
    if not mine or not _LEAST * added.wh - _COARSE_WH <= energy <= _MOST * added.wh + _COARSE_WH:
        return session
    alone = connectors == 1 and not any(_meet(session, other) for other in others)
    if not alone and abs(energy - used.wh) > _ALIKE * used.wh + _COARSE_WH:
        return session
    if used.source is Source.WALL_HISTORY and abs(used.wh - energy) < 1:
        return session
    return replace(session, used=Energy(wh=energy, source=Source.WALL_HISTORY))


def _within(charge: Stretch, begin: float, end: float) -> bool:
    shared = min(charge.start + charge.seconds, end) - max(charge.start, begin)
    return shared >= 0 and 2 * shared >= charge.seconds


def _meet(session: Session, other: Session) -> bool:
    end = session.unplugged_at
    return (
        other is not session
        and (other.vin, other.id) != (session.vin, session.id)
        and (end is None or other.plugged_at < end)
        and (other.unplugged_at is None or other.unplugged_at > session.plugged_at)
    )
