"""An energy site: sun, house, battery, grid and Wall Connectors that add up."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any, Literal
from zoneinfo import ZoneInfo

from .clock import no_catching_up
from .flows import Flows
from .history import Lived, PastDays
from .models import POWERWALL_W, POWERWALL_WH
from .obedience import Agenda, Obedience, obey
from .render_history import HistoryDefect, render_charges, render_energy, render_outages
from .render_site import render_live_status, render_product, render_site_info
from .station import WallConnector
from .sun import BERLIN, house_w, local_offset, solar_w
from .tariff import TARIFF, price_rank

EFFICIENCY = 0.95  # each way
GRID_CHARGE_W = 1700.0  # how fast it fills up to the reserve from the grid
SNAP_S = 20 * 60.0  # OBSERVED: a reserve of 81..99 becomes 80
SNAP_TO = 80.0
RESUME_PERCENT = 5.0  # island: the car may charge again this far above the vehicle reserve
EDGE = 1e-3  # percent
SHORTEST_S = 1.0


@dataclass(eq=False, kw_only=True)
class Site:
    """A site; `battery`, `solar` and `grid` say what it has; the reading methods first bring its world up to now."""

    id: int
    site_name: str
    battery: bool = True
    solar: bool = True
    grid: bool = True
    wall_connectors: list[WallConnector] = field(default_factory=list)
    zone: ZoneInfo = BERLIN
    latitude: float = 52.4
    longitude: float = 13.06
    solar_peak_w: float = 9800.0
    battery_count: int = 2
    cloud_cover: float = 0.2
    extra_load_w: float = 0.0
    grid_up: bool = True
    # Ways in which real sites differ.
    reports_pack_energy: bool = True  # Powerwall 3: some firmware leaves it out (fleet_api.md 7.1)
    reports_wall_connectors: bool = True  # False: null (fleet_api.md 7.1)
    reports_nameplate: bool = True
    part_lists: Literal["full", "null", "absent"] = "full"  # of batteries, gateways, inverters
    leads: bool = False  # the first battery is the gateway too, under one DIN (UNCONFIRMED for Powerwall 3)
    inverters: int = 0
    breaker_open: bool | None = None  # None: not told
    gone: Literal["", "not_found", "upstream"] = ""  # taken down but still in the product list (fleet_api.md 7.8)
    battery_type: Literal["ac_powerwall", "solar_powerwall"] = "ac_powerwall"
    snaps_reserve: bool = True
    may_edit_grid_charging: bool = True
    may_edit_exports: bool = True
    supports_vehicle_reserve: bool = True
    documented_tariffs_only: bool = (
        False  # refuse labels and currencies that Tesla's pages do not name (fleet_api.md 7.5)
    )
    obedience: dict[str, Obedience] = field(default_factory=dict)  # by the key of the body
    installed: datetime = datetime(2022, 5, 4, 8, 0, tzinfo=UTC)
    # What its history suffers from (charging.md 2.4), and how long what Tesla corrects later is wrong.
    history_defects: set[HistoryDefect] = field(default_factory=set)
    corrected_after_s: float = 36 * 3600.0
    # Settings, fleet_api.md 7.5.
    reserve: float = 20.0
    vehicle_reserve: float = 50.0
    mode: str = "self_consumption"
    storm_mode: bool = True
    grid_charging: bool = False
    export_rule: str = "pv_only"
    strategy: str = "economics"
    tariff: dict[str, object] = field(default_factory=lambda: deepcopy(TARIFF))
    percentage: float = 55.0

    now: float = field(default=0.0, init=False)
    snap_s: float = field(default=inf, init=False)
    agenda: Agenda = field(default_factory=Agenda, init=False)
    catch_up: Callable[[], None] = field(default_factory=lambda: no_catching_up, init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin to remember."""
        self.lived, self.past = Lived(self), PastDays(self)

    def join(self, now: float, catch_up: Callable[[], None]) -> None:
        """Become part of a world."""
        self.now, self.catch_up = now, catch_up
        self.lived.since = now

    @property
    def history(self) -> dict[int, dict[str, float]]:
        """The five-minute buckets of its own time in the world."""
        return self.lived.buckets

    # --- what Tesla shows and takes ---

    def product(self) -> dict[str, Any]:
        """Return the item of /products, fleet_api.md 5.2."""
        self.catch_up()
        return render_product(self)

    def live_status(self) -> dict[str, Any]:
        """Return live_status, fleet_api.md 7.1."""
        self.catch_up()
        return render_live_status(self)

    def site_info(self) -> dict[str, Any]:
        """Return site_info, fleet_api.md 7.2."""
        self.catch_up()
        return render_site_info(self)

    def energy_history(self, period: str, end: float, zone: ZoneInfo) -> dict[str, Any] | None:
        """Return calendar_history of kind energy, fleet_api.md 7.3."""
        self.catch_up()
        return render_energy(self, period, end, zone)

    def outage_history(self, start: float, end: float) -> dict[str, Any] | None:
        """Return calendar_history of kind backup, fleet_api.md 7.3."""
        self.catch_up()
        return render_outages(self, start, end)

    def charge_history(self, start: float, end: float) -> dict[str, Any] | None:
        """Return telemetry_history of kind charge, fleet_api.md 7.4."""
        self.catch_up()
        return render_charges(self, start, end)

    def write(self, endpoint: str, body: dict[str, object]) -> Any:
        """Change a setting, fleet_api.md 7.5; raises UnknownCommand, InvalidParameter and SettingRefused."""
        self.catch_up()
        return obey(self, endpoint, body)

    def put(self, name: str, value: Any) -> None:
        """Put a setting in force."""
        if name == "reserve":
            self.set_reserve(value)
        else:
            setattr(self, name, value)

    def set_reserve(self, percent: float) -> None:
        """Set the backup reserve; 81 to 99 does not last."""
        self.reserve = percent
        self.snap_s = SNAP_S if self.snaps_reserve and SNAP_TO < percent < 100 else inf

    # --- how its energy flows ---

    @property
    def capacity_wh(self) -> float:
        """Energy of the full battery."""
        return float(self.battery_count * POWERWALL_WH) if self.battery else 0.0

    @property
    def power_max_w(self) -> float:
        """What the battery can give or take."""
        return float(self.battery_count * POWERWALL_W) if self.battery else 0.0

    @property
    def energy_wh(self) -> float:
        """Energy in the battery."""
        return self.capacity_wh * self.percentage / 100

    @property
    def on_grid(self) -> bool:
        """Whether the grid feeds it."""
        return self.grid and self.grid_up

    @property
    def floor(self) -> float:
        """Percentage below which the battery gives nothing."""
        if not self.on_grid:
            return 0.0
        return 100.0 if self.mode == "backup" else self.reserve

    def flows(self, at: float | None = None) -> Flows:
        """Return the flows now, or with the sun and house of `at`."""
        at = self.now if at is None else at
        sun = solar_w(at, self.latitude, self.longitude, self.solar_peak_w, self.cloud_cover) if self.solar else 0.0
        connectors_w = sum(connector.power_w for connector in self.wall_connectors)
        load = house_w(at, self.zone) + self.extra_load_w + connectors_w
        return self._grid_flows(sun, load, at) if self.on_grid else self._island_flows(sun, load)

    def _grid_flows(self, sun: float, load: float, at: float) -> Flows:
        wanted = self._battery_wish(load - sun, at) if self.battery else 0.0
        battery = self._within_power(wanted)
        if self.export_rule != "battery_ok":
            battery = min(battery, max(load - sun, 0.0))
        grid = load - sun - battery
        if self.export_rule == "never" and grid < 0:
            sun, grid = sun + grid, 0.0
        return Flows(sun, load, battery, grid)

    def _battery_wish(self, net: float, at: float) -> float:
        """Return what the mode asks of the battery when the house lacks `net` (negative: has too much)."""
        from_grid = GRID_CHARGE_W if self.grid_charging or not self.solar else 0.0
        if self.percentage < self.floor - EDGE:
            return min(net, -from_grid)
        if self.mode == "autonomous":
            rank = price_rank(self.tariff, at, self.zone)
            if rank < 0 and self.grid_charging:
                return -self.power_max_w
            if rank > 0 and self.export_rule == "battery_ok":
                return self.power_max_w
            if rank <= 0 and net > 0:
                return 0.0
        return net

    def _within_power(self, wanted: float) -> float:
        if wanted > 0:
            return min(wanted, self.power_max_w) if self.percentage > self.floor + EDGE else 0.0
        return max(wanted, -self.power_max_w) if self.percentage < 100 - EDGE else 0.0

    def _island_flows(self, sun: float, load: float) -> Flows:
        """The battery carries the house; what it cannot give is shed, what it cannot take is curtailed."""
        if not self.battery:
            return Flows(0.0, 0.0, 0.0, 0.0)
        battery = self._within_power(load - sun)
        short = load - sun - battery
        return Flows(sun + min(short, 0.0), load - max(short, 0.0), battery, 0.0)

    # --- how time passes ---

    def settle(self) -> None:
        """Take the changes that are due, and tell the Wall Connectors what there is for them."""
        if self.snap_s <= 0:
            self.set_reserve(SNAP_TO)
        for name, value in self.agenda.take(self.now):
            self.put(name, value)
        for connector in self.wall_connectors:
            if connector.station:
                connector.station.supply_w = self._supply_w(connector.station.supply_w)

    def _supply_w(self, before_w: float) -> float:
        """Return what a car may draw: off grid, only above the vehicle reserve and what the house leaves."""
        if self.on_grid:
            return inf
        needed = self.vehicle_reserve + (RESUME_PERCENT if before_w == 0 else EDGE)
        if not self.battery or self.percentage <= needed:
            return 0.0
        sun = (
            solar_w(self.now, self.latitude, self.longitude, self.solar_peak_w, self.cloud_cover) if self.solar else 0.0
        )
        free_w = self.power_max_w + sun - house_w(self.now, self.zone) - self.extra_load_w
        return max(0.0, free_w) / len(self.wall_connectors)

    def due_in(self) -> float:
        """Return the seconds to the next change."""
        due = min(self.snap_s, self.agenda.next_at - self.now)
        if self.battery and (rate := self._percent_per_second(self.flows())):
            edges = (100.0, self.floor, self.vehicle_reserve if not self.on_grid else self.floor)
            ways = [(edge - self.percentage) / rate for edge in edges]
            due = min([due, *(way for way in ways if way > 0)])
        return max(due, SHORTEST_S)

    def _percent_per_second(self, flows: Flows) -> float:
        loss = 1 / EFFICIENCY if flows.battery > 0 else EFFICIENCY
        return -flows.battery * loss / 3600 / self.capacity_wh * 100

    def step(self, start: float, seconds: float) -> None:
        """Live on for a while in which nothing changes."""
        flows = self.flows(start + seconds / 2)
        if self.battery:
            self._move_battery(flows, seconds)
        car_w = sum(connector.power_w for connector in self.wall_connectors)
        self.lived.step(start, seconds, flows, car_w, up=self.on_grid or not self.grid)
        self.snap_s -= seconds

    def _move_battery(self, flows: Flows, seconds: float) -> None:
        low = min(self.floor, self.percentage) if flows.battery > 0 else 0.0
        moved = self.percentage + self._percent_per_second(flows) * seconds
        self.percentage = min(100.0, max(low, moved))

    def offset(self) -> int:
        """Return the site's local minus UTC time in seconds."""
        return local_offset(self.now, self.zone)
