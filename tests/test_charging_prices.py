"""By which prices charging is priced: entity, tariff, number, elsewhere; what is unknown, what changes, and what is kept."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.charging.session import Basis, Bill, Cost, Mix, Place, Reason
from custom_components.tesla_charging.charging_costs import charging_costs_of
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.components.recorder import get_instance
from homeassistant.core import HomeAssistant
from tesla_simulator.world import Account, Site, connector_site, powerwall_site

from .conftest import SetUp, settle
from .cost_help import charge, even, now_of, passes, price_is, put, say, tariff_of, true_cost
from .helpers import JUNIPER, LUNA, START, pass_time
from .history_help import device_id, forbid_sums_of_today

pytestmark = pytest.mark.freeze_time(START)

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PRICE = "sensor.power_price"
recorded = pytest.mark.usefixtures("recorder_mock")

type CostOf = Callable[[], Cost | None]


@pytest.fixture
def site(hass: HomeAssistant, person: Account) -> Site:
    """Return a site that is nothing but a Wall Connector: all is from the grid."""
    person.cars[0].unplug()
    connectors = person.sites[0].wall_connectors
    person.sites[0] = found = connector_site(1, *connectors)
    return found


async def committed(hass: HomeAssistant) -> None:
    """Wait until the recorder has written all."""
    await hass.async_block_till_done()
    await get_instance(hass).async_block_till_done()


def amount(cost: Cost | None) -> Decimal:
    """Return what something cost."""
    assert cost is not None
    return cost.amount


@recorded
@pytest.mark.parametrize(
    ("unit", "first", "second", "currency"),
    [
        ("EUR/kWh", "0.2", "0.4", "EUR"),
        ("EUR/MWh", "200", "400", "EUR"),
        ("€/Wh", "0.0002", "0.0004", "EUR"),
        ("ct/kWh", "20", "40", "USD"),
        ("$/kWh", "0.2", "0.4", "USD"),
        (None, "0.2", "0.4", "USD"),
    ],
)
async def test_price_entity(
    hass: HomeAssistant,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    unit: str | None,
    first: str,
    second: str,
    currency: str,
) -> None:
    """The price of each moment counts, whatever its unit, and comes before the tariff; a restart leaves no gap."""
    await hass.config.async_update(currency="USD")
    price_is(hass, first, unit)
    entry = await set_up()
    log = charging_log_of(hass, entry)
    say(hass, entry, price_entity=PRICE, fixed_price=9)
    await pass_time(hass, freezer, 600)
    price_is(hass, "unavailable", unit)
    await pass_time(hass, freezer, 300)
    price_is(hass, first, unit)
    await pass_time(hass, freezer, 888)
    price_is(hass, second, unit)
    await pass_time(hass, freezer, 1800)
    await committed(hass)
    session = put(log, charge(NOON, NOON + HOUR, 12_000.0))
    await passes(hass, freezer)
    cost = now_of(log, session).cost
    assert cost == Cost(
        amount=Decimal("3.600000"),
        currency=currency,
        basis=Basis.ENTITY,
        hours=((int(NOON.timestamp()), Decimal("3.600000")),),
    )


@recorded
async def test_a_price_entity_that_comes_late(
    hass: HomeAssistant, person: Account, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without a price there is no cost; as soon as the entity tells one, what was charged since then has it."""
    site.tariff = {}
    entry = await set_up()
    log = charging_log_of(hass, entry)
    say(hass, entry, price_entity=PRICE)
    session = put(log, charge(NOON, NOON + 5 * MINUTE, unplugged_at=None), Reason.OPENED)
    await pass_time(hass, freezer, 300)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.cost is None and found.mix == Mix(grid_wh=916.7)

    price_is(hass, "0.5")
    later = put(log, charge(NOON + 10 * MINUTE, NOON + 40 * MINUTE))
    await pass_time(hass, freezer, 300, times=8)
    assert now_of(log, session).cost is None
    assert amount(now_of(log, later).cost) == pytest.approx(Decimal("2.75"))


