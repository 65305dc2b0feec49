"""The commands, as a table: who may send them, what they change, which refusals are as good as success.

Sources: fleet_api.md 6 (cars) and 7.5 (energy sites).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from .models import EnergySite, Vehicle
from .models.site import ExportRule, OperationMode
from .models.vehicle import ChargePortLatch, ChargingState
from .scopes import CHARGING, Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class Command[T]:
    """A command to a car or a site.

    name: of Tesla's endpoint and of tesla-fleet-api's method.
    effect: the snapshot as it is when the command with this body was obeyed.
    scopes: any one of them is enough.
    accepted: reasons of a refusal that mean "it is so already".
    unsigned_body: the body as an unsigned command has it.
    """

    name: str
    effect: Callable[..., T]
    scopes: frozenset[Scope] = CHARGING
    accepted: frozenset[str] = frozenset({"already_set", "requested"})
    unsigned_body: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body


type VehicleCommand = Command[Vehicle]
type SiteCommand = Command[EnergySite]


def _charge(vehicle: Vehicle, **changes: Any) -> Vehicle:
    return replace(vehicle, charge_state=replace(vehicle.charge_state, **changes))


def _start(vehicle: Vehicle) -> Vehicle:
    return vehicle if vehicle.charging else _charge(vehicle, charging_state=ChargingState.STARTING)


def _stop(vehicle: Vehicle) -> Vehicle:
    if not vehicle.charging:
        return vehicle
    return _charge(
        vehicle, charging_state=ChargingState.STOPPED, charge_rate=0.0, charger_actual_current=0, charger_power=0
    )


def _limit(vehicle: Vehicle, percent: int | None) -> Vehicle:
    return vehicle if percent is None else _charge(vehicle, charge_limit_soc=percent)


CHARGE_START: Final[VehicleCommand] = Command(
    name="charge_start", effect=_start, accepted=frozenset({"is_charging", "charging", "complete", "requested"})
)
CHARGE_STOP: Final[VehicleCommand] = Command(
    name="charge_stop", effect=_stop, accepted=frozenset({"not_charging", "complete", "requested"})
)
CHARGE_STANDARD: Final[VehicleCommand] = Command(
    name="charge_standard",
    effect=lambda vehicle: _limit(vehicle, vehicle.charge_state.charge_limit_soc_std),
    accepted=frozenset({"already_standard", "already_started", "already_set", "requested"}),
)
CHARGE_MAX_RANGE: Final[VehicleCommand] = Command(
    name="charge_max_range",
    effect=lambda vehicle: _limit(vehicle, vehicle.charge_state.charge_limit_soc_max),
    accepted=frozenset({"already_max_range", "already_set", "requested"}),
)
CHARGE_PORT_DOOR_OPEN: Final[VehicleCommand] = Command(
    name="charge_port_door_open",
    effect=lambda vehicle: _charge(
        _stop(vehicle), charge_port_door_open=True, charge_port_latch=ChargePortLatch.DISENGAGED
    ),
    accepted=frozenset({"already open", "requested"}),
)
CHARGE_PORT_DOOR_CLOSE: Final[VehicleCommand] = Command(
    name="charge_port_door_close",
    effect=lambda vehicle: _charge(vehicle, charge_port_door_open=False),
    accepted=frozenset({"already closed", "requested"}),
)
SET_CHARGE_LIMIT: Final[VehicleCommand] = Command(name="set_charge_limit", effect=_limit)
SET_CHARGING_AMPS: Final[VehicleCommand] = Command(
    name="set_charging_amps",
    effect=lambda vehicle, charging_amps: _charge(
        vehicle, charge_amps=charging_amps, charge_current_request=charging_amps
    ),
)

# Tesla's pages name different scopes for waking; any of these may do (fleet_api.md 5.1).
WAKE_UP_SCOPES: Final = CHARGING | {Scope.VEHICLE_DEVICE_DATA}


_ENERGY: Final = frozenset({Scope.ENERGY_CMDS})


def _info(site: EnergySite, **changes: Any) -> EnergySite:
    return replace(site, site_info=replace(site.site_info, **changes))


def _grid(
    site: EnergySite,
    disallow_charge_from_grid_with_solar_installed: bool | None = None,
    customer_preferred_export_rule: str | None = None,
) -> EnergySite:
    changes: dict[str, Any] = {}
    if disallow_charge_from_grid_with_solar_installed is not None:
        changes["disallow_charge_from_grid_with_solar_installed"] = disallow_charge_from_grid_with_solar_installed
    if customer_preferred_export_rule is not None:
        changes["customer_preferred_export_rule"] = ExportRule(customer_preferred_export_rule)
    return _info(site, components=replace(site.site_info.components, **changes))


BACKUP: Final[SiteCommand] = Command(
    name="backup",
    scopes=_ENERGY,
    effect=lambda site, backup_reserve_percent: _info(site, backup_reserve_percent=backup_reserve_percent),
)
OPERATION: Final[SiteCommand] = Command(
    name="operation",
    scopes=_ENERGY,
    effect=lambda site, default_real_mode: _info(site, default_real_mode=OperationMode(default_real_mode)),
)
STORM_MODE: Final[SiteCommand] = Command(
    name="storm_mode", scopes=_ENERGY, effect=lambda site, enabled: _info(site, storm_mode_enabled=enabled)
)
GRID_IMPORT_EXPORT: Final[SiteCommand] = Command(name="grid_import_export", scopes=_ENERGY, effect=_grid)
