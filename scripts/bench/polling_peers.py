"""How two peers poll, as policies of the benchmark (peers.md, part B); their other requests are free.

Only when they read `vehicle_data` is played, for that is what costs money and makes what is shown fresh.
"""

from collections.abc import Callable, Mapping

from .life import Truth
from .polling_view import Policy, Tesla

FLEET_S = 600.0
TAKES_S = 1.1  # Home Assistant counts from the end of the last read, in whole seconds
FLEET_IDLE_S, FLEET_PAUSE_S, FLEET_FORGET_S = 900.0, 900.0, 1200.0
# The second idle read comes at 1200 s: a second more, and its window for sleep is never used. Here it always is.
FLEET_GRACE_S = 5.0
ALANDTSE_TICK_S, ALANDTSE_S, ALANDTSE_DRIVING_S = 60.0, 660.0, 60.0


class TeslaFleet:
    """Home Assistant's tesla_fleet: every ten minutes the state and, awake, the data.

    An old car that has idled for 15 minutes is left alone for 15; after 20 that counts anew (coordinator.py).
    """

    def __init__(self, *, old: bool) -> None:
        """Start with a car that has just been active."""
        self._old = old
        self._active_at = dict[str, float]()
        self._due = dict[str, float]()

    async def step(self, now: float, tesla: Tesla) -> float:
        """Read the cars that are due and awake."""
        online = await tesla.online()
        for car in tesla.cars:
            if now < self._due.get(car, 0.0):
                continue
            self._due[car] = now + FLEET_S + TAKES_S
            if online[car] and (truth := await tesla.read(car)) and self._old:
                self._due[car] = now + TAKES_S + self._pause(car, now, truth)
        return min(self._due.values())

    def _pause(self, car: str, now: float, truth: Truth) -> float:
        if truth.charging or truth.user_present or truth.sentry:
            self._active_at[car] = now
            return FLEET_S
        idle = now - self._active_at.setdefault(car, now)
        if idle > FLEET_FORGET_S + FLEET_GRACE_S:
            self._active_at[car] = now
        return FLEET_PAUSE_S if FLEET_IDLE_S < idle <= FLEET_FORGET_S + FLEET_GRACE_S else FLEET_S


class Alandtse:
    """alandtse/tesla as it is installed: the list each minute, data each 660 s, each 60 s in gear."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._read_at = dict[str, float]()
        self._known = dict[str, Truth]()

    async def step(self, now: float, tesla: Tesla) -> float:
        """Read the cars that are due and awake."""
        for car, awake in (await tesla.online()).items():
            driving = car in self._known and self._known[car].driving
            every = ALANDTSE_DRIVING_S if driving else ALANDTSE_S
            if awake and now - self._read_at.get(car, -ALANDTSE_S) >= every - 1:
                self._read_at[car] = now
                if truth := await tesla.read(car):
                    self._known[car] = truth
        return now + ALANDTSE_TICK_S


PEERS: Mapping[str, Callable[[bool], Policy]] = {
    "tesla_fleet": lambda old: TeslaFleet(old=old),
    "alandtse": lambda _: Alandtse(),
}
"""Makes a peer's policy; asked with whether the car is an old one."""
