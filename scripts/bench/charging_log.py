"""The charging log: ten years of sessions in use, and a month beside what tesla_fleet shows of it.

* years: sessions of each day are in the log's file when Home Assistant starts with them; then one is added, some are asked
  for, and all are exported. A stall is a callback that takes more than 50 ms of the event loop's thread (energy.py).
* month: a month on the road and at home in virtual time (charging_month.py). The truth is what has flowed in the simulated
  car, by the hour, at the prices of the simulated site, and what the simulated Superchargers have billed.
"""

from argparse import ArgumentParser, Namespace
import asyncio

from .charging_month import Month, measure as measure_month
from .charging_years import Years, measure as measure_years
from .home import OURS, PEER
from .lives import DAYS, REPORT_SEEDS
from .report import Goal, Report

PERCENT = 100.0
# Cars tell their energy in such steps: within one, two sides know the same.
TOLD_IN_KWH = 0.01
LATER_S, AT_ONCE_S = 1.0, 0.005


def add_options(parser: ArgumentParser) -> None:
    """Take less of both."""
    parser.add_argument(
        "--years", type=float, default=10.0, help="how many years are in the log; %(default)g by default"
    )
    parser.add_argument("--days", type=int, default=DAYS, help="how long the month is; %(default)d by default")


def run(options: Namespace) -> Report:
    """Measure everything."""
    months = measure_month(options.days, REPORT_SEEDS[0])
    years = asyncio.run(measure_years(options.years))
    report = Report("charging-log")
    _report_years(report, options.years, years)
    _report_month(report, options.days, months)
    return report


def _report_years(report: Report, number: float, years: Years) -> None:
    loop = years.loop
    report.tables.append(
        (
            f"{number:g} years of one car: {years.sessions} sessions, {years.file_megabytes:.1f} MB on disk",
            ("figure", "value"),
            [
                ("start of Home Assistant with them", f"{years.start_s:.2f} s"),
                ("memory, above before", f"{years.megabytes:.0f} MB"),
                *((name, f"{seconds * 1000:.1f} ms") for name, seconds in years.steps.items()),
                ("longest callback, of the loop's thread", f"{loop.longest_s * 1000:.0f} ms"),
                ("longest callback, by the clock", f"{loop.longest_wall_s * 1000:.0f} ms"),
                ("longest pause of the garbage collector", f"{loop.longest_collection_s * 1000:.0f} ms"),
            ],
        )
    )
    report.figures["years"] = {
        "sessions": years.sessions,
        "file_megabytes": round(years.file_megabytes, 2),
        "start_s": round(years.start_s, 2),
        "megabytes": round(years.megabytes, 1),
        "steps_ms": {name: round(seconds * 1000, 2) for name, seconds in years.steps.items()},
        "longest_callback_ms": round(loop.longest_s * 1000, 1),
        "stalls": loop.worst,
    }
    report.goals |= {
        "event_loop_stalls_over_50_ms": Goal(0, loop.stalls),
        "add_one_s": Goal(AT_ONCE_S, years.steps["add one"]),
        "all_years_as_csv_s": Goal(LATER_S, years.steps["all years as CSV"]),
        "last_year_by_the_action_s": Goal(LATER_S, years.steps["last year, by the action"]),
    }


def _report_month(report: Report, days: int, months: dict[str, Month]) -> None:
    rows = []
    for name, month in months.items():
        truth, found = month.truth, month.found
        rows.append(
            (
                name,
                f"{found.sessions} of {truth.sessions}",
                f"{found.kwh:.1f} of {truth.kwh:.1f}",
                f"{_off(found.kwh, truth.kwh):+.2f} %",
                f"{found.eur:.2f} of {truth.eur:.2f}",
                f"{_off(found.eur, truth.eur):+.2f} %",
                f"{month.hour_true * PERCENT:.2f} %",
            )
        )
        report.figures[name] = {
            "sessions": [found.sessions, truth.sessions],
            "kwh": [round(found.kwh, 3), round(truth.kwh, 3)],
            "home_eur": [round(found.home_eur, 2), round(truth.home_eur, 2)],
            "supercharger_eur": [round(found.supercharger_eur, 2), round(truth.supercharger_eur, 2)],
            "hour_true_percent": round(month.hour_true * PERCENT, 2),
        }
    head = ("", "sessions", "kWh into the battery", "off", "EUR", "off", "in its true hour")
    report.tables.append((f"A month of {days} days, found and true", head, rows))
    ours, peer = months[OURS.name], months[PEER.name]
    report.goals |= {
        "energy_off_percent": Goal(1.0, abs(_off(ours.found.kwh, ours.truth.kwh))),
        "money_off_percent": Goal(1.0, abs(_off(ours.found.eur, ours.truth.eur))),
        "energy_in_its_true_hour_percent": Goal(98.0, ours.hour_true * PERCENT, at_least=True),
        "energy_off_beside_the_peers_percent": Goal(
            abs(_off(peer.found.kwh, peer.truth.kwh)) + PERCENT * TOLD_IN_KWH / ours.truth.kwh,
            abs(_off(ours.found.kwh, ours.truth.kwh)),
        ),
        "money_off_beside_the_peers_percent": Goal(
            abs(_off(peer.found.eur, peer.truth.eur)), abs(_off(ours.found.eur, ours.truth.eur))
        ),
    }


def _off(found: float, truth: float) -> float:
    return PERCENT * (found / truth - 1) if truth else 0.0
