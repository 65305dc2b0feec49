"""What a car refuses, and how, and what becomes of what it accepted (fleet_api.md 6)."""

from dataclasses import replace
from typing import Any

import pytest

from tesla_simulator.world import OLD, Car, CommandResult, Hardware, InvalidParameter, build_car

from .car_table import ALL_BUILT_IN, ROWS, UNSIGNED, Row, name_of, set_scene
from .world_help import pass_time, state_of, world_of

NOTHING = Hardware(
    rear_heaters=False,
    automatic_seats=False,
    wheel_heater=False,
    wheel_levels=False,
    powered_trunk=False,
    fan_only_overheat=False,
    sentry=False,
    outside_speaker=False,
    media_info=False,
    parental_controls=False,
)
WARM: tuple[str, dict[str, object]] = ("auto_conditioning_start", {})
PLACE = {"lat": 52.4010, "lon": 13.0591}


def a_car(**knobs: Any) -> Car:
    """Return a car with everything, in a world."""
    car = build_car("Luna", "Y", 2024, **{"built_with": ALL_BUILT_IN, **knobs})
    world_of(car)
    return car


def command(car: Car, name: str, **body: object) -> CommandResult:
    """Send a command."""
    return car.command(name, body)


@pytest.mark.parametrize(
    ("lacks", "name", "body"),
    [
        ("bioweapon", "set_bioweapon_mode", {"on": True}),
        ("fan_only_overheat", "set_cabin_overheat_protection", {"on": True, "fan_only": True}),
        ("rear_heaters", "remote_seat_heater_request", {"seat_position": 4, "level": 1}),
        ("seat_backs", "remote_seat_heater_request", {"seat_position": 3, "level": 1}),
        ("third_row", "remote_seat_heater_request", {"seat_position": 8, "level": 1}),
        ("cooled_seats", "remote_seat_cooler_request", {"seat_position": 1, "seat_cooler_level": 1}),
        ("automatic_seats", "remote_auto_seat_climate_request", {"auto_seat_position": 1, "auto_climate_on": True}),
        ("automatic_seats", "remote_auto_steering_wheel_heat_climate_request", {"on": True}),
        ("wheel_levels", "remote_steering_wheel_heat_level_request", {"level": 1}),
        ("wheel_heater", "remote_steering_wheel_heater_request", {"on": True}),
        ("sunroof", "sun_roof_control", {"state": "vent"}),
        ("tonneau", "open_tonneau", {}),
        ("homelink", "trigger_homelink", PLACE),
        ("outside_speaker", "remote_boombox", {"sound": 0}),
        ("sentry", "set_sentry_mode", {"on": True}),
        ("parental_controls", "parental_controls_activate", {"pin": "1234"}),
    ],
)
def test_hardware(lacks: str, name: str, body: dict[str, object]) -> None:
    """A command to hardware that is not there is refused; one that is there obeys."""
    whole, less = a_car(), a_car(built_with=replace(ALL_BUILT_IN, **{lacks: False}))
    for car in (whole, less):
        car.command(*WARM)
    before = less.vehicle_data()
    assert whole.command(name, body) == CommandResult(True)
    assert less.command(name, body) == CommandResult(False, "not_supported")
    assert less.vehicle_data() == before


def test_fields_of_hardware() -> None:
    """What is not there has no fields, and vehicle_config says so."""
    car, bare = a_car(), a_car(built_with=NOTHING)
    more = car.vehicle_data()["climate_state"].keys() - bare.vehicle_data()["climate_state"].keys()
    assert {"seat_fan_front_left", "seat_heater_rear_center", "seat_heater_third_row_left"} <= more
    assert {"steering_wheel_heater", "steering_wheel_heat_level", "auto_seat_climate_left"} <= more
    assert {"sentry_mode", "media_info"} <= car.vehicle_data()["vehicle_state"].keys() - bare.vehicle_data()[
        "vehicle_state"
    ].keys()
    keys = ("has_seat_cooling", "plg", "pws", "rear_seat_heaters", "sun_roof_installed", "third_row_seats")
    assert [car.vehicle_data()["vehicle_config"][key] for key in keys] == [True, True, True, 3, 1, "FuturisFoldFlat"]
    assert [bare.vehicle_data()["vehicle_config"][key] for key in keys] == [False, False, False, 0, None, "None"]
    assert build_car("Old", "S", 2019).hardware == OLD
    assert build_car("Truck", "C", 2026).hardware.tonneau


