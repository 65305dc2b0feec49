"""The world of the simulated Tesla: clock, cars, stations, energy sites, people."""

from .accounts import Account
from .battery import Battery
from .car import Car, Drive
from .charging import ChargeSession
from .clock import Clock
from .commands import COMMANDS
from .flows import Flows
from .garage import (
    build_car,
    connector_site,
    ghost_site,
    home_station,
    powerwall3_site,
    powerwall_site,
    solar_site,
    stale_site,
    wall_connector,
)
from .history import truth
from .keychain import Key, Keychain, KeychainFull
from .obedience import Obedience
from .params import CommandRefused, CommandResult, InvalidParameter, NotSupported, SettingRefused, UnknownCommand
from .render_history import PERIODS, HistoryDefect
from .routine import Departure, commute, outing
from .settings import SETTINGS
from .site import Site
from .station import Place, Station, WallConnector, supercharger
from .supercharging import FeeLine, Prices, Receipt, Superchargers
from .world import World

__all__ = [
    "COMMANDS",
    "PERIODS",
    "SETTINGS",
    "Account",
    "Battery",
    "Car",
    "ChargeSession",
    "Clock",
    "CommandRefused",
    "CommandResult",
    "Departure",
    "Drive",
    "FeeLine",
    "Flows",
    "HistoryDefect",
    "InvalidParameter",
    "Key",
    "Keychain",
    "KeychainFull",
    "NotSupported",
    "Obedience",
    "Place",
    "Prices",
    "Receipt",
    "SettingRefused",
    "Site",
    "Station",
    "Superchargers",
    "UnknownCommand",
    "WallConnector",
    "World",
    "build_car",
    "commute",
    "connector_site",
    "ghost_site",
    "home_station",
    "outing",
    "powerwall3_site",
    "powerwall_site",
    "solar_site",
    "stale_site",
    "supercharger",
    "truth",
    "wall_connector",
]
