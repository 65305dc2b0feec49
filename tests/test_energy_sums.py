"""What is written, and what is read next: sums that go on, stretches in their hours, prices of a tariff, and the record."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.energy.batch import Batch, Purpose, choose, finish
from custom_components.tesla_charging.energy.history import Day, Part, Prices
from custom_components.tesla_charging.energy.prices import by_steps, over_time, prices_of
from custom_components.tesla_charging.energy.record import MOST_SUSPECTS, SiteRecord
from custom_components.tesla_charging.energy.spread import (
    Stretch,
    energy_by_hour,
    read_charges,
    read_outages,
    take,
    time_by_hour,
)
from custom_components.tesla_charging.energy.sums import Known, Row, plan
from tesla_simulator.world.tariff import TARIFF

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 10, 10, 20, tzinfo=UTC).timestamp()
HOUR = 3600
START = 1_780_000_000 // HOUR * HOUR
AMOUNTS = st.floats(0, 20).map(lambda value: round(value, 4))
HOURS = st.dictionaries(st.integers(0, 20).map(lambda number: START + number * HOUR), AMOUNTS, min_size=1)


def known_of(table: dict[int, Row], start: int, end: int) -> Known:
    """Return what a table has of a window."""
    before = [row for at, row in sorted(table.items()) if at < start]
    after = [row for at, row in sorted(table.items()) if at >= end]
    rows = {at: row for at, row in table.items() if start <= at < end}
    return Known(before[-1].total if before else None, rows, after[0] if after else None)


def write(table: dict[int, Row], values: dict[int, float]) -> int:
    """Write into a table as the recorder would; return the number of rows."""
    start, end = min(values), max(values) + HOUR
    wanted = plan(known_of(table, start, end), values)
    for row in wanted.rows:
        table[row.start] = row
    for at, row in list(table.items()):
        if at >= end:
            table[at] = Row(at, row.state, row.total + wanted.shift)
    return len(wanted.rows)


@settings(max_examples=300, deadline=None)
@given(windows=st.lists(HOURS, min_size=1, max_size=5))
def test_sums_always_go_on(windows: list[dict[int, float]]) -> None:
    """Whatever is written in whatever order: each row is what was said last, the sums go on, and again is nothing."""
    table: dict[int, Row] = {}
    said: dict[int, float] = {}
    for values in windows:
        write(table, values)
        said |= values
        running = 0.0
        for row in (table[at] for at in sorted(table)):
            running += row.state
            assert row.total == pytest.approx(running, abs=1e-4)
            assert row.state == pytest.approx(said[row.start], abs=1e-6)
        assert all(at in table or not value for at, value in said.items() if value)
        assert write(table, values) == 0


def test_a_part_takes_nothing_away() -> None:
    """An hour of which only a part is known never makes less of what was known."""
    table: dict[int, Row] = {}
    write(table, {START: 2.0, START + HOUR: 3.0})
    assert plan(known_of(table, START, START + HOUR), {START: 1.0}, [START]).rows == ()
    more = plan(known_of(table, START, START + HOUR), {START: 2.5}, [START])
    assert [row.state for row in more.rows] == [2.5]
    assert more.shift == pytest.approx(0.5)


def test_zeros_need_no_rows() -> None:
    """Only what is not zero is written; what has come to be zero is."""
    assert plan(Known(), {START: 0.0, START + HOUR: 0.0}) == plan(Known(), {})
    assert [row.start for row in plan(Known(), {START: 0.0, START + HOUR: 1.0, START + 2 * HOUR: 0.0}).rows] == [
        START + HOUR
    ]
    table = {START: Row(START, 2.0, 2.0), START + HOUR: Row(START + HOUR, 1.0, 3.0)}
    assert write(table, {START: 0.0}) == 1
    assert [row.total for row in table.values()] == [0.0, 1.0]


STRETCHES = st.lists(
    st.builds(Stretch, st.integers(START, START + 40_000), st.integers(0, 30_000), st.floats(0, 90_000)), max_size=8
)


@given(STRETCHES)
def test_nothing_is_lost_between_hours(stretches: list[Stretch]) -> None:
    """The hours of charges and outages add up to them."""
    assert sum(energy_by_hour(stretches).values()) == pytest.approx(sum(one.energy_wh for one in stretches) / 1000)
    assert sum(time_by_hour(stretches).values()) == pytest.approx(sum(one.seconds for one in stretches) / 3600)
    assert all(hour % HOUR == 0 for hour in energy_by_hour(stretches))


@given(STRETCHES, STRETCHES)
def test_a_charge_is_kept_once(first: list[Stretch], second: list[Stretch]) -> None:
    """Of those that begin alike the longer one stays; told again, nothing changes; the oldest go."""
    kept = take(first, second, 5)
    starts = [one.start for one in kept]
    assert starts == sorted(set(starts))
    assert len(kept) <= 5
    assert take(kept, second, 5) == take(kept, kept, 5) if len(kept) < 5 else len(take(kept, second, 5)) == 5
    for one in kept:
        assert one.seconds == max(other.seconds for other in (*first, *second) if other.start == one.start)


def test_both_shapes_of_charges() -> None:
    """Both shapes of Tesla's answer are read, and what is odd is left out."""
    item = {
        "charge_start_time": {"seconds": 1672560000},
        "charge_duration": {"seconds": 12000},
        "energy_added_wh": 25000,
    }
    right = [Stretch(1672560000, 12000, 25000.0)]
    odd: list[Any] = [None, {}, {**item, "energy_added_wh": -1}, {**item, "charge_duration": {"seconds": 1e12}}, 5]
    for key in ("charge_history", "time_series"):
        assert read_charges({key: [item, *odd]}) == right
    texts = {"charge_start_time": {"seconds": "1672560000"}, "charge_duration": {"seconds": "12000"}}
    assert read_charges({"charge_history": [{**texts, "energy_added_wh": 25000}]}) == right
    events = [{"timestamp": "2024-03-06T07:30:00+01:00", "duration": 3900}, {"timestamp": "soon", "duration": 1}, None]
    assert read_outages({"events": events}) == [Stretch(1709706600, 3900)]
    nothings: list[Any] = [None, [], "", {"events": None}, {"charge_history": {}}]
    for nothing in nothings:
        assert read_charges(nothing) == read_outages(nothing) == []