COMFORT = [row for row in ROWS if row.before[:1] == (WARM,) and row.name != "auto_conditioning_stop"]


@pytest.mark.parametrize("row", [row for row in COMFORT if row.body is not None], ids=name_of)
def test_comfort_needs_climate(row: Row) -> None:
    """Seats and steering wheel want the climate on, in whatever way (6.4), and are off when it is."""
    car = a_car()
    refusal = CommandResult(False, "cabin comfort remote settings not enabled")
    body = dict(row.body or {})
    assert car.command(row.name, body) == refusal
    assert command(car, "set_climate_keeper_mode", climate_keeper_mode=2).result
    assert car.command(row.name, body).result
    command(car, "set_climate_keeper_mode", climate_keeper_mode=0)
    assert car.vehicle_data()["climate_state"]["is_climate_on"] is False
    assert car.command(row.name, body) == refusal


@pytest.mark.parametrize("on", ["auto_conditioning_start", "set_preconditioning_max", "set_bioweapon_mode"])
def test_climate_ends_what_hangs_on_it(on: str) -> None:
    """Stopping the climate stops all of it; it keeps the car awake and takes power."""
    car = a_car()
    world = world_of(car)
    command(car, on, on=True)
    command(car, "remote_seat_heater_request", seat_position=0, level=3)
    command(car, "remote_steering_wheel_heater_request", on=True)
    energy = car.battery.energy_wh
    pass_time(world, 3600)
    assert energy - car.battery.energy_wh == pytest.approx(2500, rel=0.01)
    assert state_of(car) == "online"
    command(car, "auto_conditioning_stop")
    climate = car.vehicle_data()["climate_state"]
    shown = ("is_climate_on", "defrost_mode", "bioweapon_mode", "seat_heater_left", "steering_wheel_heater")
    assert [climate[name] for name in shown] == [False, 0, False, 0, False]
    pass_time(world, 3600)
    assert state_of(car) == "asleep"


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("set_temps", {"driver_temp": 20}, "missing passenger_temp param"),
        ("set_climate_keeper_mode", {"climate_keeper_mode": 4}, "invalid climate_keeper_mode param"),
        ("set_cop_temp", {"cop_temp": 3}, "invalid cop_temp param"),
        ("remote_seat_heater_request", {"seat_position": 9, "level": 1}, "invalid seat_position param"),
        ("remote_seat_heater_request", {"seat_position": 0, "level": 4}, "invalid level param"),
        ("remote_seat_heater_request", {"seat_position": 0, "level": 1.5}, "invalid level param"),
        ("remote_seat_cooler_request", {"seat_position": 0, "seat_cooler_level": 1}, "invalid seat_position param"),
        ("remote_steering_wheel_heat_level_request", {"level": 2}, "invalid level param"),
        ("actuate_trunk", {"which_trunk": "side"}, "invalid which_trunk param"),
        ("actuate_trunk", {}, "missing which_trunk param"),
        ("window_control", {"command": "open"}, "invalid command param"),
        ("sun_roof_control", {"state": "tilt"}, "invalid state param"),
        ("adjust_volume", {"volume": 11.1}, "invalid volume param"),
        ("remote_boombox", {"sound": 1}, "invalid sound param"),
        ("navigation_gps_request", {"lat": 52}, "missing lon param"),
        ("navigation_gps_request", {"lat": 52, "lon": 13, "order": 4}, "invalid order param"),
        ("navigation_request", {"type": "t", "locale": "en"}, "missing timestamp_ms param"),
        ("navigation_request", {"type": "t", "locale": "en", "timestamp_ms": 1}, "invalid value param"),
        ("navigation_waypoints_request", {"waypoints": "home"}, "invalid waypoints param"),
        ("set_valet_mode", {"on": True, "password": "12"}, "invalid password param"),
        ("set_pin_to_drive", {"on": True}, "missing password param"),
        ("speed_limit_activate", {"pin": 1234}, "invalid pin param"),
        ("speed_limit_set_limit", {"limit_mph": 49}, "invalid limit_mph param"),
        ("parental_controls_enable_setting", {"setting": 7, "enable": True}, "invalid setting param"),
        ("schedule_software_update", {"offset_sec": -1}, "invalid offset_sec param"),
        ("take_drivenote", {}, "missing note param"),
    ],
)
def test_parameters(name: str, body: dict[str, object], words: str) -> None:
    """Parameters are strict, and a wrong one changes nothing."""
    car = a_car()
    car.command(*WARM)
    before = car.vehicle_data()
    with pytest.raises(InvalidParameter) as refusal:
        car.command(name, body)
    assert (str(refusal.value), car.vehicle_data()) == (words, before)


