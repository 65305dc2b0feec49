"""What an answer of Tesla costs: what Tesla has published, and what is believed of the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from ..fleet.paying import PriceClass

# Dollars an answer below 500, for streaming dollars a signal (fleet_api.md 8).
PRICES: Final[Mapping[PriceClass, Decimal]] = {
    PriceClass.DATA: Decimal(1) / 500,
    PriceClass.COMMAND: Decimal(1) / 1000,
    PriceClass.WAKE: Decimal(1) / 50,
    PriceClass.STREAMING: Decimal(1) / 150_000,
}


class Belief(StrEnum):
    """What is believed of a class that has no published price."""

    FREE = "free"
    COUNTED = "counted"


# The classes without a published price, each with the key of the sentence that says why it is believed to be free.
UNPRICED: Final[Mapping[PriceClass, str]] = {
    PriceClass.LIST: "reported_free",
    PriceClass.ENERGY: "said_to_be_free",
    PriceClass.ACCOUNT: "seldom_asked",
}


@dataclass(frozen=True)
class Prices:
    """Dollars an answer, with the beliefs of a person; a class that nothing is believed of is free."""

    beliefs: Mapping[PriceClass, Belief] = field(default_factory=dict)

    def belief(self, kind: PriceClass) -> Belief | None:
        """Return what is believed of a class; None where Tesla has published the price."""
        return self.beliefs.get(kind, Belief.FREE) if kind in UNPRICED else None

    def of(self, kind: PriceClass) -> Decimal:
        """Return the dollars for one answer."""
        if kind in PRICES:
            return PRICES[kind]
        return PRICES[PriceClass.DATA] if self.belief(kind) is Belief.COUNTED else Decimal(0)

    def cost(self, counts: Mapping[PriceClass, int]) -> Decimal:
        """Return the dollars for so many answers of each class."""
        return sum((self.of(kind) * count for kind, count in counts.items()), Decimal(0))
