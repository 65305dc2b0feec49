"""The import of a site's history where something it stands on is missing, damaged, or goes away."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.history import histories_of
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Site

from .conftest import SetUp, settle
from .helpers import START, asked, pass_time, state_of
from .history_help import assert_true, caught_up, forbid_sums_of_today, history_of, imported, read_until, turns

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("recorder_mock")]

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)


@pytest.fixture
def site(hass: HomeAssistant, person: Account) -> Site:
    """Return the Powerwall, installed two days ago."""
    found = person.sites[0]
    forbid_sums_of_today(hass, found)
    found.installed = NOON - timedelta(days=2)
    return found


def stored(entry: MockConfigEntry, data: Any, version: int = 1) -> dict[str, Any]:
    """Return what is on disk of the import."""
    name = f"{DOMAIN}.{entry.entry_id}.history"
    return {name: {"version": version, "minor_version": 1, "key": name, "data": data}}


@pytest.mark.parametrize(
    ("data", "version", "told"),
    [
        ({"sites": {"2252000000001": {"first": "never"}}}, 1, "begins anew: "),
        ({"sites": {"mine": {}}}, 1, "begins anew: "),
        ({"sites": {"2252000000001": None}}, 1, "begins anew: "),
        ({"sites": []}, 1, None),
        ([], 1, None),
        ({"sites": {}}, 99, "so it begins anew"),
    ],
)
async def test_damaged_on_disk(
    hass: HomeAssistant,
    site: Site,
    credentials: None,
    make_entry: Any,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: Any,
    version: int,
    told: str | None,
) -> None:
    """What cannot be read begins anew, says so, and ends at the truth."""
    entry = make_entry()
    entry.add_to_hass(hass)
    hass_storage.update(stored(entry, data, version))
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert told is None or told in caplog.text
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))


async def test_what_is_beside_energy_never_answers(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Wall Connector charges that cannot be read hold no day up."""
    sim.faults.add(Fault("telemetry_history", answer="internal"))
    history = history_of(hass, await set_up(), site)
    await turns(hass, freezer, 31)
    await turns(hass, freezer, 1000, times=12)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))
    assert not history.record.charges
    assert history.diagnostics()["last_error"] == "server_error"


async def test_settings_come_late(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing is asked for before the time zone of the site is known; then everything is."""
    fault = sim.faults.add(Fault("site_info", answer="internal"))
    history = history_of(hass, await set_up(), site)
    await turns(hass, freezer, 31, times=3)
    assert fault.hits
    assert asked(sim, "*history") == []
    sim.faults.clear()
    await turns(hass, freezer, 900, times=2)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))


async def test_installation_is_not_told(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where Tesla does not say when a site was installed, its years tell where to begin."""
    site.installed = NOON - timedelta(days=170)
    sim.faults.add(Fault("site_info", drop=["response.installation_date"]))
    history = history_of(hass, await set_up(), site)
    await turns(hass, freezer, 31)
    assert str(history.record.first) == "2025-01-01"
    assert sim.requests_for("calendar_history")[0].query["period"] == "lifetime"


async def test_database_begun_anew(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Statistics that are gone, by whatever way, are written again, although the import was through."""
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    recorder = get_instance(hass)
    known = await recorder.async_add_executor_job(list_statistic_ids, hass)
    recorder.async_clear_statistics([one["statistic_id"] for one in known if one["source"] == DOMAIN])
    await recorder.async_block_till_done()
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    await caught_up(hass, freezer, history)
    await assert_true(hass, site, read_until(history), "solar", "home", "grid_import")


async def test_site_goes_away(
    hass: HomeAssistant, sim: Simulator, person: Account, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A site that has left the account is asked for nothing more, in the middle of its import."""
    site.installed = NOON - timedelta(days=400)
    entry = await set_up()
    await turns(hass, freezer, 31)
    await turns(hass, freezer, times=5)
    assert asked(sim, "*history")
    person.sites.remove(site)
    await pass_time(hass, freezer, 60, times=17)
    assert site.id not in histories_of(hass, entry)
    assert state_of(hass, "sensor.powerwall_history_import") is None
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert asked(sim, "*history") == []
