"""Sign-in and consent against fleet_api.md 1.3 and 1.6."""

import aiohttp
import pytest

from tesla_simulator import App, Simulator
from tesla_simulator.browser import PageError
from tesla_simulator.world import Account

from .signing_in import BASIC, CHALLENGE, REDIRECT, authorize_url, claims, exchange, me, query_of, refresh


async def test_sign_in(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> None:
    """A sign-in gives a code with the region and a token with Tesla's claims."""
    answer = query_of(await sim.authorize(authorize_url(sim, nonce="nonce-1")))
    assert answer["state"] == "state-1"
    assert answer["code"].startswith("EU_")
    status, tokens = await exchange(sim, session, answer["code"], audience=sim.url("eu"))
    assert status == 200
    assert tokens["expires_in"] == 28_800
    assert tokens["token_type"] == "Bearer"
    assert tokens["state"] == "state-1"
    assert tokens["refresh_token"].startswith("EU_")
    access = claims(tokens)
    assert access["sub"] == account.sub
    assert access["scp"] == BASIC.split()
    assert sim.url("eu") in access["aud"]
    assert access["ou_code"] == "EU"
    assert access["azp"] == "demo-client"
    assert access["exp"] - access["iat"] == 28_800
    identity = claims(tokens, "id_token")
    assert (identity["aud"], identity["nonce"]) == ("demo-client", "nonce-1")
    assert await exchange(sim, session, answer["code"]) == (
        400,
        {
            "error": "invalid_auth_code",
            "error_description": "The authorization code is expired or was already used.",
            "referenceID": "",
        },
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"client_id": "nobody"}, "unauthorized_client"), ({"redirect_uri": f"{REDIRECT}/"}, "invalid_redirect_uri")],
)
async def test_page_instead_of_redirect(sim: Simulator, changes: dict[str, str], words: str) -> None:
    """What cannot be sent back is shown."""
    with pytest.raises(PageError, match=words):
        await sim.authorize(authorize_url(sim, **changes))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": f"{BASIC} vehicle_specs"}, "invalid_scope"),
        ({"scope": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"client_id": "open-source-client"}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_error_redirect(sim: Simulator, changes: dict[str, str | None], error: str) -> None:
    """A wrong request of a known app goes back to the app."""
    url = await sim.authorize(authorize_url(sim, **changes))
    assert url.startswith(f"{REDIRECT}?")
    assert query_of(url)["error"] == error


async def test_scope_the_app_lacks(sim: Simulator) -> None:
    """A scope that is not enabled on the app is refused."""
    sim.apps.append(App("small", "s", "Small", {REDIRECT}, scopes=frozenset({"openid"})))
    url = await sim.authorize(authorize_url(sim, client_id="small"))
    assert query_of(url)["error"] == "invalid_scope"


async def test_denied(sim: Simulator) -> None:
    """Cancel goes back with access_denied."""
    answer = query_of(await sim.authorize(authorize_url(sim), deny=True))
    assert (answer["error"], answer["state"]) == ("access_denied", "state-1")


async def test_wrong_password(sim: Simulator) -> None:
    """A wrong password gives no code."""
    with pytest.raises(PageError, match="could not sign you in"):
        await sim.authorize(authorize_url(sim), password="wrong")


async def test_old_consent_hides_new_scopes(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """Without prompt_missing_scopes an earlier consent is all one gets."""
    more = f"{BASIC} vehicle_cmds energy_cmds"
    await sim.authorize(authorize_url(sim))
    code = query_of(await sim.authorize(authorize_url(sim, scope=more)))["code"]
    assert claims((await exchange(sim, session, code))[1])["scp"] == BASIC.split()
    url = authorize_url(sim, scope=more, prompt_missing_scopes="true")
    answer = await sim.authorize(url, scopes={*BASIC.split(), "vehicle_cmds"})
    granted = claims((await exchange(sim, session, query_of(answer)["code"]))[1])
    assert granted["scp"] == [*BASIC.split(), "vehicle_cmds"]


async def test_require_requested_scopes(sim: Simulator) -> None:
    """With require_requested_scopes nothing may be unticked."""
    url = authorize_url(sim, require_requested_scopes="true")
    with pytest.raises(PageError, match="All of these are needed"):
        await sim.authorize(url, scopes={"openid"})
    assert "code" in query_of(await sim.authorize(url))


async def test_prompt_login_and_session(sim: Simulator, socket_enabled: None) -> None:
    """A browser that is signed in is asked again only with prompt=login."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:

        async def fetch(**changes: str) -> str:
            async with browser.get(authorize_url(sim, **changes), allow_redirects=False) as response:
                return await response.text()

        page = await fetch()
        assert 'id="sign-in"' in page
        name = page.split('name="transaction_id" value="')[1].split('"')[0]
        form = {"transaction_id": name, "action": "sign_in", "identity": "alex@example.com", "credential": "demo"}
        async with browser.post(authorize_url(sim), data=form) as response:
            consent = await response.text()
        assert 'id="allow"' in consent
        for scope in BASIC.split():
            assert f'name="scope" value="{scope}" checked' in consent
        assert 'id="allow"' in await fetch()
        assert 'id="sign-in"' in await fetch(prompt="login")


async def test_demo_prefills_sign_in(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """In the demo the form is filled in."""
    sim.behaviour.prefill_sign_in = True
    async with session.get(authorize_url(sim)) as response:
        page = await response.text()
    assert 'value="alex@example.com"' in page
    assert 'value="demo"' in page


async def test_taking_scopes_back(sim: Simulator, session: aiohttp.ClientSession, account: Account) -> None:
    """The consent page takes scopes back; the next access token shows it."""
    tokens = sim.grant(account, sim.apps[0], [*BASIC.split(), "vehicle_location"])
    url = f"{sim.region_table()['eu']['consent_url']}?revoke_client_id=demo-client&back_url=https://example.com/back"
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(url) as response:
            assert 'id="sign-in"' in await response.text()
        form = {"action": "sign_in", "identity": "alex@example.com", "credential": "demo"}
        async with browser.post(url, data=form) as response:
            assert 'value="vehicle_location" checked' in await response.text()
        kept = [("action", "save"), *(("scope", scope) for scope in BASIC.split())]
        async with browser.post(url, data=aiohttp.FormData(kept), allow_redirects=False) as response:
            assert response.headers["Location"] == "https://example.com/back"
        assert "vehicle_location" in claims(tokens)["scp"]
        assert await me(sim, session, tokens["access_token"]) == 200
        _, tokens = await refresh(sim, session, tokens["refresh_token"])
        assert claims(tokens)["scp"] == BASIC.split()
        async with browser.post(url, data={"action": "revoke_all"}, allow_redirects=False) as response:
            assert response.status == 302
    status, answer = await refresh(sim, session, tokens["refresh_token"])
    assert (status, answer["error"]) == (401, "login_required")


async def test_china_signs_in_elsewhere(sim: Simulator, account: Account) -> None:
    """A person of China is known at the Chinese host only."""
    with pytest.raises(PageError, match="could not sign you in"):
        await sim.authorize(authorize_url(sim).replace(sim.url("auth"), sim.url("auth_cn")))
    account.region = "cn"
    url = await sim.authorize(authorize_url(sim).replace(sim.url("auth"), sim.url("auth_cn")))
    assert query_of(url)["code"].startswith("CN_")
