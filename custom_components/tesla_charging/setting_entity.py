"""What the entities of a site's settings share: the value, what became of the last change, and how to change it."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory

from .controls import async_set
from .energy.settings import RULES, Setting, Value
from .energy.wishes import Outcome, Wish
from .entity import SiteDescription, SiteEntity
from .fleet.scopes import Scope

LAST_CHANGE: Final = "last_change"


@dataclass(frozen=True, kw_only=True)
class SettingDescription(SiteDescription):
    """An entity of a setting."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})
    setting: Setting


def told_value(setting: Setting, value: object) -> object:
    """Return a value as attributes and events tell it: of a tariff only its name."""
    return value.get("name") if setting is Setting.TARIFF and isinstance(value, dict) else value


def told_wish(wish: Wish) -> dict[str, Any]:
    """Return what an attribute or an event tells of a wish."""
    told: dict[str, Any] = {"wanted": told_value(wish.key, wish.value)}
    if wish.outcome in (Outcome.REJECTED, Outcome.TAKEN_BACK):
        told |= {"found": told_value(wish.key, wish.found), "reason": wish.reason}
    return told


class SettingEntity(SiteEntity):
    """An entity of a setting."""

    entity_description: SettingDescription

    @property
    def known_value(self) -> Value | None:
        """The value as it is shown."""
        return RULES[self.entity_description.setting].read(self.site)

    def show_outcome(self) -> object:
        """Tell what became of the last change; return what that depends on."""
        wish = self.settings.notes.wish(self.entity_description.setting)
        told = {} if wish is None else {LAST_CHANGE: wish.outcome, **told_wish(wish)}
        self._attr_extra_state_attributes = told
        return told

    async def async_change(self, value: Value, *, paced: bool = False) -> None:
        """Make it have this value."""
        await async_set(self.settings, {self.entity_description.setting: value}, paced=paced)


@dataclass(frozen=True, kw_only=True)
class SettingsSensorDescription(SiteDescription, SensorEntityDescription):
    """What became of the settings of a site."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})


SETTINGS_SENSOR: Final = SettingsSensorDescription(
    key="settings",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=[outcome.value for outcome in Outcome],
    supported_fn=lambda site: site.has_battery,
)


class SettingsSensor(SiteEntity, SensorEntity):
    """What became of the last setting that was sent; its attributes tell it of each one."""

    entity_description: SettingsSensorDescription

    @override
    def _show(self) -> object:
        wishes = sorted(self.settings.notes.wishes, key=lambda wish: str(wish.sent_at))
        self._attr_native_value = wishes[-1].outcome if wishes else None
        told = {wish.key.value: {"outcome": wish.outcome, "at": wish.sent_at, **told_wish(wish)} for wish in wishes}
        self._attr_extra_state_attributes = told
        return told
