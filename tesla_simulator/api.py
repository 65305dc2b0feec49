"""The Fleet API's endpoint table, and what every endpoint checks before it answers (fleet_api.md 1 to 9)."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web

from . import energy, ownership, pairing, registration, superchargers, users, vehicles
from .answers import Answer, Refused, respond
from .hosts import JSON_TYPE, Exchange, Route
from .signing import signed_command
from .signing.endpoint import COMMAND_SCOPES

if TYPE_CHECKING:
    from .server import Simulator

type JsonHandler = Callable[[Exchange], Any]
type ScopeRule = frozenset[str] | Callable[[Exchange], frozenset[str]]
"""Scopes of which the token must carry one; none: any token will do."""

ANY: frozenset[str] = frozenset()
VEHICLE_DATA = frozenset({"vehicle_device_data"})
VEHICLE_COMMANDS = frozenset({"vehicle_cmds"})
LISTS = frozenset({"vehicle_device_data", "energy_device_data"})
USER_DATA = frozenset({"user_data"})
ENERGY_DATA = frozenset({"energy_device_data"})
ENERGY_COMMANDS = frozenset({"energy_cmds"})
CHARGING = frozenset({"vehicle_charging_cmds"})
REGISTER = "partner_accounts"


def api_routes(sim: Simulator) -> list[Route]:
    """Make the endpoint table of a regional host: name, method, path, price class, scopes, handler."""
    behaviour = sim.behaviour
    car, site = "/api/1/vehicles/{tag}", "/api/1/energy_sites/{site_id}"
    dx = "/api/1/dx/charging"
    table: list[tuple[str, str, str, str, ScopeRule, JsonHandler]] = [
        ("products", "GET", "/api/1/products", "list", LISTS, users.products),
        ("vehicles", "GET", "/api/1/vehicles", "list", VEHICLE_DATA, vehicles.listing),
        ("vehicle", "GET", car, "list", VEHICLE_DATA, vehicles.vehicle),
        ("vehicle_data", "GET", f"{car}/vehicle_data", "data", VEHICLE_DATA, vehicles.vehicle_data),
        ("wake_up", "POST", f"{car}/wake_up", "wake", lambda _: behaviour.wake_scopes, vehicles.wake_up),
        (
            "mobile_enabled",
            "GET",
            f"{car}/mobile_enabled",
            "list",
            lambda _: behaviour.mobile_enabled_scopes,
            vehicles.mobile,
        ),
        (
            "command/{command}",
            "POST",
            f"{car}/command/{{command}}",
            "command",
            vehicles.command_scopes,
            vehicles.command,
        ),
        (
            "nearby_charging_sites",
            "GET",
            f"{car}/nearby_charging_sites",
            "data",
            VEHICLE_DATA,
            ownership.nearby_charging_sites,
        ),
        ("recent_alerts", "GET", f"{car}/recent_alerts", "list", VEHICLE_DATA, ownership.recent_alerts),
        ("release_notes", "GET", f"{car}/release_notes", "list", VEHICLE_DATA, ownership.notes),
        ("service_data", "GET", f"{car}/service_data", "list", VEHICLE_DATA, ownership.service_data),
        ("drivers", "GET", f"{car}/drivers", "list", VEHICLE_DATA, ownership.drivers),
        ("drivers", "DELETE", f"{car}/drivers", "list", VEHICLE_COMMANDS, ownership.remove_driver),
        ("invitations", "GET", f"{car}/invitations", "list", VEHICLE_COMMANDS, ownership.invitations),
        ("invitations", "POST", f"{car}/invitations", "list", VEHICLE_COMMANDS, ownership.invite),
        (
            "invitations/revoke",
            "POST",
            f"{car}/invitations/{{invitation}}/revoke",
            "list",
            VEHICLE_COMMANDS,
            ownership.revoke,
        ),
        ("invitations/redeem", "POST", "/api/1/invitations/redeem", "list", VEHICLE_COMMANDS, ownership.redeem),
        *((name, "GET", f"/api/1/{name}", "data", VEHICLE_DATA, show) for name, show in ownership.PAPERS.items()),
        ("signed_command", "POST", f"{car}/signed_command", "command", COMMAND_SCOPES, signed_command),
        (
            "fleet_status",
            "POST",
            "/api/1/vehicles/fleet_status",
            "list",
            lambda _: behaviour.fleet_status_scopes,
            pairing.fleet_status,
        ),
        ("users/me", "GET", "/api/1/users/me", "account", USER_DATA, users.me),
        ("users/region", "GET", "/api/1/users/region", "account", lambda _: behaviour.region_scopes, users.region),
        ("users/orders", "GET", "/api/1/users/orders", "account", USER_DATA, users.orders),
        ("users/feature_config", "GET", "/api/1/users/feature_config", "account", USER_DATA, users.feature_config),
        ("users/backup_key", "GET", "/api/1/users/backup_key", "account", USER_DATA, users.backup_key),
        ("live_status", "GET", f"{site}/live_status", "energy", ENERGY_DATA, energy.live_status),
        ("site_info", "GET", f"{site}/site_info", "energy", ENERGY_DATA, energy.site_info),
        ("calendar_history", "GET", f"{site}/calendar_history", "energy", ENERGY_DATA, energy.calendar_history),
        ("telemetry_history", "GET", f"{site}/telemetry_history", "energy", ENERGY_DATA, energy.telemetry_history),
        ("charging/history", "GET", f"{dx}/history", "data", CHARGING, superchargers.history),
        ("charging/sessions", "GET", f"{dx}/sessions", "data", CHARGING, superchargers.sessions),
        (
            "charging/invoice",
            "GET",
            f"{dx}/invoice/{{content_id}}",
            "data",
            lambda _: behaviour.charging_invoice_scopes,
            superchargers.invoice,
        ),
    ]
    table += [(name, "POST", f"{site}/{name}", "energy", ENERGY_COMMANDS, energy.write(name)) for name in energy.WRITES]
    partner: list[tuple[str, str, JsonHandler]] = [
        (REGISTER, "POST", registration.register),
        ("partner_accounts/public_key", "GET", registration.public_key),
        ("partner_accounts/fleet_telemetry_error_vins", "GET", registration.no_telemetry_errors),
        ("partner_accounts/fleet_telemetry_errors", "GET", registration.no_telemetry_errors),
    ]
    return [
        Route("status", "GET", "/status", "account", _status),
        Route("picture", "GET", "/pictures/{name}", "account", users.picture),
        *(
            _route(name, method, path, price, "user", rule, handler)
            for name, method, path, price, rule, handler in table
        ),
        *(
            _route(name, method, f"/api/1/{name}", "account", "partner", ANY, handler)
            for name, method, handler in partner
        ),
    ]


async def _status(exchange: Exchange) -> web.Response:
    """Say ok in plain text to anybody (fleet_api.md 2)."""
    return respond(Answer(200, "ok", "text/plain"))


def _route(
    name: str,
    method: str,
    path: str,
    price_class: str,
    token: Literal["user", "partner"],
    rule: ScopeRule,
    handler: JsonHandler,
) -> Route:
    async def checked(exchange: Exchange) -> web.Response:
        behaviour = exchange.sim.behaviour
        exchange.other_price = behaviour.endpoint_prices.get(name)
        await asyncio.sleep(behaviour.answer_seconds)
        _admit(exchange, token, rule)
        answer = handler(exchange)
        if isawaitable(answer):
            answer = await answer
        return respond(answer if isinstance(answer, Answer) else Answer(200, answer))

    return Route(name, method, path, price_class, checked)


def _admit(exchange: Exchange, token: Literal["user", "partner"], rule: ScopeRule) -> None:
    """Refuse who may not ask; the order of the checks is not documented."""
    sim, bearer = exchange.sim, exchange.bearer
    if bearer is None:
        raise exchange.refusal or Refused("empty_401")
    app = sim.app(bearer.client_id)
    if app is None:
        raise Refused("invalid_bearer")
    if sim.bill.exceeded(app):
        exchange.billed = False
        raise Refused("exceeded_limit")
    if (bearer.account is None) != (token == "partner"):
        raise Refused("missing_scopes" if token == "user" else "invalid_bearer")
    anywhere = (
        exchange.route.name == "users/region" and sim.behaviour.region_from_everywhere
        if token == "user"
        else sim.behaviour.partner_token_elsewhere == "accept"
    )
    if bearer.region != exchange.host and not anywhere:
        raise Refused("out_of_region", url=sim.url(bearer.region))
    if exchange.host not in app.registered_regions and exchange.route.name != REGISTER:
        raise Refused("not_registered", client_id=app.client_id)
    scopes = rule if isinstance(rule, frozenset) else rule(exchange)
    if scopes and not scopes & bearer.scopes:
        raise Refused("missing_scopes")
    if exchange.request.method == "POST" and exchange.request.content_type != JSON_TYPE:
        raise Refused("not_json")
