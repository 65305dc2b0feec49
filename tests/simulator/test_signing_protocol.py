"""What a car verifies in a signed message, and what it answers (libraries.md 8.4, vehicle-command's protocol.md)."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from freezegun.api import FrozenDateTimeFactory
import pytest
from tesla_protocol.command.signatures_pb2 import Session_Info_Status, SessionInfo
from tesla_protocol.command.universal_message_pb2 import Domain
from tesla_protocol.command.vcsec_pb2 import FromVCSECMessage

from tesla_simulator.p256 import point_of
from tesla_simulator.signing.crypto import SharedKey
from tesla_simulator.world import Key
from tesla_simulator.world.keychain import Role

from .signed_client import DOMAIN, ENCRYPT_RESPONSE, Bench, OwnClient, action, port, result_of, wake

ORDERS = {"vcsec": port(opens=True), "infotainment": action("chargingSetLimitAction", percent=70)}
WITH_INFO = {5, 6, 13, 15, 17, 20}

both_domains = pytest.mark.parametrize("domain", ["vcsec", "infotainment"])


async def faulty(own: OwnClient, expected: int, **sign: object) -> None:
    """Send an order signed in some way; the fault is the expected one, with good session info only where it must be."""
    message = own.sign(ORDERS[own.domain], **sign)  # type: ignore[arg-type]
    reply = await own.send(message)
    assert reply.signedMessageStatus.signed_message_fault == expected
    assert reply.HasField("session_info") is (expected in WITH_INFO)
    if expected in WITH_INFO:
        own.use(message, reply)


@both_domains
async def test_handshake(bench: Bench, domain: str) -> None:
    """Each domain has its own key, epoch and clock; VCSEC does not say which request it answers."""
    own, other = bench.own(domain), bench.own("vcsec" if domain == "infotainment" else "infotainment")
    message = own.request()
    reply = await own.send(message)
    own.use(message, reply)
    assert reply.request_uuid == (b"" if domain == "vcsec" else message.uuid)
    assert reply.to_destination.routing_address == message.from_destination.routing_address
    assert reply.from_destination.domain == message.to_destination.domain
    assert not reply.HasField("signedMessageStatus")
    await other.handshake()
    assert own.info.publicKey != other.info.publicKey
    assert own.info.epoch != other.info.epoch
    assert (len(own.info.epoch), own.info.counter > 0, own.info.clock_time > 0) == (16, True, True)


@both_domains
async def test_handshake_of_a_stranger(bench: Bench, domain: str) -> None:
    """A key that is not paired is told so, without the car's key and without a tag."""
    own = bench.own(domain)
    own.key = ec.generate_private_key(ec.SECP256R1())
    reply = await own.send(own.request())
    info = SessionInfo.FromString(reply.session_info)
    assert info.status == Session_Info_Status.SESSION_INFO_STATUS_KEY_NOT_ON_WHITELIST
    assert (info.publicKey, info.epoch) == (b"", b"")
    assert not reply.HasField("signature_data")


@both_domains
async def test_known_and_unknown_keys(bench: Bench, domain: str) -> None:
    """A stranger's command is fault 3, an inactive key's 4."""
    own = await bench.shaken(domain)
    bench.car.keychain.keys[own.point].active = False
    await faulty(own, 4)
    bench.sim.unpair(bench.car, DOMAIN)
    await faulty(own, 3)


@both_domains
async def test_signature(bench: Bench, domain: str) -> None:
    """A tag that is wrong is fault 5; one for another car 12, or 5 where the car cannot tell."""
    own = await bench.shaken(domain)
    await faulty(own, 0)
    await faulty(own, 5, tag=bytes(32))
    await faulty(own, 5, tag=b"x")
    vin = bench.sim.world.accounts[0].cars[0].vin
    await faulty(own, 12, vin=vin)
    bench.sim.behaviour.wrong_vin_fault = 5
    await faulty(own, 5, vin=vin)
    message = own.sign(ORDERS[domain])
    message.flags = ENCRYPT_RESPONSE
    assert await own.fault(message) == 5


@both_domains
async def test_epoch(bench: Bench, domain: str) -> None:
    """Another epoch is fault 15, no epoch is the car's; a reboot begins a new one with the clock at 0."""
    own = await bench.shaken(domain)
    await faulty(own, 15, epoch=bytes(16))
    await faulty(own, 0, epoch=b"")
    before = own.info.epoch
    bench.car.reboot("vcsec" if domain == "infotainment" else "infotainment")
    await faulty(own, 0)
    bench.car.reboot(domain)
    await faulty(own, 15)
    assert own.info.epoch != before
    assert own.info.clock_time <= 1
    own.counter = own.info.counter
    await faulty(own, 0)


