"""One car: its state for free, its data only when it is awake anyway."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from ..budget import polling
from ..charging.inference import fallen_asleep
from ..charging.promises import Promise, judge
from ..fleet.commands import VehicleCommand
from ..fleet.errors import Fault, FleetError
from ..fleet.models import Vehicle, parse
from ..fleet.models.schedule import ScheduleNote
from ..fleet.models.vehicle import KeyState, VehicleState
from ..fleet.scopes import Scope
from .base import Context, TeslaCoordinator
from .turns import Turns

_LOGGER = logging.getLogger(__name__)
_ENDPOINTS: Final = ["charge_state", "drive_state", "vehicle_config", "vehicle_state"]
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
_LEARNED: Final = ("key_state", "key_refused", "learned_signing", "learned_twice", "schedule_notes")
_SOON: Final = timedelta(minutes=1)
# What was read within this time counts as known now.
_FRESH: Final = timedelta(minutes=2)
# The read that decides on a promise; a timer is a moment early at times.
_DECIDES_AFTER: Final = timedelta(seconds=polling.CONFIRM_VEHICLE[2] - 0.5)


class VehicleCoordinator(TeslaCoordinator[Vehicle]):
    """Keeps the snapshot of a car."""

    _confirm_seconds: Sequence[int] = polling.CONFIRM_VEHICLE

    def __init__(self, context: Context, vin: str, item: dict[str, Any]) -> None:
        """Start with what is on disk and in the product list."""
        self.vin = vin
        known = context.snapshots.vehicles.get(vin, Vehicle(vin=vin))
        vehicle = parse(Vehicle, item, known.with_key(context.client.key_fingerprint))
        super().__init__(context, f"car …{vin[-4:]}", polling.vehicle_interval(vehicle), vehicle)
        self._location_denied = False
        self._schedules_served = False
        self.schedules_denied = False
        self.schedule_lock = asyncio.Lock()
        self.turns = Turns(context.hass)
        self._promises: tuple[Promise[Vehicle], ...] = ()
        self._broken: tuple[Promise[Vehicle], ...] = ()
        self._doubted: datetime | None = None
        self._on_broken: list[Callable[[Promise[Vehicle]], None]] = []

    @override
    async def _fetch(self) -> Vehicle:
        before = self.data
        vehicle = parse(Vehicle, await self.client.vehicle(self.vin), before)
        if vehicle.state is VehicleState.ONLINE and not vehicle.in_service:
            try:
                vehicle = await self._read(vehicle)
            except FleetError as err:
                if err.fault not in _NO_DATA_NOW:
                    raise
                if err.fault is Fault.ASLEEP:
                    vehicle = replace(vehicle, state=VehicleState.ASLEEP)
        if vehicle.state is VehicleState.ASLEEP:
            vehicle = fallen_asleep(vehicle)
        # What was learned while this read was on its way, no read knows better.
        return replace(vehicle, **{name: getattr(self.data, name) for name in _LEARNED})

    def learn(self, **what: bool | KeyState | tuple[ScheduleNote, ...] | None) -> None:
        """Keep what was learned of keys, commands and schedules; a read that is on its way stays as good as it is."""
        learned = replace(self.data, **what)  # type: ignore[arg-type]
        if learned != self.data:
            self._replace(learned)

    # What the car has promised

    def promise(self, command: VehicleCommand, body: Mapping[str, object]) -> None:
        """Show at once what the car has said yes to, and look whether it does it."""
        now = dt_util.utcnow()
        promise = Promise(command, body, now, now + _DECIDES_AFTER)
        self._forget_promise(promise.subject)
        self._promises = (*self._promises, promise)
        self.change(promise.kept(self.data))
        self.async_confirm()

    def promised(self, subject: Hashable) -> bool:
        """Whether the car has just said yes to something about this, and has yet to show it."""
        now = dt_util.utcnow()
        return any(promise.subject == subject and promise.open(now) for promise in self._promises)

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
        if data.read_at == self.data.read_at:
            return data
        verdict = judge(data, self._promises, dt_util.utcnow())
        self._promises, self._broken = verdict.open, verdict.broken
        for promise in verdict.broken:
            _LOGGER.warning("The %s has accepted %s and did not do it", self.name, promise.command.name)
            for follower in self._on_broken:
                follower(promise)
        return verdict.shown

    @override
    def _in_doubt(self) -> bool:
        # What the car may do late is seen by the next poll, where that is near.
        return bool(self._promises) or (bool(self._broken) and polling.vehicle_interval(self.data) > _SOON)

    async def _read(self, vehicle: Vehicle) -> Vehicle:
        answer = await self._ask()
        # The list item of a data answer may be older than the one just read.
        blocks = {name: block for name, block in answer.items() if isinstance(block, dict)}
        return replace(parse(Vehicle, blocks, vehicle), read_at=dt_util.utcnow())

    async def _ask(self) -> dict[str, Any]:
        """Read what may be read: where it is and what it plans are done without if Tesla refuses them."""
        locates = Scope.VEHICLE_LOCATION in self.context.scopes and not self._location_denied
        plans = not self.schedules_denied
        while True:
            endpoints = [*_ENDPOINTS, *([_LOCATION] if locates else []), *(_SCHEDULES if plans else [])]
            try:
                answer = await self.client.vehicle_data(self.vin, endpoints)
            except FleetError as err:
                if err.fault is Fault.LOCATION_DENIED and locates:
                    locates, self._location_denied = False, True
                elif err.fault in _TOO_MUCH and plans and not self._schedules_served:
                    plans = False
                else:
                    raise
            else:
                self._schedules_served = self._schedules_served or plans
                self.schedules_denied = not plans
                return answer

    @override
    def _take(self, data: Vehicle) -> None:
        self.update_interval = polling.vehicle_interval(data)
        if Scope.VEHICLE_LOCATION not in self.context.scopes:
            # What is needed to change a schedule is in the memory, and comes back with the next read.
            data = data.without_location()
        if data != self.context.snapshots.vehicles.get(self.vin):
            self.context.snapshots.vehicles[self.vin] = data
            self.context.snapshots.async_save()

    @override
    async def async_shutdown(self) -> None:
        """Stop, with the commands that wait."""
        await self.turns.async_stop()
        await super().async_shutdown()
