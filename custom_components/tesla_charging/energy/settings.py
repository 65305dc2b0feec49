"""The settings of an energy site, as a table: how each is read and written, and who may (fleet_api.md 7.2 and 7.5)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ..fleet.commands import (
    BACKUP,
    GRID_IMPORT_EXPORT,
    OFF_GRID_VEHICLE_CHARGING_RESERVE,
    OPERATION,
    STORM_MODE,
    TIME_OF_USE_SETTINGS,
    SiteCommand,
)
from ..fleet.models import EnergySite
from ..fleet.models.site import ExportRule, OperationMode
from .tariff import same_tariff

# A number of percent, an option, on or off, or a tariff as Tesla writes it.
type Value = int | str | bool | dict[str, Any]

# A reserve between these two snaps back to the first at some sites (users.md theme 7).
RESERVE_GAP: Final = (80, 100)


class Setting(StrEnum):
    """A setting; the value is also the key of its entity."""

    RESERVE = "backup_reserve_percent"
    VEHICLE_RESERVE = "off_grid_vehicle_charging_reserve_percent"
    MODE = "default_real_mode"
    EXPORTS = "customer_preferred_export_rule"
    GRID_CHARGING = "grid_charging"
    STORM_WATCH = "storm_mode_enabled"
    TARIFF = "tariff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """How a setting is handled.

    body: what the command is sent to set a value. read: the value in a snapshot, None if Tesla does not tell it.
    kinds: the types that its values have. supported: whether a site has it and its owner may change it. fleeting: whether a value that was seen may be gone again
    half an hour later, so that it is worth another look. same: whether two values are one.
    """

    command: SiteCommand
    body: Callable[[Any], dict[str, object]]
    read: Callable[[EnergySite], Value | None]
    supported: Callable[[EnergySite], bool]
    kinds: tuple[type, ...]
    fleeting: Callable[[Any], bool] = lambda _: False
    same: Callable[[Any, Any], bool] = lambda one, other: bool(one == other)


def in_gap(percent: object) -> bool:
    """Whether this is a reserve that some sites do not keep."""
    below, above = RESERVE_GAP
    return isinstance(percent, int) and below < percent < above


def _grid_charging(site: EnergySite) -> bool | None:
    disallowed = site.site_info.components.disallow_charge_from_grid_with_solar_installed
    return None if disallowed is None else not disallowed


def _may_charge_from_grid(site: EnergySite) -> bool:
    editable = site.site_info.components.edit_setting_grid_charging
    return site.has_battery and site.has_solar and site.info_read_at is not None and editable is not False


def _may_export(site: EnergySite) -> bool:
    parts = site.site_info.components
    if not (site.has_battery and site.has_solar) or parts.non_export_configured:
        return False
    if parts.edit_setting_energy_exports is None:
        return parts.customer_preferred_export_rule is not None
    return parts.edit_setting_energy_exports


RULES: Final[Mapping[Setting, Rule]] = {
    Setting.RESERVE: Rule(
        command=BACKUP,
        body=lambda percent: {"backup_reserve_percent": percent},
        kinds=(int,),
        read=lambda site: site.site_info.backup_reserve_percent,
        supported=lambda site: site.has_battery,
        fleeting=in_gap,
    ),
    Setting.VEHICLE_RESERVE: Rule(
        command=OFF_GRID_VEHICLE_CHARGING_RESERVE,
        body=lambda percent: {"off_grid_vehicle_charging_reserve_percent": percent},
        kinds=(int,),
        read=lambda site: site.site_info.off_grid_vehicle_charging_reserve_percent,
        supported=lambda site: bool(site.site_info.components.off_grid_vehicle_charging_reserve_supported),
    ),
    Setting.MODE: Rule(
        command=OPERATION,
        body=lambda mode: {"default_real_mode": mode},
        kinds=(str, OperationMode),
        read=lambda site: site.site_info.default_real_mode,
        supported=lambda site: site.has_battery,
        fleeting=lambda _: True,
    ),
    Setting.GRID_CHARGING: Rule(
        command=GRID_IMPORT_EXPORT,
        body=lambda on: {"disallow_charge_from_grid_with_solar_installed": not on},
        kinds=(bool,),
        read=_grid_charging,
        supported=_may_charge_from_grid,
        fleeting=lambda _: True,
    ),
    Setting.EXPORTS: Rule(
        command=GRID_IMPORT_EXPORT,
        body=lambda rule: {"customer_preferred_export_rule": rule},
        kinds=(str, ExportRule),
        read=lambda site: site.site_info.components.customer_preferred_export_rule,
        supported=_may_export,
        fleeting=lambda _: True,
    ),
    Setting.STORM_WATCH: Rule(
        command=STORM_MODE,
        body=lambda on: {"enabled": on},
        kinds=(bool,),
        read=lambda site: site.site_info.storm_mode_enabled,
        supported=lambda site: bool(site.site_info.components.storm_mode_capable),
    ),
    Setting.TARIFF: Rule(
        command=TIME_OF_USE_SETTINGS,
        body=lambda content: {"settings": content},
        kinds=(dict,),
        read=lambda site: site.site_info.tariff_content_v2,
        supported=lambda site: site.has_battery,
        same=same_tariff,
    ),
}


def fits(setting: Setting, value: Any) -> bool:
    """Whether a value, stored by another version perhaps, is one that a setting can have."""
    if type(value) not in RULES[setting].kinds:
        return False
    try:
        put(EnergySite(), setting, value)
    except ValueError:
        return False
    return True


def put(site: EnergySite, setting: Setting, value: Value) -> EnergySite:
    """Return a site as it is with a setting of this value."""
    rule = RULES[setting]
    return rule.command.effect(site, **rule.body(value))


def holds(site: EnergySite, setting: Setting, value: Value) -> bool:
    """Whether a setting is known to have this value."""
    known = RULES[setting].read(site)
    return known is not None and RULES[setting].same(known, value)


def by_command(settings: Iterable[Setting]) -> list[tuple[SiteCommand, list[Setting]]]:
    """Return the settings by the command that sets them: what charges from the grid and what is exported goes in one."""
    found: dict[str, tuple[SiteCommand, list[Setting]]] = {}
    for setting in settings:
        command = RULES[setting].command
        found.setdefault(command.name, (command, []))[1].append(setting)
    return list(found.values())
