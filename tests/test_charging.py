"""What charging is, decided without Home Assistant: power, plug, sleep, and when to look again."""

from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.charging.inference import fallen_asleep
from custom_components.tesla_charging.charging.power import charging_power_w, plugged_in
from custom_components.tesla_charging.fleet.models import Vehicle
from custom_components.tesla_charging.fleet.models.vehicle import (
    ChargeState,
    ChargingState,
    DriveState,
    ShiftState,
    VehicleState,
)

CHARGING = ChargingState.CHARGING


def ac(volts: int | None, amps: int | None, kilowatts: int | None, phases: int | None, **more: Any) -> ChargeState:
    """Return a car that charges on AC."""
    return ChargeState(
        charging_state=more.pop("charging_state", CHARGING),
        charger_voltage=volts,
        charger_actual_current=amps,
        charger_power=kilowatts,
        charger_phases=phases,
        **more,
    )


@pytest.mark.parametrize(
    ("charge", "watts"),
    [
        # one phase
        (ac(120, 12, 1, 1), 1440),
        (ac(118, 16, 2, 1), 1888),
        (ac(230, 16, 4, 1), 3680),
        (ac(230, 32, 7, 1), 7360),
        (ac(230, 10, 2, None), 2300),
        # split phase
        (ac(240, 48, 12, 1), 11520),
        (ac(240, 32, 8, 1), 7680),
        # three phases with the voltage of one; charger_phases says 2, 3 or nothing
        (ac(230, 16, 11, 2), 11040),
        (ac(230, 16, 11, 3), 11040),
        (ac(230, 16, 11, None), 11040),
        (ac(231, 5, 3, 2), 3465),
        # two phases
        (ac(230, 16, 7, 2), 7360),
        # three phases with the voltage between two of them
        (ac(400, 16, 11, 2), 11085.1),
        (ac(398, 16, 11, None), 11029.7),
        # less than 1 kW: the car says 0
        (ac(230, 2, 0, 1), 460),
        (ac(230, 1, 0, None), 230),
        (ac(230, 1, 0, 2), 690),
        (ac(230, 1, 0, 3), 690),
        (ac(230, 2, None, 1), 460),
        (ac(230, 0, 0, None), 0),
        # AC that calls itself a fast charger
        (ac(230, 16, 4, 1, fast_charger_present=True, fast_charger_type="ACSingleWireCAN"), 3680),
        (ac(230, 16, 4, 1, fast_charger_present=True, fast_charger_type="MCSingleWireCAN"), 3680),
        # DC: its volts and amps are not those of the port
        (ac(380, 0, 121, None, fast_charger_present=True, fast_charger_type="Tesla"), 121000),
        (ac(2, 0, 48, None, fast_charger_present=True, fast_charger_type="Combo"), 48000),
        (ac(380, 300, 90, None, fast_charger_present=True), 90000),
        (ac(380, 300, None, None, fast_charger_present=True, fast_charger_type="Tesla"), None),
        # half known
        (ac(None, 16, 11, 3), 11000),
        (ac(230, None, 4, 1), 4000),
        (ac(None, None, None, None), None),
        # about to charge, or looking whether it can
        (ac(0, 0, 0, None, charging_state=ChargingState.STARTING), 0),
        (ac(230, 6, 1, 1, charging_state=ChargingState.CALIBRATING), 1380),
    ],
)
def test_charging_power(charge: ChargeState, watts: float | None) -> None:
    """Volts, amps and phases make the power; the car's own whole kW decide what it cannot say otherwise."""
    assert charging_power_w(charge) == (None if watts is None else pytest.approx(watts, abs=0.1))


@pytest.mark.parametrize("idle", ["DISCONNECTED", "NO_POWER", "COMPLETE", "STOPPED"])
def test_no_power_when_not_charging(idle: str) -> None:
    """Where nothing charges, old volts and amps make no power."""
    assert charging_power_w(ac(230, 16, 11, 3, charging_state=ChargingState[idle])) == 0


def test_unknown_power_is_not_zero() -> None:
    """A car that does not say whether it charges has no power to show."""
    assert charging_power_w(ac(230, 16, 11, 3, charging_state=None)) is None
    assert charging_power_w(ChargeState()) is None


@given(
    volts=st.one_of(st.none(), st.integers(0, 500)),
    amps=st.one_of(st.none(), st.integers(0, 80)),
    kilowatts=st.one_of(st.none(), st.integers(0, 300)),
    phases=st.one_of(st.none(), st.integers(0, 3)),
    state=st.one_of(st.none(), st.sampled_from(ChargingState)),
)
def test_power_is_never_out_of_reach(
    volts: int | None, amps: int | None, kilowatts: int | None, phases: int | None, state: ChargingState | None
) -> None:
    """The power is none, or between nothing and what three phases could carry, whatever the car says."""
    power = charging_power_w(ac(volts, amps, kilowatts, phases, charging_state=state))
    most = max(3.0 * (volts or 0) * (amps or 0), 1000.0 * (kilowatts or 0))
    assert power is None or 0 <= power <= most + 1e-6


@pytest.mark.parametrize(
    ("charge", "plugged"),
    [
        (ChargeState(), None),
        (ChargeState(conn_charge_cable="IEC"), True),
        (ChargeState(charging_state=ChargingState.DISCONNECTED), False),
        (ChargeState(charging_state=ChargingState.DISCONNECTED, conn_charge_cable="IEC"), False),
        *((ChargeState(charging_state=state), True) for state in ChargingState if state != "Disconnected"),
    ],
)
def test_plugged_in(charge: ChargeState, plugged: bool | None) -> None:
    """Any charging state but one needs a cable; a cable alone tells it too; nothing else does."""
    assert plugged_in(charge) is plugged


def test_asleep_neither_charges_nor_drives() -> None:
    """What was going on when the car fell asleep is over; all else stays as it was."""
    before = Vehicle(
        vin="X",
        state=VehicleState.ASLEEP,
        charge_state=ChargeState(
            charging_state=CHARGING,
            charge_rate=30.5,
            charger_actual_current=16,
            charger_power=11,
            charger_voltage=230,
            minutes_to_full_charge=45,
            battery_level=71,
            charge_energy_added=12.5,
        ),
        drive_state=DriveState(shift_state=ShiftState.DRIVE, latitude=1.0),
    )
    after = fallen_asleep(before)
    assert after.charge_state == replace(
        before.charge_state,
        charging_state=ChargingState.STOPPED,
        charge_rate=0.0,
        charger_actual_current=0,
        charger_power=0,
        minutes_to_full_charge=0,
    )
    assert after.drive_state == DriveState(shift_state=ShiftState.PARK, latitude=1.0)
    assert charging_power_w(after.charge_state) == 0
    assert fallen_asleep(after) == after


@pytest.mark.parametrize("state", [None, *(state for state in ChargingState if state not in ("Starting", "Charging"))])
@pytest.mark.parametrize("gear", [None, ShiftState.PARK])
def test_asleep_invents_nothing(state: ChargingState | None, gear: ShiftState | None) -> None:
    """A car that rested when it was last seen is as it was."""
    before = Vehicle(charge_state=ChargeState(charging_state=state), drive_state=DriveState(shift_state=gear))
    assert fallen_asleep(before) == before
