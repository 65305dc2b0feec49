"""Registration of an app in a region, and the key that Tesla fetches from its domain (fleet_api.md 3.1)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
import pytest
from tesla_fleet_api import TeslaFleetApi, exceptions
from tesla_fleet_api.const import TOKEN_URLS

from tesla_simulator import App, KeyHost, Simulator
from tesla_simulator.__main__ import parsed_arguments
from tesla_simulator.key_hosts import KEY_PATH
from tesla_simulator.model import USER_SCOPES, default_apps
from tesla_simulator.p256 import NoKey, key_of, point_of
from tesla_simulator.registration import root_domain

from .conftest import Client

HOME = "home.example.com"
PATH = "/api/1/partner_accounts"
DOWNLOAD_FAILED = f"Public key download failed for https://{HOME}{KEY_PATH}, error: "


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Start a simulated Tesla that knows no registration, and a second app with an origin of the same root."""
    apps = default_apps(())
    apps.append(App("other-client", "other", "Other", origins={"https://www.example.com"}, registered_regions=set()))
    async with Simulator(apps=apps) as simulator:
        yield simulator


@dataclass
class Partner:
    """A partner that registers, with a key that is hosted as it should be."""

    client: Client
    key: ec.EllipticCurvePublicKey

    @property
    def sim(self) -> Simulator:
        """The simulated Tesla."""
        return self.client.sim

    def of(self, app: App, region: str = "eu", host: str = "") -> Client:
        """Give a client with an app's partner token for a region."""
        token = self.sim.grants.partner(app, region, frozenset({"openid"}))
        return Client(self.sim, self.client.session, token["access_token"], host or region)

    async def register(self, domain: Any = HOME, app: int = 0, region: str = "eu") -> tuple[int, Any]:
        """Register: status, and the record or the error."""
        status, body = await self.of(self.sim.apps[app], region).post(PATH, {"domain": domain})
        return status, body["response"] if status == 200 else body["error"]


@pytest.fixture
def partner(client: Client) -> Partner:
    """Give a partner."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    client.sim.key_hosts[HOME] = KeyHost.of(key)
    return Partner(client, key)


async def test_register(partner: Partner) -> None:
    """An app registers in a region, reads its key back, and its users may call there; other regions stay closed."""
    assert (await partner.client.get("/api/1/products"))[0] == 412
    status, record = await partner.register()
    assert status == 200
    point = point_of(partner.key).hex()
    assert (record["client_id"], record["domain"], record["public_key"]) == ("demo-client", HOME, point)
    assert set(record) == {
        *("client_id", "name", "description", "domain", "ca"),
        *("created_at", "updated_at", "enterprise_tier", "public_key"),
    }
    app = partner.sim.apps[0]
    assert (app.registered_regions, list(app.registrations)) == ({"eu"}, ["eu"])
    status, body = await partner.of(app).get(f"{PATH}/public_key?domain={HOME}")
    assert (status, body) == (200, {"response": {"public_key": point}})
    assert len(point) == 130
    assert point.startswith("04")
    assert (await partner.client.get("/api/1/products"))[0] == 200
    assert (await partner.of(app, "na").get(f"{PATH}/public_key?domain={HOME}"))[0] == 412
    assert (await partner.register(region="na"))[0] == 200


async def test_again(partner: Partner) -> None:
    """The same once more changes nothing; another key is taken over, or not."""
    _, first = await partner.register()
    partner.sim.world.clock.advance(60)
    assert await partner.register() == (200, first)
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    partner.sim.key_hosts[HOME] = KeyHost.of(other)
    partner.sim.behaviour.register_again = "keep"
    assert await partner.register() == (200, first)
    partner.sim.behaviour.register_again = "update"
    _, second = await partner.register()
    assert second["public_key"] == point_of(other).hex()
    assert (second["created_at"], second["updated_at"] > first["updated_at"]) == (first["created_at"], True)


async def test_top_level_record(partner: Partner) -> None:
    """The docs show the record without `response`."""
    partner.sim.behaviour.register_wrapped = False
    _, body = await partner.of(partner.sim.apps[0]).post(PATH, {"domain": HOME})
    assert body["domain"] == HOME


@pytest.mark.parametrize(
    ("domain", "status", "error"),
    [
        (None, 400, "invalid_request"),
        ("", 400, "invalid_request"),
        (7, 400, "invalid_request"),
        ("https://home.example.com", 400, "Invalid domain: https://home.example.com. Ensure that domain is lowercase"),
        ("Home.example.com", 400, "Invalid domain: Home.example.com"),
        ("home.example.com/", 400, "Invalid domain"),
        ("home.example.com:8123", 400, "Invalid domain"),
        ("localhost", 400, "Invalid domain"),
        ("127.0.0.1", 400, "Invalid domain"),
        ("home.example.org", 412, "Root domain example.org must match registered allowed origin"),
        ("notexample.com", 412, "Root domain notexample.com must match registered allowed origin"),
        ("example.com.evil.com", 412, "Root domain evil.com must match"),
        ("elsewhere.example.com", 424, "Public key download failed for https://elsewhere.example.com"),
        (HOME, 200, None),
    ],
)
async def test_domains(partner: Partner, domain: Any, status: int, error: str | None) -> None:
    """A domain is a bare lower-case host name with the root of one of the app's origins."""
    answer = await partner.register(domain)
    assert answer[0] == status
    assert error is None or answer[1].startswith(error)


