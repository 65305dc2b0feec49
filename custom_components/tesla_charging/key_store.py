"""The keys that sign commands, one for each Tesla app, made once and never silently replaced."""

import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .fleet.keys import CommandKey

_LOGGER = logging.getLogger(__name__)
_VERSION: Final = 1


class KeyStore:
    """The keys by client id, in a file that Home Assistant alone can read."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Make it; `async_load` before use."""
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.keys", private=True, atomic_writes=True)
        self._kept: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, CommandKey] = {}

    async def async_load(self) -> None:
        """Read the file; a key that cannot be read is not used, and stays in the file as it is."""
        self._kept = await self._store.async_load() or {}
        for client_id, kept in self._kept.items():
            try:
                self._keys[client_id] = CommandKey.load(kept["private_key"])
            except ValueError:
                _LOGGER.error("The command key of a Tesla app in %s cannot be read", self._store.path)

    def get(self, client_id: str) -> CommandKey | None:
        """Return the key of an app, if it has one."""
        return self._keys.get(client_id)

    def domain(self, client_id: str) -> str | None:
        """Return the domain that the app was registered with."""
        return self._kept.get(client_id, {}).get("domain")

    def served_at(self, host: str) -> CommandKey | None:
        """Return the key to serve to who asks for it at this host."""
        for client_id, key in self._keys.items():
            if self.domain(client_id) == host:
                return key
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def async_get_or_make(self, client_id: str) -> CommandKey:
        """Return the key of an app, made now if it has none; raises HomeAssistantError if it has one that is broken."""
        if client_id not in self._keys:
            if client_id in self._kept:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="key_unreadable")
            self._keys[client_id] = key = CommandKey.generate()
            self._kept[client_id] = {"private_key": key.private_pem}
            await self._store.async_save(self._kept)
        return self._keys[client_id]

    async def async_set_domain(self, client_id: str, domain: str) -> None:
        """Keep where the key of an app is hosted."""
        self._kept[client_id]["domain"] = domain
        await self._store.async_save(self._kept)


DATA_KEYS: HassKey[KeyStore] = HassKey(f"{DOMAIN}_keys")


async def async_keys(hass: HomeAssistant) -> KeyStore:
    """Return the keys of this Home Assistant."""
    if DATA_KEYS not in hass.data:
        store = KeyStore(hass)
        await store.async_load()
        hass.data.setdefault(DATA_KEYS, store)
    return hass.data[DATA_KEYS]
