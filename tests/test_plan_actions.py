"""Planning a charge: what the action answers, and that the car charges by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.car_plans import plans_of
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import START, asked, list_again, pass_time
from .planning import act, charges, device_of, move_in, plan

pytestmark = pytest.mark.freeze_time(START)

HOUR = timedelta(hours=1)
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