def test_temperatures_stay_in_range() -> None:
    """Beyond the range is the end of it."""
    car = a_car()
    command(car, "set_temps", driver_temp=5, passenger_temp=40)
    climate = car.vehicle_data()["climate_state"]
    assert (climate["driver_temp_setting"], climate["passenger_temp_setting"]) == (15, 28)


def test_in_motion() -> None:
    """A car that drives opens no trunk and makes no noise; nobody has to sit in it twice to be heard."""
    car = a_car()
    car.drive(30)
    told: tuple[tuple[str, dict[str, object]], ...] = (
        ("actuate_trunk", {"which_trunk": "rear"}),
        ("flash_lights", {}),
        ("honk_horn", {}),
        ("remote_boombox", {"sound": 0}),
    )
    for name, body in told:
        assert car.command(name, body) == CommandResult(False, "not allowed")
    command(car, "guest_mode", enable=True)
    assert command(car, "erase_user_data") == CommandResult(False, "not allowed")
    assert command(car, "adjust_volume", volume=3.0).result
    assert command(car, "trigger_homelink", **PLACE) == CommandResult(False, "vehicle_too_far")


def test_pins() -> None:
    """A PIN is set by the first use and wanted from then on."""
    car, wrong = a_car(), CommandResult(False, "wrong_pin")
    assert command(car, "speed_limit_deactivate", pin="1234") == wrong
    for name, off in (("speed_limit", "speed_limit_deactivate"), ("parental_controls", "parental_controls_deactivate")):
        assert command(car, f"{name}_activate", pin="1234").result
        assert command(car, off, pin="4321") == wrong
        assert command(car, off, pin="1234").result
        assert command(car, f"{name}_activate", pin="4321") == wrong
        assert command(car, f"{name}_clear_pin", pin="4321") == wrong
    command(car, "speed_limit_activate", pin="1234")
    assert command(car, "speed_limit_clear_pin", pin="1234") == CommandResult(False, "speed_limit_mode_active")
    command(car, "set_pin_to_drive", on=True, password="1234")
    assert command(car, "set_pin_to_drive", on=False, password="4321") == wrong
    assert command(car, "reset_pin_to_drive_pin") == CommandResult(False, "pin_to_drive_active")


@pytest.mark.parametrize("insists", [False, True])
def test_valet(insists: bool) -> None:
    """Whether valet mode ends without the PIN is not known; a wrong one never ends it."""
    car = a_car(valet_off_needs_pin=insists)
    assert command(car, "set_valet_mode", on=True, password="1234").result
    assert command(car, "set_valet_mode", on=False, password="4321") == CommandResult(False, "wrong_pin")
    assert command(car, "set_valet_mode", on=False, password="").result is not insists
    assert car.modes.valet.on is insists
    command(car, "reset_valet_pin")
    assert command(car, "set_valet_mode", on=False).result


def test_refusals_of_state() -> None:
    """Some commands want the car to be in the right state."""
    car = a_car()
    told: tuple[tuple[str, dict[str, object], str], ...] = (
        ("erase_user_data", {}, "not_in_guest_mode"),
        ("adjust_volume", {"volume": 3.0}, "user_not_present"),
        ("schedule_software_update", {"offset_sec": 0}, "no_update"),
        ("cancel_software_update", {}, "no_update"),
        ("trigger_homelink", {"lat": 53.0, "lon": 13.0}, "vehicle_too_far"),
    )
    for name, body, reason in told:
        assert car.command(name, body) == CommandResult(False, reason)


