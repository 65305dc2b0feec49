"""Products that come and go, of every kind, and that one of them harms no other."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, connector_site, powerwall3_site, powerwall_site, solar_site, wall_connector

from .conftest import SetUp, settle
from .helpers import DIN, JUNIPER, LUNA, SITE, START, asked, entity_ids, pass_time, state_of, unsigned_car, until

pytestmark = pytest.mark.freeze_time(START)

SITE_PARTS = {"Powerwall", "Gateway", "Battery 1", "Battery 2", "Wall Connector"}


def device_names(hass: HomeAssistant, entry: MockConfigEntry) -> set[str | None]:
    """Return the names of the products of an entry."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {device.name for device in devices if device.entry_type is None}


def device_of(hass: HomeAssistant, entry: MockConfigEntry, identifier: str) -> dr.DeviceEntry | None:
    """Return a device of an entry."""
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)


async def test_devices(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Two cars, a Powerwall and a Wall Connector are devices, with what is known of them."""
    entry = await set_up()
    assert device_names(hass, entry) == {"Luna", "Juniper"} | SITE_PARTS
    luna, connector = device_of(hass, entry, LUNA), device_of(hass, entry, DIN)
    assert luna is not None
    assert connector is not None
    assert (luna.manufacturer, luna.model, luna.serial_number) == ("Tesla", "Model S", LUNA)
    version = sim.world.car_named("Luna").vehicle_data()["vehicle_state"]["car_version"]
    assert luna.sw_version == version
    assert (connector.model, connector.serial_number) == ("Gen 3 Wall Connector", "PGT20000000001")
    juniper = device_of(hass, entry, JUNIPER)
    assert juniper is not None
    assert juniper.model == "Model Y"


async def test_a_new_car_and_a_new_site_come_by_themselves(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is bought shows within a minute, without a restart."""
    entry = await set_up()
    person.cars.append(unsigned_car("Nova"))
    person.sites.append(solar_site(2))
    await pass_time(hass, freezer, 61)
    assert device_names(hass, entry) >= {"Nova", "Energy site"}
    assert state_of(hass, "sensor.nova_battery_level") == "50"
    assert state_of(hass, "switch.nova_charging") == "off"
    assert float(state_of(hass, "sensor.energy_site_solar_power") or 0) > 1


async def test_what_is_sold_goes_after_a_quarter_of_an_hour(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Some lists without a product may be a slip; in the end it is gone, and nothing asks for it any more."""
    entry = await set_up()
    car, site = person.cars.pop(0), person.sites.pop()
    await pass_time(hass, freezer, 60, times=15)
    assert device_names(hass, entry) == {"Luna", "Juniper"} | SITE_PARTS
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    await pass_time(hass, freezer, 60)
    assert device_names(hass, entry) == {"Juniper"}
    assert {entity_id.partition(".")[2].partition("_")[0] for entity_id in entity_ids(hass)} == {"juniper", "tesla"}
    assert hass.states.get("sensor.luna_battery_level") is None
    sim.clear_requests()
    await pass_time(hass, freezer, 61, times=15)
    assert asked(sim) == ["products"] * 15
    assert asked(sim, "*", vin=LUNA) == []

    person.cars.append(car)
    person.sites.append(site)
    await pass_time(hass, freezer, 601)
    assert device_names(hass, entry) == {"Luna", "Juniper"} | SITE_PARTS
    assert state_of(hass, "sensor.powerwall_charge_level") not in (None, "unavailable")


async def test_one_list_that_leaves_all_out_removes_nothing(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An empty list now and then, even often, removes nothing."""
    entry = await set_up()
    before = entity_ids(hass)
    for _ in range(3):
        fault = sim.faults.add(Fault("products", body={"response": [], "count": 0}, times=1))
        await pass_time(hass, freezer, 601, times=2)
        assert fault.hits == 1
    assert entity_ids(hass) == before
    assert device_names(hass, entry) == {"Luna", "Juniper"} | SITE_PARTS
    assert state_of(hass, "sensor.luna_status") == "online"


async def test_a_wall_connector_comes_and_goes(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A second Wall Connector shows, and when it is taken off the wall its device goes."""
    entry = await set_up()
    second = wall_connector(2)
    person.sites[0].wall_connectors.append(second)
    await pass_time(hass, freezer, 61)
    assert device_of(hass, entry, second.din) is not None
    assert state_of(hass, "sensor.wall_connector_status_2") == "disconnected"
    await pass_time(hass, freezer, 3600)

    person.sites[0].wall_connectors.remove(second)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.wall_connector_status_2") == "unavailable"
    await pass_time(hass, freezer, 3600)
    await pass_time(hass, freezer, 601)
    assert device_of(hass, entry, second.din) is None
    assert device_of(hass, entry, DIN) is not None


async def test_a_wall_connector_that_was_there_at_the_start_goes(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The same holds for one that the first list had, and after a restart."""
    second = wall_connector(2)
    person.sites[0].wall_connectors.append(second)
    entry = await set_up()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    person.sites[0].wall_connectors.remove(second)
    await pass_time(hass, freezer, 3601)
    await pass_time(hass, freezer, 601)
    assert device_of(hass, entry, second.din) is None
    assert device_of(hass, entry, DIN) is not None


async def test_a_person_may_remove_only_what_is_gone(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, set_up: SetUp
) -> None:
    """A device that Tesla tells of stays; one that is left over can be removed by hand."""
    entry = await set_up()
    assert await async_setup_component(hass, "config", {})
    left = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "OLD")})
    luna, connector = device_of(hass, entry, LUNA), device_of(hass, entry, DIN)
    site = device_of(hass, entry, str(SITE))
    assert luna and connector and site
    client = await hass_ws_client(hass)
    for device, goes in ((luna, False), (connector, False), (site, False), (left, True)):
        answer = await client.remove_device(device.id)
        assert answer["success"] is goes
        assert (dr.async_get(hass).async_get(device.id) is None) is goes