async def test_malformed_domain_as_412(partner: Partner) -> None:
    """A malformed domain may be answered like one that is not among the origins."""
    partner.sim.behaviour.malformed_domain = "root_domain"
    assert (await partner.register("Home.example.com"))[0] == 412


@pytest.mark.parametrize(
    ("domain", "root"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("alex.github.io", "alex.github.io"),
        ("www.alex.github.io", "alex.github.io"),
        ("x.example.co.uk", "example.co.uk"),
        ("abc.ui.nabu.casa", "abc.ui.nabu.casa"),
    ],
)
def test_root_domain(domain: str, root: str) -> None:
    """The root is what one owner can have, under suffixes that many share too."""
    assert root_domain(domain) == root


def private_pem() -> bytes:
    """Make what must never be hosted."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def other_pem(key: Any) -> bytes:
    """Make the PEM of a key of another kind."""
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize(
    ("host", "status", "error"),
    [
        (KeyHost(status=404), 424, f"{DOWNLOAD_FAILED}status 404"),
        (KeyHost(status=500), 424, f"{DOWNLOAD_FAILED}status 500"),
        (KeyHost(redirect="https://www.example.com"), 424, f"{DOWNLOAD_FAILED}redirect not allowed"),
        (KeyHost(status=302), 424, f"{DOWNLOAD_FAILED}redirect not allowed"),
        (KeyHost(bad_tls=True), 424, f"{DOWNLOAD_FAILED}certificate verify failed"),
        (KeyHost(seconds=5), 424, f"{DOWNLOAD_FAILED}timeout"),
        (KeyHost(b"x" * 2000), 424, f"{DOWNLOAD_FAILED}too large"),
        (KeyHost(url="http://127.0.0.1:1"), 424, f"{DOWNLOAD_FAILED}connection failed"),
        (KeyHost(b""), 422, "Validation failed: Public key is not a PEM public key"),
        (KeyHost(b"<html>"), 422, "Validation failed: Public key is not a PEM public key"),
        (KeyHost(private_pem()), 422, "Validation failed: Public key is not a PEM public key"),
        (
            KeyHost(other_pem(ec.generate_private_key(ec.SECP384R1()))),
            422,
            "Validation failed: Public key must use the curve prime256v1",
        ),
        (
            KeyHost(other_pem(rsa.generate_private_key(65537, 2048))),
            422,
            "Validation failed: Public key must use the curve prime256v1",
        ),
    ],
)
async def test_hosting(partner: Partner, host: KeyHost, status: int, error: str) -> None:
    """What is wrong with the key or its host is said, and nothing is registered."""
    partner.sim.behaviour.key_fetch_seconds = 0.05 if host.seconds else 5.0
    partner.sim.key_hosts[HOME] = host
    assert await partner.register() == (status, error)
    assert not partner.sim.apps[0].registered_regions


async def test_really_fetched(partner: Partner) -> None:
    """A key host may be a real server on loopback, which is asked as Tesla asks."""
    pem = partner.sim.key_hosts[HOME].pem
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(f"{request.host}{request.path}")
        if len(asked) > 1:
            raise web.HTTPFound("/elsewhere")
        return web.Response(body=pem)

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    partner.sim.key_hosts[HOME] = KeyHost(url=f"http://127.0.0.1:{runner.addresses[0][1]}/")
    assert (await partner.register())[0] == 200
    assert await partner.register() == (424, f"{DOWNLOAD_FAILED}redirect not allowed")
    website = f"{partner.sim.url('control')}/internet/{HOME}{KEY_PATH}"
    async with partner.client.session.get(website) as response:
        assert (response.status, await response.text()) == (502, "redirect not allowed")
    await runner.cleanup()
    assert asked == [f"{HOME}{KEY_PATH}"] * 3


async def test_taken(partner: Partner) -> None:
    """Neither a domain nor a key serves two apps, in whichever regions; a domain that is given up is free."""
    hosts = partner.sim.key_hosts
    await partner.register()
    assert await partner.register(app=2, region="na") == (422, "Validation failed: Domain has already been taken")
    hosts["two.example.com"] = hosts[HOME]
    taken = (422, "Validation failed: Public key hash has already been taken")
    assert await partner.register("two.example.com", app=2) == taken
    assert (await partner.register("two.example.com"))[0] == 200
    hosts[HOME] = KeyHost.of(ec.generate_private_key(ec.SECP256R1()).public_key())
    assert (await partner.register(app=2))[0] == 200


async def test_tokens(partner: Partner) -> None:
    """Registering wants a partner token of this region; the limit counts here too."""
    sim, app = partner.sim, partner.sim.apps[0]
    assert (await partner.client.post(PATH, {"domain": HOME}))[0] == 401
    elsewhere = partner.of(app, "na", "eu")
    status, body = await elsewhere.post(PATH, {"domain": HOME})
    assert (status, sim.url("na") in body["error"]) == (421, True)
    sim.behaviour.partner_token_elsewhere = "accept"
    assert (await elsewhere.post(PATH, {"domain": HOME}))[0] == 200
    sim.bill.record(app.client_id, "wake", 5000)
    assert await partner.register() == (403, "account disabled: EXCEEDED_LIMIT")


async def test_public_key(partner: Partner) -> None:
    """Only the registered domain has a key."""
    await partner.register()
    client = partner.of(partner.sim.apps[0])
    for query, status in (("", 400), ("?domain=example.com", 404), (f"?domain={HOME}", 200)):
        assert (await client.get(f"{PATH}/public_key{query}"))[0] == status


async def test_telemetry_errors(partner: Partner) -> None:
    """No car has reported any."""
    await partner.register()
    for name in ("fleet_telemetry_error_vins", "fleet_telemetry_errors"):
        assert await partner.of(partner.sim.apps[0]).get(f"{PATH}/{name}") == (200, {"response": []})


async def test_vanishing(partner: Partner) -> None:
    """A registration that vanished is 412 everywhere but where one registers again."""
    app = partner.sim.apps[0]
    await partner.register()
    await partner.register(region="na")
    partner.sim.unregister(app, "eu")
    assert (await partner.client.get("/api/1/products"))[0] == 412
    assert (await partner.of(app).get(f"{PATH}/public_key?domain={HOME}"))[0] == 412
    assert (await partner.register())[0] == 200
    assert (await partner.client.get("/api/1/products"))[0] == 200
    partner.sim.unregister(app)
    assert (app.registered_regions, app.registrations) == (set(), {})


async def test_library(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    """tesla-fleet-api registers and reads back; only the token host is pointed here."""
    sim = partner.sim
    monkeypatch.setitem(TOKEN_URLS, "na", sim.region_table()["eu"]["token_url"])
    api = TeslaFleetApi(partner.client.session, partner.client.token, server=sim.url("eu"))
    await api.partner_login("demo-client", "demo-secret")
    with pytest.raises(exceptions.PreconditionFailed):
        await api.partner.register("home.example.org")
    answer = await api.partner.register(HOME)
    assert await api.partner.public_key(HOME) == {"response": {"public_key": answer["response"]["public_key"]}}
    await api.partner.fleet_telemetry_errors(HOME)


async def test_registration_without_api(partner: Partner) -> None:
    """A test or demo can start registered."""
    partner.sim.enrol(HOME, partner.key, partner.sim.apps[2], ["na"])
    assert partner.sim.apps[2].registered_regions == {"na"}
    token = partner.sim.grant(partner.sim.world.accounts[0], partner.sim.apps[2], USER_SCOPES)
    client = Client(partner.sim, partner.client.session, token["access_token"])
    assert (await client.get("/api/1/products"))[0] == 412


def test_program() -> None:
    """The program can begin unregistered, with the key hosts that it is told."""
    options = parsed_arguments(
        ["--unregistered", "--origin", "https://h.example.org", "--key-host", "h.example.org=http://127.0.0.1:1"]
    )
    assert (options.unregistered, options.origin) == (True, ["https://h.example.org"])
    assert dict(options.key_host) == {"h.example.org": KeyHost(url="http://127.0.0.1:1")}
    for wrong in ("h.example.org", "=http://127.0.0.1:1"):
        with pytest.raises(SystemExit):
            parsed_arguments(["--key-host", wrong])


def test_points() -> None:
    """A point off the curve is no key."""
    with pytest.raises(NoKey):
        key_of(b"\x04" + bytes(64))
