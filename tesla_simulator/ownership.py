"""Endpoints of a car that are asked seldom: sites nearby, alerts, notes, service, drivers, papers (fleet_api.md 5.1 and 5.4)."""

from collections.abc import Callable
from math import cos, hypot, radians
import secrets
from typing import Any

from .answers import Refused
from .hosts import Exchange
from .users import account_of, scopes_of
from .vehicles import awake, car_of
from .world import Car, Station
from .world.drive import KM_PER_DEGREE
from .world.models import MILES_PER_KM
from .world.papers import IN_SERVICE, Driver, Invitation, release_notes

CODE_BYTES = 33

type JsonHandler = Callable[[Exchange], Any]


def _asked(exchange: Exchange) -> Car:
    """Find the car, online if this endpoint needs it so."""
    car = car_of(exchange)
    if exchange.route.name in exchange.sim.behaviour.online_endpoints:
        awake(car)
        car.touch()
    return car


def _number(exchange: Exchange, name: str) -> float | None:
    try:
        return float(exchange.query[name]) if name in exchange.query else None
    except ValueError:
        raise Refused("invalid_request", words=f"{name} must be a number") from None


def nearby_charging_sites(exchange: Exchange) -> dict[str, Any]:
    """List the sites around the car, the nearest first (5.4); whether they need the location's scope is UNCONFIRMED."""
    car, how = _asked(exchange), exchange.sim.behaviour.nearby_without_location
    if how != "serve" and ("vehicle_location" not in scopes_of(exchange) or car.hide_private):
        raise Refused(how)
    count, radius = _number(exchange, "count"), _number(exchange, "radius")
    latitude, longitude = car.position()

    def miles(station: Station) -> float:
        north = station.latitude - latitude
        east = (station.longitude - longitude) * cos(radians(latitude))
        return hypot(north, east) * KM_PER_DEGREE * MILES_PER_KM

    def listed(kind: str, show: Callable[[Station], dict[str, Any]]) -> list[dict[str, Any]]:
        stations = sorted((one for one in exchange.sim.world.stations if one.kind == kind), key=miles)
        near = [one for one in stations if radius is None or miles(one) <= radius]
        return [
            {
                "location": {"lat": station.latitude, "long": station.longitude},
                "name": station.name,
                "distance_miles": round(miles(station), 6),
                "amenities": station.amenities,
                **show(station),
            }
            for station in (near if count is None else near[: int(count)])
        ]

    now = exchange.sim.world.clock.now().timestamp()
    return {
        "response": {
            "congestion_sync_time_utc_secs": int(now),
            "destination_charging": listed("public_ac", lambda _: {"type": "destination"}),
            "superchargers": listed("supercharger", _stalls),
            "timestamp": int(now * 1000),
        }
    }


def _stalls(station: Station) -> dict[str, Any]:
    return {
        "type": "supercharger",
        "available_stalls": max(0, station.free_stalls - (station.car is not None)),
        "total_stalls": station.stalls,
        "site_closed": not station.energised,
        "billing_info": "",
    }


def recent_alerts(exchange: Exchange) -> dict[str, Any]:
    """List the car's alerts."""
    return {"response": {"recent_alerts": _asked(exchange).papers.alerts}}


def notes(exchange: Exchange) -> dict[str, Any]:
    """Show what is new in the software."""
    car, query = _asked(exchange), exchange.query
    offered = car.software.version.strip()
    staged = query.get("staged", "").lower() in ("1", "true")
    return {"response": release_notes(car.firmware, offered, staged=staged, language=query.get("language", "en"))}


def service_data(exchange: Exchange) -> dict[str, Any]:
    """Show the visit at service; there is none as a rule."""
    car = _asked(exchange)
    return {"response": car.papers.service or (dict(IN_SERVICE) if car.in_service else {})}


def _owned(exchange: Exchange) -> Car:
    """Find a car that the caller owns; what a driver is answered is UNCONFIRMED (5.1)."""
    car = _asked(exchange)
    if car.access_type != "OWNER":
        raise Refused(exchange.sim.behaviour.owner_only)
    return car


