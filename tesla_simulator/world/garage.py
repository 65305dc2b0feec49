"""Builders for cars and sites of every kind; VINs, names and addresses are fictitious."""

from typing import Any

from .car import HOME, Car
from .models import MARKETS, make_vin
from .site import Site
from .station import Station, WallConnector

PRE_2021 = 2021
CONNECTOR_PART = "1529455-02-D"


def build_car(name: str, letter: str, year: int, number: int = 1, market: str = "eu", **knobs: Any) -> Car:
    """Return a car of model letter S, 3, X, Y or C; Model S and X before 2021 are the old ones."""
    old = letter in "SX" and year < PRE_2021
    return Car(
        **{
            "vin": make_vin(letter, year, number),
            "id": 1_492_930_000_000_000 + number,
            "vehicle_id": 1_126_170_000 + number,
            "display_name": name,
            "pre2021": old,
            "keeps_awake_by_polling": old,
            "command_signing": "off" if old else "required",
            "market": MARKETS[market],
            "clears_counter_at_unplug": year >= 2025,
            **knobs,
        }
    )


def wall_connector(number: int = 1) -> WallConnector:
    """Return a Wall Connector."""
    serial = f"PGT2{number:010d}"
    return WallConnector(
        f"{CONNECTOR_PART}--{serial}", CONNECTOR_PART, serial, device_id=f"{number:08x}-0000-4000-8000-{number:012x}"
    )


def home_station(number: int = 1, *, phases: int = 3, amps: int = 16, name: str = "Carport") -> Station:
    """Return a station at home with a Wall Connector; 11 kW on three phases."""
    return Station(
        kind="home_ac",
        name=name,
        latitude=HOME.latitude,
        longitude=HOME.longitude,
        phases=phases,
        max_current_a=amps,
        wall_connector=wall_connector(number),
    )


def powerwall_site(number: int = 1, *connectors: WallConnector, **knobs: Any) -> Site:
    """Return a site with Powerwalls, sun and grid."""
    return Site(id=2_252_000_000_000 + number, site_name="12 Example Lane", wall_connectors=list(connectors), **knobs)


def powerwall3_site(number: int = 1, *connectors: WallConnector, **knobs: Any) -> Site:
    """Return a site whose Powerwall 3 leaves out total_pack_energy (fleet_api.md 7.1)."""
    return powerwall_site(number, *connectors, reports_pack_energy=False, battery_type="solar_powerwall", **knobs)


def ghost_site(number: int = 1, **knobs: Any) -> Site:
    """Return a site with nothing in it, as old contracts leave behind (users.md theme 14)."""
    return powerwall_site(number, battery=False, solar=False, **knobs)


def stale_site(number: int = 1, gone: str = "not_found", **knobs: Any) -> Site:
    """Return a site that the product list still has, although it was taken down (fleet_api.md 7.8)."""
    return powerwall_site(number, gone=gone, **knobs)


def solar_site(number: int = 1, **knobs: Any) -> Site:
    """Return a site with sun only: grid_status Unknown."""
    return powerwall_site(number, battery=False, reports_wall_connectors=False, **knobs)


def connector_site(number: int = 1, *connectors: WallConnector, **knobs: Any) -> Site:
    """Return a site that is nothing but Wall Connectors."""
    return powerwall_site(number, *connectors, battery=False, solar=False, **knobs)
