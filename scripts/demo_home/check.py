"""The check: a person's way through the real interface, in a headless browser, with pictures."""

import asyncio
from collections.abc import Awaitable, Callable
import os
from pathlib import Path
import re
import shutil
from typing import Any

import aiohttp
from playwright.async_api import BrowserContext, Error, Locator, Page, TimeoutError as TooLate, async_playwright

from tesla_simulator import Simulator

from . import DemoError
from .dashboard import put_up_dashboard
from .files import DOMAIN, Home
from .hass import Person

PATIENCE_MS = 30_000
PATIENCE_S = 30
SETTLE_MS = 800
VIEWPORT = {"width": 1600, "height": 1000}
TALL = {"width": 1600, "height": 1480}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
]
CAR = "Luna"
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_FAULT = re.compile(r"Traceback|Detected ")
_DIALOG = "dialog-data-entry-flow"


class Check:
    """One walk through it all."""

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

    async def run(self) -> None:
        """Do it; raises DemoError with what failed."""
        for old in self._folder.glob("[0-9][0-9]-*.png"):
            old.unlink()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=_chromium(), headless=True, args=FLAGS)
                try:
                    self._context = await browser.new_context(viewport=VIEWPORT, locale="en-US")  # type: ignore[arg-type]
                    self._context.set_default_timeout(PATIENCE_MS)
                    self._page = await self._context.new_page()
                    await self._walk()
                finally:
                    await browser.close()
        except TooLate as err:
            raise DemoError(f"The check failed while {self._doing}: {err.message.splitlines()[0]}") from err
        except Error as err:
            raise DemoError(f"The check failed while {self._doing}: {err.message}") from err
        self._begin("the log is read")
        self._read_log()
        print(f"The check passed; {self._shots} pictures in {self._folder}", flush=True)

    async def _walk(self) -> None:
        try:
            await self._sign_in()
            await self._look_at_devices()
            await self._use_dashboard()
        except DemoError, Error:
            await self._shot(self._page, "failed")
            raise

    def _begin(self, doing: str) -> None:
        self._doing = doing
        print(f"check: {doing}", flush=True)

    async def _shot(self, page: Page, name: str) -> None:
        await page.wait_for_timeout(SETTLE_MS)
        self._shots += 1
        await page.screenshot(path=self._folder / f"{self._shots:02}-{name}.png")

    # The set-up

    async def _sign_in(self) -> None:
        page = self._page
        self._begin("Home Assistant opens without a password")
        await page.goto(f"{self._url}/config/integrations/dashboard")
        await page.get_by_text("Add integration").first.click()
        self._begin("the integration is looked for")
        await page.wait_for_timeout(SETTLE_MS)
        await page.keyboard.type("tesla charging")
        found = page.locator("ha-integration-list-item", has_text="Tesla Charging").first
        await found.wait_for()
        await self._shot(page, "add-integration")
        await found.click()

        self._begin("the set-up asks what is wanted")
        dialog = page.locator(_DIALOG)
        wish = dialog.locator('[value="choose"]').first
        await wish.wait_for()
        await self._shot(page, "wish")
        await wish.click()
        await self._submit()

        self._begin("the set-up asks for each scope")
        scopes = dialog.locator("ha-form ha-selector-boolean, ha-form ha-form-boolean")
        await scopes.first.wait_for()
        await scopes.nth(4).locator("ha-switch, ha-checkbox, ha-formfield").first.click()
        await self._shot(page, "scopes")
        await self._submit()

        self._begin("the set-up asks for the Tesla app")
        app = self._sim.apps[0]
        fields = dialog.locator("ha-form input:not([type=radio]):not([type=checkbox])")
        await fields.nth(1).wait_for()
        await fields.nth(0).fill(app.client_id)
        await fields.nth(1).fill(app.client_secret or "")
        await self._shot(page, "tesla-app")
        async with self._context.expect_page() as opened:
            await self._submit()
        tesla = await opened.value

        self._begin("Tesla's page asks to sign in")
        await tesla.locator("#sign-in").wait_for()
        await self._shot(tesla, "tesla-sign-in")
        await tesla.locator("#sign-in").click()
        self._begin("Tesla's page asks for consent")
        await tesla.locator("#allow").wait_for()
        boxes = await tesla.locator("input[name=scope]").evaluate_all("boxes => boxes.map(box => box.value)")
        if "vehicle_location" not in boxes or "vehicle_charging_cmds" not in boxes or "user_data" in boxes:
            raise DemoError(f"Tesla's page asks for other scopes than those that were chosen: {', '.join(boxes)}.")
        await self._shot(tesla, "tesla-consent")
        await tesla.locator("#allow").click()

        self._begin("the set-up shows what was granted")
        await page.bring_to_front()
        choices = dialog.locator("step-flow-menu ha-list-item, step-flow-menu ha-list-item-button")
        finish = choices.filter(has_text=re.compile("Finish")).first
        await finish.wait_for()
        await self._shot(page, "granted")
        await finish.click()
        self._begin("the set-up is done")
        done = page.locator("step-flow-create-entry")
        await done.wait_for()
        await self._shot(page, "done")
        async with asyncio.timeout(PATIENCE_S):
            await self._person.wait_for_states()

    async def _submit(self) -> None:
        await self._page.locator(f"{_DIALOG} ha-button", has_text=re.compile("Submit|Next")).last.click()

    # What is there

    async def _look_at_devices(self) -> None:
        page = self._page
        self._begin("the integration's page is shown")
        await page.goto(f"{self._url}/config/integrations/integration/{DOMAIN}")
        await page.get_by_text(CAR).first.wait_for()
        await self._shot(page, "integration")
        devices = await self._devices()
        await page.set_viewport_size(TALL)  # type: ignore[arg-type]
        for name in (CAR, "Powerwall", "Wall Connector"):
            self._begin(f"the page of {name} is shown")
            if name not in devices:
                raise DemoError(f"There is no device {name}, only {', '.join(devices)}.")
            await page.goto(f"{self._url}/config/devices/device/{devices[name]}")
            await page.locator("ha-device-entities-card").first.wait_for()
            await self._shot(page, f"device-{name.lower().replace(' ', '-')}")

    async def _devices(self) -> dict[str, str]:
        entries = {entry["entry_id"] for entry in await self._person.ask("config_entries/get", domain=DOMAIN)}
        devices = await self._person.ask("config/device_registry/list")
        ours = [device for device in devices if entries & {*device["config_entries"]}]
        return {device["name_by_user"] or device["name"]: device["id"] for device in ours}

    # What it does

    async def _use_dashboard(self) -> None:
        page = self._page
        self._begin("the dashboard is shown")
        await put_up_dashboard(self._person, self._sim.world)
        await page.goto(self._url)
        await page.locator("hui-gauge-card").first.wait_for()
        await page.locator("hui-history-graph-card canvas").first.wait_for()
        await self._shot(page, "dashboard")
        if broken := await page.locator("hui-error-card").count():
            raise DemoError(f"The dashboard has {broken} broken cards.")

        switch = page.locator("hui-toggle-card-feature ha-control-switch").first
        await self._expect("charging_state", "Charging".__eq__)
        self._begin("charging is stopped")
        await switch.click()
        await self._expect("charging_state", "Stopped".__eq__)
        await self._expect_shown("switch.charge", lambda state: state == "off")
        await self._shot(page, "charging-stopped")
        self._begin("charging is started")
        await switch.click()
        await self._expect("charging_state", "Charging".__eq__)
        await self._expect_shown("switch.charge", lambda state: state == "on")

        self._begin("the charge limit is set")
        slider = page.locator("hui-numeric-input-card-feature ha-control-slider").first
        before = await self._told("charge_limit_soc")
        await self._click_at(slider, 0.8)
        limit = await self._expect("charge_limit_soc", lambda limit: limit != before)
        await self._expect_shown("number.charge_limit_soc", lambda state: float(state) == limit)
        await self._shot(page, "charge-limit")

        self._begin("the details of charging are shown")
        await page.locator("hui-tile-card").first.click(position={"x": 120, "y": 20})
        await page.locator("ha-more-info-dialog ha-more-info-info").wait_for()
        await self._shot(page, "more-info")

    @staticmethod
    async def _click_at(slider: Locator, part: float) -> None:
        box = await slider.bounding_box()
        if box is None:
            raise DemoError("The slider of the charge limit cannot be seen.")
        await slider.click(position={"x": box["width"] * part, "y": box["height"] / 2})

    async def _told(self, field: str) -> Any:
        """Return what the simulated Tesla says of the car."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self._sim.url('control')}/control/state") as answer,
        ):
            cars = (await answer.json())["cars"]
        return next(car[field] for car in cars if car["display_name"] == CAR)

    async def _expect(self, field: str, good: Callable[[Any], bool]) -> Any:
        """Wait until the simulated Tesla says so of the car; return what it says."""
        return await self._until(f"{CAR}'s {field} to change at Tesla", lambda: self._told(field), good)

    async def _expect_shown(self, key: str, good: Callable[[str], bool]) -> None:
        platform, _, name = key.partition(".")
        vin = self._sim.world.car_named(CAR).vin
        entity_id = (await self._person.entity_ids())[f"{platform}.{vin}-{name}"]

        async def value() -> str:
            return (await self._person.states())[entity_id]

        await self._until(f"{entity_id} to follow in Home Assistant", value, good)

    async def _until[T](self, what: str, value: Callable[[], Awaitable[T]], good: Callable[[T], bool]) -> T:
        now: T | None = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not good(now := await value()):
                    await asyncio.sleep(0.1)
        except TimeoutError as err:
            raise DemoError(f"The check waited {PATIENCE_S} s for {what}; it is {now}.") from err
        return now

    def _read_log(self) -> None:
        """Find what the integration should not have caused."""
        for record in _RECORD.split(self._home.log.read_text(encoding="utf-8")):
            level = record.split(" ", 3)[2:3]
            if DOMAIN in record and (level in (["ERROR"], ["CRITICAL"]) or _FAULT.search(record)):
                raise DemoError(f"Home Assistant's log tells of a fault of the integration:\n{record.strip()}")


def _chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        raise DemoError(f"The check needs Chromium or Chrome, and {path} is not there. Name it in CHROMIUM.")
    return path
