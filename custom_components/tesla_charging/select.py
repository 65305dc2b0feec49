"""Selects."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .budget.prices import UNPRICED, Belief
from .commands import async_write
from .entity import (
    AccountDescription,
    AccountEntity,
    SiteDescription,
    SiteEntity,
    account_candidates,
    async_follow_products,
    site_candidates,
)
from .fleet.commands import GRID_IMPORT_EXPORT, OPERATION, SiteCommand
from .fleet.models import EnergySite
from .fleet.models.site import ExportRule, OperationMode
from .fleet.paying import PriceClass
from .fleet.scopes import Scope

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SiteSelectDescription(SiteDescription, SelectEntityDescription):
    """A select of an energy site; `parameter` is its name in the command."""

    live: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.ENERGY_CMDS})
    value_fn: Callable[[EnergySite], str | None]
    command: SiteCommand
    parameter: str


SELECTS: Final = (
    SiteSelectDescription(
        key="default_real_mode",
        entity_category=EntityCategory.CONFIG,
        options=[mode.value for mode in OperationMode],
        supported_fn=lambda site: site.has_battery,
        value_fn=lambda site: site.site_info.default_real_mode,
        command=OPERATION,
        parameter="default_real_mode",
    ),
    SiteSelectDescription(
        key="customer_preferred_export_rule",
        entity_category=EntityCategory.CONFIG,
        options=[rule.value for rule in ExportRule],
        supported_fn=lambda site: (
            site.has_battery
            and site.has_solar
            and (
                site.site_info.components.customer_preferred_export_rule is not None
                or bool(site.site_info.components.edit_setting_energy_exports)
            )
        ),
        value_fn=lambda site: site.site_info.components.customer_preferred_export_rule,
        command=GRID_IMPORT_EXPORT,
        parameter="customer_preferred_export_rule",
    ),
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
        lambda: (*site_candidates(entry, SELECTS, SiteSelect), *account_candidates(entry, BELIEFS, BeliefSelect)),
    )


class SiteSelect(SiteEntity, SelectEntity):
    """A select of an energy site."""

    entity_description: SiteSelectDescription

    @override
    def _show(self) -> object:
        self._attr_current_option = self.entity_description.value_fn(self.site)
        return self._attr_current_option

    @override
    async def async_select_option(self, option: str) -> None:
        """Select it."""
        description = self.entity_description
        await async_write(self.settings, description.command, **{description.parameter: option})


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
