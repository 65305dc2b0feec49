"""Commands that overrule what was promised of something else: the climate takes what runs with it along."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car, build_car

from .car_help import drives_in
from .conftest import SetUp
from .helpers import START, asked, call, pass_time, state_of
from .simulator.car_table import ALL_BUILT_IN

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

CLIMATE = "climate.nova_climate"
SEAT = "select.nova_seat_heater_front_left"
COOLER = "select.nova_seat_cooler_front_left"
COMMANDS = "event.nova_commands"


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake, with all that can be built in."""
    car = build_car("Nova", "Y", 2025, 7, built_with=ALL_BUILT_IN, command_signing="off", soc=50.0, kept_awake=True)
    return drives_in(person, sim, car)


@pytest.mark.parametrize(
    ("service", "entity_id", "option", "off"),
    [
        ("climate.set_preset_mode", CLIMATE, {"preset_mode": "dog"}, "off"),
        ("switch.turn_on", "switch.nova_defrost", {}, "off"),
        ("switch.turn_on", "switch.nova_bioweapon_defense_mode", {}, "off"),
        ("select.select_option", SEAT, {"option": "high"}, "off"),
        ("select.select_option", "select.nova_steering_wheel_heater", {"option": "high"}, "off"),
    ],
    ids=["dog", "defrost", "bioweapon", "seat", "wheel"],
)
async def test_climate_off(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture, service: str, entity_id: str, option: dict[str, str], off: str,
) -> None:  # fmt: skip
    """What has just been turned on is off with the climate, nobody is told of a broken word, and on again is sent."""
    await set_up()
    await call(hass, service, entity_id, **option)
    await call(hass, "climate.turn_off", CLIMATE)
    await pass_time(hass, freezer, 1, times=3)
    assert not nova.climate.running
    assert (state_of(hass, entity_id), state_of(hass, CLIMATE)) == (off, "off")
    sim.clear_requests()
    await call(hass, "climate.turn_on", CLIMATE)
    assert asked(sim, "command/*") == ["command/auto_conditioning_start"]
    await pass_time(hass, freezer, 1, times=20)
    assert nova.climate.on
    assert state_of(hass, CLIMATE) == "heat_cool"
    assert ("did not do it" in caplog.text, state_of(hass, COMMANDS)) == (False, "unknown")


@pytest.mark.parametrize(
    ("service", "entity_id", "option"),
    [
        ("climate.set_preset_mode", CLIMATE, {"preset_mode": "dog"}),
        ("switch.turn_on", "switch.nova_defrost", {}),
        ("switch.turn_on", "switch.nova_bioweapon_defense_mode", {}),
    ],
    ids=["dog", "defrost", "bioweapon"],
)
async def test_on_after_climate_off(
    hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture, service: str, entity_id: str, option: dict[str, str],
) -> None:  # fmt: skip
    """What has the climate run shows it running with the next read."""
    nova.climate.on = True
    await set_up()
    await call(hass, "climate.turn_off", CLIMATE)
    await call(hass, service, entity_id, **option)
    await pass_time(hass, freezer, 1, times=3)
    assert nova.climate.running
    assert state_of(hass, CLIMATE) == "heat_cool"
    await pass_time(hass, freezer, 1, times=20)
    assert ("did not do it" in caplog.text, state_of(hass, COMMANDS)) == (False, "unknown")


async def test_cooled_seat(hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """How a car counts its levels is not forgotten because the climate was turned off."""
    nova.climate.on = True
    entry = await set_up()
    await call(hass, "select.select_option", COOLER, option="high")
    await pass_time(hass, freezer, 1, times=30)
    (car,) = entry.runtime_data.vehicles.values()
    assert car.data.learned_from_one is False
    await call(hass, "select.select_option", COOLER, option="low")
    await call(hass, "climate.turn_off", CLIMATE)
    await pass_time(hass, freezer, 1, times=20)
    assert car.data.learned_from_one is False
    assert state_of(hass, COOLER) == "off"
