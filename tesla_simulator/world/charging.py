"""The charger of a car: plug, states, power, limit, schedule."""

from dataclasses import dataclass, field
from math import inf
from zoneinfo import ZoneInfo

from .battery import Battery, charge_share
from .models import Market
from .schedules import OPEN, Gate, Plan, charge_gate, spend
from .station import Place, Station

AC_EFFICIENCY = 0.90  # charging.md 1.1: wall side = battery side / 0.90
DC_EFFICIENCY = 0.96
STARTING_S = 6.0
TOP_UP_PERCENT = 3.0  # a plugged car that fell this far below its limit charges again
LIMIT_MIN, LIMIT_MAX, LIMIT_STD = 50, 100, 90  # fleet_api.md 6.2 and the real responses
ACTIVE = ("Starting", "Charging")
FULL_WH = 0.01
SOON = 1e-6


@dataclass(frozen=True)
class Draw:
    """What flows at one instant; power in W at the wall and into the battery."""

    phases: int = 0
    amps: float = 0.0
    wall_w: float = 0.0
    battery_w: float = 0.0


NOTHING = Draw()


@dataclass(eq=False)
class ChargeSession:
    """One plug-in, epoch s and Wh: what Tesla bills (Supercharger) or a Wall Connector remembers."""

    vin: str
    station: Station
    plugged_at: float
    started_at: float | None = None
    stopped_at: float | None = None
    unplugged_at: float | None = None
    energy_added_wh: float = 0.0
    energy_used_wh: float = 0.0


