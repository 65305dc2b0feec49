"""What the benchmarks stand on: virtual time and reports."""

import asyncio
from datetime import UTC, datetime
import json
from pathlib import Path
import time

import pytest

from scripts.bench.clock import START, run_virtual
from scripts.bench.report import Goal, Report


def test_virtual_time(socket_enabled: None) -> None:
    """An hour is over at once, on every clock; waits end in their order, and work in threads takes no time."""
    order = list[str]()

    async def wait(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append(name)

    async def main() -> tuple[float, datetime, float]:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(wait("third", 3600), wait("first", 1), wait("second", 60.5))
        at_work = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        await asyncio.to_thread(lambda: [number**2 for number in range(200_000)])
        return at_work - began, datetime.now(UTC), asyncio.get_running_loop().time() - at_work

    real = time.monotonic()
    waited, now, then = run_virtual(main())
    assert time.monotonic() - real < 20
    assert order == ["first", "second", "third"]
    assert (waited, then) == (3600, 30)
    assert (now - START).total_seconds() == pytest.approx(3630)


@pytest.mark.parametrize(("measured", "met"), [(4.0, True), (5.0, True), (5.1, False)])
def test_report(tmp_path: Path, capsys: pytest.CaptureFixture[str], measured: float, met: bool) -> None:
    """The table is for people, the JSON for machines, and one missed goal misses."""
    report = Report("sample", figures={"n": 1}, goals={"cost_ms": Goal(5, measured), "lost": Goal(0, 0)})
    report.tables.append(("Title", ("a", "b"), [("1", "long cell"), ("22", "")]))
    assert report.met is met
    report.show()
    shown = capsys.readouterr().out
    assert "  a   b\n  --  ---------\n  1   long cell\n  22\n" in shown
    assert ("MISSED" in shown) is not met
    report.write(tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text()) == {
        "benchmark": "sample",
        "figures": {"n": 1},
        "goals": {
            "cost_ms": {"goal": 5, "measured": measured, "met": met},
            "lost": {"goal": 0, "measured": 0, "met": True},
        },
    }
