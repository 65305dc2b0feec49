"""Registering a Tesla app at the set-up, and the key that is registered."""

from collections.abc import Callable
import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.fleet import client, registration, sign_in
from custom_components.tesla_charging.fleet.errors import Fault as FleetFault
from custom_components.tesla_charging.fleet.keys import WELL_KNOWN_PATH, CommandKey
from custom_components.tesla_charging.key_store import DATA_KEYS, async_keys
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.key_hosts import KeyHost

from .setting_up import Person, Result, blanks_of, problem_of

pytestmark = pytest.mark.usefixtures("current_request_with_host")

HOME = "home.example.com"
OTHER = CommandKey.generate()


@pytest.fixture
async def user(
    hass: HomeAssistant,
    sim: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    hass_storage: dict[str, Any],
) -> Person:
    """Return who sets it up, and does not wait long for a server that hangs."""
    assert await async_setup_component(hass, "application_credentials", {})
    for module, name in ((registration, "_SECONDS"), (sign_in, "_SECONDS"), (client, "_SECONDS_OTHERWISE")):
        monkeypatch.setattr(module, name, 0.5)
    # As Home Assistant does when it starts its server
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    return Person(hass, sim, hass_client_no_auth)


@pytest.fixture
def new_app(sim: Simulator, app: App) -> App:
    """Return an app that is made at Tesla, with the domain among its origins, and not registered."""
    sim.unregister(app)
    app.origins.add(f"https://{HOME}")
    return app


async def hosted(user: Person, app: App) -> CommandKey:
    """Put the key of an app on its website."""
    key = (await async_keys(user.hass)).get(app.client_id)
    assert key is not None
    user.sim.key_hosts[HOME] = KeyHost.of(key.private.public_key())
    return key


async def comes_to_register(user: Person, app: App) -> Result:
    """Go as far as the form of the registration, with the key on the website."""
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "register")
    assert not result["errors"]
    await hosted(user, app)
    return result


async def gets_registered(user: Person, result: Result) -> Result:
    """Register, see how the key gets into the car, and go on."""
    result = await user.answers(result, domain=HOME)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "pair")
    url = f"{user.sim.url('control')}/_ak/{HOME}"
    assert blanks_of(result)["pairing_url"] == url
    assert result["data_schema"] is not None
    (selector,) = result["data_schema"].schema.values()
    assert selector.config["data"] == url
    result = await user.answers(result)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "granted")
    assert result["menu_options"] == ["finish", "again"]
    return result


# The set-up


async def test_new_app(user: Person, new_app: App) -> None:
    """From an app that Tesla does not know to an entry, with one sign-in."""
    result = await comes_to_register(user, new_app)
    key = (await async_keys(user.hass)).get(new_app.client_id)
    assert key is not None
    shown = blanks_of(result)
    assert shown["public_key"] == key.public_pem.strip()
    assert shown["fingerprint"] == key.fingerprint
    assert shown["key_url"].endswith(WELL_KNOWN_PATH)
    assert shown["portal_url"] == f"{user.sim.url('control')}/portal"
    entry = await user.finishes(await gets_registered(user, result))
    assert entry.state is ConfigEntryState.LOADED
    assert new_app.registered_regions == {"eu"}
    assert new_app.registrations["eu"].point.hex() == key.public_hex
    assert entry.runtime_data.client.can_sign
    assert len([request for request in user.sim.requests_for("token") if "code" in request.body]) == 1


async def test_own_domain_is_proposed(user: Person, new_app: App) -> None:
    """Who can reach Home Assistant from outside has a website already."""
    await user.hass.config.async_update(external_url=f"https://{HOME}")
    result = await user.signs_in(await user.enters(await user.wishes(), new_app))
    assert result["data_schema"] is not None
    assert result["data_schema"]({}) == {"domain": HOME}
    assert HOME in blanks_of(result)["key_url"]


def website(**how: Any) -> Callable[[Person], None]:
    """Change what the website answers."""

    def spoil(user: Person) -> None:
        user.sim.key_hosts[HOME] = KeyHost(**how)

    return spoil


def trouble(fault: Fault) -> Callable[[Person], None]:
    """Let Tesla be in trouble."""

    def spoil(user: Person) -> None:
        user.sim.faults.add(fault)

    return spoil


def no_origin(user: Person) -> None:
    """Forget to enter the domain at Tesla."""
    user.sim.apps[0].origins.clear()


def taken(user: Person) -> None:
    """Let another app have the domain."""
    key = user.hass.data[DATA_KEYS].get(user.sim.apps[0].client_id)
    assert key is not None
    user.sim.enrol(HOME, key.private.public_key(), user.sim.apps[1])


def unreachable_for_tesla(user: Person) -> None:
    """Let the website answer here, and not there."""
    user.sim.faults.add(Fault(endpoint="partner_accounts", answer="key_download"))


