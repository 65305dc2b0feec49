"""When a value is worth a command: as a table, and for any series of calls."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.charging.pacing import Pace

type Calls = list[tuple[float, int]]


def run(calls: Calls, start: int = 16) -> list[tuple[float, int]]:
    """Play calls, (seconds, value), as the queue does; return the commands, (seconds, value)."""
    pace, sent, value = Pace(), list[tuple[float, int]](), start
    wanted: int | None = None
    waiting = list(calls)
    now = 0.0
    while waiting or wanted is not None:
        due = None if wanted is None else now + pace.wait(now, rises=wanted > value)
        if waiting and (due is None or waiting[0][0] <= due):
            now, wanted = waiting.pop(0)
            pace.ask(now)
        elif due is not None and due <= now:
            if wanted != value:
                assert wanted is not None
                sent.append((now, wanted))
                pace.send(now)
                value = wanted
            wanted = None
        elif due is not None:
            now = due
    return sent


TABLE: dict[str, tuple[Calls, list[tuple[float, int]]]] = {
    "one": ([(0, 10)], [(0, 10)]),
    "equal": ([(0, 16), (9, 16)], []),
    "a person who thinks twice": ([(0, 10), (3, 12)], [(0, 10), (20, 12)]),
    "down twice within seconds": ([(0, 10), (3, 8)], [(0, 10), (5, 8)]),
    "down is not held up": ([(0, 14), (10, 10), (20, 6)], [(0, 14), (10, 10), (20, 6)]),
    "up waits": ([(0, 6), (10, 8)], [(0, 6), (20, 8)]),
    "down overtakes the up that waits": ([(0, 10), (6, 12), (12, 8)], [(0, 10), (12, 8)]),
    "back to what it is costs nothing": ([(0, 10), (6, 12), (12, 10)], [(0, 10)]),
    "slow steps up": ([(0, 6), (30, 8), (60, 10)], [(0, 6), (30, 8), (60, 10)]),
}


@pytest.mark.parametrize("name", TABLE)
def test_table(name: str) -> None:
    """What is sent, and when."""
    calls, commands = TABLE[name]
    assert run(calls) == commands


@pytest.mark.parametrize("values", [range(100), range(100, 0, -1), [6, 16] * 50, [16, 6] * 50, [6, 6, 7, 5] * 25])
def test_a_hundred_in_a_minute(values: list[int]) -> None:
    """Three commands, the last of them with the last value, at most a few seconds after the minute."""
    sent = run([(number * 0.6, value) for number, value in enumerate(values)], start=-1)
    assert 1 <= len(sent) <= 3
    assert sent[-1][1] == values[-1]
    assert sent[-1][0] <= 62


@given(
    st.lists(st.tuples(st.floats(min_value=0.01, max_value=4.9), st.integers(min_value=1, max_value=48)), min_size=2)
)
def test_any_flood(steps: list[tuple[float, int]]) -> None:
    """Whoever calls more often than every five seconds gets two commands a minute, the last value and never an old one."""
    calls, now = list[tuple[float, int]](), 0.0
    for pause, value in steps:
        now += pause
        calls.append((now, value))
    sent = run(calls, start=0)
    times = [at for at, _ in sent]
    assert all(later - earlier >= 60 - 1e-6 for earlier, later in zip(times, times[2:], strict=False))
    assert (sent[-1][1] if sent else 0) == calls[-1][1]
    assert (times[-1] if times else 0) <= now + 60


@given(st.lists(st.tuples(st.floats(min_value=0.01, max_value=90), st.integers(min_value=1, max_value=48)), min_size=2))
def test_any_caller(steps: list[tuple[float, int]]) -> None:
    """The last value arrives within a minute, and a step up comes twenty seconds after the command before it."""
    calls, now = list[tuple[float, int]](), 0.0
    for pause, value in steps:
        now += pause
        calls.append((now, value))
    sent = run(calls, start=0)
    assert (sent[-1][1] if sent else 0) == calls[-1][1]
    assert (sent[-1][0] if sent else 0) <= now + 60
    for (earlier, before), (later, value) in pairwise(sent):
        assert value < before or later - earlier >= 20 - 1e-6
