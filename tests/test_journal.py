"""The ledger's file: what can be read counts, what cannot is made up for, and nothing is ever counted too little."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
import stat
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging import line_file
from custom_components.tesla_charging.budget import journal
from custom_components.tesla_charging.budget.asking import by_person
from custom_components.tesla_charging.budget.calendars import hour_of
from custom_components.tesla_charging.budget.ledger import Ledger, Settings
from custom_components.tesla_charging.budget.prices import Belief, Prices
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from custom_components.tesla_charging.fleet.paying import PriceClass
from custom_components.tesla_charging.ledger_store import tag_of
from custom_components.tesla_charging.purse import Purse, async_purse
from homeassistant.core import HomeAssistant

NOON = datetime(2026, 6, 16, tzinfo=UTC)  # half of June
pytestmark = pytest.mark.freeze_time(NOON)

DATA, LIST = PriceClass.DATA, PriceClass.LIST
CLIENT = "a-client"
HALF = Decimal(5)


def full_ledger() -> Ledger:
    """Return a ledger with something of everything."""
    ledger = Ledger()
    ledger.settings = Settings(
        budget=Decimal("12.5"),
        elsewhere=Decimal(1),
        wakes_a_day=7,
        prices=Prices({LIST: Belief.COUNTED}),
        disproved=frozenset({LIST}),
    )
    for days in range(70):
        for hours in range(24):
            ledger.book(DATA, NOON - timedelta(days=70 - days) + timedelta(hours=hours))
    ledger.correct(Decimal("3.21"), NOON)
    ledger.close(Fault.PAYMENT_REQUIRED, NOON)
    ledger.made_up_until = NOON + timedelta(days=15)
    return ledger


def path_of(hass: HomeAssistant) -> Path:
    """Return the file of the client's ledger."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.{tag_of(CLIENT)}.ledger"))


def write(hass: HomeAssistant, text: str | bytes) -> Path:
    """Put something in the place of the ledger's file."""
    path = path_of(hass)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def on_disk(hass: HomeAssistant) -> journal.Reading:
    """Return what a Home Assistant that starts now would read."""
    return journal.read(path_of(hass).read_text())


async def load(hass: HomeAssistant) -> Purse:
    """Return the purse as after a restart."""
    purse = Purse(hass, CLIENT)
    await purse.async_load()
    return purse


# Lines


def test_there_and_back() -> None:
    """What is written is read again, all of it."""
    ledger = full_ledger()
    reading = journal.read(journal.head(ledger))
    assert not reading.damaged
    assert journal.head(reading.ledger) == journal.head(ledger)
    assert reading.ledger.settings == ledger.settings
    assert reading.ledger.closed == ledger.closed
    assert reading.ledger.standing(NOON) == ledger.standing(NOON)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3000))
def test_cut_anywhere(length: int) -> None:
    """A file that ends in the middle never counts less: a booking whose line was cut has not left."""
    ledger = full_ledger()
    head = journal.head(ledger)
    lines = ""
    for _ in range(3):
        lines += journal.booked(DATA, ledger.book(DATA, NOON), hour_of(NOON))
    text = (head + lines)[: len(head) - 1500 + length]
    reading = journal.read(text)
    reading.make_up(NOON) if reading.damaged else None
    whole = text[len(head) :].count("\n")
    assert reading.damaged == (len(text) < len(head))
    if reading.damaged:
        assert reading.ledger.standing(NOON).spent >= reading.ledger.settings.limit / 2
    else:
        assert reading.ledger.standing(NOON).month[DATA] == 15 * 24 + whole


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode(errors="replace"))))
def test_anything(text: str) -> None:
    """Whatever is in the file, reading it fails with nothing."""
    journal.read(text)
    reading = journal.read(journal.head(full_ledger()) + text + "\n")
    reading.make_up(NOON)
    assert reading.ledger.standing(NOON).spent >= full_ledger().standing(NOON).spent


