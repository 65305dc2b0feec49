"""A car that is spoken to in signed messages: handshakes, commands, its answers (protocol.md, Handshake to the end)."""

from collections.abc import Callable
from dataclasses import dataclass, field
import secrets

from tesla_protocol.command.car_server_pb2 import (
    ActionStatus,
    OperationStatus_E as ActionResult,
    Response,
    ResultReason,
)
from tesla_protocol.command.errors_pb2 import GenericError_E, NominalError
from tesla_protocol.command.signatures_pb2 import AES_GCM_Response_Signature_Data, HMAC_Signature_Data, SignatureData
from tesla_protocol.command.universal_message_pb2 import (
    Destination,
    Flags,
    MessageFault_E,
    MessageStatus,
    OperationStatus_E,
    RoutableMessage,
)
from tesla_protocol.command.vcsec_pb2 import (
    ClosureState_E,
    ClosureStatuses,
    CommandStatus,
    FromVCSECMessage,
    OperationStatus_E as VcsecResult,
    VehicleLockState_E,
    VehicleSleepStatus_E,
    VehicleStatus,
)

from tesla_simulator.model import Behaviour
from tesla_simulator.vehicles import CHARGING_COMMANDS
from tesla_simulator.world import Car, CommandResult, InvalidParameter, UnknownCommand, World
from tesla_simulator.world.params import DONE, IN_MOTION, NO_HARDWARE, refused

from .actions import read_order
from .computer import INFOTAINMENT, NAMES, VCSEC, Computer, Faulty
from .crypto import request_hash
from .faults import SigningFault
from .order import Order

UUID_BYTES = 16
ENCRYPTS_SINCE = (2024, 38)
UNSUPPORTED = "unsupported"

WITH_SESSION_INFO = frozenset({5, 6, 13, 15, 17, 20})
"""Faults beside which the car sends fresh session info (libraries.md 8.4)."""

DOORS = {"frontDriverDoor": "df", "frontPassengerDoor": "pf", "rearDriverDoor": "dr", "rearPassengerDoor": "pr"}

FOR_ALL = frozenset({"wake", "vehicle_status"})
PRIVILEGES: dict[str, Callable[[str], bool]] = {
    "owner": lambda _: True,
    "driver": lambda _: True,
    "charging_manager": lambda name: name in CHARGING_COMMANDS or name in FOR_ALL,
    "vehicle_monitor": lambda name: name in FOR_ALL,
}
"""What a role may order (protocol.md, Roles)."""

NOMINAL_ERRORS: dict[str, GenericError_E] = {
    IN_MOTION: GenericError_E.GENERICERROR_VEHICLE_NOT_IN_PARK,
    "car_wash": GenericError_E.GENERICERROR_DISABLED_FOR_USER_COMMAND,
    "cable connected": GenericError_E.GENERICERROR_CLOSURES_OPEN,
    "already closed": GenericError_E.GENERICERROR_ALREADY_ON,
    "non-motorized charge port": GenericError_E.GENERICERROR_NOT_SUPPORTED,
    NO_HARDWARE: GenericError_E.GENERICERROR_NOT_SUPPORTED,
    UNSUPPORTED: GenericError_E.GENERICERROR_NOT_SUPPORTED,
}
"""VCSEC's words for the reasons of REST; which stands for which is UNCONFIRMED."""


def _wake(car: Car) -> CommandResult:
    car.wake()
    return DONE


ORDERS: dict[str, Callable[[Car], CommandResult]] = {"wake": _wake, "vehicle_status": lambda _: DONE}
"""Orders that are no REST commands."""


