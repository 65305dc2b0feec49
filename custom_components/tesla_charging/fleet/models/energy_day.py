"""The energies of a day as `calendar_history` tells them (fleet_api.md 7.3): rows of five minutes, Wh."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

# No site moves as much in five minutes, Wh.
_TOO_MUCH: Final = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergySums:
    """Energies, Wh, by Tesla's names: where they came from and where they went, and the totals."""

    battery_energy_exported: float | None = None
    battery_energy_imported_from_generator: float | None = None
    battery_energy_imported_from_grid: float | None = None
    battery_energy_imported_from_solar: float | None = None
    consumer_energy_imported_from_battery: float | None = None
    consumer_energy_imported_from_generator: float | None = None
    consumer_energy_imported_from_grid: float | None = None
    consumer_energy_imported_from_solar: float | None = None
    generator_energy_exported: float | None = None
    grid_energy_exported_from_battery: float | None = None
    grid_energy_exported_from_generator: float | None = None
    grid_energy_exported_from_solar: float | None = None
    grid_energy_imported: float | None = None
    grid_services_energy_exported: float | None = None
    grid_services_energy_imported: float | None = None
    solar_energy_exported: float | None = None
    total_battery_charge: float | None = None
    total_battery_discharge: float | None = None
    total_grid_energy_exported: float | None = None
    total_home_usage: float | None = None
    total_solar_generation: float | None = None


ENERGIES: Final = tuple(one.name for one in fields(EnergySums))


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyRow:
    """One row: when it begins, with the offset that Tesla gives it, and the energies that it names."""

    timestamp: datetime
    energies: dict[str, float] = field(default_factory=dict)


def read_rows(answer: Mapping[str, object]) -> list[EnergyRow]:
    """Return the rows of an answer that have a time with an offset, in their order; never raises for any JSON."""
    series = answer.get("time_series")
    found = []
    for item in series if isinstance(series, list) else ():
        if not isinstance(item, dict) or not isinstance(text := item.get("timestamp"), str):
            continue
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            continue
        if time.tzinfo is not None:
            found.append(EnergyRow(timestamp=time, energies=_energies(item)))
    return found


def _energies(item: Mapping[str, object]) -> dict[str, float]:
    """Return the energies that are numbers; none runs backwards."""
    values = ((name, item.get(name)) for name in ENERGIES)
    numbers = (
        (name, value) for name, value in values if isinstance(value, int | float) and not isinstance(value, bool)
    )
    return {name: float(value) for name, value in numbers if 0 <= value < _TOO_MUCH}
