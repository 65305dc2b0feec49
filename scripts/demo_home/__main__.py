"""Start the demo; see scripts/demo."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
import json
from pathlib import Path
import shutil
import signal
import sys
import tempfile
import time

import aiohttp

from tesla_simulator import Simulator
from tesla_simulator.__main__ import DEFAULT_PORT as TESLA_PORT

from . import DemoError
from .dashboard import put_up_dashboard
from .files import PUBLIC_HOST, Home, kept_home
from .hass import HomeAssistant, Person, claim_port, free_port
from .tesla import SECOND_CAR, make_simulator, open_simulator, renew_keys

HOME_ASSISTANT_PORT = 8123
SET_UP_S = 120
SEEN_PAST = timedelta(days=62)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def parsed_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="A real Home Assistant with a simulated Tesla in it, on this computer alone."
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--fresh", action="store_true", help="start with nothing set up, to do the set-up yourself")
    what.add_argument("--check", action="store_true", help="do everything in a headless browser, then stop")
    parser.add_argument("--reset", action="store_true", help="forget what was kept in .demo/")
    parser.add_argument("--port", type=int, default=HOME_ASSISTANT_PORT, help="Home Assistant's port: %(default)s")
    parser.add_argument(
        "--tesla-port", type=int, default=TESLA_PORT, help="first of the simulated Tesla's six ports: %(default)s"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="seconds that pass at the simulated Tesla in each real second: %(default)s",
    )
    parser.add_argument(
        "--screenshots", type=Path, default=Path("screenshots"), metavar="FOLDER", help="of --check: %(default)s"
    )
    options = parser.parse_args()
    if options.speed <= 0:
        parser.error("time does not stand still: --speed must be more than 0")
    return options


def say(text: str) -> None:
    """Tell the person."""
    print(text, flush=True)


async def begin(stack: AsyncExitStack, home: Home, port: int, sim: Simulator, tesla_port: int) -> HomeAssistant:
    """Start both; the stack stops them."""
    claim_port(port)
    stack.push_async_callback(sim.stop)
    await open_simulator(sim, tesla_port)
    # The simulated Tesla may be asked for its years without a pause.
    environment = {"TESLA_CHARGING_REGIONS": json.dumps(sim.region_table()), "TESLA_CHARGING_HISTORY_PACE": "0.05"}
    hass = HomeAssistant(home, port, environment)
    stack.push_async_callback(hass.stop)
    home.renew_sign_ins(sim)
    await renew_keys(sim, home, hass.url)
    await hass.start()
    return hass


async def furnish(url: str, sim: Simulator) -> None:
    """Put up the dashboard as soon as a person has set the integration up."""
    while True:
        try:
            async with Person(url) as person:
                await person.wait_for_states()
                await put_up_dashboard(person, sim.world)
                return
        except DemoError, aiohttp.ClientError:
            await asyncio.sleep(2)  # a person may restart Home Assistant in between


async def show(options: argparse.Namespace) -> None:
    """Run until Ctrl-C."""
    began = time.monotonic()
    with kept_home("fresh" if options.fresh else "home") as home:
        if options.fresh or options.reset or not home.ready:
            home.wipe()
        kept = bool(home.entries())
        async with AsyncExitStack() as stack:
            url = f"http://127.0.0.1:{options.port}"
            sim = make_simulator(url, options.speed, new=not kept)
            say("Starting the simulated Tesla and Home Assistant…")
            hass = await begin(stack, home, options.port, sim, options.tesla_port)
            if options.fresh:
                async with Person(url):
                    pass  # becomes the owner
                stack.callback(asyncio.create_task(furnish(url, sim)).cancel)
            elif not kept:
                async with asyncio.timeout(SET_UP_S), Person(url) as person:
                    await person.set_up_tesla(sim, sim.apps[0])
                    await person.wait_for_states()
                    await put_up_dashboard(person, sim.world)
            home.mark_ready()
            say(welcome(url, sim, fresh=options.fresh, seconds=time.monotonic() - began))
            code = await hass.run()
            raise DemoError(f"Home Assistant ended by itself with exit code {code}; see {home.output}.")


def welcome(url: str, sim: Simulator, *, fresh: bool, seconds: float) -> str:
    """Return what the person needs to know."""
    lines = [
        f"\nReady after {seconds:.0f} s.",
        f"  Home Assistant        {url}",
        f"  The simulated Tesla   {sim.url('control')}   (plug in, drive, make it fail; watch requests and cost)",
    ]
    if fresh:
        app = sim.apps[0]
        lines += [
            "\nNothing is set up. In Home Assistant: Settings, Devices & services, Add integration, Tesla Charging.",
            f"  Client ID {app.client_id}, client secret {app.client_secret}; Tesla's page is filled in already.",
            f"  The domain for the key is {PUBLIC_HOST}: there the simulated Tesla finds this Home Assistant.",
            f"  The pairing link opens what would be on your phone; the car that wants a key is {SECOND_CAR}.",
        ]
    return "\n".join([*lines, "\nCtrl-C stops both."])


async def check(options: argparse.Namespace) -> None:
    """Click through everything in a headless browser, on ports and state of its own."""
    from .check import Check  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="tesla-charging-demo-") as folder:
        home = Home(Path(folder))
        pictures = options.screenshots.absolute()
        pictures.mkdir(parents=True, exist_ok=True)
        port = free_port()
        try:
            async with AsyncExitStack() as stack:
                sim = make_simulator(f"http://127.0.0.1:{port}", options.speed, new=True, past=SEEN_PAST)
                hass = await begin(stack, home, port, sim, 0)
                person = await stack.enter_async_context(Person(hass.url))
                await Check(person, sim, hass.url, home, pictures).run()
        except DemoError as err:
            for log in (home.log, home.output):
                if log.exists():
                    shutil.copy(log, pictures)
            raise DemoError(f"{err}\nPictures and Home Assistant's logs are in {pictures}.") from err


async def main() -> int:
    """Do what is asked; SIGINT and SIGTERM end it, with nothing left behind."""
    options = parsed_arguments()
    task = asyncio.ensure_future(check(options) if options.check else show(options))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        say("\nStopping…")
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        return 130 if options.check else 0
    except DemoError as err:
        print(f"demo: {err}", file=sys.stderr)
        return 1
    except (aiohttp.ClientError, TimeoutError) as err:
        print(f"demo: Home Assistant did not answer as it should: {err!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
