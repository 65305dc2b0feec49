"""The actions of energy sites: what the battery is to do, and tariffs."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util

from .account import Site, TeslaConfigEntry
from .const import DOMAIN
from .energy.strategy import Strategy

_DURATION: Final = "duration"
_RESERVE: Final = "reserve"
_STRATEGY: Final = "strategy"
_UNTIL: Final = "until"

_STRATEGY_FIELDS: Final[dict[Any, Any]] = {
    vol.Required(_STRATEGY): vol.In([strategy.value for strategy in Strategy]),
    vol.Exclusive(_UNTIL, "end"): cv.datetime,
    vol.Exclusive(_DURATION, "end"): cv.positive_time_period,
    vol.Optional(_RESERVE): vol.All(vol.Coerce(int), vol.Range(min=0, max=100)),
}

type _Action = Callable[[Site, Mapping[str, Any]], Awaitable[ServiceResponse]]


@callback
def async_setup_site_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    def register(name: str, action: _Action, fields: dict[Any, Any]) -> None:
        async def handle(call: ServiceCall) -> ServiceResponse:
            return await action(_site(call), call.data)

        schema = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string, **fields})
        hass.services.async_register(DOMAIN, name, handle, schema=schema, supports_response=SupportsResponse.OPTIONAL)

    register("set_battery_strategy", _set_strategy, _STRATEGY_FIELDS)


def _site(call: ServiceCall) -> Site:
    """Return the site that an action is for."""
    entry: TeslaConfigEntry
    device, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=False
    )
    sites = {str(site_id): site for site_id, site in entry.runtime_data.sites.items()}
    for domain, name in device.identifiers:
        if domain == DOMAIN and name in sites:
            return sites[name]
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_a_site")


async def _set_strategy(site: Site, data: Mapping[str, Any]) -> ServiceResponse:
    until = _end(data)
    await site.strategy.async_choose(Strategy(data[_STRATEGY]), until, data.get(_RESERVE))
    note = site.strategy.note
    return {
        "strategy": site.strategy.current.value,
        "until": None if note.until is None else note.until.isoformat(),
        "settings": note.imposed,
        "own_settings": note.own,
    }


def _end(data: Mapping[str, Any]) -> datetime | None:
    """Return when a strategy ends, in UTC."""
    now = dt_util.utcnow()
    if _DURATION in data:
        until: datetime = now + data[_DURATION]
    elif _UNTIL in data:
        until = dt_util.as_utc(data[_UNTIL])
    else:
        return None
    if until <= now:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="strategy_past")
    return until
