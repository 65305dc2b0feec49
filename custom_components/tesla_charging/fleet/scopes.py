"""Tesla's scopes, and what a person can wish for in their terms (fleet_api.md 1.6)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """A right that a user can grant to an app, in the order in which Tesla's page lists them."""

    OPENID = "openid"
    OFFLINE_ACCESS = "offline_access"
    USER_DATA = "user_data"
    VEHICLE_DEVICE_DATA = "vehicle_device_data"
    VEHICLE_LOCATION = "vehicle_location"
    VEHICLE_CMDS = "vehicle_cmds"
    VEHICLE_CHARGING_CMDS = "vehicle_charging_cmds"
    ENERGY_DEVICE_DATA = "energy_device_data"
    ENERGY_CMDS = "energy_cmds"


class Wish(StrEnum):
    """What a person wants, the first question of the set-up."""

    SEE = "see"
    CONTROL = "control"
    EVERYTHING = "everything"
    ENERGY = "energy"
    CHOOSE = "choose"


SIGN_IN: Final = frozenset({Scope.OPENID, Scope.OFFLINE_ACCESS})
_SEE = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA, Scope.ENERGY_DEVICE_DATA}

# Location is not in any wish: it is asked for apart.
WISHES: Final[dict[Wish, frozenset[Scope]]] = {
    Wish.SEE: _SEE,
    Wish.CONTROL: _SEE | {Scope.VEHICLE_CHARGING_CMDS, Scope.ENERGY_CMDS},
    Wish.EVERYTHING: frozenset(Scope) - {Scope.VEHICLE_LOCATION},
    Wish.ENERGY: SIGN_IN | {Scope.ENERGY_DEVICE_DATA, Scope.ENERGY_CMDS},
}

# The scopes that a product cannot be shown without.
DATA: Final = frozenset({Scope.VEHICLE_DEVICE_DATA, Scope.ENERGY_DEVICE_DATA})

# Either of these lets a charging command through (fleet_api.md 6.1).
CHARGING: Final = frozenset({Scope.VEHICLE_CHARGING_CMDS, Scope.VEHICLE_CMDS})


def ordered(scopes: Iterable[str]) -> list[str]:
    """Return scopes in the order of Tesla's page, unknown ones last, by name."""
    known = [scope.value for scope in Scope]
    return sorted(set(scopes), key=lambda scope: (known.index(scope) if scope in known else len(known), scope))


def wish_of(scopes: Iterable[str]) -> Wish:
    """Return the wish that these scopes are the answer to, location aside."""
    wanted = set(scopes) - {Scope.VEHICLE_LOCATION}
    return next((wish for wish, answer in WISHES.items() if answer == wanted), Wish.CHOOSE)
