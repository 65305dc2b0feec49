"""The block `climate_state` as Fleet API tells it (fleet_api.md 5.3). Temperatures are °C."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class KeeperMode(StrEnum):
    """What the climate does after the driver has left."""

    OFF = "off"
    KEEP = "on"
    DOG = "dog"
    CAMP = "camp"


# The number of each mode in a command (fleet_api.md 6.4).
KEEPER_MODES: Final = (KeeperMode.OFF, KeeperMode.KEEP, KeeperMode.DOG, KeeperMode.CAMP)


class HvacAuto(StrEnum):
    """Whether the climate decides by itself, or somebody has set it by hand."""

    ON = "On"
    OVERRIDE = "Override"


class OverheatProtection(StrEnum):
    """How the cabin is kept from getting too hot."""

    OFF = "Off"
    ON = "On"
    FAN_ONLY = "FanOnly"


class OverheatLimit(StrEnum):
    """From which temperature on."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


# The number of each limit in a command, and its temperature (fleet_api.md 6.4).
OVERHEAT_LIMITS: Final = (OverheatLimit.LOW, OverheatLimit.MEDIUM, OverheatLimit.HIGH)
OVERHEAT_CELSIUS: Final = {OverheatLimit.LOW: 30, OverheatLimit.MEDIUM: 35, OverheatLimit.HIGH: 40}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClimateState:
    """The block `climate_state`."""

    allow_cabin_overheat_protection: bool | None = None
    auto_seat_climate_left: bool | None = None
    auto_seat_climate_right: bool | None = None
    auto_steering_wheel_heat: bool | None = None
    bioweapon_mode: bool | None = None
    cabin_overheat_protection: OverheatProtection | None = None
    cabin_overheat_protection_actively_cooling: bool | None = None
    climate_keeper_mode: KeeperMode | None = None
    cop_activation_temperature: OverheatLimit | None = None
    defrost_mode: int | None = None
    driver_temp_setting: float | None = None
    fan_status: int | None = None
    hvac_auto_request: HvacAuto | None = None
    inside_temp: float | None = None
    is_climate_on: bool | None = None
    is_front_defroster_on: bool | None = None
    is_preconditioning: bool | None = None
    is_rear_defroster_on: bool | None = None
    max_avail_temp: float | None = None
    min_avail_temp: float | None = None
    outside_temp: float | None = None
    passenger_temp_setting: float | None = None
    remote_heater_control_enabled: bool | None = None
    seat_fan_front_left: int | None = None
    seat_fan_front_right: int | None = None
    seat_heater_left: int | None = None
    seat_heater_rear_center: int | None = None
    seat_heater_rear_left: int | None = None
    seat_heater_rear_left_back: int | None = None
    seat_heater_rear_right: int | None = None
    seat_heater_rear_right_back: int | None = None
    seat_heater_right: int | None = None
    seat_heater_third_row_left: int | None = None
    seat_heater_third_row_right: int | None = None
    side_mirror_heaters: bool | None = None
    steering_wheel_heat_level: int | None = None
    steering_wheel_heater: bool | None = None
    supports_fan_only_cabin_overheat_protection: bool | None = None
    timestamp: datetime | None = None
    wiper_blade_heater: bool | None = None
