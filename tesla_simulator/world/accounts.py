"""People who own cars and sites."""

from dataclasses import dataclass, field
from typing import Literal

from .car import Car
from .site import Site


@dataclass(eq=False, kw_only=True)
class Account:
    """A Tesla account; sub is a UUID."""

    sub: str
    email: str
    full_name: str
    password: str
    profile_image_url: str = ""
    region: Literal["na", "eu", "cn"] = "eu"
    cars: list[Car] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    orders: list[dict[str, object]] = field(default_factory=list)
