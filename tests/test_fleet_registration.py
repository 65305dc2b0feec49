"""Registering an app: the key on its domain as Tesla would see it, then each of Tesla's answers."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import ipaddress
from pathlib import Path
import re
import ssl
from typing import Any

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
import pytest

from custom_components.tesla_charging.fleet import registration
from custom_components.tesla_charging.fleet.client import FleetClient
from custom_components.tesla_charging.fleet.keys import WELL_KNOWN_PATH, CommandKey
from custom_components.tesla_charging.fleet.regions import region_table
from custom_components.tesla_charging.fleet.registration import (
    RegistrationError,
    RegistrationFault,
    check_hosted_key,
    domain_of,
    key_url,
    register,
)
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.key_hosts import KeyHost

from .fleet_bench import Keeper, Payer

DOMAIN = "home.example.com"


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """Return a session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="module")
def key() -> CommandKey:
    """Return the key of the app."""
    return CommandKey.generate()


# Domains


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("home.example.com", "home.example.com"),
        ("  Home.Example.COM ", "home.example.com"),
        ("https://home.example.com/", "home.example.com"),
        ("http://home.example.com/some/path?x=1", "home.example.com"),
        ("HTTPS://home.example.com", "home.example.com"),
        ("home.example.com.", "home.example.com"),
        ("a.io", "a.io"),
        ("xn--mller-kva.de", "xn--mller-kva.de"),
        ("abcdef0123456789.ui.nabu.casa", "abcdef0123456789.ui.nabu.casa"),
    ],
)
def test_domain_of(typed: str, domain: str) -> None:
    """What a person pastes is understood as long as it names a website."""
    assert domain_of(typed) == domain


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "localhost",
        "192.168.1.10",
        "home.example.com:8123",
        "https://home.example.com:8123/",
        "user@example.com",
        "home_1.example.com",
        "-home.example.com",
        "home-.example.com",
        "home..example.com",
        "müller.de",
        "home example.com",
        "ftp://example.com",
        f"{'a' * 64}.example.com",
        ".".join(["a" * 60] * 5),
    ],
)
def test_no_domain(typed: str) -> None:
    """What is no public name of a website is refused at once."""
    with pytest.raises(RegistrationError) as caught:
        domain_of(typed)
    assert (caught.value.fault, str(caught.value)) == (RegistrationFault.DOMAIN_INVALID, "domain_invalid")


def test_key_url() -> None:
    """Tesla looks at the root of the domain, by https, in each region."""
    for region in region_table().values():
        assert key_url(DOMAIN, region) == f"https://{DOMAIN}{WELL_KNOWN_PATH}"


# The look at the website


def at_simulator(sim: Simulator) -> str:
    """Return where the simulated website of the domain is."""
    return f"{sim.url('control')}/internet/{DOMAIN}{WELL_KNOWN_PATH}"


async def look(session: aiohttp.ClientSession, url: str, key: CommandKey) -> RegistrationError:
    """Look at a website that does something wrong."""
    with pytest.raises(RegistrationError) as caught:
        await check_hosted_key(session, url, key)
    return caught.value


async def test_hosted(sim: Simulator, session: aiohttp.ClientSession, key: CommandKey) -> None:
    """The very key is all that is asked for."""
    sim.key_hosts[DOMAIN] = KeyHost.of(key.private.public_key())
    await check_hosted_key(session, at_simulator(sim), key)
    sim.key_hosts[DOMAIN] = KeyHost(pem=f"\r\n{key.public_pem}\r\n\r\n".encode())
    await check_hosted_key(session, at_simulator(sim), key)


OTHER = CommandKey.generate()


@pytest.mark.parametrize(
    ("host", "fault", "words"),
    [
        (KeyHost(redirect="https://www.example.com/"), "key_redirected", "301"),
        (KeyHost(status=404), "key_status", "404"),
        (KeyHost(status=500), "key_status", "500"),
        (KeyHost(pem=b"<html>Welcome</html>"), "key_not_a_key", ""),
        (KeyHost(pem=b"\xff\xfe\x00"), "key_not_a_key", ""),
        (KeyHost(pem=b"x" * 100_000), "key_not_a_key", ""),
        (KeyHost(pem=OTHER.private_pem.encode()), "key_not_a_key", ""),
        (KeyHost(pem=OTHER.public_pem.encode()), "key_other", OTHER.fingerprint),
        (None, "key_unreachable", "ServerDisconnectedError"),
        (KeyHost(seconds=30), "key_unreachable", "TimeoutError"),
    ],
    ids=["redirect", "404", "500", "html", "no text", "long", "private", "other", "gone", "slow"],
)
async def test_hosted_wrongly(
    sim: Simulator,
    session: aiohttp.ClientSession,
    key: CommandKey,
    monkeypatch: pytest.MonkeyPatch,
    host: KeyHost | None,
    fault: str,
    words: str,
) -> None:
    """Each thing that Tesla would not take has its own name."""
    monkeypatch.setattr(registration, "_SECONDS", 0.5)
    if host is not None:
        sim.key_hosts[DOMAIN] = host
    err = await look(session, at_simulator(sim), key)
    assert (err.fault, err.words) == (fault, words)


