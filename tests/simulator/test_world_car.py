"""Cars sleep, wake, drive and keep their schedules."""

from datetime import UTC, datetime
from math import inf

import pytest

from tesla_simulator.world import Departure, Place, build_car, home_station

from .world_help import START, charge_state, pass_time, plugged_car, state_of, world_of

WORK = Place(52.52, 13.39)


@pytest.mark.parametrize(
    ("old", "sleeps", "states"),
    [(False, True, ["online", "asleep"]), (True, True, ["online", "online"]), (False, False, ["online", "online"])],
    ids=["new car", "old car", "never"],
)
def test_falls_asleep_when_left_alone(old: bool, sleeps: bool, states: list[str]) -> None:
    """Polling keeps an old car awake only (fleet_api.md 5.5)."""
    car = build_car("Luna", "S", 2019 if old else 2024, sleeps=sleeps)
    world = world_of(car)
    seen = []
    for _ in range(2):
        pass_time(world, 400)
        seen.append(state_of(car))
        car.touch()
    assert seen == states
    pass_time(world, 661)
    assert state_of(car) == ("asleep" if sleeps else "online")


def test_a_command_keeps_every_car_awake() -> None:
    """A command restarts the idle time."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    pass_time(world, 600)
    car.command("set_charge_limit", {"percent": 70})
    pass_time(world, 600)
    assert state_of(car) == "online"
    pass_time(world, 61)
    assert state_of(car) == "asleep"


@pytest.mark.parametrize("reason", ["charging", "driving", "user_present", "sentry_mode", "kept_awake"])
def test_a_busy_car_does_not_sleep(reason: str) -> None:
    """Charging, driving, a user, Sentry Mode and an app keep it awake."""
    world, car, _ = plugged_car(soc=20)
    if reason == "driving":
        car.drive(120)
    elif reason != "charging":
        car.unplug()
        setattr(car, reason, True)
    pass_time(world, 3600)
    assert state_of(car) == "online"
    assert car.asleep_s == 0
    state = car.vehicle_data()["vehicle_state"]
    assert state["sentry_mode"] is (reason == "sentry_mode")
    assert state["is_user_present"] is (reason in ("driving", "user_present"))
    with pytest.raises(ValueError, match="sleep"):
        car.sleep()


def test_what_keeps_it_awake_wakes_it_and_lets_it_sleep_again() -> None:
    """An app that looks at a sleeping car wakes it; the idle time counts from the end of that on."""
    car = build_car("Luna", "Y", 2024, standby_w=20.0)
    world = world_of(car)
    car.sleep()
    pass_time(world, 3600)
    car.kept_awake = True
    pass_time(world, 900)
    assert state_of(car) == "online"
    car.kept_awake = False
    before_wh = car.battery.energy_wh
    pass_time(world, 659)
    assert state_of(car) == "online"
    assert before_wh - car.battery.energy_wh == pytest.approx(20 * 659 / 3600)
    pass_time(world, 1 + 600)
    assert state_of(car) == "asleep"
    assert car.asleep_s == pytest.approx(3600 + 600)


def test_misjudges_its_time_to_full() -> None:
    """The estimate is off, what happens is not (charging.md 3.4)."""
    world, car, _ = plugged_car(soc=60)
    right = charge_state(car)["time_to_full_charge"]
    car.misjudges_time_to_full = 1.1
    assert charge_state(car)["time_to_full_charge"] == pytest.approx(1.1 * right, abs=0.01)
    pass_time(world, right * 3600 + 60)
    assert charge_state(car)["charging_state"] == "Complete"


@pytest.mark.parametrize(
    ("takes", "states"), [(20, ["asleep", "online"]), (45, ["asleep", "asleep"]), (inf, ["asleep", "asleep"])]
)
def test_wake_takes_its_time(takes: float, states: list[str]) -> None:
    """wake() returns before the car is awake; asking again does not start over."""
    car = build_car("Luna", "Y", 2024, wake_seconds=takes)
    world = world_of(car)
    car.sleep()
    car.wake()
    seen = []
    for _ in range(2):
        pass_time(world, 15)
        seen.append(state_of(car))
        car.wake()
    assert seen == states
    pass_time(world, 20)
    assert state_of(car) == ("asleep" if takes == inf else "online")


def test_out_of_reach() -> None:
    """A car out of reach is offline and does not wake until it is back."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    car.sleep()
    car.reachable = False
    car.wake()
    pass_time(world, 100)
    assert state_of(car) == "offline"
    car.reachable = True
    assert state_of(car) == "online"


