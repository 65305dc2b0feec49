"""Start the simulated Tesla: `python -m tesla_simulator [--port N] [--speed X] [--redirect-uri URI]...`."""

import argparse
import asyncio
import errno
import json
import signal
import sys

from .model import HOSTS, Behaviour
from .server import Simulator

DEFAULT_PORT = 8460


def parsed_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tesla_simulator", description="A simulated Tesla on this computer."
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="first of six ports in a row: %(default)s unless told otherwise"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="seconds that pass in the world in each real second")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URI",
        help="one more redirect URI of the apps; may be repeated",
    )
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; the exit code."""
    sim = Simulator(behaviour=Behaviour(prefill_sign_in=True))
    sim.world.clock.speed = options.speed
    for app in sim.apps:
        app.redirect_uris.update(options.redirect_uri)
    ports = {host: options.port + number for number, host in enumerate(HOSTS)}
    try:
        await sim.start(ports=ports)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "one of them is in use" if taken else str(error)
        print(
            f"The simulated Tesla needs the ports {options.port} to {options.port + len(HOSTS) - 1}: {why}. "
            "Choose others with --port.",
            file=sys.stderr,
        )
        return 1
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print("The simulated Tesla is running. Control page:", sim.url("control"))
    for host in HOSTS:
        print(f"  {host:8} {sim.url(host)}")
    for app in sim.apps:
        print(f"  app      {app.name}: client id {app.client_id}, secret {app.client_secret or 'none'}")
    print(f"TESLA_CHARGING_REGIONS='{json.dumps(sim.region_table())}'", flush=True)
    await stopped.wait()
    await sim.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(run(parsed_arguments())))
