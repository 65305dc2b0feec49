"""The forms of the set-up."""

from typing import Any, Final

import voluptuous as vol

from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .fleet.regions import CHINA
from .fleet.scopes import Scope, Wish, wish_of

CONF_APP: Final = "app"
CONF_CLIENT_ID: Final = "client_id"
CONF_CLIENT_SECRET: Final = "client_secret"
CONF_LOCATION: Final = "location"
CONF_NEXT: Final = "next"
CONF_PLACE: Final = "place"
CONF_WISH: Final = "wish"
AGAIN: Final = "again"
NEW: Final = "new"
WORLD: Final = "world"


def wish_form(scopes: frozenset[str]) -> vol.Schema:
    """Return the question what Home Assistant is to do."""
    return vol.Schema(
        {
            vol.Required(CONF_WISH, default=wish_of(scopes).value): _select([wish.value for wish in Wish], CONF_WISH),
            vol.Required(CONF_LOCATION, default=Scope.VEHICLE_LOCATION in scopes): BooleanSelector(),
        }
    )


def scopes_form(scopes: frozenset[str]) -> vol.Schema:
    """Return the choice of each scope."""
    return vol.Schema({vol.Required(scope.value, default=scope in scopes): BooleanSelector() for scope in Scope})


def pick_app_form(names: dict[str, str], place: str) -> vol.Schema:
    """Return the choice among the Tesla apps that Home Assistant knows, by name."""
    options = [SelectOptionDict(value=key, label=name) for key, name in names.items()]
    options.append(SelectOptionDict(value=NEW, label=NEW))
    return vol.Schema(
        {vol.Required(CONF_APP, default=options[0]["value"]): _select(options, CONF_APP), **_place(place)}
    )


def app_form(place: str) -> vol.Schema:
    """Return the fields of a Tesla app."""
    return vol.Schema(
        {
            vol.Required(CONF_CLIENT_ID): TextSelector(),
            vol.Optional(CONF_CLIENT_SECRET): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
            **_place(place),
        }
    )


def next_form() -> vol.Schema:
    """Return the ways on after a sign-in that failed."""
    return vol.Schema({vol.Required(CONF_NEXT, default=AGAIN): _select([AGAIN, CONF_APP], CONF_NEXT)})


def _place(place: str) -> dict[vol.Required, SelectSelector]:
    return {vol.Required(CONF_PLACE, default=place): _select([WORLD, CHINA], CONF_PLACE)}


def _select(options: list[Any], key: str) -> SelectSelector:
    return SelectSelector(SelectSelectorConfig(options=options, translation_key=key, mode=SelectSelectorMode.LIST))
