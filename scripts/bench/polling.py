"""Polling: what a month costs and how fresh it is, beside tesla_fleet and alandtse/tesla, on seven lives.

The real integration runs in a real Home Assistant core, in virtual time, against the simulated Tesla and its biller,
whose cars live made-up months (lives.py); the peers are played by small policies on the same months
(polling_peers.py). Requests go through aiohttp's client and server with their sockets left out (memory.py). Goals count
on seeds that nothing was tuned on. `--write` puts the result into docs/polling.md.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .lives import DAYS, PROFILES, REPORT_SEEDS
from .polling_goals import Results, figures_of, goals_of, results_of
from .polling_page import HEAD, page, row
from .polling_runs import WAYS, run_all
from .report import Report

QUICK_DAYS = 7
PAGE = Path(__file__).parents[2] / "docs" / "polling.md"


def add_options(parser: ArgumentParser) -> None:
    """Take part of the work only, and write the page."""
    parser.add_argument("--quick", action="store_true", help="one seed, a week instead of a month")
    parser.add_argument("--life", action="append", choices=PROFILES, help="only this life; may be given again")
    parser.add_argument("--way", action="append", choices=WAYS, help="only this way to poll; may be given again")
    parser.add_argument("--write", action="store_true", help="write docs/polling.md")


def run(options: Namespace) -> Report:
    """Run everything, or what the command line names."""
    if options.write and (options.quick or options.life or options.way):
        raise SystemExit("docs/polling.md shows everything: --write goes with no option that leaves something out")
    profiles = options.life or list(PROFILES)
    ways = options.way or list(WAYS)
    seeds, days = (REPORT_SEEDS[:1], QUICK_DAYS) if options.quick else (REPORT_SEEDS, DAYS)
    results = results_of(run_all(profiles, ways, seeds, days))
    report = Report("polling", figures=figures_of(results), goals=goals_of(results))
    report.tables += [
        (profile.title, HEAD, _rows(results, name)) for name, profile in PROFILES.items() if name in profiles
    ]
    if options.write:
        PAGE.write_text(page(results, report, seeds, days), encoding="utf-8")
    return report


def _rows(results: Results, profile: str) -> list[list[str]]:
    return [row(way.title, results[profile, name]) for name, way in WAYS.items() if (profile, name) in results]
