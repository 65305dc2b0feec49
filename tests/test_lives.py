"""The lives of the polling benchmark: made up, but possible, the same on every run, and as charging.md 3.4 has them."""

from itertools import pairwise

import pytest

from scripts.bench.life import AC_EFFICIENCY, CAPACITY_KWH, Charge, Drive, Life, Plug, Span, hours, merged
from scripts.bench.lives import DAYS, PROFILES, REPORT_SEEDS, TUNING_SEEDS, household

SEEDS = (*TUNING_SEEDS, *REPORT_SEEDS)
CARS = [(profile, number) for profile in PROFILES for number in range(len(PROFILES[profile].cars))]


def lives(profile: str, number: int) -> list[Life]:
    """Return a car's life for each seed."""
    return [household(profile, seed)[number] for seed in SEEDS]


def test_seeds_for_tuning_are_not_reported() -> None:
    """Nothing is tuned on what is reported."""
    assert not set(TUNING_SEEDS) & set(REPORT_SEEDS)


def test_the_same_seed_gives_the_same_life() -> None:
    """And another gives another."""
    for profile in PROFILES:
        assert household(profile, 1) == household(profile, 1) != household(profile, 2)


@pytest.mark.parametrize(("profile", "number"), CARS)
def test_nothing_happens_that_cannot(profile: str, number: int) -> None:
    """No overlaps, no drive on a cable, no charge without one, and a battery that is neither empty nor too full."""
    for life in lives(profile, number):
        rows: list[tuple[Span | Drive | Plug | Charge, ...]] = [
            life.drives,
            life.plugs,
            life.charges,
            life.present,
            life.sentry,
            life.reasons,
            life.awake,
        ]
        for row in rows:
            assert all(0 <= one.begin < one.end <= life.seconds for one in row)
            assert all(one.end <= other.begin for one, other in pairwise(row))
        for drive in life.drives:
            assert not any(plug.begin < drive.end and drive.begin < plug.end for plug in life.plugs)
        for charge in life.charges:
            plug = life.plug_at(charge.begin)
            assert plug is not None and plug.where == charge.where and charge.end < plug.end
            assert charge.steps[0][0] == charge.begin and charge.steps[-1][0] < charge.end
            gained = 100 * charge.kwh() * charge.efficiency / CAPACITY_KWH[life.make]
            assert 5 < charge.soc < charge.soc + gained < charge.limit + 0.01
            assert (abs(charge.soc + gained - charge.limit) < 0.01) is (charge.ends == "full")


@pytest.mark.parametrize(
    ("profile", "awake", "driving", "charging", "charges"),
    [
        ("commuter", 3.48, 1.27, 1.08, 21),
        ("solar", 5.46, 0.66, 3.41, 66),
        ("sentry", 10.09, 1.27, 1.33, 24),
        ("sleepless", 24.0, 1.21, 1.09, 19),
    ],
)
def test_habits(profile: str, awake: float, driving: float, charging: float, charges: float) -> None:
    """Hours a day and charges in 30 days are about those of charging.md 3.4 (poll_sim_out.txt)."""
    found = lives(profile, 0)
    days = len(found) * DAYS
    measured = (
        sum(hours(life.awake) for life in found) / days,
        sum(hours(life.drives) for life in found) / days,
        sum(hours(life.charges) for life in found) / days,
        sum(len(life.charges) for life in found) / days * 30,
    )
    assert measured == pytest.approx((awake, driving, charging, charges), rel=0.15)


def test_the_week_on_the_road() -> None:
    """Six hours a day in it, with three fast charges, and a commuter's life around it."""
    for seed in SEEDS:
        (life,) = household("trip", seed)
        days = [[drive for drive in life.drives if drive.begin // 86_400 == day] for day in range(DAYS)]
        assert all(hours(days[day]) == pytest.approx(6, abs=0.8) for day in range(9, 16))
        assert max(hours(day) for number, day in enumerate(days) if number not in range(9, 16)) < 8
        assert sum(charge.where == "dc" and 9 <= charge.begin // 86_400 < 16 for charge in life.charges) == 21


@pytest.mark.parametrize(("make", "low", "high"), [("modern", 10, 18), ("pre-2021", 11, 14)])
def test_when_a_car_falls_asleep(make: str, low: float, high: float) -> None:
    """So many minutes after the last reason to be awake (fleet_api.md 5.5)."""
    profile = "commuter" if make == "modern" else "old"
    lingers = [linger / 60 for life in lives(profile, 0) for linger in life.lingers]
    assert low <= min(lingers) < max(lingers) <= high


def test_truth() -> None:
    """What is true at a moment is what the data say, on both sides of every change."""
    (life,) = household("commuter", TUNING_SEEDS[0])
    for charge in life.charges:
        before, during, after = (life.truth_at(at) for at in (charge.begin - 1, charge.begin, charge.end))
        assert (before.charging, during.charging, after.charging) == (False, True, False)
        assert (before.scheduled_start == charge.begin) is (charge.begins == "scheduled")
        assert during.soc == pytest.approx(charge.soc)
        assert after.soc == pytest.approx(charge.soc + 100 * charge.kwh() * charge.efficiency / 75)
        assert during.power_kw == charge.steps[0][1]
        assert during.seconds_to_full == pytest.approx(charge.end - charge.begin, rel=0.121)
        assert before.at_home is (charge.where == "home")
    for drive in life.drives:
        before, during, after = (life.truth_at(at) for at in (drive.begin - 1, drive.begin, drive.end))
        assert (before.driving, during.driving, after.driving) == (False, True, False)
        assert (before.plugged, during.plugged, during.at_home) == (False, False, False)
        assert after.at_home is (drive.place == "home")
        assert during.user_present


def test_merged() -> None:
    """Spans that touch become one, and empty ones none."""
    assert merged([Span(5, 6), Span(1, 3), Span(2, 4), Span(4, 5), Span(9, 9), Span(7, 8)]) == (Span(1, 6), Span(7, 8))


def test_energy_of_a_charge() -> None:
    """Power by time adds up."""
    charge = Charge(0, 5400, "home", ((0, 11.0), (3600, 2.0)), "started", "stopped", 50, 80, 1.0)
    assert (charge.kwh(), charge.kwh(1800), charge.kwh(3600), charge.kwh(9999)) == (12.0, 5.5, 11.0, 12.0)
    assert [charge.kw_at(at) for at in (0, 3599, 3600)] == [11.0, 11.0, 2.0]
    assert charge.efficiency == AC_EFFICIENCY
