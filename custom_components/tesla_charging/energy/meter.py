"""What a Wall Connector has delivered: Tesla tells its power only, so its energy is counted between two reads."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..fleet.models.site import ConnectorMeter, LiveStatus

# A power that was read longer ago says nothing of the time between. Five minutes, and what a read takes.
LONGEST_GAP: Final = timedelta(minutes=5, seconds=30)
# No Wall Connector gives more, W.
_MOST_W: Final = 50_000.0


def counted(meter: ConnectorMeter, power_w: float | None, at: datetime) -> ConnectorMeter:
    """Return a meter after a read, by the trapezoid of the two powers; over a gap nothing is added, but noted."""
    if power_w is None or power_w > _MOST_W or (meter.read_at is not None and at < meter.read_at):
        return meter
    power_w = max(0.0, power_w)
    energy_wh, unread_s = meter.energy_wh or 0.0, meter.unread_s or 0.0
    if meter.read_at is not None:
        passed = at - meter.read_at
        if passed <= LONGEST_GAP:
            energy_wh += ((meter.power_w or 0.0) + power_w) / 2 * passed / timedelta(hours=1)
        else:
            unread_s += passed.total_seconds()
    return replace(meter, energy_wh=energy_wh, power_w=power_w, read_at=at, unread_s=unread_s)


def count_all(meters: tuple[ConnectorMeter, ...], read: LiveStatus, at: datetime) -> tuple[ConnectorMeter, ...]:
    """Return the meters after a read of `live_status`; `read` is that answer alone, with nothing older in it."""
    found: Mapping[str | None, ConnectorMeter] = {meter.din: meter for meter in meters}
    new = {
        status.din: counted(found.get(status.din) or ConnectorMeter(din=status.din), status.wall_connector_power, at)
        for status in read.wall_connectors
    }
    return tuple({**found, **new}.values())
