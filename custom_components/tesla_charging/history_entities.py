"""Entities of the import of a site's history: the switch, how far it is, and the outages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, override

from homeassistant.components.event import EventEntityDescription
from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.core import CALLBACK_TYPE, callback

from .account import TeslaConfigEntry
from .candidates import Candidate, site_supports
from .energy.spread import Stretch
from .entity import SiteDescription, SiteEntity, TellingEntity
from .history import SiteHistory, histories_of

OUTAGE: Final = "outage"


@dataclass(frozen=True, kw_only=True)
class HistorySwitchDescription(SiteDescription, SwitchEntityDescription):
    """Whether the history is imported."""


@dataclass(frozen=True, kw_only=True)
class HistorySensorDescription(SiteDescription, SensorEntityDescription):
    """How far the import is."""


@dataclass(frozen=True, kw_only=True)
class HistoryEventDescription(SiteDescription, EventEntityDescription):
    """What the history tells of."""


IMPORT: Final = HistorySwitchDescription(key="history_import", entity_category=EntityCategory.CONFIG)
PROGRESS: Final = HistorySensorDescription(
    key="history_progress",
    entity_category=EntityCategory.DIAGNOSTIC,
    native_unit_of_measurement=PERCENTAGE,
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=1,
)
OUTAGES: Final = HistoryEventDescription(
    key="outages", event_types=[OUTAGE], supported_fn=lambda site: site.has_battery
)


class _HistoryEntity(SiteEntity):
    """An entity of the import of a site's history."""

    def __init__(self, entry: TeslaConfigEntry, history: SiteHistory, description: SiteDescription) -> None:
        """Belong to the site."""
        self._history = history
        super().__init__(entry.runtime_data.sites[history.site_id], description)

    @property
    @override
    def available(self) -> bool:
        """It does not depend on Tesla."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the import."""
        await super().async_added_to_hass()
        self.async_on_remove(self._history.async_follow(self._handle_coordinator_update))


class HistorySwitch(_HistoryEntity, SwitchEntity):
    """Whether the history is imported."""

    entity_description: HistorySwitchDescription

    @override
    def _show(self) -> object:
        self._attr_is_on = not self._history.record.paused
        return self._attr_is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Go on."""
        await self._history.async_pause(False)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop; what is imported stays."""
        await self._history.async_pause(True)


class ProgressSensor(_HistoryEntity, SensorEntity):
    """How far the import is."""

    entity_description: HistorySensorDescription

    @override
    def _show(self) -> object:
        record = self._history.record
        self._attr_native_value = self._history.progress
        self._attr_extra_state_attributes = {
            "imported_since": record.first,
            "imported_until": record.next_day,
            "suspect_days": len(record.suspects),
        }
        return self._attr_native_value, self._attr_extra_state_attributes


class OutageEvents(TellingEntity, _HistoryEntity):
    """Outages that the Powerwall has bridged, as Tesla tells of them when they are over."""

    entity_description: HistoryEventDescription

    @override
    def _follow(self) -> CALLBACK_TYPE:
        return self._history.async_follow_outages(self._tell)

    @callback
    def _tell(self, outage: Stretch) -> None:
        start = datetime.fromtimestamp(outage.start, UTC)
        self.tell(OUTAGE, start=start.isoformat(), duration=outage.seconds)


def history_candidates(
    entry: TeslaConfigEntry,
    descriptions: Iterable[SiteDescription],
    of: type[HistorySwitch | ProgressSensor | OutageEvents],
) -> Iterator[Candidate]:
    """Return a candidate for each import and description."""
    account = entry.runtime_data
    for site_id, history in histories_of(account.hass, entry).items():
        for description in descriptions:
            yield Candidate(
                unique_id=f"{site_id}-{description.key}",
                granted=account.scopes >= description.scopes,
                is_supported=partial(site_supports, account.sites[site_id], description),
                make=partial(of, entry, history, description),
            )
