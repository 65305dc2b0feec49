"""The error catalogue (fleet_api.md 9), row by row."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from hypothesis import given, strategies as st
from multidict import CIMultiDict
import pytest

from custom_components.tesla_charging.fleet.errors import Fault, FleetError, error_of_answer, retry_after
from tesla_simulator.answers import ANSWERS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
VIN = "5YJ3E7EB1KF000001"
EMAIL = "alex.o'hara+tesla@example.co.uk"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-bmF0_dXJl"

# Each answer of Fleet API that fleet_api.md 9 lists, and what it means.
CATALOGUE = {
    "invalid_command": Fault.BAD_REQUEST,
    "invalid_field": Fault.BAD_REQUEST,
    "invalid_request": Fault.BAD_REQUEST,
    "empty_401": Fault.UNAUTHORIZED,
    "token_expired": Fault.UNAUTHORIZED,
    "invalid_bearer": Fault.UNAUTHORIZED,
    "mobile_access_disabled": Fault.MOBILE_ACCESS_DISABLED,
    "payment_required": Fault.PAYMENT_REQUIRED,
    "missing_scopes": Fault.MISSING_SCOPES,
    "protocol_required": Fault.SIGNING_REQUIRED,
    "exceeded_limit": Fault.LIMIT_EXCEEDED,
    "unsupported_vehicle": Fault.UNSUPPORTED,
    "location_not_granted": Fault.LOCATION_DENIED,
    "not_found": Fault.NOT_FOUND,
    "in_service": Fault.IN_SERVICE,
    "wrong_method": Fault.BAD_REQUEST,
    "not_json": Fault.BAD_REQUEST,
    "asleep": Fault.ASLEEP,
    "not_registered": Fault.NOT_REGISTERED,
    "client_too_old": Fault.UNSUPPORTED,
    "out_of_region": Fault.WRONG_REGION,
    "invalid_resource": Fault.UNSUPPORTED,
    "locked": Fault.LOCKED,
    "invalid_upstream": Fault.BAD_REQUEST,
    "rate_limited": Fault.RATE_LIMITED,
    "legal": Fault.WRONG_REGION,
    "client_closed": Fault.BAD_REQUEST,
    "internal": Fault.SERVER_ERROR,
    "upstream": Fault.SERVER_ERROR,
    "key_not_paired": Fault.SERVER_ERROR,
    "bad_gateway": Fault.SERVER_ERROR,
    "unavailable": Fault.SERVER_ERROR,
    "unavailable_html": Fault.SERVER_ERROR,
    "timeout": Fault.SERVER_ERROR,
    "device_error": Fault.VEHICLE_ERROR,
}
STATUSES = {
    400,
    401,
    402,
    403,
    404,
    405,
    406,
    408,
    412,
    418,
    421,
    422,
    423,
    424,
    429,
    451,
    499,
    500,
    502,
    503,
    504,
    540,
}


def error(status: int, words: str = "", **headers: str) -> FleetError:
    """Return what an answer with these words means."""
    body = {"response": None, "error": words, "error_description": ""}
    return error_of_answer(status, body, CIMultiDict({k.replace("_", "-"): v for k, v in headers.items()}), NOW)


def test_the_catalogue_is_whole() -> None:
    """Every status of fleet_api.md 9 is in the table."""
    assert {ANSWERS[name].status for name in CATALOGUE} == STATUSES


@pytest.mark.parametrize(("name", "fault"), CATALOGUE.items())
def test_the_catalogue(name: str, fault: Fault) -> None:
    """Each of Tesla's answers means what the catalogue says, in Tesla's words."""
    answer = ANSWERS[name]
    body = answer.body if isinstance(answer.body, dict) else None
    found = error_of_answer(answer.status, body, {"x-txid": "tx-1"}, NOW)
    assert found.fault is fault
    assert (found.status, found.txid, found.retry_after) == (answer.status, "tx-1", None)
    words = str(body["error"]) if body else ""
    assert found.words == words[:200]
    assert str(found) == (f"{fault}: {found.words}" if words else str(fault))


@pytest.mark.parametrize(
    ("status", "words", "fault"),
    [
        (400, "", Fault.BAD_REQUEST),
        (302, "", Fault.BAD_REQUEST),
        (401, "MOBILE_ACCESS_DISABLED for this car", Fault.MOBILE_ACCESS_DISABLED),
        (401, "something new", Fault.UNAUTHORIZED),
        (403, "something new", Fault.UNSUPPORTED),
        (403, "Account Disabled: exceeded_limit", Fault.LIMIT_EXCEEDED),
        (403, "unauthorized MISSING SCOPES", Fault.MISSING_SCOPES),
        (405, "", Fault.BAD_REQUEST),
        (405, "vehicle is currently In Service", Fault.IN_SERVICE),
        (408, "anything", Fault.ASLEEP),
        (409, "new", Fault.BAD_REQUEST),
        (412, "Not Supported", Fault.UNSUPPORTED),
        (500, "", Fault.SERVER_ERROR),
        (511, "", Fault.SERVER_ERROR),
        (599, "mobile_access_disabled", Fault.SERVER_ERROR),
    ],
)
def test_other_words(status: int, words: str, fault: Fault) -> None:
    """The status decides where the words are new; case is of no account."""
    assert error(status, words).fault is fault


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, ""),
        ([], ""),
        ("text", ""),
        (5, ""),
        ({}, ""),
        ({"error": None, "error_description": None}, ""),
        ({"error": "", "error_description": "described"}, "described"),
        ({"error": "short", "error_description": "described"}, "short"),
        ({"error": ["a"]}, "['a']"),
        ({"error": {"code": 5}}, "{'code': 5}"),
    ],
)
def test_odd_bodies(body: Any, words: str) -> None:
    """An odd body costs the words, not the fault."""
    found = error_of_answer(408, body, {}, NOW)
    assert (found.fault, found.words) == (Fault.ASLEEP, words)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": "30"}, 30.0),
        ({"Retry-After": " 30 "}, 30.0),
        ({"Retry-After": "0.25"}, 0.25),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"Retry-After": "Mon, 23 Nov 2026 13:01:00 +0100"}, 60.0),
        ({"Retry-After": "Mon, 23 Nov 2026 12:01:00 -0000"}, 60.0),
        ({"Retry-After": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "Infinity"}, None),
        ({"Retry-After": "Mon, 99 Foo 2026 12:00:00 GMT"}, None),
        ({"Retry-After": "Mon, 23 Nov 99999 12:00:00 GMT"}, None),
        ({"Retry-After": "23 Nov"}, None),
        ({"RateLimit-Reset": "45"}, 45.0),
        ({"ratelimit-reset": "45.5"}, 45.5),
        ({"RateLimit-Reset": "garbage"}, None),
        ({"Retry-After": "30", "RateLimit-Reset": "45"}, 30.0),
        ({"Retry-After": "soon", "RateLimit-Reset": "45"}, 45.0),
        ({"Retry-After": "", "RateLimit-Reset": "45"}, 45.0),
    ],
)
def test_when_to_try_again(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, a fraction or a date, of Retry-After before RateLimit-Reset; garbage says nothing."""
    assert retry_after(CIMultiDict(headers), NOW) == seconds


