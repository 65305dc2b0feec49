"""What Superchargers have billed, through Home Assistant: asked for in time, seldom, and kept to the cent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.tesla_charging.budget.asking import by_person
from custom_components.tesla_charging.charging.news import Happening, News
from custom_components.tesla_charging.charging.session import Basis, Energy, Place, Reason, Run, Session, Source
from custom_components.tesla_charging.charging_bills import ChargingBills, charging_bills_of
from custom_components.tesla_charging.charging_log import ChargingLog, charging_log_of
from custom_components.tesla_charging.fleet import client as client_module
from custom_components.tesla_charging.fleet.errors import FleetError
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car, Prices, Receipt

from .conftest import SetUp, settle
from .helpers import LUNA, START, at_home, pass_time, tracebacks

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3600.0
DAY = 24 * HOUR
HISTORY = "charging/history"


@pytest.fixture(autouse=True)
def quiet(person: Account, luna: Car) -> None:
    """Let there be one car only, on no cable; it sleeps, so that it is not read."""
    person.sites.clear()
    person.cars[:] = [luna]
    luna.unplug()
    luna.sleep()


def log_of(hass: HomeAssistant, entry: MockConfigEntry) -> ChargingLog:
    """Return the log."""
    return charging_log_of(hass, entry)


def bills_of(hass: HomeAssistant, entry: MockConfigEntry) -> ChargingBills:
    """Return what asks for bills."""
    return charging_bills_of(hass, entry)


def asked(sim: Simulator) -> int:
    """Return how often the history was asked for, as the biller has it."""
    return len(sim.requests_for(HISTORY))


async def later(
    hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory, seconds: float, step: float = 6 * HOUR
) -> None:
    """Let time pass, in leaps, and then a moment more, in which what was found is thought over."""
    while seconds > 0:
        for leap in (min(seconds, step), 6.0):
            freezer.tick(leap)
            sim.world.update()
            async_fire_time_changed(hass)
            await settle(hass)
        seconds -= step


def now_of(sim: Simulator) -> float:
    """Return the world's time."""
    return sim.world.clock.now().timestamp()


def stopped(sim: Simulator, ago: float = 0.0, minutes: float = 30.0, kwh: float = 40.0, name: str = "stop") -> Session:
    """Return a stop at a fast charger that the car has told of, which ended some seconds ago."""
    end = sim.world.clock.now().replace(microsecond=0) - timedelta(seconds=ago)
    begin = end - timedelta(minutes=minutes)
    return Session(
        id=name,
        vin=LUNA,
        plugged_at=begin,
        unplugged_at=end,
        runs=(Run(start=begin, end=end),),
        added=Energy(wh=kwh * 1000, source=Source.CAR),
        place=Place.SUPERCHARGER,
        direct_current=True,
    )


def receipt_of(sim: Simulator, session: Session, delay: float = 1800.0, **more: Any) -> Receipt:
    """Let Tesla bill a stop some seconds after its end."""
    assert session.unplugged_at is not None
    (receipt,) = sim.world.superchargers.seed_past(LUNA, 1, now_of(sim))
    receipt.started_at, receipt.unlatched_at = session.plugged_at.timestamp(), session.unplugged_at.timestamp()
    receipt.stopped_at = receipt.unlatched_at
    usages = (Decimal(str(session.added.wh / 1000)), *receipt.fees[0].usages[1:])
    receipt.fees = (replace(receipt.fees[0], usages=usages, unit="kwh"), *receipt.fees[1:])
    receipt.shown_at = receipt.paid_at = receipt.unlatched_at + delay
    for name, value in more.items():
        setattr(receipt, name, value)
    return receipt


def told(hass: HomeAssistant, entry: MockConfigEntry) -> list[News]:
    """Return a list that fills with the invoices that are told of."""
    found: list[News] = []

    def take(news: News) -> None:
        if news.what is Happening.INVOICE_RECEIVED:
            found.append(news)

    log_of(hass, entry).async_follow_news(LUNA, take)
    return found


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """Set up an account whose history is imported."""
    entry = await set_up()
    await later(hass, sim, freezer, 1800)
    sim.clear_requests()
    return entry


def cost_of(hass: HomeAssistant, entry: MockConfigEntry, session_id: str = "stop") -> tuple[Decimal, str] | None:
    """Return what a session has cost, by invoice."""
    session = log_of(hass, entry).session(LUNA, session_id)
    if session is None or session.cost is None or session.cost.basis is not Basis.INVOICE:
        return None
    return session.cost.amount, session.cost.currency


