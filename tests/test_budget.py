"""The budget in Home Assistant: the ledger agrees with Tesla's bill, and holds whatever Tesla answers."""

import asyncio
from collections import Counter
from collections.abc import Callable
import contextlib
from datetime import UTC, datetime
from decimal import Decimal

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.budget.asking import asked_by_person, by_person
from custom_components.tesla_charging.budget.prices import Belief
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.paying import PriceClass
from custom_components.tesla_charging.purse import Purse
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .helpers import LUNA, START, asked, call, pass_time, set_number, state_of

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3601
DATA, LIST = PriceClass.DATA, PriceClass.LIST


@pytest.fixture(autouse=True)
def cars(hass: HomeAssistant, sim: Simulator) -> None:
    """Let Luna stay awake, and no car want a key."""
    sim.world.car_named("Luna").sleeps = False
    sim.world.car_named("Juniper").command_signing = "off"
    sim.world.car_named("Juniper").wake_seconds = 0


def purse_of(entry: MockConfigEntry) -> Purse:
    """Return the purse that an account uses."""
    purse: Purse = entry.runtime_data.purse
    return purse


def assert_as_billed(entry: MockConfigEntry, sim: Simulator, app: App | None = None) -> None:
    """The ledger says to the request what Tesla's bill says."""
    ledger = {kind.value: count for kind, count in purse_of(entry).standing().month.items() if count}
    billed = Counter(sim.bill.counts((app or sim.apps[0]).client_id))
    del billed["auth"]
    assert ledger == {name: count for name, count in billed.items() if count}


async def spend(entry: MockConfigEntry, dollars: str) -> None:
    """Let it be so much that was spent this month."""
    await purse_of(entry).async_set_spent(Decimal(dollars))


# The bill


async def test_as_billed(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, no_pauses: None
) -> None:
    """Reads, commands, refusals, a car that sleeps, servers in trouble: the ledger is the bill."""
    entry = await set_up()
    await pass_time(hass, freezer, 61, times=5)
    await call(hass, "switch.turn_off", "switch.luna_charging")
    await set_number(hass, "number.luna_charge_limit", 71)
    sim.faults.add(Fault("vehicle_data", answer="internal", times=2))
    sim.faults.add(Fault("live_status", answer="rate_limited", times=1))
    sim.faults.add(Fault("products", answer="unavailable", times=1))
    await pass_time(hass, freezer, 61, times=5)
    sim.world.car_named("Luna").sleeps = True
    sim.faults.add(Fault("vehicle_data", answer="asleep", times=3))
    await pass_time(hass, freezer, 601, times=3)
    await call(hass, "button.press", "button.juniper_wake_up")
    assert {"data", "list", "energy", "command", "wake"} <= set(sim.bill.counts(sim.apps[0].client_id))
    assert_as_billed(entry, sim)
    assert purse_of(entry).standing().spent == sim.bill.cost(sim.apps[0].client_id)


