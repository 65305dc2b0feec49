"""What stands beside the import: prices, outages, charges, faults, and a house without a recorder."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Site, powerwall_site, solar_site, truth
from tesla_simulator.world.past import Stretch

from .conftest import SetUp, settle
from .helpers import START, asked, pass_time, state_of, tracebacks
from .history_help import (
    assert_true,
    caught_up,
    device_id,
    forbid_sums_of_today,
    history_of,
    hours_of,
    imported,
    read_until,
    turns,
)

pytestmark = pytest.mark.freeze_time(START)

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)


@pytest.fixture
def site(hass: HomeAssistant, person: Account) -> Site:
    """Return the Powerwall, installed three days ago."""
    found = person.sites[0]
    forbid_sums_of_today(hass, found)
    found.installed = NOON - timedelta(days=3)
    return found


async def test_without_a_recorder(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without a recorder everything else works, nothing is imported, and nobody complains."""
    entry = await set_up()
    await pass_time(hass, freezer, 600, times=3)
    assert asked(sim, "*_history") == []
    assert float(state_of(hass, "sensor.powerwall_charge_level") or 0) > 0
    assert state_of(hass, "switch.powerwall_history_import") is None
    assert tracebacks(caplog) == []
    data = {"device_id": device_id(hass, entry, site)}
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(DOMAIN, "import_energy_history", data, blocking=True)
    assert error.value.translation_key == "no_recorder"


