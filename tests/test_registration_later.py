"""An app that is not registered any more, or not yet: mended by itself where it can be, else by a repair."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.fleet.keys import CommandKey
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.key_hosts import KeyHost

from .conftest import SetUp
from .helpers import START, pass_time, set_number, state_of
from .repairing import Repairs, issue_of

HOME = "home.example.com"
MINUTE = 61
HOUR = timedelta(hours=1).total_seconds() + 1
KEY = "sensor.juniper_command_key"

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("hass_storage")]


@pytest.fixture
async def key(hass: HomeAssistant, sim: Simulator, app: App, hass_storage: dict[str, Any]) -> CommandKey:
    """Return the key of the app, which is registered."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOME)
    app.origins.add(f"https://{HOME}")
    sim.enrol(HOME, key.private.public_key(), app)
    for car in sim.world.cars.values():
        car.sleeps = False
    return key


def registrations(sim: Simulator) -> int:
    """Return how often the app was registered through the API."""
    return len([one for one in sim.requests if one.method == "POST" and one.path.endswith("/partner_accounts")])


# By itself


async def test_forgotten(
    hass: HomeAssistant, sim: Simulator, app: App, key: CommandKey, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tesla has forgotten the app: it is registered again, and nobody notices."""
    entry = await set_up()
    sim.unregister(app)
    await pass_time(hass, freezer, MINUTE)
    assert registrations(sim) == 1
    assert app.registered_regions == {"eu"}
    assert app.registrations["eu"].point.hex() == key.public_hex
    await pass_time(hass, freezer, MINUTE, times=3)
    assert issue_of(hass, entry, "not_registered") is None
    assert state_of(hass, "sensor.luna_battery_level") in ("62", "63")
    assert registrations(sim) == 1


async def test_forgotten_before_a_command(
    hass: HomeAssistant, sim: Simulator, app: App, key: CommandKey, set_up: SetUp
) -> None:
    """A command that Tesla refuses because it has forgotten the app is carried out all the same."""
    entry = await set_up()
    sim.world.car_named("Luna").wake()
    sim.unregister(app)
    await set_number(hass, "number.luna_charge_limit", 71)
    assert sim.world.car_named("Luna").vehicle_data()["charge_state"]["charge_limit_soc"] == 71
    assert registrations(sim) == 1
    assert issue_of(hass, entry, "not_registered") is None


async def test_forgotten_before_the_start(
    hass: HomeAssistant, sim: Simulator, app: App, key: CommandKey, set_up: SetUp
) -> None:
    """The first read after a start mends it as well, for all products at once."""
    sim.unregister(app)
    entry = await set_up()
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    assert state_of(hass, KEY) == "missing"
    assert registrations(sim) == 1


async def test_forgotten_by_all_at_once(
    hass: HomeAssistant, sim: Simulator, app: App, key: CommandKey, set_up: SetUp
) -> None:
    """Requests that are refused at the same time are mended by one registration."""
    entry = await set_up()
    sim.unregister(app)
    client = entry.runtime_data.client
    await asyncio.gather(*(client.products() for _ in range(5)))
    assert registrations(sim) == 1


async def test_forgotten_for_good(
    hass: HomeAssistant, sim: Simulator, app: App, key: CommandKey, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where that fails it is tried once an hour, and a person is told; the next success takes it back."""
    entry = await set_up()
    sim.key_hosts.clear()
    sim.unregister(app)
    await pass_time(hass, freezer, MINUTE, times=5)
    assert registrations(sim) == 1
    issue = issue_of(hass, entry, "not_registered")
    assert issue is not None
    assert issue.is_fixable
    await pass_time(hass, freezer, HOUR)
    assert registrations(sim) == 2
    sim.key_hosts[HOME] = KeyHost.of(key.private.public_key())
    await pass_time(hass, freezer, HOUR, times=2)
    assert registrations(sim) == 3
    assert issue_of(hass, entry, "not_registered") is None


async def test_forgotten_without_a_key(
    hass: HomeAssistant, sim: Simulator, app: App, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without a key there is nothing to register with."""
    entry = await set_up()
    sim.unregister(app)
    await pass_time(hass, freezer, MINUTE)
    assert registrations(sim) == 0
    assert issue_of(hass, entry, "not_registered") is not None


# By a repair


@pytest.fixture
async def repairs(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch, sim: Simulator
) -> Repairs:
    """Return a person who repairs."""
    assert await async_setup_component(hass, "repairs", {})
    # As Home Assistant does when it starts its server
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    for car in sim.world.cars.values():
        car.sleeps = False
    return Repairs(hass, await hass_client())


async def test_signing_not_set_up(
    hass: HomeAssistant, sim: Simulator, app: App, set_up: SetUp, repairs: Repairs
) -> None:
    """A person with a car that signs is led from the issue to a car that obeys."""
    app.origins.add(f"https://{HOME}")
    entry = await set_up()
    issue = issue_of(hass, entry, "signing_not_set_up")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["cars"] == "Juniper"
    result = await repairs.begins(issue)
    assert (result["type"], result["step_id"]) == ("form", "register")
    result = await repairs.answers(domain=HOME)
    assert result["errors"] == {"base": "key_unreachable"}
    key = (await async_keys(hass)).get(app.client_id)
    assert key is not None
    sim.key_hosts[HOME] = KeyHost.of(key.private.public_key())
    result = await repairs.answers(domain=HOME)
    assert result["step_id"] == "pair"
    await sim.pair(sim.world.car_named("Juniper"), HOME)
    result = await repairs.answers()
    assert result["type"] == "create_entry"
    assert ir.async_get(hass).issues == {}
    assert entry.runtime_data.client.can_sign
    assert state_of(hass, KEY) == "paired"


async def test_not_registered(
    hass: HomeAssistant, sim: Simulator, app: App, set_up: SetUp, repairs: Repairs, freezer: FrozenDateTimeFactory
) -> None:
    """The registration that Tesla has forgotten is put right in the same way."""
    app.origins.add(f"https://{HOME}")
    entry = await set_up()
    sim.unregister(app)
    await pass_time(hass, freezer, MINUTE)
    await repairs.begins(issue_of(hass, entry, "not_registered"))
    key = (await async_keys(hass)).get(app.client_id)
    assert key is not None
    sim.key_hosts[HOME] = KeyHost.of(key.private.public_key())
    assert (await repairs.answers(domain=HOME))["step_id"] == "pair"
    assert (await repairs.answers())["type"] == "create_entry"
    await pass_time(hass, freezer, MINUTE)
    assert issue_of(hass, entry, "not_registered") is None


async def test_broken_key(
    hass: HomeAssistant, app: App, set_up: SetUp, repairs: Repairs, hass_storage: dict[str, Any]
) -> None:
    """A key that cannot be read is not replaced by a repair, which says where a person can do so."""
    name = "tesla_charging.keys"
    kept = {app.client_id: {"private_key": "broken"}}
    hass_storage[name] = {"version": 1, "minor_version": 1, "key": name, "data": kept}
    entry = await set_up()
    result = await repairs.begins(issue_of(hass, entry, "signing_not_set_up"))
    assert (result["type"], result["reason"]) == ("abort", "key_unreadable")
    assert hass_storage[name]["data"] == kept


async def test_open_source(
    hass: HomeAssistant, sim: Simulator, app: App, set_up: SetUp, repairs: Repairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app without a secret is told that it cannot have a key."""
    entry = await set_up()
    monkeypatch.setattr("custom_components.tesla_charging.oauth.TeslaImplementation.has_secret", False)
    result = await repairs.begins(issue_of(hass, entry, "signing_not_set_up"))
    assert (result["type"], result["reason"]) == ("abort", "open_source")


async def test_key_missing(
    hass: HomeAssistant, sim: Simulator, key: CommandKey, set_up: SetUp, repairs: Repairs
) -> None:
    """A car without the key: the repair shows how, looks again, and the issue goes."""
    entry = await set_up()
    juniper = sim.world.car_named("Juniper")
    result = await repairs.begins(issue_of(hass, entry, "key_missing"))
    assert (result["type"], result["step_id"]) == ("form", "pair")
    assert result["description_placeholders"]["pairing_url"] == f"{sim.url('control')}/_ak/{HOME}"
    await sim.pair(juniper, HOME)
    sim.clear_requests()
    assert (await repairs.answers())["type"] == "create_entry"
    assert "fleet_status" in [request.endpoint for request in sim.requests]
    assert not sim.requests_for("wake_up")
    assert ir.async_get(hass).issues == {}
    assert state_of(hass, KEY) == "paired"


async def test_key_still_missing(
    hass: HomeAssistant, sim: Simulator, key: CommandKey, set_up: SetUp, repairs: Repairs
) -> None:
    """Who submits without having paired is told so, and the issue stays."""
    entry = await set_up()
    await repairs.begins(issue_of(hass, entry, "key_missing"))
    result = await repairs.answers()
    assert (result["type"], result["step_id"]) == ("form", "pair")
    assert result["errors"] == {"base": "key_still_missing"}
    assert issue_of(hass, entry, "key_missing") is not None
    await sim.pair(sim.world.car_named("Juniper"), HOME)
    assert (await repairs.answers())["type"] == "create_entry"
    assert issue_of(hass, entry, "key_missing") is None


async def test_key_missing_and_tesla_silent(
    hass: HomeAssistant, sim: Simulator, key: CommandKey, set_up: SetUp, repairs: Repairs
) -> None:
    """When Tesla does not say whether the key is there, the form says so and can be submitted again."""
    entry = await set_up()
    await repairs.begins(issue_of(hass, entry, "key_missing"))
    sim.faults.add(Fault(endpoint="fleet_status", answer="internal"))
    assert (await repairs.answers())["errors"] == {"base": "server_error"}
    sim.faults.clear()
    await sim.pair(sim.world.car_named("Juniper"), HOME)
    assert (await repairs.answers())["type"] == "create_entry"
