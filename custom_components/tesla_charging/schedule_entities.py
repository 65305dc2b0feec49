"""Entities of schedules: they come, go and move on by the clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .account import TeslaConfigEntry
from .charging.schedules import Kind, Schedule, known_schedules, next_of_kind, week_at_home
from .charging.week import time_of
from .coordinators import VehicleCoordinator
from .entity import VehicleDescription, VehicleEntity
from .fleet.scopes import CHARGING, Scope
from .scheduling import async_update, home_of


def schedule_name(coordinator: VehicleCoordinator, schedule: Schedule) -> str:
    """Return what a schedule is called: its name, else its times by Home Assistant's clock."""
    if schedule.name:
        return schedule.name
    week = week_at_home(coordinator.data, schedule, home_of(coordinator.hass), dt_util.utcnow())
    times = (None if at is None else time_of(at).isoformat("minutes") for at in (week.start, week.end))
    return "–".join(at or "…" for at in times) if week.end is not None else next(times) or ""


# Switches


@dataclass(frozen=True, kw_only=True)
class ScheduleSwitchDescription(VehicleDescription, SwitchEntityDescription):
    """The switches of the schedules of a kind."""

    kind: Kind
    scopes: frozenset[Scope] = CHARGING
    entity_category: EntityCategory | None = EntityCategory.CONFIG


SCHEDULE_SWITCHES: Final = (
    ScheduleSwitchDescription(key="charge_schedule", kind=Kind.CHARGE),
    ScheduleSwitchDescription(key="precondition_schedule", kind=Kind.PRECONDITION),
)


class ScheduleSwitch(VehicleEntity, SwitchEntity):
    """Whether a schedule is enabled."""

    entity_description: ScheduleSwitchDescription

    def __init__(
        self, coordinator: VehicleCoordinator, description: ScheduleSwitchDescription, schedule: Schedule
    ) -> None:
        """Belong to a schedule."""
        self._id = schedule.id
        super().__init__(coordinator, description)
        self._attr_unique_id = f"{_prefix(coordinator, description)}{schedule.id}"

    @property
    @override
    def available(self) -> bool:
        """Unavailable while it is not sure whether the schedule is gone."""
        return super().available and self._schedule is not None

    @property
    def _schedule(self) -> Schedule | None:
        known = known_schedules(self.vehicle, self.entity_description.kind) or ()
        return next((one for one in known if one.id == self._id), None)

    @override
    def _show(self) -> object:
        schedule = self._schedule
        self._attr_is_on = None if schedule is None else schedule.enabled
        if schedule is not None:
            self._attr_translation_placeholders = {"name": schedule_name(self.coordinator, schedule)}
            # Home Assistant keeps the name that it made of the placeholders.
            self.__dict__.pop("name", None)
        return self._attr_is_on, self._attr_translation_placeholders

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Enable it."""
        await async_update(self.coordinator, self.entity_description.kind, self._id, {"enabled": True})

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Disable it."""
        await async_update(self.coordinator, self.entity_description.kind, self._id, {"enabled": False})


def _prefix(coordinator: VehicleCoordinator, description: ScheduleSwitchDescription) -> str:
    return f"{coordinator.vin}-{description.key}_"


@callback
def async_follow_schedules(entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add a switch for each schedule, and remove those whose schedule a read has not found any more."""
    account = entry.runtime_data
    registry = er.async_get(account.hass)
    # When the car was last read while a schedule was there; what only a command has changed is no proof.
    seen: dict[str, datetime | None] = {}
    added: set[str] = set()
    # What the registry was last held against: a look at it goes through all entities of the account.
    held_against: dict[str, object] = {}

    @callback
    def look() -> None:
        new: list[ScheduleSwitch] = []
        for coordinator in account.vehicles.values():
            for description in SCHEDULE_SWITCHES:
                found = _to_switch(account.scopes, coordinator, description)
                if found is None:
                    continue
                for unique_id, schedule in found.items():
                    seen[unique_id] = coordinator.data.read_at
                    if unique_id not in added:
                        added.add(unique_id)
                        new.append(ScheduleSwitch(coordinator, description, schedule))
                remove_gone(coordinator, description, found)
        if new:
            async_add_entities(new)

    def remove_gone(
        coordinator: VehicleCoordinator, description: ScheduleSwitchDescription, found: Collection[str]
    ) -> None:
        prefix, read_at = _prefix(coordinator, description), coordinator.data.read_at
        granted = bool(account.scopes & description.scopes)
        if held_against.get(prefix) == (known := ({*found}, read_at, granted)):
            return
        held_against[prefix] = known
        for one in er.async_entries_for_config_entry(registry, entry.entry_id):
            unique_id = one.unique_id
            if one.domain != Platform.SWITCH or not unique_id.startswith(prefix) or unique_id in found:
                continue
            if seen.setdefault(unique_id, read_at) != read_at or not granted:
                added.discard(unique_id)
                del seen[unique_id]
                registry.async_remove(one.entity_id)

    look()
    entry.async_on_unload(account.async_follow(look))


def _to_switch(
    scopes: frozenset[str], coordinator: VehicleCoordinator, description: ScheduleSwitchDescription
) -> dict[str, Schedule] | None:
    """Return the schedules that have a switch, by its unique id, None if they are not known.

    What older firmware has instead is gone when it is off, so there is nothing to switch on again.
    """
    if not scopes & description.scopes:
        return {}
    known = known_schedules(coordinator.data, description.kind)
    if known is None:
        return None
    return {f"{_prefix(coordinator, description)}{one.id}": one for one in known if not one.legacy}


# Sensors


@dataclass(frozen=True, kw_only=True)
class NextTimeDescription(VehicleDescription, SensorEntityDescription):
    """A sensor of the next time that something is planned."""

    kind: Kind
    device_class: SensorDeviceClass | None = SensorDeviceClass.TIMESTAMP


NEXT_TIMES: Final = (
    NextTimeDescription(key="next_charge_schedule", kind=Kind.CHARGE),
    NextTimeDescription(key="next_ready_time", kind=Kind.PRECONDITION),
)


class NextTimeSensor(VehicleEntity, SensorEntity):
    """The next time that something is planned; it moves on when that has come."""

    entity_description: NextTimeDescription
    _attr_native_value: datetime | None = None
    _cancel: CALLBACK_TYPE | None = None
    _waits_for: datetime | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to wait."""
        await super().async_added_to_hass()
        self._wait()
        self.async_on_remove(self._stop_waiting)

    @override
    def _show(self) -> object:
        home = home_of(self.coordinator.hass)
        self._attr_native_value = next_of_kind(self.vehicle, self.entity_description.kind, home, dt_util.utcnow())
        return self._attr_native_value

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._wait()

    @callback
    def _wait(self) -> None:
        comes = self._attr_native_value
        if comes == self._waits_for:
            return
        self._stop_waiting()
        if comes is not None:
            self._waits_for = comes
            self._cancel = async_track_point_in_utc_time(self.hass, self._move_on, comes)

    @callback
    def _move_on(self, _: datetime) -> None:
        self._cancel = self._waits_for = None
        self._handle_coordinator_update()

    @callback
    def _stop_waiting(self) -> None:
        if self._cancel is not None:
            self._cancel()
        self._cancel = self._waits_for = None
