"""The ledger, by itself: months of two calendars, the reserve, wakes, clocks that are wrong."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.budget import journal
from custom_components.tesla_charging.budget.calendars import CALENDARS, hour_of, month_of, next_turn
from custom_components.tesla_charging.budget.ledger import Ledger, Settings
from custom_components.tesla_charging.budget.prices import PRICES, UNPRICED, Belief, Prices
from custom_components.tesla_charging.fleet.errors import Fault
from custom_components.tesla_charging.fleet.paying import PriceClass

DATA, COMMAND, WAKE, LIST = PriceClass.DATA, PriceClass.COMMAND, PriceClass.WAKE, PriceClass.LIST
FIRST = datetime(2026, 6, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def book(ledger: Ledger, kind: PriceClass, now: datetime, times: int = 1) -> None:
    """Book a request so many times, whatever the ledger thinks of it."""
    for _ in range(times):
        ledger.book(kind, now)


def pay(ledger: Ledger, kind: PriceClass, now: datetime, *, by_person: bool = False) -> Fault | None:
    """Book a request if it may leave; return why it may not."""
    if refusal := ledger.refusal(kind, now, by_person=by_person):
        return refusal.fault
    ledger.probing(now)
    ledger.book(kind, now)
    return None


def pay_all(ledger: Ledger, kind: PriceClass, now: datetime, *, by_person: bool = False) -> tuple[int, Fault]:
    """Pay until it is refused; return how often, and why then."""
    for count in range(100_000):
        if fault := pay(ledger, kind, now, by_person=by_person):
            return count, fault
    raise AssertionError("there is no end to it")


# Prices


def test_prices() -> None:
    """Published prices are as published; what has none is free until it is counted as data."""
    assert {kind: str(PRICES[kind]) for kind in (DATA, COMMAND, WAKE)} == {
        DATA: "0.002",
        COMMAND: "0.001",
        WAKE: "0.02",
    }
    assert PRICES[PriceClass.STREAMING] * 150_000 == pytest.approx(Decimal(1))
    assert {*PRICES, *UNPRICED} == {*PriceClass}
    assert not {*PRICES} & {*UNPRICED}
    prices = Prices({LIST: Belief.COUNTED})
    assert [prices.of(kind) for kind in UNPRICED] == [PRICES[DATA], 0, 0]
    assert [prices.belief(kind) for kind in (DATA, *UNPRICED)] == [None, Belief.COUNTED, Belief.FREE, Belief.FREE]
    assert prices.cost({DATA: 3, LIST: 2, WAKE: 1}) == Decimal("0.03")


# Months


def test_months() -> None:
    """Tesla's month may begin at midnight in Greenwich or in California, there in summer time or not."""
    utc, california = (month_of(datetime(2026, 6, 15, 12, 34, tzinfo=UTC), zone) for zone in CALENDARS)
    assert (utc.start, utc.end) == (FIRST, datetime(2026, 7, 1, tzinfo=UTC))
    assert (california.start, california.end) == (FIRST + 7 * HOUR, datetime(2026, 7, 1, 7, tzinfo=UTC))
    assert month_of(datetime(2026, 1, 1, 7, 59, tzinfo=UTC), CALENDARS[1]).start == datetime(2025, 12, 1, 8, tzinfo=UTC)
    assert month_of(datetime(2026, 3, 20, tzinfo=UTC), CALENDARS[1]).length == timedelta(days=31) - HOUR
    assert next_turn(datetime(2026, 6, 30, 23, tzinfo=UTC)) == datetime(2026, 7, 1, tzinfo=UTC)
    assert next_turn(datetime(2026, 7, 1, 1, tzinfo=UTC)) == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_month_turn() -> None:
    """The budget opens when the month has turned in both calendars, and holds in each of them."""
    ledger = Ledger()
    assert pay_all(ledger, DATA, FIRST + 20 * DAY, by_person=True) == (5000, Fault.OVER_BUDGET)
    turn = datetime(2026, 7, 1, tzinfo=UTC)
    assert pay(ledger, DATA, turn - HOUR, by_person=True) is Fault.OVER_BUDGET
    assert pay(ledger, DATA, turn + 6 * HOUR, by_person=True) is Fault.OVER_BUDGET
    assert ledger.standing(turn + 6 * HOUR).spent == 0
    assert pay(ledger, DATA, turn + 7 * HOUR, by_person=True) is None


