"""Sensors of the charging log of a car: totals, this or the last session, and what they come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfEnergy, UnitOfTime
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity
from homeassistant.helpers.typing import StateType

from .charging.figures import charging_time
from .charging.session import Place, Session
from .charging.standby import Standby
from .charging_book import CarBook, Charged
from .coordinators import VehicleCoordinator
from .entity import VehicleDescription, VehicleEntity
from .fleet.scopes import Scope

type _Attributes = Mapping[str, StateType | Mapping[str, StateType]]


@dataclass(frozen=True, kw_only=True)
class ChargingDescription(VehicleDescription, SensorEntityDescription):
    """A sensor of the charging log; unit_fn: where the unit is a currency."""

    needs_data: bool = False
    value_fn: Callable[[Charged], StateType | Decimal]
    unit_fn: Callable[[Charged], str] | None = None
    attributes_fn: Callable[[Charged], _Attributes] | None = None


# Totals


def _added_kwh(*places: Place) -> Callable[[Charged], StateType]:
    return lambda charged: round(sum(charged.totals.added_wh.get(place, 0.0) for place in places) / 1000, 3)


def _paid(charged: Charged, places: Sequence[Place], currency: str) -> Decimal | None:
    """Return what was paid at places, None where something was charged and nothing of it has a cost."""
    cost, totals = charged.totals.cost, charged.totals
    found = [cost[place, currency] for place in places if (place, currency) in cost]
    if found:
        return round(sum(found, Decimal(0)), 2)
    return None if any(totals.added_wh.get(place) for place in places) else Decimal(0)


def _energy_total(key: str, value_fn: Callable[[Charged], StateType], *, enabled: bool = False) -> ChargingDescription:
    return ChargingDescription(
        key=key,
        device_class=SensorDeviceClass.ENERGY,
        entity_registry_enabled_default=enabled,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value_fn=value_fn,
    )


def _cost_total(key: str, *places: Place, scopes: frozenset[Scope] = VehicleDescription.scopes) -> ChargingDescription:
    def others(charged: Charged) -> _Attributes:
        currencies = sorted({currency for place, currency in charged.totals.cost if place in places})
        paid = {one: _paid(charged, places, one) for one in currencies if one != charged.terms.currency}
        return {"other_currencies": {one: float(amount) for one, amount in paid.items() if amount is not None}}

    return ChargingDescription(
        key=key,
        device_class=SensorDeviceClass.MONETARY,
        scopes=scopes,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        unit_fn=lambda charged: charged.terms.currency,
        value_fn=lambda charged: _paid(charged, places, charged.terms.currency),
        attributes_fn=others,
    )


# This or the last session


def _of_session[T](value_fn: Callable[[Session], T | None]) -> Callable[[Charged], T | None]:
    return lambda charged: None if charged.latest is None else value_fn(charged.latest)


def _session_cost(charged: Charged) -> Decimal | None:
    session = charged.latest
    return None if session is None or session.cost is None else round(session.cost.amount, 2)


def _session_currency(charged: Charged) -> str:
    session = charged.latest
    return charged.terms.currency if session is None or session.cost is None else session.cost.currency


def _session_cost_attributes(charged: Charged) -> _Attributes:
    session = charged.latest
    if session is None or session.cost is None:
        return {}
    return {"provisional": session.cost.provisional, "basis": session.cost.basis.value}


def _solar_share(session: Session) -> float | None:
    share = None if session.mix is None else session.mix.solar_share
    return None if share is None else round(100 * share, 1)


def _session_energy_attributes(charged: Charged) -> _Attributes:
    session = charged.latest
    if session is None:
        return {}
    return {
        "started_at": session.plugged_at.isoformat(),
        "source": session.added.source.value,
        "estimated": session.added.estimated,
    }


def _site_name(charged: Charged) -> _Attributes:
    """Return the name of a Supercharger; what a person calls another place is nobody's business."""
    session = charged.latest
    if session is None or session.place is not Place.SUPERCHARGER or session.place_name is None:
        return {}
    return {"site_name": session.place_name}


