"""Setting up when something is wrong: each trouble has its own sentence, and each ends in an entry all the same."""

from dataclasses import replace
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet import client, sign_in
from custom_components.tesla_charging.oauth import implementation_of
from custom_components.tesla_charging.tesla_app import async_keep_credential
from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation, async_get_implementations
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .conftest import AUTH_DOMAIN
from .setting_up import CONTROL, REDIRECT, SEE, TROUBLES, Person, blanks_of, problem_of, query_of

pytestmark = pytest.mark.usefixtures("current_request_with_host")


@pytest.fixture
async def user(
    hass: HomeAssistant, sim: Simulator, hass_client_no_auth: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> Person:
    """Return who sets it up, and who does not wait long for a server that hangs."""
    assert await async_setup_component(hass, "application_credentials", {})
    monkeypatch.setattr(sign_in, "_SECONDS", 0.3)
    monkeypatch.setattr(client, "_SECONDS_OTHERWISE", 0.3)
    return Person(hass, sim, hass_client_no_auth)


@pytest.fixture
def open_app(sim: Simulator) -> App:
    """Return the Tesla app without a secret."""
    return sim.apps[1]


# What the look ahead finds, above the form of the app


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"client_id": "unknown"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "unknown", "client_secret": ""}, "invalid_client"),
    ],
)
async def test_a_wrong_app(user: Person, app: App, typed: dict[str, str], problem: str) -> None:
    """What was mistyped can be put right; the form keeps the rest."""
    result = await user.enters(await user.wishes(), app, **typed)
    assert (result["step_id"], problem_of(result)) == ("app", problem)
    assert blanks_of(result)["redirect_uri"] == REDIRECT
    assert not await async_get_implementations(user.hass, DOMAIN)
    await user.gets_through(await user.enters(result, app))


async def test_no_such_open_app(user: Person, open_app: App) -> None:
    """Without a secret it is Tesla's page that does not know the client id."""
    result = await user.enters(await user.wishes(), open_app, client_id="unknown")
    assert problem_of(result) == "invalid_client"
    await user.gets_through(await user.enters(result, open_app))


@pytest.mark.parametrize("number", [0, 1])
async def test_a_redirect_that_is_not_registered(user: Person, number: int) -> None:
    """The look ahead sees what Tesla's page would say; once it is registered, the same input goes through."""
    app = user.sim.apps[number]
    app.redirect_uris.clear()
    result = await user.enters(await user.wishes(), app)
    assert (result["step_id"], problem_of(result)) == ("app", "invalid_redirect")
    app.redirect_uris.add(REDIRECT)
    await user.gets_through(await user.enters(result, app))


async def test_an_audience_that_is_refused(user: Person, app: App) -> None:
    """The incident of 2026-08 has a sentence of its own, before Tesla's page and after it."""
    user.sim.behaviour.refuse_audience = True
    result = await user.enters(await user.wishes(), app)
    assert (result["step_id"], problem_of(result)) == ("app", "invalid_audience")
    assert re.search(r"'audience' parameter is invalid\. .* \([0-9a-f]{32}\)$", blanks_of(result)["words"])
    result = await user.signs_in(await user.enters(result, app))
    assert (result["step_id"], problem_of(result)) == ("failed", "invalid_audience")
    assert re.search(r"'audience' parameter is invalid\. .* \([0-9a-f]{32}\)$", blanks_of(result)["words"])
    user.sim.behaviour.refuse_audience = False
    await user.gets_through(await user.answers(result, next="again"))


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_before_the_page(user: Person, app: App, trouble: str) -> None:
    """A sign-in server in trouble is said above the form; the same input goes through when it is well again."""
    fault, problem = TROUBLES[trouble]
    user.sim.faults.add(replace(fault, endpoint="token"))
    result = await user.enters(await user.wishes(), app)
    assert (result["step_id"], problem_of(result)) == ("app", problem)
    user.sim.faults.clear()
    await user.gets_through(await user.enters(result, app))


async def test_the_same_again_goes_on(user: Person, app: App) -> None:
    """Who submits the same once more knows better: there is no second look ahead."""
    user.sim.faults.add(Fault(endpoint="token", answer="invalid_client", times=1))
    result = await user.enters(await user.wishes(), app)
    assert problem_of(result) == "invalid_client"
    user.sim.clear_requests()
    result = await user.enters(result, app)
    assert query_of(result)["client_id"] == app.client_id
    assert user.sim.requests == []
    await user.gets_through(result)


async def test_other_input_is_looked_at_again(user: Person, app: App) -> None:
    """Only the very same input goes on."""
    result = await user.enters(await user.wishes(), app, client_secret="wrong")
    result = await user.enters(result, app, client_secret="wrong as well")
    assert problem_of(result) == "invalid_client"
    await user.gets_through(await user.enters(result, app))


async def test_partner_scopes_are_no_reason_to_stop(user: Person, app: App) -> None:
    """What only the partner token lacks is none of this person's business now."""
    user.sim.faults.add(Fault(endpoint="token", answer="invalid_scope", times=1))
    await user.gets_through(await user.enters(await user.wishes(), app))