BAD_LINES = [
    "{",
    "null",
    "[]",
    '{"b":"data"}',
    '{"b":"data","h":-1}',
    '{"b":"data","h":1e400}',
    '{"b":"data","h":99999999999999999999}',
    '{"b":"data","h":true}',
    '{"b":"data","h":"1"}',
    '{"b":"gold","h":1}',
    '{"b":["data"],"h":1}',
    '{"h":1,"n":{"data":1e9}}',
    '{"h":1,"n":[]}',
    '{"h":1,"n":null}',
    '{"x":1,"$":"NaN"}',
    '{"x":1,"$":"1e30"}',
    '{"x":1,"$":[]}',
    '{"seen":[1]}',
    '{"seen":["a",1,null]}',
    '{"set":null}',
    '{"set":{}}',
    '{"set":{"budget":"-1"}}',
    "9" * 5000,
    "[" * 100_000,
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_bad_line(line: str) -> None:
    """A line that is none counts as the dearest request, and what stands around it is read."""
    ledger = Ledger()
    hour = ledger.book(DATA, NOON)
    text = journal.head(ledger) + line + "\n" + journal.booked(DATA, hour, hour)
    reading = journal.read(text)
    assert (reading.whole_head, reading.lost) == (True, 1)
    reading.make_up(NOON)
    assert reading.ledger.standing(NOON).spent == Decimal("0.024")
    assert reading.ledger.standing(NOON).made_up


def test_many_bad_lines() -> None:
    """With very many, the month is taken as spent evenly, or at a request each if that is more."""
    for bad, spent in ((60, HALF), (400, Decimal("8.002"))):
        ledger = Ledger()
        ledger.book(DATA, NOON)
        reading = journal.read(journal.head(ledger) + "x\n" * bad)
        reading.make_up(NOON)
        assert reading.ledger.standing(NOON).spent == spent


def test_a_clock_that_is_behind() -> None:
    """What was booked while the clock was behind counts for the month that it showed, also after a restart."""
    ledger, may = Ledger(), NOON - timedelta(days=30)
    ledger.book(DATA, NOON)
    text = journal.head(ledger) + journal.booked(DATA, ledger.book(DATA, may), hour_of(may))
    once = journal.read(text)
    again = journal.read(journal.head(once.ledger))
    for reading in (once, again):
        assert not reading.damaged
        assert reading.ledger.tally.within(hour_of(may), hour_of(may) + 1) == {DATA: 1}
        assert reading.ledger.tally.hours == ledger.tally.hours
    damaged = journal.read(journal.head(ledger) + '{"b":"data","h":494000,"c":-1}\n')
    assert (damaged.whole_head, damaged.lost) == (True, 1)
    assert damaged.ledger.standing(NOON).month == ledger.standing(NOON).month


# The file


@pytest.mark.parametrize(
    "text", ["", "\n", "{", "\x00\x00\x00", b"\xff\xfe\x00\x01\n\n\n", '{"ledger":1,"lines":9}\n', "[1]\n2\n"]
)
async def test_nothing_readable(hass: HomeAssistant, text: str | bytes) -> None:
    """Where nothing can be read, the month is taken as spent evenly, and the file is kept aside."""
    path = write(hass, text)
    before = path.read_bytes()
    purse = await load(hass)
    assert purse.standing().spent == HALF
    assert purse.standing().made_up
    aside = path.with_name(path.name + ".damaged")
    assert aside.read_bytes() == before
    assert stat.S_IMODE(aside.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600
    # The next start finds a whole file, and still knows that it was made up, until the person has said what is true.
    purse = await load(hass)
    assert purse.standing().made_up
    await purse.async_set_spent(Decimal("1.5"))
    purse = await load(hass)
    assert purse.standing().spent == Decimal("1.5")
    assert not purse.standing().made_up


async def test_no_file(hass: HomeAssistant) -> None:
    """A new app has spent nothing, and its file is nobody else's business."""
    purse = await load(hass)
    assert purse.standing().spent == 0
    await purse.async_book(DATA)
    assert stat.S_IMODE(path_of(hass).stat().st_mode) == 0o600
    assert CLIENT not in path_of(hass).read_text() + path_of(hass).name


async def test_unreadable_and_unwritable(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Where the disk does not play along, reads stop, a person's requests go on, and it mends itself."""
    path_of(hass).mkdir(parents=True)
    purse = await load(hass)
    assert purse.standing().spent == HALF
    assert (purse.writable, purse.may_read()) == (False, False)
    with pytest.raises(FleetError, match=Fault.NOT_WRITTEN):
        await purse.async_book(DATA)
    await purse.async_book(LIST)
    with by_person():
        await purse.async_book(PriceClass.COMMAND)
    path_of(hass).rmdir()
    await purse.async_book(LIST)
    assert (purse.writable, purse.may_read()) == (True, True)
    assert on_disk(hass).ledger.standing(NOON).month == {LIST: 2, PriceClass.COMMAND: 1}


async def test_file_that_goes_away(hass: HomeAssistant) -> None:
    """A file that somebody has removed is written anew, whole."""
    purse = await load(hass)
    for _ in range(3):
        await purse.async_book(DATA)
    path_of(hass).unlink()
    await purse.async_book(DATA)
    assert on_disk(hass).ledger.standing(NOON).month == {DATA: 4}


async def test_full_disk(hass: HomeAssistant) -> None:
    """A line that gets only half to the disk is no harm: the file is written anew when there is room."""
    purse = await load(hass)
    await purse.async_book(DATA)
    with patch("os.write", return_value=3), pytest.raises(FleetError, match=Fault.NOT_WRITTEN):
        await purse.async_book(DATA)
    assert (purse.writable, purse.standing().month[DATA]) == (False, 1)
    await purse.async_book(LIST)
    assert (purse.writable, on_disk(hass).ledger.standing(NOON).month) == (True, {DATA: 1, LIST: 1})


async def test_file_stays_small(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some thousand lines the file is written anew."""
    monkeypatch.setattr("custom_components.tesla_charging.ledger_store._MOST_LINES", 10)
    purse = await load(hass)
    for _ in range(25):
        await purse.async_book(DATA)
    assert len(path_of(hass).read_text().splitlines()) < 20
    assert on_disk(hass).ledger.standing(NOON).month == {DATA: 25}


# A process that is killed


async def test_on_disk_before_it_leaves(hass: HomeAssistant) -> None:
    """When a booking is done it is on disk, and so is what was taken back."""
    purse = await load(hass)
    bookings = [await purse.async_book(DATA) for _ in range(3)]
    assert on_disk(hass).ledger.standing(NOON).month == {DATA: 3}
    await bookings[0].async_take_back()
    await bookings[0].async_take_back()
    assert on_disk(hass).ledger.standing(NOON).month == purse.standing().month == {DATA: 2}
    purse = await load(hass)
    assert purse.standing().month == {DATA: 2}


@pytest.mark.parametrize("most_lines", [3, 4000])
async def test_killed_at_any_moment(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, most_lines: int) -> None:
    """At each write, before and after it, the disk has all that has left, and at most what is in flight beyond that."""
    monkeypatch.setattr("custom_components.tesla_charging.ledger_store._MOST_LINES", most_lines)
    purse = await load(hass)
    left, in_flight = 0, 0
    looks: list[tuple[int, int, int]] = []

    def look() -> None:
        if path_of(hass).exists():
            looks.append((on_disk(hass).ledger.standing(NOON).month.get(DATA, 0), left, in_flight))

    for name in ("append", "replace"):
        original = getattr(line_file, name)

        def watched(path: Path, text: str, original: object = original) -> object:
            look()
            result = original(path, text)  # type: ignore[operator]
            look()
            return result

        monkeypatch.setattr(line_file, name, watched)

    async def request(number: int) -> None:
        nonlocal left, in_flight
        in_flight += 1
        booking = await purse.async_book(DATA)
        left += 1
        await asyncio.sleep(0)
        if number % 3 == 0:
            left -= 1
            await booking.async_take_back()
        in_flight -= 1

    await purse.async_book(LIST)
    for burst in range(6):
        await asyncio.gather(*(request(number) for number in range(burst * 5, burst * 5 + 5)))
    assert len(looks) > 20
    assert all(there <= disk <= there + flying for disk, there, flying in looks)
    assert on_disk(hass).ledger.standing(NOON).month[DATA] == left == 20


async def test_cancelled_bookings(hass: HomeAssistant) -> None:
    """Whoever loses patience while the disk is slow does no harm to the file, and memory and disk agree."""
    purse = await load(hass)
    for steps in range(12):
        task = asyncio.ensure_future(purse.async_book(DATA))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await hass.async_block_till_done()
    await purse.async_book(LIST)
    assert not on_disk(hass).damaged
    assert on_disk(hass).ledger.standing(NOON).month == purse.standing().month


# Who shares it


async def test_one_ledger_an_app(hass: HomeAssistant) -> None:
    """All who use an app share its purse, also those who ask for it at once; another app has another."""
    first, second, other = await asyncio.gather(*(async_purse(hass, name) for name in (CLIENT, CLIENT, "another")))
    assert first is second
    await first.async_book(DATA)
    assert (second.standing().spent, other.standing().spent) == (Decimal("0.002"), Decimal(0))


async def test_settings(hass: HomeAssistant) -> None:
    """What a person sets holds at once and after a restart, and whoever shows it is told."""
    purse = await async_purse(hass, CLIENT)
    told: list[Decimal] = []
    stop = purse.async_listen(lambda: told.append(purse.standing().budget))
    await purse.async_set(budget=Decimal(4), wakes_a_day=2)
    await purse.async_set(elsewhere=Decimal("0.5"), beliefs={LIST: Belief.COUNTED, DATA: Belief.FREE})
    stop()
    await purse.async_set(budget=Decimal(3))
    assert told == [4, 4]
    assert (purse.price(LIST), purse.price(DATA), purse.wakes_a_day) == (Decimal("0.002"), Decimal("0.002"), 2)
    again = await load(hass)
    assert again.standing() == purse.standing()
    assert again.standing().left == Decimal("2.5")
