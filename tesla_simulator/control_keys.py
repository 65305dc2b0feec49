"""The control host's part for keys: Tesla's page that pairs them, registrations, key hosts, faults of signing."""

import asyncio
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import pages, registration
from .key_hosts import KeyHost, KeyUnreachable
from .model import API_HOSTS, App
from .p256 import fingerprint
from .pairing import PairingRefused
from .signing import SigningFault
from .world import Car

if TYPE_CHECKING:
    from .server import Simulator

KEY_HOST_FIELDS = frozenset(item.name for item in fields(KeyHost))


async def body_of(request: web.Request) -> dict[str, Any]:
    """Read a JSON object, empty if there is none; TypeError for anything else."""
    body = await request.json() if await request.read() else {}
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def key_state(car: Car) -> dict[str, Any]:
    """Show a car's keys and how it takes commands."""
    keys = [
        {"domain": key.domain, "fingerprint": fingerprint(key.point), "role": key.role, "active": key.active}
        for key in car.keychain.keys.values()
    ]
    return {
        "keys": keys,
        "total_number_of_keys": car.keychain.total,
        "effect_delay_seconds": car.effect_delay_seconds,
        "ignores_commands": sorted(car.ignores_commands),
        "boots": {name: len(times) for name, times in car.boots.items()},
    }


def registration_state(app: App) -> dict[str, Any]:
    """Show where an app is registered, with which domain and key."""
    regions = {}
    for region in API_HOSTS:
        record = app.registrations.get(region)
        regions[region] = {
            "registered": region in app.registered_regions,
            "domain": None if record is None else record.domain,
            "public_key": None if record is None else record.point.hex(),
        }
    return {"client_id": app.client_id, "name": app.name, "origins": sorted(app.origins), "regions": regions}


class KeyControl:
    """What a person can do to keys and registrations."""

    def __init__(self, sim: Simulator) -> None:
        """Control one simulated Tesla."""
        self._sim = sim

    def state(self) -> dict[str, Any]:
        """Show apps, key hosts and faults of signing."""
        return {
            "apps": [registration_state(app) for app in self._sim.apps],
            "key_hosts": self._key_hosts(),
            "signing_faults": [fault.as_json() for fault in self._sim.signing_faults.active],
        }

    async def page(self, request: web.Request) -> web.Response:
        """Ask to allow a domain's key, as `tesla.com/_ak/<domain>` does in the app; POST is the answer."""
        domain, asked = request.match_info["domain"], request.query.get("vin", "")
        cars = {car.vin: (account, car) for account in self._sim.world.accounts for car in account.cars}
        shown = [(car.vin, car.display_name) for vin, (_, car) in cars.items() if asked in {"", vin}]
        if request.method != "POST":
            return pages.pair(domain, shown)
        answers = await request.post()
        vin = str(answers.get("vin", ""))
        if answers.get("action") != "allow":
            return pages.paired(domain, "The key was not added.")
        if vin not in cars:
            raise web.HTTPNotFound(text="no such car")
        account, car = cars[vin]
        try:
            await self._sim.pair(car, domain, account)
        except PairingRefused as refused:
            return pages.pair(domain, shown, str(refused), vin)
        return pages.paired(domain, f"The key was added to {car.display_name}.")

    async def hosted(self, request: web.Request) -> web.Response:
        """Play the website of a domain to anybody but Tesla, who asks `key_hosts`; bad TLS is a cut connection here."""
        domain = request.match_info["domain"]
        host = self._sim.key_hosts.get(domain)
        if host is None or host.bad_tls:
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPServiceUnavailable
        await asyncio.sleep(host.seconds)
        if host.redirect:
            raise web.HTTPMovedPermanently(host.redirect)
        try:
            pem = host.pem if host.url is None else await host.fetch(domain)
        except KeyUnreachable as error:
            raise web.HTTPBadGateway(text=str(error)) from error
        return web.Response(status=host.status, body=pem, content_type="application/x-pem-file")

    async def registrations(self, request: web.Request) -> web.Response:
        """Show each app's registrations; POST `{client_id, regions?, registered: false}` lets them vanish."""
        if request.method == "POST":
            body = await body_of(request)
            app = self._sim.app(str(body.get("client_id")))
            if app is None:
                raise web.HTTPNotFound(text="no such app")
            regions = body.get("regions", API_HOSTS)
            if not set(regions) <= set(API_HOSTS):
                raise ValueError(f"regions are {', '.join(API_HOSTS)}")
            if body["registered"]:
                app.registered_regions.update(regions)
            else:
                registration.vanish(app, *regions)
        return web.json_response([registration_state(app) for app in self._sim.apps])

    async def key_hosts(self, request: web.Request) -> web.Response:
        """Show the hosts of keys; POST `{domain, pem | url | status | redirect | bad_tls | seconds}` sets one, DELETE none."""
        if request.method == "POST":
            body = await body_of(request)
            domain = body.pop("domain")
            if not body.keys() <= KEY_HOST_FIELDS:
                raise ValueError(f"a key host has any of {', '.join(sorted(KEY_HOST_FIELDS))}")
            self._sim.key_hosts[domain] = KeyHost(**{**body, "pem": str(body.get("pem", "")).encode()})
        elif request.method == "DELETE":
            self._sim.key_hosts.clear()
        return web.json_response(self._key_hosts())

    def _key_hosts(self) -> dict[str, Any]:
        return {
            domain: {**asdict(host), "pem": host.pem.decode(errors="replace")}
            for domain, host in self._sim.key_hosts.items()
        }

    async def signing_faults(self, request: web.Request) -> web.Response:
        """List, add (POST) or clear (DELETE) faults of signing."""
        if request.method == "POST":
            self._sim.signing_faults.put(SigningFault.from_json(await body_of(request)))
        elif request.method == "DELETE":
            self._sim.signing_faults.clear()
        return web.json_response([fault.as_json() for fault in self._sim.signing_faults.active])
