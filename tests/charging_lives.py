"""A simulated car that is plugged in, charged, driven and read now and then, beside the truth of its sessions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from typing import Any

from custom_components.tesla_charging.charging.book import Book, merged
from custom_components.tesla_charging.charging.engine import Engine
from custom_components.tesla_charging.charging.learned import learn
from custom_components.tesla_charging.charging.news import News
from custom_components.tesla_charging.charging.seen import see, see_connector
from custom_components.tesla_charging.charging.session import Session
from custom_components.tesla_charging.charging.totals import Totals
from custom_components.tesla_charging.fleet.models import EnergySite, Vehicle, parse
from tesla_simulator.world import Account, Car, Station, World, build_car
from tesla_simulator.world.charging import ChargeSession
from tesla_simulator.world.garage import home_station
from tesla_simulator.world.station import supercharger

BEGIN = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
HOUR_S = 3600
# What is read of the counter has steps of 10 Wh.
STEP_WH = 15.0
WOBBLE_WH = 300.0


@dataclass
class LifeClock:
    """A clock that stands until it is told to go."""

    at: float = BEGIN.timestamp()

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True)
class Habits:
    """How a car is read. every_s: while it is awake; hinted: whether the Wall Connector's word has it read at once."""

    every_s: float = 300.0
    connector: bool = True
    hinted: bool = True
    odometer: bool = True
    location: bool = False
    wobble_kwh: float = 0.0
    year: int = 2024
    phases: int = 3


@dataclass
class Told:
    """What was read of a true session: the first and the last value of the counter, when, and whether the wall told."""

    reads: list[tuple[float, float]] = field(default_factory=list)
    looks: int = 0


