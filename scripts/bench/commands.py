"""Commands to a car: requests, wakes, time until the entity is true, false successes, and overhead.

A fixed script of commands (command_steps.py), each step on a fresh car at a fresh simulated Tesla with a fresh Home
Assistant, the same for both sides. A person is played through Home Assistant's services and looks at states only. Time is
virtual (clock.py), for both sides alike: neither is patched, tesla_fleet's 5, 10 and 15 s between looks at a car that
wakes last 5, 10 and 15 s, and so do its 600 s between polls.

* requests: answers that Tesla bills, from the call until 60 s after its end, by price class; too many: beyond what the
  step needs and the polls that the side makes in that time on the same scene when nobody does anything.
* right after: seconds from the call until the car has done it, where that is possible, and the entity shows the car's
  truth and goes on to; looked at each second for 3 minutes, then every ten, for 20 minutes in all.
* false success: no error, and 60 s after the end of the call the entity shows what the car did not do.
* lost: possible, and 20 minutes later not done. Mistaken error: an error for something that was done.
* overhead: median of signed commands in real time, less the bare library's on the same loopback (overhead.py).
"""

from argparse import ArgumentParser, Namespace
import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace

from .clock import run_virtual
from .command_steps import POLLED_S, STEPS, Step, make_car
from .home import OURS, SIDES, Home, Side, Tesla, open_home, open_tesla, outcome
from .overhead import BARE, measure_overhead
from .report import Goal, Report

QUIET_S = 30
MINUTE_S = 60
HORIZON_S = 1200
CLOSELY_S = 180  # looked at each second that long, then every ten
FREE = "list"
OVERHEAD_GOAL_MS = 5.0


@dataclass(frozen=True)
class Figures:
    """What a step cost and brought."""

    requests: dict[str, int]
    polls: dict[str, int]
    too_many: int
    errors: list[str]
    done: bool
    right_after_s: float | None
    false_success: bool
    lost: bool
    mistaken_errors: int

    @property
    def wakes(self) -> int:
        """Paid wake-ups."""
        return self.requests.get("wake", 0)


def add_options(_: ArgumentParser) -> None:
    """Have no options."""


def run(_: Namespace) -> Report:
    """Measure everything."""
    overheads = asyncio.run(measure_overhead())
    return report(run_virtual(measure_all()), overheads)


async def measure_all() -> dict[str, dict[str, Figures]]:
    """Take every step on each side; return figures by step and side."""
    return {step.name: {side.name: await measure(step, side) for side in SIDES} for step in STEPS}


async def measure(step: Step, side: Side) -> Figures:
    """Take one step on one side."""
    async with _ready(step, side) as home:
        figures, seconds = await _watch(step, home)
    async with _ready(step, side) as home:
        await asyncio.sleep(seconds)
        polls = Counter(_paid(home.tesla))
    too_many = Counter(figures.requests) - polls - Counter(step.needs)
    return replace(figures, polls=dict(polls), too_many=too_many.total())


@asynccontextmanager
async def _ready(step: Step, side: Side) -> AsyncGenerator[Home]:
    """Bring everything to where the person acts."""
    car = make_car(step)
    async with open_tesla(car) as tesla:
        if step.charge != "unplugged":
            car.plug_in(tesla.station)
        if step.charge == "stopped":
            car.charger.stop_now(car.now)
        async with open_home(tesla, side) as home:
            await asyncio.sleep(QUIET_S)
            if step.used:
                await outcome(home.do("limit", 77))
                await asyncio.sleep(MINUTE_S)
            step.upset(tesla)
            if step.known:
                await asyncio.sleep(POLLED_S)
            tesla.sim.clear_requests()
            yield home


