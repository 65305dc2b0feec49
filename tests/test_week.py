"""Times of a week: days, clocks of two places, and days on which the clocks change."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.charging.recurrence import rule_days, rule_of
from custom_components.tesla_charging.charging.week import (
    ALL_DAYS,
    DAYS,
    MOMENT,
    WEEKDAYS,
    Week,
    mask_of,
    minutes_of,
    moved,
    names_of,
    next_start,
    spans,
    time_of,
)

BERLIN, NEW_YORK, SAMOA, KIRITIMATI = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Pago_Pago", "Pacific/Kiritimati")
)
# 2026: Berlin goes to summer time on 29 March and back on 25 October, New York on 8 March and 1 November.
SUMMER = datetime(2026, 6, 10, 10, tzinfo=UTC)

MASKS = st.integers(1, ALL_DAYS)
MINUTES = st.integers(0, 1439)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
FIXED = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
REAL = st.sampled_from((BERLIN, NEW_YORK, SAMOA, KIRITIMATI, ZoneInfo("Australia/Lord_Howe")))


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Draw a window with a start, an end, or both."""
    start, end = draw(st.tuples(st.none() | MINUTES, st.none() | MINUTES).filter(lambda pair: pair[0] != pair[1]))
    return Week(days=draw(MASKS), start=start, end=end)


def minutes(clock: str | None) -> int | None:
    """Return the minutes after midnight of a time such as 22:00."""
    return None if clock is None else minutes_of(time.fromisoformat(clock))


def week(days: str, start: str | None = None, end: str | None = None) -> Week:
    """Return a window, its days by their first letters."""
    return Week(days=mask_of(day for day in DAYS if day[:2] in days.split()), start=minutes(start), end=minutes(end))


def told(found: list[tuple[datetime, datetime]], zone: ZoneInfo = BERLIN) -> list[str]:
    """Return spans as a person would write them."""
    return [f"{start.astimezone(zone):%d. %H:%M%z} - {end.astimezone(zone):%d. %H:%M%z}" for start, end in found]


# Names


@pytest.mark.parametrize(
    ("names", "mask"),
    [([], 0), (["sunday"], 1), (["saturday"], 64), (DAYS, 127), (["monday", "monday"], 2), (DAYS[1:6], WEEKDAYS)],
)
def test_days_have_bits(names: list[str], mask: int) -> None:
    """Sunday is the first bit, and a day that is named twice is one."""
    assert mask_of(names) == mask


@given(MASKS)
def test_days_round_trip(mask: int) -> None:
    """Names say all of a bitmask, Monday first; so do rules of calendars."""
    assert mask_of(names_of(mask)) == mask
    assert rule_days(rule_of(mask), 1) == mask
    assert names_of(ALL_DAYS)[0] == "monday"


def test_unknown_day() -> None:
    """What is no day is not taken for one."""
    with pytest.raises(ValueError):
        mask_of(["someday"])


@given(MINUTES)
def test_times_round_trip(at: int) -> None:
    """A minute of the day is a time of day."""
    assert minutes_of(time_of(at)) == at


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY", 127),
        ("FREQ=DAILY;INTERVAL=1", 127),
        ("FREQ=DAILY;BYDAY=MO,TU", 6),
        ("FREQ=WEEKLY", 8),
        ("FREQ=WEEKLY;WKST=SU;BYDAY=FR", 32),
        ("freq=weekly;byday=su,sa", 65),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", None),
        ("FREQ=DAILY;COUNT=3", None),
        ("FREQ=WEEKLY;UNTIL=20260701T000000Z", None),
        ("FREQ=MONTHLY", None),
        ("FREQ=MONTHLY;BYDAY=1MO", None),
        ("FREQ=WEEKLY;BYDAY=1MO", None),
        ("FREQ=YEARLY", None),
        ("FREQ=WEEKLY;BYHOUR=3", None),
        ("", None),
    ],
)
def test_rules(rule: str, days: int | None) -> None:
    """A rule is taken if it is the same each week for ever; without days it is the day on which it begins."""
    assert rule_days(rule, 8) == days


# By the clock of another place


@pytest.mark.parametrize(
    ("source", "there", "target", "now", "here"),
    [
        (BERLIN, week("mo fr", "22:00", "06:00"), NEW_YORK, SUMMER, week("mo fr", "16:00", "00:00")),
        (BERLIN, week("mo", "03:00"), NEW_YORK, SUMMER, week("su", "21:00")),
        (NEW_YORK, week("su", "21:00"), BERLIN, SUMMER, week("mo", "03:00")),
        (BERLIN, week("su", "03:00", "04:00"), NEW_YORK, SUMMER, week("sa", "21:00", "22:00")),
        (BERLIN, week("mo", None, "03:00"), NEW_YORK, SUMMER, week("su", None, "21:00")),
        (NEW_YORK, week("sa", "23:30"), BERLIN, SUMMER, week("su", "05:30")),
        # both have changed their clocks; only New York has; the next time is after the change in Berlin
        (BERLIN, week("mo", "22:00"), NEW_YORK, datetime(2026, 2, 1, tzinfo=UTC), week("mo", "16:00")),
        (BERLIN, week("mo", "22:00"), NEW_YORK, datetime(2026, 3, 15, tzinfo=UTC), week("mo", "17:00")),
        (BERLIN, week("mo", "22:00"), NEW_YORK, datetime(2026, 3, 28, tzinfo=UTC), week("mo", "16:00")),
        # two days apart: half past midnight on the one side is the day before yesterday on the other
        (KIRITIMATI, week("we", "00:30"), SAMOA, SUMMER, week("mo", "23:30")),
        (SAMOA, week("mo", "23:30"), KIRITIMATI, SUMMER, week("we", "00:30")),
        # the clocks change between the start and the end
        (
            BERLIN,
            week("sa", "22:00", "06:00"),
            NEW_YORK,
            datetime(2026, 3, 27, tzinfo=UTC),
            week("sa", "17:00", "00:00"),
        ),
        # the same clock is never asked twice, not even about a time that it skips
        (BERLIN, week("su", "02:30"), BERLIN, datetime(2026, 3, 28, tzinfo=UTC), week("su", "02:30")),
        (BERLIN, Week(days=0, start=5), NEW_YORK, SUMMER, Week(days=0, start=5)),
    ],
)
def test_moved(source: ZoneInfo, there: Week, target: ZoneInfo, now: datetime, here: Week) -> None:
    """A window is the same moment at both places, the next time that it comes."""
    assert moved(there, source, target, now) == here


