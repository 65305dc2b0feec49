"""The car besides charging: what it shows, what it is built with, and how it falls asleep."""

from typing import Any, Literal

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.components.climate import ClimateEntityFeature
from homeassistant.components.update import UpdateEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car, Hardware, build_car

from .conftest import SetUp
from .helpers import START, asked, attribute, call, list_again, pass_time, state_of, unsigned_car
from .planning import device_of

pytestmark = [
    pytest.mark.freeze_time(START),
    pytest.mark.usefixtures("entity_registry_enabled_by_default", "no_pauses"),
]

SEE = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA}
REFRESH = "button.nova_refresh"


def drives_in(person: Account, sim: Simulator, car: Car) -> Car:
    """Let a person own this car alone, awake."""
    person.cars[:] = [car]
    sim.world.update()
    car.wake()
    return car


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake and takes unsigned commands."""
    return drives_in(person, sim, unsigned_car(kept_awake=True))


async def look(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Read the car again."""
    await pass_time(hass, freezer, 8)
    await call(hass, "button.press", REFRESH)


def keys(hass: HomeAssistant, entry: MockConfigEntry, car: Car) -> set[str]:
    """Return the keys of the entities of a car, with their platforms."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {f"{one.domain}.{one.translation_key}" for one in found if one.unique_id.startswith(car.vin)}


async def act(hass: HomeAssistant, car: Car, action: str, **data: Any) -> None:
    """Do an action of ours with a car."""
    target = {"device_id": device_of(hass, car.vin)}
    await hass.services.async_call(DOMAIN, action, {**target, **data}, blocking=True)


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
    "binary_sensor.nova_tire_pressure_warning",
    "binary_sensor.nova_user_present",
    "climate.nova_climate",
    "climate.nova_cabin_overheat_protection",
    "cover.nova_frunk",
    "cover.nova_trunk",
    "cover.nova_windows",
    "lock.nova_lock",
    "media_player.nova_media_player",
    "number.nova_speed_limit",
    "select.nova_seat_heater_front_left",
    "sensor.nova_arrival",
    "sensor.nova_inside_temperature",
    "sensor.nova_odometer",
    "sensor.nova_tire_pressure_front_left",
    "switch.nova_defrost",
    "switch.nova_sentry_mode",
    "switch.nova_valet_mode",
    "update.nova_software",
)


async def test_missing_is_unknown(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """What a car does not tell is unknown: not open, not unlocked, not off and not zero."""
    nova.reported = MISSING
    await set_up()
    assert {entity_id: state_of(hass, entity_id) for entity_id in UNKNOWN} == dict.fromkeys(UNKNOWN, "unknown")


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
        "update.nova_software": "off",
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in shown} == shown
    assert {one.partition(".")[0] for one in keys(hass, entry, nova)} <= {
        "binary_sensor", "button", "calendar", "sensor", "switch", "update",
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


@pytest.mark.parametrize(("letter", "hardware", "optional"), BUILT, ids=lambda one: str(one)[:12])
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
    assert state_of(hass, "media_player.nova_media_player") == "unknown"
    await call(hass, "cover.open_cover", "cover.nova_windows")
    await call(hass, "cover.close_cover", "cover.nova_windows")
    assert state_of(hass, "cover.nova_windows") == "closed"
    assert set(car.body.windows.values()) == {0}
    await hass.config.async_update(latitude=0.0, longitude=0.0)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "cover.close_cover", "cover.nova_windows")
    assert error.value.translation_key == "refused_too_far"


# Warm and cold


async def test_cabin(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """One temperature for both sides, in halves of a degree, within what the car can."""
    await set_up()
    assert state_of(hass, "climate.nova_climate") == "off"
    told = ("current_temperature", "temperature", "min_temp", "max_temp", "preset_mode")
    assert [attribute(hass, "climate.nova_climate", name) for name in told][1:] == [21.0, 15.0, 28.0, "none"]
    sim.clear_requests()
    await call(hass, "climate.set_temperature", "climate.nova_climate", temperature=19.7, hvac_mode="heat_cool")
    assert asked(sim) == ["command/set_temps", "command/auto_conditioning_start"]
    assert (nova.climate.driver_c, nova.climate.passenger_c, nova.climate.on) == (19.5, 19.5, True)
    assert state_of(hass, "climate.nova_climate") == "heat_cool"
    assert attribute(hass, "climate.nova_climate", "temperature") == 19.5
    await call(hass, "climate.turn_off", "climate.nova_climate")
    assert not nova.climate.on


async def test_overheat_protection(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """It has three temperatures; the nearest is taken, where the car lets one be chosen."""
    await set_up()
    entity_id = "climate.nova_cabin_overheat_protection"
    assert (state_of(hass, entity_id), attribute(hass, entity_id, "temperature")) == ("cool", 40)
    await call(hass, "climate.set_temperature", entity_id, temperature=36)
    assert (nova.climate.overheat_temperature, attribute(hass, entity_id, "temperature")) == ("Medium", 35)
    await call(hass, "climate.turn_off", entity_id)
    assert (nova.climate.overheat, state_of(hass, entity_id)) == ("Off", "off")


async def test_overheat_temperature_is_fixed(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """A car that does not let it be chosen does not offer it."""
    nova.reported = {"vehicle_config.cop_user_set_temp_supported": False}
    await set_up()
    features = attribute(hass, "climate.nova_cabin_overheat_protection", "supported_features")
    assert not features & ClimateEntityFeature.TARGET_TEMPERATURE


async def test_seats_turn_the_climate_on(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A seat is warm only while the climate runs: it is turned on first, once, and not for turning a seat off."""
    await set_up()
    sim.clear_requests()
    await call(hass, "select.select_option", "select.nova_seat_heater_front_left", option="high")
    await call(hass, "select.select_option", "select.nova_steering_wheel_heater", option="low")
    assert asked(sim) == [
        "command/auto_conditioning_start",
        "command/remote_seat_heater_request",
        "command/remote_steering_wheel_heat_level_request",
    ]
    assert (nova.climate.heaters, nova.climate.wheel) == ({"left": 3}, 1)
    await call(hass, "select.select_option", "select.nova_seat_heater_front_left", option="off")
    assert asked(sim)[-1] == "command/remote_seat_heater_request"
    assert state_of(hass, "select.nova_seat_heater_front_left") == "off"


