"""The options, as a person goes through them."""

from collections.abc import Mapping
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging import options_flow
from custom_components.tesla_charging.budget.habits import Day
from custom_components.tesla_charging.budget.policy import Activity, Sleep, Wishes
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.reading_options import wishes_of
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tesla_simulator import Simulator

from .conftest import SetUp, settle
from .helpers import JUNIPER, LUNA, START, pass_time, state_of

pytestmark = pytest.mark.freeze_time(START)

ALL = frozenset(Scope)
TEXTS = Path(options_flow.__file__).parent / "translations"


class Options:
    """A person at the options of an entry."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Know which."""
        self._hass, self._entry = hass, entry

    async def begins(self) -> Any:
        """Open them."""
        return await self._hass.config_entries.options.async_init(self._entry.entry_id)

    async def picks(self, option: str) -> Any:
        """Open them and choose from the menu."""
        result = await self.begins()
        assert result["type"] is FlowResultType.MENU
        result = await self._hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": option})
        assert result["type"] is FlowResultType.FORM
        return result

    async def answers(self, result: Any, **answers: Any) -> Any:
        """Submit a form, with what is in it already where nothing else is said."""
        fields = result["data_schema"].schema
        said = {str(field): field.default() for field in fields if callable(field.default)}
        return await self._hass.config_entries.options.async_configure(result["flow_id"], {**said, **answers})


def sentences(step: str, blanks: Mapping[str, str], language: str = "en") -> str:
    """Return all that a step says, with its blanks filled in; it fails where one is missing."""
    told = json.loads((TEXTS / f"{language}.json").read_text())["options"]["step"][step]
    texts = [told["title"], told.get("description", ""), *told.get("data_description", {}).values()]
    text = "\n".join(texts)
    return text.format(**blanks)


async def test_menu(hass: HomeAssistant, set_up: SetUp) -> None:
    """The money, the beliefs, and the cars by their names."""
    entry = await set_up()
    result = await Options(hass, entry).begins()
    assert result["menu_options"] == {
        "budget": "Budget",
        "beliefs": "Beliefs about prices",
        "costs": "What charging costs",
        "car_0": "Luna",
        "car_1": "Juniper",
    }


async def test_not_loaded(hass: HomeAssistant, set_up: SetUp) -> None:
    """There is nothing to decide on without the account."""
    entry = await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    result = await Options(hass, entry).begins()
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


@pytest.mark.parametrize("language", ["en", "de"])
async def test_budget(hass: HomeAssistant, set_up: SetUp, language: str) -> None:
    """Another budget is shown for what it buys before it is set; less money is older values."""
    entry = await set_up()
    person = Options(hass, entry)
    form = await person.picks("budget")
    text = sentences("budget", form["description_placeholders"], language)
    rows = form["description_placeholders"]["rows"].splitlines()
    assert [row.split("|")[1].strip() for row in rows] == ["$2.00", "$5.00", "$10.00", "$20.00"]
    assert "$10.00" in text
    preview = await person.answers(form, budget=2.5, elsewhere=0.5)
    assert preview["step_id"] == "budget_preview"
    blanks = preview["description_placeholders"]
    assert "$2.50" in sentences("budget_preview", blanks, language)
    assert entry.runtime_data.purse.standing().budget == 10
    seconds = {key: age_of(text) for key, text in blanks.items() if key.startswith(("charging", "driving"))}
    assert seconds["charging_after"] > 3 * seconds["charging_before"] > 3 * seconds["driving_before"]
    done = await person.answers(preview)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    standing = entry.runtime_data.purse.standing()
    assert (standing.budget, standing.elsewhere) == (Decimal("2.5"), Decimal("0.5"))
    assert entry.options == {}


def age_of(text: str) -> float:
    """Return the seconds of a length of time."""
    number, unit = text.split()
    return float(number) * {"s": 1, "min": 60, "h": 3600}[unit]


async def test_the_same_budget_needs_no_preview(hass: HomeAssistant, set_up: SetUp) -> None:
    """Who only changes the wake-ups is done."""
    entry = await set_up()
    person = Options(hass, entry)
    done = await person.answers(await person.picks("budget"), wakes_a_day=4)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.runtime_data.purse.wakes_a_day == 4


async def test_no_budget_reads_nothing(hass: HomeAssistant, set_up: SetUp) -> None:
    """A budget of nothing has no age to tell of."""
    entry = await set_up()
    person = Options(hass, entry)
    preview = await person.answers(await person.picks("budget"), budget=0)
    assert preview["description_placeholders"]["charging_after"] == "–"