@both_domains
async def test_expiry(bench: Bench, domain: str, freezer: FrozenDateTimeFactory) -> None:
    """A command that comes too late is fault 17; one that would live beyond the epoch 13."""
    bench.car.reboot()
    own = await bench.shaken(domain)
    message = own.sign(ORDERS[domain])
    freezer.tick(10)
    assert await own.fault(message) == 0
    late = own.sign(ORDERS[domain])
    freezer.tick(1)
    assert await own.fault(late) == 17
    await faulty(own, 17)
    assert own.info.clock_time == 11
    await faulty(own, 13, expires_at=(1 << 30) + 1)
    await faulty(own, 0, expires_at=1 << 30)


async def test_clock_that_goes_back(bench: Bench, freezer: FrozenDateTimeFactory) -> None:
    """A car whose clock was set back has booted."""
    bench.car.reboot()
    own = await bench.shaken()
    freezer.tick(-60)
    await faulty(own, 15)


async def test_order_of_vcsec(bench: Bench) -> None:
    """VCSEC takes counters in order only."""
    own = await bench.shaken("vcsec")
    first = own.info.counter
    for counter, fault in ((first + 5, 0), (first + 5, 6), (first + 4, 6), (first + 6, 0), (0, 6), (first + 90, 0)):
        await faulty(own, fault, counter=counter)


async def test_window_of_infotainment(bench: Bench) -> None:
    """Infotainment takes each of the last 32 counters once, in any order."""
    own = await bench.shaken()
    high = own.info.counter + 100
    table = [(high, 0), (high, 6), (high - 32, 0), (high - 32, 6), (high - 33, 6), (high - 1, 0), (high - 1, 6), (0, 0)]
    for counter, fault in (*table, (0, 0), (high + 2, 0), (high + 1, 0), (high + 2, 6), (high - 31, 6)):
        await faulty(own, fault, counter=counter)


@both_domains
async def test_counters_of_before(bench: Bench, domain: str) -> None:
    """The counter of the session info was used; it goes up with each command."""
    own = await bench.shaken(domain)
    await faulty(own, 6, counter=own.info.counter)
    await faulty(own, 6, counter=own.info.counter - 1)
    await faulty(own, 0)
    before = own.info.counter
    assert (await own.handshake()).counter == before + 1


@both_domains
async def test_time_to_live(bench: Bench, domain: str) -> None:
    """Out of order and without a counter a command must expire within 30 seconds."""
    own = await bench.shaken(domain)
    soon, late = own.info.clock_time + 30, own.info.clock_time + 35
    await faulty(own, 20, counter=0, expires_at=late)
    await faulty(own, 20, counter=own.info.counter - 1, expires_at=late)
    await faulty(own, 20, counter=0, expires_at=0)
    await faulty(own, 6 if domain == "vcsec" else 0, counter=0, expires_at=soon)
    await faulty(own, 0, expires_at=late)


@both_domains
async def test_what_cannot_be_read(bench: Bench, domain: str) -> None:
    """Garbage is fault 10, an order of nothing 9, a message without a signature 13."""
    own = await bench.shaken(domain)
    assert await own.fault(own.sign(b"\xff")) == 10
    assert await own.fault(own.sign(b"")) == 9
    nothing = action("chargingStartStopAction") if domain == "infotainment" else b"\x52\x00"
    assert await own.fault(own.sign(nothing)) == 9
    unsigned = own.frame(protobuf_message_as_bytes=ORDERS[domain])
    reply = await own.send(unsigned)
    assert reply.signedMessageStatus.signed_message_fault == 13
    assert not reply.HasField("session_info")
    own_uuid = own.sign(ORDERS[domain])
    own_uuid.uuid = bytes(17)
    assert await own.fault(own_uuid) == 13


async def test_other_domains(bench: Bench) -> None:
    """A domain that takes no commands is fault 8."""
    own = await bench.shaken()
    message = own.sign(ORDERS["infotainment"])
    message.to_destination.domain = Domain.DOMAIN_AUTHD
    assert await own.fault(message) == 8
    message.to_destination.domain = Domain.DOMAIN_VEHICLE_SECURITY
    assert await own.fault(message) == 15
    message.to_destination.ClearField("domain")
    assert await own.fault(message) == 8


