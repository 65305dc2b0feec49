"""What a person is told of the budget, and what they can do about it."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.budget.prices import Belief
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.paying import PriceClass
from custom_components.tesla_charging.purse import Purse
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Fault, Simulator

from .conftest import SetUp, settle
from .helpers import START, asked, pass_time, state_of
from .repairing import Repairs

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3601


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> MockConfigEntry:
    """Set up, with a car that stays awake and none that wants a key."""
    sim.world.car_named("Luna").sleeps = False
    sim.world.car_named("Juniper").command_signing = "off"
    return await set_up()


@pytest.fixture
async def repairs(hass: HomeAssistant, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch) -> Repairs:
    """Return a person who repairs."""
    assert await async_setup_component(hass, "repairs", {})
    # As Home Assistant does when it starts its server
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    return Repairs(hass, await hass_client())


def purse_of(entry: MockConfigEntry) -> Purse:
    """Return the purse that an account uses."""
    purse: Purse = entry.runtime_data.purse
    return purse


def told(hass: HomeAssistant) -> list[str]:
    """Return the issues that there are."""
    return sorted(str(issue.translation_key) for issue in ir.async_get(hass).issues.values() if issue.active)


def issue(hass: HomeAssistant, key: str) -> ir.IssueEntry:
    """Return the only issue, which is of this kind."""
    assert told(hass) == [key]
    return next(iter(ir.async_get(hass).issues.values()))


async def as_read(hass: HomeAssistant, key: str, language: str = "en") -> str:
    """Return what a person reads of the only issue; every blank is filled."""
    texts = await async_get_translations(hass, language, "issues", [DOMAIN])
    blanks = issue(hass, key).translation_placeholders or {}
    return texts[f"component.{DOMAIN}.issues.{key}.description"].format(**blanks)


async def test_budget_spent(hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory) -> None:
    """That reading has stopped is told once, with what is left and when it goes on; more money ends it."""
    purse = purse_of(entry)
    await purse.async_set_spent(Decimal("9.9"))
    await pass_time(hass, freezer, 61)
    text = await as_read(hass, "budget_spent")
    assert "Of the $10.00" in text
    assert "$0.10 is left" in text
    assert "2026-07-01" in text
    assert "Von den $10.00" in await as_read(hass, "budget_spent", "de")
    assert not issue(hass, "budget_spent").is_fixable
    await purse.async_set(budget=Decimal(12))
    assert told(hass) == []
    await purse.async_set(elsewhere=Decimal(2))
    assert told(hass) == ["budget_spent"]


async def test_budget_spent_goes_with_the_month(
    hass: HomeAssistant, set_up: SetUp, sim: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """In the last hours of a month it is no news, and on the 1st it is gone."""
    sim.world.car_named("Juniper").command_signing = "off"
    freezer.move_to(datetime(2026, 6, 30, 12, tzinfo=UTC))
    entry = await set_up()
    await purse_of(entry).async_set_spent(Decimal("9.9999"))
    await pass_time(hass, freezer, 61)
    assert told(hass) == ["budget_spent"]
    await pass_time(hass, freezer, HOUR, times=20)
    assert told(hass) == []


@pytest.mark.parametrize("answer", ["exceeded_limit", "payment_required"])
async def test_try_again(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    repairs: Repairs,
    freezer: FrozenDateTimeFactory,
    answer: str,
) -> None:
    """A person who has raised the limit need not wait; as long as Tesla says no, the issue stays."""
    await purse_of(entry).async_set_spent(Decimal("9.6"))
    sim.faults.add(Fault(host="eu", answer=answer))
    await pass_time(hass, freezer, 61)
    key = {"exceeded_limit": "limit_exceeded"}.get(answer, answer)
    form = await repairs.begins(issue(hass, key))
    assert form["step_id"] == "try_again"
    assert form["description_placeholders"]["portal_url"] == f"{sim.url('control')}/portal"
    sim.clear_requests()
    form = await repairs.answers()
    assert form["errors"] == {"base": "still_closed"}
    assert asked(sim) == ["products"]
    sim.faults.clear()
    sim.clear_requests()
    done = await repairs.answers()
    assert done["type"] == "create_entry"
    assert told(hass) == []
    assert {"products", "vehicle", "live_status", "site_info"} <= set(asked(sim))


async def test_wrong_belief(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A limit that comes too early is told, with the requests that are counted now and what they cost."""
    sim.faults.add(Fault(host="eu", answer="exceeded_limit"))
    await pass_time(hass, freezer, 61)
    assert told(hass) == ["belief_disproved", "limit_exceeded"]
    purse = purse_of(entry)
    assert purse.price(PriceClass.LIST) == purse.price(PriceClass.DATA)
    sim.faults.clear()
    await purse.async_opened()
    await settle(hass)
    text = await as_read(hass, "belief_disproved")
    assert re.search(r"Energy sites: \d, Lists and states of cars: \d\. At that price they come to \$0\.0\d this", text)
    await as_read(hass, "belief_disproved", "de")
    await purse.async_set(beliefs=dict.fromkeys((PriceClass.LIST, PriceClass.ENERGY, PriceClass.ACCOUNT), Belief.FREE))
    assert told(hass) == []
    assert purse.price(PriceClass.LIST) == 0