async def test_no_server(session: aiohttp.ClientSession, key: CommandKey, socket_enabled: None) -> None:
    """Nobody answers."""
    err = await look(session, f"http://127.0.0.1:9{WELL_KNOWN_PATH}", key)
    assert err.fault is RegistrationFault.KEY_UNREACHABLE


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS with a certificate that nobody trusts."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


async def test_bad_certificate(
    session: aiohttp.ClientSession, key: CommandKey, tmp_path: Path, socket_enabled: None
) -> None:
    """The right key behind a certificate that is not trusted is not enough for Tesla."""

    async def serve(_: web.Request) -> web.Response:
        return web.Response(text=key.public_pem)

    application = web.Application()
    application.router.add_get(WELL_KNOWN_PATH, serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self_signed(tmp_path)).start()
    port = runner.addresses[0][1]
    try:
        err = await look(session, f"https://127.0.0.1:{port}{WELL_KNOWN_PATH}", key)
    finally:
        await runner.cleanup()
    assert err.fault is RegistrationFault.KEY_UNTRUSTED


# Tesla's answers


@pytest.fixture
async def partner(sim: Simulator, session: aiohttp.ClientSession, app: App, key: CommandKey) -> FleetClient:
    """Return a client with a partner token, of an app that could be registered and is not."""
    sim.unregister(app)
    app.origins.add(f"https://{DOMAIN}")
    sim.key_hosts[DOMAIN] = KeyHost.of(key.private.public_key())
    fields = {
        "grant_type": "client_credentials",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "audience": sim.url("eu"),
        "scope": "openid",
    }
    async with session.post(f"{sim.url('auth')}/oauth2/v3/token", data=fields) as answer:
        token = (await answer.json())["access_token"]
    regions = region_table()
    return FleetClient(session, Keeper([token]), regions["eu"], regions, pay=Payer())


@pytest.mark.parametrize("wrapped", [True, False])
async def test_register(sim: Simulator, partner: FleetClient, app: App, key: CommandKey, wrapped: bool) -> None:
    """Registered in this region and no other; doing it again is harmless, another key takes its place."""
    sim.behaviour.register_wrapped = wrapped
    for _ in range(2):
        await register(partner, DOMAIN, key)
    assert app.registered_regions == {"eu"}
    assert app.registrations["eu"].point.hex() == key.public_hex
    assert await partner.registered_key(DOMAIN) == key.public_hex
    sim.key_hosts[DOMAIN] = KeyHost.of(OTHER.private.public_key())
    await register(partner, DOMAIN, OTHER)
    assert app.registrations["eu"].point.hex() == OTHER.public_hex


def no_origin(sim: Simulator, key: CommandKey) -> None:
    """Forget to enter the domain at Tesla."""
    sim.apps[0].origins.clear()


def no_website(sim: Simulator, key: CommandKey) -> None:
    """Take the website away."""
    sim.key_hosts.clear()


def bad_website(sim: Simulator, key: CommandKey) -> None:
    """Let the certificate end."""
    sim.key_hosts[DOMAIN].bad_tls = True


def no_key(sim: Simulator, key: CommandKey) -> None:
    """Put something else on the website."""
    sim.key_hosts[DOMAIN].pem = b"no key"


def taken(sim: Simulator, key: CommandKey) -> None:
    """Let another app have the domain."""
    sim.enrol(DOMAIN, key.private.public_key(), sim.apps[1])


def key_taken(sim: Simulator, key: CommandKey) -> None:
    """Let another app have the key, with another domain."""
    sim.enrol("other.example.com", key.private.public_key(), sim.apps[1])


