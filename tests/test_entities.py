"""Entities: which exist for which rights and products, and what they show."""

from collections.abc import Iterable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tesla_simulator.world import Account, connector_site, powerwall_site, solar_site, wall_connector

from .conftest import SetUp
from .entity_table import (
    ACCOUNT,
    CAR,
    CAR_BILLS,
    CAR_CHARGING,
    CAR_CMDS,
    CAR_CMDS_READ,
    CAR_CMDS_SIGNED,
    CAR_READ,
    CAR_SHOWN,
    CAR_SHOWN_READ,
    CHARGING_SHOWN,
    PERSON,
    SITE,
    SITE_SETTINGS,
    SITE_SHOWN,
    TRACKER,
    WALL_CONNECTOR,
)
from .helpers import DIN, JUNIPER, LUNA, SITE as SITE_ID, START, state_of, unsigned_car

pytestmark = pytest.mark.freeze_time(START)

SEE_CAR = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA}
SEE_SITE = SIGN_IN | {Scope.ENERGY_DEVICE_DATA}
# What Luna shows to those who may not command it.
ONLY_SEEN = CAR | CAR_READ | CAR_SHOWN | CAR_SHOWN_READ | CHARGING_SHOWN


def rows(hass: HomeAssistant, entry: MockConfigEntry, owner: str) -> set[str]:
    """Return a line for each entity of a device: platform, key, class, category, unit, and whether it is shown."""
    found = set()
    for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        prefix, _, key = one.unique_id.rpartition("-")
        if prefix != owner:
            continue
        assert one.has_entity_name
        assert one.translation_key == key
        off = " off" if one.disabled_by else ""
        category = one.entity_category.value if one.entity_category else "-"
        kind = one.original_device_class or "-"
        unit = one.unit_of_measurement or "-"
        found.add(f"{one.entity_id} {key} {kind} {category} {unit}{off}")
    return found


@pytest.mark.parametrize(
    ("scopes", "car", "site"),
    [
        (SEE_CAR, CAR | CAR_SHOWN | CHARGING_SHOWN, None),
        (SEE_CAR | {Scope.VEHICLE_CHARGING_CMDS}, CAR | CAR_SHOWN | CAR_CHARGING | CAR_BILLS, None),
        (SEE_CAR | {Scope.VEHICLE_CMDS}, CAR | CAR_CHARGING | CAR_CMDS, None),
        (SEE_CAR | {Scope.VEHICLE_LOCATION}, CAR | CAR_SHOWN | CHARGING_SHOWN | TRACKER, None),
        (SEE_SITE, None, SITE | SITE_SHOWN | WALL_CONNECTOR),
        (SEE_SITE | {Scope.ENERGY_CMDS}, None, SITE | SITE_SETTINGS | WALL_CONNECTOR),
        (SEE_SITE | {Scope.VEHICLE_CMDS, Scope.VEHICLE_CHARGING_CMDS}, None, SITE | SITE_SHOWN | WALL_CONNECTOR),
        (SEE_CAR | {Scope.ENERGY_CMDS, Scope.USER_DATA}, CAR | CAR_SHOWN | CHARGING_SHOWN, None),
        (SEE_CAR | SEE_SITE, CAR | CAR_SHOWN | CHARGING_SHOWN, SITE | SITE_SHOWN | WALL_CONNECTOR),
        (frozenset(Scope), CAR | CAR_CHARGING | CAR_BILLS | CAR_CMDS | TRACKER, SITE | SITE_SETTINGS | WALL_CONNECTOR),
    ],
)
async def test_what_is_granted_exists(
    hass: HomeAssistant, set_up: SetUp, scopes: frozenset[str], car: set[str] | None, site: set[str] | None
) -> None:
    """Exactly what the rights give is there, under these names."""
    entry = await set_up(scopes)
    commands = Scope.VEHICLE_CMDS in scopes
    of_luna = CAR_READ | (CAR_CMDS_READ if commands else CAR_SHOWN_READ)
    assert rows(hass, entry, LUNA) == (car | of_luna if car else set())
    of_juniper = CAR_CMDS_SIGNED if commands else set()
    found = {row.replace("juniper", "luna") for row in rows(hass, entry, JUNIPER)}
    assert found == (car | of_juniper if car else set())
    assert rows(hass, entry, str(SITE_ID)) | rows(hass, entry, DIN) == (site or set())
    account = rows(hass, entry, str(entry.unique_id))
    person = PERSON if Scope.USER_DATA in scopes else set()
    assert {row.replace("tesla_account_luna_juniper", "account") for row in account} == ACCOUNT | person


async def test_less_granted_than_asked(hass: HomeAssistant, set_up: SetUp) -> None:
    """What was unticked on Tesla's page does not exist either."""
    entry = await set_up(frozenset(Scope), SEE_CAR)
    assert rows(hass, entry, LUNA) == ONLY_SEEN
    assert rows(hass, entry, str(SITE_ID)) == set()


