"""Signing in again, and other scopes: the entry and its entities keep their identity."""

from collections.abc import Callable
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .conftest import AUTH_DOMAIN, SetUp, settle
from .setting_up import CONTROL, REDIRECT, SEE, Person, Result, blanks_of, entities_of, problem_of, query_of, state_of

pytestmark = pytest.mark.usefixtures("current_request_with_host")

CHARGE = "switch.{vin}_charge"


@pytest.fixture
def user(hass: HomeAssistant, sim: Simulator, hass_client_no_auth: ClientSessionGenerator) -> Person:
    """Return who is asked again, and has no car that wants a key."""
    sim.world.car_named("Juniper").command_signing = "off"
    return Person(hass, sim, hass_client_no_auth)


@pytest.fixture
def other(sim: Simulator, person: Account) -> Account:
    """Return another person of the house."""
    account = Account(sub="other", email="kim@example.com", full_name="Kim", password="kim", cars=person.cars[1:])
    sim.world.accounts.append(account)
    return account


def is_aborted(result: Result, reason: str) -> bool:
    """Return whether a flow has ended with this reason."""
    return (result["type"], result.get("reason")) == (FlowResultType.ABORT, reason)


# What a control shows as well has a sensor only where nothing can change it.
DOUBLED = {
    "backup_reserve",
    "charge_current_request",
    "charge_current_request_max",
    "charge_limit_soc",
    "export_rule",
    "grid_charging_allowed",
    "off_grid_vehicle_charging_reserve",
    "operation_mode",
    "storm_mode_allowed",
}


def shown_otherwise(some: dict[str, str], others: dict[str, str]) -> set[str]:
    """Return the keys of entities that some have and others do not."""
    return {key.partition("-")[2] for key in some.keys() - others.keys()}


# Switches of a car that vehicle commands bring, and not charging.
COMMANDED = {"sentry_mode", "defrost", "valet_mode", "steering_wheel_heater", "bioweapon_defense_mode"}