@dataclass(eq=False)
class SignedCars:
    """Every car's computers, made when they are first spoken to, and the last reply of each."""

    world: World
    behaviour: Behaviour
    _computers: dict[tuple[Car, str], Computer] = field(default_factory=dict)
    _last: dict[tuple[str, str], RoutableMessage] = field(default_factory=dict)

    def computer(self, car: Car, name: str) -> Computer:
        """Give a computer of a car: `vcsec` or `infotainment`."""
        if (car, name) not in self._computers:
            self._computers[car, name] = Computer(car, name)
        return self._computers[car, name]

    def answer(self, car: Car, message: RoutableMessage, strike: SigningFault | None) -> RoutableMessage:
        """Let the car answer, as it would or as a fault wants it."""
        name = NAMES.get(message.to_destination.domain)
        if name is None or message.to_destination.WhichOneof("sub_destination") != "domain":
            return self._reply(message, fault=MessageFault_E.MESSAGEFAULT_ERROR_INVALID_DOMAINS)
        computer = self.computer(car, name)
        last = self._last.get((car.vin, name))
        try:
            reply = self._struck(computer, message, strike)
        except Faulty as faulty:
            reply = self._faulty(computer, message, faulty.fault)
        if strike is not None and strike.stale and last is not None:
            return last
        if strike is not None and strike.forged and reply.signature_data.HasField("session_info_tag"):
            reply.signature_data.session_info_tag.tag = secrets.token_bytes(32)
        self._last[car.vin, name] = reply
        return reply

    def _struck(self, computer: Computer, message: RoutableMessage, strike: SigningFault | None) -> RoutableMessage:
        if strike is None:
            return self._obey(computer, message)
        reply = self._obey(computer, message) if strike.spares else None
        if strike.fault:
            raise Faulty(strike.fault)
        return self._wait(computer, message) if reply is None or strike.wait else reply

    def _obey(self, computer: Computer, message: RoutableMessage) -> RoutableMessage:
        if len(message.uuid) > UUID_BYTES:
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_BAD_PARAMETER)
        if message.HasField("session_info_request"):
            reply = self._reply(message)
            _add_session_info(computer, message, reply, message.session_info_request.public_key)
            return reply
        car = computer.car
        if computer.name == INFOTAINMENT and car.booting:
            raise Faulty(car.fault_after_wake)
        others = [vin for vin in self.world.cars if vin != car.vin]
        computer.verify(message, others, self.behaviour.wrong_vin_fault)
        wants_secret = bool(message.flags >> Flags.FLAG_ENCRYPT_RESPONSE & 1)
        if car.requires_response_encryption and not wants_secret:
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_REQUIRES_RESPONSE_ENCRYPTION)
        order = read_order(computer.name, message.protobuf_message_as_bytes)
        point = message.signature_data.signer_identity.public_key
        if not PRIVILEGES[car.keychain.keys[point].role](order.name):
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INSUFFICIENT_PRIVILEGES)
        reply = self._reply(message, payload=_PAYLOADS[computer.name](car, order, _run(car, order)))
        if wants_secret and car.version >= ENCRYPTS_SINCE:
            self._seal(computer, message, reply)
        return reply

    def _reply(
        self, message: RoutableMessage, *, fault: int = 0, wait: bool = False, payload: bytes | None = None
    ) -> RoutableMessage:
        """Turn the destinations round; VCSEC has no memory for the request's uuid."""
        reply = RoutableMessage(
            to_destination=Destination(routing_address=message.from_destination.routing_address),
            from_destination=Destination(domain=message.to_destination.domain),
        )
        if NAMES.get(message.to_destination.domain) != VCSEC:
            reply.request_uuid = message.uuid
        if fault or wait:
            result = OperationStatus_E.OPERATIONSTATUS_WAIT if wait else OperationStatus_E.OPERATIONSTATUS_ERROR
            status = MessageStatus(operation_status=result)
            # A number that the protobuf does not name yet is a number all the same.
            status.signed_message_fault = fault  # type: ignore[assignment]
            reply.signedMessageStatus.CopyFrom(status)
        if payload is not None:
            reply.protobuf_message_as_bytes = payload
        return reply

    def _faulty(self, computer: Computer, message: RoutableMessage, fault: int) -> RoutableMessage:
        reply = self._reply(message, fault=fault)
        signer = message.signature_data.signer_identity.public_key
        if fault in WITH_SESSION_INFO and signer in computer.car.keychain.keys:
            _add_session_info(computer, message, reply, signer)
        return reply

    def _wait(self, computer: Computer, message: RoutableMessage) -> RoutableMessage:
        """Ask to come again: VCSEC in its own message, infotainment in the frame."""
        if computer.name == INFOTAINMENT:
            return self._reply(message, wait=True)
        status = CommandStatus(operationStatus=VcsecResult.OPERATIONSTATUS_WAIT)
        return self._reply(message, payload=FromVCSECMessage(commandStatus=status).SerializeToString())

    def _seal(self, computer: Computer, message: RoutableMessage, reply: RoutableMessage) -> None:
        """Encrypt the payload for who signed the command; the first and only response has the counter 1."""
        signature, flags = message.signature_data, self.behaviour.response_flags
        nonce, sealed, tag = computer.session(signature.signer_identity.public_key).shared.seal_response(
            computer.domain,
            computer.car.vin.encode(),
            1,
            flags,
            request_hash(signature.HMAC_Personalized_data.tag, vcsec=computer.name == VCSEC),
            reply.protobuf_message_as_bytes,
        )
        reply.protobuf_message_as_bytes, reply.flags = sealed, flags
        secret = AES_GCM_Response_Signature_Data(nonce=nonce, counter=1, tag=tag)
        reply.signature_data.CopyFrom(SignatureData(AES_GCM_Response_data=secret))


