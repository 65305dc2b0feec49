"""What has flowed at an energy site today; read only while somebody wants to see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..budget import polling
from ..const import DOMAIN
from ..energy.today import better, day_of, empty_day, read_day
from ..fleet.models import EnergySite
from ..fleet.models.site import EnergyToday
from .base import Context
from .site import SiteCoordinator, SiteSnapshot


class SiteTodayCoordinator(SiteCoordinator):
    """The sums of the day."""

    _usual = polling.SITE_TODAY
    _weight = polling.SITE_TODAY_WEIGHT

    def __init__(self, context: Context, snapshot: SiteSnapshot) -> None:
        """Read them every five minutes, as long as there is a listener."""
        super().__init__(context, snapshot, "today")
        self._zone: tzinfo = dt_util.get_default_time_zone()
        self._zone_name: str | None = None
        self._cancel_midnight: CALLBACK_TYPE | None = None

    @property
    def today(self) -> EnergyToday:
        """The sums of the day that it is now: zero when it has just begun."""
        known, now = self.snapshot.current.energy_today, dt_util.utcnow()
        return known if known.covers(now) else empty_day(now, self._zone)

    async def async_prepare(self) -> None:
        """Come to know the site's time zone as far as it is told, and when its day ends."""
        site = self.snapshot.current
        await self._take_zone(site.site_info.installation_time_zone, site.energy_today.installation_time_zone)

    async def _take_zone(self, *names: object) -> None:
        """Take the first time zone that exists; Home Assistant's is as good as any while none is known."""
        for name in names:
            if not isinstance(name, str):
                continue
            zone = self._zone if name == self._zone_name else await dt_util.async_get_time_zone(name)
            if zone is not None:
                self._zone, self._zone_name = zone, name
                break
        self._await_midnight()

    @override
    async def _fetch(self) -> EnergySite:
        self.context.pacer.paid(self.subject)
        await self.async_prepare()
        site_id, zone_name = self.snapshot.site_id, self._zone_name
        if zone_name is None:
            # Tesla takes the site's own day, and tells its zone.
            answer = await self.client.energy_of(site_id)
            await self._take_zone(answer.get("installation_time_zone"))
        else:
            starts_at, ends_at = day_of(dt_util.utcnow(), self._zone)
            # Midnight as the end brings nothing (fleet_api.md 7.3).
            first, last = (time.astimezone(self._zone) for time in (starts_at, ends_at - timedelta(seconds=1)))
            answer = await self.client.energy_of(site_id, first, last, zone_name)
        found, site = read_day(answer, dt_util.utcnow(), self._zone), self.snapshot.current
        return replace(site, energy_today=better(site.energy_today, found))

    @callback
    @override
    def async_add_listener(self, update_callback: CALLBACK_TYPE, context: Any = None) -> Callable[[], None]:
        """Begin to read with the first listener, unless that was done a moment ago."""
        first = not self._listeners
        remove = super().async_add_listener(update_callback, context)
        if first and self._is_due:
            self.context.entry.async_create_background_task(self.hass, self.async_refresh(), f"{DOMAIN} {self.name}")
        return remove

    @property
    def _is_due(self) -> bool:
        known, now = self.snapshot.current.energy_today, dt_util.utcnow()
        return known.read_at is None or not known.covers(now) or not timedelta() <= now - known.read_at < self._usual

    def _await_midnight(self) -> None:
        self._forget_midnight()
        if not self._shutdown_requested:
            _, ends_at = day_of(dt_util.utcnow(), self._zone)
            self._cancel_midnight = async_track_point_in_utc_time(self.hass, self._turn, ends_at)

    @callback
    def _turn(self, _: datetime) -> None:
        """Show that a new day has begun, whether Tesla answers or not."""
        self._cancel_midnight = None
        self._await_midnight()
        self.async_update_listeners()

    def _forget_midnight(self) -> None:
        if self._cancel_midnight is not None:
            self._cancel_midnight()
            self._cancel_midnight = None

    @override
    async def async_shutdown(self) -> None:
        """Stop, with the wait for midnight."""
        self._forget_midnight()
        await super().async_shutdown()
