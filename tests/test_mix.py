"""Where the energy of a charge came from: both rules, and the slots in which it flowed."""

from datetime import UTC, date, datetime, timedelta
import math
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.mix import Rule, Supply, share, stacked, supplies, supply_of, wall_slots
from custom_components.tesla_charging.charging.session import Energy, Run, Session, Source
from custom_components.tesla_charging.energy.flows import flows_in
from custom_components.tesla_charging.energy.history import Rows, read_rows
from custom_components.tesla_charging.energy.spread import Stretch

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
AT = int(NOON.timestamp())
energies = st.floats(0, 5000, allow_nan=False, allow_infinity=False).map(lambda wh: round(wh, 1))


def session(**fields: Any) -> Session:
    """Return a session of two hours."""
    known: dict[str, Any] = {"id": "a", "vin": "V", "plugged_at": NOON, "unplugged_at": NOON + timedelta(hours=2)}
    return Session(**(known | fields))


def wall(wh: float) -> Energy:
    """Return an energy at the wall."""
    return Energy(wh=wh, source=Source.WALL_CONNECTOR)


@pytest.mark.parametrize(
    ("rule", "supply", "car", "others", "wanted"),
    [
        # The house takes 300 of the sun; the car gets the rest, then the battery, then the grid.
        (Rule.HOUSE_FIRST, Supply(500, 200, 600), 1000, 0, Supply(200, 200, 600)),
        (Rule.PROPORTIONAL, Supply(500, 200, 600), 650, 0, Supply(250, 100, 300)),
        # Enough sun for both.
        (Rule.HOUSE_FIRST, Supply(1300, 0, 0), 1000, 0, Supply(1000, 0, 0)),
        # The house alone takes all the sun and a part of the battery.
        (Rule.HOUSE_FIRST, Supply(100, 300, 500), 600, 0, Supply(0, 100, 500)),
        # Two cars share what the house leaves.
        (Rule.HOUSE_FIRST, Supply(500, 200, 600), 500, 500, Supply(100, 100, 300)),
        (Rule.PROPORTIONAL, Supply(500, 200, 600), 650, 500, Supply(250, 100, 300)),
        # More than there was: what there was is scaled.
        (Rule.HOUSE_FIRST, Supply(600, 0, 300), 990, 0, Supply(660, 0, 330)),
        # The site tells nothing of it.
        (Rule.HOUSE_FIRST, Supply(), 400, 0, Supply(0, 0, 400)),
        (Rule.HOUSE_FIRST, Supply(500, 0, 0), 0, 200, Supply()),
    ],
)
def test_rules(rule: Rule, supply: Supply, car: float, others: float, wanted: Supply) -> None:
    """Who gets the sun."""
    found = share(rule, supply, car, others)
    assert (found.solar_wh, found.battery_wh, found.grid_wh) == pytest.approx(
        (wanted.solar_wh, wanted.battery_wh, wanted.grid_wh)
    )


@settings(max_examples=150)
@given(rule=st.sampled_from(Rule), solar=energies, battery=energies, grid=energies, car=energies, others=energies)
def test_any_share(rule: Rule, solar: float, battery: float, grid: float, car: float, others: float) -> None:
    """A share is never negative and always all of the car; house first gives no more sun than proportional would leave."""
    supply = Supply(solar, battery, grid)
    found = share(rule, supply, car, others)
    assert found.total == pytest.approx(car, abs=1e-6)
    assert min(found.solar_wh, found.battery_wh, found.grid_wh) >= 0
    if 0 < car + others <= supply.total:
        assert found.solar_wh <= solar + 1e-6 and found.battery_wh <= battery + 1e-6
        house_first, even = (share(one, supply, car, others) for one in (Rule.HOUSE_FIRST, Rule.PROPORTIONAL))
        assert house_first.grid_wh >= even.grid_wh - 1e-6


