"""Reads that are planned: as often as the money allows and a person wants, and never in vain."""

import asyncio
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tesla_simulator import Simulator
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .helpers import JUNIPER, LUNA, START, asked, call, entity_ids, pass_time, set_number, state_of
from .reads import alone, gaps, looks_before_reads, reads, restarted, say

pytestmark = pytest.mark.freeze_time(START)

REFRESH = "button.nova_refresh"


# As often as the money allows


@pytest.mark.parametrize(
    ("life", "budget", "seconds"),
    [
        ("charging", "40", 20),
        ("charging", "10", 54),
        ("charging", "2.5", 217),
        ("driving", "40", 20),
        ("driving", "10", 38),
        ("driving", "2.5", 154),
        ("idle", "10", 257),
        ("idle", "2.5", 1100),
        ("sentry", "10", 347),
        ("sentry", "2.5", 1500),
    ],
)
async def test_pauses(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    life: str,
    budget: str,
    seconds: float,
) -> None:
    """What a car does and what there is to spend say how long a pause is; it grows while no departure comes."""
    car = alone(sim, person, life)
    entry = await set_up()
    await entry.runtime_data.purse.async_set(budget=Decimal(budget))
    await pass_time(hass, freezer, 60, times=6)
    step = 2 if seconds < 100 else 20
    sim.clear_requests()
    await pass_time(hass, freezer, step, times=round(3.5 * seconds / step))
    found = gaps(sim)
    assert len(found) in (2, 3)
    assert all(seconds * 0.98 <= gap <= seconds * 1.07 + step for gap in found), found
    assert looks_before_reads(sim, car.vin) <= (0 if life in ("charging", "driving") else 3)


