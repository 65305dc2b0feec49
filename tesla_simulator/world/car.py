"""A car that lives: parks, drives, charges, sleeps and wakes."""

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field
from fnmatch import fnmatchcase
from math import inf
import time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from .battery import Battery
from .cabin import HEAT_W
from .charging import SOON, Charger
from .clock import no_catching_up
from .commands import run_command
from .drive import Drive
from .effects import Lag, without_effect
from .fitted import Fitted
from .hardware import Hardware, hardware_of
from .keychain import Keychain
from .models import MARKETS, MILES_PER_KM, MODELS, CarModel, Market
from .params import CommandRefused, CommandResult
from .render import render_product, render_vehicle_data
from .route import HEATER_W, Route
from .routine import Departure, next_departure
from .schedules import near, next_preconditioning, spend_preconditioning
from .station import Place, Station
from .sun import BERLIN

PRECONDITION_S = 15 * 60.0
IDLE_W, ASLEEP_W = 200.0, 4.0
HOME = Place(52.4010, 13.0591, "Home")
COMPUTERS = ("vcsec", "infotainment")  # the domains that take signed commands, protocol.md
SCHEDULES_SINCE = (2024, 26)  # fleet_api.md 6.3
UP_S = 250_000.0  # how long its computers have been running when the car is made


