"""The actions for the charging log: sessions and sums to read and to take away, the past, and prices again."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
import logging
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.file import write_utf8_file

from .account import TeslaConfigEntry
from .budget.asking import by_person
from .charging.report import FORMATS, chosen, file_stem, row_of, totals_of
from .charging.session import Place, Session
from .charging_bills import charging_bills_of
from .charging_costs import charging_costs_of
from .charging_log import charging_log_of
from .commands import async_check_granted, failed
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .device_targets import car_of
from .fleet.errors import FleetError
from .fleet.scopes import Scope

_LOGGER = logging.getLogger(__name__)
_DAYS: Final = "days"
_END: Final = "end"
_FORMAT: Final = "format"
_PLACE: Final = "place"
_SINCE: Final = "since"
_START: Final = "start"
_TO_FILE: Final = "to_file"
# The folder of Home Assistant's local media in which files are, which only who is signed in may read.
_MEDIA: Final = "local"

_RANGE: Final[dict[Any, Any]] = {vol.Optional(_START): cv.datetime, vol.Optional(_END): cv.datetime}
_PLACES: Final[dict[Any, Any]] = {vol.Optional(_PLACE): vol.In([place.value for place in Place])}

type _Action = Callable[
    [HomeAssistant, TeslaConfigEntry, VehicleCoordinator, Mapping[str, Any]], Awaitable[ServiceResponse]
]


@callback
def async_setup_charging_actions(hass: HomeAssistant) -> None:
    """Register the actions."""

    def register(name: str, action: _Action, schema: dict[Any, Any], response: SupportsResponse) -> None:
        async def handle(call: ServiceCall) -> ServiceResponse:
            return await action(hass, *car_of(call), call.data)

        fields = {vol.Required(ATTR_DEVICE_ID): cv.string, **schema}
        hass.services.async_register(DOMAIN, name, handle, schema=vol.Schema(fields), supports_response=response)

    only, optional = SupportsResponse.ONLY, SupportsResponse.OPTIONAL
    register("get_charging_sessions", _sessions, {**_RANGE, **_PLACES}, only)
    register("get_charging_totals", _totals, _RANGE, only)
    export = {
        vol.Optional(_FORMAT, default="csv"): vol.In([*FORMATS]),
        vol.Optional(_TO_FILE, default=False): cv.boolean,
    }
    register("export_charging_sessions", _export, {**export, **_RANGE, **_PLACES}, optional)
    days = vol.All(vol.Coerce(int), vol.Range(min=1, max=3650))
    register("import_charging_history", _import, {vol.Optional(_DAYS): days}, optional)
    register("reprice_charging", _reprice, {vol.Required(_SINCE): cv.date}, optional)


def _found(
    hass: HomeAssistant, entry: TeslaConfigEntry, car: VehicleCoordinator, data: Mapping[str, Any]
) -> list[Session]:
    """Return the sessions that are meant, by their beginning."""
    start, end = (None if data.get(key) is None else dt_util.as_utc(data[key]) for key in (_START, _END))
    if start is not None and end is not None and end <= start:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="end_before_start")
    return chosen(charging_log_of(hass, entry).sessions(car.vin, start, end), data.get(_PLACE))


async def _sessions(
    hass: HomeAssistant, entry: TeslaConfigEntry, car: VehicleCoordinator, data: Mapping[str, Any]
) -> ServiceResponse:
    zone, found = dt_util.get_default_time_zone(), _found(hass, entry, car, data)
    return {"sessions": await hass.async_add_executor_job(lambda: [row_of(one, zone) for one in found])}


async def _totals(
    hass: HomeAssistant, entry: TeslaConfigEntry, car: VehicleCoordinator, data: Mapping[str, Any]
) -> ServiceResponse:
    start: datetime | None = None if data.get(_START) is None else dt_util.as_utc(data[_START])
    begun = [one for one in _found(hass, entry, car, data) if start is None or one.plugged_at >= start]
    totals = await hass.async_add_executor_job(totals_of, begun, dt_util.get_default_time_zone())
    return {"totals": [*totals]}


async def _export(
    hass: HomeAssistant, entry: TeslaConfigEntry, car: VehicleCoordinator, data: Mapping[str, Any]
) -> ServiceResponse:
    name, zone, found = car.data.display_name or "", dt_util.get_default_time_zone(), _found(hass, entry, car, data)
    text = await hass.async_add_executor_job(FORMATS[data[_FORMAT]], found, name, zone)
    answer: dict[str, Any] = {"sessions": len(found), _FORMAT: data[_FORMAT], "content": text, "file": None}
    if data[_TO_FILE]:
        file = f"{file_stem(name, dt_util.now())}.{data[_FORMAT]}"
        await _to_file(hass, file, text)
        answer["file"] = f"media-source://media_source/{_MEDIA}/{DOMAIN}/{file}"
    return answer


async def _to_file(hass: HomeAssistant, file: str, text: str) -> None:
    """Write a file to the local media; raises HomeAssistantError, which does not tell where that is."""
    folder = hass.config.media_dirs.get(_MEDIA)
    if folder is not None:
        try:
            await hass.async_add_executor_job(_write, Path(folder, DOMAIN, file), text)
        except (OSError, HomeAssistantError) as err:
            _LOGGER.debug("The export could not be written: %s", type(err).__name__)
        else:
            return
    raise HomeAssistantError(translation_domain=DOMAIN, translation_key="export_not_written")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_utf8_file(str(path), text, private=True)


async def _import(
    hass: HomeAssistant, entry: TeslaConfigEntry, car: VehicleCoordinator, data: Mapping[str, Any]
) -> ServiceResponse:
    """Import what Tesla has billed for the cars of the account; what was interrupted goes on when asked again."""
    await async_check_granted(hass, entry.runtime_data.scopes, frozenset({Scope.VEHICLE_CHARGING_CMDS}))
    try:
        with by_person():
            imported = await charging_bills_of(hass, entry).async_import(data.get(_DAYS))
    except FleetError as err:
        raise failed(car, err) from None
    return {
        "bills": imported.bills,
        "new_sessions": imported.new_sessions,
        "changed_sessions": imported.changed_sessions,
        "requests": imported.requests,
    }


async def _reprice(
    hass: HomeAssistant, entry: TeslaConfigEntry, car: VehicleCoordinator, data: Mapping[str, Any]
) -> ServiceResponse:
    since = dt_util.as_utc(dt_util.start_of_local_day(data[_SINCE]))
    return {"changed_sessions": await charging_costs_of(hass, entry).async_reprice(since, car.vin)}
