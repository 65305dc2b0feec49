"""Registering an app: at set-up, in a repair, and again by itself when Tesla has forgotten it."""

import asyncio
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .fleet.client import FleetClient
from .fleet.errors import FleetError
from .fleet.keys import CommandKey, fingerprint
from .fleet.paying import Pay
from .fleet.regions import Region, region_table
from .fleet.registration import RegistrationError, register
from .fleet.sign_in import SignInError
from .key_store import async_keys
from .oauth import TeslaImplementation

_LOGGER = logging.getLogger(__name__)
_AGAIN_AFTER: Final = timedelta(hours=1)
# Requests that were refused at the same time are all mended by one registration.
_GOOD_FOR: Final = timedelta(minutes=1)


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


def _partner(hass: HomeAssistant, app: TeslaImplementation, region: Region, pay: Pay) -> FleetClient:
    app.use(region)
    session = async_get_clientsession(hass)
    return FleetClient(session, _PartnerTokens(app), region, region_table(), pay=pay)


async def async_register(
    hass: HomeAssistant, app: TeslaImplementation, region: Region, domain: str, key: CommandKey, pay: Pay
) -> None:
    """Register an app in a region; raises RegistrationError."""
    await register(_partner(hass, app, region, pay), domain, key)


def _is_within(then: datetime | None, period: timedelta) -> bool:
    return then is not None and dt_util.utcnow() - then < period


class Registrar:
    """Knows how the app of an entry is registered, and registers it again when Tesla says that it is not."""

    def __init__(self, hass: HomeAssistant, app: TeslaImplementation, pay: Pay) -> None:
        """Watch over this app."""
        self._hass = hass
        self._app = app
        self._pay = pay
        self._lock = asyncio.Lock()
        self._tried_at: dict[str, datetime] = {}
        self._done_at: dict[str, datetime] = {}

    async def async_try(self, region: Region) -> bool:
        """Register again after a 412, at most once an hour in a region; return whether Tesla knows the app now."""
        async with self._lock:
            return await self._try(region)

    async def _try(self, region: Region) -> bool:
        keys = await async_keys(self._hass)
        key, domain = keys.get(self._app.client_id), keys.domain(self._app.client_id)
        if _is_within(self._done_at.get(region.id), _GOOD_FOR):
            return True
        if key is None or domain is None or _is_within(self._tried_at.get(region.id), _AGAIN_AFTER):
            return False
        self._tried_at[region.id] = dt_util.utcnow()
        try:
            await async_register(self._hass, self._app, region, domain, key, self._pay)
        except RegistrationError as err:
            _LOGGER.warning("Tesla has forgotten the registration of the app, and doing it again failed: %s", err)
            return False
        self._done_at[region.id] = dt_util.utcnow()
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