def _add_session_info(computer: Computer, message: RoutableMessage, reply: RoutableMessage, point: bytes) -> None:
    reply.session_info, tag = computer.session_info(point, message.uuid)
    if tag:
        reply.signature_data.CopyFrom(SignatureData(session_info_tag=HMAC_Signature_Data(tag=tag)))


def _run(car: Car, order: Order) -> CommandResult:
    """Carry an order out, or refuse it with the reasons that REST has."""
    if order.name in ORDERS:
        return ORDERS[order.name](car)
    try:
        return car.command(order.name, order.body)
    except UnknownCommand:
        return refused(UNSUPPORTED)
    except InvalidParameter as error:
        return refused(str(error))


def _vcsec_payload(car: Car, order: Order, result: CommandResult) -> bytes:
    """Say nothing to a success, name an error, or show the car's status."""
    if order.name == "vehicle_status":
        return bytes(FromVCSECMessage(vehicleStatus=_status(car)).SerializeToString())
    if result.result:
        return b""
    error = NOMINAL_ERRORS.get(result.reason, GenericError_E.GENERICERROR_UNKNOWN)
    return bytes(FromVCSECMessage(nominalError=NominalError(genericError=error)).SerializeToString())


def _closure(opened: float) -> ClosureState_E:
    return ClosureState_E.CLOSURESTATE_OPEN if opened else ClosureState_E.CLOSURESTATE_CLOSED


def _status(car: Car) -> VehicleStatus:
    awake = car.state == "online"
    trunks = car.body.trunks
    closures = ClosureStatuses(
        **{name: _closure(car.body.doors[key]) for name, key in DOORS.items()},
        frontTrunk=_closure(trunks["front"]),
        rearTrunk=_closure(trunks["rear"]),
        chargePort=_closure(car.charger.door_open),
        tonneau=_closure(car.body.tonneau),
    )
    return VehicleStatus(
        closureStatuses=closures,
        vehicleLockState=VehicleLockState_E.VEHICLELOCKSTATE_LOCKED
        if car.locked
        else VehicleLockState_E.VEHICLELOCKSTATE_UNLOCKED,
        vehicleSleepStatus=VehicleSleepStatus_E.VEHICLE_SLEEP_STATUS_AWAKE
        if awake
        else VehicleSleepStatus_E.VEHICLE_SLEEP_STATUS_ASLEEP,
    )


def _infotainment_payload(car: Car, order: Order, result: CommandResult) -> bytes:
    """Say in an ActionStatus whether it was done, and why not."""
    status = ActionStatus(
        result=ActionResult.OPERATIONSTATUS_OK if result.result else ActionResult.OPERATIONSTATUS_ERROR
    )
    if result.reason:
        status.result_reason.CopyFrom(ResultReason(plain_text=result.reason))
    return bytes(Response(actionStatus=status).SerializeToString())


_PAYLOADS = {VCSEC: _vcsec_payload, INFOTAINMENT: _infotainment_payload}
