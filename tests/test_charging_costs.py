"""What charging at home costs, from the first minutes to what Tesla corrects a day later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.charging.mix import Rule, share
from custom_components.tesla_charging.charging.session import Reason
from custom_components.tesla_charging.charging_costs import charging_costs_of
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, HistoryDefect, Site

from .conftest import SetUp, settle
from .cost_help import charge, even, go_on, now_of, passes, put, say, tariff_of, true_cost, used_then
from .helpers import JUNIPER, LUNA, START, asked, pass_time, tracebacks
from .history_help import caught_up, forbid_sums_of_today, history_of, imported, turns

pytestmark = pytest.mark.freeze_time(START)

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
recorded = pytest.mark.usefixtures("recorder_mock")


@pytest.fixture
def site(hass: HomeAssistant, person: Account) -> Site:
    """Return the Powerwall, installed three days ago."""
    found = person.sites[0]
    forbid_sums_of_today(hass, found)
    found.installed = NOON - 3 * DAY
    person.cars[0].unplug()
    return found


@recorded
async def test_provisional_settled_unchanged(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Priced at once by the powers that are seen, settled within some minutes after an hour, and never written again for nothing."""
    entry = await set_up()
    history, log = history_of(hass, entry, site), charging_log_of(hass, entry)
    await imported(hass, freezer, history)
    begin = datetime.now(UTC).replace(second=0, microsecond=0)
    begin -= timedelta(minutes=begin.minute % 5)
    session = put(log, charge(begin, begin + 5 * MINUTE, unplugged_at=None), Reason.OPENED)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.cost is not None and found.mix is not None
    assert found.cost.provisional and found.cost.amount > 0 and not found.mix.settled
    assert found.mix.solar_wh + found.mix.battery_wh > 0.9 * found.used.wh
    assert (found.site_id, found.reason) == (site.id, Reason.MIX)

    # It goes on at each read, and is priced again every five minutes at most.
    writes = 0
    for minute in range(1, 41):
        await pass_time(hass, freezer, 60)
        if minute % 2 == 0:
            before = now_of(log, session)
            go_on(log, session, begin + (5 + minute) * MINUTE)
            await passes(hass, freezer, 1)
            writes += now_of(log, session).revision > before.revision + 1
    assert 5 <= writes <= 10
    end = begin + 45 * MINUTE
    closed = go_on(log, session, end, close=True)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.cost is not None and found.cost.provisional and found.revision == closed.revision + 1
    assert found.used.wh == pytest.approx(8250)

    sim.clear_requests()
    await pass_time(hass, freezer, 300, times=15)
    await caught_up(hass, freezer, history)
    found = now_of(log, session)
    assert found.mix is not None and found.mix.settled and found.cost is not None and not found.cost.provisional
    assert float(found.cost.amount) == pytest.approx(true_cost(site, even(found), tariff_of(site)), rel=0.002)
    assert sum(part for _, part in found.cost.hours) == found.cost.amount
    # No request of its own: each hour has one for today, and some one for yesterday, as without any charge.
    assert len(asked(sim, "calendar_history")) <= 6

    for _ in range(20):
        await turns(hass, freezer, 2 * 3600)
        await caught_up(hass, freezer, history)
    assert now_of(log, session) == found
    assert await charging_costs_of(hass, entry).async_reprice() == 0
    assert now_of(log, session) == found
    assert tracebacks(caplog) == []


