"""Tariffs: read with any label and clock, and written by the rules of Tesla."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import itertools
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.energy.tariff import Side, Slot, Tariff, read_tariff, same_tariff
from custom_components.tesla_charging.energy.tariff_write import (
    PricePeriod,
    TariffFlaw,
    banded,
    below,
    content_of,
    in_bands,
    week_of,
    week_of_side,
)
from tesla_simulator.world.params import InvalidParameter
from tesla_simulator.world.tariff import TARIFF
from tesla_simulator.world.tariff_rules import check_tariff

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland",
    )
]  # fmt: skip
BERLIN = ZONES[0]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)  # a Wednesday, noon in Berlin


def tariff_of(buy: dict[str, Any], **other: Any) -> Tariff:
    """Return a tariff of one season: `buy` is label -> (price, periods)."""
    content = {
        "energy_charges": {"Summer": {"rates": {label: price for label, (price, _) in buy.items()}}},
        "seasons": {
            "Summer": {
                "fromMonth": 1, "fromDay": 1, "toMonth": 12, "toDay": 31,
                "tou_periods": {label: {"periods": periods} for label, (_, periods) in buy.items()},
            }
        },
        **other,
    }  # fmt: skip
    found = read_tariff(content)
    assert found is not None
    return found


def buy_of(tariff: Tariff | None) -> Side:
    """Return what is bought."""
    assert tariff is not None
    assert tariff.buy is not None
    return tariff.buy


def told(slots: list[Slot], zone: ZoneInfo = BERLIN) -> list[str]:
    """Return slots by the clock."""
    return [
        f"{one.start.astimezone(zone):%a %H:%M}-{one.end.astimezone(zone):%a %H:%M} {one.label} {one.price}"
        for one in slots
    ]


# Mondays to Fridays a night from 21 to 7, else a day.
NIGHT = {
    "NIGHT": (0.2, [{"toDayOfWeek": 4, "fromHour": 21, "toHour": 7}]),
    "DAY": (0.4, [{"toDayOfWeek": 4, "fromHour": 7, "toHour": 21}]),
    "WEEKEND": (0.3, [{"fromDayOfWeek": 5, "toDayOfWeek": 6}]),
}


def test_over_midnight_and_weekends() -> None:
    """A night belongs to the day on which it begins, and is one event."""
    side = buy_of(tariff_of(NIGHT))
    friday = datetime(2026, 6, 12, 10, tzinfo=UTC)
    assert told(list(side.slots(BERLIN, friday, friday + 3 * DAY))) == [
        "Fri 07:00-Fri 21:00 DAY 0.4",
        "Fri 21:00-Sat 07:00 NIGHT 0.2",
        "Sat 07:00-Sun 00:00 WEEKEND 0.3",
        "Sun 00:00-Mon 00:00 WEEKEND 0.3",
        "Mon 07:00-Mon 21:00 DAY 0.4",
    ]
    price = side.price_at(BERLIN)
    monday = datetime(2026, 6, 15, 0, tzinfo=UTC)
    assert (price(friday + 14 * HOUR), price(monday), price(friday)) == (Decimal("0.2"), None, Decimal("0.4"))
    later = side.next_change(BERLIN, friday)
    assert later is not None
    assert (told([later]), side.at(BERLIN, monday)) == (["Fri 21:00-Sat 07:00 NIGHT 0.2"], None)


def test_the_example() -> None:
    """Zeros are left out, the end of the day too; a flat price is told day by day and does not change."""
    found = read_tariff(TARIFF)
    assert found is not None
    assert (found.name, found.utility, found.currency) == ("Example Energy Flex", "Example Energy", "EUR")
    assert told(list(buy_of(found).slots(BERLIN, NOON, NOON + 8 * HOUR))) == [
        "Wed 06:00-Wed 17:00 PARTIAL_PEAK 0.31",
        "Wed 17:00-Wed 21:00 ON_PEAK 0.38",
    ]
    assert found.sell is not None
    assert told(list(found.sell.slots(BERLIN, NOON, NOON + DAY))) == [
        "Wed 00:00-Thu 00:00 ALL 0.08",
        "Thu 00:00-Fri 00:00 ALL 0.08",
    ]
    assert found.sell.next_change(BERLIN, NOON) is None


def test_seasons() -> None:
    """Winter goes over the new year; each season has its own prices."""
    content: dict[str, Any] = {
        "currency": "USD",
        "energy_charges": {"Winter": {"rates": {"ALL": 0.2}}, "Summer": {"rates": {"ALL": 0.5}}, "ALL": {"rates": {"ALL": 0}}},
        "seasons": {
            name: {
                "fromMonth": first, "fromDay": 1, "toMonth": last, "toDay": day,
                "tou_periods": {"ALL": {"periods": [{"toDayOfWeek": 6}]}},
            }
            for name, first, last, day in (("Winter", 10, 4, 30), ("Summer", 5, 9, 30))
        },
    }  # fmt: skip
    side = buy_of(read_tariff(content))
    price = side.price_at(BERLIN)
    days = (
        date(2026, 1, 1),
        date(2026, 4, 30),
        date(2026, 5, 1),
        date(2026, 9, 30),
        date(2026, 10, 1),
        date(2026, 12, 31),
    )
    assert [str(price(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))) for day in days] == [
        "0.2", "0.2", "0.5", "0.5", "0.2", "0.2",
    ]  # fmt: skip
    later = side.next_change(BERLIN, datetime(2026, 4, 28, tzinfo=UTC))
    assert later is not None
    assert later.start == datetime(2026, 4, 30, 22, tzinfo=UTC)


def test_older_and_flat_objects() -> None:
    """Periods without `periods`, prices without `rates`, and one price for all of it."""
    older = {
        "energy_charges": {"Summer": {"ON": 0.4, "OFF": 0.1}},
        "seasons": {"Summer": {"tou_periods": {"ON": [{"toDayOfWeek": 6, "fromHour": 8, "toHour": 24}], "OFF": [{"toDayOfWeek": 6, "toHour": 8}]}}},
    }  # fmt: skip
    price = buy_of(read_tariff(older)).price_at(BERLIN)
    assert (price(NOON), price(NOON - 8 * HOUR)) == (Decimal("0.4"), Decimal("0.1"))
    flat = buy_of(read_tariff({"energy_charges": {"ALL": {"rates": {"ALL": "0.25"}}}}))
    assert flat.price_at(BERLIN)(NOON) == Decimal("0.25")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        # Berlin puts the clock on at 2 and back at 3.
        (
            datetime(2026, 3, 29, 0, tzinfo=UTC),
            ["00:00-00:30Z A", "00:30-01:00Z B", "01:00-01:30Z A", "01:30-02:00Z B"],
        ),
        (
            datetime(2026, 10, 24, 23, 30, tzinfo=UTC),
            ["23:30-00:00Z B", "00:00-00:30Z A", "00:30-01:00Z B", "01:00-01:30Z A"],
        ),
    ],
)
def test_the_clock_counts_when_it_is_changed(moment: datetime, shown: list[str]) -> None:
    """What the clock shows twice has its price twice; what it skips has none."""
    halves = {
        name: (price, [{"toDayOfWeek": 6, "fromHour": hour, "fromMinute": start, "toHour": hour + end // 60, "toMinute": end % 60} for hour in range(24)])
        for name, price, start, end in (("A", 0.1, 0, 30), ("B", 0.2, 30, 60))
    }  # fmt: skip
    slots = list(buy_of(tariff_of(halves)).slots(BERLIN, moment, moment + 2 * HOUR))
    assert [f"{one.start:%H:%M}-{one.end:%H:%M}Z {one.label}" for one in slots] == shown


PRICES = st.decimals(0, 2, places=3)


@st.composite
def weeks(draw: st.DrawFn) -> list[PricePeriod]:
    """Draw periods that cover the week: cuts of all days, some over midnight, and a weekend of its own or not."""
    periods = []
    groups = draw(st.sampled_from(([range(7)], [range(5), range(5, 7)], [range(1), range(1, 7)])))
    for days in groups:
        cuts = sorted(draw(st.sets(st.integers(0, 95), min_size=1, max_size=8)))
        edges = [*cuts, cuts[0]] if len(groups) == 1 else [0, *[cut for cut in cuts if cut], 0]
        for start, end in itertools.pairwise(edges):
            periods.append(PricePeriod(start * 15, end * 15, draw(PRICES), frozenset(days)))
    return periods


@given(
    weeks(), st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
)
@settings(max_examples=60, deadline=None)
def test_slots_are_the_prices(periods: list[PricePeriod], zone: ZoneInfo, moment: datetime) -> None:
    """In every zone and at every change of the clocks: no gap, no overlap, and the price that the clock says."""
    side = buy_of(read_tariff(content_of("T", "EUR", week_of(periods), None)))
    price, slots = side.price_at(zone), list(side.slots(zone, moment, moment + 3 * DAY))
    assert slots[0].start <= moment
    assert slots[-1].end >= moment + 3 * DAY
    assert all(one.end == other.start for one, other in itertools.pairwise(slots))
    for slot in slots:
        for at in (slot.start, slot.end - MINUTE):
            assert price(at) == slot.price
            local = at.astimezone(zone)
            minute = local.hour * 60 + local.minute
            parts = [(day, start, end, one.price) for one in periods for day, start, end in one.parts()]
            assert slot.price in {
                cost for day, start, end, cost in parts if day == local.weekday() and start <= minute < end
            }
    now = side.at(zone, moment)
    assert now is not None
    assert now.start <= moment < now.end


@given(weeks())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(periods: list[PricePeriod]) -> None:
    """Tesla takes what is written, with its documented labels too, and reads the same out of it."""
    week = week_of(periods)
    content = content_of("T", "EUR", week, below(week, week))
    check_tariff(deepcopy(content), documented_only=False)
    assert week_of_side(buy_of(read_tariff(content))) == week
    plainer = banded(content)
    check_tariff(deepcopy(plainer or content), documented_only=True)
    assert same_tariff(content, deepcopy(content))


def test_same_tariff() -> None:
    """What leaves out zeros, or writes them, is the same; another price is another tariff."""
    content = content_of("T", "EUR", week_of([PricePeriod(0, 0, Decimal("0.3"))]), None)
    other: Any = deepcopy(content)
    (label,) = other["seasons"]["Summer"]["tou_periods"]
    other["seasons"]["Summer"]["tou_periods"][label]["periods"][0] |= {"fromDayOfWeek": 0, "fromHour": 0, "toHour": 0}
    assert same_tariff(content, other)
    other["energy_charges"]["Summer"]["rates"][label] = 0.31
    assert not same_tariff(content, other)
    assert not same_tariff(content, None)


def period(start: str, end: str, price: str, days: str = "0123456") -> PricePeriod:
    """Return a period by the clock."""
    first, last = (int(at[:2]) * 60 + int(at[3:]) for at in (start, end))
    return PricePeriod(first, last, Decimal(price), frozenset(int(day) for day in days))


@pytest.mark.parametrize(
    ("periods", "key", "blanks"),
    [
        ([], "tariff_gap", {"day": "monday", "time": "00:00"}),
        ([period("06:00", "22:00", "0.3")], "tariff_gap", {"day": "monday", "time": "00:00"}),
        ([period("00:00", "00:00", "0.3", "01234")], "tariff_gap", {"day": "saturday", "time": "00:00"}),
        ([period("22:00", "06:00", "0.2"), period("05:00", "22:00", "0.3")], "tariff_overlap", {"day": "monday", "time": "05:00"}),
        ([period("22:00", "06:00", "0.2"), period("06:30", "22:00", "0.3")], "tariff_gap", {"day": "monday", "time": "06:00"}),
        ([period("00:00", "00:00", "-0.01")], "tariff_negative", {"price": "-0.01"}),
    ],
)  # fmt: skip
def test_flaws(periods: list[PricePeriod], key: str, blanks: dict[str, str]) -> None:
    """What Tesla would refuse is said with the day and the time."""
    with pytest.raises(TariffFlaw) as flaw:
        week_of(periods)
    assert (flaw.value.key, flaw.value.blanks) == (key, blanks)


def test_flaws_of_both_sides() -> None:
    """A sale above the purchase, and a currency that is none."""
    buy = week_of([period("22:00", "06:00", "0.1"), period("06:00", "22:00", "0.3")])
    sell = week_of([period("00:00", "00:00", "0.2")])
    with pytest.raises(TariffFlaw) as flaw:
        content_of("T", "EUR", buy, sell)
    assert flaw.value.key == "tariff_sale"
    assert flaw.value.blanks == {"day": "monday", "time": "00:00", "sell": "0.2", "buy": "0.1"}
    content_of("T", "EUR", buy, below(buy, sell))
    with pytest.raises(TariffFlaw):
        content_of("T", "Euro", buy, None)


def test_bands() -> None:
    """A day of many prices has four at most, the dear ones dear."""
    week = week_of([PricePeriod(hour * 60, hour * 60 + 60, Decimal(hour) / 100) for hour in range(24)])
    found = in_bands(week)
    prices = sorted({price for day in found for _, _, price in day})
    assert len(prices) == 4
    assert found[0][-1][2] == prices[-1] == Decimal("0.205")
    check_tariff(content_of("T", "EUR", found, in_bands(week, found)), documented_only=True)
    with pytest.raises(InvalidParameter):
        check_tariff(content_of("T", "EUR", week, None), documented_only=True)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage(data: st.DataObject) -> None:
    """Whatever becomes of a part of a tariff, reading it never fails."""
    content: Any = deepcopy(TARIFF)
    part = content
    for _ in range(data.draw(st.integers(0, 5))):
        keys = sorted(part) if isinstance(part, dict) else list(range(len(part))) if isinstance(part, list) else []
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            part[key] = data.draw(JUNK)
            break
        part = part[key]
    tariff = read_tariff(content)
    for side in () if tariff is None else (tariff.buy, tariff.sell):
        if side is not None:
            assert list(side.slots(BERLIN, NOON, NOON + DAY)) is not None
            side.price_at(BERLIN)(NOON)
            side.next_change(BERLIN, NOON)
