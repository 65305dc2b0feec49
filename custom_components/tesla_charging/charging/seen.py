"""What is seen of a car and of the Wall Connectors, as far as it tells of charging. Energy is Wh, times are epoch seconds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ..fleet.models import EnergySite, Vehicle
from ..fleet.models.site import WALL_CONNECTOR_STATES, WallConnectorState, WallConnectorStatus
from ..fleet.models.vehicle import ChargeState, ChargingState
from .power import charging_power_w, plugged_in

# A car whose clock is ahead by more has it wrong: the time of the read counts.
_AHEAD: Final = timedelta(minutes=2)
# No counter of a plug-in comes this far, kWh; what does is damaged.
_MOST_KWH: Final = 1000.0
_AC_TYPES: Final = frozenset({"ACSingleWireCAN", "MCSingleWireCAN"})
_TESLA: Final = ("Tesla", "Supercharger")
_FREE: Final = frozenset({WallConnectorState.BOOTING, WallConnectorState.DISCONNECTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A car as it was at a time by its own clock. home: whether it was at home, None if that may not be known.

    power_w: at the charge port; into the battery with direct current. starts_at: when it will start, by schedule.
    """

    at: float
    plugged: bool
    charging: bool = False
    finished: bool = False
    cut_off: bool = False
    power_w: float | None = None
    added_wh: float | None = None
    level: float | None = None
    limit: float | None = None
    minutes_left: float | None = None
    direct_current: bool = False
    tesla: bool = False
    odometer_mi: float | None = None
    home: bool | None = None
    starts_at: float | None = None

    def to_json(self) -> list[Any]:
        """Return it as JSON."""
        return [getattr(self, name) for name in _NAMES]

    @classmethod
    def from_json(cls, data: list[Any]) -> Seen:
        """Read what `to_json` wrote; raises ValueError or TypeError."""
        seen = cls(**dict(zip(_NAMES, data, strict=True)))
        if not all(value is None or isinstance(value, int | float) for value in data) or seen.at is None:
            raise ValueError("not what was seen of a car")
        return seen


_NAMES: Final = tuple(Seen.__dataclass_fields__)


def see(vehicle: Vehicle, *, home: bool | None = None) -> Seen | None:
    """Return what a read shows of a car, None where it does not tell of the cable."""
    charge, read_at = vehicle.charge_state, vehicle.read_at
    plugged = plugged_in(charge)
    if plugged is None or read_at is None:
        return None
    at = charge.timestamp
    if at is None or at - read_at > _AHEAD:
        at = read_at
    plugged = plugged and not vehicle.driving
    added_kwh, starts = charge.charge_energy_added, charge.scheduled_charging_start_time
    counted = added_kwh is not None and 0 <= added_kwh < _MOST_KWH
    return Seen(
        at=at.timestamp(),
        plugged=plugged,
        charging=plugged and vehicle.charging,
        finished=charge.charging_state is ChargingState.COMPLETE,
        cut_off=charge.charging_state is ChargingState.NO_POWER,
        power_w=charging_power_w(charge) if plugged else 0.0,
        added_wh=round(added_kwh * 1000, 1) if counted and added_kwh is not None else None,
        level=charge.battery_level,
        limit=charge.charge_limit_soc,
        minutes_left=charge.minutes_to_full_charge or None,
        direct_current=plugged and _direct_current(charge),
        tesla=charge.fast_charger_brand in _TESLA or charge.fast_charger_type in _TESLA,
        odometer_mi=vehicle.vehicle_state.odometer,
        home=home,
        starts_at=starts.timestamp() if charge.scheduled_charging_pending and starts else None,
    )


def _direct_current(charge: ChargeState) -> bool:
    return bool(charge.fast_charger_present) and charge.fast_charger_type not in _AC_TYPES


@dataclass(frozen=True, kw_only=True, slots=True)
class Connector:
    """A Wall Connector as it was at a time. plugged: whether the car hangs on it, None if that is not told."""

    at: float
    din: str | None
    plugged: bool | None
    power_w: float | None = None


def see_connector(sites: Iterable[EnergySite], vin: str, din: str | None) -> Connector | None:
    """Return the Wall Connector that names a car, else the one that it was last seen on; None if neither is told of."""
    last: Connector | None = None
    for site in sites:
        if site.live_read_at is None:
            continue
        at = site.live_read_at.timestamp()
        for one in site.live_status.wall_connectors:
            state = WALL_CONNECTOR_STATES.get(-1 if one.wall_connector_state is None else one.wall_connector_state)
            if one.vin == vin and state not in _FREE:
                return Connector(at=at, din=one.din, plugged=True, power_w=_power(one))
            if one.din == din and din is not None:
                # One that is connected and names nobody may still be the same car, or another.
                plugged = False if state is WallConnectorState.DISCONNECTED or one.vin not in (None, vin) else None
                last = Connector(at=at, din=din, plugged=plugged, power_w=0.0 if plugged is False else None)
    return last


def _power(one: WallConnectorStatus) -> float | None:
    return None if one.wall_connector_power is None else max(0.0, one.wall_connector_power)
