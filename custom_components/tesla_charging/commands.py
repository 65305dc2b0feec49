"""Running a command: right, turn, wake, send, read the answer, show it, and look until it is sure."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .coordinators import SiteInfoCoordinator, VehicleCoordinator
from .coordinators.base import TeslaCoordinator, async_pause
from .coordinators.turns import Body, Take
from .errors import missing_scope, translated
from .fleet.commands import WAKE_UP, WAKE_UP_SCOPES, SiteCommand, VehicleCommand
from .fleet.errors import Fault, FleetError
from .fleet.models import parse
from .fleet.models.vehicle import KeyState, Vehicle, VehicleState
from .fleet.scopes import Scope
from .scope_names import async_name_scopes

# Seconds between looks at a car that is waking up. They are free, and a car with a weak signal may need two minutes.
WAKE_LOOKS: Final = [2, 3, 5, 5, 5, 10, 10, 10, 10, 15, 15, 15, 15, 15, 15]
# Seconds until the first and the second look at what a car did that has not answered.
_DOUBT_LOOKS: Final = (2, 5)
# Seconds until Tesla is asked again that was out of order, where it does not say how long.
_UNAVAILABLE: Final = (2.0, 5.0)
_LONGEST_UNAVAILABLE: Final = 30.0
# No command takes longer, whatever happens.
_LONGEST: Final = 300.0
# What was read within this time counts as known now.
_FRESH: Final = timedelta(minutes=2)
# A car that is no place for a value is not looked at more often for it: some programs try 300 times an hour.
_LOOK_AGAIN: Final = timedelta(minutes=10)


async def async_send(coordinator: VehicleCoordinator, command: VehicleCommand, **body: object) -> None:
    """Make a car do something; return when it has said yes, raise HomeAssistantError with a sentence otherwise."""
    await _check_granted(coordinator.hass, coordinator.context.scopes, command.scopes)
    work = partial(_send_in_turn, coordinator, command, dt_util.utcnow())
    if command.value:
        rises = partial(_rises, coordinator, command)
        await coordinator.turns.run_value(command.subject(body), body, rises, work)
    else:
        await coordinator.turns.run(body, work)


async def async_wake(coordinator: VehicleCoordinator) -> None:
    """Wake a car and wait until it is awake."""
    await _check_granted(coordinator.hass, coordinator.context.scopes, WAKE_UP_SCOPES)
    await coordinator.turns.run({}, partial(_wake_in_turn, coordinator, dt_util.utcnow()))
    await coordinator.async_refresh()


async def async_write(coordinator: SiteInfoCoordinator, command: SiteCommand, **body: object) -> None:
    """Change a setting of an energy site; what is equal is not sent."""
    await _check_granted(coordinator.hass, coordinator.context.scopes, command.scopes)
    async with coordinator.write_lock:
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


async def _send_in_turn(coordinator: VehicleCoordinator, command: VehicleCommand, since: datetime, take: Take) -> None:
    try:
        coordinator.turns.raise_if_given_up(since)
        async with asyncio.timeout(_LONGEST):
            await _send(coordinator, command, take)
    except FleetError as err:
        raise _failed(coordinator, err) from None
    except TimeoutError:
        raise _failed(coordinator, FleetError(Fault.NO_ANSWER, "it took too long")) from None


async def _wake_in_turn(coordinator: VehicleCoordinator, since: datetime, _: Take) -> None:
    try:
        coordinator.turns.raise_if_given_up(since)
        if await _state(coordinator) is not VehicleState.ONLINE:
            await _wake(coordinator)
    except FleetError as err:
        raise _failed(coordinator, err) from None


def _rises(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    return command.rises(coordinator.data, **body)


async def _send(coordinator: VehicleCoordinator, command: VehicleCommand, take: Take) -> None:
    if coordinator.data.signs and not (coordinator.client.can_sign or command.unsigned_first):
        raise FleetError(Fault.SIGNING_REQUIRED)
    await _check_use(coordinator, command)
    if coordinator.data.state is not VehicleState.ONLINE and await _state(coordinator) is not VehicleState.ONLINE:
        await _wake(coordinator)
    body = take()
    if command.visible and _is_known(coordinator, command, body) and _shows(coordinator, command, body):
        return
    done = await _deliver(coordinator, command, body)
    if done and (half := command.halfway(body)):
        done = await _deliver_again(coordinator, command, body, half)
    if not command.visible:
        return
    if done:
        coordinator.promise(command, body)
    else:
        coordinator.async_confirm()


async def _check_use(coordinator: VehicleCoordinator, command: VehicleCommand) -> None:
    """Refuse what would change nothing that matters, in the words that the car has for it."""
    reason = command.pointless(coordinator.data)
    if reason and command.value and not _is_fresh(coordinator.data) and coordinator.turns.may_look(_LOOK_AGAIN):
        await coordinator.async_refresh()
        reason = command.pointless(coordinator.data)
    if reason and (command.value or _is_fresh(coordinator.data)):
        raise FleetError(Fault.REFUSED, reason, status=200)


async def _deliver(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Send it until it is decided; return whether the car did it now: False when it says that it is so already."""
    outages = list(_UNAVAILABLE)
    woken = doubted = False
    while True:
        coordinator.turns.sent(command.subject(body))
        try:
            return await _transmit(coordinator, command, body)
        except FleetError as err:
            if err.fault is Fault.ASLEEP and not woken:
                woken = True
                await _wake(coordinator)
            elif err.status == 503 and outages:
                seconds = outages.pop(0) if err.retry_after is None else err.retry_after
                await async_pause(coordinator.hass, min(seconds, _LONGEST_UNAVAILABLE))
            elif err.may_have_succeeded and command.visible:
                if await _has_obeyed(coordinator, command, body):
                    return True
                if doubted:
                    raise
                doubted = True
            else:
                raise


