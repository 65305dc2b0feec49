"""The page docs/scopes.md: what each of Tesla's scopes opens here. `python -m scripts.scope_table` writes it.

It is derived from what the integration is made of: the descriptions of its entities, the tables of its actions and the
commands that they send, and the English names.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from importlib import import_module
import json
from pathlib import Path
import pkgutil
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any

import custom_components.tesla_charging as integration
from custom_components.tesla_charging.entity import (
    AccountDescription,
    SiteDescription,
    VehicleDescription,
    WallConnectorDescription,
)
from custom_components.tesla_charging.fleet.commands import Command
from custom_components.tesla_charging.fleet.scopes import CHARGING, SIGN_IN, Scope
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict

HOME = Path(integration.__file__).parent
PAGE = HOME.parent.parent / "docs" / "scopes.md"

TOLD: Mapping[Scope, str] = {
    Scope.OPENID: "Sign in.",
    Scope.OFFLINE_ACCESS: "A refresh token, so that nobody has to sign in again every eight hours.",
    Scope.USER_DATA: "Contact information, home address, picture and referral information.",
    Scope.VEHICLE_DEVICE_DATA: (
        "Live data, service history, scheduling, upgrades, nearby Superchargers and ownership of a car."
    ),
    Scope.VEHICLE_LOCATION: "Where a car is, precisely and roughly.",
    Scope.VEHICLE_CMDS: "All commands to a car: drivers, unlock, wake, remote start, software updates and the rest.",
    Scope.VEHICLE_CHARGING_CMDS: (
        "Charging history, billed amounts, charging locations, charge scheduling, and starting and stopping."
    ),
    Scope.ENERGY_DEVICE_DATA: "Live status and settings of an energy site, and its backup, energy and charge history.",
    Scope.ENERGY_CMDS: "Settings of an energy site: reserve, operation mode, Storm Watch and the rest.",
}
"""What Tesla says that each scope opens (fleet_api.md 1.6)."""

BY_HAND: Mapping[str, frozenset[Scope]] = {
    "add_charge_schedule": CHARGING,
    "add_precondition_schedule": CHARGING,
    "add_to_energy_dashboard": frozenset({Scope.ENERGY_DEVICE_DATA}),
    "download_charging_invoice": frozenset({Scope.VEHICLE_CHARGING_CMDS}),
    "export_charging_sessions": frozenset({Scope.VEHICLE_DEVICE_DATA}),
    "get_charging_sessions": frozenset({Scope.VEHICLE_DEVICE_DATA}),
    "get_charging_totals": frozenset({Scope.VEHICLE_DEVICE_DATA}),
    "import_charging_history": frozenset({Scope.VEHICLE_CHARGING_CMDS}),
    "import_energy_history": frozenset({Scope.ENERGY_DEVICE_DATA}),
    "plan_charging": frozenset({Scope.VEHICLE_DEVICE_DATA}),
    "reprice_charging": frozenset({Scope.VEHICLE_DEVICE_DATA}),
    "list_schedules": frozenset({Scope.VEHICLE_DEVICE_DATA}),
    "navigate_to_supercharger": frozenset({Scope.VEHICLE_CMDS}),
    "remove_charge_schedule": CHARGING,
    "remove_precondition_schedule": CHARGING,
    "set_battery_strategy": frozenset({Scope.ENERGY_CMDS}),
    "set_energy_prices": frozenset({Scope.ENERGY_DEVICE_DATA}),
    "set_spent": frozenset(),
    "set_tariff": frozenset({Scope.ENERGY_CMDS}),
    "update_charge_schedule": CHARGING,
    "update_precondition_schedule": CHARGING,
}
"""The scopes of the actions that have no table to tell them: any one is enough, none is needed by an empty set."""

SCOPES_LEFT_OUT: Mapping[str, str] = {
    "vehicle_specs": (
        "Detailed specifications of any vehicle, without its owner's consent. Only the token of an app itself can have it, not "
        "the token of a person."
    ),
    "vehicle_pricing_info": (
        "Configurations and prices of a market and model. Only the token of an app itself can have it, not the token of a "
        "person."
    ),
    "enterprise_management": "Business functions. Only businesses can have it.",
}
"""Tesla's other scopes, and why nobody is asked for them."""

_MANAGED = (
    "Managed charging, which other clients keep for fleets. No public page says what to send or what it does, the signed "
    "protocol does not carry it, and no read would show it."
)
_BY_THE_LIBRARY = "Tesla documents it nowhere: only the library that signs knows a message for it, and what cars make of it is unknown."
COMMANDS_LEFT_OUT: Mapping[str, str] = {
    "set_managed_charge_current_request": _MANAGED,
    "set_managed_charger_location": _MANAGED,
    "set_managed_scheduled_charging_time": _MANAGED,
    **dict.fromkeys(
        (
            "update_charge_on_solar",
            "get_charge_on_solar",
            "set_powershare_feature",
            "set_powershare_request",
            "set_powershare_discharge_limit",
            "set_outlets",
            "set_power_feed",
            "set_discharge_limit",
            "set_rate_tariff",
            "get_rate_tariff",
        ),
        _BY_THE_LIBRARY,
    ),
}
"""What can be sent to a car, and is not sent from here, with the reason (fleet_api.md 6.1 and 6.2)."""