def test_drive() -> None:
    """A drive unplugs, uses energy, moves, and ends by itself where told."""
    world, car, station = plugged_car(soc=70)
    car.park_at = WORK
    car.drive(30, 80)
    assert station.car is None
    pass_time(world, 900)
    before, drive = charge_state(car), car.vehicle_data()["drive_state"]
    assert before["charging_state"] == "Disconnected"
    assert (drive["shift_state"], drive["speed"]) == ("D", 50)
    assert drive["power"] == 13
    with pytest.raises(ValueError, match="driv"):
        car.drive(10)
    with pytest.raises(ValueError, match="driv"):
        car.plug_in(station)
    pass_time(world, 901)
    data = car.vehicle_data()
    assert (data["drive_state"]["shift_state"], data["drive_state"]["speed"]) == (None, None)
    assert (data["drive_state"]["latitude"], data["drive_state"]["longitude"]) == (52.52, 13.39)
    assert data["vehicle_state"]["odometer"] == pytest.approx((24_000 + 40) * 0.621371, abs=0.1)
    assert car.battery.soc == pytest.approx(70 - 40 * 165 / 750, abs=0.1)


def test_an_empty_battery_ends_the_drive() -> None:
    """Nobody drives on nothing."""
    car = build_car("Luna", "Y", 2024, soc=2)
    world = world_of(car)
    car.drive(600)
    pass_time(world, 3600)
    assert car.vehicle_data()["drive_state"]["shift_state"] is None
    assert charge_state(car)["battery_level"] == 0


def test_routine() -> None:
    """A working day: away in the morning, home and on the plug in the evening; the same in every run."""

    def live() -> tuple[float, list[float]]:
        station = home_station()
        routine = [Departure(460, 35, WORK), Departure(1040, 40, station, plug_in=True)]
        car = build_car("Juniper", "Y", 2025, home=station, routine=routine)
        world = world_of(car, start=datetime(2026, 6, 7, 10, tzinfo=UTC))
        world.clock.advance(5 * 86_400)
        world.update()
        return car.battery.soc, [session.plugged_at for session in car.charger.sessions]

    soc, plugged = live()
    assert len(plugged) == 4
    assert {datetime.fromtimestamp(at, UTC).weekday() for at in plugged} == {0, 1, 2, 3}
    assert len({at % 86_400 for at in plugged}) == 4
    assert live() == (soc, plugged)


def at_minutes(minutes: float) -> float:
    """Return epoch seconds of a Berlin time on the first day."""
    return START.timestamp() + (minutes - 12 * 60) * 60


def schedule(**fields: object) -> dict[str, object]:
    """Return a charge schedule at home."""
    return {
        "days_of_week": "All",
        "enabled": True,
        "lat": 52.4,
        "lon": 13.06,
        "start_enabled": False,
        "end_enabled": False,
    } | fields


def departure(**fields: object) -> dict[str, object]:
    """Return set_scheduled_departure's body."""
    return {"enable": True, "departure_time": 15 * 60} | fields


