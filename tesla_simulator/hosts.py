"""The way of a request through any host but the control page: fault, answer, bill, record."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .answers import ANSWERS, Refused, respond
from .faults import Fault, NoAnswer, cut
from .grants import Bearer
from .requests_log import Request
from .tokens import claims_of

if TYPE_CHECKING:
    from .server import Simulator

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

type Handler = Callable[[Exchange], Awaitable[web.Response]]


@dataclass(frozen=True)
class Route:
    """A method and path, its name in the record and in faults, and its price class."""

    name: str
    method: str
    path: str
    price_class: str
    handler: Handler


@dataclass
class Exchange:
    """One request on its way: what was asked, by whom, and what is remembered about it."""

    sim: Simulator
    host: str
    request: web.Request
    route: Route
    raw: bytes
    body: Any = None
    client_id: str | None = None
    bearer: Bearer | None = None
    refusal: Refused | None = None
    billed: bool = True
    match: dict[str, str] = field(default_factory=dict)
    other_price: str | None = None
    command: str | None = None

    @property
    def price_class(self) -> str:
        """Price class of its route, unless what the request holds has another."""
        return self.other_price or self.route.price_class

    @property
    def endpoint(self) -> str:
        """Name in the record; a command's is `command/<name>`."""
        return self.route.name.format(**self.match)

    @property
    def vin(self) -> str | None:
        """VIN of the car that the path names by VIN or by number."""
        tag = self.match.get("tag")
        car = next((car for car in self.sim.world.cars.values() if tag in (car.vin, str(car.id))), None)
        return car.vin if car is not None else tag

    @property
    def query(self) -> dict[str, str]:
        """The query, the last value of each name."""
        return dict(self.request.query)

    def form(self) -> dict[str, str]:
        """A form-encoded body's fields; the body of anything else has none."""
        return self.body if self.request.content_type == FORM_TYPE and isinstance(self.body, dict) else {}

    def identify(self) -> None:
        """Find out who is asking, without refusing yet: the bill goes to the app even if a fault answers."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            self.client_id = self.form().get("client_id") or self.query.get("client_id")
            self.refusal = Refused("empty_401")
            return
        try:
            self.bearer = self.sim.grants.bearer(token)
            self.client_id = self.bearer.client_id
        except Refused as refused:
            self.refusal = refused
            self.client_id = (claims_of(token) or {}).get("azp")


def _nowhere(name: str) -> Route:
    async def refuse(exchange: Exchange) -> web.Response:
        raise Refused(name)

    return Route(name, "*", "*", "account", refuse)


NOWHERE = {404: _nowhere("not_found"), 405: _nowhere("wrong_method")}
"""What answers where no route does."""


def make_host(sim: Simulator, host: str, routes: list[Route]) -> web.Application:
    """Make the web application of one host."""
    known: dict[web.AbstractRoute, Route] = {}

    @web.middleware
    async def pipeline(request: web.Request, handler: Any) -> web.StreamResponse:
        exception = request.match_info.http_exception
        status = 200 if exception is None else exception.status
        route = NOWHERE.get(status) or known[request.match_info.route]
        raw = await request.read()
        exchange = Exchange(sim, host, request, route, raw, match=dict(request.match_info))
        exchange.body = await _parsed_body(request, raw)
        sim.world.update()
        exchange.identify()
        return await _through(exchange)

    app = web.Application(middlewares=[pipeline])
    for route in routes:
        known[app.router.add_route(route.method, route.path, _never)] = route
    return app


async def _never(request: web.Request) -> web.StreamResponse:
    """Stand in for the handlers, which the pipeline calls itself."""
    raise NotImplementedError


async def _parsed_body(request: web.Request, raw: bytes) -> Any:
    if request.content_type == FORM_TYPE:
        form = await request.post()
        return {name: str(value) for name, value in form.items()}
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode(errors="replace")


async def _through(exchange: Exchange) -> web.Response:
    sim, request = exchange.sim, exchange.request
    fault = sim.faults.take(exchange.host, request.method, request.path, exchange.endpoint, exchange.vin)
    status = 0
    sim.in_flight += 1
    try:
        response = await (_answer(exchange) if fault is None else _struck(exchange, fault))
        status = response.status
    except NoAnswer:
        cut(request)
        response = web.Response()
    finally:
        sim.in_flight -= 1
        _record(exchange, status)
    return response


async def _answer(exchange: Exchange) -> web.Response:
    try:
        return await exchange.route.handler(exchange)
    except Refused as refused:
        return respond(refused.answer)


async def _struck(exchange: Exchange, fault: Fault) -> web.Response:
    """Let a fault strike before the request takes effect, or after it; what took effect is billed."""
    if not fault.executed:
        await exchange.sim.faults.hold(fault)
    response = respond(ANSWERS["empty"])
    if fault.executed or not (fault.replaces or fault.reset):
        response = await _answer(exchange)
    if fault.executed:
        if fault.reset or fault.hang:
            _bill(exchange, response.status)
        await exchange.sim.faults.hold(fault)
    if fault.reset:
        raise NoAnswer
    if fault.replaces:
        return fault.made_answer()
    return fault.changed(response) if fault.changes else response


def _record(exchange: Exchange, status: int) -> None:
    sim, request = exchange.sim, exchange.request
    _bill(exchange, status)
    sim.requests.append(
        Request(
            at=sim.world.clock.now(),
            host=exchange.host,
            method=request.method,
            path=request.path,
            query=exchange.query,
            body=exchange.body,
            status=status,
            endpoint=exchange.endpoint,
            vin=exchange.vin,
            price_class=exchange.price_class,
            client_id=exchange.client_id,
            command=exchange.command,
        )
    )


def _bill(exchange: Exchange, status: int) -> None:
    """Count an answer below 500 once (fleet_api.md 8); who sent no good token cannot be billed."""
    if exchange.billed and exchange.client_id is not None and 0 < status < 500:
        exchange.sim.bill.record(exchange.client_id, exchange.price_class)
        exchange.billed = False
