"""Schedules: how Tesla's JSON is read, what a command makes of them, which one a wish is for, and when they come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.charging.schedules import (
    Home,
    Kind,
    Place,
    Schedule,
    all_schedules,
    at_home,
    has_schedules,
    known_schedules,
    match,
    new_id,
    next_of_kind,
    noted,
    occurrences,
    order_to_remove,
    order_to_set,
    zone_at,
    zone_of,
)
from custom_components.tesla_charging.charging.week import Week
from custom_components.tesla_charging.fleet.models import Vehicle, parse, to_json
from custom_components.tesla_charging.fleet.models.schedule import ScheduleNote
from custom_components.tesla_charging.fleet.schedule_commands import (
    ADD_CHARGE_SCHEDULE,
    ADD_PRECONDITION_SCHEDULE,
    REMOVE_CHARGE_SCHEDULE,
    SET_SCHEDULED_CHARGING,
    SET_SCHEDULED_DEPARTURE,
)
from tesla_simulator.world import build_car

from .answers import world_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)
HOME = Home(place=Place(52.5, 13.4), zone=BERLIN)
FAR = Place(40.7, -74.0)
NIGHT = {
    "id": 5,
    "name": "Night",
    "days_of_week": 62,
    "enabled": True,
    "start_enabled": True,
    "start_time": 1320,
    "end_enabled": True,
    "end_time": 360,
    "one_time": False,
    "latitude": 52.5,
    "longitude": 13.4,
}
READY = {
    "id": 6,
    "name": "",
    "days_of_week": 127,
    "enabled": True,
    "precondition_time": 450,
    "one_time": False,
    "latitude": 52.5,
    "longitude": 13.4,
}


def answer(*charge: dict[str, Any], ready: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    """Return an answer with schedules."""
    return {
        "vehicle_state": {"car_version": "2026.2.1 0a1b"},
        "charge_schedule_data": {"charge_schedules": list(charge), "max_num_charge_schedules": 10},
        "preconditioning_schedule_data": {"precondition_schedules": list(ready)},
        **more,
    }


def car(*charge: dict[str, Any], ready: tuple[dict[str, Any], ...] = (), **more: Any) -> Vehicle:
    """Return a car with schedules."""
    return parse(Vehicle, answer(*charge, ready=ready, **more))


def only(vehicle: Vehicle, kind: Kind = Kind.CHARGE) -> Schedule:
    """Return the only schedule of a kind."""
    (schedule,) = known_schedules(vehicle, kind) or ()
    return schedule


# Reading


def test_read() -> None:
    """Tesla's fields become one kind of thing, by the clock of the place."""
    vehicle = car(NIGHT, ready=(READY,))
    assert only(vehicle) == Schedule(
        kind=Kind.CHARGE, id=5, week=Week(days=62, start=1320, end=360), name="Night", place=Place(52.5, 13.4)
    )
    assert only(vehicle, Kind.PRECONDITION) == Schedule(
        kind=Kind.PRECONDITION, id=6, week=Week(days=127, start=450), place=Place(52.5, 13.4)
    )
    assert parse(Vehicle, json.loads(json.dumps(to_json(vehicle)))) == vehicle
    assert "52.5" not in repr(all_schedules(vehicle))


def test_a_list_replaces_and_a_missing_block_keeps() -> None:
    """What a list lacks is gone; a block that does not come changes nothing; none is not unknown."""
    vehicle = car(NIGHT, {**NIGHT, "id": 7}, ready=(READY,))
    assert [one.id for one in all_schedules(parse(Vehicle, answer({**NIGHT, "id": 7}), vehicle))] == [7]
    assert parse(Vehicle, {"charge_schedule_data": None}, vehicle) == vehicle
    assert parse(Vehicle, {"charge_schedule_data": {"charge_schedules": "junk"}}, vehicle) == vehicle
    assert known_schedules(parse(Vehicle, answer(), vehicle), Kind.CHARGE) == ()
    assert known_schedules(parse(Vehicle, {"vehicle_state": {"car_version": "2026.2"}}), Kind.CHARGE) is None


def test_what_is_left_out_of_a_schedule_is_off_or_zero() -> None:
    """A schedule is told whole: nothing of what it was before stays."""
    bare = {"id": 5, "days_of_week": 2, "start_enabled": True, "enabled": True}
    schedule = only(parse(Vehicle, answer(bare), car(NIGHT)))
    assert schedule == Schedule(kind=Kind.CHARGE, id=5, week=Week(days=2, start=0))
    ready = only(parse(Vehicle, answer(ready=({"id": 6},)), car(ready=(READY,))), Kind.PRECONDITION)
    assert ready == Schedule(kind=Kind.PRECONDITION, id=6, week=Week(days=0, start=0), enabled=False)


