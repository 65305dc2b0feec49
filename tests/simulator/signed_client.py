"""A small client of the signed protocol that can do what a good one would not (vehicle-command's protocol.md)."""

import base64
from dataclasses import dataclass, field
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tesla_fleet_api import TeslaFleetApi
from tesla_fleet_api.tesla.vehicle.signed import VehicleSigned
from tesla_protocol.command.car_server_pb2 import Action, Response, VehicleAction
from tesla_protocol.command.signatures_pb2 import (
    AES_GCM_Personalized_Signature_Data,
    HMAC_Personalized_Signature_Data,
    KeyIdentity,
    SessionInfo,
    SignatureData,
)
from tesla_protocol.command.universal_message_pb2 import Destination, Domain, RoutableMessage, SessionInfoRequest
from tesla_protocol.command.vcsec_pb2 import RKEAction_E, UnsignedMessage

from tesla_simulator import Simulator
from tesla_simulator.p256 import point_of
from tesla_simulator.world import Car

if TYPE_CHECKING:
    from .conftest import Client

DOMAINS = {"vcsec": Domain.DOMAIN_VEHICLE_SECURITY, "infotainment": Domain.DOMAIN_INFOTAINMENT}
ENCRYPT_RESPONSE = 2
DOMAIN = "home.example.com"


def tlv(*items: tuple[int, bytes]) -> bytes:
    """Serialize metadata."""
    return b"".join(bytes([tag, len(value)]) + value for tag, value in items) + b"\xff"


def big(value: int) -> bytes:
    """Serialize an integer."""
    return value.to_bytes(4, "big")


def port(*, opens: bool) -> bytes:
    """Order the charge port of VCSEC."""
    action = RKEAction_E.RKE_ACTION_OPEN_CHARGE_PORT if opens else RKEAction_E.RKE_ACTION_CLOSE_CHARGE_PORT
    return bytes(UnsignedMessage(RKEAction=action).SerializeToString())


def wake() -> bytes:
    """Order VCSEC to wake the car."""
    return bytes(UnsignedMessage(RKEAction=RKEAction_E.RKE_ACTION_WAKE_VEHICLE).SerializeToString())


def action(name: str, **fields: Any) -> bytes:
    """Order an action of infotainment."""
    order = VehicleAction()
    getattr(order, name).SetInParent()
    for field_name, value in fields.items():
        setattr(getattr(order, name), field_name, value)
    return bytes(Action(vehicleAction=order).SerializeToString())


