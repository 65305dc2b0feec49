"""Writes to an energy site, fleet_api.md 7.5."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .params import InvalidParameter, Params, SettingRefused, UnknownCommand
from .tariff_rules import check_tariff

if TYPE_CHECKING:
    from .site import Site

MODES = ("self_consumption", "autonomous", "backup")
EXPORT_RULES = ("battery_ok", "pv_only", "never")
STRATEGIES = ("economics", "balanced")


def _percent(params: Params, key: str) -> float:
    value = params.number(key)
    if not 0 <= value <= 100:
        raise InvalidParameter(f"invalid {key} param")
    return value


def _choice(params: Params, key: str, choices: tuple[str, ...]) -> str:
    value = params.text(key)
    if value not in choices:
        raise InvalidParameter(f"invalid {key} param")
    return value


def _object(body: dict[str, object], key: str) -> dict[str, object]:
    value = body.get(key)
    if value is None:
        raise InvalidParameter(f"missing {key} param")
    if not isinstance(value, dict):
        raise InvalidParameter(f"invalid {key} param")
    return value


def _allowed(allowed: bool, key: str) -> None:
    if not allowed:
        raise SettingRefused(f"{key} cannot be changed")


def _backup(site: Site, params: Params) -> None:
    _allowed(site.battery, "backup_reserve_percent")
    site.set_reserve(_percent(params, "backup_reserve_percent"))


def _vehicle_reserve(site: Site, params: Params) -> None:
    key = "off_grid_vehicle_charging_reserve_percent"
    percent = _percent(params, key)
    _allowed(site.battery and site.supports_vehicle_reserve, key)
    site.vehicle_reserve = percent


def _operation(site: Site, params: Params) -> None:
    _allowed(site.battery, "default_real_mode")
    site.mode = _choice(params, "default_real_mode", MODES)


def _storm_mode(site: Site, params: Params) -> None:
    _allowed(site.battery, "storm_mode")
    site.storm_mode = params.boolean("enabled")


def _grid_import_export(site: Site, params: Params) -> None:
    charging, rule = ("disallow_charge_from_grid_with_solar_installed", "customer_preferred_export_rule")
    if charging not in params.body and rule not in params.body:
        raise InvalidParameter(f"missing {rule} param")
    grid_charging = not params.boolean(charging) if charging in params.body else site.grid_charging
    export_rule = _choice(params, rule, EXPORT_RULES) if rule in params.body else site.export_rule
    if charging in params.body:
        _allowed(site.battery and site.may_edit_grid_charging, charging)
    if rule in params.body:
        _allowed(site.battery and site.may_edit_exports, rule)
    site.export_rule, site.grid_charging = export_rule, grid_charging


def _time_of_use(site: Site, params: Params) -> None:
    settings = _object(params.body, "tou_settings")
    tariff = _object(settings, "tariff_content_v2")
    check_tariff(tariff, documented_only=site.documented_tariffs_only)
    if "optimization_strategy" in settings:
        site.strategy = _choice(Params(settings), "optimization_strategy", STRATEGIES)
    site.tariff = tariff


SETTINGS: dict[str, Callable[[Site, Params], None]] = {
    "backup": _backup,
    "off_grid_vehicle_charging_reserve": _vehicle_reserve,
    "operation": _operation,
    "storm_mode": _storm_mode,
    "grid_import_export": _grid_import_export,
    "time_of_use_settings": _time_of_use,
}


def write_setting(site: Site, endpoint: str, body: dict[str, object]) -> None:
    """Change a setting; raises UnknownCommand and InvalidParameter."""
    if endpoint not in SETTINGS:
        raise UnknownCommand(endpoint)
    SETTINGS[endpoint](site, Params(body))
