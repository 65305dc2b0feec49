"""The import of all that Superchargers have billed, and bills in a life: nothing is lost, or counted twice."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.budget.asking import by_person
from custom_components.tesla_charging.charging.session import Place, Reason, Source
from custom_components.tesla_charging.fleet.errors import FleetError
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car, Prices
from tests.conftest import SetUp, settle
from tests.helpers import LUNA, START, at_home, pass_time

from .help import DAY, HISTORY, HOUR, asked, bills_of, cost_of, later, log_of, now_of, receipt_of, stop, stopped, told

pytestmark = pytest.mark.freeze_time(START)


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