async def test_a_connection_that_is_cut(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """What aiohttp sends twice by itself, on a connection that is cut, is two requests."""
    entry = await set_up()
    fault = sim.faults.add(Fault.lost(endpoint="vehicle_data", vin=LUNA))
    before = sim.bill.counts(sim.apps[0].client_id)["data"]
    await entry.runtime_data.vehicles[LUNA].async_refresh()
    assert fault.hits == 2
    assert sim.bill.counts(sim.apps[0].client_id)["data"] == before + 2
    assert_as_billed(entry, sim)


async def test_a_storm_of_408(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Answers that a car is asleep are paid for, and are not asked for more often than others."""
    entry = await set_up()
    before = sim.bill.counts(sim.apps[0].client_id)["data"]
    sim.faults.add(Fault("vehicle_data", answer="asleep"))
    await pass_time(hass, freezer, 601, times=12)
    assert sim.bill.counts(sim.apps[0].client_id)["data"] - before <= 26
    assert_as_billed(entry, sim)


async def test_restart(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Nothing is forgotten when the account is loaded again, nor when it is removed and added again."""
    entry = await set_up()
    await pass_time(hass, freezer, 61, times=3)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert_as_billed(entry, sim)
    await hass.config_entries.async_remove(entry.entry_id)
    again = await set_up()
    assert_as_billed(again, sim)


async def test_two_accounts_of_one_app(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, make_entry: Callable[..., MockConfigEntry], person: Account
) -> None:
    """They share the budget and its issue; each goes its way when it is unloaded."""
    entry = await set_up()
    other = MockConfigEntry(domain=DOMAIN, title="Kim", unique_id="kim", data=dict(make_entry().data))
    other.add_to_hass(hass)
    await hass.config_entries.async_setup(other.entry_id)
    await settle(hass)
    assert purse_of(entry) is purse_of(other)
    assert_as_billed(entry, sim)
    assert len(purse_of(entry).entries) == 2
    await hass.config_entries.async_unload(other.entry_id)
    assert list(purse_of(entry).entries) == [entry.entry_id]


# When the money is spent


async def test_what_has_time(hass: HomeAssistant, set_up: SetUp) -> None:
    """History that costs nothing is imported whatever was spent; where it is counted, the second half is the cars'."""
    entry = await set_up()
    purse = purse_of(entry)
    await spend(entry, "6")
    assert purse.may_import()
    await purse.async_set(beliefs={PriceClass.ENERGY: Belief.COUNTED})
    assert not purse.may_import()
    await purse.async_set_spent(Decimal(4))
    assert purse.may_import()


async def test_reads_stop_and_commands_go_on(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Cars are not read any more, but whether they sleep is known; a person's command and refresh still work, to the end."""
    entry = await set_up()
    await spend(entry, "9.9")
    sim.clear_requests()
    await pass_time(hass, freezer, 601, times=3)
    assert "vehicle_data" not in asked(sim)
    assert {"products", "live_status"} <= set(asked(sim))
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    assert not purse_of(entry).may_read()

    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert asked(sim, "command/*") == ["command/charge_stop"]
    assert state_of(hass, "switch.luna_charging") == "off"
    await call(hass, "switch.turn_on", "switch.luna_charging")

    await spend(entry, "10")
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "switch.turn_off", "switch.luna_charging")
    assert caught.value.translation_key == "over_budget"
    assert "Your budget for this month is used up" in str(caught.value)
    assert asked(sim, "command/*") == []


async def test_month_turn(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """On the 1st reading goes on by itself, when it is the 1st in California too."""
    freezer.move_to(datetime(2026, 6, 30, 20, tzinfo=UTC))
    entry = await set_up()
    await spend(entry, "9.999")
    sim.clear_requests()
    await pass_time(hass, freezer, HOUR, times=10)
    assert "vehicle_data" not in asked(sim)
    await pass_time(hass, freezer, HOUR, times=2)
    assert "vehicle_data" in asked(sim)
    assert purse_of(entry).standing().spent < 1


async def test_runaway_wakes(hass: HomeAssistant, sim: Simulator, set_up: SetUp, no_pauses: None) -> None:
    """An automation that wakes a car again and again is stopped with a sentence, while there is money left."""
    entry = await set_up()
    juniper = sim.world.car_named("Juniper")
    for _ in range(60):
        juniper.sleep()
        with contextlib.suppress(HomeAssistantError):
            await call(hass, "button.press", "button.juniper_wake_up")
    with pytest.raises(HomeAssistantError, match="woken as often in the last 24 hours"):
        await call(hass, "button.press", "button.juniper_wake_up")
    assert sim.bill.counts(sim.apps[0].client_id)["wake"] == 20
    assert purse_of(entry).standing().left > 8


# When Tesla switches the app off


async def test_exceeded_limit_on_day_20(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Then Tesla is asked once a day at most, whatever a person presses, and on the 1st everything is back."""
    freezer.move_to(datetime(2026, 6, 20, 9, 17, tzinfo=UTC))
    entry = await set_up()
    level = state_of(hass, "sensor.luna_battery_level")
    sim.bill.record(sim.apps[0].client_id, "data", 5001)
    await pass_time(hass, freezer, 61)
    assert purse_of(entry).closed
    assert all(request.status == 403 for request in sim.requests[-1:])
    sim.clear_requests()
    while datetime.now(UTC) < datetime(2026, 6, 30, 23, 50, tzinfo=UTC):
        await pass_time(hass, freezer, 1801)
        if datetime.now(UTC).hour == 12:
            with pytest.raises(HomeAssistantError, match="used up its monthly limit"):
                await call(hass, "switch.turn_off", "switch.luna_charging")
    # A token that is stale just then is put right once; the answer to that says nothing of the limit.
    answers = [request for request in sim.requests if request.host != "auth" and request.status != 401]
    per_day = Counter(request.at.date() for request in answers)
    assert set(per_day.values()) == {1}
    assert len(per_day) >= 9
    assert state_of(hass, "sensor.luna_battery_level") == level

    await pass_time(hass, freezer, 1801, times=4)
    assert not purse_of(entry).closed
    assert "vehicle_data" in asked(sim)
    assert entry.runtime_data.vehicles[LUNA].last_update_success


async def test_payment_required(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A 402 is handled alike, and turns no belief off."""
    entry = await set_up()
    sim.faults.add(Fault(host="eu", answer="payment_required"))
    await pass_time(hass, freezer, 61)
    sim.clear_requests()
    await pass_time(hass, freezer, HOUR, times=40)
    assert 1 <= len(asked(sim, "*")) <= 2
    assert purse_of(entry).standing().disproved == frozenset()
    sim.faults.clear()
    await pass_time(hass, freezer, HOUR, times=24)
    assert not purse_of(entry).closed
    assert {"vehicle_data", "live_status"} <= set(asked(sim))


async def test_network_that_is_away(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What cannot leave costs nothing, and asks nothing of a switched-off app."""
    entry = await set_up()
    purse = purse_of(entry)
    before = purse.standing().month
    region = entry.runtime_data.client.region
    object.__setattr__(region, "api_url", "http://127.0.0.1:1")
    await pass_time(hass, freezer, 601, times=3)
    assert purse.standing().month == before


# Who asks


async def test_a_persons_wish_ends() -> None:
    """What is started meanwhile and goes on later is no longer asked for by a person."""
    heard: list[bool] = []
    loop = asyncio.get_running_loop()
    with by_person():
        assert asked_by_person()
        with by_person():
            pass
        assert asked_by_person()
        loop.call_soon(lambda: heard.append(asked_by_person()))
    assert not asked_by_person()
    await asyncio.sleep(0)
    assert heard == [False]
