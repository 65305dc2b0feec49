"""Running a command: right, turn, wake, send, read the answer, show it, and look until it is sure."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .budget.asking import by_person
from .coordinators import VehicleCoordinator
from .coordinators.base import TeslaCoordinator, async_pause
from .coordinators.turns import Body, Take
from .errors import missing_scope, translated
from .fleet.commands import COMFORT_OFF, WAKE_UP, WAKE_UP_SCOPES, VehicleCommand
from .fleet.errors import Fault, FleetError
from .fleet.models.vehicle import KeyState, VehicleState
from .fleet.scopes import Scope
from .levels import async_learn_count
from .scope_names import async_name_scopes

# Seconds between looks at a car that is waking up. They are free, and a car with a weak signal may need two minutes.
WAKE_LOOKS: Final = [2, 3, 5, 5, 5, 10, 10, 10, 10, 15, 15, 15, 15, 15, 15]
# Seconds until the first and the second look at what a car did that has not answered.
_DOUBT_LOOKS: Final = (2, 5)
# Seconds until Tesla is asked again that was out of order, where it does not say how long.
_UNAVAILABLE: Final = (2.0, 5.0)
_LONGEST_UNAVAILABLE: Final = 30.0
# How Tesla answers a signed command to a car that knows none; a 403 may say many other things (fleet_api.md 9).
_KNOWS_NO_SIGNING: Final = 422
# No command takes longer, whatever happens.
_LONGEST: Final = 300.0
# A car that is no place for a value is not looked at more often for it: some programs try 300 times an hour.
_LOOK_AGAIN: Final = timedelta(minutes=10)


async def async_send(coordinator: VehicleCoordinator, command: VehicleCommand, /, **body: object) -> None:
    """Make a car do something; return when it has said yes, raise HomeAssistantError with a sentence otherwise."""
    await _queue(coordinator, command, body, wake=True)


async def async_send_awake(coordinator: VehicleCoordinator, command: VehicleCommand, **body: object) -> None:
    """Do the same with a car that is awake; one that is not is left asleep, and the error says so."""
    await _queue(coordinator, command, body, wake=False)


async def _queue(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, *, wake: bool) -> None:
    await async_check_granted(coordinator.hass, coordinator.context.scopes, command.scopes)
    subject = command.subject(body)
    seen = subject if command.visible else None
    work = partial(_in_turn, coordinator, coordinator.turns.ticket(), seen, partial(_send, coordinator, command, wake))
    if command.value:
        await coordinator.turns.run_value(subject, body, partial(_rises, coordinator, command), work)
    else:
        await coordinator.turns.run(command.queues_with(body), body, work)


async def async_wake(coordinator: VehicleCoordinator, *, look: bool = True) -> None:
    """Wake a car and wait until it is awake; look: to see it, where nothing that follows shows it."""
    await async_check_granted(coordinator.hass, coordinator.context.scopes, WAKE_UP_SCOPES)
    work = partial(_in_turn, coordinator, coordinator.turns.ticket(), None, partial(_wake_unless_awake, coordinator))
    await coordinator.turns.run(WAKE_UP, {}, work)
    if look:
        with by_person():
            await coordinator.async_refresh()


def failed[T](coordinator: TeslaCoordinator[T], err: FleetError) -> HomeAssistantError:
    """Note a failure and return its sentence."""
    coordinator.context.on_fault(err)
    return translated(err)


async def _in_turn(
    coordinator: VehicleCoordinator,
    ticket: int,
    seen: Hashable | None,
    work: Callable[[Take], Awaitable[None]],
    take: Take,
) -> None:
    """Do it in time; look where it may have been done although it failed, if it can be `seen`."""
    try:
        coordinator.turns.raise_if_given_up(ticket)
        try:
            with by_person():
                async with asyncio.timeout(_LONGEST):
                    await work(take)
        except TimeoutError:
            late = FleetError(Fault.NO_ANSWER, "it took too long")
            coordinator.turns.give_up(late)
            raise late from None
    except FleetError as err:
        if err.may_have_succeeded and seen is not None:
            coordinator.doubt(seen)
            coordinator.async_confirm()
        raise failed(coordinator, err) from None


async def _wake_unless_awake(coordinator: VehicleCoordinator, _: Take) -> None:
    if await _state(coordinator) is not VehicleState.ONLINE:
        await _wake(coordinator)


def _rises(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    return command.rises(coordinator.data, **body)


async def _send(coordinator: VehicleCoordinator, command: VehicleCommand, wake: bool, take: Take) -> None:
    signed = command.signed_only or (coordinator.data.signs and not command.unsigned_first)
    if signed and not coordinator.client.can_sign:
        raise FleetError(Fault.SIGNING_REQUIRED if coordinator.data.signs else Fault.SIGNED_ONLY)
    await _check_use(coordinator, command)
    if coordinator.data.state is not VehicleState.ONLINE:
        state = await _state(coordinator)
        if state is VehicleState.ASLEEP and not command.value and _is_so_asleep(coordinator, command, take()):
            return
        if state is not VehicleState.ONLINE:
            if not wake:
                raise FleetError(Fault.ASLEEP, "it is not to be woken for this")
            await _wake(coordinator)
    body = take()
    try:
        await _look_before_turning_round(coordinator, command, body)
    except FleetError:
        if coordinator.data.state is VehicleState.ASLEEP and command.asleep(body):
            return
        raise
    counts = bool(command.counted) and not signed and coordinator.data.learned_from_one is None
    if (command.setting or counts) and not _is_known(coordinator, command, body):
        # A car without climate refuses a setting although it is so already; and what a level was tells how it counts.
        await coordinator.async_refresh()
    if not (command.always_sent(body) or coordinator.overrules(command, body)):
        if _foresees(coordinator, command) and _is_known(coordinator, command, body):
            if _shows(coordinator, command, body):
                return
    deliver = partial(_deliver, coordinator, command, wake=wake)
    if counts:
        pause = partial(async_pause, coordinator.hass)
        done = await async_learn_count(coordinator, command, body, deliver, pause)
    else:
        done = await deliver(body)
    if done and (half := command.halfway(body)):
        done = await _deliver_again(coordinator, command, body, half)
    if done and _foresees(coordinator, command):
        coordinator.promise(command, body)
    elif command.visible and coordinator.data.state is not VehicleState.ASLEEP:
        coordinator.doubt(command.subject(body))
        coordinator.async_confirm()


def _is_so_asleep(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Whether a car is as this wants it because it sleeps; raises where to wake it would be in vain."""
    if command.asleep(body):
        return True
    if not command.setting:
        return False
    # Nobody has changed it since it fell asleep, and it takes no change.
    if _shows(coordinator, command, body):
        return True
    raise FleetError(Fault.REFUSED, COMFORT_OFF, status=200)


