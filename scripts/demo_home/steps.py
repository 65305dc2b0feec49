"""What all steps of the check need: the browser, pictures, and what Home Assistant and the simulated Tesla say."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import re
from typing import Any

import aiohttp
from playwright.async_api import BrowserContext, Page

from tesla_simulator import Simulator

from . import DemoError
from .files import Home
from .hass import Person

PATIENCE_S = 30
SETTLE_MS = 800
DIALOG = "dialog-data-entry-flow"


class Steps:
    """A walk through the interface."""

    def __init__(self, person: Person, sim: Simulator, url: str, home: Home, folder: Path) -> None:
        """Say where Home Assistant and the simulated Tesla are, and where the pictures go."""
        self._person = person
        self._sim = sim
        self._url = url
        self._home = home
        self._folder = folder
        self._shots = 0
        self._doing = "the browser starts"
        self._page: Page
        self._context: BrowserContext

    def _begin(self, doing: str) -> None:
        self._doing = doing
        print(f"check: {doing}", flush=True)

    async def _shot(self, page: Page, name: str) -> None:
        await page.wait_for_timeout(SETTLE_MS)
        self._shots += 1
        await page.screenshot(path=self._folder / f"{self._shots:02}-{name}.png")

    async def _submit(self) -> None:
        await self._page.locator(f"{DIALOG} ha-button", has_text=re.compile("Submit|Next")).last.click()

    async def _control(self, what: str) -> Any:
        """Ask the simulated Tesla's control page."""
        async with (
            aiohttp.ClientSession(self._sim.url("control")) as session,
            session.get(f"/control/{what}") as answer,
        ):
            return await answer.json()

    async def _do(self, what: str) -> None:
        """Do something at the simulated Tesla's control page."""
        async with (
            aiohttp.ClientSession(self._sim.url("control")) as session,
            session.post(f"/control/{what}", json={}) as answer,
        ):
            answer.raise_for_status()

    async def _told(self, car: str, field: str) -> Any:
        """Return what the simulated Tesla says of a car."""
        return next(one[field] for one in (await self._control("state"))["cars"] if one["display_name"] == car)

    async def _expect(self, car: str, field: str, good: Callable[[Any], bool]) -> Any:
        """Wait until the simulated Tesla says so of a car; return what it says."""
        return await self._until(f"{car}'s {field} to change at Tesla", lambda: self._told(car, field), good)

    async def _expect_shown(self, car: str, key: str, good: Callable[[str], bool]) -> None:
        """Wait until Home Assistant shows so of a car."""
        platform, _, name = key.partition(".")
        vin = self._sim.world.car_named(car).vin
        entity_id = (await self._person.entity_ids())[f"{platform}.{vin}-{name}"]

        await self._until(f"{entity_id} to follow in Home Assistant", lambda: self._state(entity_id), good)

    async def _state(self, entity_id: str) -> str:
        return (await self._person.states())[entity_id]

    async def _until[T](
        self, what: str, value: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: int = PATIENCE_S
    ) -> T:
        now: T | None = None
        try:
            async with asyncio.timeout(seconds):
                while not good(now := await value()):
                    await asyncio.sleep(0.1)
        except TimeoutError as err:
            raise DemoError(f"The check waited {seconds} s for {what}; it is {now}.") from err
        return now
