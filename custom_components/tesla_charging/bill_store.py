"""What was asked about the bills of Superchargers, on disk: a restart neither asks anew nor forgets to ask."""

from dataclasses import dataclass, field
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .charging.bills import Pager
from .charging.looks import Stop, stops_from_json, to_json
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)
_VERSION: Final = 1


@dataclass(slots=True)
class Import:
    """An import that is under way: of so many days, None for all, since a time (epoch seconds), and how far it is."""

    days: int | None
    begun_at: float
    pager: Pager


@dataclass(slots=True)
class BillNotes:
    """What has to be remembered."""

    first_page: int | None = None
    imported: set[str] = field(default_factory=set)  # the cars of which all is imported, by VIN
    stops: dict[str, Stop] = field(default_factory=dict)
    under_way: Import | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        one = self.under_way
        return {
            "first_page": self.first_page,
            "imported": sorted(self.imported),
            "stops": {session_id: to_json(stop) for session_id, stop in self.stops.items()},
            "import": one and [one.days, one.begun_at, one.pager.page, one.pager.turned, sorted(one.pager.seen)],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BillNotes:
        """Read what `to_json` wrote; what is damaged begins anew, which costs some requests."""
        first = data.get("first_page") if data.get("first_page") in (0, 1) else None
        imported = data.get("imported")
        notes = cls(
            first, set(map(str, imported if isinstance(imported, list) else ())), stops_from_json(data.get("stops"))
        )
        try:
            days, begun_at, page, turned, seen = data["import"]
            pager = Pager(first, page=None if page is None else int(page), seen=set(map(str, seen)), turned=int(turned))
            notes.under_way = Import(None if days is None else int(days), float(begun_at), pager)
        except KeyError, TypeError, ValueError:
            pass
        return notes


class BillStore:
    """The notes of an account."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make it; `async_load` before use."""
        self.notes = BillNotes()
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry_id}.bills", private=True, atomic_writes=True
        )

    async def async_load(self) -> None:
        """Read what is there."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as err:
            _LOGGER.warning("What was asked about Supercharger bills cannot be read, so it begins anew: %s", err)
            return
        if isinstance(stored, dict):
            self.notes = BillNotes.from_json(stored)

    async def async_save(self) -> None:
        """Write now."""
        await self._store.async_save(self.notes.to_json())

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()