@recorded
async def test_a_charge_that_goes_on_has_new_prices_at_once(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Who says what a kWh costs while the car charges sees at once what that makes of it."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    begin = datetime.now(UTC).replace(second=0, microsecond=0)
    session = put(log, charge(begin, begin + 5 * MINUTE, unplugged_at=None), Reason.OPENED)
    await passes(hass, freezer)
    before = now_of(log, session).cost
    say(hass, entry, own_price=2.0)
    await passes(hass, freezer)
    after = now_of(log, session).cost
    assert before is not None and after is not None
    assert after.amount > 2 * before.amount > 0


@recorded
async def test_corrected_after_a_day(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What Tesla corrects later changes the cost of a charge, once."""
    site.history_defects.add(HistoryDefect.HALF_EMPTY)
    freezer.move_to(NOON - 2 * HOUR)
    entry = await set_up()
    history, log = history_of(hass, entry, site), charging_log_of(hass, entry)
    await imported(hass, freezer, history)
    session = put(log, charge(NOON - DAY - HOUR, NOON - DAY))
    await passes(hass, freezer)
    first = now_of(log, session)
    assert first.mix is not None and not first.mix.settled
    for _ in range(24):
        await turns(hass, freezer, 2 * 3600)
        await caught_up(hass, freezer, history)
    found = now_of(log, session)
    assert found.mix is not None and found.mix.settled and found.cost is not None
    assert float(found.cost.amount) == pytest.approx(true_cost(site, even(found), tariff_of(site)), rel=0.002)


@recorded
@pytest.mark.parametrize("rule", Rule)
async def test_both_rules(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, rule: Rule
) -> None:
    """A charge of a past day: the rule can be changed afterwards, and the days do not have to be asked for again."""
    entry = await set_up()
    history, log = history_of(hass, entry, site), charging_log_of(hass, entry)
    # Half of the afternoon is in the sun, half in the evening, on the day before yesterday.
    session = put(log, charge(NOON - DAY - DAY + 6 * HOUR, NOON - 2 * DAY + 12 * HOUR, 3700.0))
    await imported(hass, freezer, history)
    await passes(hass, freezer)
    costs = {}
    for one in (*Rule, rule):
        say(hass, entry, rule=one.value)
        await passes(hass, freezer)
        found = now_of(log, session)
        assert found.cost is not None and not found.cost.provisional
        costs[one] = found.cost.amount
        assert float(found.cost.amount) == pytest.approx(true_cost(site, even(found), tariff_of(site), one), rel=0.003)
    assert costs[Rule.HOUSE_FIRST] != costs[Rule.PROPORTIONAL]


@recorded
async def test_a_day_that_the_import_has_passed(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A charge that comes to be known later has its day asked for: one request, and no more whatever comes."""
    site.installed = NOON - 20 * DAY
    entry = await set_up()
    history, log = history_of(hass, entry, site), charging_log_of(hass, entry)
    await imported(hass, freezer, history)
    sim.clear_requests()
    begin = NOON - 14 * DAY
    sessions = [put(log, charge(begin + n * HOUR, begin + (n + 1) * HOUR)) for n in (0, 3)]
    await passes(hass, freezer)
    await pass_time(hass, freezer, 6, times=5)
    days = [one for one in sim.requests_for("calendar_history") if "2026-05-27" in str(one.query)]
    assert len(days) == 1
    for session in sessions:
        found = now_of(log, session)
        assert found.mix is not None and found.mix.settled and found.cost is not None
        assert float(found.cost.amount) == pytest.approx(true_cost(site, even(found), tariff_of(site)), rel=0.003)

    # It was kept: another rule, or a restart, asks for nothing.
    sim.clear_requests()
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    log = charging_log_of(hass, entry)
    again = put(log, replace(sessions[0], id="again"))
    say(hass, entry, rule=Rule.PROPORTIONAL.value)
    await passes(hass, freezer)
    await pass_time(hass, freezer, 6, times=5)
    found = now_of(log, again)
    assert found.cost is not None and not found.cost.provisional
    assert not [one for one in sim.requests_for("calendar_history") if "2026-05-27" in str(one.query)]


async def test_without_a_recorder(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is imported: the day of a charge is asked for after an hour, and once more after a day."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    await pass_time(hass, freezer, 300, times=7)
    session = put(log, charge(NOON, NOON + 30 * MINUTE))
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.cost is not None and found.cost.provisional
    await pass_time(hass, freezer, 300, times=9)
    assert asked(sim, "calendar_history") == []
    await pass_time(hass, freezer, 900, times=3)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert asked(sim, "calendar_history") == ["calendar_history"]
    assert found.cost is not None and not found.cost.provisional
    assert float(found.cost.amount) == pytest.approx(true_cost(site, even(found), tariff_of(site)), rel=0.002)
    for _ in range(60):
        await pass_time(hass, freezer, 1800)
    assert len(asked(sim, "calendar_history")) == 2
    assert now_of(log, session) == found
    assert tracebacks(caplog) == []


async def test_tesla_does_not_answer(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Then it is tried again an hour later, and the provisional cost stays until then."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    sim.faults.add(Fault("*calendar_history", answer="internal"))
    session = put(log, charge(NOON - 3 * HOUR, NOON - 2 * HOUR))
    await passes(hass, freezer)
    for _ in range(3):
        await pass_time(hass, freezer, 900)
    tried = len(asked(sim, "calendar_history"))
    assert 1 <= tried <= 4
    found = now_of(log, session)
    assert found.cost is not None and found.cost.provisional
    sim.faults.clear()
    await pass_time(hass, freezer, 900, times=5)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.cost is not None and not found.cost.provisional


async def test_two_cars_at_once(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Two cars share the sun that the house leaves: none of it is given twice, and their day is asked for once."""
    site.extra_load_w = 14_000.0
    entry = await set_up()
    log = charging_log_of(hass, entry)
    await pass_time(hass, freezer, 300, times=12)
    site.extra_load_w = 0.0
    both = [put(log, charge(NOON, NOON + HOUR, 7_000.0, vin=vin)) for vin in (LUNA, JUNIPER)]
    await pass_time(hass, freezer, 900, times=6)
    await passes(hass, freezer)
    found = [now_of(log, one) for one in both]
    assert len(asked(sim, "calendar_history")) == 1
    assert found[0].mix == found[1].mix and found[0].mix is not None and found[0].mix.settled
    cars = {slot: 2 * wh for slot, wh in even(found[0]).items()}
    shares = [share(Rule.HOUSE_FIRST, used_then(site, slot), wh) for slot, wh in cars.items()]
    assert 2 * found[0].mix.solar_wh == pytest.approx(sum(one.solar_wh for one in shares), rel=0.002)
    assert 0 < 2 * found[0].mix.solar_wh < 0.9 * 14_000
    assert found[0].cost is not None and found[1].cost is not None
    total = float(found[0].cost.amount + found[1].cost.amount)
    assert total == pytest.approx(true_cost(site, cars, tariff_of(site)), rel=0.002)


async def test_what_is_lost_does_not_change_what_was_settled(
    hass: HomeAssistant,
    sim: Simulator,
    hass_storage: dict[str, Any],
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The file is lost: what was settled stays until Tesla has been asked once more, and then is the same."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    session = put(log, charge(NOON - 3 * HOUR, NOON - 2 * HOUR))
    await pass_time(hass, freezer, 30, times=4)
    found = now_of(log, session)
    assert found.mix is not None and found.mix.settled
    await hass.config_entries.async_unload(entry.entry_id)
    del hass_storage[f"{DOMAIN}.{entry.entry_id}.costs"]
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    log = charging_log_of(hass, entry)
    assert now_of(log, session) == found
    await passes(hass, freezer)
    assert now_of(log, session) == found
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert f"{DOMAIN}.{entry.entry_id}.costs" not in hass_storage


async def test_a_restart_in_the_middle(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A charge that goes on is priced on; what nobody saw of the sun goes by what is near, until the history tells."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    session = put(log, charge(NOON, NOON + 5 * MINUTE, unplugged_at=None), Reason.OPENED)
    await pass_time(hass, freezer, 60, times=10)
    first = now_of(log, session)
    assert first.mix is not None and first.mix.solar_share is not None and first.mix.solar_share > 0.9
    await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(hass, freezer, 900, times=2)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    log = charging_log_of(hass, entry)
    go_on(log, session, NOON + 40 * MINUTE, close=True)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.cost is not None and found.cost.provisional
    assert found.mix is not None and found.mix.solar_share is not None and found.mix.solar_share > 0.9


@recorded
async def test_while_the_import_is_paused(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing comes by itself then, so a day that a charge needs is asked for."""
    entry = await set_up()
    history, log = history_of(hass, entry, site), charging_log_of(hass, entry)
    await imported(hass, freezer, history)
    await history.async_pause(True)
    sim.clear_requests()
    session = put(log, charge(NOON - 3 * HOUR - 2 * DAY, NOON - 2 * HOUR - 2 * DAY))
    await passes(hass, freezer)
    await pass_time(hass, freezer, 6, times=4)
    found = now_of(log, session)
    assert found.mix is not None and found.mix.settled
    assert len(asked(sim, "calendar_history")) == 1
