"""Tesla's sign-in server: the token requests and what can go wrong with them (fleet_api.md 1.3, 1.4 and 9)."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
import json
import re
from typing import Any, Final

import aiohttp

from .errors import FleetError, error_of_answer
from .regions import Region

_SECONDS: Final = 30.0
_SECONDS_LOOK: Final = 10.0


class SignInFault(StrEnum):
    """Why Tesla gave no token; the value is the key of the sentence that a person reads."""

    ACCESS_DENIED = "access_denied"
    INVALID_AUDIENCE = "invalid_audience"
    INVALID_CLIENT = "invalid_client"
    INVALID_CODE = "invalid_code"
    INVALID_REDIRECT = "invalid_redirect"
    INVALID_SCOPE = "invalid_scope"
    LOGIN_REQUIRED = "login_required"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    SERVER_ERROR = "server_error"


# Tesla's `error` word -> what it means
_WORDS: Final = {
    "access_denied": SignInFault.ACCESS_DENIED,
    "invalid_audience": SignInFault.INVALID_AUDIENCE,
    "invalid_client": SignInFault.INVALID_CLIENT,
    "unauthorized_client": SignInFault.INVALID_CLIENT,
    "invalid_auth_code": SignInFault.INVALID_CODE,
    "invalid_redirect_url": SignInFault.INVALID_REDIRECT,
    "invalid_redirect_uri": SignInFault.INVALID_REDIRECT,
    "invalid_scope": SignInFault.INVALID_SCOPE,
    "login_required": SignInFault.LOGIN_REQUIRED,
    "invalid_grant": SignInFault.LOGIN_REQUIRED,
}
# What Tesla's page says in words before a person could sign in
_PAGE_WORDS: Final = (
    (re.compile("redirect_ur", re.IGNORECASE), SignInFault.INVALID_REDIRECT),
    (re.compile("client", re.IGNORECASE), SignInFault.INVALID_CLIENT),
)


class SignInError(Exception):
    """A sign-in step that failed: why, in Tesla's words, and when another try makes sense (seconds)."""

    def __init__(
        self, fault: SignInFault, words: str = "", *, txid: str | None = None, retry_after: float | None = None
    ) -> None:
        """Keep what is known."""
        self.fault = fault
        self.words = words
        self.txid = txid
        self.retry_after = retry_after
        super().__init__(f"{fault}: {words}" if words else str(fault))

    @property
    def quote(self) -> str:
        """What Tesla said, with its id for support."""
        words = self.words or str(self.fault)
        return f"{words} ({self.txid})" if self.txid else words


def fault_of_word(word: str) -> SignInFault:
    """Return what the `error` that Tesla sends back to the redirect address means."""
    return _WORDS.get(word, SignInFault.REJECTED)


async def request_token(session: aiohttp.ClientSession, region: Region, fields: Mapping[str, str]) -> dict[str, Any]:
    """Send a token request; return the answer, which has `access_token` and `expires_in`; raises SignInError."""
    try:
        async with (
            asyncio.timeout(_SECONDS),
            session.post(region.token_url, data=dict(fields), allow_redirects=False) as answer,
        ):
            status, headers = answer.status, answer.headers
            text = await answer.text(errors="replace")
    except (aiohttp.ClientError, TimeoutError, OSError) as err:
        raise SignInError(SignInFault.NO_ANSWER, type(err).__name__) from None
    try:
        data = json.loads(text)
    except ValueError, RecursionError:
        data = None
    if 200 <= status < 300:
        return _checked(data, headers.get("x-txid"))
    failure = error_of_answer(status, data, headers, datetime.now(UTC))
    raise _sign_in_error(status, data, failure)


def _checked(data: object, txid: str | None) -> dict[str, Any]:
    """Return a token answer that can be used; a half one must not replace a good token."""
    if not isinstance(data, dict) or not isinstance(data.get("access_token"), str):
        raise SignInError(SignInFault.SERVER_ERROR, "no token in the answer", txid=txid)
    try:
        return {**data, "expires_in": int(float(data["expires_in"]))}
    except KeyError, OverflowError, TypeError, ValueError:
        raise SignInError(SignInFault.SERVER_ERROR, "no lifetime in the answer", txid=txid) from None


def _sign_in_error(status: int, data: object, failure: FleetError) -> SignInError:
    word = str(data.get("error") or "") if isinstance(data, dict) else ""
    described = data.get("error_description") if isinstance(data, dict) and word else None
    words = FleetError(failure.fault, f"{word}: {described}").words if described else failure.words
    if status == 429 or status >= 500 or not word:
        fault = SignInFault.SERVER_ERROR
    else:
        fault = fault_of_word(word)
    return SignInError(fault, words or str(status), txid=failure.txid, retry_after=failure.retry_after)


async def look_at_sign_in_page(session: aiohttp.ClientSession, url: str) -> SignInFault | None:
    """Return why Tesla's page would turn a person away before the sign-in; None if it does not, or does not say.

    Tesla shows these errors on a page of its own and never sends the person back, so a look ahead is the only way
    to say what is wrong. Anything but a clear refusal is no reason to stop.
    """
    try:
        async with asyncio.timeout(_SECONDS_LOOK), session.get(url, allow_redirects=False) as answer:
            if answer.status not in (400, 401):
                return None
            text = await answer.text(errors="replace")
    except aiohttp.ClientError, TimeoutError, OSError:
        return None
    return next((fault for words, fault in _PAGE_WORDS if words.search(text)), None)
