"""How often what is not planned by itself is read (a car's reads: policy.py)."""

from datetime import timedelta
from math import sqrt
from typing import Final

# The car list says who is awake, and costs nothing as far as is known: a minute is what other programs have asked for
# a year without a bill (fleet_api.md 8). Without cars only new products are looked for.
PRODUCTS_WITH_CARS: Final = timedelta(minutes=1)
PRODUCTS: Final = timedelta(minutes=10)
SITE_LIVE: Final = timedelta(minutes=1)
SITE_INFO: Final = timedelta(hours=1)
# Tesla's rows are of five minutes.
SITE_TODAY: Final = timedelta(minutes=5)

# What a second of age of these costs, beside one of a charging car, where Tesla counts them as data.
PRODUCTS_WEIGHT: Final = 0.02
SITE_LIVE_WEIGHT: Final = 0.02
SITE_INFO_WEIGHT: Final = 0.0002
SITE_TODAY_WEIGHT: Final = 0.0005
_LONGEST: Final = timedelta(hours=6)

# A product that is missing from the list for so long has gone: Tesla leaves some out at times.
GONE_AFTER: Final = timedelta(minutes=15)

# Seconds after a command at which it is looked at: a site's settings take Tesla's cloud a moment. A car shows most commands
# within the first two; the third decides, and where it was a no, the fourth finds what the car did late.
CONFIRM_SITE: Final = (5,)
CONFIRM_VEHICLE: Final = (2, 7, 15, 40)


def interval(usual: timedelta, weight: float, k: float) -> timedelta:
    """Return how long to wait: as usual where a read costs nothing, k being 0, else as the money allows. k: seconds."""
    return max(usual, min(timedelta(seconds=min(k, 1e6) / sqrt(weight)), _LONGEST))


def appetite(weight: float) -> float:
    """Return the appetite in seconds of what is read all day long (habits.py)."""
    return 86_400.0 * sqrt(weight)