@pytest.mark.parametrize(
    ("command", "body", "mode", "starts", "stops"),
    [
        ("set_scheduled_charging", {"enable": True, "time": 780}, "StartAt", 780, None),
        ("set_scheduled_charging", {"enable": True, "time": 690}, "StartAt", 720, None),
        ("set_scheduled_charging", {"enable": False, "time": 780}, "Off", 720, None),
        ("add_charge_schedule", schedule(start_enabled=True, start_time=780), "StartAt", 780, None),
        (
            "add_charge_schedule",
            schedule(start_enabled=True, start_time=780, end_enabled=True, end_time=800),
            "StartAt",
            780,
            800,
        ),
        ("add_charge_schedule", schedule(end_enabled=True, end_time=740), "Off", 720, 740),
        ("add_charge_schedule", schedule(start_enabled=True, start_time=780, enabled=False), "Off", 720, None),
        ("add_charge_schedule", schedule(start_enabled=True, start_time=780, lat=50.0), "Off", 720, None),
        ("add_charge_schedule", schedule(start_enabled=True, start_time=780, one_time=True), "StartAt", 780, None),
        (
            "set_scheduled_departure",
            departure(off_peak_charging_enabled=True, end_off_peak_time=900),
            "DepartBy",
            809.4,
            None,
        ),
        ("set_scheduled_departure", departure(), "DepartBy", 720, None),
    ],
)
def test_schedules(command: str, body: dict[str, object], mode: str, starts: float, stops: float | None) -> None:
    """A plugged car waits, may sleep meanwhile, wakes by itself, and starts and stops on time."""
    car = build_car("Luna", "Y", 2024, soc=60, legacy_schedules="set")
    world = world_of(car)
    car.command(command, body)
    car.plug_in(home_station())
    state = charge_state(car)
    waits = starts > 720
    assert state["scheduled_charging_mode"] == mode
    assert state["scheduled_charging_pending"] is waits
    assert state["charging_state"] == ("Stopped" if waits else "Starting")
    if waits:
        assert state["scheduled_charging_start_time"] == pytest.approx(at_minutes(starts), abs=30)
        pass_time(world, at_minutes(starts) - car.now - 40)
        assert state_of(car) == "asleep"
        pass_time(world, 90)
    pass_time(world, 300)
    assert (state_of(car), charge_state(car)["charging_state"]) == ("online", "Charging")
    if stops:
        pass_time(world, at_minutes(stops) - car.now + 1)
        assert charge_state(car)["charging_state"] == "Stopped"
        assert car.charger.energy_added_wh == pytest.approx((stops - starts) / 60 * 9936, rel=0.02)


def test_one_time_is_used_up() -> None:
    """A one-time schedule is off once it was used."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    car.command("add_charge_schedule", schedule(start_enabled=True, start_time=780, one_time=True, id=1))
    car.plug_in(home_station())
    pass_time(world, 3600 + 60)
    assert charge_state(car)["charging_state"] == "Charging"
    assert not car.charger.plan.charge[1].enabled


def test_off_peak_is_ready_in_time() -> None:
    """Departure with off-peak charging is done at the end of the off-peak time."""
    car = build_car("Luna", "Y", 2024, soc=60, legacy_schedules="set")
    world = world_of(car)
    car.command("set_scheduled_departure", departure(off_peak_charging_enabled=True, end_off_peak_time=900))
    car.plug_in(home_station())
    pass_time(world, at_minutes(895) - car.now)
    assert charge_state(car)["charging_state"] == "Charging"
    pass_time(world, 330)
    assert charge_state(car)["charging_state"] == "Complete"


def test_charge_start_overrules_a_schedule() -> None:
    """The user's start counts until the cable is pulled."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    car.command("set_scheduled_charging", {"enable": True, "time": 780})
    car.plug_in(home_station())
    assert car.command("charge_start", {}).result
    pass_time(world, 10)
    assert charge_state(car)["charging_state"] == "Charging"
    assert charge_state(car)["scheduled_charging_pending"] is False


@pytest.mark.parametrize("outlasts", [False, True])
def test_a_stopped_charge_and_a_schedule(outlasts: bool) -> None:
    """Whether a charge that was stopped goes on when a schedule starts; both are possible."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    car.charger.stop_outlasts_schedules = outlasts
    car.plug_in(home_station())
    pass_time(world, 10)
    assert car.command("add_charge_schedule", schedule(start_enabled=True, start_time=780)).result
    assert charge_state(car)["charging_state"] == "Charging"
    assert car.command("charge_stop", {}).result
    assert charge_state(car)["charging_state"] == "Stopped"
    pass_time(world, 3600)
    assert charge_state(car)["charging_state"] == ("Stopped" if outlasts else "Charging")


@pytest.mark.parametrize("one_time", [True, False])
def test_preconditioning(one_time: bool) -> None:
    """The car wakes by itself and is warm when it must be ready."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    body = {
        "days_of_week": "All",
        "enabled": True,
        "lat": 52.4,
        "lon": 13.06,
        "precondition_time": 780,
        "one_time": one_time,
        "id": 1,
    }
    car.command("add_precondition_schedule", body)
    pass_time(world, 44 * 60)
    assert state_of(car) == "asleep"
    pass_time(world, 120)
    assert state_of(car) == "online"
    assert car.vehicle_data()["climate_state"]["is_preconditioning"] is True
    pass_time(world, 15 * 60)
    assert car.vehicle_data()["climate_state"]["is_climate_on"] is False
    pass_time(world, 86_400 - 120)
    assert car.preconditioning is not one_time
