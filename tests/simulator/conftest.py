"""A started simulated Tesla and a client of its Fleet API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from tesla_simulator import Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .signed_client import DOMAIN, Bench


@dataclass
class Client:
    """Calls the simulated Fleet API with a token."""

    sim: Simulator
    session: aiohttp.ClientSession
    token: str
    host: str = "eu"

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any, dict[str, str]]:
        """Give status, JSON body (text if it is none) and headers."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        url = f"{self.sim.url(self.host)}{path}"
        async with self.session.request(method, url, headers=headers, **options) as response:
            is_json = response.content_type == "application/json"
            text = await response.text()
            body = await response.json() if is_json and text else text
            return response.status, body, dict(response.headers)

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        """GET."""
        return (await self.call("GET", path, **options))[:2]

    async def post(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """POST JSON."""
        return (await self.call("POST", path, json=body or {}))[:2]

    def granted(self, *scopes: str) -> Client:
        """Give a client whose token carries these scopes."""
        token = self.sim.grant(self.sim.world.accounts[0], self.sim.apps[0], scopes)
        return Client(self.sim, self.session, token["access_token"], self.host)

    @property
    def luna(self) -> str:
        """Path of the car that takes REST commands."""
        return f"/api/1/vehicles/{self.sim.world.car_named('Luna').vin}"

    @property
    def juniper(self) -> str:
        """Path of the car that is asleep and wants signed commands."""
        return f"/api/1/vehicles/{self.sim.world.car_named('Juniper').vin}"


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Start a simulated Tesla."""
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a client session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def account(sim: Simulator) -> Account:
    """Give Alex."""
    return sim.world.accounts[0]


@pytest.fixture
def client(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> Client:
    """Give a client with every scope, of a home where both cars are reachable."""
    token = sim.grant(account, sim.apps[0], USER_SCOPES)
    return Client(sim, session, token["access_token"])


@pytest.fixture
async def bench(client: Client, account: Account) -> Bench:
    """Give the modern car awake, with a registered key paired."""
    key = ec.generate_private_key(ec.SECP256R1())
    client.sim.enrol(DOMAIN, key.public_key())
    car = account.cars[1]
    await client.sim.pair(car, DOMAIN)
    car.wake_seconds = 0.0
    car.wake()
    client.sim.world.update()
    return Bench(client, key, car)
