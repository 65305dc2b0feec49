"""Sensors of the budget: what the account has spent, and when its cars are read next, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.helpers.typing import StateType

from .account import Account
from .budget.why import WHYS, AppState, app_state, why
from .budget_feed import Shown
from .coordinators import VehicleCoordinator
from .entity import AccountDescription, AccountEntity, VehicleDescription, VehicleEntity
from .fleet.paying import PriceClass

USD: Final = "USD"
_DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
# What a request can be; nothing is streamed yet.
_CLASSES: Final = tuple(kind for kind in PriceClass if kind is not PriceClass.STREAMING)


@dataclass(frozen=True, kw_only=True)
class BudgetSensorDescription(AccountDescription, SensorEntityDescription):
    """A sensor of the ledger. since_fn: since when it is counted, where it is counted."""

    value_fn: Callable[[Shown], StateType]
    since_fn: Callable[[Shown], datetime] | None = None


def _money(key: str, value_fn: Callable[[Shown], Decimal], **more: bool) -> BudgetSensorDescription:
    counted = more.get("counted", False)
    return BudgetSensorDescription(
        key=key,
        device_class=SensorDeviceClass.MONETARY,
        entity_category=None if more.get("main", True) else _DIAGNOSTIC,
        entity_registry_enabled_default=more.get("main", True),
        native_unit_of_measurement=USD,
        state_class=SensorStateClass.TOTAL if counted else None,
        suggested_display_precision=2,
        # Tenths of a cent are a read; what is below them is none.
        value_fn=lambda shown: float(round(value_fn(shown), 4)),
        since_fn=_month if counted else None,
    )


def _month(shown: Shown) -> datetime:
    return shown.month_began


def _day(shown: Shown) -> datetime:
    return shown.day_began


def _requests(key: str, since_fn: Callable[[Shown], datetime], kind: PriceClass | None) -> BudgetSensorDescription:
    def count(shown: Shown) -> int:
        counts = shown.standing.month if since_fn is _month else shown.standing.today
        return sum(counts.values()) if kind is None else counts.get(kind, 0)

    return BudgetSensorDescription(
        key=key if kind is None else f"{kind}_{key}",
        entity_category=_DIAGNOSTIC,
        entity_registry_enabled_default=kind is None,
        state_class=SensorStateClass.TOTAL,
        value_fn=count,
        since_fn=since_fn,
    )


BUDGET_SENSORS: Final = (
    _money("spent", lambda shown: shown.standing.spent, counted=True),
    _money("forecast", lambda shown: shown.standing.forecast),
    _money("left", lambda shown: shown.standing.left),
    _money("reserve", lambda shown: shown.standing.reserve, main=False),
    BudgetSensorDescription(
        key="app_state",
        device_class=SensorDeviceClass.ENUM,
        entity_category=_DIAGNOSTIC,
        options=[state.value for state in AppState],
        value_fn=lambda shown: app_state(shown.standing),
    ),
    *(
        _requests(key, since_fn, kind)
        for key, since_fn in (("requests_today", _day), ("requests_this_month", _month))
        for kind in (None, *_CLASSES)
    ),
)


class BudgetSensor(AccountEntity, SensorEntity):
    """A sensor of the ledger; the attributes say which Tesla app it is for, and who uses it."""

    entity_description: BudgetSensorDescription
    _unrecorded_attributes = frozenset({"accounts"})

    @override
    def _show(self) -> object:
        description, shown = self.entity_description, self._account.budget.shown
        self._attr_native_value = description.value_fn(shown)
        self._attr_last_reset = description.since_fn(shown) if description.since_fn else None
        accounts = sorted(entry.title for entry in self._account.purse.entries.values())
        self._attr_extra_state_attributes = {"accounts": accounts}
        return self._attr_native_value, self._attr_last_reset, accounts


# The next read of a car


@dataclass(frozen=True, kw_only=True)
class NextReadDescription(VehicleDescription, SensorEntityDescription):
    """A sensor of the plan of a car."""

    needs_data: bool = False
    entity_category: EntityCategory | None = _DIAGNOSTIC
    value_fn: Callable[[VehicleCoordinator], StateType | datetime]


def _closed(car: VehicleCoordinator) -> bool:
    return car.context.purse.standing().closed is not None


def _next_read(car: VehicleCoordinator) -> datetime | None:
    plan = car.planner.told
    return None if plan is None or _closed(car) else plan.at.replace(microsecond=0)


def _reason(car: VehicleCoordinator) -> str:
    planner = car.planner
    paused = planner.wishes.paused
    return why(planner.told, planner.doing, car.data.state, paused=paused, closed=_closed(car)).value


NEXT_READS: Final = (
    NextReadDescription(key="next_read", device_class=SensorDeviceClass.TIMESTAMP, value_fn=_next_read),
    NextReadDescription(
        key="next_read_reason",
        device_class=SensorDeviceClass.ENUM,
        options=[one.value for one in WHYS],
        value_fn=_reason,
    ),
)


class NextReadSensor(VehicleEntity, SensorEntity):
    """When a car is read next, or why; it follows the plan."""

    entity_description: NextReadDescription

    @override
    def _show(self) -> object:
        self._attr_native_value = self.entity_description.value_fn(self.coordinator)
        return self._attr_native_value

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the plan, and the app at Tesla."""
        await super().async_added_to_hass()
        account: Account = self.coordinator.context.entry.runtime_data
        for listen in (self.coordinator.planner.async_listen, account.budget.async_listen):
            self.async_on_remove(listen(self._handle_coordinator_update))
