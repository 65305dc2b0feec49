"""Signed commands: every charging command reaches a modern car, or says in one sentence why not."""

import asyncio
import base64
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from tesla_protocol.command.universal_message_pb2 import Destination, Domain, RoutableMessage
from tesla_protocol.command.vcsec_pb2 import (
    CommandStatus,
    FromVCSECMessage,
    OperationStatus_E,
    SignedMessage_status as SignedMessageStatus,
)

from custom_components.tesla_charging.commands import async_send
from custom_components.tesla_charging.fleet.commands import Command, VehicleCommand
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import call, pass_time, set_number, state_of

DOMAIN_NAME = "home.example.com"
SWITCH = "switch.juniper_charging"
KEY = "sensor.juniper_command_key"
HANDSHAKE = "handshake infotainment"
# A command that the car's other computer takes; charging needs none of these.
DOOR_UNLOCK: VehicleCommand = Command(
    name="door_unlock", scopes=frozenset({Scope.VEHICLE_CMDS}), effect=lambda car, **_: car, visible=False
)


@pytest.fixture
async def juniper(hass: HomeAssistant, sim: Simulator, app: App, no_pauses: None) -> Car:
    """Return a modern car that is awake and plugged in; the app has a key, and Tesla knows it."""
    keys = await async_keys(hass)
    key = await keys.async_get_or_make(app.client_id)
    await keys.async_set_domain(app.client_id, DOMAIN_NAME)
    sim.enrol(DOMAIN_NAME, key.private.public_key(), app)
    car = sim.world.car_named("Juniper")
    car.wake_seconds = 0
    car.wake()
    sim.world.car_named("Luna").unplug()
    station = next(item for item in sim.world.stations if item.kind == "home_ac")
    car.plug_in(station)
    sim.world.clock.advance(60)
    sim.world.update()
    return car


async def switch(hass: HomeAssistant, action: str) -> None:
    """Press the charging switch."""
    await hass.services.async_call("switch", action, {"entity_id": "switch.juniper_charging"}, blocking=True)


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> MockConfigEntry:
    """Return the entry, with the key in the car."""
    entry = await set_up()
    await pair(hass, sim, entry, juniper)
    assert state_of(hass, KEY) == "paired"
    return entry


async def pair(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, car: Car) -> None:
    """Put the key into a car, and let Home Assistant see it."""
    await sim.pair(car, DOMAIN_NAME)
    await entry.runtime_data.async_check_keys()
    await settle(hass)
    sim.clear_requests()


async def fails(hass: HomeAssistant, action: str = "turn_off") -> str | None:
    """Press the charging switch in vain; return the key of the sentence."""
    with pytest.raises(HomeAssistantError) as error:
        await switch(hass, action)
    return error.value.translation_key


async def act(hass: HomeAssistant, entry: MockConfigEntry, car: Car, domain: str) -> None:
    """Make one of the car's computers do something."""
    if domain == "vcsec":
        await async_send(entry.runtime_data.vehicles[car.vin], DOOR_UNLOCK)
    else:
        await switch(hass, "turn_off")


def done(car: Car, domain: str) -> bool:
    """Whether it was done."""
    return car.doors_unlocked if domain == "vcsec" else not charges(car)


def sent(sim: Simulator) -> list[str | None]:
    """Return what was sent signed, in order."""
    return [request.command for request in sim.requests_for("signed_command")]


def charges(car: Car) -> bool:
    """Whether a car charges."""
    return car.vehicle_data()["charge_state"]["charging_state"] in ("Starting", "Charging")


def issues_of(hass: HomeAssistant, start: str = "key_missing") -> list[str]:
    """Return the issues of a kind."""
    return [issue for _, issue in ir.async_get(hass).issues if issue.startswith(start)]


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


