"""The rules by which sessions are made, one by one: counters, flows, the history of the wall, and what is on disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging import lines
from custom_components.tesla_charging.charging.book import Book, merged
from custom_components.tesla_charging.charging.counter import Link, link, start_of
from custom_components.tesla_charging.charging.engine import Engine
from custom_components.tesla_charging.charging.flow import evenly, joined, shaped, sloping
from custom_components.tesla_charging.charging.learned import learn
from custom_components.tesla_charging.charging.seen import Connector, Seen, see, see_connector
from custom_components.tesla_charging.charging.session import Basis, Cost, Energy, Place, Session, Source
from custom_components.tesla_charging.charging.wall_history import by_history
from custom_components.tesla_charging.energy.spread import Stretch, energy_by_hour
from custom_components.tesla_charging.fleet.models import EnergySite, Vehicle, parse

T = datetime(2026, 6, 10, 10, tzinfo=UTC)
AT = T.timestamp()
PACK = 75_000.0
HOUR = 3600.0


def seen(hours: float = 0.0, added: float | None = 0.0, **more: Any) -> Seen:
    """Return a read of a car with its cable in."""
    return Seen(at=AT + hours * HOUR, **{"plugged": True, "added_wh": added, **more})


CHARGING: dict[str, Any] = {"charging": True, "power_w": 11_000.0}
LINKS: list[tuple[str, float | None, Seen, Seen, bool, Link]] = [
    ("more", 5000, seen(0, 5000), seen(1, 6000), False, Link.SAME),
    ("wobble", 5000, seen(0, 5000), seen(1, 4860), False, Link.SAME),
    ("driven", 5000, seen(0, 5000, odometer_mi=10), seen(1, 6000, odometer_mi=12), False, Link.REPLUGGED),
    ("began again", 5000, seen(0, 5000), seen(1, 0), False, Link.REPLUGGED),
    ("began again and charged", 5000, seen(0, 5000), seen(1, 2000, **CHARGING), False, Link.REPLUGGED),
    ("began again on a watched cable", 5000, seen(0, 5000), seen(1, 0), True, Link.ANEW),
    ("fell by the sentry", 5000, seen(0, 5000, level=60), seen(24, 4500, level=59), False, Link.FELL),
    ("fell too fast to be charged", 20_000, seen(0, 20_000), seen(0.1, 15_000, **CHARGING), False, Link.FELL),
    ("another battery level", 9000, seen(0, 9000, level=50), seen(5, 8000, level=61), False, Link.REPLUGGED),
    ("no counter", 5000, seen(0, 5000), seen(1, None), False, Link.SAME),
    ("no counter before", None, seen(0, None), seen(1, 10), False, Link.SAME),
    (
        "from AC to DC",
        5000,
        seen(0, 5000, **CHARGING),
        seen(1, 9000, direct_current=True, **CHARGING),
        False,
        Link.REPLUGGED,
    ),
]


@pytest.mark.parametrize(("name", "high", "before", "now", "watched", "expected"), LINKS, ids=[one[0] for one in LINKS])
def test_link(name: str, high: float | None, before: Seen, now: Seen, watched: bool, expected: Link) -> None:
    """Whether two reads belong to one plug-in."""
    assert link(high, before, now, PACK, watched=watched) is expected


UNPLUGGED = seen(0, 9000, plugged=False, level=60)
STARTS: list[tuple[str, float | None, Seen | None, Seen, float]] = [
    ("nothing known", None, None, seen(1, 4000), 0),
    ("cleared", 9000, UNPLUGGED, seen(1, 0), 0),
    ("began again", 9000, UNPLUGGED, seen(1, 4000, **CHARGING), 0),
    ("still of the last charge", 9000, UNPLUGGED, seen(1, 9000, level=60), 9000),
    ("as much again, as the level tells", 9000, UNPLUGGED, seen(5, 9000, level=72), 0),
    ("cannot have come in this time", 9000, UNPLUGGED, seen(0.1, 9500, **CHARGING), 9000),
    ("goes on", 5000, seen(0, 5000, plugged=False), seen(0.5, 10_060, **CHARGING), 5000),
    ("a little, and the same", 40, seen(0, 40, plugged=False), seen(1, 40), 40),
    ("a little, and another", 40, seen(0, 40, plugged=False), seen(1, 50), 0),
]


@pytest.mark.parametrize(("name", "high", "before", "now", "expected"), STARTS, ids=[one[0] for one in STARTS])
def test_start_of(name: str, high: float | None, before: Seen | None, now: Seen, expected: float) -> None:
    """Where the counter stood at a plug-in: what it still shows of the last one is not counted again."""
    assert start_of(high, before, now, PACK) == expected


def engine_of(*reads: Seen) -> Engine:
    """Return an engine that has seen it all."""
    engine = Engine("VIN")
    for one in reads:
        engine.saw(one)
    return engine


def test_a_stale_counter_is_not_counted_twice() -> None:
    """A car that keeps its counter until the next charge begins: 9 kWh, and then 4 kWh."""
    engine = engine_of(
        seen(0, 0, plugged=False),
        seen(0.1, 500, **CHARGING),
        seen(1, 9000, finished=True),
        seen(2, 9000, plugged=False),
        seen(3, 9000),
        seen(4, 9000),
        seen(5, 1000, **CHARGING),
        seen(6, 4000, finished=True),
        seen(7, 4000, plugged=False),
    )
    found, _ = engine.taken()
    assert sum(one.added.wh for one in found) == pytest.approx(13_000)


def test_a_cable_that_flaps() -> None:
    """A car that says for a moment that its cable is out has one session."""
    engine = engine_of(
        seen(0, 0, plugged=False, odometer_mi=5),
        seen(0.1, 500, odometer_mi=5, **CHARGING),
        seen(1, 9500, odometer_mi=5, **CHARGING),
        seen(1.05, 10_000, plugged=False, odometer_mi=5),
        seen(1.1, 10_500, odometer_mi=5, **CHARGING),
        seen(2, 19_400, odometer_mi=5, **CHARGING),
    )
    (session,), news = engine.taken()
    assert session.open
    assert session.added.wh == pytest.approx(19_400)
    assert [str(one.what) for one in news].count("started") == 1


def test_preconditioning_on_the_cable() -> None:
    """What warms the car comes through the wall, and not into the battery."""
    engine = engine_of(seen(0, 0, plugged=False), seen(0.01, 0, finished=True))
    for minute in range(1, 31):
        at = AT + minute * 60
        engine.saw_connector(Connector(at=at, din="D", plugged=True, power_w=3000.0 if minute > 5 else 0.0))
    engine.saw(seen(0.5, 0, finished=True))
    engine.saw(seen(0.6, 0, plugged=False))
    session = engine.taken()[0][-1]
    assert session.added.wh == 0
    assert session.used.wh == pytest.approx(3000 * 24.5 / 60, rel=0.1)
    assert session.used.source is Source.WALL_CONNECTOR


def test_only_the_wall_connector_saw_it() -> None:
    """A session that no read of the car has seen: its energy follows from the wall, and says that it is an estimate."""
    engine = engine_of(seen(0, 0, plugged=False))
    for minute in range(1, 70):
        plugged = 5 <= minute < 65
        power = 11_000.0 if plugged else 0.0
        engine.saw_connector(Connector(at=AT + minute * 60, din="D", plugged=plugged, power_w=power))
        engine.tick(AT + minute * 60)
    engine.tick(AT + 2 * HOUR)
    found, news = engine.taken()
    assert found[-1].added.wh == pytest.approx(9900, rel=0.02)
    assert (found[-1].added.source, found[-1].added.estimated) == (Source.EFFICIENCY, True)
    assert found[-1].place is Place.HOME
    assert [str(one.what) for one in news] == ["plugged_in", "unplugged", "session_closed"]


def test_a_charge_that_nobody_saw() -> None:
    """What a car without a cable shows of a charge since it was read is in the log; where only its level tells, as an estimate."""
    before = seen(0, 3000, plugged=False, odometer_mi=10, level=40)
    (session,), _ = engine_of(before, seen(8, 20_000, plugged=False, odometer_mi=60, level=60)).taken()
    assert session.added == Energy(wh=20_000, source=Source.CAR)
    assert before.at < session.plugged_at.timestamp() < AT + 8 * HOUR
    (session,), _ = engine_of(before, seen(8, 0, plugged=False, odometer_mi=60, level=60)).taken()
    assert session.added.wh == pytest.approx(15_000)
    assert (session.added.source, session.added.estimated) == (Source.LEVEL, True)
    assert engine_of(before, seen(8, 3100, plugged=False, odometer_mi=60, level=38)).taken() == ([], [])
    assert engine_of(before, seen(8, 0, plugged=False, odometer_mi=60, level=45)).taken() == ([], [])


def test_what_is_first_seen() -> None:
    """A session found at the first read is taken with what it has; one that rests may be older, and says so."""
    (session,), _ = engine_of(seen(0, 5000, **CHARGING)).taken()
    assert (session.added.wh, session.added.estimated) == (5000, False)
    assert session.plugged_at < T
    (session,), _ = engine_of(seen(0, 5000, finished=True)).taken()
    assert (session.added.wh, session.added.estimated) == (5000, True)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900), st.floats(0, 5000)), max_size=150))
@settings(max_examples=60, deadline=None)
def test_flows_lose_nothing(pieces: list[tuple[int, int, float]]) -> None:
    """However many stretches there are: few are kept, with all their energy, in their hours."""
    flow: tuple[Stretch, ...] = ()
    pure: list[Stretch] = []
    at = int(AT)
    for gap, seconds, energy in pieces:
        pure.append(Stretch(at + gap, seconds, energy))
        flow = joined(flow, pure[-1:])
        at += gap + seconds
    assert len(flow) <= 240
    assert sum(one.energy_wh for one in flow) == pytest.approx(sum(one.energy_wh for one in pure))
    assert all(one.start + one.seconds <= other.start + 1 for one, other in pairwise(flow))
    true, found = energy_by_hour(pure), energy_by_hour(flow)
    wrong = sum(abs(true.get(hour, 0) - found.get(hour, 0)) for hour in true.keys() | found.keys()) / 2
    assert wrong <= 0.02 * sum(true.values()) + 0.05


def test_a_flow_is_bounded() -> None:
    """A year on a cable with a trembling power does not grow without end."""
    flow: tuple[Stretch, ...] = ()
    for number in range(5000):
        flow = joined(flow, (Stretch(int(AT) + number * 300, 300, 200.0 + number % 7 * 100),))
    assert len(flow) <= 5000 / 12 + 241
    assert sum(one.energy_wh for one in flow) == pytest.approx(sum(200.0 + number % 7 * 100 for number in range(5000)))


def test_shapes() -> None:
    """An energy in the shape of another, evenly, and getting slower."""
    assert evenly(0, AT, AT + 60) == shaped(5, ()) == ()
    assert [one.energy_wh for one in shaped(10, (Stretch(0, 60, 1), Stretch(60, 60, 4)))] == [2, 8]
    slope = sloping(1000, AT, AT + 1200, 100_000, 20_000)
    assert sum(one.energy_wh for one in slope) == pytest.approx(1000)
    assert slope[0].energy_wh > 2 * slope[-1].energy_wh
    assert sloping(1000, AT, AT + 60, 0, 0) == evenly(1000, AT, AT + 60)


def session_of(day: int = 0, **more: Any) -> Session:
    """Return a session at home, eight hours long."""
    begin = T + timedelta(days=day)
    known: dict[str, Any] = {
        "id": f"s{day}",
        "vin": "VIN",
        "plugged_at": begin,
        "unplugged_at": begin + timedelta(hours=8),
        "added": Energy(wh=9000, source=Source.CAR),
        "used": Energy(wh=10_000, source=Source.EFFICIENCY, estimated=True),
        "soc_start": 50.0,
        "soc_end": 62.0,
        "place": Place.HOME,
    }
    return Session(**{**known, **more})


CHARGE = Stretch(int(AT) + 60, 3600, 10_100)
HISTORIES: list[tuple[str, Session, list[Stretch], list[Session], int, float | None]] = [
    ("one connector", session_of(), [CHARGE], [], 1, 10_100),
    ("two charges", session_of(), [replace(CHARGE, energy_wh=6000), Stretch(int(AT) + 7200, 60, 4000)], [], 1, 10_000),
    ("two connectors, and it fits", session_of(), [CHARGE], [], 2, 10_100),
    ("two connectors, and it does not", session_of(), [replace(CHARGE, energy_wh=13_000)], [], 2, None),
    ("another car at the time", session_of(), [replace(CHARGE, energy_wh=13_000)], [session_of(id="x")], 1, None),
    ("too little", session_of(), [replace(CHARGE, energy_wh=4000)], [], 1, None),
    ("another day", session_of(), [replace(CHARGE, start=int(AT) + 86_400)], [], 1, None),
    ("elsewhere", session_of(place=Place.ELSEWHERE), [CHARGE], [], 1, None),
    ("not over", session_of(unplugged_at=None), [CHARGE], [], 1, None),
    ("billed", session_of(used=Energy(wh=10_000, source=Source.INVOICE)), [CHARGE], [], 1, None),
    ("known", session_of(used=Energy(wh=10_100, source=Source.WALL_HISTORY)), [CHARGE], [], 1, None),
]


@pytest.mark.parametrize(
    ("name", "session", "charges", "others", "connectors", "expected"), HISTORIES, ids=[one[0] for one in HISTORIES]
)
def test_wall_history(
    name: str, session: Session, charges: list[Stretch], others: list[Session], connectors: int, expected: float | None
) -> None:
    """The history of the wall is taken where it can only mean this session."""
    better = by_history(session, charges, [session, *others], connectors=connectors)
    if expected is None:
        assert better is session
    else:
        assert better.used == Energy(wh=expected, source=Source.WALL_HISTORY)


def test_book() -> None:
    """Sessions stand by their beginning, sums are at hand, and what was shown does not fall."""
    book = Book()
    cost = Cost(amount=Decimal("3.50"), currency="EUR", basis=Basis.NUMBER)
    for day in (5, 1, 3):
        book.put(session_of(day, cost=cost))
    assert [one.id for one in book.between()] == ["s1", "s3", "s5"]
    assert [one.id for one in book.between(T + timedelta(days=3, hours=1), T + timedelta(days=5))] == ["s3"]
    assert book.totals().cost == {(Place.HOME, "EUR"): Decimal("10.50")}
    book.put(session_of(6, plugged_at=T), settled=False)
    assert book.latest is book.get("s5")
    assert book.totals().added_wh[Place.HOME] == 27_000
    book.put(session_of(6, plugged_at=T))
    assert [one.id for one in book.unsettled] == ["s6"]
    book.put(session_of(6, plugged_at=T + timedelta(days=6)), settled=True)
    assert book.latest is book.get("s6")
    assert book.totals().added_wh[Place.HOME] == 36_000
    book.put(session_of(5, added=Energy(wh=1000, source=Source.CAR)))
    assert book.totals().added_wh[Place.HOME] == 36_000
    assert book.totals().cost == {(Place.HOME, "EUR"): Decimal("7.00")}
    assert len(book) == 4


def test_merged() -> None:
    """What others have found out stays when the car tells more."""
    cost = Cost(amount=Decimal(1), currency="EUR", basis=Basis.NUMBER)
    billed = session_of(place=Place.SUPERCHARGER, cost=cost, used=Energy(wh=9500, source=Source.INVOICE))
    after = merged(billed, session_of(place=Place.ELSEWHERE, soc_end=70.0))
    assert after == replace(billed, soc_end=70.0)
    assert merged(None, billed) is billed


def test_learned() -> None:
    """What was measured teaches; what was estimated does not."""
    measured = session_of(used=Energy(wh=10_344.8, source=Source.WALL_CONNECTOR))
    taught = learn([measured, session_of()])
    assert taught.ac == pytest.approx(0.87, abs=0.001)
    assert taught.dc == 0.96
    assert taught.pack_wh == pytest.approx(75_000)
    assert learn([session_of(soc_start=None)] * 30).ac == 0.90


def test_lines_outlive_damage() -> None:
    """Of each session the last sound record counts; what is damaged is counted, and harms nothing else."""
    engine = engine_of(seen(0, 0, plugged=False), seen(0.1, 500, **CHARGING))
    first, second = session_of(1), session_of(2)
    text = lines.whole([first, second], {"VIN": engine.to_json()}, {"VIN": Book().totals()})
    better = replace(first, revision=1)
    reading = lines.read(text + lines.line([better]))
    assert (reading.sessions, reading.lost, reading.ended) == ([better, second], 0, True)
    assert reading.engines["VIN"].to_json() == json.loads(json.dumps(engine.to_json()))
    broken = json.loads(lines.line([replace(first, revision=2)]))
    broken["sessions"][0]["added"] = "?"
    for damage in (
        "{",
        "5",
        "null",
        '{"sessions":[1]}',
        '{"engines":{"VIN":{}}}',
        '{"totals":{"VIN":[]}}',
        json.dumps(broken),
    ):
        reading = lines.read(f"{text}{lines.line([better])}{damage}\n")
        assert (reading.sessions, reading.lost) == ([better, second], 1), damage
    assert not lines.read(text + '{"sess').ended


@pytest.mark.parametrize("cut", range(1, 6))
def test_an_engine_outlives_the_process(cut: int) -> None:
    """Whenever it is written and read again, what comes of it is the same."""
    steps: list[Seen | Connector | float] = [
        seen(0, 0, plugged=False),
        Connector(at=AT + 60, din="D", plugged=True, power_w=11_000.0),
        seen(0.1, 500, minutes_left=50, **CHARGING),
        Connector(at=AT + 420, din="D", plugged=True, power_w=11_000.0),
        AT + HOUR,
        seen(2, 9000, finished=True),
        seen(3, 9000, plugged=False),
    ]

    def run(at: int | None) -> list[Session]:
        engine, found = Engine("VIN"), dict[str, Session]()
        for number, step in enumerate(steps):
            if number == at:
                engine = Engine.from_json("VIN", json.loads(json.dumps(engine.to_json())))
            if isinstance(step, Seen):
                engine.saw(step)
            elif isinstance(step, Connector):
                engine.saw_connector(step)
            else:
                engine.slept(step)
            found |= {one.id: one for one in engine.taken()[0]}
        return [*found.values()]

    assert run(cut) == run(None)
    assert len(run(None)) == 1


def test_what_is_seen() -> None:
    """Damaged values are none, a clock that is ahead does not count, and a car that drives has no cable."""
    charge = {"charging_state": "Charging", "charge_energy_added": 5000.0, "timestamp": 1e13}
    vehicle = parse(Vehicle, {"charge_state": charge, "read_at": AT})
    found = see(vehicle)
    assert found is not None
    assert (found.at, found.added_wh, found.plugged) == (AT, None, True)
    assert Seen.from_json(found.to_json()) == found
    for damaged in ([], ["x"] * 15, [None] * 15):
        with pytest.raises(ValueError):
            Seen.from_json(damaged)
    driving = parse(Vehicle, {"drive_state": {"shift_state": "D"}}, vehicle)
    assert not see(driving).plugged  # type: ignore[union-attr]
    assert see(Vehicle(read_at=T)) is None


def test_what_a_connector_shows() -> None:
    """It names the car, or is free, or has another car on it; one that names nobody tells nothing."""

    def look(**one: Any) -> Connector | None:
        data = {"live_status": {"wall_connectors": [{"din": "D", **one}]}, "live_read_at": AT}
        return see_connector([EnergySite(), parse(EnergySite, data)], "VIN", "D")

    assert look(vin="VIN", wall_connector_state=1, wall_connector_power=7000.0) == Connector(
        at=AT, din="D", plugged=True, power_w=7000.0
    )
    assert look(wall_connector_state=2).plugged is False  # type: ignore[union-attr]
    assert look(vin="OTHER", wall_connector_state=1).plugged is False  # type: ignore[union-attr]
    assert look(wall_connector_state=4).plugged is None  # type: ignore[union-attr]
    assert see_connector([EnergySite()], "VIN", "D") is None
