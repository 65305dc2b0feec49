"""Everything that can go wrong on the way to Tesla, as one table (fleet_api.md 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
import math
import re


class Fault(StrEnum):
    """What happened; the value is the key of the sentence that a person reads. Some come from here, not from Tesla."""

    ASLEEP = "asleep"
    BAD_ANSWER = "bad_answer"
    BAD_REQUEST = "bad_request"
    IN_SERVICE = "in_service"
    KEY_NOT_PAIRED = "key_not_paired"
    LIMIT_EXCEEDED = "limit_exceeded"
    LOCATION_DENIED = "location_denied"
    LOCKED = "locked"
    LOGIN_REQUIRED = "login_required"
    MISSING_SCOPES = "missing_scopes"
    MOBILE_ACCESS_DISABLED = "mobile_access_disabled"
    NO_ANSWER = "no_answer"
    NOT_FOUND = "not_found"
    NOT_REGISTERED = "not_registered"
    NOT_WRITTEN = "not_written"
    OVER_BUDGET = "over_budget"
    PAYMENT_REQUIRED = "payment_required"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    REFUSED_BEFORE = "not_answered"
    RESERVED = "reserved"
    SCOPE_TOO_NARROW = "scope_too_narrow"
    SERVER_ERROR = "server_error"
    SIGNED_ONLY = "signed_only"
    SIGNING_REQUIRED = "signing_required"
    UNAUTHORIZED = "unauthorized"
    UNSEEN = "unseen"
    UNSUPPORTED = "unsupported"
    UNTOLD = "untold"
    VEHICLE_ERROR = "vehicle_error"
    WAKES_SPENT = "wakes_spent"
    WRONG_REGION = "wrong_region"


@dataclass(frozen=True, slots=True)
class _Rule:
    status: int
    fault: Fault
    words: str = ""


# The first rule with the status whose words stand in Tesla's `error` wins.
_RULES = (
    _Rule(401, Fault.MOBILE_ACCESS_DISABLED, "mobile_access_disabled"),
    _Rule(401, Fault.UNAUTHORIZED),
    _Rule(402, Fault.PAYMENT_REQUIRED),
    _Rule(403, Fault.LIMIT_EXCEEDED, "exceeded_limit"),
    _Rule(403, Fault.SIGNING_REQUIRED, "vehicle command protocol required"),
    _Rule(403, Fault.MISSING_SCOPES, "missing scopes"),
    _Rule(403, Fault.LOCATION_DENIED, "location access not granted"),
    _Rule(403, Fault.UNSUPPORTED),
    _Rule(404, Fault.NOT_FOUND),
    _Rule(405, Fault.IN_SERVICE, "in service"),
    _Rule(408, Fault.ASLEEP),
    _Rule(412, Fault.UNSUPPORTED, "not supported"),
    _Rule(412, Fault.NOT_REGISTERED),
    _Rule(418, Fault.UNSUPPORTED),
    _Rule(421, Fault.WRONG_REGION),
    _Rule(422, Fault.UNSUPPORTED),
    _Rule(423, Fault.LOCKED),
    _Rule(429, Fault.RATE_LIMITED),
    _Rule(451, Fault.WRONG_REGION),
    _Rule(540, Fault.VEHICLE_ERROR),
)

_SECRETS = re.compile(
    r"\b[A-HJ-NPR-Z0-9]{17}\b"  # a VIN
    r"|[\w.+-]+@[\w-]+\.[\w.]+"  # an e-mail address
    r"|\beyJ[\w-]+\.[\w.-]+|\b[A-Z]{2}_\w{20,}"  # a token
    r"|\b[\w-]+--\w+"  # a DIN
    r"|\b\d{10,}\b"  # the number of an energy site or a car
)
_LONGEST_WORDS = 200
# The search takes the square of the length.
_LONGEST_SEARCH = 2000


class FleetError(Exception):
    """A request that failed: why, in Tesla's words, and when another try makes sense."""

    def __init__(
        self,
        fault: Fault,
        words: str = "",
        *,
        status: int | None = None,
        txid: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep what is known; `retry_after` in seconds. Nothing private in `words` is kept."""
        self.fault = fault
        self.words = _SECRETS.sub("…", words[:_LONGEST_SEARCH])[:_LONGEST_WORDS]
        self.status = status
        self.txid = txid
        self.retry_after = retry_after
        super().__init__(f"{fault}: {self.words}" if self.words else str(fault))

    @property
    def quote(self) -> str:
        """What Tesla said, at least the status, with its id for support."""
        words = self.words or str(self.status or self.fault)
        return f"{words} ({self.txid})" if self.txid else words

    @property
    def may_have_succeeded(self) -> bool:
        """Whether the request may have done its work although no answer says so (fleet_api.md 9, VC inet.go)."""
        if self.fault in (Fault.NO_ANSWER, Fault.BAD_ANSWER):
            return True
        return self.status is not None and self.status >= 500 and self.status != 503


def error_of_answer(status: int, body: object, headers: Mapping[str, str], now: datetime) -> FleetError:
    """Return the error that an answer of 400 or more is; `body` is its parsed JSON, or None if it is none."""
    words = ""
    if isinstance(body, dict):
        words = str(body.get("error") or body.get("error_description") or "")
    fault = next(
        (rule.fault for rule in _RULES if rule.status == status and rule.words in words.lower()),
        Fault.SERVER_ERROR if status >= 500 else Fault.BAD_REQUEST,
    )
    return FleetError(
        fault,
        words,
        status=status,
        txid=headers.get("x-txid"),
        retry_after=retry_after(headers, now) if status in (429, 503) else None,
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds in Retry-After (a number, a fraction or a date) or RateLimit-Reset; None if neither says."""
    for name in ("Retry-After", "RateLimit-Reset"):
        text = headers.get(name, "").strip()
        try:
            seconds = float(text)
        except ValueError:
            pass
        else:
            if math.isfinite(seconds):
                return max(0.0, seconds)
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            continue
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
    return None