def key_taken(user: Person) -> None:
    """Let another app have the key, at another domain."""
    key = user.hass.data[DATA_KEYS].get(user.sim.apps[0].client_id)
    assert key is not None
    user.sim.enrol("other.example.com", key.private.public_key(), user.sim.apps[1])


# What must stand in the sentence of a failure, besides the number of Tesla's answer.
TESLAS_WORDS = {
    "domain_not_allowed": "Root domain example.com must match registered allowed origin",
    "domain_taken": "Domain has already been taken",
    "key_not_fetched": "Public key download failed",
    "key_taken": "Public key hash has already been taken",
    "still_not_registered": "must be registered in the current region",
    "tesla_audience": "invalid_audience: The 'audience' parameter is invalid",
    "tesla_client": "unauthorized_client",
    "tesla_limit": "EXCEEDED_LIMIT",
    "tesla_refuses": "token expired (401)",
    "tesla_too_many": "rate limited",
    "tesla_unreadable": "200",
}


def fits(problem: str, words: str) -> bool:
    """Whether the words are Tesla's, with the number of its answer where there was one."""
    if problem in ("key_other", "registered_other"):
        return words == OTHER.fingerprint
    if problem.startswith(("tesla_", "domain_")) or problem in TESLAS_WORDS:
        numbered = re.search(r" \([0-9a-f]{32}\)$", words) is not None
        return numbered is not (problem == "tesla_silent") and TESLAS_WORDS.get(problem, "") in words
    return bool(words)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda user: user.sim.key_hosts.clear(), "key_unreachable"),
        (website(seconds=20), "key_unreachable"),
        (website(redirect="https://www.example.com/"), "key_redirected"),
        (website(status=404), "key_status"),
        (website(pem=b"<html>"), "key_not_a_key"),
        (website(pem=OTHER.public_pem.encode()), "key_other"),
        (no_origin, "domain_not_allowed"),
        (taken, "domain_taken"),
        (key_taken, "key_taken"),
        (unreachable_for_tesla, "key_not_fetched"),
        (trouble(Fault(path="*/public_key", put={"response.public_key": OTHER.public_hex})), "registered_other"),
        (trouble(Fault(path="*/public_key", answer="not_registered")), "still_not_registered"),
        (trouble(Fault(endpoint="token", answer="unauthorized_client")), "tesla_client"),
        (trouble(Fault(endpoint="token", answer="invalid_audience")), "tesla_audience"),
        (trouble(Fault(endpoint="token", reset=True)), "tesla_silent"),
        (trouble(Fault(endpoint="token", hang=True)), "tesla_silent"),
        (trouble(Fault(endpoint="token", answer="html")), "tesla_trouble"),
        (trouble(Fault(endpoint="partner_accounts", answer="exceeded_limit")), "tesla_limit"),
        (trouble(Fault(endpoint="partner_accounts", answer="internal")), "tesla_trouble"),
        (trouble(Fault(endpoint="partner_accounts", answer="unavailable_html")), "tesla_trouble"),
        (trouble(Fault(endpoint="partner_accounts", answer="html")), "tesla_unreadable"),
        (trouble(Fault(endpoint="partner_accounts", hang=True)), "tesla_silent"),
        (trouble(Fault(endpoint="partner_accounts", answer="token_expired")), "tesla_refuses"),
        (trouble(Fault(endpoint="partner_accounts", answer="rate_limited")), "tesla_too_many"),
    ],
)
async def test_each_failure(user: Person, new_app: App, spoil: Callable[[Person], None], problem: str) -> None:
    """Each failure has its sentence, and the same form goes on to success."""
    result = await comes_to_register(user, new_app)
    spoil(user)
    result = await user.answers(result, domain=HOME)
    assert (result["step_id"], problem_of(result)) == ("register", problem)
    assert fits(problem, blanks_of(result)["words"])
    assert result["data_schema"] is not None
    assert result["data_schema"]({}) == {"domain": HOME}
    user.sim.faults.clear()
    user.sim.unregister(user.sim.apps[1])
    new_app.origins.add(f"https://{HOME}")
    await hosted(user, new_app)
    await user.finishes(await gets_registered(user, result))


@pytest.mark.parametrize("wish", ["control", "energy"])
async def test_tesla_needs_time(user: Person, new_app: App, wish: str) -> None:
    """Where Tesla has taken the registration and still answers 412, the form says so, and once more goes through."""
    result = await user.signs_in(await user.enters(await user.wishes(wish), new_app))
    assert (result["step_id"], result["errors"]) == ("register", {})
    await hosted(user, new_app)
    user.sim.faults.add(Fault(endpoint="products", answer="not_registered", times=2))
    for _ in range(2):
        result = await user.answers(result, domain=HOME)
        assert (result["step_id"], problem_of(result)) == ("register", "still_not_registered")
        assert fits("still_not_registered", blanks_of(result)["words"])
        assert result["data_schema"] is not None
        assert result["data_schema"]({}) == {"domain": HOME}
    assert new_app.registered_regions == {"eu"}
    if wish == "control":
        result = await gets_registered(user, result)
    else:
        result = await user.answers(result, domain=HOME)
    await user.finishes(result)


