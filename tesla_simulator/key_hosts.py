"""What Tesla sees when it fetches an app's public key from its domain (fleet_api.md 3.1)."""

import asyncio
from dataclasses import dataclass
from typing import Self

import aiohttp

from .p256 import PublicKey, pem_of

KEY_PATH = "/.well-known/appspecific/com.tesla.3p.public-key.pem"
KEY_BYTES_MAX = 1024
"""A PEM of P-256 has 178; longer ones are `too large` (fleet-telemetry issue 355), from where on is UNCONFIRMED."""
OK = 200
REDIRECTS = range(300, 400)


class KeyUnreachable(Exception):
    """The key cannot be fetched; str() is Tesla's word for why (the words but `too large` are UNCONFIRMED)."""


@dataclass
class KeyHost:
    """The host of one domain: what it answers, after how many real seconds, or a loopback URL that is really asked."""

    pem: bytes = b""
    status: int = OK
    redirect: str | None = None
    bad_tls: bool = False
    seconds: float = 0.0
    url: str | None = None

    @classmethod
    def of(cls, key: PublicKey) -> Self:
        """Make a host that does all right."""
        return cls(pem_of(key))

    async def fetch(self, domain: str) -> bytes:
        """Answer as the host of a domain does; KeyUnreachable if Tesla would not take it."""
        await asyncio.sleep(self.seconds)
        if self.bad_tls:
            raise KeyUnreachable("certificate verify failed")
        if self.url is not None:
            return await _really(self.url, domain)
        return _taken(301 if self.redirect else self.status, self.pem)


async def _really(url: str, domain: str) -> bytes:
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(url.rstrip("/") + KEY_PATH, headers={"Host": domain}, allow_redirects=False) as response,
        ):
            return _taken(response.status, await response.content.read(KEY_BYTES_MAX + 1))
    except aiohttp.ClientError as error:
        raise KeyUnreachable("connection failed") from error


def _taken(status: int, body: bytes) -> bytes:
    if status in REDIRECTS:
        raise KeyUnreachable("redirect not allowed")
    if status != OK:
        raise KeyUnreachable(f"status {status}")
    if len(body) > KEY_BYTES_MAX:
        raise KeyUnreachable("too large")
    return body


async def fetch_key(hosts: dict[str, KeyHost], domain: str, seconds: float) -> bytes:
    """Fetch a domain's PEM within so many real seconds; KeyUnreachable says why it could not be had."""
    host = hosts.get(domain)
    if host is None:
        raise KeyUnreachable("no such host")
    try:
        async with asyncio.timeout(seconds):
            return await host.fetch(domain)
    except TimeoutError as error:
        raise KeyUnreachable("timeout") from error
