"""Making the schedules of a car be as a person wants them: look, decide, send, note."""

from dataclasses import replace
from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from .budget.asking import by_person
from .charging.schedules import (
    LEGACY_IDS,
    Changes,
    Home,
    Kind,
    Order,
    Place,
    Schedule,
    changed,
    flaw_of,
    has_schedules,
    known_schedules,
    legacy_can,
    match,
    new_id,
    noted,
    noted_zone,
    order_to_remove,
    order_to_set,
    room_for,
    week_at_home,
    zone_at,
)
from .charging.week import moved
from .commands import async_send, async_send_awake, async_wake
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .errors import missing_scope, translated
from .fleet.errors import Fault, FleetError
from .fleet.models import Vehicle
from .fleet.models.vehicle import VehicleState
from .fleet.scopes import CHARGING, Scope
from .scope_names import async_name_scopes


def home_of(hass: HomeAssistant) -> Home:
    """Return Home Assistant's place and clock."""
    place = Place(hass.config.latitude, hass.config.longitude)
    return Home(place=place, zone=dt_util.get_default_time_zone())


async def async_load_zones(vehicle: Vehicle) -> None:
    """Read the time zones that were named for schedules, so that nobody has to wait for the disk later."""
    for note in vehicle.schedule_notes:
        if note.time_zone is not None:
            await dt_util.async_get_time_zone(note.time_zone)


def known_or_raise(coordinator: VehicleCoordinator, kind: Kind) -> tuple[Schedule, ...]:
    """Return the schedules of a kind as they were last read."""
    if coordinator.schedules_denied:
        raise _error("schedules_not_readable")
    known = known_schedules(coordinator.data, kind)
    if known is None:
        raise _error("schedules_unknown")
    return known


async def async_add(
    coordinator: VehicleCoordinator, kind: Kind, changes: Changes, number: int | None = None
) -> Schedule:
    """Make a schedule, or change the one that it is for: the one of this number, name, or place and times."""
    home, now, time_zone = home_of(coordinator.hass), dt_util.utcnow(), changes.get("time_zone")
    wanted = changed(Schedule(kind=kind, id=0, place=home.place), changes)
    _check(wanted)
    async with coordinator.schedule_lock:
        vehicle = await _look(coordinator)
        known = known_or_raise(coordinator, kind)
        if has_schedules(vehicle) is False:
            return await _set_legacy(coordinator, wanted, elsewhere="place" in changes)
        wanted = await _placed(vehicle, wanted, time_zone, home, now)
        found = match(known, wanted, number)
        if found is not None:
            return await _set(coordinator, replace(wanted, id=found.id, name=wanted.name or found.name), time_zone)
        room = room_for(vehicle, kind)
        if room is not None and len(known) >= room:
            raise _error("schedules_full", room=str(room))
        return await _set(coordinator, replace(wanted, id=number or new_id(vehicle, now)), time_zone)


async def async_update(coordinator: VehicleCoordinator, kind: Kind, number: int, changes: Changes) -> Schedule:
    """Change what is named of a schedule, and leave the rest as it is."""
    home, now = home_of(coordinator.hass), dt_util.utcnow()
    async with coordinator.schedule_lock:
        vehicle = await _look(coordinator)
        before = _by_id(known_or_raise(coordinator, kind), number)
        week = week_at_home(vehicle, before, home, now)
        wanted = changed(replace(before, week=week), changes)
        _check(wanted)
        if before.legacy:
            return await _set_legacy(coordinator, wanted, elsewhere="place" in changes)
        time_zone = changes.get("time_zone")
        if "place" not in changes:
            time_zone = time_zone or noted_zone(vehicle, before)
        if wanted.week == week and not {"place", "time_zone"} & changes.keys():
            wanted = replace(wanted, week=before.week)
        else:
            wanted = await _placed(vehicle, wanted, time_zone, home, now)
        return await _set(coordinator, wanted, time_zone)


async def async_remove(coordinator: VehicleCoordinator, kind: Kind, number: int) -> Schedule:
    """Remove a schedule; return what it was."""
    async with coordinator.schedule_lock:
        vehicle = await _look(coordinator)
        schedule = _by_id(known_or_raise(coordinator, kind), number)
        await _send(coordinator, order_to_remove(vehicle, schedule))
    return schedule


