"""Charging commands and Tesla's reasons (fleet_api.md 6.2 and 6.3)."""

from typing import Any

import pytest

from tesla_simulator.world import Car, CommandRefused, CommandResult, InvalidParameter, Station, UnknownCommand, World

from .world_help import charge_state, pass_time, plugged_car


def scene(name: str) -> tuple[World, Car, Station]:
    """Return a car in a situation."""
    world, car, station = plugged_car()
    if name in ("unplugged", "starting", "car wash", "by hand", "door open"):
        car.unplug()
    car.car_wash = name == "car wash"
    car.motorized_charge_port = name != "by hand"
    car.refuses_max_range_twice = name == "picky max"
    station.energised = name != "no power"
    if name == "starting":
        car.plug_in(station)
    elif name == "full":
        car.battery.add(50_000)
    elif name == "driving":
        car.drive(30)
    elif name in FIRST:
        assert car.command(FIRST[name], {}).result
    world.update()
    return world, car, station


FIRST = {
    "stopped": "charge_stop",
    "door open": "charge_port_door_open",
    "max": "charge_max_range",
    "picky max": "charge_max_range",
}


@pytest.mark.parametrize(
    ("situation", "command", "body", "reason"),
    [
        ("charging", "charge_start", {}, "is_charging"),
        ("starting", "charge_start", {}, "requested"),
        ("unplugged", "charge_start", {}, "disconnected"),
        ("no power", "charge_start", {}, "no_power"),
        ("full", "charge_start", {}, "complete"),
        ("stopped", "charge_start", {}, ""),
        ("charging", "charge_stop", {}, ""),
        ("starting", "charge_stop", {}, ""),
        ("stopped", "charge_stop", {}, "not_charging"),
        ("unplugged", "charge_stop", {}, "not_charging"),
        ("charging", "charge_standard", {}, "already_standard"),
        ("max", "charge_standard", {}, ""),
        ("max", "charge_max_range", {}, ""),
        ("picky max", "charge_max_range", {}, "already_max_range"),
        ("charging", "set_charge_limit", {"percent": 80}, "already_set"),
        ("charging", "set_charge_limit", {"percent": 70}, ""),
        ("charging", "set_charging_amps", {"charging_amps": 8}, ""),
        ("charging", "charge_port_door_open", {}, ""),
        ("driving", "charge_port_door_open", {}, "not allowed"),
        ("car wash", "charge_port_door_open", {}, "car_wash"),
        ("charging", "charge_port_door_close", {}, "cable connected"),
        ("by hand", "charge_port_door_close", {}, "non-motorized charge port"),
        ("unplugged", "charge_port_door_close", {}, "already closed"),
        ("door open", "charge_port_door_close", {}, ""),
    ],
)
def test_reasons(situation: str, command: str, body: dict[str, object], reason: str) -> None:
    """A car refuses for Tesla's reasons, else it does it."""
    _, car, _ = scene(situation)
    assert car.command(command, body) == CommandResult(not reason, reason)


@pytest.mark.parametrize(
    ("command", "body", "words"),
    [
        ("set_charge_limit", {}, "missing percent param"),
        ("set_charge_limit", {"percent": "80"}, "invalid percent param"),
        ("set_charge_limit", {"percent": True}, "invalid percent param"),
        ("set_charge_limit", {"percent": float("nan")}, "invalid percent param"),
        ("set_charge_limit", {"percent": 10**400}, "invalid percent param"),
        ("set_charging_amps", {"charging_amps": None}, "missing charging_amps param"),
        ("set_charging_amps", {"charging_amps": [16]}, "invalid charging_amps param"),
        ("set_scheduled_charging", {"time": 60}, "missing enable param"),
        ("set_scheduled_charging", {"enable": "true"}, "invalid enable param"),
        ("set_scheduled_charging", {"enable": True, "time": 1440}, "invalid time param"),
        (
            "set_scheduled_departure",
            {"enable": True, "preconditioning_enabled": 1},
            "invalid preconditioning_enabled param",
        ),
        ("add_charge_schedule", {"start_enabled": True}, "missing end_enabled param"),
        ("remove_charge_schedule", {}, "missing id param"),
        ("remove_precondition_schedule", {"id": "7"}, "invalid id param"),
    ],
)
def test_parameters_are_strict(command: str, body: dict[str, object], words: str) -> None:
    """A number is a JSON number, a boolean a JSON boolean, in Tesla's words."""
    _, car, _ = plugged_car()
    before = car.vehicle_data()
    with pytest.raises(InvalidParameter) as refusal:
        car.command(command, body)
    assert str(refusal.value) == words
    assert car.vehicle_data() == before


