"""Token requests, and the look ahead at Tesla's page, against the simulated sign-in server."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from custom_components.tesla_charging.fleet import sign_in
from custom_components.tesla_charging.fleet.regions import Region, region_table
from custom_components.tesla_charging.fleet.sign_in import (
    SignInError,
    SignInFault,
    fault_of_word,
    look_at_sign_in_page,
    request_token,
)
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

REDIRECT = "https://my.home-assistant.io/redirect/oauth"


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def region(sim: Simulator) -> Region:
    """Return the simulated Europe."""
    return region_table()["eu"]


@pytest.fixture
def fields(sim: Simulator, person: Account, app: App) -> dict[str, str]:
    """Return a refresh that is good."""
    token = sim.grant(person, app, USER_SCOPES)
    return {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": token["refresh_token"]}


@pytest.fixture
def partner(region: Region, app: App) -> dict[str, str]:
    """Return a request for a partner token that is good."""
    return {
        "grant_type": "client_credentials",
        "client_id": app.client_id,
        "client_secret": str(app.client_secret),
        "audience": region.api_url,
        "scope": "openid",
    }


async def refused(session: aiohttp.ClientSession, region: Region, fields: dict[str, str]) -> SignInError:
    """Send a request that has to fail."""
    with pytest.raises(SignInError) as caught:
        await request_token(session, region, fields)
    return caught.value


async def test_a_token(sim: Simulator, session: aiohttp.ClientSession, region: Region, fields: dict[str, str]) -> None:
    """The answer is passed on, its lifetime as a number, and the request is a form."""
    answer = await request_token(session, region, fields)
    assert answer["expires_in"] == 28_800
    assert answer["refresh_token"] not in ("", fields["refresh_token"])
    (request,) = sim.requests_for("token")
    assert (request.host, request.method, request.body, request.status) == ("auth", "POST", fields, 200)


@pytest.mark.parametrize(("text", "seconds"), [("28800", 28_800), (28_800.9, 28_800)])
async def test_a_lifetime_of_another_type(
    sim: Simulator, session: aiohttp.ClientSession, region: Region, fields: dict[str, str], text: Any, seconds: int
) -> None:
    """A lifetime that can be read as a number is one."""
    sim.faults.add(Fault(endpoint="token", put={"expires_in": text}))
    assert (await request_token(session, region, fields))["expires_in"] == seconds


@pytest.mark.parametrize(
    ("changes", "fault", "word"),
    [
        ({"audience": "https://elsewhere"}, SignInFault.INVALID_AUDIENCE, "invalid_audience"),
        ({"client_id": "unknown"}, SignInFault.INVALID_CLIENT, "invalid_client"),
        ({"client_secret": "wrong"}, SignInFault.INVALID_CLIENT, "unauthorized_client"),
        ({"scope": "user_data nonsense"}, SignInFault.INVALID_SCOPE, "invalid_scope"),
        ({"grant_type": "magic"}, SignInFault.REJECTED, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, SignInFault.LOGIN_REQUIRED, "login_required"),
        ({"grant_type": "authorization_code", "code": "EU_0"}, SignInFault.INVALID_CODE, "invalid_auth_code"),
    ],
)
async def test_what_tesla_refuses(
    session: aiohttp.ClientSession,
    region: Region,
    partner: dict[str, str],
    changes: dict[str, str],
    fault: SignInFault,
    word: str,
) -> None:
    """Each refusal has its own fault, and Tesla's words are kept."""
    err = await refused(session, region, {**partner, **changes})
    assert err.fault is fault
    assert err.words.startswith(f"{word}: ")
    assert str(err) == f"{fault}: {err.words}"
    assert partner["client_secret"] not in str(err)
    assert err.retry_after is None


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(answer="internal"), SignInFault.SERVER_ERROR),
        (Fault(answer="bad_gateway"), SignInFault.SERVER_ERROR),
        (Fault(answer="unavailable_html"), SignInFault.SERVER_ERROR),
        (Fault(answer="timeout"), SignInFault.SERVER_ERROR),
        (Fault(status=500, body={"error": "login_required"}), SignInFault.SERVER_ERROR),
        (Fault(status=429, body={"error": "login_required"}), SignInFault.SERVER_ERROR),
        (Fault(answer="html"), SignInFault.SERVER_ERROR),
        (Fault(answer="empty"), SignInFault.SERVER_ERROR),
        (Fault(answer="null"), SignInFault.SERVER_ERROR),
        (Fault(answer="list"), SignInFault.SERVER_ERROR),
        (Fault(answer="truncated"), SignInFault.SERVER_ERROR),
        (Fault(truncate=True), SignInFault.SERVER_ERROR),
        (Fault(status=200, body="[" * 100_000), SignInFault.SERVER_ERROR),
        (Fault(drop=["access_token"]), SignInFault.SERVER_ERROR),
        (Fault(put={"access_token": 5}), SignInFault.SERVER_ERROR),
        (Fault(drop=["expires_in"]), SignInFault.SERVER_ERROR),
        (Fault(put={"expires_in": None}), SignInFault.SERVER_ERROR),
        (Fault(put={"expires_in": "soon"}), SignInFault.SERVER_ERROR),
        (Fault(put={"expires_in": 1e400}), SignInFault.SERVER_ERROR),
        (Fault(put={"expires_in": 10**400}), SignInFault.SERVER_ERROR),
        (Fault(answer="empty_401"), SignInFault.SERVER_ERROR),
        (Fault(status=401, body="<html>"), SignInFault.SERVER_ERROR),
        (Fault(status=400, body=[]), SignInFault.SERVER_ERROR),
        (Fault(status=400, body={"error": None}), SignInFault.SERVER_ERROR),
        (Fault(status=400, body={"error_description": "login_required"}), SignInFault.SERVER_ERROR),
        (Fault(status=302, headers={"Location": "https://example.com"}), SignInFault.SERVER_ERROR),
        (Fault(status=400, body={"error": "brand_new"}), SignInFault.REJECTED),
        (Fault(status=400, body={"error": {"code": "login_required"}}), SignInFault.REJECTED),
        (Fault(status=400, body={"error": "invalid_grant"}), SignInFault.LOGIN_REQUIRED),
        (Fault(answer="invalid_redirect_url"), SignInFault.INVALID_REDIRECT),
        (Fault(reset=True), SignInFault.NO_ANSWER),
    ],
)
async def test_what_goes_wrong(
    sim: Simulator,
    session: aiohttp.ClientSession,
    region: Region,
    fields: dict[str, str],
    fault: Fault,
    expected: SignInFault,
) -> None:
    """Only Tesla's own word is a refusal; all that may pass by itself is not; then the same request goes through."""
    sim.faults.add(replace(fault, endpoint="token", times=1))
    assert (await refused(session, region, fields)).fault is expected
    assert (await request_token(session, region, fields))["access_token"]


