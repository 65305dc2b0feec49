"""Covers: all that opens and closes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.cover import CoverDeviceClass, CoverEntity, CoverEntityDescription, CoverEntityFeature
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, vehicle_candidates
from .commands import async_send
from .coordinators import VehicleCoordinator
from .device_targets import place_of
from .entity import VehicleDescription, VehicleEntity
from .fleet.body_commands import (
    ACTUATE_TRUNK,
    CLOSE_TONNEAU,
    OPEN_TONNEAU,
    STOP_TONNEAU,
    SUN_ROOF_CONTROL,
    SUN_ROOF_STOP,
    WINDOW_CONTROL,
    is_open,
    sun_roof_open,
    windows_open,
)
from .fleet.climate_commands import CAR
from .fleet.commands import CHARGE_PORT_DOOR_CLOSE, CHARGE_PORT_DOOR_OPEN, VehicleCommand
from .fleet.models import Vehicle
from .fleet.scopes import CHARGING, Scope

# The commands queue for each car by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0

type _Move = Callable[[VehicleCoordinator], Awaitable[None]]


def _sends(command: VehicleCommand, /, **body: object) -> _Move:
    return lambda coordinator: async_send(coordinator, command, **body)


async def _close_windows(coordinator: VehicleCoordinator) -> None:
    """Say where the car is, which old cars want to hear before they close their windows (fleet_api.md 6.4)."""
    await async_send(coordinator, WINDOW_CONTROL, command="close", **place_of(coordinator))


def _never(_: Vehicle) -> bool:
    return False


def _always(_: Vehicle) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class VehicleCoverDescription(VehicleDescription, CoverEntityDescription):
    """Something of a car that opens and closes; `opens`, `closes` and `stops` say whether a command does that."""

    scopes: frozenset[Scope] = CAR
    open_fn: Callable[[Vehicle], bool | None]
    position_fn: Callable[[Vehicle], int | None] = lambda _: None
    open: _Move
    opens: Callable[[Vehicle], bool] = _always
    close: _Move | None = None
    closes: Callable[[Vehicle], bool] = _always
    stop: _Move | None = None


def _trunk(key: str, which: str, field: str, closes: Callable[[Vehicle], bool]) -> VehicleCoverDescription:
    return VehicleCoverDescription(
        key=key,
        device_class=CoverDeviceClass.DOOR,
        open_fn=lambda car: is_open(getattr(car.vehicle_state, field)),
        open=_sends(ACTUATE_TRUNK, which_trunk=which, opens=True),
        opens=lambda car: car.vehicle_config.can_actuate_trunks is not False,
        close=_sends(ACTUATE_TRUNK, which_trunk=which, opens=False),
        closes=lambda car: car.vehicle_config.can_actuate_trunks is not False and closes(car),
    )


COVERS: Final = (
    VehicleCoverDescription(
        key="charge_port_door",
        device_class=CoverDeviceClass.DOOR,
        scopes=CHARGING,
        open_fn=lambda car: car.charge_state.charge_port_door_open,
        open=_sends(CHARGE_PORT_DOOR_OPEN),
        close=_sends(CHARGE_PORT_DOOR_CLOSE),
        closes=lambda car: car.vehicle_config.motorized_charge_port is not False,
    ),
    # A hand closes it.
    _trunk("frunk", "front", "ft", _never),
    _trunk("trunk", "rear", "rt", lambda car: car.vehicle_config.plg is not False),
    VehicleCoverDescription(
        key="windows",
        device_class=CoverDeviceClass.WINDOW,
        open_fn=lambda car: windows_open(car.vehicle_state),
        open=_sends(WINDOW_CONTROL, command="vent"),
        close=_close_windows,
    ),
    VehicleCoverDescription(
        key="sun_roof",
        device_class=CoverDeviceClass.WINDOW,
        supported_fn=lambda car: bool(car.vehicle_config.sun_roof_installed),
        open_fn=lambda car: sun_roof_open(car.vehicle_state),
        position_fn=lambda car: car.vehicle_state.sun_roof_percent_open,
        open=_sends(SUN_ROOF_CONTROL, state="vent"),
        close=_sends(SUN_ROOF_CONTROL, state="close"),
        stop=_sends(SUN_ROOF_STOP, state="stop"),
    ),
    VehicleCoverDescription(
        # What it does is not told (fleet_api.md 5.3): both ways are offered.
        key="tonneau",
        device_class=CoverDeviceClass.SHUTTER,
        supported_fn=lambda car: car.vehicle_config.car_type == "cybertruck",
        open_fn=lambda _: None,
        open=_sends(OPEN_TONNEAU),
        close=_sends(CLOSE_TONNEAU),
        stop=_sends(STOP_TONNEAU),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the covers."""
    async_follow_products(
        entry, Platform.COVER, async_add_entities, lambda: vehicle_candidates(entry, COVERS, VehicleCover)
    )


class VehicleCover(VehicleEntity, CoverEntity):
    """Something of a car that opens and closes; unknown is neither."""

    entity_description: VehicleCoverDescription

    @override
    def _show(self) -> object:
        description, car = self.entity_description, self.vehicle
        opened = description.open_fn(car)
        self._attr_is_closed = None if opened is None else not opened
        self._attr_current_cover_position = description.position_fn(car)
        features = CoverEntityFeature(0)
        if description.opens(car):
            features |= CoverEntityFeature.OPEN
        if description.close is not None and description.closes(car):
            features |= CoverEntityFeature.CLOSE
        if description.stop is not None:
            features |= CoverEntityFeature.STOP
        self._attr_supported_features = features
        return opened, self._attr_current_cover_position, features

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open it."""
        await self.entity_description.open(self.coordinator)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close it."""
        if self.entity_description.close is not None:
            await self.entity_description.close(self.coordinator)

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Stop it."""
        if self.entity_description.stop is not None:
            await self.entity_description.stop(self.coordinator)
