"""Looking after the command key from Reconfigure: export, import, go back and rotate."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.keys import CommandKey
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.key_hosts import KeyHost
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import set_number, state_of
from .key_care import HOME, LIMIT, SENSOR, goes_on, looks_after, obeys, paired_key, ready_person, store
from .setting_up import CONTROL, Person, blanks_of, problem_of
from .test_privacy import diagnostics, log_lines

pytestmark = pytest.mark.usefixtures("hass_storage", "current_request_with_host", "no_pauses")

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
    return await ready_person(hass, sim, app, hass_client_no_auth, monkeypatch)


@pytest.fixture
def juniper(sim: Simulator) -> Car:
    """Return the car that wants signed commands."""
    return sim.world.car_named("Juniper")


@pytest.fixture
async def key(user: Person, app: App, juniper: Car) -> CommandKey:
    """Return the key of the app, which is registered and in the car."""
    return await paired_key(user, app, juniper)


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
