"""A registration that was left, and what else Reconfigure offers to those with a key."""

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.fleet.keys import CommandKey
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import App, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import state_of
from .key_care import HOME, SENSOR, goes_on, looks_after, obeys, paired_key, ready_person, store
from .setting_up import CONTROL, SEE, Person, blanks_of, problem_of, state_of as state_of_entry

pytestmark = pytest.mark.usefixtures("hass_storage", "current_request_with_host", "no_pauses")


@pytest.fixture
async def user(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> Person:
    """Return who looks after a key, and has a car that is awake and wants it."""
    return await ready_person(hass, sim, app, hass_client_no_auth, monkeypatch)


@pytest.fixture
def juniper(sim: Simulator) -> Car:
    """Return the car that wants signed commands."""
    return sim.world.car_named("Juniper")


@pytest.fixture
async def key(user: Person, app: App, juniper: Car) -> CommandKey:
    """Return the key of the app, which is registered and in the car."""
    return await paired_key(user, app, juniper)


# Registration, resumed


async def test_resumed(user: Person, app: App, juniper: Car, set_up: SetUp) -> None:
    """Who left the registration goes on from Reconfigure, with the same key, to a car that obeys."""
    entry = await set_up(frozenset(CONTROL))
    result = await looks_after(user, entry)
    assert result["menu_options"] == ["register", "import_key"]
    assert set(blanks_of(result).values()) == {"–"}
    result = await user.picks(result, "register")
    result = await user.answers(result, domain=HOME)
    assert problem_of(result) == "key_unreachable"
    key = store(user).get(app.client_id)
    assert key is not None
    user.hass.config_entries.flow.async_abort(result["flow_id"])

    await user.hass.config_entries.async_reload(entry.entry_id)
    await settle(user.hass)
    (issue,) = ir.async_get(user.hass).issues.values()
    assert issue.translation_key == "signing_not_set_up"
    result = await looks_after(user, entry)
    assert result["menu_options"] == ["register", "export_key", "import_key", "rotate_key"]
    assert blanks_of(result)["fingerprint"] == key.fingerprint
    await goes_on(user, await user.picks(result, "register"), key, juniper)
    assert app.registrations["eu"].point.hex() == key.public_hex
    assert state_of(user.hass, SENSOR) == "paired"
    assert ir.async_get(user.hass).issues == {}
    await obeys(user, juniper, 61)


async def test_resumed_in_the_set_up(user: Person, app: App) -> None:
    """Who left the set-up at the registration finds the same key when they begin anew."""
    user.sim.unregister(app)
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert result["step_id"] == "register"
    before = blanks_of(result)["fingerprint"]
    user.hass.config_entries.flow.async_abort(result["flow_id"])
    result = await user.answers(await user.wishes(), app="tesla_charging_demo_client", place="world")
    result = await user.signs_in(result)
    assert (result["step_id"], blanks_of(result)["fingerprint"]) == ("register", before)


async def test_never_loaded(user: Person, app: App, juniper: Car, set_up: SetUp) -> None:
    """An entry that waits for its registration can be registered here too."""
    user.sim.unregister(app)
    entry = await set_up(frozenset(CONTROL))
    assert state_of_entry(entry) is ConfigEntryState.SETUP_RETRY
    result = await user.picks(await looks_after(user, entry), "register")
    key = store(user).get(app.client_id)
    assert key is not None
    await goes_on(user, result, key, juniper)
    assert state_of_entry(entry) is ConfigEntryState.LOADED


async def test_registered_again(user: Person, app: App, key: CommandKey, juniper: Car, set_up: SetUp) -> None:
    """Doing it again is harmless, and the code can be shown at any time."""
    entry = await set_up(frozenset(CONTROL))
    result = await looks_after(user, entry)
    assert result["menu_options"] == ["register", "pair", "export_key", "import_key", "rotate_key"]
    assert blanks_of(result) == {"fingerprint": key.fingerprint, "registered": key.fingerprint, "domain": HOME}
    await goes_on(user, await user.picks(result, "register"), key, juniper)
    result = await user.picks(await looks_after(user, entry), "pair")
    assert blanks_of(result)["pairing_url"].endswith(f"/_ak/{HOME}")
    assert store(user).get(app.client_id) is key
    assert state_of(user.hass, SENSOR) == "paired"


async def test_permissions(user: Person, key: CommandKey, set_up: SetUp) -> None:
    """The way to the permissions is one step longer, and as before."""
    entry = await set_up(frozenset(CONTROL))
    result = await user.picks(await entry.start_reconfigure_flow(user.hass), "permissions")
    result = await user.answers(result, wish="see", location=False)
    assert result["step_id"] == "take_back"


@pytest.mark.parametrize("scopes", [SEE, ["openid", "offline_access", "energy_device_data", "energy_cmds"]])
async def test_not_for_all(user: Person, set_up: SetUp, scopes: list[str]) -> None:
    """Who sends no commands to cars sees nothing of keys."""
    entry = await set_up(frozenset(scopes))
    assert (await entry.start_reconfigure_flow(user.hass))["step_id"] == "reconfigure"


async def test_older_cars(user: Person, juniper: Car, set_up: SetUp) -> None:
    """Neither does who has cars that want no key."""
    juniper.command_signing = "off"
    entry = await set_up(frozenset(CONTROL))
    assert (await entry.start_reconfigure_flow(user.hass))["step_id"] == "reconfigure"


async def test_open_source(user: Person, set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app without a secret is told that it cannot have a key."""
    entry = await set_up(frozenset(CONTROL))
    monkeypatch.setattr("custom_components.tesla_charging.oauth.TeslaImplementation.has_secret", False)
    result = await user.picks(await entry.start_reconfigure_flow(user.hass), "look_after_key")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "open_source")


async def test_app_is_gone(user: Person, set_up: SetUp) -> None:
    """Where the app is gone from the credentials, it is asked for first."""
    entry = await set_up(frozenset(CONTROL))
    user.hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "gone"})
    result = await user.picks(await entry.start_reconfigure_flow(user.hass), "look_after_key")
    assert result["step_id"] == "app"