def stop(hass: HomeAssistant, entry: MockConfigEntry, session: Session) -> None:
    """Let the log have a session, as if the car had told of it."""
    log_of(hass, entry).async_amend(session, Reason.CLOSED)


async def test_a_stop(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """An hour after its end it is asked for, once; place, cost and news come with it."""
    news = told(hass, entry)
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR - 60)
    assert asked(sim) == 0
    await later(hass, sim, freezer, 120)
    assert asked(sim) <= 2  # where nothing was ever billed, page 0 may have to be page 1
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    billed = log_of(hass, entry).session(LUNA, "stop")
    assert billed is not None
    assert (billed.place, billed.place_name, billed.reason) == (Place.SUPERCHARGER, receipt.site, Reason.INVOICE)
    assert [one.session.id for one in news] == ["stop"]
    count = asked(sim)
    await later(hass, sim, freezer, 10 * DAY)
    assert asked(sim) == count


@pytest.mark.parametrize(
    ("first", "before", "wrapper"),
    [(0, "same", "data"), (1, "same", "response"), (1, "empty", "data"), (1, "refuse", "response")],
)
async def test_late_bill(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    first: int,
    before: str,
    wrapper: str,
) -> None:
    """A bill that takes 23 hours is there after 25, whatever the page base and the wrapper, for few requests."""
    behaviour = sim.behaviour
    behaviour.charging_first_page, behaviour.charging_page_before_first = first, before  # type: ignore[assignment]
    behaviour.charging_wrapper = wrapper  # type: ignore[assignment]
    session = stopped(sim)
    assert session.unplugged_at is not None
    receipt = receipt_of(sim, session, 23 * HOUR)
    stop(hass, entry, session)
    await later(hass, sim, freezer, 2 * HOUR)
    assert cost_of(hass, entry) is None
    await later(hass, sim, freezer, 22.5 * HOUR)
    assert now_of(sim) < session.unplugged_at.timestamp() + 25 * HOUR
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    assert asked(sim) <= 4


async def test_never_billed(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A stop that Tesla does not bill is asked for on nine days, with ten requests at most."""
    stop(hass, entry, stopped(sim))
    await later(hass, sim, freezer, 12 * DAY, step=12 * HOUR)
    assert 9 <= asked(sim) <= 10
    assert cost_of(hass, entry) is None


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "trouble",
    [
        Fault(answer="internal"),
        Fault(answer="unavailable_html"),
        Fault(answer="timeout"),
        Fault.rate_limited(30),
        Fault.rate_limited(),
        Fault(answer="missing_scopes"),
        Fault(answer="not_registered"),
        Fault(answer="not_supported"),
        Fault(answer="invalid_request"),
        Fault(status=302, body=""),
        Fault(answer="exceeded_limit"),
        Fault(answer="payment_required"),
        Fault(answer="html"),
        Fault(answer="truncated"),
        Fault(answer="list"),
        Fault(answer="null_response"),
        Fault(reset=True),
    ],
    ids=lambda fault: fault.answer or ("reset" if fault.reset else str(fault.status)),
)
async def test_trouble(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    trouble: Fault,
    first: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Trouble that lasts costs ten requests at most; when it ends in time, the cost is there, wherever pages begin."""
    sim.behaviour.charging_first_page = first  # type: ignore[assignment]
    monkeypatch.setattr(client_module, "_SECONDS_OTHERWISE", 0.05)
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    sim.faults.add(replace(trouble, endpoint=HISTORY))
    stop(hass, entry, session)
    await later(hass, sim, freezer, 4 * HOUR, step=HOUR)
    await later(hass, sim, freezer, 3 * DAY)
    assert 1 <= asked(sim) <= 7
    assert cost_of(hass, entry) is None
    sim.faults.clear()
    await entry.runtime_data.purse.async_probe_again()
    # Where a question was put twice, a look later on has gone without one.
    await later(hass, sim, freezer, 50 * HOUR, step=3 * HOUR)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    await later(hass, sim, freezer, 8 * DAY, step=2 * DAY)
    assert asked(sim) <= 10
    assert tracebacks(caplog) == []


@pytest.mark.parametrize(("before", "most"), [(8, 2), (9, 0)])
async def test_token_ends_late(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    before: int,
    most: int,
) -> None:
    """A token that Tesla refuses at the end, so that it is asked once more, does not make eleven requests of ten."""
    stop(hass, entry, stopped(sim))
    await later(hass, sim, freezer, 60)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"tesla_charging.{entry.entry_id}.bills"]["data"]["stops"] = {"stop": [1, before, 0, 0.0]}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    sim.faults.add(Fault(endpoint=HISTORY, answer="token_expired", times=1))
    await later(hass, sim, freezer, 9 * DAY, step=3 * HOUR)
    assert asked(sim) == most


