"""Partner endpoints: an app registers its domain and key in each region (fleet_api.md 3.1)."""

import re
from typing import Any
from urllib.parse import urlsplit

from .answers import Refused
from .hosts import Exchange
from .key_hosts import KEY_PATH, KeyUnreachable, fetch_key
from .model import App, Registration
from .p256 import NoKey, read_pem

HOST_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z][-a-z0-9]*[a-z]")
PUBLIC_SUFFIXES = (
    *("co.uk", "org.uk", "com.au", "net.au", "co.nz", "co.jp", "com.br", "co.za"),
    *("github.io", "gitlab.io", "pages.dev", "netlify.app", "vercel.app", "duckdns.org", "ui.nabu.casa"),
)
"""Suffixes of more than one label under which anybody can have a domain: a few of publicsuffix.org's list."""


def root_domain(domain: str) -> str:
    """Give the part of a domain that its owner has: one label more than the public suffix."""
    labels = domain.split(".")
    suffix = next((suffix for suffix in PUBLIC_SUFFIXES if domain.endswith(f".{suffix}")), labels[-1])
    return ".".join(labels[-suffix.count(".") - 2 :])


def _app(exchange: Exchange) -> App:
    app = exchange.sim.app(exchange.bearer.client_id) if exchange.bearer is not None else None
    if app is None:
        raise Refused("invalid_bearer")
    return app


def _domain(exchange: Exchange, app: App) -> str:
    """Read the domain: a bare lower-case host name with the same root as one of the app's origins."""
    domain = exchange.body.get("domain") if isinstance(exchange.body, dict) else None
    if not isinstance(domain, str) or not domain:
        raise Refused("invalid_request", words="domain is missing")
    if not HOST_NAME.fullmatch(domain):
        name = exchange.sim.behaviour.malformed_domain
        raise Refused(name, domain=domain, root=domain, client_id=app.client_id)
    roots = {root_domain(urlsplit(origin).hostname or "") for origin in app.origins}
    if root_domain(domain) not in roots:
        raise Refused("root_domain", root=root_domain(domain), client_id=app.client_id)
    return domain


async def register(exchange: Exchange) -> dict[str, Any]:
    """Fetch the key from the domain and remember both; the same again changes nothing."""
    sim, app, region = exchange.sim, _app(exchange), exchange.host
    domain = _domain(exchange, app)
    try:
        pem = await fetch_key(sim.key_hosts, domain, sim.behaviour.key_fetch_seconds)
        point = read_pem(pem)
    except KeyUnreachable as error:
        raise Refused("key_download", url=f"https://{domain}{KEY_PATH}", words=str(error)) from error
    except NoKey as error:
        raise Refused("key_invalid", words=str(error)) from error
    others = [one for other in sim.apps if other is not app for one in other.registrations.values()]
    if any(one.domain == domain for one in others):
        raise Refused("domain_taken")
    if any(one.point == point for one in others):
        raise Refused("key_taken")
    record = enrol(app, region, domain, point, sim.world.clock.now().isoformat(), sim.behaviour.register_again)
    answer = _record(app, record)
    return {"response": answer} if sim.behaviour.register_wrapped else answer


def enrol(app: App, region: str, domain: str, point: bytes, now: str, again: str = "update") -> Registration:
    """Register an app in a region; `again` says what becomes of an earlier registration."""
    app.registered_regions.add(region)
    old = app.registrations.get(region)
    if old is not None and (again == "keep" or (old.domain, old.point) == (domain, point)):
        return old
    record = Registration(domain, point, now if old is None else old.created_at, now)
    app.registrations[region] = record
    return record


def vanish(app: App, *regions: str) -> None:
    """Lose an app's registration in some regions, or in all: every endpoint answers 412 there."""
    for region in regions or tuple(app.registered_regions):
        app.registered_regions.discard(region)
        app.registrations.pop(region, None)


def _record(app: App, record: Registration) -> dict[str, Any]:
    return {
        "client_id": app.client_id,
        "name": app.name,
        "description": app.name,
        "domain": record.domain,
        "ca": None,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "enterprise_tier": "free",
        "public_key": record.point.hex(),
    }


def public_key(exchange: Exchange) -> dict[str, Any]:
    """Give the key that is registered for the app's domain in this region, as the hex of its point."""
    domain = exchange.query.get("domain")
    if not domain:
        raise Refused("invalid_request", words="domain is missing")
    record = _app(exchange).registrations.get(exchange.host)
    if record is None or record.domain != domain:
        raise Refused("not_found")
    return {"response": {"public_key": record.point.hex()}}


def no_telemetry_errors(exchange: Exchange) -> dict[str, Any]:
    """Say that no car has reported an error of its telemetry."""
    return {"response": []}