async def _check_use(coordinator: VehicleCoordinator, command: VehicleCommand) -> None:
    """Refuse what would change nothing that matters, in the words that the car has for it."""
    reason = command.pointless(coordinator.data)
    if reason and command.value and not coordinator.fresh and coordinator.turns.may_look(_LOOK_AGAIN):
        await coordinator.async_refresh()
        reason = command.pointless(coordinator.data)
    if reason and (command.value or coordinator.fresh):
        raise FleetError(Fault.REFUSED, reason, status=200)


async def _look_before_turning_round(
    coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, *, again: bool = False
) -> None:
    """Refuse to turn round what is not known for sure, just now; `again`: what was read before counts no more."""
    if command.switched is None:
        return
    subject, read_at = command.subject(body), coordinator.told.read_at
    # What was read a moment ago and is not what the car has promised may be so by now.
    again = again or coordinator.unkept(subject)
    await (coordinator.async_refresh() if again else coordinator.async_look())
    looked = coordinator.told.read_at != read_at
    if not (looked or (coordinator.just_read and not again)):
        raise FleetError(Fault.UNSEEN)
    if coordinator.unkept(subject) or _switched(coordinator, command, body) is None:
        raise FleetError(Fault.UNTOLD)


def _switched(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool | None:
    """Whether it is as wanted, as the car has promised since it was read, else as the last read alone has told."""
    if command.switched is None:
        return None
    promised = coordinator.promised(command.subject(body))
    return command.switched(coordinator.data if promised else coordinator.answered, **body)


async def _deliver(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, *, wake: bool = True) -> bool:
    """Send it until it is decided; return whether the car did it now: False when it is so already."""
    outages = list(_UNAVAILABLE)
    woken = doubted = False
    while True:
        coordinator.turns.sent(command.subject(body))
        try:
            return await _transmit(coordinator, command, body)
        except FleetError as err:
            if err.fault is Fault.ASLEEP and await _is_so_after_all(coordinator, command, body):
                return False
            if err.fault is Fault.ASLEEP and not wake:
                coordinator.found_asleep()
                raise
            if err.fault is Fault.ASLEEP and not woken:
                woken = True
                await _wake(coordinator)
            elif err.status == 503 and outages:
                seconds = outages.pop(0) if err.retry_after is None else err.retry_after
                await async_pause(coordinator.hass, min(seconds, _LONGEST_UNAVAILABLE))
            elif err.may_have_succeeded and _foresees(coordinator, command):
                obeyed = await _has_obeyed(coordinator, command, body)
                if obeyed:
                    return True
                if obeyed is None or doubted or command.switched is not None:
                    raise
                doubted = True
            else:
                raise
        # Somebody may have turned it round while this waited.
        await _look_before_turning_round(coordinator, command, body, again=True)
        if _switched(coordinator, command, body):
            return False


async def _is_so_after_all(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Look whether a car that cannot be reached sleeps, where that would be as good."""
    if not (command.setting or command.asleep(body)):
        return False
    asleep = await _state(coordinator) is VehicleState.ASLEEP
    return asleep and _is_so_asleep(coordinator, command, body)


async def _has_obeyed(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool | None:
    """Look whether the car did it, though it may not have said so; None if that cannot be seen."""
    coordinator.doubt(command.subject(body))
    obeyed = None
    for seconds in _DOUBT_LOOKS:
        await async_pause(coordinator.hass, seconds)
        await coordinator.async_refresh()
        if not coordinator.doubted:
            obeyed = _shows(coordinator, command, body)
        if obeyed:
            break
    return obeyed


async def _deliver_again(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, half: Body) -> bool:
    """Send it once more to a car that obeys only half the first time; one that we do not know yet is looked at."""
    learned = coordinator.data.learned_twice
    if learned is None:
        obeyed = await _has_obeyed(coordinator, command, body)
        if obeyed:
            coordinator.learn(learned_twice=False)
        learned = obeyed is False and _shows(coordinator, command, half)
    if learned:
        coordinator.learn(learned_twice=True)
        return await _deliver(coordinator, command, body)
    return True


async def _transmit(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Send it the way that the car wants, which its refusal may teach."""
    signed = command.signed_only or (coordinator.data.signs and not command.unsigned_first)
    _check_wide_enough(coordinator, command.name)
    try:
        return await _transmit_as(coordinator, command, body, signed=signed)
    except FleetError as err:
        other_way = err.status == _KNOWS_NO_SIGNING if signed else err.fault is Fault.SIGNING_REQUIRED
        if command.signed_only or not (other_way and coordinator.client.can_sign):
            raise
    if not command.unsigned_first:
        coordinator.learn(learned_signing=not signed)
    return await _transmit_as(coordinator, command, body, signed=not signed)


async def _transmit_as(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, *, signed: bool) -> bool:
    from_one = command.counted and not signed and coordinator.data.learned_from_one
    sent = command.with_level(body, 1) if from_one else body
    try:
        done = await coordinator.client.command(coordinator.vin, command, signed=signed, **sent)
    except FleetError as err:
        if err.fault is Fault.REFUSED and command.accepts(err.words, body):
            return False
        _note_narrow(coordinator, command.name, err)
        if err.fault is Fault.KEY_NOT_PAIRED:
            coordinator.learn(key_state=KeyState.MISSING, key_refused=True)
        raise
    if signed:
        coordinator.learn(key_state=KeyState.PAIRED, key_refused=False)
    return done


async def _state(coordinator: VehicleCoordinator) -> VehicleState | None:
    """Look at the state, for free, and keep it."""
    return coordinator.take_state(await coordinator.client.vehicle(coordinator.vin))


async def _wake(coordinator: VehicleCoordinator) -> None:
    """Wake the car; raises ASLEEP if it does not in time. A wake-up is dear: one that may have worked is waited for."""
    coordinator.found_asleep()
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
    return coordinator.fresh or coordinator.promised(command.subject(body))


def _foresees(coordinator: VehicleCoordinator, command: VehicleCommand) -> bool:
    return command.visible and command.foreseen(coordinator.data)


def _shows(coordinator: VehicleCoordinator, command: VehicleCommand, body: Body) -> bool:
    """Whether what is known of the car is as if it had obeyed."""
    return command.effect(coordinator.data, **body) == coordinator.data


async def async_check_granted(hass: HomeAssistant, granted: frozenset[str], enough: frozenset[Scope]) -> None:
    """Raise where none of the scopes that would be enough is granted."""
    if not granted & enough:
        least = min(enough - {Scope.VEHICLE_CMDS} or enough)
        raise missing_scope(await async_name_scopes(hass, [least]))


def _check_wide_enough(coordinator: VehicleCoordinator, name: str) -> None:
    """Raise where Tesla has said that the scope which should do does not."""
    if name in coordinator.context.too_narrow_for:
        raise FleetError(Fault.SCOPE_TOO_NARROW)


def _note_narrow(coordinator: VehicleCoordinator, name: str, err: FleetError) -> None:
    """Remember what Tesla does not let the right to charge do, though it may be meant to (fleet_api.md 5.1, 6.1)."""
    scopes = coordinator.context.scopes
    if err.fault is Fault.MISSING_SCOPES and Scope.VEHICLE_CHARGING_CMDS in scopes and Scope.VEHICLE_CMDS not in scopes:
        coordinator.context.too_narrow_for.add(name)
        raise FleetError(Fault.SCOPE_TOO_NARROW, err.words, status=err.status, txid=err.txid) from None
