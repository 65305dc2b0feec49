"""The ledger of a Tesla app on disk: a line for each booking, before its request leaves."""

import asyncio
from datetime import datetime
import hashlib
import logging
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant

from . import line_file
from .budget import journal
from .budget.ledger import Ledger
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)
# The file is written anew after so many lines.
_MOST_LINES: Final = 4000


def tag_of(client_id: str) -> str:
    """Return what names a Tesla app where its client id does not belong."""
    return hashlib.sha256(client_id.encode()).hexdigest()[:16]


class LedgerStore:
    """The file of one ledger. One write at a time; what could not be written is written with the next that can be.

    It is not synced to the disk with each line: a process that is killed loses nothing, a power cut at most a few requests.
    """

    def __init__(self, hass: HomeAssistant, client_id: str) -> None:
        """Make it; `async_load` before use."""
        self._hass = hass
        self._path = Path(hass.config.path(".storage", f"{DOMAIN}.{tag_of(client_id)}.ledger"))
        self._lock = asyncio.Lock()
        self._waiting: list[str] = []
        self._anew = False
        self._lines = 0
        self.ledger = Ledger()
        self.writable = True

    async def async_load(self, now: datetime) -> None:
        """Read the file; what cannot be read is kept aside, and made up for."""
        reading = await self._hass.async_add_executor_job(self._read)
        if reading is None:
            return
        self.ledger = reading.ledger
        if reading.damaged:
            _LOGGER.error("The ledger %s cannot be read whole: more is taken for spent than it says", self._path)
            reading.make_up(now)
        await self.async_write_anew()

    async def async_append(self, line: str) -> bool:
        """Write a line; return whether it is on disk."""
        self._waiting.append(line)
        return await self._async_flush()

    async def async_write_anew(self) -> bool:
        """Write the whole ledger; return whether it is on disk."""
        self._anew = True
        return await self._async_flush()

    async def _async_flush(self) -> bool:
        """Write what waits; who asked may be cancelled, the write goes on."""
        return await asyncio.shield(self._hass.async_create_task(self._flush(), f"{DOMAIN} ledger"))

    async def _flush(self) -> bool:
        async with self._lock:
            if not (self._waiting or self._anew):
                return self.writable
            lines, self._waiting = self._waiting, []
            anew, self._anew = self._anew or not self.writable or self._lines >= _MOST_LINES, False
            try:
                if anew or not await self._hass.async_add_executor_job(line_file.append, self._path, "".join(lines)):
                    # What waits is in the ledger already.
                    lines, self._waiting, self._lines = [], [], 0
                    await self._hass.async_add_executor_job(line_file.replace, self._path, journal.head(self.ledger))
            except OSError as err:
                if self.writable:
                    _LOGGER.error("The ledger %s cannot be written: %s", self._path, err.strerror)
                self.writable = False
                return False
            self._lines += len(lines)
            self.writable = True
            return True

    def _read(self) -> journal.Reading | None:
        try:
            found = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            return journal.Reading(Ledger(), whole_head=False, lost=0)
        reading = journal.read(found.decode(errors="replace"))
        if reading.damaged:
            line_file.keep_aside(self._path, found)
        return reading
