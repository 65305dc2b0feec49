"""The page on scopes, the tables and the texts say the same; and what Tesla offers leads somewhere here."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re

import pytest

from custom_components.tesla_charging.fleet import client, seldom
from custom_components.tesla_charging.fleet.commands import Command
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from custom_components.tesla_charging.fleet.seldom import QUESTIONS, Topic
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict
from scripts import scope_table

HOME = scope_table.HOME

# What is known of Tesla lies beside the project where it is built.
REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "fleet_api.md"

# Every command of fleet_api.md 6 and 7.5 that is sent, by the name of its endpoint; `test_no_command_is_forgotten` holds it.
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
upcoming_calendar_entries window_control take_drivenote set_low_power_mode keep_accessory_power_mode
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
    "vehicles/{vin}/signed_command": "command",
    "energy_sites/{id}/live_status": "live_status",
    "energy_sites/{id}/site_info": "site_info",
    "energy_sites/{id}/calendar_history": "energy_history",
    "energy_sites/{id}/calendar_history?kind=backup": "outage_history",
    "energy_sites/{id}/telemetry_history": "charge_history",
    "energy_sites/{id}/{setting}": "site_command",
}
WRITES = ("CREATE_INVITATION", "REVOKE_INVITATION", "REDEEM_INVITATION", "REMOVE_DRIVER")
# What the client asks by itself, when Tesla sends it elsewhere.
BY_ITSELF = "users/region"
# The library's names for what the proxy calls otherwise (fleet_api.md 6.2).
ALIASES = {"set_keep_accessory_power_mode": "keep_accessory_power_mode"}


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
    # And what is said to be left out is.
    assert set(scope_table.COMMANDS_LEFT_OUT) & {command for names in table.values() for command in names} == set()


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
    assert set(scope_table.ENDPOINTS_LEFT_OUT) & set(ENDPOINTS) == set()
    assert f'"api/1/{BY_ITSELF}"' in Path(client.__file__).read_text()


def test_what_is_left_out_has_its_reason() -> None:
    """Each has a sentence of its own on the page, and no scope that is asked for is among them."""
    page = scope_table.render()
    for left_out in (scope_table.SCOPES_LEFT_OUT, scope_table.COMMANDS_LEFT_OUT, scope_table.ENDPOINTS_LEFT_OUT):
        for name, why in left_out.items():
            assert f"| `{name}` | {why} |" in page
            assert len(why) > 30, name
            assert why.endswith("."), name
    assert set(scope_table.SCOPES_LEFT_OUT) & set(Scope) == set()


# Against what is known of Tesla


def _section(number: str) -> list[str]:
    """Return the lines of a section of fleet_api.md, its heading first; nothing is found where the numbers have moved."""
    lines = REFERENCE.read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if re.match(rf"#+ {re.escape(number)}[ .]", line))
    end = next((at for at in range(start + 1, len(lines)) if lines[at].startswith("#")), len(lines))
    return lines[start:end]


def _cells(number: str) -> Iterator[list[str]]:
    """Yield the cells of the rows of a section's tables, without the heads."""
    for line in _section(number):
        if line.startswith("|") and not re.match(r"\|( Command| Endpoint| Call| Scope|-)", line):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def _named(text: str) -> Iterator[str]:
    """Yield the names of commands in quotes: several with commas, and a_b/c stands for a_b and a_c; bodies are left out."""
    for quote in _quoted(text):
        for part in re.sub(r"\{[^}]*\}", "", quote).split(","):
            first, *others = part.strip().rstrip("*").split("/")
            if re.fullmatch(r"[a-z]+(_[a-z]+)+", first):
                yield first
                yield from (first.rpartition("_")[0] + "_" + other for other in others)


def told_commands() -> set[str]:
    """Return every command that fleet_api.md 6 and 7.5 name."""
    found: set[str] = set()
    for number in ("6.2", "6.4"):
        for name, body, *_ in _cells(number):
            told = set(_named(name)) or set(_named(body))
            family = {f"{one.split('_')[0]}_{one.split('_')[1]}_" for one in told}
            # Some rows go on in the second cell.
            found |= told | {one for one in _named(body) if number == "6.4" and one.startswith(tuple(family))}
    for number, start in (("6.1", "* Not carried by"), ("6.2", "* Not REST commands")):
        (line,) = (one for one in _section(number) if one.startswith(start))
        found |= set(_named(line))
    found |= {quote.rpartition("/")[2] for name, *_ in _cells("7.5") for quote in _quoted(name)}
    return {ALIASES.get(one, one) for one in found}


def told_endpoints() -> set[str]:
    """Return every endpoint that fleet_api.md 1.8, 5.1 and 7 name, with what stands for `…` filled in."""
    quotes = [quote for number in ("1.8", "5.1") for name, *_ in _cells(number) for quote in _quoted(name)]
    (missing,) = (line for line in _section("5.1") if line.startswith("Listed early"))
    quotes += [one for one in _quoted(missing) if "/" in one]
    found = {_path(quote, "vehicles/{vin}") for quote in quotes if "/" in quote}
    for number in ("7.1", "7.2", "7.3", "7.4"):
        found.add(_path(_quoted(_section(number)[0])[0], "energy_sites/{id}"))
    older = [one for line in _section("7.6") for one in _quoted(line)]
    found |= {
        _path(f"…/{one.rpartition('/')[2]}", "energy_sites/{id}")
        for one in older
        if re.fullmatch(r"(\w+(/\w+)? )?(…/)?[a-z]+_?[a-z_]*", one) and not one.startswith("power")
    }
    return found


def _path(quote: str, owner: str) -> str:
    path = quote.rpartition(" ")[2].partition("?")[0].replace("<name>", "{name}")
    path = path.replace("…/{vin}/", "…/").replace("…", owner)
    return path.removeprefix("/").removeprefix("api/1/")


there = pytest.mark.skipif(not REFERENCE.exists(), reason="what is known of Tesla lies beside the project, not here")


@there
def test_no_scope_is_forgotten() -> None:
    """Each scope that Tesla has is asked for, or is left out with a reason."""
    told = {quote for name, *_ in _cells("1.6") for quote in _quoted(name)}
    assert {*Scope, *scope_table.SCOPES_LEFT_OUT} == told


@there
def test_no_command_is_forgotten() -> None:
    """Each command that is known is sent, or is left out with a reason; and none is made up."""
    told = told_commands()
    assert len(told) > 90
    assert told - {*COMMANDS, *scope_table.COMMANDS_LEFT_OUT} == set()
    assert {*COMMANDS, *scope_table.COMMANDS_LEFT_OUT} <= told


@there
def test_no_endpoint_is_forgotten() -> None:
    """Each endpoint that is known is asked, or is left out with a reason."""
    told = told_endpoints()
    assert len(told) > 35
    writes = {getattr(seldom, name).path.removeprefix("api/1/") for name in WRITES}
    known = {*ENDPOINTS, *scope_table.ENDPOINTS_LEFT_OUT, *writes, BY_ITSELF}
    shared = {one.replace("vehicles/{vin}/", "vehicles/") for one in told}
    assert {one for one in told if one not in known and one.replace("/{vin}", "") not in known} == set()
    assert {one for one in scope_table.ENDPOINTS_LEFT_OUT if not one.startswith("dx/charging")} <= told | shared


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
