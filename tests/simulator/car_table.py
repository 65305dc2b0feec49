"""Every command of fleet_api.md 6.2 to 6.4, signed and unsigned, with what a read shows after it: rows for any test."""

from .car_row import ALL_BUILT_IN, Row, at, set_scene
from .car_rows_charging import CHARGING_ROWS
from .car_rows_comfort import BODY_ROWS, CLIMATE_ROWS
from .car_rows_modes import MEDIA_ROWS, MODE_ROWS

__all__ = ["ALL_BUILT_IN", "ROWS", "SIGNED", "UNSIGNED", "Row", "at", "name_of", "set_scene"]

ROWS: tuple[Row, ...] = (*CHARGING_ROWS, *CLIMATE_ROWS, *BODY_ROWS, *MEDIA_ROWS, *MODE_ROWS)
UNSIGNED = tuple(row for row in ROWS if row.body is not None)
SIGNED = tuple(row for row in ROWS if row.signed is not None)


def name_of(row: Row) -> str:
    """Return a name for a test's id."""
    return f"{row.name} {row.label}".strip()
