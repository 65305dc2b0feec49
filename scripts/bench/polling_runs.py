"""The runs of the polling benchmark: which way to poll, on which life, and two at a time."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
import logging
from math import ceil
from multiprocessing import get_context
import sys
import time
from typing import Literal

from .clock import run_virtual
from .lives import DAYS, PROFILES, household
from .polling_home import run_integration
from .polling_peers import PEERS
from .polling_tesla import Run, month_begin, run_policy

CREDIT_USD = 10.0
WORKERS = 2
RUNS_EACH = 12  # a process is renewed then, as Home Assistant leaves something behind each time


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to poll: a peer's, or ours on a budget, which may be what a peer has spent on the same life."""

    title: str
    peer: str | None = None
    budget_usd: float | None = None
    spend_of: str | None = None
    site: bool = True
    profiles: Sequence[str] = tuple(PROFILES)


WAYS: Mapping[str, Way] = {
    "tesla_fleet": Way(title="tesla_fleet, each 10 min", peer="tesla_fleet"),
    "alandtse": Way(title="alandtse, 11 min, in gear 1 min", peer="alandtse"),
    "full": Way(
        title="ours, the full credit, no hint",
        budget_usd=CREDIT_USD,
        site=False,
        profiles=("commuter", "sentry", "sleepless", "old"),
    ),
    "full_hint": Way(
        title="ours, the full credit", budget_usd=CREDIT_USD, profiles=("commuter", "solar", "two", "trip")
    ),
    "fleet_spend": Way(
        title="ours, what tesla_fleet spends",
        spend_of="tesla_fleet",
        profiles=("commuter", "solar", "sentry", "sleepless"),
    ),
    "alandtse_spend": Way(title="ours, what alandtse spends", spend_of="alandtse", profiles=("commuter", "sentry")),
    "two_dollars": Way(title="ours, $2", budget_usd=2.0, profiles=("commuter",)),
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One way to poll on one household for one month."""

    profile: str
    way: str
    seed: int
    days: int
    budget_usd: float = 0.0


def run_job(job: Job) -> Run:
    """Run one; in whatever process."""
    logging.disable(logging.CRITICAL)
    lives, way, began = household(job.profile, job.seed, job.days), WAYS[job.way], time.process_time()
    if way.peer is not None:
        policy = PEERS[way.peer](all(life.make == "pre-2021" for life in lives))
        main = run_policy(policy, lives, job.seed)
    else:
        main = run_integration(lives, job.seed, budget_usd=job.budget_usd, site=way.site)
    run = run_virtual(main, month_begin(job.days), settle_s=0.0)
    return replace(run, seconds=time.process_time() - began)


def run_all(profiles: Sequence[str], ways: Sequence[str], seeds: Sequence[int], days: int) -> dict[Job, Run]:
    """Run every way on every household, the peers first: their spend is the budget of others."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), max_tasks_per_child=RUNS_EACH) as pool:
        peers = dict(_run(pool, list(_jobs(profiles, seeds, days, [way for way in WAYS if WAYS[way].peer]))))
        spent = {(job.profile, job.seed, job.way): run.spent_usd for job, run in peers.items()}
        ours = [way for way in ways if WAYS[way].peer is None]
        jobs = [
            replace(job, budget_usd=_budget_usd(job, spent))
            for job in _jobs(profiles, seeds, days, ours)
            if job.profile in WAYS[job.way].profiles
        ]
        return {**{job: run for job, run in peers.items() if job.way in ways}, **dict(_run(pool, jobs))}


def _jobs(profiles: Sequence[str], seeds: Sequence[int], days: int, ways: Sequence[str]) -> Iterator[Job]:
    for profile in profiles:
        for seed in seeds:
            for way in ways:
                yield Job(profile=profile, way=way, seed=seed, days=days)


def _budget_usd(job: Job, spent: Mapping[tuple[str, int, str], float]) -> float:
    """Return the budget, in whole cents; that of a short month is a part of it."""
    way = WAYS[job.way]
    if way.spend_of is not None:
        return ceil(spent[job.profile, job.seed, way.spend_of] * 100 - 1e-6) / 100
    return ceil((way.budget_usd or 0.0) * job.days / DAYS * 100 - 1e-6) / 100


def _run(pool: ProcessPoolExecutor, jobs: Sequence[Job]) -> Iterator[tuple[Job, Run]]:
    running: dict[Future[Run], Job] = {pool.submit(run_job, job): job for job in jobs}
    for number, future in enumerate(as_completed(running), 1):
        job, run = running[future], future.result()
        what: Literal["", " of $"] = "" if run.budget_usd is None else " of $"
        budget = f"{what}{run.budget_usd:.2f}" if run.budget_usd is not None else ""
        print(
            f"{number:3} of {len(jobs)}: {job.profile} {job.seed} {job.way}, ${run.spent_usd:.2f}{budget}, "
            f"{run.seconds:.0f} s",
            file=sys.stderr,
        )
        yield job, run