def test_standing() -> None:
    """What was used today and this month, what is left, and what it will come to."""
    ledger = Ledger()
    now = FIRST + 10 * DAY
    book(ledger, DATA, now - 5 * DAY, 400)
    book(ledger, DATA, now, 100)
    book(ledger, COMMAND, now, 10)
    book(ledger, LIST, now, 1000)
    standing = ledger.standing(now, now - HOUR)
    assert standing.spent == Decimal("1.01")
    assert standing.left == Decimal("8.99")
    assert standing.today == {DATA: 100, COMMAND: 10, LIST: 1000}
    assert standing.month == {DATA: 500, COMMAND: 10, LIST: 1000}
    assert standing.month_ends == datetime(2026, 7, 1, tzinfo=UTC)
    assert [left.seconds for left in standing.left_for_reads] == [20 * 86400, 20 * 86400 + 7 * 3600]
    # A dollar and a cent in five days
    assert standing.forecast == pytest.approx(Decimal("1.01") + Decimal("1.01") / 5 * 20)


@pytest.mark.parametrize(
    ("after", "used", "forecast"), [(HOUR, 0, 0), (HOUR, 10, 0.62), (2 * DAY, 100, 2.99), (DAY, 4000, 10)]
)
def test_forecast(after: timedelta, used: int, forecast: float) -> None:
    """The first hours are no reason for alarm, and the limit holds in the forecast too."""
    ledger = Ledger()
    book(ledger, LIST, FIRST)
    book(ledger, DATA, FIRST + after, used)
    assert ledger.standing(FIRST + after).forecast == pytest.approx(Decimal(forecast), abs=Decimal("0.03"))


def test_what_others_spend() -> None:
    """What other programs spend on the same app is not ours."""
    ledger = Ledger()
    ledger.settings = Settings(budget=Decimal(3), elsewhere=Decimal("2.5"))
    assert pay_all(ledger, DATA, FIRST, by_person=True) == (250, Fault.OVER_BUDGET)
    ledger.settings = Settings(budget=Decimal(3), elsewhere=Decimal(5))
    assert ledger.standing(FIRST).left == 0


# The reserve


def test_reserve_without_commands() -> None:
    """Who sends no commands has nearly all of the money for reads on the first day, and all of it on the last."""
    ledger = Ledger()
    shares = [min(ledger.standing(FIRST + day * DAY).left_for_reads).dollars / 10 for day in range(30)]
    assert shares[0] >= Decimal("0.96")
    assert shares == sorted(shares)
    assert ledger.standing(datetime(2026, 6, 30, 23, 59, tzinfo=UTC)).left_for_reads[0].dollars > Decimal("9.999")


def test_reserve_of_who_sends_commands() -> None:
    """What was used lately is kept for the days that are left, but never more than half."""
    ledger = Ledger()
    for day in range(28):
        book(ledger, COMMAND, FIRST - (28 - day) * DAY, 40)
        book(ledger, WAKE, FIRST - (28 - day) * DAY, 2)
    assert ledger.standing(FIRST).reserve == pytest.approx(Decimal("0.08") * 30 * Decimal("1.25"))
    assert ledger.standing(FIRST + 29 * DAY).reserve < Decimal("0.11")
    ledger = Ledger()
    book(ledger, COMMAND, FIRST - DAY, 10_000)
    assert ledger.standing(FIRST).reserve == 5


def test_reads_stop_and_commands_go_on() -> None:
    """Background reads leave the reserve alone; a person has all of it, and an end."""
    ledger = Ledger()
    now = FIRST + 3 * HOUR
    reads, fault = pay_all(ledger, DATA, now)
    assert (reads, fault) == (4850, Fault.RESERVED)
    standing = ledger.standing(now)
    assert not standing.may_pay(DATA)
    assert standing.may_pay(DATA, by_person=True)
    assert standing.may_pay(COMMAND)
    assert pay(ledger, DATA, now, by_person=True) is None
    assert pay_all(ledger, COMMAND, now, by_person=True) == (298, Fault.OVER_BUDGET)
    assert ledger.standing(now).spent == 10
    # What costs nothing goes on.
    assert pay(ledger, LIST, now) is None


