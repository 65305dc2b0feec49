"""The block `vehicle_state` as Fleet API tells it: doors, windows, tyres, modes (fleet_api.md 5.3).

Doors, trunks and windows are numbers, 0 is closed. Pressures are bar, distances miles, speeds mph.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .media import MediaInfo, MediaState
from .parse import read_as
from .software import SoftwareUpdate

_CLEARS = read_as(clears=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeedLimitMode:
    """The part `speed_limit_mode`."""

    active: bool | None = None
    current_limit_mph: float | None = None
    max_limit_mph: float | None = None
    min_limit_mph: float | None = None
    pin_code_set: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VehicleBlock:
    """The block `vehicle_state`."""

    car_version: str | None = None
    center_display_state: int | None = None
    dashcam_state: str | None = field(default=None, metadata=_CLEARS)
    df: int | None = None
    dr: int | None = None
    fd_window: int | None = None
    fp_window: int | None = None
    ft: int | None = None
    homelink_device_count: int | None = None
    homelink_nearby: bool | None = None
    is_user_present: bool | None = None
    locked: bool | None = None
    media_info: MediaInfo = field(default_factory=MediaInfo)
    media_state: MediaState = field(default_factory=MediaState)
    odometer: float | None = None
    pf: int | None = None
    pr: int | None = None
    rd_window: int | None = None
    remote_start: bool | None = None
    remote_start_enabled: bool | None = None
    remote_start_supported: bool | None = None
    rp_window: int | None = None
    rt: int | None = None
    sentry_mode: bool | None = None
    sentry_mode_available: bool | None = None
    service_mode: bool | None = None
    software_update: SoftwareUpdate = field(default_factory=SoftwareUpdate)
    speed_limit_mode: SpeedLimitMode = field(default_factory=SpeedLimitMode)
    sun_roof_percent_open: int | None = None
    sun_roof_state: str | None = None
    timestamp: datetime | None = None
    tpms_hard_warning_fl: bool | None = None
    tpms_hard_warning_fr: bool | None = None
    tpms_hard_warning_rl: bool | None = None
    tpms_hard_warning_rr: bool | None = None
    tpms_last_seen_pressure_time_fl: datetime | None = None
    tpms_last_seen_pressure_time_fr: datetime | None = None
    tpms_last_seen_pressure_time_rl: datetime | None = None
    tpms_last_seen_pressure_time_rr: datetime | None = None
    tpms_pressure_fl: float | None = None
    tpms_pressure_fr: float | None = None
    tpms_pressure_rl: float | None = None
    tpms_pressure_rr: float | None = None
    tpms_soft_warning_fl: bool | None = None
    tpms_soft_warning_fr: bool | None = None
    tpms_soft_warning_rl: bool | None = None
    tpms_soft_warning_rr: bool | None = None
    valet_mode: bool | None = None
    valet_pin_needed: bool | None = None
    vehicle_name: str | None = None
