"""The key that signs commands: made, kept as text, and refused when it is another thing."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
import pytest

from custom_components.tesla_charging.fleet.keys import CommandKey, fingerprint, public_hex_of
from tesla_simulator.p256 import point_of, read_pem

type Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def private_pem(key: Private, secret: KeySerializationEncryption | None = None) -> str:
    """Return a private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret or NoEncryption()).decode()


def public_pem(key: Private) -> str:
    """Return the public part of a key as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
OTHERS: dict[str, Private] = {
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "secp256k1": ec.generate_private_key(ec.SECP256K1()),
    "RSA": RSA,
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def test_round_trip() -> None:
    """What is read back is the same key, of the curve that Tesla demands."""
    key = CommandKey.generate()
    assert isinstance(key.private.curve, ec.SECP256R1)
    again = CommandKey.load(key.private_pem)
    assert (again.public_hex, again.public_pem, again.fingerprint) == (key.public_hex, key.public_pem, key.fingerprint)
    assert again.private_pem == key.private_pem
    assert CommandKey.generate().public_hex != key.public_hex


def test_public_part() -> None:
    """The public part is what Tesla and the simulated car read, and nothing of the private part is in it."""
    key = CommandKey.generate()
    assert isinstance(load_pem_public_key(key.public_pem.encode()), ec.EllipticCurvePublicKey)
    assert "PRIVATE" not in key.public_pem
    assert read_pem(key.public_pem.encode()) == point_of(key.private.public_key())
    assert len(key.public_hex) == 130
    assert key.public_hex.startswith("04")
    assert public_hex_of(key.public_pem) == key.public_hex
    assert public_hex_of(f"\n{key.public_pem}\n") == key.public_hex


def test_fingerprint() -> None:
    """The fingerprint is short and does not depend on how Tesla writes the key."""
    key = CommandKey.generate()
    assert len(key.fingerprint) == 16
    assert key.fingerprint == fingerprint(key.public_hex) == fingerprint(key.public_hex.upper())
    assert key.fingerprint != CommandKey.generate().fingerprint


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no key",
        public_pem(P256),
        private_pem(P256)[:100],
        private_pem(P256, BestAvailableEncryption(b"secret")),
        *(private_pem(key) for key in OTHERS.values()),
    ],
    ids=["empty", "text", "public", "cut", "encrypted", *OTHERS],
)
def test_no_private_key(pem: str) -> None:
    """Anything but an unencrypted private key of P-256 is refused, with nothing of it in the words."""
    with pytest.raises(ValueError, match=r"^not an? (unencrypted private key|key of the curve P-256)$"):
        CommandKey.load(pem)


@pytest.mark.parametrize(
    "pem",
    ["", "<html>", private_pem(P256), public_pem(P256)[:80], *(public_pem(key) for key in OTHERS.values())],
    ids=["empty", "html", "private", "cut", *OTHERS],
)
def test_no_public_key(pem: str) -> None:
    """Anything but a public key of P-256 is refused."""
    with pytest.raises(ValueError, match=r"^not a (public key|key of the curve P-256)$"):
        public_hex_of(pem)
