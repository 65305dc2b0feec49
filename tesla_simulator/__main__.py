"""Start the simulated Tesla: `python -m tesla_simulator [--port N] [--speed X] [--redirect-uri URI]... [--key-host D=URL]...`."""

import argparse
import asyncio
import errno
import json
import signal
import sys

from .key_hosts import KeyHost
from .model import HOSTS, Behaviour, default_apps
from .server import Simulator
from .world.sun import DAY_S
from .world.supercharging import ABROAD

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
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="URL",
        help="one more allowed origin of the apps; may be repeated",
    )
    parser.add_argument(
        "--key-host",
        action="append",
        default=[],
        type=_key_host,
        metavar="DOMAIN=URL",
        help="where the public key of a domain is fetched from, such as home.example.com=http://127.0.0.1:8123",
    )
    parser.add_argument("--unregistered", action="store_true", help="the apps are registered in no region yet")
    parser.add_argument(
        "--past-stops",
        type=int,
        default=0,
        metavar="N",
        help="how often each car has stopped at the Supercharger before",
    )
    return parser.parse_args(arguments)


def _key_host(text: str) -> tuple[str, KeyHost]:
    """Read DOMAIN=URL; ValueError without both."""
    domain, url = text.split("=", 1)
    if not domain or not url:
        raise ValueError(text)
    return domain, KeyHost(url=url)


async def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; the exit code."""
    apps = default_apps(()) if options.unregistered else default_apps()
    sim = Simulator(apps=apps, behaviour=Behaviour(prefill_sign_in=True))
    sim.key_hosts.update(options.key_host)
    sim.world.clock.speed = options.speed
    for app in sim.apps:
        app.redirect_uris.update(options.redirect_uri)
        app.origins.update(options.origin)
    for vin in sim.world.cars if options.past_stops else ():
        until = sim.world.clock.now().timestamp() - 2 * DAY_S
        sim.world.superchargers.seed_past(vin, options.past_stops, until, sites=ABROAD[:1])
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