async def test_renamed_car(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A new name shows on the device; the entities keep their ids."""
    entry = await set_up()
    sim.world.car_named("Luna").display_name = "Stella"
    await pass_time(hass, freezer, 61)
    assert "Stella" in device_names(hass, entry)
    assert state_of(hass, "sensor.luna_battery_level") == "62"


# Kinds


async def test_ghost_site(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """A site with nothing in it is no product."""
    person.sites.append(powerwall_site(2, battery=False, solar=False))
    entry = await set_up()
    assert device_names(hass, entry) == {"Luna", "Juniper"} | SITE_PARTS


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_powerwall_3(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """Without energy_left there is no such sensor, and all else is there, the capacity by its name plate."""
    person.sites[:] = [powerwall3_site(3)]
    await set_up()
    assert state_of(hass, "sensor.powerwall_charge_level") == "55.0"
    assert "sensor.powerwall_energy_left" not in entity_ids(hass)
    assert state_of(hass, "sensor.powerwall_battery_capacity") == "27.0"
    assert state_of(hass, "number.powerwall_backup_reserve") == "20"


async def test_solar_only(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """Sun without a battery: no sign of a battery, `wall_connectors` null, nothing known of the grid."""
    person.sites[:] = [solar_site(3)]
    entry = await set_up()
    assert device_names(hass, entry) == {"Luna", "Juniper", "Energy site"}
    ours = {entity_id.partition("energy_site_")[2] for entity_id in entity_ids(hass, start="energy_site")}
    assert ours == {
        "grid_connection", "grid_power", "grid_services_active", "grid_services_enabled", "grid_services_power",
        "generator_power", "grid_status", "home_power", "last_data", "software_version", "solar_power",
        "buy_tariff", "sell_tariff", "buy_price", "next_buy_price", "buy_price_changes_at", "sell_price",
        "next_sell_price", "sell_price_changes_at",
        "utility", "utility_rate_plan", "energy_exports", "net_metering", "time_zone", "installed_on",
        "home_usage_today", "solar_generated_today", "solar_delivered_today", "grid_imported_today",
        "grid_exported_today", "solar_to_grid_today", "solar_to_home_today", "grid_to_home_today",
    }  # fmt: skip
    assert float(state_of(hass, "sensor.energy_site_solar_power") or 0) > 1


async def test_wall_connector_only(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """A site that is nothing but a Wall Connector shows it."""
    person.sites[:] = [connector_site(3, wall_connector(5))]
    entry = await set_up()
    assert "Wall Connector" in device_names(hass, entry)
    assert "Powerwall" not in device_names(hass, entry)
    assert state_of(hass, "sensor.wall_connector_status") == "disconnected"
    assert not any("battery" in entity_id for entity_id in entity_ids(hass, start="energy_site"))


# Each on its own

HARM: list[tuple[str, dict[str, Any]]] = [
    ("hang", {"hang": True}),
    ("reset", {"reset": True}),
    ("500", {"answer": "internal"}),
    ("html", {"answer": "html"}),
    ("null", {"answer": "null_response"}),
    ("list", {"body": {"response": [1]}}),
    ("junk", {"put": {"response": "junk"}}),
    ("429", {"answer": "rate_limited"}),
    ("404", {"answer": "not_found"}),
]


@pytest.mark.parametrize("endpoint", ["vehicle_data", "live_status", "site_info", "calendar_history"])
@pytest.mark.parametrize(("name", "harm"), HARM, ids=[name for name, _ in HARM])
async def test_one_bad_product_harms_no_other(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    credentials: None,
    make_entry: Any,
    freezer: FrozenDateTimeFactory,
    endpoint: str,
    name: str,
    harm: dict[str, Any],
) -> None:
    """A car or a site that hangs, fails or talks nonsense at set-up leaves all others alive, and comes later."""
    person.cars.append(unsigned_car("Nova"))
    person.sites.append(solar_site(2))
    which: dict[str, Any] = {"vin": LUNA} if endpoint.startswith("vehicle") else {"path": f"*/{SITE}/*"}
    fault = sim.faults.add(Fault(endpoint, **which, **harm))
    entry = make_entry()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    good = {
        "sensor.nova_battery_level": "50",
        "sensor.juniper_status": "asleep",
        "sensor.energy_site_software_version": "26.26.1 0a1b2c3d",
    }
    if not endpoint.startswith("vehicle"):
        good["sensor.luna_battery_level"] = "62"
    await until(lambda: fault.hits and all(state_of(hass, one) == value for one, value in good.items()))
    if endpoint.startswith("vehicle"):
        assert state_of(hass, "sensor.luna_battery_level") in (None, "unavailable")
        assert float(state_of(hass, "sensor.powerwall_charge_level") or 0) > 50

    await pass_time(hass, freezer, 31)
    sim.faults.clear()
    await pass_time(hass, freezer, 3601)
    assert state_of(hass, "sensor.luna_battery_level") not in (None, "unavailable")
    assert state_of(hass, "sensor.powerwall_charge_level") not in (None, "unavailable")
    assert state_of(hass, "number.powerwall_backup_reserve") == "20"
