"""The charging log of an account: the sessions of its cars, kept on disk, told to whoever follows."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .account import TeslaConfigEntry
from .charging import lines
from .charging.book import Book, merged
from .charging.engine import Engine
from .charging.learned import learn
from .charging.news import News
from .charging.session import Place, Reason, Session
from .charging.totals import Totals
from .charging.wall_history import by_history
from .charging_watch import Watch
from .const import DOMAIN
from .energy.spread import Stretch
from .history import SiteHistory, histories_of
from .session_store import SessionStore

_LOGS: HassKey[dict[str, ChargingLog]] = HassKey(f"{DOMAIN}.charging_logs")
# What goes on is written so often, s.
_WRITE_S: Final = 300.0
# What the history of a site is compared with, and how long before that a charge may have begun.
_COMPARED: Final = timedelta(days=14)
_LONG: Final = timedelta(days=2)
# So many sessions teach.
_TEACHERS: Final = 60


@callback
def charging_log_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ChargingLog:
    """Return the log of an account that is set up."""
    return hass.data[_LOGS][entry.entry_id]


class ChargingLog:
    """The sessions of an account's cars, by VIN and in the order in which they began."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
        """Make it; `async_start` begins."""
        self._hass, self._entry = hass, entry
        self._store = SessionStore(hass, entry.entry_id)
        self._books: dict[str, Book] = {}
        self._engines: dict[str, Engine] = {}
        self._followers: dict[str, list[Callable[[], None]]] = {}
        self._news_followers: dict[str, list[Callable[[News], None]]] = {}
        self._unwritten: dict[str, dict[str, Session]] = {}
        self._gone: dict[tuple[str, str], Reason] = {}
        self._cancel_write: CALLBACK_TYPE | None = None
        self._written: dict[str, tuple[Any, Totals]] = {}
        self._stopped = False
        self._histories: dict[int, SiteHistory] = {}
        self._compared: dict[int, tuple[tuple[Stretch, ...], float]] = {}

    async def async_start(self) -> None:
        """Read what is on disk, and follow the cars and sites."""
        reading = await self._store.async_load()
        self._engines |= reading.engines
        for vin, shown in reading.totals.items():
            self._book(vin).shown = shown
        now = dt_util.utcnow().timestamp()
        for session in reading.sessions:
            engine = self._engines.get(session.vin)
            in_doubt = engine is not None and engine.draft is not None and engine.draft.id == session.id
            self._book(session.vin).put(
                session, settled=not (in_doubt and engine is not None and engine.unsettled(now))
            )
        for vin, engine in self._engines.items():
            self._teach(vin, engine)
        self._hass.data.setdefault(_LOGS, {})[self._entry.entry_id] = self
        self._entry.async_on_unload(self._end)
        self._entry.async_on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_FINAL_WRITE, self._write_finally))
        Watch(self._hass, self._entry, self._engine, self._take).async_start()
        self._follow_histories()
        self._entry.async_on_unload(self._entry.runtime_data.async_follow(self._follow_histories))

    async def async_stop(self) -> None:
        """Write what is not written yet, and no more after that: another may hold the file then."""
        if self._unwritten or not self._store.writable:
            await self._write()
        self._end()

    async def _write_finally(self, _: Event) -> None:
        if self._unwritten:
            await self._write()

    @callback
    def _end(self) -> None:
        self._stopped = True
        if self._cancel_write is not None:
            self._cancel_write()
            self._cancel_write = None
        if self._hass.data.get(_LOGS, {}).get(self._entry.entry_id) is self:
            del self._hass.data[_LOGS][self._entry.entry_id]

    # What others see

    def sessions(self, vin: str, begin: datetime | None = None, end: datetime | None = None) -> tuple[Session, ...]:
        """Return the sessions of a car that are partly between two times, by their beginning."""
        book = self._books.get(vin)
        return () if book is None else book.between(begin, end)

    def session(self, vin: str, session_id: str) -> Session | None:
        """Return a session as it is known now."""
        book = self._books.get(vin)
        return None if book is None else book.get(session_id)

    def latest(self, vin: str) -> Session | None:
        """Return the session that is open, else the last one."""
        book = self._books.get(vin)
        return None if book is None else book.latest

    def totals(self, vin: str) -> Totals:
        """Return what a car has charged and paid in all."""
        book = self._books.get(vin)
        return Totals() if book is None else book.totals()

    @callback
    def async_follow(self, vin: str, follower: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever a session of a car is new or has changed."""
        followers = self._followers.setdefault(vin, [])
        followers.append(follower)
        return lambda: followers.remove(follower)

    @callback
    def async_follow_news(self, vin: str, follower: Callable[[News], None]) -> CALLBACK_TYPE:
        """Call back with what happens to a car, once; the first snapshot after a start is no news."""
        followers = self._news_followers.setdefault(vin, [])
        followers.append(follower)
        return lambda: followers.remove(follower)

    def diagnostics(self) -> dict[str, Any]:
        """Return how much there is, and nothing of what."""
        return {
            "sessions": [len(book) for book in self._books.values()],
            "open": sum(engine.open for engine in self._engines.values()),
            "written": self._store.writable,
        }

    # What others know better

    @callback
    def async_amend(self, session: Session, reason: Reason) -> Session:
        """Keep a session that is new or is known better; return it with its revision. What says the same is not written."""
        kept = self._keep(session, reason)
        if kept is None:
            return self._book(session.vin).get(session.id) or session
        self._tell_followers(session.vin)
        self._write_soon(0)
        return kept

    @callback
    def async_withdraw(self, session: Session, reason: Reason) -> None:
        """Keep a session no more that has turned out to be part of another."""
        if self._book(session.vin).remove(session.id):
            self._unwritten.setdefault(session.vin, {}).pop(session.id, None)
            self._gone[session.vin, session.id] = reason
            self._tell_followers(session.vin)
            self._write_soon(0)

    @callback
    def async_tell(self, news: News) -> None:
        """Tell of something that has happened."""
        for follower in tuple(self._news_followers.get(news.session.vin, ())):
            follower(news)

    # What the cars tell

    def _book(self, vin: str) -> Book:
        return self._books.setdefault(vin, Book())

    def _engine(self, vin: str) -> Engine:
        if vin not in self._engines:
            self._engines[vin] = Engine(vin)
        return self._engines[vin]

    def _teach(self, vin: str, engine: Engine) -> None:
        engine.learned = learn(islice(self._book(vin).newest_first(), _TEACHERS))

    @callback
    def _take(self, engine: Engine, *, news: bool) -> None:
        """Keep what an engine has made of what it saw; news: whether to tell of it."""
        found, told = engine.taken()
        book = self._book(engine.vin)
        unsettled = engine.unsettled(dt_util.utcnow().timestamp())
        changed = False
        for session in found:
            known = book.get(session.id)
            reason = Reason.OPENED if known is None else Reason.WENT_ON if session.open else Reason.CLOSED
            changed = self._keep(merged(known, session), reason, settled=not unsettled) is not None or changed
        for session in () if unsettled else book.unsettled:
            book.put(session, settled=True)
            changed = True
        self._unwritten.setdefault(engine.vin, {})
        if any(not session.open for session in found):
            self._teach(engine.vin, engine)
        if changed:
            self._tell_followers(engine.vin)
        for one in told if news else ():
            self.async_tell(replace(one, session=book.get(one.session.id) or one.session))
        self._write_soon(0 if told else _WRITE_S)

    def _keep(self, session: Session, reason: Reason, *, settled: bool | None = None) -> Session | None:
        """Keep a session; return it with its revision, None if it says nothing new."""
        book = self._book(session.vin)
        known = book.get(session.id)
        if known is not None and replace(session, revision=known.revision, reason=known.reason) == known:
            book.put(known, settled=settled)
            return None
        kept = replace(session, revision=0 if known is None else known.revision + 1, reason=reason)
        book.put(kept, settled=settled)
        self._unwritten.setdefault(kept.vin, {})[kept.id] = kept
        self._gone.pop((kept.vin, kept.id), None)
        return kept

    def _tell_followers(self, vin: str) -> None:
        for follower in tuple(self._followers.get(vin, ())):
            follower()

    # What the sites tell afterwards

    @callback
    def _follow_histories(self) -> None:
        for site_id, history in histories_of(self._hass, self._entry).items():
            if self._histories.get(site_id) is not history:
                self._histories[site_id] = history
                self._entry.async_on_unload(history.async_follow(partial(self._compare, site_id)))

    @callback
    def _compare(self, site_id: int) -> None:
        """Take what the history of a site says of the last sessions at home."""
        site, history = self._entry.runtime_data.sites.get(site_id), self._histories[site_id]
        charges, read_until = history.charge_history, history.record.today_read
        if site is None or (charges, read_until) == self._compared.get(site_id):
            return
        self._compared[site_id] = charges, read_until
        since = dt_util.utcnow() - _COMPARED
        recent = charges[bisect_left(charges, Stretch(round((since - _LONG).timestamp()), 0)) :]
        at_home = [one for book in self._books.values() for one in book.between(since) if one.place is Place.HOME]
        for session in at_home:
            if session.unplugged_at is not None and session.unplugged_at.timestamp() < read_until:
                better = by_history(session, recent, at_home, connectors=len(site.data.dins))
                if better is not session:
                    self.async_amend(better, Reason.WALL_HISTORY)

    # The disk

    @callback
    def _write_soon(self, seconds: float) -> None:
        if self._stopped:
            return
        if self._cancel_write is not None:
            if seconds:
                return
            self._cancel_write()
        self._cancel_write = async_call_later(self._hass, seconds, self._write_now)

    async def _write_now(self, _: datetime) -> None:
        self._cancel_write = None
        await self._write()

    async def _write(self) -> None:
        if self._cancel_write is not None:
            self._cancel_write()
            self._cancel_write = None
        (unwritten, self._unwritten), (gone, self._gone) = (self._unwritten, {}), (self._gone, {})
        found = [session for sessions in unwritten.values() for session in sessions.values()]
        engines = {vin: engine.to_json() for vin in unwritten if (engine := self._engines.get(vin)) is not None}
        totals = {vin: book.shown for vin in unwritten if (book := self._books.get(vin)) is not None}
        news = {vin: (engines.get(vin), totals[vin]) for vin in totals}
        if (
            not (found or gone)
            and self._store.writable
            and all(self._written.get(vin) == one for vin, one in news.items())
        ):
            # A car at rest says the same for days.
            return
        self._written |= news
        await self._store.async_append(lines.line(found, engines, totals, gone), self._whole)

    def _whole(self) -> Callable[[], str]:
        """Return what makes the file anew, of what is known now."""
        found = [session for book in self._books.values() for session in book.between()]
        engines = {vin: engine.to_json() for vin, engine in self._engines.items()}
        totals = {vin: book.shown for vin, book in self._books.items()}
        return partial(lines.whole, found, engines, totals)
