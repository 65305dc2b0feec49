"""What came of the runs: pooled by way to poll, and held against the goals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from .polling_metrics import SHOWS, Freshness, pooled
from .polling_runs import WAYS, Job
from .polling_tesla import Run
from .report import Goal

IDLE_AWAKE = ("sentry", "sleepless")
WITH_HINT = ("commuter", "solar", "sentry", "sleepless")
FULL = ("full", "full_hint")
NEVER_S = 1e9
CHANGES = ("plug_in", "charge_start", "charge_end")


@dataclass(frozen=True, kw_only=True)
class Result:
    """The runs of one way to poll on one profile, all seeds together."""

    runs: Sequence[Run]
    freshness: Freshness

    @property
    def spent_usd(self) -> float:
        """What a month costs."""
        return mean(run.spent_usd for run in self.runs)

    @property
    def budget_usd(self) -> float | None:
        """What it may cost."""
        budgets = [run.budget_usd for run in self.runs if run.budget_usd is not None]
        return mean(budgets) if budgets else None

    @property
    def slept_percent(self) -> float:
        """The share of the possible sleep."""
        return 100 * mean(run.slept for run in self.runs)

    def median(self, kind: str) -> float:
        """Return the median latency of a kind of event."""
        return self.after(kind, 0.5)

    def after(self, kind: str, part: float) -> float:
        """Return a quantile of the latencies of a kind of event; very long, if none was seen."""
        found = self.freshness.quantile_s(kind, part)
        return NEVER_S if found is None else found


type Results = Mapping[tuple[str, str], Result]
"""By profile and way."""


def results_of(runs: Mapping[Job, Run]) -> dict[tuple[str, str], Result]:
    """Pool the seeds."""
    found = dict[tuple[str, str], list[Run]]()
    for job, run in runs.items():
        found.setdefault((job.profile, job.way), []).append(run)
    return {
        key: Result(runs=some, freshness=pooled([run.freshness for run in some])) for key, some in sorted(found.items())
    }


def goals_of(results: Results) -> dict[str, Goal]:
    """Return the goals that these results can tell of; where several runs do, the worst of them counts."""
    ours = [result for (_, way), result in results.items() if WAYS[way].peer is None]
    if not ours:
        return {}
    goals = {
        "spend_beyond_budget_usd": Goal(
            0, max(round(run.spent_usd - (run.budget_usd or 0.0), 6) for result in ours for run in result.runs)
        ),
        "requests_miscounted": Goal(0, sum(run.miscounted for result in ours for run in result.runs)),
    }
    for name, profile, limit, figure in FULL_CREDIT:
        found = [figure(results[profile, way]) for way in FULL if (profile, way) in results]
        if found:
            goals[name] = Goal(limit, max(found))
    for name, limit, factor, profiles in SAME_SPEND:
        found = [
            factor(results[profile, "fleet_spend"], results[profile, "tesla_fleet"])
            for profile in profiles
            if (profile, "fleet_spend") in results and (profile, "tesla_fleet") in results
        ]
        if found:
            goals[name] = Goal(limit, min(found), at_least=True)
    if slept := [result.slept_percent for (profile, way), result in results.items() if _is_old(profile, way)]:
        goals["pre_2021_slept_percent"] = Goal(98, min(slept), at_least=True)
    return goals


def _is_old(profile: str, way: str) -> bool:
    return profile == "old" and WAYS[way].peer is None


def _stale(kind: str) -> Callable[[Result], float]:
    return lambda result: result.freshness.mean_stale_s(kind)


def _after(kind: str, part: float) -> Callable[[Result], float]:
    return lambda result: result.after(kind, part)


FULL_CREDIT: Sequence[tuple[str, str, float, Callable[[Result], float]]] = (
    ("commuter_stale_charging_s", "commuter", 45, _stale("charging")),
    ("commuter_stale_driving_s", "commuter", 32, _stale("driving")),
    ("commuter_plug_in_median_s", "commuter", 25, _after("plug_in", 0.5)),
    ("commuter_plug_in_p90_s", "commuter", 60, _after("plug_in", 0.9)),
    ("commuter_charge_end_median_s", "commuter", 22, _after("charge_end", 0.5)),
    ("sentry_stale_charging_s", "sentry", 60, _stale("charging")),
    ("sentry_stale_driving_s", "sentry", 60, _stale("driving")),
    ("never_sleeps_plug_in_median_s", "sleepless", 50, _after("plug_in", 0.5)),
    ("never_sleeps_drive_start_median_s", "sleepless", 150, _after("drive_start", 0.5)),
)
"""At the full credit: name, profile, seconds at most, figure."""


def _times_faster(kind: str) -> Callable[[Result, Result], float]:
    return lambda ours, peer: peer.median(kind) / max(ours.median(kind), 0.001)


def _times_fresher(ours: Result, peer: Result) -> float:
    return min(
        peer.freshness.mean_stale_s(kind) / max(ours.freshness.mean_stale_s(kind), 0.001)
        for kind in ("charging", "driving")
    )


SAME_SPEND: Sequence[tuple[str, float, Callable[[Result, Result], float], Sequence[str]]] = (
    *((f"same_spend_{kind}_times_faster", 6.0, _times_faster(kind), WITH_HINT) for kind in CHANGES),
    ("same_spend_commuter_times_fresher", 1 / 1.2, _times_fresher, ("commuter",)),
    ("same_spend_idle_awake_times_fresher", 2.0, _times_fresher, IDLE_AWAKE),
)
"""At what tesla_fleet spends, with a hint: name, factor at least, figure, profiles."""


def figures_of(results: Results) -> dict[str, dict[str, object]]:
    """Return all figures for the JSON, by profile and way."""
    found = dict[str, dict[str, object]]()
    for (profile, way), result in results.items():
        found.setdefault(profile, {})[way] = {
            "spent_usd": [round(run.spent_usd, 3) for run in result.runs],
            "budget_usd": [run.budget_usd for run in result.runs],
            "mean_stale_s": {k: round(result.freshness.mean_stale_s(k), 1) for k in ("charging", "driving")},
            "latency_s": dict(_latencies(result)),
            "slept_percent": round(result.slept_percent, 2),
            "awake_hours_a_day": round(mean(run.awake_h for run in result.runs), 2),
            "shown_and_never_so": result.freshness.invented,
            "answers": [dict(run.answers) for run in result.runs],
            "miscounted": sum(run.miscounted for run in result.runs),
            "processor_s": [round(run.seconds, 1) for run in result.runs],
        }
    return found


def _latencies(result: Result) -> Iterator[tuple[str, dict[str, float | None]]]:
    freshness = result.freshness
    for kind in SHOWS:
        p50, p90 = (freshness.quantile_s(kind, part) for part in (0.5, 0.9))
        yield (
            kind,
            {
                "p50": None if p50 is None else round(p50, 1),
                "p90": None if p90 is None else round(p90, 1),
                "missed_percent": round(freshness.missed_percent(kind), 1),
            },
        )
