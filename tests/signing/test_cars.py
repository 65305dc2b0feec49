"""Which cars want signed commands, which know the key, and how that is found out."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car
from tests.conftest import SetUp, settle
from tests.helpers import call, set_number, state_of

from .steps import DOMAIN_NAME, HANDSHAKE, KEY, charges, fails, issues_of, pair, sent, switch


async def test_signed_stop_and_start(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """A paired car obeys signed commands, with one handshake for all of them."""
    entry = await set_up()
    await sim.pair(juniper, DOMAIN_NAME)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert state_of(hass, "switch.juniper_charging") == "on"
    assert state_of(hass, "sensor.juniper_command_key") == "paired"
    sim.clear_requests()
    await switch(hass, "turn_off")
    assert juniper.vehicle_data()["charge_state"]["charging_state"] == "Stopped"
    await switch(hass, "turn_on")
    assert juniper.vehicle_data()["charge_state"]["charging_state"] in ("Starting", "Charging")
    assert len(sim.requests_for("signed_command")) == 3


async def test_not_paired(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """A car that does not know the key says so, and a repair issue shows how to pair it."""
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await switch(hass, "turn_off")
    assert error.value.translation_key == "key_not_paired"
    assert state_of(hass, "sensor.juniper_command_key") == "missing"
    issues = [issue for _, issue in ir.async_get(hass).issues if issue.startswith("key_missing")]
    assert len(issues) == 1


# Cars that want it, and cars that do not


async def test_learns_to_sign(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """A car that refuses unsigned commands gets signed ones from then on, after a restart too."""
    juniper.command_signing = "allowed"
    entry = await set_up()
    await sim.pair(juniper, DOMAIN_NAME)
    sim.faults.add(Fault(endpoint="charge_stop", answer="protocol_required"))
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert sent(sim) == [HANDSHAKE, "charge_stop"]
    assert state_of(hass, KEY) == "paired"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    sim.clear_requests()
    await switch(hass, "turn_on")
    assert sent(sim) == [HANDSHAKE, "charge_start"]
    assert sim.requests_for("charge_start") == []


async def test_learns_not_to_sign(hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry) -> None:
    """A car that knows no signed commands gets unsigned ones from then on."""
    juniper.command_signing = "off"
    await switch(hass, "turn_off")
    assert not charges(juniper)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    sim.clear_requests()
    await switch(hass, "turn_on")
    assert charges(juniper)
    assert sent(sim) == []
    assert state_of(hass, KEY) == "not_needed"


async def test_one_of_two(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """A car with the key obeys, whatever the other lacks."""
    luna = sim.world.car_named("Luna")
    luna.command_signing = "required"
    luna.sleeps = False
    entry = await set_up()
    await pair(hass, sim, entry, juniper)
    with pytest.raises(HomeAssistantError) as error:
        await set_number(hass, "number.luna_charge_limit", 71)
    assert error.value.translation_key == "key_not_paired"
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert (state_of(hass, "sensor.luna_command_key"), state_of(hass, KEY)) == ("missing", "paired")
    assert issues_of(hass) == [f"key_missing_{luna.vin}_{entry.entry_id}"]


@pytest.mark.usefixtures("entry")
async def test_key_removed(hass: HomeAssistant, sim: Simulator, juniper: Car) -> None:
    """A key that was removed on the car's screen is missed at the next command, and told of."""
    assert issues_of(hass) == []
    sim.unpair(juniper, DOMAIN_NAME)
    assert await fails(hass) == "key_not_paired"
    assert state_of(hass, KEY) == "missing"
    assert len(issues_of(hass)) == 1
    await sim.pair(juniper, DOMAIN_NAME)
    await switch(hass, "turn_off")
    assert state_of(hass, KEY) == "paired"
    assert issues_of(hass) == []


async def test_fleet_status_that_lies(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """What a car does counts for more than what Tesla says of its key."""
    juniper.fleet_status_says = {"paired": False}
    entry = await set_up()
    await pair(hass, sim, entry, juniper)
    assert state_of(hass, KEY) == "missing"
    assert len(issues_of(hass)) == 1
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert state_of(hass, KEY) == "paired"
    assert issues_of(hass) == []


async def test_driver(hass: HomeAssistant, juniper: Car, set_up: SetUp) -> None:
    """Who only drives a car cannot pair a key, and is not told to."""
    juniper.access_type = "DRIVER"
    await set_up()
    assert state_of(hass, KEY) == "cannot_pair"
    assert issues_of(hass) == []


@pytest.mark.parametrize("answer", ["internal", "null_response"])
async def test_fleet_status_fails(
    hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp, answer: str
) -> None:
    """Without Tesla's word the state of the key is unknown, and commands are tried all the same."""
    sim.faults.add(Fault(endpoint="fleet_status", answer=answer))
    await set_up()
    assert state_of(hass, KEY) == "unknown"
    await sim.pair(juniper, DOMAIN_NAME)
    await switch(hass, "turn_off")
    assert state_of(hass, KEY) == "paired"


async def test_charging_scopes_alone(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """The right to charge is enough for every charging command."""
    entry = await set_up(frozenset({"openid", "offline_access", "vehicle_device_data", "vehicle_charging_cmds"}))
    await pair(hass, sim, entry, juniper)
    await switch(hass, "turn_off")
    await set_number(hass, "number.juniper_charge_limit", 71)
    await set_number(hass, "number.juniper_charging_amps", 7)
    await call(hass, "button.press", "button.juniper_charge_to_maximum_range")
    await call(hass, "button.press", "button.juniper_charge_to_standard_limit")
    await call(hass, "button.press", "button.juniper_open_charge_port")
    assert all(request.status == 200 for request in sim.requests_for("signed_command"))
    assert not charges(juniper)


async def test_no_key(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Without a key nothing is sent to a car that wants signed commands, and an issue says what to do."""
    sim.world.car_named("Juniper").sleeps = False
    sim.world.car_named("Juniper").wake()
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "button.press", "button.juniper_charge_to_maximum_range")
    assert error.value.translation_key == "signing_required"
    assert issues_of(hass, "signing_not_set_up")
    assert issues_of(hass) == []
