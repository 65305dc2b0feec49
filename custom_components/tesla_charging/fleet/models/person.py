"""The person that an account belongs to (fleet_api.md 1.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .parse import parse, read_as

_CLEARS = read_as(clears=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """An order, in Tesla's words; its reference number and its VIN are not kept."""

    status: str | None = field(default=None, metadata=read_as(key="orderStatus"))
    substatus: str | None = field(default=None, metadata=read_as(key="orderSubstatus"))
    model_code: str | None = field(default=None, metadata=read_as(key="modelCode"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """What was told of a person. order: the first of the orders. features: the feature flags, as Tesla tells them.

    pictured_at: since when it has this picture, as far as was seen.
    """

    full_name: str | None = None
    profile_image_url: str | None = field(default=None, metadata=_CLEARS)
    pictured_at: datetime | None = None
    order: Order = field(default_factory=Order)
    orders: int | None = None
    features: dict[str, Any] | None = None
    asked_at: datetime | None = None


def flags(told: object) -> dict[str, bool]:
    """Return the switches of the feature flags by their dotted names; what is no switch may be private and is left out."""
    found: dict[str, bool] = {}

    def walk(part: object, name: str) -> None:
        if isinstance(part, bool):
            found[name] = part
        elif isinstance(part, Mapping):
            for key, value in part.items():
                walk(value, f"{name}.{key}" if name else str(key))

    walk(told, "")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeAddress:
    """Where a person lives, by Tesla's word."""

    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None


# Tesla's scope table promises the home address, and no page says where it is told (fleet_api.md 1.6, 1.8): these are
# names that it may have in the profile (UNCONFIRMED).
_HOMES = ("home_address", "address")


def home_of(profile: object) -> HomeAddress:
    """Return the home address of a profile, an empty one where none is told."""
    if isinstance(profile, Mapping):
        for name in _HOMES:
            told = profile.get(name)
            home = parse(HomeAddress, told if isinstance(told, Mapping) else {"address": told})
            if home != HomeAddress():
                return home
    return HomeAddress()
