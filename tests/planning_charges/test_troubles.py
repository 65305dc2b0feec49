"""Planned charging in trouble: a car that falls asleep, a restart, a network that is away, a file that is damaged."""

from datetime import UTC, timedelta
import json
import logging
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.charging.planned import Planned, wanted_schedules
from custom_components.tesla_charging.plan_store import PlanStore
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car, home_station
from tests.conftest import SetUp, settle
from tests.helpers import START, asked, list_again, pass_time
from tests.planning import act, charges, device_of

from .help import HERE, HOME, HOUR, KNOWN, NOON, blocks, go_to, plan_charging, planned_of, prices

pytestmark = pytest.mark.freeze_time(START)


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
