"""The sums of a day: equal to the simulated truth in every zone and with every defect, and never lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.energy.today import TOTALS, better, day_of, empty_day, read_day
from custom_components.tesla_charging.fleet.models import EnergySite, EnergySums, parse, to_json
from custom_components.tesla_charging.fleet.models.energy_day import ENERGIES
from custom_components.tesla_charging.fleet.models.site import EnergyToday
from tesla_simulator.world import Account, Clock, HistoryDefect, Site, World, powerwall_site, truth

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)

# A zone, its day of 23 or 23.5 hours, its day of 25 or 24.5 hours.
CHANGES = [
    ("Europe/Berlin", "2026-03-29", "2026-10-25"),
    ("Europe/London", "2026-03-29", "2026-10-25"),
    ("America/Los_Angeles", "2026-03-08", "2026-11-01"),
    ("America/St_Johns", "2026-03-08", "2026-11-01"),
    ("Australia/Sydney", "2026-10-04", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04", "2026-04-05"),
]
DAYS = [(zone, day) for zone, *days in CHANGES for day in (*days, "2026-06-10")]
# What says the truth of today, in one way or another.
TRUE = [
    set(),
    {HistoryDefect.ONE_OFFSET},
    {HistoryDefect.ONE_OFFSET_INSTANTS},
    {HistoryDefect.TODAYS_OFFSET},
    {HistoryDefect.UTC},
    {HistoryDefect.BY_CLOCK},
    {HistoryDefect.ROWS_TWICE},
    {HistoryDefect.MISSING_KEYS},
    {HistoryDefect.NO_TOTALS},
    {HistoryDefect.MORE_ROWS},
    {HistoryDefect.UTC, HistoryDefect.MORE_ROWS, HistoryDefect.FUTURE_ZEROS},
    {HistoryDefect.MISSING_KEYS, HistoryDefect.NO_TOTALS, HistoryDefect.ROWS_TWICE},
]


def site_at(now: datetime, zone: str, defects: set[HistoryDefect]) -> Site:
    """Return a site with years behind it, at a moment."""
    site = powerwall_site(1, zone=ZoneInfo(zone), history_defects=defects)
    world = World(Clock(0, now))
    world.accounts.append(Account(sub="1", email="a@example.com", full_name="A", password="p", sites=[site]))
    world.update()
    return site


def answer_of(site: Site, now: datetime) -> dict[str, Any]:
    """Return what Tesla says when asked for the day, as the coordinator asks."""
    end = day_of(now, site.zone)[1] - timedelta(seconds=1)
    answer: dict[str, Any] = json.loads(json.dumps(site.energy_history("day", end.timestamp(), site.zone)))
    return answer


def sums_of(energies: dict[str, float]) -> dict[str, float]:
    """Return true energies with the totals."""
    totals = {total: sum(energies.get(part, 0.0) for part in parts) for total, parts in TOTALS.items()}
    return {name: ({**energies, **totals}).get(name, 0.0) for name in ENERGIES}


def as_dict(sums: EnergySums) -> dict[str, float]:
    """Return sums by name."""
    return {name: getattr(sums, name) for name in ENERGIES}


@pytest.mark.parametrize("defects", TRUE, ids=lambda one: "+".join(sorted(one)) or "none")
@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_equal_to_the_truth(zone: str, day: str, defects: set[HistoryDefect]) -> None:
    """Whatever the day is like and however it is told, the sums are those of the site's own day."""
    begin, end = day_of(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo(zone)), ZoneInfo(zone))
    now = end - timedelta(seconds=30)
    site = site_at(now, zone, defects)
    found = read_day(answer_of(site, now), now, site.zone)
    last = int(now.timestamp() // 300 + 1) * 300
    expected = sums_of(truth(site, int(begin.timestamp()), last))
    assert as_dict(found.sums) == pytest.approx(expected, abs=0.5)
    assert (found.starts_at, found.ends_at, found.read_at) == (begin, end, now)
    assert expected["total_home_usage"] > 0
    assert found.rows == (end - begin) / timedelta(minutes=5)


def test_a_wrong_offset_is_no_other_day() -> None:
    """An offset that the site never has moves nothing to another day."""
    rows = [{"timestamp": f"2026-06-10T{hour:02}:00:00-07:00", "grid_energy_imported": 1} for hour in range(24)]
    rows += [{"timestamp": "2026-06-09T23:00:00-07:00", "grid_energy_imported": 100}]
    assert read_day({"time_series": rows}, NOON, BERLIN).sums.grid_energy_imported == 24


# Rows


@pytest.mark.parametrize(
    "answer",
    [{}, {"time_series": None}, {"time_series": []}, {"time_series": {}}, {"time_series": "x"}, {"time_series": [None, 5]}],
)  # fmt: skip
def test_nothing_told_is_a_day_of_zero(answer: dict[str, Any]) -> None:
    """A day of which nothing is told has begun with nothing, in every sum."""
    found = read_day(answer, NOON, BERLIN)
    assert found.rows == 0
    assert set(as_dict(found.sums).values()) == {0.0}


JUNK: list[Any] = [None, "5", True, [], {}, float("nan"), float("inf"), -3, 10**400, 1e12]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_what_is_no_energy_counts_as_nothing(junk: Any) -> None:
    """A value that is none is left out; the rest of the row counts, and keys that are new to us do no harm."""
    row = {"timestamp": "2026-06-10T08:00:00+02:00", "grid_energy_imported": junk, "solar_energy_exported": 5}
    answer = {"time_series": [{**row, "novelty": junk}], "SmartBreakerEnergyLogs": [junk], "serial_number": junk}
    sums = read_day(answer, NOON, BERLIN).sums
    assert (sums.grid_energy_imported, sums.solar_energy_exported, sums.total_solar_generation) == (0, 5, 5)


@pytest.mark.parametrize("time", [None, 5, "", "soon", "2026-06-10T08:00:00", "2026-06-10", {}])
def test_a_row_without_a_time_is_none(time: Any) -> None:
    """What has no time, or one without an offset, is of no day."""
    answer = {"time_series": [{"timestamp": time, "grid_energy_imported": 5}]}
    assert read_day(answer, NOON, BERLIN).rows == 0


def test_the_battery_has_taken_what_its_parts_say() -> None:
    """Tesla's total has left out what came from the grid (users.md theme 3); a total above its parts stays."""
    row = {
        "timestamp": "2026-06-10T03:00:00+02:00",
        "battery_energy_imported_from_grid": 900,
        "total_battery_charge": 5,
    }
    assert read_day({"time_series": [row]}, NOON, BERLIN).sums.total_battery_charge == 900
    row["total_battery_charge"] = 950
    assert read_day({"time_series": [row]}, NOON, BERLIN).sums.total_battery_charge == 950


def test_other_totals_are_teslas() -> None:
    """Where Tesla tells a total, it is shown."""
    row = {"timestamp": "2026-06-10T03:00:00+02:00", "consumer_energy_imported_from_grid": 10, "total_home_usage": 12}
    assert read_day({"time_series": [row]}, NOON, BERLIN).sums.total_home_usage == 12


# One read after another


def day_with(rows: int, energy_wh: float, begin: datetime = MIDNIGHT) -> EnergyToday:
    """Return a day of so many rows with so much energy."""
    return replace(empty_day(begin, BERLIN), rows=rows, read_at=begin, sums=EnergySums(grid_energy_imported=energy_wh))


@pytest.mark.parametrize(
    ("known", "found", "new"),
    [
        (day_with(10, 100), day_with(11, 110), True),
        (day_with(10, 100), day_with(11, 90), True),  # a correction
        (day_with(10, 100), day_with(10, 90), True),  # a correction
        (day_with(10, 100), day_with(9, 90), False),  # half of an answer
        (day_with(10, 100), day_with(0, 0), False),  # nothing
        (day_with(10, 100), day_with(4, 100), True),  # rows of another length
        (day_with(0, 0), day_with(0, 0), True),
        (EnergyToday(), day_with(0, 0), True),
        (day_with(288, 9000, MIDNIGHT - timedelta(days=1)), day_with(0, 0), True),  # a new day
    ],
)
def test_which_read_counts(known: EnergyToday, found: EnergyToday, new: bool) -> None:
    """What Tesla corrects is shown; what it has left out is not."""
    assert better(known, found) is (found if new else known)


@settings(max_examples=50, deadline=None)
@given(
    times=st.lists(st.integers(0, 86_399), min_size=1, max_size=12).map(sorted),
    losses=st.lists(st.sampled_from(["", "null", "empty", "half"]), min_size=12, max_size=12),
)
def test_a_day_never_goes_back(times: list[int], losses: list[str]) -> None:
    """Through answers that are empty or cut off, no sum of a day gets less."""
    site = site_at(MIDNIGHT + timedelta(days=1) - timedelta(seconds=1), "Europe/Berlin", set())
    whole = answer_of(site, MIDNIGHT + timedelta(hours=1))["time_series"]
    known = EnergyToday()
    for second, loss in zip(times, losses, strict=False):
        now = MIDNIGHT + timedelta(seconds=second)
        rows: Any = whole[: second // 300]
        rows = {"null": None, "empty": [], "half": rows[: len(rows) // 2]}.get(loss, rows)
        before, known = known, better(known, read_day({"time_series": rows}, now, BERLIN))
        for name in ENERGIES:
            assert (getattr(known.sums, name) or 0) >= (getattr(before.sums, name) or 0), name


def test_a_day_is_kept_on_disk() -> None:
    """The sums are the same after a rest on disk."""
    site = EnergySite(energy_site_id=1, energy_today=day_with(3, 12.5))
    assert parse(EnergySite, json.loads(json.dumps(to_json(site)))) == site


@pytest.mark.parametrize(("zone", "short", "long"), CHANGES)
def test_length_of_days(zone: str, short: str, long: str) -> None:
    """A day ends when the next one begins."""
    for day, but in ((short, -1), (long, 1)):
        begin, end = day_of(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo(zone)), ZoneInfo(zone))
        assert (end - begin - timedelta(days=1)).total_seconds() / 3600 in (but, but / 2)
        assert empty_day(begin, ZoneInfo(zone)).covers(begin)
        assert empty_day(end - timedelta(microseconds=1), ZoneInfo(zone)).starts_at == begin
        assert empty_day(end, ZoneInfo(zone)).starts_at == end
