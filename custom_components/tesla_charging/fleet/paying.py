"""What a request counts as, and how it is paid for: once for each time that it really leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
import re
from typing import Final, Protocol

import aiohttp

from .errors import Fault


class PriceClass(StrEnum):
    """What Tesla bills alike (fleet_api.md 8); the last three have no published price."""

    DATA = "data"
    COMMAND = "command"
    WAKE = "wake"
    STREAMING = "streaming"
    LIST = "list"
    ENERGY = "energy"
    ACCOUNT = "account"


# The first pattern that a path matches says its class; what is unknown counts as data. `fleet_status` and what is asked seldom
# are asked of the cloud like a list of cars (UNCONFIRMED, fleet_api.md 3.3 and 5.1). What Superchargers have billed has no
# known price (4.1): it is data.
_PRICE_CLASSES: Final = tuple(
    (re.compile(pattern), price_class)
    for pattern, price_class in (
        (r"/(command/\w+|signed_command)$", PriceClass.COMMAND),
        (r"/wake_up$", PriceClass.WAKE),
        (r"^api/1/(products|vehicles(/[A-Za-z0-9]+|/fleet_status)?)$", PriceClass.LIST),
        (r"^api/1/vehicles/\w+/(mobile_enabled|recent_alerts|release_notes|service_data|drivers)$", PriceClass.LIST),
        (r"^api/1/(vehicles/\w+/)?invitations(/|$)", PriceClass.LIST),
        (r"^api/1/energy_sites/", PriceClass.ENERGY),
        (r"^api/1/(users|partner_accounts)(/|$)", PriceClass.ACCOUNT),
    )
)
# How many requests have left for what is being done; who wants to know begins to count.
_SENT: Final[ContextVar[list[PriceClass] | None]] = ContextVar("sent", default=None)
# A request that ended so has not left.
_NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@contextmanager
def sent_within() -> Iterator[list[PriceClass]]:
    """Give the list of what has left within: one item each time, whatever has become of it."""
    sent = list[PriceClass]()
    reset = _SENT.set(sent)
    try:
        yield sent
    finally:
        _SENT.reset(reset)


def price_class(path: str) -> PriceClass:
    """Return the class of a path such as "api/1/vehicles/VIN/wake_up"."""
    return next((found for pattern, found in _PRICE_CLASSES if pattern.search(path)), PriceClass.DATA)


class Booking(Protocol):
    """A request that is paid for."""

    async def async_take_back(self, *, sent: bool) -> None:
        """Note that it costs nothing: it has not left, or it was sent and Tesla was out of order."""

    async def async_answered(self, fault: Fault | None) -> None:
        """Note how Tesla has answered it: with a fault, or well (None)."""


class Pay(Protocol):
    """Where requests are paid for."""

    async def __call__(self, kind: PriceClass) -> Booking:
        """Pay for a request that is about to leave; raises FleetError where it must not."""


class Till:
    """An aiohttp middleware that pays for one request, which aiohttp may send twice by itself (a reset connection)."""

    def __init__(self, pay: Pay, kind: PriceClass) -> None:
        """Pay for a request of this class."""
        self._pay = pay
        self._kind = kind
        self._booking: Booking | None = None

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Pay, then send; what is certain to cost nothing is taken back (fleet_api.md 8), what is uncertain is not."""
        booking = self._booking = await self._pay(self._kind)
        try:
            response = await handler(request)
        except _NOT_SENT:
            await booking.async_take_back(sent=False)
            raise
        except BaseException:
            self._note_sent()
            raise
        self._note_sent()
        if response.status >= 500:
            await booking.async_take_back(sent=True)
        return response

    def _note_sent(self) -> None:
        if (sent := _SENT.get()) is not None:
            sent.append(self._kind)

    async def async_answered(self, fault: Fault | None) -> None:
        """Note how Tesla has answered."""
        if self._booking is not None:
            await self._booking.async_answered(fault)
