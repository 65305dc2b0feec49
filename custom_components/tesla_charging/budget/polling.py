"""How long to wait until the next read."""

from datetime import timedelta
from typing import Final

from ..fleet.models import Vehicle
from ..fleet.models.vehicle import VehicleState

PRODUCTS: Final = timedelta(minutes=10)
SITE_LIVE: Final = timedelta(seconds=60)
SITE_INFO: Final = timedelta(hours=1)

# A car asks for $0.002 a read: ten minutes keep one that never sleeps within the monthly credit (charging.md 3.1).
_VEHICLE_IDLE: Final = timedelta(minutes=10)
_VEHICLE_ACTIVE: Final = timedelta(minutes=1)


def vehicle_interval(vehicle: Vehicle) -> timedelta:
    """Return the time until the car is worth another look: soon while it charges or drives."""
    if vehicle.state is VehicleState.ONLINE and (vehicle.charging or vehicle.driving):
        return _VEHICLE_ACTIVE
    return _VEHICLE_IDLE


# Seconds after a command at which it is looked at: a site's settings take Tesla's cloud a moment. A car shows most commands
# within the first two; the third decides, and where it was a no, the fourth finds what the car did late.
CONFIRM_SITE: Final = (5,)
CONFIRM_VEHICLE: Final = (2, 7, 15, 40)
