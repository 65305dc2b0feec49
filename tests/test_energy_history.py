"""A day of a site, read from Tesla's answer: each hour is the truth, whatever is wrong with the answer."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.energy.clock import HOUR_S, hour_of, midnight, place, span_of
from custom_components.tesla_charging.energy.flows import FLOWS, flows_in, imbalance
from custom_components.tesla_charging.energy.history import (
    COMPENSATION,
    COST,
    Day,
    Prices,
    adds_up,
    edges,
    first_year,
    hours_of,
    merge,
    read_day,
    read_days,
    shared_hours,
)
from tesla_simulator.world import HistoryDefect, Site, powerwall_site, solar_site, truth

from .answers import world_of
from .history_help import KEYS

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
# Days around a change of the clock, and one that is like any other, with their hours.
DAYS = [
    ("Europe/Berlin", date(2026, 3, 29), 23.0),
    ("Europe/Berlin", date(2025, 10, 26), 25.0),
    ("Europe/Berlin", date(2026, 1, 15), 24.0),
    ("America/New_York", date(2026, 3, 8), 23.0),
    ("America/New_York", date(2025, 11, 2), 25.0),
    ("America/St_Johns", date(2026, 3, 8), 23.0),
    ("America/St_Johns", date(2025, 11, 2), 25.0),
    ("Australia/Adelaide", date(2025, 10, 5), 23.0),
    ("Australia/Adelaide", date(2026, 4, 5), 25.0),
    ("Australia/Lord_Howe", date(2025, 10, 5), 23.5),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Asia/Kathmandu", date(2026, 3, 29), 24.0),
    ("America/Havana", date(2025, 11, 2), 25.0),  # the clock is put back at midnight
    ("America/Santiago", date(2025, 9, 7), 23.0),  # there is no midnight
    ("Pacific/Apia", date(2026, 6, 1), 24.0),
]
ZONED = pytest.mark.parametrize(("zone_name", "day", "hours"), DAYS, ids=[f"{one[0]} {one[1]}" for one in DAYS])
HARMLESS = [
    set(),
    {HistoryDefect.ONE_OFFSET},
    {HistoryDefect.ONE_OFFSET_INSTANTS},
    {HistoryDefect.TODAYS_OFFSET},
    {HistoryDefect.UTC},
    {HistoryDefect.ROWS_TWICE},
    {HistoryDefect.BY_CLOCK, HistoryDefect.ONE_OFFSET},
    {HistoryDefect.MISSING_KEYS},
    {HistoryDefect.NO_TOTALS},
    {HistoryDefect.MORE_ROWS},
    {HistoryDefect.MORE_ROWS, HistoryDefect.ONE_OFFSET},
    {HistoryDefect.MORE_ROWS, HistoryDefect.TODAYS_OFFSET, HistoryDefect.MISSING_KEYS, HistoryDefect.ROWS_TWICE},
]


def make_site(zone: str, *defects: HistoryDefect, now: datetime = NOW, **knobs: Any) -> Site:
    """Return a site that is ten years old."""
    site = powerwall_site(
        1, zone=ZoneInfo(zone), installed=now - timedelta(days=3653), export_rule="battery_ok", **knobs
    )
    site.history_defects = set(defects)
    world = world_of(site)
    site.now = site.lived.since = now.timestamp()
    assert world.sites
    return site


def answer_of(site: Site, day: date, period: str = "day") -> Any:
    """Return Tesla's answer for a day."""
    site.catch_up = lambda: None
    return site.energy_history(period, midnight(day + timedelta(days=1), site.zone) - 1, site.zone)


def parts_of(site: Site, day: Day) -> dict[int, dict[str, float]]:
    """Return what really flowed on a day, by the UTC hours that it touches."""
    start, end = span_of(day.day, site.zone)
    found = {}
    for hour in range(hour_of(start), end, HOUR_S):
        found[hour] = truth(site, max(start, hour), min(end, hour + HOUR_S))
    return found


def assert_day(site: Site, read: Day) -> None:
    """See that each part of the day is the truth."""
    wanted = parts_of(site, read)
    assert set(read.parts) == set(wanted)
    for hour, total in wanted.items():
        for name, keys in KEYS.items():
            flow = read.parts[hour].flows[name]
            assert flow == pytest.approx(sum(total.get(key, 0.0) for key in keys), abs=0.01), (name, hour)


@ZONED
@pytest.mark.parametrize("defects", HARMLESS, ids=["+".join(sorted(one)) or "right" for one in HARMLESS])
def test_each_hour_is_true(zone_name: str, day: date, hours: float, defects: set[HistoryDefect]) -> None:
    """Whatever the offsets, the order and the number of the rows: every row is where it belongs."""
    site = make_site(zone_name, *defects)
    read = read_day(answer_of(site, day), day, site.zone, NOW.timestamp())
    assert read.seconds == hours * HOUR_S
    assert_day(site, read)
    assert read.imbalance < 1e-4
    told = read_days(answer_of(site, day, "month"), site.zone)
    assert adds_up(read, told[day])
    assert not adds_up(read, {name: energy_wh * 1.02 for name, energy_wh in told[day].items()})