async def test_spent(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without money for it nothing is read, but the list goes on; a person may spend the reserve, and no cent more."""
    car = alone(sim, person, "charging")
    entry = await set_up()
    purse = entry.runtime_data.purse
    await purse.async_set_spent(Decimal("9.99"))
    await pass_time(hass, freezer, 60, times=2)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert asked(sim, vin=car.vin) == []
    assert len(asked(sim, "products")) == 30

    for _ in range(5):
        await call(hass, "button.press", REFRESH)
        await pass_time(hass, freezer, 6)
    assert reads(sim) == 5
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "button.press", REFRESH)
    assert caught.value.translation_key == "over_budget"
    assert reads(sim) == 5
    assert purse.standing().spent == Decimal("10.000")
    assert state_of(hass, "sensor.nova_charging_state") == "charging"


async def test_month_turns(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """In a new month there is money again, and reads begin by themselves; Tesla's month may be California's."""
    alone(sim, person)
    entry = await set_up()
    freezer.move_to("2026-06-30 23:30:00")
    await pass_time(hass, freezer, 60, times=2)
    await entry.runtime_data.purse.async_set_spent(Decimal(10))
    await pass_time(hass, freezer, 60, times=2)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=60)
    assert dt_util.utcnow().month == 7
    freezer.move_to("2026-07-01 06:50:00")
    await pass_time(hass, freezer, 60, times=9)
    assert reads(sim) == 0
    await pass_time(hass, freezer, 60, times=30)
    assert reads(sim) > 4


# Not twice, and never for a car that sleeps


async def test_many_at_once_are_one_read(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Twenty entities, and a button pressed twice; a few seconds later there is nothing new to read either."""
    alone(sim, person)
    await set_up()
    await async_setup_component(hass, "homeassistant", {})
    ours = sorted(one for one in entity_ids(hass, start="nova") if hass.states.get(one))[:20]
    assert len(ours) == 20
    await pass_time(hass, freezer, 10)
    sim.clear_requests()
    update = hass.services.async_call("homeassistant", "update_entity", {"entity_id": ours}, blocking=True)
    await asyncio.gather(update, call(hass, "button.press", REFRESH), call(hass, "button.press", REFRESH))
    assert reads(sim) == 1
    freezer.tick(4)
    await call(hass, "button.press", REFRESH)
    assert reads(sim) == 1
    freezer.tick(2)
    await call(hass, "button.press", REFRESH)
    assert reads(sim) == 2


async def test_a_person_waits_for_the_read_that_is_under_way(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A planned read that has just left is what a person gets who asks meanwhile."""
    car = alone(sim, person, "charging")
    entry = await set_up()
    sim.clear_requests()
    freezer.tick(60)
    entry.runtime_data.vehicles[car.vin].planner.follow()
    await asyncio.sleep(0)
    await call(hass, "button.press", REFRESH)
    await settle(hass)
    assert reads(sim) == 1


async def test_asleep_is_never_read(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Whoever asks, a sleeping car is looked at for nothing, and neither woken nor read."""
    await set_up()
    await async_setup_component(hass, "homeassistant", {})
    sim.clear_requests()
    ours = sorted(one for one in entity_ids(hass, start="juniper") if hass.states.get(one))[:20]
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": ours}, blocking=True)
    await call(hass, "button.press", "button.juniper_refresh")
    assert set(asked(sim, vin=JUNIPER)) == {"vehicle"}
    assert sim.world.car_named("Juniper").state == "asleep"


async def test_confirming_reads(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What a command did is read without a look before, also out of the reserve."""
    car = alone(sim, person)
    entry = await set_up()
    await entry.runtime_data.purse.async_set_spent(Decimal("9.9"))
    await pass_time(hass, freezer, 60, times=2)
    sim.clear_requests()
    await set_number(hass, "number.nova_charge_limit", 70)
    await pass_time(hass, freezer, 2)
    assert asked(sim, vin=car.vin)[-2:] == ["command/set_charge_limit", "vehicle_data"]
    assert state_of(hass, "number.nova_charge_limit") == "70"


# Restarts


async def test_restart_reads_nothing(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was read a minute ago is not read because Home Assistant starts; the plan goes on where it was."""
    alone(sim, person, "charging")
    entry = await set_up()
    await entry.runtime_data.purse.async_set(budget=Decimal("2.5"))
    await pass_time(hass, freezer, 10, times=7)
    sim.clear_requests()
    await restarted(hass, entry, 60, freezer)
    await pass_time(hass, freezer, 10, times=12)
    assert reads(sim) == 0
    await pass_time(hass, freezer, 10, times=6)
    assert reads(sim) == 1


async def test_habits_survive(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    """What was learned of a car is on disk; what is damaged there was not learned, and stops nothing."""
    car = alone(sim, person)
    entry = await set_up()
    habits = entry.runtime_data.vehicles[car.vin].planner.habits
    habits.departed(dt_util.now())
    await pass_time(hass, freezer, 60, times=30)
    appetite = habits.appetite_today
    assert appetite > 0
    await restarted(hass, entry, 60, freezer)
    again = entry.runtime_data.vehicles[car.vin].planner.habits
    assert again is not habits
    assert again.appetite_today == pytest.approx(appetite)
    assert sum(again.departures) == 1

    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"]["data"]
    junk = {"days": 5, "waits": ["x"], "began": 7, "appetite_today": -1}
    damages: list[Any] = [None, [], {car.vin: None}, {car.vin: junk}]
    for damaged in damages:
        assert await hass.config_entries.async_unload(entry.entry_id)
        hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"]["data"] = {**stored, "habits": damaged}
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        assert sum(entry.runtime_data.vehicles[car.vin].planner.habits.departures) == 0
        sim.clear_requests()
        await pass_time(hass, freezer, 60, times=6)
        assert reads(sim) >= 1


async def test_a_clock_that_is_set_back(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was read by a clock that was ahead is read again at once, and the plan goes on from there."""
    alone(sim, person, "charging")
    entry = await set_up()
    sim.clear_requests()
    await restarted(hass, entry, -7200, freezer)
    assert reads(sim) == 1
    await pass_time(hass, freezer, 10, times=30)
    assert reads(sim) in (5, 6, 7)


# What a person wants


async def test_driving_more_or_less(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Followed at once, without a reload: four times the worth is half the pause."""
    car = alone(sim, person, "driving")
    entry = await set_up()
    await entry.runtime_data.purse.async_set(budget=Decimal(5))
    account = entry.runtime_data
    for wish, seconds in (("usual", 77), ("more", 38), ("less", 154)):
        await say(hass, entry, car.vin, driving=wish)
        sim.clear_requests()
        await pass_time(hass, freezer, 2, times=round(3.2 * seconds / 2))
        assert gaps(sim)[-1] == pytest.approx(seconds, abs=5), wish
    assert entry.runtime_data is account


async def test_near_home(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The last kilometres are read twice as often, if that is wanted."""
    car = alone(sim, person)
    place = hass.config.latitude, hass.config.longitude = car.position()
    car.drive(600, speed_kmh=1)
    entry = await set_up()
    await entry.runtime_data.purse.async_set(budget=Decimal(5))
    for wish, seconds in ((False, 77), (True, 38)):
        await say(hass, entry, car.vin, near_home=wish)
        sim.clear_requests()
        await pass_time(hass, freezer, 2, times=round(3.2 * seconds / 2))
        assert gaps(sim)[-1] == pytest.approx(seconds, abs=5)
    hass.config.latitude = place[0] + 1
    sim.clear_requests()
    await pass_time(hass, freezer, 2, times=130)
    assert gaps(sim)[-1] == pytest.approx(77, abs=5)


@pytest.mark.parametrize(("wish", "state"), [("automatic", "asleep"), ("always", "asleep"), ("never", "online")])
async def test_an_old_car_falls_asleep(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, wish: str, state: str
) -> None:
    """A car that reads keep awake is left alone until it sleeps, unless that is not wanted."""
    luna = sim.world.car_named("Luna")
    luna.unplug()
    entry = await set_up()
    await say(hass, entry, LUNA, sleep=wish)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert luna.state == state
    assert (reads(sim, LUNA) <= 1) is (state == "asleep")
    assert asked(sim, "wake_up") == []


async def test_paused(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A paused car is neither read nor looked at by itself; the list still says whether it sleeps."""
    car = alone(sim, person, "charging")
    entry = await set_up()
    await say(hass, entry, car.vin, paused=True)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert asked(sim, vin=car.vin) == []
    car.unplug()
    car.sleep()
    await pass_time(hass, freezer, 60, times=2)
    assert state_of(hass, "sensor.nova_status") == "asleep"
    assert asked(sim, vin=car.vin) == []
    car.wake_seconds = 0
    car.wake()
    await call(hass, "button.press", REFRESH)
    assert reads(sim) == 1
    await say(hass, entry, car.vin, paused=False)
    await pass_time(hass, freezer, 60, times=5)
    assert reads(sim) > 1


async def test_polling_switched_off(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant's own switch for polling holds for the plan too; whoever asks is answered."""
    car = alone(sim, person, "charging")
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    await restarted(hass, entry, 3600, freezer)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert asked(sim, vin=car.vin) == []
    await call(hass, "button.press", REFRESH)
    assert reads(sim) == 1
