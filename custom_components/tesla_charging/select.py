"""Selects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .budget.prices import UNPRICED, Belief
from .candidates import account_candidates, async_follow_products, site_candidates, vehicle_candidates
from .commands import async_send
from .energy.settings import RULES, Setting
from .energy.strategy import Strategy
from .entity import AccountDescription, AccountEntity, SiteDescription, SiteEntity, VehicleDescription, VehicleEntity
from .fleet.climate_commands import (
    AUTO_CONDITIONING_START,
    CAR,
    REMOTE_SEAT_COOLER_REQUEST,
    REMOTE_SEAT_HEATER_REQUEST,
    REMOTE_STEERING_WHEEL_HEAT_LEVEL_REQUEST,
    SEAT_COOLERS,
    SEAT_HEATERS,
    STEERING_WHEEL_LEVELS,
)
from .fleet.commands import VehicleCommand
from .fleet.models import Vehicle
from .fleet.models.site import ExportRule, OperationMode
from .fleet.paying import PriceClass
from .fleet.scopes import Scope
from .setting_entity import SettingDescription, SettingEntity

# The commands queue for each car and each site by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SiteSelectDescription(SettingDescription, SelectEntityDescription):
    """A select of an energy site."""


@dataclass(frozen=True, kw_only=True)
class StrategyDescription(SiteDescription, SelectEntityDescription):
    """What the battery is to do."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})


SELECTS: Final = (
    SiteSelectDescription(
        key=Setting.MODE,
        setting=Setting.MODE,
        entity_category=EntityCategory.CONFIG,
        options=[mode.value for mode in OperationMode],
        supported_fn=RULES[Setting.MODE].supported,
    ),
    SiteSelectDescription(
        key=Setting.EXPORTS,
        setting=Setting.EXPORTS,
        entity_category=EntityCategory.CONFIG,
        options=[rule.value for rule in ExportRule],
        supported_fn=RULES[Setting.EXPORTS].supported,
    ),
)

STRATEGY: Final = StrategyDescription(
    key="battery_strategy",
    options=[strategy.value for strategy in Strategy],
    supported_fn=lambda site: site.has_battery and site.info_read_at is not None,
)


@dataclass(frozen=True, kw_only=True)
class BeliefDescription(AccountDescription, SelectEntityDescription):
    """What is believed of a class of requests that has no published price."""

    kind: PriceClass


BELIEFS: Final = tuple(
    BeliefDescription(
        key=f"{kind}_price",
        kind=kind,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        options=[belief.value for belief in Belief],
    )
    for kind in UNPRICED
)


@dataclass(frozen=True, kw_only=True)
class VehicleSelectDescription(VehicleDescription, SelectEntityDescription):
    """Levels of warmth or cold of a car; `levels` are those of the command, by option, and what each is read as."""

    scopes: frozenset[Scope] = CAR
    level_fn: Callable[[Vehicle], int | None]
    command: VehicleCommand
    parameter: str
    levels: Mapping[str, int]
    reads: Mapping[int, frozenset[int]] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)

    def option_fn(self, car: Vehicle) -> str | None:
        """Return the option that a car shows."""
        level = self.level_fn(car)
        return next((name for name, one in self.levels.items() if level in self.reads.get(one, {one})), None)


_SEAT_LEVELS: Final = {"off": 0, "low": 1, "medium": 2, "high": 3}
_WHEEL_LEVELS: Final = {"off": 0, "low": 1, "high": 3}
_FRONT_SEATS: Final = ("seat_heater_left", "seat_heater_right")


def _has_seat(name: str) -> Callable[[Vehicle], bool]:
    """Return whether a car has a seat that it can warm: every car in front; others tell of it, if they were built with it."""

    def has(car: Vehicle) -> bool:
        if name in _FRONT_SEATS:
            return True
        told = getattr(car.climate_state, name) is not None
        if "third_row" in name:
            return told and car.vehicle_config.third_row_seats not in (None, "None")
        return told and car.vehicle_config.rear_seat_heaters != 0

    return has


def _level(name: str) -> Callable[[Vehicle], int | None]:
    def level(car: Vehicle) -> int | None:
        found: int | None = getattr(car.climate_state, name)
        return found

    return level


