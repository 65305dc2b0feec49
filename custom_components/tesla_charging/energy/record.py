"""What is remembered of the import of a site's history: how far it has come, and what Tesla told that is not a sum."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from .history import Part
from .spread import Stretch
from .tariff import same_tariff

# As many charges as two a day make in ten years, and more outages than anybody should have.
MOST_CHARGES: Final = 7500
MOST_OUTAGES: Final = 2000
MOST_TARIFFS: Final = 50
MOST_SUSPECTS: Final = 400
ONE_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Suspect:
    """A day that is not what it should be: since when, how often it was read again, and when last (epoch seconds)."""

    reason: str
    since: float
    tries: int = 0
    last: float = 0.0


@dataclass(slots=True)
class SiteRecord:
    """The record of one site.

    first: the first day to import. next_day: the first day that is not imported in full. again, again_until: days that a
    person wants read once more, or first of all. edges: what days tell of hours that they share with their neighbours.
    tariffs: each with the time since when it holds. outages_told_until: events tell of later outages only.
    """

    paused: bool = False
    first: date | None = None
    next_day: date | None = None
    again: date | None = None
    again_until: date | None = None
    week_read: date | None = None
    yesterday_read: float = 0.0
    today_read: float = 0.0
    outages_told_until: float | None = None
    suspects: dict[date, Suspect] = field(default_factory=dict)
    edges: dict[date, dict[int, Part]] = field(default_factory=dict)
    charges: list[Stretch] = field(default_factory=list)
    outages: list[Stretch] = field(default_factory=list)
    tariffs: list[tuple[float, Any]] = field(default_factory=list)
    buy_entity: str | None = None
    sell_entity: str | None = None

    def note_tariff(self, content: object, now: float) -> bool:
        """Remember a tariff if it is another than before; return whether it is."""
        if (
            not isinstance(content, Mapping)
            or not content
            or (self.tariffs and same_tariff(self.tariffs[-1][1], content))
        ):
            return False
        self.tariffs = [*self.tariffs, (now, dict(content))][-MOST_TARIFFS:]
        return True

    def suspect(self, day: date, reason: str, now: float) -> None:
        """Mark a day, or note that it was read again and is not better."""
        known = self.suspects.get(day)
        if known is None:
            self.suspects[day] = Suspect(reason, now, last=now)
            for oldest in sorted(self.suspects, key=lambda one: self.suspects[one].since)[:-MOST_SUSPECTS]:
                del self.suspects[oldest]
        else:
            known.reason, known.tries, known.last = reason, known.tries + 1, now

    def begin_anew(self) -> None:
        """Take nothing for imported."""
        self.next_day, self.week_read, self.yesterday_read, self.today_read = self.first, None, 0.0, 0.0

    def ask_again(self, since: date) -> None:
        """Have all days since one read once more; one before the first makes the import begin there."""
        if self.first is None or self.next_day is None:
            return
        until = self.next_day - ONE_DAY
        if since < self.first:
            # The first day, too: it may share an hour with the one before.
            until, self.first = min(self.first, until), since
        if since <= until:
            self.again, self.again_until = since, until

    @property
    def days_left(self) -> int:
        """How many days are to be read again."""
        if self.again is None or self.again_until is None:
            return 0
        return (self.again_until - self.again).days + 1

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "paused": self.paused,
            "first": _iso(self.first),
            "next_day": _iso(self.next_day),
            "again": _iso(self.again),
            "again_until": _iso(self.again_until),
            "week_read": _iso(self.week_read),
            "yesterday_read": self.yesterday_read,
            "today_read": self.today_read,
            "outages_told_until": self.outages_told_until,
            "suspects": {str(day): [one.reason, one.since, one.tries, one.last] for day, one in self.suspects.items()},
            "edges": {
                str(day): {str(hour): _part(part) for hour, part in parts.items()} for day, parts in self.edges.items()
            },
            "charges": [[one.start, one.seconds, one.energy_wh] for one in self.charges],
            "outages": [[one.start, one.seconds] for one in self.outages],
            "tariffs": [[since, content] for since, content in self.tariffs],
            "buy_entity": self.buy_entity,
            "sell_entity": self.sell_entity,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SiteRecord:
        """Read what `to_json` wrote; raises if it is damaged."""
        return cls(
            paused=bool(data["paused"]),
            first=_date(data["first"]),
            next_day=_date(data["next_day"]),
            again=_date(data["again"]),
            again_until=_date(data["again_until"]),
            week_read=_date(data["week_read"]),
            yesterday_read=float(data["yesterday_read"]),
            today_read=float(data["today_read"]),
            outages_told_until=data["outages_told_until"],
            suspects={date.fromisoformat(day): Suspect(*one) for day, one in data["suspects"].items()},
            edges={
                date.fromisoformat(day): {int(hour): _read_part(part) for hour, part in parts.items()}
                for day, parts in data["edges"].items()
            },
            charges=[Stretch(*one) for one in data["charges"]],
            outages=[Stretch(*one) for one in data["outages"]],
            tariffs=[(since, content) for since, content in data["tariffs"]],
            buy_entity=data["buy_entity"],
            sell_entity=data["sell_entity"],
        )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _part(part: Part) -> list[Any]:
    money = {name: None if amount is None else str(amount) for name, amount in part.money.items()}
    return [part.seconds, {name: value for name, value in part.flows.items() if value}, money]


def _read_part(data: list[Any]) -> Part:
    seconds, flows, money = data
    return Part(seconds, flows, {name: None if text is None else Decimal(text) for name, text in money.items()})
