"""The client: every request to Fleet API goes through one door, `_Door._request`.

tesla-fleet-api knows the endpoints and how to sign; the door beneath it is ours, because a request must be paid for,
must end in time, must not be logged with its secrets, and must fail with one kind of exception.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
import logging
from typing import Any, Final, Protocol, cast, override
from urllib.parse import quote

import aiohttp
from tesla_fleet_api import TeslaFleetApi
from tesla_fleet_api.const import Method

from .answers import Answer, json_object, pdf
from .claims import Claims
from .commands import SiteCommand, VehicleCommand
from .errors import Fault, FleetError, error_of_answer
from .keys import CommandKey
from .pauses import Pauses
from .paying import Pay, PriceClass, Till, price_class
from .regions import Region, region_in_error, region_of_url
from .signing import Signer, Sleep

_LOGGER = logging.getLogger(__name__)

_SECONDS: Final = {PriceClass.COMMAND: 20.0}
_SECONDS_OTHERWISE: Final = 30.0
# A connection that takes longer fails for want of one, which is known to cost nothing.
_SECONDS_TO_CONNECT: Final = 10.0


class Tokens(Protocol):
    """Where access tokens come from."""

    async def access_token(self) -> str:
        """Return a token that is good for now; raises FleetError."""

    async def renew(self, refused: str) -> str:
        """Return another token than the one that Tesla has refused; raises FleetError."""


class _Door(TeslaFleetApi):
    """tesla-fleet-api on our transport."""

    def __init__(self, session: aiohttp.ClientSession, client: FleetClient) -> None:
        super().__init__(session, server=client.region.api_url)
        self._client = client

    @override
    async def _request(
        self, method: Method, path: str, params: dict[str, Any] | None = None, json: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return await self._client.request(str(method.value), path, params, json)


class FleetClient:
    """Fleet API for one Tesla account: parsed JSON out, FleetError on any failure."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        region: Region,
        regions: Mapping[str, Region],
        *,
        pay: Pay,
        key: CommandKey | None = None,
        sleep: Sleep = asyncio.sleep,
        on_region: Callable[[Region], None] = lambda _: None,
        register_again: Callable[[Region], Awaitable[bool]] | None = None,
    ) -> None:
        """Make a client.

        pay: is asked before each request, and may refuse. key: signs commands. sleep: waits between tries. on_region: is
        told when Tesla has sent us elsewhere. register_again: is asked when Tesla does not know the app in a region, and
        returns whether it does now.
        """
        self._session = session
        self._tokens = tokens
        self._regions = regions
        self._pay = pay
        self._pauses = Pauses()
        self._on_region = on_region
        self._register_again = register_again
        # A change of scopes shows in the next token (fleet_api.md 1.6): it is fetched once, not for each refusal.
        self._scopes_seen: str | None = None
        self.region = region
        # When Tesla has last answered, and how: the status of HTTP.
        self.answered: tuple[datetime, int] | None = None
        self._api = _Door(session, self)
        self._signer = Signer(self._api, key, sleep) if key else None
        self.key_fingerprint = key.fingerprint if key else None

    # Reads

    async def products(self) -> list[dict[str, Any]]:
        """Return the cars and energy sites of the account."""
        answer = _response(await self._api.products(), list)
        return [item for item in answer if isinstance(item, dict)]

    async def vehicle(self, vin: str) -> dict[str, Any]:
        """Return the list item of a car, with its state; wakes nothing and does not touch the car."""
        return _response(await self._api.vehicles.createFleet(vin).vehicle(), dict)

    async def vehicle_data(self, vin: str, endpoints: list[str]) -> dict[str, Any]:
        """Return the named blocks of a car that is online; fails with ASLEEP otherwise."""
        car = self._api.vehicles.createFleet(vin)
        return _response(await car.vehicle_data(endpoints=cast(Any, endpoints)), dict)

    async def fleet_status(self, vins: list[str]) -> dict[str, Any]:
        """Return which cars hold the app's key and which want it (fleet_api.md 3.3); wakes nothing."""
        return _response(await self._api.vehicles.createFleet(vins[0]).fleet_status(vins), dict)

    async def live_status(self, site_id: int) -> dict[str, Any]:
        """Return what an energy site does now."""
        return _response(await self._api.energySites.create(site_id).live_status(), dict)

    async def site_info(self, site_id: int) -> dict[str, Any]:
        """Return what an energy site is and how it is set."""
        return _response(await self._api.energySites.create(site_id).site_info(), dict)

    async def energy_history(
        self, site_id: int, period: str, start: str | None, end: str | None, zone: str | None
    ) -> dict[str, Any]:
        """Return the energy of a period: of a day by five minutes, of a month by day (fleet_api.md 7.3)."""
        site = self._api.energySites.create(site_id)
        return _response(await site.energy_history(period, start, end, zone), dict)

    async def outage_history(self, site_id: int, start: str, end: str, zone: str) -> dict[str, Any]:
        """Return the outages between two times (fleet_api.md 7.3)."""
        site = self._api.energySites.create(site_id)
        return _response(await site.backup_history("month", start, end, zone), dict)

    async def charge_history(self, site_id: int, start: str, end: str, zone: str) -> dict[str, Any]:
        """Return what the Wall Connectors of a site charged between two times (fleet_api.md 7.4)."""
        return _response(await self._api.energySites.create(site_id).charge_history(start, end, zone), dict)

    async def energy_of(
        self, site_id: int, first: datetime | None = None, last: datetime | None = None, time_zone: str | None = None
    ) -> dict[str, Any]:
        """Return the energies of a day of a site in rows; Tesla answers null where there are none (fleet_api.md 7.3).

        first, last: seconds of the day, in the site's time zone; without them Tesla takes the day that it is there.
        """
        begin, end = (None if time is None else time.isoformat() for time in (first, last))
        answer = await self._api.energySites.create(site_id).energy_history("day", begin, end, time_zone)
        if "response" in answer and answer["response"] is None:
            return {}
        return _response(answer, dict)

    async def charging_history(
        self, start: datetime | None = None, end: datetime | None = None, *, page: int, size: int
    ) -> dict[str, Any]:
        """Return a page of what Tesla has billed for charging, as Tesla wraps it (fleet_api.md 4.1); needs vehicle_charging_cmds.

        start, end: of when the charging began, aware; none: all there is.
        """
        begin, until = (None if time is None else time.isoformat() for time in (start, end))
        return await self._api.charging.history(startTime=begin, endTime=until, pageNo=page, pageSize=size)

    async def charging_invoice(self, content_id: str) -> bytes:
        """Return an invoice as PDF (fleet_api.md 4.2)."""
        path = f"api/1/dx/charging/invoice/{quote(content_id, safe='')}"
        return await self._ask("GET", path, None, None, pdf)

    async def me(self) -> dict[str, Any]:
        """Return who the account belongs to; needs user_data."""
        return _response(await self._api.user.me(), dict)

    # Writes

    async def wake_up(self, vin: str) -> None:
        """Ask a car to wake up, which takes it 10 to 60 s."""
        await self._api.vehicles.createFleet(vin).wake_up()

    @property
    def can_sign(self) -> bool:
        """Whether the app has a key to sign commands with."""
        return self._signer is not None

    async def command(self, vin: str, command: VehicleCommand, /, *, signed: bool = False, **body: object) -> bool:
        """Send a command; return whether the car did it now: False when it says that it is so already.

        Any other refusal raises REFUSED with the car's reason. One signed command at a time to a car.
        """
        told = command.told(body)
        if signed and self._signer is not None:
            answer = _response(await self._signer.send(vin, command.name, told), dict)
        elif command.by_name:
            path = f"api/1/vehicles/{vin}/command/{command.name}"
            answer = _response(await self.request("POST", path, None, command.unsigned_body(told)), dict)
        else:
            send = getattr(self._api.vehicles.createFleet(vin), command.name)
            answer = _response(await send(**command.unsigned_body(told)), dict)
        if answer.get("result") is True:
            return True
        reason = str(answer.get("reason") or "")
        if not command.accepts(reason, body):
            raise FleetError(Fault.REFUSED, reason, status=200)
        return False

    async def site_command(self, site_id: int, command: SiteCommand, **body: object) -> None:
        """Change a setting of an energy site; raises REFUSED when Tesla says no.

        The answer may be an object with a code, a string, or nothing (fleet_api.md 7.5).
        """
        send = getattr(self._api.energySites.create(site_id), command.name)
        try:
            answer = (await send(**body)).get("response")
        except FleetError as err:
            if err.fault is Fault.BAD_ANSWER and err.status in (200, 201, 204):
                return
            raise
        if not isinstance(answer, dict):
            return
        code = answer.get("code")
        if answer.get("result") is False or (isinstance(code, int) and code >= 300):
            words = answer.get("reason") or answer.get("message") or code
            raise FleetError(Fault.REFUSED, str(words or ""), status=200)

    # What a partner token is for

    async def register(self, domain: str) -> None:
        """Register the app's domain in this region."""
        await self._api.partner.register(domain)

    async def registered_key(self, domain: str) -> str | None:
        """Return the public key that Tesla keeps for a domain, as the hex of its point; None if it says none."""
        key = _response(await self._api.partner.public_key(domain), dict).get("public_key")
        return key if isinstance(key, str) else None

    # The door

    async def request(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send one request of the API that is answered with JSON; raises FleetError."""
        return await self._ask(method, path, params, body, json_object)

    async def _ask[T](
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        read: Callable[[Answer], T],
    ) -> T:
        """Send one request; a stale token, a wrong region and a registration that Tesla has forgotten are mended once each."""
        token = await self._tokens.access_token()
        renewed = moved = registered = False
        while True:
            asked = self.region
            try:
                return await self._send(method, path, params, body, token, read)
            except FleetError as err:
                stale = err.fault is Fault.MISSING_SCOPES and token != self._scopes_seen
                if (err.fault is Fault.UNAUTHORIZED or stale) and not renewed:
                    renewed = True
                    try:
                        token = self._scopes_seen = await self._tokens.renew(token)
                    except FleetError:
                        if stale:
                            raise err from None
                        raise
                elif err.fault is Fault.WRONG_REGION and not moved:
                    moved = True
                    if not await self._move(err, token, asked):
                        raise
                elif err.fault is Fault.NOT_REGISTERED and self._register_again is not None and not registered:
                    registered = True
                    if not await self._register_again(asked):
                        raise
                else:
                    raise

    async def _move(self, err: FleetError, token: str, asked: Region) -> bool:
        """Go to the region that the error names, else the one that Tesla or the token knows.

        Return whether that is another one than was asked; other requests may have found it in the meantime.
        """
        region = region_in_error(err.words, self._regions) or await self._ask_region(token)
        if region is None:
            region = self._regions.get(Claims.read(token).region or "")
        if region is None or region.api_url == asked.api_url:
            return False
        if region.api_url != self.region.api_url:
            _LOGGER.info("Tesla keeps this account in its region %s", region.id)
            self.region = region
            self._on_region(region)
        return True

    async def _ask_region(self, token: str) -> Region | None:
        try:
            answer = _response(await self._send("GET", "api/1/users/region", None, None, token, json_object), dict)
        except FleetError:
            return None
        url = answer.get("fleet_api_base_url")
        return region_of_url(url, self._regions) if isinstance(url, str) else None

    async def _send[T](
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        token: str,
        read: Callable[[Answer], T],
    ) -> T:
        """Send a request, unless Tesla wants its endpoint to be left alone."""
        self._pauses.enter(path, datetime.now(UTC))
        try:
            data = await self._send_and_pay(method, path, params, body, token, read)
        except FleetError as err:
            self._pauses.leave(path, err, datetime.now(UTC))
            raise
        self._pauses.leave(path, None, datetime.now(UTC))
        return data

    async def _send_and_pay[T](
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        token: str,
        read: Callable[[Answer], T],
    ) -> T:
        kind = price_class(path)
        till = Till(self._pay, kind)
        try:
            async with (
                asyncio.timeout(_SECONDS.get(kind, _SECONDS_OTHERWISE)),
                self._session.request(
                    method,
                    f"{self.region.api_url}/{path}",
                    params=_present(params) or None,
                    json=_present(body) if method != "GET" else None,
                    headers={"Authorization": f"Bearer {token}"},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(connect=_SECONDS_TO_CONNECT),
                    middlewares=(till,),
                ) as answer,
            ):
                got = Answer(answer.status, answer.headers, await answer.read(), answer.get_encoding())
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            raise FleetError(Fault.NO_ANSWER, type(err).__name__) from None
        self.answered = (datetime.now(UTC), got.status)
        try:
            if got.status >= 300:
                raise error_of_answer(got.status, got.json(), got.headers, datetime.now(UTC))
            data = read(got)
        except FleetError as err:
            await till.async_answered(err.fault)
            raise
        await till.async_answered(None)
        return data


def _present(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values that are given, as tesla-fleet-api would send them."""
    given = {name: value for name, value in (values or {}).items() if value is not None}
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in given.items()}


def _response[T](answer: object, of: type[T]) -> T:
    """Return the `response` of an answer; raises BAD_ANSWER when it is not what it should be."""
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, of):
        raise FleetError(Fault.BAD_ANSWER, status=200)
    return response
