"""Another key of the app than ours, at Tesla or in a car: how it is known, and what a person is led to."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.fleet.keys import CommandKey
from custom_components.tesla_charging.fleet.paying import PriceClass
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.key_hosts import KeyHost
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import START, pass_time, set_number, state_of, until
from .repairing import Repairs, issue_of

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("hass_storage")]

HOME = "home.example.com"
SENSOR = "sensor.juniper_command_key"
LIMIT = "number.juniper_charge_limit"
HALF_A_DAY = 12 * 3600 + 1
THEIRS = CommandKey.generate()


@pytest.fixture
async def ours(hass: HomeAssistant, sim: Simulator, app: App, no_pauses: None) -> CommandKey:
    """Return the key of Home Assistant, which is registered; the cars stay awake."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOME)
    app.origins.add(f"https://{HOME}")
    sim.enrol(HOME, key.private.public_key(), app)
    for car in sim.world.cars.values():
        car.sleeps = False
        car.wake_seconds = 0
        car.wake()
    return key


@pytest.fixture
def juniper(sim: Simulator) -> Car:
    """Return the car that wants signed commands."""
    return sim.world.car_named("Juniper")


async def look(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Look at the keys, and return what is seen."""
    await entry.runtime_data.async_check_keys()
    await settle(hass)
    return state_of(hass, SENSOR)


async def is_refused(hass: HomeAssistant) -> str | None:
    """Send a command in vain; return what is known of the key afterwards."""
    with pytest.raises(HomeAssistantError) as error:
        await set_number(hass, LIMIT, 71)
    assert error.value.translation_key == "key_not_paired"
    await settle(hass)
    return state_of(hass, SENSOR)


# When it is known


async def test_tesla_keeps_another(
    hass: HomeAssistant, sim: Simulator, app: App, ours: CommandKey, juniper: Car, set_up: SetUp
) -> None:
    """The app was registered with another key elsewhere: that is said, whether a car has that key or not."""
    sim.enrol(HOME, THEIRS.private.public_key(), app)
    entry = await set_up()
    assert state_of(hass, SENSOR) == "other"
    assert entry.runtime_data.registered_key == THEIRS.fingerprint
    issue = issue_of(hass, entry, "key_other")
    assert issue is not None
    assert (issue.translation_key, issue.is_fixable) == ("key_other", True)
    assert issue_of(hass, entry, "key_missing") is None
    await sim.pair(juniper, HOME)
    assert await look(hass, entry) == "other"
    assert await is_refused(hass) == "other"
    assert not sim.requests_for("wake_up")
    sim.enrol(HOME, ours.private.public_key(), app)
    assert await look(hass, entry) == "missing"
    await sim.pair(juniper, HOME)
    assert await look(hass, entry) == "paired"
    assert ir.async_get(hass).issues == {}


async def test_car_has_another(
    hass: HomeAssistant, ours: CommandKey, juniper: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tesla says that the app's key is in the car, and the car does not know ours: that is another one, for good."""
    juniper.fleet_status_says = {"paired": True}
    entry = await set_up()
    assert state_of(hass, SENSOR) == "paired"
    assert await is_refused(hass) == "other"
    assert issue_of(hass, entry, "key_other") is not None
    await pass_time(hass, freezer, HALF_A_DAY)
    assert state_of(hass, SENSOR) == "other"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert state_of(hass, SENSOR) == "other"
    assert issue_of(hass, entry, "key_other") is not None


async def test_refused_during_a_read(
    hass: HomeAssistant, sim: Simulator, ours: CommandKey, juniper: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A read that was on its way while the car refused the key does not undo what is known of it."""
    juniper.fleet_status_says = {"paired": True}
    entry = await set_up()
    slow = sim.faults.add(Fault(endpoint="vehicle_data", vin=juniper.vin, delay=0.3, times=1))
    sim.clear_requests()
    reading = hass.async_create_task(entry.runtime_data.vehicles[juniper.vin].async_refresh())
    await until(lambda: slow.hits)
    with pytest.raises(HomeAssistantError):
        await set_number(hass, LIMIT, 71)
    assert not reading.done()
    freezer.tick(1)
    await reading
    assert await look(hass, entry) == "other"


async def test_tesla_is_late(
    hass: HomeAssistant, sim: Simulator, ours: CommandKey, juniper: Car, set_up: SetUp
) -> None:
    """A key that was removed in the car is missing as soon as Tesla knows it; its next word counts again."""
    entry = await set_up()
    await sim.pair(juniper, HOME)
    assert await look(hass, entry) == "paired"
    sim.unpair(juniper, HOME)
    juniper.fleet_status_says = {"paired": True}
    assert await is_refused(hass) == "other"
    juniper.fleet_status_says = {}
    assert await look(hass, entry) == "missing"
    assert issue_of(hass, entry, "key_other") is None
    assert issue_of(hass, entry, "key_missing") is not None
    await sim.pair(juniper, HOME)
    assert await look(hass, entry) == "paired"


async def test_car_obeys_all_the_same(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    ours: CommandKey,
    juniper: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What a car does counts for more than which key Tesla keeps."""
    entry = await set_up()
    await sim.pair(juniper, HOME)
    sim.enrol(HOME, THEIRS.private.public_key(), app)
    assert await look(hass, entry) == "other"
    await set_number(hass, LIMIT, 71)
    assert state_of(hass, SENSOR) == "paired"
    await pass_time(hass, freezer, HALF_A_DAY)
    assert state_of(hass, SENSOR) == "paired"
    assert ir.async_get(hass).issues == {}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="*/public_key", answer="internal"),
        Fault(path="*/public_key", answer="not_found"),
        Fault(path="*/public_key", put={"response.public_key": None}),
        Fault(path="*/public_key", reset=True),
        Fault(endpoint="token", answer="unauthorized_client"),
        Fault(endpoint="token", answer="html"),
    ],
)
async def test_tesla_does_not_say(
    hass: HomeAssistant, sim: Simulator, app: App, ours: CommandKey, juniper: Car, set_up: SetUp, fault: Fault
) -> None:
    """Where Tesla does not say which key it keeps, the car's key is known as before."""
    sim.enrol(HOME, THEIRS.private.public_key(), app)
    sim.faults.add(fault)
    entry = await set_up()
    assert entry.runtime_data.registered_key is None
    assert state_of(hass, SENSOR) == "missing"


