"""The purse of a Tesla app: every request is paid out of it, whichever account of the app it is for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .budget import journal
from .budget.asking import asked_by_person
from .budget.calendars import CALENDARS, hour_of, month_of
from .budget.ledger import CLOSING, Ledger, Standing
from .budget.prices import UNPRICED, Belief, Prices
from .const import DOMAIN
from .fleet.errors import Fault, FleetError
from .fleet.paying import PriceClass
from .ledger_store import LedgerStore, tag_of

_LOOK_EVERY: Final = timedelta(minutes=10)
# Answers that show that the app is on: a good one, and one that comes from a car.
_OPEN: Final = (None, Fault.ASLEEP)
# Answers after which the client asks once more, otherwise.
_MENDED: Final = (Fault.UNAUTHORIZED, Fault.WRONG_REGION)


class Booking:
    """A request that was paid for."""

    def __init__(self, purse: Purse, kind: PriceClass, hour: int, *, probes: bool) -> None:
        """Keep what was booked; `probes`: whether it asks a switched-off app."""
        self._purse = purse
        self._kind = kind
        self._hour = hour
        self._probes = probes
        self._taken_back = False

    async def async_take_back(self, *, sent: bool = True) -> None:
        """Note that it costs nothing; what was not `sent` has not asked a switched-off app either."""
        if not self._taken_back:
            self._taken_back = True
            await self._purse.async_take_back(self._kind, self._hour)
        if self._probes and not sent:
            await self._purse.async_probe_again()

    async def async_answered(self, fault: Fault | None) -> None:
        """Note how Tesla has answered it."""
        if fault in CLOSING:
            await self._purse.async_closed(fault)
        elif self._probes and fault in _OPEN:
            await self._purse.async_opened()
        elif self._probes and fault in _MENDED:
            self._purse.mend_probe()


class Purse:
    """Pays for the requests of one Tesla app, and says how it stands."""

    def __init__(self, hass: HomeAssistant, client_id: str) -> None:
        """Make it; `async_load` before use."""
        self.hass = hass
        self.tag = tag_of(client_id)
        self.client_id = client_id
        self.entries: dict[str, ConfigEntry[Any]] = {}
        # What the accounts would like to read, as an appetite in seconds (budget/habits.py).
        self.appetites: list[Callable[[], float]] = []
        # How often it has changed otherwise than by a request.
        self.changes = 0
        self._store = LedgerStore(hass, client_id)
        self._listeners: list[CALLBACK_TYPE] = []
        self._stop_looking: CALLBACK_TYPE | None = None
        self._month_ends = self._end_of_month()

    async def async_load(self) -> None:
        """Read the ledger."""
        await self._store.async_load(dt_util.utcnow())

    @property
    def _ledger(self) -> Ledger:
        return self._store.ledger

    # How it stands

    def standing(self) -> Standing:
        """Return how the ledger stands now; `today` is the day where Home Assistant is."""
        return self._ledger.standing(dt_util.utcnow(), dt_util.start_of_local_day())

    def price(self, kind: PriceClass) -> Decimal:
        """Return the dollars for one answer."""
        return self._ledger.settings.prices.of(kind)

    def may_read(self) -> bool:
        """Whether a car may be read in the background now."""
        return self._refusal(PriceClass.DATA, by_person=False) is None

    @property
    def closed(self) -> bool:
        """Whether Tesla has switched the app off."""
        return self._ledger.closed is not None

    def may_import(self, kind: PriceClass = PriceClass.ENERGY) -> bool:
        """Whether what has time may be read now: where it costs something, only while half of the month's money is left."""
        if self._refusal(kind, by_person=False) is not None:
            return False
        standing = self.standing()
        return not self.price(kind) or standing.left * 2 > standing.budget

    @property
    def appetite(self) -> float:
        """What all accounts of the app would like to read, in seconds (budget/habits.py)."""
        return sum(appetite() for appetite in self.appetites)

    def monthly(self, kind: PriceClass) -> float:
        """Return how many answers of a class a month brings, if it goes on as in the last days."""
        return self._ledger.monthly(kind, dt_util.utcnow())

    @property
    def wakes_a_day(self) -> int:
        """How often a day cars may be woken, by whomever."""
        return self._ledger.settings.wakes_a_day

    @property
    def writable(self) -> bool:
        """Whether what is booked gets to the disk."""
        return self._store.writable

    @callback
    def async_listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back whenever there may be something new to show."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    # Who uses it

    @callback
    def async_attach(self, entry: ConfigEntry[Any]) -> CALLBACK_TYPE:
        """Be used by an account, until what is returned is called; it is looked after as long as there is one."""
        self.entries[entry.entry_id] = entry
        if self._stop_looking is None:
            self._stop_looking = async_track_time_interval(self.hass, self._look, _LOOK_EVERY)

        @callback
        def detach() -> None:
            self.entries.pop(entry.entry_id, None)
            if not self.entries and self._stop_looking is not None:
                self._stop_looking()
                self._stop_looking = None

        return detach

    async def _look(self, _: datetime) -> None:
        """Notice what changes by itself: a month that ends, a disk that can be written again."""
        if self._month_ends != (month_ends := self._end_of_month()) or not self.writable:
            self._month_ends = month_ends
            await self._store.async_write_anew()
        self._tell()

    def _end_of_month(self) -> datetime:
        return month_of(dt_util.utcnow(), CALENDARS[0]).end

    # Paying

    async def async_book(self, kind: PriceClass) -> Booking:
        """Pay for a request that is about to leave; raises FleetError where it must not."""
        by_person = asked_by_person()
        if refusal := self._refusal(kind, by_person=by_person):
            self._tell()
            raise refusal
        now = dt_util.utcnow()
        probes = self._ledger.probing(now)
        hour = self._ledger.book(kind, now)
        line = journal.booked(kind, hour, hour_of(now))
        written = await (self._store.async_write_anew() if probes else self._store.async_append(line))
        if not written and not by_person and self.price(kind):
            self._ledger.take_back(kind, hour)
            self._tell()
            raise _not_written()
        self._tell()
        return Booking(self, kind, hour, probes=probes)

    def _refusal(self, kind: PriceClass, *, by_person: bool) -> FleetError | None:
        if refusal := self._ledger.refusal(kind, dt_util.utcnow(), by_person=by_person):
            return refusal
        return None if self.writable or by_person or not self.price(kind) else _not_written()

    async def async_take_back(self, kind: PriceClass, hour: int) -> None:
        """Count a request no more."""
        self._ledger.take_back(kind, hour)
        await self._store.async_append(journal.taken_back(kind, hour))
        self._tell()

    async def async_closed(self, fault: Fault) -> None:
        """Leave Tesla alone, which has switched the app off."""
        self._ledger.close(fault, dt_util.utcnow())
        await self._changed()

    async def async_opened(self) -> None:
        """Go on: Tesla answers again."""
        self._ledger.open()
        await self._changed()

    @callback
    def mend_probe(self) -> None:
        """Let Tesla be asked once more whether the app is on again, where the first question was put wrongly."""
        self._ledger.mend_probe(dt_util.utcnow())

    # What a person decides

    async def async_set(
        self,
        *,
        budget: Decimal | None = None,
        elsewhere: Decimal | None = None,
        wakes_a_day: int | None = None,
        beliefs: Mapping[PriceClass, Belief] | None = None,
    ) -> None:
        """Set what a person has said: dollars a month, wakes a day, what is believed of classes without a price."""
        settings = self._ledger.settings
        said = {**settings.prices.beliefs, **(beliefs or {})}
        self._ledger.settings = replace(
            settings,
            budget=settings.budget if budget is None else budget,
            elsewhere=settings.elsewhere if elsewhere is None else elsewhere,
            wakes_a_day=settings.wakes_a_day if wakes_a_day is None else wakes_a_day,
            prices=Prices({kind: belief for kind, belief in said.items() if kind in UNPRICED}),
            disproved=settings.disproved - set(beliefs or ()),
        )
        await self._changed()

    async def async_set_spent(self, dollars: Decimal) -> None:
        """Take a person's word for what was spent this month, from Tesla's own page."""
        self._ledger.correct(dollars, dt_util.utcnow())
        await self._changed()

    async def async_probe_again(self) -> None:
        """Let the next request ask Tesla whether the app is on again, because a person may have seen to it."""
        if self._ledger.closed is not None:
            self._ledger.probe_again(dt_util.utcnow())
            await self._changed()

    async def _changed(self) -> None:
        self.changes += 1
        await self._store.async_write_anew()
        self._tell()


def _not_written() -> FleetError:
    return FleetError(Fault.NOT_WRITTEN, retry_after=_LOOK_EVERY.total_seconds())


# A purse stays for as long as Home Assistant runs: two of one app would write one file, each without the other's bookings.
DATA_PURSES: HassKey[dict[str, asyncio.Future[Purse]]] = HassKey(f"{DOMAIN}_purses")


async def async_purse(hass: HomeAssistant, client_id: str) -> Purse:
    """Return the purse of a Tesla app, which all who use the app share."""
    purses = hass.data.setdefault(DATA_PURSES, {})
    if client_id not in purses:
        purses[client_id] = hass.async_create_task(_load(hass, client_id), f"{DOMAIN} ledger")
    return await asyncio.shield(purses[client_id])


async def _load(hass: HomeAssistant, client_id: str) -> Purse:
    purse = Purse(hass, client_id)
    await purse.async_load()
    return purse
