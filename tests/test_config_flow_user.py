"""Setting up: wishes, the app, Tesla's page, what was granted."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.regions import ENVIRONMENT_VARIABLE
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account, build_car

from .conftest import AUTH_DOMAIN
from .setting_up import BASE, CONTROL, REDIRECT, SEE, Person, blanks_of, entities_of, problem_of, query_of

pytestmark = pytest.mark.usefixtures("current_request_with_host")

LOCATION = "vehicle_location"


@pytest.fixture
async def user(hass: HomeAssistant, sim: Simulator, hass_client_no_auth: ClientSessionGenerator) -> Person:
    """Return who sets it up."""
    assert await async_setup_component(hass, "application_credentials", {})
    return Person(hass, sim, hass_client_no_auth)


@pytest.fixture
def open_app(sim: Simulator) -> App:
    """Return the Tesla app without a secret."""
    return sim.apps[1]


# The whole way


async def test_with_a_secret(hass: HomeAssistant, user: Person, person: Account, app: App) -> None:
    """From nothing to an entry with a third-party token."""
    result = await user.enters(await user.wishes(), app)
    query = query_of(result)
    assert result["url"].startswith(f"{user.sim.url('auth')}/oauth2/v3/authorize?")
    assert {key: value for key, value in query.items() if key != "state"} == {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": REDIRECT,
        "scope": " ".join(CONTROL),
        "prompt_missing_scopes": "true",
    }
    result = await user.signs_in(result)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "granted")
    assert result["menu_options"] == ["register", "finish", "again"]
    assert blanks_of(result)["account"] == "Luna, Juniper"
    assert all(scope in blanks_of(result)["granted"] for scope in CONTROL[2:])
    assert "openid" not in blanks_of(result)["granted"]
    entry = await user.finishes(result)

    exchange = user.sim.requests_for("token")[-1]
    assert exchange.body.pop("code").startswith("EU_")
    assert exchange.body == {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": REDIRECT,
        "audience": user.sim.url("eu"),
    }
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.title, entry.unique_id) == ("Luna, Juniper", person.sub)
    assert entry.data["auth_implementation"] == AUTH_DOMAIN
    assert entry.data["region"] == "eu"
    assert entry.data["scopes"] == CONTROL
    assert entry.data["token"]["refresh_token"].startswith("EU_")
    assert entry.data["token"]["expires_at"] > entry.data["token"]["expires_in"]
    assert entities_of(hass, entry)
    assert {request.host for request in user.sim.requests_for("products")} == {"eu"}


async def test_without_a_secret(user: Person, open_app: App) -> None:
    """An open-source app signs in with PKCE, which the simulated Tesla checks; a partner token it cannot have."""
    result = await user.enters(await user.wishes(), open_app)
    query = query_of(result)
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    entry = await user.gets_through(result)
    (exchange,) = user.sim.requests_for("token")
    assert "client_secret" not in exchange.body
    assert len(exchange.body["code_verifier"]) >= 43
    assert exchange.body["audience"] == user.sim.url("eu")
    assert entry.state is ConfigEntryState.LOADED


async def test_pasted_with_blanks(user: Person, app: App) -> None:
    """Blanks around what was pasted do no harm."""
    result = await user.wishes()
    result = await user.enters(result, app, client_id=f" {app.client_id} ", client_secret=f"{app.client_secret}\n")
    assert query_of(result)["client_id"] == app.client_id
    assert (await user.gets_through(result)).data["auth_implementation"] == AUTH_DOMAIN


# Wishes


@pytest.mark.parametrize("location", [False, True])
@pytest.mark.parametrize(
    ("wish", "scopes"),
    [
        ("see", SEE),
        ("control", CONTROL),
        ("everything", [scope for scope in USER_SCOPES if scope != LOCATION]),
        ("energy", [*BASE, "energy_device_data", "energy_cmds"]),
    ],
)
async def test_a_wish_asks_for_no_more(user: Person, app: App, wish: str, scopes: list[str], location: bool) -> None:
    """Only the scopes that follow from the wish are shown and asked for; the location apart."""
    expected = [scope for scope in USER_SCOPES if scope in scopes or (location and scope == LOCATION)]
    result = await user.wishes(wish, location)
    shown = blanks_of(result)["scopes"]
    assert [scope for scope in USER_SCOPES if f"`{scope}`" in shown] == expected[2:]
    result = await user.enters(result, app)
    assert query_of(result)["scope"].split() == expected
    entry = await user.gets_through(result)
    assert entry.data["scopes"] == expected
    asked = [request.query["endpoints"] for request in user.sim.requests_for("vehicle_data")]
    if "vehicle_device_data" in expected:
        assert asked
    assert all(("location_data" in endpoints) == location for endpoints in asked)


async def test_what_is_offered_first(user: Person) -> None:
    """The first form proposes to see and control, without the location."""
    result = await user.begins()
    assert result["data_schema"] is not None
    assert result["data_schema"]({}) == {"wish": "control", "location": False}
    result = await user.answers(result, wish="choose", location=True)
    assert result["step_id"] == "choose"
    assert result["data_schema"] is not None
    proposed = result["data_schema"]({})
    assert list(proposed) == list(USER_SCOPES)
    assert [scope for scope, wanted in proposed.items() if wanted] == [*CONTROL[:3], LOCATION, *CONTROL[3:]]


@pytest.mark.parametrize("wish", ["", "all", "CONTROL"])
async def test_a_wish_that_is_none(user: Person, wish: str) -> None:
    """The form takes what it offers and nothing else."""
    with pytest.raises(InvalidData):
        await user.wishes(wish)


@pytest.mark.parametrize("scope", list(USER_SCOPES))
async def test_choosing_each_scope(user: Person, app: App, scope: str) -> None:
    """Each scope can be chosen and left, by itself."""
    chosen = dict.fromkeys(USER_SCOPES, False)
    if scope == "energy_device_data":
        chosen |= {scope: True}
    else:
        chosen |= {scope: True, "vehicle_device_data": True}
    expected = [name for name, wanted in chosen.items() if wanted]
    result = await user.answers(await user.wishes("choose"), **chosen)
    result = await user.enters(result, app)
    assert query_of(result)["scope"].split() == expected


async def test_choosing_nothing_to_see(user: Person, app: App) -> None:
    """Without a product there is nothing to set up; the choice stays as it was made, and can be put right."""
    chosen = {scope: scope.endswith("cmds") for scope in USER_SCOPES}
    result = await user.answers(await user.wishes("choose"), **chosen)
    assert result["step_id"] == "choose"
    assert problem_of(result) == "nothing_to_see"
    assert result["data_schema"] is not None
    assert result["data_schema"]({}) == chosen
    result = await user.answers(result, **chosen | dict.fromkeys(SEE, True))
    assert result["step_id"] == "app"
    entry = await user.gets_through(await user.enters(result, app))
    assert set(entry.data["scopes"]) == {scope for scope in USER_SCOPES if scope.endswith("cmds")} | set(SEE)


async def test_choosing_no_offline_access(user: Person, app: App) -> None:
    """A person may leave out the refresh token."""
    chosen = dict.fromkeys(USER_SCOPES, False) | {"vehicle_device_data": True}
    result = await user.answers(await user.wishes("choose"), **chosen)
    entry = await user.gets_through(await user.enters(result, app))
    assert "refresh_token" not in entry.data["token"]
    assert entry.state is ConfigEntryState.LOADED


# What to enter at Tesla


@pytest.mark.parametrize(
    ("my", "external_url", "redirect_uri", "origin"),
    [
        (False, None, REDIRECT, "https://example.com"),
        (True, None, "https://my.home-assistant.io/redirect/oauth", "https://my.home-assistant.io"),
        (True, "https://home.example.org:8123", "https://my.home-assistant.io/redirect/oauth", None),
    ],
)
async def test_the_addresses_shown_are_the_ones_sent(
    hass: HomeAssistant,
    user: Person,
    app: App,
    my: bool,
    external_url: str | None,
    redirect_uri: str,
    origin: str | None,
) -> None:
    """A person copies to Tesla exactly what Home Assistant then sends."""
    if my:
        hass.config.components.add("my")
    if external_url:
        await hass.config.async_update(external_url=external_url)
    result = await user.wishes()
    shown = blanks_of(result)
    assert shown["redirect_uri"] == redirect_uri
    assert shown["origin"] == (origin or external_url)
    assert shown["portal_url"] == f"{user.sim.url('control')}/portal"
    result = await user.enters(result, app)
    assert query_of(result)["redirect_uri"] == redirect_uri
    await user.gets_through(result)
    assert user.sim.requests_for("token")[-1].body["redirect_uri"] == redirect_uri


@pytest.mark.usefixtures("credentials")
async def test_an_app_that_is_known(user: Person, app: App) -> None:
    """An app in the application credentials need not be entered again."""
    result = await user.wishes()
    assert result["step_id"] == "pick_app"
    assert result["data_schema"] is not None
    assert result["data_schema"]({}) == {"app": AUTH_DOMAIN, "place": "world"}
    assert blanks_of(result)["redirect_uri"] == REDIRECT
    result = await user.answers(result, app=AUTH_DOMAIN, place="world")
    assert query_of(result)["client_id"] == app.client_id
    entry = await user.gets_through(result)
    assert entry.data["auth_implementation"] == AUTH_DOMAIN


@pytest.mark.usefixtures("credentials")
async def test_another_app(user: Person, open_app: App) -> None:
    """Nobody is tied to the app that is known."""
    result = await user.answers(await user.wishes(), app="new", place="world")
    result = await user.enters(result, open_app)
    entry = await user.gets_through(result)
    assert entry.data["auth_implementation"] == "tesla_charging_open_source_client"


async def test_apps_have_names(user: Person, app: App, open_app: App) -> None:
    """Apps that were entered in the set-up can be told apart when one has to be picked."""
    await user.gets_through(await user.enters(await user.wishes(), app))
    result = await user.wishes()
    await user.enters(await user.answers(result, app="new", place="world"), open_app)
    result = await user.wishes()
    assert result["data_schema"] is not None
    selector: Any = result["data_schema"].schema["app"]
    labels = {option["value"]: option["label"] for option in selector.config["options"]}
    assert set(labels) == {AUTH_DOMAIN, "tesla_charging_open_source_client", "new"}
    assert app.client_id in labels[AUTH_DOMAIN]
    assert open_app.client_id in labels["tesla_charging_open_source_client"]


# What came of it


async def test_granted_less(hass: HomeAssistant, user: Person, app: App) -> None:
    """What was unticked is shown; a person can go back and tick it, or go on without it."""
    result = await user.enters(await user.wishes(), app)
    result = await user.signs_in(result, scopes=set(SEE))
    assert result["step_id"] == "granted_less"
    assert all(scope in blanks_of(result)["granted"] for scope in SEE[2:])
    assert all(scope in blanks_of(result)["refused"] for scope in ("vehicle_charging_cmds", "energy_cmds"))
    assert all(scope not in blanks_of(result)["refused"] for scope in SEE)

    result = await user.signs_in(await user.picks(result, "again"), scopes={*SEE, "vehicle_charging_cmds"})
    assert result["step_id"] == "granted_less"
    assert "vehicle_charging_cmds" in blanks_of(result)["granted"]
    assert "vehicle_charging_cmds" not in blanks_of(result)["refused"]

    entry = await user.finishes(result)
    assert entry.state is ConfigEntryState.LOADED
    domains = {entity_id.partition(".")[0] for entity_id in entities_of(hass, entry).values()}
    assert {"sensor", "switch"} <= domains
    assert not any("storm_mode_enabled" in key and key.startswith("switch") for key in entities_of(hass, entry))


async def test_granted_all_after_going_back(user: Person, app: App) -> None:
    """Going back to Tesla can end with everything granted."""
    result = await user.signs_in(await user.enters(await user.wishes(), app), scopes=set(SEE))
    result = await user.picks(result, "again")
    assert query_of(result)["scope"].split() == CONTROL
    entry = await user.gets_through(result)
    assert entry.state is ConfigEntryState.LOADED


async def test_the_same_account_twice(hass: HomeAssistant, user: Person, app: App) -> None:
    """An account is set up once."""
    await user.gets_through(await user.enters(await user.wishes(), app))
    result = await user.answers(await user.wishes("see"), app=AUTH_DOMAIN, place="world")
    result = await user.signs_in(result)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_two_accounts(hass: HomeAssistant, user: Person, person: Account, app: App) -> None:
    """Two people of a house each have an entry."""
    other = Account(sub="other", email="kim@example.com", full_name="Kim", password="kim", cars=person.cars[1:])
    user.sim.world.accounts.append(other)
    await user.gets_through(await user.enters(await user.wishes(), app))
    result = await user.answers(await user.wishes(), app=AUTH_DOMAIN, place="world")
    entry = await user.gets_through(result, email=other.email, password="kim")
    assert (entry.unique_id, entry.title) == ("other", "Juniper")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2


async def test_a_site_without_a_car(user: Person, person: Account, app: App) -> None:
    """A Powerwall alone is enough."""
    person.cars.clear()
    entry = await user.gets_through(await user.enters(await user.wishes("energy"), app))
    assert entry.title == "Tesla"


# Regions


async def test_a_code_of_another_region(user: Person, person: Account, app: App) -> None:
    """A person of Europe whose code says America: the token knows better."""
    result = await user.enters(await user.wishes(), app)
    person.region = "na"
    url = await user.sim.authorize(result["url"])
    person.region = "eu"
    assert "code=NA_" in url
    entry = await user.finishes(await user.comes_back(result, url))
    assert user.sim.requests_for("token")[-1].body["audience"] == user.sim.url("na")
    assert entry.data["region"] == "eu"
    assert {request.host for request in user.sim.requests_for("products")} == {"eu"}


async def test_an_address_that_tesla_corrects(user: Person, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 421 at the set-up is followed, and the entry keeps where it led."""
    table = user.sim.region_table()
    table |= {"xx": table["eu"], "eu": {**table["eu"], "api_url": user.sim.url("na")}}
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, json.dumps(table))
    entry = await user.gets_through(await user.enters(await user.wishes(), app))
    assert entry.data["region"] == "xx"
    assert [request.host for request in user.sim.requests_for("products")] == ["na", "eu", "eu"]


