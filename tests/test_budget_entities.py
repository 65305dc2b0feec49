"""The budget as a person sees it and decides on it: sensors, numbers, beliefs, buttons, and the action that corrects it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
import itertools
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.budget.habits import Day
from custom_components.tesla_charging.budget.policy import Activity
from custom_components.tesla_charging.const import DOMAIN
from homeassistant.components.homeassistant import DOMAIN as HOME_ASSISTANT
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tesla_simulator import App, Fault, Simulator
from tesla_simulator.world import Account as Person

from .conftest import SetUp, settle
from .helpers import LUNA, START, call, pass_time, set_number, state_of
from .test_privacy import diagnostics

pytestmark = pytest.mark.freeze_time(START)

A = "tesla_account_luna_juniper"
SPENT, FORECAST, LEFT = (
    f"sensor.{A}_{name}" for name in ("spent_this_month", "forecast_for_the_month_s_end", "left_this_month")
)
TODAY, MONTH = f"sensor.{A}_requests_today", f"sensor.{A}_requests_this_month"
STATE = f"sensor.{A}_tesla_app"
BUDGET, ELSEWHERE = f"number.{A}_monthly_budget", f"number.{A}_spent_by_other_programs_this_month"
WAKES = f"number.{A}_wake_ups_a_day"
AGAIN = f"button.{A}_ask_tesla_again"
UPDATES = "switch.luna_automatic_updates"
NEXT, WHY = "sensor.luna_next_planned_read", "sensor.luna_why_it_is_read_next"


def number_of(hass: HomeAssistant, entity_id: str) -> float:
    """Return a number that is shown."""
    return float(state_of(hass, entity_id) or "nan")


async def look(hass: HomeAssistant, entity_id: str = SPENT) -> None:
    """Have an entity updated, as a person would who cannot wait."""
    await async_setup_component(hass, HOME_ASSISTANT, {})
    await call(hass, "homeassistant.update_entity", entity_id)


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "no_pauses")
async def test_the_figures_are_those_of_the_bill(hass: HomeAssistant, sim: Simulator, app: App, set_up: SetUp) -> None:
    """To the request and to the tenth of a cent, by class, for the day and for the month."""
    sim.world.car_named("Juniper").wake_seconds = 0
    await set_up()
    await call(hass, "button.press", "button.juniper_wake_up")
    await call(hass, "switch.turn_off", "switch.luna_charging")
    await settle(hass)
    await look(hass)
    counts = sim.bill.counts(app.client_id)
    assert counts["wake"] >= 1
    for period in ("today", "this_month"):
        assert number_of(hass, f"sensor.{A}_requests_{period}") == sum(counts.values())
        names = {"car_data": "data", "commands": "command", "wake_ups": "wake", "car_list_and_state": "list"}
        for name, kind in names.items():
            assert number_of(hass, f"sensor.{A}_requests_{period}_{name}") == counts[kind], name
    cost = float(sim.bill.cost(app.client_id))
    assert number_of(hass, SPENT) == pytest.approx(cost)
    assert number_of(hass, LEFT) == pytest.approx(10 - cost)
    assert cost < number_of(hass, FORECAST) <= 10
    assert 0 < number_of(hass, f"sensor.{A}_reserve_for_commands") < 10
    assert state_of(hass, STATE) == "ok"


async def test_what_statistics_need(hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Money and counts are totals that begin anew with the month and the day, so that long-term statistics add them up."""
    await set_up()
    spent, today = hass.states.get(SPENT), hass.states.get(TODAY)
    assert spent is not None
    assert today is not None
    assert {key: spent.attributes[key] for key in ("device_class", "state_class", "unit_of_measurement")} == {
        "device_class": "monetary",
        "state_class": "total",
        "unit_of_measurement": "USD",
    }
    assert spent.attributes["last_reset"] == "2026-06-01T00:00:00+00:00"
    assert today.attributes["last_reset"] == dt_util.start_of_local_day().isoformat()
    assert (today.attributes["state_class"], today.attributes["unit_of_measurement"]) == ("total", "requests")
    freezer.move_to("2026-07-01 09:00:00+00:00")
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 61)
    spent, today = hass.states.get(SPENT), hass.states.get(TODAY)
    assert spent is not None
    assert today is not None
    assert spent.attributes["last_reset"] == "2026-07-01T00:00:00+00:00"
    assert float(spent.state) < 0.05
    assert today.attributes["last_reset"] == dt_util.start_of_local_day().isoformat()
    assert float(today.state) < 30


async def test_the_account_is_a_service_that_names_its_app(hass: HomeAssistant, app: App, set_up: SetUp) -> None:
    """A device of its own, which is no product."""
    entry = await set_up()
    (device,) = [
        one
        for one in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if one.entry_type is dr.DeviceEntryType.SERVICE
    ]
    assert device.name == "Tesla account Luna, Juniper"
    assert device.model == f"Tesla app …{app.client_id[-4:]}"
    spent = hass.states.get(SPENT)
    assert spent is not None
    assert spent.attributes["accounts"] == ["Luna, Juniper"]


