"""What a polling policy sees of Tesla in a benchmark, and what it has to be.

The same policy runs on a pure life in a second (polling_fast.py) and against the simulated Tesla (polling_tesla.py):
neither needs Home Assistant. Neither asks for anything of itself; all that is asked is the policy's doing.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple, Protocol

from .life import Truth


class Hint(NamedTuple):
    """A car on the Wall Connector at home, as the energy site's `live_status` tells of it."""

    charging: bool
    power_kw: float


class Shown(NamedTuple):
    """What Home Assistant would show of a car."""

    plugged: bool
    charging: bool
    driving: bool


class Tesla(Protocol):
    """Tesla, to a policy."""

    @property
    def cars(self) -> Sequence[str]:
        """The names of the cars."""

    @property
    def spent_usd(self) -> float:
        """What was billed since the month began."""

    async def online(self) -> Mapping[str, bool]:
        """List the cars, awake or not: free, and the cars do not notice."""

    async def site(self) -> Mapping[str, Hint]:
        """Read the energy site: the cars that hang on it; free, and empty where there is no site."""

    async def read(self, car: str) -> Truth | None:
        """Read `vehicle_data`: a fifth of a cent, asleep or not; None for a car that sleeps."""

    def show(self, car: str, shown: Shown) -> None:
        """Show what follows for free from what is known; a read shows by itself."""


class Policy(Protocol):
    """When to ask."""

    async def step(self, now: float, tesla: Tesla) -> float:
        """Ask what is worth asking at this moment; return the moment of the next step, in seconds like `now`."""


def phase(seed: int) -> float:
    """Return the second at which polling begins: no grid of minutes falls on the full hours of people's schedules."""
    return Random(f"phase/{seed}").uniform(1, 599)
