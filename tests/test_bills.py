"""Tesla's charging history read: both wrappers, any page base, tiers, minutes, money, and everything damaged."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging import lines, session as codec
from custom_components.tesla_charging.charging.billing import settle
from custom_components.tesla_charging.charging.bills import (
    Billed,
    Page,
    Pager,
    begin_of,
    clusters,
    end_of,
    is_paid,
    read_page,
)
from custom_components.tesla_charging.charging.session import Bill

NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)
VIN = "5YJSE7EB0KF000001"
# Tesla's own sample (fleet_api.md 4.1).
FEE: dict[str, Any] = {
    "sessionFeeId": 7,
    "feeType": "CHARGING",
    "currencyCode": "USD",
    "pricingType": "PAYMENT",
    "rateBase": 0.46,
    "rateTier1": 0,
    "rateTier2": 0,
    "rateTier3": None,
    "rateTier4": None,
    "usageBase": 40,
    "usageTier1": 0,
    "usageTier2": 24,
    "usageTier3": None,
    "usageTier4": None,
    "totalBase": 18.4,
    "totalTier1": 0,
    "totalTier2": 0,
    "totalTier3": 0,
    "totalTier4": 0,
    "totalDue": 18.4,
    "netDue": 18.4,
    "uom": "kwh",
    "isPaid": True,
    "status": "PAID",
}
ROW: dict[str, Any] = {
    "sessionId": 100000000,
    "vin": VIN,
    "siteLocationName": "Truckee, CA - Soaring Way",
    "chargeStartDateTime": "2023-07-28T11:43:45-07:00",
    "chargeStopDateTime": "2023-07-28T12:07:45-07:00",
    "unlatchDateTime": "2023-07-28T12:08:45.123-07:00",
    "countryCode": "US",
    "fees": [FEE],
    "billingType": "IMMEDIATE",
    "invoices": [{"fileName": "INVOICE.pdf", "contentId": "abc-123", "invoiceType": "IMMEDIATE"}],
    "vehicleMakeType": "TSLA",
}


def bill_of(**other: Any) -> Bill:
    """Read a row that differs from Tesla's sample."""
    (billed,) = read_page({"data": [{**ROW, **other}]}).billed
    assert billed.vin == VIN
    return billed.bill


def fee_of(**other: Any) -> Any:
    """Read a fee that differs from Tesla's sample."""
    (fee,) = bill_of(fees=[{**FEE, **other}]).fees
    return fee


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [ROW], "totalResults": 1},
        {"response": {"data": [ROW]}},
        {"response": [ROW]},
        {"data": None, "response": {"data": [ROW], "totalResults": 1}},
    ],
)
def test_sample(answer: Any) -> None:
    """Tesla's sample is read, whatever it is wrapped in."""
    page = read_page(answer)
    ((vin, bill),) = page.billed
    assert vin == VIN
    assert page.rows == {"100000000"}
    assert (bill.session_id, bill.site_name) == ("100000000", "Truckee, CA - Soaring Way")
    assert bill.started_at == datetime(2023, 7, 28, 18, 43, 45, tzinfo=UTC)
    assert end_of(bill) == bill.unlatched_at == datetime(2023, 7, 28, 19, 8, 45, tzinfo=UTC)
    (fee,) = bill.fees
    assert (fee.fee_type, fee.currency, str(fee.net_due), fee.is_paid) == ("CHARGING", "USD", "18.40", True)
    # Whether the second tier adds to the 40 kWh is not known: both can be told.
    assert (fee.energy_wh, fee.tier_wh) == (64_000.0, 24_000.0)
    assert bill.invoices[0].content_id == "abc-123"
    assert is_paid(bill)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"netDue": 12.1 + 0.2}, "12.30"),
        ({"netDue": 0.1 + 0.2}, "0.30"),
        ({"netDue": "7.5"}, "7.50"),
        ({"netDue": 1.2345}, "1.2345"),
        ({"netDue": 600}, "600.00"),
        ({"netDue": -3.5}, "-3.50"),
        ({"netDue": None}, "18.40"),
        ({"netDue": 0}, "0.00"),
        ({"netDue": None, "totalDue": None, "pricingType": "NO_CHARGE"}, "0"),
    ],
)
def test_money(other: dict[str, Any], expected: str) -> None:
    """Money is exact to the cent, finer where Tesla is, without the noise of binary fractions; credits are off already."""
    assert str(fee_of(**other).net_due) == expected