def _seat(position: int, name: str) -> VehicleSelectDescription:
    return VehicleSelectDescription(
        key=name,
        entity_registry_enabled_default=name in _FRONT_SEATS,
        options=list(_SEAT_LEVELS),
        supported_fn=_has_seat(name),
        level_fn=_level(name),
        command=REMOTE_SEAT_HEATER_REQUEST,
        parameter="level",
        levels=_SEAT_LEVELS,
        body={"seat_position": position},
    )


def _cooled_seat(position: int, name: str) -> VehicleSelectDescription:
    return VehicleSelectDescription(
        key=name,
        options=list(_SEAT_LEVELS),
        supported_fn=lambda car: car.vehicle_config.has_seat_cooling is True,
        level_fn=_level(name),
        command=REMOTE_SEAT_COOLER_REQUEST,
        parameter="seat_cooler_level",
        levels=_SEAT_LEVELS,
        body={"seat_position": position},
    )


VEHICLE_SELECTS: Final = (
    *(_seat(position, name) for position, name in enumerate(SEAT_HEATERS)),
    *(_cooled_seat(position, name) for position, name in SEAT_COOLERS.items()),
    VehicleSelectDescription(
        key="steering_wheel_heat_level",
        options=list(_WHEEL_LEVELS),
        supported_fn=lambda car: car.climate_state.steering_wheel_heat_level is not None,
        level_fn=_level("steering_wheel_heat_level"),
        command=REMOTE_STEERING_WHEEL_HEAT_LEVEL_REQUEST,
        parameter="level",
        levels=_WHEEL_LEVELS,
        reads=STEERING_WHEEL_LEVELS,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the selects."""
    async_follow_products(
        entry,
        Platform.SELECT,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, VEHICLE_SELECTS, VehicleSelect),
            *site_candidates(entry, SELECTS, SiteSelect),
            *site_candidates(entry, (STRATEGY,), StrategySelect),
            *account_candidates(entry, BELIEFS, BeliefSelect),
        ),
    )


class VehicleSelect(VehicleEntity, SelectEntity):
    """Levels of warmth or cold of a car. Nothing is warmed or cooled while the climate is off, so it is turned on first."""

    entity_description: VehicleSelectDescription

    @override
    def _show(self) -> object:
        self._attr_current_option = self.entity_description.option_fn(self.vehicle)
        return self._attr_current_option

    @override
    async def async_select_option(self, option: str) -> None:
        """Select it."""
        description = self.entity_description
        level = description.levels[option]
        if level:
            await async_send(self.coordinator, AUTO_CONDITIONING_START)
        await async_send(self.coordinator, description.command, **description.body, **{description.parameter: level})


class SiteSelect(SettingEntity, SelectEntity):
    """A select of an energy site."""

    entity_description: SiteSelectDescription

    @override
    def _show(self) -> object:
        option = self.known_value
        self._attr_current_option = str(option) if option is not None else None
        return self._attr_current_option, self.show_outcome()

    @override
    async def async_select_option(self, option: str) -> None:
        """Select it."""
        await self.async_change(option)


class StrategySelect(SiteEntity, SelectEntity):
    """What the battery is to do; its attributes tell until when, and what comes back then."""

    entity_description: StrategyDescription

    @override
    def _show(self) -> object:
        note, current = self.strategy.note, self.strategy.current
        self._attr_options = [strategy.value for strategy in self.strategy.options]
        self._attr_current_option = current
        told = {"until": note.until, "own_settings": note.own} if current is not Strategy.OWN else {}
        self._attr_extra_state_attributes = told
        return current, self._attr_options, told

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose it, without an end."""
        await self.strategy.async_choose(Strategy(option))


class BeliefSelect(AccountEntity, SelectEntity):
    """What is believed of a class of requests that has no published price."""

    entity_description: BeliefDescription

    @override
    def _show(self) -> object:
        self._attr_current_option = self.standing.prices.belief(self.entity_description.kind)
        return self._attr_current_option

    @override
    async def async_select_option(self, option: str) -> None:
        """Believe it."""
        await self._account.purse.async_set(beliefs={self.entity_description.kind: Belief(option)})