def test_what_a_row_says() -> None:
    """Parts count, a generator as grid; where only totals are told, the sun feeds the house first."""

    def of(**row: float) -> Supply | None:
        flows = flows_in(row)
        assert flows is not None
        return supply_of(flows)

    assert of(
        consumer_energy_imported_from_solar=3,
        consumer_energy_imported_from_battery=2,
        consumer_energy_imported_from_grid=1,
        consumer_energy_imported_from_generator=4,
        total_home_usage=99,
    ) == Supply(3, 2, 5)
    assert of(total_home_usage=10, total_solar_generation=4, total_battery_discharge=5) == Supply(4, 5, 1)
    assert of(solar_energy_exported=5) is None
    assert stacked(5, -3, 7) == Supply(5, 0, 2)
    assert stacked(-5, 30, 7) == Supply(0, 7, 0)


def test_rows_become_slots() -> None:
    """Rows of a quarter of an hour are cut into three; what is not wholly between two times is left out."""
    zone = ZoneInfo("Europe/Berlin")
    rows = [
        {"timestamp": (NOON + timedelta(minutes=15 * n)).isoformat(), "consumer_energy_imported_from_grid": 300}
        for n in range(8)
    ]
    read = read_rows({"time_series": rows}, date(2026, 6, 10), zone, AT + 86_400)
    assert read.step == 900
    assert supplies(read, AT + 300, AT + 1200) == dict.fromkeys(range(AT + 300, AT + 1200, 300), Supply(0, 0, 100))
    five = Rows(date(2026, 6, 10), {AT: {"grid_to_home": 6.0}, AT + 300: {"solar": 5.0}})
    assert supplies(five, AT, AT + 3600) == {AT: Supply(0, 0, 6)}
    assert supplies(five, AT + 1, AT + 3600) == {}
    assert supplies(five, AT, AT + 299) == {}


def test_slots_of_a_flow() -> None:
    """The energy at the wall is where that at the battery flowed; a stretch without a length is at its time."""
    one = session(
        flow=(Stretch(AT + 150, 300, 600.0), Stretch(AT + 900, 0, 300.0), Stretch(AT + 950, 10, 0.0)), used=wall(1000)
    )
    assert wall_slots(one, AT) == pytest.approx({AT: 1000 / 3, AT + 300: 1000 / 3, AT + 900: 1000 / 3})
    assert wall_slots(session(flow=one.flow, used=wall(0)), AT) == {}


@pytest.mark.parametrize(
    ("fields", "slots"),
    [
        ({"runs": (Run(start=NOON, end=NOON + timedelta(minutes=10)),)}, 2),
        ({"runs": (Run(start=NOON + timedelta(minutes=110)),)}, 2),
        ({}, 24),
        ({"unplugged_at": None}, 12),
        ({"unplugged_at": NOON}, 1),
    ],
)
def test_slots_without_a_flow(fields: dict[str, Any], slots: int) -> None:
    """Where nobody knows how it flowed, it flowed evenly while the car charged, or was plugged in."""
    found = wall_slots(session(used=wall(2400), **fields), AT + 3600)
    assert len(found) == slots
    assert math.fsum(found.values()) == pytest.approx(2400)
    assert max(found.values()) == pytest.approx(min(found.values()))


@settings(max_examples=100)
@given(
    flow=st.lists(
        st.builds(Stretch, st.integers(AT, AT + 50_000), st.integers(0, 20_000), st.floats(0, 30_000)), max_size=12
    ),
    used=st.floats(0, 200_000),
)
def test_nothing_gets_lost(flow: list[Stretch], used: float) -> None:
    """Whatever the flow is, all of the energy at the wall is in slots, at full five minutes, in order."""
    found = wall_slots(session(flow=tuple(flow), used=wall(used)), AT + 90_000)
    if round(used, 3) > 0 and (
        not any(one.energy_wh > 0 for one in flow) or sum(round(one.energy_wh, 3) for one in flow) > 0
    ):
        assert math.fsum(found.values()) == pytest.approx(round(used, 3))
    assert list(found) == sorted(found)
    assert not any(slot % 300 for slot in found)
