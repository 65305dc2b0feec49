"""A car's software update: a part of the block `vehicle_state` (fleet_api.md 5.3)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .parse import read_as


class UpdateStatus(StrEnum):
    """How far it is; NONE is Tesla's empty word."""

    NONE = ""
    AVAILABLE = "available"
    SCHEDULED = "scheduled"
    INSTALLING = "installing"
    DOWNLOADING = "downloading"
    DOWNLOADING_WIFI_WAIT = "downloading_wifi_wait"


@dataclass(frozen=True, kw_only=True, slots=True)
class SoftwareUpdate:
    """The part `software_update`; percentages are 0 to 100."""

    download_perc: int | None = None
    expected_duration_sec: int | None = None
    install_perc: int | None = None
    scheduled_time: datetime | None = field(
        default=None, metadata=read_as(key="scheduled_time_ms", clears=True, absent=None)
    )
    status: UpdateStatus | None = None
    # A blank is Tesla's word for no version.
    version: str | None = field(default=None, metadata=read_as(clears=True))
