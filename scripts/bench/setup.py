"""Setting an account up: how long until 10 cars and 5 sites are shown when each answer takes half a second.

Waiting is virtual and work is real (clock.py): what else the machine does is not counted, and the simulated Tesla's own
work is. An account that was never read is set up in a Home Assistant of its own, ours and
tesla_fleet's in turn; ready is when the battery level of each car and the battery power of each site are shown. The
slowest single chain of requests is the product list and one answer for which the list must be known: nobody can be
faster than these two. Then the battery level of one car changes and that car is read again: what is written of it is
counted, and what is written although it is as before: with the entities that are there from the start, and once more
with all of ours, because those that start disabled are written as well by whoever enables them.
"""

from argparse import ArgumentParser, Namespace
import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from unittest.mock import PropertyMock, patch

from cryptography.hazmat.primitives.asymmetric import ec

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, EventStateReportedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from tesla_simulator import Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account, World, build_car, home_station, powerwall_site

from .clock import WorkingLoop, run_virtual
from .home import KEY_DOMAIN, OURS, PEER, SIDES, Home, Side, Tesla, open_home
from .report import Goal, Report

CARS = 10
SITES = 5
ANSWER_S = 0.5
CHAIN = 2  # the product list, and what is asked when it is known
ALLOWED_CHAINS = 2.0
LONGEST_S = 60.0
QUIET_S = 10.0  # what was just read is not read again
STEP_S = 0.01
ENABLED = "ours, every entity enabled"
CAR_KEY = {OURS.name: "battery_level", PEER.name: "charge_state_battery_level"}
SITE_KEY = "battery_power"


@dataclass(frozen=True)
class Figures:
    """What a side did. Seconds from the beginning of the set-up; written: states of one car after its read."""

    loaded_s: float
    ready_s: float
    requests: int
    changed: int
    of_others: int
    unchanged: int


