"""What an access token says of itself, however odd it is."""

import base64
from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.fleet.claims import Claims
from tesla_simulator.tokens import access_claims, sign

NOTHING = Claims()
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def part(value: object) -> str:
    """Encode a part of a JWT."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(payload: object, header: object = None) -> str:
    """Make a JWT that nobody has signed."""
    return f"{part({'alg': 'RS256'} if header is None else header)}.{part(payload)}.{part(b'signature')}"


def test_a_real_token() -> None:
    """Every claim of a token as Tesla signs it is read."""
    claims = access_claims("https://issuer", "user-1", "client", "eu", ["https://a", "https://b"], ["openid", "x"])
    found = Claims.read(sign(claims))
    assert found == Claims(
        subject="user-1",
        scopes=frozenset({"openid", "x"}),
        region="eu",
        audience=("https://a", "https://b"),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def test_an_expired_token_is_still_read() -> None:
    """Claims route and gate; whether the token is good is for Tesla to say."""
    found = Claims.read(token({"sub": "a", "exp": 1, "nbf": 4_000_000_000, "iat": 4_000_000_000}))
    assert found.subject == "a"
    assert found.expires_at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert found.issued_at == datetime.fromtimestamp(4_000_000_000, UTC)


@pytest.mark.parametrize(
    ("claims", "field", "expected"),
    [
        ({"sub": ""}, "subject", None),
        ({"sub": 5}, "subject", None),
        ({"sub": None}, "subject", None),
        ({}, "subject", None),
        ({"scp": ["openid", "enterprise_management", 5, None, ["x"]]}, "scopes", {"openid", "enterprise_management"}),
        ({"scp": "openid  energy_cmds"}, "scopes", {"openid", "energy_cmds"}),
        ({"scp": {"openid": True}}, "scopes", frozenset()),
        ({"scp": None}, "scopes", frozenset()),
        ({}, "scopes", frozenset()),
        ({"ou_code": "EU"}, "region", "eu"),
        ({"ou_code": "AP"}, "region", "ap"),
        ({"ou_code": ""}, "region", None),
        ({"ou_code": ["EU"]}, "region", None),
        ({"aud": "https://a"}, "audience", ("https://a",)),
        ({"aud": ["https://a", 5, "https://b"]}, "audience", ("https://a", "https://b")),
        ({"aud": {"a": 1}}, "audience", ()),
        ({"exp": "soon"}, "expires_at", None),
        ({"exp": 1e300}, "expires_at", None),
        ({"exp": -1e300}, "expires_at", None),
        ({"exp": float("nan")}, "expires_at", None),
        ({"exp": float("inf")}, "expires_at", None),
        ({"exp": [1]}, "expires_at", None),
        ({"iat": "yesterday"}, "issued_at", None),
        ({"iat": 1.5}, "issued_at", datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
    ],
)
def test_one_odd_claim(claims: dict[str, Any], field: str, expected: object) -> None:
    """An odd claim is empty, and spoils no other."""
    found = Claims.read(token({"jti": "1", **claims}))
    assert getattr(found, field) == expected
    beside = Claims.read(token({"sub": "user-1", "ou_code": "NA", "aud": [], **claims}))
    if "sub" not in claims:
        assert beside.subject == "user-1"
    if "ou_code" not in claims:
        assert beside.region == "na"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        5,
        b"bytes",
        [],
        {},
        "a.b.c",
        "a.b",
        "....",
        "\ud800",
        "Bearer x",
        token([]),
        token("text"),
        token(None),
        token(5),
        token(b"\xff\xfe"),
        token(b"{"),
        token(b"[" * 100_000),
        token(b'{"sub":' * 100_000),
        token({"sub": "a"}, b"["),
        token({"sub": "a"}, []),
        token({"sub": "a"}, {"alg": "RS256", "kid": 5}),
    ],
)
def test_no_token_at_all(value: object) -> None:
    """What is no token says nothing."""
    assert Claims.read(value) == NOTHING


@given(st.one_of(JSON_VALUES, st.binary()))
def test_reading_never_raises(value: object) -> None:
    """Any value in the place of a token is read without an exception."""
    assert isinstance(Claims.read(value), Claims)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("sub", "scp", "ou_code", "aud", "iat", "exp", "nbf", "iss", "jti"), JSON_VALUES)
    ),
    st.fixed_dictionaries({"alg": JSON_VALUES}, optional=dict.fromkeys(("kid", "crit", "b64", "typ"), JSON_VALUES)),
)
def test_any_claims_are_read(claims: dict[str, Any], header: dict[str, Any]) -> None:
    """Any claims and header: no exception, and every field is of its type."""
    found = Claims.read(token(claims, header))
    assert found.subject is None or (isinstance(found.subject, str) and found.subject)
    assert found.region is None or (isinstance(found.region, str) and found.region)
    assert all(isinstance(item, str) for item in (*found.scopes, *found.audience))
    for moment in (found.issued_at, found.expires_at):
        assert moment is None or moment.tzinfo is UTC
