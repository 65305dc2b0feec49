"""How far the import of each site has come, on disk."""

import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .energy.record import SiteRecord

_LOGGER = logging.getLogger(__name__)
_VERSION: Final = 1


class HistoryStore:
    """The records of the sites of an account."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make it; `async_load` before use."""
        self.sites: dict[int, SiteRecord] = {}
        self._store: Store[dict[str, Any]] = Store(
            hass,
            _VERSION,
            f"{DOMAIN}.{entry_id}.history",
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )

    async def async_load(self) -> None:
        """Read what is there; what cannot be read begins anew, which writes nothing that is there already."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as err:
            _LOGGER.warning("How far the energy history was imported cannot be read, so it begins anew: %s", err)
            return
        sites = stored.get("sites") if isinstance(stored, dict) else None
        for site_id, data in (sites if isinstance(sites, dict) else {}).items():
            try:
                self.sites[int(site_id)] = SiteRecord.from_json(data)
            except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as err:
                _LOGGER.warning("The import of an energy site's history begins anew: %s", type(err).__name__)

    async def async_save(self) -> None:
        """Write now."""
        await self._store.async_save({"sites": {str(site_id): one.to_json() for site_id, one in self.sites.items()}})

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()
