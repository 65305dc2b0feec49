"""The commands, as a table: who may send them, what they change, which refusals are as good as success.

Sources: fleet_api.md 6 (cars) and 7.5 (energy sites).
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .models import EnergySite, Vehicle
from .models.site import ExportRule, OperationMode
from .models.vehicle import ChargePortLatch, ChargingState
from .scopes import CHARGING, Scope

# How a car refuses what it only takes while its climate is on (fleet_api.md 6.4).
COMFORT_OFF: Final = "cabin comfort remote settings not enabled"
# The fields of a body that have a PIN, which a read does not tell.
_PINS: Final = ("password", "pin")


@dataclass(frozen=True, kw_only=True, slots=True)
class Command[T]:
    """A command to a car or a site.

    name: of Tesla's endpoint and of tesla-fleet-api's method.
    effect: the snapshot as it is when the command with this body was obeyed; a snapshot that it does not change shows
        that the command was obeyed.
    scopes: any one of them is enough.
    accepted: reasons of a refusal that mean "it is so already".
    about: what it settles, by default itself; a later command about the same overrules an earlier one.
    ends: the names of other commands that this body overrules as well, though it settles something else.
    apart: the field of the body that tells apart what it settles.
    value: only the last one of several that wait is worth sending.
    step: whether it changes a value by a little, so that one that waits is wanted all the same.
    rises: whether this body asks for more than the car takes now, which is in no hurry.
    pointless: the reason why it would change nothing that matters, in the words of a refusal.
    halfway: the body that some cars obey instead the first time, so that they want this one twice; None: no car does.
    visible: whether a read can show its effect.
    foreseen: whether enough is known to tell the effect beforehand.
    asleep: whether a car that sleeps, where nothing is on, is as this body wants it.
    setting: whether it sets what lasts, and a car takes it only while its climate is on, for which the climate is not
        turned on.
    always: whether it is sent although the car seems to be so already, because it matters too much.
    unsigned_body: the body as an unsigned command has it.
    unsigned_first: whether Tesla takes it unsigned for cars too that want all else signed.
    counted: the field of the body whose numbers may count from 1 in the unsigned form, though Tesla's pages count from 0.
    signed_only: whether there is no unsigned form, or none that Tesla takes.
    by_name: whether the unsigned form is the name and the body as Tesla's pages have them.
    untold: fields of the body that only say what is to come of it, and are not sent.
    switched: for a command that turns round what is: whether it is already as the body wants it, None if that is unknown.
    """

    name: str
    effect: Callable[..., T]
    scopes: frozenset[Scope] = CHARGING
    accepted: frozenset[str] = frozenset({"already_set", "requested"})
    about: str = ""
    ends: Callable[[Mapping[str, Any]], frozenset[str]] = lambda _: frozenset()
    apart: str = "id"
    value: bool = False
    step: bool = False
    rises: Callable[..., bool] = lambda _, **__: False
    pointless: Callable[[T], str | None] = lambda _: None
    halfway: Callable[[Mapping[str, Any]], dict[str, object] | None] = lambda _: None
    visible: bool = True
    foreseen: Callable[[T], bool] = lambda _: True
    asleep: Callable[[Mapping[str, Any]], bool] = lambda _: False
    setting: bool = False
    always: bool = False
    unsigned_body: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
    unsigned_first: bool = False
    counted: str = ""
    signed_only: bool = False
    by_name: bool = False
    untold: frozenset[str] = frozenset()
    switched: Callable[..., bool | None] | None = None

    def subject(self, body: Mapping[str, object]) -> Hashable:
        """Return what a command with this body settles."""
        return self.about or self.name, body.get(self.apart)

    def queues_with(self, body: Mapping[str, object]) -> Hashable:
        """Return what it waits in the queue as: the later one of a name drops a value of that name that waits."""
        return (self.name, "step") if self.step else self.subject(body)

    def always_sent(self, body: Mapping[str, object]) -> bool:
        """Whether it is sent although it seems to be so already; only the car knows whether a PIN is the right one."""
        return self.always or any(body.get(name) is not None for name in _PINS)

    def accepts(self, reason: str, body: Mapping[str, Any]) -> bool:
        """Whether a refusal for this reason means "it is so already"; without climate all is off that needs it."""
        return reason in self.accepted or (reason.lower() == COMFORT_OFF and self.asleep(body))

    def level(self, body: Mapping[str, Any]) -> int:
        """Return the number that is `counted`."""
        return int(body[self.counted])

    def with_level(self, body: Mapping[str, Any], more: int) -> dict[str, object]:
        """Return a body whose `counted` number is so much more."""
        return {**body, self.counted: self.level(body) + more}

    def told(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a body that is sent."""
        return {key: value for key, value in body.items() if key not in self.untold}


type VehicleCommand = Command[Vehicle]
type SiteCommand = Command[EnergySite]


def _charge(vehicle: Vehicle, **changes: Any) -> Vehicle:
    return replace(vehicle, charge_state=replace(vehicle.charge_state, **changes))


def _start(vehicle: Vehicle) -> Vehicle:
    if vehicle.charging or vehicle.charge_state.charging_state is ChargingState.COMPLETE:
        return vehicle
    return _charge(vehicle, charging_state=ChargingState.STARTING)


