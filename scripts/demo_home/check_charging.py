"""The steps of the check that have to do with the charging log: what was charged, where, and what it has cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
import re
from typing import Any

from . import DemoError
from .dashboard import CHARGING_PATH, URL_PATH, put_up_dashboard
from .files import DOMAIN
from .steps import DIALOG, Steps
from .tesla import FIRST_CAR

# What a person may switch on besides.
MORE = ("supercharger_energy_total", "charging_saving_total")
RELOAD_S = 90
IMPORT_S = 180
WRITTEN_S = 60  # 30 s pass before anything is written
PAST = timedelta(days=60)
# In the order of the form: fixed price at home, own sun and battery, fixed price elsewhere, reference price.
PRICES = ("0.33", "0.12", "0.45", "0.59")
CLOSE_WH = 20.0
PRICED_MS = 7_000  # what has changed is priced 5 s later
_COST = re.compile(r"\d+\.\d kWh · \d+\.\d\d EUR")


class ChargingSteps(Steps):
    """Says what charging costs, ends a session at home, and finds it beside those at Superchargers."""

    async def switch_more_on(self) -> None:
        """Switch on sensors of the log that are off at first; Home Assistant loads the account again for that."""
        self._begin("more sensors of the charging log are switched on")
        wanted = {f"{vin}-{key}" for vin in self._sim.world.cars for key in MORE}
        known = await self._person.ask("config/entity_registry/list")
        switched = [one["entity_id"] for one in known if one["platform"] == DOMAIN and one["unique_id"] in wanted]
        for entity_id in switched:
            await self._person.ask("config/entity_registry/update", entity_id=entity_id, disabled_by=None)

        async def missing() -> list[str]:
            states = await self._person.states()
            return [one for one in switched if states.get(one, "unavailable") == "unavailable"]

        await self._until("more sensors to be there", missing, lambda found: not found, RELOAD_S)
        await self._person.wait_for_states()

    async def price_charging(self) -> None:
        """Say in the options what charging costs; what is charged already is priced again."""
        page = self._page
        cost = await self._entity("sensor.session_cost")
        before = await self._until("the session to have a cost", lambda: self._state(cost), _is_number)
        self._begin("the options show what charging costs")
        await page.goto(f"{self._url}/config/integrations/integration/{DOMAIN}")
        await page.locator("ha-config-entry-row").get_by_label("Configure", exact=True).first.click()
        choices = page.locator(f"{DIALOG} step-flow-menu").locator("ha-list-item, ha-list-item-button")
        await choices.filter(has_text="What charging costs").first.click()
        form = page.locator(f"{DIALOG} ha-form")
        await form.wait_for()
        await page.get_by_text("by the tariff of your energy site").first.wait_for()
        await self._shot(page, "options-costs")
        fields = form.locator("ha-selector-number input")
        if (shown := await fields.count()) != len(PRICES):
            raise DemoError(f"The options ask for {shown} prices, not {len(PRICES)}.")
        for number, price in enumerate(PRICES):
            await fields.nth(number).fill(price)
        await form.get_by_text("Proportional", exact=True).first.click()
        await self._shot(page, "options-costs-said")
        await self._submit()
        await page.locator("step-flow-create-entry").wait_for()
        self._begin("the session is priced again")
        await self._until(f"{cost} to follow the new prices", lambda: self._state(cost), lambda now: now != before)

    async def see_charging(self) -> None:
        """End a session at home; see it and those at Superchargers, with their costs."""
        page = self._page
        car = self._sim.world.car_named(FIRST_CAR)
        self._begin("stops at Superchargers are imported")
        due = self._supercharged(car.vin)
        paid = await self._entity("sensor.supercharger_cost_total")
        await self._until(
            f"{paid} to be what Tesla has billed",
            lambda: self._state(paid),
            lambda state: _is_number(state) and Decimal(state) == due,
            IMPORT_S,
        )
        self._begin("a session at home ends")
        await self._do(f"cars/{car.vin}/unplug")
        refresh = await self._entity("button.refresh")
        await self._person.ask("call_service", domain="button", service="press", service_data={"entity_id": refresh})
        told = await self._entity("event.charging")
        await self._until("the session to be closed", lambda: self._event_type(told), "session_closed".__eq__)
        await page.wait_for_timeout(PRICED_MS)
        truth = car.charger.sessions[-1].energy_added_wh
        energy = float(await self._state(await self._entity("sensor.session_energy"))) * 1000
        if abs(energy - truth) > CLOSE_WH:
            raise DemoError(f"The session at home is {energy} Wh in Home Assistant, and {truth} Wh in the car.")
        self._begin("the calendar shows what was charged")
        titles = await self._titles()
        if not all(_COST.match(title) for title in titles.values()) or len(titles) < 2 or None not in titles:
            raise DemoError(f"The calendar does not show each session with its cost: {titles}.")
        self._begin("the statistics hold what was charged")
        due_in = {
            f"{vin[-8:].lower()}_supercharger_{what}" for vin in self._sim.world.cars for what in ("energy", "cost")
        }
        await self._until("the statistics of both cars", self._statistics, due_in.issubset, WRITTEN_S)
        await put_up_dashboard(self._person, self._sim.world)
        await page.goto(f"{self._url}/{URL_PATH}/{CHARGING_PATH}")
        await page.locator("hui-calendar-card").get_by_text(_COST).first.wait_for()
        await page.locator("hui-statistics-graph-card canvas").first.wait_for()
        await self._look_closely()
        await self._shot(page, "charging")
        await page.goto(f"{self._url}/calendar")
        sessions = page.get_by_text(_COST)
        await sessions.first.wait_for()
        await self._shot(page, "calendar")
        await sessions.first.click()
        await page.locator("dialog-calendar-event-detail").get_by_text("Supercharger").first.wait_for()
        await self._shot(page, "calendar-session")

    async def fetch_invoice(self) -> None:
        """Let the last invoice be fetched into the media folder."""
        self._begin("an invoice is fetched")
        vin = self._sim.world.car_named(FIRST_CAR).vin
        devices = await self._person.ask("config/device_registry/list")
        device = next(one["id"] for one in devices if [DOMAIN, vin] in one["identifiers"])
        answer = await self._person.ask(
            "call_service",
            domain=DOMAIN,
            service="download_charging_invoice",
            service_data={"device_id": device},
            return_response=True,
        )
        path = Path(answer["response"]["path"])
        if not path.is_relative_to(self._home.config / "media") or path.read_bytes()[:4] != b"%PDF":
            raise DemoError(f"The invoice is not a PDF in the media folder: {path}.")

    # What is asked for

    def _supercharged(self, vin: str) -> Decimal:
        world = self._sim.world
        now = world.clock.now().timestamp()
        return sum((one.net_due(now) for one in world.superchargers.receipts([world.cars[vin]])), Decimal(0))

    async def _statistics(self) -> set[str]:
        """Return the names of the statistics of the cars."""
        known = await self._person.ask("recorder/list_statistic_ids")
        return {one["statistic_id"].partition(":")[2] for one in known if one["source"] == DOMAIN}

    async def _entity(self, key: str) -> str:
        platform, _, name = key.partition(".")
        vin = self._sim.world.car_named(FIRST_CAR).vin
        return (await self._person.entity_ids())[f"{platform}.{vin}-{name}"]

    async def _event_type(self, entity_id: str) -> str | None:
        states: list[dict[str, Any]] = await self._person.ask("get_states")
        found = next(one for one in states if one["entity_id"] == entity_id)
        kind: str | None = found["attributes"].get("event_type")
        return kind

    async def _titles(self) -> dict[str | None, str]:
        """Return the titles of the past sessions in the calendar by their places; what was at home has none."""
        calendar, now = await self._entity("calendar.charging_schedules"), datetime.now(UTC)
        times = f"start={(now - PAST):%Y-%m-%dT%H:%M:%SZ}&end={now:%Y-%m-%dT%H:%M:%SZ}"
        events = await self._person.get(f"/api/calendars/{calendar}?{times}")
        return {one.get("location"): one["summary"] for one in events}

    async def _look_closely(self) -> None:
        """See that every tile of the view has a value."""
        for word in ("Unknown", "Unavailable"):
            if count := await self._page.locator("hui-tile-card", has_text=word).count():
                raise DemoError(f"{count} cards of the view of charging are {word.lower()}.")


def _is_number(state: str) -> bool:
    return state.replace(".", "", 1).isdecimal()
