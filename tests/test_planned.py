"""Plans as schedules of a car, which it then obeys; how fast it charges; and prices in every shape."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.tesla_charging.charging.pace import Pace, PaceFrom, PaceUnknown, pace_of
from custom_components.tesla_charging.charging.plan import PriceStep, Wish, make_plan
from custom_components.tesla_charging.charging.planned import (
    Next,
    Planned,
    from_json,
    going_on,
    may_remove,
    of_person,
    planned_anew,
    seen,
    to_json,
    wanted_schedules,
    weeks_of,
    what_next,
)
from custom_components.tesla_charging.charging.price_lists import read_price_steps, tariff_steps
from custom_components.tesla_charging.charging.schedules import Home, Place, order_to_set
from custom_components.tesla_charging.charging.session import Energy, Place as PlaceKind, Run, Session, Source
from custom_components.tesla_charging.charging.week import Week, told_once
from custom_components.tesla_charging.energy.tariff import read_tariff
from custom_components.tesla_charging.energy.tariff_write import TariffFlaw
from custom_components.tesla_charging.fleet.models import Vehicle, parse
from tesla_simulator.world import Clock, World, build_car, home_station
from tesla_simulator.world.accounts import Account

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
PLACE = Place(52.4, 13.06)

# A night before, and within, each change of clocks.
NIGHTS = {
    "Europe/Berlin": [datetime(2026, 3, 28, 18, tzinfo=UTC), datetime(2026, 10, 24, 18, tzinfo=UTC)],
    "Australia/Sydney": [datetime(2026, 10, 3, 8, tzinfo=UTC), datetime(2026, 4, 4, 8, tzinfo=UTC)],
    "Australia/Lord_Howe": [datetime(2026, 10, 3, 8, tzinfo=UTC), datetime(2026, 4, 4, 8, tzinfo=UTC)],
    "America/New_York": [datetime(2026, 6, 9, 20, tzinfo=UTC)],
}


@pytest.mark.parametrize(("zone", "begin"), [(zone, night) for zone, nights in NIGHTS.items() for night in nights])
def test_the_car_charges_as_planned(zone: str, begin: datetime) -> None:
    """A simulated car that knows nothing but its one-time schedules charges when planned, to the minute, in any night."""
    clock = ZoneInfo(zone)
    prices = [
        PriceStep(begin + number * HOUR / 2, begin + (number + 1) * HOUR / 2, Decimal(number * 7 % 11))
        for number in range(28)
    ]
    wish = Wish(
        now=begin,
        departure=begin + 14 * HOUR,
        duration=timedelta(hours=4, minutes=10),
        energy_wh=1.0,
        may_switch=lambda at: told_once(at, clock),
    )
    plan = make_plan(wish, prices)
    assert plan.reached
    assert len(plan.blocks) > 2
    car = build_car("Luna", "Y", 2024, soc=20.0, zone=clock, standby_w=0.0)
    car.charger.limit = 100
    world = World(Clock(0, begin))
    world.accounts.append(Account(sub="1", email="a@example.com", full_name="A", password="p", cars=[car], sites=[]))
    world.update()
    place = Place(car.home.latitude, car.home.longitude)
    vehicle, home = parse(Vehicle, car.vehicle_data()), Home(place=place, zone=clock)
    for number, schedule in enumerate(wanted_schedules(plan.blocks, clock, place, "Planned")):
        order = order_to_set(vehicle, replace(schedule, id=number + 1), home)
        body = {"start_enabled": True, "end_enabled": True, **order.command.unsigned_body(order.body)}
        assert car.command(order.command.name, body).result
    car.plug_in(home_station())
    charged = set()
    for minute in range(14 * 60):
        world.clock.advance(30)
        world.update()
        if car.charger.active:
            charged.add(begin + minute * MINUTE)
        world.clock.advance(30)
        world.update()
    wanted = {
        start + number * MINUTE
        for start, end in plan.blocks
        for number in range((end - start) // MINUTE)
        # The last minute of a day is left out where it goes on.
        if (start + number * MINUTE).astimezone(clock).strftime("%H:%M") != "23:59"
    }
    assert charged == wanted


def test_schedules_of_a_plan() -> None:
    """A block is one schedule within a day of its clock; around midnight it rests for a minute."""
    berlin = ZoneInfo("Europe/Berlin")
    assert weeks_of([(NOON, NOON + HOUR)], berlin) == [Week(days=8, start=840, end=900)]
    night = [(NOON + 8 * HOUR, NOON + 12 * HOUR)]
    assert weeks_of(night, berlin) == [Week(days=8, start=1320, end=1439), Week(days=16, start=0, end=120)]
    assert weeks_of([(NOON + 8 * HOUR, NOON + 10 * HOUR)], berlin) == [Week(days=8, start=1320, end=1439)]
    # Thirty hours are parts of three days.
    assert [week.days for week in weeks_of([(NOON, NOON + 36 * HOUR)], berlin)] == [8, 16, 32]
    # Where the last minute of the day is all there is, there is nothing.
    assert weeks_of([(NOON + 10 * HOUR - MINUTE, NOON + 10 * HOUR)], berlin) == []


def car_with(*planned: tuple[int, int, int], state: str = "Stopped", **other: Any) -> Vehicle:
    """Return a car that has one-time schedules on a Wednesday: id, start, end."""
    schedules = [
        {
            "id": number,
            "days_of_week": 8,
            "start_enabled": True,
            "start_time": start,
            "end_enabled": True,
            "end_time": end,
            "one_time": True,
            "enabled": True,
            "latitude": PLACE.latitude,
            "longitude": PLACE.longitude,
            **other,
        }
        for number, start, end in planned
    ]
    data = {
        "charge_state": {"charging_state": state},
        "charge_schedule_data": {"charge_schedules": schedules},
        "vehicle_state": {"car_version": "2026.32.3"},
    }
    return parse(Vehicle, data)


def numbers() -> Iterator[int]:
    """Return new numbers."""
    return count(100)


BLOCKS = ((NOON, NOON + HOUR), (NOON + 3 * HOUR, NOON + 4 * HOUR))


def planned(*blocks: tuple[datetime, datetime], before: Planned | None = None, car: Vehicle | None = None) -> Planned:
    """Return what is to be planned by UTC at the usual place."""
    wanted = wanted_schedules(blocks, ZoneInfo("UTC"), PLACE, "Planned")
    return planned_anew(before or Planned(), blocks, wanted, car or car_with(), numbers())


def sent(plan: Planned) -> Planned:
    """Return a plan all of which was sent."""
    return replace(plan, schedules=(*plan.schedules, *plan.unsent), unsent=())


def test_planned_anew() -> None:
    """What is there stays, numbers are used again, and what is too much goes."""
    first = planned(*BLOCKS)
    assert [one.id for one in first.unsent] == [100, 101]
    there = car_with((100, 720, 780), (101, 900, 960))
    again = planned(*BLOCKS, before=sent(first), car=there)
    assert (again.unsent, again.stale, [one.id for one in again.schedules]) == ((), (), [100, 101])
    other = planned(BLOCKS[1], (NOON + 5 * HOUR, NOON + 6 * HOUR), before=sent(first), car=there)
    assert ([one.id for one in other.schedules], [one.id for one in other.unsent]) == ([101], [100])
    less = planned(BLOCKS[1], before=sent(first), car=there)
    assert ([one.id for one in less.schedules], [one.id for one in less.stale]) == ([101], [100])
    # What has begun keeps its beginning, and so its schedule.
    late = NOON + 20 * MINUTE
    assert going_on(((late, NOON + HOUR),), sent(first), late) == (BLOCKS[0],)
    assert going_on(BLOCKS[1:], sent(first), late) == BLOCKS[1:]
    assert going_on((), sent(first), late) == ()
    assert first.running(late) == NOON + HOUR
    assert first.running(NOON + 2 * HOUR) is None


def test_what_is_ours() -> None:
    """What a person has removed or changed is ours no more; what was not seen to arrive and did is."""
    plan = sent(planned(*BLOCKS))
    assert seen(plan, car_with((100, 720, 780), (101, 900, 960), enabled=False)).schedules == plan.schedules
    assert [one.id for one in seen(plan, car_with((101, 900, 960))).schedules] == [101]
    changed = car_with((100, 700, 780), (101, 900, 960))
    assert [one.id for one in seen(plan, changed).schedules] == [101]
    assert [one.id for one in of_person(changed, seen(plan, changed), PLACE)] == [100]
    assert of_person(changed, seen(plan, changed), Place(0, 0)) == []
    arrived = seen(planned(*BLOCKS), car_with((100, 720, 780)))
    assert ([one.id for one in arrived.schedules], [one.id for one in arrived.unsent]) == ([100], [101])
    unread = Vehicle(vin="X")
    assert seen(plan, unread) == plan


def test_a_number_is_used_again() -> None:
    """What gives its number stays ours until the new is written there; a person's schedule is not written over."""
    first = sent(planned(BLOCKS[0]))
    there = car_with((100, 720, 780))
    other = planned(BLOCKS[1], before=first, car=there)
    assert [one.id for one in other.unsent] == [one.id for one in other.stale] == [100]
    assert seen(other, there) == other
    # It could not be written, and is planned as before.
    assert planned(BLOCKS[0], before=other, car=there) == first
    # Nobody wants it: what is in the car goes, whichever it is, and only once.
    for car, start in ((there, 720), (car_with((100, 900, 960)), 900)):
        assert [(one.id, one.week.start) for one in seen(other.given_up(), car).owned] == [(100, start)]
    assert seen(other.given_up(), car_with()).empty
    # It was written, seen by the answer or in the car.
    done = other.with_sent(other.unsent[0])
    assert done == seen(other, car_with((100, 900, 960)))
    assert ([one.id for one in done.schedules], done.unsent, done.stale) == ([100], (), ())
    # A person has changed what is there, and has one more.
    theirs = seen(other, car_with((100, 700, 780), (101, 600, 660)))
    assert ([one.id for one in theirs.unsent], theirs.stale) == ([102], ())
    assert seen(theirs, car_with((100, 700, 780), (101, 600, 660))) == theirs
    # What was spent or switched off is still ours.
    spent = car_with((100, 720, 780), enabled=False)
    again = planned(BLOCKS[0], before=first, car=spent)
    assert [one.id for one in seen(again, spent).unsent] == [100]


