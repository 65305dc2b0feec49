"""Frozen snapshots of cars and energy sites, parsed from Tesla's JSON."""

from .energy_day import EnergySums
from .parse import parse, to_json
from .site import EnergySite
from .vehicle import Vehicle

__all__ = ["EnergySite", "EnergySums", "Vehicle", "parse", "to_json"]