@pytest.mark.usefixtures("recorder_mock")
async def test_costs_of_the_tariff(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is bought costs what the tariff says of its hour, what is sold brings the other price; a new tariff counts from then."""
    history = history_of(hass, await set_up(), site)
    await imported(hass, freezer, history)

    def assert_costs(found: dict[int, float], prices: dict[int, float]) -> None:
        for hour, cost in found.items():
            local = datetime.fromtimestamp(hour, site.zone)
            price = 0.19 if local.hour < 6 else 0.38 if 17 <= local.hour < 21 else 0.31
            wanted = truth(site, hour, hour + 3600).get("grid_energy_imported", 0.0) / 1000 * prices.get(hour, price)
            assert cost == pytest.approx(wanted, abs=5e-6), local

    before = await hours_of(hass, site, "grid_import_cost")
    assert sum(before.values()) > 0.5
    assert_costs(before, {})
    sold = await hours_of(hass, site, "grid_export_compensation")
    exported = await hours_of(hass, site, "grid_export")
    assert sum(sold.values()) == pytest.approx(0.08 * sum(exported.values()), abs=1e-3)
    charges: Any = site.tariff["energy_charges"]
    charges["Summer"]["rates"] = dict.fromkeys(charges["Summer"]["rates"], 1.0)
    site.extra_load_w = 30_000.0  # so that something is bought
    for _ in range(7):
        await turns(hass, freezer, 4 * 3600)
        await caught_up(hass, freezer, history)
    after = await hours_of(hass, site, "grid_import_cost")
    noted = int(history.record.tariffs[-1][0])
    assert NOON.timestamp() < noted < NOON.timestamp() + 9 * 3600
    late = {hour: 1.0 for hour in after if hour >= noted}
    known = {hour: cost for hour, cost in after.items() if hour >= noted or hour + 3600 <= noted}
    assert sum(cost for hour, cost in after.items() if hour in late) > 0.1
    assert_costs(known, late)


@pytest.mark.usefixtures("recorder_mock")
async def test_costs_of_an_entity(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An entity tells the price, with its history; where it tells none, there is no cost."""
    entry = await set_up()
    history = history_of(hass, entry, site)
    unit = {"unit_of_measurement": "EUR/MWh"}
    hass.states.async_set("sensor.price", "500", unit)
    site.extra_load_w = 30_000.0
    data = {"device_id": device_id(hass, entry, site), "import_price_entity": "sensor.price"}
    await hass.services.async_call(DOMAIN, "set_energy_prices", data, blocking=True)
    await imported(hass, freezer, history)
    assert not any((await hours_of(hass, site, "grid_import_cost")).values()), "it was not there in those days"
    freezer.move_to(NOON.replace(hour=20))
    await pass_time(hass, freezer, 1)
    hass.states.async_set("sensor.price", "100", unit)
    for _ in range(8):
        await turns(hass, freezer, 3600)
        await caught_up(hass, freezer, history)
    found = await hours_of(hass, site, "grid_import_cost")
    for at, price in ((NOON.replace(hour=18), 0.5), (NOON.replace(hour=22), 0.1)):
        hour = int(at.timestamp())
        bought = truth(site, hour, hour + 3600)["grid_energy_imported"] / 1000
        assert bought > 0.05
        assert found[hour] == pytest.approx(bought * price, abs=5e-5)


@pytest.mark.usefixtures("recorder_mock")
async def test_outages(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An outage is an event soon after its end, once, and hours of statistics; those of the past are no news."""
    site.lived.outages.append(Stretch(int((NOON - timedelta(days=1)).timestamp()), 5400))
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    assert state_of(hass, "event.powerwall_outage") == "unknown"
    site.grid_up = False
    await pass_time(hass, freezer, 1800)
    site.grid_up = True
    began = datetime.now(UTC) - timedelta(seconds=1800)
    for _ in range(3):
        await turns(hass, freezer, 1800)
        await caught_up(hass, freezer, history)
    state = hass.states.get("event.powerwall_outage")
    assert state is not None
    assert state.attributes["event_type"] == "outage"
    assert abs(datetime.fromisoformat(state.attributes["start"]) - began) < timedelta(minutes=2)
    assert state.attributes["duration"] == pytest.approx(1800, abs=120)
    told = state.state
    for _ in range(9):
        await turns(hass, freezer, 3 * 3600)
        await caught_up(hass, freezer, history)
    assert state_of(hass, "event.powerwall_outage") == told
    hours = await hours_of(hass, site, "outage_time")
    assert sum(hours.values()) == pytest.approx(1.5 + 0.5, abs=0.04)


@pytest.mark.usefixtures("recorder_mock")
async def test_charges_are_kept(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What the Wall Connector has charged is kept once, for the charging log, and is in the right hours."""
    site.installed = NOON - timedelta(days=12)
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    told = site.charge_history(site.installed.timestamp(), datetime.now(UTC).timestamp())
    assert told is not None
    wanted = {one["charge_start_time"]["seconds"]: one["energy_added_wh"] for one in told["charge_history"]}
    assert len(wanted) > 2
    assert {one.start: one.energy_wh for one in history.charge_history} == wanted
    hours = await hours_of(hass, site, "wall_connector")
    assert sum(hours.values()) == pytest.approx(sum(wanted.values()) / 1000, abs=1e-3)
    before = history.charge_history
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    history = history_of(hass, entry, site)
    assert history.charge_history == before
    await turns(hass, freezer, 7 * 3600)
    await caught_up(hass, freezer, history)
    assert [one.start for one in history.charge_history if one.start in wanted] == sorted(wanted)


FAULTS: dict[str, dict[str, Any]] = {
    "500": {"answer": "upstream"},
    "403": {"answer": "missing_scopes"},
    "403 other": {"answer": "unsupported_vehicle"},
    "404": {"answer": "not_found"},
    "empty": {"answer": "empty"},
    "null": {"answer": "null_response"},
    "blank": {"answer": "blank_response"},
    "null series": {
        "body": {"response": {"period": "day", "time_series": None, "events": None, "charge_history": None}}
    },
    "odd series": {
        "body": {"response": {"time_series": [None, 1, {}, {"timestamp": 5}], "events": {}, "charge_history": [[]]}}
    },
    "html": {"answer": "html"},
    "truncated": {"answer": "truncated"},
    "cut in half": {"truncate": True},
    "reset": {"reset": True},
}


@pytest.mark.usefixtures("recorder_mock")
@pytest.mark.parametrize("endpoint", ["calendar_history", "telemetry_history"])
async def test_faults(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
) -> None:
    """Whatever the history brings, the rest lives; and when it passes, every hour is right."""
    entry = await set_up()
    history = history_of(hass, entry, site)
    for name, harm in FAULTS.items():
        fault = sim.faults.add(Fault(endpoint, **harm))
        await hass.services.async_call(
            DOMAIN, "import_energy_history", {"device_id": device_id(hass, entry, site)}, blocking=True
        )
        sim.clear_requests()
        await turns(hass, freezer, 31)
        await turns(hass, freezer, 61, times=3)
        if endpoint == "telemetry_history":
            await turns(hass, freezer, 3, times=12)
        else:
            assert fault.hits, name
        assert 200 in {request.status for request in sim.requests_for("live_status")}, name
        assert float(state_of(hass, "sensor.powerwall_charge_level") or 0) > 0, name
        assert state_of(hass, "sensor.luna_battery_level") not in (None, "unavailable", "unknown"), name
        assert tracebacks(caplog) == [], name
        assert hass.config_entries.flow.async_progress() == [], name
        sim.faults.clear()
        await turns(hass, freezer, 3601)
    await imported(hass, freezer, history)
    for _ in range(6):
        await turns(hass, freezer, 4 * 3600)
        await caught_up(hass, freezer, history)
    await assert_true(hass, site, read_until(history))


@pytest.mark.usefixtures("recorder_mock")
async def test_a_broken_day_stops_nothing(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A day that Tesla cannot tell is left out after three tries, marked, and put in later."""
    history = history_of(hass, await set_up(), site)
    fault = sim.faults.add(Fault("calendar_history", answer="upstream", times=3))
    await turns(hass, freezer, 31)
    await turns(hass, freezer, 61)
    await turns(hass, freezer, 301)
    assert fault.hits == 3
    await turns(hass, freezer, 901)
    await imported(hass, freezer, history)
    for _ in range(6):
        await turns(hass, freezer, 4 * 3600)
        await caught_up(hass, freezer, history)
    assert history.record.suspects == {}
    await assert_true(hass, site, read_until(history))


@pytest.mark.usefixtures("recorder_mock")
async def test_sites_of_other_kinds(
    hass: HomeAssistant, person: Account, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Solar alone has what it has, and two sites do not get in each other's way."""
    solar = solar_site(2, installed=NOON - timedelta(days=2))
    second = powerwall_site(3, installed=NOON - timedelta(days=2), solar_peak_w=4000.0)
    person.sites += [solar, second]
    entry = await set_up()
    for one in (site, solar, second):
        history = history_of(hass, entry, one)
        await imported(hass, freezer, history)
        await assert_true(hass, one, read_until(history))
    assert await hours_of(hass, solar, "battery_charge") == {}
    assert er.async_get(hass).async_get_entity_id("event", DOMAIN, f"{solar.id}-outages") is None


@pytest.mark.usefixtures("recorder_mock")
async def test_the_purse_says_no(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """While nothing may be read in the background, nothing is; then it goes on by itself."""
    history = history_of(hass, await set_up(), site)
    may = [False]
    history._may_read = lambda: may[0]  # noqa: SLF001
    await turns(hass, freezer, 901, times=5)
    assert asked(sim, "*_history") == []
    may[0] = True
    await turns(hass, freezer, 901)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))


@pytest.mark.usefixtures("recorder_mock")
async def test_diagnostics_are_private(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, hass_client: ClientSessionGenerator
) -> None:
    """Diagnostics tell how the import stands, and not whose it is."""
    assert await async_setup_component(hass, "diagnostics", {})
    entry = await set_up()
    await imported(hass, freezer, history_of(hass, entry, site))
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    told = (await answer.json())["data"]["energy_history"]
    assert [one["progress_percent"] for one in told] == [100.0]
    assert told[0]["suspect_days"] == {}
    assert str(site.id) not in str(told)
