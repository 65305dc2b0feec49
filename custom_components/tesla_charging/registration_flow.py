"""The steps that register a Tesla app and pair its key with the cars, for the set-up and for repairs."""

from abc import abstractmethod
from typing import Any

import voluptuous as vol

from homeassistant.data_entry_flow import FlowHandler
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.selector import QrCodeSelector, QrCodeSelectorConfig, QrErrorCorrectionLevel, TextSelector

from .fleet.errors import FleetError
from .fleet.keys import CommandKey
from .fleet.regions import Region
from .fleet.registration import RegistrationError, check_hosted_key, domain_of, key_url
from .fleet.sign_in import SignInError
from .key_store import async_keys
from .oauth import TeslaImplementation
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

    @abstractmethod
    async def registered(self) -> Any:
        """Go on."""
        raise NotImplementedError

    async def async_step_register(self, user_input: dict[str, Any] | None = None) -> Any:
        """Ask for the domain that holds the public key, and register it."""
        app, region = self.registering()
        keys = await async_keys(self.hass)
        key = await keys.async_get_or_make(app.client_id)
        async_serve_public_key(self.hass)
        errors: dict[str, str] = {}
        words = ""
        if user_input is not None:
            try:
                self._domain = domain_of(user_input[CONF_DOMAIN])
                await self._register(app, region, key)
            except (RegistrationError, SignInError, FleetError) as err:
                errors["base"], words = str(err.fault), err.words
            else:
                await keys.async_set_domain(app.client_id, self._domain)
                return await self.async_step_pair()
        domain = (user_input or {}).get(CONF_DOMAIN) or keys.domain(app.client_id) or self._own_domain()
        return self.async_show_form(
            step_id="register",
            data_schema=vol.Schema({vol.Required(CONF_DOMAIN, default=domain): TextSelector()}),
            errors=errors,
            description_placeholders={
                "key_url": key_url("{domain}", region).replace("{domain}", domain or "…"),
                "public_key": key.public_pem.strip(),
                "fingerprint": key.fingerprint,
                "portal_url": region.portal_url,
                "words": words or "–",
            },
        )

    async def _register(self, app: TeslaImplementation, region: Region, key: CommandKey) -> None:
        await check_hosted_key(async_get_clientsession(self.hass), key_url(self._domain, region), key)
        await async_register(self.hass, app, region, self._domain, key)

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
            return await self.registered()
        return self.show_pairing({})

    def show_pairing(self, errors: dict[str, str]) -> Any:
        """Show the link and the code."""
        _, region = self.registering()
        url = f"{region.pairing_url}/{self._domain}"
        qr_code = QrCodeSelector(
            QrCodeSelectorConfig(data=url, scale=5, error_correction_level=QrErrorCorrectionLevel.QUARTILE)
        )
        return self.async_show_form(
            step_id="pair",
            data_schema=vol.Schema({vol.Optional(CONF_PAIRING): qr_code}),
            errors=errors,
            description_placeholders={"pairing_url": url},
        )
