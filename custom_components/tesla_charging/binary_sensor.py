"""Binary sensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, site_candidates, vehicle_candidates
from .car_binary_sensors import CAR_BINARY_SENSORS, VehicleBinarySensor, VehicleBinarySensorDescription
from .car_shown import SHOWN_BINARY_SENSORS
from .charging.power import plugged_in
from .energy.settings import Setting
from .entity import SiteDescription, SiteEntity
from .fleet.models import EnergySite
from .fleet.models.site import SiteInfo
from .seldom_entities import FILE_BINARY_SENSORS, FileBinarySensor

PARALLEL_UPDATES = 0

DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC


@dataclass(frozen=True, kw_only=True)
class SiteBinarySensorDescription(SiteDescription, BinarySensorEntityDescription):
    """A binary sensor of an energy site."""

    is_on_fn: Callable[[EnergySite], bool | None]


VEHICLE_BINARY_SENSORS: Final = (
    VehicleBinarySensorDescription(
        key="charge_cable", device_class=BinarySensorDeviceClass.PLUG, is_on_fn=lambda car: plugged_in(car.charge_state)
    ),
    VehicleBinarySensorDescription(
        key="charge_port_door_open",
        device_class=BinarySensorDeviceClass.OPENING,
        is_on_fn=lambda car: car.charge_state.charge_port_door_open,
    ),
    VehicleBinarySensorDescription(
        key="scheduled_charging_pending",
        entity_category=DIAGNOSTIC,
        is_on_fn=lambda car: car.charge_state.scheduled_charging_pending,
    ),
    VehicleBinarySensorDescription(
        key="fast_charger_present",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.fast_charger_present,
    ),
    VehicleBinarySensorDescription(
        key="charger_multiphase",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: None if car.charge_state.charger_phases is None else car.charge_state.charger_phases > 1,
    ),
    VehicleBinarySensorDescription(
        key="battery_heater_on",
        device_class=BinarySensorDeviceClass.HEAT,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.battery_heater_on,
    ),
    VehicleBinarySensorDescription(
        key="not_enough_power_to_heat",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.not_enough_power_to_heat,
    ),
    VehicleBinarySensorDescription(
        key="charge_port_cold_weather_mode",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.charge_port_cold_weather_mode,
    ),
    VehicleBinarySensorDescription(
        key="preconditioning_enabled",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.preconditioning_enabled,
    ),
    VehicleBinarySensorDescription(
        key="off_peak_charging_enabled",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.off_peak_charging_enabled,
    ),
    VehicleBinarySensorDescription(
        key="trip_charging",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.trip_charging,
    ),
    VehicleBinarySensorDescription(
        key="supercharger_session_trip_planner",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.charge_state.supercharger_session_trip_planner,
    ),
)


def _opposite(flag: bool | None) -> bool | None:
    return None if flag is None else not flag


def _detail(
    key: str, flag: Callable[[SiteInfo], bool | None], shows: Setting | None = None
) -> SiteBinarySensorDescription:
    """Return what the settings say of a battery, which few want to see."""
    return SiteBinarySensorDescription(
        key=key,
        live=False,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        shows=shows,
        supported_fn=lambda site: site.has_battery and flag(site.site_info) is not None,
        is_on_fn=lambda site: flag(site.site_info),
    )


SITE_BINARY_SENSORS: Final = (
    SiteBinarySensorDescription(
        key="backup_capable",
        entity_category=DIAGNOSTIC,
        supported_fn=lambda site: site.has_battery,
        is_on_fn=lambda site: site.live_status.backup_capable,
    ),
    SiteBinarySensorDescription(
        key="grid_services_active",
        supported_fn=lambda site: site.live_status.grid_services_active is not None,
        is_on_fn=lambda site: site.live_status.grid_services_active,
    ),
    SiteBinarySensorDescription(
        key="storm_mode_active",
        supported_fn=lambda site: site.has_battery,
        is_on_fn=lambda site: site.live_status.storm_mode_active,
    ),
    SiteBinarySensorDescription(
        key="grid_services_enabled",
        live=False,
        entity_category=DIAGNOSTIC,
        supported_fn=lambda site: site.site_info.components.grid_services_enabled is not None,
        is_on_fn=lambda site: site.site_info.components.grid_services_enabled,
    ),
    SiteBinarySensorDescription(
        key="battery_breaker_open",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        supported_fn=lambda site: site.has_battery and site.live_status.battery_breaker_open is not None,
        is_on_fn=lambda site: site.live_status.battery_breaker_open,
    ),
    _detail("storm_mode_allowed", lambda info: info.storm_mode_enabled, Setting.STORM_WATCH),
    _detail(
        "grid_charging_allowed",
        lambda info: _opposite(info.components.disallow_charge_from_grid_with_solar_installed),
        Setting.GRID_CHARGING,
    ),
    _detail("off_grid_vehicle_charging_enabled", lambda info: info.off_grid_vehicle_charging_enabled),
    _detail("edit_setting_permission_to_export", lambda info: info.components.edit_setting_permission_to_export),
    _detail("edit_setting_grid_charging", lambda info: info.components.edit_setting_grid_charging),
    _detail("edit_setting_energy_exports", lambda info: info.components.edit_setting_energy_exports),
    _detail("non_export_configured", lambda info: info.components.non_export_configured),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the binary sensors."""
    async_follow_products(
        entry,
        Platform.BINARY_SENSOR,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, VEHICLE_BINARY_SENSORS, VehicleBinarySensor),
            *vehicle_candidates(entry, CAR_BINARY_SENSORS, VehicleBinarySensor),
            *vehicle_candidates(entry, SHOWN_BINARY_SENSORS, VehicleBinarySensor),
            *vehicle_candidates(entry, FILE_BINARY_SENSORS, FileBinarySensor),
            *site_candidates(entry, SITE_BINARY_SENSORS, SiteBinarySensor),
        ),
    )


class SiteBinarySensor(SiteEntity, BinarySensorEntity):
    """A binary sensor of an energy site."""

    entity_description: SiteBinarySensorDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = self.entity_description.is_on_fn(self.site)
        return self._attr_is_on
