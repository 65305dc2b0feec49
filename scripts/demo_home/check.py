"""The check: a person's way through the real interface, in a headless browser, with pictures."""

import asyncio
import os
from pathlib import Path
import re
import shutil

from playwright.async_api import Error, Locator, TimeoutError as TooLate, ViewportSize, async_playwright

from tesla_simulator import KeyHost

from . import DemoError
from .check_budget import BudgetSteps
from .check_charging import ChargingSteps
from .check_driver import DriverSteps
from .check_energy import EnergySteps
from .dashboard import put_up_dashboard
from .files import DOMAIN, PUBLIC_HOST
from .steps import DIALOG, PATIENCE_S, SETTLE_MS
from .tesla import FIRST_CAR, SECOND_CAR

PATIENCE_MS = 30_000
JUST_READ_MS = 6_000  # what was read so shortly before is not read again
VIEWPORT: ViewportSize = {"width": 1600, "height": 1000}
TALL: ViewportSize = {"width": 1600, "height": 1480}
PHONE: ViewportSize = {"width": 390, "height": 780}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
]
ASKED = {"vehicle_location", "vehicle_cmds", "vehicle_charging_cmds"}
KEYLESS_HOST = "www.example.com"
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_FAULT = re.compile(r"Traceback|Detected |deprecated")