@pytest.mark.usefixtures("credentials")
async def test_trouble_with_an_app_that_is_known(user: Person, app: App) -> None:
    """The form that offers known apps says the same, and goes on the same way."""
    app.redirect_uris.clear()
    pick: dict[str, Any] = {"app": AUTH_DOMAIN, "place": "world"}
    result = await user.answers(await user.wishes(), **pick)
    assert (result["step_id"], problem_of(result)) == ("pick_app", "invalid_redirect")
    app.redirect_uris.add(REDIRECT)
    await user.gets_through(await user.answers(result, **pick))


# Another secret


async def secret_of(hass: HomeAssistant, auth_domain: str) -> str:
    """Return the secret that Home Assistant keeps for an app."""
    implementation = (await async_get_implementations(hass, DOMAIN))[auth_domain]
    assert isinstance(implementation, LocalOAuth2Implementation)
    return implementation.client_secret


@pytest.mark.usefixtures("credentials")
async def test_a_new_secret(hass: HomeAssistant, user: Person, app: App) -> None:
    """A secret that nothing uses yet is replaced."""
    app.client_secret = "renewed"
    result = await user.answers(await user.wishes(), app="new", place="world")
    await user.gets_through(await user.enters(result, app))
    assert await secret_of(hass, AUTH_DOMAIN) == "renewed"
    assert list(await async_get_implementations(hass, DOMAIN)) == [AUTH_DOMAIN]


async def test_a_secret_in_use(hass: HomeAssistant, user: Person, app: App) -> None:
    """The secret of an entry is not changed under it, however often it is submitted; without the entry it is."""
    entry = await user.gets_through(await user.enters(await user.wishes(), app))
    app.client_secret = "renewed"
    result = await user.answers(await user.wishes(), app="new", place="world")
    for _ in range(2):
        result = await user.enters(result, app)
        assert (result["step_id"], problem_of(result)) == ("app", "secret_in_use")
        assert await secret_of(hass, AUTH_DOMAIN) == "demo-secret"
    await hass.config_entries.async_remove(entry.entry_id)
    await user.gets_through(await user.enters(result, app))
    assert await secret_of(hass, AUTH_DOMAIN) == "renewed"


@pytest.mark.usefixtures("credentials")
async def test_keeping_what_is_kept(hass: HomeAssistant, user: Person, app: App) -> None:
    """The same app once more is no second credential."""
    credential = ClientCredential(app.client_id, app.client_secret or "")
    assert await async_keep_credential(hass, AUTH_DOMAIN, credential)
    assert list(await async_get_implementations(hass, DOMAIN)) == [AUTH_DOMAIN]


# After Tesla's page


async def test_a_scope_that_the_app_lacks(user: Person, app: App) -> None:
    """Tesla sends the person back; once the scope is enabled at Tesla, the next try goes through."""
    app.scopes = frozenset(SEE)
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert (result["step_id"], problem_of(result)) == ("failed", "invalid_scope")
    assert blanks_of(result)["portal_url"] == f"{user.sim.url('control')}/portal"
    app.scopes = frozenset(USER_SCOPES)
    entry = await user.gets_through(await user.answers(result, next="again"))
    assert entry.data["scopes"] == CONTROL


async def test_denied(user: Person, app: App) -> None:
    """Who cancels on Tesla's page can go back there."""
    result = await user.signs_in(await user.enters(await user.wishes(), app), deny=True)
    assert (result["step_id"], problem_of(result)) == ("failed", "access_denied")
    assert user.sim.requests_for("products") == []
    await user.gets_through(await user.answers(result, next="again"))


async def test_a_word_that_is_new(user: Person, app: App) -> None:
    """A refusal that nobody has heard of is passed on in Tesla's word."""
    result = await user.enters(await user.wishes(), app)
    state = query_of(result)["state"]
    result = await user.comes_back(result, f"{REDIRECT}?error=no_policy_rules&state={state}")
    assert (result["step_id"], problem_of(result)) == ("failed", "rejected")
    assert blanks_of(result)["words"] == "no_policy_rules"
    await user.gets_through(await user.answers(result, next="again"))


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_after_the_page(user: Person, app: App, trouble: str) -> None:
    """The exchange of the code can fail in as many ways, and each leads back to Tesla's page."""
    fault, problem = TROUBLES[trouble]
    result = await user.enters(await user.wishes(), app)
    user.sim.faults.add(replace(fault, endpoint="token"))
    result = await user.signs_in(result)
    assert (result["step_id"], problem_of(result)) == ("failed", problem)
    user.sim.faults.clear()
    await user.gets_through(await user.answers(result, next="again"))


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault(answer="invalid_auth_code"), "invalid_code"),
        (Fault(answer="invalid_redirect_url"), "invalid_redirect"),
        (Fault(answer="unauthorized_client"), "invalid_client"),
        (Fault(answer="invalid_scope"), "invalid_scope"),
        (Fault(put={"access_token": "no JWT"}), "server_error"),
        (Fault(drop=["expires_in"]), "server_error"),
    ],
)
async def test_a_code_that_is_refused(user: Person, app: App, fault: Fault, problem: str) -> None:
    """What Tesla says to the code has a sentence of its own."""
    result = await user.enters(await user.wishes(), app)
    user.sim.faults.add(replace(fault, endpoint="token", times=1))
    result = await user.signs_in(result)
    assert (result["step_id"], problem_of(result)) == ("failed", problem)
    assert blanks_of(result)["words"]
    await user.gets_through(await user.answers(result, next="again"))


