"""Endpoints of an energy site (fleet_api.md 7)."""

from collections.abc import Callable
from typing import Any

from .answers import Refused
from .hosts import Exchange
from .users import account_of
from .world import InvalidParameter, SettingRefused, Site

WRITES = (
    "backup",
    "off_grid_vehicle_charging_reserve",
    "operation",
    "storm_mode",
    "grid_import_export",
    "time_of_use_settings",
)
"""Settings that can be written (fleet_api.md 7.5)."""


def site_of(exchange: Exchange) -> Site:
    """Find the site that the path names, among the caller's own."""
    for site in account_of(exchange).sites:
        if exchange.match["site_id"] == str(site.id):
            return site
    raise Refused("not_found")


def live_status(exchange: Exchange) -> dict[str, Any]:
    """Show the powers of now."""
    return {"response": site_of(exchange).live_status()}


def site_info(exchange: Exchange) -> dict[str, Any]:
    """Show the site's settings and components."""
    return {"response": site_of(exchange).site_info()}


def write(name: str) -> Callable[[Exchange], dict[str, Any]]:
    """Make the handler that changes one kind of setting."""

    def change(exchange: Exchange) -> dict[str, Any]:
        site, body = site_of(exchange), exchange.body
        if not isinstance(body, dict):
            raise Refused("invalid_request", words="the body must be a JSON object")
        try:
            return {"response": site.write(name, body)}
        except InvalidParameter as error:
            raise Refused("invalid_request", words=str(error)) from None
        except SettingRefused as error:
            raise Refused("setting_refused", words=str(error)) from None

    return change