def switches(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the switches of an entry by which Tesla is told something, but for what is built on them."""
    found = {entity_id for entity_id in entities_of(hass, entry).values() if entity_id.startswith("switch.")}
    ours = ("_automatic_updates", "_follow_price_entity")
    return {one for one in found if not one.endswith(ours) and one.partition("_")[2] not in COMMANDED}


# Signing in again


async def test_reauth(hass: HomeAssistant, user: Person, set_up: SetUp, person: Account, app: App) -> None:
    """The entry gets new tokens, and keeps all else."""
    entry = await set_up(frozenset(CONTROL))
    before, entities = dict(entry.data), entities_of(hass, entry)
    user.sim.revoke(person)
    result = await entry.start_reauth_flow(hass)
    assert result["step_id"] == "reauth_confirm"
    assert blanks_of(result)["account"] == entry.title
    result = await user.answers(result)
    query = query_of(result)
    assert (query["client_id"], query["redirect_uri"]) == (app.client_id, REDIRECT)
    assert query["scope"].split() == CONTROL
    result = await user.signs_in(result)
    await settle(hass)
    assert is_aborted(result, "reauth_successful")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.unique_id, entry.title) == (person.sub, "Luna, Juniper")
    assert entry.data["token"] != before["token"]
    assert {**entry.data, "token": None} == {**before, "token": None}
    assert entities_of(hass, entry) == entities
    assert await entry.runtime_data.client.products()
    assert hass.config_entries.flow.async_progress() == []


async def test_reauth_of_another_account(
    hass: HomeAssistant, user: Person, set_up: SetUp, person: Account, other: Account
) -> None:
    """Another account is refused, and leaves the entry as it was."""
    entry = await set_up()
    before = dict(entry.data)
    user.sim.revoke(person)
    result = await user.answers(await entry.start_reauth_flow(hass))
    result = await user.signs_in(result, email=other.email, password="kim")
    assert is_aborted(result, "wrong_account")
    assert dict(entry.data) == before
    result = await user.answers(await entry.start_reauth_flow(hass))
    result = await user.signs_in(result)
    await settle(hass)
    assert is_aborted(result, "reauth_successful")
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_with_trouble(hass: HomeAssistant, user: Person, set_up: SetUp, person: Account) -> None:
    """Trouble on the way has its sentence here too, and the way on."""
    entry = await set_up()
    user.sim.revoke(person)
    result = await user.answers(await entry.start_reauth_flow(hass))
    user.sim.faults.add(Fault(endpoint="token", answer="internal", times=1))
    result = await user.signs_in(result)
    assert (result["step_id"], problem_of(result)) == ("failed", "server_error")
    result = await user.signs_in(await user.answers(result, next="again"))
    await settle(hass)
    assert is_aborted(result, "reauth_successful")


async def test_reauth_without_the_app(
    hass: HomeAssistant, user: Person, credentials: None, make_entry: Callable[..., MockConfigEntry], sim: Simulator
) -> None:
    """Where the app is gone from the credentials, one is asked for, and the entry uses it from then on."""
    entry = make_entry(frozenset(SEE))
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "gone"})
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert state_of(entry) is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert result["step_id"] == "app"
    result = await user.enters(result, sim.apps[1])
    assert query_of(result)["scope"].split() == SEE
    result = await user.signs_in(result)
    await settle(hass)
    assert is_aborted(result, "reauth_successful")
    assert entry.data["auth_implementation"] == "tesla_charging_open_source_client"
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_in_a_region_of_old(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """An entry with a region that is not in the table any more finds its way again."""
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "region": "fleet-api.prd.ap.tesla.com"})
    result = await user.signs_in(await user.answers(await entry.start_reauth_flow(hass)))
    await settle(hass)
    assert is_aborted(result, "reauth_successful")
    assert entry.data["region"] == "eu"


# Other scopes


async def reconfigure(hass: HomeAssistant, user: Person, entry: MockConfigEntry, wish: str) -> Result:
    """Reconfigure an entry up to its next step."""
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure"
    return await user.answers(result, wish=wish, location=False)


@pytest.mark.usefixtures("user")
async def test_what_is_offered_first(hass: HomeAssistant, set_up: SetUp) -> None:
    """The form begins with what the entry has."""
    for scopes, wish, location in (
        (SEE, "see", False),
        ([*CONTROL, "vehicle_location"], "control", True),
        ([*SEE, "user_data"], "choose", False),
    ):
        entry = await set_up(frozenset(scopes))
        result = await entry.start_reconfigure_flow(hass)
        assert result["data_schema"] is not None
        assert result["data_schema"]({}) == {"wish": wish, "location": location}
        await hass.config_entries.async_remove(entry.entry_id)


async def test_more_scopes(hass: HomeAssistant, user: Person, set_up: SetUp, person: Account) -> None:
    """Tesla's page asks for what is missing; the entities appear, and the others stay what they are."""
    entry = await set_up(frozenset(SEE))
    before = entities_of(hass, entry)
    assert switches(hass, entry) == set()
    result = await reconfigure(hass, user, entry, "control")
    query = query_of(result)
    assert query["prompt_missing_scopes"] == "true"
    assert query["scope"].split() == CONTROL
    result = await user.signs_in(result)
    assert result["step_id"] == "granted"
    result = await user.picks(result, "finish")
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert (entry.unique_id, entry.data["scopes"]) == (person.sub, CONTROL)
    after = entities_of(hass, entry)
    assert shown_otherwise(before, after) == DOUBLED
    assert before.items() - after.items() == {item for item in before.items() if item[0] not in after}
    assert len(switches(hass, entry)) == 4
    assert all(hass.states.get(entity_id) for entity_id in switches(hass, entry))
    assert ir.async_get(hass).issues == {}


async def test_more_scopes_but_less_granted(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """What was not ticked stays away."""
    entry = await set_up(frozenset(SEE))
    result = await user.signs_in(await reconfigure(hass, user, entry, "control"), scopes={*SEE, "energy_cmds"})
    assert result["step_id"] == "granted_less"
    result = await user.picks(result, "finish")
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert len(switches(hass, entry)) == 2


async def test_more_scopes_of_another_account(hass: HomeAssistant, user: Person, set_up: SetUp, other: Account) -> None:
    """An entry does not change hands."""
    entry = await set_up(frozenset(SEE))
    before, entities = dict(entry.data), entities_of(hass, entry)
    result = await reconfigure(hass, user, entry, "control")
    result = await user.signs_in(result, email=other.email, password="kim")
    assert is_aborted(result, "wrong_account")
    assert dict(entry.data) == before
    assert entities_of(hass, entry) == entities


async def test_fewer_scopes_and_back(
    hass: HomeAssistant, user: Person, set_up: SetUp, person: Account, app: App
) -> None:
    """Less needs no sign-in but Tesla's consent page; the entities go, and come back as the same ones."""
    entry = await set_up(frozenset(CONTROL))
    before = entities_of(hass, entry)
    assert len(switches(hass, entry)) == 4
    result = await reconfigure(hass, user, entry, "see")
    assert result["step_id"] == "take_back"
    url = URL(blanks_of(result)["consent_url"])
    assert str(url.with_query(None)) == f"{user.sim.url('auth')}/user/revoke/consent"
    assert url.query["revoke_client_id"] == app.client_id
    assert url.query["back_url"]
    assert all(scope in blanks_of(result)["surplus"] for scope in ("vehicle_charging_cmds", "energy_cmds"))
    assert "device_data" not in blanks_of(result)["surplus"]

    user.sim.grants.set_consent(person, app, SEE)
    result = await user.answers(result)
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert entry.data["scopes"] == SEE
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.tokens.claims.scopes == set(SEE)
    assert switches(hass, entry) == set()
    after = entities_of(hass, entry)
    assert shown_otherwise(after, before) == DOUBLED
    assert after.items() - before.items() == {item for item in after.items() if item[0] not in before}
    assert ir.async_get(hass).issues == {}

    result = await user.signs_in(await reconfigure(hass, user, entry, "control"))
    await user.picks(result, "finish")
    await settle(hass)
    assert entities_of(hass, entry) == before


async def test_fewer_scopes_that_tesla_still_grants(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """Who does not untick them at Tesla is rid of the entities all the same, and may have them again at once."""
    entry = await set_up(frozenset(CONTROL))
    before = entities_of(hass, entry)
    result = await user.answers(await reconfigure(hass, user, entry, "see"))
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert switches(hass, entry) == set()
    result = await reconfigure(hass, user, entry, "control")
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert entities_of(hass, entry) == before


async def test_fewer_scopes_without_a_new_token(
    hass: HomeAssistant, user: Person, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """A sign-in server in trouble does not hold up what needs no token."""
    entry = await set_up(frozenset(CONTROL))
    result = await reconfigure(hass, user, entry, "see")
    user.sim.faults.add(Fault(endpoint="token", answer="internal"))
    result = await user.answers(result)
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert switches(hass, entry) == set()
    assert hass.config_entries.flow.async_progress() == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_fewer_scopes_of_an_entry_that_is_not_loaded(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """An entry that is not running is changed, and set up."""
    entry = await set_up(frozenset(CONTROL))
    result = await reconfigure(hass, user, entry, "see")
    await settle(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    result = await user.answers(result)
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert entry.data["scopes"] == SEE
    assert switches(hass, entry) == set()


async def test_fewer_scopes_without_the_app(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """Where the app is not known any more, the consent page is shown without it."""
    entry = await set_up(frozenset(CONTROL))
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "gone"})
    result = await reconfigure(hass, user, entry, "see")
    assert URL(blanks_of(result)["consent_url"]).query["revoke_client_id"] == ""


async def test_other_scopes(hass: HomeAssistant, user: Person, set_up: SetUp, person: Account, app: App) -> None:
    """Some more and some fewer: Tesla's page first, the consent page after it."""
    entry = await set_up(frozenset(CONTROL))
    result = await entry.start_reconfigure_flow(hass)
    result = await user.answers(result, wish="choose", location=True)
    wanted = [*SEE, "vehicle_cmds"]
    result = await user.answers(result, **{scope: scope in wanted for scope in USER_SCOPES})
    result = await user.picks(await user.signs_in(result), "finish")
    assert result["step_id"] == "take_back"
    surplus = blanks_of(result)["surplus"]
    assert "`vehicle_charging_cmds`" in surplus
    assert "`vehicle_cmds`" not in surplus
    user.sim.grants.set_consent(person, app, wanted)
    result = await user.answers(result)
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert set(entry.data["scopes"]) == set(wanted)
    assert len(switches(hass, entry)) == 2


async def test_what_was_never_granted(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """Giving up what Tesla does not grant ends the complaint about it, without any page."""
    entry = await set_up(frozenset(CONTROL), frozenset(SEE))
    assert (DOMAIN, f"scopes_taken_back_{entry.entry_id}") in ir.async_get(hass).issues
    result = await reconfigure(hass, user, entry, "see")
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert ir.async_get(hass).issues == {}


async def test_energy_only_and_back(hass: HomeAssistant, user: Person, set_up: SetUp) -> None:
    """The cars go with all their entities and come back as they were."""
    entry = await set_up(frozenset(CONTROL))
    before = entities_of(hass, entry)
    await user.answers(await reconfigure(hass, user, entry, "energy"))
    await settle(hass)
    assert not any(".luna_" in entity_id for entity_id in entities_of(hass, entry).values())
    assert any(entity_id.startswith("switch.") for entity_id in entities_of(hass, entry).values())
    result = await reconfigure(hass, user, entry, "control")
    await settle(hass)
    assert is_aborted(result, "reconfigure_successful")
    assert entities_of(hass, entry) == before


async def test_nobody_is_asked_twice_while_at_the_last_step(
    hass: HomeAssistant, user: Person, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tesla ends the old tokens at the sign-in: an entry must not ask for another one while the menu is open."""
    entry = await set_up(frozenset(SEE))
    result = await user.signs_in(await reconfigure(hass, user, entry, "control"))
    assert result["step_id"] == "granted"
    for _ in range(5):
        freezer.tick(timedelta(seconds=65))
        async_fire_time_changed(hass)
        await settle(hass)
    assert 401 in [request.status for request in user.sim.requests_for("token")]
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == ["reconfigure"]
    assert is_aborted(await user.picks(result, "finish"), "reconfigure_successful")
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["auth_implementation"] == AUTH_DOMAIN
