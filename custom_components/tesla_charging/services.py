"""The actions: schedules of a car, the way to a Supercharger, and what was spent by Tesla's word."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final, cast

import voluptuous as vol

from homeassistant.const import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DEVICE_ID,
    ATTR_ID,
    ATTR_LATITUDE,
    ATTR_LOCATION,
    ATTR_LONGITUDE,
    ATTR_NAME,
    CONF_ENABLED,
    CONF_TIME_ZONE,
)
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from .account import TeslaConfigEntry
from .charging.schedules import Changes, Kind, Place, Schedule, at_home, week_at_home
from .charging.week import DAYS, mask_of, minutes_of, names_of, time_of
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .device_targets import car_of
from .scheduling import async_add, async_load_zones, async_remove, async_update, home_of, known_or_raise
from .supercharger_trip import async_navigate

_DAYS: Final = "days"
_DOLLARS: Final = "dollars"
_END: Final = "end_time"
_ONE_TIME: Final = "one_time"
_READY: Final = "ready_time"
_START: Final = "start_time"

_CAR: Final[dict[Any, Any]] = {vol.Required(ATTR_DEVICE_ID): cv.string}
_NUMBER: Final = vol.All(vol.Coerce(int), vol.Range(min=0))
_SCHEDULE: Final[dict[Any, Any]] = {
    vol.Optional(ATTR_NAME): vol.Any(None, cv.string),
    vol.Optional(_DAYS): vol.All(cv.ensure_list, [vol.In(DAYS)]),
    vol.Optional(_ONE_TIME): cv.boolean,
    vol.Optional(CONF_ENABLED): cv.boolean,
    vol.Optional(ATTR_LOCATION): vol.Schema(
        {vol.Required(ATTR_LATITUDE): cv.latitude, vol.Required(ATTR_LONGITUDE): cv.longitude}, extra=vol.REMOVE_EXTRA
    ),
    vol.Optional(CONF_TIME_ZONE): cv.string,
}
_START_END: Final[dict[Any, Any]] = {
    vol.Optional(_START): vol.Any(None, cv.time),
    vol.Optional(_END): vol.Any(None, cv.time),
}
# The times of a new schedule, and of one that is changed.
_TIMES: Final[dict[Kind, tuple[dict[Any, Any], dict[Any, Any]]]] = {
    Kind.CHARGE: (_START_END, _START_END),
    Kind.PRECONDITION: ({vol.Required(_READY): cv.time}, {vol.Optional(_READY): cv.time}),
}
# Which field of an action goes where, and how.
_FIELDS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    ATTR_NAME: ("name", lambda name: (name or "").strip() or None),
    _DAYS: ("days", mask_of),
    _START: ("start", lambda at: None if at is None else minutes_of(at)),
    _END: ("end", lambda at: None if at is None else minutes_of(at)),
    _READY: ("start", minutes_of),
    _ONE_TIME: ("one_time", bool),
    CONF_ENABLED: ("enabled", bool),
    ATTR_LOCATION: ("place", lambda where: Place(where[ATTR_LATITUDE], where[ATTR_LONGITUDE])),
    CONF_TIME_ZONE: ("time_zone", str),
}

# Without either the nearest is meant.
_SUPERCHARGER: Final[dict[Any, Any]] = {
    vol.Exclusive(ATTR_ID, "which"): _NUMBER,
    vol.Exclusive(ATTR_NAME, "which"): vol.All(cv.string, vol.Strip, vol.Length(min=1)),
}

_SPENT: Final = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(_DOLLARS): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000)),
    }
)

type _Action = Callable[[VehicleCoordinator, Mapping[str, Any]], Awaitable[ServiceResponse]]


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    def register(name: str, action: _Action, schema: dict[Any, Any], response: SupportsResponse) -> None:
        async def handle(call: ServiceCall) -> ServiceResponse:
            return await action(car_of(call)[1], call.data)

        hass.services.async_register(
            DOMAIN, name, handle, schema=vol.Schema({**_CAR, **schema}), supports_response=response
        )

    register("list_schedules", _list, {}, SupportsResponse.ONLY)
    register("navigate_to_supercharger", async_navigate, _SUPERCHARGER, SupportsResponse.NONE)
    required, optional = {vol.Required(ATTR_ID): _NUMBER}, {vol.Optional(ATTR_ID): _NUMBER}
    for kind in Kind:
        new, changed = _TIMES[kind]
        for verb, action, schema in (
            ("add", _add, {**optional, **_SCHEDULE, **new}),
            ("update", _update, {**required, **_SCHEDULE, **changed}),
            ("remove", _remove, required),
        ):
            register(f"{verb}_{kind}_schedule", partial(action, kind), schema, SupportsResponse.OPTIONAL)
    hass.services.async_register(DOMAIN, "set_spent", _set_spent, schema=_SPENT)


async def _set_spent(call: ServiceCall) -> None:
    entry: TeslaConfigEntry = service.async_get_config_entry(call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID])
    await entry.runtime_data.purse.async_set_spent(round(Decimal(str(call.data[_DOLLARS])), 4))


def _changes(data: Mapping[str, Any]) -> Changes:
    changes = {key: read(data[field]) for field, (key, read) in _FIELDS.items() if field in data}
    return cast(Changes, changes)


async def _list(coordinator: VehicleCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    await async_load_zones(coordinator.data)
    return {
        f"{kind}_schedules": [_told(coordinator, one) for one in known_or_raise(coordinator, kind)] for kind in Kind
    }


async def _add(kind: Kind, coordinator: VehicleCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    return _told(coordinator, await async_add(coordinator, kind, _changes(data), data.get(ATTR_ID)))


async def _update(kind: Kind, coordinator: VehicleCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    return _told(coordinator, await async_update(coordinator, kind, data[ATTR_ID], _changes(data)))


async def _remove(kind: Kind, coordinator: VehicleCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    return _told(coordinator, await async_remove(coordinator, kind, data[ATTR_ID]))


def _told(coordinator: VehicleCoordinator, schedule: Schedule) -> dict[str, JsonValueType]:
    """Return a schedule as an action answers it, by Home Assistant's clock; where it is stays private."""
    home = home_of(coordinator.hass)
    week = week_at_home(coordinator.data, schedule, home, dt_util.utcnow())
    times: dict[str, JsonValueType] = {_START: _clock(week.start), _END: _clock(week.end)}
    if schedule.kind is Kind.PRECONDITION:
        times = {_READY: _clock(week.start)}
    return {
        "id": schedule.id,
        "kind": schedule.kind.value,
        "name": schedule.name,
        "enabled": schedule.enabled,
        "days": list[JsonValueType](names_of(week.days)),
        **times,
        "one_time": schedule.one_time,
        "at_home": at_home(schedule, home),
    }


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else time_of(minutes).isoformat("minutes")
