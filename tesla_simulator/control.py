"""The control page and its JSON API, on a port of their own and open to anybody who reaches it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import pages
from .answers import ANSWERS
from .control_keys import KeyControl, body_of, key_state
from .faults import Fault
from .key_hosts import KEY_PATH
from .requests_log import Request
from .world import Car, Obedience, Site

if TYPE_CHECKING:
    from .server import Simulator

SHOWN_REQUESTS = 100


class Control:
    """What a person can do to the simulated world."""

    def __init__(self, sim: Simulator) -> None:
        """Control one simulated Tesla."""
        self._sim = sim
        self._car_actions: dict[str, Callable[[Car, dict[str, Any]], object]] = {
            "plug_in": self._plug_in,
            "unplug": lambda car, _: car.unplug(),
            "drive": lambda car, body: car.drive(float(body.get("minutes", 30)), float(body.get("speed_kmh", 60))),
            "sleep": lambda car, _: car.sleep(),
            "wake": lambda car, _: car.wake(),
            "set": self._set_car,
            "pair": lambda car, body: sim.pair(car, str(body["domain"])),
            "unpair": lambda car, body: sim.unpair(car, str(body["domain"])),
            "reboot": lambda car, _: car.reboot(),
            "offer_update": lambda car, body: car.software.offer(str(body["version"])),
        }

    async def page(self, request: web.Request) -> web.Response:
        """Show the control page."""
        return web.Response(text=pages.CONTROL, content_type="text/html")

    async def portal(self, request: web.Request) -> web.Response:
        """Show the apps."""
        return pages.portal(self._sim.apps)

    async def state(self, request: web.Request) -> web.Response:
        """Show everything at once."""
        sim = self._sim
        sim.world.update()
        return web.json_response(
            {
                "clock": self._clock(),
                "accounts": [{"email": account.email, "region": account.region} for account in sim.world.accounts],
                "stations": [station.name for station in sim.world.stations],
                "cars": [_car_state(car) for car in sim.world.cars.values()],
                "sites": [_site_state(site) for site in sim.world.sites.values()],
                "faults": [fault.as_json() for fault in sim.faults.active],
                "answers": {name: answer.status for name, answer in ANSWERS.items()},
                "requests": self._requests(),
                "bill": [sim.bill.summary(app) for app in sim.apps],
                "regions": sim.region_table(),
                **KeyControl(sim).state(),
            }
        )

    async def car(self, request: web.Request) -> web.Response:
        """Do something to a car: plug_in, unplug, drive, sleep, wake, pair, unpair, reboot, offer_update, or set its attributes."""
        car = self._sim.world.cars.get(request.match_info["vin"])
        action = self._car_actions.get(request.match_info["action"])
        if car is None or action is None:
            raise web.HTTPNotFound(text=f"actions are {', '.join(self._car_actions)}")
        self._sim.world.update()
        done = action(car, await body_of(request))
        if isawaitable(done):
            await done
        self._sim.world.update()
        return web.json_response(_car_state(car))

    def _plug_in(self, car: Car, body: dict[str, Any]) -> None:
        stations = self._sim.world.stations
        found = [station for station in stations if station.name == body.get("station", stations[0].name)]
        if not found:
            raise ValueError(f"stations are {', '.join(station.name for station in stations)}")
        car.plug_in(found[0])

    def _set_car(self, car: Car, body: dict[str, Any]) -> None:
        kinds: dict[str, Callable[[Any], object]] = {
            **dict.fromkeys(("reachable", "in_service", "hide_private", "mobile_access", "user_present"), bool),
            "command_signing": str,
            **dict.fromkeys(("effect_delay_seconds", "wake_seconds", "relocks_after_seconds"), float),
            "firmware": str,
            "ignores_commands": set,
        }
        _set(car, body, kinds)

    async def site(self, request: web.Request) -> web.Response:
        """Change the weather, the load, the grid or the obedience of a site."""
        name = request.match_info["site_id"]
        site = next((site for site in self._sim.world.sites.values() if str(site.id) == name), None)
        if site is None:
            raise web.HTTPNotFound(text="no such site")
        self._sim.world.update()
        kinds: dict[str, Callable[[Any], object]] = {
            **dict.fromkeys(("cloud_cover", "extra_load_w"), float),
            **dict.fromkeys(("grid_up", "may_edit_exports", "may_edit_grid_charging", "snaps_reserve"), bool),
            "obedience": lambda value: {str(key): Obedience(**how) for key, how in dict(value).items()},
        }
        _set(site, await body_of(request), kinds)
        self._sim.world.update()
        return web.json_response(_site_state(site))

    async def faults(self, request: web.Request) -> web.Response:
        """List, add (POST) or clear (DELETE) faults."""
        if request.method == "POST":
            self._sim.faults.add(Fault.from_json(await body_of(request)))
        elif request.method == "DELETE":
            self._sim.faults.clear()
        return web.json_response([fault.as_json() for fault in self._sim.faults.active])

    async def clock(self, request: web.Request) -> web.Response:
        """Show the world's time, set its speed, or put it forward by seconds."""
        if request.method == "POST":
            body, clock = await body_of(request), self._sim.world.clock
            if "speed" in body:
                clock.speed = float(body["speed"])
            if "advance" in body:
                clock.advance(float(body["advance"]))
            self._sim.world.update()
        return web.json_response(self._clock())

    async def requests(self, request: web.Request) -> web.Response:
        """List the last requests, newest first, or forget them (DELETE)."""
        if request.method == "DELETE":
            self._sim.clear_requests()
        return web.json_response(self._requests())

    async def bill(self, request: web.Request) -> web.Response:
        """Show this month's bill of each app, set an app's billing limit (POST), or forget all use (DELETE)."""
        if request.method == "DELETE":
            self._sim.bill.reset()
        elif request.method == "POST":
            body = await body_of(request)
            app = self._sim.app(str(body.get("client_id")))
            if app is None:
                raise web.HTTPNotFound(text="no such app")
            app.billing_limit = Decimal(str(body["billing_limit"]))
        return web.json_response([self._sim.bill.summary(app) for app in self._sim.apps])

    def _clock(self) -> dict[str, Any]:
        clock = self._sim.world.clock
        return {"now": clock.now().isoformat(), "speed": clock.speed}

    def _requests(self) -> list[dict[str, Any]]:
        return [_request_state(request) for request in reversed(self._sim.requests[-SHOWN_REQUESTS:])]


