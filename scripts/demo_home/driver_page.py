"""The page of one car: what its driver wants to see and do before and after a drive."""

from tesla_simulator.world import Car

from .cards import Card, Entities, Maker, section, view

_COVERS = ("windows", "sun_roof", "frunk", "trunk", "charge_port_door")
_CORNERS = (("fl", "Front left"), ("fr", "Front right"), ("rl", "Rear left"), ("rr", "Rear right"))
_SEATS = (
    ("select.seat_heater_left", "Left seat"),
    ("select.seat_heater_right", "Right seat"),
    ("select.seat_fan_front_left", "Left seat, cooled"),
    ("select.seat_fan_front_right", "Right seat, cooled"),
    ("select.steering_wheel_heat_level", "Steering wheel"),
)


def driver_path(car: Car) -> str:
    """Return the path of the page of a car."""
    return car.display_name.lower().replace(" ", "-")


def driver_view(car: Car, entities: Entities) -> Card:
    """Return the page of a car."""
    parts = (_ready, _cabin, _body)
    return view(car.display_name, driver_path(car), [section(part(Maker(entities, car.vin), car)) for part in parts])


def _ready(make: Maker, car: Car) -> list[Card]:
    """Is it charged, is it locked, where is it?"""
    make.heading(car.display_name, "mdi:car-electric", "sensor.state", "sensor.charging_state")
    make.gauge("sensor.battery_level", 12)
    make.tile("sensor.battery_range", color="light-blue")
    make.tile("sensor.odometer", color="light-blue")
    make.tile("lock.door_lock", 12, "lock-commands")
    make.tile("switch.sentry_mode", color="red", icon="mdi:shield-car")
    make.tile("binary_sensor.is_user_present", color="green")
    for button in ("flash_lights", "honk_horn", "remote_start_drive", "wake"):
        make.tile(f"button.{button}", color="grey", hide_state=True)
    make.map("device_tracker.location")
    make.tile_once_known("sensor.arrival", color="light-blue")
    make.tile_once_known("sensor.distance_to_arrival", color="light-blue")
    return make.cards


def _cabin(make: Maker, _: Car) -> list[Card]:
    """Is it warm, and what does it play?"""
    make.heading("Climate", "mdi:thermometer", "sensor.outside_temp")
    make.thermostat("climate.climate")
    for key, name in _SEATS:
        make.tile(key, 6, "select-options", color="deep-orange", name=name)
    make.tile("switch.steering_wheel_heater", color="deep-orange", name="Steering wheel")
    make.tile("switch.defrost_mode", color="light-blue")
    make.media("media_player.media")
    return make.cards


def _body(make: Maker, _: Car) -> list[Card]:
    """Is it shut, is it well?"""
    make.heading("Doors and windows", "mdi:car-door", "binary_sensor.doors_open")
    for key in _COVERS:
        make.tile(f"cover.{key}", 12, "cover-open-close", color="amber")
    make.heading("Tires", "mdi:tire", "binary_sensor.tire_pressure_warning")
    for corner, name in _CORNERS:
        make.tile(f"sensor.tpms_pressure_{corner}", color="teal", name=name)
    make.heading("Software", "mdi:update", "binary_sensor.mobile_access")
    make.tile("update.software_update", 12, color="blue")
    return make.cards
