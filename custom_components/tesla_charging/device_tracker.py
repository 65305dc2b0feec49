"""Where the cars are, if the person has granted it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.device_tracker import TrackerEntity, TrackerEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .entity import VehicleDescription, VehicleEntity
from .fleet.models.drive import DriveState
from .fleet.scopes import Scope

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleTrackerDescription(VehicleDescription, TrackerEntityDescription):
    """A tracker of a car, or of where it goes."""

    scopes: frozenset[Scope] = frozenset({Scope.VEHICLE_LOCATION})
    place_fn: Callable[[DriveState], tuple[float | None, float | None]]


TRACKERS: Final = (
    VehicleTrackerDescription(key="location", place_fn=lambda drive: (drive.latitude, drive.longitude)),
    VehicleTrackerDescription(
        key="route", place_fn=lambda drive: (drive.active_route_latitude, drive.active_route_longitude)
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the trackers."""
    async_follow_products(
        entry, Platform.DEVICE_TRACKER, async_add_entities, lambda: vehicle_candidates(entry, TRACKERS, VehicleTracker)
    )


class VehicleTracker(VehicleEntity, TrackerEntity):
    """A tracker of a car."""

    entity_description: VehicleTrackerDescription

    @override
    def _show(self) -> object:
        self._attr_latitude, self._attr_longitude = self.entity_description.place_fn(self.vehicle.drive_state)
        return self._attr_latitude, self._attr_longitude