@pytest.mark.parametrize("country", [None, "CN"])
async def test_china(hass: HomeAssistant, user: Person, app: App, country: str | None) -> None:
    """China has hosts of its own, for the page, the token and the products, and is proposed there."""
    account = Account(
        sub="mei",
        email="mei@example.cn",
        full_name="Mei",
        password="mei",
        region="cn",
        cars=[build_car("Mei", "3", 2024, 7, market="cn")],
    )
    user.sim.world.accounts.append(account)
    if country:
        await hass.config.async_update(country=country)
    result = await user.wishes()
    assert result["data_schema"] is not None
    assert result["data_schema"]({"client_id": "x"})["place"] == ("cn" if country else "world")
    result = await user.enters(result, app, place="cn")
    assert result["url"].startswith(user.sim.url("auth_cn"))
    before = len(user.sim.requests)
    entry = await user.gets_through(result, email=account.email, password="mei")
    assert entry.data["region"] == "cn"
    assert {request.host for request in user.sim.requests[before:]} == {"auth_cn", "cn"}
    assert user.sim.requests_for("token")[-1].body["audience"] == user.sim.url("cn")


async def test_china_and_back(user: Person, app: App) -> None:
    """A place that was picked by mistake can be changed."""
    app.redirect_uris.clear()
    result = await user.enters(await user.wishes(), app, place="cn")
    assert problem_of(result) == "invalid_redirect"
    app.redirect_uris.add(REDIRECT)
    result = await user.enters(result, app, place="world")
    assert urlsplit(result["url"]).netloc == urlsplit(user.sim.url("auth")).netloc
    assert (await user.gets_through(result)).data["region"] == "eu"
