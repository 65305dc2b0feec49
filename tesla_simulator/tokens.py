"""RS256 tokens with the claims of Tesla's, and the one key that signs them in this process (fleet_api.md 1.5)."""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
import functools
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
import jwt

from .model import API_HOSTS, auth_host

ACCESS_TOKEN_LIFE_S = 28_800
"""8 h (fleet_api.md 1.4)."""
KEY_ID = "tesla-simulator"


@functools.cache
def signing_key() -> RSAPrivateKey:
    """The process's key: hundreds of test servers share it, as making one costs a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def prepare_key() -> None:
    """Make the key without holding up the event loop, and leave no thread behind."""
    if not signing_key.cache_info().currsize:
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, signing_key)


def key_set() -> dict[str, Any]:
    """The public key as a JSON Web Key Set."""
    numbers = signing_key().public_key().public_numbers()
    return {
        "keys": [
            {
                "kty": "RSA",
                "use": "sig",
                "alg": "RS256",
                "kid": KEY_ID,
                "n": _base64_number(numbers.n),
                "e": _base64_number(numbers.e),
            }
        ]
    }


def _base64_number(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()


def sign(claims: dict[str, Any]) -> str:
    """Sign claims as Tesla does: RS256, with `kid`."""
    return jwt.encode(claims, signing_key(), algorithm="RS256", headers={"kid": KEY_ID})


def claims_of(token: str) -> dict[str, Any] | None:
    """Claims of a token that this process has signed, whatever its age; None for any other string."""
    claims = _verified(token)
    return None if claims is None else {**claims}


@functools.lru_cache(maxsize=256)
def _verified(token: str) -> dict[str, Any] | None:
    """Remember the tokens of now: each comes with every request, and its signature stays as it is."""
    options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_sub": False}
    try:
        return jwt.decode(token, signing_key().public_key(), algorithms=["RS256"], options=options)
    except jwt.InvalidTokenError:
        return None


def audiences(urls: dict[str, str], region: str) -> list[str]:
    """`aud` of an access token: the region's API hosts and the sign-in server (fleet_api.md 1.4)."""
    hosts = ["cn"] if region == "cn" else [host for host in API_HOSTS if host != "cn"]
    return [*(urls[host] for host in hosts), f"{urls[auth_host(region)]}/oauth2/v3/userinfo"]


def access_claims(
    issuer: str, sub: str, client_id: str, region: str, aud: list[str], scopes: list[str]
) -> dict[str, Any]:
    """Claims of an access token, 8 h from now in real time."""
    now = int(time.time())
    return {
        "iss": issuer,
        "azp": client_id,
        "sub": sub,
        "aud": aud,
        "scp": scopes,
        "amr": ["pwd", "mfa", "otp"],
        "exp": now + ACCESS_TOKEN_LIFE_S,
        "iat": now,
        "auth_time": now,
        "ou_code": region.upper(),
        "locale": "en-US",
        "account_type": "person",
        "jti": secrets.token_hex(8),
    }


def id_claims(issuer: str, sub: str, client_id: str, nonce: str | None) -> dict[str, Any]:
    """Claims of an id_token: no e-mail address among them (fleet_api.md 1.5)."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": client_id, "sub": sub, "exp": now + ACCESS_TOKEN_LIFE_S, "iat": now}
    return claims if nonce is None else {**claims, "nonce": nonce}
