"""How the ledger of a Tesla app stands, for those who show it: seldom enough for a database, at once where it matters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .budget.calendars import CALENDARS, month_of
from .budget.ledger import Standing
from .fleet.paying import PriceClass
from .purse import Purse

# Each request changes what was spent: it is shown so often.
_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown of a ledger: how it stands, and since when its day and its month are counted."""

    standing: Standing
    day_began: datetime
    month_began: datetime


class BudgetFeed:
    """Tells of the ledger of a Tesla app."""

    def __init__(self, hass: HomeAssistant, purse: Purse) -> None:
        """Look at it; `async_start` begins to follow it."""
        self._hass = hass
        self._purse = purse
        self._listeners: list[CALLBACK_TYPE] = []
        self._stop_listening: CALLBACK_TYPE | None = None
        self._cancel: CALLBACK_TYPE | None = None
        self._look()

    def _look(self) -> None:
        self._at = dt_util.utcnow()
        self.shown = Shown(
            standing=self._purse.standing(),
            day_began=dt_util.start_of_local_day(),
            month_began=month_of(self._at, CALENDARS[0]).start,
        )
        self._vital = self._vital_signs(self.shown.standing)

    def _vital_signs(self, standing: Standing) -> object:
        """Return what nobody should have to wait for."""
        data = PriceClass.DATA
        return self._purse.changes, standing.may_pay(data), standing.may_pay(data, by_person=True), standing.made_up

    @callback
    def async_start(self) -> None:
        """Follow the ledger."""
        self._stop_listening = self._purse.async_listen(self._told)

    @callback
    def async_stop(self) -> None:
        """Follow it no more."""
        self._drop()
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    @callback
    def async_listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when there is something new to show."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_show(self, _: datetime | None = None) -> None:
        """Show how it stands now; that costs nothing."""
        self._drop()
        self._look()
        for listener in [*self._listeners]:
            listener()

    @callback
    def _told(self) -> None:
        due = self._at + _EVERY
        if dt_util.utcnow() >= due or self._vital_signs(self._purse.standing()) != self._vital:
            self.async_show()
        elif self._cancel is None:
            show = HassJob(self.async_show, cancel_on_shutdown=True)
            self._cancel = async_track_point_in_utc_time(self._hass, show, due)

    def _drop(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
