"""Actions with the charging log: what they answer, write and refuse."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
import json
from pathlib import Path
import stat
from typing import Any

import pytest

from custom_components.tesla_charging.charging.session import Basis, Cost, Energy, Place, Reason, Run, Session, Source
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator

from .conftest import SetUp
from .helpers import JUNIPER, LUNA, SITE, START, asked
from .planning import act, refused

pytestmark = pytest.mark.freeze_time(START)

HOUR = timedelta(hours=1)
# In the evening of the last of April in UTC, which is May in Berlin.
APRIL = datetime(2026, 4, 30, 22, 30, tzinfo=UTC)


def session(begin: datetime, place: Place = Place.HOME, currency: str = "EUR", **other: Any) -> Session:
    """Return a session of an hour that cost three."""
    cost = Cost(amount=Decimal(3), currency=currency, basis=Basis.NUMBER)
    known = {"vin": LUNA, "unplugged_at": begin + HOUR, "cost": cost, "place": place}
    energies = {"added": Energy(wh=9_000, source=Source.CAR), "used": Energy(wh=10_000, source=Source.WALL_CONNECTOR)}
    runs = (Run(start=begin, end=begin + HOUR),)
    return Session(id=f"{begin:%m%d%H}", plugged_at=begin, runs=runs, **{**known, **energies, **other})


SESSIONS = [
    session(APRIL),
    session(APRIL + 24 * HOUR, Place.SUPERCHARGER, "CHF", place_name="=Zermatt"),
    session(APRIL + 48 * HOUR, Place.SUPERCHARGER),
    session(APRIL + 24 * 10 * HOUR, Place.ELSEWHERE, cost=None),
    session(APRIL + 24 * 11 * HOUR, vin=JUNIPER),
]


@pytest.fixture
async def logged(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Set up in Berlin, with some sessions in the log."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    entry = await set_up()
    log = charging_log_of(hass, entry)
    for one in SESSIONS:
        log.async_amend(one, Reason.IMPORTED)


@pytest.mark.usefixtures("logged")
async def test_sessions(hass: HomeAssistant) -> None:
    """Those of a car, a time and a place."""
    until = {"end": "2026-06-01 00:00:00"}
    found = (await act(hass, "get_charging_sessions", **until))["sessions"]
    assert [row["id"] for row in found] == [one.id for one in SESSIONS[:4]]
    assert found[0].items() >= {"plugged_in": "2026-05-01T00:30:00+02:00", "energy_added": 9.0, "cost": 3.0}.items()
    found = (await act(hass, "get_charging_sessions", place="supercharger", **until))["sessions"]
    assert [row["currency"] for row in found] == ["CHF", "EUR"]
    found = (await act(hass, "get_charging_sessions", start="2026-05-03 00:00:00", **until))["sessions"]
    assert [row["id"] for row in found] == [one.id for one in SESSIONS[2:4]]
    found = (await act(hass, "get_charging_sessions", vin=JUNIPER, **until))["sessions"]
    assert [row["id"] for row in found] == [SESSIONS[4].id]
    key, _ = await refused(hass, "get_charging_sessions", start="2026-05-03 00:00:00", end="2026-05-03 00:00:00")
    assert key == "end_before_start"
    key, _ = await refused(hass, "get_charging_sessions", vin=str(SITE))
    assert key == "not_a_car"


@pytest.mark.usefixtures("logged")
async def test_totals(hass: HomeAssistant) -> None:
    """By the months of Home Assistant's time zone, and by place; currencies stay apart."""
    totals = (await act(hass, "get_charging_totals", end="2026-06-01 00:00:00"))["totals"]
    assert [(row["month"], row["place"], row["sessions"], row["costs"], row["without_cost"]) for row in totals] == [
        ("2026-05", "home", 1, {"EUR": 3.0}, 0),
        ("2026-05", "supercharger", 2, {"CHF": 3.0, "EUR": 3.0}, 0),
        ("2026-05", "elsewhere", 1, {}, 1),
    ]
    # A session that had begun before is not in the sums, for it is in those of before.
    later = (await act(hass, "get_charging_totals", start="2026-05-01 00:45:00", end="2026-06-01 00:00:00"))["totals"]
    assert [row["place"] for row in later] == ["supercharger", "elsewhere"]


@pytest.mark.usefixtures("logged")
async def test_export(hass: HomeAssistant, tmp_path: Path) -> None:
    """As an answer, and as a file that only Home Assistant may read; nothing private, no formulas."""
    media = tmp_path / "media"
    hass.config.media_dirs = {"local": str(media)}
    until = {"end": "2026-06-01 00:00:00"}
    answer = await act(hass, "export_charging_sessions", **until)
    rows = list(csv.DictReader(StringIO(answer["content"])))
    assert [row["place_name"] for row in rows] == ["", "'=Zermatt", "", ""]
    assert {row["car"] for row in rows} == {"Luna"}
    assert (answer["sessions"], answer["format"], answer["file"]) == (4, "csv", None)
    assert LUNA not in answer["content"]
    assert not media.exists()
    answer = await act(hass, "export_charging_sessions", format="json", to_file=True, place="home", **until)
    (file,) = media.glob("*/*")
    assert answer["file"] == f"media-source://media_source/local/tesla_charging/{file.name}"
    assert file.name == "luna_20260610_120000.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == answer["content"]
    assert [row["id"] for row in json.loads(answer["content"])["sessions"]] == [SESSIONS[0].id]


@pytest.mark.usefixtures("logged")
async def test_export_without_a_place_for_it(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a folder, or one that cannot be written to, there is a sentence."""
    (tmp_path / "file").write_text("")
    for folders in ({}, {"local": str(tmp_path / "file")}):
        hass.config.media_dirs = folders
        key, _ = await refused(hass, "export_charging_sessions", to_file=True)
        assert key == "export_not_written"
    assert str(tmp_path) not in caplog.text


@pytest.mark.usefixtures("logged")
async def test_import(hass: HomeAssistant, sim: Simulator) -> None:
    """The past is asked for, once; what Tesla refuses is a sentence."""
    sim.clear_requests()
    answer = await act(hass, "import_charging_history", days=30)
    assert answer.keys() == {"bills", "new_sessions", "changed_sessions", "requests"}
    assert answer["requests"] == len(asked(sim, "*charging/history*")) > 0
    sim.faults.add(Fault("*charging/history*", answer="internal"))
    with pytest.raises(HomeAssistantError):
        await act(hass, "import_charging_history", days=20)


async def test_import_needs_a_right(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Who may not see the history is told which permission is missing, and nothing is asked."""
    await set_up(frozenset({Scope.OPENID, Scope.OFFLINE_ACCESS, Scope.VEHICLE_DEVICE_DATA}))
    sim.clear_requests()
    key, _ = await refused(hass, "import_charging_history")
    assert key == "not_granted"
    assert asked(sim, "*history*") == []


@pytest.mark.usefixtures("logged")
async def test_reprice(hass: HomeAssistant) -> None:
    """The sessions of the car since a day are priced again."""
    answer = await act(hass, "reprice_charging", since="2026-05-01")
    assert answer["changed_sessions"] >= 1
    answer = await act(hass, "reprice_charging", since="2026-06-09")
    assert answer == {"changed_sessions": 0}
