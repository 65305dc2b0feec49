"""Entities of what is asked seldom: Superchargers near a car, its service, alerts, and the person of the account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.event import EventEntityDescription
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, UnitOfLength
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.typing import StateType

from .entity import FileDescription, FileEntity, PersonDescription, PersonEntity, TellingEntity
from .fleet.models import Vehicle
from .fleet.models.car_file import Alert, CarFile
from .fleet.models.person import Person
from .fleet.seldom import Topic
from .seldom_asking import async_asked

_DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
ALERT: Final = "alert"


# A car


@dataclass(frozen=True, kw_only=True)
class FileSensorDescription(FileDescription, SensorEntityDescription):
    """A sensor of the file of a car; those that most people do not want are off."""

    entity_registry_enabled_default: bool = False
    value_fn: Callable[[CarFile], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class FileBinarySensorDescription(FileDescription, BinarySensorEntityDescription):
    """A binary sensor of what the product list tells of a car, or its file."""

    entity_category: EntityCategory | None = _DIAGNOSTIC
    is_on_fn: Callable[[Vehicle, CarFile], bool | None]


@dataclass(frozen=True, kw_only=True)
class FileButtonDescription(FileDescription, ButtonEntityDescription):
    """A button that asks about a topic."""

    entity_registry_enabled_default: bool = False


@dataclass(frozen=True, kw_only=True)
class AlertsDescription(FileDescription, EventEntityDescription):
    """The alerts of a car."""

    entity_category: EntityCategory | None = _DIAGNOSTIC


def _mobile_access(car: Vehicle, file: CarFile) -> bool | None:
    """Return whether the car lets apps in; where the product list does not tell, it is asked about."""
    return file.mobile_enabled if car.mobile_access_disabled is None else not car.mobile_access_disabled


FILE_SENSORS: Final = (
    FileSensorDescription(key="nearest_supercharger", topic=Topic.NEARBY, value_fn=lambda file: file.nearest.name),
    FileSensorDescription(
        key="nearest_supercharger_stalls", topic=Topic.NEARBY, value_fn=lambda file: file.nearest.available_stalls
    ),
    FileSensorDescription(
        key="nearest_supercharger_distance",
        topic=Topic.NEARBY,
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.MILES,
        suggested_display_precision=1,
        value_fn=lambda file: file.nearest.distance_miles,
    ),
    FileSensorDescription(
        key="nearest_supercharger_told_at",
        topic=Topic.NEARBY,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=_DIAGNOSTIC,
        value_fn=lambda file: file.nearest_told_at,
    ),
    FileSensorDescription(
        key="service_status",
        topic=Topic.SERVICE,
        entity_category=_DIAGNOSTIC,
        value_fn=lambda file: file.service.service_status,
    ),
    FileSensorDescription(
        key="service_ready_at",
        topic=Topic.SERVICE,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=_DIAGNOSTIC,
        value_fn=lambda file: file.service.service_etc,
    ),
)

FILE_BINARY_SENSORS: Final = (
    FileBinarySensorDescription(key="in_service", topic=Topic.SERVICE, is_on_fn=lambda car, _: car.in_service),
    FileBinarySensorDescription(key="mobile_access", topic=Topic.MOBILE_ACCESS, is_on_fn=_mobile_access),
)

FIND_SUPERCHARGERS: Final = FileButtonDescription(key="find_superchargers", topic=Topic.NEARBY)

ALERTS: Final = AlertsDescription(key="alerts", event_types=[ALERT], topic=Topic.ALERTS)


class FileSensor(FileEntity, SensorEntity):
    """A sensor of the file of a car."""

    entity_description: FileSensorDescription

    @override
    def _show(self) -> object:
        self._attr_native_value = self.entity_description.value_fn(self.file)
        return self._attr_native_value


class FileBinarySensor(FileEntity, BinarySensorEntity):
    """A binary sensor of a car; the product list tells of it, too."""

    entity_description: FileBinarySensorDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = self.entity_description.is_on_fn(self.vehicle, self.file)
        return self._attr_is_on

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the car, too."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.vehicle.async_add_listener(self._handle_coordinator_update))


class FileButton(FileEntity, ButtonEntity):
    """A button that asks about a topic now. It follows nothing: what it brings is shown by others."""

    entity_description: FileButtonDescription

    @override
    def _show(self) -> object:
        return None

    @override
    async def async_press(self) -> None:
        """Ask."""
        await async_asked(self.coordinator, self.entity_description.topic)


class Alerts(TellingEntity, FileEntity):
    """What the car has shown: only what is new since it was first asked."""

    entity_description: AlertsDescription

    @override
    def _follow(self) -> CALLBACK_TYPE:
        return self.coordinator.async_follow_alerts(self._tell)

    @callback
    def _tell(self, alert: Alert) -> None:
        at = None if alert.time is None else alert.time.isoformat()
        self.tell(ALERT, alert=alert.name, text=alert.user_text, time=at)


# The person


@dataclass(frozen=True, kw_only=True)
class PersonSensorDescription(PersonDescription, SensorEntityDescription):
    """A sensor of the person. supported_fn: whether there is something to show."""

    entity_category: EntityCategory | None = _DIAGNOSTIC
    value_fn: Callable[[Person], StateType]
    told_fn: Callable[[Person], dict[str, Any]] = lambda _: {}
    supported_fn: Callable[[Person], bool] = lambda _: True

    def supports(self, person: Person) -> bool:
        """Whether there is something to show."""
        return self.supported_fn(person)


PERSON_SENSORS: Final = (
    PersonSensorDescription(
        key="full_name", entity_registry_enabled_default=False, value_fn=lambda person: person.full_name
    ),
    PersonSensorDescription(
        key="order_status",
        entity_category=None,
        value_fn=lambda person: person.order.status,
        told_fn=lambda person: {
            "substatus": person.order.substatus,
            "model": person.order.model_code,
            "orders": person.orders,
            "others": [
                {"status": one.status, "substatus": one.substatus, "model": one.model_code} for one in person.others
            ],
        },
        supported_fn=lambda person: bool(person.orders),
    ),
)


class PersonSensor(PersonEntity, SensorEntity):
    """A sensor of the person."""

    entity_description: PersonSensorDescription

    @override
    def _show(self) -> object:
        self._attr_native_value = self.entity_description.value_fn(self.person)
        self._attr_extra_state_attributes = self.entity_description.told_fn(self.person)
        return self._attr_native_value, self._attr_extra_state_attributes
