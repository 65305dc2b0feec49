"""What those see of a car's controls who may not use them: each is taken from the control's own table."""

from typing import Any, Final

from homeassistant.components.number import NumberDeviceClass
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent, UnitOfTemperature

from .car_binary_sensors import VehicleBinarySensorDescription
from .car_sensors import DIAGNOSTIC, VehicleSensorDescription
from .climate import PRESETS, PROTECTION, preset_of, protected_from, protection_of
from .entity import VehicleDescription
from .fleet.climate_commands import CAR
from .fleet.models import Vehicle
from .fleet.scopes import CHARGING
from .media_player import PLAYBACK, playback_of, tells_media, volume_of
from .number import VEHICLE_NUMBERS, VehicleNumberDescription
from .select import VEHICLE_SELECTS, VehicleSelectDescription
from .switch import VEHICLE_SWITCHES, VehicleSwitchDescription


def _as_its_control(control: VehicleDescription) -> dict[str, Any]:
    """Return what a sensor has from the control: when it exists, and to whom it is of use."""
    return {
        "entity_category": DIAGNOSTIC if control.entity_category is EntityCategory.CONFIG else control.entity_category,
        "entity_registry_enabled_default": control.entity_registry_enabled_default,
        "supported_fn": control.supported_fn,
        "unless": control.scopes,
    }


def _number(control: VehicleNumberDescription) -> VehicleSensorDescription:
    """Return the sensor of a number. A limit is no charge: it is not taken for that of the car."""
    kind = control.device_class
    return VehicleSensorDescription(
        key=control.key,
        device_class=None if kind in (None, NumberDeviceClass.BATTERY) else SensorDeviceClass(kind),
        native_unit_of_measurement=control.native_unit_of_measurement,
        suggested_display_precision=0,
        value_fn=control.value_fn,
        **_as_its_control(control),
    )


def _level(control: VehicleSelectDescription) -> VehicleSensorDescription:
    """Return the sensor of a select: of how warm a seat is few want to know who cannot warm it."""
    return VehicleSensorDescription(
        key=control.key,
        device_class=SensorDeviceClass.ENUM,
        options=control.options,
        value_fn=control.option_fn,
        **{**_as_its_control(control), **_DETAIL},
    )


def _mode(control: VehicleSwitchDescription) -> VehicleBinarySensorDescription:
    """Return the binary sensor of a switch; of what is a setting few want to know."""
    told = _as_its_control(control)
    return VehicleBinarySensorDescription(
        key=f"{control.key}_on",
        is_on_fn=control.is_on_fn,
        **(told | _DETAIL if control.entity_category is EntityCategory.CONFIG else told),
    )


_DETAIL: Final[dict[str, Any]] = {"entity_category": DIAGNOSTIC, "entity_registry_enabled_default": False}
_MEDIA: Final[dict[str, Any]] = {"entity_registry_enabled_default": False, "supported_fn": tells_media, "unless": CAR}


def _playing(name: str) -> VehicleSensorDescription:
    """Return the sensor of what the media player tells of a piece."""
    return VehicleSensorDescription(
        key=name, value_fn=lambda car: getattr(car.vehicle_state.media_info, name), **_MEDIA
    )


def _volume(car: Vehicle) -> int | None:
    """Return how loud it is, in percent."""
    volume = volume_of(car)
    return None if volume is None else round(volume * 100)


SHOWN_SENSORS: Final = (
    *map(_number, VEHICLE_NUMBERS),
    VehicleSensorDescription(
        key="charge_current_request_max",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        unless=CHARGING,
        value_fn=lambda car: car.charge_state.charge_current_request_max,
        **_DETAIL,
    ),
    *map(_level, VEHICLE_SELECTS),
    VehicleSensorDescription(
        key="climate_keeper_mode",
        device_class=SensorDeviceClass.ENUM,
        options=list(PRESETS),
        unless=CAR,
        value_fn=preset_of,
    ),
    VehicleSensorDescription(
        key="cabin_overheat_protection",
        device_class=SensorDeviceClass.ENUM,
        options=[mode.value for mode in PROTECTION.values()],
        unless=CAR,
        value_fn=protection_of,
        **_DETAIL,
    ),
    VehicleSensorDescription(
        key="cop_activation_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=0,
        unless=CAR,
        value_fn=protected_from,
        **_DETAIL,
    ),
    VehicleSensorDescription(
        key="media_playback_status",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in PLAYBACK.values()],
        value_fn=playback_of,
        **_MEDIA,
    ),
    *(_playing(f"now_playing_{what}") for what in ("title", "artist", "album", "station", "source")),
    VehicleSensorDescription(
        key="audio_volume",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=_volume,
        **_MEDIA,
    ),
)

# Whether it charges, everybody sees.
SHOWN_BINARY_SENSORS: Final = tuple(_mode(one) for one in VEHICLE_SWITCHES if one.scopes == CAR)
