"""The steps of the check that are about money."""

from collections import Counter

from . import DemoError
from .files import DOMAIN
from .steps import DIALOG, Steps
from .tesla import FIRST_CAR

SAMPLES = 8  # in which no request is on its way at some time
MOST_CUT_OFF = 2


class BudgetSteps(Steps):
    """Compares what Home Assistant and the simulated Tesla tell of the cost, and goes through the options."""

    async def note_cut_off(self) -> None:
        """Note what a reload has cut off: it is on the ledger, because nobody can tell whether it has left."""
        self._begin("what the reload has cut off is noted")
        samples = [await self._ahead() for _ in range(SAMPLES)]
        self._cut_off = Counter({kind: max(0, min(one[kind] for one in samples)) for kind in samples[0]})
        if self._cut_off.total() > MOST_CUT_OFF:
            raise DemoError(f"The ledger is ahead of the bill by {self._cut_off} after a reload.")

    async def compare_cost(self) -> None:
        """See that Home Assistant and the simulated Tesla tell of the same cost, to the request."""
        page = self._page
        self._begin("the ledger is compared with the bill")

        async def both() -> tuple[dict[str, int], Counter[str]]:
            return await self._counted(), await self._ahead()

        def is_as_the_bill(found: tuple[dict[str, int], Counter[str]]) -> bool:
            return all(0 <= ahead <= self._cut_off[kind] for kind, ahead in found[1].items())

        counted, _ = await self._until("the ledger to be as the bill", both, is_as_the_bill)
        if not counted.get("data") or not counted.get("command"):
            raise DemoError(f"The bill has no data or no command on it: {counted}.")
        spent = next(one for key, one in (await self._person.entity_ids()).items() if key.endswith("-spent"))

        async def costs() -> tuple[float, float]:
            ahead, prices = await self._ahead(), self._sim.behaviour.prices
            due = self._sim.bill.cost(self._sim.apps[0].client_id) + sum(prices[kind] * ahead[kind] for kind in ahead)
            await self._person.ask(
                "call_service", domain="homeassistant", service="update_entity", service_data={"entity_id": spent}
            )
            return float((await self._person.states())[spent]), float(due)

        await self._until("the sensor to be as the bill", costs, lambda found: abs(found[0] - found[1]) < 1e-6)
        await page.goto(self._url)
        budget = page.locator("hui-heading-card", has_text="Budget")
        await budget.scroll_into_view_if_needed()
        await page.locator("hui-tile-card", has_text="Spent this month").wait_for()
        await self._shot(page, "budget")
        await page.goto(self._sim.url("control"))
        await page.locator("#bill dd", has_text="$").first.wait_for()
        await page.locator("#bill").scroll_into_view_if_needed()
        await self._shot(page, "tesla-bill")

    async def _counted(self) -> dict[str, int]:
        """Return the requests of this month on the ledger, by kind."""
        (entry,) = await self._person.ask("config_entries/get", domain=DOMAIN)
        found = await self._person.get(f"/api/diagnostics/config_entry/{entry['entry_id']}")
        counted: dict[str, int] = found["data"]["budget"]["month"]
        return counted

    async def _ahead(self) -> Counter[str]:
        """Return by how many requests the ledger is ahead of the bill, by kind."""
        ahead = Counter(await self._counted())
        billed = next(one for one in await self._control("bill") if one["client_id"] == self._sim.apps[0].client_id)
        # Signing in is free, and none of the requests that are counted.
        ahead.subtract({kind: count for kind, count in billed["counts"].items() if kind != "auth"})
        return ahead

    async def open_options(self) -> None:
        """Look at what a person may decide on, and what it costs; set a smaller budget."""
        page = self._page
        for step, name in (("Budget", "budget"), ("Beliefs about prices", "beliefs"), (FIRST_CAR, "car")):
            self._begin(f"the options show {step}")
            await page.goto(f"{self._url}/config/integrations/integration/{DOMAIN}")
            await page.locator("ha-config-entry-row ha-icon-button, ha-config-entry-row ha-button").first.wait_for()
            await page.locator("ha-config-entry-row").get_by_label("Configure", exact=True).first.click()
            choices = page.locator(f"{DIALOG} step-flow-menu").locator("ha-list-item, ha-list-item-button")
            await choices.filter(has_text=step).first.wait_for()
            if name == "budget":
                await self._shot(page, "options")
            await choices.filter(has_text=step).first.click()
            await page.locator(f"{DIALOG} ha-form").wait_for()
            await self._shot(page, f"options-{name}")
            if name == "budget":
                await page.locator(f"{DIALOG} ha-form input").first.fill("5")
                await self._submit()
                await page.get_by_text("$5.00 a month").first.wait_for()
                await self._shot(page, "options-preview")
                await self._submit()
                await page.locator("step-flow-create-entry").wait_for()
