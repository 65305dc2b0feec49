"""One car: its state for free, its data only when it is awake anyway."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.location import distance

from ..budget import polling
from ..budget.asking import asked_by_person, by_person
from ..charging.inference import fallen_asleep
from ..charging.promises import Promise, judge, shown, to_remember
from ..fleet.commands import VehicleCommand
from ..fleet.errors import Fault, FleetError
from ..fleet.models import Vehicle, parse
from ..fleet.models.schedule import ScheduleNote
from ..fleet.models.vehicle import KeyState, VehicleState
from ..fleet.paying import PriceClass
from ..fleet.scopes import Scope
from .base import Context, TeslaCoordinator, out_of_step
from .planner import Planner
from .turns import Turns

_LOGGER = logging.getLogger(__name__)
_ENDPOINTS: Final = [
    "charge_state",
    "climate_state",
    "closures_state",
    "drive_state",
    "gui_settings",
    "vehicle_config",
    "vehicle_state",
]
_LOCATION: Final = "location_data"
# A schedule has a place, so the right to see the location may be needed for these (UNCONFIRMED).
_SCHEDULES: Final = ["charge_schedule_data", "preconditioning_schedule_data"]
# How a read is refused that asks for too much.
_TOO_MUCH: Final = frozenset({Fault.BAD_REQUEST, Fault.LOCATION_DENIED, Fault.MISSING_SCOPES, Fault.UNSUPPORTED})
# Faults of the data read that leave the state of the car known.
_NO_DATA_NOW: Final = frozenset(
    {Fault.ASLEEP, Fault.IN_SERVICE, Fault.MOBILE_ACCESS_DISABLED, Fault.NOT_WRITTEN, Fault.OVER_BUDGET, Fault.RESERVED}
)
# What commands and `fleet_status` teach, and no read.
_LEARNED: Final = ("key_state", "key_refused", "learned_signing", "learned_twice", "learned_from_one", "schedule_notes")
_SOON: Final = timedelta(minutes=1)
# How long what was told of the state holds: a car that drives or charges does not fall asleep.
_STATE_HOLDS: Final = timedelta(seconds=15)
_STATE_OF_BUSY_HOLDS: Final = timedelta(seconds=90)
# What was read so shortly before is what a person gets who asks for a read.
_JUST_READ: Final = timedelta(seconds=5)
# How long to leave a car alone that does not let itself be read, in seconds.
_NOT_NOW: Final = 600.0
_AT_LEAST: Final = 10.0
# The last kilometres of a drive home.
_NEAR_HOME_M: Final = 5_000.0
# What was read within this time counts as known now.
_FRESH: Final = timedelta(minutes=2)
# The read that decides on a promise; a timer is a moment early at times.
_DECIDES_AFTER: Final = timedelta(seconds=polling.CONFIRM_VEHICLE[2] - 0.5)


class VehicleCoordinator(TeslaCoordinator[Vehicle]):
    """Keeps the snapshot of a car.

    told: what Tesla has told of it; data: the same, and over it what the car has promised and not yet shown.
    answered: what the last read alone has told.
    """

    _confirm_seconds: Sequence[int] = polling.CONFIRM_VEHICLE

    def __init__(self, context: Context, vin: str, item: dict[str, Any]) -> None:
        """Start with what is on disk and in the product list."""
        self.vin = vin
        known = context.snapshots.vehicles.get(vin, Vehicle(vin=vin))
        vehicle = parse(Vehicle, item, known.with_key(context.client.key_fingerprint))
        super().__init__(context, f"car …{vin[-4:]}", None, vehicle, subject=vin)
        self.told = vehicle
        self.answered = self._answer = Vehicle()
        self._promises: tuple[Promise[Vehicle], ...] = ()
        self.planner = Planner(context, vin, lambda: self.data, self._read_by_plan)
        if item:
            self.planner.saw_state(known, vehicle)
        # A car that sleeps may not be read for long, and is there after a restart all the same.
        self._take(vehicle)
        self._read_under_way: tuple[int, asyncio.Task[None]] | None = None
        self._reading = asyncio.Lock()
        self._location_denied = False
        self._schedules_served = False
        self.schedules_denied = False
        self.schedule_lock = asyncio.Lock()
        self.turns = Turns(context.hass)
        # What the last read that had to decide has not found kept.
        self._unsure: tuple[Promise[Vehicle], ...] = ()
        self._doubted: datetime | None = None
        self._on_broken: list[Callable[[Promise[Vehicle]], None]] = []
        self._on_read: list[Callable[[Vehicle], None]] = []

    # Reads

    def take_item(self, item: dict[str, Any]) -> None:
        """Take what the product list says of the car, and plan again."""
        before = self.told
        after = _settled(parse(Vehicle, item, before))
        self.planner.saw_state(before, after)
        if after != before or self._promises:
            self._replace(after)
        self.planner.follow()

    def take_state(self, item: dict[str, Any]) -> VehicleState | None:
        """Take what is told of the car while a command is under way, and return its state."""
        after = _settled(parse(Vehicle, item, self.told))
        if after != self.told:
            self.change(after)
        return after.state

    def found_asleep(self) -> None:
        """Take note that a command has not found the car awake."""
        self.change(replace(self.told, state=VehicleState.ASLEEP))

    async def async_look(self) -> None:
        """Read because a person asks for it: several at once are one read, and what was just read is not read again."""
        if self.just_read:
            return
        under_way = self._read_under_way
        if under_way is None or under_way[0] != self._changes or under_way[1].done():
            under_way = self._read_under_way = (self._changes, self.hass.loop.create_task(self._read_for_person()))
        await asyncio.shield(under_way[1])

    @property
    def just_read(self) -> bool:
        """Whether it was read so shortly before that another read would tell nothing new."""
        read_at = self.answered.read_at
        return read_at is not None and not self.doubted and timedelta(0) <= dt_util.utcnow() - read_at < _JUST_READ

    async def _read_for_person(self) -> None:
        with by_person():
            await self._read_by_plan()

    async def _read_by_plan(self) -> None:
        """Read, unless another read that had to be waited for has just done it."""
        waited = self._reading.locked()
        async with self._reading:
            if not (waited and self.just_read):
                await self.async_refresh()

    @override
    async def async_request_refresh(self) -> None:
        """Read because `homeassistant.update_entity` asks for it."""
        await self.async_look()

    @override
    async def _async_update_data(self) -> Vehicle:
        self.planner.wait(_AT_LEAST)
        return await super()._async_update_data()

    @override
    @callback
    def _async_refresh_finished(self) -> None:
        self.planner.follow()

    @override
    def _leave_alone(self, seconds: float) -> None:
        self.planner.wait(seconds)

    @override
    async def _fetch(self) -> Vehicle:
        before = self.told
        vehicle = before if self._state_is_known else await self._look(before)
        if vehicle.state is VehicleState.ONLINE and not vehicle.in_service:
            try:
                vehicle = await self._read(vehicle)
            except FleetError as err:
                if err.fault not in _NO_DATA_NOW or (err.fault is Fault.OVER_BUDGET and asked_by_person()):
                    raise
                self.planner.wait(out_of_step(_NOT_NOW))
                if err.fault is Fault.ASLEEP:
                    vehicle = replace(vehicle, state=VehicleState.ASLEEP)
        elif vehicle.in_service:
            self.planner.wait(out_of_step(_NOT_NOW))
        # What was learned while this read was on its way, no read knows better.
        return replace(_settled(vehicle), **{name: getattr(self.told, name) for name in _LEARNED})

    @property
    def _state_is_known(self) -> bool:
        """Whether the car is known to be awake, so that a look at its state would tell nothing."""
        looked_at = self.planner.trail.looked_at
        in_doubt = self.doubted and self.data.read_at is not None
        if self.data.state is not VehicleState.ONLINE or in_doubt or looked_at is None:
            return False
        if self.context.purse.price(PriceClass.LIST):
            # A read tells as much as a look that costs the same.
            return True
        busy = self.data.driving or self.data.charging or bool(self._promises)
        return dt_util.utcnow() - looked_at < (_STATE_OF_BUSY_HOLDS if busy else _STATE_HOLDS)

    async def _look(self, before: Vehicle) -> Vehicle:
        vehicle = parse(Vehicle, await self.client.vehicle(self.vin), before)
        self.planner.saw_state(before, vehicle)
        return vehicle

    def learn(self, **what: bool | KeyState | tuple[ScheduleNote, ...] | None) -> None:
        """Keep what was learned of keys, commands and schedules; a read that is on its way stays as good as it is."""
        learned = replace(self.told, **what)  # type: ignore[arg-type]
        if learned != self.told:
            self._replace(learned)

    @callback
    def async_follow_scopes(self) -> None:
        """Forget a place that may not be known any more, and ask for what may be granted now."""
        self._location_denied = self.schedules_denied = False
        known = self.told
        if Scope.VEHICLE_LOCATION not in self.context.scopes:
            known, self.answered = known.without_location(), self.answered.without_location()
        # A read that is on its way has begun with what may not be known any more.
        self.change(known)

    # What the car has promised

    def promise(self, command: VehicleCommand, body: Mapping[str, object]) -> None:
        """Show at once what the car has said yes to, and look whether it does it."""
        now = dt_util.utcnow()
        promise = Promise(command, body, now, now + _DECIDES_AFTER)
        self._forget_promise(promise.subject)
        ended = command.ends(body)
        self._promises = (*(one for one in self._promises if one.command.name not in ended), promise)
        self.change(self.told)
        self.async_confirm()

    def promised(self, subject: Hashable) -> bool:
        """Whether the car has just said yes to something about this, and has yet to show it."""
        now = dt_util.utcnow()
        return any(promise.subject == subject and promise.open(now) for promise in self._promises)

    def overrules(self, command: VehicleCommand, body: Mapping[str, object]) -> bool:
        """Whether a command would end what the car has yet to show, so that what it shows now tells nothing."""
        ended = command.ends(body)
        return any(promise.command.name in ended for promise in self._promises)

    def unkept(self, subject: Hashable) -> bool:
        """Whether a read has not shown what the car has said yes to about this."""
        return any(promise.subject == subject and promise.unkept for promise in self._promises)

    def doubt(self, subject: Hashable) -> None:
        """Take note of a command that may have been obeyed: what was promised or read before tells nothing any more."""
        self._forget_promise(subject)
        self._doubted = self.data.read_at

    def _forget_promise(self, subject: Hashable) -> None:
        self._promises = tuple(promise for promise in self._promises if promise.subject != subject)

    @property
    def doubted(self) -> bool:
        """Whether nothing was read since a command left the data in doubt."""
        return self.data.read_at == self._doubted

    @property
    def fresh(self) -> bool:
        """Whether what was read of the car counts as known now."""
        read_at = self.data.read_at
        if self.data.state is not VehicleState.ONLINE or read_at is None or self.doubted:
            return False
        return timedelta(0) <= dt_util.utcnow() - read_at < _FRESH

    @callback
    def async_follow_broken(self, follower: Callable[[Promise[Vehicle]], None]) -> CALLBACK_TYPE:
        """Call back for each promise that the car did not keep."""
        self._on_broken.append(follower)
        return lambda: self._on_broken.remove(follower)

    @override
    def _judge(self, data: Vehicle) -> Vehicle:
        if data.read_at == self.told.read_at:
            return self._shown(data)
        self.answered = self._answer
        verdict = judge(data, self.answered, self._promises, dt_util.utcnow())
        self._promises, self._unsure = verdict.open, verdict.broken + verdict.lost
        for promise in verdict.broken:
            _LOGGER.warning("The %s has accepted %s and did not do it", self.name, promise.command.name)
            for follower in self._on_broken:
                follower(promise)
        known = verdict.known
        if any(promise.command.counted for promise in verdict.broken):
            # It may have been told by the wrong number.
            known = replace(known, learned_from_one=None)
        return self._shown(known)

    @override
    def _replace(self, data: Vehicle) -> None:
        super()._replace(self._shown(data))

    def _shown(self, told: Vehicle) -> Vehicle:
        """Take what is told, and return it with what is promised besides; what sleep has undone is promised no more."""
        if told.state is VehicleState.ASLEEP:
            now, asleep = dt_util.utcnow(), fallen_asleep(told)
            self._promises = tuple(
                promise
                for promise in self._promises
                if promise.open(now) or promise.kept(asleep) == fallen_asleep(promise.kept(asleep))
            )
        self.told = told
        return shown(told, self._promises)

    @override
    def _in_doubt(self) -> bool:
        # What the car may do late is seen by the next poll, where that is near.
        if self._promises:
            return True
        planned = self.planner.planned
        return bool(self._unsure) and (planned is None or planned.at - dt_util.utcnow() > _SOON)

    async def _read(self, vehicle: Vehicle) -> Vehicle:
        before = self.told
        answer = await self._ask()
        # The list item of a data answer may be older than the one just read.
        blocks = {name: block for name, block in answer.items() if isinstance(block, dict)}
        # Doors and windows stand in `vehicle_state`; where they have a block of their own it is the same thing.
        blocks["vehicle_state"] = {**blocks.pop("closures_state", {}), **blocks.get("vehicle_state", {})}
        now = dt_util.utcnow()
        after = replace(parse(Vehicle, blocks, vehicle), read_at=now)
        self._answer = replace(parse(Vehicle, blocks), read_at=now)
        self.planner.saw(before, after)
        self.planner.near_home = self._is_near_home(after)
        for follower in tuple(self._on_read):
            follower(after)
        return after

    @callback
    def async_follow_reads(self, follower: Callable[[Vehicle], None]) -> CALLBACK_TYPE:
        """Call back with each read as the car has answered it, whatever was promised meanwhile."""
        self._on_read.append(follower)
        return lambda: self._on_read.remove(follower)

    def _is_near_home(self, vehicle: Vehicle) -> bool:
        place, home = vehicle.drive_state, self.hass.config
        if place.latitude is None or place.longitude is None:
            return False
        metres = distance(place.latitude, place.longitude, home.latitude, home.longitude)
        return metres is not None and metres < _NEAR_HOME_M

    async def _ask(self) -> dict[str, Any]:
        """Read what may be read: where it is and what it plans are done without if Tesla refuses them."""
        locates = Scope.VEHICLE_LOCATION in self.context.scopes and not self._location_denied
        plans = not self.schedules_denied
        while True:
            endpoints = [*_ENDPOINTS, *([_LOCATION] if locates else []), *(_SCHEDULES if plans else [])]
            try:
                answer = await self.client.vehicle_data(self.vin, endpoints)
            except FleetError as err:
                if err.status is not None and err.status < 500:
                    self.planner.paid()
                if err.fault is Fault.LOCATION_DENIED and locates:
                    locates, self._location_denied = False, True
                elif err.fault in _TOO_MUCH and plans and not self._schedules_served:
                    plans = False
                else:
                    raise
            else:
                self.planner.paid()
                self._schedules_served = self._schedules_served or plans
                self.schedules_denied = not plans
                return answer

    @override
    def _take(self, data: Vehicle) -> None:
        data = to_remember(self.told, self._promises)
        if Scope.VEHICLE_LOCATION not in self.context.scopes:
            # What is needed to change a schedule is in the memory, and comes back with the next read.
            data = data.without_location()
        if data != self.context.snapshots.vehicles.get(self.vin):
            self.context.snapshots.vehicles[self.vin] = data
            self.context.snapshots.async_save()

    @override
    async def async_shutdown(self) -> None:
        """Stop, with the commands that wait."""
        self.planner.stop()
        await self.turns.async_stop()
        await super().async_shutdown()


def _settled(vehicle: Vehicle) -> Vehicle:
    return fallen_asleep(vehicle) if vehicle.state is VehicleState.ASLEEP else vehicle
