"""A car as Tesla's JSON: the product and the live blocks (fleet_api.md 5.2 and 5.3)."""

from copy import deepcopy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .cabin import climate_fields
from .charging import LIMIT_MAX, LIMIT_MIN, LIMIT_STD
from .models import MILES_PER_KM
from .schedules import ALL_DAYS, WEEKDAYS, next_time
from .sun import local_offset
from .templates import CLIMATE_STATE, VEHICLE_CONFIG, VEHICLE_STATE

if TYPE_CHECKING:
    from .car import Car

type Block = dict[str, Any]

INVALID = "<invalid>"
BUILD = "0a1b2c3d4e5f"
UNPLUGGED_V = 2  # fleet_api.md 5.3
PACK_V = 380
PORT_COLORS = {"Charging": "FlashingGreen", "Starting": "FlashingGreen", "Stopped": "Blue", "NoPower": "Red"}
WHEELS = ("fl", "fr", "rl", "rr")
COLD_C = 5.0  # below it part of the battery is not usable


def render_product(car: Car) -> Block:
    """Return the vehicle object, fleet_api.md 5.2."""
    return {
        "id": car.id,
        "id_s": str(car.id),
        "user_id": car.user_id,
        "vehicle_id": car.vehicle_id,
        "vin": car.vin,
        "color": None,
        "access_type": car.access_type,
        "granular_access": {"hide_private": car.hide_private},
        "display_name": car.display_name,
        "option_codes": None,
        "cached_data": "",
        "mobile_access_disabled": not car.mobile_access,
        "tokens": [f"{car.id:016x}", f"{car.vehicle_id:016x}"],
        "state": car.state,
        "in_service": car.in_service,
        "calendar_enabled": True,
        "api_version": 36 if car.pre2021 else 83,
        "backseat_token": None,
        "backseat_token_updated_at": None,
        "ble_autopair_enrolled": False,
        "device_type": "vehicle",
        "command_signing": car.command_signing,
        "release_notes_supported": True,
        "vehicle_config": _vehicle_config(car),
    }


def render_vehicle_data(car: Car) -> Block:
    """Return the vehicle object with all blocks and the overrides of `car.reported`."""
    data = render_product(car)
    data |= {
        "charge_state": _charge_state(car),
        "climate_state": _climate_state(car),
        "drive_state": _drive_state(car),
        "gui_settings": _gui_settings(car),
        "vehicle_state": _vehicle_state(car),
    }
    if car.knows_schedules:
        data["charge_schedule_data"] = _charge_schedules(car)
        data["preconditioning_schedule_data"] = _precondition_schedules(car)
    for path, value in car.reported.items():
        *parents, key = path.split(".")
        block = data
        for parent in parents:
            child = block[parent]
            if not isinstance(child, dict):
                raise TypeError(f"{path} is not in vehicle_data")
            block = child
        block[key] = value
    return data


def _milliseconds(car: Car) -> int:
    return int(car.now * 1000)


