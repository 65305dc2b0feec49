"""Unsigned commands as the cars understand them: where REST has other words or numbers than the protobuf (fleet_api.md 6.4)."""

from collections.abc import Callable

from .model import Behaviour
from .world import InvalidParameter

type Body = dict[str, object]

QUEUED = frozenset({"navigation_request"})
"""Commands whose answer says `queued` and gives no reason (6.4)."""


def _seat_heater(body: Body, behaviour: Behaviour) -> Body:
    """Tesla's docs say `seat_position`, tesla-fleet-api sends `heater`."""
    keys = ("seat_position", "heater") if behaviour.seat_heater_key == "both" else (behaviour.seat_heater_key,)
    seat = next((body[key] for key in keys if key in body), None)
    return {**body, "seat_position": seat}


def _seat_cooler(body: Body, behaviour: Behaviour) -> Body:
    level = body.get("seat_cooler_level")
    if not behaviour.seat_cooler_from_one or isinstance(level, bool) or not isinstance(level, int):
        return body
    return {**body, "seat_cooler_level": level - 1}


def _sun_roof(body: Body, behaviour: Behaviour) -> Body:
    """Only the signed protocol opens it."""
    if body.get("state") == "open":
        raise InvalidParameter("invalid state param")
    return body


TRANSLATED: dict[str, Callable[[Body, Behaviour], Body]] = {
    "remote_seat_heater_request": _seat_heater,
    "remote_seat_cooler_request": _seat_cooler,
    "sun_roof_control": _sun_roof,
}


def understood(name: str, body: Body, behaviour: Behaviour) -> Body:
    """Return the body for the car; raises InvalidParameter."""
    return TRANSLATED[name](body, behaviour) if name in TRANSLATED else body
