"""Schedules by firmware, and what the older commands become of (fleet_api.md 6.3, users.md 13)."""

from typing import Any

import pytest
from tesla_fleet_api import exceptions

from tesla_simulator.world import Car, CommandResult, NotSupported

from .conftest import Client
from .signed_client import Bench
from .world_help import charge_state, pass_time, plugged_car

OLD, NEW = "2024.20.9", "2024.26.3"
CHARGE: dict[str, Any] = {
    "days_of_week": "All",
    "enabled": True,
    "lat": 52.401,
    "lon": 13.0591,
    "start_enabled": True,
    "start_time": 780,
    "end_enabled": False,
}
WARM: dict[str, Any] = {"days_of_week": "All", "enabled": True, "lat": 52.401, "lon": 13.0591, "precondition_time": 450}
ALL: dict[str, dict[str, Any]] = {
    "add_charge_schedule": CHARGE,
    "remove_charge_schedule": {"id": 1},
    "batch_remove_charge_schedules": {"home": True},
    "add_precondition_schedule": WARM,
    "remove_precondition_schedule": {"id": 1},
    "batch_remove_precondition_schedules": {"home": True},
}
TIMES = (
    "scheduled_charging_start_time",
    "scheduled_charging_start_time_app",
    "scheduled_charging_start_time_minutes",
    "scheduled_departure_time",
    "scheduled_departure_time_minutes",
)


def charge_schedules(car: Car) -> Any:
    """Return what the car shows of them."""
    return car.vehicle_data()["charge_schedule_data"]["charge_schedules"]


def warm_schedules(car: Car) -> Any:
    """Return what the car shows of them."""
    return car.vehicle_data()["preconditioning_schedule_data"]["precondition_schedules"]


@pytest.mark.parametrize(("firmware", "known"), [("2023.44.30", False), (OLD, False), (NEW, True), ("2026.32.3", True)])
@pytest.mark.parametrize("name", ALL)
def test_firmware(name: str, firmware: str, known: bool) -> None:
    """Before 2024.26 a car knows no schedules and shows none."""
    _, car, _ = plugged_car(firmware=firmware)
    blocks = {"charge_schedule_data", "preconditioning_schedule_data"}
    assert blocks & set(car.vehicle_data()) == (blocks if known else set())
    if known:
        assert car.command(name, ALL[name]).result
    else:
        with pytest.raises(NotSupported):
            car.command(name, ALL[name])
    assert (not car.charger.plan.charge and not car.charger.plan.precondition) is not (known and name.startswith("add"))


@pytest.mark.parametrize(
    ("knob", "status", "said"),
    [
        ("not_supported", 412, "Not Supported"),
        ("reason", 200, {"result": False, "reason": "not_supported"}),
        ("invalid_command", 400, "invalid_command"),
    ],
)
@pytest.mark.parametrize("name", ALL)
async def test_unsigned_before(client: Client, name: str, knob: Any, status: int, said: Any) -> None:
    """What old firmware makes of an unsigned schedule command is not known; it does nothing."""
    car = client.sim.world.car_named("Luna")
    car.firmware, client.sim.behaviour.schedules_before_2024_26 = OLD, knob
    got, answer = await client.post(f"{client.luna}/command/{name}", ALL[name])
    assert (got, answer["error"] if status != 200 else answer["response"]) == (status, said)
    assert (await client.post(f"{client.luna}/command/set_scheduled_charging", {"enable": True, "time": 60}))[0] == 200


async def test_unsigned_at_all(client: Client) -> None:
    """A car of any firmware may be closed to unsigned schedule commands, and to these alone (vc#371)."""
    path = f"{client.luna}/command"
    assert (await client.post(f"{path}/add_charge_schedule", CHARGE))[0] == 200
    client.sim.behaviour.unsigned_schedules = "not_supported"
    for name, body in ALL.items():
        status, answer = await client.post(f"{path}/{name}", body)
        assert (status, answer["error"]) == (412, "Not Supported")
    assert (await client.post(f"{path}/set_charge_limit", {"percent": 71}))[0] == 200


async def test_signed_before(bench: Bench) -> None:
    """Old firmware answers a signed schedule command with an error."""
    car = bench.vehicle()
    bench.car.firmware = OLD
    answer = await car.add_charge_schedule("All", True, lat=52.4, lon=13.06, start_time=60)
    assert answer["response"] == {"result": False, "reason": "unsupported"}
    bench.car.firmware = NEW
    answer = await car.add_charge_schedule("All", True, lat=52.4, lon=13.06, start_time=60)
    assert answer["response"]["result"] is True


async def test_blocks_over_http(client: Client) -> None:
    """The blocks are asked for by name, and old firmware has none to give."""
    params, car = {"endpoints": "charge_schedule_data;charge_state"}, client.sim.world.car_named("Luna")
    _, body = await client.get(f"{client.luna}/vehicle_data", params=params)
    assert body["response"]["charge_schedule_data"]["max_num_charge_schedules"] == 100
    car.firmware = OLD
    status, body = await client.get(f"{client.luna}/vehicle_data", params=params)
    assert status == 200
    assert "charge_schedule_data" not in body["response"]


