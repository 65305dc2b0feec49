"""What the tests of signed commands share."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.commands import async_send
from custom_components.tesla_charging.fleet.commands import Command, VehicleCommand
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import Simulator
from tesla_simulator.world import Car
from tests.conftest import settle

DOMAIN_NAME = "home.example.com"
SWITCH = "switch.juniper_charging"
KEY = "sensor.juniper_command_key"
HANDSHAKE = "handshake infotainment"
# A command that the car's other computer takes; charging needs none of these.
DOOR_UNLOCK: VehicleCommand = Command(
    name="door_unlock", scopes=frozenset({Scope.VEHICLE_CMDS}), effect=lambda car, **_: car, visible=False
)


async def switch(hass: HomeAssistant, action: str) -> None:
    """Press the charging switch."""
    await hass.services.async_call("switch", action, {"entity_id": "switch.juniper_charging"}, blocking=True)


async def pair(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, car: Car) -> None:
    """Put the key into a car, and let Home Assistant see it."""
    await sim.pair(car, DOMAIN_NAME)
    await entry.runtime_data.async_check_keys()
    await settle(hass)
    sim.clear_requests()


async def fails(hass: HomeAssistant, action: str = "turn_off") -> str | None:
    """Press the charging switch in vain; return the key of the sentence."""
    with pytest.raises(HomeAssistantError) as error:
        await switch(hass, action)
    return error.value.translation_key


async def act(hass: HomeAssistant, entry: MockConfigEntry, car: Car, domain: str) -> None:
    """Make one of the car's computers do something."""
    if domain == "vcsec":
        await async_send(entry.runtime_data.vehicles[car.vin], DOOR_UNLOCK)
    else:
        await switch(hass, "turn_off")


def done(car: Car, domain: str) -> bool:
    """Whether it was done."""
    return car.doors_unlocked if domain == "vcsec" else not charges(car)


def sent(sim: Simulator) -> list[str | None]:
    """Return what was sent signed, in order."""
    return [request.command for request in sim.requests_for("signed_command")]


def charges(car: Car) -> bool:
    """Whether a car charges."""
    return car.vehicle_data()["charge_state"]["charging_state"] in ("Starting", "Charging")


def issues_of(hass: HomeAssistant, start: str = "key_missing") -> list[str]:
    """Return the issues of a kind."""
    return [issue for _, issue in ir.async_get(hass).issues if issue.startswith(start)]
