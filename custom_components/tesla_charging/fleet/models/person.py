"""The person that an account belongs to (fleet_api.md 1.8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .parse import parse, read_as

_CLEARS = read_as(clears=True)
# No page lists the states of an order (UNCONFIRMED): these are words for an end; any other is still on its way.
_OVER = frozenset({"delivered", "completed", "complete", "closed", "cancelled", "canceled"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """An order, in Tesla's words; its reference number and its VIN are not kept. number: its place in Tesla's list, from 1."""

    number: int | None = None
    status: str | None = field(default=None, metadata=read_as(key="orderStatus"))
    substatus: str | None = field(default=None, metadata=read_as(key="orderSubstatus"))
    model_code: str | None = field(default=None, metadata=read_as(key="modelCode"))

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come of it."""
        return self.status is not None and self.status.strip().casefold() in _OVER


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """What was told of a person. features: the feature flags, as Tesla tells them.

    order: the first of those that are still to come, else the first. others: the rest, as Tesla lists them. orders: how many there are.
    pictured_at: since when it has this picture, as far as was seen.
    """

    full_name: str | None = None
    profile_image_url: str | None = field(default=None, metadata=_CLEARS)
    pictured_at: datetime | None = None
    order: Order = field(default_factory=Order)
    others: tuple[Order, ...] = field(default=(), metadata=read_as(by="number"))
    orders: int | None = None
    features: dict[str, Any] | None = None
    asked_at: datetime | None = None


def with_orders(known: Person, told: Iterable[Mapping[str, Any]]) -> Person:
    """Return a person with the orders that Tesla lists."""
    orders = [replace(parse(Order, one), number=number) for number, one in enumerate(told, 1)]
    coming = [one for one in orders if not one.is_over]
    shown = next(iter([*coming, *orders]), Order())
    others = tuple(one for one in orders if one is not shown)
    return replace(known, orders=len(orders), order=shown, others=others)


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
