"""What Home Assistant and an integration add to a command, in real time: beside the bare library on the same loopback."""

from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median
import time

import aiohttp
from tesla_fleet_api import TeslaFleetApi

from tesla_simulator.world import build_car

from .home import REGION, SIDES, Tesla, open_home, open_tesla

CALLS = 300  # stops and starts in turn
WARM_UP = 20
BARE = "the library alone"


async def measure_overhead() -> dict[str, float]:
    """Return the median milliseconds of a signed command for the bare library and for each side; in real time."""
    times = dict[str, float]()
    for side in (None, *SIDES):
        car = build_car("Juniper", "Y", 2025, 2, soc=48.0)
        async with open_tesla(car) as tesla:
            car.plug_in(tesla.station)
            if side is None:
                times[BARE] = await _bare(tesla)
            else:
                async with open_home(tesla, side) as home:
                    times[side.name] = await _median_ms(tesla, partial(home.do, "charging"))
    return times


async def _bare(tesla: Tesla) -> float:
    async with aiohttp.ClientSession() as session:
        api = TeslaFleetApi(session, tesla.token["access_token"], server=tesla.sim.url(REGION))
        api.private_key = tesla.key
        car = api.vehicles.createSigned(tesla.car.vin)
        return await _median_ms(tesla, lambda on: car.charge_start() if on else car.charge_stop())


async def _median_ms(tesla: Tesla, command: Callable[[bool], Awaitable[object]]) -> float:
    """Return the median time of commands each of which reached the car and changed it."""
    took = list[float]()
    for number in range(CALLS):
        on = number % 2 == 1
        start = time.perf_counter()
        await command(on)
        took.append(time.perf_counter() - start)
        if tesla.truth("charging") != ("on" if on else "off"):
            raise RuntimeError("a command came back before the car obeyed: this is no measure of overhead")
    return 1000 * median(took[WARM_UP:])
