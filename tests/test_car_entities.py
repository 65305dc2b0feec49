"""The car besides charging: what it shows, what it is built with, and how it falls asleep."""

from typing import Literal

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car, Hardware, build_car

from .car_help import drives_in, keys, look
from .conftest import SetUp
from .helpers import START, asked, attribute, call, list_again, state_of, unsigned_car

pytestmark = [
    pytest.mark.freeze_time(START),
    pytest.mark.usefixtures("entity_registry_enabled_by_default", "no_pauses"),
]

SEE = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA}


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake and takes unsigned commands."""
    return drives_in(person, sim, unsigned_car(kept_awake=True))


# What it shows

MISSING: dict[str, object] = {
    "climate_state": None,
    **{
        f"vehicle_state.{key}": None
        for key in (
            "df", "dr", "pf", "pr", "ft", "rt", "fd_window", "fp_window", "rd_window", "rp_window", "locked",
            "sentry_mode", "valet_mode", "is_user_present", "odometer", "tpms_pressure_fl", "dashcam_state",
            "media_info", "speed_limit_mode", "software_update", "car_version",
            *(f"tpms_{kind}_warning_{corner}" for kind in ("soft", "hard") for corner in ("fl", "fr", "rl", "rr")),
        )
    },
}  # fmt: skip
UNKNOWN = (
    "binary_sensor.nova_dashcam",
    "binary_sensor.nova_doors",
    "binary_sensor.nova_front_driver_door",
    "binary_sensor.nova_rear_passenger_window",
    "binary_sensor.nova_user_present",
    "climate.nova_climate",
    "climate.nova_cabin_overheat_protection",
    "cover.nova_frunk",
    "cover.nova_trunk",
    "cover.nova_windows",
    "lock.nova_lock",
    "number.nova_speed_limit",
    "select.nova_seat_heater_front_left",
    "sensor.nova_arrival",
    "sensor.nova_inside_temperature",
    "sensor.nova_odometer",
    "switch.nova_defrost",
    "switch.nova_valet_mode",
    "update.nova_software",
)


async def test_missing_is_unknown(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """What a car does not tell is unknown: not open, not unlocked, not off and not zero."""
    nova.reported = MISSING
    await set_up()
    assert {entity_id: state_of(hass, entity_id) for entity_id in UNKNOWN} == dict.fromkeys(UNKNOWN, "unknown")


async def test_left_out_later(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """What was told once stays as it was told, and its entity stays, when an answer leaves it out."""
    nova.sentry_mode = True
    nova.media.toggle()
    await set_up()
    nova.reported = MISSING
    await look(hass, freezer)
    told = {
        "binary_sensor.nova_tire_pressure_warning": "off",
        "climate.nova_climate": "off",
        "lock.nova_lock": "locked",
        "media_player.nova_media_player": "playing",
        "sensor.nova_tire_pressure_front_left": "2.9",
        "switch.nova_sentry_mode": "on",
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in told} == told


async def test_what_some_doors_do_not_tell(
    hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """One open door is enough to know; all but one closed is not."""
    nova.reported = {"vehicle_state.df": 0, "vehicle_state.dr": 0, "vehicle_state.pf": 0, "vehicle_state.pr": None}
    await set_up()
    assert state_of(hass, "binary_sensor.nova_doors") == "unknown"
    nova.body.doors["dr"] = 1
    nova.reported = {"vehicle_state.pr": None}
    await look(hass, freezer)
    assert state_of(hass, "binary_sensor.nova_doors") == "on"
    assert state_of(hass, "binary_sensor.nova_rear_driver_door") == "on"
    assert state_of(hass, "binary_sensor.nova_front_driver_door") == "off"


@pytest.mark.parametrize("way", ["nothing", "vehicle_state", "closures_state"])
async def test_doors_wherever_they_stand(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    way: Literal["nothing", "vehicle_state", "closures_state"],
) -> None:
    """Whether doors have a block of their own or not, they are seen."""
    sim.behaviour.closures_state = way
    nova.body.doors["pr"] = 1
    await set_up()
    assert state_of(hass, "binary_sensor.nova_doors") == "on"
    assert state_of(hass, "binary_sensor.nova_rear_passenger_door") == "on"


async def test_tyres(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """One warning of eight is a warning."""
    await set_up()
    assert state_of(hass, "binary_sensor.nova_tire_pressure_warning") == "off"
    nova.reported = {"vehicle_state.tpms_hard_warning_rl": True}
    await look(hass, freezer)
    assert state_of(hass, "binary_sensor.nova_tire_pressure_warning") == "on"
    assert state_of(hass, "binary_sensor.nova_tire_pressure_alarm_rear_left") == "on"
    assert state_of(hass, "sensor.nova_tire_pressure_front_left") == "2.9"


async def test_who_may_only_see(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """Who may not command sees whether it is locked, open, guarded and warm, and how its software is."""
    nova.doors_unlocked, nova.body.trunks["front"] = True, 1
    entry = await set_up(SEE)
    shown = {
        "binary_sensor.nova_lock": "on",
        "binary_sensor.nova_frunk": "on",
        "binary_sensor.nova_trunk": "off",
        "binary_sensor.nova_windows": "off",
        "binary_sensor.nova_sentry_mode": "off",
        "binary_sensor.nova_climate": "off",
        "binary_sensor.nova_valet_mode": "off",
        "sensor.nova_charge_limit": "80",
        "update.nova_software": "off",
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in shown} == shown
    assert {one.partition(".")[0] for one in keys(hass, entry, nova)} <= {
        "binary_sensor", "button", "calendar", "event", "sensor", "switch", "update",
    }  # fmt: skip


async def test_on_the_way(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Speed, gear and trip are told while it drives; when the trip is over they are unknown, not old."""
    assert nova.command("navigation_gps_request", {"lat": 52.6, "lon": 13.4, "order": 1}).result
    nova.drive(30)
    await set_up()
    assert float(state_of(hass, "sensor.nova_speed") or 0) > 40
    assert state_of(hass, "sensor.nova_gear") == "drive"
    assert state_of(hass, "sensor.nova_destination") == "52.60000, 13.40000"
    assert attribute(hass, "device_tracker.nova_route", "latitude") == 52.6
    assert (state_of(hass, "sensor.nova_arrival") or "").endswith(":00+00:00")
    assert state_of(hass, "sensor.nova_distance_to_destination") not in (None, "unknown")
    nova.route = None
    await look(hass, freezer)
    for entity_id in ("sensor.nova_destination", "sensor.nova_arrival", "sensor.nova_distance_to_destination"):
        assert state_of(hass, entity_id) == "unknown"
    assert attribute(hass, "device_tracker.nova_route", "latitude") is None


