"""The key that signs commands: one P-256 key for each Tesla app (fleet_api.md 3.1)."""

from dataclasses import dataclass
import hashlib
import re
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

WELL_KNOWN_PATH = "/.well-known/appspecific/com.tesla.3p.public-key.pem"

_PRIVATE_PEM: Final = re.compile(r"-----BEGIN ((?:EC )?PRIVATE KEY)-----([\sA-Za-z0-9+/=]+)-----END \1-----")


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A private key of the curve that Tesla demands."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> Self:
        """Make a new one."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, pem: str) -> Self:
        """Read a PEM (PKCS8 or SEC1), as it may come out of a clipboard: other text and line ends do not matter.

        Raises ValueError when there is no unencrypted private key of P-256 in it.
        """
        found = _PRIVATE_PEM.search(pem)
        if found is None:
            raise ValueError("not an unencrypted private key")
        kind, body = found[1], "".join(found[2].split())
        try:
            key = load_pem_private_key(
                f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n".encode(), password=None
            )
        except ValueError, TypeError, UnsupportedAlgorithm:
            raise ValueError("not an unencrypted private key") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("not a key of the curve P-256")  # noqa: TRY004
        return cls(key)

    @property
    def private_pem(self) -> str:
        """The private key as PEM."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        """The public key as PEM, which Tesla fetches from the app's domain."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def public_hex(self) -> str:
        """The public key as Tesla tells it: the uncompressed point in hex, 130 characters."""
        return _point(self.private.public_key())

    @property
    def fingerprint(self) -> str:
        """The first 16 characters of the SHA-256 of the public point: short enough to compare by eye."""
        return fingerprint(self.public_hex)


def public_hex_of(pem: str) -> str:
    """Return the public point of a PEM as hex; raises ValueError when it is no public key of P-256."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise ValueError("not a public key") from err
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key of the curve P-256")  # noqa: TRY004
    return _point(key)


def fingerprint(public_hex: str) -> str:
    """Return the fingerprint of a public point in hex, whatever its case."""
    return hashlib.sha256(public_hex.lower().encode()).hexdigest()[:16]


def _point(key: ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()