def _stop(vehicle: Vehicle) -> Vehicle:
    if not vehicle.charging:
        return vehicle
    return _charge(
        vehicle, charging_state=ChargingState.STOPPED, charge_rate=0.0, charger_actual_current=0, charger_power=0
    )


def _limit(vehicle: Vehicle, percent: int | None) -> Vehicle:
    return vehicle if percent is None else _charge(vehicle, charge_limit_soc=percent)


def _amps(vehicle: Vehicle, charging_amps: int) -> Vehicle:
    if vehicle.charge_state.charge_current_request == charging_amps:
        return vehicle
    return _charge(vehicle, charge_amps=charging_amps, charge_current_request=charging_amps)


_LETS_GO: Final = frozenset({ChargePortLatch.DISENGAGED, ChargePortLatch.BLOCKING})


def _open_port(vehicle: Vehicle) -> Vehicle:
    charge = vehicle.charge_state
    if charge.charge_port_door_open and charge.charge_port_latch in _LETS_GO:
        return _stop(vehicle)
    return _charge(_stop(vehicle), charge_port_door_open=True, charge_port_latch=ChargePortLatch.DISENGAGED)


def _not_plugged_in(vehicle: Vehicle) -> str | None:
    return "disconnected" if vehicle.charge_state.charging_state is ChargingState.DISCONNECTED else None


# A car that is full does not begin again before it has lost about this much.
_FULL_PERCENT: Final = 5


def _not_charging_soon(vehicle: Vehicle) -> str | None:
    charge = vehicle.charge_state
    level, limit = charge.battery_level, charge.charge_limit_soc
    # It takes a car a moment to see that a limit was raised.
    raised = level is not None and limit is not None and limit - level > _FULL_PERCENT
    if charge.charging_state is ChargingState.COMPLETE and not raised:
        return "complete"
    return _not_plugged_in(vehicle)


# Told to take less, some cars take this much, and less only when told again (fleet_api.md 6.2).
_FEW_AMPS: Final = 5

CHARGE_START: Final[VehicleCommand] = Command(
    name="charge_start",
    about="charge",
    effect=_start,
    pointless=_not_plugged_in,
    accepted=frozenset({"is_charging", "charging", "complete", "requested"}),
)
CHARGE_STOP: Final[VehicleCommand] = Command(
    name="charge_stop",
    about="charge",
    effect=_stop,
    foreseen=lambda vehicle: vehicle.charge_state.charging_state is not None,
    accepted=frozenset({"not_charging", "complete", "requested"}),
    asleep=lambda _: True,
)
CHARGE_STANDARD: Final[VehicleCommand] = Command(
    name="charge_standard",
    about="limit",
    effect=lambda vehicle: _limit(vehicle, vehicle.charge_state.charge_limit_soc_std),
    foreseen=lambda vehicle: vehicle.charge_state.charge_limit_soc_std is not None,
    accepted=frozenset({"already_standard", "already_started", "already_set", "requested"}),
)
CHARGE_MAX_RANGE: Final[VehicleCommand] = Command(
    name="charge_max_range",
    about="limit",
    effect=lambda vehicle: _limit(vehicle, vehicle.charge_state.charge_limit_soc_max),
    foreseen=lambda vehicle: vehicle.charge_state.charge_limit_soc_max is not None,
    accepted=frozenset({"already_max_range", "already_set", "requested"}),
)
CHARGE_PORT_DOOR_OPEN: Final[VehicleCommand] = Command(
    name="charge_port_door_open", about="port", effect=_open_port, accepted=frozenset({"already open", "requested"})
)
CHARGE_PORT_DOOR_CLOSE: Final[VehicleCommand] = Command(
    name="charge_port_door_close",
    about="port",
    effect=lambda vehicle: _charge(vehicle, charge_port_door_open=False),
    accepted=frozenset({"already closed", "requested"}),
)
SET_CHARGE_LIMIT: Final[VehicleCommand] = Command(name="set_charge_limit", about="limit", value=True, effect=_limit)
SET_CHARGING_AMPS: Final[VehicleCommand] = Command(
    name="set_charging_amps",
    value=True,
    effect=_amps,
    rises=lambda vehicle, charging_amps: charging_amps > (vehicle.charge_state.charge_current_request or 0),
    pointless=_not_charging_soon,
    halfway=lambda body: {"charging_amps": _FEW_AMPS} if body["charging_amps"] < _FEW_AMPS else None,
)
NAVIGATION_SC_REQUEST: Final[VehicleCommand] = Command(
    name="navigation_sc_request",
    scopes=frozenset({Scope.VEHICLE_CMDS}),
    effect=lambda vehicle, **_: vehicle,
    visible=False,
    unsigned_first=True,
)

WAKE_UP: Final = "wake_up"
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
OFF_GRID_VEHICLE_CHARGING_RESERVE: Final[SiteCommand] = Command(
    name="off_grid_vehicle_charging_reserve",
    scopes=_ENERGY,
    effect=lambda site, off_grid_vehicle_charging_reserve_percent: _info(
        site, off_grid_vehicle_charging_reserve_percent=off_grid_vehicle_charging_reserve_percent
    ),
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
TIME_OF_USE_SETTINGS: Final[SiteCommand] = Command(
    name="time_of_use_settings", scopes=_ENERGY, effect=lambda site, settings: _info(site, tariff_content_v2=settings)
)
