"""Levels that Tesla's pages count from 0 and Tesla's own proxy from 1 (fleet_api.md 6.4): what a car does tells which it is."""

from collections.abc import Awaitable, Callable
from typing import Final

from .coordinators import VehicleCoordinator
from .coordinators.turns import Body
from .fleet.commands import VehicleCommand
from .fleet.errors import Fault, FleetError
from .fleet.models import Vehicle

# Seconds until each look: somebody waits for the first; by the last one a car shows what it has done, if it has at all.
_LOOKS: Final = (0, 2, 5, 8)
_LEVELS: Final = range(4)

type Deliver = Callable[[Body], Awaitable[bool]]
type Pause = Callable[[float], Awaitable[None]]


async def async_learn_count(
    coordinator: VehicleCoordinator, command: VehicleCommand, body: Body, deliver: Deliver, pause: Pause
) -> bool:
    """Send an unsigned level as the pages have it, and as the proxy does where the car takes it for one less.

    Learn only from a read that tells the two apart: a level that is still what it was may be one that shows late.
    """
    before, higher = coordinator.data, command.with_level(body, 1)
    try:
        done = await deliver(body)
    except FleetError as err:
        if command.level(body) or not _is_no_number(err):
            raise
        # Off is no number of one who counts from 1.
        coordinator.learn(learned_from_one=True)
        return await deliver(body)
    # It may have been signed after all, and then it says which level it means.
    if not done or not command.level(body) or coordinator.data.signs:
        return done
    lower = command.with_level(body, -1)
    unchanged = _shows(command, before, lower)
    read = await _look_for(coordinator, command, (body,) if unchanged else (body, lower), pause)
    if read is None:
        return done
    if _shows(command, read, body):
        coordinator.learn(learned_from_one=False)
    elif not unchanged and _shows(command, read, lower):
        coordinator.learn(learned_from_one=True)
        return await deliver(body)
    elif unchanged and _shows(command, read, lower):
        try:
            done = await deliver(higher)
        except FleetError as err:
            if not _is_no_number(err):
                raise
            # Who counts from 0 has no such level, and has done nothing of the first.
            coordinator.learn(learned_from_one=False)
            return done
        read = await _look_for(coordinator, command, (body, higher), pause)
        if read is not None and _shows(command, read, body):
            coordinator.learn(learned_from_one=True)
        elif read is not None and _shows(command, read, higher):
            coordinator.learn(learned_from_one=False)
            return await deliver(body)
    return done


async def _look_for(
    coordinator: VehicleCoordinator, command: VehicleCommand, found: tuple[Body, ...], pause: Pause
) -> Vehicle | None:
    """Look until one of these shows; return the last read, None where the last look told nothing."""
    read: Vehicle | None = None
    for seconds in _LOOKS:
        await pause(seconds)
        reads: list[Vehicle] = []
        stop = coordinator.async_follow_reads(reads.append)
        try:
            await coordinator.async_refresh()
        finally:
            stop()
        read = reads[-1] if reads else None
        if read is not None and not _tells(command, coordinator.answered, found[0]):
            return None
        if read is not None and any(_shows(command, read, one) for one in found):
            break
    return read


def _is_no_number(err: FleetError) -> bool:
    return err.fault in (Fault.REFUSED, Fault.BAD_REQUEST) and "invalid" in err.words


def _tells(command: VehicleCommand, answer: Vehicle, body: Body) -> bool:
    """Whether an answer tells any level: looking again at a car that does not would cost money each time."""
    every = (command.with_level(body, level - command.level(body)) for level in _LEVELS)
    return any(_shows(command, answer, one) for one in every)


def _shows(command: VehicleCommand, vehicle: Vehicle, body: Body) -> bool:
    return command.effect(vehicle, **body) == vehicle