LONG = 3 * MINUTE


@pytest.mark.parametrize(
    ("change", "state", "at", "expected"),
    [
        ({}, "Stopped", 0, Next.NOTHING),
        ({}, "Disconnected", 0, Next.NOTHING),
        ({"plugged": True}, "Disconnected", 0, Next.REMOVE),
        ({"unwanted": True}, "Stopped", 0, Next.REMOVE),
        # Over: while it is plugged in and not full, removing schedules may start a charge.
        ({"plugged": True}, "Stopped", 5, Next.NOTHING),
        ({"plugged": True}, "Complete", 5, Next.REMOVE),
        ({}, "Disconnected", 5, Next.REMOVE),
        # A charge that was stopped for the plan, and does not go on.
        ({"stopped": True}, "Stopped", 0, Next.NOTHING),
        ({"stopped": True}, "Stopped", 0.04, Next.NOTHING),
        ({"stopped": True}, "Stopped", 0.06, Next.START),
        ({"stopped": True}, "Charging", 0.06, Next.NOTHING),
        ({"stopped": True}, "Stopped", 1.5, Next.NOTHING),
        ({"unsent": sent(planned(BLOCKS[0])).schedules}, "Stopped", 0, Next.WRITE),
        ({"stale": sent(planned(BLOCKS[0])).schedules}, "Stopped", 0, Next.WRITE),
        ({"stale": sent(planned(BLOCKS[0])).schedules, "schedules": ()}, "Stopped", 0, Next.NOTHING),
    ],
)
def test_what_next(change: dict[str, Any], state: str, at: float, expected: Next) -> None:
    """When a plan is written, removed, or helped on."""
    plan = replace(sent(planned(*BLOCKS)), plugged=False)
    plan = replace(plan, **change)
    assert what_next(plan, car_with(state=state), NOON + at * HOUR, LONG) is expected
    assert may_remove(plan, car_with(state=state), NOON) is (bool(plan.schedules) or state == "Disconnected")