def test_counted_classes_count() -> None:
    """What is counted as data is kept within the budget like data."""
    ledger = Ledger()
    ledger.settings = Settings(prices=Prices({LIST: Belief.COUNTED}))
    assert pay_all(ledger, LIST, FIRST)[1] is Fault.RESERVED
    assert ledger.standing(FIRST).spent <= Decimal("9.7")


# Wakes


@pytest.mark.parametrize("by_person", [False, True])
def test_wakes_have_a_cap(by_person: bool) -> None:
    """They end with their number for a day, whoever asks for them, and go on a day later."""
    ledger = Ledger()
    ledger.settings = Settings(wakes_a_day=3)
    assert pay_all(ledger, WAKE, FIRST, by_person=by_person) == (3, Fault.WAKES_SPENT)
    assert ledger.standing(FIRST).wakes_left == 0
    assert pay(ledger, WAKE, FIRST + 23 * HOUR, by_person=by_person) is Fault.WAKES_SPENT
    assert pay(ledger, WAKE, FIRST + 25 * HOUR, by_person=by_person) is None


def test_a_runaway_automation_leaves_the_other_days_theirs() -> None:
    """However many are allowed, what runs wild takes a tenth of what is left in a day."""
    ledger = Ledger()
    ledger.settings = Settings(wakes_a_day=1000)
    per_day = [pay_all(ledger, WAKE, FIRST + day * DAY, by_person=True) for day in range(28)]
    assert per_day[0] == (50, Fault.WAKES_SPENT)
    assert {fault for _, fault in per_day} == {Fault.WAKES_SPENT}
    assert min(count for count, _ in per_day) >= 5
    assert ledger.standing(FIRST + 28 * DAY).left > 0


# Clocks


def test_a_clock_that_is_set_back_an_hour() -> None:
    """What was booked stays booked."""
    ledger = Ledger()
    book(ledger, DATA, FIRST + 10 * DAY, 100)
    assert ledger.standing(FIRST + 10 * DAY - HOUR).spent == Decimal("0.2")
    book(ledger, DATA, FIRST + 10 * DAY - HOUR, 100)
    assert ledger.standing(FIRST + 10 * DAY).spent == Decimal("0.4")


def test_a_clock_that_is_set_back_a_month() -> None:
    """The month before does not open again, and what is spent meanwhile counts for the month that it is."""
    ledger = Ledger()
    book(ledger, DATA, FIRST - DAY, 1000)
    book(ledger, DATA, FIRST + DAY, 4000)
    assert ledger.standing(FIRST - 2 * DAY).left == 0
    ledger = Ledger()
    book(ledger, DATA, FIRST + DAY, 2000)
    book(ledger, DATA, FIRST - DAY, 1000)
    assert ledger.standing(FIRST + DAY).spent == 6


def test_a_clock_that_was_ahead() -> None:
    """A jump into next month and back loses nothing; which month it was nobody can know, so it counts for both."""
    ledger = Ledger()
    book(ledger, DATA, FIRST + 10 * DAY, 2000)
    book(ledger, DATA, FIRST + 31 * DAY, 2000)
    assert ledger.standing(FIRST + 10 * DAY + HOUR).spent == 8
    for hours in range(60):
        ledger.book(LIST, FIRST + 11 * DAY + hours * HOUR)
    assert ledger.standing(FIRST + 14 * DAY).spent == 8
    assert ledger.standing(FIRST + 31 * DAY).spent == 4


def test_a_clock_that_was_years_ahead() -> None:
    """One jump into 2038 does not eat the budget of the months until then."""
    ledger = Ledger()
    book(ledger, DATA, FIRST, 1000)
    book(ledger, DATA, datetime(2038, 1, 19, tzinfo=UTC), 1000)
    spent = []
    for day in range(45):
        book(ledger, LIST, FIRST + day * DAY)
        spent.append(ledger.standing(FIRST + day * DAY).spent)
    assert spent == [4] * 30 + [0] * 15


