"""The options for what charging costs, as a person goes through them."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations

from .charging.mix import Rule
from .charging_costs import charging_costs_of
from .const import CONF_REFERENCE_PRICE, DOMAIN
from .cost_options import (
    CONF_ELSEWHERE_PRICE,
    CONF_FIXED_PRICE,
    CONF_OWN_PRICE,
    CONF_PRICE_ENTITY,
    CONF_RULE,
    PRICES,
    CostOptions,
    cost_options,
    with_cost_options,
)
from .cost_prices import currency_of
from .energy.price_list import is_price
from .statistics import step_now

_MOST: Final = 100_000
_NOT_YET: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)
# In the order of the form.
_FIELDS: Final = (
    CONF_PRICE_ENTITY,
    CONF_FIXED_PRICE,
    CONF_OWN_PRICE,
    CONF_RULE,
    CONF_ELSEWHERE_PRICE,
    CONF_REFERENCE_PRICE,
)


class CostSteps(OptionsFlow):
    """What a person says of prices."""

    async def async_step_costs(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what a kWh costs, and say what is known without an answer."""
        said, errors = _said(cost_options(self.config_entry)), dict[str, str]()
        blanks = {"currency": str(self.hass.config.currency), "entity": "", "state": "", "unit": ""}
        if user_input is not None:
            said = user_input
            flaw = self._flaw(user_input.get(CONF_PRICE_ENTITY), blanks)
            if flaw is None:
                return self.async_create_entry(data=with_cost_options(self.config_entry, said))
            errors[CONF_PRICE_ENTITY] = flaw
        blanks["now"] = await self._now()
        return self.async_show_form(
            step_id="costs",
            data_schema=vol.Schema(dict(self._field(name, said) for name in _FIELDS)),
            errors=errors,
            description_placeholders=blanks,
        )

    def _field(self, name: str, said: Mapping[str, Any]) -> tuple[vol.Marker, object]:
        if name == CONF_RULE:
            config = SelectSelectorConfig(
                options=[rule.value for rule in Rule], translation_key=CONF_RULE, mode=SelectSelectorMode.LIST
            )
            return vol.Required(name, default=said.get(name, Rule.HOUSE_FIRST.value)), SelectSelector(config)
        marker = vol.Optional(name, description={"suggested_value": said.get(name)})
        if name == CONF_PRICE_ENTITY:
            return marker, EntitySelector(EntitySelectorConfig(domain=["sensor", "input_number"]))
        unit = f"{self.hass.config.currency}/kWh"
        mode = NumberSelectorMode.BOX
        return marker, NumberSelector(
            NumberSelectorConfig(min=0, max=_MOST, step="any", mode=mode, unit_of_measurement=unit)
        )

    def _flaw(self, entity_id: str | None, blanks: dict[str, str]) -> str | None:
        """Return what is wrong with a price entity; one that has no state yet may have one later."""
        state = None if entity_id is None else self.hass.states.get(entity_id)
        if state is None:
            return None if entity_id is None else "price_no_entity"
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        unit = unit if isinstance(unit, str) else ""
        blanks |= {"entity": state.name, "state": state.state, "unit": unit}
        if state.state not in _NOT_YET and step_now(state)[1] is None:
            return "price_no_number"
        if unit and not is_price(unit):
            return "price_no_energy"
        return None if currency_of(self.hass, unit) == self.hass.config.currency else "price_other_currency"

    async def _now(self) -> str:
        """Return what a kWh costs now, as a sentence."""
        found = charging_costs_of(self.hass, self.config_entry).price_now()
        key = "price_now_unknown" if found is None else f"price_now_{found[0]}"
        texts = await async_get_translations(self.hass, self.hass.config.language, "common", {DOMAIN})
        text = texts[f"component.{DOMAIN}.common.{key}"]
        return text if found is None else text.format(price=f"{found[1].amount:.4g} {found[1].currency}")


def _said(options: CostOptions) -> dict[str, Any]:
    prices = {name: getattr(options, name) for name in PRICES}
    return {
        CONF_PRICE_ENTITY: options.price_entity,
        CONF_RULE: options.rule.value,
        **{name: None if price is None else float(price) for name, price in prices.items()},
    }