def _charge_state(car: Car) -> Block:
    charger, battery = car.charger, car.battery
    state, flow, station = charger.state, charger.draw(), charger.station
    added_kwh = charger.energy_added_wh / 1000 - (0.0 if charger.active else car.counter_wobble_kwh)
    added_miles = car.miles(charger.energy_added_wh)
    hours = charger.seconds_to_limit() / 3600 * car.misjudges_time_to_full if flow.battery_w else 0.0
    rated = car.miles(battery.energy_wh)
    level = _percent(battery.soc)
    dc = station is not None and station.dc
    return {
        "battery_heater_on": car.heating,
        "battery_level": level,
        "battery_range": round(rated, 2),
        "charge_amps": charger.amps,
        "charge_current_request": charger.amps,
        "charge_current_request_max": charger.amps_max,
        "charge_enable_request": charger.enabled,
        "charge_energy_added": round(max(0.0, added_kwh), 2),
        "charge_limit_soc": charger.limit,
        "charge_limit_soc_max": LIMIT_MAX,
        "charge_limit_soc_min": LIMIT_MIN,
        "charge_limit_soc_std": LIMIT_STD,
        "charge_miles_added_ideal": round(added_miles * 0.8 * 2) / 2,
        "charge_miles_added_rated": round(added_miles * 2) / 2,
        "charge_port_cold_weather_mode": False,
        "charge_port_color": PORT_COLORS.get(state, "Off"),
        "charge_port_door_open": charger.door_open,
        "charge_port_latch": "Disengaged" if charger.unlocked or (charger.door_open and not station) else "Engaged",
        "charge_rate": round(car.miles(flow.battery_w), 1),
        "charge_to_max_range": charger.limit > LIMIT_STD,
        "charger_actual_current": round(flow.amps),
        "charger_phases": {0: None, 1: 1, 3: car.reports_phases}[flow.phases],
        "charger_pilot_current": charger.amps_max,
        "charger_power": round((flow.battery_w if dc else flow.wall_w) / 1000),
        "charger_voltage": _voltage(car, flow.battery_w),
        "charging_state": state,
        "conn_charge_cable": (car.market.dc_cable if dc else car.market.ac_cable) if station else INVALID,
        "est_battery_range": round(rated * 0.815, 2),
        "fast_charger_brand": "Tesla" if dc else INVALID,
        "fast_charger_present": dc,
        "fast_charger_type": car.market.fast_charger_type if dc else INVALID,
        "ideal_battery_range": round(rated * 0.8, 2),
        "managed_charging_active": False,
        "managed_charging_start_time": None,
        "managed_charging_user_canceled": False,
        "max_range_charge_counter": 0,
        "minutes_to_full_charge": round(min(hours, 999) * 60),
        "not_enough_power_to_heat": False if station else None,
        **_schedule_fields(car),
        "supercharger_session_trip_planner": False,
        "time_to_full_charge": round(min(hours, 999), 2),
        "timestamp": _milliseconds(car),
        "trip_charging": False,
        "usable_battery_level": max(0, level - max(0, round((COLD_C - car.outside_temp_c) / 5))),
        "user_charge_enable_request": None if charger.enabled else False,
    }


def _percent(soc: float) -> int:
    return int(soc + 0.5)


def _voltage(car: Car, battery_w: float) -> int:
    station = car.charger.station
    if station is None or not station.live:
        return UNPLUGGED_V
    if not battery_w:
        return 0
    return PACK_V if station.dc else round(station.voltage_v)


def _schedule_fields(car: Car) -> Block:
    """Return the fields that set_scheduled_* show in; schedules show as StartAt, or not at all (users.md 13)."""
    plan, gate = car.charger.plan, car.charger.plan_gate(car.now)
    shown = plan.mode != "Off" or not car.legacy_adds or car.old_fields_follow
    starts = shown and plan.mode == "Off" and gate.start is not None
    days = WEEKDAYS if plan.preconditioning_weekdays_only else ALL_DAYS
    departure = next_time(days, plan.departure_minutes, car.now, car.zone)
    times = {
        "scheduled_charging_start_time": None if gate.start is None else int(gate.start),
        "scheduled_charging_start_time_app": plan.start_minutes,
        "scheduled_charging_start_time_minutes": plan.start_minutes,
        "scheduled_departure_time": None if departure is None else int(departure),
        "scheduled_departure_time_minutes": plan.departure_minutes,
    }
    weekdays = {True: "weekdays", False: "all_week"}
    return {
        "off_peak_charging_enabled": plan.off_peak,
        "off_peak_charging_times": weekdays[plan.off_peak_weekdays_only],
        "off_peak_hours_end_time": plan.off_peak_end_minutes,
        "preconditioning_enabled": plan.preconditioning,
        "preconditioning_times": weekdays[plan.preconditioning_weekdays_only],
        "scheduled_charging_mode": "StartAt" if starts else plan.mode,
        "scheduled_charging_pending": car.charger.pending,
        **(times if shown else dict.fromkeys(times)),
    }


def _climate_state(car: Car) -> Block:
    return deepcopy(CLIMATE_STATE) | {
        "battery_heater": car.heating,
        **climate_fields(car),
        "timestamp": _milliseconds(car),
    }