@dataclass
class OwnClient:
    """One key's session with one domain of one car."""

    client: Client
    vin: str
    domain: str
    key: ec.EllipticCurvePrivateKey
    path: str = ""
    info: SessionInfo = field(default_factory=SessionInfo)
    shared: bytes = b""
    counter: int = 0

    @property
    def point(self) -> bytes:
        """The public key."""
        return point_of(self.key.public_key())

    async def post(self, message: RoutableMessage) -> tuple[int, Any]:
        """Send a message: status and body."""
        encoded = base64.b64encode(message.SerializeToString()).decode()
        path = self.path or f"/api/1/vehicles/{self.vin}"
        return await self.client.post(f"{path}/signed_command", {"routable_message": encoded})

    async def send(self, message: RoutableMessage) -> RoutableMessage:
        """Send a message that gets a reply."""
        status, body = await self.post(message)
        assert status == 200, body
        reply: RoutableMessage = RoutableMessage.FromString(base64.b64decode(body["response"]))
        return reply

    async def fault(self, message: RoutableMessage) -> int:
        """Send a message and give its fault, 0 for none."""
        return int((await self.send(message)).signedMessageStatus.signed_message_fault)

    def frame(self, **fields: Any) -> RoutableMessage:
        """Make a message without a payload."""
        return RoutableMessage(
            to_destination=Destination(domain=DOMAINS[self.domain]),
            from_destination=Destination(routing_address=secrets.token_bytes(16)),
            uuid=secrets.token_bytes(16),
            **fields,
        )

    def request(self) -> RoutableMessage:
        """Make a request for session info."""
        return self.frame(session_info_request=SessionInfoRequest(public_key=self.point))

    async def handshake(self) -> SessionInfo:
        """Begin a session."""
        message = self.request()
        self.use(message, await self.send(message))
        self.counter = self.info.counter
        return self.info

    def use(self, request: RoutableMessage, reply: RoutableMessage) -> None:
        """Take session info whose tag is right."""
        info = SessionInfo.FromString(reply.session_info)
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), info.publicKey)
        self.shared = hashlib.sha1(self.key.exchange(ec.ECDH(), peer)).digest()[:16]
        key = hmac.digest(self.shared, b"session info", "sha256")
        signed = tlv((0, b"\x06"), (2, self.vin.encode()), (6, request.uuid)) + reply.session_info
        assert reply.signature_data.session_info_tag.tag == hmac.digest(key, signed, "sha256")
        self.info = info

    def sign(self, payload: bytes, *, flags: int = 0, vin: str = "", tag: bytes = b"", **data: Any) -> RoutableMessage:
        """Sign a command: `counter`, `expires_at` and `epoch` as told, or as they should be."""
        if "counter" not in data:
            self.counter += 1
        expiry = self.info.clock_time + 10
        data = {"counter": self.counter, "expires_at": expiry, "epoch": self.info.epoch, **data}
        items = [
            *[(0, b"\x08"), (1, bytes([DOMAINS[self.domain]])), (2, (vin or self.vin).encode())],
            *[(3, data["epoch"] or self.info.epoch), (4, big(data["expires_at"])), (5, big(data["counter"]))],
            *([(7, big(flags))] if flags else []),
        ]
        key = hmac.digest(self.shared, b"authenticated command", "sha256")
        data["tag"] = tag or hmac.digest(key, tlv(*items) + payload, "sha256")
        signature = SignatureData(
            signer_identity=KeyIdentity(public_key=self.point),
            HMAC_Personalized_data=HMAC_Personalized_Signature_Data(**data),
        )
        return self.frame(protobuf_message_as_bytes=payload, signature_data=signature, flags=flags)

    def encrypted(self, payload: bytes) -> RoutableMessage:
        """Make a command that only says that it is encrypted."""
        signature = SignatureData(AES_GCM_Personalized_data=AES_GCM_Personalized_Signature_Data(counter=1))
        return self.frame(protobuf_message_as_bytes=payload, signature_data=signature)

    def opened(self, request: RoutableMessage, reply: RoutableMessage) -> bytes:
        """Decrypt a response."""
        secret = reply.signature_data.AES_GCM_Response_data
        request_hash = b"\x08" + request.signature_data.HMAC_Personalized_data.tag
        aad = tlv(
            *[(0, b"\x09"), (1, bytes([DOMAINS[self.domain]])), (2, self.vin.encode()), (5, big(secret.counter))],
            *[(7, big(reply.flags)), (8, request_hash[: 17 if self.domain == "vcsec" else 33]), (9, big(0))],
        )
        sealed = reply.protobuf_message_as_bytes + secret.tag
        return AESGCM(self.shared).decrypt(secret.nonce, sealed, hashlib.sha256(aad).digest())


@dataclass
class Bench:
    """A modern car that is awake, a key that is registered and paired, and clients of both kinds."""

    client: Client
    key: ec.EllipticCurvePrivateKey
    car: Car

    @property
    def sim(self) -> Simulator:
        """The simulated Tesla."""
        return self.client.sim

    def vehicle(self, car: Car | None = None) -> VehicleSigned[TeslaFleetApi]:
        """Give tesla-fleet-api's signing client, unmodified."""
        api = TeslaFleetApi(self.client.session, self.client.token, server=self.sim.url("eu"))
        api.private_key = self.key
        return api.vehicles.createSigned((car or self.car).vin)

    def own(self, domain: str = "infotainment", car: Car | None = None, client: Client | None = None) -> OwnClient:
        """Give a client that can do wrong."""
        return OwnClient(client or self.client, (car or self.car).vin, domain, self.key)

    async def shaken(self, domain: str = "infotainment") -> OwnClient:
        """Give such a client after its handshake."""
        own = self.own(domain)
        await own.handshake()
        return own

    @property
    def commands(self) -> list[str | None]:
        """What the signed commands of the record were."""
        return [request.command for request in self.sim.requests_for("signed_command")]


def result_of(payload: bytes) -> tuple[bool, str]:
    """Read infotainment's answer."""
    status = Response.FromString(payload).actionStatus
    return status.result == 0, status.result_reason.plain_text
