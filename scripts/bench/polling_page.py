"""The page docs/polling.md: what was measured, for people."""

from collections.abc import Mapping, Sequence

from .lives import PROFILES
from .polling_goals import Result, Results
from .polling_metrics import SHOWS
from .polling_runs import WAYS
from .report import Report

HEAD = (
    "way to poll",
    "budget",
    "spent",
    "age charging",
    "age driving",
    "plug-in",
    "charge start",
    "charge end",
    "drive start",
    "park",
    "slept",
)

WHY: Mapping[str, str] = {
    "commuter_plug_in_median_s": (
        "without a hint no free answer tells of a cable: it is seen when the car is read, and more reads of a parked car "
        "would be missing while it drives. With a Wall Connector that tells of it the goal is met."
    ),
    "same_spend_plug_in_times_faster": (
        "missed at the car with Sentry Mode, where the cables happened to be put in shortly before tesla_fleet's looks. "
        "Ours are seen as soon as on the other lives."
    ),
}
"""Goals that cannot be met, and why; by the name of the goal."""
_UNITS = {"s": "in seconds", "usd": "in dollars", "percent": "in percent"}

INTRODUCTION = """\
# How fresh a dollar is

<!-- Written by `scripts/benchmark polling --write`. Do not edit: change scripts/bench/polling_page.py. -->

Tesla charges a fifth of a cent each time an app asks a car for its data, and gives every app $10 a month for nothing.
So the question is not how often to ask, but when. This page shows what that makes of a month: how old the values
are that you see in Home Assistant, and how soon you see that the car was plugged in, began to charge, or drove off.

## What is measured

Seven households, made up but lifelike: a commuter, a home office with sun on the roof, a car that watches itself at work
with Sentry Mode, one that never sleeps, one from before 2021 that stays awake when it is asked for data, two
cars on one credit, and a commuter who spends a week on the road. Each lives {months} of {days} days. The integration
runs in a real Home Assistant against a simulated Tesla that bills every answer as Tesla does, in virtual time; HTTP is
spoken in full, only the sockets are left out. Beside it, on the same lives:

* **tesla_fleet**, Home Assistant's own integration: a look each ten minutes, with a pause for old cars;
* **alandtse/tesla**, as it is installed: a look each eleven minutes, each minute while the car is in gear.

Both are played by a few lines that ask when they would ask, without Home Assistant around them.

## How to read the table

* **budget** is the number that a person has set, **spent** what Tesla billed for the month.
* **age** is how old the last read is on average while the car charges or drives, in seconds; it counts from the begin
  of the charge or drive, if that was later.
* The other columns say how many seconds pass from the moment at which something happens to the one at which Home
  Assistant shows it: half of the time no more than the first number, nine times in ten no more than the one in brackets.
  What follows for free counts as shown: a car that sleeps has stopped charging. A percentage is the share
  that was never seen, because it was over before anybody looked.
* **slept** is how much of the sleep that it could have had the car has had.
* **no hint** means that there is no energy site whose Wall Connector tells of the car at home.

"""


def page(results: Results, report: Report, seeds: Sequence[int], days: int) -> str:
    """Return the page."""
    months = "one month" if len(seeds) == 1 else f"{len(seeds)} months"
    lines = [INTRODUCTION.format(months=months, days=days), "## The table\n", _line(("life", *HEAD))]
    lines.append(_line(["---"] * (len(HEAD) + 1)))
    for profile, known in PROFILES.items():
        named = known.title
        for name, way in WAYS.items():
            if (profile, name) in results:
                lines.append(_line((named, *row(way.title, results[profile, name]))))
                named = ""
    lines += ["", "## The goals", "", _line(("goal", "wanted", "measured", "")), _line(["---"] * 4)]
    for goal, figure in report.goals.items():
        met = "met" if figure.met else "**missed**"
        lines.append(_line((_named(goal), figure.words, f"{figure.measured:.4g}", met)))
    if why := [f"* {_named(goal)}: {WHY[goal]}" for goal, one in report.goals.items() if not one.met and goal in WHY]:
        lines += ["", "Why some are missed:", "", *why]
    lines += [
        "",
        f"Seeds {', '.join(map(str, seeds))}; nothing was tuned on them. Where several runs tell of a goal, the worst counts.",
        "",
    ]
    return "\n".join(lines)


def _named(goal: str) -> str:
    """Return the name of a goal as people read it: `stale` is what the table calls the age."""
    name, _, unit = goal.replace("stale", "age").rpartition("_")
    words = f"{name}, {_UNITS[unit]}" if unit in _UNITS else f"{name}_{unit}"
    return words.replace("_", " ")


def row(title: str, result: Result) -> list[str]:
    """Return the cells of one way to poll."""
    freshness, budget = result.freshness, result.budget_usd
    return [
        title,
        "" if budget is None else f"${budget:.2f}",
        f"${result.spent_usd:.2f}",
        *(f"{freshness.mean_stale_s(kind):.0f}" for kind in ("charging", "driving")),
        *(_latency(result, kind) for kind in SHOWS),
        f"{result.slept_percent:.1f} %" if result.slept_percent < 99.95 else "all",
    ]


def _latency(result: Result, kind: str) -> str:
    median, most = (result.freshness.quantile_s(kind, part) for part in (0.5, 0.9))
    missed = result.freshness.missed_percent(kind)
    seen = "never" if median is None or most is None else f"{median:.0f} ({most:.0f})"
    return f"{seen} {missed:.0f} %" if missed >= 0.5 else seen


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
