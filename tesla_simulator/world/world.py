"""The world: everything that lives, moved together in steps."""

from .accounts import Account
from .car import Car
from .clock import Clock
from .home import HOME_SEED, furnish_home
from .site import Site
from .station import Station
from .supercharging import Superchargers

STEP_S = 60.0
LONG_STEP_S = 300.0
LONG_S = 2 * 86_400.0  # a leap beyond it goes in long steps
SHORTEST_S = 1e-3


class World:
    """Accounts, cars, sites and stations on one clock."""

    def __init__(self, clock: Clock | None = None, seed: int = HOME_SEED) -> None:
        """Start empty."""
        self.clock = clock or Clock()
        self.accounts: list[Account] = []
        self.stations: list[Station] = []
        self.superchargers = Superchargers()
        self.seed = seed
        self._now = self.clock.now().timestamp()
        self._joined: set[Car | Site] = set()
        self._moving = False

    @property
    def cars(self) -> dict[str, Car]:
        """Every car by VIN; a car of several accounts (driver access) lives once."""
        return {car.vin: car for account in self.accounts for car in account.cars}

    @property
    def sites(self) -> dict[int, Site]:
        """Every site by energy_site_id."""
        return {site.id: site for account in self.accounts for site in account.sites}

    def car_named(self, name: str) -> Car:
        """Return the car of that name; raises KeyError."""
        self.update()
        return {car.display_name: car for car in self.cars.values()}[name]

    def update(self) -> None:
        """Move everything to the clock's time."""
        if self._moving:
            return
        self._moving = True
        try:
            cars, sites = list(self.cars.values()), list(self.sites.values())
            self._welcome(cars, sites)
            self._move(cars, sites, self.clock.now().timestamp())
        finally:
            self._moving = False

    def _welcome(self, cars: list[Car], sites: list[Site]) -> None:
        for car in cars:
            if car not in self._joined:
                car.join(self._now, self.seed, self.update)
        for site in sites:
            if site not in self._joined:
                site.join(self._now, self.update)
        self._joined.update(cars, sites)

    def _move(self, cars: list[Car], sites: list[Site], until: float) -> None:
        longest = LONG_STEP_S if until - self._now > LONG_S else STEP_S
        things: list[Car | Site] = [*sites, *cars]
        self._settle(cars, sites)
        while self._now < until:
            grid = (self._now // longest + 1) * longest
            due = min((thing.due_in() for thing in things), default=longest)
            end = min(until, grid, self._now + max(due, SHORTEST_S))
            seconds = end - self._now
            for site in sites:
                site.step(self._now, seconds)
            for car in cars:
                car.step(seconds)
            self._now = end
            self._settle(cars, sites)

    def _settle(self, cars: list[Car], sites: list[Site]) -> None:
        for site in sites:
            site.now = self._now
            site.settle()
        for car in cars:
            car.now = self._now
            car.settle()

    @classmethod
    def home(cls, clock: Clock | None = None, *, daily_life: bool = False) -> World:
        """Return the household of home.py; with daily_life its cars commute and go out."""
        world = cls(clock)
        account, stations = furnish_home(daily_life=daily_life)
        world.accounts.append(account)
        world.stations += stations
        world.update()
        return world
