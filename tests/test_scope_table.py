"""The page on scopes, the tables and the texts say the same; and what Tesla offers leads somewhere here."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path

import pytest

from custom_components.tesla_charging.fleet import client
from custom_components.tesla_charging.fleet.commands import Command
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from custom_components.tesla_charging.fleet.seldom import QUESTIONS, Topic
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict
from scripts import scope_table

HOME = scope_table.HOME

# Every command of fleet_api.md 6.2 and 6.4, by the name of its endpoint; in the second set those of the proxy's own list.
_COMMANDS = """
charge_start charge_stop charge_standard charge_max_range set_charge_limit set_charging_amps charge_port_door_open
charge_port_door_close set_scheduled_charging set_scheduled_departure add_charge_schedule remove_charge_schedule
add_precondition_schedule remove_precondition_schedule batch_remove_charge_schedules batch_remove_precondition_schedules
actuate_trunk adjust_volume auto_conditioning_start auto_conditioning_stop cancel_software_update schedule_software_update
clear_pin_to_drive_admin door_lock door_unlock erase_user_data flash_lights honk_horn guest_mode media_next_fav
media_prev_fav media_next_track media_prev_track media_toggle_playback media_volume_down media_volume_up
navigation_gps_request navigation_request navigation_sc_request navigation_waypoints_request
remote_auto_seat_climate_request remote_auto_steering_wheel_heat_climate_request remote_boombox
remote_seat_cooler_request remote_seat_heater_request remote_start_drive remote_steering_wheel_heat_level_request
remote_steering_wheel_heater_request reset_pin_to_drive_pin reset_valet_pin set_bioweapon_mode
set_cabin_overheat_protection set_climate_keeper_mode set_cop_temp set_pin_to_drive set_preconditioning_max
set_sentry_mode set_temps set_valet_mode set_vehicle_name speed_limit_activate speed_limit_deactivate
speed_limit_clear_pin speed_limit_clear_pin_admin speed_limit_set_limit sun_roof_control trigger_homelink
upcoming_calendar_entries window_control
open_tonneau close_tonneau stop_tonneau parental_controls_activate parental_controls_deactivate
parental_controls_enable_setting parental_controls_set_speed_limit parental_controls_clear_pin_admin
backup off_grid_vehicle_charging_reserve operation storm_mode grid_import_export time_of_use_settings
"""
COMMANDS = _COMMANDS.split()

# Every endpoint of fleet_api.md 1.8, 5.1, 5.4 and 7: the topic or the method of the client that asks it.
ENDPOINTS: dict[str, Topic | str] = {
    "users/me": Topic.PROFILE,
    "users/orders": Topic.ORDERS,
    "users/feature_config": Topic.FEATURES,
    "products": "products",
    "vehicles/{vin}": "vehicle",
    "vehicles/{vin}/vehicle_data": "vehicle_data",
    "vehicles/{vin}/wake_up": "wake_up",
    "vehicles/{vin}/mobile_enabled": Topic.MOBILE_ACCESS,
    "vehicles/{vin}/nearby_charging_sites": Topic.NEARBY,
    "vehicles/{vin}/recent_alerts": Topic.ALERTS,
    "vehicles/{vin}/release_notes": Topic.RELEASE_NOTES,
    "vehicles/{vin}/service_data": Topic.SERVICE,
    "vehicles/{vin}/drivers": Topic.DRIVERS,
    "vehicles/{vin}/invitations": Topic.INVITATIONS,
    "dx/vehicles/options": Topic.OPTIONS,
    "dx/vehicles/subscriptions/eligibility": Topic.SUBSCRIPTIONS,
    "dx/vehicles/upgrades/eligibility": Topic.UPGRADES,
    "dx/warranty/details": Topic.WARRANTY,
    "vehicles/fleet_status": "fleet_status",
    "vehicles/{vin}/command/{name}": "command",
    "energy_sites/{id}/live_status": "live_status",
    "energy_sites/{id}/site_info": "site_info",
    "energy_sites/{id}/calendar_history": "energy_history",
    "energy_sites/{id}/calendar_history?kind=backup": "outage_history",
    "energy_sites/{id}/telemetry_history": "charge_history",
    "energy_sites/{id}/{setting}": "site_command",
}
WRITES = ("CREATE_INVITATION", "REVOKE_INVITATION", "REDEEM_INVITATION", "REMOVE_DRIVER")
# Why the others of those sections are not asked: users/region by the client itself when Tesla sends it elsewhere;
# users/backup_key is gone from Tesla's lists; GET /vehicles tells what /products tells; fleet_telemetry_* is section 10;
# subscriptions and vehicle_subscriptions have no documented question; 7.6 and 7.7 are not in Tesla's documentation.


def commands() -> dict[str, set[str]]:
    """Return the commands of each global of the modules of fleet/, by module and name."""
    found: dict[str, set[str]] = {}
    for module in scope_table.modules():
        if ".fleet." not in module.__name__:
            continue
        for name, value in vars(module).items():
            if not isinstance(value, type):
                sent = scope_table.walk(value, lambda one: isinstance(one, Command))
                if names := {command.name for command in sent}:
                    found[name] = found.get(name, set()) | names
    return found


def used_names() -> Iterator[str]:
    """Return the names that modules outside of fleet/ import from modules within, or use of the client."""
    for path in HOME.rglob("*.py"):
        if "fleet" in path.relative_to(HOME).parts[:-1]:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and "fleet" in (node.module or ""):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.Attribute):
                yield node.attr


def test_every_command_leads_somewhere() -> None:
    """Each command of Tesla's stands in a table, and what sends it is outside of the tables."""
    used, table = set(used_names()), commands()
    sent = {command for name in used & table.keys() for command in table[name]}
    assert set(COMMANDS) - sent == set()
    assert len(COMMANDS) == len(set(COMMANDS))


