"""Every fault of the protocol ends in success or in one sentence, and what nobody answered is looked at."""

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

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car
from tests.conftest import SetUp
from tests.helpers import call, pass_time, set_number, state_of

from .steps import HANDSHAKE, KEY, SWITCH, act, charges, done, fails, sent, switch

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