@pytest.mark.parametrize(
    "junk", [None, 5, "junk", [], {}, {"id": None}, {"id": "5"}, {"id": True}, {**NIGHT, "id": 1.5}, {"id": 5}]
)
def test_junk_is_no_schedule(junk: Any) -> None:
    """What has no number or no time is left out, and harms no other."""
    vehicle = car(junk, {**NIGHT, "id": 7})
    assert [one.id for one in all_schedules(vehicle)] == [7]


@pytest.mark.parametrize(
    ("version", "new"),
    [
        ("2023.7.20 7910d26d5c64", False),
        ("2024.14", False),
        ("2024.20.9 ab", False),
        ("2024.26", True),
        ("2024.26.1 ab", True),
        ("2024.38", True),
        ("2025.2", True),
        ("junk", False),
        (None, False),
    ],
)
def test_firmware(version: str | None, new: bool) -> None:
    """The version decides; where it says nothing, the schedules that were told do."""
    vehicle = parse(Vehicle, {"vehicle_state": {"car_version": version}})
    assert has_schedules(replace(vehicle, read_at=NOW)) is new
    unknown = version in (None, "junk")
    assert has_schedules(vehicle) is (None if unknown else new)
    assert has_schedules(replace(car(NIGHT), vehicle_state=vehicle.vehicle_state)) is (True if unknown else new)


def test_without_location() -> None:
    """Where a schedule holds is a place, too."""
    vehicle = car(NIGHT, ready=(READY,)).without_location()
    text = json.dumps(to_json(vehicle))
    assert "latitude" not in text
    assert [one.place for one in all_schedules(vehicle)] == [None, None]
    assert Vehicle().without_location() == Vehicle()


# What a command makes of them


WEEKS = st.builds(
    Week, days=st.integers(1, 127), start=st.none() | st.integers(0, 1439), end=st.none() | st.integers(0, 1439)
).filter(lambda week: (week.start, week.end) != (None, None))
SCHEDULES = st.builds(
    Schedule,
    kind=st.just(Kind.CHARGE),
    id=st.integers(1, 9),
    week=WEEKS,
    name=st.none() | st.sampled_from(("Night", "Noon")),
    enabled=st.booleans(),
    one_time=st.booleans(),
    place=st.sampled_from((HOME.place, FAR)),
)


@pytest.mark.parametrize("signs", [True, False])
@given(schedule=SCHEDULES)
def test_the_car_shows_what_it_was_told(signs: bool, schedule: Schedule) -> None:
    """What the simulated car reports after a command is what the command makes of the snapshot, and it stays so."""
    real = build_car("Nova", "3", 2020, 7, command_signing="off")
    world_of(real)
    before = replace(parse(Vehicle, real.vehicle_data()), learned_signing=signs)
    order = order_to_set(before, schedule, HOME)
    shown = order.command.effect(before, **order.body)
    assert shown != before
    body = {"start_enabled": "start_time" in order.body, "end_enabled": "end_time" in order.body, **order.body}
    assert real.command(order.command.name, order.command.unsigned_body(body)).result
    read = replace(parse(Vehicle, real.vehicle_data(), before), learned_signing=signs)
    assert order.command.effect(read, **order.body) == read
    assert order.command.effect(shown, **order.body) == shown
    assert replace(only(shown), name=None) == replace(only(read), name=None) == replace(schedule, name=None)
    gone = order_to_remove(read, schedule)
    assert all_schedules(gone.command.effect(read, **gone.body)) == ()
    assert gone.command.effect(before, **gone.body) == before


@given(SCHEDULES)
def test_ready_times(schedule: Schedule) -> None:
    """The same for a time to be ready."""
    schedule = replace(
        schedule, kind=Kind.PRECONDITION, week=Week(days=schedule.week.days, start=schedule.week.start or 0)
    )
    order = order_to_set(car(), schedule, HOME)
    assert order.command is ADD_PRECONDITION_SCHEDULE
    shown = order.command.effect(car(), **order.body)
    assert replace(only(shown, Kind.PRECONDITION), name=None) == replace(schedule, name=None)
    assert order.command.effect(shown, **order.body) == shown
    gone = order_to_remove(shown, schedule)
    assert all_schedules(gone.command.effect(shown, **gone.body)) == ()


