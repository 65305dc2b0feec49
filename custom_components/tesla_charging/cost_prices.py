"""What a kWh costs at home: by the price entity of the person, else by the site's tariff, else a number."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import dt as dt_util

from . import statistics
from .account import Site, TeslaConfigEntry
from .charging.cost import Price, PriceOf, PriceSource, by_steps, by_tariffs, fixed, nobody_knows
from .charging.session import Basis
from .cost_options import cost_options
from .cost_store import CostStore, Step
from .energy.clock import HOUR_S
from .energy.price_list import read_unit
from .energy.tariff import content_in
from .history import histories_of
from .tariffs import zone_of

# A currency that a unit names for sure; a dollar or a cent may be anybody's.
_SURE_SIGNS: Final = ("€", "£")


def currency_of(hass: HomeAssistant, unit: object) -> str:
    """Return the currency of a price by its unit; Home Assistant's where the unit does not say it for sure."""
    text = unit.strip() if isinstance(unit, str) else ""
    found = read_unit(text)[1]
    sure = found is not None and (text.startswith(_SURE_SIGNS) or text.partition("/")[0].strip() == found)
    return found if found is not None and sure else str(hass.config.currency)


class HomePrices:
    """The prices of an account's homes, now and then."""

    def __init__(self, hass: HomeAssistant, entry: TeslaConfigEntry, store: CostStore) -> None:
        """Know where they are kept."""
        self._hass, self._entry, self._store = hass, entry, store
        # Reading them takes time.
        self._read: dict[int, tuple[object, tzinfo, str, tuple[PriceOf, PriceOf] | None]] = {}

    @callback
    def note_tariff(self, site: Site) -> bool:
        """Remember what tariff a site has now; return whether it is another than before."""
        site_id = site.snapshot.site_id
        history = histories_of(self._hass, self._entry).get(site_id)
        if history is not None and not self._store.tariffs.get(site_id):
            # The import knew it first.
            self._store.tariffs[site_id] = [*history.record.tariffs]
        content = content_in(site.info.notes.untold(site.data).site_info)
        return self._store.note_tariff(site_id, content, dt_util.utcnow().timestamp())

    def entities(self, site_id: int | None) -> tuple[str | None, str | None]:
        """Return the entities that tell what is paid, and what is got for what is sold."""
        history = None if site_id is None else histories_of(self._hass, self._entry).get(site_id)
        buy, sell = (None, None) if history is None else (history.record.buy_entity, history.record.sell_entity)
        return cost_options(self._entry).price_entity or buy, sell

    @property
    def all_entities(self) -> list[str]:
        """Return all entities that tell a price."""
        sites = (None, *self._entry.runtime_data.sites)
        return sorted({entity for site_id in sites for entity in self.entities(site_id) if entity is not None})

    async def async_sources(self, site: Site | None, begin: float, end: float, *, keep: bool) -> list[PriceSource]:
        """Return where prices between two times are known from, the best first. keep: whether to remember them."""
        buy, sell = self.entities(None if site is None else site.snapshot.site_id)
        told: dict[str, PriceOf] = {}
        for entity in {buy, sell} - {None}:
            steps = await self._steps(str(entity), begin, end)
            told[str(entity)] = by_steps(steps, self._currency(str(entity)))
            if keep:
                self._store.keep_steps(str(entity), steps, begin, end)
        return self._sources(site, told)

    @callback
    def now(self, site: Site | None) -> tuple[Basis, Price] | None:
        """Return what a kWh from the grid costs now, and how that is known."""
        told = {
            entity: by_steps([statistics.step_now(state)], self._currency(entity))
            for entity in self.entities(None if site is None else site.snapshot.site_id)
            if entity is not None and (state := self._hass.states.get(entity)) is not None
        }
        now = dt_util.utcnow()
        found = ((source.basis, source.grid(now)) for source in self._sources(site, told))
        return next(((basis, price) for basis, price in found if price is not None), None)

    def _sources(self, site: Site | None, told: Mapping[str, PriceOf]) -> list[PriceSource]:
        options, usual = cost_options(self._entry), str(self._hass.config.currency)
        buy, sell = self.entities(None if site is None else site.snapshot.site_id)
        tariff = self._tariff(site)
        own = nobody_knows if tariff is None else tariff[1]
        if sell is not None:
            own = told.get(sell, nobody_knows)
        if options.own_price is not None:
            own = fixed(options.own_price, usual)
        sources = []
        if buy is not None:
            sources.append(PriceSource(Basis.ENTITY, told.get(buy, nobody_knows), own))
        if tariff is not None:
            sources.append(PriceSource(Basis.TARIFF, tariff[0], own))
        if options.fixed_price is not None:
            sources.append(PriceSource(Basis.NUMBER, fixed(options.fixed_price, usual), own))
        return sources

    def elsewhere(self) -> list[PriceSource]:
        """Return what a kWh costs that is charged elsewhere, if somebody has said so."""
        price = cost_options(self._entry).elsewhere_price
        return [] if price is None else [PriceSource(Basis.NUMBER, fixed(price, str(self._hass.config.currency)))]

    def _tariff(self, site: Site | None) -> tuple[PriceOf, PriceOf] | None:
        if site is None:
            return None
        site_id, usual, zone = site.snapshot.site_id, str(self._hass.config.currency), zone_of(site.data)
        tariffs = self._store.tariffs.get(site_id, [])
        known = self._read.get(site_id)
        if known is None or known[0] is not tariffs or known[1:3] != (zone, usual):
            known = self._read[site_id] = tariffs, zone, usual, by_tariffs(tariffs, zone, usual)
        return known[3]

    def _currency(self, entity_id: str) -> str:
        state = self._hass.states.get(entity_id)
        return currency_of(self._hass, None if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))

    async def _steps(self, entity_id: str, begin: float, end: float) -> list[Step]:
        """Return the prices of an entity: what the recorder knows, before that what is remembered, and the state of now."""
        found: list[Step] = []
        if DATA_INSTANCE in self._hass.data:
            found = await statistics.async_entity_steps(self._hass, entity_id, int(begin) - HOUR_S, int(end) + 1)
        first = min((since for since, amount in found if amount is not None), default=float("inf"))
        steps = [*(step for step in self._store.steps(entity_id, begin, end) if step[0] < first), *found]
        state = self._hass.states.get(entity_id)
        # The recorder writes some seconds later.
        if state is not None and (step := statistics.step_now(state))[1] is not None:
            steps.append(step)
        return steps