async def test_hanging(
    sim: Simulator,
    session: aiohttp.ClientSession,
    region: Region,
    fields: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that says nothing is given up."""
    monkeypatch.setattr(sign_in, "_SECONDS", 0.1)
    sim.faults.add(Fault(endpoint="token", hang=True))
    err = await refused(session, region, fields)
    assert (err.fault, err.words) == (SignInFault.NO_ANSWER, "TimeoutError")


async def test_nobody_there(
    sim: Simulator, session: aiohttp.ClientSession, region: Region, fields: dict[str, str]
) -> None:
    """No server is no answer, and the exception names no address or token."""
    await sim.stop()
    err = await refused(session, region, fields)
    assert err.fault is SignInFault.NO_ANSWER
    assert err.__cause__ is None
    assert fields["refresh_token"] not in str(err)
    assert region.token_url not in str(err)


@pytest.mark.parametrize(("fault", "seconds"), [(Fault.rate_limited(7), 7.0), (Fault.rate_limited(), None)])
async def test_when_to_try_again(
    sim: Simulator,
    session: aiohttp.ClientSession,
    region: Region,
    fields: dict[str, str],
    fault: Fault,
    seconds: float | None,
) -> None:
    """A 429 says how long to wait."""
    sim.faults.add(replace(fault))
    err = await refused(session, region, fields)
    assert (err.fault, err.retry_after) == (SignInFault.SERVER_ERROR, seconds)


@pytest.mark.parametrize("field", ["error", "error_description"])
async def test_no_secret_in_the_words(
    sim: Simulator, session: aiohttp.ClientSession, region: Region, fields: dict[str, str], field: str
) -> None:
    """What Tesla says is scrubbed and short before anybody reads it."""
    private = "alex@example.com 5YJ3E7EB1KF000001 eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
    sim.faults.add(Fault(status=400, body={"error": "invalid_scope", field: f"{private} {'x' * 500}"}))
    err = await refused(session, region, fields)
    for secret in private.split():
        assert secret not in str(err)
    assert len(err.words) <= 200


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("access_denied", SignInFault.ACCESS_DENIED),
        ("invalid_scope", SignInFault.INVALID_SCOPE),
        ("unauthorized_client", SignInFault.INVALID_CLIENT),
        ("invalid_redirect_uri", SignInFault.INVALID_REDIRECT),
        ("server_error", SignInFault.REJECTED),
        ("", SignInFault.REJECTED),
    ],
)
def test_the_word_at_the_redirect_address(word: str, fault: SignInFault) -> None:
    """Tesla's word, or that it is a new one."""
    assert fault_of_word(word) is fault


def page(sim: Simulator, **changes: str) -> str:
    """Return the address of Tesla's sign-in page."""
    query = {
        "response_type": "code",
        "client_id": "demo-client",
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "state": "1",
        **changes,
    }
    return str(URL(region_table()["eu"].authorize_url).with_query(query))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"client_id": "unknown"}, SignInFault.INVALID_CLIENT),
        ({"redirect_uri": "https://example.org"}, SignInFault.INVALID_REDIRECT),
        ({"scope": "nonsense"}, None),
    ],
)
async def test_the_page(
    sim: Simulator, session: aiohttp.ClientSession, changes: dict[str, str], expected: SignInFault | None
) -> None:
    """A page that would turn a person away says why; what Tesla sends back to us is no reason to stop."""
    assert await look_at_sign_in_page(session, page(sim, **changes)) is expected
    assert [request.endpoint for request in sim.requests] == ["authorize"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=400, body="No policy rules"), None),
        (Fault(status=401, body="Unknown CLIENT"), SignInFault.INVALID_CLIENT),
        (Fault(status=400, body="Redirect_URL of this client"), SignInFault.INVALID_REDIRECT),
        (Fault(status=403, body="client"), None),
        (Fault(status=500, body="client"), None),
        (Fault(status=200, body="client"), None),
        (Fault(reset=True), None),
    ],
)
async def test_a_page_that_is_not_clear(
    sim: Simulator, session: aiohttp.ClientSession, fault: Fault, expected: SignInFault | None
) -> None:
    """Anything but a clear refusal lets the person go on."""
    sim.faults.add(replace(fault))
    assert await look_at_sign_in_page(session, page(sim)) is expected


async def test_a_page_that_hangs(
    sim: Simulator, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the look ahead."""
    monkeypatch.setattr(sign_in, "_SECONDS_LOOK", 0.1)
    sim.faults.add(Fault(endpoint="authorize", hang=True))
    assert await look_at_sign_in_page(session, page(sim)) is None
