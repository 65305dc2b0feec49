"""What past sessions teach: how much of the energy at the wall gets into the battery, and how much a percent of it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from .session import Session, Source

# Until something is learned (charging.md 4).
AC_EFFICIENCY: Final = 0.90
DC_EFFICIENCY: Final = 0.96
PACK_WH: Final = 75_000.0
_LEAST, _MOST = 0.7, 0.99
_LEAST_PACK_WH, _MOST_PACK_WH = 20_000.0, 250_000.0
# From so many sessions, each of so much energy and such a rise.
_SESSIONS: Final = 10
_LEAST_WH: Final = 3000.0
_RISE_PERCENT: Final = 10.0
_MEASURED: Final = frozenset({Source.WALL_CONNECTOR, Source.WALL_HISTORY, Source.POWER, Source.INVOICE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """What a car's sessions have taught."""

    ac: float = AC_EFFICIENCY
    dc: float = DC_EFFICIENCY
    pack_wh: float = PACK_WH

    def efficiency(self, *, direct_current: bool) -> float:
        """Return how much of what comes to the car gets into the battery."""
        return self.dc if direct_current else self.ac


def learn(sessions: Iterable[Session]) -> Learned:
    """Return what the last sessions teach; `sessions` has the newest first."""
    shares: dict[bool, list[float]] = {False: [], True: []}
    packs: list[float] = []
    for session in sessions:
        added, used, share = session.added, session.used, shares[session.direct_current]
        if added.estimated or added.wh < _LEAST_WH or session.open:
            continue
        if len(share) < _SESSIONS and not used.estimated and used.source in _MEASURED and used.wh > 0:
            found = added.wh / used.wh
            if _LEAST <= found <= _MOST:
                share.append(found)
        if len(packs) < _SESSIONS and session.soc_start is not None and session.soc_end is not None:
            rise = session.soc_end - session.soc_start
            if rise >= _RISE_PERCENT and _LEAST_PACK_WH <= (pack := added.wh / rise * 100) <= _MOST_PACK_WH:
                packs.append(pack)
        if len(packs) >= _SESSIONS and len(share) >= _SESSIONS:
            break
    return Learned(
        ac=median(shares[False]) if shares[False] else AC_EFFICIENCY,
        dc=median(shares[True]) if shares[True] else DC_EFFICIENCY,
        pack_wh=median(packs) if packs else PACK_WH,
    )
