"""The charging of a car in the recorder's statistics: true hours, corrections, years at once, and nothing twice."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import tesla_charging
from custom_components.tesla_charging.charging.hours import HourBook
from custom_components.tesla_charging.charging.session import Place, Reason, Session
from custom_components.tesla_charging.charging_statistics import charging_statistics_of
from custom_components.tesla_charging.const import DOMAIN
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .helpers import JUNIPER, LUNA, START, pass_time
from .sessions import EVENING, HOUR_S, cost, keep, session, supercharged

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("recorder_mock")]

AT = int(EVENING.timestamp())
WHATS = ("home_energy", "home_cost", "supercharger_energy", "supercharger_cost")

type Held = dict[str, dict[int, float]]


@pytest.fixture
async def entry(
    hass: HomeAssistant, set_up: SetUp, person: Account, monkeypatch: pytest.MonkeyPatch
) -> MockConfigEntry:
    """Set the account up with cars that hang at no cable, and without a site; costs are what a test says they are."""

    async def price_nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(tesla_charging, "async_start_costs", price_nothing)
    for car in person.cars:
        if car.charger.station is not None:
            car.unplug()
    person.sites.clear()
    return await set_up()


async def held(hass: HomeAssistant, vin: str = LUNA) -> Held:
    """Return the statistics of a car by hour, as the Energy dashboard adds them up, and see that their sums go on."""
    await settle(hass)
    instance = get_instance(hass)
    await instance.async_block_till_done()
    prefix = f"{DOMAIN}:{vin[-8:].lower()}_"
    ids = {one["statistic_id"] for one in await instance.async_add_executor_job(list_statistic_ids, hass)}
    names = {name for name in ids if name.startswith(prefix)}
    since = datetime(2000, 1, 1, tzinfo=UTC)
    types: Any = {"state", "sum", "change"}
    rows = await instance.async_add_executor_job(
        statistics_during_period, hass, since, None, names, "hour", None, types
    )
    found: Held = {}
    for name, ones in rows.items():
        running = 0.0
        for row in ones:
            running += row["state"] or 0.0
            assert abs((row["sum"] or 0.0) - running) < 1e-3, (name, row)
        hours = {round(row["start"]): round(row["change"] or 0.0, 6) for row in ones}
        found[name.removeprefix(prefix)] = {hour: value for hour, value in hours.items() if value}
    return {what: hours for what, hours in found.items() if hours}


async def write(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the time pass after which it is written."""
    await pass_time(hass, freezer, 31)
    await get_instance(hass).async_block_till_done()
    await settle(hass)


def rows(hass: HomeAssistant, entry: MockConfigEntry, vin: str = LUNA) -> int:
    """Return how many rows were written since the start."""
    return charging_statistics_of(hass, entry)[vin].rows


