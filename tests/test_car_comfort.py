"""Warm and cold, software, and the sentences of what a car will not do."""

import asyncio
from typing import Any, Literal

from freezegun.api import FrozenDateTimeFactory
import pytest
import voluptuous as vol

from custom_components.tesla_charging import car_actions
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.components.climate import ClimateEntityFeature
from homeassistant.components.update import UpdateEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
from tesla_simulator import App, Simulator
from tesla_simulator.world import Account, Car, Hardware, build_car

from .car_help import act, drives_in, look
from .conftest import SetUp
from .helpers import START, asked, attribute, call, in_time, pass_time, state_of, still, unsigned_car
from .setting_up import later
from .test_entity_texts import HOME, blanks, texts

pytestmark = [
    pytest.mark.freeze_time(START),
    pytest.mark.usefixtures("entity_registry_enabled_by_default", "no_pauses"),
]


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake and takes unsigned commands."""
    return drives_in(person, sim, unsigned_car(kept_awake=True))


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


async def test_who_may_install(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    app: App,
    nova: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An update is offered for installing as long as that is granted, without a reload or news of the software."""
    nova.software.offer("2026.36.1")
    await set_up()

    def offered() -> bool:
        return bool(attribute(hass, "update.nova_software", "supported_features") & UpdateEntityFeature.INSTALL)

    assert offered()
    sim.grants.set_consent(person, app, frozenset(Scope) - {Scope.VEHICLE_CMDS})
    await later(hass, freezer, 6.5 * 3600)
    assert not offered()
    sim.grants.set_consent(person, app, frozenset(Scope))
    await later(hass, freezer, 6.5 * 3600)
    assert offered()


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


@pytest.mark.parametrize("pin", ["123", "12345", "12a4", "١٢٣٤", 12345, 34, 999, True, None])
async def test_pin_has_four_digits(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, pin: object) -> None:
    """What is no PIN is refused before anything is sent, and not repeated."""
    await set_up()
    with pytest.raises(vol.Invalid) as error:
        await act(hass, nova, "set_valet_mode", enable=True, pin=pin)
    assert "123" not in str(error.value)
    assert asked(sim, "command/*") == []


@pytest.mark.parametrize(("text", "pin"), [("0042", None), ("'0042'", "0042"), ("1042", "1042"), ("'1042'", "1042")])
async def test_leading_zeros_of_a_pin(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, text: str, pin: str | None
) -> None:
    """YAML makes another number of an unquoted PIN with leading zeros: it is refused, and quotes are asked for."""
    await set_up()
    read = parse_yaml(f"pin: {text}")
    assert isinstance(read, dict)
    if pin is None:
        with pytest.raises(vol.Invalid, match="in quotes"):
            await act(hass, nova, "set_valet_mode", enable=True, **read)
        assert asked(sim, "command/*") == []
    else:
        await act(hass, nova, "set_valet_mode", enable=True, **read)
        assert nova.modes.valet.pin == pin


async def test_a_pin_is_always_sent(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """Only the car knows whether a PIN is right: it is sent although the car is so already; without one it is not."""
    await set_up()
    for action, name in (("set_valet_mode", "set_valet_mode"), ("set_speed_limit_mode", "speed_limit_activate")):
        sim.clear_requests()
        for _ in range(2):
            await act(hass, nova, action, enable=True, pin="1234")
        assert asked(sim, "command/*") == [f"command/{name}"] * 2
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, nova, "set_speed_limit_mode", enable=True, pin="4321")
    assert error.value.translation_key == "refused_wrong_pin"
    await call(hass, "button.press", "button.nova_refresh")
    sim.clear_requests()
    await call(hass, "switch.turn_on", "switch.nova_valet_mode")
    assert asked(sim, "command/*") == []


async def test_signed_only_without_a_key(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A name is only taken signed, on every car: without a key nothing is sent, and a sentence says what is missing."""
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, nova, "set_vehicle_name", name="Stella")
    assert error.value.translation_key == "signed_only"
    assert asked(sim, "command/*") == []


async def test_louder_without_a_key(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A step up is only taken signed: without a key the volume is set instead, from what it is now, where that is known."""
    nova.user_present = True
    await set_up()
    nova.media.set_volume(4.0)
    freezer.tick(121)
    await call(hass, "media_player.volume_up", "media_player.nova_media_player")
    assert nova.media.volume == pytest.approx(4.33, abs=0.01)


async def test_louder_and_louder_without_a_key(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Two quick presses are two steps, and a press after a volume that is on its way goes on from there."""
    nova.user_present = True
    nova.media.set_volume(4.0)
    await set_up()
    player = "media_player.nova_media_player"
    both = asyncio.gather(*(call(hass, "media_player.volume_up", player) for _ in range(2)))
    outcome, _ = await in_time(hass, sim, freezer, both)
    assert outcome == [None] * 2
    assert nova.media.volume == pytest.approx(4.67, abs=0.01)
    three = asyncio.gather(
        call(hass, "media_player.volume_set", player, volume_level=0),
        *(call(hass, "media_player.volume_up", player) for _ in range(2)),
    )
    outcome, _ = await in_time(hass, sim, freezer, three)
    assert outcome == [None] * 3
    assert nova.media.volume == pytest.approx(0.67, abs=0.01)
    last, _ = await in_time(hass, sim, freezer, call(hass, "media_player.volume_up", player))
    assert last is None
    assert nova.media.volume == pytest.approx(1.0, abs=0.01)


async def test_louder_without_a_key_by_an_unknown_step(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp
) -> None:
    """How much louder a step is only the car knows: where it does not say, nothing is sent."""
    nova.reported = {"vehicle_state.media_info.audio_volume_increment": None}
    await set_up()
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "media_player.volume_up", "media_player.nova_media_player")
    assert error.value.translation_key == "signed_only"
    assert asked(sim, "command/*") == []


async def test_a_step_drops_no_volume(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A volume that waits for its turn is set although a step comes in between."""
    nova.user_present = True
    await set_up()
    player = "media_player.nova_media_player"
    await call(hass, "media_player.volume_set", player, volume_level=0.3)
    waits = asyncio.ensure_future(call(hass, "media_player.volume_set", player, volume_level=0.6))
    await still(sim)
    await call(hass, "media_player.volume_down", player)
    failure, _ = await in_time(hass, sim, freezer, waits)
    assert failure is None
    told = ["command/adjust_volume", "command/media_volume_down", "command/adjust_volume"]
    assert asked(sim, "command/*") == told
    assert nova.media.volume == pytest.approx(6.2, abs=0.05)


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


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_choice_of_a_car_action_has_its_words(language: str) -> None:
    """What an action of a car lets a person choose from is what the code takes, with a word for each."""
    told, offered = texts(f"translations/{language}.json"), load_yaml_dict(str(HOME / "services.yaml"))
    for action, field, taken in (
        ("move_windows", "move", car_actions.MOVES),
        ("navigate_to_coordinates", "order", car_actions.ORDERS),
        ("remove_schedules_at", "kind", car_actions.KINDS),
        ("set_parental_control", "setting", car_actions.PARENTAL_SETTINGS),
    ):
        select = offered[action]["fields"][field]["selector"]["select"]
        assert list(select["options"]) == list(taken), action
        assert set(told["selector"][select["translation_key"]]["options"]) == set(taken), action
    for key in ("erase_unconfirmed", "no_place", "pin_or_owner"):
        assert blanks(told["exceptions"][key]["message"]) == set()