def test_each_legacy_call_adds() -> None:
    """From 2024.26 on each call adds a schedule, which off does not take away; the old fields stay empty (vc#290)."""
    _, car, _ = plugged_car(firmware=NEW)
    for minutes in (780, 780, 800):
        assert car.command("set_scheduled_charging", {"enable": True, "time": minutes}).result
    assert [(one["start_time"], one["days_of_week"], one["start_enabled"]) for one in charge_schedules(car)] == [
        (780, 127, True),
        (780, 127, True),
        (800, 127, True),
    ]
    car.command("set_scheduled_charging", {"enable": False})
    state = charge_state(car)
    assert len({one["id"] for one in charge_schedules(car)}) == 3
    assert state["scheduled_charging_mode"] == "Off"
    assert {state[name] for name in TIMES} == {None}


def test_added_schedules_hold() -> None:
    """What was added rules the next charge, where the car was."""
    world, car, station = plugged_car(firmware=NEW)
    car.unplug()
    car.command("set_scheduled_charging", {"enable": True, "time": 780})
    car.plug_in(station)
    assert charge_state(car)["charging_state"] == "Stopped"
    pass_time(world, 3600)
    assert charge_state(car)["charging_state"] == "Charging"


@pytest.mark.parametrize(
    ("body", "charge", "warm"),
    [
        ({}, [], [(127, False)]),
        ({"preconditioning_enabled": True}, [], [(127, True)]),
        ({"preconditioning_enabled": True, "preconditioning_weekdays_only": True}, [], [(62, True)]),
        ({"off_peak_charging_enabled": True}, [(127, 360)], [(127, False)]),
        ({"off_peak_charging_enabled": True, "off_peak_charging_weekdays_only": True}, [(62, 360)], [(127, False)]),
    ],
)
def test_departure_adds(body: dict[str, object], charge: list[tuple[int, int]], warm: list[tuple[int, bool]]) -> None:
    """A departure becomes a precondition schedule, and a charge schedule that ends with the cheap hours."""
    _, car, _ = plugged_car(firmware=NEW)
    for times in (1, 2):
        whole = {"enable": True, "departure_time": 450, "end_off_peak_time": 360, **body}
        assert car.command("set_scheduled_departure", whole).result
        assert [(one["days_of_week"], one["end_time"]) for one in charge_schedules(car)] == charge * times
        assert [(one["days_of_week"], one["enabled"]) for one in warm_schedules(car)] == warm * times
        assert {one["precondition_time"] for one in warm_schedules(car)} == {450}
    assert charge_state(car)["off_peak_charging_enabled"] is False


def test_old_fields_may_follow() -> None:
    """Some cars may show the next start in the old fields all the same."""
    _, car, _ = plugged_car(firmware=NEW, old_fields_follow=True)
    car.command("add_charge_schedule", CHARGE)
    state = charge_state(car)
    assert state["scheduled_charging_mode"] == "StartAt"
    assert state["scheduled_charging_start_time"] is not None
    car.old_fields_follow = False
    assert charge_state(car)["scheduled_charging_mode"] == "Off"


@pytest.mark.parametrize("knobs", [{"firmware": OLD}, {"legacy_schedules": "set"}])
def test_legacy_call_sets(knobs: dict[str, Any]) -> None:
    """Before 2024.26, and maybe after it, there is one time that each call sets."""
    _, car, _ = plugged_car(**knobs)
    for minutes in (780, 800):
        car.command("set_scheduled_charging", {"enable": True, "time": minutes})
    state = charge_state(car)
    assert (state["scheduled_charging_mode"], state["scheduled_charging_start_time_minutes"]) == ("StartAt", 800)
    assert car.charger.plan.charge == {}


def test_full() -> None:
    """A car keeps so many of each kind, says how many, and refuses more; what is there can be changed."""
    _, car, _ = plugged_car(schedules_max=2, schedules_full_reason="too many")
    full = CommandResult(False, "too many")
    for number in (1, 2):
        car.command("add_charge_schedule", CHARGE | {"id": number})
        car.command("add_precondition_schedule", WARM | {"id": number})
    assert car.command("add_charge_schedule", CHARGE) == full
    assert car.command("add_precondition_schedule", WARM) == full
    assert car.command("set_scheduled_charging", {"enable": True, "time": 60}) == full
    assert car.command("set_scheduled_departure", {"enable": True, "off_peak_charging_enabled": True}) == full
    assert car.command("add_charge_schedule", CHARGE | {"id": 2, "start_time": 5}).result
    data: Any = car.vehicle_data()
    assert [one["start_time"] for one in charge_schedules(car)] == [780, 5]
    assert len(warm_schedules(car)) == 2
    assert data["charge_schedule_data"]["max_num_charge_schedules"] == 2
    assert data["preconditioning_schedule_data"]["max_num_precondition_schedules"] == 2


async def test_update_while_an_effect_is_late(client: Client) -> None:
    """A car that is updated while it is slow to show something shows its new blocks."""
    car = client.sim.world.car_named("Luna")
    client.sim.world.clock.speed, car.firmware, car.effect_delay_seconds = 0, OLD, 30.0
    car.command("charge_stop", {})
    car.firmware = NEW
    assert car.vehicle_data()["charge_schedule_data"]["charge_schedules"] == []
    assert charge_state(car)["charging_state"] == "Charging"


async def test_library(bench: Bench) -> None:
    """The signed form adds as the unsigned does."""
    car = bench.vehicle()
    for _ in range(2):
        assert (await car.set_scheduled_charging(True, 90))["response"]["result"] is True
    assert [one["start_time"] for one in charge_schedules(bench.car)] == [90, 90]
    bench.car.sleep()
    with pytest.raises(exceptions.VehicleOffline):
        await car.set_scheduled_charging(True, 90)