async def test_more_and_less_keep_the_ids(hass: HomeAssistant, set_up: SetUp) -> None:
    """When the rights change the entities follow, and those that stay keep their ids, even renamed ones."""
    entry = await set_up()
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.luna_battery_level", new_entity_id="sensor.my_battery")
    before = {
        (one.domain, one.unique_id): one.id for one in er.async_entries_for_config_entry(registry, entry.entry_id)
    }
    hass.config_entries.async_update_entry(entry, data={**entry.data, "scopes": sorted(SEE_CAR)})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    after = {(one.domain, one.unique_id): one.id for one in er.async_entries_for_config_entry(registry, entry.entry_id)}
    shown_instead = keys(CAR_SHOWN | CAR_SHOWN_READ | CHARGING_SHOWN)
    shown = {key for key in after if key[1].rpartition("-")[2] in shown_instead}
    assert {key for key, value in after.items() if value != before.get(key)} == shown
    assert len(after) < len(before)
    assert {unique_id.rpartition("-")[2] for _, unique_id in after} == keys(ONLY_SEEN | ACCOUNT)
    assert state_of(hass, "sensor.my_battery") == "62"


def keys(found: Iterable[str]) -> set[str]:
    """Return the keys of lines."""
    return {row.split()[1] for row in found}


async def test_product_variants(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """Hardware that is not there has no entities."""
    person.cars[:] = [unsigned_car("Nova", 7, motorized_charge_port=False)]
    person.sites[:] = [
        solar_site(2),
        powerwall_site(3, solar=False),
        connector_site(4, wall_connector(9)),
        powerwall_site(5, grid=False),
    ]
    entry = await set_up()
    assert keys(CAR | CAR_CHARGING | CAR_BILLS | CAR_CMDS | TRACKER) - keys(rows(hass, entry, person.cars[0].vin)) == {
        "charge_port_door_close"
    }
    whole = keys(SITE | SITE_SETTINGS)
    battery = {
        "backup_capable", "battery_power", "percentage_charged", "energy_left", "total_pack_energy",
        "storm_mode_active", "vpp_backup_reserve_percent", "battery_count", "nameplate_energy", "nameplate_power",
        "optimization_strategy", "off_grid_vehicle_charging_enabled",
        "edit_setting_permission_to_export", "edit_setting_grid_charging", "edit_setting_energy_exports",
    }  # fmt: skip
    today = {key for key in whole if key.endswith("_today")}
    solar_today = {key for key in today if "solar" in key}
    grid_and_home_today = {
        "total_home_usage_today", "grid_energy_imported_today", "total_grid_energy_exported_today",
        "consumer_energy_imported_from_grid_today",
    }  # fmt: skip
    not_of_solar = today - (solar_today - {"battery_energy_imported_from_solar_today"}) - grid_and_home_today
    missing = [whole - keys(rows(hass, entry, str(site.id))) for site in person.sites]
    assert missing == [
        battery | not_of_solar | keys(SITE_SETTINGS),
        {"customer_preferred_export_rule", "grid_charging"} | solar_today,
        battery | today | keys(SITE_SETTINGS),
        set(),
    ]


async def test_unknown_is_not_off_open_or_zero(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """What the car does not say is unknown."""
    car = unsigned_car("Nova")
    block = {"charging_state", "charge_port_door_open", "battery_level", "charger_power", "charge_port_latch"}
    car.reported = {f"charge_state.{key}": None for key in block}
    person.cars[:] = [car]
    await set_up()
    for entity_id in (
        "switch.nova_charging",
        "sensor.nova_charging_state",
        "sensor.nova_charging_power",
        "sensor.nova_battery_level",
        "sensor.nova_charge_port_latch",
        "binary_sensor.nova_charge_port",
        "binary_sensor.nova_charge_cable",
    ):
        assert state_of(hass, entity_id) == "unknown", entity_id


async def test_completion_and_schedule(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """Times are told while they mean something, in whole minutes, and are unknown otherwise."""
    planned = unsigned_car("Nova", firmware="2024.20.9")
    planned.command("set_scheduled_charging", {"enable": True, "time": 23 * 60})
    person.cars.append(planned)
    await set_up()
    done = state_of(hass, "sensor.luna_charging_complete_at")
    assert done is not None
    assert done.startswith("2026-06-10T11:")
    assert done.endswith(":00+00:00")
    assert state_of(hass, "sensor.luna_scheduled_charging") == "off"
    assert state_of(hass, "sensor.luna_scheduled_charging_start") == "unknown"
    assert state_of(hass, "sensor.nova_charging_complete_at") == "unknown"
    assert state_of(hass, "sensor.nova_scheduled_charging") == "start_at"
    assert state_of(hass, "sensor.nova_scheduled_charging_start") == "2026-06-10T21:00:00+00:00"
