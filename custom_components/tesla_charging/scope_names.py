"""Scopes by the names that a person knows: those of the form in which they are chosen."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .fleet.scopes import ordered

_STEP = f"component.{DOMAIN}.config.step.choose"


async def async_name_scopes(hass: HomeAssistant, scopes: Iterable[str]) -> str:
    """Return the names, in the language of the house, with commas between them."""
    texts = await async_get_translations(hass, hass.config.language, "config", {DOMAIN})
    return ", ".join(texts.get(f"{_STEP}.data.{scope}", scope) for scope in ordered(scopes))


async def async_list_scopes(hass: HomeAssistant, scopes: Iterable[str]) -> str:
    """Return a list: the name, Tesla's own word, and what it is for."""
    texts = await async_get_translations(hass, hass.config.language, "config", {DOMAIN})
    lines = [
        f"- **{texts.get(f'{_STEP}.data.{scope}', scope)}** (`{scope}`): "
        f"{texts.get(f'{_STEP}.data_description.{scope}', '')}"
        for scope in ordered(scopes)
    ]
    return "\n".join(lines) or "–"
