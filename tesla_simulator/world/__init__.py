"""The world of the simulated Tesla: clock, cars, stations, energy sites, people."""

from .accounts import Account, make_order
from .battery import Battery
from .car import Car
from .charging import ChargeSession
from .clock import Clock
from .commands import COMMANDS
from .drive import Drive
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
from .hardware import HARDWARE, OLD, OLDEST, Hardware
from .history import truth
from .keychain import Key, Keychain, KeychainFull
from .obedience import Obedience
from .papers import Driver, Invitation, Papers, alert, warranty
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
    "HARDWARE",
    "OLD",
    "OLDEST",
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
    "Driver",
    "FeeLine",
    "Flows",
    "Hardware",
    "HistoryDefect",
    "InvalidParameter",
    "Invitation",
    "Key",
    "Keychain",
    "KeychainFull",
    "NotSupported",
    "Obedience",
    "Papers",
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
    "alert",
    "build_car",
    "commute",
    "connector_site",
    "ghost_site",
    "home_station",
    "make_order",
    "outing",
    "powerwall3_site",
    "powerwall_site",
    "solar_site",
    "stale_site",
    "supercharger",
    "truth",
    "wall_connector",
    "warranty",
]
