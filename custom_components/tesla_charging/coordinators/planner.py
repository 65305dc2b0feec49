"""Plans the reads of one car, and sees that they happen."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..budget import policy
from ..budget.habits import BELIEVED_APPETITE
from ..budget.policy import Activity, Plan, Reason, Wishes
from ..budget.trail import Trail, view_of
from ..fleet.models import Vehicle
from ..fleet.models.vehicle import VehicleState
from ..fleet.paying import PriceClass
from .base import Context

# What a car is worth depends on the hour, the money and how long it does the same: it is thought over so often.
_THINK_AGAIN: Final = timedelta(minutes=1)
_HINT_SETTLES: Final = timedelta(seconds=5)
# A longer gap was no life of the car: the machine slept, or its clock was set.
_LONGEST_GAP_S: Final = 300.0
# A read later than this from now is one by a clock that has been set back.
_AHEAD: Final = timedelta(minutes=1)
# A plan that moves by less than a tenth of the time until then is the same to whoever is told, within these bounds.
_SAME_SHARE: Final = 0.1
_SAME_LEAST: Final = timedelta(seconds=2)
_SAME_MOST: Final = timedelta(seconds=30)


class Planner:
    """The plan of a car: kept up with what is seen of it, carried out in the background."""

    def __init__(
        self, context: Context, vin: str, look_at: Callable[[], Vehicle], read: Callable[[], Awaitable[None]]
    ) -> None:
        """Make it; it begins with `follow`."""
        self._context = context
        self._hass = context.hass
        self._pacer = context.pacer
        self._name = f"car …{vin[-4:]}"
        self._vin = vin
        self._look_at = look_at
        self._read = read
        self._cancel: CALLBACK_TYPE | None = None
        self._alone: tuple[datetime, datetime] | None = None
        self._since = dt_util.utcnow()
        # What the listeners know; the plan itself moves by seconds with every request.
        self.told: Plan | None = None
        self._listeners: list[CALLBACK_TYPE] = []
        self._reading = False
        self._stopped = False
        self.habits = context.pacer.habits(vin, PriceClass.DATA, BELIEVED_APPETITE)
        self.trail = Trail()
        self.wishes = Wishes()
        self.hinted = False
        self.near_home = False
        self.planned: Plan | None = None

    # What is seen

    def saw_state(self, before: Vehicle, after: Vehicle) -> None:
        """Note what was told of the car for nothing; when it wakes again, it may let itself be read again."""
        self._live(before)
        if after.state is not VehicleState.ONLINE:
            self._alone = None
        self.trail.saw_state(before, after, dt_util.utcnow())

    def saw(self, before: Vehicle, after: Vehicle) -> None:
        """Note what a read has shown."""
        self._live(before)
        now = dt_util.utcnow()
        if after.driving and not before.driving and before.read_at is not None:
            self.habits.departed(dt_util.as_local(now))
        self.trail.saw(before, after, now)

    def paid(self) -> None:
        """Note that a read was paid for."""
        self._pacer.paid(self._vin)

    def hint(self) -> None:
        """Look soon: something that costs nothing has told of a change."""
        self.trail.hint(dt_util.utcnow())
        self.follow()

    def wait(self, seconds: float) -> None:
        """Leave the car alone for so long."""
        now = dt_util.utcnow()
        self._alone = (now, now + timedelta(seconds=seconds))

    # The plan

    @callback
    def follow(self) -> None:
        """Plan again from what is known now, and carry it out in time."""
        self._drop()
        if self._stopped or self._reading:
            return
        self._live(self._look_at())
        now = dt_util.utcnow()
        self.planned = self._plan(now)
        self._tell()
        if self.planned is not None and self.planned.at <= now:
            self._begin()
            return
        again = now + _THINK_AGAIN
        at = again if self.planned is None else min(again, self.planned.at)
        # By the clock that cannot be set: a clock that is set back must not hold the plan up.
        job = HassJob(self._think, cancel_on_shutdown=True)
        self._cancel = async_call_later(self._hass, (at - now).total_seconds(), job)

    def _plan(self, now: datetime) -> Plan | None:
        vehicle = self._look_at()
        if self.wishes.paused:
            return None
        self.trail.forget_after(now)
        if vehicle.state is not VehicleState.ONLINE:
            return self._look_for_waking(now)
        k = self._pacer.k()
        if k == inf:
            return None
        view = view_of(vehicle, self.trail, hinted=self.hinted, near_home=self.near_home)
        if view.read_at is not None and view.read_at - now > _AHEAD:
            view = replace(view, read_at=None)
        likely = self.habits.likely(dt_util.as_local(now))
        return self._later(policy.plan(view, self.wishes, k=k, likely=likely, now=now), now)

    def _look_for_waking(self, now: datetime) -> Plan | None:
        """Plan a look at a car that sleeps as far as is known, when a hint says otherwise; it costs nothing."""
        if self.trail.hinted_at is None:
            return None
        return self._later(Plan(at=self.trail.hinted_at + _HINT_SETTLES, reason=Reason.HINT), now)

    def _later(self, plan: Plan, now: datetime) -> Plan:
        """Put off what comes while the car is to be left alone, which a clock that is set back does not prolong."""
        if self._alone is None or now < self._alone[0]:
            return plan
        return replace(plan, at=max(plan.at, self._alone[1]))

    @callback
    def _think(self, _: datetime) -> None:
        self._cancel = None
        self.follow()

    def _begin(self) -> None:
        self._reading = True
        self._context.entry.async_create_background_task(self._hass, self._carry_out(), f"reading {self._name}")

    async def _carry_out(self) -> None:
        try:
            await self._read()
        finally:
            self._reading = False
            self.follow()

    # Who is told of the plan

    def async_listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when the plan is another one."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def doing(self) -> Activity:
        """What the car does, as far as it is known."""
        view = view_of(self._look_at(), self.trail, hinted=self.hinted, near_home=self.near_home)
        return policy.activity(view, dt_util.utcnow())

    def _tell(self) -> None:
        if _same(self.planned, self.told, dt_util.utcnow()):
            return
        self.told = self.planned
        for listener in [*self._listeners]:
            listener()

    def _live(self, vehicle: Vehicle) -> None:
        """Note what the car has done since the last time, as far as was known."""
        now = dt_util.utcnow()
        seconds = (now - self._since).total_seconds()
        self._since = now
        self.habits.tick(dt_util.as_local(now))
        if vehicle.state is not VehicleState.ONLINE or not 0 < seconds <= _LONGEST_GAP_S:
            return
        view = view_of(vehicle, self.trail, hinted=self.hinted, near_home=self.near_home)
        doing = policy.activity(view, now)
        self.habits.lived(doing, seconds, dt_util.as_local(now), waiting=doing in policy.WAITING)

    def _drop(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def stop(self) -> None:
        """Plan nothing more."""
        self._stopped = True
        self._drop()


def _same(one: Plan | None, other: Plan | None, now: datetime) -> bool:
    if one is None or other is None:
        return one is other
    bound = max(_SAME_LEAST, min((one.at - now) * _SAME_SHARE, _SAME_MOST))
    return one.reason is other.reason and abs(one.at - other.at) < bound
