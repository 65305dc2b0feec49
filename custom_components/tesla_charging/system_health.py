"""What Home Assistant's page on system health tells: whether Tesla is there, and how each account stands with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .account import TeslaConfigEntry
from .const import CONF_SCOPES, DOMAIN
from .fleet.regions import DEFAULT_REGION, region_table
from .fleet.scopes import ordered

# fleet_api.md 2: answers who asks nothing in particular, and costs nothing.
_STATUS: Final = "status"
_NONE: Final = "–"


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is told."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[TeslaConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    regions = {entry.runtime_data.client.region.api_url for entry in entries}
    urls = regions or {region_table()[DEFAULT_REGION].api_url}
    told: dict[str, Any] = {"accounts": len(entries)}
    for number, url in enumerate(sorted(urls), start=1):
        reached = system_health.async_check_can_reach_url(hass, f"{url}/{_STATUS}")
        told["can_reach_server" if number == 1 else f"can_reach_server_{number}"] = reached
    for key, tell in _TOLD.items():
        told[key] = "; ".join(tell(entry) for entry in entries) or _NONE
    return told


def _asked(entry: TeslaConfigEntry) -> str:
    return " ".join(ordered(entry.data[CONF_SCOPES]))


def _granted(entry: TeslaConfigEntry) -> str:
    return " ".join(ordered(entry.runtime_data.tokens.claims.scopes)) or _NONE


def _token_age(entry: TeslaConfigEntry) -> str:
    return _age(entry.runtime_data.tokens.claims.issued_at)


def _last_answer(entry: TeslaConfigEntry) -> str:
    answered = entry.runtime_data.client.answered
    return _NONE if answered is None else f"{answered[1]}, {_age(answered[0])}"


def _age(at: datetime | None) -> str:
    """Return how long ago something was, in whole seconds, minutes, hours or days."""
    return _NONE if at is None else dt_util.get_age(at)


_TOLD: Final[dict[str, Callable[[TeslaConfigEntry], str]]] = {
    "region": lambda entry: entry.runtime_data.client.region.id,
    "scopes_asked": _asked,
    "scopes_granted": _granted,
    "token_age": _token_age,
    "last_answer": _last_answer,
}
