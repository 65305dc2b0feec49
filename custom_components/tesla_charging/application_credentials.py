"""Tesla apps as application credentials."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant

from .fleet.regions import DEFAULT_REGION, region_table
from .oauth import TeslaImplementation


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> TeslaImplementation:
    """Return the implementation for a credential."""
    return TeslaImplementation(hass, auth_domain, credential)


async def async_get_description_placeholders(hass: HomeAssistant) -> dict[str, str]:
    """Return where apps are made."""
    return {"portal_url": region_table()[DEFAULT_REGION].portal_url}
