"""Tesla's cloud before the car: paths, bodies, scopes, sleep, prices (fleet_api.md 3.4, 3.5, 6.1)."""

import base64
from typing import Any

import pytest
from tesla_protocol.command.errors_pb2 import GenericError_E
from tesla_protocol.command.universal_message_pb2 import RoutableMessage
from tesla_protocol.command.vcsec_pb2 import (
    ClosureMoveRequest,
    ClosureMoveType_E,
    FromVCSECMessage,
    InformationRequest,
    RKEAction_E,
    UnsignedMessage,
    WhitelistOperation,
)

from tesla_simulator import Fault

from .signed_client import Bench, OwnClient, action, port, wake

LIMIT = action("chargingSetLimitAction", percent=70)
CLIMATE = action("hvacAutoAction", power_on=True)
CHARGING = ("openid", "vehicle_charging_cmds")


async def refused(own: OwnClient, payload: bytes) -> tuple[int, Any]:
    """Send an order; status and error."""
    status, body = await own.post(own.sign(payload))
    return status, body.get("error")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"routable_message": 1},
        {"routable_message": "no base64!"},
        {"routable_message": base64.b64encode(b"\xff\xff").decode()},
        {"routable_message": ""},
        {"routable_message": base64.b64encode(RoutableMessage(session_info=b"x").SerializeToString()).decode()},
    ],
)
async def test_bodies(bench: Bench, body: Any) -> None:
    """What is no message is 400."""
    path = f"/api/1/vehicles/{bench.car.vin}/signed_command"
    status, answer, _ = await bench.client.call("POST", path, json=body)
    assert (status, answer["error"]) == (400, "invalid_request")


async def test_path(bench: Bench) -> None:
    """The path must have the VIN."""
    own = await bench.shaken()
    own.path = f"/api/1/vehicles/{bench.car.id}"
    assert await refused(own, LIMIT) == (404, "not_found")
    bench.sim.behaviour.signed_by_number = "invalid_resource"
    assert await refused(own, LIMIT) == (422, "invalid resource")
    own.path = "/api/1/vehicles/5YJSA1E26HF999999"
    assert await refused(own, LIMIT) == (404, "not_found")


async def test_encrypted_commands(bench: Bench) -> None:
    """The cloud lets no command through that it cannot read."""
    own = await bench.shaken()
    assert (await own.post(own.encrypted(LIMIT)))[0] == 400
    bench.sim.behaviour.encrypted_command = "missing_scopes"
    status, body = await own.post(own.encrypted(LIMIT))
    assert (status, body["error"]) == (403, "Unauthorized missing scopes")


async def test_cars(bench: Bench) -> None:
    """A car without the protocol is 422, one in service 405, one out of reach or asleep 408; `allowed` is enough."""
    own = await bench.shaken()
    bench.car.command_signing = "allowed"
    assert (await own.post(own.sign(LIMIT)))[0] == 200
    bench.car.in_service = True
    assert (await refused(own, LIMIT))[0] == 405
    bench.car.in_service, bench.car.reachable = False, False
    assert (await refused(own, LIMIT))[0] == 408
    bench.car.reachable = True
    bench.car.sleep()
    assert (await refused(own, LIMIT))[0] == 408
    bench.car.command_signing = "off"
    assert await refused(own, LIMIT) == (422, "invalid resource")


async def test_waking_through_vcsec(bench: Bench) -> None:
    """A sleeping car hears VCSEC's wake in a session that it has; a handshake only if the setting says so."""
    own, media = await bench.shaken("vcsec"), await bench.shaken()
    bench.car.sleep()
    assert (await own.post(own.request()))[0] == 408
    assert (await own.post(own.sign(port(opens=True))))[0] == 408
    bench.sim.behaviour.vcsec_handshake_asleep = True
    assert (await own.post(own.request()))[0] == 200
    assert (await media.post(media.request()))[0] == 408
    assert await own.fault(own.sign(wake())) == 0
    bench.sim.world.update()
    assert bench.car.state == "online"
    bench.car.reachable = False
    assert (await own.post(own.sign(wake())))[0] == 408


