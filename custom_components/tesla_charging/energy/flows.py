"""The flows of a site that become statistics, each with the keys of calendar_history that it is made of (7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Final


@dataclass(frozen=True, slots=True)
class Flow:
    """The sum of Tesla's `parts`, in Wh; `total` is Tesla's own sum, for answers that leave the parts out."""

    parts: tuple[str, ...]
    total: str = ""


FLOWS: Final[dict[str, Flow]] = {
    "grid_import": Flow(("grid_energy_imported",)),
    "grid_export": Flow(
        ("grid_energy_exported_from_solar", "grid_energy_exported_from_battery", "grid_energy_exported_from_generator"),
        "total_grid_energy_exported",
    ),
    "solar": Flow(("solar_energy_exported",), "total_solar_generation"),
    "battery_discharge": Flow(("battery_energy_exported",), "total_battery_discharge"),
    "battery_charge": Flow(
        (
            "battery_energy_imported_from_solar",
            "battery_energy_imported_from_grid",
            "battery_energy_imported_from_generator",
        ),
        "total_battery_charge",
    ),
    "home": Flow(
        (
            "consumer_energy_imported_from_solar",
            "consumer_energy_imported_from_battery",
            "consumer_energy_imported_from_grid",
            "consumer_energy_imported_from_generator",
        ),
        "total_home_usage",
    ),
    "generator": Flow(("generator_energy_exported",)),
    "grid_services_import": Flow(("grid_services_energy_imported",)),
    "grid_services_export": Flow(("grid_services_energy_exported",)),
    "grid_to_home": Flow(("consumer_energy_imported_from_grid",)),
    "grid_to_battery": Flow(("battery_energy_imported_from_grid",)),
    "solar_to_home": Flow(("consumer_energy_imported_from_solar",)),
    "solar_to_battery": Flow(("battery_energy_imported_from_solar",)),
    "solar_to_grid": Flow(("grid_energy_exported_from_solar",)),
    "battery_to_home": Flow(("consumer_energy_imported_from_battery",)),
    "battery_to_grid": Flow(("grid_energy_exported_from_battery",)),
    "generator_to_home": Flow(("consumer_energy_imported_from_generator",)),
    "generator_to_battery": Flow(("battery_energy_imported_from_generator",)),
    "generator_to_grid": Flow(("grid_energy_exported_from_generator",)),
}
# What goes into a site, and what comes out of it: both sides are equal (users.md R3c).
_IN: Final = ("grid_import", "grid_services_import", "solar", "generator", "battery_discharge")
_OUT: Final = ("home", "grid_export", "grid_services_export", "battery_charge")
_KEYS: Final = frozenset(key for flow in FLOWS.values() for key in (*flow.parts, flow.total) if key)


def flows_in(row: Mapping[str, object]) -> dict[str, float] | None:
    """Return the flows of a row in Wh; a key that is missing is zero, but a row without any says nothing: None."""
    known = {key: energy_wh for key in _KEYS & row.keys() if (energy_wh := _energy(row[key])) is not None}
    if not known:
        return None
    return {name: _sum(flow, known) for name, flow in FLOWS.items()}


def _sum(flow: Flow, known: Mapping[str, float]) -> float:
    return math.fsum(known.get(key, 0.0) for key in flow.parts) or known.get(flow.total, 0.0)


def _energy(value: object) -> float | None:
    """Return an energy in Wh; none is negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        energy_wh = float(value)
    except OverflowError:
        return None
    return max(0.0, energy_wh) if math.isfinite(energy_wh) else None


def imbalance(flows: Mapping[str, float]) -> float:
    """Return how far what goes in is from what comes out, as a share of the larger side."""
    into = math.fsum(flows.get(name, 0.0) for name in _IN)
    out = math.fsum(flows.get(name, 0.0) for name in _OUT)
    return abs(into - out) / max(into, out, 1.0)
