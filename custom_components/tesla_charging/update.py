"""Updates: the software of a car."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.components.update import (
    UpdateDeviceClass,
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .commands import async_send
from .entity import VehicleDescription, VehicleEntity
from .fleet.climate_commands import CAR
from .fleet.models.software import SoftwareUpdate, UpdateStatus
from .fleet.trip_commands import SCHEDULE_SOFTWARE_UPDATE

# The commands queue for each car by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0

# An update that begins so soon has as good as begun.
_SOON: Final = timedelta(minutes=2)
_WAITING: Final = frozenset(
    {UpdateStatus.AVAILABLE, UpdateStatus.SCHEDULED, UpdateStatus.DOWNLOADING, UpdateStatus.DOWNLOADING_WIFI_WAIT}
)


@dataclass(frozen=True, kw_only=True)
class VehicleUpdateDescription(VehicleDescription, UpdateEntityDescription):
    """The software of a car."""


SOFTWARE: Final = VehicleUpdateDescription(
    key="software_update", device_class=UpdateDeviceClass.FIRMWARE, entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the updates."""
    async_follow_products(
        entry, Platform.UPDATE, async_add_entities, lambda: vehicle_candidates(entry, (SOFTWARE,), VehicleUpdate)
    )


class VehicleUpdate(VehicleEntity, UpdateEntity):
    """The software of a car: what runs, what waits, and how far it is."""

    entity_description: VehicleUpdateDescription

    @property
    def _software(self) -> SoftwareUpdate:
        return self.vehicle.vehicle_state.software_update

    @override
    def _show(self) -> object:
        update = self._software
        running = self.vehicle.vehicle_state.car_version
        installed = None if running is None else running.partition(" ")[0]
        installing = update.status is UpdateStatus.INSTALLING or self._begins_soon
        waits = update.status in _WAITING or installing
        self._attr_installed_version = installed
        self._attr_latest_version = update.version if waits and update.version else installed
        self._attr_in_progress = installing
        self._attr_update_percentage = update.install_perc if update.status is UpdateStatus.INSTALLING else None
        self._attr_supported_features = UpdateEntityFeature.PROGRESS
        if self.coordinator.context.scopes & CAR and update.status is UpdateStatus.AVAILABLE:
            self._attr_supported_features |= UpdateEntityFeature.INSTALL
        self._attr_extra_state_attributes = {
            "status": update.status or None,
            "download_percentage": update.download_perc,
            "expected_minutes": None
            if update.expected_duration_sec is None
            else round(update.expected_duration_sec / 60),
            "scheduled_at": update.scheduled_time,
        }
        return installed, installing, update, self._attr_supported_features

    @property
    def _begins_soon(self) -> bool:
        update = self._software
        if update.status is not UpdateStatus.SCHEDULED or update.scheduled_time is None:
            return False
        return update.scheduled_time - dt_util.utcnow() < _SOON

    @override
    async def async_install(self, version: str | None, backup: bool, **kwargs: Any) -> None:
        """Install it now."""
        await async_send(self.coordinator, SCHEDULE_SOFTWARE_UPDATE, offset_sec=0)
