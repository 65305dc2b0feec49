"""A client of the pure package on its test bench: tokens by hand, and a record of what it paid and where it went."""

from dataclasses import dataclass, field

import aiohttp
import pytest

from custom_components.tesla_charging.fleet.client import FleetClient
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from custom_components.tesla_charging.fleet.paying import Booking, PriceClass
from custom_components.tesla_charging.fleet.regions import region_table
from tesla_simulator import Simulator


@dataclass
class Keeper:
    """Tokens that a test hands out, the next one at each renewal."""

    tokens: list[str]
    refused: list[str] = field(default_factory=list)

    async def access_token(self) -> str:
        """Return the token of now."""
        return self.tokens[0]

    async def renew(self, refused: str) -> str:
        """Go on to the next token, if there is one."""
        self.refused.append(refused)
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]


class _Paid:
    """A request that was paid for."""

    def __init__(self, kind: PriceClass, paid: list[PriceClass]) -> None:
        self._kind = kind
        self._paid = paid

    async def async_take_back(self, *, sent: bool) -> None:
        self._paid.remove(self._kind)

    async def async_answered(self, fault: Fault | None) -> None:
        pass


class Payer:
    """Pays for everything."""

    def __init__(self) -> None:
        """Begin with nothing paid; `booked` has what was taken back, too."""
        self.paid: list[PriceClass] = []
        self.booked: list[PriceClass] = []

    async def __call__(self, kind: PriceClass) -> Booking:
        """Pay for a request."""
        self.paid.append(kind)
        self.booked.append(kind)
        return _Paid(kind, self.paid)


@dataclass
class Bench:
    """A client on its test bench."""

    sim: Simulator
    client: FleetClient
    keeper: Keeper
    payer: Payer = field(default_factory=Payer)
    regions: list[str] = field(default_factory=list)

    @property
    def paid(self) -> list[PriceClass]:
        """What was paid for."""
        return self.payer.paid

    @property
    def hosts(self) -> list[tuple[str, str, int]]:
        """Where each request went, and how it ended."""
        return [(request.host, request.endpoint, request.status) for request in self.sim.requests]

    async def fails(self) -> FleetError:
        """Ask for the products, in vain."""
        with pytest.raises(FleetError) as caught:
            await self.client.products()
        return caught.value


def make_bench(sim: Simulator, session: aiohttp.ClientSession, region_id: str, *tokens: str) -> Bench:
    """Make a client with these tokens."""
    keeper, payer, moves, table = Keeper([*tokens]), Payer(), list[str](), region_table()
    client = FleetClient(
        session, keeper, table[region_id], table, pay=payer, on_region=lambda region: moves.append(region.id)
    )
    return Bench(sim, client, keeper, payer, moves)
