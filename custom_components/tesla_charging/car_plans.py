"""Plans in the cars: written as one-time schedules while a car is awake, looked after, and cleaned up. No car is woken.

Only a car whose charge was stopped for a plan, and that does not go on by itself when it should, is told to, whatever it
takes: whether a stopped charge goes on by a schedule is UNCONFIRMED.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import count
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .account import TeslaConfigEntry
from .budget.asking import by_person
from .charging.planned import (
    Next,
    Planned,
    going_on,
    may_remove,
    of_person,
    planned_anew,
    seen,
    wanted_schedules,
    what_next,
)
from .charging.power import plugged_in
from .charging.schedules import Kind, Place, Schedule, all_schedules, has_schedules, new_id, room_for
from .charging.week import Span
from .commands import async_send, async_send_awake
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .fleet.commands import CHARGE_START, CHARGE_STOP
from .fleet.errors import Fault
from .fleet.models import Vehicle
from .plan_store import PlanStore
from .scheduling import async_drop, async_look_awake, async_put, known_or_raise

_LOGGER = logging.getLogger(__name__)
_PLANS: HassKey[dict[str, CarPlans]] = HassKey(f"{DOMAIN}.plans")
# So long after a failure it is tried again, at the earliest.
_AGAIN: Final = timedelta(minutes=10)
# So long a car may take to begin by its schedule.
_PATIENCE: Final = timedelta(minutes=3)
_NOW: Final = timedelta(minutes=1)


@callback
def plans_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> CarPlans:
    """Return the plans of an account that is set up."""
    return hass.data[_PLANS][entry.entry_id]


class CarPlans:
    """The plans in the cars of an account."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry, name: str) -> None:
        """Make it; `async_start` begins. name: of the schedules in the car."""
        self._hass, self._entry, self._name = hass, entry, name
        self._store = PlanStore(hass, entry.entry_id)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._not_before: dict[str, datetime] = {}
        self._alarms: dict[str, CALLBACK_TYPE] = {}

    async def async_start(self) -> None:
        """Read what is on disk, and look after it."""
        await self._store.async_load()
        self._hass.data.setdefault(_PLANS, {})[self._entry.entry_id] = self
        self._entry.async_on_unload(self._entry.runtime_data.async_follow(self._look))
        self._entry.async_on_unload(self._forget)
        for vin in self._store.plans:
            self._arm(vin)

    @callback
    def _forget(self) -> None:
        for cancel in self._alarms.values():
            cancel()
        self._alarms.clear()
        del self._hass.data[_PLANS][self._entry.entry_id]

    def planned(self, vin: str) -> Planned:
        """Return what was planned into a car."""
        return self._store.plans.get(vin, Planned())

    # What a person asks for

    async def async_apply(
        self, coordinator: VehicleCoordinator, blocks: tuple[Span, ...], place: Place, zone: tzinfo
    ) -> Planned:
        """Write a plan into a car that is awake, instead of the last one; raises HomeAssistantError.

        What could not be sent is sent later, while the car is awake and the plan is not over. Of one that never charges,
        nothing is in the car.
        """
        async with self._locks[coordinator.vin]:
            vehicle = await async_look_awake(coordinator)
            if has_schedules(vehicle) is False:
                raise _error("plan_old_firmware")
            known, now = known_or_raise(coordinator, Kind.CHARGE), dt_util.utcnow()
            before = seen(self.planned(coordinator.vin), vehicle)
            blocks = going_on(blocks, before, now)
            wanted = wanted_schedules(blocks, zone, place, self._name)
            if not wanted:
                await self._keep(coordinator, seen(before.given_up(), vehicle))
                await self._remove(coordinator)
                return self.planned(coordinator.vin)
            planned = planned_anew(before, blocks, wanted, vehicle, _numbers(vehicle, now))
            _check_room(vehicle, known, planned)
            await self._keep(coordinator, planned)
            await self._write(coordinator)
            if coordinator.data.charging and blocks and blocks[0][0] > now + _NOW:
                await self._awake(async_send_awake(coordinator, CHARGE_STOP))
                await self._keep(coordinator, replace(self.planned(coordinator.vin), stopped=True))
            self._not_before.pop(coordinator.vin, None)
            return self.planned(coordinator.vin)

    async def async_clear(self, coordinator: VehicleCoordinator) -> bool:
        """Take a plan out of the car; return whether that is done, else it is when the car is awake the next time.

        A charge that was stopped for it goes on, as long as the car is awake and plugged in.
        """
        async with self._locks[coordinator.vin]:
            planned = self.planned(coordinator.vin)
            if planned.empty:
                return True
            await self._keep(coordinator, planned.given_up())
            try:
                vehicle = await async_look_awake(coordinator)
                await self._keep(coordinator, seen(self.planned(coordinator.vin), vehicle))
                await self._remove(coordinator)
            except HomeAssistantError as err:
                if err.translation_key != "plan_asleep":
                    raise
                return False
            if planned.stopped and plugged_in(coordinator.data.charge_state) and not coordinator.data.charging:
                await self._go_on(coordinator, async_send_awake(coordinator, CHARGE_START))
            return True

    def others(self, coordinator: VehicleCoordinator, place: Place) -> list[Schedule]:
        """Return the schedules of a person by which the car charges at a place too."""
        return of_person(coordinator.data, self.planned(coordinator.vin), place)

    # What is to be done by itself

    @callback
    def _look(self) -> None:
        """Do what is due, with a car that was just read; nothing that a person does is interrupted."""
        for vin in tuple(self._store.plans):
            coordinator = self._entry.runtime_data.vehicles.get(vin)
            if coordinator is None or self._locks[vin].locked() or not coordinator.fresh:
                continue
            planned, now = seen(self.planned(vin), coordinator.data), dt_util.utcnow()
            due = what_next(planned, coordinator.data, now, _PATIENCE)
            may = now >= self._not_before.get(vin, now)
            if planned != self.planned(vin) or (may and due is not Next.NOTHING):
                self._entry.async_create_background_task(
                    self._hass, self._follow(coordinator), f"{DOMAIN} plan of {coordinator.name}"
                )

    async def _follow(self, coordinator: VehicleCoordinator) -> None:
        async with self._locks[coordinator.vin]:
            planned, now = seen(self.planned(coordinator.vin), coordinator.data), dt_util.utcnow()
            await self._keep(coordinator, planned)
            due = what_next(planned, coordinator.data, now, _PATIENCE)
            if due is Next.NOTHING or now < self._not_before.get(coordinator.vin, now):
                return
            if due is Next.START:
                await self._start(coordinator)
                return
            self._not_before[coordinator.vin] = now + _AGAIN
            try:
                if due is Next.WRITE:
                    await self._write(coordinator)
                else:
                    await self._remove(coordinator)
            except HomeAssistantError as err:
                _LOGGER.debug("The plan of the %s could not be followed: %s", coordinator.name, err)
            else:
                self._not_before.pop(coordinator.vin, None)

    @callback
    def _arm(self, vin: str) -> None:
        """Look at a car whose charge was stopped for a plan when it should go on."""
        if (cancel := self._alarms.pop(vin, None)) is not None:
            cancel()
        planned, now = self.planned(vin), dt_util.utcnow()
        # One that has begun already, while Home Assistant was down, is looked after soon.
        looks = [max(begin + _PATIENCE, now + _NOW) for begin, end in planned.blocks if end > now]
        running = self._hass.data[_PLANS].get(self._entry.entry_id) is self
        if not (planned.stopped and looks and running):
            return

        @callback
        def ring(_: datetime) -> None:
            del self._alarms[vin]
            coordinator = self._entry.runtime_data.vehicles.get(vin)
            if coordinator is not None:
                self._entry.async_create_background_task(
                    self._hass, self._help_on(coordinator), f"{DOMAIN} start of {coordinator.name}"
                )

        self._alarms[vin] = async_track_point_in_utc_time(self._hass, ring, min(looks))

    async def _help_on(self, coordinator: VehicleCoordinator) -> None:
        async with self._locks[coordinator.vin]:
            await self._start(coordinator)

    async def _start(self, coordinator: VehicleCoordinator) -> None:
        """Let a charge go on that has not done so by its schedule; one that is not due yet is looked at when it is."""
        if not self.planned(coordinator.vin).stopped:
            return
        with by_person():
            await coordinator.async_refresh()
        planned, now = self.planned(coordinator.vin), dt_util.utcnow()
        # What is still to be written or removed is no reason to wait.
        settled = replace(planned, unsent=(), stale=())
        due = what_next(settled, coordinator.data, now, _PATIENCE)
        await self._keep(coordinator, replace(planned, stopped=not planned.begun(now, _PATIENCE)))
        if due is Next.START:
            await self._go_on(coordinator, async_send(coordinator, CHARGE_START))

    async def _go_on(self, coordinator: VehicleCoordinator, work: Awaitable[None]) -> None:
        try:
            await work
        except HomeAssistantError as err:
            _LOGGER.warning("The %s does not charge as planned: %s", coordinator.name, err)

    async def _write(self, coordinator: VehicleCoordinator) -> None:
        """Send what is new, then remove what is old; each step is on disk before the next."""
        vin = coordinator.vin
        for schedule in self.planned(vin).unsent:
            await self._awake(async_put(coordinator, schedule))
            await self._keep(coordinator, self.planned(vin).with_sent(schedule))
        if may_remove(self.planned(vin), coordinator.data, dt_util.utcnow()):
            await self._drop(coordinator, self.planned(vin).stale)

    async def _remove(self, coordinator: VehicleCoordinator) -> None:
        await self._drop(coordinator, self.planned(coordinator.vin).owned)
        await self._keep(coordinator, Planned())

    async def _drop(self, coordinator: VehicleCoordinator, schedules: Sequence[Schedule]) -> None:
        for schedule in schedules:
            await self._awake(async_drop(coordinator, schedule))
            planned = self.planned(coordinator.vin)
            kept, stale = (
                tuple(one for one in some if one.id != schedule.id) for some in (planned.schedules, planned.stale)
            )
            await self._keep(coordinator, replace(planned, schedules=kept, stale=stale))

    async def _awake(self, work: Awaitable[None]) -> None:
        """Do what only a car that is awake is asked for."""
        try:
            await work
        except HomeAssistantError as err:
            if err.translation_key == Fault.ASLEEP:
                raise _error("plan_asleep") from None
            raise

    async def _keep(self, coordinator: VehicleCoordinator, planned: Planned) -> None:
        await self._store.async_keep(coordinator.vin, planned)
        self._arm(coordinator.vin)


def _numbers(vehicle: Vehicle, now: datetime) -> Iterator[int]:
    taken = {one.id for one in all_schedules(vehicle)} | {note.id for note in vehicle.schedule_notes}
    return (number for number in count(new_id(vehicle, now)) if number not in taken)


def _check_room(vehicle: Vehicle, known: Sequence[Schedule], planned: Planned) -> None:
    room, there = room_for(vehicle, Kind.CHARGE), {one.id for one in known}
    new = sum(1 for one in planned.unsent if one.id not in there)
    if room is not None and new and len(known) + new > room:
        raise _error("plan_full", needed=str(new), free=str(max(0, room - len(known))))


def _error(key: str, **blanks: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=blanks)
