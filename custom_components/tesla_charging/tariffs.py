"""Writing the tariff of a site: from periods, or from the prices of an entity, once or whenever there are new ones."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
import logging
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .controls import async_set
from .coordinators import SiteInfoCoordinator
from .energy.price_list import PriceList, day_of, read_prices
from .energy.settings import RULES, Setting
from .energy.tariff import Tariff, tariff_of
from .energy.tariff_write import PricePeriod, TariffFlaw, Week, banded, below, content_of, week_of, week_of_side
from .energy.wishes import FollowNote
from .fleet.models import EnergySite

_LOGGER = logging.getLogger(__name__)
_NAME: Final = "Home Assistant"
# Tesla has let owners change a tariff seldom (fleet_api.md 7.8); the prices of the next day come once.
_WRITES_A_DAY: Final = 2
# New prices that reach this much further are worth a write.
_FURTHER: Final = timedelta(hours=6)


def zone_of(site: EnergySite) -> tzinfo:
    """Return the clock of a site, else Home Assistant's."""
    name = site.site_info.installation_time_zone
    zone = dt_util.get_time_zone(name) if name else None
    return zone or dt_util.get_default_time_zone()


class TariffKeeper:
    """The tariff of a site."""

    def __init__(self, info: SiteInfoCoordinator) -> None:
        """Go on following what was followed before a restart."""
        self._info = info
        self._lock = asyncio.Lock()
        self._cancel: list[CALLBACK_TYPE] = []
        self._listen()

    @property
    def note(self) -> FollowNote:
        """What is followed."""
        return self._info.notes.follow

    async def async_set_periods(
        self,
        buy: Sequence[PricePeriod],
        sell: Sequence[PricePeriod] | None,
        *,
        name: str | None = None,
        currency: str | None = None,
    ) -> Mapping[str, Any]:
        """Write a tariff of periods, and follow no entity any more; raises HomeAssistantError."""
        try:
            bought = week_of(buy)
            sold = self._known_sale() if sell is None else week_of(sell)
            content = content_of(name or self._known_name(), self._currency(currency), bought, sold)
        except TariffFlaw as flaw:
            raise _error(flaw) from None
        known = self._info.snapshot.current.site_info.tariff_content_v2 or {}
        if sell is None and sold is not None and "sell_tariff" in known:
            # With all that it has beyond a week of prices, such as seasons.
            content["sell_tariff"] = known["sell_tariff"]
        async with self._lock:
            sent = await self._write(content)
            self.stop_following()
        return sent

    async def async_set_prices(
        self,
        buy_entity: str,
        sell_entity: str | None,
        *,
        name: str | None = None,
        currency: str | None = None,
        follow: bool = False,
    ) -> Mapping[str, Any]:
        """Write the prices of the next 24 hours that entities tell; raises HomeAssistantError."""
        note = FollowNote(buy_entity=buy_entity, sell_entity=sell_entity, name=name, currency=currency)
        async with self._lock:
            content, known_until = self._priced(note)
            sent = await self._write(content)
            self._keep(self._counted(replace(note, stopped=not follow), known_until))
        return sent

    async def async_follow_again(self) -> None:
        """Follow the entities that were named last, with their prices of now; raises HomeAssistantError."""
        note = self.note
        if note.buy_entity is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="follow_nothing")
        await self.async_set_prices(
            note.buy_entity, note.sell_entity, name=note.name, currency=note.currency, follow=True
        )

    @callback
    def stop_following(self) -> None:
        """Leave the tariff as it is."""
        self._keep(replace(self.note, stopped=True))

    @callback
    def stop(self) -> None:
        """Listen no more."""
        while self._cancel:
            self._cancel.pop()()

    def _priced(self, note: FollowNote) -> tuple[dict[str, Any], datetime]:
        """Return the tariff of the next 24 hours, and until when its prices are known."""
        zone, now = zone_of(self._info.snapshot.current), dt_util.utcnow()
        try:
            prices = self._prices(note.buy_entity or "", zone)
            bought = week_of(day_of(prices, zone, now))
            if note.sell_entity is None:
                sold = self._known_sale()
            else:
                sold = week_of(day_of(self._prices(note.sell_entity, zone), zone, now))
            if sold is not None:
                sold = below(bought, sold)
            currency = self._currency(note.currency or prices.currency)
            return content_of(note.name or _NAME, currency, bought, sold), prices.end
        except TariffFlaw as flaw:
            raise _error(flaw, entity=note.buy_entity or "") from None

    def _prices(self, entity_id: str, zone: tzinfo) -> PriceList:
        state = self._info.hass.states.get(entity_id)
        if state is None:
            raise TariffFlaw("prices_missing")
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        today = dt_util.now(zone).date()
        return read_prices(state.attributes, unit if isinstance(unit, str) else None, zone, today)

    async def _write(self, content: dict[str, Any]) -> Mapping[str, Any]:
        """Send a tariff; where Tesla refuses labels that its pages do not name, with those that they do."""
        plainer = banded(content)
        if plainer is not None and self._info.notes.documented_labels:
            content, plainer = plainer, None
        try:
            await async_set(self._info, {Setting.TARIFF: content})
        except HomeAssistantError as err:
            if plainer is None or err.translation_key not in ("bad_request", "refused"):
                raise
            await async_set(self._info, {Setting.TARIFF: plainer})
            self._info.note(replace(self._info.notes, documented_labels=True))
            return plainer
        return content

    def _tariff(self) -> Tariff | None:
        return tariff_of(self._info.snapshot.current.site_info)

    def _known_sale(self) -> Week | None:
        """Return what is sold now, which stays where nothing else is said."""
        tariff = self._tariff()
        week = None if tariff is None or tariff.sell is None else week_of_side(tariff.sell)
        return week if week and all(day and day[0][0] == 0 for day in week) else None

    def _known_name(self) -> str:
        tariff = self._tariff()
        return (None if tariff is None else tariff.name) or _NAME

    def _currency(self, named: str | None) -> str:
        tariff = self._tariff()
        known = None if tariff is None else tariff.currency
        return named or known or str(self._info.hass.config.currency)

    # Following

    def _keep(self, note: FollowNote) -> None:
        self._info.note(replace(self._info.notes, follow=note))
        self._info.async_update_listeners()
        self._listen()

    def _counted(self, note: FollowNote, known_until: datetime) -> FollowNote:
        """Return a note after one more write today."""
        today = self._today
        writes = self.note.writes + 1 if self.note.day == today else 1
        return replace(note, known_until=known_until, day=today, writes=writes)

    @property
    def _today(self) -> str:
        return dt_util.now(zone_of(self._info.snapshot.current)).date().isoformat()

    def _listen(self) -> None:
        self.stop()
        if not self.note.active:
            return
        entities = [entity for entity in (self.note.buy_entity, self.note.sell_entity) if entity is not None]

        @callback
        def look(_: Event[EventStateChangedData] | HomeAssistant) -> None:
            self._look()

        self._cancel.append(async_track_state_change_event(self._info.hass, entities, look))
        self._cancel.append(async_at_started(self._info.hass, look))

    @callback
    def _look(self) -> None:
        """Write new prices if there are any, unless that was done often enough today."""
        note = self.note
        if not note.active or (note.day == self._today and note.writes >= _WRITES_A_DAY):
            return
        try:
            content, known_until = self._priced(note)
        except HomeAssistantError:
            return
        if note.known_until is not None and known_until < note.known_until + _FURTHER:
            return
        if self._lock.locked():
            return
        info = self._info
        info.context.entry.async_create_background_task(
            info.hass, self._follow(content, known_until), f"{DOMAIN} tariff of {info.name}"
        )

    async def _follow(self, content: dict[str, Any], known_until: datetime) -> None:
        async with self._lock:
            note = self.note
            try:
                await self._write(content)
            except HomeAssistantError as err:
                _LOGGER.warning("The new prices of the %s could not be sent: %s", self._info.name, err)
                known_until = note.known_until or dt_util.utcnow()
            if self.note == note:
                self._keep(self._counted(note, known_until))


def _error(flaw: TariffFlaw, **blanks: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=flaw.key, translation_placeholders={**blanks, **flaw.blanks}
    )


def supports_tariffs(site: EnergySite) -> bool:
    """Whether a site follows a tariff."""
    return RULES[Setting.TARIFF].supported(site)
