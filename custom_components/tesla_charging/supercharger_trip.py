"""The way to a Supercharger: by Tesla's number, by its name, or to the nearest that Tesla tells of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.const import ATTR_ID, ATTR_NAME
from homeassistant.exceptions import ServiceValidationError

from .account import Account
from .commands import async_check_granted, async_send, async_wake
from .const import DOMAIN
from .coordinators import CarFileCoordinator, VehicleCoordinator
from .fleet.commands import NAVIGATION_SC_REQUEST
from .fleet.errors import Fault, FleetError
from .fleet.models.car_file import Supercharger, find_supercharger, nearest_with_room, superchargers
from .fleet.models.vehicle import VehicleState
from .fleet.seldom import QUESTIONS, Topic, items
from .fleet.trip_commands import NAVIGATION_GPS_REQUEST
from .seldom_asking import async_asked, sentence

# fleet_api.md 6.4: the way that the car is on gives way to this one.
_REPLACES_THE_TRIP: Final = 1


async def async_navigate(coordinator: VehicleCoordinator, data: Mapping[str, Any]) -> None:
    """Send a car to a Supercharger."""
    if ATTR_ID in data:
        await async_send(coordinator, NAVIGATION_SC_REQUEST, id=data[ATTR_ID], order=_REPLACES_THE_TRIP)
        return
    hass, scopes = coordinator.hass, coordinator.context.scopes
    await async_check_granted(hass, scopes, NAVIGATION_GPS_REQUEST.scopes)
    await async_check_granted(hass, scopes, QUESTIONS[Topic.NEARBY].scopes)
    account: Account = coordinator.context.entry.runtime_data
    where = await _find(coordinator, account.files[coordinator.vin], data.get(ATTR_NAME))
    await async_send(
        coordinator, NAVIGATION_GPS_REQUEST, lat=where.latitude, lon=where.longitude, order=_REPLACES_THE_TRIP
    )


async def _find(coordinator: VehicleCoordinator, file: CarFileCoordinator, name: str | None) -> Supercharger:
    """Return the Supercharger that is meant. A whole name that was told does not move; what else is meant is asked now."""
    if name is None:
        return _nearest(await _nearby(coordinator, file))
    known = find_supercharger(file.told.values(), name, whole=True)
    if known is not None and known.has_place:
        return known
    found = await _nearby(coordinator, file)
    named = find_supercharger(found, name) or find_supercharger(file.told.values(), name)
    if named is None or not named.has_place:
        # Those that there are would tell where the car is.
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="supercharger_unknown")
    return named


def _nearest(found: Sequence[Supercharger]) -> Supercharger:
    """Return the nearest with a free stall, else the nearest that is open."""
    free = nearest_with_room(found)
    nearest = free if free.has_place else next((one for one in found if one.site_closed is not True), None)
    if nearest is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_supercharger")
    return nearest


async def _nearby(coordinator: VehicleCoordinator, file: CarFileCoordinator) -> list[Supercharger]:
    """Ask the car what is near, awake as it has to be for the way that follows."""
    if file.is_shut(Topic.NEARBY, person=True):
        raise sentence(FleetError(Fault.REFUSED_BEFORE))
    if coordinator.data.state is not VehicleState.ONLINE:
        await async_wake(coordinator, look=False)
    try:
        answer = await file.async_ask_for_person(Topic.NEARBY)
    except FleetError as err:
        if err.fault is not Fault.ASLEEP:
            raise sentence(err) from None
        await async_wake(coordinator, look=False)
        answer = await async_asked(file, Topic.NEARBY)
    return [one for one in superchargers(items(answer, "superchargers")) if one.has_place]