@pytest.mark.parametrize("code", ["1234", "XX_1234", "CN_1234"])
async def test_a_code_of_nowhere(user: Person, app: App, code: str) -> None:
    """A prefix that is unknown, or of another sign-in server, changes nothing."""
    result = await user.enters(await user.wishes(), app)
    state = query_of(result)["state"]
    result = await user.comes_back(result, f"{REDIRECT}?code={code}&state={state}")
    assert problem_of(result) == "invalid_code"
    request = user.sim.requests_for("token")[-1]
    assert (request.host, request.body["audience"]) == ("auth", user.sim.url("na"))
    await user.gets_through(await user.answers(result, next="again"))


def test_a_stranger_among_the_apps(hass: HomeAssistant) -> None:
    """What our platform has not made is no Tesla app."""
    stranger = LocalOAuth2Implementation(hass, "x", "x", "x", "https://x", "https://x")
    with pytest.raises(TypeError):
        implementation_of(stranger)


async def test_a_used_code(user: Person, app: App) -> None:
    """A callback that comes twice is a code that was used."""
    result = await user.enters(await user.wishes(), app)
    url = await user.sim.authorize(result["url"])
    user.sim.faults.add(Fault(endpoint="token", answer="internal", executed=True, times=1))
    result = await user.comes_back(result, url)
    assert problem_of(result) == "server_error"
    result = await user.comes_back(await user.answers(result, next="again"), url)
    assert problem_of(result) == "invalid_code"
    await user.gets_through(await user.answers(result, next="again"))


async def test_an_account_without_products(user: Person, person: Account, app: App) -> None:
    """Nothing to set up, until there is; the sign-in still counts."""
    cars, sites = list(person.cars), list(person.sites)
    person.cars.clear()
    person.sites.clear()
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert (result["step_id"], problem_of(result)) == ("failed", "no_products")
    result = await user.answers(result, next="again")
    assert problem_of(result) == "no_products"
    person.cars += cars
    person.sites += sites
    result = await user.answers(result, next="again")
    assert result["step_id"] == "granted"
    await user.finishes(result)
    assert len([request for request in user.sim.requests_for("token") if "code" in request.body]) == 1


async def test_nothing_granted(user: Person, app: App) -> None:
    """A sign-in without anything to see leads back to Tesla's page, where it can be ticked."""
    result = await user.enters(await user.wishes(), app)
    result = await user.signs_in(result, scopes={"openid", "offline_access", "vehicle_charging_cmds"})
    assert (result["step_id"], problem_of(result)) == ("failed", "nothing_granted")
    assert user.sim.requests_for("products") == []
    await user.gets_through(await user.answers(result, next="again"))


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault(reset=True), "no_answer"),
        (Fault(hang=True), "no_answer"),
        (Fault(answer="internal"), "server_error"),
        (Fault(answer="html"), "bad_answer"),
        (Fault(answer="null_response"), "bad_answer"),
        (Fault(answer="empty_401"), "unauthorized"),
        (Fault(answer="missing_scopes"), "missing_scopes"),
        (Fault(answer="payment_required"), "payment_required"),
        (Fault(answer="exceeded_limit"), "limit_exceeded"),
        (Fault(answer="locked"), "locked"),
        (Fault(answer="rate_limited"), "rate_limited"),
        (Fault(status=421, body={"error": "user out of region"}), "wrong_region"),
    ],
)
async def test_products_that_cannot_be_read(user: Person, app: App, fault: Fault, problem: str) -> None:
    """Fleet API may be in trouble too; then the account is looked at again, without another sign-in."""
    result = await user.enters(await user.wishes(), app)
    user.sim.faults.add(replace(fault, endpoint="products"))
    result = await user.signs_in(result)
    assert (result["step_id"], problem_of(result)) == ("failed", problem)
    user.sim.faults.clear()
    result = await user.answers(result, next="again")
    assert result["step_id"] == "granted"
    await user.finishes(result)


async def test_on_with_another_app(user: Person, app: App, open_app: App) -> None:
    """A person may give up an app that does not work."""
    result = await user.enters(await user.wishes(), app)
    user.sim.faults.add(Fault(endpoint="token", answer="unauthorized_client", times=1))
    result = await user.answers(await user.signs_in(result), next="app")
    assert result["step_id"] == "app"
    entry = await user.gets_through(await user.enters(result, open_app))
    assert entry.data["auth_implementation"] == "tesla_charging_open_source_client"


async def test_a_wrong_state(user: Person, app: App) -> None:
    """A callback with somebody else's state leads nowhere, and the flow goes on."""
    result = await user.enters(await user.wishes(), app)
    browser = await user.browser()
    response = await browser.get("/auth/external/callback?code=EU_1&state=forged")
    assert response.status == 400
    await user.gets_through(result)
