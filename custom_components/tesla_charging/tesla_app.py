"""A person's Tesla app at set-up: looking ahead to what Tesla would refuse, and keeping it."""

from typing import Final

from yarl import URL

from homeassistant.components.application_credentials import (
    DATA_COMPONENT,
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations, async_get_redirect_uri
from homeassistant.helpers.network import NoURLAvailableError, get_url

from .const import DOMAIN
from .fleet.errors import Fault, FleetError
from .fleet.sign_in import SignInError, SignInFault, look_at_sign_in_page
from .oauth import TeslaImplementation, implementation_of

# What the look ahead finds that a person has to put right; the rest shows itself at the sign-in.
_STOPS: Final = frozenset(
    {
        SignInFault.INVALID_AUDIENCE,
        SignInFault.INVALID_CLIENT,
        SignInFault.INVALID_REDIRECT,
        SignInFault.NO_ANSWER,
        SignInFault.SERVER_ERROR,
    }
)


class OneToken:
    """The token of a sign-in that is just done."""

    def __init__(self, token: str) -> None:
        """Hold it."""
        self._token = token

    async def access_token(self) -> str:
        """Return it."""
        return self._token

    async def renew(self, refused: str) -> str:
        """Nothing newer can be had."""
        raise FleetError(Fault.UNAUTHORIZED)


async def async_look_ahead(app: TeslaImplementation, flow_id: str) -> SignInError | None:
    """Return what would go wrong at Tesla, where nobody would tell the person what to do."""
    if app.has_secret:
        try:
            await app.async_partner_token()
        except SignInError as err:
            if err.fault in _STOPS:
                return err
    url = await app.async_generate_authorize_url(flow_id)
    fault = await look_at_sign_in_page(async_get_clientsession(app.hass), url)
    return None if fault is None else SignInError(fault)


async def async_keep_credential(hass: HomeAssistant, auth_domain: str, credential: ClientCredential) -> bool:
    """Keep the app as Home Assistant's application credential; False if its old secret is still in use."""
    known = (await async_get_implementations(hass, DOMAIN)).get(auth_domain)
    if known and implementation_of(known).client_secret != credential.client_secret:
        try:
            await hass.data[DATA_COMPONENT].async_delete_item(auth_domain)
        except HomeAssistantError:
            return False
    await async_import_client_credential(hass, DOMAIN, credential, auth_domain)
    return True


def addresses(hass: HomeAssistant) -> dict[str, str]:
    """Return what to enter at Tesla: the redirect URI that will be sent, and the origin."""
    redirect_uri = async_get_redirect_uri(hass)
    try:
        origin = get_url(hass, allow_internal=False, require_ssl=True)
    except NoURLAvailableError:
        origin = str(URL(redirect_uri).origin())
    return {"redirect_uri": redirect_uri, "origin": origin}
