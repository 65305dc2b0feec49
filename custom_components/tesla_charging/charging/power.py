"""The power that a car takes, from its volts, amps and phases."""

from math import sqrt
from typing import Final

from ..fleet.models.vehicle import ChargeState, ChargingState

# How volts and amps make power: one, two or three phases, and three with the voltage between two of them
# (charging.md 1.1, TeslaMate's repair rules; fleet_api.md 5.3 on charger_phases and charger_voltage).
_FACTORS: Final = (1.0, sqrt(3), 2.0, 3.0)
_AC_TYPES: Final = frozenset({"ACSingleWireCAN", "MCSingleWireCAN"})
_IDLE: Final = frozenset(
    {ChargingState.DISCONNECTED, ChargingState.NO_POWER, ChargingState.COMPLETE, ChargingState.STOPPED}
)


def charging_power_w(charge: ChargeState) -> float | None:
    """Return the power at the charge port in W, None if it cannot be known.

    The car's own `charger_power` is whole kW; it serves for DC, and on AC to tell how many phases there are, which
    `charger_phases` often gets wrong.
    """
    if charge.charging_state in _IDLE:
        return 0.0
    if charge.charging_state is None:
        return None
    coarse_w = None if charge.charger_power is None else charge.charger_power * 1000.0
    if charge.fast_charger_present and charge.fast_charger_type not in _AC_TYPES:
        return coarse_w
    if charge.charger_voltage is None or charge.charger_actual_current is None:
        return coarse_w
    volt_ampere = float(charge.charger_voltage * charge.charger_actual_current)
    if coarse_w:
        return volt_ampere * min(_FACTORS, key=lambda factor: abs(volt_ampere * factor - coarse_w))
    # Below 1 kW the car says 0: its word on the phases is all there is, where 2 stands for 3.
    return volt_ampere * (1.0 if charge.charger_phases in (None, 1) else 3.0)


def plugged_in(charge: ChargeState) -> bool | None:
    """Return whether a cable is in the port, None if nothing tells (users.md theme 19)."""
    if charge.charging_state is not None:
        return charge.charging_state is not ChargingState.DISCONNECTED
    return True if charge.conn_charge_cable is not None else None
