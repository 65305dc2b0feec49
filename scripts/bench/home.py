"""A Home Assistant with one integration in it, at a simulated Tesla with one car: ours, or Home Assistant's own.

Both run unchanged in a core of their own, in this process, and talk HTTP over loopback. tesla_fleet is pointed at the
simulated Tesla from outside: the library's table of servers and the token address are changed, and it finds its key file
and its app's credentials where it looks for them. Its requirement names another version of the library than is
installed; as in Home Assistant's own tests, requirements are not checked.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import tempfile
import time
from typing import Any
from unittest.mock import patch

from aiohttp import BaseConnector, ThreadedResolver
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant
from tesla_fleet_api.const import SERVERS

from homeassistant import loader
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, frame
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
from tesla_simulator import Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.requests_log import Request
from tesla_simulator.world import Account, Car, Station, World, home_station

KEY_DOMAIN = "home.example.com"
AUTH = "bench"
REGION = "eu"
# For Home Assistant's files, in a folder with a random name: the disk is not what is measured.
IN_MEMORY = Path("/dev/shm")  # noqa: S108


def _files_of_ours(home: Path, pem: str, client_id: str) -> None:
    kept = {client_id: {"private_key": pem, "domain": KEY_DOMAIN}}
    store = home / ".storage" / "tesla_charging.keys"
    store.parent.mkdir()
    store.write_text(json.dumps({"version": 1, "minor_version": 1, "key": store.name, "data": kept}))


def _files_of_peer(home: Path, pem: str, client_id: str) -> None:
    (home / "tesla_fleet.key").write_text(pem)


@dataclass(frozen=True)
class Side:
    """One of the two integrations: where its entities are, and what it finds on disk."""

    name: str
    domain: str
    entities: dict[str, tuple[str, str]]
    files: Callable[[Path, str, str], None]
    data: dict[str, Any]


OURS = Side(
    "ours",
    "tesla_charging",
    {
        "charging": ("switch", "charge"),
        "limit": ("number", "charge_limit_soc"),
        "amps": ("number", "charge_current_request"),
    },
    _files_of_ours,
    {"region": REGION, "scopes": list(USER_SCOPES)},
)
PEER = Side(
    "tesla_fleet",
    "tesla_fleet",
    {
        "charging": ("switch", "charge_state_user_charge_enable_request"),
        "limit": ("number", "charge_state_charge_limit_soc"),
        "amps": ("number", "charge_state_charge_current_request"),
    },
    _files_of_peer,
    {},
)
SIDES = (OURS, PEER)


@dataclass(frozen=True)
class Tesla:
    """The simulated Tesla with a person, one car, a station and a key that is registered, and paired if the car signs."""

    sim: Simulator
    car: Car
    station: Station
    key: ec.EllipticCurvePrivateKey
    token: dict[str, Any]

    def truth(self, control: str) -> str:
        """Return what an entity should show."""
        charger = self.car.charger
        self.car.catch_up()
        return {"charging": "on" if charger.active else "off", "limit": str(charger.limit), "amps": str(charger.amps)}[
            control
        ]

    def requests(self) -> list[Request]:
        """Return what the car was asked or told since the record was cleared."""
        return [request for request in self.sim.requests if request.vin == self.car.vin]


@asynccontextmanager
async def open_tesla(car: Car) -> AsyncGenerator[Tesla]:
    """Run a simulated Tesla whose only product is a car."""
    world, station = World(), home_station()
    account = Account(
        sub="b9c1d2e3-0000-4000-8000-00000000a1ec",
        email="alex@example.com",
        full_name="Alex Example",
        password="demo",
        cars=[car],
    )
    world.accounts.append(account)
    world.stations.append(station)
    world.update()
    async with Simulator(world=world) as sim:
        key = ec.generate_private_key(ec.SECP256R1())
        token = sim.grant(account, sim.apps[0], USER_SCOPES)
        sim.enrol(KEY_DOMAIN, key.public_key(), sim.apps[0])
        if car.signing_required:
            await sim.pair(car, KEY_DOMAIN)
        yield Tesla(sim, car, station, key, token)


@dataclass(frozen=True)
class Home:
    """A Home Assistant with an integration that knows the car."""

    hass: HomeAssistant
    tesla: Tesla
    side: Side
    entry: MockConfigEntry

    def shown(self, control: str) -> str:
        """Return what Home Assistant shows, whole numbers as such."""
        state = self.hass.states.get(self._entity_id(control))
        text = "missing" if state is None else state.state
        return text.removesuffix(".0")

    async def do(self, control: str, value: float | bool) -> None:
        """Do what a person does, and wait until Home Assistant says that it is done."""
        if control == "charging":
            domain, service, data = "switch", "turn_on" if value else "turn_off", dict[str, Any]()
        else:
            domain, service, data = "number", "set_value", {"value": value}
        target = {"entity_id": self._entity_id(control)}
        await self.hass.services.async_call(domain, service, {**target, **data}, blocking=True)

    def _entity_id(self, control: str) -> str:
        platform, key = self.side.entities[control]
        unique_id = f"{self.tesla.car.vin}-{key}"
        found = er.async_get(self.hass).async_get_entity_id(platform, self.side.domain, unique_id)
        if found is None:
            raise LookupError(f"{self.side.name} has no {platform} with the unique id {unique_id}")
        return found


class _Numbers(ThreadedResolver):
    """Instead of Home Assistant's resolver, which opens mDNS: all that is talked to here has a number."""

    async def real_close(self) -> None:
        """Have nothing to close."""


