"""The actions for the energy history of a site."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from .const import DOMAIN
from .energy_dashboard import async_add
from .history import SiteHistory, histories_of
from .site_services import site_of

_BESIDE: Final = "beside_others"
_BUY: Final = "import_price_entity"
_SELL: Final = "export_price_entity"
_SINCE: Final = "since"

type _Action = Callable[[HomeAssistant, SiteHistory, Mapping[str, Any]], Awaitable[ServiceResponse]]


@callback
def async_setup_energy_actions(hass: HomeAssistant) -> None:
    """Register the actions."""

    def register(name: str, action: _Action, schema: dict[Any, Any], response: SupportsResponse) -> None:
        async def handle(call: ServiceCall) -> ServiceResponse:
            return await action(hass, _history(call), call.data)

        fields = {vol.Required(ATTR_DEVICE_ID): cv.string, **schema}
        hass.services.async_register(DOMAIN, name, handle, schema=vol.Schema(fields), supports_response=response)

    register("add_to_energy_dashboard", _add, {vol.Optional(_BESIDE): cv.boolean}, SupportsResponse.OPTIONAL)
    register("import_energy_history", _import, {vol.Optional(_SINCE): cv.date}, SupportsResponse.NONE)
    prices = {vol.Optional(_BUY): cv.entity_id, vol.Optional(_SELL): cv.entity_id}
    register("set_energy_prices", _set_prices, prices, SupportsResponse.NONE)


def _history(call: ServiceCall) -> SiteHistory:
    """Return the import of the site that an action is for."""
    entry, site = site_of(call)
    history = histories_of(call.hass, entry).get(site.snapshot.site_id)
    if history is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_recorder")
    return history


async def _add(hass: HomeAssistant, history: SiteHistory, data: Mapping[str, Any]) -> ServiceResponse:
    told = await async_add(hass, history, beside_others=data.get(_BESIDE, False))
    return {"added": [*told["added"]], "left_alone": [*told["left_alone"]]}


async def _import(hass: HomeAssistant, history: SiteHistory, data: Mapping[str, Any]) -> None:
    since: date | None = data.get(_SINCE)
    await history.async_again(since)


async def _set_prices(hass: HomeAssistant, history: SiteHistory, data: Mapping[str, Any]) -> None:
    await history.async_set_prices(data.get(_BUY), data.get(_SELL))
