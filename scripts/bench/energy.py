"""Energy sites: ten years of one site imported, event-loop stalls, and requests a day beside tesla_fleet's.

* import: a real recorder with a file, the simulated Tesla in a process of its own, over loopback HTTP. The pause between
  two requests (3 s, so that Tesla is asked politely) is left out; with it the same import takes about three hours.
  `--years` makes it shorter.
* a stall: a callback of the event loop that runs for more than 50 ms of its thread's time, without Python's garbage collector,
  which stops whatever runs when it is due; its longest pause is told apart. Wall time is told, too: there the collector, the
  recorder's thread and other processes of the machine count.
* right: the sums of the ten years, against the simulated truth.
* requests a day: of the site, in virtual time (clock.py), once the history is imported.
"""

from argparse import ArgumentParser, Namespace
import asyncio
from asyncio import events
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import gc
import multiprocessing
from multiprocessing.connection import Connection
import os
from pathlib import Path
import resource
from threading import Event, get_ident
import time
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.tesla_charging.history import PACE_VARIABLE, SiteHistory, histories_of
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import get_last_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component
from tesla_simulator import Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account, Clock, Site, World, build_car, home_station, powerwall_site, truth

from .clock import run_virtual
from .home import OURS, SIDES, Home, Side, Tesla, open_home
from .report import Goal, Report

STALL_S = 0.05
DAY_S = 86_400
SETTLE_S = 3600
COMMIT_S = 300  # seldom, so that virtual time leaps far
CHECKED = {"grid_import": ("grid_energy_imported",), "solar": ("solar_energy_exported",)}


@dataclass
class Loop:
    """The callbacks of the event loop: how long the longest took, and how many stalled it."""

    thread: int
    longest_s: float = 0.0
    longest_wall_s: float = 0.0
    longest_collection_s: float = 0.0
    stalls: int = 0
    stalls_wall: int = 0
    worst: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """What an import took."""

    seconds: float
    rows: int
    requests: int
    megabytes: float
    database_megabytes: float
    wrong_kwh: float
    loop: Loop


def add_options(parser: ArgumentParser) -> None:
    """Take a shorter past."""
    parser.add_argument("--years", type=float, default=10.0, help="how many years are imported; %(default)g by default")


def run(options: Namespace) -> Report:
    """Measure everything."""
    years = float(options.years)
    imported = asyncio.run(_import_years(years))
    days = run_virtual(_measure_days())
    return _report(years, imported, days)


# Ten years


def make_site(now: datetime, years: float) -> tuple[World, Site]:
    """Return a world with a house that has everything, for so many years."""
    world, station = World(Clock(1.0, now)), home_station()
    assert station.wall_connector is not None
    site = powerwall_site(1, station.wall_connector, installed=now - timedelta(days=years * 365.25))
    car = build_car("Juniper", "Y", 2025, 2)
    account = Account(
        sub="b9c1d2e3-0000-4000-8000-00000000a1ec",
        email="alex@example.com",
        full_name="Alex Example",
        password="demo",
        cars=[car],
        sites=[site],
    )
    world.accounts.append(account)
    world.stations.append(station)
    world.update()
    return world, site


class _Remote:
    """Stands in for a simulated Tesla that runs in another process, as far as open_home asks."""

    def __init__(self, regions: dict[str, dict[str, str]], world: World, simulator: Simulator) -> None:
        self._regions, self.world, self.apps = regions, world, simulator.apps

    def region_table(self) -> dict[str, dict[str, str]]:
        """Return where the other process listens."""
        return self._regions


def _serve(pipe: Connection, now: datetime, years: float) -> None:
    """Run a simulated Tesla until the pipe closes."""

    async def main() -> None:
        world, _ = make_site(now, years)
        async with Simulator(world=world) as sim:
            token = sim.grant(world.accounts[0], sim.apps[0], USER_SCOPES)
            pipe.send((sim.region_table(), token))
            while not pipe.poll():
                await asyncio.sleep(0.05)

    asyncio.run(main())


