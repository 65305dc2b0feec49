"""Sensors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    Platform,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfPower,
    UnitOfSpeed,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .account import TeslaConfigEntry
from .budget_entities import BUDGET_SENSORS, NEXT_READS, BudgetSensor, NextReadSensor
from .candidates import (
    account_candidates,
    async_follow_products,
    person_candidates,
    site_candidates,
    vehicle_candidates,
    wall_connector_candidates,
)
from .car_sensors import CAR_SENSORS, VehicleSensor, VehicleSensorDescription
from .car_shown import SHOWN_SENSORS
from .charging.power import charging_power_w
from .charging_entities import CHARGING_SENSORS, STANDBY, StandbySensor, charging_sensors
from .energy.settings import Setting
from .energy.tariff import name_of, utility_of
from .entity import SiteDescription, SiteEntity, WallConnectorDescription, WallConnectorEntity
from .fleet.models import EnergySite, Vehicle
from .fleet.models.site import (
    NO_FAULT,
    WALL_CONNECTOR_STATES,
    ExportRule,
    GridStatus,
    IslandStatus,
    OperationMode,
    WallConnectorState,
    WallConnectorStatus,
)
from .fleet.models.vehicle import ChargePortLatch, ChargingState, KeyState, ScheduledChargingMode, VehicleState
from .fleet.scopes import CHARGING
from .history_entities import PROGRESS, ProgressSensor, history_candidates
from .projection_entities import PROJECTED_SENSORS, ProjectedSensor
from .schedule_entities import NEXT_TIMES, NextTimeSensor
from .seldom_entities import FILE_SENSORS, PERSON_SENSORS, FileSensor, PersonSensor, PersonSensorDescription
from .setting_entity import SETTINGS_SENSOR, SettingsSensor
from .site_meters import CONNECTOR_METERS, TODAY_SENSORS, ConnectorMeterSensor, TodaySensor
from .tariff_entities import PRICE_SENSORS, PriceSensor

PARALLEL_UPDATES = 0

DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
MEASUREMENT: Final = SensorStateClass.MEASUREMENT


@dataclass(frozen=True, kw_only=True)
class SiteSensorDescription(SiteDescription, SensorEntityDescription):
    """A sensor of an energy site."""

    value_fn: Callable[[EnergySite], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class WallConnectorSensorDescription(WallConnectorDescription, SensorEntityDescription):
    """A sensor of a Wall Connector; what it shows may need the names of the account's cars, by VIN."""

    value_fn: Callable[[WallConnectorStatus, dict[str, str]], StateType]
    # Tesla's number of a state, of which not all are known.
    code_fn: Callable[[WallConnectorStatus], int | None] | None = None


type _TeslasWord = ChargingState | ScheduledChargingMode | ChargePortLatch | GridStatus


