"""What a car tells is there for everybody who may see it; what it never tells is not there, and comes once it does."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Simulator
from tesla_simulator.world import OLDEST, Account, Car, Hardware, build_car, home_station

from .car_help import drives_in, keys, look
from .conftest import SetUp, settle
from .helpers import START, attribute, call, list_again, state_of

pytestmark = [
    pytest.mark.freeze_time(START),
    pytest.mark.usefixtures("entity_registry_enabled_by_default", "no_pauses"),
]

SEE = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA}
FULL = Hardware(bioweapon=True, cooled_seats=True, seat_backs=True, third_row=True)


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car with everything, set to something everywhere."""
    car = build_car("Nova", "X", 2023, 7, built_with=FULL, command_signing="off", kept_awake=True, sentry_mode=True)
    drives_in(person, sim, car)
    car.plug_in(home_station())
    car.charger.limit, car.charger.amps_setting = 70, 12
    climate = car.climate
    climate.keeper, climate.defrost, climate.bioweapon, climate.wheel = "dog", True, True, 3
    climate.overheat, climate.overheat_temperature = "FanOnly", "Medium"
    climate.heaters |= {"left": 3, "rear_center": 1, "third_row_right": 2}
    climate.coolers["right"], climate.automatic_wheel = 2, True
    car.media.toggle()
    return car


# For those who may only see

SEEN = {
    "sensor.nova_charge_limit": "70",
    "sensor.nova_charging_amps": "12",
    "sensor.nova_maximum_charging_amps": "16",
    "sensor.nova_climate_keeper": "dog",
    "sensor.nova_cabin_overheat_protection": "fan_only",
    "sensor.nova_cabin_overheat_protection_from": "35",
    "sensor.nova_seat_heater_front_left": "high",
    "sensor.nova_seat_heater_rear_center": "low",
    "sensor.nova_backrest_heater_rear_left": "off",
    "sensor.nova_seat_heater_third_row_right": "medium",
    "sensor.nova_seat_cooler_front_left": "off",
    "sensor.nova_seat_cooler_front_right": "medium",
    "sensor.nova_steering_wheel_heater": "high",
    "sensor.nova_media": "playing",
    "sensor.nova_media_title": "Track 1",
    "sensor.nova_media_artist": "The Examples",
    "sensor.nova_media_album": "Night Drives",
    "sensor.nova_media_station": "Station 1",
    "sensor.nova_media_source": "13",
    "sensor.nova_volume": "26",
    "binary_sensor.nova_sentry_mode": "on",
    "binary_sensor.nova_defrost": "on",
    "binary_sensor.nova_bioweapon_defense_mode": "on",
    "binary_sensor.nova_auto_seat_climate_left": "on",
    "binary_sensor.nova_auto_steering_wheel_heater": "on",
}
OF_CHARGING = {"sensor.nova_charge_limit", "sensor.nova_charging_amps", "sensor.nova_maximum_charging_amps"}


