"""What the charging log knows of a car, added up once for all that show it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from homeassistant.const import UnitOfLength
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import DistanceConverter

from .charging.figures import Pricing, cost_per_mile, efficiency
from .charging.session import Session
from .charging.totals import Totals
from .charging_log import charging_log_of
from .coordinators import VehicleCoordinator
from .cost_options import cost_options


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What money and distances are told in, and what a kWh is compared with."""

    currency: str
    distance: str
    reference_price: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Charged:
    """What the log knows of a car; costs are per 100 of the distance, in the currency."""

    terms: Terms
    totals: Totals = field(default_factory=Totals)
    latest: Session | None = None
    efficiency: float | None = None
    cost_per_distance: Decimal | None = None
    saving: Decimal | None = None


class CarBook:
    """What the log knows of a car; it is looked through when it has changed, and only while somebody follows."""

    def __init__(self, coordinator: VehicleCoordinator) -> None:
        """Know the car."""
        self._hass, self._entry, self._vin = coordinator.hass, coordinator.context.entry, coordinator.vin
        self._log = charging_log_of(self._hass, self._entry)
        self._pricing = Pricing()
        self._followers: list[Callable[[], None]] = []
        self._stop: CALLBACK_TYPE | None = None
        self._due = False
        self._charged: Charged | None = None

    @property
    def charged(self) -> Charged:
        """What is known now."""
        terms = self._terms()
        if self._charged is None or self._charged.terms != terms:
            self._charged = self._look(terms)
        return self._charged

    def _terms(self) -> Terms:
        config = self._hass.config
        return Terms(
            currency=config.currency,
            distance=config.units.length_unit,
            reference_price=cost_options(self._entry).reference_price,
        )

    def _look(self, terms: Terms) -> Charged:
        sessions = self._log.sessions(self._vin)
        self._pricing.take(sessions)
        priced, reference = self._pricing.of(terms.currency), terms.reference_price
        per_mile = cost_per_mile(sessions, terms.currency, dt_util.utcnow())
        return Charged(
            terms=terms,
            totals=self._log.totals(self._vin),
            latest=self._log.latest(self._vin),
            efficiency=efficiency(sessions),
            cost_per_distance=None if per_mile is None else per_mile * _hundred_in_miles(terms.distance),
            saving=None if reference is None else priced.saving(reference),
        )

    @callback
    def async_follow(self, follower: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back when it has changed."""
        if self._stop is None:
            self._stop, self._charged = self._log.async_follow(self._vin, self._plan), None
        self._followers.append(follower)

        def stop() -> None:
            self._followers.remove(follower)
            if not self._followers and self._stop is not None:
                self._stop()
                self._stop = None

        return stop

    @callback
    def _plan(self) -> None:
        """Look soon: what comes in at once, such as the sessions of years, is added up once."""
        self._charged = None
        if not self._due:
            self._due = True
            self._hass.loop.call_soon(self._tell)

    @callback
    def _tell(self) -> None:
        self._due = False
        for follower in tuple(self._followers):
            follower()


def _hundred_in_miles(unit: str) -> Decimal:
    return Decimal(str(DistanceConverter.convert(100, unit, UnitOfLength.MILES)))
