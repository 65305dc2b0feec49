"""Planning a charge: what the action answers, and that the car charges by it."""

from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import tesla_charging
from custom_components.tesla_charging.car_plans import plans_of
from custom_components.tesla_charging.charging.planned import Planned, wanted_schedules
from custom_components.tesla_charging.charging.schedules import Place
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.plan_store import PlanStore
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car, home_station

from .conftest import SetUp, settle
from .helpers import START, asked, list_again, pass_time
from .planning import act, charges, device_of, move_in, plan, refused

pytestmark = pytest.mark.freeze_time(START)

HOUR = timedelta(hours=1)
HERE = Place(52.4, 13.06)
HOME = Path(tesla_charging.__file__).parent
NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
# What the car takes and how big it is, so that a test need not wait until that is learned.
KNOWN = {"charge_power": 11.04, "battery_capacity": 95}


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return the car that takes unsigned commands, at Home Assistant's home in Berlin, charging, at 62 %."""
    luna = await move_in(hass, sim, monkeypatch)
    luna.kept_awake, luna.standby_w = True, 0.0
    return luna


def prices(cheap: dict[float, float], begin: datetime = NOON, hours: int = 30) -> list[dict[str, Any]]:
    """Return prices by the half-hour: some are cheap, by hours after the beginning."""
    found = []
    for half in range(hours * 2):
        at = half / 2
        price = next((cost for hour, cost in cheap.items() if hour <= at < hour + 1), 0.4)
        found.append({"start": (begin + at * HOUR).isoformat(), "price": price})
    return found


