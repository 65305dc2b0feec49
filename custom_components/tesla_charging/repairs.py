"""Issues for a person: what only they can put right."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_REGION, CONF_SCOPES, DOMAIN
from .fleet.errors import Fault, FleetError
from .fleet.regions import DEFAULT_REGION, region_table
from .fleet.scopes import Scope
from .scope_names import async_name_scopes

# Faults of the whole account that do not pass by themselves.
_ACCOUNT_FAULTS: Final = (Fault.LIMIT_EXCEEDED, Fault.LOCKED, Fault.NOT_REGISTERED, Fault.PAYMENT_REQUIRED)
_SCOPES: Final = "scopes_taken_back"


@callback
def async_note_fault(hass: HomeAssistant, entry: ConfigEntry[Any], err: FleetError | None) -> None:
    """Tell of a fault that needs a person; take it back when a request went well (None)."""
    if err is None:
        for fault in _ACCOUNT_FAULTS:
            ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, fault))
    elif err.fault in _ACCOUNT_FAULTS:
        _create(hass, entry, err.fault, {"words": err.words or str(err.status)})


async def async_check_scopes(hass: HomeAssistant, entry: ConfigEntry[Any], granted: Iterable[str]) -> None:
    """Tell of scopes that the person asked for and Tesla no longer grants."""
    missing = set(entry.data[CONF_SCOPES]) - set(granted) - {Scope.OPENID}
    if missing:
        _create(hass, entry, _SCOPES, {"scopes": await async_name_scopes(hass, missing)})
    else:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, _SCOPES))


@callback
def async_forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take every issue of an account back."""
    for key in (*_ACCOUNT_FAULTS, _SCOPES):
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, key))


def _create(hass: HomeAssistant, entry: ConfigEntry[Any], key: str, blanks: dict[str, str]) -> None:
    regions = region_table()
    region = regions.get(entry.data[CONF_REGION], regions[DEFAULT_REGION])
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, key),
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=key,
        translation_placeholders={"account": entry.title, "portal_url": region.portal_url, **blanks},
    )


def _issue_id(entry: ConfigEntry[Any], key: str) -> str:
    return f"{key}_{entry.entry_id}"
