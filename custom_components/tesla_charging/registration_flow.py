"""The steps that register a Tesla app and pair its key with the cars, for the set-up and for repairs."""

from abc import abstractmethod
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowHandler
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.selector import QrCodeSelector, QrCodeSelectorConfig, QrErrorCorrectionLevel, TextSelector

from .budget.asking import by_person
from .const import DOMAIN
from .fleet.keys import CommandKey
from .fleet.regions import Region
from .fleet.registration import RegistrationError, check_hosted_key, domain_of, key_url
from .key_store import KeyStore, async_keys
from .oauth import TeslaImplementation, implementation_of
from .purse import async_purse
from .registrar import async_register
from .well_known import async_serve_public_key

CONF_DOMAIN = "domain"
CONF_PAIRING = "pairing"


class RegistrationSteps(FlowHandler[Any, Any, Any]):
    """Mix-in of a flow that knows the app and its region."""

    _domain = ""

    @abstractmethod
    def registering(self) -> tuple[TeslaImplementation, Region]:
        """Return the app, and the region to register it in."""
        raise NotImplementedError

    async def registered(self) -> Any:
        """Go on after the registration."""
        return await self.async_step_pair()

    @abstractmethod
    async def paired(self) -> Any:
        """Go on after the pairing."""
        raise NotImplementedError

    async def key_unreadable(self) -> Any:
        """Go on where the app has a key that is broken, which only a person may replace."""
        return self.async_abort(reason="key_unreadable")

    async def async_step_register(self, user_input: dict[str, Any] | None = None) -> Any:
        """Ask for the domain that holds the public key, and register it."""
        if user_input is None:
            return await self.show_registration()
        app, _ = self.registering()
        keys = await async_keys(self.hass)
        try:
            self._domain = domain_of(user_input[CONF_DOMAIN])
            await self._register(keys, await keys.async_get_or_make(app.client_id))
        except RegistrationError as err:
            return await self.show_registration(err.fault, err.words, user_input[CONF_DOMAIN])
        await keys.async_set_domain(app.client_id, self._domain)
        return await self.registered()

    async def show_registration(self, problem: str | None = None, words: str = "", typed: str = "") -> Any:
        """Show the key and where it has to lie."""
        app, region = self.registering()
        keys = await async_keys(self.hass)
        if keys.is_broken(app.client_id):
            return await self.key_unreadable()
        key = await keys.async_get_or_make(app.client_id)
        async_serve_public_key(self.hass)
        domain = typed or self._domain or keys.domain(app.client_id) or self._own_domain()
        return self.async_show_form(
            step_id="register",
            data_schema=vol.Schema({vol.Required(CONF_DOMAIN, default=domain): TextSelector()}),
            errors={"base": problem} if problem else {},
            description_placeholders={
                "key_url": key_url("{domain}", region).replace("{domain}", domain or "…"),
                "public_key": key.public_pem.strip(),
                "fingerprint": key.fingerprint,
                "portal_url": region.portal_url,
                "words": words or "–",
            },
        )

    async def _register(self, keys: KeyStore, key: CommandKey) -> None:
        app, region = self.registering()
        with keys.claimed(self._domain, key):
            await check_hosted_key(async_get_clientsession(self.hass), key_url(self._domain, region), key)
            purse = await async_purse(self.hass, app.client_id)
            await purse.async_probe_again()
            with by_person():
                await async_register(self.hass, app, region, self._domain, key, purse.async_book)

    def _own_domain(self) -> str:
        try:
            return get_url(self.hass, allow_internal=False, require_ssl=True, require_standard_port=True).partition(
                "//"
            )[2]
        except NoURLAvailableError:
            return ""

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> Any:
        """Show how the key gets into the cars."""
        if user_input is not None:
            return await self.paired()
        return self.show_pairing()

    def show_pairing(self, problem: str | None = None, words: str = "") -> Any:
        """Show the link and the code."""
        _, region = self.registering()
        url = f"{region.pairing_url}/{self._domain}"
        qr_code = QrCodeSelector(
            QrCodeSelectorConfig(data=url, scale=5, error_correction_level=QrErrorCorrectionLevel.QUARTILE)
        )
        return self.async_show_form(
            step_id="pair",
            data_schema=vol.Schema({vol.Optional(CONF_PAIRING): qr_code}),
            errors={"base": problem} if problem else {},
            description_placeholders={"pairing_url": url, "portal_url": region.portal_url, "words": words or "–"},
        )


async def async_begin_anew(hass: HomeAssistant, client_id: str) -> None:
    """Begin anew with the key that an app has now and the cars that it was paired with, in each account."""
    apps = {
        auth_domain
        for auth_domain, implementation in (await async_get_implementations(hass, DOMAIN)).items()
        if implementation_of(implementation).client_id == client_id
    }
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.data.get("auth_implementation") in apps:
            if entry.state is ConfigEntryState.LOADED:
                entry.runtime_data.forget_refusals()
            hass.config_entries.async_schedule_reload(entry.entry_id)
