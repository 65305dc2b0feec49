"""The options for what charging costs, as a person goes through them, and as others read them."""

from collections.abc import Mapping
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging import cost_flow
from custom_components.tesla_charging.charging.mix import Rule
from custom_components.tesla_charging.const import CONF_COSTS, CONF_REFERENCE_PRICE, DOMAIN
from custom_components.tesla_charging.cost_options import CostOptions, cost_options, with_cost_options
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .cost_help import price_is
from .helpers import START
from .test_options import Options, sentences

pytestmark = pytest.mark.freeze_time(START)

PRICE = "sensor.power_price"
TEXTS = Path(cost_flow.__file__).parent / "translations"


def error_of(result: Any, language: str = "en") -> str:
    """Return the sentence below the price entity, with its blanks filled in."""
    assert result["type"] is FlowResultType.FORM
    assert list(result["errors"]) == ["price_entity"]
    told = json.loads((TEXTS / f"{language}.json").read_text())["options"]["error"]
    return str(told[result["errors"]["price_entity"]]).format(**result["description_placeholders"])


def suggested(result: Any) -> dict[str, Any]:
    """Return what is in the form already."""
    fields = result["data_schema"].schema
    said = {str(field): (field.description or {}).get("suggested_value") for field in fields}
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize("language", ["en", "de"])
async def test_all_that_can_be_said(hass: HomeAssistant, set_up: SetUp, language: str) -> None:
    """Prices, who gets the sun, and a reference: kept, shown again, cleared, and nothing else is touched by it."""
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, options={"cars": {"V": {"paused": False}}})
    person = Options(hass, entry)
    price_is(hass, "0.25")
    form = await person.picks("costs")
    # By the tariff of the site it is noon in Berlin.
    assert "0.31 EUR" in sentences("costs", form["description_placeholders"], language)
    assert suggested(form) == {}
    said = {
        "price_entity": PRICE,
        "fixed_price": 0.3,
        "own_price": 0.0,
        "rule": "proportional",
        "elsewhere_price": 0.59,
        "reference_price": 0.49,
    }
    done = await person.answers(form, **said)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)
    assert entry.options == {"cars": {"V": {"paused": False}}, CONF_COSTS: said}
    assert cost_options(entry) == CostOptions(
        price_entity=PRICE,
        fixed_price=Decimal("0.3"),
        own_price=Decimal(0),
        rule=Rule.PROPORTIONAL,
        elsewhere_price=Decimal("0.59"),
        reference_price=Decimal("0.49"),
    )

    form = await person.picks("costs")
    assert "0.25 EUR" in sentences("costs", form["description_placeholders"], language)
    assert suggested(form) == {name: value for name, value in said.items() if name != "rule"}
    # The browser leaves an empty field out.
    done = await person.answers(form)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"cars": {"V": {"paused": False}}, CONF_COSTS: {"rule": "proportional"}}
    form = await person.picks("car_0")
    await person.answers(form)
    assert cost_options(entry) == CostOptions(rule=Rule.PROPORTIONAL)


@pytest.mark.parametrize("language", ["en", "de"])
async def test_what_is_known_now(hass: HomeAssistant, person: Account, set_up: SetUp, language: str) -> None:
    """The step says what a kWh costs now and how that is known, or that nobody knows."""
    person.sites[0].tariff = {}
    entry = await set_up()
    options = Options(hass, entry)
    hass.config.language = language
    form = await options.picks("costs")
    unknown = {"en": "nobody knows", "de": "niemand"}[language]
    assert unknown in sentences("costs", form["description_placeholders"], language)
    await options.answers(form, fixed_price=0.123456)
    form = await options.picks("costs")
    assert "0.1235 EUR" in sentences("costs", form["description_placeholders"], language)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("state", "unit", "words"),
    [
        (None, None, ()),
        ("cheap", "EUR/kWh", ("cheap",)),
        ("0.2", "EUR/h", ("EUR/h", "EUR/kWh")),
        ("50", "%", ("%", "EUR/kWh")),
        ("0.2", "SEK/kWh", ("SEK/kWh", "EUR")),
        ("20", "£/MWh", ("£/MWh", "EUR")),
    ],
)
async def test_a_price_entity_that_tells_no_price(
    hass: HomeAssistant, set_up: SetUp, language: str, state: str | None, unit: str | None, words: tuple[str, ...]
) -> None:
    """It is said what is wrong, what was entered stays, and then it can be put right."""
    entry = await set_up()
    person = Options(hass, entry)
    if state is not None:
        price_is(hass, state, unit)
    form = await person.answers(await person.picks("costs"), price_entity=PRICE, fixed_price=0.5)
    text = error_of(form, language)
    assert all(word in text for word in words)
    assert text.count("{") == 0 and text.endswith(".")
    assert suggested(form) == {"price_entity": PRICE, "fixed_price": 0.5}
    assert entry.options == {}
    price_is(hass, "0.2")
    done = await person.answers(form, price_entity=PRICE, fixed_price=0.5)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_COSTS] == {"price_entity": PRICE, "fixed_price": 0.5, "rule": "house_first"}


@pytest.mark.parametrize(
    ("state", "unit"),
    [("unavailable", "EUR/kWh"), ("unknown", None), ("-0.05", "€/kWh"), ("31", "ct/kWh"), ("31", "ct")],
)
async def test_a_price_entity_that_is_fine(hass: HomeAssistant, set_up: SetUp, state: str, unit: str | None) -> None:
    """One that has no state yet, a price below zero, cents."""
    entry = await set_up()
    person = Options(hass, entry)
    price_is(hass, state, unit)
    done = await person.answers(await person.picks("costs"), price_entity=PRICE)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert cost_options(entry).price_entity == PRICE


@pytest.mark.parametrize(
    "bad", [{"fixed_price": -1}, {"own_price": "x"}, {"rule": "me first"}, {"price_entity": "light.lamp"}]
)
async def test_bad_input(hass: HomeAssistant, set_up: SetUp, bad: dict[str, Any]) -> None:
    """What the form does not allow is refused by the form, and changes nothing."""
    entry = await set_up()
    person = Options(hass, entry)
    with pytest.raises(InvalidData):
        await person.answers(await person.picks("costs"), **bad)
    assert entry.options == {}


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {CONF_COSTS: None},
        {CONF_COSTS: {"price_entity": 5, "fixed_price": "much", "own_price": True, "rule": "me first"}},
        {CONF_COSTS: {"price_entity": "", CONF_REFERENCE_PRICE: float("nan"), "elsewhere_price": [1]}},
    ],
)
def test_options_that_cannot_be_read(stored: Mapping[str, Any]) -> None:
    """They were not said."""
    entry = MockConfigEntry(domain=DOMAIN, options=stored)
    assert cost_options(entry) == CostOptions()
    assert with_cost_options(entry, {"rule": "house_first", "fixed_price": None, "price_entity": ""}) == {
        **stored,
        CONF_COSTS: {"rule": "house_first"},
    }
