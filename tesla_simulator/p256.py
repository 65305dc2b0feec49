"""Public keys on the curve P-256, as Tesla takes them (fleet_api.md 3.1)."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

type PublicKey = ec.EllipticCurvePublicKey


class NoKey(ValueError):
    """Not a public key on the curve P-256; str() says why."""


def point_of(key: PublicKey) -> bytes:
    """Give the uncompressed point, 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_of(point: bytes) -> PublicKey:
    """Give the key of an uncompressed point; NoKey if there is none."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise NoKey("is not on the curve") from error


def pem_of(key: PublicKey) -> bytes:
    """Give the PEM that an app hosts."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_pem(pem: bytes) -> bytes:
    """Give the uncompressed point of a PEM public key; NoKey for anything else, a private key included."""
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise NoKey("is not a PEM public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NoKey("must use the curve prime256v1")
    return point_of(key)


def fingerprint(point: bytes) -> str:
    """Give a short name for a key, for people."""
    return hashlib.sha256(point).hexdigest()[:16]
