"""The charging log of an account on disk: a line for each change, and now and then the whole written anew."""

import asyncio
from collections.abc import Callable
import contextlib
import logging
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant

from . import line_file
from .charging import lines
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)
# The file is written anew when it is so much larger than what it says, bytes and times.
_SPARE: Final = 400_000
_TIMES: Final = 2


class SessionStore:
    """The file of one log. One write at a time; what could not be written is written with the next that can be."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make it; `async_load` before use."""
        self._hass = hass
        self._path = Path(hass.config.path(".storage", f"{DOMAIN}.{entry_id}.charging_log"))
        self._lock = asyncio.Lock()
        self._waiting: list[str] = []
        self._size = self._least = 0
        self._anew = False
        self.writable = True

    async def async_load(self) -> lines.Reading:
        """Read the file; what cannot be read is kept aside."""
        reading = await self._hass.async_add_executor_job(self._read)
        if reading.lost:
            _LOGGER.error(
                "The charging log %s cannot be read whole: %s of its records are lost. The file as it was is kept beside it",
                self._path.name,
                reading.lost,
            )
        self._anew, self._size = reading.lost > 0 or not reading.size or not reading.ended, reading.size
        return reading

    async def async_append(self, line: str, whole: Callable[[], Callable[[], str]]) -> None:
        """Write a line; where the file has to be made anew, `whole` takes what is known then, for another thread to write."""
        self._waiting.append(line)
        await asyncio.shield(self._hass.async_create_task(self._flush(whole), f"{DOMAIN} charging log"))

    async def async_remove(self) -> None:
        """Forget everything."""
        async with self._lock:
            await self._hass.async_add_executor_job(line_file.remove, self._path)

    async def _flush(self, whole: Callable[[], Callable[[], str]]) -> None:
        async with self._lock:
            if not self._waiting:
                return
            text, self._waiting = "".join(self._waiting), []
            anew = self._anew or self._size > _SPARE + _TIMES * self._least
            try:
                if anew or not await self._hass.async_add_executor_job(line_file.append, self._path, text):
                    # What has come to wait meanwhile is in it, too.
                    made, self._waiting = whole(), []
                    self._size = self._least = await self._hass.async_add_executor_job(self._replace, made)
                    self._anew = False
                else:
                    self._size += len(text)
            except OSError as err:
                if self.writable:
                    _LOGGER.error("The charging log %s cannot be written: %s", self._path.name, err.strerror)
                # What was not written will be in the whole.
                self.writable, self._anew, self._waiting = False, True, self._waiting or [""]
            else:
                self.writable = True

    def _read(self) -> lines.Reading:
        try:
            found = self._path.read_bytes()
        except FileNotFoundError:
            return lines.Reading()
        except OSError:
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_name(f"{self._path.name}.damaged"))
            return lines.Reading(lost=1)
        reading = lines.read(found.decode(errors="replace"))
        if reading.lost:
            line_file.keep_aside(self._path, found)
        return reading

    def _replace(self, whole: Callable[[], str]) -> int:
        text = whole()
        line_file.replace(self._path, text)
        return len(text)
