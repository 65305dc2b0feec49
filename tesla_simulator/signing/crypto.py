"""The cryptography of signed commands (vehicle-command's protocol.md, Metadata serialization to Response metadata)."""

import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tesla_protocol.command.signatures_pb2 import SignatureType, Tag

from tesla_simulator.p256 import key_of

KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
VCSEC_HASH_BYTES = 17


def number(value: int) -> bytes:
    """Serialize an integer: four bytes, big end first."""
    return struct.pack(">I", value)


def metadata(*items: tuple[Tag, bytes]) -> bytes:
    """Serialize tag, length and value of each item, in the order of the tags, and the end mark."""
    rows = (bytes([tag, len(value)]) + value for tag, value in sorted(items))
    return b"".join(rows) + bytes([Tag.TAG_END])


class SharedKey:
    """The key that a computer of the car shares with a client, and what follows from it."""

    def __init__(self, private: ec.EllipticCurvePrivateKey, client_point: bytes) -> None:
        """Agree on it by ECDH."""
        secret = private.exchange(ec.ECDH(), key_of(client_point))
        self._key = hashlib.sha1(secret).digest()[:KEY_BYTES]

    def session_info_tag(self, vin: bytes, challenge: bytes, encoded: bytes) -> bytes:
        """Authenticate the exact bytes of a session info; the challenge is the request's uuid."""
        items = (
            (Tag.TAG_SIGNATURE_TYPE, bytes([SignatureType.SIGNATURE_TYPE_HMAC])),
            (Tag.TAG_PERSONALIZATION, vin),
            (Tag.TAG_CHALLENGE, challenge),
        )
        return self._hmac("session info", metadata(*items) + encoded)

    def command_tag(
        self, domain: int, vin: bytes, epoch: bytes, expires_at: int, counter: int, flags: int, payload: bytes
    ) -> bytes:
        """Authenticate a command; flags only count if there are any."""
        items = [
            (Tag.TAG_SIGNATURE_TYPE, bytes([SignatureType.SIGNATURE_TYPE_HMAC_PERSONALIZED])),
            (Tag.TAG_DOMAIN, bytes([domain])),
            (Tag.TAG_PERSONALIZATION, vin),
            (Tag.TAG_EPOCH, epoch),
            (Tag.TAG_EXPIRES_AT, number(expires_at)),
            (Tag.TAG_COUNTER, number(counter)),
            *([(Tag.TAG_FLAGS, number(flags))] if flags else []),
        ]
        return self._hmac("authenticated command", metadata(*items) + payload)

    def seal_response(
        self, domain: int, vin: bytes, counter: int, flags: int, request_hash: bytes, payload: bytes
    ) -> tuple[bytes, bytes, bytes]:
        """Encrypt a response without a fault: nonce, ciphertext, tag."""
        items = (
            (Tag.TAG_SIGNATURE_TYPE, bytes([SignatureType.SIGNATURE_TYPE_AES_GCM_RESPONSE])),
            (Tag.TAG_DOMAIN, bytes([domain])),
            (Tag.TAG_PERSONALIZATION, vin),
            (Tag.TAG_COUNTER, number(counter)),
            (Tag.TAG_FLAGS, number(flags)),
            (Tag.TAG_REQUEST_HASH, request_hash),
            (Tag.TAG_FAULT, number(0)),
        )
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, payload, hashlib.sha256(metadata(*items)).digest())
        return nonce, sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]

    def _hmac(self, label: str, message: bytes) -> bytes:
        key = hmac.digest(self._key, label.encode(), "sha256")
        return hmac.digest(key, message, "sha256")


def request_hash(tag: bytes, *, vcsec: bool) -> bytes:
    """Name the request that a response answers: its signature type and tag, for VCSEC cut to 17 bytes."""
    whole = bytes([SignatureType.SIGNATURE_TYPE_HMAC_PERSONALIZED]) + tag
    return whole[:VCSEC_HASH_BYTES] if vcsec else whole
