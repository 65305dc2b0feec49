"""The simulated Tesla: one object that owns the world, the hosts, the bill and the record of requests."""

import asyncio
from collections.abc import Iterable
from typing import Any, Self

from aiohttp import web

from . import browser, pairing, registration, tokens
from .api import api_routes
from .auth import auth_routes
from .billing import Biller
from .control import control_application
from .faults import Faults
from .grants import Grants
from .hosts import make_host
from .key_hosts import KeyHost
from .model import API_HOSTS, HOSTS, App, Behaviour, auth_host, default_apps
from .p256 import PublicKey, point_of
from .requests_log import Request, is_named
from .signing import SigningFaults
from .signing.vehicle import SignedCars
from .world import Account, Car, Key, World

SHUTDOWN_S = 0.2
"""How long a stop waits for requests that are being answered."""


class Simulator:
    """A simulated Tesla; `async with` it, or start and stop it."""

    def __init__(
        self, world: World | None = None, apps: list[App] | None = None, behaviour: Behaviour | None = None
    ) -> None:
        """Take a world, or make the home with two cars and a Powerwall."""
        self.world = World.home() if world is None else world
        self.apps = default_apps() if apps is None else apps
        self.behaviour = Behaviour() if behaviour is None else behaviour
        self.faults = Faults()
        self.bill = Biller(self.world.clock, self.behaviour)
        self.grants = Grants(self.behaviour)
        self.requests: list[Request] = []
        self.in_flight = 0
        self.key_hosts: dict[str, KeyHost] = {}
        self.signed_cars = SignedCars(self.world, self.behaviour)
        self.signing_faults = SigningFaults()
        self.servers: dict[str, web.Server] = {}
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        """Start on ports that the system picks."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def start(self, host: str = "127.0.0.1", ports: dict[str, int] | None = None) -> None:
        """Open every host on its port, 0 for any; OSError if one is in use, with nothing left open."""
        await tokens.prepare_key()
        applications = {
            **{name: make_host(self, name, auth_routes(self, name)) for name in ("auth", "auth_cn")},
            **{name: make_host(self, name, api_routes(self)) for name in API_HOSTS},
            "control": control_application(self),
        }
        try:
            for name in HOSTS:
                self.grants.urls[name] = await self._open(applications[name], host, (ports or {}).get(name, 0))
        except OSError:
            await self.stop()
            raise

    async def _open(self, application: web.Application, host: str, port: int) -> str:
        runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_S, handle_signals=False
        )
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        shown = "127.0.0.1" if host == "0.0.0.0" else host
        url = f"http://{shown}:{runner.addresses[0][1]}"
        if runner.server is not None:
            self.servers[url] = runner.server
        return url

    async def stop(self) -> None:
        """Close every host; requests that hang are let go."""
        self.faults.clear()
        self.servers.clear()
        runners, self._runners = self._runners, []
        await asyncio.gather(*(runner.cleanup() for runner in runners))

    def url(self, host: str) -> str:
        """Base URL of a host."""
        return self.grants.urls[host]

    def region_table(self) -> dict[str, dict[str, str]]:
        """URLs of each region, for a client that can be told them."""
        return {
            region: {
                "api_url": self.url(region),
                "authorize_url": f"{self.url(auth_host(region))}/oauth2/v3/authorize",
                "token_url": f"{self.url(auth_host(region))}/oauth2/v3/token",
                "consent_url": f"{self.url(auth_host(region))}/user/revoke/consent",
                "portal_url": f"{self.url('control')}/portal",
                "key_host_url": f"{self.url('control')}/internet/{{domain}}",
                "pairing_url": f"{self.url('control')}/_ak",
            }
            for region in API_HOSTS
        }

    def app(self, client_id: str) -> App | None:
        """Find an app."""
        return next((app for app in self.apps if app.client_id == client_id), None)

    def prefill(self) -> tuple[str, str]:
        """E-mail address and password that the sign-in form comes with."""
        if not self.behaviour.prefill_sign_in:
            return ("", "")
        account = self.world.accounts[0]
        return (account.email, account.password)

    def requests_for(self, pattern: str) -> list[Request]:
        """Requests of the endpoints that a shell pattern means."""
        return [request for request in self.requests if is_named(request.endpoint, pattern)]

    def clear_requests(self) -> None:
        """Forget the requests; the bill stays."""
        self.requests.clear()

    def grant(self, account: Account, app: App, scopes: Iterable[str]) -> dict[str, Any]:
        """Give the token answer of a sign-in in which exactly these scopes were granted."""
        self.grants.set_consent(account, app, scopes)
        return self.grants.sign_in(account, app)

    def revoke(self, account: Account) -> None:
        """Reset a person's password: every refresh is answered with `login_required` (fleet_api.md 1.4)."""
        self.grants.revoke(account)

    def enrol(self, domain: str, key: PublicKey, app: App | None = None, regions: Iterable[str] = API_HOSTS) -> None:
        """Host a key at a domain and register it for an app (the first) in some regions (all), without the API."""
        self.key_hosts[domain] = KeyHost.of(key)
        now = self.world.clock.now().isoformat()
        for region in regions:
            registration.enrol(app or self.apps[0], region, domain, point_of(key), now)

    def unregister(self, app: App, *regions: str) -> None:
        """Lose an app's registration in some regions, or in all: every endpoint but `register` answers 412 there."""
        registration.vanish(app, *regions)

    async def pair(self, car: Car, domain: str, account: Account | None = None) -> Key:
        """Play the owner's phone at `tesla.com/_ak/<domain>`; `PairingRefused` says what the phone says (3.2)."""
        self.world.update()
        return await pairing.pair(self, car, domain, account)

    def unpair(self, car: Car, domain: str) -> None:
        """Remove a domain's key on the car's Locks screen."""
        pairing.unpair(self, car, domain)

    def pairing_url(self, domain: str, vin: str | None = None) -> str:
        """Where the simulated `tesla.com/_ak/<domain>` is."""
        return f"{self.url('control')}/_ak/{domain}" + (f"?vin={vin}" if vin else "")

    async def authorize(
        self,
        url: str,
        scopes: set[str] | None = None,
        email: str = "alex@example.com",
        password: str = "demo",  # noqa: S107
        deny: bool = False,
    ) -> str:
        """Play the browser over HTTP: sign in, leave exactly these scopes ticked (None: all), allow or cancel.

        Returns the last redirect's URL without following it; `browser.PageError` if a page says that something is wrong.
        """
        return await browser.authorize(url, scopes, email, password, deny=deny)