async def test_energy_and_cost_in_their_true_hours(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Home and Supercharger, each car apart, energy at the battery in the hours of its flow."""
    paid = cost("3.00", hours={AT: "1.00", AT + HOUR_S: "2.00"})
    keep(
        hass,
        entry,
        session(1, EVENING + timedelta(minutes=30), hours=1, kwh=8, cost=paid),
        supercharged(2, EVENING - timedelta(hours=5), cost=cost("12.5", hours={AT - 5 * HOUR_S: "12.5"})),
        session(3, place=Place.ELSEWHERE, cost=cost("1")),
        session(4, vin=JUNIPER, hours=1, kwh=5),
    )
    await write(hass, freezer)
    assert await held(hass) == {
        "home_energy": {AT: 4.0, AT + HOUR_S: 4.0},
        "home_cost": {AT: 1.0, AT + HOUR_S: 2.0},
        "supercharger_energy": {AT - 5 * HOUR_S: 30.0},
        "supercharger_cost": {AT - 5 * HOUR_S: 12.5},
    }
    assert await held(hass, JUNIPER) == {"home_energy": {AT: 5.0}}


async def test_metadata(hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory) -> None:
    """Named for people, in kWh and in the currency, and no VIN in it; other currencies are apart."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, LUNA), entry.entry_id)
    assert device is not None
    dr.async_get(hass).async_update_device(device.id, name_by_user="Our car")
    keep(hass, entry, session(1, cost=cost("1")), supercharged(2, cost=cost("140", "SEK")))
    await write(hass, freezer)
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    ours = {one["statistic_id"]: one for one in found if one["source"] == DOMAIN}
    assert {name: (one["name"], one["statistics_unit_of_measurement"]) for name, one in ours.items()} == {
        "tesla_charging:kf000001_home_energy": ("Our car charged at home", "kWh"),
        "tesla_charging:kf000001_home_cost": ("Our car cost of charging at home", "EUR"),
        "tesla_charging:kf000001_supercharger_energy": ("Our car charged at Superchargers", "kWh"),
        "tesla_charging:kf000001_supercharger_cost_sek": ("Our car cost of Superchargers", "SEK"),
    }
    assert LUNA not in str(found)
    assert LUNA.lower() not in str(found)


async def test_only_what_changes_is_written(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What is amended is corrected where it was, whatever came after it; what says the same is not written again."""
    first, second = session(1, hours=2, kwh=10, cost=cost("3")), session(2, EVENING + timedelta(hours=8), 1, 6)
    keep(hass, entry, first, second)
    await write(hass, freezer)
    assert rows(hass, entry) == 5
    keep(hass, entry, replace(first, soc_end=80.0), reason=Reason.WENT_ON)
    await write(hass, freezer)
    assert rows(hass, entry) == 5
    keep(hass, entry, session(1, hours=1, kwh=9, cost=cost("2.5")), reason=Reason.WALL_HISTORY)
    await write(hass, freezer)
    assert await held(hass) == {"home_energy": {AT: 9.0, AT + 8 * HOUR_S: 6.0}, "home_cost": {AT: 2.5}}
    assert rows(hass, entry) == 5 + 4
    keep(hass, entry, session(1, hours=1, kwh=9, place=Place.SUPERCHARGER, cost=cost("2.5")), reason=Reason.PLACE)
    await write(hass, freezer)
    assert await held(hass) == {
        "home_energy": {AT + 8 * HOUR_S: 6.0},
        "supercharger_energy": {AT: 9.0},
        "supercharger_cost": {AT: 2.5},
    }


async def test_a_start_writes_only_what_is_missing(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """After a start all is compared, nothing is written twice, and what is no longer so is taken away."""
    keep(hass, entry, session(1, kwh=10, cost=cost("3")), supercharged(2, EVENING - timedelta(days=30)))
    await write(hass, freezer)
    before = await held(hass)
    writer = charging_statistics_of(hass, entry)[LUNA]
    # Nobody writes this before the end.
    keep(hass, entry, session(1, kwh=11, cost=cost("3")))
    await again(hass, entry, freezer, session(1, kwh=10, cost=cost("3")), supercharged(2, EVENING - timedelta(days=30)))
    assert charging_statistics_of(hass, entry)[LUNA] is not writer
    assert rows(hass, entry) == 0
    assert await held(hass) == before
    await again(hass, entry, freezer, session(1, kwh=10), session(3, EVENING - timedelta(days=40), hours=1, kwh=1))
    assert await held(hass) == {"home_energy": {AT - 40 * 24 * HOUR_S: 1.0, AT: 5.0, AT + HOUR_S: 5.0}}


async def again(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, *sessions: Session
) -> None:
    """Start the account again, with a log that has only these sessions."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await forget(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    keep(hass, entry, *sessions)
    await write(hass, freezer)


async def forget(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Forget the charging log on disk."""
    path = Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}.charging_log"))
    await hass.async_add_executor_job(path.unlink)


async def test_another_currency_of_the_home(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """When Home Assistant's currency changes, what was paid in the old one is told apart."""
    keep(hass, entry, session(1, hours=1, cost=cost("3")))
    await write(hass, freezer)
    await hass.config.async_update(currency="CHF")
    keep(hass, entry, session(2, EVENING + timedelta(hours=3), hours=1, cost=cost("4", "CHF")))
    await write(hass, freezer)
    found = await held(hass)
    assert found["home_cost"] == {AT + 3 * HOUR_S: 4.0}
    assert found["home_cost_eur"] == {AT: 3.0}


async def test_a_car_that_goes(
    hass: HomeAssistant, entry: MockConfigEntry, person: Account, freezer: FrozenDateTimeFactory
) -> None:
    """A car that is sold is followed no more, and its statistics stay."""
    keep(hass, entry, session(1, hours=1))
    await write(hass, freezer)
    person.cars[:] = [car for car in person.cars if car.vin != LUNA]
    await pass_time(hass, freezer, 60, times=17)
    assert set(charging_statistics_of(hass, entry)) == {JUNIPER}
    keep(hass, entry, session(3, hours=1))
    await write(hass, freezer)
    assert await held(hass) == {"home_energy": {AT: 10.0}}


async def test_random_amendments(hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory) -> None:
    """Whatever is amended in whatever order, the statistics are what the sessions come to at their end."""
    dice = random.Random(6)
    known: dict[int, Session] = {}
    for _ in range(12):
        for number in dice.sample(range(15), 4):
            start = EVENING - timedelta(hours=dice.randrange(72), minutes=dice.randrange(60))
            place = dice.choice(list(Place))
            paid = dice.choice([None, cost(str(dice.randrange(-200, 2000) / 100))])
            known[number] = session(number, start, dice.random() * 6, dice.random() * 40, place=place, cost=paid)
            keep(hass, entry, known[number])
        await write(hass, freezer)
        wanted = HourBook("EUR").take(known.values())
        found = await held(hass)
        for what in WHATS:
            there, true = found.get(what, {}), wanted.get(what, {})
            wrong = {h: (there.get(h), v) for h, v in true.items() if abs(there.get(h, 0.0) - v) > 1e-5}
            assert not wrong, what
            assert set(there) <= set(true), what


async def test_years_at_once(hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory) -> None:
    """All that the log knows is written, in portions, and then only what is new."""
    keep(hass, entry, *(session(n, EVENING - timedelta(days=n), cost=cost("2")) for n in range(700)))
    for _ in range(3):
        await write(hass, freezer)
        await asyncio.sleep(0)
    found = await held(hass)
    assert len(found["home_energy"]) == 1400
    assert sum(found["home_energy"].values()) == pytest.approx(7000)
    assert sum(found["home_cost"].values()) == pytest.approx(1400)
    assert rows(hass, entry) == 2800
    keep(hass, entry, session(699, EVENING - timedelta(days=699), kwh=20, cost=cost("2")))
    await write(hass, freezer)
    assert rows(hass, entry) == 2802
    assert sum((await held(hass))["home_energy"].values()) == pytest.approx(7010)
