"""Run a benchmark; see scripts/benchmark."""

import argparse
from importlib import import_module
import logging
from pathlib import Path
import sys
from typing import Any

from . import BENCHMARKS, __doc__ as about


def main() -> int:
    """Run what the command line names; 0 when all goals are met."""
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="the benchmark; without it they are listed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and goals there too")
    parser.add_argument("--log", action="store_true", help="show Home Assistant's warnings")
    options, rest = parser.parse_known_args()
    if options.name is None:
        for name in BENCHMARKS:
            print(f"{name:14}{(_module(name).__doc__ or '').partition('\n')[0]}")
        return 0
    benchmark = _module(options.name)
    own = argparse.ArgumentParser(prog=f"{parser.prog} {options.name}", usage=f"{parser.prog} {options.name} [options]")
    benchmark.add_options(own)
    own_options = own.parse_args(rest)
    if not options.log:
        logging.disable(logging.CRITICAL)
    report = benchmark.run(own_options)
    report.show()
    if options.json is not None:
        report.write(options.json)
    return 0 if report.met else 1


def _module(name: str) -> Any:
    return import_module(f".{name.replace('-', '_')}", __package__)


if __name__ == "__main__":
    sys.exit(main())
