"""What is asked seldom, of a car or of the account itself: one row a question (fleet_api.md 1.8, 5.1 and 5.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from .errors import Fault, FleetError
from .scopes import Scope


class Topic(StrEnum):
    """What can be asked about; the value is the key of its name."""

    NEARBY = "nearby_charging_sites"
    ALERTS = "recent_alerts"
    RELEASE_NOTES = "release_notes"
    SERVICE = "service_data"
    MOBILE_ACCESS = "mobile_enabled"
    DRIVERS = "drivers"
    INVITATIONS = "invitations"
    OPTIONS = "options"
    WARRANTY = "warranty"
    UPGRADES = "upgrades"
    SUBSCRIPTIONS = "subscriptions"
    PROFILE = "me"
    ORDERS = "orders"
    FEATURES = "feature_config"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request that has its time: where it goes, and the scopes of which one is enough.

    by_query: whether the car is named in the query, and not in the path.
    """

    path: str
    scopes: frozenset[Scope]
    method: str = "GET"
    by_query: bool = False


_CAR: Final = "api/1/vehicles/{vin}"
_DX: Final = "api/1/dx"
_DATA: Final = frozenset({Scope.VEHICLE_DEVICE_DATA})
_COMMANDS: Final = frozenset({Scope.VEHICLE_CMDS})
_PERSON: Final = frozenset({Scope.USER_DATA})

# The scope of `mobile_enabled` and of the four of `dx` today is UNCONFIRMED; whether those answer at all is, too.
QUESTIONS: Final[Mapping[Topic, Question]] = {
    Topic.NEARBY: Question(path=f"{_CAR}/nearby_charging_sites", scopes=_DATA),
    Topic.ALERTS: Question(path=f"{_CAR}/recent_alerts", scopes=_DATA),
    Topic.RELEASE_NOTES: Question(path=f"{_CAR}/release_notes", scopes=_DATA),
    Topic.SERVICE: Question(path=f"{_CAR}/service_data", scopes=_DATA),
    Topic.MOBILE_ACCESS: Question(path=f"{_CAR}/mobile_enabled", scopes=_COMMANDS),
    Topic.DRIVERS: Question(path=f"{_CAR}/drivers", scopes=_DATA),
    Topic.INVITATIONS: Question(path=f"{_CAR}/invitations", scopes=_COMMANDS),
    Topic.OPTIONS: Question(path=f"{_DX}/vehicles/options", scopes=_DATA, by_query=True),
    Topic.WARRANTY: Question(path=f"{_DX}/warranty/details", scopes=_DATA, by_query=True),
    Topic.UPGRADES: Question(path=f"{_DX}/vehicles/upgrades/eligibility", scopes=_DATA, by_query=True),
    Topic.SUBSCRIPTIONS: Question(path=f"{_DX}/vehicles/subscriptions/eligibility", scopes=_DATA, by_query=True),
    Topic.PROFILE: Question(path="api/1/users/me", scopes=_PERSON),
    Topic.ORDERS: Question(path="api/1/users/orders", scopes=_PERSON),
    Topic.FEATURES: Question(path="api/1/users/feature_config", scopes=_PERSON),
}

CREATE_INVITATION: Final = Question(path=f"{_CAR}/invitations", scopes=_COMMANDS, method="POST")
REVOKE_INVITATION: Final = Question(path=f"{_CAR}/invitations/{{id}}/revoke", scopes=_COMMANDS, method="POST")
REDEEM_INVITATION: Final = Question(path="api/1/invitations/redeem", scopes=_COMMANDS, method="POST")
REMOVE_DRIVER: Final = Question(path=f"{_CAR}/drivers", scopes=_COMMANDS, method="DELETE")

# Whether these are still answered nobody knows (fleet_api.md 5.1): they are asked once, and no is the last word.
PROBED: Final = frozenset({Topic.OPTIONS, Topic.WARRANTY, Topic.UPGRADES, Topic.SUBSCRIPTIONS})

# Asking the same again at once is of no use after a refusal of these kinds.
LASTING: Final = frozenset(
    {Fault.BAD_REQUEST, Fault.MISSING_SCOPES, Fault.NOT_FOUND, Fault.REFUSED_BEFORE, Fault.UNSUPPORTED}
)


class Door(Protocol):
    """Where requests leave."""

    async def request(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send one request; raises FleetError."""


async def ask(
    door: Door,
    question: Question,
    vin: str | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    **path: str,
) -> Any:
    """Return what is in the answer, an object, a list or whatever Tesla has put there; raises FleetError.

    The endpoints of `dx` have been seen with and without `response` around what they tell (fleet_api.md 4.1).
    """
    named = {name: _worded(value) for name, value in (params or {}).items()}
    if question.by_query:
        named["vin"] = vin
    answer = await door.request(question.method, question.path.format(vin=vin, **path), named or None, body)
    return answer.get("response", answer)


def _worded(value: object) -> object:
    """Return a value as a query has it."""
    return str(value).lower() if isinstance(value, bool) else value


def items(answer: object, key: str | None = None) -> list[dict[str, Any]]:
    """Return the objects of a list, or of the list under a key of an object; what is none is left out."""
    if key is not None and isinstance(answer, dict):
        answer = answer.get(key)
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []


def is_lasting(err: FleetError) -> bool:
    """Whether asking the same again soon would be of no use."""
    return err.fault in LASTING


def is_for_good(topic: str, fault: str | None) -> bool:
    """Whether a refusal stays what it is until the scopes are others; what Tesla does not explain may pass."""
    return topic in PROBED or fault == Fault.MISSING_SCOPES