_OLD = "It belongs to an older interface of Tesla's. Nobody knows whether this one has it."
_GONE = "Tesla no longer lists it, and no page says how to ask or what it answers."
_TELEMETRY = "Fleet Telemetry needs a server of your own that cars reach on the internet."
ENDPOINTS_LEFT_OUT: Mapping[str, str] = {
    "users/backup_key": "Tesla no longer lists it, so nobody can rely on it.",
    "dx/charging/sessions": "Only businesses that own a fleet may ask for it.",
    "vehicles": "The product list tells the same.",
    "subscriptions": _GONE,
    "vehicle_subscriptions": _GONE,
    "vehicles/fleet_telemetry_config": _TELEMETRY,
    "vehicles/fleet_telemetry_config_jws": _TELEMETRY,
    "vehicles/{vin}/fleet_telemetry_config": _TELEMETRY,
    "vehicles/{vin}/fleet_telemetry_errors": _TELEMETRY,
    "energy_sites/{id}/command": (
        "Messages to the gateway of a site. Tesla documents none of them, and with some of them a key of the owner could be "
        "removed."
    ),
    "energy_sites/{id}/programs": _OLD,
    "energy_sites/{id}/tariff_rate": _OLD,
    "energy_sites/{id}/backup_time_remaining": _OLD,
    "energy_sites/{id}/site_status": _OLD,
    "energy_sites/{id}/site_summary": _OLD,
    "energy_sites/{id}/rate_tariffs": _OLD,
}
"""What else can be asked or sent, and is not from here, with the reason (fleet_api.md 1.8, 4.3, 5.1, 7.6, 7.7, 10.1)."""

INTRODUCTION = """\
# What each permission gives you

<!-- Written by `python -m scripts.scope_table`. Do not edit: change the integration, or scripts/scope_table.py. -->

Tesla calls its permissions *scopes*. You choose them when you set Tesla Charging up, and can change them there and on
Tesla's own page. Nothing is shown or asked without its scope. Where a car has no such hardware, its entity is not there
either. *Off* marks entities that are there and switched off, until you enable them. What only shows a setting, as the
sensor of the charge limit, makes way for its control where you may change it.

There is one thing that Tesla's list mentions and that no app can have: the live camera. Tesla has no endpoint for it,
so it is not here.
"""


@dataclass(frozen=True, order=True)
class Row:
    """Something that a scope gives."""

    kind: str
    name: str
    key: str
    note: str = ""


# What the integration is made of


def modules() -> Iterator[ModuleType]:
    """Return every module of the integration."""
    for found in pkgutil.walk_packages(integration.__path__, f"{integration.__name__}."):
        yield import_module(found.name)


def walk(
    value: object, is_wanted: Callable[[object], bool], seen: set[int] | None = None, *, functions: bool = False
) -> Iterator[Any]:
    """Return what is wanted in a value: in its items and its fields, and if asked for in what its functions name."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if is_wanted(value):
        yield value
    parts: list[object] = []
    if isinstance(value, Mapping):
        parts = [*value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        parts = [*value]
    elif isinstance(value, partial):
        parts = [value.func, *value.args, *value.keywords.values()]
    elif functions and isinstance(value, FunctionType):
        known = {**value.__globals__}
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        parts = [*cells, *(known[name] for name in _names(value.__code__) if _is_ours(known.get(name)))]
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, one.name) for one in fields(value) if hasattr(value, one.name)]
    for part in parts:
        yield from walk(part, is_wanted, seen, functions=functions)


def _names(code: CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return {*code.co_names, *(name for one in inner for name in _names(one))}


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _is_ours(value: object) -> bool:
    """Whether a global that a function names can lead to something of ours."""
    if isinstance(value, FunctionType):
        return value.__module__.startswith(integration.__name__)
    return isinstance(value, Command | Mapping | tuple | list | frozenset | partial)


def descriptions() -> list[tuple[str, EntityDescription]]:
    """Return every description of an entity with its platform, each once."""
    found: dict[tuple[str, str, type], tuple[str, EntityDescription]] = {}
    for module in modules():
        tables = [value for name, value in vars(module).items() if not name.startswith("__")]
        for table in tables:
            if isinstance(table, FunctionType | ModuleType | type):
                continue
            for one in walk(table, lambda value: isinstance(value, EntityDescription)):
                platform = platform_of(one)
                found[platform, one.key, _owner(one)] = (platform, one)
    return sorted(found.values(), key=lambda one: (one[0], one[1].key))


def _owner(one: EntityDescription) -> type:
    return next(kind for kind in _OWNERS if isinstance(one, kind))


_OWNERS: tuple[type, ...] = (
    VehicleDescription,
    SiteDescription,
    WallConnectorDescription,
    AccountDescription,
    EntityDescription,
)


def platform_of(description: EntityDescription) -> str:
    """Return the platform whose description it is."""
    prefix = "homeassistant.components."
    for kind in type(description).__mro__:
        if kind.__module__.startswith(prefix) and kind.__name__.endswith("EntityDescription"):
            return kind.__module__.removeprefix(prefix).partition(".")[0]
    raise LookupError(f"{description.key} is of no platform")


def scopes_of(description: EntityDescription) -> frozenset[Scope]:
    """Return the scopes that an entity is for."""
    if isinstance(description, WallConnectorDescription):
        return frozenset({Scope.ENERGY_DEVICE_DATA})
    scopes: frozenset[Scope] = getattr(description, "scopes", frozenset())
    return scopes


def is_granted(description: EntityDescription, granted: frozenset[str]) -> bool:
    """Whether an entity may be there: the product itself must be seen, of a car's scopes one is enough, of others all."""
    if isinstance(description, VehicleDescription):
        unless: frozenset[str] = getattr(description, "unless", frozenset())
        seen = Scope.VEHICLE_DEVICE_DATA in granted
        return seen and bool(granted & description.scopes) and not granted & unless
    if isinstance(description, SiteDescription):
        shown_by_another = description.shows is not None and Scope.ENERGY_CMDS in granted
        return Scope.ENERGY_DEVICE_DATA in granted and granted >= description.scopes and not shown_by_another
    return granted >= scopes_of(description)


