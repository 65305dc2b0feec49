"""What the tests of the car besides charging share: a car that is awake, looks and actions."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car

from .helpers import call, pass_time
from .planning import device_of

REFRESH = "button.nova_refresh"


def drives_in(person: Account, sim: Simulator, car: Car) -> Car:
    """Let a person own this car alone, awake."""
    person.cars[:] = [car]
    sim.world.update()
    car.wake()
    return car


async def look(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Read the car again."""
    await pass_time(hass, freezer, 8)
    await call(hass, "button.press", REFRESH)


def keys(hass: HomeAssistant, entry: MockConfigEntry, car: Car) -> set[str]:
    """Return the keys of the entities of a car, with their platforms."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {f"{one.domain}.{one.translation_key}" for one in found if one.unique_id.startswith(car.vin)}


async def act(hass: HomeAssistant, car: Car, action: str, **data: Any) -> None:
    """Do an action of ours with a car."""
    target = {"device_id": device_of(hass, car.vin)}
    await hass.services.async_call(DOMAIN, action, {**target, **data}, blocking=True)