@pytest.mark.parametrize(
    ("role", "charging", "other"), [("driver", 0, 0), ("charging_manager", 0, 7), ("vehicle_monitor", 7, 7)]
)
async def test_roles(bench: Bench, role: Role, charging: int, other: int) -> None:
    """What a key's role does not allow is fault 7."""
    own = await bench.shaken()
    point = own.point
    bench.car.keychain.add(Key(point, DOMAIN, role), 0.0)
    assert await own.fault(own.sign(ORDERS["infotainment"])) == charging
    assert await own.fault(own.sign(action("hvacAutoAction", power_on=True))) == other
    vcsec = await bench.shaken("vcsec")
    assert await vcsec.fault(vcsec.sign(wake())) == 0


async def test_response_in_the_clear(bench: Bench) -> None:
    """Without the flag infotainment answers in the clear, and VCSEC says nothing to a success."""
    own, vcsec = await bench.shaken(), await bench.shaken("vcsec")
    reply = await own.send(own.sign(ORDERS["infotainment"]))
    assert result_of(reply.protobuf_message_as_bytes) == (True, "")
    reply = await vcsec.send(vcsec.sign(ORDERS["vcsec"]))
    assert reply.HasField("protobuf_message_as_bytes")
    assert (reply.protobuf_message_as_bytes, reply.request_uuid) == (b"", b"")


@pytest.mark.parametrize("flags", [0, ENCRYPT_RESPONSE])
@both_domains
async def test_encrypted_response(bench: Bench, domain: str, flags: int) -> None:
    """With the flag the payload is sealed, refusals too; the associated data have the response's flags."""
    bench.sim.behaviour.response_flags = flags
    own = await bench.shaken(domain)
    for closes in (False, True):
        payload = {"vcsec": port(opens=False), "infotainment": action("chargePortDoorClose")}[domain]
        request = own.sign(payload if closes else ORDERS[domain], flags=ENCRYPT_RESPONSE)
        bench.car.charger.door_open = False
        reply = await own.send(request)
        opened = own.opened(request, reply)
        assert reply.flags == flags
        if domain == "infotainment":
            assert result_of(opened) == ((False, "already closed") if closes else (True, ""))
        else:
            assert FromVCSECMessage.FromString(opened).HasField("nominalError") is closes
    assert await own.fault(own.sign(ORDERS[domain], flags=ENCRYPT_RESPONSE, tag=bytes(32))) == 5


async def test_encryption_by_firmware(bench: Bench) -> None:
    """Old firmware ignores the flag; a car may insist on it."""
    own = await bench.shaken()
    bench.car.firmware = "2024.32.7"
    reply = await own.send(own.sign(ORDERS["infotainment"], flags=ENCRYPT_RESPONSE))
    assert result_of(reply.protobuf_message_as_bytes) == (True, "")
    assert not reply.HasField("signature_data")
    bench.car.requires_response_encryption = True
    await faulty(own, 28)
    await faulty(own, 0, flags=ENCRYPT_RESPONSE)


def test_vector_of_tesla() -> None:
    """The keys, session info and tag that protocol.md publishes as an example."""
    vehicle = 0x344EE5B466A7CF1EEB12B6F50331DB2E5EC5834EF5F4BEFCFD8CBE55C2528D70
    client = 0x2538CDC29A97C19C1E99A637D6CF4F8C970C118B56EDE1E6323E6D162C4B30DB
    point = point_of(ec.derive_private_key(client, ec.SECP256R1()).public_key())
    shared = SharedKey(ec.derive_private_key(vehicle, ec.SECP256R1()), point)
    info = SessionInfo(
        counter=6,
        publicKey=point_of(ec.derive_private_key(vehicle, ec.SECP256R1()).public_key()),
        epoch=bytes.fromhex("4c463f9cc0d3d26906e982ed224adde6"),
        clock_time=2650,
    )
    challenge = bytes.fromhex("1588d5a30eabc6f8fc9a951b11f6fd11")
    tag = shared.session_info_tag(b"5YJ30123456789ABC", challenge, info.SerializeToString())
    assert tag.hex() == "996c1fe38331be138f8039c194b14db2198846ed7d8251e6749284d7b32ea002"


async def test_clients_do_not_disturb_each_other(bench: Bench) -> None:
    """Two keys have a counter each."""
    own = await bench.shaken()
    other = replace(own, key=ec.generate_private_key(ec.SECP256R1()))
    bench.car.keychain.add(Key(other.point, "other.example.com"), 0.0)
    await other.handshake()
    assert other.info.epoch == own.info.epoch
    for client in (own, other, own, other):
        await faulty(client, 0)
