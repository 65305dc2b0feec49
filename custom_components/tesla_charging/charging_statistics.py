"""The charging of a car in Home Assistant's statistics: energy and cost, at home and at Superchargers, in their true hours.

They hold what the charging log knows: all of it once after each start, then what has changed. Added up is in the executor.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfEnergy
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import slugify
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.unit_conversion import EnergyConverter

from .account import TeslaConfigEntry
from .charging.hours import PLACES, HourBook, Hours, cost_key, energy_key
from .charging.session import Place, Session
from .charging_log import ChargingLog, charging_log_of
from .const import DOMAIN
from .devices import vehicle_device
from .statistics import Wanted, async_metadata, async_write_all, async_written

# A charge tells something new with each read: what it tells within this time is written together.
_TOGETHER_S: Final = 30.0
_ENERGIES: Final = frozenset(map(energy_key, PLACES))
# Enough of a VIN to tell two cars apart; the rest stays with its owner.
_TAIL: Final = 8


def car_statistic_id(vin: str, what: str) -> str:
    """Return the id of a statistic of a car, which does not hold its VIN."""
    return f"{DOMAIN}:{slugify(vin[-_TAIL:])}_{what}"


class CarStatistics:
    """The statistics of one car."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry, log: ChargingLog, vin: str) -> None:
        """Know the car; `async_start` begins."""
        self._hass, self._entry, self._log, self._vin = hass, entry, log, vin
        self._book: HourBook | None = None
        self._cancel: CALLBACK_TYPE | None = None
        self._writing = asyncio.Lock()
        self.rows = 0

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Write what the log knows, and follow it; return what ends it."""
        stop_following = self._log.async_follow(self._vin, self._plan)
        self._plan()

        def stop() -> None:
            stop_following()
            if self._cancel is not None:
                self._cancel()
                self._cancel = None

        return stop

    @callback
    def _plan(self) -> None:
        if self._cancel is None:
            self._cancel = async_call_later(self._hass, _TOGETHER_S, self._begin)

    @callback
    def _begin(self, _: datetime) -> None:
        self._cancel = None
        self._entry.async_create_background_task(self._hass, self._write(), f"{DOMAIN} charging statistics")

    async def _write(self) -> None:
        async with self._writing:
            sessions, currency = self._log.sessions(self._vin), self._hass.config.currency
            book, whole = self._book, False
            if book is None or book.home_currency != currency:
                book, whole = HourBook(currency), True
            # A book that was begun and not written is no book.
            self._book = None
            changed = await self._hass.async_add_executor_job(_take, book, sessions, whole)
            wanted = [
                Wanted(await self._metadata(what, currency), hours, whole) for what, hours in sorted(changed.items())
            ]
            self.rows += await async_write_all(self._hass, wanted)
            self._book = book

    async def _metadata(self, what: str, currency: str) -> StatisticMetaData:
        place, _, other = what.partition("_cost")
        unit, unit_class, text = (
            (UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter.UNIT_CLASS, what)
            if what in _ENERGIES
            else (other.lstrip("_").upper() or currency, None, f"{place}_cost")
        )
        name = car_statistic_id(self._vin, what)
        return await async_metadata(self._hass, name, self.name, f"statistic_car_{text}", unit, unit_class)

    @property
    def name(self) -> str:
        """What the car is called by the person, or else by us."""
        device = dr.async_get(self._hass).async_get_device_by_identifier((DOMAIN, self._vin), self._entry.entry_id)
        own = device and (device.name_by_user or device.name)
        car = self._entry.runtime_data.vehicles.get(self._vin)
        return own or ("Tesla" if car is None else str(vehicle_device(self._vin, car.data).get("name")))


def _take(book: HourBook, sessions: tuple[Session, ...], whole: bool) -> Hours:
    """Add up what is new; in the executor."""
    changed = book.take(sessions)
    if not whole:
        return changed
    # What was written of sessions that are no more, or of costs that are no more known.
    usual = (*_ENERGIES, *(cost_key(place, book.home_currency, book.home_currency) for place in PLACES))
    return {**{what: {} for what in usual}, **changed}


_STATISTICS: HassKey[dict[str, ChargingStatistics]] = HassKey(f"{DOMAIN}.charging_statistics")


@callback
def charging_statistics_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Mapping[str, CarStatistics]:
    """Return the statistics of an account's cars, by VIN; none without the recorder."""
    found = hass.data.get(_STATISTICS, {}).get(entry.entry_id)
    return {} if found is None else found.cars


async def async_home_energies(hass: HomeAssistant, entry_id: str) -> dict[str, str]:
    """Return the statistics of what the cars of an account have charged at home, as far as there are any, and the cars' names."""
    statistics = hass.data.get(_STATISTICS, {}).get(entry_id)
    cars = {} if statistics is None else statistics.cars
    wanted = {car_statistic_id(vin, energy_key(Place.HOME)): car.name for vin, car in cars.items()}
    there = await async_written(hass, wanted)
    return {name: owner for name, owner in wanted.items() if name in there}


class ChargingStatistics:
    """The statistics of the cars of an account; there are none without the recorder."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
        """Make it; `async_start` begins."""
        self._hass, self._entry = hass, entry
        self._log = charging_log_of(hass, entry)
        self._stops: dict[str, CALLBACK_TYPE] = {}
        self.cars: dict[str, CarStatistics] = {}

    @callback
    def async_start(self) -> None:
        """Write the statistics of every car that there is, and that comes to be there."""
        if DATA_INSTANCE not in self._hass.data:
            return
        self._hass.data.setdefault(_STATISTICS, {})[self._entry.entry_id] = self
        self._follow()
        self._entry.async_on_unload(self._entry.runtime_data.async_follow(self._follow))
        self._entry.async_on_unload(self._stop)

    @callback
    def _follow(self) -> None:
        vins = self._entry.runtime_data.vehicles
        for vin in [one for one in self.cars if one not in vins]:
            del self.cars[vin]
            self._stops.pop(vin)()
        for vin in vins:
            if vin not in self.cars:
                self.cars[vin] = CarStatistics(self._hass, self._entry, self._log, vin)
                self._stops[vin] = self.cars[vin].async_start()

    @callback
    def _stop(self) -> None:
        for stop in self._stops.values():
            stop()
        self._stops.clear()
        self._hass.data[_STATISTICS].pop(self._entry.entry_id)
