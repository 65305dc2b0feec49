"""Random lives of a simulated car: what the log makes of late and missing reads is what truly was."""

import pprint

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.charging.session import Place, Session
from tesla_simulator.world.charging import ChargeSession

from .charging_lives import STEP_WH, WOBBLE_WH, Habits, Life

DOING = st.sampled_from(
    ["home", "home", "public", "fast", "unplug", "replug", "drive", "drive", "stop", "start", "wait", "wait", "wait"]
)
TROUBLE = st.sampled_from(["crash", "restart", "outage"])
MINUTES = st.integers(1, 240)
HABITS = st.builds(
    Habits,
    every_s=st.sampled_from([60.0, 120.0, 300.0, 600.0]),
    connector=st.booleans(),
    hinted=st.booleans(),
    odometer=st.booleans(),
    location=st.booleans(),
    wobble_kwh=st.sampled_from([0.0, 0.05, 0.14]),
    year=st.sampled_from([2020, 2024, 2025]),
    phases=st.sampled_from([1, 3]),
)
PLACES = {"home_ac": Place.HOME, "public_ac": Place.ELSEWHERE, "supercharger": Place.SUPERCHARGER}


def lived(habits: Habits, days: list[tuple[str, int]]) -> Life:
    """Return a life that was lived."""
    life = Life(habits)
    for what, minutes in days:
        life.do(what, minutes)
    life.finish()
    return life


def matching(life: Life, true: ChargeSession) -> list[Session]:
    """Return the sessions that were found in the time of a true one."""
    end = true.unplugged_at or life.now
    found = []
    for session in life.sessions:
        begin, over = session.plugged_at.timestamp(), (session.unplugged_at or life.clock.now()).timestamp()
        if min(end, over) - max(true.plugged_at, begin) > 0 or begin == over == true.plugged_at:
            found.append(session)
    return found


def seen(life: Life) -> list[int]:
    """Return the true sessions that a read or a look has seen, but for those that cannot be told from the one before."""
    found: list[int] = []
    for number in sorted(life.told):
        before = life.told.get(number - 1)
        told = life.told[number]
        if before is not None and before.reads and told.reads and not told.looks:
            last, first = before.reads[-1], told.reads[0]
            if first[1] >= last[1] - WOBBLE_WH:
                # Nobody has seen it without its cable? Then it may be the same session.
                continue
        found.append(number)
    return found


def check(life: Life) -> None:
    """See that what was found is the truth."""
    report = pprint.pformat(life.explain(), width=200)
    surely = seen(life)
    assert len(surely) <= len(life.sessions) <= len(life.truth), report
    for session in life.sessions:
        assert sum(one.energy_wh for one in session.flow) == pytest.approx(session.added.wh, abs=1), report
        assert session.unplugged_at is not None, report
    for number, true in enumerate(life.truth):
        found, after = matching(life, true), number + 1
        # One that nobody saw, right after it and before the next read, looks like more of the same.
        alone = after in surely or after == len(life.truth)
        if len(found) == 1 and number in surely and alone:
            session = found[0]
            error = abs(session.added.wh - true.energy_added_wh)
            # What the car itself does not show while it rests, nobody can know.
            unseen = life.habits.wobble_kwh * 1000
            assert session.added.estimated or error <= 0.01 * true.energy_added_wh + STEP_WH + unseen, report
            lost = abs(session.used.wh - true.energy_used_wh)
            # The power of the Wall Connector is read once a minute: of each beginning and end half of one may be missing.
            edges = 100 * (len(session.runs) + 1)
            assert session.used.estimated or lost <= 0.03 * true.energy_used_wh + edges + 1.2 * unseen, report
    if not any(one.added.estimated for one in life.sessions) and len(life.sessions) == len(life.truth):
        whole = sum(one.energy_added_wh for one in life.truth)
        slack = len(life.truth) * (life.habits.wobble_kwh * 1000 + STEP_WH)
        assert sum(one.added.wh for one in life.sessions) == pytest.approx(whole, rel=0.01, abs=slack), report


@given(HABITS, st.lists(st.tuples(DOING, MINUTES), max_size=14))
@settings(max_examples=25, deadline=None)
def test_lives_without_trouble(habits: Habits, days: list[tuple[str, int]]) -> None:
    """Plugging, pausing, driving, falling asleep, and reads that are some minutes apart."""
    life = lived(habits, days)
    check(life)
    true_hours, hours = life.true_hours, life.hours()
    wrong = sum(abs(true_hours.get(hour, 0.0) - hours.get(hour, 0.0)) for hour in true_hours.keys() | hours.keys()) / 2
    whole, found = sum(true_hours.values()), sum(hours.values())
    slack = len(life.truth) * (life.habits.wobble_kwh * 1000 + STEP_WH)
    surely = seen(life)
    # What nobody could see is in no hour, what is guessed may be too much, too little or in a wrong one.
    unseen = sum(one.energy_added_wh for number, one in enumerate(life.truth) if number not in surely)
    guessed = sum(one.energy_added_wh for one in life.truth if any(x.added.estimated for x in matching(life, one)))
    assert abs(whole - found) <= 0.02 * whole + slack + unseen + guessed, (whole, found, life.explain())
    elsewhere = wrong - abs(whole - found) / 2
    assert elsewhere <= 0.02 * whole + slack + 0.5 * guessed, (elsewhere, whole, life.explain())


@given(HABITS, st.lists(st.tuples(st.one_of(DOING, DOING, TROUBLE), MINUTES), max_size=14))
@settings(max_examples=25, deadline=None)
def test_lives_with_trouble(habits: Habits, days: list[tuple[str, int]]) -> None:
    """The same with crashes, restarts and hours without a network."""
    check(lived(habits, days))
