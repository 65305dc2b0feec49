"""What a person has said about the costs of charging: the entry's options."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from .charging.mix import Rule
from .const import CONF_COSTS, CONF_REFERENCE_PRICE

CONF_PRICE_ENTITY: Final = "price_entity"
CONF_FIXED_PRICE: Final = "fixed_price"
CONF_OWN_PRICE: Final = "own_price"
CONF_RULE: Final = "rule"
CONF_ELSEWHERE_PRICE: Final = "elsewhere_price"
PRICES: Final = (CONF_FIXED_PRICE, CONF_OWN_PRICE, CONF_ELSEWHERE_PRICE, CONF_REFERENCE_PRICE)


@dataclass(frozen=True, kw_only=True, slots=True)
class CostOptions:
    """Prices of a kWh in Home Assistant's currency, None where nobody has named one, and who gets sun and battery.

    own_price: of the own sun and battery, else they cost what could be sold. reference_price: what savings are measured by.
    """

    price_entity: str | None = None
    fixed_price: Decimal | None = None
    own_price: Decimal | None = None
    rule: Rule = Rule.HOUSE_FIRST
    elsewhere_price: Decimal | None = None
    reference_price: Decimal | None = None


def cost_options(entry: ConfigEntry[Any]) -> CostOptions:
    """Return what was said; what cannot be read was not said."""
    said = entry.options.get(CONF_COSTS)
    said = said if isinstance(said, Mapping) else {}
    entity, rule = said.get(CONF_PRICE_ENTITY), said.get(CONF_RULE)
    return CostOptions(
        price_entity=entity if isinstance(entity, str) and entity else None,
        rule=next((one for one in Rule if one == rule), Rule.HOUSE_FIRST),
        **{name: _price(said.get(name)) for name in PRICES},
    )


def with_cost_options(entry: ConfigEntry[Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an entry with something else said about costs: what is not named is not said any more."""
    return {**entry.options, CONF_COSTS: {name: value for name, value in said.items() if value not in {None, ""}}}


def _price(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None