@given(weeks(), FIXED, FIXED, MOMENTS)
def test_there_and_back(window: Week, source: timezone, target: timezone, now: datetime) -> None:
    """Where no clock changes, a window comes back as it was, and the car does the same at the same time."""
    there = moved(window, source, target, now)
    assert moved(there, target, source, now) == window
    assert there.days.bit_count() == window.days.bit_count()
    begin, end = now, now + timedelta(days=8)
    assert list(spans(there, target, begin, end)) == list(spans(window, source, begin, end))


@given(weeks().filter(lambda window: window.start is not None), REAL, REAL, MOMENTS)
def test_moved_over_real_clocks(window: Week, source: ZoneInfo, target: ZoneInfo, now: datetime) -> None:
    """Whatever the clocks do, the next start is at one and the same moment, but for a time that comes twice."""
    there = moved(window, source, target, now - timedelta(seconds=1))
    comes, same = next_start(window, source, now), next_start(there, target, now)
    assert comes is not None
    assert same is not None
    assert abs(comes - same) <= timedelta(hours=1)


# When


@pytest.mark.parametrize(
    ("window", "begin", "found"),
    [
        # a plain week, over midnight
        (
            week("mo we", "22:00", "06:00"),
            "2026-06-08",
            ["08. 22:00+0200 - 09. 06:00+0200", "10. 22:00+0200 - 11. 06:00+0200"],
        ),
        (
            week("su", "22:00", "06:00"),
            "2026-06-08",
            ["07. 22:00+0200 - 08. 06:00+0200", "14. 22:00+0200 - 15. 06:00+0200"],
        ),
        (week("we", "10:00", "12:00"), "2026-06-08", ["10. 10:00+0200 - 10. 12:00+0200"]),
        # only a start, only an end
        (week("we", "10:00"), "2026-06-08", ["10. 10:00+0200 - 10. 10:30+0200"]),
        (week("we", None, "00:10"), "2026-06-08", ["09. 23:40+0200 - 10. 00:10+0200"]),
        # the night of the change to summer time: an hour shorter, and half past two does not exist
        (week("sa", "22:00", "06:00"), "2026-03-23", ["28. 22:00+0100 - 29. 06:00+0200"]),
        (week("su", "02:30"), "2026-03-23", ["29. 03:30+0200 - 29. 04:00+0200"]),
        (week("su", "01:00", "02:30"), "2026-03-23", ["29. 01:00+0100 - 29. 03:30+0200"]),
        (week("su", "02:30", "03:15"), "2026-03-23", []),
        # the night of the change back: an hour longer, and half past two comes twice
        (week("sa", "22:00", "06:00"), "2026-10-19", ["24. 22:00+0200 - 25. 06:00+0100"]),
        (week("su", "02:30", "04:00"), "2026-10-19", ["25. 02:30+0200 - 25. 04:00+0100"]),
        (week("su", "01:00", "02:30"), "2026-10-19", ["25. 01:00+0200 - 25. 02:30+0200"]),
        (Week(days=0, start=5), "2026-06-08", []),
    ],
)
def test_spans(window: Week, begin: str, found: list[str]) -> None:
    """A window is open when the clocks on the wall say so, on the days on which they change as well."""
    first = datetime.fromisoformat(begin).replace(tzinfo=BERLIN)
    assert told(list(spans(window, BERLIN, first, first + timedelta(days=7)))) == found


@given(weeks(), REAL, MOMENTS, st.integers(1, 40))
def test_spans_are_in_order(window: Week, zone: ZoneInfo, begin: datetime, days: int) -> None:
    """Spans overlap the time that was asked for, come in order, and last less than 26 hours."""
    end = begin + timedelta(days=days)
    found = list(spans(window, zone, begin, end))
    assert found == sorted(found)
    for opens, closes in found:
        assert opens < end
        assert closes > begin
        assert timedelta(0) < closes - opens <= timedelta(hours=25)
    if days >= 9:
        assert len(found) >= (days - 2) // 7 * window.days.bit_count() - 1


def test_next_start() -> None:
    """The next start is after now, a week later if it is now, and there is none without a start."""
    now = datetime(2026, 6, 10, 20, tzinfo=UTC)
    assert next_start(week("we", "22:00"), BERLIN, now) == now + timedelta(days=7)
    assert next_start(week("we", "22:00"), BERLIN, now - timedelta(minutes=1)) == now
    assert next_start(week("we", None, "22:00"), BERLIN, now) is None
    assert next_start(Week(days=0, start=5), BERLIN, now) is None
    assert timedelta(minutes=30) == MOMENT