def test_every_endpoint_leads_somewhere() -> None:
    """Each endpoint of Tesla's is a topic that somebody asks about, or a method of the client that somebody calls."""
    used = set(used_names())
    assert {one for one in ENDPOINTS.values() if isinstance(one, Topic)} == set(Topic) == set(QUESTIONS)
    for endpoint, how in ENDPOINTS.items():
        if isinstance(how, Topic):
            assert how.name in used, endpoint
            path = QUESTIONS[how].path.replace("{vin}", "VIN")
            assert path == f"api/1/{endpoint.replace('{vin}', 'VIN')}"
        else:
            assert hasattr(client.FleetClient, how), endpoint
            assert how in used, endpoint
    assert set(WRITES) <= used


def test_every_scope_leads_somewhere() -> None:
    """Each scope gives an entity, and all but the right to the location an action; what Tesla says of it is told."""
    assert set(scope_table.TOLD) == set(Scope)
    for scope, rows in scope_table.rows().items():
        kinds = {row.kind for row in rows}
        if scope in SIGN_IN:
            assert not kinds
            continue
        assert kinds - {"action"}, scope
        assert "action" in kinds or scope is Scope.VEHICLE_LOCATION, scope


def test_every_action_has_its_scopes() -> None:
    """The table knows of each action what it needs, and tells by hand of none that there is not."""
    offered = load_yaml_dict(str(HOME / "services.yaml"))
    assert set(scope_table.actions()) == set(offered)
    assert set(scope_table.BY_HAND) <= set(offered)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_row_has_its_text(language: str) -> None:
    """Entities and actions of the table have names in each language, and the texts know of none besides."""
    texts = json.loads((HOME / "translations" / f"{language}.json").read_text())
    told = {(platform, key) for platform, keys in texts["entity"].items() for key in keys}
    assert {(platform, one.key) for platform, one in scope_table.descriptions()} == told
    assert set(texts["services"]) == set(scope_table.actions())


def test_the_page_is_up_to_date() -> None:
    """What stands in docs/scopes.md is what `python -m scripts.scope_table` would write."""
    assert scope_table.PAGE.read_text() == scope_table.render()
    assert "live camera" in scope_table.render()
    names = [row.name for rows in scope_table.rows().values() for row in rows]
    assert all(names)
    assert len(names) > 150


def test_the_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written where it belongs."""
    monkeypatch.setattr(scope_table, "PAGE", tmp_path / "scopes.md")
    assert scope_table.main() == 0
    assert (tmp_path / "scopes.md").read_text() == scope_table.render()


def test_what_is_no_entity_of_a_platform() -> None:
    """A description that belongs nowhere is a fault, not a row without a platform."""
    with pytest.raises(LookupError, match="lost"):
        scope_table.platform_of(EntityDescription(key="lost"))
