"""Off: what is off already is neither woken nor refused, and what needs the climate on."""

from collections.abc import Iterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car, Hardware, build_car

from .car_help import drives_in, look
from .commanding import ONE_STEP
from .conftest import SetUp
from .helpers import START, asked, call, list_again, state_of
from .simulator.car_table import ALL_BUILT_IN

pytestmark = [
    pytest.mark.freeze_time(START),
    pytest.mark.usefixtures("entity_registry_enabled_by_default", "no_pauses"),
]

CLIMATE = "climate.nova_climate"
WHEEL = "switch.nova_steering_wheel_heater"
AUTO_SEAT = "switch.nova_auto_seat_climate_left"
AUTO_WHEEL = "switch.nova_auto_steering_wheel_heater"
OFF = {
    "seat": ("select.select_option", "select.nova_seat_heater_front_left", {"option": "off"}, ALL_BUILT_IN),
    "third row": ("select.select_option", "select.nova_seat_heater_third_row_left", {"option": "off"}, ALL_BUILT_IN),
    "cooled seat": ("select.select_option", "select.nova_seat_cooler_front_left", {"option": "off"}, ALL_BUILT_IN),
    "wheel with levels": ("select.select_option", "select.nova_steering_wheel_heater", {"option": "off"}, ALL_BUILT_IN),
    "wheel": ("switch.turn_off", WHEEL, {}, ONE_STEP),
    "auto wheel": ("switch.turn_off", AUTO_WHEEL, {}, ALL_BUILT_IN),
    "defrost": ("switch.turn_off", "switch.nova_defrost", {}, ALL_BUILT_IN),
    "bioweapon": ("switch.turn_off", "switch.nova_bioweapon_defense_mode", {}, ALL_BUILT_IN),
    "keeper": ("climate.set_preset_mode", CLIMATE, {"preset_mode": "none"}, ALL_BUILT_IN),
    "climate": ("climate.turn_off", CLIMATE, {}, ALL_BUILT_IN),
    "charging": ("switch.turn_off", "switch.nova_charging", {}, ALL_BUILT_IN),
    "media": ("media_player.media_pause", "media_player.nova_media_player", {}, ALL_BUILT_IN),
}
ON_AFTER_CLIMATE = {
    "seat": ("select.select_option", "select.nova_seat_heater_front_left", {"option": "low"}, ALL_BUILT_IN),
    "wheel": ("switch.turn_on", WHEEL, {}, ONE_STEP),
}

type Wish = tuple[str, str, dict[str, Any], Hardware]


def wishes(table: dict[str, Wish]) -> Iterator[Any]:
    """Return the rows of a table as parameters."""
    return (pytest.param(wish, id=name) for name, wish in table.items())


@pytest.fixture
def nova(sim: Simulator, person: Account, wish: Wish) -> Car:
    """Return a car that is awake, with what the wish needs."""
    car = build_car(
        "Nova",
        "Y",
        2025,
        7,
        built_with=wish[3],
        command_signing="off",
        soc=50.0,
        kept_awake=True,
        wake_seconds=0.0,
        sentry_mode=False,
    )
    return drives_in(person, sim, car)


async def go(hass: HomeAssistant, wish: Wish) -> None:
    """Do it."""
    service, entity_id, data, _ = wish
    await call(hass, service, entity_id, **data)


def fall_asleep(car: Car) -> None:
    """Let it sleep."""
    car.kept_awake = False
    car.sleep()


@pytest.mark.parametrize("wish", wishes(OFF))
@pytest.mark.parametrize("known", [True, False], ids=["known to sleep", "fell asleep since"])
async def test_off_does_not_wake(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    wish: Wish,
    known: bool,
) -> None:
    """In a car that sleeps nothing is on: it is neither woken nor looked into for what it does already."""
    await set_up()
    fall_asleep(nova)
    freezer.tick(150)
    if known:
        await list_again(hass)
    sim.clear_requests()
    await go(hass, wish)
    assert asked(sim, "wake_up") == []
    assert [one for one in sim.requests_for("command/*") if one.status == 200] == []
    assert not known or asked(sim, vin=nova.vin) == ["vehicle"]
    assert nova.asleep


@pytest.mark.parametrize("wish", wishes({name: wish for name, wish in OFF.items() if name != "media"}))
async def test_off_in_a_cold_car(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, wish: Wish
) -> None:
    """An awake car refuses to turn off what is off with its climate: that is no error, however old what is known."""
    await set_up()
    freezer.tick(150)
    sim.clear_requests()
    await go(hass, wish)
    assert asked(sim, "wake_up") == []


@pytest.mark.parametrize("wish", wishes({name: OFF[name] for name in ("seat", "wheel")}))
async def test_off_with_the_climate(
    hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, wish: Wish
) -> None:
    """What went off with the climate shows so once it was turned off, too."""
    nova.climate.on = True
    nova.climate.heaters["left"] = nova.climate.wheel = 3
    await set_up()
    assert state_of(hass, wish[1]) in ("on", "high")
    await call(hass, "climate.turn_off", CLIMATE)
    await go(hass, wish)
    freezer.tick(8)
    await look(hass, freezer)
    assert state_of(hass, wish[1]) == "off"


@pytest.mark.parametrize("wish", wishes(ON_AFTER_CLIMATE))
@pytest.mark.parametrize("asleep", [False, True])
async def test_on_turns_the_climate_on(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, wish: Wish, asleep: bool
) -> None:
    """What is warm only while the climate runs turns it on first, also where the steering wheel knows no levels."""
    await set_up()
    if asleep:
        fall_asleep(nova)
        await list_again(hass)
    sim.clear_requests()
    await go(hass, wish)
    assert asked(sim, "command/*")[0] == "command/auto_conditioning_start"
    assert len(asked(sim, "command/*")) == 2
    assert nova.climate.on
    assert nova.climate.heaters.get("left") or nova.climate.wheel
    assert state_of(hass, wish[1]) in ("on", "low")


@pytest.mark.parametrize("wish", [OFF["auto wheel"]])
@pytest.mark.parametrize(("service", "entity_id"), [("switch.turn_on", AUTO_WHEEL), ("switch.turn_off", AUTO_SEAT)])
async def test_a_setting_turns_no_climate_on(
    hass: HomeAssistant,
    sim: Simulator,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    service: str,
    entity_id: str,
) -> None:
    """A car takes a setting only while its climate runs, which is not begun for it: a sentence says what to do first."""
    await set_up()
    freezer.tick(150)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, service, entity_id)
    assert error.value.translation_key == "refused_comfort"
    fall_asleep(nova)
    await list_again(hass)
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, service, entity_id)
    assert error.value.translation_key == "refused_comfort"
    assert asked(sim, vin=nova.vin) == ["vehicle"]
    await call(hass, "climate.turn_on", CLIMATE)
    await call(hass, service, entity_id)
    assert state_of(hass, entity_id) == service.removeprefix("switch.turn_")


@pytest.mark.parametrize("wish", [OFF["auto wheel"]])
async def test_a_setting_that_was_changed_in_the_car(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was set in the car since the last read is looked at, and not refused because it is so."""
    await set_up()
    nova.climate.automatic_seats["left"] = False
    freezer.tick(150)
    sim.clear_requests()
    await call(hass, "switch.turn_off", AUTO_SEAT)
    assert asked(sim, vin=nova.vin)[-1] == "vehicle_data"
    assert asked(sim, "command/*") == []
    assert state_of(hass, AUTO_SEAT) == "off"
