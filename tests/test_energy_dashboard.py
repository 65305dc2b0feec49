"""The Energy dashboard: a site comes into it with one click, and what a person has there stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.tesla_charging.charging.session import Place
from custom_components.tesla_charging.const import DOMAIN
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.energy.validate import async_validate
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from tesla_simulator.world import Account, Site

from .conftest import SetUp
from .helpers import JUNIPER, START
from .history_help import caught_up, device_id, history_of, imported, turns
from .repairing import Repairs, issue_of
from .sessions import cost, keep, session

pytestmark = pytest.mark.freeze_time(START)

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)


@pytest.fixture
def site(hass: HomeAssistant, person: Account) -> Site:
    """Return the Powerwall, installed three days ago."""
    found = person.sites[0]
    found.installed = NOON - timedelta(days=3)
    return found


@pytest.fixture
async def energy(recorder_mock: None, hass: HomeAssistant) -> None:
    """Set the Energy dashboard up."""
    assert await async_setup_component(hass, "energy", {})


async def sources_of(hass: HomeAssistant, ws: WebSocketGenerator) -> dict[str, Any]:
    """Return the preferences of the Energy dashboard, as its page asks for them."""
    client = await ws(hass)
    await client.send_json_auto_id({"type": "energy/get_prefs"})
    answer = await client.receive_json()
    found: dict[str, Any] = answer.get("result") or {"energy_sources": [], "device_consumption": []}
    return found


def stat(site: Site, what: str) -> str:
    """Return the id of a statistic."""
    return f"{DOMAIN}:{site.id}_{what}"


@pytest.mark.usefixtures("energy")
async def test_one_click_puts_a_site_into_the_dashboard(
    hass: HomeAssistant,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """As soon as there is something to see, Repairs offers it; a click, and the dashboard has all of the site."""
    assert await async_setup_component(hass, "repairs", {})
    entry = await set_up()
    assert issue_of(hass, entry, "energy_dashboard") is None
    await imported(hass, freezer, history_of(hass, entry, site))
    repairs = Repairs(hass, await hass_client())
    issue = issue_of(hass, entry, "energy_dashboard")
    form = await repairs.begins(issue)
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == {"site": "Powerwall"}
    assert (await repairs.answers())["type"] == "create_entry"
    assert issue_of(hass, entry, "energy_dashboard") is None
    prefs = await sources_of(hass, hass_ws_client)
    by_type = {one["type"]: one for one in prefs["energy_sources"]}
    assert by_type["grid"] == {
        "type": "grid",
        "name": "Powerwall",
        "stat_energy_from": stat(site, "grid_import"),
        "stat_energy_to": stat(site, "grid_export"),
        "stat_cost": stat(site, "grid_import_cost"),
        "stat_compensation": stat(site, "grid_export_compensation"),
        **dict.fromkeys(
            ("entity_energy_price", "number_energy_price", "entity_energy_price_export", "number_energy_price_export")
        ),
        "cost_adjustment_day": 0.0,
    }
    assert by_type["solar"]["stat_energy_from"] == stat(site, "solar")
    assert by_type["battery"]["stat_energy_from"] == stat(site, "battery_discharge")
    assert by_type["battery"]["stat_energy_to"] == stat(site, "battery_charge")
    assert prefs["device_consumption"] == [{"stat_consumption": stat(site, "wall_connector")}]
    found = (await async_validate(hass)).as_dict()
    assert [one for group in found["energy_sources"] for one in group] == []
    await caught_up(hass, freezer, history_of(hass, entry, site))
    await turns(hass, freezer, 3600)
    assert issue_of(hass, entry, "energy_dashboard") is None


@pytest.mark.usefixtures("energy")
async def test_what_a_person_has_in_the_dashboard_stays(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, hass_ws_client: WebSocketGenerator
) -> None:
    """Sources and devices of others stay as they are, and nothing is counted twice unless it is wanted."""
    entry = await set_up()
    device = device_id(hass, entry, site)
    add = (DOMAIN, "add_to_energy_dashboard")
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(*add, {"device_id": device}, blocking=True)
    assert error.value.translation_key == "no_statistics_yet"
    grid = {"type": "grid", "stat_energy_from": "sensor.meter", "cost_adjustment_day": 0.0, "stat_energy_to": None}
    others = [grid, {"type": "gas", "stat_energy_from": "sensor.gas", "stat_cost": None}]
    devices = [{"stat_consumption": "sensor.fridge"}]
    manager = await async_get_manager(hass)
    update: Any = {"energy_sources": others, "device_consumption": devices}
    await manager.async_update(update)
    await imported(hass, freezer, history_of(hass, entry, site))

    async def call(**data: Any) -> Any:
        return await hass.services.async_call(*add, {"device_id": device, **data}, blocking=True, return_response=True)

    assert await call() == {"added": ["solar", "battery", "wall_connector"], "left_alone": ["grid"]}
    prefs = await sources_of(hass, hass_ws_client)
    assert prefs["energy_sources"][:2] == others
    assert [one["type"] for one in prefs["energy_sources"]] == ["grid", "gas", "solar", "battery"]
    assert prefs["device_consumption"][0] == devices[0]
    assert await call() == {"added": [], "left_alone": ["grid", "solar", "battery"]}
    assert await call(beside_others=True) == {"added": ["grid"], "left_alone": ["solar", "battery"]}
    prefs = await sources_of(hass, hass_ws_client)
    assert [one["type"] for one in prefs["energy_sources"]] == ["grid", "gas", "solar", "battery", "grid"]


@pytest.mark.usefixtures("energy")
async def test_cars_are_devices_within_the_wall_connectors(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, hass_ws_client: WebSocketGenerator
) -> None:
    """What a car has charged at home is part of what the Wall Connectors have delivered; it is added once, by its name."""
    entry = await set_up()
    keep(hass, entry, session(1, cost=cost("2.31")), session(2, vin=JUNIPER, place=Place.ELSEWHERE))
    await imported(hass, freezer, history_of(hass, entry, site))
    data = {"device_id": device_id(hass, entry, site)}

    async def call() -> Any:
        return await hass.services.async_call(
            DOMAIN, "add_to_energy_dashboard", data, blocking=True, return_response=True
        )

    assert (await call())["added"] == ["grid", "solar", "battery", "wall_connector", "car"]
    prefs = await sources_of(hass, hass_ws_client)
    charges = stat(site, "wall_connector")
    assert prefs["device_consumption"] == [
        {"stat_consumption": charges},
        {"stat_consumption": f"{DOMAIN}:kf000001_home_energy", "name": "Luna", "included_in_stat": charges},
    ]
    found = (await async_validate(hass)).as_dict()
    assert [one for group in found["device_consumption"] for one in group] == []
    assert (await call())["added"] == []


@pytest.mark.usefixtures("recorder_mock")
async def test_without_the_dashboard(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where the Energy dashboard is not set up, nothing is offered, and the action says so."""
    entry = await set_up()
    await imported(hass, freezer, history_of(hass, entry, site))
    assert issue_of(hass, entry, "energy_dashboard") is None
    data = {"device_id": device_id(hass, entry, site)}
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(DOMAIN, "add_to_energy_dashboard", data, blocking=True)
    assert error.value.translation_key == "no_energy_dashboard"