@dataclass(eq=False)
class Charger:
    """Charging state of a car (charge_state, fleet_api.md 5.3)."""

    vin: str
    market: Market
    battery: Battery
    zone: ZoneInfo
    place: Place
    plan: Plan = field(default_factory=Plan)
    limit: int = 80
    amps_setting: int | None = None  # None: as much as there is
    enabled: bool = True  # off: plugged in, it does not start by itself
    stop_outlasts_schedules: bool = False  # whether a stopped charge stays so when a schedule starts; UNCONFIRMED
    station: Station | None = None
    mode: str = "Stopped"
    starting_s: float = 0.0
    gate: Gate = OPEN
    door_open: bool = False
    unlocked_at: float | None = None  # epoch s since when the cable can be pulled
    energy_added_wh: float = 0.0
    sessions: list[ChargeSession] = field(default_factory=list)

    @property
    def state(self) -> str:
        """charging_state."""
        return self.mode if self.station else "Disconnected"

    @property
    def active(self) -> bool:
        """Whether it charges or starts to."""
        return self.state in ACTIVE

    @property
    def unlocked(self) -> bool:
        """Whether the cable can be pulled."""
        return self.unlocked_at is not None

    @property
    def pending(self) -> bool:
        """scheduled_charging_pending."""
        may_start = self.enabled or not self.stop_outlasts_schedules
        return self.state == "Stopped" and may_start and self.gate.start is not None

    @property
    def limit_wh(self) -> float:
        """Energy at the charge limit."""
        return self.battery.capacity_wh * self.limit / 100

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self.battery.energy_wh >= self.limit_wh - FULL_WH

    @property
    def phases(self) -> int:
        """AC phases in use: the car's or the station's, whichever are fewer."""
        phases = max(self.market.ac_amps)
        return 1 if self.station and self.station.phases < phases else phases

    @property
    def amps_max(self) -> int:
        """charge_current_request_max."""
        car = self.market.ac_amps[self.phases]
        return min(car, self.station.max_current_a) if self.station and not self.station.dc else car

    @property
    def amps(self) -> int:
        """charge_amps."""
        return self.amps_max if self.amps_setting is None else min(self.amps_setting, self.amps_max)

    def draw(self) -> Draw:
        """Return what flows now."""
        return self.draw_at(self.battery.soc) if self.station and self.mode == "Charging" else NOTHING

    def draw_at(self, soc: float) -> Draw:
        """Return what would flow at `soc` percent."""
        if self.station is None:
            return NOTHING
        accepts_w = self.battery.max_charge_w * charge_share(soc)
        if self.station.dc:
            battery_w = min(accepts_w, self.station.max_power_w)
            return Draw(0, 0.0, battery_w / DC_EFFICIENCY, battery_w)
        phase_w = self.phases * self.station.voltage_v
        wall_w = min(phase_w * self.amps, self.station.supply_w, accepts_w / AC_EFFICIENCY)
        return Draw(self.phases, wall_w / phase_w, wall_w, wall_w * AC_EFFICIENCY)

    def seconds_to_limit(self) -> float:
        """Return how long charging to the limit takes, taper included; inf without power."""
        soc, seconds = self.battery.soc, 0.0
        while soc < self.limit:
            upto = min(int(soc) + 1, self.limit)
            power_w = self.draw_at((soc + upto) / 2).battery_w
            if power_w <= 0:
                return inf
            seconds += (upto - soc) / 100 * self.battery.capacity_wh / power_w * 3600
            soc = upto
        return seconds

    def plug(self, station: Station, now: float) -> None:
        """Put the cable in: the counter starts again, and charging if nothing holds it."""
        self.station, self.energy_added_wh = station, 0.0
        self.door_open, self.unlocked_at = True, None
        self.sessions.append(ChargeSession(self.vin, station, now))
        self.decide(now)

    def unplug(self, now: float) -> None:
        """Pull the cable."""
        self.halt(now)
        self.sessions[-1].unplugged_at = now
        self.station, self.mode, self.gate = None, "Stopped", OPEN
        self.enabled, self.door_open, self.unlocked_at = True, False, None

    def plan_gate(self, now: float) -> Gate:
        """Return what the plan says now."""
        seconds = self.seconds_to_limit()
        return charge_gate(self.plan, now, self.place, self.zone, 0.0 if seconds == inf else seconds)

    def decide(self, now: float) -> None:
        """Start, wait or rest, after a plug-in, a change of plan or limit, or power come back."""
        self.gate = self.plan_gate(now)
        if self.full:
            self._rest("Complete", now)
        elif self.enabled and self.gate.open:
            self.start()
        else:
            self._rest("Stopped", now)

    def start(self) -> None:
        """Begin to charge, unless it does."""
        if not self.active:
            self.mode, self.starting_s, self.unlocked_at = "Starting", STARTING_S, None

    def start_now(self) -> None:
        """charge_start: the user overrules the schedule until the cable is pulled."""
        self.enabled, self.gate = True, OPEN
        self.start()

    def stop_now(self, now: float) -> None:
        """charge_stop."""
        self.enabled, self.gate = False, self.plan_gate(now)
        self._rest("Stopped", now)

    def halt(self, now: float) -> None:
        """Note the end of the flow."""
        if self.active:
            self.sessions[-1].stopped_at = now

    def _rest(self, mode: str, now: float) -> None:
        self.halt(now)
        self.mode = mode

    def settle(self, now: float) -> None:
        """Take the changes that are due."""
        if self.station is None:
            return
        if not self.station.live:
            self._rest("NoPower", now)
        elif self.mode == "NoPower":
            self.decide(now)
        elif self.active:
            self._settle_active(now)
        elif self.pending and self.gate.start is not None and self.gate.start <= now + SOON:
            self._scheduled_start(now)
        elif self.mode == "Complete" and self.battery.soc < self.limit - TOP_UP_PERCENT:
            self.start()

    def _settle_active(self, now: float) -> None:
        if self.mode == "Starting" and self.starting_s <= SOON:
            self.mode = "Charging"
            session = self.sessions[-1]
            session.started_at = now if session.started_at is None else session.started_at
        if self.full:
            self._rest("Complete", now)
        elif self.gate.end is not None and self.gate.end <= now + SOON:
            spend(self.plan, now, self.place, self.zone)
            self.gate = self.plan_gate(now)
            self._rest("Stopped", now)

    def _scheduled_start(self, now: float) -> None:
        if self.full:
            self._rest("Complete", now)
            return
        self.enabled, self.gate = True, self.plan_gate(now)
        spend(self.plan, now, self.place, self.zone)
        self.start()

    def due_in(self, now: float) -> float:
        """Return the seconds to the next change, or to the next good point of the curve."""
        if self.state == "Starting":
            return self.starting_s
        if self.state == "Charging":
            flow = self.draw()
            full_s = (self.limit_wh - self.battery.energy_wh) / flow.battery_w * 3600 if flow.battery_w > 0 else inf
            tapering = flow.phases == 0 or flow.battery_w >= self.battery.accepts_w * (1 - SOON)
            end_s = self.gate.end - now if self.gate.end is not None else inf
            return min(full_s, end_s, 60.0 if tapering else inf)
        return self.gate.start - now if self.pending and self.gate.start is not None else inf

    def step(self, seconds: float) -> None:
        """Let the power of now flow for a while."""
        self.starting_s -= seconds if self.state == "Starting" else 0.0
        flow = self.draw()
        if flow.battery_w <= 0:
            return
        added_wh = min(flow.battery_w * seconds / 3600, max(0.0, self.limit_wh - self.battery.energy_wh))
        self.battery.add(added_wh)
        self.energy_added_wh += added_wh
        session = self.sessions[-1]
        session.energy_added_wh += added_wh
        session.energy_used_wh += added_wh * flow.wall_w / flow.battery_w
        session.stopped_at = None
