"""The simulated Tesla, furnished for the demo."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import errno

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tesla_simulator import Behaviour, KeyHost, PairingRefused, Simulator
from tesla_simulator.model import HOSTS
from tesla_simulator.world import Clock, World, home_station
from tesla_simulator.world.supercharging import Prices

from . import DemoError
from .files import PUBLIC_HOST, Home

LIVED = timedelta(minutes=20)
WAKING_S = 120.0
LATE_MORNING = 0.46  # of a solar day
SUNNY_LATITUDE = 37.0
FIRST_CAR = "Luna"
SECOND_CAR = "Juniper"
STOPS = 7
STOPS_APART = timedelta(days=6)
SUPERCHARGERS = (
    ("Example Park Supercharger", Prices()),
    ("Example Forest Supercharger", Prices(charging=Decimal("0.52"))),
    ("Example Harbor Supercharger", Prices(charging=Decimal("0.41"))),
)


def make_simulator(home_url: str, speed: float, *, new: bool, past: timedelta | None = None) -> Simulator:
    """Return a home that has lived a while until now, whose apps know this Home Assistant.

    The sun stands as in late morning whenever the demo is started: there is little to see of it at night. A new home has
    its cars awake, and an app that is not registered yet. past: how long there was a Powerwall before, if not for years.
    Its cars have been at Superchargers in the last weeks.
    """
    now = datetime.now(UTC)
    world = World.home(Clock(start=now - LIVED))
    _build_garage(world)
    for vin in world.cars:
        apart_s = STOPS_APART.total_seconds()
        world.superchargers.seed_past(vin, STOPS, now.timestamp(), apart_s=apart_s, sites=SUPERCHARGERS)
    for site in world.sites.values():
        if past is not None:
            site.installed = now - past
        site.latitude = SUNNY_LATITUDE
        site.longitude = (LATE_MORNING - now.timestamp() / 86_400 % 1) * 360
    world.clock.advance(LIVED.total_seconds() - WAKING_S)
    world.update()
    if new:
        for car in world.cars.values():
            car.wake()
    world.clock.advance(WAKING_S)
    world.update()
    world.clock.speed = speed
    sim = Simulator(world=world, behaviour=Behaviour(prefill_sign_in=True))
    for app in sim.apps:
        app.redirect_uris.add(f"{home_url}/auth/external/callback")
        app.origins.add(home_url)
    if new:
        sim.unregister(sim.apps[0])
    return sim


def _build_garage(world: World) -> None:
    """Hang the second car on a Wall Connector of its own, where it waits to be told to charge."""
    garage = home_station(2, name="Garage")
    assert garage.wall_connector is not None
    world.stations.insert(1, garage)
    next(iter(world.sites.values())).wall_connectors.append(garage.wall_connector)
    car = world.car_named(SECOND_CAR)
    car.plug_in(garage)
    car.command("charge_stop", {})


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


async def pair_cars(sim: Simulator, domain: str) -> None:
    """Let every car that wants signed commands know the key of a domain."""
    for car in sim.world.cars.values():
        if car.signing_required:
            await sim.pair(car, domain)


async def renew_keys(sim: Simulator, home: Home, home_url: str) -> None:
    """Register and pair every kept key again: the simulated Tesla forgets both when it stops.

    From then on it fetches the key from Home Assistant itself.
    """
    for client_id, (domain, private_pem) in home.keys().items():
        app = sim.app(client_id)
        key = load_pem_private_key(private_pem.encode(), password=None).public_key()
        if app is not None and isinstance(key, EllipticCurvePublicKey):
            sim.enrol(domain, key, app, [sim.world.accounts[0].region])
            with suppress(PairingRefused):  # a person may have taken the right to the cars back
                await pair_cars(sim, domain)
    sim.key_hosts[PUBLIC_HOST] = KeyHost(url=home_url)
