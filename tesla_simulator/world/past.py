"""The years before a site joined the world: computed from its id and the day, never stored."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from .flows import BUCKET_S, Flows
from .sun import DAY_S, house_w, local_hour, solar_w

if TYPE_CHECKING:
    from .site import Site

CAR_W = 11_000.0
GRID_CHARGE_W = 1700.0
EXPORT_W = 1500.0
ROUND_TRIP = 0.9  # what of the energy that goes into a Powerwall comes out again
BALANCE_S = 900


@dataclass(frozen=True)
class Stretch:
    """A charge or an outage: when it began (epoch), how long it took, and for a charge its energy in Wh."""

    start: int
    seconds: int
    energy_wh: int = 0

    def overlaps(self, start: float, end: float) -> bool:
        """Whether part of it is between two times."""
        return self.start < end and self.start + self.seconds > start


@dataclass(frozen=True)
class DayPlan:
    """What a day of the past was like; `fill` and `drain` let the Powerwall give what it took."""

    clouds: float
    appetite: float
    grid_charge: bool
    sells: bool
    charge: Stretch | None
    outage: Stretch | None
    fill: float = 1.0
    drain: float = 1.0


def midnight(day: date, site: Site) -> int:
    """Return the epoch at which a day begins at a site."""
    return int(datetime.combine(day, time(), site.zone).timestamp())


def day_of(at: float, site: Site) -> date:
    """Return the day that it is at a site."""
    return datetime.fromtimestamp(at, site.zone).date()


def plan_of(day: date, site: Site) -> DayPlan:
    """Return what a day was like, the same whenever it is asked."""
    dice = Random(f"{site.id} {day}")
    start = midnight(day, site)

    def stretch(chance: float, first_hour: int, longest: int, power_w: float = 0.0) -> Stretch | None:
        happens, begins, lasts = dice.random(), dice.randrange(12), dice.randint(6, longest)
        if happens >= chance:
            return None
        seconds = lasts * BUCKET_S
        return Stretch(start + first_hour * 3600 + begins * BUCKET_S, seconds, round(power_w * seconds / 3600))

    plan = DayPlan(
        clouds=dice.random() * 0.9,
        appetite=0.8 + dice.random() * 0.5,
        grid_charge=dice.random() < 0.3,
        sells=dice.random() < 0.3,
        charge=stretch(0.4 if site.wall_connectors else 0.0, 19, 50, CAR_W),
        outage=stretch(0.02 if site.battery else 0.0, 7, 40),
    )
    return _balanced(plan, start, site) if site.battery else plan


def _balanced(plan: DayPlan, start: int, site: Site) -> DayPlan:
    taken = given = 0.0
    for at in range(start, start + DAY_S, BALANCE_S):
        battery_w = flows_then(at, site, plan, _car_w(at, plan.charge)).battery
        taken, given = taken - min(battery_w, 0.0) * ROUND_TRIP, given + max(battery_w, 0.0)
    if not taken or not given:
        return plan
    return replace(plan, fill=min(1.0, given / taken), drain=min(1.0, taken / given))


def _car_w(at: float, *charges: Stretch | None) -> float:
    return CAR_W if any(one and one.overlaps(at, at + 1) for one in charges) else 0.0


def flows_then(at: float, site: Site, plan: DayPlan, car_w: float) -> Flows:
    """Return the flows at an instant of the past."""
    sun = solar_w(at, site.latitude, site.longitude, site.solar_peak_w, plan.clouds) if site.solar else 0.0
    load = house_w(at, site.zone) * plan.appetite + car_w
    if not site.battery:
        return Flows(sun, load, 0.0, load - sun)
    if plan.outage and plan.outage.overlaps(at, at + 1):
        return Flows(sun, load, load - sun, 0.0)
    battery = _battery_w(load - sun, local_hour(at, site.zone), site, plan)
    return Flows(sun, load, battery, load - sun - battery)


def _battery_w(net: float, hour: float, site: Site, plan: DayPlan) -> float:
    if net < 0:
        return max(net, -site.power_max_w) * (1.0 if hour < 14 else 0.2) * plan.fill
    if plan.grid_charge and 1 <= hour < 3:
        return -GRID_CHARGE_W * plan.fill
    if plan.sells and 19 <= hour < 20:
        return min(net + EXPORT_W, site.power_max_w) * plan.drain
    return min(net * (0.9 if hour >= 16 else 0.4), site.power_max_w) * plan.drain


def stretches_then(site: Site, start: float, end: float, kind: str) -> list[Stretch]:
    """Return the charges or outages of the past that are partly between two times."""
    day, last = day_of(start, site) - timedelta(days=1), day_of(end, site)
    found = []
    while day <= last:
        one: Stretch | None = getattr(site.past.plan(day), kind)
        if one is not None and one.overlaps(start, end):
            found.append(one)
        day += timedelta(days=1)
    return found


def bucket_then(start: int, site: Site) -> dict[str, float]:
    """Return the energy of a five-minute bucket of the past in Wh, behind each key of calendar_history."""
    middle = start + BUCKET_S / 2
    today = day_of(middle, site)
    plan = site.past.plan(today)
    car_w = _car_w(middle, plan.charge, site.past.plan(today - timedelta(days=1)).charge)
    flows = flows_then(middle, site, plan, car_w)
    return {key: round(power_w * BUCKET_S / 3600, 3) for key, power_w in flows.parts().items()}


def cut(stretch: Stretch, end: float) -> Stretch:
    """Return what is over of a stretch."""
    seconds = round(min(stretch.seconds, end - stretch.start))
    return replace(stretch, seconds=seconds, energy_wh=round(stretch.energy_wh * seconds / stretch.seconds))
