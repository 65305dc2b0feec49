"""Sensors of how far a charge has come since the last read: estimates, apart from what was measured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfEnergy
from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .charging.projection import Projected, Projection
from .coordinators import VehicleCoordinator
from .entity import VehicleDescription, VehicleEntity

# So often does an estimate move, and only while there is something that moves.
_EVERY_S: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class ProjectedDescription(VehicleDescription, SensorEntityDescription):
    """An estimate; digits: how many are shown behind the point."""

    entity_registry_enabled_default: bool = False
    value_fn: Callable[[Projected], float | None]
    digits: int


PROJECTED_SENSORS: Final = (
    ProjectedDescription(
        key="projected_battery_level",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda projected: projected.level,
        digits=1,
    ),
    ProjectedDescription(
        key="projected_energy_added",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda projected: projected.added_kwh,
        digits=2,
    ),
)


class ProjectedSensor(VehicleEntity, SensorEntity):
    """An estimate of how far a charge has come; it moves by itself while it is switched on and the charge is steady."""

    entity_description: ProjectedDescription
    _cancel: CALLBACK_TYPE | None = None

    def __init__(self, coordinator: VehicleCoordinator, description: ProjectedDescription) -> None:
        """Follow the charges of the car."""
        self._projection = Projection()
        super().__init__(coordinator, description)

    @override
    def _show(self) -> object:
        trail = self.coordinator.planner.trail
        self._projection.saw(self.vehicle, steady=trail.steady)
        value = self.entity_description.value_fn(self._projection.at(dt_util.utcnow()))
        self._attr_native_value = None if value is None else round(value, self.entity_description.digits)
        return self._attr_native_value

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to move."""
        await super().async_added_to_hass()
        self._plan()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Stop moving."""
        self._drop()
        await super().async_will_remove_from_hass()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        if self._cancel is None:
            self._plan()

    def _plan(self) -> None:
        if self._projection.moving(dt_util.utcnow()):
            move = HassJob(self._move, cancel_on_shutdown=True)
            self._cancel = async_call_later(self.hass, _EVERY_S, move)

    @callback
    def _move(self, _: datetime) -> None:
        self._cancel = None
        self._handle_coordinator_update()

    def _drop(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
