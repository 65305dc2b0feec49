"""The devices: an account, a car, an energy site, a Wall Connector."""

from typing import Final

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .const import DOMAIN
from .fleet.models import EnergySite, Vehicle

_MANUFACTURER: Final = "Tesla"
# `car_type` -> model (fleet_api.md 5.3)
_MODELS: Final = {
    "models": "Model S",
    "models2": "Model S",
    "lychee": "Model S",
    "modelx": "Model X",
    "tamarind": "Model X",
    "model3": "Model 3",
    "modely": "Model Y",
    "cybertruck": "Cybertruck",
}
# The fourth character of a VIN -> model
_MODELS_BY_VIN: Final = {"S": "Model S", "X": "Model X", "3": "Model 3", "Y": "Model Y", "C": "Cybertruck"}


def account_device(account_id: str, title: str, client_id: str) -> DeviceInfo:
    """Return the device of an account: what it asks of Tesla is paid for by a Tesla app, named by the end of its id."""
    return DeviceInfo(
        identifiers={(DOMAIN, account_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=_MANUFACTURER,
        model=f"Tesla app …{client_id[-4:]}",
        translation_key="account",
        translation_placeholders={"account": title},
    )


def vehicle_device(vin: str, vehicle: Vehicle) -> DeviceInfo:
    """Return the device of a car."""
    config = vehicle.vehicle_config
    model = _MODELS.get(config.car_type or "") or _MODELS_BY_VIN.get(vin[3:4])
    return DeviceInfo(
        identifiers={(DOMAIN, vin)},
        manufacturer=_MANUFACTURER,
        model=model,
        model_id=config.trim_badging,
        name=vehicle.name or model or _MANUFACTURER,
        serial_number=vin,
        sw_version=vehicle.vehicle_state.car_version,
    )


def site_device(site: EnergySite) -> DeviceInfo:
    """Return the device of an energy site; its name in Tesla's app is often the street address, so it is not used."""
    model = "Powerwall" if site.has_battery else "Solar" if site.has_solar else "Wall Connector"
    return DeviceInfo(
        identifiers={(DOMAIN, str(site.energy_site_id))},
        manufacturer=_MANUFACTURER,
        model=model,
        name="Powerwall" if site.has_battery else "Energy site",
        sw_version=site.site_info.version,
    )


def wall_connector_device(din: str, site: EnergySite) -> DeviceInfo:
    """Return the device of a Wall Connector."""
    info = site.wall_connector_info(din)
    return DeviceInfo(
        identifiers={(DOMAIN, din)},
        manufacturer=_MANUFACTURER,
        model=info.part_name or "Wall Connector",
        model_id=info.part_number,
        name="Wall Connector",
        serial_number=info.serial_number,
    )