@asynccontextmanager
async def _tesla_elsewhere(now: datetime, years: float) -> AsyncGenerator[tuple[Tesla, Site]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, now, years), daemon=True)
    process.start()
    try:
        regions, token = await asyncio.to_thread(ours.recv)
        world, site = make_site(now, years)
        remote: Any = _Remote(regions, world, Simulator(world=world))
        yield Tesla(remote, next(iter(world.cars.values())), world.stations[0], _key(), token), site
    finally:
        ours.send("end")
        process.join(5)


def _key() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


async def with_recorder(hass: HomeAssistant, **options: Any) -> None:
    """Set up a recorder with a file."""
    # In virtual time its thread would be too late for all that waits for it, so time is held by one that is counted.
    done = Event()
    held = hass.loop.run_in_executor(None, done.wait)
    async_initialize_recorder(hass)
    url = f"sqlite:///{hass.config.path('home-assistant_v2.db')}"
    config = {"db_url": url, "commit_interval": COMMIT_S, **options}
    if not await async_setup_component(hass, "recorder", {"recorder": config}):
        raise RuntimeError("the recorder was not set up")
    await get_instance(hass).async_recorder_ready.wait()
    done.set()
    await held


@contextmanager
def watched() -> Generator[Loop]:
    """Time each callback of this thread's event loop."""
    found, real = Loop(get_ident()), events.Handle._run  # noqa: SLF001

    began = collecting = 0.0

    def collect(phase: str, _: dict[str, int]) -> None:
        nonlocal began, collecting
        if get_ident() != found.thread:
            return
        if phase == "start":
            began = time.thread_time()
        else:
            seconds = time.thread_time() - began
            collecting += seconds
            found.longest_collection_s = max(found.longest_collection_s, seconds)

    def timed(handle: Any) -> None:
        nonlocal collecting
        if get_ident() != found.thread:
            real(handle)
            return
        collecting = 0.0
        wall, busy = time.perf_counter(), time.thread_time()
        real(handle)
        busy, wall = time.thread_time() - busy - collecting, time.perf_counter() - wall
        found.longest_s, found.longest_wall_s = max(found.longest_s, busy), max(found.longest_wall_s, wall)
        found.stalls_wall += wall > STALL_S
        if busy > STALL_S:
            found.stalls += 1
            found.worst.append(f"{busy * 1000:.0f} ms: {handle!r}"[:300])

    events.Handle._run = timed  # noqa: SLF001
    gc.callbacks.append(collect)
    try:
        yield found
    finally:
        gc.callbacks.remove(collect)
        events.Handle._run = real  # noqa: SLF001


def _megabytes_of(path: str) -> float:
    return Path(path).stat().st_size / 2**20


