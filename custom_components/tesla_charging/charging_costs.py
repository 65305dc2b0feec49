"""What charging costs: each session is priced at once, settled by the site's history, and priced again when prices change.

Superchargers are billed by Tesla; that is for charging_bills. A session is only written where something of it changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_state_change_event, async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .account import Site, TeslaConfigEntry
from .charging.cost import Price
from .charging.session import Basis, Place, Reason, Session
from .charging_log import ChargingLog, charging_log_of
from .const import DOMAIN
from .cost_asking import DayAsker, Wish
from .cost_options import cost_options
from .cost_pricer import Pricer, over_s
from .cost_prices import HomePrices
from .cost_rows import SETTLED_S, SiteRows
from .cost_store import CostStore
from .session_sites import Span, end_of, likely, site_at, site_id_at, span_of

_DEBOUNCE_S: Final = 5.0
# How often a session that is open is priced again at most.
_OPEN_S: Final = 300.0
_LOOK: Final = timedelta(minutes=15)
# So long a session is looked at although it is settled: Tesla corrects its history, bills and Wall Connectors come late.
_YOUNG_S: Final = 8 * 86_400

type Key = tuple[str, str]

_COSTS: HassKey[dict[str, ChargingCosts]] = HassKey(f"{DOMAIN}.charging_costs")


@callback
def charging_costs_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ChargingCosts:
    """Return what prices the sessions of an account that is set up."""
    return hass.data[_COSTS][entry.entry_id]


async def async_start_costs(hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
    """Begin to price the sessions of an account; its log and its histories are there."""
    store = CostStore(hass, entry.entry_id)
    await store.async_load()
    costs = ChargingCosts(hass, entry, charging_log_of(hass, entry), store)
    hass.data.setdefault(_COSTS, {})[entry.entry_id] = costs
    entry.async_on_unload(store.async_flush)
    costs.async_start()


@dataclass(slots=True)
class _Look:
    """A session at home that is looked at again: when it began, and whether the history of its time is there, or late."""

    begin: float
    settled: bool
    waited: bool


class ChargingCosts:
    """The costs of the sessions of an account."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry, log: ChargingLog, store: CostStore) -> None:
        """Make it; `async_start` begins."""
        self._hass, self._entry, self._log, self._store = hass, entry, log, store
        self.prices = HomePrices(hass, entry, store)
        self._rows = SiteRows(hass, entry, store, self._spans, self._on_rows)
        self._pricer = Pricer(hass, entry, log, store, self.prices, self._rows)
        self._seen: dict[Key, int] = {}
        self._due: dict[Key, None] = {}
        # Sessions that are looked at from time to time.
        self._looks: dict[Key, _Look] = {}
        self._priced_at: dict[Key, float] = {}
        self._asker = DayAsker(hass, entry, self._rows, self._wishes)
        self._running = self._stopped = False
        self._followed: dict[str, CALLBACK_TYPE] = {}
        self._sites: dict[int, tuple[Site, CALLBACK_TYPE]] = {}
        self._stop_entities: CALLBACK_TYPE | None = None
        self._entities: list[str] = []
        self._timer: CALLBACK_TYPE | None = None
        self._timer_at = 0.0

    # What others ask for

    async def async_reprice(self, since: datetime | None = None, vin: str | None = None) -> int:
        """Price the sessions of a car, or of all, since a time again; return how many that has changed."""
        changed = 0
        for key in [
            key for key, session in self._all(vin) if since is None or end_of(session, dt_util.utcnow()) > since
        ]:
            changed += await self._price(key)
        return changed

    @callback
    def price_now(self) -> tuple[Basis, Price] | None:
        """Return what a kWh costs at home now, and how that is known."""
        return self.prices.now(likely(self._entry.runtime_data.sites.values()))

    # What begins and ends it

    @callback
    def async_start(self) -> None:
        """Follow the log, the sites, the prices and what a person says of them; price what is not done with."""
        entry, now = self._entry, dt_util.utcnow()
        known_by = self._fingerprint()
        for key, session in self._all(None):
            if self._store.priced_by == known_by and _is_done(session, now):
                self._seen[key] = session.revision
        self._follow()
        self._look_at_prices()
        entry.async_on_unload(entry.runtime_data.async_follow(self._follow))
        entry.async_on_unload(entry.add_update_listener(self._options_changed))
        entry.async_on_unload(async_track_time_interval(self._hass, self._look, _LOOK))
        entry.async_on_unload(self._stop)
        self._plan(0)

    @callback
    def _follow(self) -> None:
        """Follow all cars and sites that there are now."""
        account = self._entry.runtime_data
        for vin in account.vehicles:
            if vin not in self._followed:
                self._followed[vin] = self._log.async_follow(vin, partial(self._plan, _DEBOUNCE_S))
        for site_id, (site, stop) in tuple(self._sites.items()):
            if account.sites.get(site_id) is not site:
                stop()
                del self._sites[site_id]
        for site_id, site in account.sites.items():
            if site_id not in self._sites:
                follow_info = site.info.async_add_listener(partial(self._look_at_tariff, site))
                follow_live = site.live.async_add_listener(partial(self._rows.note_powers, site))

                def stop(first: CALLBACK_TYPE = follow_info, second: CALLBACK_TYPE = follow_live) -> None:
                    first()
                    second()

                self._sites[site_id] = site, stop
                self._rows.note_powers(site)
                self._look_at_tariff(site)
        self._rows.follow()
        self._follow_entities()

    @callback
    def _follow_entities(self) -> None:
        entities = self.prices.all_entities
        if entities == self._entities:
            return
        if self._stop_entities is not None:
            self._stop_entities()
            self._stop_entities = None
        self._entities = entities
        if entities:
            self._stop_entities = async_track_state_change_event(self._hass, entities, self._price_changed)

    @callback
    def _stop(self) -> None:
        self._stopped = True
        stops = [*self._followed.values(), *(stop for _, stop in self._sites.values())]
        for stop in (*stops, self._stop_entities, self._timer):
            if stop is not None:
                stop()
        self._timer = self._stop_entities = None
        self._asker.stop()
        self._rows.stop()
        del self._hass.data[_COSTS][self._entry.entry_id]

    # What makes a session due

    def _all(self, vin: str | None) -> Iterator[tuple[Key, Session]]:
        for one in self._entry.runtime_data.vehicles if vin is None else (vin,):
            for session in self._log.sessions(one):
                yield (one, session.id), session

    @callback
    def _scan(self) -> None:
        """Take up what has changed since it was priced."""
        for key, session in self._all(None):
            if self._seen.get(key) != session.revision:
                self._seen[key] = session.revision
                self._due[key] = None

    async def _options_changed(self, _: HomeAssistant, __: TeslaConfigEntry) -> None:
        self._look_at_prices()

    @callback
    def _look_at_prices(self) -> None:
        """Price all again if it is to be by other prices than before."""
        self._follow_entities()
        if self._store.priced_by != (found := self._fingerprint()):
            self._store.priced_by = found
            self._store.async_save()
            # Who has said what a kWh costs looks at once what the car that charges now costs.
            self._priced_at.clear()
            self._take_up(self._all(None))

    @callback
    def _price_changed(self, _: Event[EventStateChangedData]) -> None:
        """Price again what goes on, and what may have been without this price until now."""
        found = ((key, one) for key, one in self._young() if one.open or not _has_entity_price(one))
        self._take_up(found)

    @callback
    def _look_at_tariff(self, site: Site) -> None:
        first = not self._store.tariffs.get(site.snapshot.site_id)
        if self.prices.note_tariff(site):
            self._take_up(self._all(None) if first else self._young())

    @callback
    def _on_rows(self, site_id: int, begin: float, end: float) -> None:
        """Price again what the site's history has told more of."""
        found = (
            (key, session) for key, session in self._between(begin, end) if site_id_at(self._entry, session) == site_id
        )
        self._take_up(found)

    def _young(self) -> Iterator[tuple[Key, Session]]:
        return self._between(dt_util.utcnow().timestamp() - SETTLED_S)

    def _between(self, since: float, end: float | None = None) -> Iterator[tuple[Key, Session]]:
        begin = dt_util.utc_from_timestamp(since)
        until = None if end is None else dt_util.utc_from_timestamp(end)
        for vin in self._entry.runtime_data.vehicles:
            for session in self._log.sessions(vin, begin, until):
                yield (vin, session.id), session

    @callback
    def _take_up(self, found: Iterator[tuple[Key, Session]]) -> None:
        for key, session in found:
            self._seen[key] = session.revision
            self._due[key] = None
        self._plan(_DEBOUNCE_S)

    @callback
    def _look(self, _: datetime) -> None:
        """Look at what is not done with: an hour and a day later more is known."""
        self._rows.follow()
        self._look_at_prices()
        now = dt_util.utcnow()
        for key, look in tuple(self._looks.items()):
            session = self._log.session(*key)
            if session is None:
                del self._looks[key]
            elif session.open or (not look.waited and over_s(session, now) >= SETTLED_S):
                look.waited = not session.open
                self._due[key] = None
            elif look.settled and over_s(session, now) > _YOUNG_S:
                del self._looks[key]
        self._plan(0)
        self._asker.plan()

    @callback
    def _plan(self, seconds: float) -> None:
        """Work soon; a sooner time that is planned stays."""
        at = dt_util.utcnow().timestamp() + seconds
        if self._stopped or (self._timer is not None and self._timer_at <= at):
            return
        if self._timer is not None:
            self._timer()
        self._timer, self._timer_at = async_call_later(self._hass, seconds, self._begin), at

    @callback
    def _begin(self, _: datetime) -> None:
        self._timer = None
        self._scan()
        if not self._running and self._due:
            self._entry.async_create_background_task(self._hass, self._work(), f"{DOMAIN} charging costs")

    async def _work(self) -> None:
        """Price all that is due, one after the other; what is open is not priced at each read."""
        self._running = True
        later: dict[Key, None] = {}
        try:
            while self._due and not self._stopped:
                key = next(iter(self._due))
                del self._due[key]
                session, now = self._log.session(*key), dt_util.utcnow().timestamp()
                if session is not None and session.open and 0 <= now - self._priced_at.get(key, 0.0) < _OPEN_S:
                    later[key] = None
                else:
                    await self._price(key)
        finally:
            self._running = False
            self._due |= later
            if self._due:
                self._plan(_OPEN_S)
        self._asker.plan(_DEBOUNCE_S)

    # Pricing

    async def _price(self, key: Key) -> bool:
        """Price a session; return whether that has changed it."""
        session = self._log.session(*key)
        if session is None:
            return False
        self._priced_at[key] = dt_util.utcnow().timestamp()
        if not session.open:
            self._priced_at.pop(key)
        site = site_at(self._entry, session)
        mix, cost = await self._pricer.async_reckon(session, site)
        current = self._log.session(*key)
        if current is None or current.revision != session.revision:
            # It is taken up again with what is new.
            return False
        site_id = session.site_id if site is None else site.snapshot.site_id
        found = replace(session, mix=mix, cost=cost, site_id=site_id)
        self._note_look(key, found)
        if found == session:
            return False
        kept = self._log.async_amend(found, Reason.PRICE if mix == session.mix else Reason.MIX)
        self._seen[key] = kept.revision
        return True

    @callback
    def _note_look(self, key: Key, session: Session) -> None:
        now, settled = dt_util.utcnow(), _is_settled(session)
        if session.place is Place.HOME and not (settled and over_s(session, now) > _YOUNG_S):
            waited = not session.open and over_s(session, now) >= SETTLED_S
            self._looks[key] = _Look(session.plugged_at.timestamp(), settled, waited)
        else:
            self._looks.pop(key, None)

    # The sites

    def _spans(self, site_id: int, begin: float, end: float) -> list[Span]:
        """Return when cars were plugged in at a site."""
        now = dt_util.utcnow()
        return [
            span_of(session, now)
            for _, session in self._between(begin, end)
            if site_id_at(self._entry, session) == site_id
        ]

    def _wishes(self) -> Iterator[Wish]:
        """Return the charges of which more may be asked for, the newest first."""
        now = dt_util.utcnow()
        for key in sorted(self._looks, key=lambda one: self._looks[one].begin, reverse=True):
            session, look = self._log.session(*key), self._looks.get(key)
            if session is None or look is None or session.open:
                continue
            site = site_at(self._entry, session)
            if site is not None and self._rows.is_metered(site):
                is_last = over_s(session, now) > _YOUNG_S
                yield Wish(site, span_of(session, now), look.settled, partial(self._forget, key) if is_last else None)

    def _forget(self, key: Key) -> None:
        self._looks.pop(key, None)

    # What the prices are by

    def _fingerprint(self) -> str:
        return f"{cost_options(self._entry)} {self.prices.all_entities} {self._hass.config.currency}"


def _is_done(session: Session, now: datetime) -> bool:
    """Whether nothing more is to be found out about a session."""
    if session.open or (now - end_of(session, now)).total_seconds() <= _YOUNG_S:
        return False
    return session.place is not Place.HOME or (session.cost is not None and _is_settled(session))


def _is_settled(session: Session) -> bool:
    return session.mix is not None and session.mix.settled


def _has_entity_price(session: Session) -> bool:
    return session.cost is not None and session.cost.basis is Basis.ENTITY
