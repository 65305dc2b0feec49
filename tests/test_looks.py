"""When bills are asked for: in an hour, in a day, daily for a week, and never more than ten requests."""

import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.looks import (
    LOOKS_S,
    MOST_REQUESTS,
    Stop,
    from_json,
    stop_known,
    stops_from_json,
    to_json,
)

HOUR = 3600.0
END = 1_780_000_000.0


def test_schedule() -> None:
    """The looks are at 1 h, 24 h, and then daily for a week."""
    assert [look / HOUR for look in LOOKS_S] == [1, 24, 48, 72, 96, 120, 144, 168, 192]
    stop = Stop()
    asked = []
    while (at := stop.due_at(END)) is not None:
        asked.append((at - END) / HOUR)
        stop.requests += 1
        stop.looked(END, at)
    assert asked == [1, 24, 48, 72, 96, 120, 144, 168, 192]
    assert stop.requests == 9


def test_away() -> None:
    """Who was away asks once for all the looks that were due."""
    stop = Stop()
    stop.looked(END, END + 75 * HOUR)
    assert stop.due_at(END) == END + 96 * HOUR
    assert stop_known(END, END + 75 * HOUR, billed=False).due_at(END) == END + HOUR
    assert stop_known(END, END + 75 * HOUR, billed=True).due_at(END) == END + 96 * HOUR


def test_failures() -> None:
    """A look that fails is tried again, at longer and longer intervals, and given up in time for the next one."""
    stop, now = Stop(), END + HOUR
    waits = []
    for _ in range(2):
        stop.requests += 1
        stop.failed(END, now)
        waits.append((stop.due_at(END) or 0) - now)
        now += waits[-1]
    assert waits == [900.0, 1800.0]
    stop.requests += 1
    stop.failed(END, now)
    assert stop.due_at(END) == END + 24 * HOUR
    assert stop.left == 1
    stop.failed(END, now + 24 * HOUR, wait_s=2 * HOUR)
    assert stop.due_at(END) == now + 26 * HOUR
    stop.put_off(now + 26 * HOUR, 600)
    assert stop.due_at(END) == now + 26 * HOUR + 600


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["found", "failed", "money"]), st.integers(0, 3)), max_size=60))
def test_never_more_than_ten(course: list[tuple[str, int]]) -> None:
    """Whatever happens, ten requests are not exceeded, and each later look comes later."""
    stop, now = Stop(), END
    for what, requests in course:
        at = stop.due_at(END)
        if at is None:
            break
        assert at >= now or what
        now = max(now, at)
        stop.requests += min(requests, stop.left)
        if what == "found":
            stop.looked(END, now)
        elif what == "failed":
            stop.failed(END, now)
        else:
            stop.put_off(now, 900)
        assert stop.requests <= MOST_REQUESTS
        following = stop.due_at(END)
        assert following is None or following > now
        assert from_json(json.loads(json.dumps(to_json(stop)))) == stop


@pytest.mark.parametrize("data", [None, [], "x", {"a": None, "b": [1], "c": ["x", 1, 2, 3], "d": {}}])
def test_damaged(data: Any) -> None:
    """What cannot be read is left out."""
    assert stops_from_json(data) == {}
    if isinstance(data, dict):
        assert stops_from_json({**data, "good": [1, 2, 0, 5.0]}) == {"good": Stop(1, 2, 0, 5.0)}


def test_one_is_kept() -> None:
    """The tenth request is for one that has to be put once more only."""
    assert Stop(looks=7, requests=8).left == 1
    assert Stop(looks=7, requests=9).due_at(END) is None


def test_dear_looks() -> None:
    """Where each try costs two requests, some looks go without, and the last ones still come."""
    stop, now, looks = Stop(), END, list[float]()
    while (at := stop.due_at(END)) is not None:
        now = max(now, at)
        looks.append(round((now - END) / HOUR, 2))
        stop.requests += 2
        stop.looked(END, now)
    assert looks == [1, 24, 48, 96, 144]
    assert stop.requests == MOST_REQUESTS
