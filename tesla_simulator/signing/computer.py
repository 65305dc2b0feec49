"""A computer of a car, VCSEC or infotainment: key, epoch, clock, and a session for each client (protocol.md)."""

from dataclasses import dataclass
import hmac
import secrets
import time

from cryptography.hazmat.primitives.asymmetric import ec
from tesla_protocol.command.signatures_pb2 import HMAC_Personalized_Signature_Data, Session_Info_Status, SessionInfo
from tesla_protocol.command.universal_message_pb2 import Domain, MessageFault_E, RoutableMessage

from tesla_simulator.p256 import point_of
from tesla_simulator.world import Car

from .crypto import SharedKey

VCSEC = "vcsec"
INFOTAINMENT = "infotainment"
DOMAINS: dict[str, Domain] = {VCSEC: Domain.DOMAIN_VEHICLE_SECURITY, INFOTAINMENT: Domain.DOMAIN_INFOTAINMENT}
NAMES: dict[int, str] = {number: name for name, number in DOMAINS.items()}

EPOCH_BYTES = 16
EPOCH_S = 1 << 30  # vehicle-command's epochLength
FIRST_COUNTER = 6  # a client that does not start from the session info's counter fails
OUT_OF_ORDER_S = 30  # vehicle-command's maxSecondsWithoutCounter
WINDOW = 32  # vehicle-command's windowSize


class Faulty(Exception):
    """The car refuses a message at the level of the protocol."""

    def __init__(self, fault: int) -> None:
        """Take a number of MessageFault_E."""
        super().__init__(fault)
        self.fault = fault


@dataclass(eq=False)
class Session:
    """What a computer remembers of a client in this epoch: the highest counter, and which of the last 32 it saw."""

    shared: SharedKey
    counter: int = FIRST_COUNTER
    seen: frozenset[int] = frozenset(range(FIRST_COUNTER))

    def take(self, counter: int, *, in_order: bool) -> bool:
        """Use up a counter; False if it may have been used before (VCSEC: if it is not the next in order)."""
        if counter == 0:
            return not in_order
        if counter <= self.counter and (
            in_order or counter == self.counter or counter in self.seen or self.counter - counter > WINDOW
        ):
            return False
        highest = max(self.counter, counter)
        self.seen = frozenset(one for one in (*self.seen, self.counter, counter) if highest - one <= WINDOW)
        self.counter = highest
        return True


class Computer:
    """One domain of one car. Its clock counts real seconds: a client signs in real time however fast the world goes."""

    def __init__(self, car: Car, name: str) -> None:
        """Make its key; it stays through every boot."""
        self.car = car
        self.name = name
        self.domain = DOMAINS[name]
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._point = point_of(self._private.public_key())
        self._boots = 0
        self._epoch = b""
        self._sessions: dict[bytes, Session] = {}

    @property
    def clock(self) -> int:
        """Seconds since it booted; a clock that went backwards is a boot too."""
        if time.time() < self.car.boots[self.name][-1]:
            self.car.reboot(self.name)
        return int(time.time() - self.car.boots[self.name][-1])

    @property
    def epoch(self) -> bytes:
        """Random bytes of this boot; the sessions of an earlier one are forgotten."""
        self._begin_epoch()
        return self._epoch

    def _begin_epoch(self) -> None:
        boots = len(self.car.boots[self.name])
        if boots != self._boots:
            self._boots, self._epoch = boots, secrets.token_bytes(EPOCH_BYTES)
            self._sessions.clear()

    def session(self, point: bytes) -> Session:
        """Find or open the session of a client whose key the car knows."""
        self._begin_epoch()
        session = self._sessions.get(point)
        if session is None:
            session = self._sessions[point] = Session(SharedKey(self._private, point))
        return session

    def session_info(self, point: bytes, challenge: bytes) -> tuple[bytes, bytes]:
        """Give the encoded session info and its tag; a key that is not paired gets neither a key nor a tag."""
        if point not in self.car.keychain.keys:
            unknown = SessionInfo(status=Session_Info_Status.SESSION_INFO_STATUS_KEY_NOT_ON_WHITELIST)
            return unknown.SerializeToString(), b""
        clock, session = self.clock, self.session(point)
        info = SessionInfo(counter=session.counter, publicKey=self._point, epoch=self.epoch, clock_time=clock)
        encoded = info.SerializeToString()
        return encoded, session.shared.session_info_tag(self.car.vin.encode(), challenge, encoded)

    def verify(self, message: RoutableMessage, other_vins: list[str], wrong_vin_fault: int) -> None:
        """Let a signed command through once, or raise Faulty (libraries.md 8.4)."""
        point = message.signature_data.signer_identity.public_key
        key = self.car.keychain.keys.get(point)
        if not message.signature_data.HasField("HMAC_Personalized_data"):
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_BAD_PARAMETER)
        if key is None:
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_UNKNOWN_KEY_ID)
        if not key.active:
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INACTIVE_KEY)
        signed, session = message.signature_data.HMAC_Personalized_data, self.session(point)
        self._check_time(signed, session)
        if not self._is_signed(message, session, self.car.vin):
            elsewhere = any(self._is_signed(message, session, vin) for vin in other_vins)
            raise Faulty(wrong_vin_fault if elsewhere else MessageFault_E.MESSAGEFAULT_ERROR_INVALID_SIGNATURE)
        if not session.take(signed.counter, in_order=self.name == VCSEC):
            raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INVALID_TOKEN_OR_COUNTER)

    def _check_time(self, signed: HMAC_Personalized_Signature_Data, session: Session) -> None:
        """Check epoch and expiry in the order of vehicle-command's verifier; an epoch may be left out."""
        clock = self.clock
        out_of_order = signed.counter == 0 or signed.counter < session.counter
        too_long = signed.expires_at == 0 or signed.expires_at - clock > OUT_OF_ORDER_S
        for fails, fault in (
            (signed.epoch and signed.epoch != self.epoch, MessageFault_E.MESSAGEFAULT_ERROR_INCORRECT_EPOCH),
            (0 < signed.expires_at < clock, MessageFault_E.MESSAGEFAULT_ERROR_TIME_EXPIRED),
            (signed.expires_at > EPOCH_S, MessageFault_E.MESSAGEFAULT_ERROR_BAD_PARAMETER),
            (out_of_order and too_long, MessageFault_E.MESSAGEFAULT_ERROR_TIME_TO_LIVE_TOO_LONG),
        ):
            if fails:
                raise Faulty(fault)

    def _is_signed(self, message: RoutableMessage, session: Session, vin: str) -> bool:
        signed = message.signature_data.HMAC_Personalized_data
        expected = session.shared.command_tag(
            self.domain,
            vin.encode(),
            self.epoch,
            signed.expires_at,
            signed.counter,
            message.flags,
            message.protobuf_message_as_bytes,
        )
        return hmac.compare_digest(expected, signed.tag)