@pytest.mark.parametrize(
    "other",
    [
        {"netDue": None, "totalDue": None},
        {"netDue": "NaN", "totalDue": "much"},
        {"netDue": True, "totalDue": [1]},
        {"netDue": 1e300, "totalDue": float("inf")},
        {"currencyCode": None},
        {"currencyCode": "$"},
        {"currencyCode": "euro"},
    ],
)
def test_unknown_money(other: dict[str, Any]) -> None:
    """A fee whose money is not known is not paid, so that it is asked for again."""
    fee = fee_of(**other)
    assert (fee.net_due, fee.currency, fee.is_paid) == (Decimal(0), "", False)


@pytest.mark.parametrize(
    ("other", "paid"),
    [
        ({"isPaid": False}, False),
        ({"isPaid": None}, False),
        ({"isPaid": "yes"}, False),
        ({"isPaid": False, "netDue": 0}, True),
        ({"isPaid": True}, True),
    ],
)
def test_paid(other: dict[str, Any], paid: bool) -> None:
    """What comes to nothing is paid; what is not said to be paid is not."""
    assert is_paid(bill_of(fees=[FEE, {**FEE, **other, "sessionFeeId": 8}])) is paid
    assert not is_paid(bill_of(fees=[]))


def test_energy_and_minutes() -> None:
    """Energy is what charging sells by the kWh, and nothing else."""
    assert fee_of(uom="KWH", usageTier2=None).energy_wh == 40_000.0
    by_minute = fee_of(uom="min", usageBase=12, usageTier1=3, usageTier2=0)
    assert (by_minute.energy_wh, by_minute.minutes) == (None, 15.0)
    parking = fee_of(feeType="PARKING", uom="min")
    assert (parking.energy_wh, parking.minutes, parking.tier_wh) == (None, 64.0, 0.0)
    congestion = fee_of(feeType="CONGESTION", uom="kwh")
    assert (congestion.energy_wh, congestion.minutes) == (None, None)
    for nothing in (
        {"usageBase": None, "usageTier1": None, "usageTier2": None},
        {"usageBase": "x", **dict.fromkeys(("usageTier1", "usageTier2"), -1)},
    ):
        assert fee_of(**nothing).energy_wh is None


def test_rows_of_one_session() -> None:
    """Rows of one session are one bill: each fee and each invoice once."""
    parking = {**FEE, "sessionFeeId": 9, "feeType": "PARKING", "uom": "min", "netDue": 5}
    other = {**ROW, "fees": [FEE, parking], "invoices": [*ROW["invoices"], {"contentId": "def"}, {"fileName": "x"}]}
    ((_, bill),) = read_page({"data": [ROW, other]}).billed
    assert [fee.fee_type for fee in bill.fees] == ["CHARGING", "PARKING"]
    assert [(one.content_id, one.file_name) for one in bill.invoices] == [("abc-123", "INVOICE.pdf"), ("def", "def")]


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "sessionId": None},
        {**ROW, "sessionId": True},
        {**ROW, "sessionId": {}},
        {**ROW, "vin": None},
        {**ROW, "vin": "  "},
        {**ROW, **dict.fromkeys(("chargeStartDateTime", "chargeStopDateTime", "unlatchDateTime"))},
        {
            **ROW,
            **dict.fromkeys(("chargeStartDateTime", "chargeStopDateTime", "unlatchDateTime"), "2023-07-28T11:43:45"),
        },
    ],
)
def test_rows_that_are_none(row: dict[str, Any]) -> None:
    """What has no number, no car or no time cannot be placed; the others can."""
    page = read_page({"data": [row, 5, {**ROW, "sessionId": "next"}]})
    assert [billed.bill.session_id for billed in page.billed] == ["next"]
    assert len(page.rows) == 2


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\ud800", "a\x00b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage(data: st.DataObject) -> None:
    """Whatever comes, nothing is raised, and what is read can be kept, matched and read again."""
    row = json.loads(json.dumps(ROW))
    for _ in range(data.draw(st.integers(1, 4))):
        target = data.draw(st.sampled_from([row, *(fee for fee in row.get("fees") or () if isinstance(fee, dict))]))
        target[data.draw(st.sampled_from(sorted(target) or ["x"]))] = data.draw(JSON)
        if not isinstance(row.get("fees"), list):
            break
    answer = data.draw(st.sampled_from([{"data": [row]}, {"response": {"data": [row, row]}}, row, [row]]) | JSON)
    page = read_page(answer)
    for vin, bill in page.billed:
        assert vin
        settled = settle(vin, (), (bill,), NOW)
        (session,) = settled.changed
        written = codec.to_json(session)
        assert lines.read(lines.line([session])).sessions[0].bills == session.bills
        again = settle(vin, (codec.from_json(written),), (bill,), NOW)
        assert (again.changed, again.withdrawn, again.news) == ([], [], [])