@pytest.mark.parametrize("language", ["en", "de"])
async def test_beliefs(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, language: str
) -> None:
    """Each belief stands there with its evidence and with what it would cost if it were wrong."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=20)
    person = Options(hass, entry)
    form = await person.picks("beliefs")
    blanks = form["description_placeholders"]
    assert f"${blanks['list_cost']}" in sentences("beliefs", blanks, language)
    # Once a minute for the list, and for the site, whose settings are read once an hour.
    minutes = 365.25 / 12 * 24 * 60
    assert int(blanks["list_requests"]) == pytest.approx(minutes, abs=1)
    assert float(blanks["list_cost"]) == pytest.approx(minutes * 0.002, abs=0.01)
    assert int(blanks["energy_requests"]) == pytest.approx(minutes * (1 + 1 / 60), abs=1)
    # Only counted, never planned; a day is the least that is taken for observed.
    accounts = sum(request.price_class == "account" for request in sim.requests)
    assert int(blanks["account_requests"]) == pytest.approx(accounts * 365.25 / 12, abs=1)
    done = await person.answers(form, list="counted")
    assert done["type"] is FlowResultType.CREATE_ENTRY
    beliefs = entry.runtime_data.purse.standing().prices.beliefs
    assert beliefs == {"list": "counted", "energy": "free", "account": "free"}


@pytest.mark.parametrize("language", ["en", "de"])
async def test_car(hass: HomeAssistant, set_up: SetUp, language: str) -> None:
    """What is said of a car is kept, holds at once, and says before what it costs."""
    entry = await set_up()
    account = entry.runtime_data
    person = Options(hass, entry)
    form = await person.picks("car_0")
    blanks = form["description_placeholders"]
    text = sentences("car", blanks, language)
    assert "Luna" in text
    assert "Nothing is recorded yet" in text
    assert float(blanks["more_cost"]) > float(blanks["near_cost"]) > 0
    assert 10 <= int(blanks["more_older"].split()[0]) <= 80
    done = await person.answers(
        form, hints=["sensor.charger"], driving="more", near_home=True, sleep="always", paused=False
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)
    said = {"hints": ["sensor.charger"], "driving": "more", "near_home": True, "sleep": "always", "paused": False}
    assert entry.options == {"cars": {LUNA: said}}
    wishes = Wishes(driving=4.0, near_home=True, sleep=Sleep.ALWAYS)
    assert wishes_of(entry, LUNA) == account.vehicles[LUNA].planner.wishes == wishes
    assert wishes_of(entry, JUNIPER) == Wishes()
    assert entry.runtime_data is account

    # Hints that are cleared are gone; the browser leaves an empty field out.
    form = await person.picks("car_0")
    hints = next(field for field in form["data_schema"].schema if field == "hints")
    assert hints.description == {"suggested_value": ["sensor.charger"]}
    await person.answers(form)
    assert entry.options["cars"][LUNA] == {**said, "hints": []}


async def test_pausing_in_the_options_turns_the_switch(hass: HomeAssistant, set_up: SetUp) -> None:
    """There is one truth; and what the other car was told stays."""
    entry = await set_up()
    person = Options(hass, entry)
    await person.answers(await person.picks("car_1"), driving="less")
    await person.answers(await person.picks("car_0"), paused=True)
    await settle(hass)
    assert state_of(hass, "switch.luna_automatic_updates") == "off"
    assert wishes_of(entry, JUNIPER).driving == 0.25
    assert float((await person.picks("car_0"))["description_placeholders"]["cost"]) > 0


async def test_without_the_location_nothing_is_near_home(hass: HomeAssistant, set_up: SetUp) -> None:
    """It is not asked for, and what was said before stays."""
    entry = await set_up(ALL - {Scope.VEHICLE_LOCATION})
    person = Options(hass, entry)
    form = await person.picks("car_0")
    assert "near_home" not in {str(field) for field in form["data_schema"].schema}
    await person.answers(form)
    assert "near_home" not in entry.options["cars"][LUNA]


async def test_what_was_recorded_counts(hass: HomeAssistant, set_up: SetUp) -> None:
    """As soon as there are days, it goes by them: a car that is never driven saves nothing by driving less."""
    entry = await set_up()
    habits = entry.runtime_data.vehicles[LUNA].planner.habits
    habits.days.extend([Day(appetite=3600.0, seconds={Activity.CHARGING: 7200.0})] * 3)
    blanks = (await Options(hass, entry).picks("car_0"))["description_placeholders"]
    assert "3 recorded days" in blanks["basis"]
    assert (blanks["more_cost"], blanks["more_older"], blanks["less_cost"]) == ("0.00", "0 %", "0.00")
    # The reads of the month cost less than the budget, of which the other car and the list want a part.
    assert 0 < float(blanks["cost"]) < 10
    assert int(blanks["reads"]) == pytest.approx(float(blanks["cost"]) / 0.002, rel=0.02)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(30, "30 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (float("inf"), "–")],
)
def test_span(seconds: float, text: str) -> None:
    """Lengths of time are told in units that everybody reads."""
    assert options_flow.span(seconds) == text
