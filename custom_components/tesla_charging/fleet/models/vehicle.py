"""A car as Fleet API tells it: names, units and meanings as in fleet_api.md 5.2 and 5.3.

Distances are miles, speeds mph, temperatures °C, energy kWh and power kW here, because the fields are Tesla's.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .body import VehicleBlock
from .climate import ClimateState
from .drive import DriveState, GuiSettings, ShiftState, VehicleConfig
from .parse import read_as
from .schedule import (
    BY_ID,
    ChargeSchedule,
    ChargeScheduleData,
    PreconditionSchedule,
    PreconditionScheduleData,
    ScheduleNote,
)

__all__ = ["DriveState", "ShiftState", "VehicleBlock", "VehicleConfig"]

CLEARS = read_as(clears=True)


class VehicleState(StrEnum):
    """Whether the car can be talked to."""

    ONLINE = "online"
    ASLEEP = "asleep"
    OFFLINE = "offline"


class KeyState(StrEnum):
    """What stands between an app and a command to the car."""

    NOT_NEEDED = "not_needed"
    PAIRED = "paired"
    MISSING = "missing"
    OTHER = "other"
    CANNOT_PAIR = "cannot_pair"


class ChargingState(StrEnum):
    """What the charging system is doing."""

    DISCONNECTED = "Disconnected"
    NO_POWER = "NoPower"
    STARTING = "Starting"
    CHARGING = "Charging"
    COMPLETE = "Complete"
    STOPPED = "Stopped"
    CALIBRATING = "Calibrating"


class ScheduledChargingMode(StrEnum):
    """How charging is scheduled."""

    OFF = "Off"
    START_AT = "StartAt"
    DEPART_BY = "DepartBy"


class WeekTimes(StrEnum):
    """On which days a setting of the old kind holds."""

    ALL_WEEK = "all_week"
    WEEKDAYS = "weekdays"


class ChargePortLatch(StrEnum):
    """Whether the cable is held."""

    ENGAGED = "Engaged"
    DISENGAGED = "Disengaged"
    BLOCKING = "Blocking"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeState:
    """The block `charge_state`."""

    battery_heater_on: bool | None = None
    battery_level: int | None = None
    battery_range: float | None = None
    charge_amps: int | None = None
    charge_current_request: int | None = None
    charge_current_request_max: int | None = None
    charge_enable_request: bool | None = None
    charge_energy_added: float | None = None
    charge_limit_soc: int | None = None
    charge_limit_soc_max: int | None = None
    charge_limit_soc_min: int | None = None
    charge_limit_soc_std: int | None = None
    charge_miles_added_ideal: float | None = None
    charge_miles_added_rated: float | None = None
    charge_port_cold_weather_mode: bool | None = None
    charge_port_door_open: bool | None = None
    charge_port_latch: ChargePortLatch | None = None
    charge_rate: float | None = None
    charger_actual_current: int | None = None
    charger_phases: int | None = field(default=None, metadata=CLEARS)
    charger_pilot_current: int | None = None
    charger_power: int | None = None
    charger_voltage: int | None = None
    charging_state: ChargingState | None = None
    conn_charge_cable: str | None = field(default=None, metadata=CLEARS)
    est_battery_range: float | None = None
    fast_charger_brand: str | None = field(default=None, metadata=CLEARS)
    fast_charger_present: bool | None = None
    fast_charger_type: str | None = field(default=None, metadata=CLEARS)
    ideal_battery_range: float | None = None
    managed_charging_active: bool | None = None
    max_range_charge_counter: int | None = None
    minutes_to_full_charge: int | None = None
    not_enough_power_to_heat: bool | None = None
    off_peak_charging_enabled: bool | None = None
    off_peak_charging_times: WeekTimes | None = None
    off_peak_hours_end_time: int | None = None
    preconditioning_enabled: bool | None = None
    preconditioning_times: WeekTimes | None = None
    scheduled_charging_mode: ScheduledChargingMode | None = None
    scheduled_charging_pending: bool | None = None
    scheduled_charging_start_time: datetime | None = field(default=None, metadata=CLEARS)
    scheduled_charging_start_time_app: int | None = field(default=None, metadata=CLEARS)
    scheduled_departure_time: datetime | None = field(default=None, metadata=CLEARS)
    scheduled_departure_time_minutes: int | None = field(default=None, metadata=CLEARS)
    supercharger_session_trip_planner: bool | None = None
    timestamp: datetime | None = None
    trip_charging: bool | None = None
    usable_battery_level: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vehicle:
    """A car: the item of the product list, and the blocks of `vehicle_data` when they were last read; what was learned besides."""

    vin: str | None = None
    access_type: str | None = None
    command_signing: str | None = None
    display_name: str | None = None
    in_service: bool | None = None
    mobile_access_disabled: bool | None = None
    state: VehicleState | None = None
    charge_schedule_data: ChargeScheduleData = field(default_factory=ChargeScheduleData)
    charge_state: ChargeState = field(default_factory=ChargeState)
    climate_state: ClimateState = field(default_factory=ClimateState)
    drive_state: DriveState = field(default_factory=DriveState)
    gui_settings: GuiSettings = field(default_factory=GuiSettings)
    preconditioning_schedule_data: PreconditionScheduleData = field(default_factory=PreconditionScheduleData)
    vehicle_config: VehicleConfig = field(default_factory=VehicleConfig)
    vehicle_state: VehicleBlock = field(default_factory=VehicleBlock)
    read_at: datetime | None = None
    key_state: KeyState | None = None
    key_fingerprint: str | None = None
    key_refused: bool | None = None
    learned_signing: bool | None = None
    learned_twice: bool | None = None
    learned_from_one: bool | None = None
    schedule_notes: tuple[ScheduleNote, ...] = field(default=(), metadata=BY_ID)

    @property
    def signs(self) -> bool:
        """Whether commands have to be signed: as a command has shown, else as the product list says."""
        return self.command_signing == "required" if self.learned_signing is None else self.learned_signing

    @property
    def name(self) -> str | None:
        """The name that the owner gave the car."""
        return self.display_name or self.vehicle_state.vehicle_name

    @property
    def driving(self) -> bool:
        """Whether the car was last seen in a gear that moves it."""
        return self.drive_state.shift_state in (ShiftState.DRIVE, ShiftState.REVERSE, ShiftState.NEUTRAL)

    @property
    def charging(self) -> bool:
        """Whether the car was last seen taking energy, or about to."""
        return self.charge_state.charging_state in (ChargingState.STARTING, ChargingState.CHARGING)

    def with_key(self, fingerprint: str | None) -> Vehicle:
        """Return the car as it is for an app with this key: what was learned of another key is not true of it."""
        if fingerprint == self.key_fingerprint:
            return self
        return replace(self, key_state=None, key_refused=None, key_fingerprint=fingerprint)

    def without_location(self) -> Vehicle:
        """Return the car as it is for those who may not know where it is; where its schedules hold is a place, too."""
        charge, precondition = self.charge_schedule_data, self.preconditioning_schedule_data
        return replace(
            self,
            drive_state=self.drive_state.without_places(),
            charge_schedule_data=replace(charge, charge_schedules=_placeless(charge.charge_schedules)),
            preconditioning_schedule_data=replace(
                precondition, precondition_schedules=_placeless(precondition.precondition_schedules)
            ),
        )


def _placeless[S: (ChargeSchedule, PreconditionSchedule)](schedules: tuple[S, ...] | None) -> tuple[S, ...] | None:
    return None if schedules is None else tuple(replace(one, latitude=None, longitude=None) for one in schedules)
