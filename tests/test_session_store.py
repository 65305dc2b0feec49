"""The file of the charging log: it comes back when it has gone, and after a disk that was full."""

import asyncio
from collections.abc import Callable
from functools import partial
import os
from pathlib import Path

import pytest

from custom_components.tesla_charging.session_store import SessionStore
from homeassistant.core import HomeAssistant

WHOLE = '{"sessions":[]}\n'


def path_of(hass: HomeAssistant) -> Path:
    """Return where the file is."""
    return Path(hass.config.path(".storage", "tesla_charging.entry.charging_log"))


async def store_of(hass: HomeAssistant) -> SessionStore:
    """Return a store whose file holds a line."""
    store = SessionStore(hass, "entry")
    assert (await store.async_load()).sessions == []
    await store.async_append("{}\n", lambda: lambda: WHOLE)
    assert path_of(hass).read_text() == WHOLE
    return store


async def test_a_file_that_has_gone(hass: HomeAssistant) -> None:
    """It is written anew, whole."""
    store = await store_of(hass)
    await store.async_append("{}\n", lambda: lambda: "never")
    assert path_of(hass).read_text() == WHOLE + "{}\n"
    path_of(hass).unlink()
    await store.async_append("{}\n", lambda: lambda: WHOLE)
    assert path_of(hass).read_text() == WHOLE
    await store.async_remove()
    assert not path_of(hass).exists()


async def test_a_disk_that_is_full(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a line is a fault, said once, and made up for by the next write that succeeds."""
    store = await store_of(hass)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda *_: 1)
        for _ in range(2):
            await store.async_append("{}\n", _full)
    assert caplog.text.count("cannot be written") == 1
    await store.async_append("{}\n", lambda: lambda: WHOLE * 2)
    assert path_of(hass).read_text() == WHOLE * 2


async def test_what_comes_while_it_is_written(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lines that wait for a file that is made anew, each is in it or after it."""
    store = await store_of(hass)
    known = ["a"]
    path_of(hass).unlink()

    async def append(name: str) -> None:
        known.append(name)
        await store.async_append(f"{name}\n", lambda: partial("\n".join, [*known, ""]))

    await asyncio.gather(*(append(name) for name in "bcd"))
    assert set(path_of(hass).read_text().split()) == {"a", "b", "c", "d"}


def _full() -> Callable[[], str]:
    raise OSError(28, "No space left on device")
