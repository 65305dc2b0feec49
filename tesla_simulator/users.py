"""Endpoints of a person (fleet_api.md 1.8)."""

import base64
from typing import Any

from aiohttp import web

from .answers import Refused
from .hosts import Exchange
from .world import Account

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mOwyVuFFTEMLQkAGzdVAQk8pS8AAAAASUVORK5CYII="
"""A small square of one colour."""


def account_of(exchange: Exchange) -> Account:
    """Whose data is asked for."""
    if exchange.bearer is None or exchange.bearer.account is None:
        raise Refused("invalid_bearer")
    return exchange.bearer.account


def scopes_of(exchange: Exchange) -> frozenset[str]:
    """Scopes that the caller's token carries."""
    return exchange.bearer.scopes if exchange.bearer is not None else frozenset()


def products(exchange: Exchange) -> dict[str, Any]:
    """List cars and energy sites, each kind only with its own scope."""
    account, scopes, found = account_of(exchange), scopes_of(exchange), []
    if "vehicle_device_data" in scopes:
        found += [car.product() for car in account.cars]
    if "energy_device_data" in scopes:
        found += [site.product() for site in account.sites]
    return {"response": found, "count": len(found)}


def me(exchange: Exchange) -> dict[str, Any]:
    """Say who the person is."""
    account = account_of(exchange)
    return {
        "response": {
            "email": account.email,
            "full_name": account.full_name,
            "profile_image_url": account.profile_image_url.replace("{api}", exchange.sim.url(account.region)),
            "vault_uuid": account.sub,
        }
    }


def region(exchange: Exchange) -> dict[str, Any]:
    """Say where the person's data live."""
    name = account_of(exchange).region
    return {"response": {"region": name, "fleet_api_base_url": exchange.sim.url(name)}}


def orders(exchange: Exchange) -> dict[str, Any]:
    """List the person's orders."""
    found = account_of(exchange).orders
    return {"response": found, "count": len(found)}


def feature_config(exchange: Exchange) -> dict[str, Any]:
    """Say which features are switched for the person."""
    return {
        "response": {
            "signaling": {"enabled": True, "subscribe_connectivity": False, "use_auth_token": False},
            "auth_rejection": {"enabled": False, "min_version": ""},
        }
    }


def backup_key(exchange: Exchange) -> dict[str, Any]:
    """Say which key a person keeps at Tesla: none, as a rule."""
    return {"response": {"backup_key": account_of(exchange).backup_key}}


async def picture(exchange: Exchange) -> web.Response:
    """Show the picture of a person to anybody who knows its address."""
    return web.Response(body=base64.b64decode(PICTURE), content_type="image/png")