@recorded
async def test_what_the_recorder_forgets(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Prices of an entity are remembered: weeks later the energy is corrected, and the price is the one of then."""
    price_is(hass, "0.2")
    entry = await set_up()
    log = charging_log_of(hass, entry)
    say(hass, entry, price_entity=PRICE)
    await pass_time(hass, freezer, 1800)
    price_is(hass, "0.4")
    await pass_time(hass, freezer, 1800)
    await committed(hass)
    session = put(log, charge(NOON, NOON + HOUR, 12_000.0))
    await passes(hass, freezer)
    assert amount(now_of(log, session).cost) == Decimal("3.6")
    await pass_time(hass, freezer, 7 * 86_400, times=3)
    price_is(hass, "0.9")
    await committed(hass)
    await hass.services.async_call("recorder", "purge", {"keep_days": 1}, blocking=True)
    await committed(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    log = charging_log_of(hass, entry)
    put(log, replace(session, used=replace(session.used, wh=24_000.0)))
    await passes(hass, freezer)
    cost = now_of(log, session).cost
    assert cost is not None and (cost.amount, cost.basis) == (Decimal("7.2"), Basis.ENTITY)


async def test_a_tariff_that_changes(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was charged before costs what the old one says, whatever is priced again; from then on the new one counts."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    before = put(log, charge(NOON - HOUR, NOON, 10_000.0))
    await passes(hass, freezer)
    assert now_of(log, before).cost == Cost(
        amount=Decimal("3.1"),
        currency="EUR",
        basis=Basis.TARIFF,
        hours=((int((NOON - HOUR).timestamp()), Decimal("3.1")),),
    )
    site.tariff = deepcopy(site.tariff)
    charges: Any = site.tariff["energy_charges"]
    charges["Summer"]["rates"]["PARTIAL_PEAK"] = 0.5
    await pass_time(hass, freezer, 3700)
    since = datetime.now(UTC)
    after = put(log, charge(since, since + HOUR, 10_000.0))
    await passes(hass, freezer)
    # A reload knows it as well.
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    log = charging_log_of(hass, entry)
    again = [put(log, replace(one, cost=None)) for one in (before, after)]
    await passes(hass, freezer)
    assert [amount(now_of(log, one).cost) for one in again] == [Decimal("3.1"), Decimal(5)]


async def test_from_unknown_to_a_number(
    hass: HomeAssistant, person: Account, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody knows the price: no cost. A number is one, for all that was charged; without it there is none again."""
    site.tariff = {}
    entry = await set_up()
    costs, log = charging_costs_of(hass, entry), charging_log_of(hass, entry)
    assert costs.price_now() is None
    sessions = [put(log, charge(NOON - n * 24 * HOUR - HOUR, NOON - n * 24 * HOUR, 10_000.0)) for n in range(15)]
    await passes(hass, freezer)
    assert {now_of(log, one).cost for one in sessions} == {None}
    say(hass, entry, fixed_price=0.25)
    await passes(hass, freezer)
    found = [now_of(log, one).cost for one in sessions]
    assert {(one.amount, one.currency, one.basis) for one in found if one} == {(Decimal("2.5"), "EUR", Basis.NUMBER)}
    assert None not in found
    now = costs.price_now()
    assert now is not None and (now[0], now[1].amount) == (Basis.NUMBER, Decimal("0.25"))
    say(hass, entry)
    await passes(hass, freezer)
    assert {now_of(log, one).cost for one in sessions} == {None}


async def test_without_a_site(hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Who has not granted the energy sites pays for all of it to the grid."""
    entry = await set_up(frozenset(Scope) - {Scope.ENERGY_DEVICE_DATA})
    log = charging_log_of(hass, entry)
    say(hass, entry, fixed_price=0.25, own_price=0)
    session = put(log, charge(NOON, NOON + HOUR, 10_000.0, unplugged_at=None))
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.mix == Mix(grid_wh=10_000.0)
    assert found.cost is not None and (found.cost.amount, found.cost.provisional) == (Decimal("2.5"), True)
    put(log, replace(found, unplugged_at=NOON + HOUR))
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.mix == Mix(grid_wh=10_000.0, settled=True)
    assert found.cost is not None and not found.cost.provisional


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({"place": Place.ELSEWHERE}, Decimal(6)),
        ({"place": Place.ELSEWHERE, "direct_current": True}, None),
        ({"place": Place.SUPERCHARGER, "direct_current": True}, None),
    ],
)
async def test_elsewhere(
    hass: HomeAssistant,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    fields: dict[str, Any],
    cost: Decimal | None,
) -> None:
    """Elsewhere AC has the cost that the person gave a number for, and nothing else has one from here."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    say(hass, entry, fixed_price=0.25)
    session = put(log, charge(NOON, NOON + HOUR, 10_000.0, **fields))
    await passes(hass, freezer)
    assert (now_of(log, session).cost, now_of(log, session).mix) == (None, None)
    say(hass, entry, fixed_price=0.25, elsewhere_price=0.6)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.mix is None and (found.cost and found.cost.amount) == cost


async def test_another_place(hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """What turns out to have been at a Supercharger no longer costs what it would at home; a bill is left alone."""
    entry = await set_up()
    log = charging_log_of(hass, entry)
    session = put(log, charge(NOON, NOON + HOUR))
    await passes(hass, freezer)
    priced = now_of(log, session)
    assert priced.cost is not None and priced.mix is not None
    put(log, replace(priced, place=Place.SUPERCHARGER, direct_current=True))
    await passes(hass, freezer)
    found = now_of(log, session)
    assert (found.cost, found.mix) == (None, None)
    billed = Cost(amount=Decimal("7.77"), currency="EUR", basis=Basis.INVOICE)
    bills = (Bill(session_id="1", started_at=NOON),)
    for with_cost, with_bills in ((billed, ()), (billed, bills), (None, bills)):
        known = put(log, replace(found, cost=with_cost, bills=with_bills))
        await passes(hass, freezer)
        assert now_of(log, session) == known


@recorded
async def test_the_prices_of_the_site(
    hass: HomeAssistant, person: Account, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The entities that the site's history is priced by count for charging as well, unless another one is named."""
    person.sites[0] = site = powerwall_site(1, *site.wall_connectors, battery=False, extra_load_w=11_000.0)
    forbid_sums_of_today(hass, site)
    site.installed = NOON - 24 * HOUR
    price_is(hass, "0.5", name="sensor.buy")
    price_is(hass, "0.05", name="sensor.sell")
    price_is(hass, "1.5")
    entry = await set_up()
    log = charging_log_of(hass, entry)
    await pass_time(hass, freezer, 60, times=60)
    data = {
        "device_id": device_id(hass, entry, site),
        "import_price_entity": "sensor.buy",
        "export_price_entity": "sensor.sell",
    }
    await hass.services.async_call(DOMAIN, "set_energy_prices", data, blocking=True)
    await committed(hass)
    session = put(log, charge(NOON, NOON + HOUR))
    await pass_time(hass, freezer, 300, times=4)

    def wanted(mix: Mix | None, grid: str, own: str) -> float:
        assert mix is not None and mix.solar_wh > 1000 and mix.grid_wh > 1000
        return (mix.grid_wh * float(grid) + mix.solar_wh * float(own)) / 1000

    found = now_of(log, session)
    assert float(amount(found.cost)) == pytest.approx(wanted(found.mix, "0.5", "0.05"), abs=1e-3)
    say(hass, entry, price_entity=PRICE)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert float(amount(found.cost)) == pytest.approx(wanted(found.mix, "1.5", "0.05"), abs=1e-3)
    say(hass, entry, price_entity=PRICE, own_price=0)
    await passes(hass, freezer)
    found = now_of(log, session)
    assert float(amount(found.cost)) == pytest.approx(wanted(found.mix, "1.5", "0"), abs=1e-3)


async def test_sun_without_a_price(
    hass: HomeAssistant, person: Account, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where nothing is sold, sun has no price until the person names one: no cost, and not zero."""
    person.sites[0] = site = powerwall_site(1, *site.wall_connectors)
    site.tariff = {key: value for key, value in site.tariff.items() if key != "sell_tariff"}
    entry = await set_up()
    log = charging_log_of(hass, entry)
    await pass_time(hass, freezer, 300, times=7)
    session = put(log, charge(NOON, NOON + 30 * MINUTE))
    await passes(hass, freezer)
    found = now_of(log, session)
    assert found.mix is not None and found.mix.solar_wh > 0 and found.cost is None
    say(hass, entry, own_price=0.1)
    await passes(hass, freezer)
    assert amount(now_of(log, session).cost) > 0


async def test_several_sites(
    hass: HomeAssistant, person: Account, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A site without Wall Connector is not where cars charge; of two with one, only where the log knows which."""
    person.sites[0] = site = powerwall_site(1, *site.wall_connectors)
    person.sites.append(powerwall_site(2))
    other = deepcopy(site.tariff)
    rates: Any = other["energy_charges"]
    rates["Summer"]["rates"]["PARTIAL_PEAK"] = 0.77
    person.sites[1].tariff = other
    entry = await set_up()
    log = charging_log_of(hass, entry)
    one = put(log, charge(NOON - 2 * HOUR, NOON - HOUR))
    two = put(log, charge(NOON - 4 * HOUR, NOON - 3 * HOUR, site_id=person.sites[1].id))
    gone = put(log, charge(NOON - 6 * HOUR, NOON - 5 * HOUR, site_id=99, mix=Mix(solar_wh=5.0, settled=True)))
    await pass_time(hass, freezer, 900, times=2)
    await pass_time(hass, freezer, 10, times=6)
    found = [now_of(log, session) for session in (one, two)]
    assert [one.site_id for one in found] == [site.id, person.sites[1].id]
    for session, where in zip(found, person.sites, strict=True):
        assert session.mix is not None and session.mix.settled
        assert float(amount(session.cost)) == pytest.approx(
            true_cost(where, even(session), tariff_of(where)), rel=0.003
        )
    # What was at a site that is no more stays as it was.
    assert now_of(log, gone) == gone

    person.sites[1].wall_connectors = site.wall_connectors[:1]
    await pass_time(hass, freezer, 3700)
    unclear = put(log, charge(NOON - 8 * HOUR, NOON - 7 * HOUR))
    await passes(hass, freezer)
    found_unclear = now_of(log, unclear)
    assert found_unclear.site_id is None and found_unclear.cost is None
    assert found_unclear.mix == Mix(grid_wh=found_unclear.used.wh, settled=True)


async def test_price_again_since(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """On request all is priced again, or what is later, or what a car charged; what says the same is not written."""
    entry = await set_up()
    costs, log = charging_costs_of(hass, entry), charging_log_of(hass, entry)
    sessions = [
        put(log, charge(NOON - day * 24 * HOUR - HOUR, NOON - day * 24 * HOUR, vin=vin))
        for day in range(1, 5)
        for vin in (LUNA, JUNIPER)
    ]
    await passes(hass, freezer)
    assert await costs.async_reprice() == 0
    for one in sessions:
        put(log, replace(now_of(log, one), cost=None), Reason.REPAIRED)
    assert await costs.async_reprice(NOON - 49 * HOUR, JUNIPER) == 2
    assert await costs.async_reprice(NOON - 49 * HOUR) == 2
    assert await costs.async_reprice(vin=LUNA) == 2
    assert await costs.async_reprice() == 2
    assert all(now_of(log, one).reason is Reason.PRICE for one in sessions)
    assert await costs.async_reprice(vin="unknown") == 0
