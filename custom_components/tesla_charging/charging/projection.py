"""How far a steady AC charge has come since the car was last read: an estimate, and told as one.

The power of an AC charge stands still for hours, so what it adds until the next read follows from the last one
(charging.md 3.2, corollary d). What was measured is never changed by it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..fleet.models import Vehicle
from .power import charging_power_w

# Older than this a read tells nothing of what goes on.
_LONGEST: Final = timedelta(hours=2)
# What of the power at the charge port gets into the battery, where it is not known yet, and what is believed of that.
_EFFICIENCY: Final = 0.93
_LEAST_EFFICIENCY: Final = 0.6
_MOST_EFFICIENCY: Final = 1.0
# So long a steady charge tells the efficiency, and a rise of so much the size of the battery: Tesla tells hundredths of
# a kWh, and whole percents.
_APART: Final = timedelta(minutes=5)
_RISE_PERCENT: Final = 5.0
_LEAST_PACK_KWH: Final = 20.0
_MOST_PACK_KWH: Final = 250.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a read said of a charge. level: percent of the battery; added_kwh: since the charge began."""

    at: datetime
    level: float
    added_kwh: float
    power_kw: float
    limit: float
    minutes_left: float | None

    @classmethod
    def of(cls, vehicle: Vehicle) -> Measured | None:
        """Return what the last read said, None where it does not say enough."""
        charge, power_w = vehicle.charge_state, charging_power_w(vehicle.charge_state)
        level, added, at = charge.battery_level, charge.charge_energy_added, vehicle.read_at
        if level is None or added is None or at is None or power_w is None:
            return None
        limit = 100.0 if charge.charge_limit_soc is None else float(charge.charge_limit_soc)
        left = charge.minutes_to_full_charge
        return cls(
            at=at, level=float(level), added_kwh=float(added), power_kw=power_w / 1000, limit=limit, minutes_left=left
        )


@dataclass(frozen=True, kw_only=True)
class Projected:
    """How far a charge has come. A part is None where it cannot be told."""

    level: float | None
    added_kwh: float | None


NOTHING: Final = Projected(level=None, added_kwh=None)


class Projection:
    """Follows the charges of a car, read after read."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._first: Measured | None = None
        # Since when the power has stood still, and what came to the charge port since then.
        self._run: Measured | None = None
        self._given_kwh = 0.0
        self._last: Measured | None = None
        self._efficiency = _EFFICIENCY
        self._pack_kwh: float | None = None
        self._going_on = False
        # What was told of this charge: it never goes back.
        self._level = 0.0
        self._added_kwh = 0.0

    def saw(self, vehicle: Vehicle, *, steady: bool) -> None:
        """Take what is known of the car. steady: whether its power stood still between the last two reads."""
        measured = Measured.of(vehicle)
        last, self._last = self._last, measured
        self._going_on = steady and vehicle.charging and not vehicle.charge_state.fast_charger_present
        if measured is None or not vehicle.charging:
            self._first = None
            return
        if self._first is None or last is None or measured.added_kwh < last.added_kwh:
            self._first, self._level, self._added_kwh = measured, 0.0, 0.0
            self._run, self._given_kwh = measured, 0.0
        elif last.at < measured.at:
            self._learn(last, measured)

    def _learn(self, last: Measured, now: Measured) -> None:
        if not self._going_on or self._run is None:
            self._run, self._given_kwh = now, 0.0
        else:
            self._given_kwh += last.power_kw * (now.at - last.at).total_seconds() / 3600
        if self._given_kwh and now.at - self._run.at >= _APART:
            found = (now.added_kwh - self._run.added_kwh) / self._given_kwh
            if _LEAST_EFFICIENCY <= found <= _MOST_EFFICIENCY:
                self._efficiency = found
        if self._first is not None and (rise := now.level - self._first.level) >= _RISE_PERCENT:
            pack_kwh = (now.added_kwh - self._first.added_kwh) / rise * 100
            if _LEAST_PACK_KWH <= pack_kwh <= _MOST_PACK_KWH:
                self._pack_kwh = pack_kwh

    def moving(self, now: datetime) -> bool:
        """Whether there is something that moves between two reads."""
        return self._going_on and self._last is not None and timedelta(0) <= now - self._last.at <= _LONGEST

    def at(self, now: datetime) -> Projected:
        """Return how far the charge has come; what was measured where nothing is to be projected."""
        last = self._last
        if last is None:
            return NOTHING
        if not self._going_on:
            return Projected(level=last.level, added_kwh=last.added_kwh)
        if not self.moving(now):
            return NOTHING
        gained_kwh = last.power_kw * self._efficiency * (now - last.at).total_seconds() / 3600
        rise = self._rise(last, gained_kwh, now)
        room = max(0.0, last.limit - last.level)
        share = min(1.0, room / rise) if rise else 0.0
        self._level = max(self._level, last.level + rise * share)
        self._added_kwh = max(self._added_kwh, last.added_kwh + gained_kwh * share)
        return Projected(level=min(self._level, max(last.limit, last.level)), added_kwh=self._added_kwh)

    def _rise(self, last: Measured, gained_kwh: float, now: datetime) -> float:
        """Return the percents that were gained: by the size of the battery, else by the car's own forecast.

        0 where neither is known: nobody could tell when the limit is reached, and the energy would run on beyond it.
        """
        if self._pack_kwh is not None:
            return gained_kwh / self._pack_kwh * 100
        if not last.minutes_left:
            return 0.0
        return (last.limit - last.level) * (now - last.at).total_seconds() / 60 / last.minutes_left
