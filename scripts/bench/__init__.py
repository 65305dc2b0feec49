"""Benchmarks: what the integration costs and how right it is, beside Home Assistant's own tesla_fleet.

    scripts/benchmark                        names the benchmarks
    scripts/benchmark NAME [--json FILE]     runs one, with options of its own (`polling --quick --life commuter`)

A benchmark prints a table, the peer's figure beside ours, and its goals. The JSON holds
`{"benchmark": NAME, "figures": {...}, "goals": {name: {"goal": ..., "measured": ..., "met": bool}}}`. The exit code is 0
when all goals are met, 1 otherwise. Each benchmark is a module named in BENCHMARKS (with an underscore for a hyphen) with `add_options(parser)` for what
only it can be asked, and `run(options) -> Report`; clock.py lets virtual time pass, home.py puts an integration into a
Home Assistant at a simulated Tesla, report.py prints.
"""

BENCHMARKS = ("charging-log", "commands", "energy", "polling", "setup")
