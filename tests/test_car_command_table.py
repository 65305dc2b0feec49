"""The table of a car's commands: what each would change, whether it is known of the car or not."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.inference import fallen_asleep
from custom_components.tesla_charging.fleet import body_commands, climate_commands, trip_commands
from custom_components.tesla_charging.fleet.body_commands import (
    ACTUATE_TRUNK,
    SUN_ROOF_CONTROL,
    WINDOW_CONTROL,
    any_open,
    is_open,
    windows_open,
)
from custom_components.tesla_charging.fleet.climate_commands import CAR, REMOTE_SEAT_HEATER_REQUEST, SET_TEMPS
from custom_components.tesla_charging.fleet.commands import CHARGE_STOP, Command, VehicleCommand
from custom_components.tesla_charging.fleet.models import Vehicle, parse, to_json
from custom_components.tesla_charging.fleet.models.drive import ShiftState
from custom_components.tesla_charging.fleet.models.software import UpdateStatus
from custom_components.tesla_charging.fleet.trip_commands import (
    ADJUST_VOLUME,
    CANCEL_SOFTWARE_UPDATE,
    MEDIA_TOGGLE_PLAYBACK,
    MEDIA_VOLUME_DOWN,
    MEDIA_VOLUME_UP,
    SCHEDULE_SOFTWARE_UPDATE,
)

from .answers import car_answer
from .simulator.car_table import ROWS

PIN = "1234"
# Bodies of what has no unsigned form, and what only tells what is to come of it.
BODIES: dict[str, list[dict[str, Any]]] = {
    "actuate_trunk": [{"which_trunk": which, "opens": opens} for which in ("front", "rear") for opens in (True, False)],
    "media_toggle_playback": [{"plays": True}, {"plays": False}],
    "parental_controls_activate": [{"pin": PIN}],
    "parental_controls_deactivate": [{"pin": PIN}],
    "parental_controls_clear_pin": [{"pin": PIN}],
    "parental_controls_enable_setting": [{"setting": 0, "enable": True}],
    "parental_controls_set_speed_limit": [{"limit_mph": 60.0}],
    "set_low_power_mode": [{"enable": True}],
    "keep_accessory_power_mode": [{"enable": True}],
}


def commands() -> Iterator[tuple[VehicleCommand, dict[str, Any]]]:
    """Return each command of a car that is not for charging, with each body of the table."""
    for module in (body_commands, climate_commands, trip_commands):
        for command in vars(module).values():
            if isinstance(command, Command):
                told = [dict(row.body) for row in ROWS if row.name == command.name and row.body is not None]
                for body in BODIES.get(command.name) or told or [{}]:
                    yield command, body


@cache
def befores() -> tuple[Vehicle, ...]:
    """Return a car of which nothing is known, one that charges and one that drives."""
    return Vehicle(), parse(Vehicle, car_answer()), parse(Vehicle, car_answer("driving"))


TABLE = list(commands())


@pytest.mark.parametrize(("command", "body"), TABLE, ids=lambda one: one.name if isinstance(one, Command) else "")
def test_an_effect_is_reached_once(command: VehicleCommand, body: dict[str, Any]) -> None:
    """A car that has obeyed shows it, so that the same again changes nothing; of an unknown car as of a known one."""
    for before in befores():
        after = command.effect(before, **body)
        assert command.effect(after, **body) == after
        assert parse(Vehicle, to_json(after)) == after
        if command.visible and command.foreseen(before) and command.switched is None:
            assert after != before or before != Vehicle()
    assert command.scopes == CAR
    assert command.told(body).keys() == body.keys() - command.untold


def test_what_settles_the_same() -> None:
    """Each seat and each trunk is a matter of its own."""
    seats = {REMOTE_SEAT_HEATER_REQUEST.subject({"seat_position": seat, "level": 1}) for seat in range(9)}
    assert len(seats) == 9
    assert ACTUATE_TRUNK.subject({"which_trunk": "front"}) != ACTUATE_TRUNK.subject({"which_trunk": "rear"})
    assert ACTUATE_TRUNK.told({"which_trunk": "front", "opens": True}) == {"which_trunk": "front"}


OPENINGS = st.none() | st.integers(0, 2)


@settings(max_examples=60)
@given(st.tuples(OPENINGS, OPENINGS, OPENINGS, OPENINGS))
def test_any_open(openings: tuple[int | None, ...]) -> None:
    """One that is open decides; else one that is unknown does."""
    names = ("fd_window", "fp_window", "rd_window", "rp_window")
    block = parse(Vehicle, {"vehicle_state": dict(zip(names, openings, strict=True))}).vehicle_state
    known = [is_open(one) for one in openings]
    assert windows_open(block) is any_open(block, names)
    assert windows_open(block) is (True if True in known else None if None in known else False)
    vented = WINDOW_CONTROL.effect(Vehicle(vehicle_state=block), command="vent")
    assert windows_open(vented.vehicle_state) is True
    assert windows_open(WINDOW_CONTROL.effect(vented, command="close").vehicle_state) is False


@settings(max_examples=60)
@given(st.sampled_from(["front", "rear"]), OPENINGS, st.booleans())
def test_trunks_are_switched_only_when_known(which: str, opening: int | None, opens: bool) -> None:
    """Unknown is neither: the engine then refuses."""
    car = parse(Vehicle, {"vehicle_state": {"ft": opening, "rt": opening}})
    assert ACTUATE_TRUNK.switched is not None
    switched = ACTUATE_TRUNK.switched(car, which_trunk=which, opens=opens)
    assert switched is (None if opening is None else (opening != 0) is opens)
    assert (ACTUATE_TRUNK.effect(car, which_trunk=which, opens=opens) == car) is bool(switched)


@pytest.mark.parametrize(("status", "plays", "switched"), [
    (None, True, None), ("Playing", True, True), ("Paused", True, False), ("Stopped", False, True),
    ("Playing", False, False), ("Dancing", True, None),
])  # fmt: skip
def test_playback(status: str | None, plays: bool, switched: bool | None) -> None:
    """What is new to us is unknown."""
    car = parse(Vehicle, {"vehicle_state": {"media_info": {"media_playback_status": status}}})
    assert MEDIA_TOGGLE_PLAYBACK.switched is not None
    assert MEDIA_TOGGLE_PLAYBACK.switched(car, plays=plays) is switched


def test_what_a_car_rounds() -> None:
    """A temperature that the car has rounded a little is the one that was wanted; another is not."""
    car = parse(Vehicle, {"climate_state": {"driver_temp_setting": 21.2, "passenger_temp_setting": 21}})
    assert SET_TEMPS.effect(car, driver_temp=21.0, passenger_temp=21.0) == car
    assert SET_TEMPS.effect(car, driver_temp=21.0, passenger_temp=22.0).climate_state.passenger_temp_setting == 22.0


@pytest.mark.parametrize("state", ["open", "vent", "moving"])
def test_an_open_roof_is_open(state: str) -> None:
    """Whatever the car calls a roof that is not closed."""
    car = parse(Vehicle, {"vehicle_state": {"sun_roof_state": state}})
    assert SUN_ROOF_CONTROL.effect(car, state="vent") == car
    assert SUN_ROOF_CONTROL.effect(car, state="close").vehicle_state.sun_roof_state == "closed"


def test_another_time_of_an_update_shows_only_in_a_read() -> None:
    """What is planned already can be planned anew, and is sent although the car seems to be so already."""
    planned = parse(Vehicle, {"vehicle_state": {"software_update": {"status": "scheduled"}}})
    assert not SCHEDULE_SOFTWARE_UPDATE.foreseen(planned)
    assert SCHEDULE_SOFTWARE_UPDATE.foreseen(Vehicle())


@pytest.mark.parametrize("command", [CANCEL_SOFTWARE_UPDATE, CHARGE_STOP], ids=lambda one: one.name)
def test_what_is_unknown_is_not_over(command: VehicleCommand) -> None:
    """A car that says nothing of it is told to end it: unknown is not off."""
    assert not command.foreseen(Vehicle())
    assert command.foreseen(befores()[1])


def test_a_step_is_no_value() -> None:
    """A step up or down drops no volume that waits, and settles the same, so that a volume promised before is over."""
    waits, settles = ADJUST_VOLUME.queues_with({"volume": 5}), ADJUST_VOLUME.subject({"volume": 5})
    for step in (MEDIA_VOLUME_DOWN, MEDIA_VOLUME_UP):
        assert step.queues_with({}) != waits
        assert step.subject({}) == settles


# Reading


def test_null_means_parked() -> None:
    """A car that is off tells null for gear and speed, which is an answer; junk and silence are none."""
    driving = parse(Vehicle, {"drive_state": {"shift_state": "D", "speed": 50}})
    parked = parse(Vehicle, {"drive_state": {"shift_state": None, "speed": None}}, driving)
    assert (parked.drive_state.shift_state, parked.drive_state.speed) == (ShiftState.PARK, 0.0)
    assert parse(Vehicle, {"drive_state": {}}, driving) == driving
    assert parse(Vehicle, {"drive_state": {"shift_state": "<invalid>"}}, driving).drive_state.shift_state is None
    assert Vehicle().drive_state.shift_state is None


def test_a_trip_that_is_over_is_gone() -> None:
    """Tesla tells the route only while there is one; a block that is not there tells nothing of it."""
    data = {"drive_state": {"active_route_destination": "Home", "active_route_minutes_to_arrival": 5}}
    there = parse(Vehicle, data)
    assert parse(Vehicle, {"charge_state": {}}, there) == there
    assert parse(Vehicle, {"drive_state": {"speed": None}}, there).drive_state.active_route_destination is None


def test_no_update_has_no_version() -> None:
    """A blank stands for no version, and an empty word for no update."""
    offered = parse(Vehicle, {"vehicle_state": {"software_update": {"status": "available", "version": "2026.36.1"}}})
    none = parse(Vehicle, {"vehicle_state": {"software_update": {"status": "", "version": " "}}}, offered)
    update = none.vehicle_state.software_update
    assert (update.status, update.version) == (UpdateStatus.NONE, None)
    assert parse(Vehicle, to_json(none)).vehicle_state.software_update.status is UpdateStatus.NONE


# Asleep


def test_a_car_that_sleeps_warms_and_plays_for_nobody() -> None:
    """What was on when it was last read is over; what was not known stays unknown."""
    warm = {"defrost_mode": 2, "steering_wheel_heater": True, "steering_wheel_heat_level": 3, "climate_keeper_mode": "dog",
            "seat_heater_left": 3, "seat_fan_front_left": 2, "fan_status": 4, "driver_temp_setting": 21.0}  # fmt: skip
    car = parse(Vehicle, {
        "climate_state": warm,
        "drive_state": {"active_route_destination": "Home", "active_route_minutes_to_arrival": 5, "heading": 7},
        "vehicle_state": {"is_user_present": True, "media_info": {"media_playback_status": "Playing"}, "rt": 1},
    })  # fmt: skip
    after = parse(Vehicle, to_json(fallen_asleep(car)))
    assert after == fallen_asleep(car) == fallen_asleep(fallen_asleep(car))
    over = {**dict.fromkeys(warm, 0), "steering_wheel_heater": False, "climate_keeper_mode": "off"}
    over["driver_temp_setting"] = 21.0
    assert after.climate_state == parse(Vehicle, {"climate_state": over}).climate_state
    assert (after.drive_state.active_route_destination, after.drive_state.heading) == (None, 7)
    assert after.drive_state.active_route_minutes_to_arrival is None
    block = after.vehicle_state
    assert (block.is_user_present, block.media_info.media_playback_status, block.rt) == (False, "Stopped", 1)


@pytest.mark.parametrize("status", [None, "Paused", "Stopped"])
def test_sleep_tells_nothing_of_what_is_unknown(status: str | None) -> None:
    """Unknown is not off, and what was paused stays so."""
    car = parse(Vehicle, {"vehicle_state": {"media_info": {"media_playback_status": status}}})
    assert fallen_asleep(car) == car
