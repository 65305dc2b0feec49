"""What several tests need: time that passes at once, things to wait for, and ways into Home Assistant."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import logging
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Simulator
from tesla_simulator.world import Car, Station, build_car

from .conftest import settle

LUNA = "5YJSE7EB0KF000001"
JUNIPER = "5YJYE7EB0SF000002"
SITE = 2252000000001
DIN = "1529455-02-D--PGT20000000001"
START = "2026-06-10 10:00:00"  # a Wednesday, noon in Berlin


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float, times: int = 1) -> None:
    """Let time pass, for Home Assistant and for the simulated Tesla, and wait for what it brings about."""
    for _ in range(times):
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await settle(hass)


async def in_time[T](
    hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory, awaitable: Awaitable[T], longest: int = 400
) -> tuple[T | BaseException, int]:
    """Let virtual time pass, a second at a time, until something is done; return its outcome and the seconds it took.

    A slow machine may take a second or two more than needed; when requests were made, the simulated Tesla knows.
    """
    task = asyncio.ensure_future(awaitable)
    for second in range(longest):
        await still(sim)
        if task.done():
            error = task.exception()
            return task.result() if error is None else error, second
        freezer.tick(1)
        async_fire_time_changed(hass)
    task.cancel()
    raise AssertionError(f"this was not done within {longest} virtual seconds")


async def still(sim: Simulator) -> None:
    """Wait in real time until no request is under way."""
    idle = 0
    while idle < 6:
        await asyncio.to_thread(time.sleep, 0.002)
        idle = 0 if sim.in_flight else idle + 1


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait in real time, frozen or not, while requests hang; AssertionError if it takes too long."""
    for _ in range(round(seconds / 0.005)):
        if condition():
            return
        await asyncio.to_thread(time.sleep, 0.005)
    raise AssertionError("this did not come about in time")


async def list_again(hass: HomeAssistant) -> None:
    """Let Home Assistant ask for the product list, which says who sleeps, as it does each minute."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await entry.runtime_data.products.async_refresh()
    await settle(hass)


def state_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return a state, None where there is no such entity."""
    state = hass.states.get(entity_id)
    return None if state is None else state.state


def attribute(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    """Return an attribute of a state that is there."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.attributes.get(name)


async def call(hass: HomeAssistant, service: str, entity_id: str, **data: Any) -> None:
    """Call a service of an entity as a person would, and wait for its end."""
    domain, _, name = service.partition(".")
    await hass.services.async_call(domain, name, {"entity_id": entity_id, **data}, blocking=True)


async def set_number(hass: HomeAssistant, entity_id: str, value: float) -> None:
    """Set a number."""
    await call(hass, "number.set_value", entity_id, value=value)


# What is asked once a day, or even more seldom, whenever that may be.
SELDOM = frozenset({"mobile_enabled", "recent_alerts", "service_data"})


def asked(sim: Simulator, pattern: str = "", **which: str) -> list[str]:
    """Return the endpoints that were asked for, in order, as far as they are meant; without a pattern, not what is SELDOM."""
    every = sim.requests_for(pattern or "*")
    found = (request for request in every if request.host != "auth" and (pattern or request.endpoint not in SELDOM))
    return [one.endpoint for one in found if all(getattr(one, name) == value for name, value in which.items())]


def entity_ids(hass: HomeAssistant, *, entry_id: str | None = None, start: str = "") -> set[str]:
    """Return the integration's entities in the registry."""
    entries = er.async_get(hass).entities.values()
    ours = (one for one in entries if one.platform == DOMAIN and entry_id in (None, one.config_entry_id))
    return {one.entity_id for one in ours if one.entity_id.partition(".")[2].startswith(start)}


def has_entity(hass: HomeAssistant, platform: str, unique_id: str) -> bool:
    """Whether the registry has an entity of this unique id."""
    return er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id) is not None


def unsigned_car(name: str = "Nova", number: int = 7, **knobs: Any) -> Car:
    """Return a car that takes unsigned commands and sleeps although it is polled."""
    knobs = {"command_signing": "off", "soc": 50.0, "wake_seconds": 0.0, **knobs}
    return build_car(name, "3", 2020, number, **knobs)


def at_home(sim: Simulator, kind: str = "home_ac") -> Station:
    """Return a station of a kind."""
    return next(station for station in sim.world.stations if station.kind == kind)


def tracebacks(caplog: pytest.LogCaptureFixture, but: Iterable[str] = ()) -> list[str]:
    """Return what nobody should find in the log, unless they want to see it all: exceptions that nobody caught."""
    found = []
    for record in caplog.records:
        text = record.getMessage() + (record.exc_text or "")
        bad = record.levelno > logging.DEBUG and (record.exc_info or "Traceback" in text)
        if bad and not any(word in text for word in but):
            found.append(f"{record.name}: {text}")
    return found