def _word(member: _TeslasWord) -> str:
    """Return Tesla's word in Home Assistant's spelling: "NoPower" as "no_power"."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member.value).lstrip("_")


def _words(of: Iterable[_TeslasWord]) -> list[str]:
    return [_word(member) for member in of]


def _word_or_none(member: _TeslasWord | None) -> str | None:
    return None if member is None else _word(member)


def _completion(vehicle: Vehicle) -> datetime | None:
    """Return when charging will be done, in whole minutes from when the car said so, so that it does not flicker."""
    charge = vehicle.charge_state
    if not vehicle.charging or not charge.minutes_to_full_charge:
        return None
    said_at = charge.timestamp or vehicle.read_at
    if said_at is None:
        return None
    return (said_at + timedelta(minutes=charge.minutes_to_full_charge)).replace(second=0, microsecond=0)


def _scheduled_start(vehicle: Vehicle) -> datetime | None:
    charge = vehicle.charge_state
    if charge.scheduled_charging_mode in (None, ScheduledChargingMode.OFF):
        return None
    return charge.scheduled_charging_start_time


def _wall_connector_state(status: WallConnectorStatus, _: dict[str, str]) -> str | None:
    code = status.wall_connector_state
    return None if code is None else WALL_CONNECTOR_STATES.get(code)


def _fault(status: WallConnectorStatus, _: dict[str, str]) -> str | None:
    code = status.wall_connector_fault_state
    if code is None:
        return None
    return "no_fault" if code == NO_FAULT else "fault"


_PLUGGED_IN: Final = set(WallConnectorState) - {
    WallConnectorState.BOOTING,
    WallConnectorState.DISCONNECTED,
    WallConnectorState.ERROR,
}


def _car_on(status: WallConnectorStatus, names: dict[str, str]) -> str | None:
    """Return the car by its name; Tesla tells the VIN of its own cars only (users.md theme 21)."""
    if status.vin:
        return names.get(status.vin, "other")
    state = _wall_connector_state(status, names)
    if state in _PLUGGED_IN:
        return "other"
    return "none" if state == WallConnectorState.DISCONNECTED else None


def _grid_status(site: EnergySite) -> str | None:
    status = site.live_status.grid_status
    return None if status is GridStatus.UNKNOWN else _word_or_none(status)


def _island_status(site: EnergySite) -> str | None:
    status = site.live_status.island_status
    return None if status is IslandStatus.UNKNOWN else status


def _has_battery(site: EnergySite) -> bool:
    return site.has_battery


VEHICLE_SENSORS: Final = (
    VehicleSensorDescription(
        key="battery_level",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.battery_level,
    ),
    VehicleSensorDescription(
        key="usable_battery_level",
        device_class=SensorDeviceClass.BATTERY,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.usable_battery_level,
    ),
    VehicleSensorDescription(
        key="charging_state",
        device_class=SensorDeviceClass.ENUM,
        options=_words(ChargingState),
        value_fn=lambda car: _word_or_none(car.charge_state.charging_state),
    ),
    VehicleSensorDescription(
        key="charging_power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=MEASUREMENT,
        value_fn=lambda car: charging_power_w(car.charge_state),
    ),
    VehicleSensorDescription(
        key="charger_power",
        device_class=SensorDeviceClass.POWER,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.charger_power,
    ),
    VehicleSensorDescription(
        # No state class: the car's counter wobbles and starts anew, so sums of it are wrong (users.md theme 3).
        key="charge_energy_added",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value_fn=lambda car: car.charge_state.charge_energy_added,
    ),
    VehicleSensorDescription(
        key="charge_rate",
        device_class=SensorDeviceClass.SPEED,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=UnitOfSpeed.MILES_PER_HOUR,
        suggested_display_precision=0,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.charge_rate,
    ),
    VehicleSensorDescription(
        key="charger_voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=0,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.charger_voltage,
    ),
    VehicleSensorDescription(
        key="charger_actual_current",
        device_class=SensorDeviceClass.CURRENT,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.charger_actual_current,
    ),
    VehicleSensorDescription(
        key="charger_pilot_current",
        device_class=SensorDeviceClass.CURRENT,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        state_class=MEASUREMENT,
        value_fn=lambda car: car.charge_state.charger_pilot_current,
    ),
    VehicleSensorDescription(
        key="charger_phases",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda car: car.charge_state.charger_phases,
    ),
    VehicleSensorDescription(key="charge_complete_at", device_class=SensorDeviceClass.TIMESTAMP, value_fn=_completion),
    VehicleSensorDescription(
        key="battery_range",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.MILES,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda car: car.charge_state.battery_range,
    ),
    VehicleSensorDescription(
        key="est_battery_range",
        device_class=SensorDeviceClass.DISTANCE,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfLength.MILES,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda car: car.charge_state.est_battery_range,
    ),
    VehicleSensorDescription(
        key="ideal_battery_range",
        device_class=SensorDeviceClass.DISTANCE,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfLength.MILES,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda car: car.charge_state.ideal_battery_range,
    ),
    VehicleSensorDescription(
        key="charge_miles_added_rated",
        device_class=SensorDeviceClass.DISTANCE,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfLength.MILES,
        suggested_display_precision=0,
        value_fn=lambda car: car.charge_state.charge_miles_added_rated,
    ),
    VehicleSensorDescription(
        key="charge_miles_added_ideal",
        device_class=SensorDeviceClass.DISTANCE,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfLength.MILES,
        suggested_display_precision=0,
        value_fn=lambda car: car.charge_state.charge_miles_added_ideal,
    ),
    VehicleSensorDescription(
        key="conn_charge_cable",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda car: car.charge_state.conn_charge_cable,
    ),
    VehicleSensorDescription(
        key="charge_port_latch",
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        options=_words(ChargePortLatch),
        value_fn=lambda car: _word_or_none(car.charge_state.charge_port_latch),
    ),
    VehicleSensorDescription(
        key="fast_charger_type",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda car: car.charge_state.fast_charger_type,
    ),
    VehicleSensorDescription(
        key="fast_charger_brand",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda car: car.charge_state.fast_charger_brand,
    ),
    VehicleSensorDescription(
        key="max_range_charge_counter",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda car: car.charge_state.max_range_charge_counter,
    ),
    VehicleSensorDescription(
        key="scheduled_charging_mode",
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        options=_words(ScheduledChargingMode),
        value_fn=lambda car: _word_or_none(car.charge_state.scheduled_charging_mode),
    ),
    VehicleSensorDescription(
        key="scheduled_charging_start_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        value_fn=_scheduled_start,
    ),
    VehicleSensorDescription(
        key="scheduled_departure_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda car: (
            car.charge_state.scheduled_departure_time
            if car.charge_state.scheduled_charging_mode is ScheduledChargingMode.DEPART_BY
            else None
        ),
    ),
    VehicleSensorDescription(
        key="key_state",
        needs_data=False,
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        scopes=CHARGING,
        options=[state.value for state in KeyState],
        value_fn=lambda car: car.key_state,
    ),
    VehicleSensorDescription(
        key="state",
        needs_data=False,
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        options=[state.value for state in VehicleState],
        value_fn=lambda car: car.state,
    ),
    VehicleSensorDescription(
        key="read_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        value_fn=lambda car: car.read_at,
    ),
)


def _power(key: str, value_fn: Callable[[EnergySite], float | None], **more: bool) -> SiteSensorDescription:
    return SiteSensorDescription(
        key=key,
        device_class=SensorDeviceClass.POWER,
        entity_registry_enabled_default=more.get("enabled", True),
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=MEASUREMENT,
        supported_fn=lambda site: value_fn(site) is not None,
        value_fn=value_fn,
    )


_IN_KW: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "suggested_display_precision": 1,
    "suggested_unit_of_measurement": UnitOfPower.KILO_WATT,
}


def _detail(
    key: str, value_fn: Callable[[EnergySite], StateType | datetime], *, enabled: bool = False, **more: Any
) -> SiteSensorDescription:
    """Return a sensor of the settings, which few want to see."""
    return SiteSensorDescription(
        key=key,
        live=False,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        supported_fn=lambda site: value_fn(site) is not None,
        value_fn=value_fn,
        **more,
    )


SITE_SENSORS: Final = (
    _power("solar_power", lambda site: site.live_status.solar_power),
    _power("battery_power", lambda site: site.live_status.battery_power if site.has_battery else None),
    _power("load_power", lambda site: site.live_status.load_power),
    _power("grid_power", lambda site: site.live_status.grid_power),
    _power("grid_services_power", lambda site: site.live_status.grid_services_power, enabled=False),
    _power("generator_power", lambda site: site.live_status.generator_power, enabled=False),
    SiteSensorDescription(
        key="percentage_charged",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        supported_fn=_has_battery,
        value_fn=lambda site: site.percentage_charged,
    ),
    SiteSensorDescription(
        key="energy_left",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        supported_fn=lambda site: site.has_battery and site.live_status.energy_left is not None,
        value_fn=lambda site: site.live_status.energy_left,
    ),
    SiteSensorDescription(
        key="total_pack_energy",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        supported_fn=lambda site: site.capacity_wh is not None,
        value_fn=lambda site: site.capacity_wh,
    ),
    SiteSensorDescription(
        key="island_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in IslandStatus if status is not IslandStatus.UNKNOWN],
        supported_fn=lambda site: site.live_status.island_status is not None,
        value_fn=_island_status,
    ),
    SiteSensorDescription(
        key="grid_status",
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        options=_words((GridStatus.ACTIVE, GridStatus.INACTIVE)),
        supported_fn=lambda site: site.live_status.grid_status is not None,
        value_fn=_grid_status,
    ),
    SiteSensorDescription(
        key="live_read_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda site: site.live_read_at,
    ),
    SiteSensorDescription(
        key="vpp_backup_reserve_percent",
        live=False,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=PERCENTAGE,
        supported_fn=lambda site: site.site_info.vpp_backup_reserve_percent is not None,
        value_fn=lambda site: site.site_info.vpp_backup_reserve_percent,
    ),
    SiteSensorDescription(
        key="version",
        live=False,
        entity_category=DIAGNOSTIC,
        supported_fn=lambda site: site.site_info.version is not None,
        value_fn=lambda site: site.site_info.version,
    ),
    _detail("tariff_name", lambda site: name_of(site.site_info), enabled=True),
    _detail("utility", lambda site: utility_of(site.site_info), enabled=True),
    _detail("battery_count", lambda site: site.site_info.battery_count if site.has_battery else None),
    _detail(
        "nameplate_energy",
        lambda site: site.site_info.nameplate_energy if site.has_battery else None,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    ),
    _detail("nameplate_power", lambda site: site.site_info.nameplate_power if site.has_battery else None, **_IN_KW),
    _detail("import_limit", lambda site: site.import_limit_w, **_IN_KW),
    _detail("export_limit", lambda site: site.export_limit_w, **_IN_KW),
    _detail(
        "operation_mode",
        lambda site: site.site_info.default_real_mode if site.has_battery else None,
        device_class=SensorDeviceClass.ENUM,
        options=[mode.value for mode in OperationMode],
        shows=Setting.MODE,
    ),
    _detail(
        "backup_reserve",
        lambda site: site.site_info.backup_reserve_percent if site.has_battery else None,
        shows=Setting.RESERVE,
        native_unit_of_measurement=PERCENTAGE,
    ),
    _detail(
        "off_grid_vehicle_charging_reserve",
        lambda site: site.site_info.off_grid_vehicle_charging_reserve_percent if site.has_battery else None,
        shows=Setting.VEHICLE_RESERVE,
        native_unit_of_measurement=PERCENTAGE,
    ),
    _detail(
        "export_rule",
        lambda site: site.site_info.components.customer_preferred_export_rule,
        shows=Setting.EXPORTS,
        device_class=SensorDeviceClass.ENUM,
        options=[rule.value for rule in ExportRule],
    ),
    _detail("net_meter_mode", lambda site: site.site_info.components.net_meter_mode),
    _detail("optimization_strategy", lambda site: site.site_info.optimization_strategy),
    _detail("installation_time_zone", lambda site: site.site_info.installation_time_zone),
    _detail(
        "installation_date", lambda site: site.site_info.installation_date, device_class=SensorDeviceClass.TIMESTAMP
    ),
)

WALL_CONNECTOR_SENSORS: Final = (
    WallConnectorSensorDescription(
        key="wall_connector_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in WallConnectorState],
        code_fn=lambda status: status.wall_connector_state,
        value_fn=_wall_connector_state,
    ),
    WallConnectorSensorDescription(
        key="wall_connector_fault_state",
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        options=["no_fault", "fault"],
        code_fn=lambda status: status.wall_connector_fault_state,
        value_fn=_fault,
    ),
    WallConnectorSensorDescription(
        key="wall_connector_power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=MEASUREMENT,
        value_fn=lambda status, _: status.wall_connector_power,
    ),
    WallConnectorSensorDescription(key="vehicle", value_fn=_car_on),
    WallConnectorSensorDescription(
        key="ocpp_status",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        supported_fn=lambda status: status.ocpp_status is not None,
        value_fn=lambda status, _: status.ocpp_status,
    ),
    WallConnectorSensorDescription(
        key="powershare_session_state",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        supported_fn=lambda status: status.powershare_session_state is not None,
        value_fn=lambda status, _: status.powershare_session_state,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors."""
    make_charging_sensor = charging_sensors()
    async_follow_products(
        entry,
        Platform.SENSOR,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, VEHICLE_SENSORS, VehicleSensor),
            *vehicle_candidates(entry, CAR_SENSORS, VehicleSensor),
            *vehicle_candidates(entry, SHOWN_SENSORS, VehicleSensor),
            *vehicle_candidates(entry, NEXT_TIMES, NextTimeSensor),
            *vehicle_candidates(entry, NEXT_READS, NextReadSensor),
            *vehicle_candidates(entry, PROJECTED_SENSORS, ProjectedSensor),
            *vehicle_candidates(entry, CHARGING_SENSORS, make_charging_sensor),
            *vehicle_candidates(entry, (STANDBY,), StandbySensor),
            *vehicle_candidates(entry, FILE_SENSORS, FileSensor),
            *account_candidates(entry, BUDGET_SENSORS, BudgetSensor),
            *person_candidates(entry, PERSON_SENSORS, PersonSensor, PersonSensorDescription.supports),
            *site_candidates(entry, SITE_SENSORS, SiteSensor),
            *site_candidates(entry, (SETTINGS_SENSOR,), SettingsSensor),
            *site_candidates(entry, PRICE_SENSORS, PriceSensor),
            *history_candidates(entry, (PROGRESS,), ProgressSensor),
            *site_candidates(entry, TODAY_SENSORS, TodaySensor),
            *wall_connector_candidates(entry, WALL_CONNECTOR_SENSORS, WallConnectorSensor),
            *wall_connector_candidates(entry, CONNECTOR_METERS, ConnectorMeterSensor),
        ),
    )


class SiteSensor(SiteEntity, SensorEntity):
    """A sensor of an energy site."""

    entity_description: SiteSensorDescription

    @override
    def _show(self) -> object:
        self._attr_native_value = self.entity_description.value_fn(self.site)
        return self._attr_native_value


class WallConnectorSensor(WallConnectorEntity, SensorEntity):
    """A sensor of a Wall Connector."""

    entity_description: WallConnectorSensorDescription

    @override
    def _show(self) -> object:
        description, status = self.entity_description, self.wall_connector
        self._attr_native_value = description.value_fn(status, self.car_names)
        code = None if description.code_fn is None else description.code_fn(status)
        self._attr_extra_state_attributes = {} if code is None else {"code": code}
        return self._attr_native_value, code
