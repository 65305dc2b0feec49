"""The schedules of a car as Fleet API tells them (fleet_api.md 5.3): minutes after midnight at the schedule's place.

A schedule is told whole: what Tesla leaves out of one is not what it said before.
"""

from dataclasses import dataclass, field

from .parse import read_as

_TOLD = read_as(absent=None)
_WORDS = read_as(absent=None, clears=True)
BY_ID = read_as(by="id")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeSchedule:
    """An item of `charge_schedules`; `days_of_week` is a bitmask from Sunday = 1 to Saturday = 64."""

    id: int | None = None
    name: str | None = field(default=None, metadata=_WORDS)
    days_of_week: int | None = field(default=None, metadata=_TOLD)
    enabled: bool | None = field(default=None, metadata=_TOLD)
    start_enabled: bool | None = field(default=None, metadata=_TOLD)
    start_time: int | None = field(default=None, metadata=_TOLD)
    end_enabled: bool | None = field(default=None, metadata=_TOLD)
    end_time: int | None = field(default=None, metadata=_TOLD)
    one_time: bool | None = field(default=None, metadata=_TOLD)
    latitude: float | None = field(default=None, metadata=_TOLD)
    longitude: float | None = field(default=None, metadata=_TOLD)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreconditionSchedule:
    """An item of `precondition_schedules`: the car is ready at `precondition_time`."""

    id: int | None = None
    name: str | None = field(default=None, metadata=_WORDS)
    days_of_week: int | None = field(default=None, metadata=_TOLD)
    enabled: bool | None = field(default=None, metadata=_TOLD)
    precondition_time: int | None = field(default=None, metadata=_TOLD)
    one_time: bool | None = field(default=None, metadata=_TOLD)
    latitude: float | None = field(default=None, metadata=_TOLD)
    longitude: float | None = field(default=None, metadata=_TOLD)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeScheduleData:
    """The block `charge_schedule_data`; the list is None until it was read, so that none is not unknown."""

    charge_schedules: tuple[ChargeSchedule, ...] | None = field(default=None, metadata=BY_ID)
    max_num_charge_schedules: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PreconditionScheduleData:
    """The block `preconditioning_schedule_data`."""

    precondition_schedules: tuple[PreconditionSchedule, ...] | None = field(default=None, metadata=BY_ID)
    max_num_precondition_schedules: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleNote:
    """What was said of a schedule here and Tesla does not keep: unsigned commands carry no name, and none a time zone."""

    id: int | None = None
    name: str | None = None
    time_zone: str | None = None
