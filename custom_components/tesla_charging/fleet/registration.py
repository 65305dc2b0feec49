"""Registering a Tesla app in a region: the key on its domain, looked at as Tesla would, then Tesla's own word for it.

Sources: fleet_api.md 3.1; users.md themes 1 and 8.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

import aiohttp

from .client import FleetClient
from .errors import Fault, FleetError
from .keys import WELL_KNOWN_PATH, CommandKey, fingerprint, public_hex_of
from .regions import Region
from .sign_in import SignInError, SignInFault

_SECONDS: Final = 10.0
_LONGEST_PEM: Final = 10_000
_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class RegistrationFault(StrEnum):
    """Why an app could not be registered; the value is the key of the sentence that a person reads."""

    DOMAIN_INVALID = "domain_invalid"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    DOMAIN_TAKEN = "domain_taken"
    KEY_NOT_A_KEY = "key_not_a_key"
    KEY_NOT_FETCHED = "key_not_fetched"
    KEY_OTHER = "key_other"
    KEY_REDIRECTED = "key_redirected"
    KEY_STATUS = "key_status"
    KEY_TAKEN = "key_taken"
    KEY_UNREACHABLE = "key_unreachable"
    KEY_UNTRUSTED = "key_untrusted"
    REGISTERED_OTHER = "registered_other"
    STILL_NOT_REGISTERED = "still_not_registered"
    TESLA_AUDIENCE = "tesla_audience"
    TESLA_CLIENT = "tesla_client"
    TESLA_LIMIT = "tesla_limit"
    TESLA_REFUSES = "tesla_refuses"
    TESLA_SILENT = "tesla_silent"
    TESLA_TOO_MANY = "tesla_too_many"
    TESLA_TROUBLE = "tesla_trouble"
    TESLA_UNREADABLE = "tesla_unreadable"


@dataclass(frozen=True, slots=True)
class _Rule:
    status: int
    means: RegistrationFault
    words: str = ""


# What Tesla's refusals of `POST partner_accounts` mean; the first rule with the status whose words Tesla uses wins.
_RULES: Final = (
    _Rule(412, RegistrationFault.DOMAIN_NOT_ALLOWED),
    _Rule(422, RegistrationFault.KEY_TAKEN, r"key.* taken"),
    _Rule(422, RegistrationFault.DOMAIN_TAKEN, r"domain.* taken"),
    _Rule(424, RegistrationFault.KEY_NOT_FETCHED),
)
# What Tesla says when the registration is read back, and does not know it yet.
_READ_BACK_RULES: Final = (
    _Rule(404, RegistrationFault.STILL_NOT_REGISTERED),
    _Rule(412, RegistrationFault.STILL_NOT_REGISTERED),
)
# What any other failure means, of the sign-in server too, which uses the same words; the rest is a refusal.
_OTHERWISE: Final[Mapping[Fault | SignInFault, RegistrationFault]] = {
    Fault.BAD_ANSWER: RegistrationFault.TESLA_UNREADABLE,
    Fault.LIMIT_EXCEEDED: RegistrationFault.TESLA_LIMIT,
    Fault.NO_ANSWER: RegistrationFault.TESLA_SILENT,
    Fault.RATE_LIMITED: RegistrationFault.TESLA_TOO_MANY,
    Fault.SERVER_ERROR: RegistrationFault.TESLA_TROUBLE,
    SignInFault.INVALID_AUDIENCE: RegistrationFault.TESLA_AUDIENCE,
    SignInFault.INVALID_CLIENT: RegistrationFault.TESLA_CLIENT,
}


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
        raise RegistrationError(RegistrationFault.KEY_OTHER, fingerprint(hosted))


async def register(client: FleetClient, domain: str, key: CommandKey) -> None:
    """Register a domain in the client's region with a partner token, and read back what Tesla has kept.

    Doing it again is harmless. Raises RegistrationError.
    """
    try:
        await client.register(domain)
    except (FleetError, SignInError) as err:
        raise _meant(err, _RULES) from None
    try:
        kept = await client.registered_key(domain)
    except (FleetError, SignInError) as err:
        raise _meant(err, _READ_BACK_RULES) from None
    if kept is None:
        raise RegistrationError(RegistrationFault.STILL_NOT_REGISTERED)
    if kept.lower() != key.public_hex:
        raise RegistrationError(RegistrationFault.REGISTERED_OTHER, fingerprint(kept))


def _meant(err: FleetError | SignInError, rules: Iterable[_Rule]) -> RegistrationError:
    """Return what a failure means to the person who registers."""
    status = err.status if isinstance(err, FleetError) else None
    words = err.words.lower()
    means = next((rule.means for rule in rules if rule.status == status and re.search(rule.words, words)), None)
    return RegistrationError(means or _OTHERWISE.get(err.fault, RegistrationFault.TESLA_REFUSES), err.quote)
