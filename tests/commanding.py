"""How a person makes a car do each command of the simulated Tesla's table: by which entity or action, and what shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from tesla_simulator.world import Car, Hardware, Place
from tesla_simulator.world.body import Body
from tesla_simulator.world.cabin import Climate
from tesla_simulator.world.media import Media
from tesla_simulator.world.modes import Modes
from tesla_simulator.world.schedules import Plan
from tesla_simulator.world.software import Software

from .planning import device_of
from .simulator.car_row import HERE, PIN

POINT = {"latitude": 52.5, "longitude": 13.25}
HOME = {"latitude": HERE["lat"], "longitude": HERE["lon"]}
# What a car has whose steering wheel knows only on and off.
ONE_STEP = Hardware(wheel_levels=False)


@dataclass(frozen=True)
class Way:
    """A service of Home Assistant, on an entity of the car unless it is an action of ours, and states that show the effect."""

    service: str
    entity: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    async def go(self, hass: HomeAssistant, car: Car) -> None:
        """Do it."""
        domain, _, name = self.service.partition(".")
        if domain == DOMAIN:
            target = {"device_id": device_of(hass, car.vin)}
        else:
            target = {"entity_id": of_car(car, self.entity)}
        await hass.services.async_call(domain, name, {**target, **self.data}, blocking=True)


# The names by the models' letters: a car may be renamed, and its entities keep their ids.
NAMES = {"C": "Nova", "Y": "Vega"}


def of_car(car: Car, entity: str) -> str:
    """Return the id of an entity of a car."""
    domain, _, name = entity.partition(".")
    return f"{domain}.{NAMES[car.vin[3]].lower()}_{name}"


def press(button: str, **states: str) -> Way:
    """Press a button."""
    return Way("button.press", f"button.{button}", states=named(states))


def turn(on: bool, switch: str) -> Way:
    """Turn a switch; it shows it."""
    return Way(
        f"switch.turn_{'on' if on else 'off'}", f"switch.{switch}", states={f"switch.{switch}": "on" if on else "off"}
    )


def do(action: str, states: Mapping[str, str] | None = None, **data: Any) -> Way:
    """Do an action of ours."""
    return Way(f"{DOMAIN}.{action}", data=data, states=states or {})


def pick(select: str, option: str) -> Way:
    """Select an option; it shows it."""
    return Way("select.select_option", f"select.{select}", {"option": option}, {f"select.{select}": option})


def cover(move: str, name: str, state: str) -> Way:
    """Move a cover."""
    return Way(f"cover.{move}_cover", f"cover.{name}", states={f"cover.{name}": state})


def media(service: str, **data: Any) -> Way:
    """Play."""
    return Way(f"media_player.{service}", "media_player.media_player", data)


def named(states: Mapping[str, str]) -> dict[str, str]:
    """Return states with the dots that a keyword cannot have."""
    return {name.replace("__", "."): state for name, state in states.items()}


CLIMATE = "climate.climate"
PROTECTION = "climate.cabin_overheat_protection"
SCHEDULE: dict[str, Any] = {"name": "Night", "days": ["monday"], "start_time": "01:05"}

WAYS: dict[str, Way] = {
    # Charging
    "charge_start": turn(True, "charging"),
    "charge_stop": turn(False, "charging"),
    "charge_max_range": press("charge_to_maximum_range", number__charge_limit="100"),
    "charge_standard": press("charge_to_standard_limit", number__charge_limit="90"),
    "set_charge_limit": Way("number.set_value", "number.charge_limit", {"value": 66}, {"number.charge_limit": "66"}),
    "set_charging_amps": Way("number.set_value", "number.charging_amps", {"value": 8}, {"number.charging_amps": "8"}),
    "charge_port_door_open": cover("open", "charge_port_door", "open"),
    "charge_port_door_close": cover("close", "charge_port_door", "closed"),
    "add_charge_schedule": do("add_charge_schedule", **SCHEDULE),
    "remove_charge_schedule": do("remove_charge_schedule", id=5),
    "add_precondition_schedule": do("add_precondition_schedule", name="Work", days=["monday"], ready_time="08:00"),
    "remove_precondition_schedule": do("remove_precondition_schedule", id=6),
    "batch_remove_charge_schedules": do("remove_schedules_at", kind="charge", home=True, work=True, other=True),
    "batch_remove_precondition_schedules": do(
        "remove_schedules_at", kind="precondition", home=True, work=True, other=True
    ),
    # Climate
    "auto_conditioning_start": Way("climate.turn_on", CLIMATE, states={CLIMATE: "heat_cool"}),
    "auto_conditioning_stop": Way("climate.turn_off", CLIMATE, states={CLIMATE: "off"}),
    "set_temps": do("set_temperatures", driver=19.5, passenger=22),
    "set_climate_keeper_mode off": Way("climate.set_preset_mode", CLIMATE, {"preset_mode": "none"}, {CLIMATE: "off"}),
    "set_climate_keeper_mode on": Way(
        "climate.set_preset_mode", CLIMATE, {"preset_mode": "keep"}, {CLIMATE: "heat_cool"}
    ),
    "set_climate_keeper_mode dog": Way(
        "climate.set_preset_mode", CLIMATE, {"preset_mode": "dog"}, {CLIMATE: "heat_cool"}
    ),
    "set_climate_keeper_mode camp": Way(
        "climate.set_preset_mode", CLIMATE, {"preset_mode": "camp"}, {CLIMATE: "heat_cool"}
    ),
    "set_preconditioning_max": turn(True, "defrost"),
    "set_bioweapon_mode": turn(True, "bioweapon_defense_mode"),
    "set_cabin_overheat_protection Off": Way(
        "climate.set_hvac_mode", PROTECTION, {"hvac_mode": "off"}, {PROTECTION: "off"}
    ),
    "set_cabin_overheat_protection FanOnly": Way(
        "climate.set_hvac_mode", PROTECTION, {"hvac_mode": "fan_only"}, {PROTECTION: "fan_only"}
    ),
    "set_cabin_overheat_protection On": Way("climate.turn_on", PROTECTION, states={PROTECTION: "cool"}),
    "set_cop_temp Low": Way("climate.set_temperature", PROTECTION, {"temperature": 30}),
    "set_cop_temp Medium": Way("climate.set_temperature", PROTECTION, {"temperature": 35}),
    "set_cop_temp High": Way("climate.set_temperature", PROTECTION, {"temperature": 40}),
    "remote_seat_heater_request left": pick("seat_heater_front_left", "low"),
    "remote_seat_heater_request right": pick("seat_heater_front_right", "medium"),
    "remote_seat_heater_request rear_left": pick("seat_heater_rear_left", "high"),
    "remote_seat_heater_request rear_left_back": pick("backrest_heater_rear_left", "low"),
    "remote_seat_heater_request rear_center": pick("seat_heater_rear_center", "medium"),
    "remote_seat_heater_request rear_right": pick("seat_heater_rear_right", "high"),
    "remote_seat_heater_request rear_right_back": pick("backrest_heater_rear_right", "low"),
    "remote_seat_heater_request third_row_left": pick("seat_heater_third_row_left", "medium"),
    "remote_seat_heater_request third_row_right": pick("seat_heater_third_row_right", "high"),
    "remote_seat_cooler_request left": pick("seat_cooler_front_left", "medium"),
    "remote_seat_cooler_request right": pick("seat_cooler_front_right", "high"),
    "remote_auto_seat_climate_request left": turn(False, "auto_seat_climate_left"),
    "remote_auto_seat_climate_request right": turn(False, "auto_seat_climate_right"),
    "remote_auto_steering_wheel_heat_climate_request": turn(True, "auto_steering_wheel_heater"),
    "remote_steering_wheel_heat_level_request 0": pick("steering_wheel_heater", "off"),
    "remote_steering_wheel_heat_level_request 1": pick("steering_wheel_heater", "low"),
    "remote_steering_wheel_heat_level_request 3": pick("steering_wheel_heater", "high"),
    "remote_steering_wheel_heater_request": turn(True, "steering_wheel_heater"),
    # Doors, windows, lights
    "door_unlock": Way("lock.unlock", "lock.lock", states={"lock.lock": "unlocked"}),
    "door_lock": Way("lock.lock", "lock.lock", states={"lock.lock": "locked"}),
    "actuate_trunk front opens": cover("open", "frunk", "open"),
    "actuate_trunk rear opens": cover("open", "trunk", "open"),
    "actuate_trunk rear closes": cover("close", "trunk", "closed"),
    "window_control vent": cover("open", "windows", "open"),
    "window_control close": do("move_windows", {"cover.windows": "closed"}, move="close", location=HOME),
    "sun_roof_control vent": cover("open", "sunroof", "open"),
    "sun_roof_control close": cover("close", "sunroof", "closed"),
    "sun_roof_control stop": cover("stop", "sunroof", "open"),
    "open_tonneau": cover("open", "tonneau", "unknown"),
    "close_tonneau": cover("close", "tonneau", "unknown"),
    "stop_tonneau": cover("stop", "tonneau", "unknown"),
    "flash_lights": press("flash_lights"),
    "honk_horn": press("honk_horn"),
    "remote_start_drive": press("keyless_driving", binary_sensor__keyless_driving_on="on"),
    "trigger_homelink": do("trigger_homelink", location=HOME, token="t"),
    # Media and trips
    "media_toggle_playback plays": media("media_play"),
    "media_toggle_playback pauses": media("media_pause"),
    "media_next_track": media("media_next_track"),
    "media_prev_track": media("media_previous_track"),
    "media_next_fav": press("next_favorite"),
    "media_prev_fav": press("previous_favorite"),
    "media_volume_down": media("volume_down"),
    "media_volume_up": media("volume_up"),
    "adjust_volume": media("volume_set", volume_level=5.5 / 10.333333),
    "navigation_request": do("navigate_to_place", {"sensor.destination": "12 Example Lane"}, place="12 Example Lane"),
    "navigation_gps_request": do("navigate_to_coordinates", location=POINT),
    "navigation_sc_request": do("navigate_to_supercharger", {"sensor.destination": "Supercharger 7"}, id=7),
    "navigation_waypoints_request": do(
        "navigate_by_waypoints", {"sensor.destination": "two"}, place_ids=["one", "refId:two"]
    ),
    "remote_boombox": press("play_locating_sound"),
    "take_drivenote": do("take_drive_note", note="n"),
    "upcoming_calendar_entries": do("send_calendar", entries="{}"),
    # Modes
    "set_sentry_mode": turn(True, "sentry_mode"),
    "set_valet_mode on": do("set_valet_mode", {"switch.valet_mode": "on"}, enable=True, pin=int(PIN)),
    "set_valet_mode off": do("set_valet_mode", {"switch.valet_mode": "off"}, enable=False, pin=PIN),
    "reset_valet_pin": do("reset_valet_pin"),
    "set_pin_to_drive": do("set_pin_to_drive", enable=True, pin=PIN),
    "reset_pin_to_drive_pin": do("clear_pin_to_drive"),
    "clear_pin_to_drive_admin": do("clear_pin_to_drive", as_owner=True),
    "speed_limit_activate": do("set_speed_limit_mode", {"binary_sensor.speed_limit_mode": "on"}, enable=True, pin=PIN),
    "speed_limit_deactivate": do(
        "set_speed_limit_mode", {"binary_sensor.speed_limit_mode": "off"}, enable=False, pin=PIN
    ),
    "speed_limit_set_limit": Way("number.set_value", "number.speed_limit", {"value": 70}, {"number.speed_limit": "70"}),
    "speed_limit_clear_pin": do("clear_speed_limit_pin", pin=PIN),
    "speed_limit_clear_pin_admin": do("clear_speed_limit_pin", as_owner=True),
    "parental_controls_activate": do("set_parental_controls", enable=True, pin=PIN),
    "parental_controls_deactivate": do("set_parental_controls", enable=False, pin=PIN),
    "parental_controls_enable_setting": do("set_parental_control", setting="curfew", enable=True),
    "parental_controls_set_speed_limit": do("set_parental_speed_limit", limit_mph=65),
    "parental_controls_clear_pin": do("clear_parental_controls_pin", pin=PIN),
    "parental_controls_clear_pin_admin": do("clear_parental_controls_pin", as_owner=True),
    "guest_mode": do("set_guest_mode", enable=True),
    "erase_user_data": do("erase_user_data", confirm=True),
    "set_vehicle_name": do("set_vehicle_name", name="Stella"),
    "set_low_power_mode": press("turn_on_low_power_mode"),
    "keep_accessory_power_mode": press("keep_accessory_power_on"),
    "schedule_software_update": do("schedule_software_update", delay={"minutes": 1}),
    "cancel_software_update": press("cancel_software_update"),
}

# Other ways to the same, and what nothing here does.
LEFT_OUT = {
    "actuate_trunk front closes": "no field says that a frunk has a motor",
    "actuate_trunk by the key": "the same in another message",
    "auto_secure_vehicle": "it is in none of Tesla's pages (fleet_api.md 6.4)",
    "charge_port_door_open by the key": "the same in another message",
    "set_scheduled_charging": "for old firmware, tests/test_schedule_firmware.py",
    "set_scheduled_departure": "for old firmware, tests/test_schedule_firmware.py",
    "sun_roof_control open": "Tesla's pages know vent and close (fleet_api.md 6.4)",
}


def fresh(car: Car, place: Place) -> None:
    """Let a car be as it was built, parked at a place."""
    car.climate, car.body, car.media, car.modes, car.software = Climate(), Body(), Media(), Modes(), Software()
    car.display_name = NAMES[car.vin[3]]
    car.signals.clear()
    car.route, car.user_present, car.doors_unlocked, car.sentry_mode, car.keyless_until = None, False, False, False, 0.0
    charger = car.charger
    if charger.station is not None:
        car.unplug()
    charger.place, charger.limit, charger.amps_setting, charger.door_open = place, 80, 16, False
    charger.plan, charger.unlocked_at = Plan(), None
