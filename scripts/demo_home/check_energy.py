"""The steps of the check that have to do with the energy history."""

from .steps import DIALOG, Steps

IMPORT_S = 180


class EnergySteps(Steps):
    """A look at the years before."""

    async def see_the_past(self) -> None:
        """Put the imported history of the site into the Energy dashboard as Repairs offers it, and look at a month of it."""
        page, site = self._page, next(iter(self._sim.world.sites.values()))
        self._begin("the history of the site is imported")
        progress = (await self._person.entity_ids())[f"sensor.{site.id}-history_progress"]
        await self._until(
            f"{progress} to say that all is there",
            lambda: self._state(progress),
            lambda state: state == "100.0",
            IMPORT_S,
        )
        self._begin("Repairs offers the Energy dashboard")
        await page.goto(f"{self._url}/config/repairs")
        await page.get_by_text("can be shown in the Energy dashboard").first.click()
        submit = page.locator(f"{DIALOG} ha-button", has_text="Submit").last
        await submit.wait_for()
        await self._shot(page, "energy-offer")
        await submit.click()
        await page.locator(f"{DIALOG} step-flow-create-entry").wait_for()
        self._begin("the Energy dashboard shows a month")
        await page.goto(f"{self._url}/energy")
        await page.locator("hui-energy-period-selector ha-date-range-picker").first.click()
        await page.get_by_text("Last 30 days").first.click()
        await page.locator("hui-energy-usage-graph-card canvas").first.wait_for()
        await self._shot(page, "energy-month")
