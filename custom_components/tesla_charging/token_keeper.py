"""The tokens of one account: one refresh at a time, on disk before first use, and no false alarm."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
import logging
import math
import random
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .fleet.claims import Claims
from .fleet.errors import Fault, FleetError
from .fleet.sign_in import SignInError, SignInFault
from .oauth import TeslaImplementation

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
# Tesla: renew within a minute of the end (fleet_api.md 1.4); a quarter of the life earlier costs nothing and is safe.
_LAST_SECONDS: Final = 60.0
_RENEW_AT: Final = 0.75
_LOOK_EVERY: Final = timedelta(minutes=30)
_FIRST_PAUSE: Final = 15.0
_LONGEST_PAUSE: Final = 900.0
# A token that is refused sooner than this is not mended by another one.
_LEAST_LIFE: Final = 60.0
# Tesla has to say `login_required` twice, so far apart that one hiccup cannot be both.
_PROOF_SECONDS: Final = 30.0
# The refresh token of which Tesla said so, and when first, by entry
_REFUSED: HassKey[dict[str, tuple[str, float]]] = HassKey(f"{DOMAIN}_refused")


class TokenKeeper:
    """Gives out access tokens; raises FleetError when there is none to be had."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], implementation: TeslaImplementation) -> None:
        """Make it; `async_load` before use."""
        self._hass = hass
        self._entry = entry
        self._implementation = implementation
        self._store = store_of(hass, entry.entry_id)
        self._token: dict[str, Any] = dict(entry.data["token"])
        self._lock = asyncio.Lock()
        self._pause = 0.0
        # By the clock that is never set back
        self._next_try = self._refreshed_at = -math.inf
        # It outlives the keeper: a set-up that fails makes a new one each time.
        self._refused = hass.data.setdefault(_REFUSED, {})
        self._on_scopes: Callable[[frozenset[str]], None] = lambda _: None
        self.last_error: SignInError | None = None

    async def async_load(self) -> None:
        """Take the newer of the tokens in the entry and in our own file."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as err:
            _LOGGER.warning("The file of the tokens cannot be read, so those of the entry are taken: %s", err)
            return
        if isinstance(stored, dict) and isinstance(stored.get("access_token"), str):
            if _newness(stored) > _newness(self._token):
                self._token = stored

    @property
    def claims(self) -> Claims:
        """What the current access token says of itself."""
        return Claims.read(self._token.get("access_token"))

    @property
    def expires_at(self) -> float:
        """When the current access token ends, in epoch seconds by our own clock."""
        return _expires_at(self._token)

    @callback
    def async_start(self, on_scopes: Callable[[frozenset[str]], None]) -> CALLBACK_TYPE:
        """Keep the tokens alive although nothing may ask for them; tell what each new one grants."""
        self._on_scopes = on_scopes

        async def look(_: datetime) -> None:
            life = float(self._token.get("expires_in") or 0)
            if self._can_refresh and self._left < life * (1 - _RENEW_AT):
                try:
                    await self.renew(self._token["access_token"])
                except FleetError as err:
                    _LOGGER.debug("The token could not be renewed early: %s", err)
                    if err.fault is Fault.LOGIN_REQUIRED:
                        self._entry.async_start_reauth(self._hass)

        return async_track_time_interval(self._hass, look, _LOOK_EVERY)

    async def access_token(self) -> str:
        """Return a token that is good for another minute at least."""
        if self._left > _LAST_SECONDS:
            return str(self._token["access_token"])
        return await self.renew(str(self._token["access_token"]))

    async def renew(self, refused: str) -> str:
        """Return another token than `refused`; many callers at once are one request."""
        async with self._lock:
            if self._token["access_token"] == refused:
                await self._refresh()
            return str(self._token["access_token"])

    @property
    def _left(self) -> float:
        return _expires_at(self._token) - time.time()

    @property
    def _can_refresh(self) -> bool:
        return bool(self._token.get("refresh_token"))

    async def _refresh(self) -> None:
        if not self._can_refresh:
            raise FleetError(Fault.LOGIN_REQUIRED, "no refresh token")
        if time.monotonic() < self._next_try:
            raise self._failure()
        if time.monotonic() - self._refreshed_at < _LEAST_LIFE:
            raise FleetError(Fault.UNAUTHORIZED, "a new token was refused", retry_after=_LEAST_LIFE)
        try:
            used, answer = await self._ask()
        except SignInError as err:
            self.last_error = err
            raise self._failed(err) from None
        expires_at = time.time() + answer["expires_in"]
        token = {**self._token, **answer, "expires_at": expires_at, "used_refresh_token": used}
        # On disk first: a refresh token can be used once, and the one before it for a day at most.
        await self._store.async_save(token)
        self._token = token
        self._refreshed_at = time.monotonic()
        self._pause, self._next_try = 0.0, -math.inf
        self._refused.pop(self._entry.entry_id, None)
        self.last_error = None
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, "token": self._token})
        self._on_scopes(self.claims.scopes)

    async def _ask(self) -> tuple[str, dict[str, Any]]:
        """Ask with the current refresh token, else with the one before it; return which, and the answer."""
        candidates = [self._token["refresh_token"], self._token.get("used_refresh_token")]
        last = SignInError(SignInFault.LOGIN_REQUIRED)
        for candidate in filter(None, candidates):
            try:
                return candidate, await self._implementation.async_request_refresh(candidate)
            except SignInError as err:
                if err.fault is not SignInFault.LOGIN_REQUIRED:
                    raise
                last = err
        raise last

    def _failed(self, err: SignInError) -> FleetError:
        """Note the failure, and return what it means for who asked."""
        now = time.monotonic()
        if err.fault is SignInFault.LOGIN_REQUIRED:
            refresh_token = self._token["refresh_token"]
            known, refused_at = self._refused.get(self._entry.entry_id, ("", now))
            if known != refresh_token:
                refused_at = now
                self._refused[self._entry.entry_id] = (refresh_token, now)
            if now - refused_at >= _PROOF_SECONDS:
                return FleetError(Fault.LOGIN_REQUIRED, err.words)
            self._next_try = refused_at + _PROOF_SECONDS
        else:
            self._refused.pop(self._entry.entry_id, None)
            self._pause = min(_LONGEST_PAUSE, (self._pause or _FIRST_PAUSE / 2) * 2)
            jittered = self._pause * random.uniform(0.75, 1.25)
            self._next_try = now + max(jittered, min(err.retry_after or 0, _LONGEST_PAUSE))
        return self._failure()

    def _failure(self) -> FleetError:
        words = str(self.last_error.fault) if self.last_error else ""
        return FleetError(Fault.NO_ANSWER, words, retry_after=max(1.0, self._next_try - time.monotonic()))


def store_of(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file of the tokens of an entry, readable by Home Assistant alone."""
    return Store(hass, _VERSION, f"{DOMAIN}.{entry_id}.tokens", private=True, atomic_writes=True)


def _newness(token: Mapping[str, Any]) -> tuple[float, float]:
    """Return what is greater for a newer token: when it was made by Tesla's clock, then when it ends by ours."""
    issued_at = Claims.read(token.get("access_token")).issued_at
    return (issued_at.timestamp() if issued_at else 0.0, _expires_at(token))


def _expires_at(token: Mapping[str, Any]) -> float:
    value = token.get("expires_at")
    return float(value) if isinstance(value, int | float) else 0.0