@pytest.mark.parametrize(
    ("spoil", "fault", "words"),
    [
        (no_origin, "domain_not_allowed", "Root domain example.com must match registered allowed origin"),
        (no_website, "key_not_fetched", "no such host"),
        (bad_website, "key_not_fetched", "certificate verify failed"),
        (no_key, "tesla_refuses", "Public key"),
        (taken, "domain_taken", "Domain has already been taken"),
        (key_taken, "key_taken", "Public key hash has already been taken"),
    ],
)
async def test_refused(
    sim: Simulator,
    partner: FleetClient,
    key: CommandKey,
    spoil: Callable[[Simulator, CommandKey], None],
    fault: str,
    words: str,
) -> None:
    """What a person can put right is told in Tesla's words, with the number of the answer."""
    spoil(sim, key)
    with pytest.raises(RegistrationError) as caught:
        await register(partner, DOMAIN, key)
    assert caught.value.fault == fault
    assert words in caught.value.words
    assert caught.value.words.endswith(")")
    assert str(caught.value) == f"{fault}: {caught.value.words}"


async def test_no_txid(sim: Simulator, partner: FleetClient, key: CommandKey) -> None:
    """An answer without a number is told in Tesla's words alone."""
    sim.faults.add(Fault("partner_accounts", status=424, body={"error": "no"}))
    sim.faults.add(Fault("register", status=424, body={"error": "no"}))
    with pytest.raises(RegistrationError) as caught:
        await register(partner, DOMAIN, key)
    assert caught.value.words.startswith("no")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(answer="exceeded_limit"), "tesla_limit", "EXCEEDED_LIMIT"),
        (Fault(answer="internal"), "tesla_trouble", "internal server error"),
        (Fault(answer="unavailable_html"), "tesla_trouble", "503"),
        (Fault(answer="html"), "tesla_unreadable", "200"),
        (Fault(reset=True), "tesla_silent", "Error"),
        (Fault(answer="token_expired"), "tesla_refuses", "token expired (401)"),
        (Fault(answer="invalid_domain"), "tesla_refuses", "Invalid domain"),
        (Fault(answer="payment_required"), "tesla_refuses", "payment"),
        (Fault.rate_limited(5), "tesla_too_many", "rate limited"),
        (Fault(status=422, body={"error": "something new"}), "tesla_refuses", "something new"),
    ],
)
@pytest.mark.parametrize("endpoint", ["partner_accounts", "public_key"])
async def test_trouble(
    sim: Simulator, partner: FleetClient, key: CommandKey, endpoint: str, fault: Fault, kind: str, words: str
) -> None:
    """What a person cannot put right has its name too, at the registration and when it is read back."""
    sim.faults.add(replace(fault, path=f"*/{endpoint}"))
    with pytest.raises(RegistrationError) as caught:
        await register(partner, DOMAIN, key)
    assert caught.value.fault == kind
    assert words in caught.value.words
    assert (re.search(r" \([0-9a-f]{32}\)$", caught.value.words) is None) is fault.reset
    assert fault.answer is None or app_is_registered(sim) is (endpoint == "public_key")


def app_is_registered(sim: Simulator) -> bool:
    """Whether Tesla has taken the registration."""
    return sim.apps[0].registered_regions == {"eu"}


@pytest.mark.parametrize("answer", ["not_registered", "not_found"])
async def test_not_known_yet(sim: Simulator, partner: FleetClient, key: CommandKey, answer: str) -> None:
    """Tesla's parts may know of a registration one after the other: that is not the domain's fault."""
    sim.faults.add(Fault(path="*/public_key", answer=answer))
    with pytest.raises(RegistrationError) as caught:
        await register(partner, DOMAIN, key)
    assert caught.value.fault is RegistrationFault.STILL_NOT_REGISTERED


@pytest.mark.parametrize(
    ("kept", "fault", "words"),
    [
        (None, "still_not_registered", ""),
        (5, "still_not_registered", ""),
        (OTHER.public_hex, "registered_other", OTHER.fingerprint),
    ],
    ids=["none", "number", "other"],
)
async def test_read_back(
    sim: Simulator, partner: FleetClient, key: CommandKey, kept: Any, fault: str, words: str
) -> None:
    """A registration counts when Tesla tells of the very key."""
    sim.faults.add(Fault(path="*/public_key", put={"response.public_key": kept}))
    with pytest.raises(RegistrationError) as caught:
        await register(partner, DOMAIN, key)
    assert (caught.value.fault, caught.value.words) == (fault, words)


async def test_read_back_in_capitals(sim: Simulator, partner: FleetClient, key: CommandKey) -> None:
    """How Tesla writes it does not matter."""
    sim.faults.add(Fault(path="*/public_key", put={"response.public_key": key.public_hex.upper()}))
    await register(partner, DOMAIN, key)
