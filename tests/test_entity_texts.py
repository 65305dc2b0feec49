"""Texts: every entity, action and failure has its name, icon and sentence, in each language."""

import json
from pathlib import Path
from typing import Any

import pytest
import voluptuous as vol

from custom_components.tesla_charging import (
    binary_sensor,
    budget_entities,
    button,
    calendar,
    car_binary_sensors,
    car_sensors,
    car_shown,
    charging_entities,
    charging_events,
    climate,
    cover,
    device_tracker,
    errors,
    event,
    history_entities,
    image,
    lock,
    media_player,
    number,
    projection_entities,
    schedule_entities,
    seldom_entities,
    select,
    sensor,
    setting_entity,
    site_meters,
    switch,
    tariff_entities,
    update,
)
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.energy.strategy import Strategy
from custom_components.tesla_charging.fleet.errors import Fault
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict

from .conftest import SetUp
from .helpers import START

pytestmark = pytest.mark.freeze_time(START)


TABLES: dict[str, list[tuple[EntityDescription, ...]]] = {
    "binary_sensor": [
        (
            *binary_sensor.VEHICLE_BINARY_SENSORS,
            *car_binary_sensors.CAR_BINARY_SENSORS,
            *car_shown.SHOWN_BINARY_SENSORS,
        ),
        seldom_entities.FILE_BINARY_SENSORS,
        binary_sensor.SITE_BINARY_SENSORS,
    ],
    "button": [(*button.BUTTONS, seldom_entities.FIND_SUPERCHARGERS), (button.TRY_AGAIN,)],
    "calendar": [calendar.CALENDARS, tariff_entities.TARIFF_CALENDARS],
    "climate": [(climate.CABIN, climate.OVERHEAT_PROTECTION)],
    "cover": [cover.COVERS],
    "device_tracker": [device_tracker.TRACKERS],
    "event": [
        (event.COMMANDS, event.SETTINGS, charging_events.CHARGING_EVENTS),
        (history_entities.OUTAGES,),
        (seldom_entities.ALERTS,),
    ],
    "image": [(image.PICTURE,)],
    "lock": [(lock.CABLE_LOCK, lock.DOOR_LOCKS)],
    "media_player": [(media_player.MEDIA,)],
    "number": [number.VEHICLE_NUMBERS, number.SITE_NUMBERS, number.BUDGET_NUMBERS],
    "select": [select.VEHICLE_SELECTS, (*select.SELECTS, select.STRATEGY), select.BELIEFS],
    "sensor": [
        (*sensor.VEHICLE_SENSORS, *car_sensors.CAR_SENSORS, *car_shown.SHOWN_SENSORS),
        sensor.SITE_SENSORS,
        sensor.WALL_CONNECTOR_SENSORS,
        schedule_entities.NEXT_TIMES,
        (setting_entity.SETTINGS_SENSOR,),
        tariff_entities.PRICE_SENSORS,
        (history_entities.PROGRESS,),
        site_meters.TODAY_SENSORS,
        site_meters.CONNECTOR_METERS,
        budget_entities.NEXT_READS,
        projection_entities.PROJECTED_SENSORS,
        (*charging_entities.CHARGING_SENSORS, charging_entities.STANDBY),
        (*budget_entities.BUDGET_SENSORS, *seldom_entities.PERSON_SENSORS),
        seldom_entities.FILE_SENSORS,
    ],
    "switch": [
        switch.VEHICLE_SWITCHES,
        (switch.AUTOMATIC_UPDATES,),
        (*switch.SITE_SWITCHES, switch.FOLLOW),
        schedule_entities.SCHEDULE_SWITCHES,
        (history_entities.IMPORT,),
    ],
    "update": [(update.SOFTWARE,)],
}
DESCRIPTIONS = [(platform, one) for platform, tables in TABLES.items() for table in tables for one in table]
HOME = Path(sensor.__file__).parent


def texts(name: str) -> Any:
    """Return a file of texts."""
    return json.loads((HOME / name).read_text())


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_entity_has_a_name(language: str) -> None:
    """Each entity has a name and a word for each of its states, and no text is left over."""
    told = texts(f"translations/{language}.json")["entity"]
    wanted: dict[str, set[str]] = {
        platform: {one.key for table in TABLES[platform] for one in table} for platform in TABLES
    }
    assert {platform: set(told[platform]) for platform in told} == wanted
    for platform, one in DESCRIPTIONS:
        text = told[platform][one.key]
        assert text["name"].strip(), one.key
        options = getattr(one, "options", None)
        if options is not None:
            assert set(text["state"]) == set(options), one.key


def test_names_of_a_platform_differ() -> None:
    """No two entities of a device and platform are called the same, in either language."""
    for language in ("en", "de"):
        told = texts(f"translations/{language}.json")["entity"]
        for platform, tables in TABLES.items():
            for table in tables:
                names = [told[platform][one.key]["name"] for one in table]
                assert len(set(names)) == len(names), (language, platform)


def test_every_entity_has_an_icon() -> None:
    """Each entity has an icon of ours, or one that its device class gives it."""
    icons = texts("icons.json")["entity"]
    bare = {
        one.key for platform, one in DESCRIPTIONS if one.key not in icons.get(platform, {}) and not one.device_class
    }
    assert bare <= {"location"}
    known = {(platform, one.key) for platform, one in DESCRIPTIONS}
    assert {(platform, key) for platform, found in icons.items() for key in found} <= known