async def test_open_source(
    hass: HomeAssistant, sim: Simulator, ours: CommandKey, set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app without a secret cannot ask, and does not."""
    monkeypatch.setattr("custom_components.tesla_charging.oauth.TeslaImplementation.has_secret", False)
    await set_up()
    assert not [request for request in sim.requests if "public_key" in request.path]


async def test_nobody_asks_for_older_cars(
    hass: HomeAssistant, sim: Simulator, ours: CommandKey, juniper: Car, set_up: SetUp
) -> None:
    """Where no car wants a key, Tesla is not asked which one it keeps."""
    juniper.command_signing = "off"
    await set_up()
    assert state_of(hass, SENSOR) == "not_needed"
    assert not [request for request in sim.requests if "public_key" in request.path]


async def test_asking_is_counted(hass: HomeAssistant, sim: Simulator, ours: CommandKey, set_up: SetUp) -> None:
    """The question is in the account's count of requests, as any other."""
    entry = await set_up(frozenset(Scope) - {Scope.USER_DATA})
    assert len([request for request in sim.requests if "public_key" in request.path]) == 1
    assert entry.runtime_data.purse.standing().month[PriceClass.ACCOUNT] == 1


# What a person is led to


@pytest.fixture
async def repairs(hass: HomeAssistant, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch) -> Repairs:
    """Return a person who repairs."""
    assert await async_setup_component(hass, "repairs", {})
    # As Home Assistant does when it starts its server
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    return Repairs(hass, await hass_client())


async def test_repair(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    ours: CommandKey,
    juniper: Car,
    set_up: SetUp,
    repairs: Repairs,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The repair shows both fingerprints, registers our key and pairs it."""
    sim.enrol(HOME, THEIRS.private.public_key(), app)
    entry = await set_up()
    await sim.pair(juniper, HOME)
    assert await is_refused(hass) == "other"
    result = await repairs.begins(issue_of(hass, entry, "key_other"))
    assert (result["type"], result["step_id"]) == ("form", "other_key")
    shown: dict[str, Any] = result["description_placeholders"]
    assert (shown["fingerprint"], shown["registered"]) == (ours.fingerprint, THEIRS.fingerprint)
    assert (await repairs.answers())["step_id"] == "register"
    result = await repairs.answers(domain=HOME)
    assert result["errors"] == {"base": "key_other"}
    assert result["description_placeholders"]["words"] == THEIRS.fingerprint
    sim.key_hosts[HOME] = KeyHost.of(ours.private.public_key())
    result = await repairs.answers(domain=HOME)
    assert (result["step_id"], result["errors"]) == ("pair", {})
    result = await repairs.answers()
    assert result["errors"] == {"base": "key_still_missing"}
    await sim.pair(juniper, HOME)
    assert (await repairs.answers())["type"] == "create_entry"
    assert state_of(hass, SENSOR) == "paired"
    assert ir.async_get(hass).issues == {}
    freezer.tick(10)
    await set_number(hass, LIMIT, 72)


async def test_repair_of_a_car_that_refused(
    hass: HomeAssistant, sim: Simulator, ours: CommandKey, juniper: Car, set_up: SetUp, repairs: Repairs
) -> None:
    """A person who has paired is believed: what the car said before does not count any more."""
    juniper.fleet_status_says = {"paired": True}
    entry = await set_up()
    assert await is_refused(hass) == "other"
    result = await repairs.begins(issue_of(hass, entry, "key_other"))
    assert result["description_placeholders"]["registered"] == ours.fingerprint
    await repairs.answers()
    assert (await repairs.answers(domain=HOME))["step_id"] == "pair"
    await sim.pair(juniper, HOME)
    assert (await repairs.answers())["type"] == "create_entry"
    assert state_of(hass, SENSOR) == "paired"
    assert ir.async_get(hass).issues == {}


async def test_repair_while_not_loaded(
    hass: HomeAssistant, sim: Simulator, app: App, ours: CommandKey, set_up: SetUp, repairs: Repairs
) -> None:
    """The keys that are not known then are shown as a dash."""
    sim.enrol(HOME, THEIRS.private.public_key(), app)
    entry = await set_up()
    issue = issue_of(hass, entry, "key_other")
    await hass.config_entries.async_unload(entry.entry_id)
    result = await repairs.begins(issue)
    assert result["description_placeholders"]["registered"] == "–"


async def test_issue_goes_with_the_need(
    hass: HomeAssistant, sim: Simulator, app: App, ours: CommandKey, juniper: Car, set_up: SetUp
) -> None:
    """A car that turns out to take unsigned commands wants no key any more."""
    sim.enrol(HOME, THEIRS.private.public_key(), app)
    entry = await set_up()
    assert issue_of(hass, entry, "key_other") is not None
    juniper.command_signing = "off"
    await set_number(hass, LIMIT, 71)
    assert issue_of(hass, entry, "key_other") is None