@pytest.mark.parametrize("name", ["both", "seat_position", "heater"])
async def test_what_a_seat_is_called(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, name: Literal["both", "seat_position", "heater"]
) -> None:
    """Whatever Tesla calls the seat in an unsigned command, the right one is warmed."""
    sim.behaviour.seat_heater_key = name
    await set_up()
    await call(hass, "select.select_option", "select.nova_seat_heater_front_right", option="low")
    assert nova.climate.heaters == {"right": 1}


@pytest.mark.parametrize(("level", "option"), [(0, "off"), (1, "low"), (2, "high"), (3, "high"), (7, "unknown")])
async def test_wheel_levels(hass: HomeAssistant, nova: Car, set_up: SetUp, level: int, option: str) -> None:
    """A car may count its levels or number them like the command; another number is unknown."""
    nova.reported = {"climate_state.steering_wheel_heat_level": level}
    await set_up()
    assert state_of(hass, "select.nova_steering_wheel_heater") == option


# Software


async def test_software(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """An update that waits is offered, installed on a press, and shows how far it is."""
    await set_up()
    entity_id = "update.nova_software"
    assert state_of(hass, entity_id) == "off"
    installed = attribute(hass, entity_id, "installed_version")
    assert installed == attribute(hass, entity_id, "latest_version") == nova.firmware
    nova.software.offer("2026.36.1")
    await look(hass, freezer)
    assert (state_of(hass, entity_id), attribute(hass, entity_id, "latest_version")) == ("on", "2026.36.1")
    assert attribute(hass, entity_id, "supported_features") & UpdateEntityFeature.INSTALL
    await call(hass, "update.install", entity_id)
    assert nova.software.status in ("scheduled", "installing")
    assert not attribute(hass, entity_id, "supported_features") & UpdateEntityFeature.INSTALL
    await pass_time(hass, freezer, 600)
    await look(hass, freezer)
    assert attribute(hass, entity_id, "in_progress") is True
    assert 15 < attribute(hass, entity_id, "update_percentage") < 35
    await pass_time(hass, freezer, 2400)
    await look(hass, freezer)
    assert (state_of(hass, entity_id), attribute(hass, entity_id, "installed_version")) == ("off", "2026.36.1")
    assert attribute(hass, entity_id, "in_progress") is False


async def test_software_is_planned(
    hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An update that is planned for the night waits; when it is about to begin it is as good as begun; it can be put off."""
    await set_up()
    nova.software.offer("2026.36.1")
    await look(hass, freezer)
    await act(hass, nova, "schedule_software_update", delay={"hours": 1})
    await look(hass, freezer)
    entity_id = "update.nova_software"
    assert (state_of(hass, entity_id), attribute(hass, entity_id, "in_progress")) == ("on", False)
    assert attribute(hass, entity_id, "status") == "scheduled"
    await act(hass, nova, "schedule_software_update", delay={"minutes": 1})
    await look(hass, freezer)
    assert attribute(hass, entity_id, "in_progress") is True
    await act(hass, nova, "cancel_software_update")
    assert (nova.software.status, attribute(hass, entity_id, "status")) == ("available", "available")
    nova.software.status = ""
    await look(hass, freezer)
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, nova, "schedule_software_update", delay={"minutes": 1})
    assert error.value.translation_key == "refused_no_update"


# Sentences


async def test_refusals(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """Each refusal has its sentence, and what cannot be sent is not sent."""
    await set_up()

    async def key_of(action: str, **data: Any) -> str | None:
        with pytest.raises(HomeAssistantError) as error:
            await act(hass, nova, action, **data)
        return error.value.translation_key

    assert await key_of("erase_user_data", confirm=False) == "erase_unconfirmed"
    assert await key_of("remove_schedules_at", kind="charge", home=False) == "no_place"
    assert await key_of("clear_speed_limit_pin") == "pin_or_owner"
    assert asked(sim, "command/*") == []
    assert await key_of("erase_user_data", confirm=True) == "refused_guest_mode"
    await act(hass, nova, "set_speed_limit_mode", enable=True, pin="1234")
    assert await key_of("clear_speed_limit_pin", pin="1234") == "refused_speed_limit_active"
    assert await key_of("set_speed_limit_mode", enable=False, pin="4321") == "refused_wrong_pin"
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "switch.turn_off", "switch.nova_auto_seat_climate_left")
    assert error.value.translation_key == "refused_comfort"
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "media_player.volume_set", "media_player.nova_media_player", volume_level=0.5)
    assert error.value.translation_key == "refused_nobody_there"


@pytest.mark.parametrize("pin", ["123", "12345", "12a4", "١٢٣٤", 12345, True, None])
async def test_pin_has_four_digits(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, pin: object) -> None:
    """What is no PIN is refused before anything is sent, and not repeated."""
    await set_up()
    with pytest.raises(vol.Invalid) as error:
        await act(hass, nova, "set_valet_mode", enable=True, pin=pin)
    assert "123" not in str(error.value)
    assert asked(sim, "command/*") == []


async def test_leading_zeros_of_a_pin(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """YAML makes a number of an unquoted PIN: its zeros come back."""
    await set_up()
    await act(hass, nova, "set_valet_mode", enable=True, pin=42)
    assert nova.modes.valet.pin == "0042"


async def test_signed_only_without_a_key(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A name is only taken signed, on every car: without a key nothing is sent, and a sentence says what is missing."""
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, nova, "set_vehicle_name", name="Stella")
    assert error.value.translation_key == "signing_required"
    assert asked(sim, "command/*") == []


async def test_homelink_away_from_home(hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp) -> None:
    """The button sends where the car is; far from the garage the car says so."""
    car = build_car("Nova", "3", 2020, 7, built_with=Hardware(homelink=True), command_signing="off", kept_awake=True)
    drives_in(person, sim, car)
    await set_up()
    await call(hass, "button.press", "button.nova_homelink")
    assert [name for _, name in car.signals] == ["homelink"]
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, car, "trigger_homelink", location={"latitude": 1.0, "longitude": 2.0})
    assert error.value.translation_key == "refused_too_far"
