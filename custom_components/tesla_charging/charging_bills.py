"""Asks what stops at Superchargers have cost, and imports what Tesla has billed so far; the log keeps it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .account import TeslaConfigEntry
from .bill_store import BillStore, Import
from .charging.billing import Settled, is_settled, settle
from .charging.bills import PAGE_SIZE, Billed, Page, Pager, begin_of, clusters, end_of, read_page
from .charging.looks import OLDEST_S, Stop, stop_known
from .charging.news import Happening, News
from .charging.session import Place, Reason, Session
from .charging_log import ChargingLog
from .const import DOMAIN
from .fleet.errors import Fault, FleetError
from .fleet.paying import PriceClass, sent_within
from .fleet.scopes import Scope

_LOGGER = logging.getLogger(__name__)

_OLDEST: Final = timedelta(seconds=OLDEST_S)
# A look asks for some days more than it has to: what Tesla puts right meanwhile comes with it.
_BESIDES: Final = timedelta(days=7)
_NEAR: Final = timedelta(hours=3)
_FIRST_IMPORT_S: Final = 120.0
# An import that stands still for longer begins anew: pages have moved on.
_STALE_S: Final = 86_400.0
_SETTLES_S: Final = 5.0
_NO_MONEY_S: Final = 900.0
_LONGEST_WAIT_S: Final = 3600.0
# Seconds until an import that has failed by itself is tried again.
_IMPORT_RETRIES_S: Final = (900.0, 3600.0, 6 * 3600.0, 86_400.0)
# What nobody mends within the hour: the next look is soon enough.
_LASTING: Final = frozenset(
    {
        Fault.BAD_REQUEST,
        Fault.LIMIT_EXCEEDED,
        Fault.LOCKED,
        Fault.LOGIN_REQUIRED,
        Fault.MISSING_SCOPES,
        Fault.NOT_FOUND,
        Fault.NOT_REGISTERED,
        Fault.PAYMENT_REQUIRED,
        Fault.UNSUPPORTED,
    }
)

_BILLS: HassKey[dict[str, ChargingBills]] = HassKey(f"{DOMAIN}.charging_bills")


@callback
def charging_bills_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ChargingBills:
    """Return what asks for the bills of an account that is set up."""
    return hass.data[_BILLS][entry.entry_id]


@dataclass(slots=True)
class Imported:
    """What an import has brought; `numbers` are those of the bills, each of which may come more than once."""

    numbers: set[str] = field(default_factory=set)
    new_sessions: int = 0
    changed_sessions: int = 0
    requests: int = 0

    @property
    def bills(self) -> int:
        """How many bills there were."""
        return len(self.numbers)


class ChargingBills:
    """Asks for the bills of an account."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry, log: ChargingLog, store: BillStore) -> None:
        """Make it; `async_start` begins."""
        self._hass, self._entry, self._log, self._store = hass, entry, log, store
        self._account = entry.runtime_data
        self._lock = asyncio.Lock()
        self._stops: dict[str, CALLBACK_TYPE] = {}
        self._cancel: CALLBACK_TYPE | None = None
        self._cancel_soon: CALLBACK_TYPE | None = None
        self._import_at = 0.0
        self._import_failures = 0
        self._joining = self._ended = False

    @property
    def granted(self) -> bool:
        """Whether bills may be asked for."""
        return Scope.VEHICLE_CHARGING_CMDS in self._account.scopes

    @callback
    def async_start(self) -> None:
        """Begin; it ends with the entry, and rests where bills may not be asked for."""
        self._hass.data.setdefault(_BILLS, {})[self._entry.entry_id] = self
        self._entry.async_on_unload(self._stop)
        self._import_at = dt_util.utcnow().timestamp() + _FIRST_IMPORT_S
        self._follow()
        self._entry.async_on_unload(self._account.async_follow(self._follow))
        self._plan()

    @callback
    def _stop(self) -> None:
        self._ended = True
        for stop in self._stops.values():
            stop()
        self._stops.clear()
        self._forget_plan()
        if self._cancel_soon is not None:
            self._cancel_soon()
            self._cancel_soon = None
        self._hass.data[_BILLS].pop(self._entry.entry_id)

    @callback
    def _follow(self) -> None:
        """Follow the sessions of every car that there is, and that comes to be there, while that is granted."""
        cars = self._account.vehicles if self.granted else {}
        for vin in [one for one in self._stops if one not in cars]:
            self._stops.pop(vin)()
        for vin in cars:
            if vin not in self._stops:
                self._stops[vin] = self._log.async_follow(vin, partial(self._changed, vin))
                self._changed(vin)

    @callback
    def _changed(self, vin: str) -> None:
        """Let a session that has turned up take its bills at once, before anybody counts both; ask for others when due."""
        if self._joining or self._ended:
            return
        sessions = self._recent(vin)
        if any(session.bills for session in sessions):
            self._joining = True
            try:
                self._take(settle(vin, sessions, (), dt_util.utcnow()), Reason.INVOICE)
            finally:
                self._joining = False
        self._plan(soon=True)

    # When

    @property
    def _import_is_due(self) -> bool:
        """Whether there is a car whose bills were never imported."""
        return bool(self._stops.keys() - self._store.notes.imported)

    def _recent(self, vin: str) -> tuple[Session, ...]:
        return self._log.sessions(vin, dt_util.utcnow() - _OLDEST)

    def _stands(self, now: float) -> list[tuple[Session, float, Stop]]:
        """Return the stops that are over and not paid as far as is known, when they ended, and how often was asked."""
        notes, found = self._store.notes, list[tuple[Session, float, Stop]]()
        for vin in self._stops:
            for session in self._recent(vin):
                end = _end_of(session)
                if end is None or now - end.timestamp() > OLDEST_S or is_settled(session):
                    continue
                stop = notes.stops.get(session.id)
                if stop is None:
                    stop = stop_known(end.timestamp(), now, billed=bool(session.bills))
                found.append((session, end.timestamp(), stop))
        return found

    @callback
    def _plan(self, *, soon: bool = False) -> None:
        """Wake up when something is due; soon: when the log has settled, which may tell of more."""
        if self._ended or self._lock.locked():
            return
        if soon:
            if self._cancel_soon is None:
                self._cancel_soon = async_call_later(self._hass, _SETTLES_S, self._plan_now)
            return
        self._forget_plan()
        now = dt_util.utcnow().timestamp()
        due = [at for _, end, stop in self._stands(now) if (at := stop.due_at(end)) is not None]
        if self._import_is_due:
            due.append(self._import_at)
        if due:
            self._cancel = async_call_later(self._hass, max(1.0, min(due) - now), self._wake)

    @callback
    def _plan_now(self, _: datetime) -> None:
        self._cancel_soon = None
        self._plan()

    @callback
    def _forget_plan(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _wake(self, _: datetime) -> None:
        self._cancel = None
        self._entry.async_create_background_task(self._hass, self._turn(), f"{DOMAIN} bills")

    async def _turn(self) -> None:
        """Do what is due."""
        async with self._lock:
            now = dt_util.utcnow().timestamp()
            if self._import_is_due and now >= self._import_at:
                await self._import_by_itself()
            due = [one for one in self._stands(now) if (at := one[2].due_at(one[1])) is not None and at <= now]
            if due:
                await self._look(due)
        self._plan()

    # Looking for the bills of stops

    async def _look(self, due: list[tuple[Session, float, Stop]]) -> None:
        notes, now = self._store.notes, dt_util.utcnow()
        kept = {session.id for session, *_ in self._stands(now.timestamp())}
        notes.stops = {session_id: stop for session_id, stop in notes.stops.items() if session_id in kept}
        notes.stops.update({session.id: stop for session, _, stop in due})
        start = min(session.plugged_at for session, *_ in due) - _BESIDES
        pager = Pager(notes.first_page, brief=True)
        limits = [stop.requests + stop.left for *_, stop in due]
        sent_any = False
        try:
            while not pager.done and all(stop.requests < limit for (*_, stop), limit in zip(due, limits, strict=True)):
                page = await self._page(pager, start, now, [stop for *_, stop in due])
                sent_any = True
                if page is None:
                    continue
                await self._apply(page, Reason.INVOICE, tell=True)
                if all(self._is_settled(session) for session, *_ in due):
                    break
        except _Failed as failed:
            self._note_failure(failed, due, now.timestamp(), sent_any=sent_any or failed.sent)
        else:
            for _, end, stop in due:
                stop.looked(end, now.timestamp())
        if pager.first is not None:
            notes.first_page = pager.first
        await self._store.async_save()

    def _is_settled(self, session: Session) -> bool:
        found = self._log.session(session.vin, session.id)
        # What was withdrawn has become part of another.
        return found is None or is_settled(found)

    def _note_failure(
        self, failed: _Failed, due: list[tuple[Session, float, Stop]], now: float, *, sent_any: bool
    ) -> None:
        _LOGGER.debug("Tesla did not tell what charging has cost: %s", failed.error)
        wait = min(failed.error.retry_after or 0.0, _LONGEST_WAIT_S)
        for _, end, stop in due:
            if not sent_any:
                stop.put_off(now, max(_NO_MONEY_S, wait))
            elif failed.error.fault in _LASTING:
                stop.looked(end, now)
            else:
                stop.failed(end, now, wait)

    async def _page(
        self, pager: Pager, start: datetime | None, end: datetime | None, stops: Sequence[Stop] = ()
    ) -> Page | None:
        """Ask for the next page; None where there is none of this number. What is asked for is on disk before it leaves."""
        begin, until = (None if at is None else at.replace(microsecond=0) for at in (start, end))
        for stop in stops:
            stop.requests += 1
        if stops:
            await self._store.async_save()
        with sent_within() as sent:
            try:
                answer = await self._account.client.charging_history(begin, until, page=pager.number, size=PAGE_SIZE)
            except FleetError as err:
                if err.status == HTTPStatus.BAD_REQUEST and err.fault is Fault.BAD_REQUEST and pager.refused():
                    return None
                raise _Failed(err, sent=bool(sent)) from None
            finally:
                # Where it has asked for the region, too, that was no question for bills.
                for stop in stops:
                    stop.requests += sent.count(PriceClass.DATA) - 1
        page = read_page(answer)
        pager.take(page)
        return page

    # Importing

    async def async_import(self, days: int | None = None) -> Imported:
        """Import what Tesla has billed in the last days, or ever; raises FleetError, and goes on there when asked again."""
        async with self._lock:
            imported = Imported()
            try:
                await self._import(days, imported)
            finally:
                self._hass.loop.call_soon(self._plan)
        return imported

    async def _import_by_itself(self) -> None:
        now = dt_util.utcnow().timestamp()
        try:
            await self._import(None, Imported())
        except FleetError as err:
            _LOGGER.debug("Tesla did not tell what charging has cost so far: %s", err)
            wait = _IMPORT_RETRIES_S[min(self._import_failures, len(_IMPORT_RETRIES_S) - 1)]
            self._import_failures += 1
            self._import_at = now + max(wait, min(err.retry_after or 0.0, _LONGEST_WAIT_S))

    async def _import(self, days: int | None, imported: Imported) -> None:
        notes, now = self._store.notes, dt_util.utcnow()
        under_way = notes.under_way
        if under_way is None or under_way.days != days or now.timestamp() - under_way.begun_at > _STALE_S:
            under_way = notes.under_way = Import(days, now.timestamp(), Pager(notes.first_page))
        pager = under_way.pager
        end = None if days is None else now
        start = None if days is None else datetime.fromtimestamp(under_way.begun_at, now.tzinfo) - timedelta(days=days)
        while not pager.done:
            imported.requests += 1
            try:
                page = await self._page(pager, start, end)
            except _Failed as failed:
                await self._store.async_save()
                raise failed.error from None
            if page is not None:
                await self._apply(page, Reason.IMPORTED, imported=imported)
                # What is known of the pages has to outlast a restart as well as the page that is next.
                notes.first_page = pager.first if pager.first is not None else notes.first_page
                await self._store.async_save()
        notes.under_way = None
        if days is None:
            notes.imported |= set(self._account.vehicles)
        await self._store.async_save()

    # What was found

    async def _apply(self, page: Page, reason: Reason, *, tell: bool = False, imported: Imported | None = None) -> None:
        """Give the bills of a page to their sessions."""
        ours = (one for one in page.billed if one.vin in self._account.vehicles)
        for group in clusters(ours):
            self._settle(group, reason, tell=tell, imported=imported)
            # Years of bills must not hold up others.
            await asyncio.sleep(0)

    @callback
    def _settle(self, group: list[Billed], reason: Reason, *, tell: bool, imported: Imported | None) -> None:
        vin, bills = group[0].vin, [one.bill for one in group]
        begin, end = min(map(begin_of, bills)) - _NEAR, max(map(end_of, bills)) + _NEAR
        near = self._log.sessions(vin, begin, end)
        settled = settle(vin, near, bills, dt_util.utcnow())
        if imported is not None:
            known = {session.id for session in near}
            imported.numbers.update(bill.session_id for bill in bills)
            imported.new_sessions += sum(session.id not in known for session in settled.changed)
            imported.changed_sessions += sum(session.id in known for session in settled.changed)
        self._joining = True
        try:
            self._take(settled, reason, tell=tell)
        finally:
            self._joining = False

    @callback
    def _take(self, settled: Settled, reason: Reason, *, tell: bool = False) -> None:
        """Let the log keep what has come out."""
        stops = self._store.notes.stops
        for session in settled.withdrawn:
            numbers = {bill.session_id for bill in session.bills}
            heirs = (one for one in settled.changed if any(bill.session_id in numbers for bill in one.bills))
            if (heir := next(heirs, None)) is not None and session.id in stops:
                stops.setdefault(heir.id, stops.pop(session.id))
            self._log.async_withdraw(session, reason)
        for session in settled.changed:
            kept = self._log.async_amend(session, reason)
            if tell and session.id in settled.news:
                self._log.async_tell(
                    News(what=Happening.INVOICE_RECEIVED, at=dt_util.utcnow(), session=kept, estimated=True)
                )


class _Failed(Exception):
    """A request for bills has failed; sent: whether it has left."""

    def __init__(self, error: FleetError, *, sent: bool) -> None:
        """Keep both."""
        super().__init__(str(error))
        self.error, self.sent = error, sent


def _end_of(session: Session) -> datetime | None:
    """Return when a stop at a fast charger ended; None if it goes on, or was none."""
    if not (session.direct_current or session.place is Place.SUPERCHARGER):
        return None
    if not (session.runs or session.added.wh or session.bills):
        return None
    if session.unplugged_at is not None:
        return session.unplugged_at
    return session.runs[-1].end if session.runs else None
