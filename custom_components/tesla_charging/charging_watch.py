"""Brings what is read of cars and Wall Connectors to those who make sessions of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from homeassistant.const import ATTR_LATITUDE, ATTR_LONGITUDE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.location import distance

from .account import TeslaConfigEntry
from .charging.engine import Engine
from .charging.seen import see, see_connector
from .coordinators import VehicleCoordinator
from .fleet.models import Vehicle
from .fleet.models.vehicle import VehicleState
from .fleet.scopes import Scope

_TICK: Final = timedelta(minutes=5)
_HOME: Final = "zone.home"
_RADIUS: Final = "radius"
_USUAL_RADIUS_M: Final = 100.0


class Taker(Protocol):
    """Takes what an engine has made of what it saw."""

    def __call__(self, engine: Engine, *, news: bool) -> None:
        """Take it; news: whether to tell of it."""


class Watch:
    """Follows the cars and sites of an account."""

    def __init__(
        self, hass: HomeAssistant, entry: TeslaConfigEntry, engine_of: Callable[[str], Engine], take: Taker
    ) -> None:
        """Make it; `async_start` begins."""
        self._hass, self._entry, self._engine_of, self._take = hass, entry, engine_of, take
        self._account = entry.runtime_data
        self._cars: dict[str, tuple[VehicleCoordinator, list[CALLBACK_TYPE]]] = {}
        # What was seen once is news from then on.
        self._read: set[str] = set()
        self._looked: set[str] = set()

    @callback
    def async_start(self) -> None:
        """Follow what there is, and what comes to be there."""
        self._follow()
        self._entry.async_on_unload(self._account.async_follow(self._follow))
        self._entry.async_on_unload(async_track_time_interval(self._hass, self._tick, _TICK))
        self._entry.async_on_unload(self._stop)

    @callback
    def _stop(self) -> None:
        for vin in [*self._cars]:
            self._leave(vin)

    def _leave(self, vin: str) -> None:
        for cancel in self._cars.pop(vin)[1]:
            cancel()

    @callback
    def _follow(self) -> None:
        cars = self._account.vehicles
        for vin in [vin for vin, (car, _) in self._cars.items() if cars.get(vin) is not car]:
            self._leave(vin)
        for vin, car in cars.items():
            if vin not in self._cars:
                listen = (
                    car.async_follow_reads(partial(self._saw, vin)),
                    car.async_add_listener(partial(self._heard, vin, car)),
                )
                self._cars[vin] = car, [*listen]
                if car.data.read_at is not None:
                    self._saw(vin, car.data)
                self._read.discard(vin)
                self._heard(vin, car)
            self._look(vin)

    @callback
    def _saw(self, vin: str, vehicle: Vehicle) -> None:
        """Take a read of a car."""
        seen = see(vehicle, home=self._at_home(vehicle))
        if seen is not None:
            engine = self._engine_of(vin)
            engine.saw(seen)
            self._take(engine, news=vin in self._read)
        self._read.add(vin)

    @callback
    def _heard(self, vin: str, car: VehicleCoordinator) -> None:
        """Take what the product list says."""
        if car.data.state is VehicleState.ASLEEP:
            engine = self._engine_of(vin)
            engine.slept(dt_util.utcnow().timestamp())
            if engine.stirred:
                self._take(engine, news=vin in self._read)

    def _look(self, vin: str) -> None:
        """Take a look at the Wall Connectors."""
        engine = self._engine_of(vin)
        connector = see_connector((site.data for site in self._account.sites.values()), vin, engine.wall.din)
        if connector is not None and connector.at != engine.wall.at:
            engine.saw_connector(connector)
            if engine.stirred:
                self._take(engine, news=vin in self._looked)
            self._looked.add(vin)

    @callback
    def _tick(self, now: datetime) -> None:
        for vin in self._cars:
            engine = self._engine_of(vin)
            engine.tick(now.timestamp())
            self._take(engine, news=True)

    def _at_home(self, vehicle: Vehicle) -> bool | None:
        """Return whether a car is in Home Assistant's home zone, None if that may not be known."""
        place, zone = vehicle.drive_state, self._hass.states.get(_HOME)
        if Scope.VEHICLE_LOCATION not in self._account.scopes or place.latitude is None or place.longitude is None:
            return None
        known = {} if zone is None else zone.attributes
        latitude = known.get(ATTR_LATITUDE, self._hass.config.latitude)
        longitude = known.get(ATTR_LONGITUDE, self._hass.config.longitude)
        metres = distance(place.latitude, place.longitude, latitude, longitude)
        return metres is not None and metres <= float(known.get(_RADIUS, _USUAL_RADIUS_M))
