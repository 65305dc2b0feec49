"""The price of freshness: how dear a second of age has to be so that the money lasts until the month ends."""

from collections.abc import Iterable
from decimal import Decimal
from math import inf
from typing import Final

_DAY_S: Final = 86_400.0
_LEAST_S: Final = 3_600.0


def price_of_freshness(left: Iterable[tuple[Decimal, float]], price: Decimal, appetite: float) -> float:
    """Return k in seconds; infinite where there is no money for a read.

    left: for each calendar that the budget must hold in, the dollars that are left for reads and the seconds that they
    have to last. price: dollars a read, which costs something. appetite: k times reads a day of all that is read, in
    seconds (charging.md 3.2).
    """
    return max((_one(dollars, seconds, price, appetite) for dollars, seconds in left), default=inf)


def _one(dollars: Decimal, seconds: float, price: Decimal, appetite: float) -> float:
    if dollars < price:
        return inf
    return float(price) * appetite * max(seconds, _LEAST_S) / _DAY_S / float(dollars)