async def plan_charging(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Plan to be at 80 % tomorrow at seven."""
    return await act(hass, "plan_charging", **{"departure": "07:00", "target": 80, **KNOWN, **data})


def blocks(answer: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    """Return when it charges, of what the action answers."""
    found: list[tuple[datetime, datetime]] = []
    for slot in answer["slots"]:
        start, end = (datetime.fromisoformat(slot[key]).astimezone(UTC) for key in ("start", "end"))
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


async def go_to(hass: HomeAssistant, freezer: FrozenDateTimeFactory, at: datetime) -> None:
    """Let time pass until then, in steps in which Home Assistant reads the car as usual."""
    while (left := (at - dt_util.utcnow()).total_seconds()) > 0:
        await pass_time(hass, freezer, min(left, 900))


def planned_of(hass: HomeAssistant, entry: MockConfigEntry, car: Car) -> int:
    """Return how many schedules of a car are ours."""
    return len(plans_of(hass, entry).planned(car.vin).owned)


async def test_charges_as_planned(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The car stops, charges at the planned times only, is at the target in time, and is cleaned up at the unplug."""
    entry = await set_up()
    sim.clear_requests()
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    # 104 minutes are needed: of the second hour only a part, and late.
    late = NOON + timedelta(hours=15, minutes=16)
    assert blocks(answer) == [(NOON + 12 * HOUR, NOON + 13 * HOUR), (late, NOON + 16 * HOUR)]
    assert answer["target_reached"]
    assert answer["applied"] is True
    assert answer["saving"] == pytest.approx(answer["energy"] * 0.4 - answer["cost"], abs=0.001)
    assert answer["cost"] == pytest.approx(sum(slot["cost"] for slot in answer["slots"]), abs=0.001)
    assert asked(sim, "command/*") == ["command/add_charge_schedule"] * 2 + ["command/charge_stop"]
    assert [(one.start_time, one.one_time, one.days_of_week) for one in charges(luna)] == [
        (0, True, 16),
        (196, True, 16),
    ]
    for begin, end in blocks(answer):
        await go_to(hass, freezer, begin - timedelta(minutes=1))
        assert luna.charger.state == "Stopped"
        await go_to(hass, freezer, begin + timedelta(minutes=1))
        assert luna.charger.state == "Charging"
        await go_to(hass, freezer, end - timedelta(minutes=1))
        assert luna.charger.active or luna.charger.full
        await go_to(hass, freezer, end + timedelta(minutes=1))
        assert luna.charger.state in ("Stopped", "Complete")
    assert luna.battery.soc == pytest.approx(80, abs=1)
    assert not any(one.enabled for one in charges(luna))
    luna.unplug()
    await pass_time(hass, freezer, 600, times=2)
    assert charges(luna) == []
    assert planned_of(hass, entry, luna) == 0
    assert "wake_up" not in asked(sim)


async def test_equal_plan_sends_nothing(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The same plan again is no command; another one takes the numbers of the last, and leaves the person's alone."""
    plan(luna, 5, start_time=600, end_time=660, days_of_week="Monday")
    await set_up()
    first = await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    numbers = {one.id for one in charges(luna)} - {5}
    assert set(first["schedules"]) == numbers
    assert first["other_schedules"] == 1
    await pass_time(hass, freezer, 60)
    sim.clear_requests()
    again = await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    assert (again["schedules"], again["slots"]) == (first["schedules"], first["slots"])
    assert asked(sim, "command/*") == []
    other = await plan_charging(hass, apply=True, prices=prices({13: 0.1, 15: 0.12}))
    assert set(other["schedules"]) == numbers
    assert asked(sim, "command/*") == ["command/add_charge_schedule"]
    one = await plan_charging(hass, apply=True, prices=prices({13: 0.1, 14: 0.12}))
    assert len(one["schedules"]) == 1
    assert asked(sim, "command/*")[1:] == ["command/add_charge_schedule", "command/remove_charge_schedule"]
    assert {one.id for one in charges(luna)} == {5, *one["schedules"]}
    assert next(one for one in charges(luna) if one.id == 5).start_time == 600


@pytest.mark.parametrize("how", [{"apply": False}, {"clear": True}])
async def test_a_person_wants_it_no_more(
    hass: HomeAssistant, luna: Car, set_up: SetUp, how: dict[str, bool], freezer: FrozenDateTimeFactory
) -> None:
    """What was planned is taken out, what the person has planned stays."""
    plan(luna, 5, start_time=600)
    await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    assert len(charges(luna)) == 2
    await pass_time(hass, freezer, 60)
    await plan_charging(hass, prices=prices({12: 0.1}))
    assert len(charges(luna)) == 2
    answer = await plan_charging(hass, prices=prices({12: 0.1}), **how)
    assert answer.get("cleared", True)
    assert [one.id for one in charges(luna)] == [5]
    assert await act(hass, "plan_charging", clear=True) == {"cleared": True}


async def test_asleep(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that sleeps is not woken: the answer says so, and who reads none gets the sentence."""
    luna.kept_awake = False
    await set_up()
    luna.unplug()
    luna.sleep()
    await list_again(hass)
    sim.clear_requests()
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    assert answer["applied"] is False
    assert "not awake" in answer["message"]
    assert answer["slots"]
    data = {"departure": "07:00", **KNOWN, "apply": True, "prices": prices({12: 0.1}), "device_id": device_of(hass)}
    with pytest.raises(Exception, match="not awake"):
        await hass.services.async_call("tesla_charging", "plan_charging", data, blocking=True)
    assert asked(sim, "command/*") == []
    assert "wake_up" not in asked(sim)
    assert luna.asleep


async def test_restart_and_leaving(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """After a restart, what is ours is still known, and goes when the cable is pulled before the plan is over."""
    plan(luna, 5, start_time=600)
    entry = await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    await pass_time(hass, freezer, 60)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert planned_of(hass, entry, luna) == 2
    luna.unplug()
    await pass_time(hass, freezer, 300, times=3)
    assert [one.id for one in charges(luna)] == [5]
    assert planned_of(hass, entry, luna) == 0
    assert await hass.config_entries.async_remove(entry.entry_id)


async def test_a_person_changes_it(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A schedule of ours that a person has changed in Tesla's app is theirs now."""
    entry = await set_up()
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    first, second = answer["schedules"]
    plan(luna, first, start_time=61, end_time=100)
    luna.command("remove_charge_schedule", {"id": second})
    await pass_time(hass, freezer, 600)
    assert planned_of(hass, entry, luna) == 0
    luna.unplug()
    await pass_time(hass, freezer, 600)
    assert [one.id for one in charges(luna)] == [first]


async def test_too_many_schedules(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """A car that is full of schedules gets none of a plan that does not fit in; one block less may fit."""
    for number in range(5):
        plan(luna, number + 1, start_time=600)
    luna.schedules_max = 6
    await set_up()
    sim.clear_requests()
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    assert answer["applied"] is False
    assert "2 more schedules, and the car has room for 1" in answer["message"]
    assert asked(sim, "command/*") == []
    answer = await plan_charging(hass, apply=True, continuous=True, prices=prices({12: 0.1, 15: 0.12}))
    assert answer["applied"] is True
    assert len(charges(luna)) == 6


@pytest.mark.usefixtures("no_pauses")
async def test_lost_network_in_the_middle(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was not sent is told, and sent later by itself; nothing is there twice."""
    entry = await set_up()
    sim.faults.add(Fault("add_charge_schedule", reset=True, skip=1))
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    assert answer["applied"] is False
    assert "does not answer" in answer["message"]
    assert [one.start_time for one in charges(luna)] == [0]
    sim.faults.clear()
    await pass_time(hass, freezer, 300, times=4)
    assert sorted(one.start_time for one in charges(luna)) == [0, 196]
    assert planned_of(hass, entry, luna) == 2


async def test_stopped_for_good(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that would stay stopped, although it has a schedule, is told to go on when it should."""
    luna.charger.stop_outlasts_schedules = True
    await set_up()
    answer = await plan_charging(hass, apply=True, prices=prices({2: 0.1, 3: 0.12}))
    assert luna.charger.state == "Stopped"
    begin, _ = blocks(answer)[0]
    await go_to(hass, freezer, begin + timedelta(minutes=2))
    assert luna.charger.state == "Stopped"
    await pass_time(hass, freezer, 65, times=2)
    assert luna.charger.active
    assert asked(sim, "charge_start") == ["command/charge_start"]


async def test_not_in_time(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Who wants too much too soon is told when it will be; the car charges on."""
    await set_up()
    sim.clear_requests()
    answer = await plan_charging(hass, apply=True, departure="2026-06-10 13:00:00", prices=prices({12: 0.1}))
    assert (answer["at_once"], answer["target_reached"]) == (True, False)
    assert answer["ready_at"] == "2026-06-10T13:44:00+02:00"
    assert "command/charge_stop" not in asked(sim)
    assert luna.charger.active


async def test_no_right_to_charge(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Who may only look may plan, and is told what is missing to write it into the car."""
    await set_up(frozenset({Scope.OPENID, Scope.OFFLINE_ACCESS, Scope.VEHICLE_DEVICE_DATA, Scope.ENERGY_DEVICE_DATA}))
    sim.clear_requests()
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    assert answer["slots"]
    assert answer["applied"] is False
    assert "permission" in answer["message"]
    assert asked(sim, "command/*") == []


async def test_where_prices_come_from(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """An entity that is named, else the tariff of the site."""
    await set_up()
    hass.states.async_set("sensor.price", "12", {"raw_today": prices({12: 12}), "unit_of_measurement": "ct/kWh"})
    answer = await plan_charging(hass, price_entity="sensor.price")
    assert {slot["price"] for slot in answer["slots"]} == {0.004}
    answer = await plan_charging(hass, max_price=0.3)
    assert answer["slots"]
    assert all(slot["price"] <= 0.3 for slot in answer["slots"])
    assert answer["applied"] is False
    assert (answer["level"], answer["target"]) == (62, 80)
    forecast = await act(hass, "plan_charging", departure="07:00")
    assert forecast["charge_power_from"] == "car"
    assert forecast["target"] == luna.charger.limit
    assert forecast["battery_capacity"] == pytest.approx(95, rel=0.1)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "plan_no_departure"),
    ({"departure": "2026-06-10 11:00:00"}, "plan_past"),
    ({"departure": "2026-06-20 11:00:00"}, "plan_too_far"),
    ({"departure": "07:00", "target": 95}, "plan_above_limit"),
    ({"departure": "07:00", "price_entity": "sensor.nothing"}, "prices_missing"),
    ({"departure": "07:00", "prices": [{"a": 1}]}, "prices_missing"),
]


async def test_refusals(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """What makes no sense is refused in a sentence."""
    await set_up()
    sim.clear_requests()
    for data, key in WRONG:
        found, sentence = await refused(hass, "plan_charging", **KNOWN, **data)
        assert found == key
        assert len(sentence.split()) > 5
        assert "{" not in sentence
    luna.unplug()
    luna.firmware = "2024.14.9"
    assert asked(sim, "command/*") == []
    for data, key in (
        ({"battery_capacity": 75}, "plan_power_unknown"),
        ({"charge_power": 11}, "plan_capacity_unknown"),
    ):
        luna.charger.mode = "Stopped"
        await hass.config_entries.async_entries("tesla_charging")[0].runtime_data.vehicles[luna.vin].async_refresh()
        found, _ = await refused(hass, "plan_charging", departure="07:00", **data)
        assert found == key
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    assert "older than 2024.26" in answer["message"]


async def test_falls_asleep_meanwhile(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that has fallen asleep since it was read stays so."""
    luna.kept_awake = False
    entry = await set_up()
    luna.unplug()
    luna.sleep()
    sim.clear_requests()
    answer = await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    assert "not awake" in answer["message"]
    assert asked(sim, "command/*") == ["command/add_charge_schedule"]
    assert luna.asleep
    # Whether it has arrived is known when the car is awake again.
    assert await act(hass, "plan_charging", clear=True) == {"cleared": False}
    assert luna.asleep
    luna.kept_awake = True
    luna.plug_in(home_station())
    await pass_time(hass, freezer, 600, times=3)
    assert planned_of(hass, entry, luna) == 0
    assert asked(sim, "command/*") == ["command/add_charge_schedule"]


@pytest.mark.parametrize("hours", [(2, 5), (5, 2)])
async def test_planned_again_while_stopped(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    hours: tuple[int, int],
) -> None:
    """A car that would stay stopped is told to go on when the last plan begins, whenever the first would have begun."""
    luna.charger.stop_outlasts_schedules = True
    await set_up()
    first, last = hours
    await plan_charging(hass, apply=True, prices=prices({first: 0.1, first + 1: 0.12}))
    answer = await plan_charging(hass, apply=True, prices=prices({last: 0.1, last + 1: 0.12}))
    begin, _ = blocks(answer)[0]
    await go_to(hass, freezer, begin + timedelta(minutes=2))
    assert luna.charger.state == "Stopped"
    assert asked(sim, "charge_start") == []
    await pass_time(hass, freezer, 65, times=2)
    assert luna.charger.active
    assert asked(sim, "charge_start") == ["command/charge_start"]


async def test_down_at_the_beginning(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that stays stopped is helped on also where Home Assistant was down when it should have begun."""
    luna.charger.stop_outlasts_schedules = True
    entry = await set_up()
    answer = await plan_charging(hass, apply=True, prices=prices({2: 0.1, 3: 0.12}))
    begin, _ = blocks(answer)[0]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await go_to(hass, freezer, begin + timedelta(minutes=10))
    assert luna.charger.state == "Stopped"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    await pass_time(hass, freezer, 65, times=2)
    assert luna.charger.active
    assert asked(sim, "charge_start") == ["command/charge_start"]


@pytest.mark.usefixtures("no_pauses")
async def test_failed_again_and_cleared(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What a plan that could not be sent was to take the place of is still ours, and is taken out."""
    entry = await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1, 13: 0.12}))
    await pass_time(hass, freezer, 60)
    sim.faults.add(Fault("add_charge_schedule", answer="internal"))
    answer = await plan_charging(hass, apply=True, prices=prices({14: 0.1, 15: 0.12}))
    assert answer["applied"] is False
    assert len(charges(luna)) == 1
    freezer.tick(5)
    assert await act(hass, "plan_charging", clear=True) == {"cleared": True}
    assert charges(luna) == []
    assert planned_of(hass, entry, luna) == 0


async def test_plan_that_never_charges(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing of the last plan is left where the new one has no time to charge; a stopped charge stays so."""
    luna.charger.stop_outlasts_schedules = True
    await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    await pass_time(hass, freezer, 60)
    answer = await plan_charging(hass, apply=True, max_price=0.01, prices=prices({12: 0.1}))
    assert (answer["slots"], answer["applied"], answer["schedules"]) == ([], True, [])
    assert charges(luna) == []
    assert asked(sim, "charge_start") == []


@pytest.mark.parametrize("how", [{"apply": False}, {"clear": True}])
async def test_cleared_while_asleep(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, how: dict[str, bool]
) -> None:
    """A car that sleeps is not woken to clear: the answer says so, and it is done when the car is awake."""
    entry = await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    await pass_time(hass, freezer, 60)
    luna.kept_awake = False
    luna.sleep()
    await list_again(hass)
    answer = await plan_charging(hass, prices=prices({12: 0.1}), **how)
    if "clear" in how:
        assert answer == {"cleared": False}
    else:
        assert "removed the next time the car is awake" in answer["message"]
    data = {"departure": "07:00", **KNOWN, **how, "prices": prices({12: 0.1}), "device_id": device_of(hass)}
    await hass.services.async_call("tesla_charging", "plan_charging", data, blocking=True)
    assert luna.asleep
    assert len(charges(luna)) == 1
    assert "wake_up" not in asked(sim)
    luna.kept_awake = True
    luna.wake()
    await pass_time(hass, freezer, 600, times=3)
    assert charges(luna) == []
    assert planned_of(hass, entry, luna) == 0


@pytest.mark.parametrize("works", [True, False])
async def test_cleared_while_stopped(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    works: bool,
) -> None:
    """A charge that was stopped for a plan goes on when the plan is cleared."""
    luna.charger.stop_outlasts_schedules = True
    await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1}))
    await pass_time(hass, freezer, 60)
    assert luna.charger.state == "Stopped"
    if not works:
        sim.faults.add(Fault("charge_start", body={"response": {"result": False, "reason": "no_power"}}))
    assert await act(hass, "plan_charging", clear=True) == {"cleared": True}
    assert charges(luna) == []
    assert luna.charger.active is works
    assert asked(sim, "charge_start") == ["command/charge_start"]
    assert ("does not charge as planned" in caplog.text) is not works
    await pass_time(hass, freezer, 600)
    assert asked(sim, "charge_start") == ["command/charge_start"]


@pytest.mark.usefixtures("no_pauses")
async def test_cleaning_up_is_tried_again(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What cannot be removed now is removed later, and not asked for all the time."""
    entry = await set_up()
    await plan_charging(hass, apply=True, prices=prices({12: 0.1, 15: 0.12}))
    await pass_time(hass, freezer, 60)
    sim.faults.add(Fault("remove_charge_schedule", answer="internal"))
    sim.clear_requests()
    luna.unplug()
    await pass_time(hass, freezer, 60, times=8)
    tried = len(asked(sim, "remove_charge_schedule"))
    assert 1 <= tried <= 2
    assert planned_of(hass, entry, luna) == 2
    sim.faults.clear()
    await pass_time(hass, freezer, 300, times=4)
    assert charges(luna) == []
    assert planned_of(hass, entry, luna) == 0


async def test_no_way_to_go_on(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A car that stays stopped and cannot be told to go on is a warning, also after a restart; one that goes on is not."""
    entry = await set_up()
    answer = await plan_charging(hass, apply=True, prices=prices({2: 0.1, 4: 0.12}))
    await plan_charging(hass, apply=True, prices=prices({2: 0.1, 3: 0.12}))
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    luna.charger.stop_outlasts_schedules = True
    sim.faults.add(Fault("charge_start", body={"response": {"result": False, "reason": "no_power"}}))
    begin, _ = blocks(answer)[0]
    await go_to(hass, freezer, begin + timedelta(minutes=4))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert any("does not charge as planned" in text for text in ours)
    assert not any(luna.vin in text for text in ours)


async def test_goes_on_by_itself(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that goes on by its schedule is told nothing, even in a plan that began anew in between."""
    await set_up()
    answer = await plan_charging(hass, apply=True, prices=prices({2: 0.1, 3: 0.12}))
    begin, end = blocks(answer)[0]
    await go_to(hass, freezer, begin + timedelta(minutes=5))
    assert luna.charger.active
    sim.clear_requests()
    again = await plan_charging(hass, apply=True, prices=prices({2: 0.1, 3: 0.12, 1: 0.01}))
    assert abs(blocks(again)[0][1] - end) <= timedelta(minutes=6)
    assert luna.charger.active
    assert asked(sim, "command/*") == []
    assert len(charges(luna)) == 1


KEY = "tesla_charging.x.plans"
STORED = {"version": 1, "minor_version": 1, "key": KEY}


@pytest.mark.parametrize(
    "stored",
    [
        {**STORED, "data": {"plans": {"VIN5": {"blocks": [[1]]}}}},
        {**STORED, "data": {"plans": []}},
        {**STORED, "data": []},
        {**STORED, "version": 99, "data": {}},
    ],
)
async def test_damaged_on_disk(
    hass: HomeAssistant, hass_storage: dict[str, Any], stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be read is forgotten, and what is planned next is kept."""
    hass_storage[KEY] = stored
    store = PlanStore(hass, "x")
    await store.async_load()
    assert store.plans == {}
    assert not any("VIN5" in record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)
    planned = Planned(
        blocks=((NOON, NOON + HOUR),), unsent=tuple(wanted_schedules([(NOON, NOON + HOUR)], UTC, HERE, "x"))
    )
    await store.async_keep("VIN5", planned)
    again = PlanStore(hass, "x")
    await again.async_load()
    assert again.plans == {"VIN5": planned}
    await again.async_keep("VIN5", Planned())
    assert again.plans == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_sentence_of_a_plan(language: str) -> None:
    """Each sentence that the code names has a text, and each text is named by the code."""
    told = json.loads((HOME / "translations" / f"{language}.json").read_text())["exceptions"]
    files = ["car_plans.py", "plan_actions.py", "scheduling.py", "charging/pace.py"]
    code = "".join((HOME / name).read_text() for name in files)
    named = set(re.findall(r'"(plan_[a-z_]+)"', code)) - {"plan_charging"}
    assert named == {key for key in told if key.startswith("plan_")}
