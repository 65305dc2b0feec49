"""How a site fed the house while a car charged: from the history that is imported anyway, and until then from its powers.

A day that the import is past and will not read again is asked for once; where nothing is imported, once when the charge has
been over for an hour, and once more a day later, as Tesla corrects its figures.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
import logging
from typing import Final
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .account import Site, TeslaConfigEntry
from .charging.mix import Supply, stacked, supplies
from .cost_store import CostStore
from .energy.clock import SLOT_S, day_at, span_of
from .energy.history import Rows, read_rows
from .fleet.errors import FleetError
from .history import SiteHistory, histories_of
from .session_sites import Span
from .tariffs import zone_of

_LOGGER = logging.getLogger(__name__)
# Tesla needs a moment until five minutes are there, and right.
LAG_S: Final = 420
SETTLED_S: Final = 26 * 3600
_AFTER_S: Final = 3600 + LAG_S
_LIVE_KEPT_S: Final = 3 * 86_400
_LIVE_FRESH: Final = timedelta(minutes=5)


class SiteRows:
    """The five minutes of the sites of an account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: TeslaConfigEntry,
        store: CostStore,
        spans: Callable[[int, float, float], Iterable[Span]],
        on_news: Callable[[int, float, float], None],
    ) -> None:
        """Make it. spans: when cars were plugged in at a site; on_news: what to do when more is known of some time."""
        self._hass, self._entry, self._store, self._spans, self._on_news = hass, entry, store, spans, on_news
        self._live: dict[int, dict[int, list[float]]] = {}
        self._live_read: dict[int, datetime] = {}
        self._followed: dict[int, tuple[SiteHistory, CALLBACK_TYPE]] = {}

    # What is known

    @staticmethod
    def is_metered(site: Site | None) -> bool:
        """Whether a house may get anything but what the grid gives."""
        return site is not None and (site.data.has_solar or site.data.has_battery)

    def live(self, site_id: int, begin: float, end: float) -> dict[int, Supply]:
        """Return what the powers that were seen say of the five minutes between two times."""
        found = {}
        for slot, (count, solar_w, battery_w, load_w) in self._live.get(site_id, {}).items():
            supply = stacked(solar_w / count, battery_w / count, load_w / count)
            if begin - SLOT_S < slot < end and supply is not None:
                found[slot] = supply.times(SLOT_S / 3600)
        return found

    # What comes by itself

    @callback
    def follow(self) -> None:
        """Follow the imports that there are."""
        histories = histories_of(self._hass, self._entry)
        for site_id, (history, stop) in tuple(self._followed.items()):
            if histories.get(site_id) is not history:
                stop()
                del self._followed[site_id]
        for site_id, history in histories.items():
            if site_id not in self._followed:
                self._followed[site_id] = history, history.async_follow_rows(self._taker(site_id))

    def _taker(self, site_id: int) -> Callable[[Rows], None]:
        return lambda rows: self._take(site_id, rows)

    @callback
    def _take(self, site_id: int, rows: Rows) -> None:
        """Keep what is said of the times in which cars were plugged in."""
        if not rows.flows:
            return
        first, last = min(rows.flows), max(rows.flows) + rows.step
        until = dt_util.utcnow().timestamp() - LAG_S
        found: dict[int, Supply] = {}
        for begin, end in self._spans(site_id, first, last):
            # Whole slots: a cable goes in and out in the middle of one.
            found |= supplies(rows, begin - begin % SLOT_S, min(end + SLOT_S, until))
        if self._store.keep_supplies(site_id, found):
            self._on_news(site_id, min(found), max(found) + SLOT_S)

    @callback
    def note_powers(self, site: Site) -> None:
        """Note what a site does now, once for each time that it was read."""
        data, now = site.data, dt_util.utcnow()
        read_at, live = data.live_read_at, data.live_status
        site_id = site.snapshot.site_id
        if read_at is None or now - read_at > _LIVE_FRESH or self._live_read.get(site_id) == read_at:
            return
        if live.load_power is None:
            return
        self._live_read[site_id] = read_at
        slots = self._live.setdefault(site_id, {})
        at = int(read_at.timestamp())
        seen = slots.setdefault(at - at % SLOT_S, [0.0, 0.0, 0.0, 0.0])
        for number, value in enumerate((1.0, live.solar_power, live.battery_power, live.load_power)):
            seen[number] += value or 0.0
        for slot in [slot for slot in slots if slot < at - _LIVE_KEPT_S]:
            del slots[slot]

    # What has to be asked for

    async def async_zone(self, site: Site) -> ZoneInfo | None:
        """Return the clock of a site."""
        name = site.data.site_info.installation_time_zone
        zone = await dt_util.async_get_time_zone(name) if name else zone_of(site.data)
        return zone if isinstance(zone, ZoneInfo) else None

    def days(self, zone: ZoneInfo, begin: float, end: float) -> list[date]:
        """Return the days of a time."""
        first, last = day_at(begin, zone), day_at(end, zone)
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def is_to_come(self, site: Site, day: date) -> bool:
        """Whether the import brings a day, once more or for the first time."""
        history = histories_of(self._hass, self._entry).get(site.snapshot.site_id)
        return history is not None and history.will_read(day)

    def has_to_ask(self, site: Site, day: date, over_at: float, *, settled: bool) -> bool:
        """Whether a day in which a charge was that is over must be asked for."""
        now, site_id = dt_util.utcnow().timestamp(), site.snapshot.site_id
        if now < over_at + _AFTER_S or self.is_to_come(site, day):
            return False
        asked_at = self._store.asked_at(site_id, str(day))
        if asked_at is None or asked_at < over_at + _AFTER_S:
            return not settled
        return asked_at < over_at + SETTLED_S <= now

    async def async_ask(self, site: Site, day: date, zone: ZoneInfo) -> bool:
        """Ask Tesla for a day; return whether it answered."""
        site_id, now = site.snapshot.site_id, dt_util.utcnow().timestamp()
        start, end = (
            datetime.fromtimestamp(at, zone).isoformat() for at in (span_of(day, zone)[0], span_of(day, zone)[1] - 1)
        )
        try:
            answer = await self._entry.runtime_data.client.energy_history(site_id, "day", start, end, zone.key)
        except FleetError as err:
            _LOGGER.debug("Tesla did not tell a day of the energy history: %s", err)
            return False
        self._store.note_asked(site_id, str(day), now)
        rows = await self._hass.async_add_executor_job(read_rows, answer, day, zone, now)
        self._take(site_id, rows)
        return True

    @callback
    def stop(self) -> None:
        """Follow nothing any more."""
        for _, stop in self._followed.values():
            stop()
        self._followed.clear()