@given(st.text(), st.text())
def test_no_header_raises(first: str, second: str) -> None:
    """Whatever the headers hold, there is a finite number of seconds or none."""
    found = retry_after({"Retry-After": first, "RateLimit-Reset": second}, NOW)
    assert found is None or 0 <= found < float("inf")


@given(st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,6} (Jan|Nov|Foo) \d{1,6} \d{1,3}:\d{1,3}:\d{1,3} ?(GMT|[+-]\d{1,9}|X)?\Z"))
def test_no_date_raises(text: str) -> None:
    """Nor does anything that looks like a date."""
    found = retry_after({"Retry-After": text}, NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize("status", [429, 503])
def test_answers_that_say_when(status: int) -> None:
    """Too many and unavailable are the answers whose Retry-After counts."""
    assert error(status, Retry_After="12").retry_after == 12.0


@pytest.mark.parametrize("status", [400, 401, 403, 408, 412, 500, 502, 504, 540])
def test_answers_that_do_not_say_when(status: int) -> None:
    """On any other answer it is noise."""
    assert error(status, Retry_After="12").retry_after is None


@pytest.mark.parametrize(
    ("failure", "may_have"),
    [
        (FleetError(Fault.NO_ANSWER), True),
        (FleetError(Fault.BAD_ANSWER, status=200), True),
        (error(500), True),
        (error(502), True),
        (error(503), False),
        (error(504), True),
        (error(540), True),
        (error(400), False),
        (error(401), False),
        (error(403), False),
        (error(408), False),
        (error(421), False),
        (error(429), False),
        (error(499), False),
        (FleetError(Fault.REFUSED, "disconnected", status=200), False),
        (FleetError(Fault.LOGIN_REQUIRED), False),
    ],
)
def test_may_have_succeeded(failure: FleetError, may_have: bool) -> None:
    """What got no answer, or a 5xx other than 503, may have been done (fleet_api.md 9)."""
    assert failure.may_have_succeeded is may_have


@pytest.mark.parametrize("secret", [VIN, EMAIL, TOKEN])
@pytest.mark.parametrize("around", ["{}", "vehicle {} is gone", "'{}'", "id={};", "({}, {})"])
def test_no_secret_in_the_words(secret: str, around: str) -> None:
    """Neither the words nor the exception's text hold what is private."""
    failure = error(404, around.replace("{}", secret))
    for text in (failure.words, str(failure), repr(failure)):
        assert secret not in text
        assert secret.lower() not in text.lower()
        assert "hara+tesla" not in text
    assert "…" in failure.words


def test_the_rest_of_the_words_stays() -> None:
    """What is not private is what support asks for."""
    failure = error(404, f"vehicle {VIN} of {EMAIL} not_found with {TOKEN} (a1b2c3)")
    assert failure.words.startswith("vehicle … of ")
    assert "not_found with … (a1b2c3)" in failure.words


def test_words_are_short() -> None:
    """A page in the place of a word does not fill the log, and what is cut is cut after the scrubbing."""
    assert len(error(400, "x" * 5_000).words) == 200
    assert VIN[:10] not in error(400, "x " * 95 + VIN).words


@given(st.integers(300, 599), st.dictionaries(st.sampled_from(["error", "error_description", "txid"]), st.text()))
def test_any_answer_is_an_error(status: int, body: dict[str, str]) -> None:
    """Every status and body is some fault."""
    found = error_of_answer(status, body, {}, NOW)
    assert isinstance(found.fault, Fault)
    assert found.status == status