async def async_look_awake(coordinator: VehicleCoordinator) -> Vehicle:
    """Return the car as it is now, with its schedules; it is not woken for that."""
    await _check_granted(coordinator)
    if not coordinator.fresh:
        with by_person():
            await coordinator.async_refresh()
    if coordinator.data.state is not VehicleState.ONLINE:
        raise _error("plan_asleep")
    return await _looked(coordinator)


async def async_put(coordinator: VehicleCoordinator, schedule: Schedule) -> None:
    """Send a schedule as it is here, to a car that is awake."""
    async with coordinator.schedule_lock:
        await _set(coordinator, schedule, noted_zone(coordinator.data, schedule), wake=False)


async def async_drop(coordinator: VehicleCoordinator, schedule: Schedule) -> None:
    """Remove a schedule, from a car that is awake."""
    async with coordinator.schedule_lock:
        await _send(coordinator, order_to_remove(coordinator.data, schedule), wake=False)


async def _look(coordinator: VehicleCoordinator) -> Vehicle:
    """Return the car as it is now: what was read earlier may have been changed in Tesla's app since."""
    await _check_granted(coordinator)
    if not coordinator.fresh:
        await async_wake(coordinator)
    return await _looked(coordinator)


async def _check_granted(coordinator: VehicleCoordinator) -> None:
    if not coordinator.context.scopes & CHARGING:
        names = await async_name_scopes(coordinator.hass, [Scope.VEHICLE_CHARGING_CMDS])
        raise missing_scope(names)
    if coordinator.data.signs and not coordinator.client.can_sign:
        raise translated(FleetError(Fault.SIGNING_REQUIRED))


async def _looked(coordinator: VehicleCoordinator) -> Vehicle:
    if not coordinator.fresh:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="schedules_unread")
    await async_load_zones(coordinator.data)
    return coordinator.data


def _check(schedule: Schedule) -> None:
    if (flaw := flaw_of(schedule)) is not None:
        raise _error(flaw)


def _by_id(known: tuple[Schedule, ...], number: int) -> Schedule:
    for schedule in known:
        if schedule.id == number:
            return schedule
    if not known:
        raise _error("schedule_none", id=str(number))
    raise _error("schedule_unknown_id", id=str(number), ids=", ".join(str(one.id) for one in known))


async def _placed(vehicle: Vehicle, schedule: Schedule, time_zone: str | None, home: Home, now: datetime) -> Schedule:
    """Return a schedule, whose times are of Home Assistant's clock, by the clock of its place."""
    zone = zone_at(vehicle, schedule.place, home)
    if time_zone is not None:
        named = await dt_util.async_get_time_zone(time_zone)
        if named is None:
            raise _error("schedule_time_zone", time_zone=time_zone)
        zone = named
    return replace(schedule, week=moved(schedule.week, home.zone, zone, now))


async def _set(
    coordinator: VehicleCoordinator, schedule: Schedule, time_zone: str | None, *, wake: bool = True
) -> Schedule:
    """Send a schedule, with a note of what Tesla may not keep of it."""
    vehicle = coordinator.data
    order = order_to_set(vehicle, schedule, home_of(coordinator.hass))
    coordinator.learn(schedule_notes=noted(vehicle, schedule, time_zone))
    try:
        await _send(coordinator, order, wake=wake)
    except HomeAssistantError:
        coordinator.learn(schedule_notes=vehicle.schedule_notes)
        raise
    return schedule


async def _set_legacy(coordinator: VehicleCoordinator, schedule: Schedule, *, elsewhere: bool) -> Schedule:
    """Set what older firmware has instead of schedules; it holds wherever the car is."""
    if elsewhere or not legacy_can(schedule):
        raise _error("schedules_old_firmware")
    return await _set(coordinator, replace(schedule, id=LEGACY_IDS[schedule.kind], place=None, legacy=True), None)


async def _send(coordinator: VehicleCoordinator, order: Order, *, wake: bool = True) -> None:
    send = async_send if wake else async_send_awake
    await send(coordinator, order.command, **order.body)


def _error(key: str, **blanks: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=blanks)