def test_on_disk() -> None:
    """A plan is the same after a restart; a damaged one is none."""
    plan = replace(planned(*BLOCKS, before=sent(planned(*BLOCKS))), plugged=True, stopped=True)
    assert from_json(to_json(plan)) == plan
    assert Planned().empty
    for damage in ({"blocks": [[1]]}, {"schedules": [[1, 2]]}, {"stale": 5}, {"unsent": [["x", 1, 2, 3, None, None]]}):
        with pytest.raises((ValueError, TypeError)):
            from_json({**to_json(plan), **damage})


# How fast a car charges


def session(number: int, hours: float, kwh: float, **other: Any) -> Session:
    """Return a session at home of some hours and energy."""
    begin = NOON + number * 24 * HOUR
    known = {
        "plugged_at": begin,
        "unplugged_at": begin + 12 * HOUR,
        "runs": (Run(start=begin, end=begin + hours * HOUR),),
        "added": Energy(wh=kwh * 1000, source=Source.CAR),
        "used": Energy(wh=kwh * 1000 / 0.8, source=Source.WALL_CONNECTOR),
        "place": PlaceKind.HOME,
    }
    return Session(id=str(number), vin="X", **{**known, **other})


PAST = [
    session(1, 1, 3.5),
    session(2, 2, 20, soc_start=20.0, soc_end=45.0),
    session(3, 4, 44, soc_start=30.0, soc_end=85.0),
    session(4, 1, 1),
    session(5, 1, 50, direct_current=True, place=PlaceKind.SUPERCHARGER),
    session(6, 1, 6, place=PlaceKind.ELSEWHERE),
]