async def test_the_database_is_spared(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """However many requests there are, each figure is written once a minute at most, and only when it is another."""
    await set_up()
    written: list[tuple[str, str, datetime]] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["entity_id"].startswith(("sensor.tesla_account", "number.tesla_account")):
            written.append((event.data["entity_id"], event.data["new_state"].state, dt_util.utcnow()))

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    sim.clear_requests()
    await pass_time(hass, freezer, 5, times=12 * 10)
    assert len(sim.requests) > 20
    for entity_id in {one for one, _, _ in written}:
        mine = [(state, at) for one, state, at in written if one == entity_id]
        assert len(mine) <= 11, (entity_id, mine)
        assert all(one[0] != other[0] for one, other in itertools.pairwise(mine)), entity_id
    assert {one for one, _, _ in written} >= {TODAY, MONTH, SPENT}
    assert not {BUDGET, WAKES, STATE} & {one for one, _, _ in written}


async def test_numbers(hass: HomeAssistant, set_up: SetUp) -> None:
    """The budget, what other programs spend and the wake-ups are what a person sets, and show at once."""
    entry = await set_up()
    purse = entry.runtime_data.purse
    assert [number_of(hass, one) for one in (BUDGET, ELSEWHERE, WAKES)] == [10, 0, 20]
    spent = number_of(hass, SPENT)
    await set_number(hass, BUDGET, 4.35)
    await set_number(hass, ELSEWHERE, 1.1)
    await set_number(hass, WAKES, 3)
    standing = purse.standing()
    assert (standing.budget, standing.elsewhere, purse.wakes_a_day) == (Decimal("4.35"), Decimal("1.1"), 3)
    assert [number_of(hass, one) for one in (BUDGET, ELSEWHERE, WAKES)] == [4.35, 1.1, 3]
    assert number_of(hass, LEFT) == pytest.approx(3.25 - spent, abs=0.01)


async def test_budget_used_up(hass: HomeAssistant, set_up: SetUp) -> None:
    """The state of the app follows the money at once, and the car's plan says why it is not read."""
    entry = await set_up()
    spent = float(entry.runtime_data.purse.standing().spent)
    await set_number(hass, BUDGET, spent + 0.01)
    assert state_of(hass, STATE) == "ok"
    await set_number(hass, ELSEWHERE, 0.01)
    assert state_of(hass, STATE) == "budget_used_up"
    await set_number(hass, ELSEWHERE, 0)
    await hass.services.async_call(
        DOMAIN,
        "set_spent",
        {"config_entry_id": entry.entry_id, "dollars": round(spent + 0.01, 2) - 0.0015},
        blocking=True,
    )
    assert state_of(hass, STATE) == "commands_only"
    await set_number(hass, BUDGET, 0)
    assert state_of(hass, STATE) == "budget_used_up"
    entry.runtime_data.vehicles[LUNA].planner.follow()
    assert (state_of(hass, NEXT), state_of(hass, WHY)) == ("unknown", "budget_used_up")
    await set_number(hass, BUDGET, 10)
    assert state_of(hass, STATE) == "ok"


async def test_next_read(hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A car that charges is read soon and says so; one that sleeps says that."""
    await set_up()
    at = dt_util.parse_datetime(state_of(hass, NEXT) or "")
    assert at is not None
    assert timedelta(seconds=20) < at - dt_util.utcnow() < timedelta(minutes=5)
    assert state_of(hass, WHY) in ("charging", "charging_steadily")
    assert state_of(hass, "sensor.juniper_next_planned_read") == "unknown"
    assert state_of(hass, "sensor.juniper_why_it_is_read_next") == "asleep"


async def test_the_next_read_is_written_when_it_is_another_one(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The plan moves by a second with each request; a person is told of each new plan once."""
    await set_up()
    written: list[str] = []
    hass.bus.async_listen(
        EVENT_STATE_CHANGED,
        callback(
            lambda event: written.append(event.data["new_state"].state) if event.data["entity_id"] == NEXT else None
        ),
    )
    sim.clear_requests()
    await pass_time(hass, freezer, 5, times=12 * 10)
    reads = len(sim.requests_for("vehicle_data"))
    assert reads >= 2
    assert reads - 1 <= len(written) <= 2 * reads + 1


async def test_automatic_updates(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A paused car is not read by itself, but by a person; the options keep it, and nothing is loaded anew."""
    entry = await set_up()
    account = entry.runtime_data
    assert state_of(hass, UPDATES) == "on"
    await call(hass, "switch.turn_off", UPDATES)
    assert (state_of(hass, UPDATES), state_of(hass, NEXT), state_of(hass, WHY)) == ("off", "unknown", "paused")
    assert entry.options == {"cars": {LUNA: {"paused": True}}}
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert sim.requests_for("vehicle_data") == []
    await call(hass, "button.press", "button.luna_refresh")
    assert len(sim.requests_for("vehicle_data")) == 1
    await call(hass, "switch.turn_on", UPDATES)
    await pass_time(hass, freezer, 60, times=5)
    assert state_of(hass, UPDATES) == "on"
    assert len(sim.requests_for("vehicle_data")) > 1
    assert entry.runtime_data is account


async def test_a_sleeping_car_is_paused_at_once(hass: HomeAssistant, set_up: SetUp) -> None:
    """Although its plan stays the same: none."""
    await set_up()
    await call(hass, "switch.turn_off", "switch.juniper_automatic_updates")
    assert state_of(hass, "switch.juniper_automatic_updates") == "off"
    assert state_of(hass, "sensor.juniper_why_it_is_read_next") == "paused"


async def test_set_spent(hass: HomeAssistant, set_up: SetUp) -> None:
    """What Tesla's page says counts, and shows at once; who does not name an account is told so."""
    entry = await set_up()
    await hass.services.async_call(
        DOMAIN, "set_spent", {"config_entry_id": entry.entry_id, "dollars": 4.2}, blocking=True
    )
    assert number_of(hass, SPENT) == 4.2
    assert number_of(hass, LEFT) == 5.8
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(
            DOMAIN, "set_spent", {"config_entry_id": "nobody", "dollars": 4.2}, blocking=True
        )


@pytest.mark.parametrize(
    ("answer", "state", "key"),
    [
        ("exceeded_limit", "switched_off", "limit_exceeded"),
        ("payment_required", "payment_required", "payment_required"),
    ],
)
async def test_an_app_that_is_switched_off(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    answer: str,
    state: str,
    key: str,
) -> None:
    """It says so at once; the button asks Tesla again, and is of no use otherwise."""
    await set_up()
    assert state_of(hass, AGAIN) == "unavailable"
    sim.faults.add(Fault(answer=answer))
    await pass_time(hass, freezer, 61)
    assert state_of(hass, STATE) == state
    assert (state_of(hass, NEXT), state_of(hass, WHY)) == ("unknown", "switched_off")
    assert state_of(hass, AGAIN) == "unknown"
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "button.press", AGAIN)
    assert error.value.translation_key == key
    sim.faults.clear()
    sim.clear_requests()
    await pass_time(hass, freezer, 600)
    assert sim.requests == []
    await call(hass, "button.press", AGAIN)
    assert state_of(hass, STATE) == "ok"
    assert state_of(hass, AGAIN) == "unavailable"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_beliefs(hass: HomeAssistant, set_up: SetUp) -> None:
    """What has no published price is believed to be free until a person says otherwise, and costs from then on."""
    entry = await set_up()
    select = f"select.{A}_price_of_requests_car_list_and_state"
    assert state_of(hass, select) == "free"
    await look(hass)
    before = number_of(hass, SPENT)
    await call(hass, "select.select_option", select, option="counted")
    assert state_of(hass, select) == "counted"
    lists = entry.runtime_data.purse.standing().month["list"]
    assert number_of(hass, SPENT) == pytest.approx(before + 0.002 * lists)
    await call(hass, "select.select_option", select, option="free")
    assert number_of(hass, SPENT) == pytest.approx(before)


async def test_two_accounts_of_one_app(
    hass: HomeAssistant, set_up: SetUp, make_entry: Callable[..., MockConfigEntry], person: Person
) -> None:
    """They share one ledger, show the same figures, and say so."""
    first = await set_up()
    second = make_entry()
    second = MockConfigEntry(domain=DOMAIN, title="Nova", unique_id=f"{person.sub}2", data=second.data)
    second.add_to_hass(hass)
    await hass.config_entries.async_setup(second.entry_id)
    await settle(hass)
    await look(hass)
    mine, theirs = (
        hass.states.get(er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{one.unique_id}-spent") or "")
        for one in (first, second)
    )
    assert mine is not None
    assert theirs is not None
    assert mine.attributes["accounts"] == theirs.attributes["accounts"] == ["Luna, Juniper", "Nova"]
    await set_number(hass, BUDGET, 7)
    assert state_of(hass, "number.tesla_account_nova_monthly_budget") == "7.0"


async def test_diagnostics(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """They tell of each car's plan and habits: what it is and how much of it, but not when it is done or where."""
    entry = await set_up()
    await call(hass, "switch.turn_off", "switch.juniper_automatic_updates")
    habits = entry.runtime_data.vehicles[LUNA].planner.habits
    habits.days.append(Day(appetite=3600.0, seconds={Activity.CHARGING: 7200.0}))
    found = json.loads(await diagnostics(hass, hass_client, entry))["data"]["vehicles"]
    luna, juniper = (car["plan"] for car in found)
    assert luna["next"].startswith("2026-06-10 10:0")
    assert (luna["reason"], luna["doing"], luna["days"]) == ("activity", "charging", 1)
    assert luna["hours_a_day"] == {"charging": 2.0}
    assert luna["k"] > 0
    assert luna["wishes"] == {"driving": 1.0, "near_home": "False", "sleep": "automatic", "paused": "False"}
    assert (juniper["next"], juniper["reason"], juniper["wishes"]["paused"]) == (None, None, "True")
    assert not {"departures", "waits"} & {*luna}
    await set_number(hass, BUDGET, 0)
    found = json.loads(await diagnostics(hass, hass_client, entry))["data"]["vehicles"]
    assert found[0]["plan"]["k"] is None
