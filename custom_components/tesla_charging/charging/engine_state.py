"""What is known of a car while its sessions are made, what comes of that, and how it outlives the process."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Self

from .draft import Draft, moment
from .learned import Learned
from .news import Happening, News
from .seen import Seen
from .session import Place, Session
from .wall import WallSide

# So long after it is noticed the place of a session may come to be known, s.
_UNPLACED_S: Final = 600.0


class EngineState:
    """The state of an engine."""

    def __init__(self, vin: str) -> None:
        """Begin with nothing known."""
        self.vin = vin
        self.learned = Learned()
        self.last: Seen | None = None
        # The session that is open, or the last one.
        self.draft: Draft | None = None
        self.wall = WallSide()
        # The highest value of the car's counter in this session, or the last one that was read.
        self.high: float | None = None
        # Whether the car has yet to be read in this session.
        self.fresh = False
        self.slept_at: float | None = None
        self.left_at: float | None = None
        self._closing = False
        self._noticed_at: float | None = None
        # The cable was put in after this, where that was seen before the car was read.
        self._since: float | None = None
        self._changed: dict[str, Session] = {}
        self._news: list[News] = []

    # What comes out

    def taken(self) -> tuple[list[Session], list[News]]:
        """Return the sessions that are new or have changed since this was asked, by time, and what there is to tell."""
        found, news = [*self._changed.values()], self._news
        self._changed, self._news = {}, []
        return found, news

    @property
    def stirred(self) -> bool:
        """Whether there is something that was not taken yet."""
        return bool(self._changed or self._news)

    @property
    def open(self) -> bool:
        """Whether a cable is in, as far as is known."""
        return self.draft is not None and self.draft.open and self.left_at is None

    def unsettled(self, now: float) -> bool:
        """Whether it may soon come to be known where the car hangs on its cable, or what it took to the end."""
        noticed = self._noticed_at
        if self.left_at is not None and self._closing:
            return True
        draft = self.draft
        if draft is None or not draft.open or draft.place is not Place.ELSEWHERE or noticed is None:
            return False
        return now - noticed < _UNPLACED_S

    def _note(self, draft: Draft) -> None:
        self._changed[draft.id] = draft.session(self.learned)

    def _tell(self, what: Happening, at: float, draft: Draft, *, sure: bool) -> None:
        session = draft.session(self.learned)
        self._news.append(News(what=what, at=moment(at), session=session, soc=draft.soc_end, estimated=not sure))

    # A session in the making

    def _open(self, at: float, seen: Seen | None) -> Draft:
        self.draft = draft = Draft(id=self._name(at), vin=self.vin, plugged_at=at)
        self.fresh, self.left_at, self._closing = seen is None, None, False
        self._noticed_at, self._since = at, None
        if seen is not None:
            draft.soc_start, draft.soc_end, draft.odometer_mi = seen.level, seen.level, seen.odometer_mi
        return draft

    @staticmethod
    def _name(at: float) -> str:
        return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")

    # What outlives the process

    def to_json(self) -> dict[str, Any]:
        """Return what is needed to go on."""
        return {
            "last": self.last and self.last.to_json(),
            "draft": self.draft and self.draft.to_json(),
            "wall": self.wall.to_json(),
            "high": self.high,
            "fresh": self.fresh,
            "slept_at": self.slept_at,
            "left_at": self.left_at,
            "closing": self._closing,
            "noticed_at": self._noticed_at,
            "since": self._since,
        }

    @classmethod
    def from_json(cls, vin: str, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; raises ValueError, KeyError, TypeError or AttributeError."""
        engine = cls(vin)
        engine.last = None if data["last"] is None else Seen.from_json(data["last"])
        engine.draft = None if data["draft"] is None else Draft.from_json(data["draft"])
        engine.wall = WallSide.from_json(data["wall"])
        engine.high, engine.fresh, engine.slept_at = data["high"], bool(data["fresh"]), data["slept_at"]
        engine.left_at, engine._closing = data["left_at"], bool(data["closing"])
        engine._noticed_at, engine._since = data["noticed_at"], data["since"]
        return engine