async def test_damaged_ledger(
    hass: HomeAssistant, entry: MockConfigEntry, repairs: Repairs, freezer: FrozenDateTimeFactory
) -> None:
    """What was lost is asked of the person, who finds it at Tesla."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = next(Path(hass.config.path(".storage")).glob(f"{DOMAIN}.*.ledger"))
    path.write_text("{")
    hass.data.pop(f"{DOMAIN}_purses")  # as after a restart
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    form = await repairs.begins(issue(hass, "ledger_damaged"))
    assert form["data_schema"][0]["default"] == pytest.approx(3.14, abs=0.02)
    done = await repairs.answers(spent=1.25)
    assert done["type"] == "create_entry"
    assert purse_of(entry).standing().spent == Decimal("1.25")
    assert told(hass) == []


async def test_disk_that_cannot_be_written(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """One issue says that reading waits; it goes when the disk is back, and nothing that was sent is lost."""
    path = next(Path(hass.config.path(".storage")).glob(f"{DOMAIN}.*.ledger"))
    path.unlink()
    path.mkdir()
    await pass_time(hass, freezer, 61)
    assert "Make room on the disk" in await as_read(hass, "ledger_not_written")
    sim.clear_requests()
    await pass_time(hass, freezer, 61, times=3)
    assert "vehicle_data" not in asked(sim)
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    path.rmdir()
    await pass_time(hass, freezer, 61, times=11)
    assert told(hass) == []
    assert "vehicle_data" in asked(sim)
    billed = sim.bill.counts(sim.apps[0].client_id)
    assert {str(kind): count for kind, count in purse_of(entry).standing().month.items() if count} == billed


@pytest.fixture
def tesla_fleet() -> MockConfigEntry:
    """Return an account of Home Assistant's own integration."""
    data: dict[str, Any] = {"auth_implementation": "other", "token": {}}
    return MockConfigEntry(domain="tesla_fleet", title="Fleet", unique_id="somebody", data=data)


async def test_shared_app(
    hass: HomeAssistant, app: App, entry: MockConfigEntry, tesla_fleet: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Another integration with the same app is told of, until it goes."""
    assert told(hass) == []
    credential = ClientCredential(app.client_id, "secret")
    await async_import_client_credential(hass, "tesla_fleet", credential, "other")
    tesla_fleet.add_to_hass(hass)
    await pass_time(hass, freezer, 61)
    assert "**Fleet** (Tesla Fleet) uses the same Tesla app" in await as_read(hass, "shared_app")
    await as_read(hass, "shared_app", "de")
    await hass.config_entries.async_remove(tesla_fleet.entry_id)
    await pass_time(hass, freezer, 61)
    assert told(hass) == []


async def test_shared_account(
    hass: HomeAssistant, entry: MockConfigEntry, tesla_fleet: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """So is one with another app and the same account; one of somebody else is not."""
    tesla_fleet.add_to_hass(hass)
    await pass_time(hass, freezer, 61)
    assert told(hass) == []
    hass.config_entries.async_update_entry(tesla_fleet, unique_id=entry.unique_id)
    await pass_time(hass, freezer, 61)
    assert "belong to the same Tesla account" in await as_read(hass, "shared_account")
    await as_read(hass, "shared_account", "de")
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass) == []