def actions() -> dict[str, frozenset[Scope]]:
    """Return the scopes of each action, any of which is of use."""
    names = set(load_yaml_dict(str(HOME / "services.yaml")))
    found = dict(BY_HAND)
    for module in modules():
        for value in vars(module).values():
            if isinstance(value, tuple | list):
                found |= {one.name: one.scopes for one in value if _is_action(one, names)}
            elif isinstance(value, dict) and value and names.issuperset(map(str, value)):
                found |= {str(name): scopes_sent(row) for name, row in value.items()}
    return {name: scopes for name, scopes in found.items() if name in names}


def _is_action(one: object, names: set[str]) -> bool:
    return not isinstance(one, Command) and getattr(one, "name", None) in names and hasattr(one, "scopes")


def scopes_sent(row: object) -> frozenset[Scope]:
    """Return the scopes of all commands that a row of a table of actions may send."""
    sent = walk(row, lambda value: isinstance(value, Command), functions=True)
    return frozenset(scope for command in sent for scope in command.scopes)


# The page


def rows() -> dict[Scope, list[Row]]:
    """Return what each scope gives."""
    texts = json.loads((HOME / "translations" / "en.json").read_text())
    found: dict[Scope, list[Row]] = defaultdict(list)
    for platform, one in descriptions():
        name = texts["entity"].get(platform, {}).get(one.key, {}).get("name", "")
        for scope in scopes_of(one):
            found[scope].append(Row(platform, name, one.key, "" if one.entity_registry_enabled_default else "off"))
    for name, scopes in actions().items():
        for scope in scopes:
            found[scope].append(Row("action", texts["services"].get(name, {}).get("name", ""), name))
    return {scope: sorted(set(found[scope])) for scope in Scope}


def render() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    for scope, given in rows().items():
        parts.append(f"## {scope}\n\n{TOLD[scope]}\n")
        if scope in SIGN_IN:
            parts.append("It gives no entity and no action of its own; Tesla Charging cannot do without it.\n")
            continue
        lines = ["| | what it gives |", "|---|---|"]
        for kind in [*sorted({row.kind for row in given} - {"action"}), "action"]:
            words = [_words(row) for row in given if row.kind == kind]
            if words:
                lines.append(f"| {kind.replace('_', ' ')} | {', '.join(words)} |")
        parts.append("\n".join(lines) + "\n")
    parts.append("## What is left out\n\nTesla has these, and Tesla Charging has not.\n")
    for kind, left_out in (
        ("permission", SCOPES_LEFT_OUT),
        ("command", COMMANDS_LEFT_OUT),
        ("endpoint", ENDPOINTS_LEFT_OUT),
    ):
        lines = [f"| {kind} | why not |", "|---|---|", *(f"| `{name}` | {why} |" for name, why in left_out.items())]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _words(row: Row) -> str:
    if row.kind == "action":
        return f"{row.name} (`{row.key}`)"
    name = row.name.replace("{name}", "…")
    return f"{name} (off)" if row.note else name


def main() -> int:
    """Write the page."""
    PAGE.write_text(render())
    return 0


if __name__ == "__main__":
    sys.exit(main())