def test_unknown_and_unheard() -> None:
    """An unknown name is an error, and nobody asleep hears."""
    _, car, _ = plugged_car()
    with pytest.raises(UnknownCommand):
        car.command("make_coffee", {})
    car.unplug()
    car.sleep()
    with pytest.raises(CommandRefused):
        car.command("charge_start", {})
    car.wake()
    car.reachable = False
    with pytest.raises(CommandRefused, match="offline"):
        car.command("charge_start", {})


@pytest.mark.parametrize("percent", [-1, 0, 30, 49, 101, 130])
def test_invalid_limit_is_accepted_and_ignored(percent: int) -> None:
    """fleet_api.md 6.2: an invalid percent still returns success."""
    _, car, _ = plugged_car()
    assert car.command("set_charge_limit", {"percent": percent}) == CommandResult(True)
    assert charge_state(car)["charge_limit_soc"] == 80


@pytest.mark.parametrize(("asked", "amps"), [(16, 16), (5, 5), (10.0, 10), (48, 16)])
def test_amps(asked: float, amps: int) -> None:
    """The car clamps to charge_current_request_max."""
    world, car, _ = plugged_car()
    car.command("set_charging_amps", {"charging_amps": asked})
    pass_time(world, 1)
    state = charge_state(car)
    assert (state["charge_amps"], state["charge_current_request"]) == (amps, amps)
    assert state["charger_actual_current"] == amps


@pytest.mark.parametrize(("pause", "amps"), [(10, 2), (61, 5)])
def test_low_amps_take_two(pause: float, amps: int) -> None:
    """fleet_api.md 6.2: below 5 A the second command within a minute counts."""
    world, car, _ = plugged_car()
    car.command("set_charging_amps", {"charging_amps": 2})
    assert charge_state(car)["charge_amps"] == 5
    pass_time(world, pause)
    car.command("set_charging_amps", {"charging_amps": 2})
    assert charge_state(car)["charge_amps"] == amps


def test_low_amps_knob() -> None:
    """Some cars take low currents at once; at 0 A nothing flows and no time is known."""
    world, car, _ = plugged_car(low_amps_need_two=False)
    car.command("set_charging_amps", {"charging_amps": 0})
    pass_time(world, 3600)
    state = charge_state(car)
    assert (state["charge_amps"], state["charger_power"], state["minutes_to_full_charge"]) == (0, 0, 0)


def test_limit_starts_and_stops() -> None:
    """A raised limit goes on charging, a lowered one completes."""
    world, car, _ = plugged_car(soc=60)
    car.command("set_charge_limit", {"percent": 55})
    assert charge_state(car)["charging_state"] == "Complete"
    car.command("set_charge_limit", {"percent": 90})
    assert charge_state(car)["charging_state"] == "Starting"
    pass_time(world, 10)
    assert charge_state(car)["charging_state"] == "Charging"


def test_port() -> None:
    """Opening the door on a cable unlocks it and stops charging; starting locks it again."""
    _, car, _ = plugged_car()
    assert charge_state(car)["charge_port_latch"] == "Engaged"
    car.command("charge_port_door_open", {})
    state = charge_state(car)
    assert (state["charging_state"], state["charge_port_latch"]) == ("Stopped", "Disengaged")
    car.command("charge_start", {})
    assert charge_state(car)["charge_port_latch"] == "Engaged"
    car.unplug()
    assert charge_state(car)["charge_port_door_open"] is False
    car.command("charge_port_door_open", {})
    assert charge_state(car)["charge_port_door_open"] is True


SCHEDULE: dict[str, Any] = {
    "days_of_week": "Weekdays",
    "enabled": True,
    "lat": 52.4,
    "lon": 13.06,
    "start_enabled": True,
    "start_time": 65,
    "end_enabled": False,
}


