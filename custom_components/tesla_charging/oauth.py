"""Sign-in with a person's own Tesla app, with a secret (third-party token) or without (open-source token, PKCE)."""

from collections.abc import Collection
from typing import Any, cast, override

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import (
    AbstractOAuth2Implementation,
    LocalOAuth2ImplementationWithPkce,
)

from .const import CONF_REGION
from .fleet.regions import DEFAULT_REGION, Region, region_of_code, region_table
from .fleet.scopes import ordered
from .fleet.sign_in import request_token


class TeslaImplementation(LocalOAuth2ImplementationWithPkce):
    """A Tesla app: what it asks for, and where.

    PKCE is for apps without a secret only: Tesla documents it for them alone (fleet_api.md 1.3, 1.7).
    """

    def __init__(self, hass: HomeAssistant, auth_domain: str, credential: ClientCredential) -> None:
        """Make it; `use` says where its account is before it is used."""
        self._regions = region_table()
        self.region = self._regions[DEFAULT_REGION]
        super().__init__(
            hass,
            auth_domain,
            credential.client_id,
            self.region.authorize_url,
            self.region.token_url,
            credential.client_secret,
        )
        self._name = credential.name
        self.scopes: Collection[str] = ()

    @property
    @override
    def name(self) -> str:
        """The name that the person gave the app."""
        return self._name or self.client_id

    @property
    def has_secret(self) -> bool:
        """Whether the app can have a partner token, and so a key of its own."""
        return bool(self.client_secret)

    def use(self, region: Region) -> None:
        """Talk to the sign-in server of this region."""
        self.region = region
        self.authorize_url = region.authorize_url
        self.token_url = region.token_url

    @property
    @override
    def extra_authorize_data(self) -> dict[str, str]:
        """What Tesla's page is told besides."""
        return {
            "scope": " ".join(ordered(self.scopes)),
            "prompt_missing_scopes": "true",
            **({} if self.has_secret else super().extra_authorize_data),
        }

    @property
    @override
    def extra_token_resolve_data(self) -> dict[str, str]:
        """What the exchange of the code needs besides."""
        return {"audience": self.region.api_url, **({} if self.has_secret else super().extra_token_resolve_data)}

    @override
    async def async_resolve_external_data(self, external_data: Any) -> dict[str, Any]:
        """Exchange the code for tokens; the code's prefix knows the region; raises SignInError."""
        found = region_of_code(str(external_data["code"]), self._regions)
        if found is not None and found.token_url == self.region.token_url:
            self.use(found)
        return cast(dict[str, Any], await super().async_resolve_external_data(external_data))

    async def async_request_refresh(self, refresh_token: str) -> dict[str, Any]:
        """Return the answer to a refresh token; raises SignInError."""
        return await self._token_request({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def async_partner_token(self, scope: str = "openid") -> dict[str, Any]:
        """Return a token that stands for the app, not for a person; raises SignInError."""
        return await self._token_request(
            {"grant_type": "client_credentials", "audience": self.region.api_url, "scope": scope}
        )

    @override
    async def _token_request(self, data: dict[str, Any]) -> dict[str, Any]:
        """Send a token request; raises SignInError."""
        fields = {**data, "client_id": self.client_id}
        if self.has_secret:
            fields["client_secret"] = self.client_secret
        return await request_token(async_get_clientsession(self.hass), self.region, fields)


def region_of_entry(entry: ConfigEntry[Any]) -> Region:
    """Return the region that an account is in."""
    regions = region_table()
    return regions.get(entry.data[CONF_REGION], regions[DEFAULT_REGION])


def implementation_of(implementation: AbstractOAuth2Implementation) -> TeslaImplementation:
    """Return the implementation as what our application_credentials platform made it."""
    if not isinstance(implementation, TeslaImplementation):
        raise TypeError("This is no Tesla app")
    return implementation
