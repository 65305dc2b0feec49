"""What actions of cars share: which car is meant."""

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import service

from .account import TeslaConfigEntry
from .const import DOMAIN
from .coordinators import VehicleCoordinator


def car_of(call: ServiceCall) -> VehicleCoordinator:
    """Return the car that an action is for."""
    entry: TeslaConfigEntry
    device, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=False
    )
    vehicles = entry.runtime_data.vehicles
    for domain, vin in device.identifiers:
        if domain == DOMAIN and vin in vehicles:
            return vehicles[vin]
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_a_car")
