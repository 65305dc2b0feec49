"""An energy site as Fleet API tells it: names, units and signs as in fleet_api.md 7 (power W, energy Wh)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .parse import read_as

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


@dataclass(frozen=True, kw_only=True, slots=True)
class WallConnectorStatus:
    """A Wall Connector in `live_status`; `vin` is there only while a Tesla that it recognises is plugged in."""

    din: str | None = None
    vin: str | None = field(default=None, metadata=read_as(clears=True, absent=None))
    wall_connector_state: int | None = None
    wall_connector_fault_state: int | None = None
    wall_connector_power: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveStatus:
    """The answer of `live_status`: battery_power + when discharging, grid_power + when importing."""

    backup_capable: bool | None = None
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
class WallConnectorInfo:
    """A Wall Connector in `site_info`."""

    din: str | None = None
    part_name: str | None = None
    part_number: str | None = None
    serial_number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Components:
    """What the site is made of and may do."""

    battery: bool | None = None
    battery_type: str | None = None
    customer_preferred_export_rule: ExportRule | None = None
    disallow_charge_from_grid_with_solar_installed: bool | None = None
    edit_setting_energy_exports: bool | None = None
    edit_setting_grid_charging: bool | None = None
    edit_setting_permission_to_export: bool | None = None
    grid: bool | None = None
    grid_services_enabled: bool | None = None
    load_meter: bool | None = None
    non_export_configured: bool | None = None
    off_grid_vehicle_charging_reserve_supported: bool | None = None
    solar: bool | None = None
    storm_mode_capable: bool | None = None
    wall_connectors: tuple[WallConnectorInfo, ...] = field(default=(), metadata=BY_DIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class InfoComponents(Components):
    """The components in `site_info`, where Tesla leaves `disallow_…` out unless it is true."""

    disallow_charge_from_grid_with_solar_installed: bool | None = field(default=None, metadata=read_as(absent=False))


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteInfo:
    """The answer of `site_info`."""

    backup_reserve_percent: int | None = None
    components: InfoComponents = field(default_factory=InfoComponents)
    default_real_mode: OperationMode | None = None
    installation_time_zone: str | None = None
    nameplate_energy: float | None = None
    nameplate_power: float | None = None
    off_grid_vehicle_charging_reserve_percent: int | None = None
    storm_mode_enabled: bool | None = field(default=None, metadata=read_as(key="user_settings.storm_mode_enabled"))
    tariff_content: dict[str, Any] | None = None
    tariff_content_v2: dict[str, Any] | None = None
    version: str | None = None
    vpp_backup_reserve_percent: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergySite:
    """A site: the item of the product list, `live_status` and `site_info` when they were last read."""

    energy_site_id: int | None = None
    resource_type: str | None = None
    site_name: str | None = None
    components: Components = field(default_factory=Components)
    live_status: LiveStatus = field(default_factory=LiveStatus)
    site_info: SiteInfo = field(default_factory=SiteInfo)
    live_read_at: datetime | None = None
    info_read_at: datetime | None = None

    @property
    def has_battery(self) -> bool:
        """Whether there is a Powerwall."""
        return bool(self.components.battery or self.site_info.components.battery)

    @property
    def has_solar(self) -> bool:
        """Whether there are solar panels."""
        return bool(self.components.solar or self.site_info.components.solar)

    @property
    def dins(self) -> tuple[str, ...]:
        """The Wall Connectors, by DIN, wherever they were seen."""
        dins = (
            *(item.din for item in self.live_status.wall_connectors),
            *(item.din for item in self.site_info.components.wall_connectors),
            *(item.din for item in self.components.wall_connectors),
        )
        return tuple(dict.fromkeys(din for din in dins if din))

    @property
    def exists(self) -> bool:
        """Whether there is anything to see: ghost sites have no battery, no solar, no Wall Connector."""
        return self.has_battery or self.has_solar or bool(self.dins)

    def wall_connector(self, din: str) -> WallConnectorStatus:
        """Return the live state of a Wall Connector, empty if it is not told."""
        return next((item for item in self.live_status.wall_connectors if item.din == din), WallConnectorStatus())

    def wall_connector_info(self, din: str) -> WallConnectorInfo:
        """Return what is known of the hardware of a Wall Connector."""
        parts = (*self.site_info.components.wall_connectors, *self.components.wall_connectors)
        return next((item for item in parts if item.din == din), WallConnectorInfo())
