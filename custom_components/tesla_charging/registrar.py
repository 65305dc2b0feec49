"""Registering an app: at set-up, in a repair, and again by itself when Tesla has forgotten it."""

from collections.abc import Callable
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .fleet.client import FleetClient, PriceClass
from .fleet.errors import FleetError
from .fleet.keys import CommandKey, fingerprint
from .fleet.regions import Region, region_table
from .fleet.registration import RegistrationError, register
from .fleet.sign_in import SignInError
from .key_store import async_keys
from .oauth import TeslaImplementation

_LOGGER = logging.getLogger(__name__)
_AGAIN_AFTER: Final = timedelta(hours=1)

type Pay = Callable[[PriceClass], None]


class _PartnerTokens:
    """The token that stands for the app; it is asked for seldom, so it is not kept."""

    def __init__(self, app: TeslaImplementation) -> None:
        self._app = app

    async def access_token(self) -> str:
        """Return a new one."""
        return str((await self._app.async_partner_token())["access_token"])

    async def renew(self, refused: str) -> str:
        """Return another one."""
        return await self.access_token()


def _partner(hass: HomeAssistant, app: TeslaImplementation, region: Region, pay: Pay | None) -> FleetClient:
    app.use(region)
    session = async_get_clientsession(hass)
    return FleetClient(session, _PartnerTokens(app), region, region_table(), pay=pay or (lambda _: None))


async def async_register(
    hass: HomeAssistant, app: TeslaImplementation, region: Region, domain: str, key: CommandKey, pay: Pay | None = None
) -> None:
    """Register an app in a region; raises RegistrationError."""
    await register(_partner(hass, app, region, pay), domain, key)


class Registrar:
    """Knows how the app of an entry is registered, and registers it again when Tesla says that it is not."""

    def __init__(self, hass: HomeAssistant, app: TeslaImplementation, pay: Pay) -> None:
        """Watch over this app."""
        self._hass = hass
        self._app = app
        self._pay = pay
        self._tried_at: datetime | None = None

    async def async_try(self, region: Region) -> bool:
        """Register again after a 412, at most once an hour; return whether Tesla knows the app now."""
        keys = await async_keys(self._hass)
        key, domain = keys.get(self._app.client_id), keys.domain(self._app.client_id)
        now = dt_util.utcnow()
        if key is None or domain is None or (self._tried_at and now - self._tried_at < _AGAIN_AFTER):
            return False
        self._tried_at = now
        try:
            await async_register(self._hass, self._app, region, domain, key, self._pay)
        except RegistrationError as err:
            _LOGGER.warning("Tesla has forgotten the registration of the app, and doing it again failed: %s", err)
            return False
        return True

    async def async_registered_key(self, region: Region) -> str | None:
        """Return the fingerprint of the key that Tesla keeps for the app's domain, None if it cannot be known."""
        domain = (await async_keys(self._hass)).domain(self._app.client_id)
        if domain is None or not self._app.has_secret:
            return None
        try:
            key = await _partner(self._hass, self._app, region, self._pay).registered_key(domain)
        except (FleetError, SignInError) as err:
            _LOGGER.debug("Tesla did not say which key it keeps for the app: %s", err)
            return None
        return None if key is None else fingerprint(key)
