"""Registering a Tesla app in a region: the key on its domain, looked at as Tesla would, then Tesla's own word for it.

Sources: fleet_api.md 3.1; users.md themes 1 and 8.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

import aiohttp

from .client import FleetClient
from .errors import Fault, FleetError
from .keys import WELL_KNOWN_PATH, CommandKey, public_hex_of
from .regions import Region

_SECONDS: Final = 10.0
_LONGEST_PEM: Final = 10_000
_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class RegistrationFault(StrEnum):
    """Why an app could not be registered; the value is the key of the sentence that a person reads."""

    DOMAIN_INVALID = "domain_invalid"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    KEY_NOT_A_KEY = "key_not_a_key"
    KEY_NOT_FETCHED = "key_not_fetched"
    KEY_OTHER = "key_other"
    KEY_REDIRECTED = "key_redirected"
    KEY_STATUS = "key_status"
    KEY_TAKEN = "key_taken"
    KEY_UNREACHABLE = "key_unreachable"
    KEY_UNTRUSTED = "key_untrusted"
    REGISTRATION_FAILED = "registration_failed"


@dataclass(frozen=True, slots=True)
class _Rule:
    fault: Fault
    status: int | None
    means: RegistrationFault


# What Tesla's refusals of `POST partner_accounts` mean.
_RULES: Final = (
    _Rule(Fault.NOT_REGISTERED, 412, RegistrationFault.DOMAIN_NOT_ALLOWED),
    _Rule(Fault.UNSUPPORTED, 422, RegistrationFault.KEY_TAKEN),
    _Rule(Fault.BAD_REQUEST, 424, RegistrationFault.KEY_NOT_FETCHED),
)


class RegistrationError(Exception):
    """A registration that failed: why, and in whose words."""

    def __init__(self, fault: RegistrationFault, words: str = "") -> None:
        """Keep what is known."""
        self.fault = fault
        self.words = words
        super().__init__(f"{fault}: {words}" if words else str(fault))


def domain_of(text: str) -> str:
    """Return the domain in what a person typed, lower case, without scheme and path; raises RegistrationError."""
    domain = text.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0].rstrip(".")
    if not _DOMAIN.fullmatch(domain):
        raise RegistrationError(RegistrationFault.DOMAIN_INVALID)
    return domain


def key_url(domain: str, region: Region) -> str:
    """Return where Tesla looks for the key of a domain."""
    return region.key_host_url.replace("{domain}", domain) + WELL_KNOWN_PATH


async def check_hosted_key(session: aiohttp.ClientSession, url: str, key: CommandKey) -> None:
    """Fetch the public key as Tesla would: https with a good certificate, no redirect, the very key.

    Raises RegistrationError that names the first check that failed.
    """
    try:
        async with asyncio.timeout(_SECONDS), session.get(url, allow_redirects=False) as answer:
            if 300 <= answer.status < 400:
                raise RegistrationError(RegistrationFault.KEY_REDIRECTED, str(answer.status))
            if answer.status != 200:
                raise RegistrationError(RegistrationFault.KEY_STATUS, str(answer.status))
            body = (await answer.content.read(_LONGEST_PEM)).decode(errors="replace")
    except aiohttp.ClientSSLError:
        raise RegistrationError(RegistrationFault.KEY_UNTRUSTED) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as err:
        raise RegistrationError(RegistrationFault.KEY_UNREACHABLE, type(err).__name__) from None
    try:
        hosted = public_hex_of(body)
    except ValueError:
        raise RegistrationError(RegistrationFault.KEY_NOT_A_KEY) from None
    if hosted != key.public_hex:
        raise RegistrationError(RegistrationFault.KEY_OTHER)


async def register(client: FleetClient, domain: str, key: CommandKey) -> None:
    """Register a domain in the client's region with a partner token, and read back what Tesla has kept.

    Doing it again is harmless. Raises RegistrationError for what a person can put right, FleetError for the rest.
    """
    try:
        await client.register(domain)
        kept = await client.registered_key(domain)
    except FleetError as err:
        means = next((rule.means for rule in _RULES if rule.fault is err.fault and rule.status == err.status), None)
        if means is None:
            raise
        words = err.words if err.txid is None else f"{err.words} ({err.txid})"
        raise RegistrationError(means, words) from None
    if kept is None or kept.lower() != key.public_hex:
        raise RegistrationError(RegistrationFault.REGISTRATION_FAILED)
