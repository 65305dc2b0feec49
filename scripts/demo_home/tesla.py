"""The simulated Tesla, furnished for the demo."""

from datetime import UTC, datetime, timedelta
import errno

from tesla_simulator import Behaviour, Simulator
from tesla_simulator.model import HOSTS
from tesla_simulator.world import Clock, World

from . import DemoError

LIVED = timedelta(minutes=20)
WAKING_S = 120.0
LATE_MORNING = 0.46  # of a solar day
SUNNY_LATITUDE = 37.0


def make_simulator(home_url: str, speed: float, *, awake: bool) -> Simulator:
    """Return a home that has lived a while until now, whose apps know this Home Assistant.

    The sun stands as in late morning whenever the demo is started: there is little to see of it at night.
    """
    now = datetime.now(UTC)
    world = World.home(Clock(start=now - LIVED))
    for site in world.sites.values():
        site.latitude = SUNNY_LATITUDE
        site.longitude = (LATE_MORNING - now.timestamp() / 86_400 % 1) * 360
    world.clock.advance(LIVED.total_seconds() - WAKING_S)
    world.update()
    if awake:
        for car in world.cars.values():
            car.wake()
    world.clock.advance(WAKING_S)
    world.update()
    world.clock.speed = speed
    sim = Simulator(world=world, behaviour=Behaviour(prefill_sign_in=True))
    for app in sim.apps:
        app.redirect_uris.add(f"{home_url}/auth/external/callback")
        app.origins.add(home_url)
    return sim


async def open_simulator(sim: Simulator, port: int) -> None:
    """Open it on this port and the next ones, or on any for 0."""
    try:
        await sim.start(ports={host: port + number if port else 0 for number, host in enumerate(HOSTS)})
    except (OSError, OverflowError) as err:
        if isinstance(err, OSError) and err.errno != errno.EADDRINUSE:
            raise
        raise DemoError(
            f"The simulated Tesla needs the ports {port} to {port + len(HOSTS) - 1}, and one of them is in use. "
            "Choose others with --tesla-port N."
        ) from err
