"""The public key where Tesla looks for it, for those whose Home Assistant is public."""

from aiohttp import web

from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .fleet.keys import WELL_KNOWN_PATH
from .key_store import async_keys

DATA_SERVED: HassKey[bool] = HassKey(f"{DOMAIN}_served")


class PublicKeyView(HomeAssistantView):
    """Serves the public key to anybody, as Tesla demands."""

    url = WELL_KNOWN_PATH
    name = "tesla_charging:public_key"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Return the key of the app whose domain this is."""
        keys = await async_keys(request.app[KEY_HASS])
        key = keys.served_at(request.url.host or "")
        if key is None:
            return web.Response(status=404)
        return web.Response(text=key.public_pem, content_type="application/x-pem-file")


def async_serve_public_key(hass: HomeAssistant) -> None:
    """Serve it from now on."""
    if DATA_SERVED not in hass.data:
        hass.data[DATA_SERVED] = True
        hass.http.register_view(PublicKeyView)