def _money(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else round(amount, 2)


CHARGING_SENSORS: Final = (
    _energy_total("charging_energy_total", lambda charged: round(charged.totals.all_added_wh / 1000, 3), enabled=True),
    _energy_total("home_charging_energy_total", _added_kwh(Place.HOME), enabled=True),
    _energy_total("supercharger_energy_total", _added_kwh(Place.SUPERCHARGER)),
    _energy_total("elsewhere_energy_total", _added_kwh(Place.ELSEWHERE)),
    _energy_total(
        "home_charging_energy_used_total", lambda charged: round(charged.totals.used_wh.get(Place.HOME, 0.0) / 1000, 3)
    ),
    _cost_total("charging_cost_total", *Place),
    _cost_total("home_charging_cost_total", Place.HOME),
    # Only charging history knows what a Supercharger cost.
    _cost_total("supercharger_cost_total", Place.SUPERCHARGER, scopes=frozenset({Scope.VEHICLE_CHARGING_CMDS})),
    ChargingDescription(
        # No state class: each session begins anew, and what it is known to be may change when it is over.
        key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value_fn=_of_session(lambda session: round(session.added.wh / 1000, 3)),
        attributes_fn=_session_energy_attributes,
    ),
    ChargingDescription(
        key="session_cost",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        unit_fn=_session_currency,
        value_fn=_session_cost,
        attributes_fn=_session_cost_attributes,
    ),
    ChargingDescription(
        key="session_solar_share",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=_of_session(_solar_share),
        attributes_fn=lambda charged: (
            {"settled": charged.latest.mix.settled} if charged.latest and charged.latest.mix else {}
        ),
    ),
    ChargingDescription(
        key="session_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=_of_session(lambda session: charging_time(session) // timedelta(minutes=1)),
    ),
    ChargingDescription(
        key="session_place",
        device_class=SensorDeviceClass.ENUM,
        options=[place.value for place in Place],
        value_fn=_of_session(lambda session: session.place.value),
        attributes_fn=_site_name,
    ),
    ChargingDescription(
        key="charging_efficiency",
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda charged: None if charged.efficiency is None else round(100 * charged.efficiency, 1),
    ),
    ChargingDescription(
        key="charging_saving_total",
        device_class=SensorDeviceClass.MONETARY,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        unit_fn=lambda charged: charged.terms.currency,
        value_fn=lambda charged: _money(charged.saving),
    ),
    ChargingDescription(
        key="cost_per_distance",
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        unit_fn=lambda charged: f"{charged.terms.currency}/100 {charged.terms.distance}",
        value_fn=lambda charged: _money(charged.cost_per_distance),
    ),
)


class ChargingSensor(VehicleEntity, SensorEntity):
    """A sensor of the charging log."""

    entity_description: ChargingDescription

    def __init__(self, book: CarBook, coordinator: VehicleCoordinator, description: ChargingDescription) -> None:
        """Belong to the car."""
        self._book = book
        super().__init__(coordinator, description)

    @override
    def _show(self) -> object:
        description, charged = self.entity_description, self._book.charged
        self._attr_native_value = description.value_fn(charged)
        if description.unit_fn is not None:
            self._attr_native_unit_of_measurement = description.unit_fn(charged)
        if description.attributes_fn is not None:
            self._attr_extra_state_attributes = dict(description.attributes_fn(charged))
        return self._attr_native_value, self.native_unit_of_measurement, self.extra_state_attributes

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the log, which Tesla and the options have their say in, and not the car."""
        self.async_on_remove(self._book.async_follow(self._handle_coordinator_update))
        await super().async_added_to_hass()


def charging_sensors() -> Callable[[VehicleCoordinator, ChargingDescription], ChargingSensor]:
    """Return a maker of sensors, which share what is added up for a car."""
    books: dict[str, tuple[VehicleCoordinator, CarBook]] = {}

    def make(coordinator: VehicleCoordinator, description: ChargingDescription) -> ChargingSensor:
        known = books.get(coordinator.vin)
        if known is None or known[0] is not coordinator:
            known = books[coordinator.vin] = coordinator, CarBook(coordinator)
        return ChargingSensor(known[1], coordinator, description)

    return make


# Loss while parked


@dataclass(frozen=True, kw_only=True)
class StandbyDescription(VehicleDescription, SensorEntityDescription):
    """The sensor of the loss while parked."""


STANDBY: Final = StandbyDescription(
    key="standby_loss",
    entity_registry_enabled_default=False,
    native_unit_of_measurement="%/d",
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=1,
)


class _Remembered(ExtraStoredData):
    """What the sensor has seen, for Home Assistant to keep."""

    def __init__(self, standby: Standby) -> None:
        self._standby = standby

    @override
    def as_dict(self) -> dict[str, Any]:
        return self._standby.to_json()


class StandbySensor(VehicleEntity, RestoreEntity, SensorEntity):
    """What the car loses a day while it is parked; it looks at the edges while it is switched on."""

    entity_description: StandbyDescription
    _standby = Standby()

    @override
    def _show(self) -> object:
        car = self.vehicle
        if (at := car.charge_state.timestamp or car.read_at) is not None:
            level, odometer = car.charge_state.battery_level, car.vehicle_state.odometer
            self._standby = self._standby.saw(at, level, odometer, busy=car.driving or car.charging)
        loss = self._standby.percent_a_day
        self._attr_native_value = None if loss is None else round(loss, 1)
        return self._attr_native_value

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was seen before."""
        if (remembered := await self.async_get_last_extra_data()) is not None:
            self._standby = Standby.from_json(remembered.as_dict())
        await super().async_added_to_hass()

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """What outlives a restart."""
        return _Remembered(self._standby)
