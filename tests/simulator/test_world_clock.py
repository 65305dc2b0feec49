"""World time."""

from datetime import UTC, datetime, timedelta

from freezegun import freeze_time
import pytest

from tesla_simulator.world import Clock

START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)


def test_scaled_and_shifted() -> None:
    """Time runs at its speed, and leaps when told to."""
    with freeze_time("2026-01-01") as frozen:
        clock = Clock(10, START)
        frozen.tick(6)
        assert clock.now() == START + timedelta(seconds=60)
        clock.advance(3600)
        assert clock.now() == START + timedelta(seconds=3660)


def test_speed_changes_without_a_jump() -> None:
    """A new speed counts from now on."""
    with freeze_time("2026-01-01") as frozen:
        clock = Clock(10, START)
        frozen.tick(6)
        clock.speed = 0
        assert clock.now() == START + timedelta(seconds=60)
        frozen.tick(100)
        assert clock.now() == START + timedelta(seconds=60)
        clock.speed = 1
        frozen.tick(1)
        assert clock.now() == START + timedelta(seconds=61)


def test_starts_now_and_never_runs_back() -> None:
    """Without a start it is the real time."""
    with freeze_time("2026-01-01"):
        clock = Clock()
        assert clock.speed == 1
        assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
        with pytest.raises(ValueError, match="backwards"):
            clock.advance(-1)