def test_huge_numbers() -> None:
    """A number of which nobody can read the digits is none."""
    page = read_page(
        {"data": [{**ROW, "sessionId": 10**5000, "fees": [{**FEE, "netDue": 10**5000, "usageBase": 10**400}]}]}
    )
    assert page.billed == ()


# Pages


class Book:
    """A history of so many pages, as Tesla may number them."""

    def __init__(self, pages: int, first: int, before: str, after: str) -> None:
        """Know how it behaves."""
        self.pages = [frozenset({f"{number}a", f"{number}b"}) for number in range(pages)]
        self.first, self.before, self.after = first, before, after
        self.asked: list[int] = []

    def ask(self, number: int) -> Page | None:
        """Return a page; None for 400."""
        self.asked.append(number)
        index = number - self.first
        if index < 0 and self.before == "refuse":
            return None
        if index < 0 and self.before == "empty":
            return Page((), frozenset())
        index = max(0, index)
        if index >= len(self.pages):
            return Page((), self.pages[-1] if self.after == "last" and self.pages else frozenset())
        return Page((), self.pages[index])

    def read(self, pager: Pager) -> set[str]:
        """Turn the pages, and return what was on them."""
        found = set[str]()
        while not pager.done:
            page = self.ask(pager.number)
            if page is None:
                assert pager.refused()
                continue
            pager.take(page)
            found |= page.rows
        return found


@pytest.mark.parametrize("after", ["empty", "last"])
@pytest.mark.parametrize(("first", "before"), [(0, "same"), (1, "same"), (1, "empty"), (1, "refuse")])
@pytest.mark.parametrize("pages", [0, 1, 2, 5])
def test_pages(pages: int, first: int, before: str, after: str) -> None:
    """Every page is read, and few are asked for in vain; who knows the first page asks for fewer."""
    book = Book(pages, first, before, after)
    pager = Pager()
    assert book.read(pager) == set().union(*book.pages)
    assert len(book.asked) <= pages + 3
    again = Book(pages, first, before, after)
    assert again.read(Pager(pager.first)) == set().union(*book.pages)
    assert len(again.asked) <= len(book.asked)


def test_pages_that_never_end() -> None:
    """There is an end to everything."""
    pager = Pager()
    while not pager.done:
        pager.take(Page((), frozenset({str(pager.number)})))
    assert pager.turned == 500


def test_brief() -> None:
    """A look needs one page where it is short, and the first page once that is known; only page 0 may be none."""
    pager = Pager(brief=True)
    pager.take(Page((), frozenset("ab")))
    assert pager.done
    known = Pager(1, brief=True)
    known.take(Page((), frozenset()))
    assert (known.done, known.turned) == (True, 1)
    full = Pager(0, brief=True)
    full.take(Page((), frozenset(map(str, range(50)))))
    assert not full.done
    assert not full.refused()
    assert not Pager(1).refused()
    assert not Pager(0).refused()


def test_refusal_tells_nothing() -> None:
    """A request that was refused does not say which page is the first one; rows do."""
    pager = Pager()
    assert pager.refused()
    assert (pager.number, pager.first) == (1, None)
    assert not pager.refused()
    pager.take(Page((), frozenset("a")))
    assert pager.first == 1


def test_page_after_a_restart() -> None:
    """A page in the middle, at which it goes on, is not taken for the first one."""
    for page in (1, 3):
        pager = Pager(page=page, seen={"a"})
        pager.take(Page((), frozenset("b")))
        assert pager.first is None


def test_no_time() -> None:
    """A bill without any time harms nobody, and any time will do."""
    bill = replace(bill_of(), started_at=None, stopped_at=None, unlatched_at=None)
    assert begin_of(bill) == end_of(bill) == datetime(1970, 1, 1, tzinfo=UTC)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert begin_of(replace(bill, unlatched_at=at)) == end_of(replace(bill, unlatched_at=at)) == at


def test_clusters() -> None:
    """Bills that may belong together stay together: of one car, and near in time."""
    bill = bill_of()
    assert bill.started_at is not None
    later = replace(bill, session_id="2", started_at=end_of(bill))
    far = replace(bill, session_id="3", started_at=bill.started_at.replace(day=30), unlatched_at=None, stopped_at=None)
    groups = clusters([Billed("B", bill), Billed("A", far), Billed("A", later), Billed("A", bill)])
    assert [[one.bill.session_id for one in group] for group in groups] == [["100000000", "2"], ["3"], ["100000000"]]
