"""Locks."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .charging.power import plugged_in
from .commands import async_send
from .const import DOMAIN
from .entity import VehicleDescription, VehicleEntity
from .fleet.body_commands import DOOR_LOCK, DOOR_UNLOCK
from .fleet.climate_commands import CAR
from .fleet.commands import CHARGE_PORT_DOOR_OPEN
from .fleet.models.vehicle import ChargePortLatch, VehicleState
from .fleet.scopes import CHARGING, Scope

# The commands queue for each car by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleLockDescription(VehicleDescription, LockEntityDescription):
    """A lock of a car."""

    scopes: frozenset[Scope] = CHARGING


CABLE_LOCK: Final = VehicleLockDescription(key="charge_cable_lock")
DOOR_LOCKS: Final = VehicleLockDescription(key="door_lock", scopes=CAR)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the locks."""
    async_follow_products(
        entry,
        Platform.LOCK,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, (CABLE_LOCK,), ChargeCableLock),
            *vehicle_candidates(entry, (DOOR_LOCKS,), DoorLock),
        ),
    )


class DoorLock(VehicleEntity, LockEntity):
    """The doors."""

    entity_description: VehicleLockDescription

    @override
    def _show(self) -> object:
        self._attr_is_locked = self.vehicle.vehicle_state.locked
        return self._attr_is_locked

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock them."""
        await async_send(self.coordinator, DOOR_LOCK)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock them."""
        await async_send(self.coordinator, DOOR_UNLOCK)


class ChargeCableLock(VehicleEntity, LockEntity):
    """The latch that holds the cable: the car closes it by itself, and a command opens it."""

    entity_description: VehicleLockDescription

    @override
    def _show(self) -> object:
        latch = self.vehicle.charge_state.charge_port_latch
        self._attr_is_locked = None if latch is None else latch is ChargePortLatch.ENGAGED
        self._attr_is_jammed = latch is ChargePortLatch.BLOCKING
        return self._attr_is_locked, self._attr_is_jammed

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Refuse: no command does that."""
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="cable_locks_itself")

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Let go of the cable; without one the flap would open, which is another wish."""
        if plugged_in(self.vehicle.charge_state) is False and not self.coordinator.fresh:
            await self.coordinator.async_look()
            if not self.coordinator.fresh:
                asleep = self.vehicle.state is VehicleState.ASLEEP
                key = "left_asleep" if asleep else "unseen"
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
        if plugged_in(self.vehicle.charge_state) is False:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="refused_disconnected")
        await async_send(self.coordinator, CHARGE_PORT_DOOR_OPEN)