async def _has_obeyed(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Look whether the car did what it has not answered to."""
    for seconds in _DOUBT_LOOKS:
        await async_pause(coordinator.hass, seconds)
        await coordinator.async_refresh()
        if not coordinator.last_update_success:
            return False
        if _shows(coordinator, command, body):
            return True
    return False


async def _deliver_again(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, half: Body) -> bool:
    """Send it once more to a car that obeys only half the first time; one that we do not know yet is looked at."""
    learned = coordinator.data.learned_twice
    if learned is None:
        if await _has_obeyed(coordinator, command, body):
            coordinator.learn(learned_twice=False)
            return True
        learned = _shows(coordinator, command, half)
    if learned:
        coordinator.learn(learned_twice=True)
        return await _deliver(coordinator, command, body)
    return True


async def _transmit(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Send it the way that the car wants, which its refusal may teach."""
    client, vin = coordinator.client, coordinator.vin
    signed = coordinator.data.signs and not command.unsigned_first
    _check_wide_enough(coordinator, command.name)
    try:
        done = await client.command(vin, command, signed=signed, **body)
    except FleetError as err:
        _note_narrow(coordinator, command.name, err)
        if err.fault is Fault.KEY_NOT_PAIRED:
            coordinator.learn(key_state=KeyState.MISSING, key_refused=True)
            raise
        if not client.can_sign or err.fault is not (Fault.UNSUPPORTED if signed else Fault.SIGNING_REQUIRED):
            raise
        signed = not signed
        if not command.unsigned_first:
            coordinator.learn(learned_signing=signed)
        done = await client.command(vin, command, signed=signed, **body)
    if signed:
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
    _check_wide_enough(coordinator, WAKE_UP)
    try:
        await coordinator.client.wake_up(coordinator.vin)
    except FleetError as err:
        _note_narrow(coordinator, WAKE_UP, err)
        if not err.may_have_succeeded:
            coordinator.turns.give_up(err)
            raise
        failure = err
    for seconds in WAKE_LOOKS:
        await async_pause(coordinator.hass, seconds)
        with suppress(FleetError):
            if await _state(coordinator) is VehicleState.ONLINE:
                return
    coordinator.turns.give_up(failure)
    raise failure


def _is_known(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    return _is_fresh(coordinator.data) or coordinator.promised(command.subject(body))


def _shows(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Whether what is known of the car is as if it had obeyed."""
    return command.effect(coordinator.data, **body) == coordinator.data


def _is_fresh(vehicle: Vehicle) -> bool:
    return (
        vehicle.state is VehicleState.ONLINE
        and vehicle.read_at is not None
        and dt_util.utcnow() - vehicle.read_at < _FRESH
    )


async def _check_granted(hass: HomeAssistant, granted: frozenset[str], enough: frozenset[Scope]) -> None:
    if not granted & enough:
        least = min(enough - {Scope.VEHICLE_CMDS} or enough)
        raise missing_scope(await async_name_scopes(hass, [least]))


def _check_wide_enough(coordinator: VehicleCoordinator, name: str) -> None:
    """Raise where Tesla has said that the scope which should do does not."""
    if name in coordinator.context.too_narrow_for:
        raise FleetError(Fault.SCOPE_TOO_NARROW)


def _note_narrow(coordinator: VehicleCoordinator, name: str, err: FleetError) -> None:
    """Remember what Tesla does not let the right to charge do, though it may be meant to (fleet_api.md 5.1, 6.1)."""
    if err.fault is Fault.MISSING_SCOPES and Scope.VEHICLE_CMDS not in coordinator.context.scopes:
        coordinator.context.too_narrow_for.add(name)
        raise FleetError(Fault.SCOPE_TOO_NARROW, err.words, status=err.status, txid=err.txid) from None
