"""What the ledger is told: that Tesla has the app switched off, what it counts, and what a person has spent elsewhere."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from custom_components.tesla_charging.budget.ledger import Ledger
from custom_components.tesla_charging.fleet.errors import Fault
from custom_components.tesla_charging.fleet.paying import PriceClass

from .test_ledger import DATA, DAY, FIRST, HOUR, LIST, book, pay


def test_switched_off() -> None:
    """Once a day is asked whether the app is on again, and when the month turns; or when the person says so."""
    ledger = Ledger()
    book(ledger, DATA, FIRST + 19 * DAY, 4900)
    now = FIRST + 19 * DAY + HOUR
    assert ledger.close(Fault.LIMIT_EXCEEDED, now) == frozenset()
    since = now
    asked = []
    while now < FIRST + 31 * DAY:
        now += HOUR / 2
        if pay(ledger, LIST, now, by_person=True) is None:
            asked.append(now)
            ledger.close(Fault.LIMIT_EXCEEDED, now)
    assert ledger.closed is not None
    assert ledger.closed.since == since
    days = [at.date() for at in asked]
    assert asked[0] == since + DAY
    assert datetime(2026, 7, 1, tzinfo=UTC) in asked
    assert datetime(2026, 7, 1, 7, tzinfo=UTC) in asked
    assert [day for day in days if days.count(day) > 1] == [datetime(2026, 7, 1, tzinfo=UTC).date()] * 2
    assert pay(ledger, LIST, now + HOUR) is Fault.LIMIT_EXCEEDED
    ledger.probe_again(now)
    assert pay(ledger, LIST, now + HOUR) is None
    assert pay(ledger, LIST, now + HOUR) is Fault.LIMIT_EXCEEDED
    ledger.open()
    assert pay(ledger, LIST, now + HOUR) is None


@pytest.mark.parametrize(
    ("reads", "lists", "fault", "turned"),
    [
        (4700, 50, Fault.LIMIT_EXCEEDED, {LIST}),
        (4760, 50, Fault.LIMIT_EXCEEDED, set()),
        (100, 0, Fault.LIMIT_EXCEEDED, set()),
        (100, 50, Fault.PAYMENT_REQUIRED, set()),
    ],
)
def test_wrong_beliefs(reads: int, lists: int, fault: Fault, turned: set[PriceClass]) -> None:
    """A limit that comes too early shows that something costs money which was believed to be free."""
    ledger = Ledger()
    book(ledger, DATA, FIRST, reads)
    book(ledger, LIST, FIRST, lists)
    assert ledger.close(fault, FIRST + HOUR) == turned
    assert ledger.settings.disproved == turned
    assert ledger.standing(FIRST + HOUR).spent == Decimal(2) / 1000 * (reads + (lists if turned else 0))
    assert ledger.close(fault, FIRST + 2 * HOUR) == frozenset()


# What a person says


def test_a_persons_word() -> None:
    """What Tesla's bill says replaces what was counted, more or less; requests go on from there."""
    ledger = Ledger()
    book(ledger, DATA, FIRST + DAY, 1000)
    for dollars in (Decimal("7.5"), Decimal("0.5")):
        ledger.correct(dollars, FIRST + 2 * DAY)
        assert ledger.standing(FIRST + 2 * DAY).spent == dollars
    book(ledger, DATA, FIRST + 3 * DAY, 10)
    assert ledger.standing(FIRST + 3 * DAY).spent == Decimal("0.52")
    assert ledger.standing(FIRST + 30 * DAY + 8 * HOUR).spent == 0