@asynccontextmanager
async def open_home(
    tesla: Tesla,
    side: Side,
    connector: BaseConnector | None = None,
    before: Callable[[HomeAssistant], Awaitable[None]] | None = None,
    begins: Callable[[HomeAssistant], None] = lambda _: None,
) -> AsyncGenerator[Home]:
    """Run a Home Assistant with one of the integrations, set up and settled.

    connector: its way to Tesla. before: sets up what it finds there. begins: is called when the
    integration is about to be set up.
    """
    sim, app, account = tesla.sim, tesla.sim.apps[0], tesla.sim.world.accounts[0]
    pem = tesla.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    regions = sim.region_table()
    entry = MockConfigEntry(
        domain=side.domain,
        unique_id=account.sub,
        entry_id="bench",
        data={
            "auth_implementation": AUTH,
            "token": {**tesla.token, "expires_at": time.time() + tesla.token["expires_in"]},
            **side.data,
        },
    )
    with (
        tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder,
        patch.dict(os.environ, {"TESLA_CHARGING_REGIONS": json.dumps(regions)}),
        patch.dict(SERVERS, {name: urls["api_url"] for name, urls in regions.items()}),
        patch("homeassistant.components.tesla_fleet.oauth.TOKEN_URL", regions[REGION]["token_url"]),
        patch("homeassistant.helpers.aiohttp_client._async_make_resolver", lambda _: _Numbers()),
        _sharing(connector),
    ):
        side.files(Path(folder), pem, app.client_id)
        async with async_test_home_assistant(config_dir=folder) as hass:
            frame.async_setup(hass)
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            await async_setup_component(hass, "application_credentials", {})
            if before is not None:
                await before(hass)
            credential = ClientCredential(app.client_id, app.client_secret or "")
            await async_import_client_credential(hass, side.domain, credential, AUTH)
            await async_load_integrations(hass, {side.domain})
            entry.add_to_hass(hass)
            begins(hass)
            if not await hass.config_entries.async_setup(entry.entry_id):
                raise RuntimeError(f"{side.name} was not set up: {entry.reason}")
            await hass.async_block_till_done()
            try:
                yield Home(hass, tesla, side, entry)
            finally:
                await hass.async_stop(force=True)


@contextmanager
def _sharing(connector: BaseConnector | None) -> Generator[None]:
    """Let every session of Home Assistant use one connector."""
    if connector is None:
        yield
        return
    with patch("homeassistant.helpers.aiohttp_client._async_get_connector", lambda *_: connector):
        yield


async def outcome(coroutine: Awaitable[Any]) -> str | None:
    """Wait for something that may go wrong; return what the person reads then, None if all went well."""
    done: object = (await asyncio.gather(coroutine, return_exceptions=True))[0]
    if not isinstance(done, BaseException):
        return None
    return str(done) or type(done).__name__
