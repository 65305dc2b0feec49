"""Where the cars are, if the person has granted it."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.device_tracker import TrackerEntity, TrackerEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .entity import VehicleDescription, VehicleEntity
from .fleet.scopes import Scope

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleTrackerDescription(VehicleDescription, TrackerEntityDescription):
    """A tracker of a car."""


TRACKERS: Final = (VehicleTrackerDescription(key="location", scopes=frozenset({Scope.VEHICLE_LOCATION})),)


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
        drive = self.vehicle.drive_state
        self._attr_latitude, self._attr_longitude = drive.latitude, drive.longitude
        return self._attr_latitude, self._attr_longitude
