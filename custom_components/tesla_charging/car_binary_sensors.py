"""The binary sensors of a car that tell of more than charging."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .car_sensors import CORNERS
from .entity import VehicleDescription, VehicleEntity
from .fleet.body_commands import WINDOWS, any_open, is_open, sun_roof_open, windows_open
from .fleet.climate_commands import CAR
from .fleet.models import Vehicle
from .fleet.models.climate import HvacAuto

DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
_DOORS: Final = ("df", "dr", "pf", "pr")
_RECORDING: Final = "Recording"


@dataclass(frozen=True, kw_only=True)
class VehicleBinarySensorDescription(VehicleDescription, BinarySensorEntityDescription):
    """A binary sensor of a car."""

    is_on_fn: Callable[[Vehicle], bool | None]


def _opening(key: str, kind: BinarySensorDeviceClass) -> VehicleBinarySensorDescription:
    return VehicleBinarySensorDescription(
        key=key,
        device_class=kind,
        entity_category=DIAGNOSTIC,
        is_on_fn=lambda car: is_open(getattr(car.vehicle_state, key)),
    )


def _warning(key: str) -> VehicleBinarySensorDescription:
    return VehicleBinarySensorDescription(
        key=key,
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        **_if_told(lambda car: getattr(car.vehicle_state, key)),
    )


_WARNINGS: Final = tuple(f"tpms_{kind}_warning_{corner}" for kind in ("soft", "hard") for corner in CORNERS)


def _any_warning(car: Vehicle) -> bool | None:
    """Whether any tyre gives a warning; a car whose tyres tell nothing is unknown, not fine."""
    told = {getattr(car.vehicle_state, key) for key in _WARNINGS} - {None}
    return True in told if told else None


def _detail(key: str, is_on_fn: Callable[[Vehicle], bool | None], **more: Any) -> VehicleBinarySensorDescription:
    """Return what few want to see."""
    return VehicleBinarySensorDescription(
        key=key, entity_category=DIAGNOSTIC, entity_registry_enabled_default=False, is_on_fn=is_on_fn, **more
    )


def _if_told(is_on_fn: Callable[[Vehicle], bool | None]) -> dict[str, Any]:
    """Return what makes something exist only in a car that tells of it."""
    return {"is_on_fn": is_on_fn, "supported_fn": lambda car: is_on_fn(car) is not None}


def _by_itself(car: Vehicle) -> bool | None:
    request = car.climate_state.hvac_auto_request
    return None if request is None else request is HvacAuto.ON


def _unlocked(car: Vehicle) -> bool | None:
    locked = car.vehicle_state.locked
    return None if locked is None else not locked


CAR_BINARY_SENSORS: Final = (
    VehicleBinarySensorDescription(
        key="doors_open",
        device_class=BinarySensorDeviceClass.DOOR,
        is_on_fn=lambda car: any_open(car.vehicle_state, _DOORS),
    ),
    *(_opening(key, BinarySensorDeviceClass.DOOR) for key in _DOORS),
    *(_opening(key, BinarySensorDeviceClass.WINDOW) for key in WINDOWS),
    VehicleBinarySensorDescription(
        key="is_user_present",
        device_class=BinarySensorDeviceClass.PRESENCE,
        is_on_fn=lambda car: car.vehicle_state.is_user_present,
    ),
    VehicleBinarySensorDescription(
        key="tire_pressure_warning",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        **_if_told(_any_warning),
    ),
    *map(_warning, _WARNINGS),
    VehicleBinarySensorDescription(
        key="is_preconditioning",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: car.climate_state.is_preconditioning,
    ),
    _detail(
        "cabin_overheat_protection_active",
        **_if_told(lambda car: car.climate_state.cabin_overheat_protection_actively_cooling),
    ),
    _detail("is_front_defroster_on", lambda car: car.climate_state.is_front_defroster_on),
    _detail("is_rear_defroster_on", lambda car: car.climate_state.is_rear_defroster_on),
    _detail("side_mirror_heaters", lambda car: car.climate_state.side_mirror_heaters),
    _detail("wiper_blade_heater", lambda car: car.climate_state.wiper_blade_heater),
    VehicleBinarySensorDescription(
        key="dashcam_state",
        device_class=BinarySensorDeviceClass.RUNNING,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda car: (
            None if car.vehicle_state.dashcam_state is None else car.vehicle_state.dashcam_state == _RECORDING
        ),
    ),
    _detail("homelink_nearby", lambda car: car.vehicle_state.homelink_nearby),
    _detail("remote_start", lambda car: car.vehicle_state.remote_start),
    _detail("remote_start_enabled", **_if_told(lambda car: car.vehicle_state.remote_start_enabled)),
    _detail("hvac_auto_request", **_if_told(_by_itself)),
    _detail("remote_heater_control_enabled", **_if_told(lambda car: car.climate_state.remote_heater_control_enabled)),
    _detail("gui_24_hour_time", **_if_told(lambda car: car.gui_settings.gui_24_hour_time)),
    _detail("rhd", **_if_told(lambda car: car.vehicle_config.rhd)),
    _detail("eu_vehicle", **_if_told(lambda car: car.vehicle_config.eu_vehicle)),
    _detail("charge_enable_request", **_if_told(lambda car: car.charge_state.charge_enable_request)),
    _detail("managed_charging_active", **_if_told(lambda car: car.charge_state.managed_charging_active)),
    _detail("service_mode", **_if_told(lambda car: car.vehicle_state.service_mode)),
    _detail("speed_limit_active", lambda car: car.vehicle_state.speed_limit_mode.active),
    # What those see who may not change it.
    VehicleBinarySensorDescription(
        key="unlocked", device_class=BinarySensorDeviceClass.LOCK, unless=CAR, is_on_fn=_unlocked
    ),
    VehicleBinarySensorDescription(
        key="frunk_open",
        device_class=BinarySensorDeviceClass.OPENING,
        unless=CAR,
        is_on_fn=lambda car: is_open(car.vehicle_state.ft),
    ),
    VehicleBinarySensorDescription(
        key="trunk_open",
        device_class=BinarySensorDeviceClass.OPENING,
        unless=CAR,
        is_on_fn=lambda car: is_open(car.vehicle_state.rt),
    ),
    VehicleBinarySensorDescription(
        key="windows_open",
        device_class=BinarySensorDeviceClass.WINDOW,
        unless=CAR,
        is_on_fn=lambda car: windows_open(car.vehicle_state),
    ),
    VehicleBinarySensorDescription(
        key="sun_roof_open",
        device_class=BinarySensorDeviceClass.WINDOW,
        unless=CAR,
        supported_fn=lambda car: bool(car.vehicle_config.sun_roof_installed),
        is_on_fn=lambda car: sun_roof_open(car.vehicle_state),
    ),
    VehicleBinarySensorDescription(key="climate_on", unless=CAR, is_on_fn=lambda car: car.climate_state.is_climate_on),
)


class VehicleBinarySensor(VehicleEntity, BinarySensorEntity):
    """A binary sensor of a car."""

    entity_description: VehicleBinarySensorDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = self.entity_description.is_on_fn(self.vehicle)
        return self._attr_is_on
