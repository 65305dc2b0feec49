"""What the tests of planned charging share."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import tesla_charging
from custom_components.tesla_charging.car_plans import plans_of
from custom_components.tesla_charging.charging.schedules import Place
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tesla_simulator.world import Car
from tests.helpers import pass_time
from tests.planning import act

HOUR = timedelta(hours=1)
HERE = Place(52.4, 13.06)
HOME = Path(tesla_charging.__file__).parent
NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
# What the car takes and how big it is, so that a test need not wait until that is learned.
KNOWN = {"charge_power": 11.04, "battery_capacity": 95}


def prices(cheap: dict[float, float], begin: datetime = NOON, hours: int = 30) -> list[dict[str, Any]]:
    """Return prices by the half-hour: some are cheap, by hours after the beginning."""
    found = []
    for half in range(hours * 2):
        at = half / 2
        price = next((cost for hour, cost in cheap.items() if hour <= at < hour + 1), 0.4)
        found.append({"start": (begin + at * HOUR).isoformat(), "price": price})
    return found


async def plan_charging(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Plan to be at 80 % tomorrow at seven."""
    return await act(hass, "plan_charging", **{"departure": "07:00", "target": 80, **KNOWN, **data})


def blocks(answer: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    """Return when it charges, of what the action answers."""
    found: list[tuple[datetime, datetime]] = []
    for slot in answer["slots"]:
        start, end = (datetime.fromisoformat(slot[key]).astimezone(UTC) for key in ("start", "end"))
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


async def go_to(hass: HomeAssistant, freezer: FrozenDateTimeFactory, at: datetime) -> None:
    """Let time pass until then, in steps in which Home Assistant reads the car as usual."""
    while (left := (at - dt_util.utcnow()).total_seconds()) > 0:
        await pass_time(hass, freezer, min(left, 900))


def planned_of(hass: HomeAssistant, entry: MockConfigEntry, car: Car) -> int:
    """Return how many schedules of a car are ours."""
    return len(plans_of(hass, entry).planned(car.vin).owned)