def _drive_state(car: Car) -> Block:
    latitude, longitude = (round(value, 6) for value in car.position())
    trip = car.trip
    flow_w = trip.speed_kmh * car.model.drive_wh_per_km if trip else -car.charger.draw().battery_w
    return {
        **(car.route.fields(car.battery.energy_wh, car.battery.capacity_wh) if car.route else {}),
        "gps_as_of": int(car.now),
        "heading": car.heading,
        "latitude": latitude,
        "longitude": longitude,
        "native_latitude": latitude,
        "native_location_supported": 1,
        "native_longitude": longitude,
        "native_type": car.market.native_type,
        "power": round(flow_w / 1000),
        "shift_state": "D" if trip else None,
        "speed": round(trip.speed_kmh * MILES_PER_KM) if trip else None,
        "timestamp": _milliseconds(car),
    }


def _gui_settings(car: Car) -> Block:
    metric = car.market.metric
    return {
        "gui_24_hour_time": metric,
        "gui_charge_rate_units": "kW" if metric else "mi/hr",
        "gui_distance_units": "km/hr" if metric else "mi/hr",
        "gui_range_display": "Rated",
        "gui_temperature_units": "C" if metric else "F",
        "gui_tirepressure_units": "Bar" if metric else "Psi",
        "show_range_units": False,
        "timestamp": _milliseconds(car),
    }


def _vehicle_config(car: Car) -> Block:
    return deepcopy(VEHICLE_CONFIG) | {
        **car.hardware.config(),
        "car_type": car.model.car_type,
        "charge_port_type": "EU" if car.pre2021 and car.market.name == "eu" else car.market.port,
        "ece_restrictions": car.market.name == "eu",
        "eu_vehicle": car.market.name == "eu",
        "exterior_color": car.model.exterior_color,
        "motorized_charge_port": car.motorized_charge_port,
        "timestamp": _milliseconds(car),
        "trim_badging": car.model.trim_badging,
        "utc_offset": local_offset(car.now, car.zone),
    }


def _vehicle_state(car: Car) -> Block:
    parked = car.trip is None
    block = deepcopy(VEHICLE_STATE) | {
        "api_version": 36 if car.pre2021 else 83,
        "car_version": f"{car.firmware} {BUILD}",
        **car.body.fields(car.hardware),
        "homelink_device_count": int(car.hardware.homelink),
        "homelink_nearby": car.hardware.homelink and car.at_home,
        "is_user_present": car.user_present or not parked,
        "locked": car.locked,
        "odometer": round(car.odometer_miles(), 6),
        "remote_start": car.now < car.keyless_until,
        **car.modes.fields(car.hardware, sentry=car.sentry_mode),
        **({"media_info": car.media.fields()} if car.hardware.media_info else {}),
        "software_update": car.software.fields(car.now),
        "timestamp": _milliseconds(car),
        **{f"tpms_last_seen_pressure_time_{wheel}": int(car.now) for wheel in WHEELS},
        "vehicle_name": car.display_name,
    }
    return block if car.hardware.tire_sensors else _without_tires(block)


def _without_tires(block: Block) -> Block:
    """Return vehicle_state of a car that cannot look at its tyres: pressures are null, and nothing else is told of them."""
    bare = {key: value for key, value in block.items() if not key.startswith("tpms_")}
    return bare | {f"tpms_pressure_{wheel}": None for wheel in WHEELS}


def _charge_schedules(car: Car) -> Block:
    schedules = car.charger.plan.charge.values()
    return {
        "charge_buffer": 0,
        "charge_schedule_window": None,
        "charge_schedules": [asdict(schedule) for schedule in schedules],
        "max_num_charge_schedules": car.schedules_max,
        "next_schedule": any(schedule.enabled for schedule in schedules),
        "show_schedule_complete_state": False,
        "timestamp": _milliseconds(car),
    }


def _precondition_schedules(car: Car) -> Block:
    schedules = car.charger.plan.precondition.values()
    return {
        "max_num_precondition_schedules": car.schedules_max,
        "next_schedule": any(schedule.enabled for schedule in schedules),
        "precondition_schedules": [asdict(schedule) for schedule in schedules],
        "preconditioning_schedule_window": None,
        "timestamp": _milliseconds(car),
    }
