"""Actions with schedules: what they make a car plan, what they answer, and what they refuse."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import DIN, JUNIPER, START, asked, pass_time
from .planning import ELSEWHERE, act, charges, move_in, plan, preconditions, refused

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return the car that takes unsigned commands, at Home Assistant's home in Berlin."""
    return await move_in(hass, sim, monkeypatch)


async def test_add_list_update_remove(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A charging schedule from its first to its last day."""
    await set_up()
    sim.clear_requests()
    added = await act(
        hass,
        "add_charge_schedule",
        name="Cheap night",
        days=["monday", "friday"],
        start_time="22:15",
        end_time="06:00:00",
    )
    number = added.pop("id")
    assert number == int(sim.world.clock.now().timestamp())
    assert added == {
        "kind": "charge",
        "name": "Cheap night",
        "enabled": True,
        "days": ["monday", "friday"],
        "start_time": "22:15",
        "end_time": "06:00",
        "one_time": False,
        "at_home": True,
    }
    assert asked(sim) == ["command/add_charge_schedule"]
    (request,) = sim.requests_for("add_charge_schedule")
    assert isinstance(request.body, dict)
    assert request.body["days_of_week"] == "Monday,Friday"
    (car,) = charges(luna)
    assert (car.id, car.days_of_week, car.start_time, car.end_time) == (number, 34, 22 * 60 + 15, 360)
    assert (car.latitude, car.longitude) == (luna.home.latitude, luna.home.longitude)

    await pass_time(hass, freezer, 6)
    told = {"id": number, **added}
    assert await act(hass, "list_schedules") == {"charge_schedules": [told], "precondition_schedules": []}

    changed = await act(hass, "update_charge_schedule", id=number, end_time="05:30", enabled=False)
    assert changed == {**told, "end_time": "05:30", "enabled": False}
    assert (charges(luna)[0].end_time, charges(luna)[0].start_time, charges(luna)[0].enabled) == (330, 1335, False)
    changed = await act(hass, "update_charge_schedule", id=number, start_time=None, name="Until morning")
    assert changed == {**told, "start_time": None, "end_time": "05:30", "enabled": False, "name": "Until morning"}
    assert not charges(luna)[0].start_enabled
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "list_schedules"))["charge_schedules"] == [changed]

    assert await act(hass, "remove_charge_schedule", id=number) == changed
    assert charges(luna) == []
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "list_schedules"))["charge_schedules"] == []


async def test_precondition(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A time to be ready, from its first to its last day."""
    await set_up()
    added = await act(hass, "add_precondition_schedule", ready_time="07:30", one_time=True, days="thursday")
    assert added.items() >= {"kind": "precondition", "ready_time": "07:30", "one_time": True, "name": None}.items()
    assert "start_time" not in added
    (car,) = preconditions(luna)
    assert (car.id, car.precondition_time, car.days_of_week, car.one_time) == (added["id"], 450, 16, True)
    await pass_time(hass, freezer, 60)
    changed = await act(hass, "update_precondition_schedule", id=added["id"], ready_time="08:00", days=["friday"])
    assert (preconditions(luna)[0].precondition_time, preconditions(luna)[0].days_of_week) == (480, 32)
    assert (await act(hass, "list_schedules"))["precondition_schedules"] == [changed]
    await act(hass, "remove_precondition_schedule", id=added["id"])
    assert preconditions(luna) == []


@pytest.mark.parametrize(
    "wish", [{"name": "Night", "start_time": "22:00"}, {"start_time": "22:00", "end_time": "06:00"}]
)
async def test_a_hundred_times_is_one(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, wish: dict[str, str]
) -> None:
    """The same wish a hundred times makes one schedule, and costs no more than the first and a look now and then."""
    await set_up()
    numbers = set()
    for count in range(100):
        numbers.add((await act(hass, "add_charge_schedule", **wish))["id"])
        if count % 10 == 9:
            await pass_time(hass, freezer, 601)
    assert len(charges(luna)) == len(numbers) == 1
    assert len(asked(sim, "add_charge_schedule")) == 1


async def test_at_the_same_time(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """Wishes that come together are met one after the other, so that the second finds what the first has made."""
    await set_up()
    wishes = (act(hass, "add_charge_schedule", name="Night", start_time=f"2{hour}:00") for hour in range(4))
    answers = await asyncio.gather(*wishes)
    assert len({answer["id"] for answer in answers}) == 1
    assert [one.start_time for one in charges(luna)] == [23 * 60]


async def test_what_an_upsert_finds(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The same number, else the same name, else the same place and times; anything else is new."""
    plan(luna, 5, name="Night", start_time=1320)
    plan(luna, 6, start_time=600, end_time=720)
    plan(luna, 7, kind="precondition", name="Night", precondition_time=400)
    await set_up()
    assert (await act(hass, "add_charge_schedule", name="Night", start_time="23:00"))["id"] == 5
    assert (await act(hass, "add_charge_schedule", start_time="10:00", end_time="12:00", name="Noon"))["id"] == 6
    renamed = await act(hass, "add_charge_schedule", id=6, start_time="10:30", end_time="12:00")
    assert (renamed["id"], renamed["name"], renamed["start_time"]) == (6, "Noon", "10:30")
    assert (await act(hass, "add_precondition_schedule", name="Night", ready_time="06:40", days="monday"))["id"] == 7
    assert [one.id for one in charges(luna)] == [5, 6]
    new = (await act(hass, "add_charge_schedule", start_time="10:30", end_time="12:00", location=ELSEWHERE))["id"]
    also = (await act(hass, "add_charge_schedule", start_time="11:30", end_time="12:00"))["id"]
    assert (await act(hass, "add_charge_schedule", id=77, start_time="03:00"))["id"] == 77
    assert [one.id for one in charges(luna)] == [5, 6, new, also, 77]
    assert len({new, also, 5, 6, 7, 77}) == 6


async def test_unsigned_names_are_kept_here(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An unsigned command carries no name, so Home Assistant remembers it, over a restart, while the schedule is there."""
    entry = await set_up()
    number = (await act(hass, "add_charge_schedule", name="Night", start_time="22:00"))["id"]
    assert charges(luna)[0].name == ""
    await pass_time(hass, freezer, 601)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "add_charge_schedule", name="Night", start_time="23:00"))["id"] == number
    assert len(charges(luna)) == 1
    luna.command("remove_charge_schedule", {"id": number})
    await pass_time(hass, freezer, 601)
    assert (await act(hass, "add_charge_schedule", name="Night", start_time="22:00"))["id"] != number
    assert len(entry.runtime_data.vehicles[luna.vin].data.schedule_notes) == 1


# What an action refuses

WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("add_charge_schedule", {}, "schedule_no_time", "a start, an end, or both"),
    ("add_charge_schedule", {"start_time": "10:00", "days": []}, "schedule_no_day", "at least one"),
    ("add_charge_schedule", {"start_time": "10:00", "end_time": "10:00"}, "schedule_no_length", "another start"),
    ("add_charge_schedule", {"start_time": "10:00", "time_zone": "Mars/Base"}, "schedule_time_zone", "Mars/Base"),
    ("update_charge_schedule", {"id": 5, "start_time": None}, "schedule_no_time", "a start, an end, or both"),
    ("update_charge_schedule", {"id": 5, "days": []}, "schedule_no_day", "at least one"),
    ("update_charge_schedule", {"id": 4}, "schedule_unknown_id", "5, 6"),
    ("remove_charge_schedule", {"id": 4}, "schedule_unknown_id", "5, 6"),
    ("remove_precondition_schedule", {"id": 5}, "schedule_none", "none of this kind"),
]


