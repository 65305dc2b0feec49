"""Which car an action is for, by the device that a person has chosen, and where that car is."""

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import service

from .account import TeslaConfigEntry
from .const import DOMAIN
from .coordinators import VehicleCoordinator


def car_of(call: ServiceCall) -> tuple[TeslaConfigEntry, VehicleCoordinator]:
    """Return the account and the car that an action is for; raises ServiceValidationError."""
    entry: TeslaConfigEntry
    device, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=False
    )
    vehicles = entry.runtime_data.vehicles
    for domain, vin in device.identifiers:
        if domain == DOMAIN and vin in vehicles:
            return entry, vehicles[vin]
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_a_car")


def place_of(coordinator: VehicleCoordinator) -> dict[str, float]:
    """Return where the car is, as commands want to know it: where it was last seen if that is granted, else at home."""
    drive, home = coordinator.data.drive_state, coordinator.hass.config
    if drive.latitude is None or drive.longitude is None:
        return {"lat": home.latitude, "lon": home.longitude}
    return {"lat": drive.latitude, "lon": drive.longitude}