def _request_state(request: Request) -> dict[str, Any]:
    return {
        "at": request.at.isoformat(timespec="seconds"),
        "host": request.host,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "status": request.status,
        "endpoint": request.endpoint,
        "vin": request.vin,
        "price_class": request.price_class,
        "client_id": request.client_id,
        "command": request.command,
    }


def _car_state(car: Car) -> dict[str, Any]:
    data: dict[str, Any] = car.vehicle_data()
    charge = data["charge_state"]
    fields = (
        "battery_level",
        "charge_limit_soc",
        "charging_state",
        "charge_amps",
        "charger_power",
        "charge_energy_added",
    )
    return {
        "vin": car.vin,
        "display_name": car.display_name,
        "state": car.state,
        "command_signing": car.command_signing,
        "in_service": car.in_service,
        "reachable": car.reachable,
        **key_state(car),
        **{name: charge.get(name) for name in fields},
    }


def _site_state(site: Site) -> dict[str, Any]:
    live = site.live_status()
    fields = ("solar_power", "battery_power", "grid_power", "load_power", "percentage_charged", "grid_status")
    return {
        "id": site.id,
        "site_name": site.site_name,
        "cloud_cover": site.cloud_cover,
        "extra_load_w": site.extra_load_w,
        "grid_up": site.grid_up,
        "obedience": {key: asdict(how) for key, how in site.obedience.items()},
        **{name: live.get(name) for name in fields},
    }


def _set(thing: object, body: dict[str, Any], kinds: dict[str, Callable[[Any], object]]) -> None:
    if unknown := body.keys() - kinds:
        raise ValueError(f"{', '.join(sorted(unknown))} cannot be set; {', '.join(kinds)} can")
    for name, value in body.items():
        setattr(thing, name, kinds[name](value))


@web.middleware
async def _explain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer a wrong request with a sentence."""
    try:
        return await handler(request)
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)


def control_application(sim: Simulator) -> web.Application:
    """Make the control host."""
    control, keys = Control(sim), KeyControl(sim)
    app = web.Application(middlewares=[_explain])
    for method, path, handler in (
        ("GET", "/", control.page),
        ("GET", "/portal", control.portal),
        ("GET", "/control/state", control.state),
        ("POST", "/control/cars/{vin}/{action}", control.car),
        ("POST", "/control/sites/{site_id}", control.site),
        ("*", "/control/faults", control.faults),
        ("*", "/control/clock", control.clock),
        ("*", "/control/requests", control.requests),
        ("*", "/control/bill", control.bill),
        ("GET", f"/internet/{{domain}}{KEY_PATH}", keys.hosted),
        ("GET", "/_ak/{domain}", keys.page),
        ("POST", "/_ak/{domain}", keys.page),
        ("*", "/control/registrations", keys.registrations),
        ("*", "/control/key_hosts", keys.key_hosts),
        ("*", "/control/signing_faults", keys.signing_faults),
    ):
        app.router.add_route(method, path, handler)
    return app