def megabytes() -> float:
    """Return the most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _import_years(years: float) -> Imported:
    with patch.dict(os.environ, {PACE_VARIABLE: "0"}):
        return await _import_at_full_speed(years)


async def _import_at_full_speed(years: float) -> Imported:
    now = datetime.now(UTC)
    async with _tesla_elsewhere(now, years) as (tesla, site), open_home(tesla, OURS, before=with_recorder) as home:
        one = next(iter(histories_of(home.hass, home.entry).values()))
        before = megabytes()
        began = time.perf_counter()
        with watched() as loop:
            await one.async_pause(False)  # begins at once
            await _until_imported(one)
        seconds = time.perf_counter() - began
        await get_instance(home.hass).async_block_till_done()
        size = await asyncio.to_thread(_megabytes_of, home.hass.config.path("home-assistant_v2.db"))
        wrong = await _wrong_kwh(home.hass, one, site)
        return Imported(seconds, one.tally.rows, one.tally.requests, megabytes() - before, size, wrong, loop)


async def _until_imported(one: SiteHistory) -> None:
    while one.progress != 100.0 or not one.record.today_read:
        await asyncio.sleep(0.25)


async def _wrong_kwh(hass: HomeAssistant, one: SiteHistory, site: Site) -> float:
    """Return how far the sums are from the truth, at the last hour that was written."""
    worst = 0.0
    for what, keys in CHECKED.items():
        name = f"tesla_charging:{site.id}_{what}"
        last = await get_instance(hass).async_add_executor_job(get_last_statistics, hass, 1, name, False, {"sum"})
        end = int(last[name][0]["start"]) + 3600
        start = -(-int(site.installed.timestamp()) // 300) * 300
        total = truth(site, start, end)
        worst = max(worst, abs((last[name][0]["sum"] or 0.0) - sum(total[key] for key in keys) / 1000))
    return worst


# Requests a day


@dataclass(frozen=True)
class Day:
    """The requests of a day, by endpoint, and those of them that keep the imported history up to date."""

    counts: Counter[str]
    for_history: int


async def _measure_days() -> dict[str, Day]:
    return {side.name: await _measure_day(side) for side in SIDES}


async def _measure_day(side: Side) -> Day:
    world, site = make_site(datetime.now(UTC), 3 / 365.25)
    async with Simulator(world=world) as sim:
        token = sim.grant(world.accounts[0], sim.apps[0], USER_SCOPES)
        tesla = Tesla(sim, next(iter(world.cars.values())), world.stations[0], _key(), token)
        async with open_home(tesla, side, before=with_recorder) as home:
            await asyncio.sleep(SETTLE_S)
            sim.clear_requests()
            before = _for_history(home)
            await asyncio.sleep(DAY_S)
            counts = Counter(one.endpoint for one in sim.requests if f"/energy_sites/{site.id}/" in one.path)
            return Day(counts, _for_history(home) - before)


def _for_history(home: Home) -> int:
    return sum(one.tally.requests for one in histories_of(home.hass, home.entry).values())


# The report


def _report(years: float, imported: Imported, days: dict[str, Day]) -> Report:
    report, loop = Report("energy"), imported.loop
    report.tables.append(
        (
            f"{years:g} years of one site",
            ("figure", "value"),
            [
                ("time", f"{imported.seconds:.0f} s"),
                ("requests", str(imported.requests)),
                ("rows written", str(imported.rows)),
                ("memory, above before", f"{imported.megabytes:.0f} MB"),
                ("database", f"{imported.database_megabytes:.0f} MB"),
                ("longest callback, of the loop's thread", f"{loop.longest_s * 1000:.0f} ms"),
                ("longest callback, by the clock", f"{loop.longest_wall_s * 1000:.0f} ms"),
                ("longest pause of the garbage collector", f"{loop.longest_collection_s * 1000:.0f} ms"),
                ("callbacks over 50 ms, by the clock", str(loop.stalls_wall)),
                ("sums beside the truth", f"{imported.wrong_kwh * 1000:.1f} Wh"),
            ],
        )
    )
    endpoints = sorted({endpoint for day in days.values() for endpoint in day.counts})
    rows = [(endpoint, *(str(day.counts[endpoint]) for day in days.values())) for endpoint in endpoints]
    rows.append(("all", *(str(day.counts.total()) for day in days.values())))
    rows.append(("of these for the history", *(str(day.for_history) for day in days.values())))
    report.tables.append(("Requests of a site a day", ("endpoint", *days), rows))
    report.figures = {
        "years": years,
        "import_s": round(imported.seconds, 1),
        "import_requests": imported.requests,
        "import_rows": imported.rows,
        "import_megabytes": round(imported.megabytes, 1),
        "database_megabytes": round(imported.database_megabytes, 1),
        "longest_callback_ms": round(loop.longest_s * 1000, 1),
        "longest_callback_wall_ms": round(loop.longest_wall_s * 1000, 1),
        "longest_collection_ms": round(loop.longest_collection_s * 1000, 1),
        "stalls_wall": loop.stalls_wall,
        "stalls": loop.worst,
        "requests_a_day": {side: dict(day.counts) for side, day in days.items()},
        "history_requests_a_day": days[OURS.name].for_history,
    }
    ours, peer = (day.counts.total() for day in days.values())
    report.goals = {
        "event_loop_stalls_over_50_ms": Goal(0, loop.stalls),
        "memory_megabytes": Goal(100, round(imported.megabytes)),
        "sums_beside_the_truth_kwh": Goal(0.05, round(imported.wrong_kwh, 4)),
        "history_requests_a_day": Goal(60, days[OURS.name].for_history),
        "requests_a_day_beside_the_peers": Goal(peer, ours),
    }
    return report