def test_equal_enough() -> None:
    """A place that a car has rounded is the same place; another time is another schedule."""
    vehicle = car({**NIGHT, "latitude": 52.50001, "name": "Night"})
    order = order_to_set(vehicle, only(car(NIGHT)), HOME)
    assert order.command.effect(vehicle, **order.body) == vehicle
    assert order.command.effect(vehicle, **{**order.body, "end_time": 361}) != vehicle
    assert order.command.effect(vehicle, **{**order.body, "lat": 52.6}) != vehicle
    half = {key: value for key, value in order.body.items() if key != "end_time"}
    assert only(order.command.effect(vehicle, **half)).week == Week(days=62, start=1320)


def test_names_go_where_they_are_taken() -> None:
    """A signed command carries the name, even an empty one; an unsigned one does not, and takes none away."""
    vehicle, schedule = car(NIGHT), replace(only(car(NIGHT)), name=None)
    signed = replace(vehicle, learned_signing=True)
    assert order_to_set(signed, schedule, HOME).body["name"] == ""
    unsigned = order_to_set(vehicle, schedule, HOME)
    assert "name" not in unsigned.body
    assert only(unsigned.command.effect(vehicle, **{**unsigned.body, "start_time": 1})).name == "Night"


@pytest.mark.parametrize(("mask", "names"), [(127, 7), (62, 5), (1, 1)])
def test_unsigned_days_are_names(mask: int, names: int) -> None:
    """Unsigned commands name the days (fleet_api.md 6.3)."""
    for command in (ADD_CHARGE_SCHEDULE, ADD_PRECONDITION_SCHEDULE):
        days = command.unsigned_body({"days_of_week": mask, "id": 5})["days_of_week"].split(",")
        assert len(days) == names
        assert set(days) <= {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
    assert REMOVE_CHARGE_SCHEDULE.unsigned_body({"id": 5}) == {"id": 5}


@pytest.mark.parametrize("command", [SET_SCHEDULED_CHARGING, SET_SCHEDULED_DEPARTURE])
@pytest.mark.parametrize("enable", [True, False])
@pytest.mark.parametrize("weekdays", [True, False])
@pytest.mark.parametrize("warm", [True, False])
def test_legacy_effects(command: Any, enable: bool, weekdays: bool, warm: bool) -> None:
    """What the old commands make of the snapshot is what the simulated car reports."""
    real = build_car("Nova", "3", 2020, 7, command_signing="off", firmware="2023.7.20")
    world_of(real)
    before = parse(Vehicle, real.vehicle_data())
    departure = {
        "departure_time": 400,
        "preconditioning_enabled": warm,
        "preconditioning_weekdays_only": weekdays,
        "off_peak_charging_enabled": False,
        "off_peak_charging_weekdays_only": False,
        "end_off_peak_time": 0,
    }
    body: dict[str, Any] = {"enable": enable, **({"time": 1320} if command is SET_SCHEDULED_CHARGING else departure)}
    assert real.command(command.name, body).result
    read = parse(Vehicle, real.vehicle_data(), before)
    assert command.effect(read, **body) == read
    shown = command.effect(before, **body)
    assert shown.charge_state.scheduled_charging_mode is read.charge_state.scheduled_charging_mode
    assert command.effect(shown, **body) == shown


# Which one


def test_match() -> None:
    """The number, else the name, else the place and times."""
    one = Schedule(kind=Kind.CHARGE, id=1, week=Week(start=1), name="A", place=HOME.place)
    other = Schedule(kind=Kind.CHARGE, id=2, week=Week(start=2), name="B", place=FAR)
    both = (one, other)
    assert match(both, one, 2) == other
    assert match(both, one, 3) is None
    assert match(both, replace(one, week=Week(start=3), name="B"), None) == other
    assert match(both, replace(one, name="C"), None) == one
    assert match(both, replace(one, name=None, place=FAR), None) is None
    assert match(both, replace(other, name=None, place=Place(40.701, -74.001)), None) == other
    assert match(both, replace(one, name=None, week=Week(start=3)), None) is None


def test_new_id() -> None:
    """A new number is the time, or the next that is free, of both kinds and of what was noted."""
    now = int(NOW.timestamp())
    assert new_id(car(), NOW) == now
    vehicle = car({**NIGHT, "id": now}, ready=({**READY, "id": now + 1},))
    vehicle = replace(vehicle, schedule_notes=(ScheduleNote(id=now + 2, name="x"),))
    assert new_id(vehicle, NOW) == now + 3


def test_notes() -> None:
    """Only what is not said otherwise is noted, and only while the schedule is there."""
    vehicle = replace(
        car({**NIGHT, "name": ""}), schedule_notes=(ScheduleNote(id=4, name="gone"), ScheduleNote(id=5, name="N"))
    )
    assert only(vehicle).name == "N"
    assert noted(vehicle, replace(only(vehicle), name=None), None) == ()
    assert noted(vehicle, replace(only(vehicle), id=9), "Asia/Tokyo") == (
        ScheduleNote(id=5, name="N"),
        ScheduleNote(id=9, name="N", time_zone="Asia/Tokyo"),
    )


# Whose clock


@pytest.mark.parametrize(
    ("place", "here", "offset", "zone"),
    [
        (HOME.place, FAR, -14400, BERLIN),
        (None, FAR, -14400, BERLIN),
        (Place(52.505, 13.405), None, None, BERLIN),
        (FAR, None, -14400, BERLIN),
        (FAR, HOME.place, 7200, BERLIN),
        (FAR, FAR, None, BERLIN),
        (FAR, FAR, 999_999, BERLIN),
        (FAR, Place(40.705, -74.005), -14400, timezone(timedelta(hours=-4))),
    ],
)
def test_zone(place: Place | None, here: Place | None, offset: int | None, zone: Any) -> None:
    """Home's clock, but for a place elsewhere where the car is now and whose clock it knows."""
    drive = {} if here is None else {"latitude": here.latitude, "longitude": here.longitude}
    vehicle = parse(Vehicle, {"drive_state": drive, "vehicle_config": {"utc_offset": offset}})
    assert zone_at(vehicle, place, HOME) == zone
    schedule = Schedule(kind=Kind.CHARGE, id=5, place=place)
    assert zone_of(vehicle, schedule, HOME) == zone
    for name, found in (("Asia/Tokyo", ZoneInfo("Asia/Tokyo")), ("No/Where", zone), ("../etc", zone)):
        named = replace(vehicle, schedule_notes=(ScheduleNote(id=5, time_zone=name),))
        assert zone_of(named, schedule, HOME) == found


def test_at_home() -> None:
    """A place that is not told is neither at home nor away."""
    schedule = Schedule(kind=Kind.CHARGE, id=5)
    assert at_home(schedule, HOME) is None
    assert at_home(replace(schedule, place=Place(52.501, 13.401)), HOME) is True
    assert at_home(replace(schedule, place=FAR), HOME) is False


# When


@pytest.mark.parametrize(
    ("changes", "found"),
    [({}, 2), ({"enabled": False}, 0), ({"one_time": True}, 1), ({"one_time": True, "week": Week(days=0, start=5)}, 0)],
)
def test_occurrences(changes: dict[str, Any], found: int) -> None:
    """A schedule comes each week, once, or not at all."""
    schedule = replace(Schedule(kind=Kind.CHARGE, id=5, week=Week(days=8, start=1320, end=360)), **changes)
    spans = occurrences(schedule, BERLIN, NOW, NOW + timedelta(days=14), NOW)
    assert len(spans) == found
    assert occurrences(schedule, BERLIN, NOW - timedelta(days=14), NOW, NOW) == [] or changes == {}
    later = NOW + timedelta(days=7)
    assert len(occurrences(schedule, BERLIN, later, later + timedelta(days=7), NOW)) == (0 if changes else 1)


def test_once_while_it_is_on() -> None:
    """What happens once and is on now is this one, not the next."""
    schedule = Schedule(kind=Kind.CHARGE, id=5, week=Week(days=8, start=600, end=900), one_time=True)
    (span,) = occurrences(schedule, BERLIN, NOW, NOW + timedelta(days=9), NOW)
    assert span == (NOW - timedelta(hours=2), NOW + timedelta(hours=3))


def test_next_of_kind() -> None:
    """The next time is the soonest of those that are enabled."""
    late = {**NIGHT, "id": 8, "start_time": 1380, "days_of_week": 8}
    vehicle = car({**NIGHT, "days_of_week": 16}, late, {**NIGHT, "id": 9, "enabled": False}, ready=(READY,))
    assert next_of_kind(vehicle, Kind.CHARGE, HOME, NOW) == datetime(2026, 6, 10, 21, tzinfo=UTC)
    assert next_of_kind(vehicle, Kind.PRECONDITION, HOME, NOW) == datetime(2026, 6, 11, 5, 30, tzinfo=UTC)
    assert next_of_kind(Vehicle(), Kind.CHARGE, HOME, NOW) is None
