"""What a car was seen doing, look after look: the memory behind a `View`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..charging.power import charging_power_w, plugged_in
from ..fleet.models import Vehicle
from ..fleet.models.vehicle import VehicleState
from .policy import View

# A power that moved less than this between two reads stands: 5 % and 200 W.
_STEADY_SHARE: Final = 0.05
_STEADY_W: Final = 200.0
# Where a VIN says the model, the computer and the model year (fleet_api.md 3.4, PY's rule for "pre2021").
_OLD_MODELS: Final = frozenset("SX")
_OLD_COMPUTERS: Final = frozenset("1234")
# So many hints are followed at once, then one in this time: something that flickers must not spend the money.
_HINTS_AT_ONCE: Final = 4
_HINT_EVERY: Final = timedelta(minutes=10)


@dataclass(kw_only=True)
class Trail:
    """When a car was last looked at, first seen awake, first seen parked after a drive, and told of by a hint.

    hinted_at: when a hint that still waits for a read may have it. hints_until: when all hints that were followed are
    forgotten.
    """

    looked_at: datetime | None = None
    woke_at: datetime | None = None
    parked_at: datetime | None = None
    hinted_at: datetime | None = None
    hints_until: datetime | None = None
    charge_ends_at: datetime | None = None
    steady: bool = False

    def saw_state(self, before: Vehicle, after: Vehicle, now: datetime) -> None:
        """Note what was told for nothing."""
        self.looked_at = now
        if after.state is not VehicleState.ONLINE:
            self._followed_hint(now)
        elif before.state is not VehicleState.ONLINE:
            self.woke_at = now

    def saw(self, before: Vehicle, after: Vehicle, now: datetime) -> None:
        """Note what a read has shown."""
        self.saw_state(before, after, now)
        self._followed_hint(now)
        if before.driving and not after.driving:
            self.parked_at = now
        self.steady = before.charging and after.charging and _stands(before, after)
        if not after.charging:
            self.charge_ends_at = None
        elif minutes := after.charge_state.minutes_to_full_charge:
            # At 0 minutes the last forecast is the better one.
            self.charge_ends_at = now + timedelta(minutes=minutes)

    def hint(self, now: datetime) -> None:
        """Note that something has told of a change; one that waits already is not put off."""
        if self.hinted_at is None:
            known = self.hints_until or now
            self.hinted_at = max(now, min(known - (_HINTS_AT_ONCE - 1) * _HINT_EVERY, now + _HINT_EVERY))

    def _followed_hint(self, now: datetime) -> None:
        if self.hinted_at is not None and self.hinted_at <= now:
            self.hints_until = max(now, self.hints_until or now) + _HINT_EVERY
        self.hinted_at = None

    def forget_after(self, now: datetime) -> None:
        """Forget what was seen later than now, by a clock that has been set back since."""
        self.looked_at, self.woke_at, self.parked_at = (
            _not_after(now, at) for at in (self.looked_at, self.woke_at, self.parked_at)
        )
        self.hinted_at = _not_after(now + _HINT_EVERY, self.hinted_at)


def view_of(vehicle: Vehicle, trail: Trail, *, hinted: bool, near_home: bool) -> View:
    """Return what the policy has to know of a car."""
    charge = vehicle.charge_state
    starts_at = charge.scheduled_charging_start_time if charge.scheduled_charging_pending else None
    return View(
        read_at=vehicle.read_at,
        woke_at=trail.woke_at,
        parked_at=trail.parked_at,
        hinted_at=trail.hinted_at,
        charge_starts_at=None if vehicle.charging else starts_at,
        charge_ends_at=trail.charge_ends_at if vehicle.charging else None,
        driving=vehicle.driving,
        near_home=near_home,
        charging=vehicle.charging,
        fast=bool(charge.fast_charger_present),
        steady=trail.steady,
        plugged_in=bool(plugged_in(charge)),
        user_present=bool(vehicle.vehicle_state.is_user_present),
        sentry=bool(vehicle.vehicle_state.sentry_mode),
        hinted=hinted,
        kept_awake=kept_awake_by_reads(vehicle.vin or ""),
    )


def kept_awake_by_reads(vin: str) -> bool:
    """Whether reading a car keeps it awake: Model S and X built before 2021 (fleet_api.md 5.5)."""
    model, computer, year = vin[3:4], vin[7:8], vin[9:10]
    return model in _OLD_MODELS and ("" < year <= "L" or (year == "M" and computer in _OLD_COMPUTERS))


def _not_after(latest: datetime, at: datetime | None) -> datetime | None:
    return None if at is None or at > latest else at


def _stands(before: Vehicle, after: Vehicle) -> bool:
    was, is_now = charging_power_w(before.charge_state), charging_power_w(after.charge_state)
    if was is None or is_now is None:
        return False
    return abs(is_now - was) < _STEADY_SHARE * is_now + _STEADY_W