def price(prices: Prices | None, text: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the two prices at a local time in Berlin."""
    assert prices is not None
    moment = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
    return prices.buy(moment), prices.sell(moment)


def test_prices_of_a_tariff() -> None:
    """Each time of the day has its price, in both directions."""
    prices = prices_of(TARIFF, BERLIN)
    for text, wanted in (("05:59", "0.19"), ("06:00", "0.31"), ("17:00", "0.38"), ("20:59", "0.38"), ("21:00", "0.31")):
        assert price(prices, f"2026-06-10T{text}") == (Decimal(wanted), Decimal("0.08")), text
    assert prices is not None
    assert prices.currency == "EUR"


def test_prices_over_midnight_weekends_and_the_turn_of_the_year() -> None:
    """A period that goes over midnight belongs to the day on which it begins; a season may go over the turn of the year."""
    night = {"fromDayOfWeek": 0, "toDayOfWeek": 4, "fromHour": 22, "toHour": 6}
    weekend = {"fromDayOfWeek": 5, "toDayOfWeek": 6}
    tariff = {
        "energy_charges": {"Winter": {"rates": {"NIGHT": 0.1, "WEEKEND": 0.2, "ALL": 0.5}}, "Summer": {"rates": {"ALL": 0.3}}},
        "seasons": {
            "Winter": {
                "fromMonth": 11, "fromDay": 1, "toMonth": 2, "toDay": 28,
                "tou_periods": {"NIGHT": {"periods": [night]}, "WEEKEND": {"periods": [weekend]}},
            },
            "Summer": {"fromMonth": 3, "fromDay": 1, "toMonth": 10, "toDay": 31, "tou_periods": {}},
        },
    }  # fmt: skip
    prices = prices_of(tariff, BERLIN)
    for text, wanted in (
        ("2026-01-12T23:00", "0.1"),  # a Monday
        ("2026-01-13T05:00", "0.1"),
        ("2026-01-13T06:00", "0.5"),
        ("2026-01-17T05:00", "0.1"),  # Saturday: Friday's night
        ("2026-01-17T12:00", "0.2"),
        ("2026-01-12T05:00", "0.5"),  # Monday: no night began on Sunday
        ("2026-12-31T12:00", "0.5"),
        ("2026-07-01T12:00", "0.3"),
    ):
        assert price(prices, text) == (Decimal(wanted), None), text


def test_a_tariff_counts_since_it_was_seen() -> None:
    """The first one counts for all before it, another one from when it was seen."""
    dearer = {**TARIFF, "energy_charges": {"ALL": {"rates": {"ALL": 1}}}, "seasons": {}}
    since = datetime(2026, 6, 1, tzinfo=BERLIN).timestamp()
    prices = over_time([(since - 1e6, TARIFF), (since, dearer), (since + 1e6, None)], BERLIN)
    assert price(prices, "2020-01-01T03:00")[0] == Decimal("0.19")
    assert price(prices, "2026-05-31T23:59")[0] == Decimal("0.31")
    assert price(prices, "2026-06-01T00:00")[0] == 1
    assert over_time([], BERLIN) is None


def test_the_stored_sample() -> None:
    """A real tariff has a price at each quarter of an hour of a year."""
    path = Path(__file__).parents[2] / "shared" / "reference" / "examples" / "tariff_v2_sample.json"
    if not path.exists():
        pytest.skip("the reference is not beside the project here")
    content = json.loads(path.read_text())
    prices = prices_of(content["response"]["tariff_content_v2"], BERLIN)
    assert prices is not None
    moments = (datetime(2026, 1, 1, tzinfo=BERLIN) + timedelta(minutes=15 * 97 * number) for number in range(361))
    assert all(prices.buy(moment) is not None for moment in moments)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["energy_charges", "seasons", "ALL", "rates", "tou_periods", "periods", "fromHour", "sell_tariff"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=16,
)


@settings(max_examples=200, deadline=None)
@given(content=ODD)
def test_no_tariff_is_too_odd(content: Any) -> None:
    """No tariff makes the reader fail."""
    prices = prices_of(content, BERLIN)
    if prices is not None:
        prices.buy(datetime(2026, 6, 1, tzinfo=UTC))


def test_prices_by_steps() -> None:
    """A price holds until the next one; before the first nobody knows."""
    at = by_steps([(200.0, None), (100.0, Decimal("0.2")), (300.0, Decimal("0.3"))])
    found = [at(datetime.fromtimestamp(moment, UTC)) for moment in (99, 100, 199, 200, 301)]
    assert found == [None, Decimal("0.2"), Decimal("0.2"), None, Decimal("0.3")]


def record_of(**known: Any) -> SiteRecord:
    """Return a record of a site that is up to date."""
    today = date(2026, 6, 10)
    return SiteRecord(
        **{
            "first": date(2020, 5, 4),
            "next_day": today,
            "week_read": today,
            "today_read": NOW,
            "yesterday_read": NOW,
            **known,
        }
    )


def test_what_is_read_next() -> None:
    """The years first, a month at a time; then each hour, the week once a day, then what somebody asked for, then doubts."""

    def next_of(record: SiteRecord, now: float = NOW) -> Batch | float:
        return choose(record, now, BERLIN, 7, ["outages"])

    found = next_of(record_of(next_day=date(2020, 5, 4)))
    assert isinstance(found, Batch)
    assert (found.purpose, found.days[0], found.days[-1]) == (Purpose.YEARS, date(2020, 5, 4), date(2020, 5, 31))
    assert (found.months, found.extras) == ([date(2020, 5, 1)], ["outages"])
    found = next_of(record_of(week_read=date(2026, 6, 9)))
    assert isinstance(found, Batch)
    assert (found.purpose, len(found.days)) == (Purpose.WEEK, 8)
    found = next_of(record_of(today_read=NOW - HOUR))
    assert isinstance(found, Batch)
    assert (found.purpose, found.days, found.extras) == (Purpose.LATEST, (date(2026, 6, 10),), [])
    found = next_of(record_of(today_read=NOW - HOUR, yesterday_read=NOW - 7 * HOUR))
    assert isinstance(found, Batch)
    assert (found.days, found.extras) == ((date(2026, 6, 9), date(2026, 6, 10)), ["outages"])
    wait = next_of(record_of())
    assert isinstance(wait, float)
    assert 47 * 60 <= wait <= 52 * 60
    asked = record_of()
    asked.ask_again(date(2026, 5, 20))
    found = next_of(asked)
    assert isinstance(found, Batch)
    assert (found.purpose, found.days[0], found.days[-1]) == (Purpose.AGAIN, date(2026, 5, 20), date(2026, 5, 31))
    doubtful = record_of()
    doubtful.suspect(date(2026, 5, 1), "month", NOW - 86_400)
    found = next_of(doubtful)
    assert isinstance(found, Batch)
    assert (found.purpose, found.days) == (Purpose.RETRY, (date(2026, 5, 1),))
    # A clock that was set back is no reason to wait for days.
    assert isinstance(next_of(record_of(today_read=NOW + 86_400)), Batch)


def test_the_record_outlives_a_restart() -> None:
    """What is written is read back as it was."""
    record = record_of(paused=True, buy_entity="sensor.price", outages_told_until=5.0)
    record.ask_again(date(2020, 1, 1))
    assert record.first == date(2020, 1, 1)
    assert (record.again, record.again_until) == (date(2020, 1, 1), date(2020, 5, 4))
    record.suspect(date(2026, 5, 1), "month", NOW)
    record.edges = {date(2026, 6, 9): {START: Part(1800, {"home": 5.0}, {"cost": Decimal("0.1"), "other": None})}}
    record.charges, record.outages = [Stretch(START, 60, 5.0)], [Stretch(START, 60)]
    assert record.note_tariff(TARIFF, NOW)
    assert not record.note_tariff(json.loads(json.dumps(TARIFF)), NOW)
    assert not record.note_tariff(None, NOW)
    again = SiteRecord.from_json(json.loads(json.dumps(record.to_json())))
    assert again == record


def test_doubts_are_bounded() -> None:
    """However many days are in doubt, the file stays small."""
    record = record_of()
    for number in range(MOST_SUSPECTS + 50):
        record.suspect(date(2020, 1, 1) + timedelta(days=number), "month", NOW + number)
    assert len(record.suspects) == MOST_SUSPECTS
    assert min(record.suspects) > date(2020, 2, 1)


def test_a_batch_that_takes_long_is_no_newer_than_its_rows() -> None:
    """What was read before midnight, or before the hour was full, is not taken for what came after."""
    record = record_of()
    batch = Batch(Purpose.LATEST, (date(2026, 6, 10),), at=NOW)
    finish(batch, record, BERLIN)
    assert record.today_read == NOW
    assert record.next_day == date(2026, 6, 10)


def test_a_day_is_trusted_again() -> None:
    """Once it adds up to its month, a day is in doubt no longer; a failed one is."""
    record = record_of()
    days = (date(2026, 5, 1), date(2026, 5, 2))
    for day in days:
        record.suspect(day, "month", NOW)
    batch = Batch(Purpose.RETRY, days, told={days[0]: dict.fromkeys(_NAMES, 0.0)}, failed={days[1]}, at=NOW)
    batch.read[days[0]] = Day(days[0], {}, None)
    finish(batch, record, BERLIN)
    assert set(record.suspects) == {days[1]}
    assert record.suspects[days[1]].reason == "unread"


_NAMES = ("grid_import", "grid_export", "solar", "home", "battery_charge", "battery_discharge")