@pytest.mark.parametrize(("action", "data", "key", "words"), WRONG)
async def test_refusals(
    hass: HomeAssistant,
    sim: Simulator,
    luna: Car,
    set_up: SetUp,
    action: str,
    data: dict[str, Any],
    key: str,
    words: str,
) -> None:
    """What makes no sense is refused in a sentence, and nothing is sent."""
    plan(luna, 5, start_time=1320)
    plan(luna, 6, start_time=1380)
    await set_up()
    before = charges(luna)
    found, sentence = await refused(hass, action, **data)
    assert found == key
    assert words in sentence
    assert asked(sim, "command/*") == []
    assert charges(luna) == before


async def test_full(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """A car that keeps no more schedules is not asked to; one that it has can be changed still."""
    luna.reported = {"charge_schedule_data.max_num_charge_schedules": 1}
    await set_up()
    await act(hass, "add_charge_schedule", name="Night", start_time="22:00")
    key, sentence = await refused(hass, "add_charge_schedule", name="Noon", start_time="12:00")
    assert key == "schedules_full"
    assert "no room for more than 1" in sentence
    await act(hass, "add_charge_schedule", name="Night", start_time="23:00")
    await act(hass, "add_precondition_schedule", ready_time="12:00")
    assert len(charges(luna)) == 1


async def test_only_cars(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """A Wall Connector plans nothing."""
    await set_up()
    assert (await refused(hass, "list_schedules", vin=DIN))[0] == "not_a_car"


async def test_not_loaded(hass: HomeAssistant, luna: Car, set_up: SetUp) -> None:
    """The actions are there without the account, and say that it is not set up."""
    entry = await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await refused(hass, "list_schedules"))[0] == "service_config_entry_not_loaded"


async def test_no_right(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """Without the right to command, schedules can be seen and not changed, and no car is woken for it."""
    plan(luna, 5, start_time=1320)
    await set_up(frozenset(Scope) - {Scope.VEHICLE_CMDS, Scope.VEHICLE_CHARGING_CMDS})
    assert len((await act(hass, "list_schedules"))["charge_schedules"]) == 1
    luna.unplug()
    luna.sleep()
    sim.clear_requests()
    assert (await refused(hass, "remove_charge_schedule", id=5))[0] == "not_granted"
    assert asked(sim) == []


async def test_no_key(hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp) -> None:
    """A car that wants signatures is not woken where there is no key to sign with."""
    await set_up()
    sim.clear_requests()
    found = await refused(hass, "add_charge_schedule", vin=JUNIPER, start_time="22:00")
    assert found[0] == "signing_required"
    assert asked(sim) == []


# What is not known


async def test_never_read(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was never read is woken and looked at before anything is sent, so that there is no second schedule."""
    plan(luna, 5, name="Night", start_time=1320)
    luna.unplug()
    luna.sleep()
    await set_up()
    assert (await refused(hass, "list_schedules"))[0] == "schedules_unknown"
    assert asked(sim, "wake_up") == []
    sim.clear_requests()
    answer = await act(hass, "add_charge_schedule", name="Night", start_time="23:00")
    assert answer["id"] == 5
    assert [one.start_time for one in charges(luna)] == [23 * 60]
    found = [name for name in asked(sim) if name != "vehicle"]
    assert found[:3] == ["wake_up", "vehicle_data", "command/add_charge_schedule"]


async def test_changed_in_teslas_app(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was read a while ago is read again before a schedule is changed, so that nothing is undone."""
    plan(luna, 5, start_time=1320)
    await set_up()
    luna.unplug()
    await pass_time(hass, freezer, 601)
    await pass_time(hass, freezer, 400)
    plan(luna, 5, start_time=1320, end_time=300, days_of_week="Monday")
    await act(hass, "update_charge_schedule", id=5, start_time="21:00")
    (one,) = charges(luna)
    assert (one.start_time, one.end_time, one.end_enabled, one.days_of_week) == (1260, 300, True, 2)


async def test_cannot_be_read(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where the look fails, nothing is sent."""
    await set_up()
    await pass_time(hass, freezer, 200)
    luna.in_service = True
    await pass_time(hass, freezer, 601)
    key, _ = await refused(hass, "add_charge_schedule", start_time="22:00")
    assert key == "schedules_unread"
    assert asked(sim, "command/*") == []


# Other places


@pytest.mark.parametrize(
    ("when", "minutes"),
    [("2026-06-10 10:00:00", 16 * 60), ("2026-03-15 10:00:00", 17 * 60), ("2026-03-30 10:00:00", 16 * 60)],
)
async def test_named_time_zone(
    hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, when: str, minutes: int
) -> None:
    """Ten in the evening at home is in the afternoon in New York; it is read back as it was said."""
    freezer.move_to(when)
    await set_up()
    zone: dict[str, Any] = {"time_zone": "America/New_York", "location": ELSEWHERE}
    added = await act(hass, "add_charge_schedule", start_time="22:00", days=["monday"], **zone)
    (one,) = charges(luna)
    assert (one.start_time, one.days_of_week, one.latitude) == (minutes, 2, ELSEWHERE["latitude"])
    assert (added["start_time"], added["days"], added["at_home"]) == ("22:00", ["monday"], False)
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "list_schedules"))["charge_schedules"] == [added]
    early = await act(hass, "update_charge_schedule", id=added["id"], start_time="03:00")
    (one,) = charges(luna)
    assert (one.start_time, one.days_of_week) == ((minutes + 300) % 1440, 1)  # it is Sunday there still
    assert (early["start_time"], early["days"]) == ("03:00", ["monday"])
    home = await act(hass, "update_charge_schedule", id=added["id"], location=dict(luna_home(luna)))
    assert (charges(luna)[0].start_time, charges(luna)[0].days_of_week, home["at_home"]) == (180, 2, True)


def luna_home(car: Car) -> dict[str, float]:
    """Return where a car is at home."""
    return {"latitude": car.home.latitude, "longitude": car.home.longitude}


async def test_clock_of_the_car(hass: HomeAssistant, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """For a place where the car is now its own clock counts; for any other one Home Assistant's."""
    luna.reported = {
        "drive_state.latitude": ELSEWHERE["latitude"],
        "drive_state.longitude": ELSEWHERE["longitude"],
        "vehicle_config.utc_offset": -4 * 3600,
    }
    await set_up()
    await act(hass, "add_charge_schedule", start_time="22:00", location=ELSEWHERE)
    await act(hass, "add_charge_schedule", start_time="22:00", location={"latitude": 1.5, "longitude": 2.5})
    await act(hass, "add_charge_schedule", start_time="22:00")
    assert [one.start_time for one in charges(luna)] == [16 * 60, 22 * 60, 22 * 60]