def test_only_totals() -> None:
    """Where Tesla gives its own sums alone, the totals are known and the splits are not."""
    site, day = make_site("Europe/Berlin", HistoryDefect.ONLY_TOTALS), date(2026, 5, 1)
    found = read_day(answer_of(site, day), day, site.zone, NOW.timestamp()).totals
    site.history_defects.clear()
    right = read_day(answer_of(site, day), day, site.zone, NOW.timestamp()).totals
    for name in ("grid_import", "grid_export", "solar", "battery_charge", "battery_discharge", "home"):
        assert found[name] == pytest.approx(right[name], abs=0.5), name
    assert found["solar_to_home"] == 0 < right["solar_to_home"]


@pytest.mark.parametrize("zone_name", ["Europe/Berlin", "Australia/Adelaide", "Asia/Kathmandu"])
@pytest.mark.parametrize("defects", [set(), {HistoryDefect.FUTURE_ZEROS}, {HistoryDefect.TODAYS_OFFSET}])
@pytest.mark.parametrize("minute", [0, 3, 34, 59])
def test_today(zone_name: str, defects: set[HistoryDefect], minute: int) -> None:
    """Of today there are the hours that are over and whose last row is there; what is to come is not zero."""
    now = NOW.replace(minute=minute)
    site = make_site(zone_name, *defects, now=now)
    today = now.astimezone(site.zone).date()
    read = read_day(answer_of(site, today), today, site.zone, now.timestamp())
    assert read.until is not None
    found = hours_of(read.parts, (), read.until, now.timestamp())
    last = hour_of(int(now.timestamp())) - HOUR_S
    assert max(found) == last
    assert all(one.complete for hour, one in found.items() if hour > midnight(today, site.zone))
    total = truth(site, last, last + HOUR_S)
    assert found[last].values["home"] * 1000 == pytest.approx(sum(total[key] for key in KEYS["home"]), abs=0.01)
    # Five minutes earlier the last row of that hour was not there.
    assert last not in hours_of(read.parts, (), last + HOUR_S - 300, now.timestamp())


def test_half_empty_day() -> None:
    """What is missing is missing, not zero; and the day does not add up."""
    site, day = make_site("Europe/Berlin", HistoryDefect.HALF_EMPTY), date(2026, 6, 9)
    read = read_day(answer_of(site, day), day, site.zone, NOW.timestamp())
    assert min(read.parts) == midnight(day, site.zone) + 12 * HOUR_S
    assert not adds_up(read, read_days(answer_of(site, day, "month"), site.zone)[day])


@ZONED
def test_days_share_an_hour_where_midnight_is_not_on_one(zone_name: str, day: date, hours: float) -> None:
    """Three days make all hours of the middle one whole; at the edges the others are needed."""
    site = make_site(zone_name)
    days = [day + timedelta(days=number) for number in (-1, 0, 1)]
    read = [read_day(answer_of(site, one), one, site.zone, NOW.timestamp()) for one in days]
    parts = merge(one.parts for one in read)
    shared = {hour for one in days for hour in shared_hours(one, site.zone)}
    assert all(parts[hour].seconds == HOUR_S for hour in parts if hour not in (min(parts), max(parts)))
    start, end = span_of(day, site.zone)
    assert bool(shared_hours(day, site.zone)) == bool(start % HOUR_S or end % HOUR_S)
    around = merge([read[1].parts, edges(read[0], site.zone), edges(read[2], site.zone)])
    for hour in shared & set(read[1].parts):
        assert around[hour].flows == pytest.approx(parts[hour].flows)


def test_money() -> None:
    """Each five minutes have their price; where one is unknown, the hour has none."""
    site, day = make_site("Europe/Berlin"), date(2026, 5, 1)
    start = midnight(day, site.zone)

    def buy(moment: datetime) -> Decimal | None:
        minutes = (moment.timestamp() - start) // 60
        return None if 600 <= minutes < 605 else Decimal("0.30") if minutes % 60 < 30 else Decimal("0.10")

    prices = Prices("EUR", buy, lambda _: Decimal("0.08"))
    parts = read_day(answer_of(site, day), day, site.zone, NOW.timestamp(), prices).parts
    for hour, part in parts.items():
        halves = [truth(site, at, at + 1800)["grid_energy_imported"] for at in (hour, hour + 1800)]
        if hour == start + 600 * 60 and halves[0]:
            assert part.money[COST] is None
        else:
            wanted = (halves[0] * 0.3 + halves[1] * 0.1) / 1000
            assert float(part.money[COST] or 0) == pytest.approx(wanted, abs=1e-6)
        assert float(part.money[COMPENSATION] or 0) == pytest.approx(part.flows["grid_export"] * 0.08 / 1000)
    hours = hours_of(parts, (), int(NOW.timestamp()), NOW.timestamp())
    assert {hour for hour, part in parts.items() if part.money[COST] is None} == {
        hour for hour, one in hours.items() if COST not in one.values
    }


