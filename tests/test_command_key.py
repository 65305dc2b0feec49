"""Looking after the command key from Reconfigure: resume the registration, export, import, go back and rotate."""

import asyncio
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from tesla_fleet_api.tesla.vehicle import commands as library

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet import registration, signing
from custom_components.tesla_charging.fleet.keys import CommandKey
from custom_components.tesla_charging.key_store import DATA_KEYS, KeyStore, async_keys
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.key_hosts import KeyHost
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import set_number, state_of
from .setting_up import CONTROL, SEE, Person, Result, blanks_of, problem_of
from .test_privacy import diagnostics, log_lines

pytestmark = pytest.mark.usefixtures("hass_storage", "current_request_with_host")

HOME = "home.example.com"
SENSOR = "sensor.juniper_command_key"
LIMIT = "number.juniper_charge_limit"
KEPT = f"{DOMAIN}.keys"


@pytest.fixture
async def user(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> Person:
    """Return who looks after a key, and has a car that is awake and wants it."""
    assert await async_setup_component(hass, "application_credentials", {})
    # As Home Assistant does when it starts its server
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    monkeypatch.setattr(registration, "_SECONDS", 0.5)
    monkeypatch.setattr(signing, "_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(library, "sleep", lambda _: asyncio.sleep(0))
    app.origins.add(f"https://{HOME}")
    juniper = sim.world.car_named("Juniper")
    juniper.sleeps = False
    juniper.wake_seconds = 0
    juniper.wake()
    return Person(hass, sim, hass_client_no_auth)


@pytest.fixture
def juniper(sim: Simulator) -> Car:
    """Return the car that wants signed commands."""
    return sim.world.car_named("Juniper")


@pytest.fixture
async def key(hass: HomeAssistant, sim: Simulator, app: App, user: Person, juniper: Car) -> CommandKey:
    """Return the key of the app, which is registered and in the car."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOME)
    sim.enrol(HOME, key.private.public_key(), app)
    # The account must have granted the app something before the phone pairs its key.
    sim.grant(sim.world.accounts[0], app, frozenset(CONTROL))
    await sim.pair(juniper, HOME)
    return key


def store(user: Person) -> KeyStore:
    """Return the keys that are kept."""
    return user.hass.data[DATA_KEYS]


async def looks_after(user: Person, entry: MockConfigEntry) -> Result:
    """Go to the menu of the key."""
    result = await entry.start_reconfigure_flow(user.hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "reconfigure_menu")
    result = await user.picks(result, "look_after_key")
    assert result["step_id"] == "command_key"
    return result


async def goes_on(user: Person, result: Result, key: CommandKey, juniper: Car) -> None:
    """Register a key that is new to Tesla, put it into the car, and end."""
    assert result["step_id"] == "register"
    assert blanks_of(result)["fingerprint"] == key.fingerprint
    user.sim.key_hosts[HOME] = KeyHost.of(key.private.public_key())
    result = await user.answers(result, domain=HOME)
    assert result["step_id"] == "pair"
    assert blanks_of(result)["pairing_url"] == f"{user.sim.url('control')}/_ak/{HOME}"
    await user.sim.pair(juniper, HOME)
    result = await user.answers(result)
    await settle(user.hass)
    assert (result["type"], result.get("reason")) == (FlowResultType.ABORT, "reconfigure_successful")


async def obeys(user: Person, car: Car, limit: int) -> None:
    """Send a command that the car obeys."""
    await set_number(user.hass, LIMIT, limit)
    assert car.vehicle_data()["charge_state"]["charge_limit_soc"] == limit
    assert user.sim.requests_for("signed_command")


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
    assert entry.state is ConfigEntryState.SETUP_RETRY
    result = await user.picks(await looks_after(user, entry), "register")
    key = store(user).get(app.client_id)
    assert key is not None
    await goes_on(user, result, key, juniper)
    assert entry.state is ConfigEntryState.LOADED


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


# Export and import


async def test_export(user: Person, key: CommandKey, set_up: SetUp) -> None:
    """The private key is shown after a warning, and only there; nothing has changed."""
    entry = await set_up(frozenset(CONTROL))
    result = await user.picks(await looks_after(user, entry), "export_key")
    assert (result["step_id"], blanks_of(result)) == ("export_key", {})
    result = await user.answers(result)
    assert result["step_id"] == "exported_key"
    shown = blanks_of(result)
    assert CommandKey.load(shown["private_key"]).public_hex == key.public_hex
    assert shown["fingerprint"] == key.fingerprint
    result = await user.answers(result)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "key_exported")
    assert "PRIVATE" not in json.dumps(result, default=str)


async def test_moved(user: Person, app: App, juniper: Car, set_up: SetUp) -> None:
    """A key from another Home Assistant is taken without a warning where there is none, and the car obeys at once."""
    brought = CommandKey.generate()
    user.sim.enrol(HOME, brought.private.public_key(), app)
    entry = await set_up(frozenset(CONTROL))
    await user.sim.pair(juniper, HOME)
    result = await user.picks(await looks_after(user, entry), "import_key")
    result = await user.answers(result, private_key=brought.private_pem)
    await settle(user.hass)
    assert result["step_id"] == "register"
    assert state_of(user.hass, SENSOR) == "paired"
    assert ir.async_get(user.hass).issues == {}
    await obeys(user, juniper, 63)
    await goes_on(user, result, brought, juniper)
    assert store(user).domain(app.client_id) == HOME


SEC1 = ec.generate_private_key(ec.SECP256R1())


def pem(private: Any, form: PrivateFormat, password: bytes | None = None) -> str:
    """Return a private key as text."""
    secret = BestAvailableEncryption(password) if password else NoEncryption()
    text: bytes = private.private_bytes(Encoding.PEM, form, secret)
    return text.decode()


OLD_STYLE = pem(SEC1, PrivateFormat.TraditionalOpenSSL)
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


@pytest.mark.parametrize(
    "text",
    [
        pem(SEC1, PrivateFormat.PKCS8),
        OLD_STYLE,
        OLD_STYLE.replace("\n", "\r\n"),
        f"\n {PARAMETERS}{OLD_STYLE}\n\n",
        " ".join(OLD_STYLE.splitlines()),
    ],
    ids=["PKCS8", "SEC1", "CRLF", "openssl", "one line"],
)
def test_forms_of_a_key(text: str) -> None:
    """A key is understood as OpenSSL writes it and as a clipboard spoils it."""
    assert CommandKey.load(text).private.private_numbers() == SEC1.private_numbers()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "my key",
        CommandKey.generate().public_pem,
        pem(SEC1, PrivateFormat.PKCS8, b"secret"),
        pem(SEC1, PrivateFormat.TraditionalOpenSSL, b"secret"),
        pem(ec.generate_private_key(ec.SECP384R1()), PrivateFormat.PKCS8),
        OLD_STYLE[:90] + OLD_STYLE[100:],
    ],
    ids=["empty", "text", "public", "password", "old password", "curve", "cut"],
)
async def test_no_key(user: Person, app: App, key: CommandKey, set_up: SetUp, text: str) -> None:
    """What is no such key is refused with a sentence, is not shown again, and changes nothing."""
    entry = await set_up(frozenset(CONTROL))
    result = await user.picks(await looks_after(user, entry), "import_key")
    result = await user.answers(result, private_key=text)
    assert (result["step_id"], problem_of(result)) == ("import_key", "not_a_private_key")
    assert len(text) < 10 or text not in json.dumps(result, default=str)
    assert store(user).get(app.client_id) is key
    result = await user.answers(result, private_key=key.private_pem)
    assert result["step_id"] == "register"
    assert (store(user).get(app.client_id), store(user).previous(app.client_id)) == (key, {})


# Another key in the place of one


async def test_rotated(
    user: Person, app: App, key: CommandKey, juniper: Car, set_up: SetUp, hass_storage: dict[str, Any]
) -> None:
    """A new key is used at once and told to Tesla and the car; the old one is kept, and can be had back."""
    entry = await set_up(frozenset(CONTROL))
    await obeys(user, juniper, 64)
    result = await user.picks(await looks_after(user, entry), "rotate_key")
    assert result["step_id"] == "replace_key"
    cost = blanks_of(result)
    assert cost["old"] == key.fingerprint
    assert store(user).get(app.client_id) is key
    result = await user.answers(result)
    await settle(user.hass)
    new = store(user).get(app.client_id)
    assert new is not None
    assert new.fingerprint == cost["new"]
    assert entry.runtime_data.client.key_fingerprint == new.fingerprint
    assert (entry.runtime_data.registered_key, state_of(user.hass, SENSOR)) == (key.fingerprint, "other")
    assert hass_storage[KEPT]["data"][app.client_id] == {
        "private_key": new.private_pem,
        "previous": [key.private_pem],
        "domain": HOME,
    }

    await goes_on(user, result, new, juniper)
    assert (entry.runtime_data.registered_key, state_of(user.hass, SENSOR)) == (new.fingerprint, "paired")
    assert ir.async_get(user.hass).issues == {}
    await obeys(user, juniper, 65)

    result = await looks_after(user, entry)
    assert "restore_key" in result["menu_options"]
    result = await user.picks(result, "restore_key")
    assert result["data_schema"] is not None
    assert result["data_schema"]({}) == {"fingerprint": key.fingerprint}
    result = await user.answers(result, fingerprint=key.fingerprint)
    assert blanks_of(result) == {"old": new.fingerprint, "new": key.fingerprint}
    result = await user.answers(result)
    await settle(user.hass)
    assert store(user).previous(app.client_id).keys() == {new.fingerprint}
    # The car has both keys, and obeys this one although Tesla keeps the other.
    await obeys(user, juniper, 66)
    assert state_of(user.hass, SENSOR) == "paired"
    await goes_on(user, result, key, juniper)
    assert state_of(user.hass, SENSOR) == "paired"


async def test_not_rotated(user: Person, app: App, key: CommandKey, set_up: SetUp) -> None:
    """Who reads what it costs and closes the window has changed nothing."""
    entry = await set_up(frozenset(CONTROL))
    result = await user.picks(await looks_after(user, entry), "rotate_key")
    user.hass.config_entries.flow.async_abort(result["flow_id"])
    assert (store(user).get(app.client_id), store(user).previous(app.client_id)) == (key, {})
    assert state_of(user.hass, SENSOR) == "paired"


async def test_replaced_by_import(user: Person, app: App, key: CommandKey, juniper: Car, set_up: SetUp) -> None:
    """A key that is brought along is taken after the same warning."""
    entry = await set_up(frozenset(CONTROL))
    brought = CommandKey.generate()
    result = await user.picks(await looks_after(user, entry), "import_key")
    result = await user.answers(result, private_key=brought.private_pem)
    assert (result["step_id"], store(user).get(app.client_id)) == ("replace_key", key)
    assert blanks_of(result) == {"old": key.fingerprint, "new": brought.fingerprint}
    result = await user.answers(result)
    await goes_on(user, result, brought, juniper)
    assert state_of(user.hass, SENSOR) == "paired"


async def test_left_after_the_rotation(user: Person, app: App, key: CommandKey, juniper: Car, set_up: SetUp) -> None:
    """Who leaves between the new key and its registration is told by an issue, and goes on from Reconfigure."""
    entry = await set_up(frozenset(CONTROL))
    result = await user.picks(await looks_after(user, entry), "rotate_key")
    result = await user.answers(result)
    user.hass.config_entries.flow.async_abort(result["flow_id"])
    await settle(user.hass)
    (issue,) = ir.async_get(user.hass).issues.values()
    assert (issue.translation_key, issue.is_fixable) == ("key_other", True)
    with pytest.raises(HomeAssistantError) as error:
        await set_number(user.hass, LIMIT, 77)
    assert error.value.translation_key == "key_not_paired"
    await settle(user.hass)
    assert state_of(user.hass, SENSOR) == "other"
    result = await looks_after(user, entry)
    new = store(user).get(app.client_id)
    assert new is not None
    assert blanks_of(result) == {"fingerprint": new.fingerprint, "registered": key.fingerprint, "domain": HOME}
    await goes_on(user, await user.picks(result, "register"), new, juniper)
    assert ir.async_get(user.hass).issues == {}


@pytest.mark.parametrize("way", ["import_key", "rotate_key"])
async def test_broken(
    user: Person, app: App, juniper: Car, set_up: SetUp, hass_storage: dict[str, Any], way: str
) -> None:
    """A broken key can be replaced, which only a person decides, and stays in the file."""
    broken = {"private_key": "broken", "domain": HOME}
    hass_storage[KEPT] = {"version": 1, "minor_version": 1, "key": KEPT, "data": {app.client_id: broken}}
    entry = await set_up(frozenset(CONTROL))
    result = await looks_after(user, entry)
    assert result["menu_options"] == ["import_key", "rotate_key"]
    result = await user.picks(result, way)
    if way == "import_key":
        result = await user.answers(result, private_key=OLD_STYLE)
    assert (result["step_id"], blanks_of(result)["old"]) == ("replace_key", "–")
    result = await user.answers(result)
    new = store(user).get(app.client_id)
    assert new is not None
    assert hass_storage[KEPT]["data"][app.client_id]["previous"] == ["broken"]
    assert store(user).previous(app.client_id) == {}
    await goes_on(user, result, new, juniper)
    assert state_of(user.hass, SENSOR) == "paired"


async def test_broken_in_the_set_up(user: Person, app: App, hass_storage: dict[str, Any]) -> None:
    """A set-up that comes upon a broken key offers another one instead of ending."""
    broken = {"private_key": "broken"}
    hass_storage[KEPT] = {"version": 1, "minor_version": 1, "key": KEPT, "data": {app.client_id: broken}}
    user.sim.unregister(app)
    result = await user.signs_in(await user.enters(await user.wishes(), app))
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "command_key")
    result = await user.answers(await user.picks(result, "rotate_key"))
    key = store(user).get(app.client_id)
    assert key is not None
    user.sim.key_hosts[HOME] = KeyHost.of(key.private.public_key())
    result = await user.answers(result, domain=HOME)
    assert result["step_id"] == "pair"
    entry = await user.finishes(await user.answers(result))
    assert entry.runtime_data.client.can_sign


# The file


async def test_never_lost(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Every key that an app has had stays in the file, once, and survives a restart."""
    keys = await async_keys(hass)
    first = await keys.async_get_or_make("a")
    others = [CommandKey.generate() for _ in range(3)]
    for key in (*others, others[2], first, others[0]):
        await keys.async_replace("a", key)
    hass.data.pop(DATA_KEYS)
    again = await async_keys(hass)
    current = again.get("a")
    assert current is not None
    assert current.fingerprint == others[0].fingerprint
    kept = [first.fingerprint, others[2].fingerprint, others[1].fingerprint]
    assert list(again.previous("a")) == kept
    assert again.previous("nobody") == {}
    assert len(hass_storage[KEPT]["data"]["a"]["previous"]) == 3


async def test_two_accounts(user: Person, key: CommandKey, make_entry: Any, set_up: SetUp) -> None:
    """Each account that uses the app signs with its new key."""
    entry = await set_up(frozenset(CONTROL))
    other = make_entry(frozenset(CONTROL))
    user.hass.config_entries.async_update_entry(entry, unique_id="other")
    other.add_to_hass(user.hass)
    await user.hass.config_entries.async_setup(other.entry_id)
    await settle(user.hass)
    result = await user.answers(await user.picks(await looks_after(user, entry), "rotate_key"))
    await settle(user.hass)
    fingerprints = {one.runtime_data.client.key_fingerprint for one in (entry, other)}
    assert fingerprints == {blanks_of(result)["fingerprint"]} != {key.fingerprint}


# What nobody may see


async def test_private_key_stays(
    user: Person,
    app: App,
    key: CommandKey,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    hass_client: ClientSessionGenerator,
) -> None:
    """Whatever is done with a key, its private part is in no log, state, issue or diagnostics; its fingerprint is."""
    caplog.set_level("DEBUG")
    entry = await set_up(frozenset(CONTROL))
    result = await user.picks(await looks_after(user, entry), "export_key")
    await user.answers(await user.answers(result))
    brought = CommandKey.generate()
    result = await user.picks(await looks_after(user, entry), "import_key")
    await user.answers(result, private_key=brought.private_pem.replace("MIGH", "MIGX"))
    result = await user.answers(await user.answers(result, private_key=brought.private_pem))
    await settle(user.hass)
    user.sim.faults.add(Fault(endpoint="partner_accounts", answer="internal"))
    await user.answers(result, domain=HOME)
    with pytest.raises(HomeAssistantError) as error:
        await set_number(user.hass, LIMIT, 77)
    await settle(user.hass)

    download = await diagnostics(user.hass, hass_client, entry)
    told = json.loads(download)["data"]["command_key"]
    assert told == {"fingerprint": brought.fingerprint, "registered": key.fingerprint}
    states = json.dumps([state.as_dict() for state in user.hass.states.async_all()], default=str)
    issues = str(list(ir.async_get(user.hass).issues.values()))
    # All but Home Assistant's stand-in for the disk, which tells what it would write
    log = log_lines(caplog, ("homeassistant", "custom_components", "aiohttp"))
    assert "PRIVATE KEY" not in download + states + issues + log
    for one in (key, brought):
        secret = one.private_pem.splitlines()[1]
        number = one.private.private_numbers().private_value
        for text in (download, states, issues, log, repr(error.value), repr(entry.runtime_data.__dict__)):
            assert secret not in text
            assert str(number) not in text
            assert f"{number:x}" not in text
