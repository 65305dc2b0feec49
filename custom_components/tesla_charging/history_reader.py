"""Reads the history of a site from Tesla, and writes it into the statistics."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from . import statistics
from .account import Site
from .const import DOMAIN
from .devices import site_device
from .energy.batch import Batch, finish, hours_in
from .energy.clock import HOUR_S, day_at, hour_of, span_of
from .energy.history import Day, Prices, Rows, first_year, read_days, read_rows, sum_up
from .energy.prices import over_time
from .energy.record import MOST_CHARGES, MOST_OUTAGES, ONE_DAY, SiteRecord
from .energy.spread import Stretch, energy_by_hour, read_charges, read_outages, take, time_by_hour
from .energy.tariff import content_in
from .history_store import HistoryStore

_UNBALANCED: Final = 0.05
_OUTAGES: Final = "outages"
_CHARGES: Final = "charges"


@dataclass(slots=True)
class Tally:
    """What has happened since the start, for diagnostics."""

    requests: int = 0
    rows: int = 0
    unbalanced: set[date] = field(default_factory=set)
    last_error: str | None = None


class HistoryReader:
    """Reads and writes for one site; `zone` is known once `async_prepare` has said so."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        site: Site,
        store: HistoryStore,
        on_outage: Callable[[Stretch], None],
        on_rows: Callable[[Rows], None],
    ) -> None:
        """Know the site."""
        self._hass, self._entry, self._site, self._store = hass, entry, site, store
        self._on_outage, self._on_rows = on_outage, on_rows
        self.site_id = site.snapshot.site_id
        self.record = store.sites.setdefault(self.site_id, SiteRecord())
        self.tally = Tally()
        self.zone: ZoneInfo | None = None
        self._client = site.info.client
        self._checked = False

    # What is known of the site

    @property
    def extras(self) -> list[str]:
        """What there is to read beside energy."""
        site = self._site.data
        return [*([_OUTAGES] if site.has_battery else []), *([_CHARGES] if site.dins else [])]

    async def async_prepare(self) -> bool:
        """Find out what the import stands on; return whether that is known."""
        now = statistics.utcnow()
        name = self._site.data.site_info.installation_time_zone
        if name is None and self._site.data.info_read_at is None:
            return False
        zone = await dt_util.async_get_time_zone(name) if name else None
        zone = zone or await dt_util.async_get_time_zone(self._hass.config.time_zone)
        if not isinstance(zone, ZoneInfo):
            return False
        self.zone = zone
        record, site = self.record, self._site.info.notes.untold(self._site.data)
        record.note_tariff(content_in(site.site_info), now)
        if record.outages_told_until is None:
            record.outages_told_until = now
        if record.first is None:
            if site.info_read_at is None:
                return False
            installed = site.site_info.installation_date
            first = day_at(installed.timestamp(), zone) if installed else await self._first_day(zone)
            record.first = record.next_day = min(first, day_at(now, zone))
        if not self._checked:
            # A database that was begun anew has nothing of what the record remembers.
            if not await statistics.async_has_any(self._hass, self.site_id):
                record.begin_anew()
            self._checked = True
        return True

    async def _first_day(self, zone: ZoneInfo) -> date:
        """Return the first day of the first year that Tesla has something of."""
        today = day_at(statistics.utcnow(), zone)
        self.tally.requests += 1
        answer = await self._client.energy_history(self.site_id, "lifetime", None, self._end_of(today, zone), zone.key)
        return date(min(first_year(answer) or today.year, today.year), 1, 1)

    # Reading

    @staticmethod
    def _end_of(day: date, zone: ZoneInfo) -> str:
        """Return the last second of a day: Tesla finds nothing in a day that ends at midnight."""
        return datetime.fromtimestamp(span_of(day, zone)[1] - 1, zone).isoformat()

    @staticmethod
    def _start_of(day: date, zone: ZoneInfo) -> str:
        return datetime.fromtimestamp(span_of(day, zone)[0], zone).isoformat()

    async def async_read(self, batch: Batch, zone: ZoneInfo) -> bool:
        """Read the next thing; return whether there was one."""
        if (day := batch.next_day()) is not None:
            await self._read_day(batch, day, zone)
        elif batch.months:
            end = (batch.months[0] + timedelta(days=31)).replace(day=1) - ONE_DAY
            answer = await self._history("month", batch.months[0], end, zone)
            batch.told.update(read_days(answer, zone))
            batch.months.pop(0)
        elif batch.extras:
            await self._read_extra(batch, batch.extras[0], zone)
            batch.extras_read.add(batch.extras.pop(0))
        else:
            return False
        return True

    async def _history(self, period: str, first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
        self.tally.requests += 1
        return await self._client.energy_history(
            self.site_id, period, self._start_of(first, zone), self._end_of(last, zone), zone.key
        )

    async def _read_day(self, batch: Batch, day: date, zone: ZoneInfo) -> None:
        prices = await self._prices(day, zone)
        answer = await self._history("day", day, day, zone)
        now = statistics.utcnow()

        def work() -> tuple[Rows, Day]:
            rows = read_rows(answer, day, zone, now)
            return rows, sum_up(rows, zone, prices)

        rows, read = await self._hass.async_add_executor_job(work)
        batch.read[day] = read
        if read.imbalance > _UNBALANCED:
            self.tally.unbalanced.add(day)
        else:
            self.tally.unbalanced.discard(day)
        self._on_rows(rows)

    async def _read_extra(self, batch: Batch, what: str, zone: ZoneInfo) -> None:
        span = self._start_of(batch.days[0], zone), self._end_of(batch.days[-1], zone), zone.key
        self.tally.requests += 1
        if what == _CHARGES:
            found = read_charges(await self._client.charge_history(self.site_id, *span))
            self.record.charges = take(self.record.charges, found, MOST_CHARGES)
            return
        found = read_outages(await self._client.outage_history(self.site_id, *span))
        self.record.outages = take(self.record.outages, found, MOST_OUTAGES)
        told_until = self.record.outages_told_until or 0.0
        for outage in sorted(found):
            if outage.start > told_until:
                self.record.outages_told_until = outage.start
                self._on_outage(outage)

    async def _prices(self, day: date, zone: ZoneInfo) -> Prices | None:
        """Return the prices of a day: those of entities come before the tariff's."""
        record, span = self.record, span_of(day, zone)
        prices = over_time(record.tariffs, zone) or Prices("")
        buy, sell = prices.buy, prices.sell
        if record.buy_entity:
            buy = await statistics.async_entity_prices(self._hass, record.buy_entity, *span)
        if record.sell_entity:
            sell = await statistics.async_entity_prices(self._hass, record.sell_entity, *span)
        return Prices(self._currency(prices), buy, sell)

    def _currency(self, prices: Prices | None) -> str:
        return (prices.currency if prices and not self.record.buy_entity else "") or self._hass.config.currency

    # Writing

    async def async_finish(self, batch: Batch, zone: ZoneInfo) -> None:
        """Write what was read, and note on disk that it is written."""
        now = statistics.utcnow()
        hours = hours_in(batch, self.record, zone, now)
        values: dict[str, dict[int, float]] = {}
        for hour, one in hours.items():
            for what, value in one.values.items():
                values.setdefault(what, {})[hour] = value
        start, end = span_of(batch.days[0], zone)[0], span_of(batch.days[-1], zone)[1]
        window = range(hour_of(start), hour_of(int(min(end, now))), HOUR_S)
        for extra, what, spread, found in (
            (_CHARGES, statistics.CHARGES, energy_by_hour, self.record.charges),
            (_OUTAGES, statistics.OUTAGES, time_by_hour, self.record.outages),
        ):
            if extra in batch.extras_read:
                by_hour = spread(found)
                values[what] = {hour: by_hour.get(hour, 0.0) for hour in window}
        self.tally.rows += await statistics.async_write(
            self._hass,
            self.site_id,
            self.name,
            self._currency(over_time(self.record.tariffs, zone)),
            values,
            (hour for hour, one in hours.items() if not one.complete),
        )
        finish(batch, self.record, zone)
        await self._store.async_save()

    @property
    def name(self) -> str:
        """What the site is called by the person, or else by us."""
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, str(self.site_id)), self._entry.entry_id
        )
        own = device and (device.name_by_user or device.name)
        return own or str(site_device(self._site.data).get("name"))
