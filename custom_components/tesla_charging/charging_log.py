"""The charging log of an account: the sessions of its cars, kept on disk, told to whoever follows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .account import TeslaConfigEntry
from .charging.news import News
from .charging.session import Reason, Session
from .charging.totals import Totals, total
from .const import DOMAIN

_LOGS: HassKey[dict[str, ChargingLog]] = HassKey(f"{DOMAIN}.charging_logs")


@callback
def charging_log_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ChargingLog:
    """Return the log of an account that is set up."""
    return hass.data[_LOGS][entry.entry_id]


class ChargingLog:
    """The sessions of an account's cars, by VIN and in the order in which they began."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
        """Make it; `async_start` begins."""
        self._hass, self._entry = hass, entry
        self._sessions: dict[str, dict[str, Session]] = {}
        self._totals: dict[str, Totals] = {}
        self._followers: dict[str, list[Callable[[], None]]] = {}
        self._news_followers: dict[str, list[Callable[[News], None]]] = {}

    async def async_start(self) -> None:
        """Read what is on disk, and follow the cars and sites."""
        self._hass.data.setdefault(_LOGS, {})[self._entry.entry_id] = self

    # What others see

    def sessions(self, vin: str, begin: datetime | None = None, end: datetime | None = None) -> tuple[Session, ...]:
        """Return the sessions of a car that are partly between two times, by their beginning."""
        found = sorted(self._sessions.get(vin, {}).values(), key=lambda one: one.plugged_at)
        return tuple(
            one
            for one in found
            if (end is None or one.plugged_at < end)
            and (begin is None or one.unplugged_at is None or one.unplugged_at > begin)
        )

    def session(self, vin: str, session_id: str) -> Session | None:
        """Return a session as it is known now."""
        return self._sessions.get(vin, {}).get(session_id)

    def latest(self, vin: str) -> Session | None:
        """Return the session that is open, else the last one."""
        return max(self._sessions.get(vin, {}).values(), key=lambda one: one.plugged_at, default=None)

    def totals(self, vin: str) -> Totals:
        """Return what a car has charged and paid in all."""
        self._totals[vin] = total(self._sessions.get(vin, {}).values(), self._totals.get(vin, Totals()))
        return self._totals[vin]

    @callback
    def async_follow(self, vin: str, follower: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever a session of a car is new or has changed."""
        followers = self._followers.setdefault(vin, [])
        followers.append(follower)
        return lambda: followers.remove(follower)

    @callback
    def async_follow_news(self, vin: str, follower: Callable[[News], None]) -> CALLBACK_TYPE:
        """Call back with what happens to a car, once; the first snapshot after a start is no news."""
        followers = self._news_followers.setdefault(vin, [])
        followers.append(follower)
        return lambda: followers.remove(follower)

    # What others know better

    @callback
    def async_amend(self, session: Session, reason: Reason) -> Session:
        """Keep a session that is new or is known better; return it with its revision. What says the same is not written."""
        known = self.session(session.vin, session.id)
        if known is not None and replace(session, revision=known.revision, reason=known.reason) == known:
            return known
        kept = replace(session, revision=0 if known is None else known.revision + 1, reason=reason)
        self._sessions.setdefault(kept.vin, {})[kept.id] = kept
        for follower in tuple(self._followers.get(kept.vin, ())):
            follower()
        return kept

    @callback
    def async_tell(self, news: News) -> None:
        """Tell of something that has happened."""
        for follower in tuple(self._news_followers.get(news.session.vin, ())):
            follower(news)