def test_old_windows() -> None:
    """An old car closes its windows only for one who is near."""
    car = a_car(pre2021=True)
    command(car, "window_control", command="vent")
    with pytest.raises(InvalidParameter, match="missing lat param"):
        command(car, "window_control", command="close")
    assert command(car, "window_control", command="close", lat=0, lon=0) == CommandResult(False, "vehicle_too_far")
    assert car.body.windows["fd_window"] == 1
    assert command(car, "window_control", command="close", **PLACE).result


def test_trunks_without_a_motor() -> None:
    """What has no motor springs open and stays open."""
    car = a_car(built_with=Hardware(powered_trunk=False))
    for _ in range(2):
        for which in ("front", "rear"):
            assert command(car, "actuate_trunk", which_trunk=which).result
        assert car.body.trunks == {"front": 1, "rear": 1}


def test_keyless_driving_ends() -> None:
    """remote_start_drive is good for two minutes."""
    car = a_car()
    world = world_of(car)
    command(car, "remote_start_drive")
    pass_time(world, 119)
    assert car.vehicle_data()["vehicle_state"]["remote_start"] is True
    pass_time(world, 2)
    assert car.vehicle_data()["vehicle_state"]["remote_start"] is False


def test_stop_on_the_way() -> None:
    """A stop that is put before the rest leaves the destination; only a Supercharger heats the battery."""
    car = a_car()
    world = world_of(car)
    command(car, "navigation_gps_request", lat=52.5, lon=13.25)
    command(car, "navigation_gps_request", lat=52.6, lon=13.3, order=2)
    pass_time(world, 300)
    drive = car.vehicle_data()["drive_state"]
    assert (drive["active_route_latitude"], car.heating) == (52.5, False)
    command(car, "navigation_sc_request", id=7, order=1)
    pass_time(world, 300)
    assert car.heating


def test_software_update() -> None:
    """An update is offered, scheduled, installed; it wakes the car, waits for the end of a drive, and reboots."""
    car = a_car()
    world = world_of(car)
    car.software.offer("2026.36.1")
    command(car, "schedule_software_update", offset_sec=7200)
    update = car.vehicle_data()["vehicle_state"]["software_update"]
    assert (update["status"], update["warning_time_remaining_ms"]) == ("scheduled", 7_200_000)
    assert update["scheduled_time_ms"] == int((car.now + 7200) * 1000)
    car.sleep()
    car.wake()
    pass_time(world, 7000)
    car.drive(10)
    pass_time(world, 300)
    assert car.software.status == "scheduled"
    pass_time(world, 1200 + 1350)
    update = car.vehicle_data()["vehicle_state"]["software_update"]
    assert (update["status"], car.state) == ("installing", "online")
    assert 50 < update["install_perc"] < 100
    pass_time(world, 2700)
    update = car.vehicle_data()["vehicle_state"]["software_update"]
    assert (update["status"], update["version"], car.firmware) == ("", " ", "2026.36.1")
    assert len(car.boots["vcsec"]) == 2


@pytest.mark.parametrize("row", UNSIGNED, ids=name_of)
def test_disobedience_and_lag(row: Row) -> None:
    """Every command can be ignored or late: the car says yes and shows what it showed."""
    car = a_car()
    world_of(car)
    set_scene(car, row.scene)
    for name, body in row.before:
        car.command(name, dict(body))
    before = car.vehicle_data()
    car.ignores_commands = {row.name}
    assert car.command(row.name, dict(row.body or {})).result
    assert car.vehicle_data() == before
    car.ignores_commands, car.effect_delay_seconds = set(), 30.0
    assert car.command(row.name, dict(row.body or {})).result
    late = car.vehicle_data()
    blocks = [key for key, value in late.items() if isinstance(value, dict) and "timestamp" in value]
    assert {key: late[key] for key in blocks} == {key: before[key] for key in blocks}
