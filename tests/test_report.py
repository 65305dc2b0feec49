"""Sessions as rows, sums by month, CSV and JSON."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.report import chosen, file_stem, row_of, to_csv, to_json, totals_of
from custom_components.tesla_charging.charging.session import Basis, Cost, Energy, Mix, Place, Run, Session, Source

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
VIN = "5YJ3E7EB0KF000001"


def session(begin: datetime, **other: Any) -> Session:
    """Return a session of four hours, of which two were charged."""
    known = {
        "id": f"s{begin:%m%d}",
        "unplugged_at": begin + 4 * HOUR,
        "runs": (Run(start=begin, end=begin + 2 * HOUR),),
        "added": Energy(wh=20_000, source=Source.CAR),
        "used": Energy(wh=22_000, source=Source.WALL_CONNECTOR),
        "soc_start": 40.0,
        "soc_end": 60.0,
        "place": Place.HOME,
        "mix": Mix(solar_wh=5_500, grid_wh=16_500, settled=True),
        "cost": Cost(amount=Decimal("4.1234"), currency="EUR", basis=Basis.TARIFF),
    }
    return Session(vin=VIN, plugged_at=begin, **{**known, **other})


# Half past eleven in the evening of May by UTC, which is June in Berlin; and the hour that Berlin shows twice.
MAY = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
TWICE = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_rows() -> None:
    """What a row says, with times by the clock and energy in kWh; what is not known is not zero."""
    row = row_of(session(TWICE), BERLIN)
    assert row["plugged_in"] == "2026-10-25T02:30:00+01:00"
    assert (
        row.items()
        >= {
            "energy_added": 20.0,
            "energy_used": 22.0,
            "energy_used_source": "wall_connector",
            "charging_minutes": 120.0,
            "solar_share": 25.0,
            "cost": 4.1234,
            "currency": "EUR",
            "cost_basis": "tariff",
            "place": "home",
        }.items()
    )
    bare = row_of(session(MAY, cost=None, mix=None, unplugged_at=None, soc_end=None), BERLIN)
    for name in ("cost", "currency", "solar_share", "energy_grid", "unplugged", "level_end"):
        assert bare[name] is None


def test_totals() -> None:
    """By month of the clock and by place, currencies apart; what has no cost is counted, and not free."""
    swiss = Cost(amount=Decimal("10.05"), currency="CHF", basis=Basis.INVOICE)
    sessions = [
        session(MAY - 24 * HOUR),
        session(MAY),
        session(MAY + 24 * HOUR, cost=None, mix=None),
        session(MAY + 48 * HOUR, place=Place.SUPERCHARGER, cost=swiss),
        session(MAY + 72 * HOUR, place=Place.SUPERCHARGER),
        session(
            MAY + 96 * HOUR, cost=Cost(amount=Decimal("0.2"), currency="EUR", basis=Basis.NUMBER, provisional=True)
        ),
    ]
    may, home, supercharger = totals_of(sessions, BERLIN)
    assert (may["month"], may["place"], may["sessions"], may["costs"]) == ("2026-05", "home", 1, {"EUR": 4.1234})
    assert home == {
        "month": "2026-06",
        "place": "home",
        "sessions": 3,
        "energy_added": 60.0,
        "energy_used": 66.0,
        "energy_solar": 11.0,
        "costs": {"EUR": 4.3234},
        "without_cost": 1,
        "provisional": True,
    }
    assert supercharger["costs"] == {"CHF": 10.05, "EUR": 4.1234}
    assert [row["month"] for row in totals_of(sessions, UTC)][:2] == ["2026-05", "2026-06"]
    assert totals_of([], BERLIN) == []
    assert len(chosen(sessions, "supercharger")) == 2
    assert len(chosen(sessions, None)) == 6


def rows_of(text: str) -> list[dict[str, str]]:
    """Read CSV again."""
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("name", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1"])
def test_no_formulas(name: str) -> None:
    """A spreadsheet takes no text for a formula, whoever has written it; a negative number stays a number."""
    paid = Cost(amount=Decimal("-0.5"), currency="EUR", basis=Basis.TARIFF)
    (row,) = rows_of(to_csv([session(MAY, place_name=name, cost=paid)], name, BERLIN))
    assert row["car"] == f"'{name}"
    assert row["place_name"] == f"'{name}"
    assert row["cost"] == "-0.5"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_it_is_called(car: str, place: str) -> None:
    """Any text comes back whole but for the apostrophe, and the file has a harmless name."""
    try:
        f"{car}{place}".encode()
    except UnicodeEncodeError:
        return
    text = to_csv([session(MAY, place_name=place)], car, BERLIN)
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert row["car"].removeprefix("'") == car.removeprefix("'")
    assert row["place_name"].removeprefix("'") == place.removeprefix("'")
    assert json.loads(to_json([session(MAY, place_name=place)], car, BERLIN))["sessions"][0]["place_name"] == place
    stem = file_stem(car, MAY)
    assert stem.isascii()
    assert all(letter.isalnum() or letter == "_" for letter in stem)
    assert stem.endswith("_20260531_223000")


def test_nothing_private() -> None:
    """No VIN and no coordinates, whatever there is in a session."""
    for text in (to_csv([session(MAY)], "Luna", BERLIN), to_json([session(MAY)], "Luna", BERLIN)):
        assert VIN not in text
        assert VIN[-6:] not in text
        assert "latitude" not in text


def test_ten_years() -> None:
    """Every session of ten years is in it, once."""
    sessions = [session(MAY + number * 24 * HOUR, id=str(number)) for number in range(3650)]
    assert [row["id"] for row in rows_of(to_csv(sessions, "Luna", BERLIN))] == [str(number) for number in range(3650)]
    assert sum(row["sessions"] for row in totals_of(sessions, BERLIN)) == 3650
