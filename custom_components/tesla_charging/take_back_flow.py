"""How a flow of an entry that is there ends: Tesla's page where a right can be taken back, and the new beginning."""

from collections.abc import Mapping
import logging
from typing import Any, Final

import voluptuous as vol
from yarl import URL

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow, ConfigFlowResult
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations

from .const import CONF_SCOPES, DOMAIN
from .fleet.claims import Claims
from .fleet.errors import FleetError
from .fleet.scopes import Scope
from .oauth import implementation_of, region_of_entry
from .scope_names import async_list_scopes

_LOGGER = logging.getLogger(__name__)
_BACK_URL: Final = "https://my.home-assistant.io/redirect/integrations/"


class TakeBackSteps(ConfigFlow):
    """Mix-in of a flow that has changed an entry. The entry listens to its updates, so each reload is asked for here."""

    def signed_in_again(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin anew with the tokens of a new sign-in."""
        entry = self._get_reauth_entry()
        result = self.async_update_and_abort(entry, data=data)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    async def leave_or_take_back(self, entry: ConfigEntry[Any]) -> ConfigFlowResult:
        """Begin anew, and point to Tesla's page where a right that is no longer wanted can be taken back."""
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return await self.async_step_take_back() if _surplus(entry) else self._reconfigured()

    async def async_step_take_back(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait while the person unticks the scopes at Tesla."""
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            # The entry may still be about to begin anew.
            async with entry.setup_lock:
                await _renew(entry)
            return self._reconfigured()
        known = (await async_get_implementations(self.hass, DOMAIN)).get(entry.data["auth_implementation"])
        url = URL(region_of_entry(entry).consent_url).with_query(
            revoke_client_id=implementation_of(known).client_id if known else "", back_url=_BACK_URL
        )
        surplus = await async_list_scopes(self.hass, _surplus(entry))
        return self.async_show_form(
            step_id="take_back",
            data_schema=vol.Schema({}),
            description_placeholders={"consent_url": str(url), "surplus": surplus},
        )

    def _reconfigured(self) -> ConfigFlowResult:
        return self.async_abort(reason="reconfigure_successful")


async def _renew(entry: ConfigEntry[Any]) -> None:
    """Take a token that grants what Tesla's page grants now."""
    if entry.state is ConfigEntryState.LOADED:
        try:
            await entry.runtime_data.tokens.renew(entry.data["token"]["access_token"])
        except FleetError as err:
            _LOGGER.debug("The change shows in Tesla's next token: %s", err)


def _surplus(entry: ConfigEntry[Any]) -> frozenset[str]:
    """Return what Tesla grants and the entry does not ask for."""
    granted = Claims.read(entry.data["token"]["access_token"]).scopes
    return (granted & frozenset(Scope)) - frozenset(entry.data[CONF_SCOPES])