BLANKS = {"not_granted": {"scope"}, "rate_limited": {"seconds"}, "reserve_gap": {"below", "above"}}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_failure_has_a_sentence(language: str) -> None:
    """Each fault, each refusal and each issue has its text, with the blanks that are filled."""
    told = texts(f"translations/{language}.json")
    wanted = {*Fault, *errors._REASONS.values(), "not_granted", "reserve_gap"}  # noqa: SLF001
    assert wanted <= set(told["exceptions"])
    assert {"limit_exceeded", "payment_required", "not_registered", "locked", "scopes_taken_back"} <= set(
        told["issues"]
    )
    for key in wanted:
        message = told["exceptions"][key]["message"]
        assert blanks(message) <= BLANKS.get(key, {"words"}), key


def blanks(message: str) -> set[str]:
    """Return the blanks of a text."""
    return {part.partition("}")[0] for part in message.split("{")[1:]}


SITE_SENTENCES = {
    **{f"cannot_{strategy}": set() for strategy in Strategy if strategy is not Strategy.OWN},
    "follow_nothing": set(),
    "not_a_site": set(),
    "prices_incomplete": {"entity", "time"},
    "prices_missing": {"entity"},
    "strategy_past": set(),
    "tariff_currency": {"currency"},
    "tariff_gap": {"day", "time"},
    "tariff_negative": {"price"},
    "tariff_overlap": {"day", "time"},
    "tariff_sale": {"buy", "day", "sell", "time"},
    "tariff_source": set(),
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_refusal_of_a_site_has_a_sentence(language: str) -> None:
    """Each sentence is there with the blanks that are filled; so are the issues of settings."""
    told = texts(f"translations/{language}.json")
    assert {key: blanks(told["exceptions"][key]["message"]) for key in SITE_SENTENCES} == SITE_SENTENCES
    for key in ("reserve_snapped", "setting_ignored", "setting_taken_back"):
        assert blanks(told["issues"][key]["description"]) <= {"found", "setting", "site", "wanted"}
        assert blanks(told["issues"][key]["title"]) <= {"setting", "site", "wanted"}


SCHEDULE_FILES = ("calendar.py", "device_targets.py", "scheduling.py", "services.py")
SELDOM_SENTENCES = (
    "confirm_create_invitation",
    "confirm_remove_driver",
    "confirm_revoke_invitation",
    "home_address_unknown",
    "home_address_without_place",
    "left_asleep",
    "not_answered",
)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_refusal_of_what_is_asked_seldom_has_a_sentence(language: str) -> None:
    """Each sentence is there without blanks, and each one is used."""
    told = texts(f"translations/{language}.json")["exceptions"]
    code = "".join((HOME / name).read_text() for name in ("seldom_actions.py", "seldom_asking.py", "fleet/errors.py"))
    for key in SELDOM_SENTENCES:
        assert blanks(told[key]["message"]) == set()
        assert f'"{key}"' in code, key


SCHEDULE_SENTENCES = {
    "event_all_day": set(),
    "event_is_past": set(),
    "event_not_planned": set(),
    "event_not_this_week": set(),
    "event_rule": set(),
    "event_single": set(),
    "event_too_long": set(),
    "not_a_car": set(),
    "schedule_no_day": set(),
    "schedule_no_length": set(),
    "schedule_no_time": set(),
    "schedule_none": {"id"},
    "schedule_time_zone": {"time_zone"},
    "schedule_unknown_id": {"id", "ids"},
    "schedules_full": {"room"},
    "schedules_not_readable": set(),
    "schedules_old_firmware": set(),
    "schedules_unknown": set(),
    "schedules_unread": set(),
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_refusal_of_a_schedule_has_a_sentence(language: str) -> None:
    """Each sentence is there with the blanks that are filled, and each one in the code is in this table."""
    told = texts(f"translations/{language}.json")["exceptions"]
    assert {key: blanks(told[key]["message"]) for key in SCHEDULE_SENTENCES} == SCHEDULE_SENTENCES
    code = "".join((HOME / name).read_text() for name in SCHEDULE_FILES)
    code += (HOME / "charging" / "schedules.py").read_text()
    for key in SCHEDULE_SENTENCES:
        assert f'"{key}"' in code, key


@pytest.mark.parametrize("language", ["en", "de"])
async def test_every_action_has_its_texts(hass: HomeAssistant, set_up: SetUp, language: str) -> None:
    """Actions, their fields as the code takes them, the page that offers them, and texts are the same."""
    await set_up()
    told, offered = texts(f"translations/{language}.json")["services"], load_yaml_dict(str(HOME / "services.yaml"))
    actions = hass.services.async_services_for_domain(DOMAIN)
    assert set(actions) == set(told) == set(offered) == set(texts("icons.json")["services"])
    for name, action in actions.items():
        assert isinstance(action.schema, vol.Schema)
        fields = {str(key) for key in action.schema.schema}
        required = {str(key) for key in action.schema.schema if isinstance(key, vol.Required)}
        assert fields == set(told[name]["fields"]) == set(offered[name]["fields"]), name
        assert required == {key for key, one in offered[name]["fields"].items() if one.get("required")}, name
        assert told[name]["name"].strip(), name
        assert all(one["name"].strip() and one["description"].strip() for one in told[name]["fields"].values()), name
    options = offered["add_charge_schedule"]["fields"]["days"]["selector"]["select"]["options"]
    assert set(options) == set(texts(f"translations/{language}.json")["selector"]["days"]["options"])


def test_the_domain_is_ours() -> None:
    """The texts are those of this integration."""
    assert texts("manifest.json")["domain"] == DOMAIN
