"""Lets a simulated car live a life (life.py): what the life says is what Tesla's API shows, to the second."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
import time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tesla_simulator.world import Car, Place, Site, Station, build_car, connector_site, home_station, supercharger

from .life import DAY_S, KW_PER_AMP, Charge, Drive, Life, Plug

AWAY = Place(52.5200, 13.3900, "Away")
SPEED_KMH = 50.0
SPARE_PERCENT = 5.0
SPARE_WH = 100.0  # so that no charge is over before its time
NEAR_END_S, SPARE_S = 600.0, 2.0  # from then on the car knows the end, as far as it ever does
STANDBY_W = 20.0  # little, so that no car that hangs on the plug all day falls below its limit
HEARD_S = 0.001  # after what happens by itself
LATE = 2  # of several acts of a moment, the one that lets the car sleep comes last
ZONE = ZoneInfo("UTC")  # a life's days are the biller's


class Act(NamedTuple):
    """Something that is done with a car, in seconds since its life began."""

    at: float
    order: int
    do: Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Home:
    """The cars of a household, the site with a Wall Connector for each, and what is done with them in order."""

    cars: Sequence[Car]
    stations: Sequence[Station]
    site: Site
    acts: Sequence[Act]

    def sleeps(self) -> list[float]:
        """Return the seconds that each car has slept."""
        for car in self.cars:
            car.catch_up()
        return [car.asleep_s for car in self.cars]


def furnish(lives: Sequence[Life]) -> Home:
    """Build a home for lives; its cars are asleep and do nothing until the acts are done."""
    stations = [home_station(number + 1, name=f"Carport {number + 1}") for number in range(len(lives))]
    cars = [_car(life, number + 1, station) for number, (life, station) in enumerate(zip(lives, stations, strict=True))]
    connectors = [station.wall_connector for station in stations if station.wall_connector]
    acts = [
        act
        for car, life, station in zip(cars, lives, stations, strict=True)
        for act in _Living(car, life, station).acts()
    ]
    return Home(
        cars=cars,
        stations=stations,
        site=connector_site(1, *connectors, zone=ZONE),
        acts=sorted(acts, key=lambda a: a[:2]),
    )


async def live(acts: Iterable[Act], begin: float) -> None:
    """Do everything when it is due, for a life that began at an epoch second."""
    for act in acts:
        if (seconds := begin + act.at - time.time()) > 0:
            await asyncio.sleep(seconds)
        act.do()


def _car(life: Life, number: int, station: Station) -> Car:
    letter, year = ("S", 2019) if life.make == "pre-2021" else ("Y", 2024)
    car = build_car(f"Car {number}", letter, year, number, zone=ZONE, home=station, standby_w=STANDBY_W)
    car.asleep = True
    return car


class _Living:
    """One car and its life."""

    def __init__(self, car: Car, life: Life, home: Station) -> None:
        self._car, self._life, self._home = car, life, home

    def acts(self) -> list[Act]:
        """Return all that is done with the car."""
        life = self._life
        found = list[tuple[float, int, Callable[[], object]]]()
        for reason, linger in zip(life.reasons, life.lingers, strict=True):
            found += [
                (reason.begin, 0, partial(self._set, kept_awake=True)),
                (reason.end, LATE, partial(self._set, kept_awake=False, sleep_after_seconds=linger)),
            ]
        for name, spans in (("user_present", life.present), ("sentry_mode", life.sentry)):
            for span in spans:
                found.append((span.begin, 1, partial(self._set, **{name: True})))
                found.append((span.end, 1, partial(self._set, **{name: False})))
        for drive in life.drives:
            found.append((drive.begin, 1, partial(self._drive, drive)))
            found.append((drive.end + HEARD_S, 1, partial(self._charge_is, drive.soc)))
        for plug in life.plugs:
            charges = [charge for charge in life.charges if plug.begin <= charge.begin < plug.end]
            station = self._station(plug)
            found.append((plug.begin, 1, partial(self._plug_in, station, charges)))
            found.append((plug.end, 1, self._unplug))
            for charge in charges:
                found += self._charging(charge, station)
        return [Act(at, order, partial(self._now, do)) for at, order, do in found if at < life.seconds]

    def _now(self, do: Callable[[], object]) -> None:
        self._car.catch_up()
        do()
        self._car.settle()

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self._car, name, value)

    def _charge_is(self, soc: float) -> None:
        self._car.battery.energy_wh = self._car.battery.capacity_wh * soc / 100

    def _drive(self, drive: Drive) -> None:
        car, seconds = self._car, drive.end - drive.begin
        free_wh = max(0.0, car.battery.soc - SPARE_PERCENT) / 100 * car.battery.capacity_wh
        speed = min(SPEED_KMH, max(1.0, free_wh / car.model.drive_wh_per_km / seconds * 3600))
        car.park_at = self._home if drive.place == "home" else AWAY
        car.drive(seconds / 60, speed)

    def _station(self, plug: Plug) -> Station:
        if plug.where == "home":
            return self._home
        if plug.where == "dc":
            return supercharger("Example Park", AWAY.latitude, AWAY.longitude)
        return Station(
            kind="public_ac",
            name="Market Square",
            latitude=AWAY.latitude,
            longitude=AWAY.longitude,
            phases=3,
            max_current_a=32,
        )

    def _plug_in(self, station: Station, charges: Sequence[Charge]) -> None:
        """Put the cable in; the car waits for its schedule, or for somebody to start it."""
        car, charger = self._car, self._car.charger
        scheduled = bool(charges) and charges[0].begins == "scheduled"
        charger.plan.mode = "StartAt" if scheduled else "Off"
        charger.enabled = scheduled
        if charges:
            charger.plan.start_minutes = round(charges[0].begin % DAY_S / 60)
            charger.limit = charges[0].limit
            self._charge_is(self._begins_with(charges[0]))
        car.plug_in(station)

    def _unplug(self) -> None:
        self._car.unplug()

    def _charging(self, charge: Charge, station: Station) -> list[tuple[float, int, Callable[[], object]]]:
        steps = [(at, 1, partial(self._power, station, kw)) for at, kw in charge.steps]
        acts: list[tuple[float, int, Callable[[], object]]] = [
            (charge.begin, 0, partial(self._begin, charge)),
            *steps,
            (charge.end, 1, partial(self._end, charge)),
        ]
        if charge.ends == "full" and charge.where != "dc" and charge.end - charge.begin > NEAR_END_S:
            acts.append((charge.end - NEAR_END_S, 1, self._near_end))
        return acts

    def _begin(self, charge: Charge) -> None:
        charger = self._car.charger
        self._car.misjudges_time_to_full = charge.guess
        self._charge_is(self._begins_with(charge))
        if not charger.active:
            charger.start_now()

    def _begins_with(self, charge: Charge) -> float:
        return charge.soc - 100 * SPARE_WH / self._car.battery.capacity_wh

    def _power(self, station: Station, kw: float) -> None:
        if station.dc:
            station.max_power_w = kw * 960  # DC_EFFICIENCY
        else:
            self._car.charger.amps_setting = round(kw / KW_PER_AMP)

    def _near_end(self) -> None:
        charger = self._car.charger
        left_wh = charger.draw().battery_w * (NEAR_END_S + SPARE_S) / 3600
        self._car.battery.energy_wh = charger.limit_wh - left_wh

    def _end(self, charge: Charge) -> None:
        if charge.ends == "full":
            self._car.battery.energy_wh = self._car.charger.limit_wh
        else:
            self._car.charger.stop_now(self._car.now)
