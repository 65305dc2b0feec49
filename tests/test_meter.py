"""The count of a Wall Connector: the energy under its power, never less, and nothing where nobody looked."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.energy.meter import LONGEST_GAP, count_all, counted
from custom_components.tesla_charging.fleet.models import parse
from custom_components.tesla_charging.fleet.models.site import ConnectorMeter, LiveStatus

START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)


def after(reads: list[tuple[float, float | None]], meter: ConnectorMeter | None = None) -> ConnectorMeter:
    """Return a meter after reads: seconds and power."""
    meter = meter or ConnectorMeter(din="D")
    for seconds, power_w in reads:
        meter = counted(meter, power_w, START + timedelta(seconds=seconds))
    return meter


@pytest.mark.parametrize(
    ("reads", "energy_wh", "unread_s"),
    [
        ([(0, 11_000)], 0, 0),
        ([(0, 6000), (60, 6000)], 100, 0),
        ([(0, 0), (60, 6000)], 50, 0),
        ([(0, 6000), (60, 0), (120, 0)], 50, 0),
        ([(0, 6000), (300, 6000)], 500, 0),
        ([(0, 6000), (331, 6000)], 0, 331),
        ([(0, 6000), (3600, 6000), (3660, 6000)], 100, 3600),
        ([(0, 6000), (60, None), (120, 6000)], 200, 0),
        ([(0, 6000), (60, None), (400, 6000)], 0, 400),
        ([(0, 6000), (60, 6000), (30, 6000), (120, 6000)], 200, 0),
        ([(0, -6000), (60, -6000)], 0, 0),
        ([(0, 6000), (60, 1e7), (120, 6000)], 200, 0),
    ],
)
def test_counted(reads: list[tuple[float, float | None]], energy_wh: float, unread_s: float) -> None:
    """The trapezoid counts between reads that are near; a gap is noted; what is no power was not read."""
    meter = after(reads)
    assert meter.energy_wh == pytest.approx(energy_wh)
    assert meter.unread_s == unread_s


@given(
    st.lists(st.tuples(st.integers(1, 400), st.none() | st.floats(-1e5, 1e5, allow_nan=False)), min_size=2, max_size=30)
)
def test_never_less(steps: list[tuple[int, float | None]]) -> None:
    """It never runs backwards, and all time is either counted or noted, from the first power to the last."""
    meters, seconds = [ConnectorMeter(din="D")], 0
    for step, power_w in steps:
        seconds += step
        meters.append(after([(seconds, power_w)], meters[-1]))
    for before, now in pairwise(meters):
        assert (now.energy_wh or 0) >= (before.energy_wh or 0)
        assert (now.unread_s or 0) >= (before.unread_s or 0)
    assert (meters[-1].energy_wh or 0) <= 50_000 * seconds / 3600 + 1e-6


def test_gap_that_still_counts() -> None:
    """Five minutes count, with what a read takes."""
    assert timedelta(minutes=5) < LONGEST_GAP < timedelta(minutes=6)


def read(*connectors: dict[str, Any]) -> LiveStatus:
    """Return one answer, read alone."""
    return parse(LiveStatus, {"wall_connectors": list(connectors)})


def test_each_on_its_own() -> None:
    """Each Wall Connector has a count; one that is left out keeps it, and the power it had before is not counted on."""
    first = {"din": "A", "wall_connector_power": 6000}
    second = {"din": "B", "wall_connector_power": 3000}
    meters = count_all((), read(first, second), START)
    meters = count_all(meters, read(first), START + timedelta(seconds=60))
    meters = count_all(meters, read(first, {"din": "B"}), START + timedelta(seconds=120))
    meters = count_all(meters, read(first), START + timedelta(seconds=180))
    counts = {meter.din: (meter.energy_wh, meter.unread_s) for meter in meters}
    assert counts == {"A": (pytest.approx(300), 0), "B": (0, 0)}
    meters = count_all(meters, read(second), START + timedelta(seconds=600))
    assert {meter.din: meter.unread_s for meter in meters} == {"A": 0, "B": 600}


def test_null_is_no_read() -> None:
    """A null list changes no count."""
    meters = count_all((), read({"din": "A", "wall_connector_power": 6000}), START)
    assert count_all(meters, parse(LiveStatus, {"wall_connectors": None}), START + timedelta(seconds=60)) == meters