def test_pace() -> None:
    """What a person says, else what the car forecasts while it charges, else what it did here before."""
    idle = car_with(state="Stopped")

    def pace(vehicle: Vehicle = idle, place: PlaceKind = PlaceKind.HOME, **said: float) -> Pace:
        wishes: dict[str, float | None] = {"power_w": None, "capacity_wh": None, **said}
        return pace_of(vehicle, PAST, place, **wishes)

    known = pace()
    assert [known.power_w, known.capacity_wh, known.efficiency] == pytest.approx([10_000, 80_000, 0.8])
    assert known.known_from is PaceFrom.SESSIONS
    assert known.duration(25) == 2 * HOUR
    assert [known.battery_wh(25), known.wall_wh(25)] == pytest.approx([20_000, 25_000])
    assert known.wall_wh(-3) == 0
    assert pace(place=PlaceKind.ELSEWHERE).power_w == 6_000
    given = pace(power_w=11_000, capacity_wh=50_000)
    assert [given.power_w, given.capacity_wh] == pytest.approx([8_800, 50_000])
    assert given.known_from is PaceFrom.GIVEN
    charge = {
        "charging_state": "Charging",
        "battery_level": 50,
        "charge_limit_soc": 90,
        "minutes_to_full_charge": 240,
        "charger_voltage": 230,
        "charger_actual_current": 16,
        "charger_power": 11,
        "charger_phases": 3,
    }
    charging = parse(Vehicle, {"charge_state": charge})
    assert pace(charging).power_w == pytest.approx(8_000)
    assert pace(charging).known_from is PaceFrom.CAR
    fresh = pace_of(charging, [], PlaceKind.HOME, power_w=None, capacity_wh=None)
    assert fresh.capacity_wh == pytest.approx(11_040 * 0.9 * 4 / 0.4)
    # Something is missing, or makes no sense.
    for changes in ({"charge_limit_soc": 50}, {"minutes_to_full_charge": 0}, {"minutes_to_full_charge": 3}):
        strange = parse(Vehicle, {"charge_state": {**charge, **changes}})
        with pytest.raises(PaceUnknown, match="plan_power_unknown"):
            pace_of(strange, [], PlaceKind.HOME, power_w=None, capacity_wh=None)
    with pytest.raises(PaceUnknown, match="plan_capacity_unknown"):
        pace_of(idle, [], PlaceKind.HOME, power_w=5000, capacity_wh=None)