def drivers(exchange: Exchange) -> dict[str, Any]:
    """List whom the owner has given the car."""
    found = [driver.answer() for driver in _owned(exchange).papers.drivers]
    return {"response": found, "count": len(found)}


def remove_driver(exchange: Exchange) -> dict[str, Any]:
    """Take the car from a driver."""
    car = _owned(exchange)
    body = exchange.body if isinstance(exchange.body, dict) else {}
    user = str(body.get("share_user_id", exchange.query.get("share_user_id", "")))
    kept = [driver for driver in car.papers.drivers if str(driver.user_id) != user]
    if len(kept) == len(car.papers.drivers):
        raise Refused("not_found")
    car.papers.drivers = kept
    return {"response": "ok"}


def invitations(exchange: Exchange) -> dict[str, Any]:
    """List the invitations that can still be redeemed."""
    car = _owned(exchange)
    found = [one.answer(car.vin, car.user_id) for one in car.papers.invitations if one.good(_now(exchange))]
    pages = {"previous": None, "next": None, "current": 1, "per_page": 25, "count": len(found), "pages": 1}
    return {"response": found, "pagination": pages, "count": len(found)}


def invite(exchange: Exchange) -> dict[str, Any]:
    """Make an invitation; its link is a secret."""
    car = _owned(exchange)
    made = car.papers.invite(secrets.token_urlsafe(CODE_BYTES), _now(exchange))
    return {"response": made.answer(car.vin, car.user_id)}


def revoke(exchange: Exchange) -> dict[str, Any]:
    """Take an invitation back."""
    found = [one for one in _owned(exchange).papers.invitations if str(one.id) == exchange.match["invitation"]]
    if not found or not found[0].good(_now(exchange)):
        raise Refused("not_found")
    found[0].revoked_at = _now(exchange)
    return {"response": True}


def redeem(exchange: Exchange) -> dict[str, Any]:
    """Become a driver; the simulated car stays in its owner's account alone."""
    account = account_of(exchange)
    code = exchange.body.get("code") if isinstance(exchange.body, dict) else None
    for car in exchange.sim.world.cars.values():
        for one in car.papers.invitations:
            if one.code == code and one.good(_now(exchange)):
                _join(car, one, account.full_name)
                return {"response": {"vehicle_id_s": str(car.vehicle_id), "vin": car.vin}}
    raise Refused("not_found")


def _join(car: Car, invitation: Invitation, name: str) -> None:
    first, _, last = name.partition(" ")
    invitation.redeemed = True
    car.papers.drivers.append(Driver(800_001 + len(car.papers.drivers), first, last))


def _now(exchange: Exchange) -> float:
    return exchange.sim.world.clock.now().timestamp()


def _papers(show: Callable[[Car], Any]) -> JsonHandler:
    """Answer what is asked by VIN in the query, unless Tesla has taken it away since (5.1)."""

    def answer(exchange: Exchange) -> dict[str, Any]:
        vin = exchange.query.get("vin")
        cars = [car for car in account_of(exchange).cars if car.vin == vin]
        if not cars or exchange.sim.behaviour.dx_vehicles == "not_found":
            raise Refused("not_found")
        return {"response": show(cars[0])}

    return answer


PAPERS: dict[str, JsonHandler] = {
    "dx/vehicles/options": _papers(lambda car: {"codes": car.papers.options}),
    "dx/vehicles/subscriptions/eligibility": _papers(
        lambda car: {"country": "DE", "eligible": car.papers.subscriptions, "vin": car.vin}
    ),
    "dx/vehicles/upgrades/eligibility": _papers(
        lambda car: {"country": "DE", "eligible": car.papers.upgrades, "type": "VEHICLE", "vin": car.vin}
    ),
    "dx/warranty/details": _papers(
        lambda car: {
            "activeWarranty": car.papers.active_warranty,
            "upcomingWarranty": [],
            "expiredWarranty": car.papers.expired_warranty,
        }
    ),
}
"""Endpoints that were documented once and may still answer; the shapes of the eligibilities are UNCONFIRMED (5.1)."""