async def test_trip_without_location(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """Without the right to the location nothing says where it goes, but how far it is."""
    assert nova.command("navigation_gps_request", {"lat": 52.6, "lon": 13.4, "order": 1}).result
    entry = await set_up(frozenset(Scope) - {Scope.VEHICLE_LOCATION})
    assert {"sensor.destination", "sensor.heading", "device_tracker.route"} & keys(hass, entry, nova) == set()
    assert state_of(hass, "sensor.nova_distance_to_destination") not in (None, "unknown")
    assert all("13.4" not in str(state.as_dict()) for state in hass.states.async_all())


async def test_falls_asleep(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A car that sleeps stands, in park, and its climate is off; how old the rest is, its last read says."""
    nova.drive(30)
    nova.climate.on = True
    await set_up()
    read_at = state_of(hass, "sensor.nova_last_data")
    assert state_of(hass, "climate.nova_climate") == "heat_cool"
    nova.trip, nova.climate.on, nova.kept_awake = None, False, False
    nova.sleep()
    freezer.tick(30)
    await list_again(hass)
    assert state_of(hass, "sensor.nova_status") == "asleep"
    told = {
        "sensor.nova_speed": "0.0",
        "sensor.nova_drive_power": "0.0",
        "sensor.nova_gear": "park",
        "climate.nova_climate": "off",
        "sensor.nova_last_data": read_at,
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in told} == told


async def test_climate_of_a_sleeping_car(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is off is not woken to be turned off; what is to be on is woken, once."""
    await set_up()
    nova.kept_awake = False
    nova.sleep()
    await list_again(hass)
    sim.clear_requests()
    await call(hass, "climate.turn_off", "climate.nova_climate")
    assert asked(sim, "wake_up") == asked(sim, "command/*") == []
    await call(hass, "climate.turn_on", "climate.nova_climate")
    assert (asked(sim, "wake_up"), asked(sim, "command/*")) == (["wake_up"], ["command/auto_conditioning_start"])
    assert nova.climate.on


async def test_parked_is_park(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """A parked car tells neither gear nor speed, which is an answer."""
    await set_up()
    assert (state_of(hass, "sensor.nova_gear"), state_of(hass, "sensor.nova_speed")) == ("park", "0.0")


# What it is built with

ALWAYS = {
    "select.seat_heater_left", "select.seat_heater_right", "cover.frunk", "cover.trunk", "cover.windows",
    "climate.climate", "climate.cabin_overheat_protection", "switch.defrost_mode",
}  # fmt: skip
REAR = {f"select.seat_heater_rear_{seat}" for seat in ("left", "center", "right")}
BACKS = {f"select.seat_heater_rear_{seat}_back" for seat in ("left", "right")}
THIRD = {f"select.seat_heater_third_row_{seat}" for seat in ("left", "right")}
COOLED = {"select.seat_fan_front_left", "select.seat_fan_front_right"}
ROOF = {"cover.sun_roof", "sensor.sun_roof_percent_open"}
WHEEL = {"select.steering_wheel_heat_level"}
AUTOMATIC = {"switch.auto_seat_climate_left", "switch.auto_seat_climate_right", "switch.auto_steering_wheel_heat"}
OPTIONAL = REAR | BACKS | THIRD | COOLED | ROOF | WHEEL | AUTOMATIC | {
    "button.trigger_homelink", "cover.tonneau", "switch.steering_wheel_heater",
}  # fmt: skip

BUILT = [
    ("3", Hardware(), REAR | WHEEL | AUTOMATIC),
    ("S", Hardware(sunroof=True, cooled_seats=True), REAR | WHEEL | AUTOMATIC | ROOF | COOLED),
    ("X", Hardware(third_row=True, seat_backs=True), REAR | WHEEL | AUTOMATIC | BACKS | THIRD),
    (
        "C",
        Hardware(tonneau=True, homelink=True),
        REAR | WHEEL | AUTOMATIC | {"cover.tonneau", "button.trigger_homelink"},
    ),
    ("Y", Hardware(rear_heaters=False, wheel_heater=False, automatic_seats=False), set()),
    ("Y", Hardware(wheel_levels=False), REAR | AUTOMATIC | {"switch.steering_wheel_heater"}),
]


@pytest.mark.parametrize(("letter", "hardware", "optional"), BUILT, ids=range(len(BUILT)))
async def test_hardware_decides(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    letter: str,
    hardware: Hardware,
    optional: set[str],
) -> None:
    """What a car was not built with is not there; what every car has is."""
    car = build_car("Nova", letter, 2024, 7, built_with=hardware, command_signing="off", kept_awake=True)
    drives_in(person, sim, car)
    found = keys(hass, await set_up(), car)
    assert found >= ALWAYS
    assert found & OPTIONAL == optional


async def test_old_model_s(hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp) -> None:
    """A car before 2021 has no protection by fan alone, tells nothing of what plays, and closes windows for who is near."""
    car = drives_in(person, sim, build_car("Nova", "S", 2016, 7, kept_awake=True))
    place = car.charger.place
    await hass.config.async_update(latitude=place.latitude, longitude=place.longitude)
    await set_up(frozenset(Scope) - {Scope.VEHICLE_LOCATION})
    assert attribute(hass, "climate.nova_cabin_overheat_protection", "hvac_modes") == ["off", "cool"]
    assert state_of(hass, "media_player.nova_media_player") is None
    await call(hass, "cover.open_cover", "cover.nova_windows")
    await call(hass, "cover.close_cover", "cover.nova_windows")
    assert state_of(hass, "cover.nova_windows") == "closed"
    assert set(car.body.windows.values()) == {0}
    await hass.config.async_update(latitude=0.0, longitude=0.0)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "cover.close_cover", "cover.nova_windows")
    assert error.value.translation_key == "refused_too_far"
