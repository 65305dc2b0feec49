"""Letting the battery of a site follow a strategy, until a person or a time ends it."""

import asyncio
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .controls import async_set, check_reserve
from .coordinators import SiteInfoCoordinator
from .energy.strategy import Strategy, StrategyNote, in_force, own_settings, plain, settings_for, strategies_of, values

_LOGGER = logging.getLogger(__name__)
# What cannot be put back at its time is tried again after this.
_AGAIN: Final = timedelta(minutes=5)


class StrategyKeeper:
    """The strategy of a site."""

    def __init__(self, info: SiteInfoCoordinator) -> None:
        """Go on with what was chosen before a restart."""
        self._info = info
        self._lock = asyncio.Lock()
        self._cancel: CALLBACK_TYPE | None = None
        self._arm()

    @property
    def note(self) -> StrategyNote:
        """What was chosen."""
        return self._info.notes.strategy

    @property
    def current(self) -> Strategy:
        """The strategy that is in force."""
        return in_force(self._info.expected, self.note)

    @property
    def options(self) -> tuple[Strategy, ...]:
        """What the site can do."""
        return strategies_of(self._info.snapshot.current)

    async def async_choose(self, strategy: Strategy, until: datetime | None = None, reserve: int | None = None) -> None:
        """Follow a strategy, until a time in UTC; raises HomeAssistantError, and then all is as before.

        reserve: in percent, instead of the one that the strategy would set.
        """
        if strategy not in self.options:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key=f"cannot_{strategy}")
        check_reserve(self._info, reserve)
        async with self._lock:
            site, before = self._info.expected, self.note
            own = own_settings(site, before)
            wanted = settings_for(strategy, site, own, reserve)
            if strategy is Strategy.OWN:
                await async_set(self._info, wanted)
                self._keep(StrategyNote())
                return
            chosen = StrategyNote(strategy=strategy, own=plain(own), imposed=plain(wanted), until=until)
            await self._keep_now(chosen)
            try:
                await async_set(self._info, wanted)
            except HomeAssistantError:
                await self._put_back(chosen, before)
                raise

    async def _put_back(self, chosen: StrategyNote, before: StrategyNote) -> None:
        """Undo what was set of a strategy that could not be set whole; what cannot be undone now is tried again."""
        try:
            await async_set(self._info, values(before.imposed or chosen.own))
        except HomeAssistantError as err:
            _LOGGER.warning("The settings of the %s could not be put back yet: %s", self._info.name, err)
            soon = dt_util.utcnow() + _AGAIN
            await self._keep_now(StrategyNote(own=chosen.own, imposed=chosen.imposed, until=soon))
        else:
            self._keep(before)

    @callback
    def stop(self) -> None:
        """Leave everything as it is."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    async def _keep_now(self, note: StrategyNote) -> None:
        """Keep it on disk before anything is sent, so that a crash loses nothing."""
        self._keep(note)
        await self._info.context.snapshots.async_flush()

    def _keep(self, note: StrategyNote) -> None:
        self._info.note_strategy(note)
        self._arm()

    def _arm(self) -> None:
        self.stop()
        if self.note.until is not None:
            self._cancel = async_track_point_in_utc_time(self._info.hass, self._end, self.note.until)

    async def _end(self, now: datetime) -> None:
        self._cancel = None
        try:
            await self.async_choose(Strategy.OWN)
        except HomeAssistantError as err:
            _LOGGER.warning("The settings of the %s could not be put back yet: %s", self._info.name, err)
            self._cancel = async_track_point_in_utc_time(self._info.hass, self._end, dt_util.utcnow() + _AGAIN)
