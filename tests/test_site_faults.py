"""Every endpoint of a site times what it may answer instead: the rest lives, nothing is lost, and it passes by itself."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, solar_site

from .conftest import SetUp
from .helpers import SITE, START, entity_ids, pass_time, state_of, tracebacks

pytestmark = pytest.mark.freeze_time(START)

# What is shown by each endpoint, and a value that moves or stays as it should.
SHOWN = {
    "live_status": "sensor.powerwall_charge_level",
    "site_info": "number.powerwall_backup_reserve",
    "calendar_history": "sensor.powerwall_home_usage_today",
}
LISTS = {
    "live_status": ["response.wall_connectors"],
    "site_info": [f"response.components.{key}" for key in ("batteries", "gateways", "wall_connectors")],
    "calendar_history": ["response.time_series"],
}
HARM: dict[str, dict[str, Any]] = {
    "500": {"answer": "internal"},
    "403": {"answer": "missing_scopes"},
    "404": {"answer": "not_found"},
    "empty": {"answer": "empty"},
    "null": {"answer": "null_response"},
    "null series": {},
    "HTML": {"answer": "html"},
    "truncated": {"truncate": True},
}


def fault_of(endpoint: str, name: str) -> Fault:
    """Return a fault of one site."""
    put = dict.fromkeys(LISTS[endpoint]) if name == "null series" else {}
    return Fault(endpoint, path=f"*/{SITE}/*", put=put, **HARM[name])


async def move(
    hass: HomeAssistant, person: Account, freezer: FrozenDateTimeFactory, reserve: float, seconds: float = 3601
) -> None:
    """Let the world change, and everything be read again."""
    person.sites[0].reserve = reserve
    await pass_time(hass, freezer, seconds)
    await pass_time(hass, freezer, 301)


@pytest.mark.parametrize("name", HARM)
@pytest.mark.parametrize("endpoint", SHOWN)
async def test_while_it_runs(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    name: str,
) -> None:
    """What an endpoint has told stays; what the others tell goes on, at this site, another, and the car."""
    person.sites.append(solar_site(2))
    await set_up()
    everything = entity_ids(hass)
    before = {one: state_of(hass, entity_id) for one, entity_id in SHOWN.items()}
    sun, last = state_of(hass, "sensor.energy_site_solar_power"), state_of(hass, "sensor.luna_last_data")
    assert not {"unknown", "unavailable", None} & set(before.values())

    fault = sim.faults.add(fault_of(endpoint, name))
    await move(hass, person, freezer, 33)
    assert fault.hits
    now = {one: state_of(hass, entity_id) for one, entity_id in SHOWN.items()}
    # Where only a list is null, the rest of the answer counts.
    told = name == "null series" and endpoint != "calendar_history"
    for one, value in now.items():
        assert (value == before[one]) is (one == endpoint and not told), one
        assert value not in ("unknown", "unavailable"), one
    assert now["site_info"] == ("33" if endpoint != "site_info" or told else "20")
    assert state_of(hass, "sensor.energy_site_solar_power") != sun
    assert state_of(hass, "sensor.luna_last_data") != last
    assert state_of(hass, "sensor.wall_connector_status") == "charging"
    assert entity_ids(hass) == everything
    assert tracebacks(caplog) == []
    assert hass.config_entries.flow.async_progress() == []

    sim.faults.clear()
    await move(hass, person, freezer, 44)
    after = {one: state_of(hass, entity_id) for one, entity_id in SHOWN.items()}
    assert after["site_info"] == "44"
    assert after["calendar_history"] != now["calendar_history"]
    assert after["live_status"] not in (before["live_status"], "unknown", "unavailable")
    assert entity_ids(hass) == everything


@pytest.mark.parametrize("name", HARM)
@pytest.mark.parametrize("endpoint", SHOWN)
async def test_from_the_start(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    name: str,
) -> None:
    """An endpoint that has never answered leaves the rest alive, and what it tells comes as soon as it does."""
    person.sites.append(solar_site(2))
    fault = sim.faults.add(fault_of(endpoint, name))
    entry = await set_up()
    assert entry.state is ConfigEntryState.LOADED
    assert fault.hits
    for one in SHOWN.keys() - {endpoint}:
        assert state_of(hass, SHOWN[one]) not in ("unknown", "unavailable", None), one
    assert float(state_of(hass, "sensor.energy_site_solar_power") or 0) > 1
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    assert tracebacks(caplog) == []
    sim.faults.clear()
    await move(hass, person, freezer, 33)
    for one, entity_id in SHOWN.items():
        assert state_of(hass, entity_id) not in ("unknown", "unavailable", None), one
    assert state_of(hass, SHOWN["site_info"]) == "33"
    assert float(state_of(hass, SHOWN["calendar_history"]) or 0) > 1
    assert state_of(hass, "sensor.wall_connector_status") == "charging"