async def test_energy_alone(user: Person, new_app: App) -> None:
    """Who has no car that signs, or does not want to command it, registers and never hears of pairing."""
    user.sim.world.car_named("Juniper").command_signing = "off"
    result = await comes_to_register(user, new_app)
    result = await user.answers(result, domain=HOME)
    assert result["step_id"] == "granted"
    await user.finishes(result)


async def test_domain_of_an_app_of_old(user: Person, new_app: App) -> None:
    """Home Assistant serves the key of the app that is being registered, though another has had the domain."""
    keys = await async_keys(user.hass)
    old = await keys.async_get_or_make("an app of old")
    await keys.async_set_domain("an app of old", HOME)
    result = await user.signs_in(await user.enters(await user.wishes(), new_app))
    browser = await user.browser()
    user.sim.key_hosts[HOME] = KeyHost(url=str(browser.make_url("")))
    assert keys.served_at(HOME) is old
    await gets_registered(user, result)
    assert keys.served_at(HOME) is keys.get(new_app.client_id)
    assert keys.domain("an app of old") is None
    assert keys.get("an app of old") is old


async def test_no_domain(user: Person, new_app: App) -> None:
    """What is no domain is not asked for; a pasted address is as good as a domain."""
    result = await comes_to_register(user, new_app)
    result = await user.answers(result, domain="homeassistant.local:8123")
    assert problem_of(result) == "domain_invalid"
    result = await user.answers(result, domain=f"https://{HOME.upper()}/")
    assert result["step_id"] == "pair"
    assert (await async_keys(user.hass)).domain(new_app.client_id) == HOME


async def test_open_app(user: Person) -> None:
    """An app without a secret cannot be registered, and the person can go on with another."""
    open_app = user.sim.apps[1]
    user.sim.unregister(open_app)
    result = await user.signs_in(await user.enters(await user.wishes(), open_app))
    assert (result["step_id"], problem_of(result)) == ("failed", "not_registered_open_source")
    assert (await async_keys(user.hass)).get(open_app.client_id) is None
    result = await user.answers(result, next="app")
    await user.gets_through(await user.enters(result, user.sim.apps[0]))


async def test_from_the_menu(user: Person, app: App) -> None:
    """Who has a car that signs is offered the key first, and may leave it for later."""
    app.origins.add(f"https://{HOME}")
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert result["menu_options"] == ["register", "finish", "again"]
    result = await user.picks(result, "register")
    await hosted(user, app)
    entry = await user.finishes(await gets_registered(user, result))
    assert entry.runtime_data.client.can_sign


@pytest.mark.parametrize("wish", ["see", "energy"])
async def test_not_in_the_menu(user: Person, app: App, wish: str) -> None:
    """Who sends no commands needs no key."""
    result = await user.signs_in(await user.enters(await user.wishes(wish), app))
    assert result["menu_options"] == ["finish", "again"]


async def test_no_car_that_signs(user: Person, app: App) -> None:
    """Older cars take commands without a key."""
    user.sim.world.car_named("Juniper").command_signing = "off"
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert result["menu_options"] == ["finish", "again"]


# Texts


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences(language: str) -> None:
    """Each failure has the same sentence wherever an app can be registered, with blanks that are filled there."""
    told = json.loads((Path(registration.__file__).parents[1] / f"translations/{language}.json").read_text())
    errors = told["config"]["error"]
    flows = {key: issue["fix_flow"] for key, issue in told["issues"].items() if "fix_flow" in issue}
    places = {key: flow for key, flow in flows.items() if "register" in flow["step"]}
    assert set(places) == {"not_registered", "signing_not_set_up", "key_missing", "key_other"}
    for place in places.values():
        assert {"open_source", "key_unreadable"} == set(place["abort"])
        for step in ("register", "pair"):
            assert place["step"][step] == told["config"]["step"][step]
        for fault in registration.RegistrationFault:
            assert place["error"][fault] == errors[fault]
    for place in (places["key_missing"], places["key_other"]):
        assert {"key_still_missing", *(fault for fault in FleetFault if fault in errors)} <= set(place["error"])
    for fault in registration.RegistrationFault:
        blanks = set(re.findall(r"{(\w+)}", errors[fault]))
        assert blanks <= {"portal_url", "words"}, fault
        assert "words" in blanks or fault.startswith(("domain_invalid", "key_"))
