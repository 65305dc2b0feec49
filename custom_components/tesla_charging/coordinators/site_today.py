"""What has flowed at an energy site today; read only while somebody wants to see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..energy.today import better, day_of, empty_day, read_day
from ..fleet.models import EnergySite
from ..fleet.models.site import EnergyToday
from .base import Context
from .site import SiteCoordinator, SiteSnapshot

# Tesla's rows are of five minutes.
_EVERY: Final = timedelta(minutes=5)


class SiteTodayCoordinator(SiteCoordinator):
    """The sums of the day."""

    def __init__(self, context: Context, snapshot: SiteSnapshot) -> None:
        """Read them every five minutes, as long as there is a listener."""
        super().__init__(context, snapshot, "today", _EVERY)
        self._zone: tzinfo = dt_util.get_default_time_zone()
        self._zone_name = ""
        self._cancel_midnight: CALLBACK_TYPE | None = None

    @property
    def today(self) -> EnergyToday:
        """The sums of the day that it is now: zero when it has just begun."""
        known, now = self.snapshot.current.energy_today, dt_util.utcnow()
        return known if known.covers(now) else empty_day(now, self._zone)

    async def async_prepare(self) -> None:
        """Come to know the site's time zone, and when its day ends."""
        site = self.snapshot.current
        names = (site.site_info.installation_time_zone, site.energy_today.installation_time_zone)
        for name in (*names, self.hass.config.time_zone):
            if name == self._zone_name:
                break
            if name and (zone := await dt_util.async_get_time_zone(name)) is not None:
                self._zone, self._zone_name = zone, name
                break
        self._await_midnight()

    @override
    async def _fetch(self) -> EnergySite:
        await self.async_prepare()
        now = dt_util.utcnow()
        starts_at, ends_at = day_of(now, self._zone)
        # Midnight as the end brings nothing (fleet_api.md 7.3).
        begin, last = (time.astimezone(self._zone) for time in (starts_at, ends_at - timedelta(seconds=1)))
        answer = await self.client.energy_of(self.snapshot.site_id, begin, last, self._zone_name)
        found, site = read_day(answer, now, self._zone), self.snapshot.current
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
        return known.read_at is None or not known.covers(now) or not timedelta() <= now - known.read_at < _EVERY

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
