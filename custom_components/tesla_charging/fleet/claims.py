"""What Tesla's access token says about itself (fleet_api.md 1.5)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import jwt


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """The claims of an access token; used to route and to gate, never as a proof of identity."""

    subject: str | None = None
    scopes: frozenset[str] = frozenset()
    region: str | None = None
    audience: tuple[str, ...] = ()
    issued_at: datetime | None = None
    expires_at: datetime | None = None

    @classmethod
    def read(cls, access_token: object) -> Self:
        """Read a JWT without its signature, which Tesla checks; anything odd in it becomes empty."""
        try:
            claims: dict[str, Any] = jwt.decode(str(access_token), options={"verify_signature": False})
        except jwt.InvalidTokenError, ValueError:
            return cls()
        subject, region = claims.get("sub"), claims.get("ou_code")
        return cls(
            subject=subject if isinstance(subject, str) and subject else None,
            scopes=frozenset(_strings(claims.get("scp"))),
            region=region.lower() if isinstance(region, str) and region else None,
            audience=_strings(claims.get("aud")),
            issued_at=_time(claims.get("iat")),
            expires_at=_time(claims.get("exp")),
        )


def _strings(value: object) -> tuple[str, ...]:
    """Return the strings of a list, or of a blank-separated string."""
    items = value.split() if isinstance(value, str) else value if isinstance(value, list) else ()
    return tuple(item for item in items if isinstance(item, str))


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None
    except ValueError, OverflowError, OSError:
        return None
