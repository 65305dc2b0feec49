"""Charging: states, powers, counters."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from tesla_simulator.world import Station, World, build_car, home_station, supercharger

from .world_help import charge_state, pass_time, plugged_car, world_of

ONE_PHASE = Station(kind="public_ac", name="Lamp post", latitude=52.5, longitude=13.4, phases=1, max_current_a=32)
AMERICAN = Station(
    kind="home_ac", name="Garage", latitude=37.0, longitude=-122.0, phases=1, voltage_v=240.0, max_current_a=48
)


@pytest.mark.parametrize(
    ("market", "station", "amps", "expected"),
    [
        (
            "eu",
            home_station(),
            None,
            {
                "charger_power": 11,
                "charger_actual_current": 16,
                "charger_phases": 2,
                "charger_voltage": 230,
                "conn_charge_cable": "IEC",
            },
        ),
        (
            "eu",
            home_station(amps=32),
            10,
            {
                "charger_power": 7,
                "charger_actual_current": 10,
                "charger_pilot_current": 16,
                "charge_current_request_max": 16,
            },
        ),
        ("eu", home_station(amps=8), None, {"charger_power": 6, "charge_current_request_max": 8, "charge_amps": 8}),
        ("eu", ONE_PHASE, None, {"charger_power": 7, "charger_actual_current": 32, "charger_phases": 1}),
        (
            "na",
            AMERICAN,
            None,
            {"charger_power": 12, "charger_actual_current": 48, "charger_phases": 1, "conn_charge_cable": "SAE"},
        ),
        (
            "eu",
            supercharger("S", 52.3, 13.4),
            None,
            {
                "charger_phases": None,
                "fast_charger_present": True,
                "fast_charger_brand": "Tesla",
                "fast_charger_type": "Combo",
                "charger_actual_current": 0,
            },
        ),
    ],
    ids=["three phases", "set amps", "small station", "one phase", "America", "Supercharger"],
)
def test_power(market: str, station: Station, amps: int | None, expected: dict[str, Any]) -> None:
    """The car takes what it, the station and the setting allow."""
    station.car = None
    car = build_car("Luna", "Y", 2024, market=market, soc=40)
    world = world_of(car)
    car.plug_in(station)
    if amps:
        car.command("set_charging_amps", {"charging_amps": amps})
    pass_time(world, 10)
    state = charge_state(car)
    assert {key: state[key] for key in expected} == expected
    assert state["charging_state"] == "Charging"


@pytest.mark.parametrize("reports", [1, 2, 3])
def test_reported_phases(reports: int) -> None:
    """Cars call three phases what they like (fleet_api.md 5.3)."""
    _, car, _ = plugged_car(reports_phases=reports)
    assert charge_state(car)["charger_phases"] == reports


def test_life_of_a_plug_in() -> None:
    """Starting, Charging, Complete, Disconnected; what stands still says so."""
    car, station = build_car("Luna", "Y", 2024, soc=78), home_station()
    world = world_of(car)
    unplugged = charge_state(car)
    assert unplugged["charging_state"] == "Disconnected"
    assert (unplugged["charger_voltage"], unplugged["charger_phases"]) == (2, None)
    assert unplugged["conn_charge_cable"] == unplugged["fast_charger_type"] == "<invalid>"
    car.plug_in(station)
    assert charge_state(car)["charging_state"] == "Starting"
    pass_time(world, 10)
    charging = charge_state(car)
    assert charging["charging_state"] == "Charging"
    assert 8 <= charging["minutes_to_full_charge"] <= 11
    assert charging["time_to_full_charge"] == pytest.approx(charging["minutes_to_full_charge"] / 60, abs=0.02)
    assert charging["charge_rate"] == pytest.approx(9936 / 75_000 * 320, abs=0.1)
    pass_time(world, 900)
    complete = charge_state(car)
    assert (complete["charging_state"], complete["battery_level"], complete["charger_power"]) == ("Complete", 80, 0)
    assert complete["charge_energy_added"] == 1.5
    assert complete["charge_miles_added_rated"] == 6.5
    car.unplug()
    assert charge_state(car)["charge_energy_added"] == 1.5
    session = car.charger.sessions[0]
    assert session.energy_added_wh / session.energy_used_wh == pytest.approx(0.9)
    assert None not in (session.started_at, session.stopped_at, session.unplugged_at)
    pass_time(world, 5)
    car.plug_in(station)
    assert charge_state(car)["charge_energy_added"] == 0


def test_counter_knobs() -> None:
    """The counter may fall a little at rest, or be gone once unplugged."""
    world, car, _ = plugged_car(counter_wobble_kwh=0.14, clears_counter_at_unplug=True)
    pass_time(world, 1800)
    before = charge_state(car)["charge_energy_added"]
    car.command("charge_stop", {})
    assert charge_state(car)["charge_energy_added"] == pytest.approx(before - 0.14, abs=0.011)
    car.unplug()
    assert charge_state(car)["charge_energy_added"] == 0


def test_power_cut_and_back() -> None:
    """Without power NoPower; it charges again when power is back."""
    world, car, station = plugged_car()
    station.energised = False
    pass_time(world, 60)
    state = charge_state(car)
    assert (state["charging_state"], state["charger_power"], state["charger_voltage"]) == ("NoPower", 0, 2)
    station.energised = True
    pass_time(world, 10)
    assert charge_state(car)["charging_state"] == "Charging"


def test_disabled_charging_waits_for_a_start() -> None:
    """A car whose charging is off does not start on plug-in."""
    car = build_car("Luna", "Y", 2024)
    world = world_of(car)
    car.charger.enabled = False
    car.plug_in(home_station())
    pass_time(world, 60)
    assert charge_state(car)["charging_state"] == "Stopped"
    assert car.command("charge_start", {}).result
    pass_time(world, 10)
    assert charge_state(car)["charging_state"] == "Charging"


def test_supercharger_tapers() -> None:
    """DC power falls as the battery fills, and the estimate knows it."""
    car = build_car("Luna", "Y", 2024, soc=10)
    world = world_of(car)
    car.plug_in(supercharger("S", 52.3, 13.4))
    pass_time(world, 10)
    estimate = charge_state(car)["minutes_to_full_charge"]
    powers, minutes = [], 0
    while charge_state(car)["charging_state"] == "Charging":
        powers.append(charge_state(car)["charger_power"])
        pass_time(world, 60)
        minutes += 1
    assert powers == sorted(powers, reverse=True)
    assert powers[0] > 200
    assert powers[-1] < 70
    assert minutes == pytest.approx(estimate, abs=2)


def test_full_battery_tapers_on_ac() -> None:
    """Near 100 % even AC goes down."""
    world, car, _ = plugged_car(soc=99)
    car.command("set_charge_limit", {"percent": 100})
    pass_time(world, 300)
    assert charge_state(car)["charger_power"] < 10
    pass_time(world, 3600)
    assert charge_state(car)["battery_level"] == 100
    assert charge_state(car)["charging_state"] == "Complete"


def test_cold_battery() -> None:
    """In the cold less is usable (fleet_api.md 5.3)."""
    _, car, _ = plugged_car(outside_temp_c=-10.0, soc=50)
    assert charge_state(car)["usable_battery_level"] == charge_state(car)["battery_level"] - 3


def test_top_up() -> None:
    """A plugged car that lost enough charges again."""
    world, car, _ = plugged_car(soc=79.9)
    pass_time(world, 600)
    car.battery.add(-0.031 * car.battery.capacity_wh)
    pass_time(world, 60)
    assert charge_state(car)["charging_state"] == "Charging"


@settings(max_examples=40, deadline=None)
@given(
    soc=st.floats(0, 100),
    limit=st.integers(50, 100),
    amps=st.integers(0, 20),
    letter=st.sampled_from("S3XYC"),
    dc=st.booleans(),
    leaps=st.lists(st.floats(1, 20_000), min_size=1, max_size=6),
)
def test_energy_is_kept(soc: float, limit: int, amps: int, letter: str, dc: bool, leaps: list[float]) -> None:
    """SoC stays within bounds and the limit; energy added is the change of the SoC times the capacity."""
    car = build_car("Any", letter, 2024, soc=soc, low_amps_need_two=False)
    car.charger.limit, car.charger.amps_setting = limit, amps
    world = world_of(car)
    car.plug_in(supercharger("S", 52.3, 13.4) if dc else home_station())
    for leap in leaps:
        before_wh, added_wh = car.battery.energy_wh, car.charger.energy_added_wh
        pass_time(world, leap)
        gained_wh = car.charger.energy_added_wh - added_wh
        assert 0 <= car.battery.soc <= max(limit, soc) + 1e-6
        assert gained_wh >= 0
        change_wh = car.battery.energy_wh - before_wh
        assert gained_wh - 205 * leap / 3600 - 1e-3 <= change_wh <= gained_wh + 1e-3
        assert charge_state(car)["battery_level"] in range(101)
    session = car.charger.sessions[0]
    assert session.energy_added_wh == pytest.approx(car.charger.energy_added_wh)
    assert session.energy_used_wh >= session.energy_added_wh


def test_home() -> None:
    """World.home(): Luna charges with 11 kW on the Wall Connector, Juniper sleeps."""
    world = World.home()
    luna, juniper = world.car_named("Luna"), world.car_named("Juniper")
    state = charge_state(luna)
    shown = {key: state[key] for key in ("battery_level", "charge_limit_soc", "charging_state", "charger_power")}
    assert shown == {"battery_level": 62, "charge_limit_soc": 80, "charging_state": "Charging", "charger_power": 11}
    assert (luna.state, luna.pre2021, luna.signing_required) == ("online", True, False)
    assert (juniper.state, juniper.signing_required, charge_state(juniper)["battery_level"]) == ("asleep", True, 48)
    live = next(iter(world.sites.values())).live_status()
    assert live["wall_connectors"][0]["vin"] == luna.vin
    assert live["wall_connectors"][0]["wall_connector_power"] == 11_040
    account = world.accounts[0]
    assert (account.email, account.full_name, account.region) == ("alex@example.com", "Alex Example", "eu")
