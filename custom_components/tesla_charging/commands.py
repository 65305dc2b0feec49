"""Running a command: right, wake, send, read the answer, show it, and read again to be sure."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .coordinators import SiteInfoCoordinator, VehicleCoordinator
from .coordinators.base import TeslaCoordinator
from .errors import missing_scope, translated
from .fleet.commands import WAKE_UP_SCOPES, SiteCommand, VehicleCommand
from .fleet.errors import Fault, FleetError
from .fleet.models import parse
from .fleet.models.vehicle import KeyState, Vehicle, VehicleState
from .fleet.scopes import Scope
from .scope_names import async_name_scopes

# Waiting for a car to wake: seconds between looks at its state, which are free; a minute in all (fleet_api.md 5.5).
WAKE_LOOKS: Final = [2, 3, 5, 5, 5, 10, 10, 10, 10]
# What was read within this time counts as known now.
_FRESH: Final = timedelta(minutes=2)


async def async_send(coordinator: VehicleCoordinator, command: VehicleCommand, **body: object) -> None:
    """Make a car do something; return when it has said yes, raise HomeAssistantError with a sentence otherwise."""
    await _check_granted(coordinator.hass, coordinator.context.scopes, command.scopes)
    try:
        async with coordinator.command_lock:
            await _send(coordinator, command, body)
    except FleetError as err:
        raise _failed(coordinator, err) from None


async def async_wake(coordinator: VehicleCoordinator) -> None:
    """Wake a car and wait until it is awake."""
    await _check_granted(coordinator.hass, coordinator.context.scopes, WAKE_UP_SCOPES)
    try:
        async with coordinator.command_lock:
            if await _state(coordinator) is not VehicleState.ONLINE:
                await _wake(coordinator)
    except FleetError as err:
        raise _failed(coordinator, err) from None
    await coordinator.async_refresh()


async def async_write(coordinator: SiteInfoCoordinator, command: SiteCommand, **body: object) -> None:
    """Change a setting of an energy site; what is equal is not sent."""
    await _check_granted(coordinator.hass, coordinator.context.scopes, command.scopes)
    site = coordinator.snapshot.current
    if site.info_read_at is not None and command.effect(site, **body) == site:
        return
    try:
        await coordinator.client.site_command(coordinator.snapshot.site_id, command, **body)
    except FleetError as err:
        raise _failed(coordinator, err) from None
    coordinator.change(command.effect(coordinator.snapshot.current, **body))
    coordinator.async_confirm()


def _failed[T](coordinator: TeslaCoordinator[T], err: FleetError) -> HomeAssistantError:
    """Note a failure and return its sentence; where the command may have been obeyed all the same, look."""
    coordinator.context.on_fault(err)
    if err.may_have_succeeded:
        coordinator.async_confirm()
    return translated(err)


async def _send(coordinator: VehicleCoordinator, command: VehicleCommand, body: dict[str, object]) -> None:
    vehicle = coordinator.data
    if vehicle.signs and not coordinator.client.can_sign:
        raise FleetError(Fault.SIGNING_REQUIRED)
    if _is_fresh(vehicle) and command.effect(vehicle, **body) == vehicle:
        return
    if vehicle.state is not VehicleState.ONLINE and await _state(coordinator) is not VehicleState.ONLINE:
        await _wake(coordinator)
    try:
        done = await _deliver(coordinator, command, body)
    except FleetError as err:
        if err.fault is not Fault.ASLEEP:
            raise
        await _wake(coordinator)
        done = await _deliver(coordinator, command, body)
    if done:
        coordinator.change(command.effect(coordinator.data, **body))
    coordinator.async_confirm()


async def _deliver(coordinator: VehicleCoordinator, command: VehicleCommand, body: dict[str, object]) -> bool:
    """Send it the way that the car wants, which its refusal may teach; return whether the car did it now."""
    client, vin = coordinator.client, coordinator.vin
    try:
        done = await client.command(vin, command, signed=coordinator.data.signs, **body)
    except FleetError as err:
        signs = coordinator.data.signs
        if err.fault is Fault.KEY_NOT_PAIRED:
            coordinator.learn(key_state=KeyState.MISSING, key_refused=True)
            raise
        if not client.can_sign or err.fault is not (Fault.UNSUPPORTED if signs else Fault.SIGNING_REQUIRED):
            raise
        coordinator.learn(learned_signing=not signs)
        done = await client.command(vin, command, signed=not signs, **body)
    if coordinator.data.signs:
        coordinator.learn(key_state=KeyState.PAIRED, key_refused=False)
    return done


async def _state(coordinator: VehicleCoordinator) -> VehicleState | None:
    """Look at the state, for free, and keep it."""
    item = await coordinator.client.vehicle(coordinator.vin)
    vehicle = parse(Vehicle, item, coordinator.data)
    if vehicle != coordinator.data:
        coordinator.change(vehicle)
    return vehicle.state


async def _wake(coordinator: VehicleCoordinator) -> None:
    """Wake the car; raises ASLEEP if it does not in time. A wake-up is dear: one that may have worked is waited for."""
    coordinator.change(replace(coordinator.data, state=VehicleState.ASLEEP))
    failure = FleetError(Fault.ASLEEP, "it did not wake up in time")
    try:
        await coordinator.client.wake_up(coordinator.vin)
    except FleetError as err:
        if not err.may_have_succeeded:
            raise
        failure = err
    for seconds in WAKE_LOOKS:
        await asyncio.sleep(seconds)
        if await _state(coordinator) is VehicleState.ONLINE:
            return
    raise failure


def _is_fresh(vehicle: Vehicle) -> bool:
    return (
        vehicle.state is VehicleState.ONLINE
        and vehicle.read_at is not None
        and dt_util.utcnow() - vehicle.read_at < _FRESH
    )


async def _check_granted(hass: HomeAssistant, granted: frozenset[str], enough: frozenset[Scope]) -> None:
    if not granted & enough:
        least = min(enough - {Scope.VEHICLE_CMDS})
        raise missing_scope(await async_name_scopes(hass, [least]))
