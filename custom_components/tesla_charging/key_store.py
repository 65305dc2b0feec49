"""The keys that sign commands, one for each Tesla app, made once and never silently replaced."""

from collections.abc import Iterator
from contextlib import contextmanager
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
_PRIVATE_KEY: Final = "private_key"
_PREVIOUS: Final = "previous"
_DOMAIN: Final = "domain"


class KeyStore:
    """The keys by client id, in a file that Home Assistant alone can read."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Make it; `async_load` before use."""
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.keys", private=True, atomic_writes=True)
        self._kept: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, CommandKey] = {}
        self._claims: dict[str, CommandKey] = {}

    async def async_load(self) -> None:
        """Read the file; a key that cannot be read is not used, and stays in the file as it is."""
        self._kept = await self._store.async_load() or {}
        for client_id, kept in self._kept.items():
            if (key := _read(kept.get(_PRIVATE_KEY))) is not None:
                self._keys[client_id] = key
            else:
                _LOGGER.error("The command key of a Tesla app in %s cannot be read", self._store.path)

    def get(self, client_id: str) -> CommandKey | None:
        """Return the key of an app, if it has one."""
        return self._keys.get(client_id)

    def is_broken(self, client_id: str) -> bool:
        """Whether an app has a key that cannot be read."""
        return client_id in self._kept and client_id not in self._keys

    def previous(self, client_id: str) -> dict[str, CommandKey]:
        """Return the keys that an app has had before, by fingerprint, the last one first."""
        found = map(_read, reversed(self._kept.get(client_id, {}).get(_PREVIOUS, [])))
        return {key.fingerprint: key for key in found if key is not None}

    def domain(self, client_id: str) -> str | None:
        """Return the domain that the app was registered with."""
        return self._kept.get(client_id, {}).get(_DOMAIN)

    def served_at(self, host: str) -> CommandKey | None:
        """Return the key to serve to who asks for it at this host."""
        if host in self._claims:
            return self._claims[host]
        for client_id, key in self._keys.items():
            if self.domain(client_id) == host:
                return key
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    @contextmanager
    def claimed(self, host: str, key: CommandKey) -> Iterator[None]:
        """Serve this key at a host while an app is being registered, whoever had the host before."""
        self._claims[host] = key
        try:
            yield
        finally:
            self._claims.pop(host, None)

    async def async_get_or_make(self, client_id: str) -> CommandKey:
        """Return the key of an app, made now if it has none; raises HomeAssistantError if it has one that is broken."""
        if self.is_broken(client_id):
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="key_unreadable")
        if client_id not in self._keys:
            await self.async_replace(client_id, CommandKey.generate())
        return self._keys[client_id]

    async def async_replace(self, client_id: str, key: CommandKey) -> None:
        """Give an app this key; the one that it had, even a broken one, stays in the file as a previous one."""
        current = self.get(client_id)
        if current is not None and current.public_hex == key.public_hex:
            return
        kept = self._kept.setdefault(client_id, {})
        before = kept.get(_PRIVATE_KEY)
        previous = [pem for pem in kept.get(_PREVIOUS, []) if pem not in (before, key.private_pem)]
        if before is not None:
            previous.append(before)
        kept |= {_PRIVATE_KEY: key.private_pem, **({_PREVIOUS: previous} if previous else {})}
        self._keys[client_id] = key
        await self._store.async_save(self._kept)

    async def async_set_domain(self, client_id: str, domain: str) -> None:
        """Keep where the key of an app is hosted; a domain belongs to one app (fleet_api.md 3.1)."""
        for kept in self._kept.values():
            if kept.get(_DOMAIN) == domain:
                del kept[_DOMAIN]
        self._kept[client_id][_DOMAIN] = domain
        await self._store.async_save(self._kept)


def _read(pem: object) -> CommandKey | None:
    try:
        return CommandKey.load(pem) if isinstance(pem, str) else None
    except ValueError:
        return None


DATA_KEYS: HassKey[KeyStore] = HassKey(f"{DOMAIN}_keys")


async def async_keys(hass: HomeAssistant) -> KeyStore:
    """Return the keys of this Home Assistant."""
    if DATA_KEYS not in hass.data:
        store = KeyStore(hass)
        await store.async_load()
        hass.data.setdefault(DATA_KEYS, store)
    return hass.data[DATA_KEYS]
