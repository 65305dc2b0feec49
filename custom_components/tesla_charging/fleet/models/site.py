"""An energy site as Fleet API tells it: names, units and signs as in fleet_api.md 7 (power W, energy Wh)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .energy_day import EnergySums
from .parse import Code, read_as

BY_DIN = read_as(by="din")


class OperationMode(StrEnum):
    """How the battery is run (`default_real_mode`)."""

    SELF_CONSUMPTION = "self_consumption"
    AUTONOMOUS = "autonomous"
    BACKUP = "backup"


class ExportRule(StrEnum):
    """What may be sent to the grid (`customer_preferred_export_rule`)."""

    BATTERY_OK = "battery_ok"
    PV_ONLY = "pv_only"
    NEVER = "never"


class IslandStatus(StrEnum):
    """Whether the site is on the grid."""

    ON_GRID = "on_grid"
    OFF_GRID = "off_grid"
    OFF_GRID_INTENTIONAL = "off_grid_intentional"
    OFF_GRID_UNINTENTIONAL = "off_grid_unintentional"
    UNKNOWN = "island_status_unknown"


class GridStatus(StrEnum):
    """Whether the grid is there."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    UNKNOWN = "Unknown"


class WallConnectorState(StrEnum):
    """What a Wall Connector does; the numbers are those of Home Assistant's tessie (fleet_api.md 7.1)."""

    BOOTING = "booting"
    CHARGING = "charging"
    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    SCHEDULED = "scheduled"
    NEGOTIATING = "negotiating"
    ERROR = "error"
    CHARGING_FINISHED = "charging_finished"
    WAITING_CAR = "waiting_car"
    CHARGING_REDUCED = "charging_reduced"


