"""Asks Tesla for the days of charges that the import of the history does not bring: one at a time, the newest first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .account import Site, TeslaConfigEntry
from .const import DOMAIN
from .cost_rows import SiteRows
from .session_sites import Span

_PACE_S: Final = 3.0
_RETRY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A charge that is over, at a site; `settled` when the history of its time is there.

    forget: what to do when there is nothing to ask for any more; None as long as there may be.
    """

    site: Site
    span: Span
    settled: bool
    forget: Callable[[], None] | None = None


class DayAsker:
    """Asks for the days that are wished for."""

    def __init__(
        self, hass: HomeAssistant, entry: TeslaConfigEntry, rows: SiteRows, wishes: Callable[[], Iterable[Wish]]
    ) -> None:
        """Know whom to ask for what; `wishes` come newest first."""
        self._hass, self._entry, self._rows, self._wishes = hass, entry, rows, wishes
        self._running = self._stopped = False
        self._not_before = 0.0
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def plan(self, seconds: float = 0.0) -> None:
        """See soon whether there is something to ask for."""
        if self._timer is None and not self._running and not self._stopped:
            self._timer = async_call_later(self._hass, seconds, self._begin)

    @callback
    def stop(self) -> None:
        """Ask for nothing any more."""
        self._stopped = True
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _begin(self, _: datetime) -> None:
        self._timer = None
        may_ask = self._entry.runtime_data.purse.may_import()
        if may_ask and not self._running and dt_util.utcnow().timestamp() >= self._not_before:
            self._entry.async_create_background_task(self._hass, self._ask(), f"{DOMAIN} days of charges")

    async def _ask(self) -> None:
        self._running = True
        asked = False
        try:
            asked = await self._ask_for_one()
        finally:
            self._running = False
        if asked:
            self.plan(_PACE_S)

    async def _ask_for_one(self) -> bool:
        """Ask for the newest day that has to be asked for; return whether Tesla has answered."""
        for wish in self._wishes():
            zone = await self._rows.async_zone(wish.site)
            days = [] if zone is None else self._rows.days(zone, *wish.span)
            asked = (day for day in days if self._rows.has_to_ask(wish.site, day, wish.span[1], settled=wish.settled))
            day = next(asked, None)
            if day is not None and zone is not None:
                if await self._rows.async_ask(wish.site, day, zone):
                    return True
                self._not_before = dt_util.utcnow().timestamp() + _RETRY_S
                return False
            if wish.forget is not None and not any(self._rows.is_to_come(wish.site, day) for day in days):
                wish.forget()
        return False
