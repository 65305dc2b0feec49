"""Planning a charge: what the action answers, and that the car charges by it."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car
from tests.conftest import SetUp, settle
from tests.helpers import START, asked, list_again, pass_time
from tests.planning import act, charges, device_of, plan, refused

from .help import HOUR, KNOWN, NOON, blocks, go_to, plan_charging, planned_of, prices

pytestmark = pytest.mark.freeze_time(START)


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
