"""The actions of energy sites: what the battery is to do, and tariffs."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID, ATTR_NAME
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util

from .account import Site, TeslaConfigEntry
from .charging.week import minutes_of
from .const import DOMAIN
from .energy.strategy import Strategy
from .energy.tariff_write import DAY_NAMES, PricePeriod
from .tariffs import supports_tariffs

_BUY: Final = "periods"
_BUY_ENTITY: Final = "price_entity"
_CURRENCY: Final = "currency"
_DAYS: Final = "days"
_DURATION: Final = "duration"
_FOLLOW: Final = "follow"
_FROM: Final = "from"
_PRICE: Final = "price"
_RESERVE: Final = "reserve"
_SELL: Final = "sell_periods"
_SELL_ENTITY: Final = "sell_price_entity"
_STRATEGY: Final = "strategy"
_TO: Final = "to"
_UNTIL: Final = "until"

_STRATEGY_FIELDS: Final[dict[Any, Any]] = {
    vol.Required(_STRATEGY): vol.In([strategy.value for strategy in Strategy]),
    vol.Exclusive(_UNTIL, "end"): cv.datetime,
    vol.Exclusive(_DURATION, "end"): cv.positive_time_period,
    vol.Optional(_RESERVE): vol.All(vol.Coerce(int), vol.Range(min=0, max=100)),
}

_CLOCK: Final = vol.Any(vol.All(vol.In(["24:00"]), lambda _: 0), vol.All(cv.time, minutes_of))
_PERIOD: Final = vol.Schema(
    {
        vol.Required(_PRICE): vol.All(vol.Coerce(str), vol.Coerce(Decimal)),
        vol.Optional(_FROM, default="00:00"): _CLOCK,
        vol.Optional(_TO, default="00:00"): _CLOCK,
        vol.Optional(_DAYS, default=list(DAY_NAMES)): vol.All(cv.ensure_list, [vol.In(DAY_NAMES)]),
    }
)
_PERIODS: Final = vol.All(cv.ensure_list, vol.Length(min=1), [_PERIOD])
_TARIFF_FIELDS: Final[dict[Any, Any]] = {
    vol.Optional(_BUY): _PERIODS,
    vol.Optional(_SELL): _PERIODS,
    vol.Optional(_BUY_ENTITY): cv.entity_id,
    vol.Optional(_SELL_ENTITY): cv.entity_id,
    vol.Optional(_FOLLOW): cv.boolean,
    vol.Optional(ATTR_NAME): cv.string,
    vol.Optional(_CURRENCY): vol.All(cv.string, vol.Upper),
}

type _Action = Callable[[Site, Mapping[str, Any]], Awaitable[ServiceResponse]]


@callback
def async_setup_site_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    def register(name: str, action: _Action, fields: dict[Any, Any]) -> None:
        async def handle(call: ServiceCall) -> ServiceResponse:
            return await action(site_of(call)[1], call.data)

        schema = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string, **fields})
        hass.services.async_register(DOMAIN, name, handle, schema=schema, supports_response=SupportsResponse.OPTIONAL)

    register("set_battery_strategy", _set_strategy, _STRATEGY_FIELDS)
    register("set_tariff", _set_tariff, _TARIFF_FIELDS)


def site_of(call: ServiceCall) -> tuple[TeslaConfigEntry, Site]:
    """Return the site that an action is for, and its account."""
    entry: TeslaConfigEntry
    device, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=False
    )
    sites = {str(site_id): site for site_id, site in entry.runtime_data.sites.items()}
    for domain, name in device.identifiers:
        if domain == DOMAIN and name in sites:
            return entry, sites[name]
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


async def _set_tariff(site: Site, data: Mapping[str, Any]) -> ServiceResponse:
    """Write a tariff, of periods or of prices; who has bought by periods may not sell by prices."""
    if (_BUY in data) == (_BUY_ENTITY in data) or (_SELL in data and _BUY not in data):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="tariff_source")
    if _BUY in data and (_SELL_ENTITY in data or data.get(_FOLLOW)):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="tariff_source")
    if not supports_tariffs(site.data):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="cannot_time_based")
    name, currency = data.get(ATTR_NAME), data.get(_CURRENCY)
    if _BUY in data:
        buy, sell = _periods(data[_BUY]), _periods(data[_SELL]) if _SELL in data else None
        content = await site.tariff.async_set_periods(buy, sell, name=name, currency=currency)
    else:
        content = await site.tariff.async_set_prices(
            data[_BUY_ENTITY], data.get(_SELL_ENTITY), name=name, currency=currency, follow=data.get(_FOLLOW, False)
        )
    return {"tariff": dict(content), "follow": site.tariff.note.active}


def _periods(items: list[dict[str, Any]]) -> list[PricePeriod]:
    return [
        PricePeriod(item[_FROM], item[_TO], item[_PRICE], frozenset(DAY_NAMES.index(day) for day in item[_DAYS]))
        for item in items
    ]
