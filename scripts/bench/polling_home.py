"""A month of the real integration: Home Assistant's core, real coordinators, whatever policy is in `budget/`.

What it shows is looked at in the data of its coordinators, from which all entities come, each time they tell of a
change. What it has read is what the simulated Tesla has answered.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
import time
from typing import Any
from unittest.mock import patch

from .home import OURS, Home, open_home
from .life import Life
from .polling_metrics import Record
from .polling_tesla import Household, Run, open_household
from .polling_view import Shown

CLASSES = ("data", "command", "wake", "list", "energy", "account")
UNPLUGGED = "Disconnected"


async def run_integration(lives: Sequence[Life], seed: int, *, budget_usd: float, site: bool) -> Run:
    """Let the integration poll for a month on a budget, at a household with or without an energy site."""
    async with open_household(lives, site=site, limit_usd=budget_usd) as household:
        await household.wait_for_begin(seed)
        async with (
            no_old_trackers(),
            household.connector() as connector,
            open_home(household.tesla, OURS, connector) as home,
        ):
            await home.hass.config.async_set_time_zone("UTC")  # the life's own
            await set_budget(home, budget_usd)
            _follow(home, household)
            await household.wait_for_end()
            await home.hass.async_block_till_done()
            return household.run(budget_usd=budget_usd, miscounted=_miscounted(home, household))


@asynccontextmanager
async def no_old_trackers() -> AsyncGenerator[None]:
    """Spare Home Assistant its look, each five seconds, for trackers of a kind that nobody has here."""
    with patch("homeassistant.components.device_tracker.legacy.async_track_utc_time_change", lambda *_, **__: _nothing):
        yield


def _nothing() -> None:
    """Have nothing to stop."""


async def set_budget(home: Home, budget_usd: float) -> bool:
    """Set the monthly budget, if the integration knows one; return whether it does."""
    purse = getattr(_account(home), "purse", None)
    if purse is None:
        return False
    await purse.async_set(budget=Decimal(str(budget_usd)))
    return True


def _account(home: Home) -> Any:
    return home.hass.config_entries.async_entries(OURS.domain)[0].runtime_data


def _follow(home: Home, household: Household) -> None:
    """Note each moment at which something is learned of a car."""
    for vin, coordinator in _account(home).vehicles.items():
        _Follower(coordinator, household.records[vin], household.begin)


class _Follower:
    """Notes what one car's coordinator shows."""

    def __init__(self, coordinator: Any, record: Record, begin: float) -> None:
        self._coordinator, self._record, self._begin = coordinator, record, begin
        self._last: object = None
        coordinator.async_add_listener(self._look)
        self._look()

    def _look(self) -> None:
        car = self._coordinator.data
        state = car.charge_state.charging_state
        shown = Shown(state is not None and state != UNPLUGGED, bool(car.charging), bool(car.driving))
        if (car.read_at, shown) != self._last:
            self._last = (car.read_at, shown)
            self._record.show(time.time() - self._begin, shown)


def counted(home: Home) -> Mapping[str, int]:
    """Return the requests that the integration has counted this month, by price class: in its purse, if it has one."""
    account = _account(home)
    purse = getattr(account, "purse", None)
    numbers = account.requests if purse is None else purse.standing().month
    return {str(price_class): number for price_class, number in numbers.items()}


def _miscounted(home: Home, household: Household) -> int:
    ours, theirs = counted(home), household.tesla.sim.bill.counts(household.app.client_id)
    return sum(abs(ours.get(name, 0) - theirs.get(name, 0)) for name in CLASSES)
