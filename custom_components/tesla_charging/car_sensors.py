"""The sensors of a car that tell of more than charging."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    DEGREE,
    MAX_LENGTH_STATE_STATE,
    PERCENTAGE,
    EntityCategory,
    UnitOfLength,
    UnitOfPower,
    UnitOfPressure,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType

from .entity import VehicleDescription, VehicleEntity
from .fleet.models import Vehicle
from .fleet.models.drive import ShiftState
from .fleet.scopes import Scope

DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
MEASUREMENT: Final = SensorStateClass.MEASUREMENT
# A place that the car goes to is as private as the one where it is.
_LOCATION: Final = frozenset({Scope.VEHICLE_LOCATION})
# Corners of a car, as Tesla's fields end.
CORNERS: Final = ("fl", "fr", "rl", "rr")
# Tesla's words for who somebody is to a car, and ours.
_ACCESS: Final = {"OWNER": "owner", "DRIVER": "driver"}


@dataclass(frozen=True, kw_only=True)
class VehicleSensorDescription(VehicleDescription, SensorEntityDescription):
    """A sensor of a car."""

    value_fn: Callable[[Vehicle], StateType | datetime]


def _arrival(car: Vehicle) -> datetime | None:
    """Return when the car will be there, in whole minutes from when it said so, so that it does not flicker."""
    drive = car.drive_state
    said_at = drive.timestamp or car.read_at
    if drive.active_route_minutes_to_arrival is None or said_at is None:
        return None
    return (said_at + timedelta(minutes=drive.active_route_minutes_to_arrival)).replace(second=0, microsecond=0)


def _field(block: str, name: str) -> Callable[[Vehicle], StateType]:
    def value(car: Vehicle) -> StateType:
        found: StateType = getattr(getattr(car, block), name)
        return found

    return value


def _if_told(block: str, name: str) -> dict[str, Any]:
    """Return what shows a field, and makes it exist only in a car that has told it once."""
    value = _field(block, name)
    return {"value_fn": value, "supported_fn": lambda car: value(car) is not None}


def _temperature(key: str, **more: Any) -> VehicleSensorDescription:
    return VehicleSensorDescription(
        key=key,
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        value_fn=_field("climate_state", key),
        **more,
    )


def _pressure(corner: str) -> VehicleSensorDescription:
    return VehicleSensorDescription(
        key=f"tpms_pressure_{corner}",
        device_class=SensorDeviceClass.PRESSURE,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=UnitOfPressure.BAR,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        **_if_told("vehicle_state", f"tpms_pressure_{corner}"),
    )


def _detail(block: str, key: str, **more: Any) -> VehicleSensorDescription:
    """Return what a car is or is set to, which few want to see; only what it tells exists."""
    return VehicleSensorDescription(
        key=key, entity_category=DIAGNOSTIC, entity_registry_enabled_default=False, **{**_if_told(block, key), **more}
    )


def _access(car: Vehicle) -> str | None:
    """Return whose car it is for the account: its owner's, or a driver's."""
    return _ACCESS.get(car.access_type or "")


CAR_SENSORS: Final = (
    VehicleSensorDescription(
        key="odometer",
        device_class=SensorDeviceClass.DISTANCE,
        entity_category=DIAGNOSTIC,
        native_unit_of_measurement=UnitOfLength.MILES,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        value_fn=_field("vehicle_state", "odometer"),
    ),
    VehicleSensorDescription(
        key="speed",
        device_class=SensorDeviceClass.SPEED,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfSpeed.MILES_PER_HOUR,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_field("drive_state", "speed"),
    ),
    VehicleSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=MEASUREMENT,
        value_fn=_field("drive_state", "power"),
    ),
    VehicleSensorDescription(
        key="shift_state",
        device_class=SensorDeviceClass.ENUM,
        entity_registry_enabled_default=False,
        options=[gear.name.lower() for gear in ShiftState],
        value_fn=lambda car: None if car.drive_state.shift_state is None else car.drive_state.shift_state.name.lower(),
    ),
    VehicleSensorDescription(
        key="heading",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=DEGREE,
        scopes=_LOCATION,
        value_fn=_field("drive_state", "heading"),
    ),
    _temperature("inside_temp"),
    _temperature("outside_temp"),
    _temperature("driver_temp_setting", entity_category=DIAGNOSTIC, entity_registry_enabled_default=False),
    _temperature("passenger_temp_setting", entity_category=DIAGNOSTIC, entity_registry_enabled_default=False),
    *map(_pressure, CORNERS),
    VehicleSensorDescription(
        key="destination",
        entity_registry_enabled_default=False,
        scopes=_LOCATION,
        value_fn=_field("drive_state", "active_route_destination"),
    ),
    VehicleSensorDescription(key="arrival", device_class=SensorDeviceClass.TIMESTAMP, value_fn=_arrival),
    VehicleSensorDescription(
        key="distance_to_arrival",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.MILES,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_field("drive_state", "active_route_miles_to_arrival"),
    ),
    VehicleSensorDescription(
        key="energy_at_arrival",
        device_class=SensorDeviceClass.BATTERY,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_field("drive_state", "active_route_energy_at_arrival"),
    ),
    VehicleSensorDescription(
        key="traffic_delay",
        device_class=SensorDeviceClass.DURATION,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_field("drive_state", "active_route_traffic_minutes_delay"),
    ),
    VehicleSensorDescription(
        key="sun_roof_percent_open",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        supported_fn=lambda car: bool(car.vehicle_config.sun_roof_installed),
        value_fn=_field("vehicle_state", "sun_roof_percent_open"),
    ),
    _detail("climate_state", "fan_status"),
    _detail("vehicle_state", "homelink_device_count"),
    _detail("vehicle_config", "exterior_color"),
    _detail("vehicle_config", "wheel_type"),
    _detail("vehicle_config", "charge_port_type"),
    # Tesla tells a number of which only 0 is sure: it is dark.
    _detail("vehicle_state", "center_display_state"),
    *(
        _detail("vehicle_state", f"tpms_last_seen_pressure_time_{corner}", device_class=SensorDeviceClass.TIMESTAMP)
        for corner in CORNERS
    ),
    VehicleSensorDescription(
        key="access_type",
        needs_data=False,
        device_class=SensorDeviceClass.ENUM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        options=list(_ACCESS.values()),
        supported_fn=lambda car: _access(car) is not None,
        value_fn=_access,
    ),
    _detail("gui_settings", "gui_charge_rate_units"),
    _detail("gui_settings", "gui_distance_units"),
    _detail("gui_settings", "gui_range_display"),
    _detail("gui_settings", "gui_temperature_units"),
    _detail("gui_settings", "gui_tirepressure_units"),
)


class VehicleSensor(VehicleEntity, SensorEntity):
    """A sensor of a car."""

    entity_description: VehicleSensorDescription

    @override
    def _show(self) -> object:
        value = self.entity_description.value_fn(self.vehicle)
        # A name may be longer than a state.
        self._attr_native_value = value[:MAX_LENGTH_STATE_STATE] if isinstance(value, str) else value
        return self._attr_native_value