WALL_CONNECTOR_STATES = dict(zip((0, 1, 2, 4, 5, 6, 7, 8, 9, 10), WallConnectorState, strict=True))
NO_FAULT = 2
# A limit of the meter that is none (fleet_api.md 7.2), W.
_NO_LIMIT = 1_000_000_000
# A Powerwall whose size nobody tells, Wh (fleet_api.md 7.2).
_POWERWALL_WH = 13_500.0
# Less is no battery: sites without one say 0 and 1 (fleet_api.md 7.1), Wh.
_LEAST_CAPACITY_WH = 1000.0
# A share of a nearly empty battery tells little of the whole, %.
_LEAST_PERCENTAGE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WallConnectorStatus:
    """A Wall Connector in `live_status`; `vin` is there only while a Tesla that it recognises is plugged in."""

    din: str | None = None
    ocpp_status: Code | None = None
    powershare_session_state: Code | None = None
    vin: str | None = field(default=None, metadata=read_as(clears=True, absent=None))
    wall_connector_state: int | None = None
    wall_connector_fault_state: int | None = None
    wall_connector_power: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveStatus:
    """The answer of `live_status`: battery_power + when discharging, grid_power + when importing."""

    backup_capable: bool | None = None
    battery_breaker_open: bool | None = None
    battery_power: float | None = None
    energy_left: float | None = None
    generator_power: float | None = None
    grid_power: float | None = None
    grid_services_active: bool | None = None
    grid_services_power: float | None = None
    grid_status: GridStatus | None = None
    island_status: IslandStatus | None = None
    load_power: float | None = None
    percentage_charged: float | None = None
    solar_power: float | None = None
    storm_mode_active: bool | None = None
    timestamp: datetime | None = None
    total_pack_energy: float | None = None
    wall_connectors: tuple[WallConnectorStatus, ...] = field(default=(), metadata=BY_DIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of hardware in `site_info`: a gateway, a battery, an inverter or a Wall Connector."""

    din: str | None = None
    firmware_version: str | None = None
    is_active: bool | None = None
    part_name: str | None = None
    part_number: str | None = None
    serial_number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Components:
    """What the site is made of and may do."""

    batteries: tuple[Part, ...] = field(default=(), metadata=BY_DIN)
    battery: bool | None = None
    battery_type: str | None = None
    customer_preferred_export_rule: ExportRule | None = None
    disallow_charge_from_grid_with_solar_installed: bool | None = None
    edit_setting_energy_exports: bool | None = None
    edit_setting_grid_charging: bool | None = None
    edit_setting_permission_to_export: bool | None = None
    gateways: tuple[Part, ...] = field(default=(), metadata=BY_DIN)
    grid: bool | None = None
    grid_services_enabled: bool | None = None
    inverters: tuple[Part, ...] = field(default=(), metadata=BY_DIN)
    load_meter: bool | None = None
    net_meter_mode: str | None = None
    non_export_configured: bool | None = None
    off_grid_vehicle_charging_reserve_supported: bool | None = None
    solar: bool | None = None
    storm_mode_capable: bool | None = None
    wall_connectors: tuple[Part, ...] = field(default=(), metadata=BY_DIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class InfoComponents(Components):
    """The components in `site_info`, where Tesla leaves `disallow_…` out unless it is true."""

    disallow_charge_from_grid_with_solar_installed: bool | None = field(default=None, metadata=read_as(absent=False))


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteInfo:
    """The answer of `site_info`."""

    backup_reserve_percent: int | None = None
    battery_count: int | None = None
    components: InfoComponents = field(default_factory=InfoComponents)
    default_real_mode: OperationMode | None = None
    installation_date: datetime | None = None
    installation_time_zone: str | None = None
    max_site_meter_power_ac: float | None = None
    min_site_meter_power_ac: float | None = None
    nameplate_energy: float | None = None
    nameplate_power: float | None = None
    off_grid_vehicle_charging_enabled: bool | None = field(
        default=None, metadata=read_as(key="user_settings.off_grid_vehicle_charging_enabled")
    )
    off_grid_vehicle_charging_reserve_percent: int | None = None
    optimization_strategy: str | None = field(default=None, metadata=read_as(key="tou_settings.optimization_strategy"))
    storm_mode_enabled: bool | None = field(default=None, metadata=read_as(key="user_settings.storm_mode_enabled"))
    tariff_content: dict[str, Any] | None = None
    tariff_content_v2: dict[str, Any] | None = None
    tariff_id: str | None = None
    utility: str | None = None
    version: str | None = None
    vpp_backup_reserve_percent: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectorMeter:
    """What a Wall Connector has delivered by our own count, from its power between reads (energy/meter.py)."""

    din: str | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    read_at: datetime | None = None
    # For how long nobody looked, s: what it delivered then is not counted.
    unread_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyToday:
    """What has flowed on one day of the site, as it was last read; `starts_at` to `ends_at` is that day."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    installation_time_zone: str | None = None
    read_at: datetime | None = None
    rows: int | None = None
    sums: EnergySums = field(default_factory=EnergySums)

    def covers(self, time: datetime) -> bool:
        """Whether a time is on this day."""
        return self.starts_at is not None and self.ends_at is not None and self.starts_at <= time < self.ends_at


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergySite:
    """A site: the item of the product list, `live_status`, `site_info` and the sums of the day when last read."""

    energy_site_id: int | None = None
    resource_type: str | None = None
    site_name: str | None = None
    components: Components = field(default_factory=Components)
    live_status: LiveStatus = field(default_factory=LiveStatus)
    site_info: SiteInfo = field(default_factory=SiteInfo)
    live_read_at: datetime | None = None
    info_read_at: datetime | None = None
    connector_meters: tuple[ConnectorMeter, ...] = field(default=(), metadata=BY_DIN)
    energy_today: EnergyToday = field(default_factory=EnergyToday)

    @property
    def has_battery(self) -> bool:
        """Whether there is a Powerwall."""
        return bool(self.components.battery or self.site_info.components.battery)

    @property
    def has_solar(self) -> bool:
        """Whether there are solar panels."""
        return bool(self.components.solar or self.site_info.components.solar)

    @property
    def percentage_charged(self) -> float | None:
        """What the battery holds, %, on the scale of `live_status`; absurd figures have been seen (users.md theme 24)."""
        live = self.live_status
        if live.percentage_charged is not None and 0 <= live.percentage_charged <= 100:
            return live.percentage_charged
        if live.energy_left is None or live.total_pack_energy is None or live.total_pack_energy < _LEAST_CAPACITY_WH:
            return None
        share = 100 * live.energy_left / live.total_pack_energy
        return share if 0 <= share <= 100 else None

    @property
    def capacity_wh(self) -> float | None:
        """What the full battery holds, by the first that tells it (fleet_api.md 7.2); None without a battery."""
        if not self.has_battery:
            return None
        live, info = self.live_status, self.site_info
        candidates = (
            live.total_pack_energy,
            _whole_of(live.energy_left, live.percentage_charged),
            info.nameplate_energy,
            (info.battery_count or 0) * _POWERWALL_WH,
        )
        return next((wh for wh in candidates if wh is not None and wh >= _LEAST_CAPACITY_WH), None)

    @property
    def import_limit_w(self) -> float | None:
        """How much may be drawn from the grid; None if there is no limit."""
        return _limit(self.site_info.max_site_meter_power_ac)

    @property
    def export_limit_w(self) -> float | None:
        """How much may be sent to the grid, as a positive number; None if there is no limit."""
        limit = _limit(self.site_info.min_site_meter_power_ac)
        return None if limit is None else abs(limit)

    @property
    def batteries(self) -> tuple[Part, ...]:
        """The batteries, in an order that stays."""
        return self._parts(lambda components: components.batteries)

    @property
    def gateways(self) -> tuple[Part, ...]:
        """The gateways that are not batteries too, as those that lead may be."""
        return self._parts(lambda components: components.gateways, but=self.batteries)

    @property
    def inverters(self) -> tuple[Part, ...]:
        """The inverters that are nothing else too."""
        return self._parts(lambda components: components.inverters, but=(*self.batteries, *self.gateways))

    def _parts(self, of: Callable[[Components], tuple[Part, ...]], but: tuple[Part, ...] = ()) -> tuple[Part, ...]:
        """Return what is in use, by DIN."""
        taken = {part.din for part in but} | {str(self.energy_site_id)}
        found = {part.din: part for part in (*of(self.components), *of(self.site_info.components))}
        found = {din: part for din, part in found.items() if part.is_active is not False and din not in taken}
        return tuple(sorted(found.values(), key=lambda part: (part.serial_number or "", part.din or "")))

    @property
    def dins(self) -> tuple[str, ...]:
        """The Wall Connectors, by DIN, wherever they were seen."""
        known = (*self.site_info.components.wall_connectors, *self.components.wall_connectors)
        dins = (
            *(item.din for item in self.live_status.wall_connectors),
            *(item.din for item in known if item.is_active is not False),
        )
        return tuple(dict.fromkeys(din for din in dins if din))

    @property
    def exists(self) -> bool:
        """Whether there is anything to see: ghost sites have no battery, no solar, no Wall Connector."""
        return self.has_battery or self.has_solar or bool(self.dins)

    @property
    def has_answered(self) -> bool:
        """Whether it was ever read: sites that were taken down stay in the product list, but answer nothing."""
        return self.live_read_at is not None or self.info_read_at is not None

    def wall_connector(self, din: str) -> WallConnectorStatus:
        """Return the live state of a Wall Connector, empty if it is not told."""
        return next((item for item in self.live_status.wall_connectors if item.din == din), WallConnectorStatus())

    def wall_connector_info(self, din: str) -> Part:
        """Return what is known of the hardware of a Wall Connector."""
        parts = (*self.site_info.components.wall_connectors, *self.components.wall_connectors)
        return next((item for item in parts if item.din == din), Part())

    def connector_meter(self, din: str) -> ConnectorMeter:
        """Return our count of a Wall Connector, empty before the first read."""
        return next((item for item in self.connector_meters if item.din == din), ConnectorMeter(din=din))


def _whole_of(part: float | None, percentage: float | None) -> float | None:
    """Return the whole in hundreds, since a share that is rounded makes it tremble."""
    if part is None or percentage is None or not _LEAST_PERCENTAGE <= percentage <= 100:
        return None
    return float(round(part / percentage) * 100)


def _limit(power_w: float | None) -> float | None:
    return None if power_w is None or abs(power_w) >= _NO_LIMIT else power_w
