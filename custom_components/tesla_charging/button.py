"""Buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import Account, TeslaConfigEntry
from .budget.asking import by_person
from .candidates import account_candidates, async_follow_products, vehicle_candidates
from .commands import async_send, async_wake
from .coordinators import VehicleCoordinator
from .device_targets import place_of
from .entity import AccountDescription, AccountEntity, VehicleDescription, VehicleEntity
from .errors import translated
from .fleet.body_commands import (
    FLASH_LIGHTS,
    HONK_HORN,
    KEEP_ACCESSORY_POWER_MODE,
    REMOTE_BOOMBOX,
    REMOTE_START_DRIVE,
    SET_LOW_POWER_MODE,
    TRIGGER_HOMELINK,
)
from .fleet.climate_commands import CAR
from .fleet.commands import (
    CHARGE_MAX_RANGE,
    CHARGE_PORT_DOOR_CLOSE,
    CHARGE_PORT_DOOR_OPEN,
    CHARGE_STANDARD,
    WAKE_UP_SCOPES,
    VehicleCommand,
)
from .fleet.errors import FleetError
from .fleet.scopes import CHARGING, Scope
from .fleet.trip_commands import CANCEL_SOFTWARE_UPDATE, MEDIA_NEXT_FAV, MEDIA_PREV_FAV
from .seldom_entities import FIND_SUPERCHARGERS, FileButton

# The commands queue for each car and each site by themselves (coordinators/turns.py).
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class VehicleButtonDescription(VehicleDescription, ButtonEntityDescription):
    """A button of a car."""

    scopes: frozenset[Scope] = CHARGING
    needs_data: bool = False
    press: Callable[[VehicleCoordinator], Awaitable[None]]


async def _refresh(coordinator: VehicleCoordinator) -> None:
    await coordinator.async_look()
    if not coordinator.last_update_success and isinstance(err := coordinator.last_exception, HomeAssistantError):
        raise HomeAssistantError(
            translation_domain=err.translation_domain,
            translation_key=err.translation_key,
            translation_placeholders=err.translation_placeholders,
        ) from None


def _sends(command: VehicleCommand, /, **body: object) -> Callable[[VehicleCoordinator], Awaitable[None]]:
    return lambda coordinator: async_send(coordinator, command, **body)


async def _trigger_homelink(coordinator: VehicleCoordinator) -> None:
    await async_send(coordinator, TRIGGER_HOMELINK, **place_of(coordinator))


def _car_button(
    key: str, press: Callable[[VehicleCoordinator], Awaitable[None]], **more: Any
) -> VehicleButtonDescription:
    return VehicleButtonDescription(key=key, scopes=CAR, press=press, **more)


# What the product list calls cars that take signed commands, whether they must or not (fleet_api.md 5.2).
_SIGNABLE: Final = ("required", "allowed")


def _setting_button(key: str, command: VehicleCommand, **body: object) -> VehicleButtonDescription:
    return _car_button(
        key,
        _sends(command, **body),
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        supported_fn=lambda car: not command.signed_only or car.signs or car.command_signing in _SIGNABLE,
    )


BUTTONS: Final = (
    VehicleButtonDescription(key="wake", scopes=WAKE_UP_SCOPES, press=async_wake),
    VehicleButtonDescription(
        key="refresh",
        entity_category=EntityCategory.DIAGNOSTIC,
        scopes=frozenset({Scope.VEHICLE_DEVICE_DATA}),
        press=_refresh,
    ),
    VehicleButtonDescription(key="charge_standard", press=_sends(CHARGE_STANDARD)),
    VehicleButtonDescription(key="charge_max_range", press=_sends(CHARGE_MAX_RANGE)),
    VehicleButtonDescription(key="charge_port_door_open", press=_sends(CHARGE_PORT_DOOR_OPEN)),
    VehicleButtonDescription(
        key="charge_port_door_close",
        supported_fn=lambda car: car.vehicle_config.motorized_charge_port is not False,
        press=_sends(CHARGE_PORT_DOOR_CLOSE),
    ),
    _car_button("flash_lights", _sends(FLASH_LIGHTS)),
    _car_button("honk_horn", _sends(HONK_HORN)),
    _car_button(
        "remote_start_drive",
        _sends(REMOTE_START_DRIVE),
        supported_fn=lambda car: car.vehicle_state.remote_start_supported is not False,
    ),
    _car_button(
        "trigger_homelink",
        _trigger_homelink,
        needs_data=True,
        supported_fn=lambda car: bool(car.vehicle_state.homelink_device_count),
    ),
    _car_button("boombox", _sends(REMOTE_BOOMBOX, sound=0), entity_registry_enabled_default=False),
    _car_button("boombox_locate", _sends(REMOTE_BOOMBOX, sound=2000), entity_registry_enabled_default=False),
    _car_button("media_next_fav", _sends(MEDIA_NEXT_FAV), entity_registry_enabled_default=False),
    _car_button("media_prev_fav", _sends(MEDIA_PREV_FAV), entity_registry_enabled_default=False),
    _setting_button("cancel_software_update", CANCEL_SOFTWARE_UPDATE),
    # What the car does with these it does not tell, so that they are no switches.
    _setting_button("keep_accessory_power_on", KEEP_ACCESSORY_POWER_MODE, enable=True),
    _setting_button("keep_accessory_power_off", KEEP_ACCESSORY_POWER_MODE, enable=False),
    _setting_button("low_power_mode_on", SET_LOW_POWER_MODE, enable=True),
    _setting_button("low_power_mode_off", SET_LOW_POWER_MODE, enable=False),
)


@dataclass(frozen=True, kw_only=True)
class AccountButtonDescription(AccountDescription, ButtonEntityDescription):
    """A button of the account itself."""

    press: Callable[[Account], Awaitable[None]]


async def _try_again(account: Account) -> None:
    await account.purse.async_probe_again()
    with by_person():
        await account.products.async_refresh()
    if closed := account.purse.standing().closed:
        raise translated(FleetError(closed.fault))


TRY_AGAIN: Final = AccountButtonDescription(
    key="try_again", entity_category=EntityCategory.DIAGNOSTIC, press=_try_again
)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons."""
    async_follow_products(
        entry,
        Platform.BUTTON,
        async_add_entities,
        lambda: (
            *vehicle_candidates(entry, BUTTONS, VehicleButton),
            *vehicle_candidates(entry, (FIND_SUPERCHARGERS,), FileButton),
            *account_candidates(entry, (TRY_AGAIN,), AccountButton),
        ),
    )


class VehicleButton(VehicleEntity, ButtonEntity):
    """A button of a car."""

    entity_description: VehicleButtonDescription

    @override
    def _show(self) -> object:
        return None

    @override
    async def async_press(self) -> None:
        """Press it."""
        await self.entity_description.press(self.coordinator)


class AccountButton(AccountEntity, ButtonEntity):
    """A button that asks a Tesla app which is switched off whether it is on again; of no use while it is on."""

    entity_description: AccountButtonDescription

    @override
    def _show(self) -> object:
        return None

    @property
    @override
    def available(self) -> bool:
        """There is nothing to try while Tesla answers."""
        return self.standing.closed is not None

    @override
    async def async_press(self) -> None:
        """Press it."""
        await self.entity_description.press(self._account)