async def test_who_may_only_see(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """All that the controls would show is shown, and follows what the car does."""
    await set_up(SEE)
    assert {entity_id: state_of(hass, entity_id) for entity_id in SEEN} == SEEN
    nova.charger.limit, nova.climate.keeper, nova.climate.heaters["left"] = 90, "off", 0
    nova.media.status = "Stopped"
    await look(hass, freezer)
    assert state_of(hass, "sensor.nova_charge_limit") == "90"
    assert state_of(hass, "sensor.nova_climate_keeper") == "none"
    assert state_of(hass, "sensor.nova_seat_heater_front_left") == "off"
    assert state_of(hass, "sensor.nova_media") == "idle"
    assert state_of(hass, "sensor.nova_media_title") == "unknown"


async def test_who_may_charge(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """Who may charge has the controls of charging, and sees the others."""
    await set_up(SEE | {Scope.VEHICLE_CHARGING_CMDS})
    rest = {entity_id: state for entity_id, state in SEEN.items() if entity_id not in OF_CHARGING}
    assert {entity_id: state_of(hass, entity_id) for entity_id in rest} == rest
    assert [state_of(hass, entity_id) for entity_id in OF_CHARGING] == [None] * 3
    assert state_of(hass, "number.nova_charge_limit") == "70"


async def test_who_may_all(hass: HomeAssistant, nova: Car, set_up: SetUp) -> None:
    """Who may command has the controls, and nothing twice."""
    await set_up()
    assert {entity_id: state_of(hass, entity_id) for entity_id in SEEN} == dict.fromkeys(SEEN)
    assert state_of(hass, "select.nova_seat_heater_front_left") == "high"
    assert attribute(hass, "climate.nova_climate", "preset_mode") == "dog"
    assert attribute(hass, "climate.nova_cabin_overheat_protection", "temperature") == 35


async def test_long_names(hass: HomeAssistant, nova: Car, set_up: SetUp, caplog: pytest.LogCaptureFixture) -> None:
    """A title that is longer than a state is shown as far as it goes."""
    nova.reported = {"vehicle_state.media_info.now_playing_title": "La " * 100}
    await set_up(SEE)
    assert state_of(hass, "sensor.nova_media_title") == "La " * 85
    assert "exceeds" not in caplog.text


DETAILS = {
    "binary_sensor.nova_24_hour_clock": "on",
    "binary_sensor.nova_charging_requested": "on",
    "binary_sensor.nova_climate_automatic": "on",
    "binary_sensor.nova_european_vehicle": "on",
    "binary_sensor.nova_keyless_driving_possible": "on",
    "binary_sensor.nova_managed_charging": "off",
    "binary_sensor.nova_remote_heater_control": "on",
    "binary_sensor.nova_right_hand_drive": "off",
    "sensor.nova_access": "owner",
    "sensor.nova_center_display": "0",
    "sensor.nova_charge_port_type": "CCS",
    "sensor.nova_tire_pressure_measured_rear_right": "2026-06-10T10:00:00+00:00",
}


async def test_details(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """What few want to see is there as well, whatever may be changed; a word that is new to us is unknown."""
    await set_up(SEE)
    assert {entity_id: state_of(hass, entity_id) for entity_id in DETAILS} == DETAILS
    nova.reported = {
        "climate_state.hvac_auto_request": "Override",
        "vehicle_state.center_display_state": 7,
        "vehicle_config.rhd": True,
    }
    nova.access_type = "DRIVER"
    await look(hass, freezer)
    assert state_of(hass, "binary_sensor.nova_right_hand_drive") == "on"
    await list_again(hass)
    assert state_of(hass, "binary_sensor.nova_climate_automatic") == "off"
    assert state_of(hass, "sensor.nova_center_display") == "7"
    assert state_of(hass, "sensor.nova_access") == "driver"
    nova.reported = {"climate_state.hvac_auto_request": "Sometimes"}
    await look(hass, freezer)
    assert state_of(hass, "binary_sensor.nova_climate_automatic") == "unknown"


# What a car never tells

CORNERS = ("front_left", "front_right", "rear_left", "rear_right")
UNTOLD = {
    "binary_sensor.nova_tire_pressure_warning",
    "media_player.nova_media_player",
    "switch.nova_sentry_mode",
    *(f"sensor.nova_tire_pressure_{corner}" for corner in CORNERS),
    *(f"sensor.nova_tire_pressure_measured_{corner}" for corner in CORNERS),
    *(f"binary_sensor.nova_tire_pressure_{kind}_{corner}" for kind in ("warning", "alarm") for corner in CORNERS),
}
UNTOLD_SHOWN = {"binary_sensor.nova_sentry_mode", "sensor.nova_media", "sensor.nova_media_title", "sensor.nova_volume"}


def old_car(person: Account, sim: Simulator) -> Car:
    """Let a person own a car that tells neither of a guard, nor of its tyres, nor of what plays."""
    return drives_in(person, sim, build_car("Nova", "S", 2015, 7, built_with=OLDEST, kept_awake=True))


def named(hass: HomeAssistant, entry: MockConfigEntry, which: set[str]) -> set[str]:
    """Return those of these entities that are there, in the registry or as a state."""
    registered = {one.entity_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}
    return {one for one in which if one in registered or state_of(hass, one) is not None}


@pytest.mark.parametrize("scopes", [frozenset(Scope), SEE], ids=["all", "see"])
async def test_never_told(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    scopes: frozenset[str],
) -> None:
    """A car that never tells has no such entity; when it begins to tell they are there, without a reload."""
    car, which = old_car(person, sim), UNTOLD | UNTOLD_SHOWN
    entry = await set_up(scopes)
    await look(hass, freezer)
    assert state_of(hass, "sensor.nova_odometer") not in (None, "unknown")
    assert named(hass, entry, which) == set()
    # An update, or a new computer.
    car.hardware = Hardware()
    await look(hass, freezer)
    shown = UNTOLD if scopes != SEE else UNTOLD - {"media_player.nova_media_player", "switch.nova_sentry_mode"}
    assert named(hass, entry, which) == (shown if scopes != SEE else shown | UNTOLD_SHOWN)
    assert state_of(hass, "sensor.nova_tire_pressure_front_left") == "2.9"
    assert state_of(hass, "binary_sensor.nova_tire_pressure_warning") == "off"
    if scopes != SEE:
        await call(hass, "switch.turn_on", "switch.nova_sentry_mode")
        assert car.sentry_mode


async def test_told_once_and_left_out_ever_after(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is there stays there, with its value, though the car tells no more, and over a restart as well."""
    car = drives_in(person, sim, build_car("Nova", "3", 2022, 7, command_signing="off", kept_awake=True))
    entry = await set_up()
    before = {entity_id: state_of(hass, entity_id) for entity_id in UNTOLD}
    there = keys(hass, entry, car)
    assert None not in before.values()
    car.hardware = OLDEST
    await look(hass, freezer)
    assert {entity_id: state_of(hass, entity_id) for entity_id in UNTOLD} == before
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    await look(hass, freezer)
    assert {entity_id: state_of(hass, entity_id) for entity_id in UNTOLD} == before
    assert keys(hass, entry, car) >= there


async def test_first_read_of_a_sleeping_car(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was never read has none of it yet; its first read brings it."""
    car = drives_in(person, sim, build_car("Nova", "3", 2022, 7, command_signing="off"))
    car.sleep()
    entry = await set_up()
    assert named(hass, entry, UNTOLD) == set()
    car.wake()
    car.kept_awake = True
    await list_again(hass)
    await look(hass, freezer)
    assert named(hass, entry, UNTOLD) == UNTOLD
