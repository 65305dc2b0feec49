"""Prices one session: gathers what is known of it, and reckons in another thread."""

from dataclasses import replace
from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .account import Site, TeslaConfigEntry
from .charging.cost import Charge, PriceSource, reckon
from .charging.mix import Supply, wall_slots
from .charging.session import Basis, Cost, Mix, Place, Session
from .charging_log import ChargingLog
from .cost_options import cost_options
from .cost_prices import HomePrices
from .cost_rows import SETTLED_S, SiteRows
from .cost_store import CostStore
from .session_sites import end_of, site_id_at, span_of


def over_s(session: Session, now: datetime) -> float:
    """Return how long a session has been over, in seconds."""
    return (now - end_of(session, now)).total_seconds()


class Pricer:
    """Prices the sessions of an account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: TeslaConfigEntry,
        log: ChargingLog,
        store: CostStore,
        prices: HomePrices,
        rows: SiteRows,
    ) -> None:
        """Know where everything is."""
        self._hass, self._entry, self._log, self._store = hass, entry, log, store
        self._prices, self._rows = prices, rows

    async def async_reckon(self, session: Session, site: Site | None) -> tuple[Mix | None, Cost | None]:
        """Return where the energy of a session came from, and what it cost."""
        if session.bills or (session.cost is not None and session.cost.basis is Basis.INVOICE):
            return session.mix, session.cost
        if session.place is Place.HOME:
            return await self._reckon_home(session, site)
        sources = [] if session.place is Place.SUPERCHARGER or session.direct_current else self._prices.elsewhere()
        _, cost = await self._in_executor(session, sources)
        return None, cost

    async def _reckon_home(self, session: Session, site: Site | None) -> tuple[Mix | None, Cost | None]:
        if site is None and session.site_id is not None:
            # The site is gone; what it told stays.
            return session.mix, session.cost
        begin, end = span_of(session, dt_util.utcnow())
        sources = await self._prices.async_sources(site, begin, end, keep=not session.open)
        mix, cost = await self._in_executor(session, sources, site)
        known = session.mix
        if known is not None and known.settled and not session.open and mix is not None and not mix.settled:
            # What the site told then is lost; it is better than a guess.
            return known, session.cost
        return mix, cost

    async def _in_executor(
        self, session: Session, sources: list[PriceSource], site: Site | None = None
    ) -> tuple[Mix | None, Cost | None]:
        now = dt_util.utcnow()
        charge, others = self._charge(session, site, now), list[Session]()
        site_id = None if site is None or not charge.metered else site.snapshot.site_id
        begin, end = span_of(session, now)
        if site_id is not None:
            times = dt_util.utc_from_timestamp(begin), dt_util.utc_from_timestamp(end)
            vins = [vin for vin in self._entry.runtime_data.vehicles if vin != session.vin]
            near = (one for vin in vins for one in self._log.sessions(vin, *times))
            others = [one for one in near if site_id_at(self._entry, one) == site_id]
        rule, stamp = cost_options(self._entry).rule, now.timestamp()

        def work() -> tuple[Mix | None, Cost | None]:
            taken: dict[int, float] = {}
            for one in others:
                for slot, energy_wh in wall_slots(one, stamp).items():
                    taken[slot] = taken.get(slot, 0.0) + energy_wh
            told = {} if site_id is None else self._store.supplies(site_id, begin, end)
            return reckon(replace(charge, slots=wall_slots(session, stamp), others=taken, told=told), rule, sources)

        return await self._hass.async_add_executor_job(work)

    def _charge(self, session: Session, site: Site | None, now: datetime) -> Charge:
        """Return what is known of a session here, without what takes time."""
        metered = site is not None and self._rows.is_metered(site)
        live = self._rows.live(site.snapshot.site_id, *span_of(session, now)) if site is not None and metered else {}
        waited = not session.open and over_s(session, now) >= SETTLED_S
        mix = session.mix or Mix(grid_wh=1.0)
        guess = Supply(mix.solar_wh, mix.battery_wh, mix.grid_wh)
        return Charge(slots={}, live=live, guess=guess, metered=metered, over=not session.open, waited=waited)