@dataclass
class Watch:
    """Sees what is shown, and when."""

    begin: float = 0.0
    shown: dict[str, float] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    reported: list[str] = field(default_factory=list)

    def begins(self, hass: HomeAssistant) -> None:
        """Start the clock."""
        self.begin = _now()
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._saw_change)
        hass.bus.async_listen(EVENT_STATE_REPORTED, self._saw_report, callback(lambda _: True))

    @callback
    def _saw_change(self, event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        self.changed.append(entity_id)
        if state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            self.shown.setdefault(entity_id, _now() - self.begin)

    @callback
    def _saw_report(self, event: Event[EventStateReportedData]) -> None:
        self.reported.append(event.data["entity_id"])


def add_options(_: ArgumentParser) -> None:
    """Have no options."""


def run(_: Namespace) -> Report:
    """Measure both sides."""
    return report(run_virtual(measure_all(), loop=WorkingLoop))


async def measure_all() -> dict[str, Figures]:
    """Set an account up on each side, and on ours once more with all entities."""
    figures = {side.name: await measure(side) for side in SIDES}
    with _every_entity():
        return {**figures, ENABLED: await measure(OURS)}


def _every_entity() -> AbstractContextManager[object]:
    """Enable those that start disabled, too."""
    return patch.object(Entity, "entity_registry_enabled_default", new_callable=PropertyMock, return_value=True)


async def measure(side: Side) -> Figures:
    """Set an account up on one side, and read one of its cars again."""
    world, station = World(), home_station()
    cars = [build_car(f"Car {number}", "Y", 2025, number, soc=50.0, sleeps=False) for number in range(1, CARS + 1)]
    account = Account(
        sub="b9c1d2e3-0000-4000-8000-00000000a1ec",
        email="alex@example.com",
        full_name="Alex Example",
        password="demo",
        cars=cars,
        sites=[powerwall_site(number) for number in range(1, SITES + 1)],
    )
    world.accounts.append(account)
    world.update()
    async with Simulator(world=world) as sim:
        key = ec.generate_private_key(ec.SECP256R1())
        token = sim.grant(account, sim.apps[0], USER_SCOPES)
        sim.enrol(KEY_DOMAIN, key.public_key(), sim.apps[0])
        sim.behaviour.answer_seconds = ANSWER_S
        tesla, watch = Tesla(sim, cars[0], station, key, token), Watch()
        async with open_home(tesla, side, before=_with_actions, begins=watch.begins) as home:
            loaded = _now() - watch.begin
            ready = await _ready(home, watch)
            requests = len(sim.requests)
            changed, of_others, unchanged = await _read_one_again(home, watch)
    return Figures(loaded, ready, requests, changed, of_others, unchanged)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _with_actions(hass: HomeAssistant) -> None:
    await async_setup_component(hass, "homeassistant", {})


async def _ready(home: Home, watch: Watch) -> float:
    """Wait until everything is shown; return when it was."""
    account = home.tesla.sim.world.accounts[0]
    wanted = [f"{car.vin}-{CAR_KEY[home.side.name]}" for car in account.cars]
    wanted += [f"{site.id}-{SITE_KEY}" for site in account.sites]

    def seen() -> list[float]:
        ids = (_entity_id(home, unique_id) for unique_id in wanted)
        return [watch.shown[entity_id] for entity_id in ids if entity_id in watch.shown]

    await _until(lambda: len(seen()) == len(wanted), f"{home.side.name} shows everything")
    return max(seen())


def _entity_id(home: Home, unique_id: str) -> str | None:
    return er.async_get(home.hass).async_get_entity_id("sensor", home.side.domain, unique_id)


async def _until(condition: Callable[[], bool], what: str) -> None:
    end = _now() + LONGEST_S
    while not condition():
        if _now() > end:
            raise RuntimeError(f"it did not come about that {what}")
        await asyncio.sleep(STEP_S)


async def _read_one_again(home: Home, watch: Watch) -> tuple[int, int, int]:
    """Read one car that has changed; return the states written that changed, of it and of others, and that did not."""
    await asyncio.sleep(QUIET_S)
    car = home.tesla.car
    entity_id = _entity_id(home, f"{car.vin}-{CAR_KEY[home.side.name]}")
    if entity_id is None:
        raise RuntimeError(f"{home.side.name} does not show the car")
    car.battery.energy_wh = car.battery.capacity_wh * 0.4
    watch.changed.clear()
    watch.reported.clear()
    target = {"entity_id": entity_id}
    await home.hass.services.async_call("homeassistant", "update_entity", target, blocking=True)
    await _until(lambda: entity_id in watch.changed, "the change is shown")
    registry = er.async_get(home.hass)

    def is_its(one: str) -> bool:
        found = registry.async_get(one)
        return found is not None and found.unique_id.startswith(car.vin)

    its = [one for one in watch.changed if is_its(one)]
    # The entity that is asked to update itself, Home Assistant writes by itself.
    unchanged = [one for one in watch.reported if is_its(one) and one != entity_id]
    return len(its), len(watch.changed) - len(its), len(unchanged)


def report(figures: dict[str, Figures]) -> Report:
    """Make the report."""
    ours, peer, every = figures[OURS.name], figures[PEER.name], figures[ENABLED]
    chain = CHAIN * ANSWER_S
    made = Report("setup", figures={name: asdict(one) for name, one in figures.items()})
    made.figures["chain_s"] = chain
    head = ("", OURS.name, PEER.name, ENABLED)
    sides = (ours, peer, every)
    rows = [
        ("Home Assistant goes on after", *(f"{one.loaded_s:.2f} s" for one in sides)),
        ("everything is shown after", *(f"{one.ready_s:.2f} s" for one in sides)),
        ("… in chains of requests", *(f"{one.ready_s / chain:.2f}" for one in sides)),
        ("requests until then", *(str(one.requests) for one in sides)),
        ("states of a car that its read has changed", *(str(one.changed) for one in sides)),
        ("… written although they are as before", *(str(one.unchanged) for one in sides)),
    ]
    made.tables.append((f"{CARS} cars, {SITES} sites, {ANSWER_S} s for each answer", head, rows))
    made.goals = {
        "ready_in_chains": Goal(ALLOWED_CHAINS, ours.ready_s / chain),
        "written_unchanged": Goal(0, ours.unchanged + every.unchanged),
        "written_of_other_cars": Goal(0, ours.of_others + every.of_others),
    }
    return made
