"""The devices: an account, a car, an energy site, and its parts: gateways, batteries, inverters, Wall Connectors."""

from collections.abc import Iterator
from typing import Final

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .const import DOMAIN
from .fleet.models import EnergySite, Vehicle
from .fleet.models.site import Part

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


def wall_connector_device(din: str, site: EnergySite, via: str | None = None) -> DeviceInfo:
    """Return the device of a Wall Connector. via: the device id of its site, once that is registered."""
    info = site.wall_connector_info(din)
    return DeviceInfo(
        **_via(via),
        identifiers={(DOMAIN, din)},
        manufacturer=_MANUFACTURER,
        model=info.part_name or "Wall Connector",
        model_id=info.part_number,
        name="Wall Connector",
        serial_number=info.serial_number,
    )


def _via(device_id: str | None) -> DeviceInfo:
    return DeviceInfo() if device_id is None else DeviceInfo(via_device_id=device_id)


def part_names(site: EnergySite) -> set[str]:
    """Return what tells the parts of a site apart: their DINs."""
    parts = (*site.gateways, *site.batteries, *site.inverters)
    return {*site.dins, *(part.din for part in parts if part.din)}


def site_part_devices(site: EnergySite, via: str | None = None) -> list[DeviceInfo]:
    """Return the devices of what a site is made of. via: the device id of the site, once that is registered."""
    return [
        *_part_devices("gateway", site.gateways, via),
        *_part_devices("battery", site.batteries, via),
        *_part_devices("inverter", site.inverters, via),
        *(wall_connector_device(din, site, via) for din in site.dins),
    ]


def _part_devices(kind: str, parts: tuple[Part, ...], via: str | None) -> Iterator[DeviceInfo]:
    """Return devices, numbered where there are several."""
    for number, part in enumerate(parts, 1):
        yield DeviceInfo(
            **_via(via),
            identifiers={(DOMAIN, part.din or "")},
            manufacturer=_MANUFACTURER,
            model=part.part_name,
            model_id=part.part_number,
            serial_number=part.serial_number,
            sw_version=part.firmware_version,
            translation_key=kind if len(parts) == 1 else f"{kind}_number",
            translation_placeholders={"number": str(number)},
        )
