"""Looking after the command key from Reconfigure, which its tests share."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.fleet import registration
from custom_components.tesla_charging.fleet.keys import CommandKey
from custom_components.tesla_charging.key_store import DATA_KEYS, KeyStore, async_keys
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Simulator
from tesla_simulator.key_hosts import KeyHost
from tesla_simulator.world import Car

from .conftest import settle
from .helpers import set_number
from .setting_up import CONTROL, Person, Result, blanks_of

HOME = "home.example.com"
SENSOR = "sensor.juniper_command_key"
LIMIT = "number.juniper_charge_limit"


async def ready_person(
    hass: HomeAssistant, sim: Simulator, app: App, browser: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> Person:
    """Return who looks after a key, and has a car that is awake and wants it."""
    assert await async_setup_component(hass, "application_credentials", {})
    # As Home Assistant does when it starts its server
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    monkeypatch.setattr(registration, "_SECONDS", 0.5)
    app.origins.add(f"https://{HOME}")
    juniper = sim.world.car_named("Juniper")
    juniper.sleeps = False
    juniper.wake_seconds = 0
    juniper.wake()
    return Person(hass, sim, browser)


async def paired_key(user: Person, app: App, car: Car) -> CommandKey:
    """Return the key of an app, which is registered and in the car."""
    keys = await async_keys(user.hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, HOME)
    user.sim.enrol(HOME, key.private.public_key(), app)
    # The account must have granted the app something before the phone pairs its key.
    user.sim.grant(user.sim.world.accounts[0], app, frozenset(CONTROL))
    await user.sim.pair(car, HOME)
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