@dataclass(eq=False, kw_only=True)
class Car(Fitted):
    """A simulated Tesla; the reading and commanding methods first bring its world up to now."""

    vin: str
    id: int
    vehicle_id: int
    display_name: str
    access_type: str = "OWNER"
    hide_private: bool = False
    in_service: bool = False
    command_signing: Literal["required", "allowed", "off"] = "required"
    pre2021: bool = False
    keeps_awake_by_polling: bool = False
    sleeps: bool = True
    sleep_after_seconds: float = 660.0
    wake_seconds: float = 20.0
    reachable: bool = True
    user_id: int = 100001
    market: Market = MARKETS["eu"]
    zone: ZoneInfo = BERLIN
    home: Place | Station = HOME
    park_at: Place | Station | None = None  # where the next drive ends; None: home
    plug_in_after_drive: bool = False
    routine: Sequence[Departure] = ()
    user_present: bool = False
    sentry_mode: bool = False
    kept_awake: bool = False  # by a phone that looks at it, say
    outside_temp_c: float = 12.0
    odometer_km: float = 24_000.0
    # Ways in which real cars differ.
    standby_w: float = IDLE_W  # awake, and nothing else going on
    misjudges_time_to_full: float = 1.0  # what its estimate is multiplied with, charging.md 3.4
    motorized_charge_port: bool = True
    reports_phases: int = 2  # what it calls three phases, fleet_api.md 5.3
    counter_wobble_kwh: float = 0.0  # how far charge_energy_added falls once it rests, charging.md 2.2
    clears_counter_at_unplug: bool = False  # 2025 cars, charging.md 1.1
    car_wash: bool = False
    refuses_max_range_twice: bool = False
    low_amps_need_two: bool = True
    valet_off_needs_pin: bool = False  # or the owner's word is enough; UNCONFIRMED
    reported: dict[str, object] = field(default_factory=dict)
    relocks_after_seconds: float = inf  # until a cable that was unlocked and not pulled is held again; UNCONFIRMED
    firmware: str = "2026.32.3"
    legacy_schedules: Literal["add", "set"] = "add"  # what set_scheduled_* does from 2024.26 on, users.md 13
    old_fields_follow: bool = False  # whether scheduled_* of charge_state show schedules, users.md 13
    schedules_max: int = 100
    schedules_full_reason: str = "schedules_full"  # UNCONFIRMED
    effect_delay_seconds: float = 0.0  # until vehicle_data shows what a command did
    ignores_commands: set[str] = field(default_factory=set)  # shell patterns of what it accepts and does not do
    fault_after_wake: int = 1  # infotainment's fault while it boots: busy; libraries.md 8.3 names 2 and 11 too
    fault_after_wake_seconds: float = 0.0
    requires_response_encryption: bool = False  # fault 28, libraries.md 1.5
    fleet_status_says: dict[str, object] = field(default_factory=dict)  # `paired` and fields of vehicle_info that lie
    soc: InitVar[float] = 60.0
    built_with: InitVar[Hardware | None] = None  # None: what its model has

    model: CarModel = field(init=False)
    battery: Battery = field(init=False)
    charger: Charger = field(init=False)
    trip: Drive | None = field(default=None, init=False)
    heading: int = field(default=107, init=False)
    asleep: bool = field(default=False, init=False)
    waking_s: float | None = field(default=None, init=False)
    idle_s: float = field(default=0.0, init=False)
    asleep_s: float = field(default=0.0, init=False)  # in all
    conditioning_s: float = field(default=0.0, init=False)
    route: Route | None = field(default=None, init=False)
    doors_unlocked: bool = field(default=False, init=False)
    low_amps_at: float | None = field(default=None, init=False)
    woken_at: float | None = field(default=None, init=False)
    keychain: Keychain = field(default_factory=Keychain, init=False)
    boots: dict[str, list[float]] = field(init=False)
    lag: Lag = field(default_factory=Lag, init=False)
    now: float = field(default=0.0, init=False)
    seed: int = field(default=0, init=False)
    catch_up: Callable[[], None] = field(default_factory=lambda: no_catching_up, init=False, repr=False)
    _ready_at: float | None = field(default=None, init=False)
    _leaves: tuple[float, Departure] | None = field(default=None, init=False)

    def __post_init__(self, soc: float, built_with: Hardware | None) -> None:
        """Park it at home with `soc` percent."""
        self.model = MODELS[self.vin[3]]
        self.hardware = built_with or hardware_of(self.vin[3], pre2021=self.pre2021)
        self.battery = Battery(self.model.capacity_wh, self.model.capacity_wh * soc / 100, self.model.dc_max_w)
        place = Place(self.home.latitude, self.home.longitude)
        self.charger = Charger(self.vin, self.market, self.battery, self.zone, place)
        self.boots = {name: [time.time() - UP_S] for name in COMPUTERS}

    def join(self, now: float, seed: int, catch_up: Callable[[], None]) -> None:
        """Become part of a world."""
        self.now, self.seed, self.catch_up = now, seed, catch_up
        for session in self.charger.sessions:
            session.plugged_at = now
        self.plan_changed()
        self.routine_changed()

    # --- what Tesla shows and takes ---

    @property
    def signing_required(self) -> bool:
        """Whether it refuses unsigned commands."""
        return self.command_signing == "required"

    @property
    def version(self) -> tuple[int, ...]:
        """Year and week of its firmware."""
        return tuple(int(part) for part in self.firmware.split(".")[:2])

    @property
    def knows_schedules(self) -> bool:
        """Whether it has charge and precondition schedules."""
        return self.version >= SCHEDULES_SINCE

    @property
    def legacy_adds(self) -> bool:
        """Whether set_scheduled_* adds a schedule instead of setting the one time there is."""
        return self.knows_schedules and self.legacy_schedules == "add"

    @property
    def locked(self) -> bool:
        """Whether its doors are locked."""
        return not (self.trip or self.user_present or self.doors_unlocked)

    @property
    def state(self) -> Literal["online", "asleep", "offline"]:
        """State of the list endpoints, fleet_api.md 5.1."""
        self.catch_up()
        if not self.reachable:
            return "offline"
        return "asleep" if self.asleep else "online"

    def product(self) -> dict[str, Any]:
        """Return the item of /products and /vehicles, fleet_api.md 5.2."""
        return render_product(self)

    def vehicle_data(self) -> dict[str, Any]:
        """Return product() with every block, the place included, fleet_api.md 5.3."""
        data = render_vehicle_data(self)  # which first brings the world up to now
        return self.lag.shown(self.now, data)

    def command(self, name: str, body: dict[str, object]) -> CommandResult:
        """Run a charging command; raises CommandRefused when the car cannot hear it."""
        if self.state != "online":
            raise CommandRefused(f"vehicle unavailable: vehicle is {self.state}")
        self.idle_s = 0.0
        if any(fnmatchcase(name, pattern) for pattern in self.ignores_commands):
            with without_effect(self):
                return run_command(self, name, body)
        before = render_vehicle_data(self) if self.effect_delay_seconds else None
        result = run_command(self, name, body)
        self.settle()
        if before is not None:
            self.lag.hide(before, self.now + self.effect_delay_seconds)
        return result

    def reboot(self, *computers: str) -> None:
        """Boot some of its computers anew, or all: another epoch, a clock from 0 (protocol.md, Time)."""
        for name in computers or COMPUTERS:
            self.boots[name].append(time.time())

    @property
    def booting(self) -> bool:
        """Whether infotainment is still busy with having woken."""
        return self.woken_at is not None and self.now - self.woken_at < self.fault_after_wake_seconds

    def wake(self) -> None:
        """Ask it to wake, which takes wake_seconds."""
        self.catch_up()
        if self.asleep and self.waking_s is None:
            self.waking_s = self.wake_seconds
            self.settle()

    def touch(self) -> None:
        """A data request or command reached it; an old car stays awake for that (fleet_api.md 5.5)."""
        self.catch_up()
        if self.keeps_awake_by_polling and not self.asleep:
            self.idle_s = 0.0

    # --- what people do with it ---

    def plug_in(self, station: Station) -> None:
        """Park at a station and put the cable in."""
        self.catch_up()
        if self.trip or self.charger.station or station.car:
            raise ValueError("the car drives or hangs on a cable, or the station is taken")
        station.car = self
        self._park(station)
        self.charger.plug(station, self.now)
        self._stir()

    def unplug(self) -> None:
        """Pull the cable."""
        self.catch_up()
        if self.charger.station is None:
            raise ValueError("the car is not plugged in")
        self.charger.station.car = None
        self.charger.unplug(self.now)
        if self.clears_counter_at_unplug:
            self.charger.energy_added_wh = 0.0
        self._stir()

    def drive(self, minutes: float, speed_kmh: float = 60) -> None:
        """Unplug and drive off; the drive ends by itself at `park_at`, by default at home."""
        self.catch_up()
        self._depart(minutes, speed_kmh)

    def sleep(self) -> None:
        """Fall asleep now."""
        self.catch_up()
        if self.busy:
            raise ValueError("a car that charges, drives, watches or has a user in it does not sleep")
        self.asleep, self.waking_s = True, None

    # --- how time passes ---

    @property
    def busy(self) -> bool:
        """Whether something keeps it awake."""
        watched = self.user_present or self.sentry_mode or self.kept_awake or self.software.installing
        return bool(self.trip or self.charger.active or watched or self.warming or self.heating)

    @property
    def preconditioning(self) -> bool:
        """Whether it is being warmed for a departure."""
        return self.conditioning_s > 0

    @property
    def warming(self) -> bool:
        """Whether its climate runs."""
        return self.preconditioning or self.climate.running

    @property
    def at_home(self) -> bool:
        """Whether it is parked at home."""
        return self.trip is None and near(self.home, self.charger.place)

    @property
    def heating(self) -> bool:
        """Whether its battery is being heated for a Supercharger."""
        return self.route is not None and self.route.heats(self.now)

    def plan_changed(self) -> None:
        """Look at the schedules again."""
        self._ready_at = next_preconditioning(self.charger.plan, self.now, self.charger.place, self.zone)
        if self.charger.active:
            self.charger.gate = self.charger.plan_gate(self.now)
        elif self.charger.station:
            self.charger.decide(self.now)

    def routine_changed(self) -> None:
        """Look at the routine again."""
        self._leaves = next_departure(self.routine, self.now, self.zone, f"{self.seed}/{self.vin}")

    def settle(self) -> None:
        """Take the changes that are due now."""
        if self._leaves and self._leaves[0] <= self.now + SOON:
            self._follow(self._leaves[1])
        if self.trip and (self.trip.left <= SOON or self.battery.energy_wh <= 0):
            self._arrive(self.trip)
        self.charger.settle(self.now)
        if version := self.software.settle(self.now, driving=self.trip is not None):
            self.firmware = version
            self.reboot()
        if self._relocks_in() <= SOON:
            self.charger.unlocked_at = None
        if self._ready_at is not None and self._ready_at - PRECONDITION_S <= self.now + SOON:
            self.conditioning_s = max(0.0, self._ready_at - self.now)
            spend_preconditioning(self.charger.plan, self._ready_at, self.charger.place, self.zone)
            self._ready_at = next_preconditioning(self.charger.plan, self._ready_at, self.charger.place, self.zone)
        if self.busy or (self.reachable and self.waking_s is not None and self.waking_s <= SOON):
            self._stir()
        elif self.sleeps and self.idle_s >= self.sleep_after_seconds - SOON:
            self.asleep = True

    def due_in(self) -> float:
        """Return the seconds to the next thing that happens."""
        return min(
            self.charger.due_in(self.now),
            self._relocks_in(),
            self.software.due_in(self.now),
            self.waking_s if self.waking_s is not None and self.waking_s > SOON else inf,
            self.conditioning_s or inf,
            self.trip.left if self.trip else inf,
            self.sleep_after_seconds - self.idle_s if self.sleeps and not self.asleep else inf,
            self._leaves[0] - self.now if self._leaves else inf,
            self._ready_at - PRECONDITION_S - self.now if self._ready_at is not None else inf,
        )

    def step(self, seconds: float) -> None:
        """Live on for a while in which nothing changes."""
        self.charger.step(seconds)
        if self.trip:
            self._roll(self.trip, seconds)
        elif not self.charger.draw().battery_w:
            self.battery.add(-self._standby_w() * seconds / 3600)
        self.conditioning_s = max(0.0, self.conditioning_s - seconds)
        self.waking_s = None if self.waking_s is None else self.waking_s - seconds
        self.idle_s = 0.0 if self.busy else self.idle_s + seconds
        self.asleep_s += seconds if self.asleep else 0.0

    def _standby_w(self) -> float:
        heater_w = HEATER_W if self.heating else 0.0
        return heater_w + (HEAT_W if self.warming else ASLEEP_W if self.asleep else self.standby_w)

    def _relocks_in(self) -> float:
        unlocked_at = self.charger.unlocked_at
        return inf if unlocked_at is None else unlocked_at + self.relocks_after_seconds - self.now

    def _stir(self) -> None:
        self.woken_at = self.now if self.asleep else self.woken_at
        self.asleep, self.waking_s, self.idle_s = False, None, 0.0

    def _park(self, where: Place | Station) -> None:
        self.charger.place = Place(where.latitude, where.longitude)
        self._ready_at = next_preconditioning(self.charger.plan, self.now, self.charger.place, self.zone)

    def _depart(self, minutes: float, speed_kmh: float) -> None:
        if self.trip or minutes <= 0 or speed_kmh <= 0:
            raise ValueError("the car is driving already, or the drive has no length")
        if self.charger.station:
            self.unplug()
        self.trip = Drive(minutes * 60, speed_kmh, self.charger.place, self.park_at or self.home)
        self.doors_unlocked = False
        self._stir()

    def _follow(self, departure: Departure) -> None:
        if not self.trip:
            self.park_at, self.plug_in_after_drive = (departure.destination, departure.plug_in)
            self._depart(departure.minutes, departure.speed_kmh)
        self.routine_changed()

    def _roll(self, trip: Drive, seconds: float) -> None:
        km = trip.speed_kmh * seconds / 3600
        self.battery.add(-km * self.model.drive_wh_per_km)
        self.odometer_km += km
        trip.elapsed += seconds
        self.heading = round(trip.elapsed / trip.seconds * 359)

    def _arrive(self, trip: Drive) -> None:
        empty = trip.left > SOON
        end = Place(*trip.position()) if empty else trip.end
        plug, self.trip, self.plug_in_after_drive, self.park_at = (self.plug_in_after_drive, None, False, None)
        self.route = None
        self._park(end)
        if plug and isinstance(end, Station) and end.car is None:
            self.plug_in(end)

    def position(self) -> tuple[float, float]:
        """Return latitude and longitude."""
        return self.trip.position() if self.trip else (self.charger.place.latitude, self.charger.place.longitude)

    def miles(self, energy_wh: float) -> float:
        """Return rated miles of an energy."""
        return energy_wh / self.model.wh_per_rated_mile

    def odometer_miles(self) -> float:
        """Return the odometer in miles."""
        return self.odometer_km * MILES_PER_KM