# Faults of the protocol


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
@pytest.mark.parametrize("fault", [1, 2, 5, 6, 11, 15, 17, 20])
async def test_harmless_once(
    hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry, fault: int, domain: str
) -> None:
    """A fault after which the car did nothing is not the person's business: the command is signed anew."""
    sim.signing_faults.add(domain=domain, fault=fault)
    await act(hass, entry, juniper, domain)
    assert done(juniper, domain)
    assert sent(sim)[0] == f"handshake {domain}"
    assert len(sent(sim)) == 3


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
@pytest.mark.parametrize("fault", [1, 2, 5, 6, 11, 15, 17, 20])
async def test_harmless_for_ever(
    hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry, fault: int, domain: str
) -> None:
    """A fault that stays ends in one sentence, after four tries and a handshake; then all is as before."""
    sim.signing_faults.add(domain=domain, fault=fault, times=None)
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, entry, juniper, domain)
    assert error.value.translation_key == "vehicle_error"
    assert len(sent(sim)) == 5
    assert not done(juniper, domain)
    assert state_of(hass, SWITCH) == "on"
    sim.signing_faults.clear()
    await act(hass, entry, juniper, domain)
    assert done(juniper, domain)


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
@pytest.mark.parametrize("fault", [7, 8, 9, 10, 12, 13, 14, 16, 18, 19, 21, 22, 23, 24, 25, 28, 99])
async def test_fatal(
    hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry, fault: int, domain: str
) -> None:
    """What another try cannot mend is not tried again; a number that nobody knows yet is a fault too."""
    sim.signing_faults.add(fault=fault, times=None)
    with pytest.raises(HomeAssistantError, match=rf"\({fault}\)") as error:
        await act(hass, entry, juniper, domain)
    assert error.value.translation_key == "vehicle_error"
    assert len(sent(sim)) == 2
    assert not done(juniper, domain)
    assert state_of(hass, SWITCH) == "on"


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("fault", [3, 4])
async def test_key_rejected(hass: HomeAssistant, sim: Simulator, fault: int) -> None:
    """A car that refuses the key is said to miss it."""
    sim.signing_faults.add(fault=fault, times=None)
    assert await fails(hass) == "key_not_paired"
    assert sent(sim) == [HANDSHAKE, "charge_stop"]
    assert state_of(hass, KEY) == "missing"


@pytest.mark.usefixtures("entry")
async def test_forged_session(hass: HomeAssistant, sim: Simulator, juniper: Car) -> None:
    """A session that the car has not signed is not believed; the next one is."""
    sim.signing_faults.add(forged=True, handshakes=True)
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert sent(sim) == [HANDSHAKE, HANDSHAKE, "charge_stop"]


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
async def test_wait(hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry, domain: str) -> None:
    """A car that asks to come again gets the command again, four times in all."""
    sim.signing_faults.add(domain=domain, wait=True)
    await act(hass, entry, juniper, domain)
    assert done(juniper, domain)
    assert len(sent(sim)) == 3
    sim.clear_requests()
    sim.signing_faults.add(wait=True, times=None)
    with pytest.raises(HomeAssistantError, match="busy"):
        await set_number(hass, "number.juniper_charge_limit", 71)
    assert sent(sim)[-4:] == ["set_charge_limit"] * 4


@pytest.mark.usefixtures("entry")
async def test_answer_to_another_command(hass: HomeAssistant, sim: Simulator, juniper: Car) -> None:
    """An answer that comes late, to an earlier command, is no answer: the car is looked at, and told again."""
    await set_number(hass, "number.juniper_charge_limit", 71)
    sim.clear_requests()
    sim.signing_faults.add(stale=True)
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert sent(sim) == ["charge_stop", "charge_stop"]
    assert len(sim.requests_for("vehicle_data")) >= 1


@pytest.mark.usefixtures("entry")
async def test_reboot(hass: HomeAssistant, sim: Simulator, juniper: Car) -> None:
    """A car that has booted between two commands has another epoch, which costs one more request."""
    await switch(hass, "turn_off")
    for action, charging in (("turn_on", True), ("turn_off", False)):
        juniper.reboot()
        sim.clear_requests()
        await switch(hass, action)
        assert charges(juniper) is charging
        assert len(sent(sim)) <= 2


async def test_refused(hass: HomeAssistant, juniper: Car, entry: MockConfigEntry) -> None:
    """The car's own reason for a refusal is told as for unsigned commands."""
    juniper.unplug()
    await entry.runtime_data.vehicles[juniper.vin].async_refresh()
    assert await fails(hass, "turn_on") == "refused_disconnected"


# What is true in the end


@pytest.mark.usefixtures("entry")
async def test_answer_lost(hass: HomeAssistant, sim: Simulator, juniper: Car) -> None:
    """A command whose answer was lost is not sent again, because a look shows that the car obeyed."""
    await set_number(hass, "number.juniper_charge_limit", 71)
    sim.clear_requests()
    sim.faults.add(Fault.lost(endpoint="signed_command", times=1))
    await switch(hass, "turn_off")
    assert sent(sim) == ["charge_stop"]
    assert not charges(juniper)
    assert state_of(hass, SWITCH) == "off"


@pytest.mark.usefixtures("entry")
async def test_not_obeyed(hass: HomeAssistant, juniper: Car, freezer: FrozenDateTimeFactory) -> None:
    """A car that said yes and did nothing is not believed for long, and told of."""
    juniper.ignores_commands.add("charge_stop")
    await switch(hass, "turn_off")
    assert state_of(hass, SWITCH) == "off"
    for seconds, state in ((2, "off"), (5, "off"), (8, "on")):
        await pass_time(hass, freezer, seconds)
        assert state_of(hass, SWITCH) == state
    event = hass.states.get("event.juniper_commands")
    assert event is not None
    assert event.attributes["command"] == "charge_stop"


