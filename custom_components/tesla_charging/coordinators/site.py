"""One energy site: what it does now, and how it is set; coordinators over one snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..budget import polling
from ..budget.asking import by_person
from ..energy.meter import count_all
from ..energy.settings import RULES, Setting, Value
from ..energy.strategy import StrategyNote
from ..energy.wishes import Outcome, SiteNotes, Wish
from ..fleet.models import EnergySite, parse
from ..fleet.models.site import LiveStatus
from ..fleet.paying import PriceClass
from .base import Context, TeslaCoordinator
from .turns import Turns


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
    """What the site is and how it is set; it follows what was told to it until it is sure what became of it."""

    _usual = polling.SITE_INFO
    _weight = polling.SITE_INFO_WEIGHT

    def __init__(self, context: Context, snapshot: SiteSnapshot) -> None:
        """Read it every hour, and after a write."""
        super().__init__(context, snapshot, "settings")
        site_id = snapshot.site_id
        self.notes = context.snapshots.notes.get(site_id, SiteNotes(energy_site_id=site_id))
        self.turns = Turns(context.hass)
        self._cancel_look: CALLBACK_TYPE | None = None
        self._on_outcome: list[Callable[[Wish], None]] = []
        # The first read after a restart may know more before the entities are there.
        self._to_tell: list[Wish] = []
        self._plan_look()

    @override
    async def _fetch(self) -> EnergySite:
        self.context.pacer.paid(self.subject)
        answer = await self.client.site_info(self.snapshot.site_id)
        known = self.notes.untold(self.snapshot.current)
        return replace(parse(EnergySite, {"site_info": answer}, known), info_read_at=dt_util.utcnow())

    @override
    def _judge(self, data: EnergySite) -> EnergySite:
        now = dt_util.utcnow()
        before = self.notes
        self.note(before.judged(data, self.snapshot.current, now))
        for wish in self.notes.wishes:
            earlier = before.wish(wish.key)
            if earlier is not None and wish.outcome not in (earlier.outcome, Outcome.PENDING):
                self._tell(wish)
        self._plan_look()
        return self.notes.told(data, now)

    def note(self, notes: SiteNotes) -> None:
        """Keep what is to be remembered of the site."""
        if notes != self.notes:
            self.notes = self.context.snapshots.notes[self.snapshot.site_id] = notes
            self.context.snapshots.async_save()

    @callback
    def note_strategy(self, strategy: StrategyNote) -> None:
        """Remember which strategy the battery follows."""
        self.note(replace(self.notes, strategy=strategy))
        self.async_update_listeners()

    # What the site was told

    @property
    def expected(self) -> EnergySite:
        """The site as it will be when all that it was told comes true."""
        return self.notes.expected(self.snapshot.current)

    @callback
    def follow(self, wanted: Mapping[Setting, Value], *, accepted: bool) -> None:
        """Show what Tesla has said yes to, and look what becomes of it; of what got no answer only the latter."""
        now, site = dt_util.utcnow(), self.notes.untold(self.snapshot.current)
        wishes = [
            Wish(setting=setting, value=value, before=RULES[setting].read(site), sent_at=now, accepted=accepted)
            for setting, value in wanted.items()
        ]
        self.note(self.notes.with_wishes(wishes))
        self._plan_look()
        self.change(self.notes.told(site, now))

    @callback
    def refuse(self, wanted: Mapping[Setting, Value]) -> None:
        """Note what Tesla has said no to; what it said yes to before is followed on."""
        now = dt_util.utcnow()
        for setting, value in wanted.items():
            known = RULES[setting].read(self.snapshot.current)
            wish = Wish(setting=setting, value=value, before=known, sent_at=now).refused()
            earlier = self.notes.wish(setting)
            if earlier is None or earlier.over:
                self.note(self.notes.with_wishes([wish]))
            self._tell(wish)
        self.async_update_listeners()

    @callback
    def async_follow_outcomes(self, follower: Callable[[Wish], None]) -> CALLBACK_TYPE:
        """Call back when it is known what became of a wish; of what nobody was told yet at once."""
        self._on_outcome.append(follower)
        while self._to_tell:
            self._tell(self._to_tell.pop(0))
        return lambda: self._on_outcome.remove(follower)

    def _tell(self, wish: Wish) -> None:
        if not self._on_outcome:
            self._to_tell.append(wish)
        for follower in self._on_outcome:
            follower(wish)

    def _plan_look(self) -> None:
        self._drop_look()
        look = None if self._shutdown_requested else self.notes.next_look(dt_util.utcnow())
        if look is not None:
            self._cancel_look = async_track_point_in_utc_time(self.hass, self._look, look)

    async def _look(self, _: datetime) -> None:
        self._cancel_look = None
        if not self._to_be_left_alone:
            with by_person():
                await self.async_refresh()
        if self._cancel_look is None:
            self._plan_look()

    def _drop_look(self) -> None:
        if self._cancel_look is not None:
            self._cancel_look()
            self._cancel_look = None

    @override
    async def async_shutdown(self) -> None:
        """Stop, with the writes that wait and the looks that are planned."""
        self._drop_look()
        await self.turns.async_stop()
        await super().async_shutdown()