class Check(BudgetSteps, ChargingSteps, DriverSteps, EnergySteps):
    """One walk through it all."""

    async def run(self) -> None:
        """Do it; raises DemoError with what failed."""
        for old in self._folder.glob("[0-9][0-9]-*.png"):
            old.unlink()
        for log in (self._home.log, self._home.output):
            (self._folder / log.name).unlink(missing_ok=True)
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=_chromium(), headless=True, args=FLAGS)
                try:
                    self._context = await browser.new_context(viewport=VIEWPORT, locale="en-US")
                    self._context.set_default_timeout(PATIENCE_MS)
                    self._page = await self._context.new_page()
                    await self._walk()
                finally:
                    await browser.close()
        except TooLate as err:
            raise DemoError(f"The check failed while {self._doing}: {err.message.splitlines()[0]}") from err
        except Error as err:
            raise DemoError(f"The check failed while {self._doing}: {err.message}") from err
        self._begin("nothing is left to repair")
        await self._look_for_repairs()
        self._begin("the log is read")
        self._read_log()
        print(f"The check passed; {self._shots} pictures in {self._folder}", flush=True)

    async def _walk(self) -> None:
        try:
            await self._sign_in()
            await self._register()
            await self._pair()
            await self._finish()
            await self.switch_more_on()
            await self.note_cut_off()
            await self._look_at_devices()
            await self._sign_a_command()
            await self._use_dashboard()
            await self.drive_off()
            await self.see_the_past()
            await self.compare_cost()
            await self.open_options()
            await self.price_charging()
            await self.see_charging()
            await self.fetch_invoice()
        except DemoError, Error:
            await self._shot(self._page, "failed")
            raise

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
        dialog = page.locator(DIALOG)
        wish = dialog.locator('[value="choose"]').first
        await wish.wait_for()
        await self._shot(page, "wish")
        await wish.click()
        await self._submit()

        self._begin("the set-up asks for each scope")
        scopes = dialog.locator("ha-form ha-selector-boolean, ha-form ha-form-boolean")
        await scopes.first.wait_for()
        for number in (4, 5):
            await scopes.nth(number).locator("ha-switch, ha-checkbox, ha-formfield").first.click()
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
        if not {*boxes} >= ASKED or "user_data" in boxes:
            raise DemoError(f"Tesla's page asks for other scopes than those that were chosen: {', '.join(boxes)}.")
        await self._shot(tesla, "tesla-consent")
        await tesla.locator("#allow").click()
        await page.bring_to_front()

    async def _register(self) -> None:
        """Tell Tesla of the app's key: first from a website that does not have it, then from this Home Assistant."""
        page = self._page
        self._begin("the set-up asks for the domain of the key")
        form = page.locator(f"{DIALOG} ha-form")
        domain = form.locator("input")
        await domain.wait_for()
        if (proposed := await domain.input_value()) != PUBLIC_HOST:
            raise DemoError(f"The set-up proposes the domain {proposed}, not {PUBLIC_HOST}.")
        await self._shot(page, "register")
        self._begin("a website without the key is refused")
        self._sim.key_hosts[KEYLESS_HOST] = KeyHost(status=404)
        await domain.fill(KEYLESS_HOST)
        await self._submit()
        await form.locator("ha-alert", has_text="it answers 404").wait_for()
        await self._shot(page, "register-refused")
        self._begin("the app is registered")
        await domain.fill(PUBLIC_HOST)
        await self._submit()

    async def _pair(self) -> None:
        """Scan the code with a phone, and let the car know the key."""
        page = self._page
        dialog = page.locator(DIALOG)
        await dialog.locator("ha-qr-code canvas").wait_for()
        await self._shot(page, "pair")
        self._begin("the phone asks whether to add the key")
        link = await dialog.locator("a", has_text="/_ak/").get_attribute("href")
        assert self._context.browser is not None
        assert link is not None
        phone = await self._context.browser.new_context(viewport=PHONE, locale="en-US")
        tesla = await phone.new_page()
        await tesla.goto(link)
        await tesla.locator("select").select_option(self._sim.world.car_named(SECOND_CAR).vin)
        await self._shot(tesla, "phone-asks")
        await tesla.locator("#allow").click()
        self._begin("the car knows the key")
        await tesla.locator("#result", has_text=f"added to {SECOND_CAR}").wait_for()
        await self._shot(tesla, "phone-paired")
        await phone.close()
        await self._submit()

    async def _finish(self) -> None:
        page = self._page
        self._begin("the set-up shows what was granted")
        choices = page.locator(f"{DIALOG} step-flow-menu").locator("ha-list-item, ha-list-item-button")
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

    # What is there

    async def _look_at_devices(self) -> None:
        page = self._page
        self._begin("the integration's page is shown")
        await page.goto(f"{self._url}/config/integrations/integration/{DOMAIN}")
        await page.get_by_text(FIRST_CAR).first.wait_for()
        await self._shot(page, "integration")
        devices = await self._devices()
        await page.set_viewport_size(TALL)
        await self._expect_shown(SECOND_CAR, "sensor.key_state", "paired".__eq__)
        for name in (FIRST_CAR, SECOND_CAR, "Powerwall", "Wall Connector"):
            self._begin(f"the page of {name} is shown")
            if name not in devices:
                raise DemoError(f"There is no device {name}, only {', '.join(devices)}.")
            await page.goto(f"{self._url}/config/devices/device/{devices[name]}")
            await page.locator("ha-device-entities-card").first.wait_for()
            await self._shot(page, f"device-{name.lower().replace(' ', '-')}")

    async def _sign_a_command(self) -> None:
        """Start to charge the car that wants signed commands, on its page."""
        page, devices = self._page, await self._devices()
        await self._expect(SECOND_CAR, "charging_state", "Stopped".__eq__)
        await page.goto(f"{self._url}/config/devices/device/{devices[SECOND_CAR]}")
        self._begin(f"{SECOND_CAR} is told to charge")
        await page.locator("hui-toggle-entity-row", has_text="Charging").locator("ha-switch").click()
        await self._expect(SECOND_CAR, "charging_state", "Charging".__eq__)
        await self._expect_shown(SECOND_CAR, "switch.charge", "on".__eq__)
        await page.wait_for_timeout(JUST_READ_MS)
        await page.locator("hui-button-entity-row", has_text="Refresh").locator("ha-button").click()
        await self._expect_shown(SECOND_CAR, "sensor.charging_state", "charging".__eq__)
        await page.keyboard.press("Control+Home")
        await self._shot(page, "signed-charging")
        self._begin("the simulated Tesla tells how it was told")
        vin = self._sim.world.car_named(SECOND_CAR).vin
        requests = (await self._control("state"))["requests"]
        sent = [one for one in requests if one["vin"] == vin and one["command"] == "charge_start"]
        if [(one["endpoint"], one["status"]) for one in sent] != [("signed_command", 200)]:
            raise DemoError(f"{SECOND_CAR} was not told to charge by one signed command: {sent}.")
        await page.goto(self._sim.url("control"))
        await page.locator("#requests tr", has_text="(charge_start)").wait_for()
        await self._shot(page, "tesla-signed-command")

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
        await self._expect(FIRST_CAR, "charging_state", "Charging".__eq__)
        self._begin("charging is stopped")
        await switch.click()
        await self._expect(FIRST_CAR, "charging_state", "Stopped".__eq__)
        await self._expect_shown(FIRST_CAR, "switch.charge", lambda state: state == "off")
        await self._shot(page, "charging-stopped")
        self._begin("charging is started")
        await switch.click()
        await self._expect(FIRST_CAR, "charging_state", "Charging".__eq__)
        await self._expect_shown(FIRST_CAR, "switch.charge", lambda state: state == "on")

        self._begin("the charge limit is set")
        slider = page.locator("hui-numeric-input-card-feature ha-control-slider").first
        before = await self._told(FIRST_CAR, "charge_limit_soc")
        await self._click_at(slider, 0.8)
        limit = await self._expect(FIRST_CAR, "charge_limit_soc", lambda limit: limit != before)
        await self._expect_shown(FIRST_CAR, "number.charge_limit_soc", lambda state: float(state) == limit)
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

    async def _look_for_repairs(self) -> None:
        issues = (await self._person.ask("repairs/list_issues"))["issues"]
        if ours := [issue["issue_id"] for issue in issues if issue["domain"] == DOMAIN]:
            raise DemoError(f"Home Assistant shows what is to be repaired: {', '.join(ours)}.")

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