def test_charge_schedules() -> None:
    """Schedules are kept, changed by id, shown with a bitmask, removed."""
    _, car, _ = plugged_car()

    def shown() -> Any:
        return car.vehicle_data()["charge_schedule_data"]["charge_schedules"]

    car.command("add_charge_schedule", SCHEDULE)
    car.command("add_charge_schedule", SCHEDULE | {"days_of_week": "Thursday, SAT", "one_time": True})
    assert [one["days_of_week"] for one in shown()] == [62, 16 + 64]
    assert shown()[0] | {"id": 0} == {
        "id": 0,
        "name": "",
        "days_of_week": 62,
        "start_enabled": True,
        "start_time": 65,
        "end_enabled": False,
        "end_time": 0,
        "one_time": False,
        "enabled": True,
        "latitude": 52.4,
        "longitude": 13.06,
    }
    first, second = (one["id"] for one in shown())
    assert abs(first - car.now) < 10
    assert first != second
    car.command("add_charge_schedule", SCHEDULE | {"id": second, "start_time": 120})
    assert [one["start_time"] for one in shown()] == [65, 120]
    car.command("remove_charge_schedule", {"id": first})
    assert [one["id"] for one in shown()] == [second]
    car.command("batch_remove_charge_schedules", {"home": False, "other": True})
    assert len(shown()) == 1
    car.command("batch_remove_charge_schedules", {"home": True})
    assert shown() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"days_of_week": "Tue"}, "invalid days_of_week param"),
        ({"days_of_week": 62}, "invalid days_of_week param"),
        ({"days_of_week": ""}, "invalid days_of_week param"),
        ({"lat": "52"}, "invalid lat param"),
        ({"lon": None}, "missing lon param"),
        ({"start_time": None}, "missing start_time param"),
        ({"end_enabled": True}, "missing end_time param"),
    ],
)
def test_bad_charge_schedules(change: dict[str, Any], words: str) -> None:
    """A bad schedule is not kept."""
    _, car, _ = plugged_car()
    with pytest.raises(InvalidParameter, match=words):
        car.command("add_charge_schedule", SCHEDULE | change)
    assert car.charger.plan.charge == {}


def test_precondition_schedules() -> None:
    """They are kept, shown and removed."""
    _, car, _ = plugged_car()
    body = {"days_of_week": "All", "enabled": True, "lat": 52.4, "lon": 13.06, "precondition_time": 450, "id": 5}
    car.command("add_precondition_schedule", body)
    car.command("add_precondition_schedule", body | {"id": 6, "lat": 50})
    shown = car.vehicle_data()["preconditioning_schedule_data"]["precondition_schedules"]
    assert [(one["id"], one["days_of_week"]) for one in shown] == [(5, 127), (6, 127)]
    car.command("batch_remove_precondition_schedules", {"home": True})
    car.command("remove_precondition_schedule", {"id": 6})
    assert car.charger.plan.precondition == {}


def test_a_lowered_limit_is_respected_by_the_schedule() -> None:
    """A car that waits for its start does not charge above a limit lowered meanwhile."""
    world, car, station = plugged_car()
    car.unplug()
    car.command("set_scheduled_charging", {"enable": True, "time": 780})
    car.plug_in(station)
    car.command("set_charge_limit", {"percent": 50})
    pass_time(world, 3600)
    assert charge_state(car)["charging_state"] == "Complete"
    with pytest.raises(ValueError, match="taken"):
        car.plug_in(station)
    car.unplug()
    with pytest.raises(ValueError, match="not plugged"):
        car.unplug()


def test_departure_preconditions_and_can_be_switched_off() -> None:
    """set_scheduled_departure warms the car, on weekdays if so asked; off is off for both modes."""
    world, car, _ = plugged_car(firmware="2024.20.9")
    body: dict[str, object] = {
        "enable": True,
        "departure_time": 800,
        "preconditioning_enabled": True,
        "preconditioning_weekdays_only": True,
    }
    car.command("set_scheduled_departure", body)
    state = charge_state(car)
    assert state["preconditioning_times"] == "weekdays"
    assert state["scheduled_departure_time_minutes"] == 800
    pass_time(world, (790 - 720) * 60)
    assert car.preconditioning
    car.command("set_scheduled_charging", {"enable": False})
    assert charge_state(car)["scheduled_charging_mode"] == "Off"