async def _watch(step: Step, home: Home) -> tuple[Figures, float]:
    """Act, and look at the car and its entity for a while; return the seconds too in which requests counted."""
    tesla, loop = home.tesla, asyncio.get_running_loop()
    began, wrong_at, right_at = loop.time(), 0.0, 0.0
    acting = asyncio.ensure_future(step.act(home))
    ended_at: float | None = None
    asked, believed, counted_s = list[str](), False, 0.0
    while (now := loop.time() - began) < HORIZON_S:
        pause = 1 if now < CLOSELY_S else 10
        if ended_at is None:
            await asyncio.wait({acting}, timeout=pause)
            ended_at = loop.time() - began if acting.done() else None
        else:
            await asyncio.sleep(pause)
        now = loop.time() - began
        true = home.shown(step.control) == tesla.truth(step.control)
        if not true or (step.possible and not step.done(tesla.car)):
            wrong_at, right_at = now, -1.0
        elif right_at < 0:
            right_at = now
        if ended_at is None or now <= ended_at + MINUTE_S:
            asked, believed, counted_s = _paid(tesla), not true, now
    errors = ["it did not end in 20 minutes"] if not acting.done() else [one for one in await acting if one]
    acting.cancel()
    done = step.done(tesla.car)
    figures = Figures(
        requests=dict(Counter(asked)),
        polls={},
        too_many=0,
        errors=errors,
        done=done,
        right_after_s=None if right_at < 0 else round(right_at if wrong_at else 0.0, 1),
        false_success=not errors and not done and believed,
        lost=step.possible and not done,
        mistaken_errors=len(errors) if done else 0,
    )
    return figures, counted_s


def _paid(tesla: Tesla) -> list[str]:
    return [request.price_class for request in tesla.requests() if request.price_class != FREE]


def report(found: dict[str, dict[str, Figures]], overheads: dict[str, float]) -> Report:
    """Put the figures side by side."""
    result = Report("commands")
    head = ("step", "needs", *(f"{side.name}: {what}" for side in SIDES for what in ("c/d/w", "right after", "")))
    rows = [
        (step.name, _three(step.needs), *(cell for side in SIDES for cell in _cells(found[step.name][side.name])))
        for step in STEPS
    ]
    result.tables.append(("Paid requests as commands/data/wakes", head, rows))
    totals = {side.name: _totals([found[step.name][side.name] for step in STEPS]) for side in SIDES}
    result.tables.append(
        (
            "In all",
            ("", *totals),
            [(what.replace("_", " "), *(str(total[what]) for total in totals.values())) for what in totals[OURS.name]],
        )
    )
    bare = overheads[BARE]
    extra = {side.name: round(overheads[side.name] - bare, 2) for side in SIDES}
    result.tables.append(
        (
            "A signed command in real time, median",
            ("", "ms", "overhead ms"),
            [(name, f"{took:.2f}", f"{took - bare:.2f}") for name, took in overheads.items()],
        )
    )
    result.tables.append(
        (
            "What the person reads",
            ("step", "side", "error"),
            [
                (step.name, side.name, error)
                for step in STEPS
                for side in SIDES
                for error in dict.fromkeys(found[step.name][side.name].errors)
            ],
        )
    )
    result.figures = {
        "steps": {name: {side: asdict(figures) for side, figures in sides.items()} for name, sides in found.items()},
        "totals": totals,
        "milliseconds": {name: round(took, 3) for name, took in overheads.items()},
        "overhead_ms": extra,
    }
    ours = totals[OURS.name]
    result.goals = {
        "false_successes": Goal(0, ours["false_successes"]),
        "lost_commands": Goal(0, ours["lost_commands"]),
        "requests_beyond_need": Goal(0, ours["requests_beyond_need"]),
        "overhead_ms": Goal(OVERHEAD_GOAL_MS, extra[OURS.name]),
    }
    return result


def _three(requests: Mapping[str, int]) -> str:
    return "/".join(str(requests.get(name, 0)) for name in ("command", "data", "wake"))


def _cells(figures: Figures) -> tuple[str, str, str]:
    words = (
        ("FALSE SUCCESS", figures.false_success),
        ("LOST", figures.lost),
        (f"{figures.too_many} too many", figures.too_many),
        (f"mistaken error ({figures.mistaken_errors})", figures.mistaken_errors),
        ("error", figures.errors and not figures.mistaken_errors and not figures.lost),
    )
    after = "never" if figures.right_after_s is None else f"{figures.right_after_s:g} s"
    return _three(figures.requests), after, ", ".join(word for word, applies in words if applies)


def _totals(all_figures: list[Figures]) -> dict[str, int]:
    return {
        "paid_requests": sum(sum(one.requests.values()) for one in all_figures),
        "requests_beyond_need": sum(one.too_many for one in all_figures),
        "wakes": sum(one.wakes for one in all_figures),
        "false_successes": sum(one.false_success for one in all_figures),
        "lost_commands": sum(one.lost for one in all_figures),
        "mistaken_errors": sum(one.mistaken_errors for one in all_figures),
    }
