"""What the tests of schedules share: a car at home, and ways to plan."""

from typing import Any

import pytest

from custom_components.tesla_charging import commands
from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from tesla_simulator import Simulator
from tesla_simulator.world import Car
from tesla_simulator.world.schedules import ChargeSchedule, PreconditionSchedule

from .helpers import LUNA

ZONE = "Europe/Berlin"
# A place in New York, five hours west of Berlin in March after the change there, else six.
ELSEWHERE = {"latitude": 40.7581, "longitude": -73.9772}


async def move_in(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Let Home Assistant live where Luna is; return Luna, who takes unsigned commands and wakes at once."""
    monkeypatch.setattr(commands, "WAKE_LOOKS", [0] * 3)
    luna = sim.world.car_named("Luna")
    luna.wake_seconds = 0
    place = luna.charger.place
    await hass.config.async_update(latitude=place.latitude, longitude=place.longitude, time_zone=ZONE)
    return luna


def device_of(hass: HomeAssistant, vin: str = LUNA) -> str:
    """Return the device of a product."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, vin), entry.entry_id)
    assert device is not None
    return device.id


async def act(hass: HomeAssistant, action: str, *, vin: str = LUNA, **data: Any) -> dict[str, Any]:
    """Do an action with a car and return its answer."""
    data = {"device_id": device_of(hass, vin), **data}
    answer = await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    assert isinstance(answer, dict)
    return answer


async def refused(hass: HomeAssistant, action: str, **data: Any) -> tuple[str | None, str]:
    """Do an action in vain; return the key of the sentence and the sentence."""
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, action, **data)
    return error.value.translation_key, str(error.value)


def charges(car: Car) -> list[ChargeSchedule]:
    """Return the charging schedules that a car has."""
    return list(car.charger.plan.charge.values())


def preconditions(car: Car) -> list[PreconditionSchedule]:
    """Return the preconditioning schedules that a car has."""
    return list(car.charger.plan.precondition.values())


def plan(car: Car, number: int, *, kind: str = "charge", **other: Any) -> None:
    """Let somebody plan something with Tesla's app, at home."""
    body = {"id": number, "lat": car.home.latitude, "lon": car.home.longitude, "enabled": True, "days_of_week": "All"}
    if kind == "charge":
        body |= {"start_enabled": "start_time" in other, "end_enabled": "end_time" in other}
    assert car.command(f"add_{kind}_schedule", {**body, **other}).result