async def test_scopes(bench: Bench) -> None:
    """Charging's scope allows charging, and the wake and the port of VCSEC as the settings say."""
    few = bench.client.granted(*CHARGING)
    media, vcsec = bench.own(client=few), bench.own("vcsec", client=few)
    await media.handshake()
    await vcsec.handshake()
    behaviour, missing = bench.sim.behaviour, (403, "Unauthorized missing scopes")
    assert (await media.post(media.sign(LIMIT)))[0] == 200
    assert await refused(media, CLIMATE) == missing
    assert await refused(media, b"\xff") == missing
    assert (await vcsec.post(vcsec.sign(wake())))[0] == 200
    assert (await vcsec.post(vcsec.sign(port(opens=True))))[0] == 200
    behaviour.wake_scopes = behaviour.charge_port_closure_scopes = frozenset({"vehicle_cmds"})
    assert await refused(vcsec, wake()) == missing
    assert await refused(vcsec, port(opens=True)) == missing
    assert (await media.post(media.sign(action("chargePortDoorOpen"))))[0] == 200
    reader = bench.own(client=bench.client.granted("openid", "vehicle_device_data"))
    status, _ = await reader.post(reader.request())
    assert status == 403


async def test_other_messages_of_vcsec(bench: Bench) -> None:
    """What VCSEC could do besides is not supported, whatever it is called."""
    own = await bench.shaken("vcsec")
    for message in (
        UnsignedMessage(WhitelistOperation=WhitelistOperation()),
        UnsignedMessage(RKEAction=RKEAction_E.RKE_ACTION_UNLOCK_AND_REMOTE_DRIVE),
        UnsignedMessage(closureMoveRequest=ClosureMoveRequest()),
        UnsignedMessage(closureMoveRequest=ClosureMoveRequest(rearDriverDoor=ClosureMoveType_E.CLOSURE_MOVE_TYPE_MOVE)),
    ):
        reply = await own.send(own.sign(message.SerializeToString()))
        error = FromVCSECMessage.FromString(reply.protobuf_message_as_bytes).nominalError.genericError
        assert error == GenericError_E.GENERICERROR_NOT_SUPPORTED


async def test_status_of_vcsec(bench: Bench) -> None:
    """VCSEC shows locks and sleep to who may command anything."""
    few = bench.client.granted(*CHARGING)
    own = bench.own("vcsec", client=few)
    await own.handshake()
    asks = UnsignedMessage(InformationRequest=InformationRequest())
    reply = await own.send(own.sign(asks.SerializeToString()))
    assert reply.protobuf_message_as_bytes != b""


async def test_undocumented_actions(bench: Bench) -> None:
    """What Tesla has not published goes to the car, or is refused."""
    own = await bench.shaken()
    outlets = action("setOutletsOnOffAction")
    assert (await own.post(own.sign(outlets)))[0] == 200
    bench.sim.behaviour.undocumented_action = "refuse"
    assert await refused(own, outlets) == (400, "invalid_command")
    assert (await own.post(own.sign(CLIMATE)))[0] == 200


async def test_prices(bench: Bench) -> None:
    """A handshake costs what a command costs, unless the setting says otherwise."""
    own = await bench.shaken()
    await own.post(own.sign(LIMIT))
    assert bench.sim.bill.counts("demo-client") == {"command": 2}
    bench.sim.behaviour.handshake_price = "list"
    await own.handshake()
    assert bench.sim.bill.counts("demo-client") == {"command": 2, "list": 1}
    assert [request.price_class for request in bench.sim.requests] == ["command", "command", "list"]


async def test_lost_answers(bench: Bench) -> None:
    """A command may have been obeyed although the connection broke or the gateway gave up."""
    own = await bench.shaken()
    for percent, fault in (
        (60, Fault.lost(endpoint="signed_command", times=1)),
        (61, Fault("signed_command", answer="timeout", executed=True, times=1)),
    ):
        bench.sim.faults.add(fault)
        try:
            status, _ = await own.post(own.sign(action("chargingSetLimitAction", percent=percent)))
        except OSError:
            status = 0
        assert status in {0, 504}
        assert bench.car.charger.limit == percent
