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
    profile_image_url: str = ""  # with {api} for the base URL of its region
    backup_key: str | None = None
    region: Literal["na", "eu", "cn"] = "eu"
    cars: list[Car] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    orders: list[dict[str, object]] = field(default_factory=list)


def make_order(number: int, vin: str = "", *, model: str = "my", status: str = "BOOKED") -> dict[str, object]:
    """Return an item of `users/orders`; a car that is not built yet has no VIN."""
    return {
        "vehicleMapId": 1_234_466 + number,
        "referenceNumber": f"RN{number:08}",
        "vin": vin or None,
        "orderStatus": status,
        "orderSubstatus": "_Z",
        "modelCode": model,
        "countryCode": "DE",
        "locale": "de_DE",
        "mktOptions": "APBS,DV2W,IBB1,PMNG,PRMY1,SC04,MDLY,WY19P,MTY46,STY5S,CPF0",
        "isB2b": False,
    }
