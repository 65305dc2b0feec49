"""What a person must put right, and what is told of it."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging import repairs
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.energy.settings import Setting
from custom_components.tesla_charging.energy.wishes import Reason, SiteNotes, Wish
from custom_components.tesla_charging.fleet.models.vehicle import KeyState, Vehicle
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import Fault, Simulator

from .conftest import SetUp
from .helpers import JUNIPER, SITE, START, pass_time, state_of, tracebacks

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3601


@pytest.fixture
async def entry(sim: Simulator, set_up: SetUp) -> MockConfigEntry:
    """Set up, with a car that stays awake and none that wants a key."""
    sim.world.car_named("Luna").sleeps = False
    sim.world.car_named("Juniper").command_signing = "off"
    return await set_up()


@pytest.mark.parametrize("answer", ["not_registered", "locked"])
async def test_issues(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    answer: str,
) -> None:
    """What a person must put right is told once, with the way to it, and taken back when it is right again."""
    issues = ir.async_get(hass)
    assert not issues.issues
    sim.faults.add(Fault(host="eu", answer=answer))
    await pass_time(hass, freezer, 61)
    issue = issues.async_get_issue(DOMAIN, f"{answer}_{entry.entry_id}")
    assert issue is not None
    assert (issue.translation_key, issue.severity, issue.is_fixable) == (
        answer,
        ir.IssueSeverity.ERROR,
        answer == "not_registered",
    )
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["portal_url"] == f"{sim.url('control')}/portal"
    assert issue.translation_placeholders["account"] == entry.title
    await pass_time(hass, freezer, HOUR)
    assert len(issues.issues) == 1
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    assert tracebacks(caplog) == []

    sim.faults.clear()
    await pass_time(hass, freezer, HOUR)
    assert not issues.issues
    assert state_of(hass, "sensor.luna_status") in ("online", "asleep")


async def test_log_says_it_once(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A failure that lasts is one line in the log, and its end is another."""
    sim.faults.add(Fault("live_status", answer="internal"))
    await pass_time(hass, freezer, 61, times=5)
    lines = [record.getMessage() for record in caplog.records if "live" in record.getMessage() and record.levelno > 10]
    assert len([line for line in lines if "Error fetching energy site …0001 live data" in line]) == 1
    assert any("Something is wrong at Tesla" in line for line in lines)
    sim.faults.clear()
    await pass_time(hass, freezer, 72)
    assert "Fetching energy site …0001 live data recovered" in caplog.text


async def test_what_has_gone_is_no_issue(hass: HomeAssistant, set_up: SetUp) -> None:
    """Nobody is told of the key of a car, or of a setting of a site, that is no longer there."""
    entry = await set_up()
    signing = Vehicle(vin=JUNIPER, command_signing="required", key_state=KeyState.MISSING)
    wish = Wish(setting=Setting.RESERVE, value=30, found=20, reason=Reason.IGNORED)
    notes = SiteNotes(energy_site_id=SITE, wishes=(wish,))
    words = {f"component.{DOMAIN}.entity.number.{Setting.RESERVE}.name": "Reserve"}
    repairs.async_check_keys(hass, entry, [signing], can_sign=True, registered=True)
    repairs.async_check_settings(hass, entry, "Home", notes, words)
    told = {issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN}
    assert {issue.partition("_")[0] for issue in told} >= {"key", "setting"}
    repairs.async_check_keys(hass, entry, [], can_sign=True, registered=True)
    repairs.async_forget_sites(hass, entry, [])
    left = {issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN}
    assert {issue.partition("_")[0] for issue in left}.isdisjoint({"key", "setting"})