async def test_short_trouble(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A look that failed is tried again within the hour."""
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    sim.faults.add(Fault(endpoint=HISTORY, answer="internal", times=1))
    stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR + 1800, step=1800)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_no_scope(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Without the permission nothing is asked for at all."""
    entry = await set_up(frozenset(Scope) - {Scope.VEHICLE_CHARGING_CMDS})
    receipt_of(sim, stopped(sim))
    stop(hass, entry, stopped(sim))
    await later(hass, sim, freezer, 6 * DAY, step=DAY)
    assert asked(sim) == 0
    assert not bills_of(hass, entry).granted


async def test_scope_that_comes_later(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, person: Account, freezer: FrozenDateTimeFactory
) -> None:
    """When the permission is taken back while it runs, bills are asked for no more; when it is given, they are."""
    app, rest = sim.apps[0], frozenset(Scope) - {Scope.VEHICLE_CHARGING_CMDS}
    sim.grants.set_consent(person, app, rest)
    await later(hass, sim, freezer, 7 * HOUR, step=HOUR)
    assert entry.runtime_data.scopes == rest
    session, known = stopped(sim), asked(sim)
    receipt = receipt_of(sim, session)
    stop(hass, entry, session)
    await later(hass, sim, freezer, 4 * HOUR, step=HOUR)
    assert asked(sim) == known
    sim.grants.set_consent(person, app, frozenset(Scope))
    await later(hass, sim, freezer, 8 * HOUR, step=HOUR)
    assert entry.runtime_data.scopes == frozenset(Scope)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_no_money(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Without money nothing leaves; when there is some again, it is asked for."""
    purse = entry.runtime_data.purse
    await purse.async_set(budget=Decimal(0))
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    stop(hass, entry, session)
    await later(hass, sim, freezer, 4 * HOUR, step=HOUR)
    assert asked(sim) == 0
    await purse.async_set(budget=Decimal(10))
    await later(hass, sim, freezer, HOUR)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_restarts(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Restarts neither forget a stop nor ask more often than ten times, nor import once more."""
    session = stopped(sim)
    receipt = receipt_of(sim, session, 2.5 * DAY)
    stop(hass, entry, session)
    for _ in range(4):
        await later(hass, sim, freezer, 2 * HOUR)
        assert await hass.config_entries.async_unload(entry.entry_id)
        freezer.tick(18 * HOUR)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
    await later(hass, sim, freezer, 2 * HOUR)
    assert asked(sim) <= 6
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_paid_later_and_corrected(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What is not paid yet is provisional and asked for again; what is put right meanwhile is right, and is news."""
    news = told(hass, entry)
    session = stopped(sim)
    receipt = receipt_of(sim, session, paid_at=now_of(sim) + 3 * DAY)
    if not receipt.net_due(0):
        receipt.correct(0, Decimal(5))
    stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR + 10)
    known = log_of(hass, entry).session(LUNA, "stop")
    assert known is not None
    assert known.cost is not None
    assert known.cost.provisional
    receipt.correct(now_of(sim), Decimal("1.01"))
    await later(hass, sim, freezer, 5 * DAY, step=12 * HOUR)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    known = log_of(hass, entry).session(LUNA, "stop")
    assert known is not None
    assert known.cost is not None
    assert not known.cost.provisional
    assert len(news) == 2
    assert asked(sim) <= 6


async def test_first_import(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """All that Tesla has billed is there some minutes after the set-up, as sessions of their own, without news."""
    past = sim.world.superchargers.seed_past(LUNA, 7, now_of(sim) - DAY)
    sim.world.superchargers.seed_past("5YJ3E7EB0KF999999", 3, now_of(sim) - DAY)
    entry = await set_up()
    news = told(hass, entry)
    assert asked(sim) == 0
    await later(hass, sim, freezer, 130)
    found = log_of(hass, entry).sessions(LUNA)
    assert len(found) == 7
    assert {one.id for one in found} == {f"bill-{one.id}" for one in past}
    assert {(one.place, one.added.source, one.reason) for one in found} == {
        (Place.SUPERCHARGER, Source.INVOICE, Reason.IMPORTED)
    }
    assert news == []
    count = asked(sim)
    assert count <= 4
    await later(hass, sim, freezer, 3 * DAY, step=DAY)
    assert asked(sim) == count


async def test_import_is_tried_again(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A first import that fails is tried again, more and more seldom, and goes on where it was."""
    sim.world.superchargers.seed_past(LUNA, 30, now_of(sim) - DAY)
    sim.behaviour.charging_page_size_max = 10
    sim.faults.add(Fault(endpoint=HISTORY, answer="internal", skip=2))
    entry = await set_up()
    await later(hass, sim, freezer, 2 * DAY, step=4 * HOUR)
    assert 4 <= asked(sim) <= 8
    assert len(log_of(hass, entry).sessions(LUNA)) in (10, 20)
    sim.faults.clear()
    sim.clear_requests()
    await later(hass, sim, freezer, DAY)
    assert len(log_of(hass, entry).sessions(LUNA)) == 30
    # After days without a request the token may have to be renewed first.
    assert len([one for one in sim.requests_for(HISTORY) if one.status == 200]) <= 5


async def test_import_on_request(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A person may import again: some days or all; what is right already is not written again."""
    bills = bills_of(hass, entry)
    past = sim.world.superchargers.seed_past(LUNA, 20, now_of(sim) - HOUR)
    recent = [one for one in past if one.started_at > now_of(sim) - 30 * DAY]
    with by_person():
        first = await bills.async_import(30)
        assert (first.bills, first.new_sessions, first.changed_sessions) == (len(recent), len(recent), 0)
        everything = await bills.async_import()
        assert (everything.bills, everything.new_sessions) == (20, 20 - len(recent))
        before = log_of(hass, entry).sessions(LUNA)
        again = await bills.async_import()
    assert (again.new_sessions, again.changed_sessions) == (0, 0)
    assert log_of(hass, entry).sessions(LUNA) == before


async def test_import_goes_on(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """An import that broke off goes on at its page, after a restart, too."""
    sim.world.superchargers.seed_past(LUNA, 25, now_of(sim) - HOUR)
    sim.behaviour.charging_page_size_max = 5
    sim.faults.add(Fault(endpoint=HISTORY, answer="internal", skip=3, times=1))
    with by_person(), pytest.raises(FleetError):
        await bills_of(hass, entry).async_import()
    assert len(log_of(hass, entry).sessions(LUNA)) in (10, 15)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    sim.clear_requests()
    with by_person():
        imported = await bills_of(hass, entry).async_import()
    assert len(log_of(hass, entry).sessions(LUNA)) == 25
    assert imported.new_sessions in (10, 15)
    assert asked(sim) <= 4


KNOBS: dict[str, dict[str, Any]] = {
    "as they come": {},
    "other pages": {
        "charging_first_page": 0,
        "charging_page_after_last": "last",
        "charging_wrapper": "response",
        "charging_page_size_max": 40,
    },
    "small pages": {
        "charging_page_before_first": "refuse",
        "charging_page_size_max": 9,
        "charging_total_results": False,
    },
}


@pytest.mark.parametrize("knobs", KNOBS)
async def test_three_hundred_to_the_cent(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, knobs: str
) -> None:
    """Three hundred stops in many currencies, later put right: each session, and each currency, to the cent."""
    for name, value in KNOBS[knobs].items():
        setattr(sim.behaviour, name, value)
    past = sim.world.superchargers.seed_past(LUNA, 300, now_of(sim) - DAY, seed=len(knobs))
    now = now_of(sim)
    bills, log = bills_of(hass, entry), log_of(hass, entry)

    def truth() -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for receipt in past:
            currency = receipt.fees[0].currency
            sums[currency] = sums.get(currency, Decimal(0)) + receipt.net_due(now)
        return sums

    def spent() -> dict[str, Decimal]:
        found = log.totals(LUNA).cost
        assert {place for place, _ in found} == {Place.SUPERCHARGER}
        return {currency: amount for (_, currency), amount in found.items()}

    with by_person():
        imported = await bills.async_import()
        assert (imported.bills, imported.new_sessions) == (300, 300)
        assert len(spent()) >= 7
        assert spent() == truth()
        for number, receipt in enumerate(past):
            if number % 3 == 0:
                receipt.correct(now, Decimal(number % 7) - 3)
        again = await bills.async_import()
    assert 50 < again.changed_sessions <= 100
    assert again.new_sessions == 0
    assert spent() == truth()
    for receipt in past:
        assert cost_of(hass, entry, f"bill-{receipt.id}") == (receipt.net_due(now), receipt.fees[0].currency)


async def test_session_that_turns_up_later(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The car's own session takes over what was billed; nothing is counted twice, on disk neither."""
    log = log_of(hass, entry)
    session = stopped(sim, ago=2 * HOUR)
    receipt = receipt_of(sim, session, delay=0)
    with by_person():
        await bills_of(hass, entry).async_import(3)
    (orphan,) = log.sessions(LUNA)
    seen = []
    log.async_follow(LUNA, lambda: seen.append(sum(log.totals(LUNA).added_wh.values())))
    stop(hass, entry, session)
    (own,) = log.sessions(LUNA)
    assert own.id == "stop"
    assert own.bills == orphan.bills
    assert max(seen) == pytest.approx(max(own.added.wh, orphan.added.wh))
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    await later(hass, sim, freezer, 60)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert [one.id for one in log_of(hass, entry).sessions(LUNA)] == ["stop"]
    assert sum(log_of(hass, entry).totals(LUNA).added_wh.values()) == pytest.approx(max(seen))


async def test_many_stops_share_requests(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """On a long way one request asks for all stops that are due."""
    sessions = [stopped(sim, ago=number * 3 * HOUR, name=f"stop{number}") for number in range(4)]
    receipts = [receipt_of(sim, session) for session in sessions]
    for session in sessions:
        stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR + 1800, step=1800)
    for session, receipt in zip(sessions, receipts, strict=True):
        assert cost_of(hass, entry, session.id) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    assert asked(sim) <= 4


async def test_a_living_car(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, luna: Car
) -> None:
    """A car that charges at a Supercharger, stays too long and drives home: one session, its true cost, in time."""
    station = next(one for one in sim.world.stations if one.kind == "supercharger")
    sim.world.superchargers.prices[station.name] = Prices(congestion_a_minute=Decimal("0.10"))
    sim.world.superchargers.parking_apart = True
    luna.wake()
    await pass_time(hass, freezer, 60, times=3)
    luna.plug_in(station)
    await pass_time(hass, freezer, 60, times=20)
    luna.command("charge_stop", {})
    await pass_time(hass, freezer, 60, times=15)
    luna.unplug()
    luna.drive(30)
    await pass_time(hass, freezer, 60, times=40)
    ends = now_of(sim)
    await later(hass, sim, freezer, 2 * HOUR, step=HOUR)
    receipts = sim.world.superchargers.receipts([luna])
    assert len(receipts) == 2
    (session,) = [one for one in log_of(hass, entry).sessions(LUNA) if one.place is Place.SUPERCHARGER]
    due = sum((one.net_due(now_of(sim)) for one in receipts), Decimal(0))
    assert session.cost is not None
    assert (session.cost.amount, session.cost.currency, session.cost.provisional) == (due, "EUR", False)
    assert (session.place_name, len(session.bills)) == (station.name, 2)
    true = luna.charger.sessions[-1]
    assert session.added.wh == pytest.approx(true.energy_added_wh, rel=0.01)
    assert session.used.wh == pytest.approx(true.energy_used_wh, rel=0.01)
    assert session.used.source is Source.INVOICE
    assert asked(sim) <= 10
    assert now_of(sim) - ends < DAY
    assert session.unplugged_at is not None
    assert session.unplugged_at < datetime.fromtimestamp(ends, UTC)


async def test_home_is_not_asked_for(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, luna: Car
) -> None:
    """Charging at home costs no request."""
    luna.wake()
    await pass_time(hass, freezer, 60, times=2)
    luna.plug_in(at_home(sim))
    await pass_time(hass, freezer, 60, times=10)
    luna.unplug()
    await later(hass, sim, freezer, 3 * HOUR)
    assert log_of(hass, entry).sessions(LUNA)
    assert asked(sim) == 0


async def test_car_that_has_gone(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, person: Account
) -> None:
    """For a car that was sold nothing is asked any more."""
    stop(hass, entry, stopped(sim))
    person.cars[:] = [car for car in person.cars if car.vin != LUNA]
    await later(hass, sim, freezer, 0.9 * HOUR, step=600)
    assert LUNA not in entry.runtime_data.vehicles
    await later(hass, sim, freezer, 4 * HOUR)
    assert asked(sim) == 0


@pytest.mark.parametrize("data", [{}, {"stops": 5, "import": [1], "imported": "x", "first_page": 7}, [1], "x", None])
async def test_damaged_notes(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    data: Any,
) -> None:
    """Notes that cannot be read cost some requests, nothing else."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    stored = hass_storage[f"tesla_charging.{entry.entry_id}.bills"]
    stored |= {"data": data, "version": 1 if data is not None else 99}
    sim.world.superchargers.seed_past(LUNA, 2, now_of(sim) - DAY)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    await later(hass, sim, freezer, 1800)
    assert len(log_of(hass, entry).sessions(LUNA)) == 2