def test_a_clock_that_is_wrong_three_times() -> None:
    """In July, back in June, for long in May and in June again: what was spent in June is not forgotten."""
    ledger, july, may = Ledger(), FIRST + 30 * DAY, FIRST - 4 * DAY
    book(ledger, DATA, july, 1)
    book(ledger, DATA, FIRST, 2000)
    for hours in range(60):
        ledger.book(LIST, may + hours * HOUR)
    assert ledger.standing(FIRST + DAY).spent >= 4
    assert ledger.standing(july).spent >= Decimal("0.002")


def test_memory_of_a_clock_that_stays_behind() -> None:
    """However long a clock jumps about, what is remembered of it is bounded."""
    ledger = Ledger()
    book(ledger, LIST, FIRST)
    for hours in range(62 * 24 + 50):
        ledger.book(LIST, FIRST - DAY - (hours % 24) * HOUR)
        ledger.tally.note(LIST, hours)
    assert len(ledger.tally.meanwhile) == 62 * 24


moments = st.integers(0, 40 * 24 * 4).map(lambda quarter: FIRST - 5 * DAY + quarter * HOUR / 4)
kinds = st.sampled_from([DATA, COMMAND, WAKE, LIST])
steps = st.lists(st.tuples(moments, kinds, st.integers(1, 40), st.booleans(), st.booleans()), max_size=60)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_never_over_budget(taken: list[tuple[datetime, PriceClass, int, bool, bool]]) -> None:
    """Whatever the order of requests and of clocks, no month of any calendar goes over, and the books agree with memory."""
    ledger = Ledger()
    ledger.settings = Settings(budget=Decimal("0.3"))
    paid: dict[tuple[int, datetime], Decimal] = {}
    for now, kind, number, by_person, back in taken:
        for _ in range(number):
            if ledger.refusal(kind, now, by_person=by_person) is not None:
                break
            hour = ledger.book(kind, now)
            if back:
                ledger.take_back(kind, hour)
            else:
                for zone, calendar in enumerate(CALENDARS):
                    month = (zone, month_of(now, calendar).start)
                    paid[month] = paid.get(month, Decimal(0)) + ledger.settings.prices.of(kind)
        standing = ledger.standing(now)
        assert min([0, *standing.month.values()]) == 0
        assert standing.spent >= paid.get((0, month_of(now, UTC).start), Decimal(0))
        assert min(left.dollars for left in standing.left_for_reads) >= 0
        assert standing.spent <= standing.forecast
    assert max(paid.values(), default=0) <= Decimal("0.3")
    again = journal.read(journal.head(ledger))
    assert not again.damaged
    assert journal.head(again.ledger) == journal.head(ledger)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), kinds, st.booleans()), max_size=200))
def test_sum_of_counts(booked: list[tuple[int, PriceClass, bool]]) -> None:
    """Counts over any time are the sum of the bookings in it less what was taken back, and never negative."""
    ledger = Ledger()
    start = hour_of(FIRST)
    now = 0
    for hours, kind, back in sorted(booked):
        now = hours
        hour = ledger.book(kind, FIRST + hours * HOUR)
        ledger.tally.since(start + hours // 2)
        if back:
            ledger.take_back(kind, hour)
            ledger.take_back(LIST, hour + 5)
    for since in (0, now // 3, now):
        for kind in (DATA, COMMAND, WAKE):
            expected = sum(not back for hours, one, back in booked if one is kind and hours >= since)
            assert ledger.tally.since(start + since)[kind] == expected
    assert all(min(counts.values()) >= 0 for counts in ledger.tally.hours.values() if counts)


def test_old_hours_become_days() -> None:
    """Two months are kept by the hour, about thirteen by the day."""
    ledger = Ledger()
    for day in range(500):
        for hour in range(24):
            ledger.book(DATA, FIRST + day * DAY + hour * HOUR)
    days = dict(ledger.tally.days_seen())
    assert len(ledger.tally.hours) <= 62 * 24
    assert 400 <= len(days) <= 465
    assert set(list(days.values())[1:-1][0].values()) == {24}
    assert ledger.standing(FIRST + 499 * DAY + 23 * HOUR).month[DATA] == 24 * 13
