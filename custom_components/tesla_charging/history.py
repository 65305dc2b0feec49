"""The import of a site's history: from its installation to now, oldest first, and then what Tesla adds and corrects.

A turn makes one request at most and plans the next turn. What was read is kept in memory until its days, a month of them
at most, are together; then it is written, and only then noted on disk. So it may be ended anywhere and goes on there.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
import logging
import os
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util.hass_dict import HassKey

from . import statistics
from .account import Site, TeslaConfigEntry
from .const import DOMAIN
from .energy.batch import PACE_S, WEEK, Batch, choose
from .energy.clock import HOUR_S, day_at
from .energy.history import Rows
from .energy.spread import Stretch
from .fleet.errors import Fault, FleetError
from .fleet.models.site import GridStatus, IslandStatus
from .fleet.regions import ENVIRONMENT_VARIABLE
from .history_reader import HistoryReader
from .history_store import HistoryStore

_LOGGER = logging.getLogger(__name__)

# What Tesla refuses for all days alike, and how long to leave it alone (seconds): no day is given up for that.
_WAITS: Final = {
    Fault.RATE_LIMITED: 300.0,
    Fault.NO_ANSWER: 300.0,
    **dict.fromkeys(
        (
            Fault.LIMIT_EXCEEDED,
            Fault.LOCKED,
            Fault.LOGIN_REQUIRED,
            Fault.MISSING_SCOPES,
            Fault.NOT_REGISTERED,
            Fault.PAYMENT_REQUIRED,
            Fault.SCOPE_TOO_NARROW,
            Fault.UNAUTHORIZED,
            Fault.WRONG_REGION,
        ),
        3600.0,
    ),
}
_LONGEST_WAIT: Final = 3600.0
# Seconds after the first failure in a row, the second, … At each third one something is gone on without.
_BACKOFF: Final = (60.0, 300.0, 900.0, 1800.0, 3600.0)
_TRIES: Final = 3
# How often to look whether something has changed: the purse, the time zone.
_LOOK_S: Final = 900.0
_FIRST_LOOK_S: Final = 30.0
# Seconds between two requests, for a Tesla that is only simulated: nobody has to be polite to that.
PACE_VARIABLE: Final = "TESLA_CHARGING_HISTORY_PACE"
_AFTER_OUTAGE_S: Final = 300.0
_OFF_GRID: Final = (IslandStatus.OFF_GRID, IslandStatus.OFF_GRID_UNINTENTIONAL)


type _OnWritten = Callable[[HomeAssistant, SiteHistory], Awaitable[None]]


class SiteHistory:
    """The import of one site."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: TeslaConfigEntry,
        site: Site,
        store: HistoryStore,
        may_read: Callable[[], bool],
        on_written: _OnWritten,
    ) -> None:
        """Know the site; `async_start` begins."""
        self._hass, self._entry, self._site, self._store, self._may_read = hass, entry, site, store, may_read
        self._on_written = on_written
        is_simulated = ENVIRONMENT_VARIABLE in os.environ
        self._pace_s = float(os.environ.get(PACE_VARIABLE) or PACE_S) if is_simulated else PACE_S
        self.entry_id = entry.entry_id
        self._reader = HistoryReader(hass, entry, site, store, self._tell_outage, self._tell_rows)
        self.site_id, self.record, self.tally = self._reader.site_id, self._reader.record, self._reader.tally
        self._batch: Batch | None = None
        self._failures = 0
        self._running = self._stopped = self._was_off_grid = False
        self._followers: list[Callable[[], None]] = []
        self._outage_followers: list[Callable[[Stretch], None]] = []
        self._rows_followers: list[Callable[[Rows], None]] = []
        self._cancel: CALLBACK_TYPE | None = None

    # What others see

    @property
    def name(self) -> str:
        """What the site is called."""
        return self._reader.name

    @property
    def progress(self) -> float | None:
        """How much of the years is imported, in percent."""
        record = self.record
        if record.first is None or record.next_day is None or self._reader.zone is None:
            return None
        today = day_at(statistics.utcnow(), self._reader.zone)
        days = (today - record.first).days
        behind = (today - record.next_day).days
        # Yesterday and today are read again and again anyway.
        left = (behind if behind > 1 else 0) + record.days_left
        return 100.0 if not left else max(0.0, round(100.0 * (1 - left / max(days, 1)), 1))

    @property
    def charge_history(self) -> tuple[Stretch, ...]:
        """What the Wall Connectors of the site have charged, by start; Tesla does not say which one, or which car."""
        return tuple(self.record.charges)

    @callback
    def async_follow(self, follower: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back when the import has come further."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower)

    @callback
    def async_follow_outages(self, follower: Callable[[Stretch], None]) -> CALLBACK_TYPE:
        """Call back with each outage that is new."""
        self._outage_followers.append(follower)
        return lambda: self._outage_followers.remove(follower)

    @callback
    def async_follow_rows(self, follower: Callable[[Rows], None]) -> CALLBACK_TYPE:
        """Call back with the rows of each day that is read: they are not kept here."""
        self._rows_followers.append(follower)
        return lambda: self._rows_followers.remove(follower)

    def will_read(self, day: date) -> bool:
        """Whether a day is still to be read, or read again, by itself."""
        zone, next_day = self._reader.zone, self.record.next_day
        if self.record.paused:
            return False
        return zone is None or next_day is None or day >= min(next_day, day_at(statistics.utcnow(), zone) - WEEK)

    # What a person does

    async def async_pause(self, paused: bool) -> None:
        """Stop the import, or let it go on."""
        self.record.paused = paused
        await self._changed()

    async def async_again(self, since: date | None) -> None:
        """Import all days since one once more."""
        since = since or self.record.first
        if since is not None:
            self.record.ask_again(since)
        await self._changed()

    async def async_set_prices(self, buy: str | None, sell: str | None) -> None:
        """Take the prices from entities; without them from the site's tariff."""
        self.record.buy_entity, self.record.sell_entity = buy, sell
        await self._changed()

    async def _changed(self) -> None:
        await self._store.async_save()
        self._batch = None
        self._tell()
        self._plan_turn(0)

    # Turns

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Begin; the first turn is soon, so that it does not slow down the start. Return what ends it."""
        stop_following = self._site.live.async_add_listener(self._look_at_grid)
        self._plan_turn(_FIRST_LOOK_S)

        def stop() -> None:
            stop_following()
            self._stopped = True
            if self._cancel is not None:
                self._cancel()
                self._cancel = None

        return stop

    @callback
    def _look_at_grid(self) -> None:
        """Read the outages some minutes after the grid has come back."""
        live = self._site.data.live_status
        off_grid = live.grid_status is GridStatus.INACTIVE or live.island_status in _OFF_GRID
        if self._was_off_grid and not off_grid:
            self.record.yesterday_read = self.record.today_read = 0.0
            if self._batch is None and not self.record.paused:
                self._plan_turn(_AFTER_OUTAGE_S)
        self._was_off_grid = off_grid

    @callback
    def _plan_turn(self, seconds: float) -> None:
        if self._cancel is not None:
            self._cancel()
        self._cancel = async_call_later(self._hass, seconds, self._begin_turn)

    @callback
    def _begin_turn(self, _: datetime) -> None:
        self._cancel = None
        if self._running:
            self._plan_turn(self._pace_s)
            return
        self._entry.async_create_background_task(self._hass, self._turn(), f"{DOMAIN} history")

    async def _turn(self) -> None:
        self._running = True
        seconds: float | None = _LOOK_S
        try:
            seconds = await self._step()
        except FleetError as err:
            seconds = self._fail(err)
        finally:
            self._running = False
            # Somebody may have planned a sooner one meanwhile.
            if seconds is not None and self._cancel is None and not self._stopped:
                self._plan_turn(seconds)

    async def _step(self) -> float | None:
        """Do the next thing, and return the seconds until the one after it; None when a person has to wake it up."""
        if self.record.paused:
            return None
        if not self._may_read():
            return _LOOK_S
        if not await self._reader.async_prepare() or (zone := self._reader.zone) is None:
            return _FIRST_LOOK_S
        batch = self._batch
        if batch is None:
            chosen = choose(self.record, statistics.utcnow(), zone, self.site_id, self._reader.extras)
            if not isinstance(chosen, Batch):
                return min(chosen, HOUR_S)
            batch = self._batch = chosen
        if await self._reader.async_read(batch, zone):
            self._failures, self.tally.last_error = 0, None
        else:
            await self._reader.async_finish(batch, zone)
            self._batch = None
            await self._on_written(self._hass, self)
        self._tell()
        return self._pace_s

    def _fail(self, err: FleetError) -> float:
        """Note a failure; return the seconds until the next try."""
        self.tally.last_error = str(err.fault)
        _LOGGER.debug("Tesla did not tell the energy history: %s", err)
        known = _WAITS.get(err.fault)
        if known is not None or err.retry_after is not None:
            asked = err.retry_after if err.retry_after is not None else known
            return min(max(asked or 0.0, self._pace_s), _LONGEST_WAIT)
        self._failures += 1
        if self._failures % _TRIES == 0 and self._batch is not None:
            self._go_on_without(self._batch)
        return _BACKOFF[min(self._failures, len(_BACKOFF)) - 1]

    def _go_on_without(self, batch: Batch) -> None:
        """Give up, for now, what could not be read: a day is tried again on other days, the rest is only a check."""
        if (day := batch.next_day()) is not None:
            batch.failed.add(day)
        elif batch.months:
            batch.months.pop(0)
        elif batch.extras:
            batch.extras.pop(0)

    @callback
    def _tell_outage(self, outage: Stretch) -> None:
        for follower in tuple(self._outage_followers):
            follower(outage)

    @callback
    def _tell_rows(self, rows: Rows) -> None:
        for follower in tuple(self._rows_followers):
            follower(rows)

    @callback
    def _tell(self) -> None:
        for follower in tuple(self._followers):
            follower()

    def diagnostics(self) -> dict[str, Any]:
        """Return how the import stands."""
        record = self.record
        return {
            "paused": record.paused,
            "progress_percent": self.progress,
            "first": str(record.first),
            "next_day": str(record.next_day),
            "again": [str(record.again), str(record.again_until)],
            "last_hour_read": str(datetime.fromtimestamp(record.today_read, UTC)),
            "suspect_days": {
                str(day): {"reason": one.reason, "tries": one.tries} for day, one in sorted(record.suspects.items())
            },
            "unbalanced_days": sorted(map(str, self.tally.unbalanced)),
            "requests_since_start": self.tally.requests,
            "rows_written_since_start": self.tally.rows,
            "last_error": self.tally.last_error,
            "charges": len(record.charges),
            "outages": len(record.outages),
        }


_HISTORIES: HassKey[dict[str, Histories]] = HassKey(f"{DOMAIN}.histories")


@callback
def histories_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Mapping[int, SiteHistory]:
    """Return the imports of an account, by site; none without the recorder."""
    found = hass.data.get(_HISTORIES, {}).get(entry.entry_id)
    return {} if found is None else found.sites


class Histories:
    """The imports of an account; there are none without the recorder."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: TeslaConfigEntry,
        store: HistoryStore,
        may_read: Callable[[], bool],
        on_written: _OnWritten,
    ) -> None:
        """Make it; `async_start` begins. may_read: whether a read in the background may be paid for now."""
        self._hass, self._entry = hass, entry
        self._make = partial(SiteHistory, hass, entry, store=store, may_read=may_read, on_written=on_written)
        self._stops: dict[int, CALLBACK_TYPE] = {}
        self.sites: dict[int, SiteHistory] = {}

    @callback
    def async_start(self) -> None:
        """Import the history of every site that there is, and that comes to be there."""
        if DATA_INSTANCE not in self._hass.data:
            return
        self._hass.data.setdefault(_HISTORIES, {})[self._entry.entry_id] = self
        self._follow()
        self._entry.async_on_unload(self._entry.runtime_data.async_follow(self._follow))
        self._entry.async_on_unload(self._stop)

    @callback
    def _follow(self) -> None:
        sites = self._entry.runtime_data.sites
        for site_id in [one for one in self.sites if one not in sites]:
            del self.sites[site_id]
            self._stops.pop(site_id)()
        for site_id, site in sites.items():
            if site_id not in self.sites and site.data.exists:
                self.sites[site_id] = self._make(site)
                self._stops[site_id] = self.sites[site_id].async_start()

    @callback
    def _stop(self) -> None:
        for stop in self._stops.values():
            stop()
        self._stops.clear()
        self._hass.data[_HISTORIES].pop(self._entry.entry_id)