class Life:
    """A car, who reads it, and what is made of it."""

    def __init__(self, habits: Habits) -> None:
        """Park it at home, unplugged."""
        self.habits, self.clock = habits, LifeClock()
        self.world = World(self.clock)  # type: ignore[arg-type]
        self.home = home_station(phases=habits.phases, amps=16 if habits.phases == 3 else 32)
        self.public = Station(
            kind="public_ac", name="Market", latitude=52.51, longitude=13.37, phases=3, max_current_a=32
        )
        self.fast = supercharger("Park", 52.31, 13.43)
        self.car: Car = build_car("Nova", "Y", habits.year, 7, soc=40.0, home=self.home)
        self.car.counter_wobble_kwh = habits.wobble_kwh
        self.world.accounts.append(
            Account(sub="a", email="a", full_name="a", password="a", region="eu", cars=[self.car])
        )
        self.world.update()
        self.vehicle = Vehicle(vin=self.car.vin)
        self.site = EnergySite(energy_site_id=1)
        self.engine, self.book = Engine(self.car.vin), Book()
        self.saved: tuple[str, dict[str, Session], Totals] = json.dumps(self.engine.to_json()), {}, Totals()
        self.news: list[News] = []
        self.told: dict[int, Told] = {}
        self.true_hours: dict[int, float] = {}
        self.counted = 0.0
        self.online, self.running = True, True
        self.blind_s = 0.0
        self._read_at = self._looked_at = self.clock.at
        self._asleep = False
        self._hint = False
        self.read()

    # The truth

    @property
    def now(self) -> float:
        """The time."""
        return self.clock.at

    @property
    def truth(self) -> list[ChargeSession]:
        """The sessions as they truly were."""
        return self.car.charger.sessions

    def _count(self, since: float) -> None:
        whole = sum(one.energy_added_wh for one in self.truth)
        hour = int(since // HOUR_S) * HOUR_S
        self.true_hours[hour] = self.true_hours.get(hour, 0.0) + whole - self.counted
        self.counted = whole

    # Time

    def live(self, minutes: float) -> None:
        """Let time pass, with the reads that come in it."""
        end = self.now + minutes * 60
        while self.now < end:
            since = self.now
            self.clock.at = min(end, (self.now // 30 + 1) * 30)
            self.world.update()
            self._count(since)
            if self.running and self.online:
                self._poll()

    def _poll(self) -> None:
        if self.habits.connector and self.now - self._looked_at >= 60:
            self.look()
        asleep = self.car.asleep
        woke, self._asleep = self._asleep and not asleep, asleep
        if asleep:
            self.engine.slept(self.now)
            self.take()
        elif woke or self._hint or self.now - self._read_at >= self.habits.every_s:
            self.read()

    def look(self) -> None:
        """Look at the Wall Connector."""
        self._looked_at = self.now
        assert self.home.wall_connector is not None
        status = self.home.wall_connector.live_status()
        data = {"live_status": {"wall_connectors": [status]}}
        self.site = parse(EnergySite, {**data, "live_read_at": self.now}, self.site)
        was = self.engine.wall.plugged
        connector = see_connector([self.site], self.car.vin, self.engine.wall.din)
        if connector is not None:
            self.engine.saw_connector(connector)
        self._hint = self.habits.hinted and self.engine.wall.plugged != was
        if self.car.charger.station is self.home:
            self.told.setdefault(len(self.truth) - 1, Told()).looks += 1
        self.take()

    def read(self) -> None:
        """Read the car."""
        self._read_at, self._hint = self.now, False
        data = self.car.vehicle_data()
        if not self.habits.odometer:
            data["vehicle_state"].pop("odometer")
        blocks = {name: block for name, block in data.items() if isinstance(block, dict)}
        self.vehicle = parse(Vehicle, {**blocks, "read_at": self.now}, self.vehicle)
        at_home = self.car.charger.place.latitude == self.home.latitude and self.car.trip is None
        seen = see(self.vehicle, home=at_home if self.habits.location else None)
        assert seen is not None
        if self.car.charger.station is not None:
            told = self.told.setdefault(len(self.truth) - 1, Told())
            told.reads.append((self.now, seen.added_wh or 0.0))
        self.engine.saw(seen)
        self.take()

    def take(self) -> None:
        """Take what the engine has made of it, and see that no total falls."""
        before = self.book.totals()
        found, news = self.engine.taken()
        for session in found:
            settled = not self.engine.unsettled(self.now)
            self.book.put(merged(self.book.get(session.id), session), settled=settled)
        self.engine.learned = learn(self.book.newest_first())
        self.news += news
        after = self.book.totals()
        assert all(after.added_wh[place] >= wh for place, wh in before.added_wh.items())
        assert all(after.used_wh[place] >= wh for place, wh in before.used_wh.items())
        if news or self.now - self._read_at >= 300:
            self.save()

    def save(self) -> None:
        """Put it on disk."""
        sessions = {one.id: one for one in self.book.between()}
        self.saved = json.dumps(self.engine.to_json()), sessions, self.book.totals()

    # What people do

    def do(self, what: str, minutes: float) -> None:
        """Do something, if it can be done, and let time pass."""
        car, charger = self.car, self.car.charger
        plugs = {"home": self.home, "public": self.public, "fast": self.fast}
        if what in plugs and car.trip is None and charger.station is None:
            car.plug_in(plugs[what])
        elif what == "unplug" and charger.station is not None:
            car.unplug()
        elif what == "replug" and charger.station is not None:
            station = charger.station
            car.unplug()
            self.live(1)
            car.plug_in(station)
        elif what == "drive" and car.trip is None and car.battery.soc > 25:
            car.drive(min(minutes, 40), 60)
        elif what == "stop" and charger.active:
            charger.stop_now(self.now)
        elif what == "start" and charger.state == "Stopped":
            charger.start_now()
        elif what == "crash":
            self.restart(crash=True, minutes=min(minutes, 30))
        elif what == "restart":
            self.restart(crash=False, minutes=min(minutes, 30))
        elif what == "outage":
            self.online = False
            self.live(minutes * 6)
            self.online = True
            self.blind_s += minutes * 360
        car.settle()
        self.live(minutes)

    def restart(self, *, crash: bool, minutes: float) -> None:
        """End, be away, and come back with what is on disk."""
        before = self.book.totals()
        if not crash:
            self.save()
        self.running = False
        self.live(minutes)
        self.running = True
        self.blind_s += minutes * 60
        state, sessions, shown = self.saved
        self.engine = Engine.from_json(self.car.vin, json.loads(state))
        self.book = Book()
        self.book.shown = shown
        for session in sessions.values():
            draft = self.engine.draft
            in_doubt = draft is not None and draft.id == session.id and self.engine.unsettled(self.now)
            self.book.put(session, settled=not in_doubt)
        if not crash:
            after = self.book.totals()
            assert all(after.added_wh[place] >= wh for place, wh in before.added_wh.items())
            assert all(after.used_wh[place] >= wh for place, wh in before.used_wh.items())

    def finish(self) -> None:
        """Pull the cable, and read the car once more."""
        if self.car.charger.station is not None:
            self.car.unplug()
        self.live(3)
        self.car.wake()
        self.live(max(5.0, self.habits.every_s / 60 + 1))

    # What was made of it

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that were found."""
        return self.book.between()

    def hours(self) -> dict[int, float]:
        """Return the energy of each hour, as it was found."""
        found: dict[int, float] = {}
        for session in self.sessions:
            for one in session.flow:
                for second in range(one.start, one.start + one.seconds, 15):
                    part = min(15, one.start + one.seconds - second) / one.seconds
                    hour = second - second % HOUR_S
                    found[hour] = found.get(hour, 0.0) + one.energy_wh * part
        return found

    def explain(self) -> Any:
        """Return all there is to know, for a failure."""
        return {
            "found": [
                (
                    one.id,
                    one.place.value,
                    str(one.plugged_at)[5:19],
                    str(one.unplugged_at)[5:19],
                    [(str(run.start)[11:19], str(run.end)[11:19]) for run in one.runs],
                    round(one.added.wh),
                    one.added.source.value,
                    one.added.estimated,
                    round(one.used.wh),
                    one.used.source.value,
                    one.used.estimated,
                )
                for one in self.sessions
            ],
            "true": [
                (
                    one.station.kind,
                    str(datetime.fromtimestamp(one.plugged_at, UTC))[5:19],
                    str(datetime.fromtimestamp(one.unplugged_at or 0, UTC))[5:19],
                    round(one.energy_added_wh),
                    round(one.energy_used_wh),
                    str(self.told.get(number))[:300],
                )
                for number, one in enumerate(self.truth)
            ],
        }
