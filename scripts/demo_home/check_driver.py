"""The steps of the check that a driver does on the page of a car."""

from collections.abc import Callable

from playwright.async_api import Locator

from . import DemoError
from .dashboard import URL_PATH
from .driver_page import driver_path
from .steps import Steps
from .tesla import FIRST_CAR, SECOND_CAR

BLANK = ("Unknown", "Unavailable")


class DriverSteps(Steps):
    """Warms a car up, loads its trunk, unlocks it, and shuts all of it again."""

    async def drive_off(self) -> None:
        """Do it with the car that wants signed commands; look at the other one, too."""
        car = self._sim.world.car_named(SECOND_CAR)
        await self._open_page_of(SECOND_CAR)
        await self._shot(self._page, "car")

        self._begin(f"{SECOND_CAR} is warmed up")
        modes = self._page.locator("hui-climate-hvac-modes-card-feature ha-control-select").first
        await modes.locator(".option").last.click()
        await self._see("its climate to run", lambda: car.climate.on, True)
        await self._expect_shown(SECOND_CAR, "climate.climate", "heat_cool".__eq__)

        self._begin(f"{SECOND_CAR}'s trunk is opened")
        trunk = self._tile("Trunk").locator("hui-cover-open-close-card-feature ha-control-button")
        await trunk.first.click()
        await self._see("its trunk to be open", lambda: car.body.trunks["rear"] != 0, True)
        await self._expect_shown(SECOND_CAR, "cover.trunk", "open".__eq__)

        self._begin(f"{SECOND_CAR} is unlocked")
        lock = self._tile("Lock").locator("hui-lock-commands-card-feature ha-control-button")
        await lock.last.click()
        await self._see("it to be unlocked", lambda: car.locked, False)
        await self._expect_shown(SECOND_CAR, "lock.door_lock", "unlocked".__eq__)
        await self._shot(self._page, "car-ready")

        self._begin(f"{SECOND_CAR} is shut again")
        await trunk.last.click()
        await self._see("its trunk to be shut", lambda: car.body.trunks["rear"] == 0, True)
        await lock.first.click()
        await self._see("it to be locked", lambda: car.locked, True)
        await modes.locator(".option").first.click()
        await self._see("its climate to be off", lambda: car.climate.on, False)
        await self._expect_shown(SECOND_CAR, "lock.door_lock", "locked".__eq__)

        await self._open_page_of(FIRST_CAR)
        await self._shot(self._page, "car-other")

    async def _open_page_of(self, name: str) -> None:
        page, path = self._page, driver_path(self._sim.world.car_named(name))
        self._begin(f"the page of {name} is opened")
        await page.goto(f"{self._url}/{URL_PATH}/{path}")
        await page.locator("hui-thermostat-card").first.wait_for()
        if broken := await page.locator("hui-error-card").count():
            raise DemoError(f"The page of {name} has {broken} broken cards.")
        for word in BLANK:
            if blank := await page.locator("hui-tile-card", has_text=word).all_inner_texts():
                raise DemoError(f"The page of {name} has blank cards: {blank}.")

    def _tile(self, name: str) -> Locator:
        return self._page.locator("hui-tile-card", has_text=name).first

    async def _see(self, what: str, value: Callable[[], bool], wanted: bool) -> None:
        async def told() -> bool:
            return value()

        await self._until(f"{SECOND_CAR}: {what}", told, wanted.__eq__)
