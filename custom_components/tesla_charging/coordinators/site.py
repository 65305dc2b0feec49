"""One energy site: what it does now, and how it is set; coordinators over one snapshot."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

from homeassistant.util import dt as dt_util

from ..budget import polling
from ..energy.meter import count_all
from ..fleet.models import EnergySite, parse
from ..fleet.models.site import LiveStatus
from ..fleet.paying import PriceClass
from .base import Context, TeslaCoordinator


class SiteSnapshot:
    """The one snapshot of a site."""

    def __init__(self, context: Context, site_id: int, item: dict[str, Any]) -> None:
        """Start with what is on disk and in the product list."""
        self.site_id = site_id
        self._snapshots = context.snapshots
        known = self._snapshots.sites.get(site_id, EnergySite(energy_site_id=site_id))
        self.current = parse(EnergySite, item, known)

    def take_item(self, item: dict[str, Any]) -> None:
        """Take what the product list says now."""
        self.keep(parse(EnergySite, item, self.current))

    def keep(self, site: EnergySite, *, at_leisure: bool = False) -> None:
        """Take what is new, and keep it on disk; what changes each minute is not written each minute."""
        self.current = site
        if site != self._snapshots.sites.get(self.site_id):
            self._snapshots.sites[self.site_id] = site
            if at_leisure:
                self._snapshots.async_save_later()
            else:
                self._snapshots.async_save()


class SiteCoordinator(TeslaCoordinator[EnergySite]):
    """Keeps a part of the snapshot of a site."""

    _usual: timedelta
    _weight: float

    def __init__(self, context: Context, snapshot: SiteSnapshot, kind: str) -> None:
        """Start with the snapshot."""
        self.snapshot = snapshot
        subject = f"{snapshot.site_id} {kind}"
        name = f"energy site …{snapshot.site_id % 10000:04} {kind}"
        context.pacer.habits(subject, PriceClass.ENERGY, polling.appetite(self._weight))
        super().__init__(context, name, self._usual, snapshot.current, subject=subject)

    @override
    def _interval(self, data: EnergySite) -> timedelta:
        return polling.interval(self._usual, self._weight, self.context.pacer.k(PriceClass.ENERGY))

    @override
    def _take(self, data: EnergySite) -> None:
        self.snapshot.keep(data)


class SiteLiveCoordinator(SiteCoordinator):
    """What the site does now."""

    _usual = polling.SITE_LIVE
    _weight = polling.SITE_LIVE_WEIGHT

    def __init__(self, context: Context, snapshot: SiteSnapshot) -> None:
        """Read it every minute."""
        super().__init__(context, snapshot, "live")

    @override
    def _take(self, data: EnergySite) -> None:
        self.snapshot.keep(data, at_leisure=True)

    @override
    async def _fetch(self) -> EnergySite:
        self.context.pacer.paid(self.subject)
        answer = await self.client.live_status(self.snapshot.site_id)
        site = parse(EnergySite, {"live_status": answer}, self.snapshot.current)
        now = dt_util.utcnow()
        # What is left out of this answer was not read: the older power that the snapshot keeps is not counted.
        meters = count_all(site.connector_meters, parse(LiveStatus, answer), now)
        return replace(site, live_read_at=now, connector_meters=meters)


class SiteInfoCoordinator(SiteCoordinator):
    """What the site is and how it is set."""

    _usual = polling.SITE_INFO
    _weight = polling.SITE_INFO_WEIGHT

    def __init__(self, context: Context, snapshot: SiteSnapshot) -> None:
        """Read it every hour, and after a write."""
        super().__init__(context, snapshot, "settings")
        self.write_lock = asyncio.Lock()
        # For what is no part of the snapshot: the date of the installation, the tariff.
        self.last_answer: dict[str, Any] = {}

    @override
    async def _fetch(self) -> EnergySite:
        self.context.pacer.paid(self.subject)
        self.last_answer = answer = await self.client.site_info(self.snapshot.site_id)
        site = parse(EnergySite, {"site_info": answer}, self.snapshot.current)
        return replace(site, info_read_at=dt_util.utcnow())
