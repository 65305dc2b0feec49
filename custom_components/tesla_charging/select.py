"""Selects."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .budget.prices import UNPRICED, Belief
from .candidates import account_candidates, async_follow_products, site_candidates
from .energy.settings import RULES, Setting
from .energy.strategy import Strategy
from .entity import AccountDescription, AccountEntity, SiteDescription, SiteEntity
from .fleet.models.site import ExportRule, OperationMode
from .fleet.paying import PriceClass
from .fleet.scopes import Scope
from .setting_entity import SettingDescription, SettingEntity

PARALLEL_UPDATES = 1


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


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the selects."""
    async_follow_products(
        entry,
        Platform.SELECT,
        async_add_entities,
        lambda: (
            *site_candidates(entry, SELECTS, SiteSelect),
            *site_candidates(entry, (STRATEGY,), StrategySelect),
            *account_candidates(entry, BELIEFS, BeliefSelect),
        ),
    )


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