def test_rows_of_a_quarter() -> None:
    """Rows of fifteen minutes make whole hours, too."""
    site, day = make_site("Asia/Kathmandu"), date(2026, 5, 1)
    answer = answer_of(site, day)
    answer["time_series"] = answer["time_series"][::3]
    read = read_day(answer, day, site.zone, NOW.timestamp())
    assert read.seconds == 24 * HOUR_S


def test_solar_only() -> None:
    """A site without a battery has its flows as well."""
    site = solar_site(1, installed=NOW - timedelta(days=100))
    world_of(site)
    day = date(2026, 5, 1)
    read = read_day(answer_of(site, day), day, site.zone, NOW.timestamp())
    assert_day(site, read)
    assert read.totals["solar"] > read.totals["battery_charge"] == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
STAMPS = st.one_of(
    st.sampled_from(
        ["2026-05-01T00:00:00+02:00", "2026-05-01T99:00:00+02:00", "9999-12-31T23:59:59-23:59", "0001-01-01"]
    ),
    st.datetimes().map(lambda at: at.isoformat() + "+02:00"),
    JSON,
)
ROWS = st.fixed_dictionaries(
    {"timestamp": STAMPS}, optional={key: JSON for flow in FLOWS.values() for key in (*flow.parts, flow.total) if key}
)


@settings(max_examples=200, deadline=None)
@given(answer=JSON | st.fixed_dictionaries({"time_series": JSON | st.lists(ROWS | JSON, max_size=6)}))
def test_no_json_is_too_odd(answer: Any) -> None:
    """No answer makes the reader fail, and none brings negative energy."""
    day = date(2026, 5, 1)
    read = read_day(answer, day, ZoneInfo("Europe/Berlin"), NOW.timestamp())
    assert all(energy_wh >= 0 for part in read.parts.values() for energy_wh in part.flows.values())
    read_days(answer, ZoneInfo("Europe/Berlin"))
    first_year(answer)


@settings(max_examples=60, deadline=None)
@given(
    zone_name=st.sampled_from(sorted({one[0] for one in DAYS})),
    # Until yesterday: today has no rows yet of what is to come.
    number=st.integers(0, 799),
    missing=st.sets(st.integers(0, 299), max_size=200),
    wrong=st.sampled_from([None, 0, 1, 2, 5.5, -3.5]),
)
def test_any_rows_of_any_day(zone_name: str, number: int, missing: set[int], wrong: float | None) -> None:
    """Rows that are there are where they belong, whichever are missing, and whatever one offset the clock is given."""
    zone = ZoneInfo(zone_name)
    day = date(2024, 4, 1) + timedelta(days=number)
    start, end = span_of(day, zone)
    change = (end - start) != 24 * HOUR_S
    # Where the clock changes, too few rows with wrong offsets can be read in more ways than one.
    whole = change and wrong is not None
    left = [at for row, at in enumerate(range(start, end, 300)) if whole or row not in missing]
    stamps = [datetime.fromtimestamp(at, zone) for at in left]
    if wrong is not None:
        stamps = [one.replace(tzinfo=timezone(timedelta(hours=wrong))) for one in stamps]
    assert place(stamps, day, zone, NOW.timestamp()) == left


def test_a_row_without_any_key_says_nothing() -> None:
    """Missing is zero only beside what is there."""
    assert flows_in({"timestamp": "2026-05-01T00:00:00+02:00"}) is None
    assert flows_in({"solar_energy_exported": None}) is None
    assert flows_in({"solar_energy_exported": 10**400}) is None
    flows = flows_in({"solar_energy_exported": 5, "grid_energy_imported": "x", "total_home_usage": 7, "other": 1})
    assert flows is not None
    assert (flows["solar"], flows["grid_import"], flows["home"]) == (5, 0, 7)
    assert imbalance({"solar": 100, "home": 60}) == pytest.approx(0.4)


def test_first_year() -> None:
    """The first year that Tesla tells of, also where its row begins in the year before."""
    rows = [
        {"timestamp": "2022-12-31T23:00:00Z", "solar_energy_exported": 1},
        {"timestamp": "2024-01-01T00:00:00+01:00"},
    ]
    assert first_year({"time_series": rows}) == 2023
    assert first_year({"time_series": None}) is None