async def test_another_403(hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry) -> None:
    """Not every refusal of a signed command says that the car knows none."""
    sim.faults.add(Fault(endpoint="signed_command", status=403, body={"error": "unsupported vehicle"}, times=1))
    assert await fails(hass, "turn_off") == "unsupported"
    assert entry.runtime_data.vehicles[juniper.vin].data.signs
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert sim.requests_for("command/*") == []


async def test_learns_to_sign_without_the_key(hass: HomeAssistant, sim: Simulator, juniper: Car, set_up: SetUp) -> None:
    """A car that turns out to want signed commands, and has another key or none, is known for both."""
    entry = await set_up()
    data = entry.runtime_data.vehicles[juniper.vin]
    data.learn(learned_signing=False, key_state=None)
    assert await fails(hass, "turn_off") == "key_not_paired"
    assert data.data.signs
    assert data.data.key_refused


@pytest.mark.usefixtures("entry")
async def test_ten_at_once(hass: HomeAssistant, sim: Simulator, juniper: Car) -> None:
    """Commands to one car wait for each other, with one handshake; of those about the same only the last is sent."""
    await asyncio.gather(
        *(set_number(hass, "number.juniper_charge_limit", value) for value in (51, 52, 53, 54)),
        *(set_number(hass, "number.juniper_charging_amps", value) for value in (6, 7, 8)),
        call(hass, "button.press", "button.juniper_open_charge_port"),
        call(hass, "switch.turn_off", SWITCH),
        call(hass, "button.press", "button.juniper_charge_to_maximum_range"),
    )
    assert sent(sim) == [HANDSHAKE, "set_charging_amps", "charge_port_door_open", "charge_max_range"]
    assert juniper.charger.amps_setting == 8
    assert not charges(juniper)


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


# Answers that cannot be read


def sealed() -> dict[str, str]:
    """Return an answer that is encrypted with another key."""
    answer = RoutableMessage(
        from_destination=Destination(domain=Domain.DOMAIN_INFOTAINMENT), protobuf_message_as_bytes=bytes(16)
    )
    answer.signature_data.AES_GCM_Response_data.nonce = bytes(12)
    answer.signature_data.AES_GCM_Response_data.tag = bytes(16)
    return {"response": base64.b64encode(answer.SerializeToString()).decode()}


UNREADABLE: list[Any] = [{"response": ""}, {"response": None}, {}, {"response": "!"}, {"response": "AAAA"}, sealed()]


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("body", UNREADABLE, ids=str)
async def test_unreadable(hass: HomeAssistant, sim: Simulator, juniper: Car, body: dict[str, Any]) -> None:
    """The car may have obeyed, so it is looked at; it has not, and the command is sent once more."""
    await set_number(hass, "number.juniper_charge_limit", 71)
    sim.clear_requests()
    sim.faults.add(Fault(endpoint="signed_command", body=body, times=1))
    await switch(hass, "turn_off")
    assert not charges(juniper)
    assert len(sim.requests_for("signed_command")) == 2
    assert len(sim.requests_for("vehicle_data")) >= 1
    sim.faults.add(Fault(endpoint="signed_command", body=body))
    assert await fails(hass, "turn_on") == "bad_answer"


def of_vcsec(**status: Any) -> dict[str, str]:
    """Return an answer in which the other computer says that it could not."""
    message = FromVCSECMessage(
        commandStatus=CommandStatus(operationStatus=OperationStatus_E.OPERATIONSTATUS_ERROR, **status)
    )
    answer = RoutableMessage(
        from_destination=Destination(domain=Domain.DOMAIN_VEHICLE_SECURITY),
        protobuf_message_as_bytes=message.SerializeToString(),
    )
    return {"response": base64.b64encode(answer.SerializeToString()).decode()}


@pytest.mark.parametrize(
    ("status", "key"),
    [
        (
            {
                "signedMessageStatus": SignedMessageStatus(
                    signedMessageInformation="SIGNEDMESSAGE_INFORMATION_FAULT_NOT_ON_WHITELIST"
                )
            },
            "key_not_paired",
        ),
        (
            {
                "signedMessageStatus": SignedMessageStatus(
                    signedMessageInformation="SIGNEDMESSAGE_INFORMATION_FAULT_TOKEN_AND_COUNTER_INVALID"
                )
            },
            "vehicle_error",
        ),
        ({}, "refused"),
    ],
)
async def test_refused_by_the_other_computer(
    hass: HomeAssistant, sim: Simulator, juniper: Car, entry: MockConfigEntry, status: dict[str, Any], key: str
) -> None:
    """What it has against the signature is told apart from what it has against the command."""
    await act(hass, entry, juniper, "vcsec")
    sim.faults.add(Fault(endpoint="signed_command", body=of_vcsec(**status)))
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, entry, juniper, "vcsec")
    assert error.value.translation_key == key
