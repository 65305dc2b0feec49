"""Energies of a site for the Energy dashboard: today's sums as Tesla has them, and a count of each Wall Connector."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import UnitOfEnergy

from .entity import SiteDescription, SiteTodayEntity, WallConnectorDescription, WallConnectorEntity
from .fleet.models import EnergySite

_ENERGY: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "suggested_display_precision": 1,
    "suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
}


@dataclass(frozen=True, kw_only=True)
class TodaySensorDescription(SiteDescription, SensorEntityDescription):
    """A sum of the day; `energy` is Tesla's name for it."""

    energy: str


@dataclass(frozen=True, kw_only=True)
class ConnectorMeterDescription(WallConnectorDescription, SensorEntityDescription):
    """What a Wall Connector has delivered."""


def _has_battery(site: EnergySite) -> bool:
    return site.has_battery


def _has_solar(site: EnergySite) -> bool:
    return site.has_solar


def _has_both(site: EnergySite) -> bool:
    return site.has_battery and site.has_solar


def _is_metered(site: EnergySite) -> bool:
    """Whether somebody measures what the house takes: a site of Wall Connectors alone does not."""
    return site.has_battery or site.has_solar


def _today(energy: str, supported_fn: Callable[[EnergySite], bool], *, enabled: bool = False) -> TodaySensorDescription:
    return TodaySensorDescription(
        key=f"{energy}_today",
        energy=energy,
        entity_registry_enabled_default=enabled,
        state_class=SensorStateClass.TOTAL,
        supported_fn=supported_fn,
        **_ENERGY,
    )


# The totals of Tesla's app are shown; what they are made of is there for those who want it.
TODAY_SENSORS: Final = (
    _today("total_home_usage", _is_metered, enabled=True),
    _today("total_solar_generation", _has_solar, enabled=True),
    _today("grid_energy_imported", _is_metered, enabled=True),
    _today("total_grid_energy_exported", _is_metered, enabled=True),
    _today("total_battery_charge", _has_battery, enabled=True),
    _today("total_battery_discharge", _has_battery, enabled=True),
    _today("solar_energy_exported", _has_solar),
    _today("generator_energy_exported", _has_battery),
    _today("grid_services_energy_imported", _has_battery),
    _today("grid_services_energy_exported", _has_battery),
    _today("grid_energy_exported_from_solar", _has_solar),
    _today("grid_energy_exported_from_generator", _has_battery),
    _today("grid_energy_exported_from_battery", _has_battery),
    _today("battery_energy_exported", _has_battery),
    _today("battery_energy_imported_from_grid", _has_battery),
    _today("battery_energy_imported_from_solar", _has_both),
    _today("battery_energy_imported_from_generator", _has_battery),
    _today("consumer_energy_imported_from_grid", _is_metered),
    _today("consumer_energy_imported_from_solar", _has_solar),
    _today("consumer_energy_imported_from_battery", _has_battery),
    _today("consumer_energy_imported_from_generator", _has_battery),
)

CONNECTOR_METERS: Final = (
    ConnectorMeterDescription(
        key="wall_connector_energy_estimated", state_class=SensorStateClass.TOTAL_INCREASING, **_ENERGY
    ),
)


class TodaySensor(SiteTodayEntity, SensorEntity):
    """A sum of the day."""

    entity_description: TodaySensorDescription

    @override
    def _show(self) -> object:
        today = self.today
        self._attr_native_value = round(getattr(today.sums, self.entity_description.energy) or 0.0)
        self._attr_last_reset = today.starts_at
        return self._attr_native_value, self._attr_last_reset


class ConnectorMeterSensor(WallConnectorEntity, SensorEntity):
    """What a Wall Connector has delivered, by our own count."""

    entity_description: ConnectorMeterDescription

    @override
    def _show(self) -> object:
        meter = self.meter
        self._attr_native_value = None if meter.energy_wh is None else round(meter.energy_wh)
        unread_min = round((meter.unread_s or 0.0) / 60)
        self._attr_extra_state_attributes = {"estimated": True, "minutes_not_counted": unread_min}
        return self._attr_native_value, unread_min
