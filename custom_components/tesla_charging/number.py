"""Numbers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, Platform, UnitOfElectricCurrent, UnitOfSpeed
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .budget_entities import USD
from .candidates import account_candidates, async_follow_products, site_candidates, vehicle_candidates
from .charging.power import plugged_in
from .commands import async_send
from .energy.settings import RULES, Setting
from .entity import AccountDescription, AccountEntity, VehicleDescription, VehicleEntity
from .fleet.body_commands import SPEED_LIMIT_SET_LIMIT
from .fleet.climate_commands import CAR
from .fleet.commands import SET_CHARGE_LIMIT, SET_CHARGING_AMPS, VehicleCommand
from .fleet.models import Vehicle
from .fleet.scopes import CHARGING, Scope
from .purse import Purse
from .setting_entity import SettingDescription, SettingEntity

# The commands queue for each car and each site by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0

# The most that a Tesla takes on AC; its own bound is known once it has been plugged in.
_MOST_AMPS: Final = 48


# Of a car that does not say what it can be limited to.
_SLOWEST_MPH: Final = 50
_FASTEST_MPH: Final = 120


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _most_amps(car: Vehicle) -> int:
    """Return what car and cable take: the smaller of the two while it is plugged in."""
    charge = car.charge_state
    of_car = charge.charge_current_request_max or _MOST_AMPS
    return min(of_car, charge.charger_pilot_current or of_car) if plugged_in(charge) else of_car


@dataclass(frozen=True, kw_only=True)
class VehicleNumberDescription(VehicleDescription, NumberEntityDescription):
    """A number of a car, with the car's own bounds; `parameter` is its name in the command."""

    scopes: frozenset[Scope] = CHARGING
    value_fn: Callable[[Vehicle], int | None]
    min_fn: Callable[[Vehicle], int]
    max_fn: Callable[[Vehicle], int]
    command: VehicleCommand
    parameter: str


@dataclass(frozen=True, kw_only=True)
class SiteNumberDescription(SettingDescription, NumberEntityDescription):
    """A percentage of an energy site."""


VEHICLE_NUMBERS: Final = (
    VehicleNumberDescription(
        key="charge_limit_soc",
        device_class=NumberDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        mode=NumberMode.SLIDER,
        value_fn=lambda car: car.charge_state.charge_limit_soc,
        min_fn=lambda car: car.charge_state.charge_limit_soc_min or 50,
        max_fn=lambda car: car.charge_state.charge_limit_soc_max or 100,
        command=SET_CHARGE_LIMIT,
        parameter="percent",
    ),
    VehicleNumberDescription(
        key="charge_current_request",
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        mode=NumberMode.SLIDER,
        value_fn=lambda car: car.charge_state.charge_current_request,
        min_fn=lambda _: 1,
        max_fn=_most_amps,
        command=SET_CHARGING_AMPS,
        parameter="charging_amps",
    ),
    VehicleNumberDescription(
        key="speed_limit",
        device_class=NumberDeviceClass.SPEED,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfSpeed.MILES_PER_HOUR,
        mode=NumberMode.BOX,
        scopes=CAR,
        value_fn=lambda car: _whole(car.vehicle_state.speed_limit_mode.current_limit_mph),
        min_fn=lambda car: _whole(car.vehicle_state.speed_limit_mode.min_limit_mph) or _SLOWEST_MPH,
        max_fn=lambda car: _whole(car.vehicle_state.speed_limit_mode.max_limit_mph) or _FASTEST_MPH,
        command=SPEED_LIMIT_SET_LIMIT,
        parameter="limit_mph",
    ),
)

SITE_NUMBERS: Final = tuple(
    SiteNumberDescription(
        key=setting,
        setting=setting,
        device_class=NumberDeviceClass.BATTERY,
        entity_category=EntityCategory.CONFIG,
        native_min_value=0,
        native_max_value=100,
        native_unit_of_measurement=PERCENTAGE,
        mode=NumberMode.SLIDER,
        supported_fn=RULES[setting].supported,
    )
    for setting in (Setting.RESERVE, Setting.VEHICLE_RESERVE)
)

# What a person may allow a month, in dollars.
MOST_DOLLARS: Final = 1000
MOST_WAKES: Final = 100


@dataclass(frozen=True, kw_only=True)
class BudgetNumberDescription(AccountDescription, NumberEntityDescription):
    """A number that a person decides on for a Tesla app."""

    entity_category: EntityCategory | None = EntityCategory.CONFIG
    mode: NumberMode | None = NumberMode.BOX
    native_min_value: float | None = 0
    value_fn: Callable[[Purse], float]
    set_fn: Callable[[Purse, float], Awaitable[None]]


def _dollars(value: float) -> Decimal:
    return round(Decimal(str(value)), 2)


BUDGET_NUMBERS: Final = (
    BudgetNumberDescription(
        key="budget",
        device_class=NumberDeviceClass.MONETARY,
        native_max_value=MOST_DOLLARS,
        # What a hand at a button wants; cents are set by typing.
        native_step=0.5,
        native_unit_of_measurement=USD,
        value_fn=lambda purse: float(purse.standing().budget),
        set_fn=lambda purse, value: purse.async_set(budget=_dollars(value)),
    ),
    BudgetNumberDescription(
        key="elsewhere",
        device_class=NumberDeviceClass.MONETARY,
        native_max_value=MOST_DOLLARS,
        native_step=0.01,
        native_unit_of_measurement=USD,
        value_fn=lambda purse: float(purse.standing().elsewhere),
        set_fn=lambda purse, value: purse.async_set(elsewhere=_dollars(value)),
    ),
    BudgetNumberDescription(
        key="wakes_a_day",
        native_max_value=MOST_WAKES,
        native_step=1,
        value_fn=lambda purse: purse.wakes_a_day,
        set_fn=lambda purse, value: purse.async_set(wakes_a_day=round(value)),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the numbers."""
    async_follow_products(
        entry,
        Platform.NUMBER,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, VEHICLE_NUMBERS, VehicleNumber),
            *site_candidates(entry, SITE_NUMBERS, SiteNumber),
            *account_candidates(entry, BUDGET_NUMBERS, BudgetNumber),
        ),
    )


class VehicleNumber(VehicleEntity, NumberEntity):
    """A number of a car."""

    entity_description: VehicleNumberDescription
    _attr_native_step = 1

    @override
    def _show(self) -> object:
        description = self.entity_description
        self._attr_native_value = description.value_fn(self.vehicle)
        self._attr_native_min_value = description.min_fn(self.vehicle)
        self._attr_native_max_value = description.max_fn(self.vehicle)
        return self._attr_native_value, self._attr_native_min_value, self._attr_native_max_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        description = self.entity_description
        await async_send(self.coordinator, description.command, **{description.parameter: round(value)})


class SiteNumber(SettingEntity, NumberEntity):
    """A percentage of an energy site."""

    entity_description: SiteNumberDescription
    _attr_native_step = 1

    @override
    def _show(self) -> object:
        percent = self.known_value
        self._attr_native_value = percent if isinstance(percent, int) else None
        return self._attr_native_value, self.show_outcome()

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        await self.async_change(round(value), paced=True)


class BudgetNumber(AccountEntity, NumberEntity):
    """A number that a person decides on for a Tesla app, whichever of its accounts it is set at."""

    entity_description: BudgetNumberDescription

    @override
    def _show(self) -> object:
        self._attr_native_value = self.entity_description.value_fn(self._account.purse)
        return self._attr_native_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        await self.entity_description.set_fn(self._account.purse, value)
