"""Tokens and their endpoint against fleet_api.md 1.4 and 1.5."""

from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import jwt
import pytest

from tesla_simulator import Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .signing_in import BASIC, CHALLENGE, VERIFIER, authorize_url, claims, exchange, me, query_of, refresh, token


async def test_keys_verify_tokens(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> None:
    """The metadata lead to keys that verify a token."""
    base = sim.url("auth")
    async with session.get(f"{base}/oauth2/v3/thirdparty/.well-known/openid-configuration") as response:
        metadata = await response.json()
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_post"]
    async with session.get(metadata["jwks_uri"]) as response:
        keys = jwt.PyJWKSet.from_dict(await response.json())
    access = sim.grant(account, sim.apps[0], ["openid"])["access_token"]
    kid = jwt.get_unverified_header(access)["kid"]
    verified = jwt.decode(access, keys[kid].key, algorithms=["RS256"], audience=sim.url("eu"))
    assert verified["iss"] == f"{base}/oauth2/v3/nts"


async def test_pkce(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """An app without a secret proves itself with the verifier."""
    url = authorize_url(sim, client_id="open-source-client", code_challenge=CHALLENGE, code_challenge_method="S256")
    form = {"client_id": "open-source-client", "client_secret": None}
    code = query_of(await sim.authorize(url))["code"]
    status, tokens = await exchange(sim, session, code, code_verifier="x" * 43, **form)
    assert (status, tokens["error"]) == (400, "invalid_request")
    code = query_of(await sim.authorize(url))["code"]
    status, tokens = await exchange(sim, session, code, code_verifier=VERIFIER, **form)
    assert status == 200
    status, _ = await token(
        sim, session, client_id="open-source-client", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert status == 200


@pytest.mark.parametrize(("setting", "expected"), [("verify", 400), ("ignore", 200)])
async def test_confidential_pkce(sim: Simulator, session: aiohttp.ClientSession, setting: Any, expected: int) -> None:
    """Whether the verifier of an app with a secret is looked at is a setting."""
    sim.behaviour.confidential_pkce = setting
    url = authorize_url(sim, code_challenge=CHALLENGE, code_challenge_method="S256")
    code = query_of(await sim.authorize(url))["code"]
    assert (await exchange(sim, session, code, code_verifier="wrong"))[0] == expected


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 400, "unauthorized_client"),
        ({"client_secret": None}, 400, "unauthorized_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": "https://example.com/x"}, 400, "invalid_redirect_url"),
        ({"code": "EU_wrong"}, 400, "invalid_auth_code"),
        ({"audience": "https://example.com"}, 400, "invalid_audience"),
        ({"scope": "vehicle_specs"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_exchange_errors(
    sim: Simulator, session: aiohttp.ClientSession, changes: dict[str, str | None], status: int, error: str
) -> None:
    """Each fault of a code exchange has its own error."""
    code = query_of(await sim.authorize(authorize_url(sim)))["code"]
    form = {"code": code, **changes}
    answer = await exchange(sim, session, str(form.pop("code")), **form)
    assert (answer[0], answer[1]["error"]) == (status, error)


async def test_json_body_is_refused(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """The token endpoint takes forms only."""
    async with session.post(
        f"{sim.url('auth')}/oauth2/v3/token", json={"grant_type": "refresh_token", "client_id": "demo-client"}
    ) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "invalid_request"


async def test_code_expires(sim: Simulator, session: aiohttp.ClientSession, freezer: FrozenDateTimeFactory) -> None:
    """A code is good for five minutes."""
    code = query_of(await sim.authorize(authorize_url(sim)))["code"]
    freezer.tick(301)
    assert (await exchange(sim, session, code))[1]["error"] == "invalid_auth_code"


async def test_rotation(
    sim: Simulator, session: aiohttp.ClientSession, account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """A refresh token works once, and the last used one 24 h more."""
    first = sim.grant(account, sim.apps[0], BASIC.split())
    status, second = await refresh(sim, session, first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert await me(sim, session, first["access_token"]) == 401
    assert await me(sim, session, second["access_token"]) == 200
    freezer.tick(86_000)
    status, again = await refresh(sim, session, first["refresh_token"])
    assert status == 200
    status, lost = await refresh(sim, session, second["refresh_token"])
    assert (status, lost["error"]) == (401, "login_required")
    status, third = await refresh(sim, session, again["refresh_token"])
    assert status == 200
    status, old = await refresh(sim, session, first["refresh_token"])
    assert (status, old["error"]) == (401, "login_required")
    freezer.tick(86_401)
    status, late = await refresh(sim, session, again["refresh_token"])
    assert (status, late["error"]) == (401, "login_required")
    assert (await refresh(sim, session, third["refresh_token"]))[0] == 200


async def test_refresh_token_life(
    sim: Simulator, session: aiohttp.ClientSession, account: Account, freezer: FrozenDateTimeFactory
) -> None:
    """A refresh token dies after three months, an access token after 8 h."""
    tokens = sim.grant(account, sim.apps[0], BASIC.split())
    freezer.tick(28_801)
    assert await me(sim, session, tokens["access_token"]) == 401
    freezer.tick(91 * 86_400)
    status, answer = await refresh(sim, session, tokens["refresh_token"])
    assert (status, answer["error"]) == (401, "login_required")


async def test_access_tokens_may_live_on(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> None:
    """Whether a refresh ends earlier access tokens is a setting."""
    sim.behaviour.refresh_ends_access_tokens = False
    tokens = sim.grant(account, sim.apps[0], BASIC.split())
    await refresh(sim, session, tokens["refresh_token"])
    assert await me(sim, session, tokens["access_token"]) == 200


async def test_password_reset(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> None:
    """After a password reset only a new sign-in helps."""
    tokens = sim.grant(account, sim.apps[0], BASIC.split())
    sim.revoke(account)
    status, answer = await refresh(sim, session, tokens["refresh_token"])
    assert (status, answer["error"]) == (401, "login_required")
    assert await me(sim, session, tokens["access_token"]) == 401


async def test_scopes_decide_on_tokens(sim: Simulator, account: Account) -> None:
    """No refresh token without offline_access, no id_token without openid."""
    tokens = sim.grant(account, sim.apps[0], ["vehicle_device_data"])
    assert "refresh_token" not in tokens
    assert "id_token" not in tokens


async def test_partner_token(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """A partner token acts as the app; it needs a secret and a good audience."""
    form = {
        "grant_type": "client_credentials",
        "client_secret": "demo-secret",
        "scope": "openid vehicle_specs",
        "audience": sim.url("eu"),
    }
    status, answer = await token(sim, session, **form)
    assert status == 200
    assert "refresh_token" not in answer
    partner = claims(answer)
    assert (partner["sub"], partner["ou_code"]) == ("demo-client", "EU")
    assert partner["scp"] == ["openid", "vehicle_specs"]
    for changes, error in (
        ({"audience": None}, "invalid_audience"),
        ({"client_secret": None}, "unauthorized_client"),
        ({"client_id": "open-source-client"}, "unauthorized_client"),
        ({"scope": "enterprise_management"}, "invalid_scope"),
    ):
        status, answer = await token(sim, session, **{**form, **changes})
        assert (status, answer["error"]) == (400, error)
    sim.behaviour.refuse_audience = True
    assert (await token(sim, session, **form))[1]["error"] == "invalid_audience"


async def test_userinfo(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> None:
    """Userinfo has what the id_token lacks."""
    access = sim.grant(account, sim.apps[0], USER_SCOPES)["access_token"]
    async with session.get(
        f"{sim.url('auth')}/oauth2/v3/userinfo", headers={"Authorization": f"Bearer {access}"}
    ) as response:
        assert (await response.json())["email"] == "alex@example.com"