# Prices

DAY = date(2026, 6, 10)
BERLIN = ZoneInfo("Europe/Berlin")


def times(*, key: str = "start", price: str = "price", **more: Any) -> list[dict[str, Any]]:
    """Return two prices by the hour from noon in UTC on, as an integration may have them."""
    return [
        {key: (NOON + number * HOUR).astimezone(BERLIN).isoformat(), price: number + 1, **more} for number in range(2)
    ]


SHAPES: dict[str, tuple[dict[str, Any], str | None]] = {
    "nordpool": ({"raw_today": times(price="value"), "raw_tomorrow": []}, "EUR/kWh"),
    "nordpool, as its action answers": ({"SE3": times(), "note": "x"}, None),
    "nordpool, by area": ({"areas": {"SE3": times()}}, None),
    "tibber": ({"today": times(key="startsAt", price="total"), "tomorrow": []}, "EUR/kWh"),
    "tibber, as its action answers": ({"prices": {"Home": times(key="start_time")}}, None),
    "octopus": ({"rates": times(price="value_inc_vat", end="2026-06-10T23:00:00+00:00")}, "EUR/kWh"),
    "energyzero": ({"prices": times(key="timestamp")}, None),
    "entsoe": ({"prices": times(key="time")}, "EUR/kWh"),
    "epex": ({"data": times(key="start_time", price="price_per_kwh")}, "€/kWh"),
    "by time": ({"prices": {(NOON + number * HOUR).isoformat(): number + 1 for number in range(2)}}, None),
    "under any name": ({"icon": "mdi:cash", "unit": ["a"], "strompreise": times()}, None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_prices(name: str) -> None:
    """Whatever it is called and wherever it stands."""
    attributes, unit = SHAPES[name]
    steps, currency = read_price_steps(attributes, unit, BERLIN, DAY)
    assert [(step.start, step.price) for step in steps] == [(NOON, Decimal(1)), (NOON + HOUR, Decimal(2))]
    assert currency == ("EUR" if unit else None)


def test_a_list_of_numbers() -> None:
    """Numbers share the day evenly, also one of 23 hours; and cents are made a currency."""
    steps, currency = read_price_steps({"today": list(range(23))}, "ct/kWh", BERLIN, date(2026, 3, 29))
    assert [step.end - step.start for step in steps] == [HOUR] * 23
    assert (steps[5].price, currency) == (Decimal("0.05"), "EUR")


@pytest.mark.parametrize(
    "attributes", [{}, {"prices": []}, {"a": {"b": "c"}}, {"x": [{"y": 1}]}, {"prices": {"a": "b"}}]
)
def test_no_prices(attributes: dict[str, Any]) -> None:
    """What has no prices is told, whatever it has instead."""
    with pytest.raises(TariffFlaw):
        read_price_steps(attributes, None, BERLIN, DAY)


def test_prices_of_a_tariff() -> None:
    """The tariff of a site, by its clock."""
    rates = {"rates": {"ON_PEAK": 0.4, "OFF_PEAK": 0.2}}
    periods = {
        "ON_PEAK": {"periods": [{"toDayOfWeek": 6, "fromHour": 14, "toHour": 16}]},
        "OFF_PEAK": {"periods": [{"toDayOfWeek": 6, "fromHour": 16, "toHour": 14}]},
    }
    season = {"fromMonth": 1, "fromDay": 1, "toMonth": 12, "toDay": 31, "tou_periods": periods}
    tariff = read_tariff({"energy_charges": {"All year": rates}, "seasons": {"All year": season}})
    assert tariff is not None and tariff.buy is not None
    steps = tariff_steps(tariff.buy, BERLIN, NOON, NOON + 3 * HOUR)
    assert [(step.start, step.price) for step in steps][:2] == [
        (NOON, Decimal("0.4")),
        (NOON + 2 * HOUR, Decimal("0.2")),
    ]
