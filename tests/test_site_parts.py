"""What a site is made of: devices of every shape of site, beside the local integrations, and its Wall Connectors."""

import json
import logging
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope, ordered
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import (
    Account,
    Site,
    connector_site,
    ghost_site,
    powerwall3_site,
    powerwall_site,
    solar_site,
    stale_site,
    wall_connector,
)

from .conftest import SetUp, settle
from .helpers import SITE, START, attribute, entity_ids, pass_time, state_of, tracebacks

pytestmark = pytest.mark.freeze_time(START)

EXAMPLES = Path(__file__).parents[2] / "shared" / "reference" / "examples" / "real_responses"
GATEWAY = "1152100-14-J--GF252000000001"
GATEWAY_SERIAL = "GF252000000001"
BATTERY_SERIAL = "TG100000000100"


def devices(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an entry by name, without the cars and the account."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        str(device.name): device
        for device in found
        if device.entry_type is None and device.name not in ("Luna", "Juniper")
    }


# Devices


async def test_parts_are_devices_of_their_site(hass: HomeAssistant, set_up: SetUp) -> None:
    """The gateway, each battery and each Wall Connector hang on the site, with their serial numbers."""
    entry = await set_up()
    found = devices(hass, entry)
    assert set(found) == {"Powerwall", "Gateway", "Battery 1", "Battery 2", "Wall Connector"}
    site = found.pop("Powerwall")
    assert (site.via_device_id, site.serial_number) == (None, None)
    assert {device.via_device_id for device in found.values()} == {site.id}
    serials = {name: device.serial_number for name, device in found.items()}
    assert serials == {
        "Gateway": GATEWAY_SERIAL,
        "Battery 1": BATTERY_SERIAL,
        "Battery 2": "TG100000000101",
        "Wall Connector": "PGT20000000001",
    }
    assert (found["Battery 1"].model, found["Gateway"].sw_version) == ("Powerwall 2", "26.26.1 0a1b2c3d")


@pytest.mark.parametrize(
    ("site", "names"),
    [
        (powerwall_site(3, battery_count=1), {"Powerwall", "Gateway", "Battery"}),
        (powerwall_site(3, battery_count=3), {"Powerwall", "Gateway", "Battery 1", "Battery 2", "Battery 3"}),
        (powerwall_site(3, inverters=2), {"Powerwall", "Gateway", "Battery 1", "Battery 2", "Inverter 1", "Inverter 2"}),
        (powerwall3_site(3), {"Powerwall", "Gateway", "Battery 1", "Battery 2"}),
        (powerwall3_site(3, leads=True), {"Powerwall", "Battery 1", "Battery 2"}),
        (powerwall_site(3, part_lists="null"), {"Powerwall"}),
        (powerwall_site(3, part_lists="absent"), {"Powerwall"}),
        (solar_site(3), {"Energy site"}),
        (solar_site(3, inverters=1), {"Energy site", "Inverter"}),
        (connector_site(3, wall_connector(5)), {"Energy site", "Wall Connector"}),
        (ghost_site(3), set()),
        (stale_site(3), set()),
        (stale_site(3, "upstream"), set()),
    ],
)  # fmt: skip
async def test_shapes(
    hass: HomeAssistant,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    site: Site,
    names: set[str],
) -> None:
    """Sites of every kind have the devices that they are made of, before and after a restart."""
    person.sites[:] = [site]
    entry = await set_up()
    for _ in range(2):
        assert set(devices(hass, entry)) == names
        ours = {
            one
            for one in entity_ids(hass)
            if not one.partition(".")[2].startswith(("luna", "juniper", "tesla_account"))
        }
        assert bool(ours) is bool(names)
        unavailable = {one for one in ours if state_of(hass, one) == "unavailable"}
        assert unavailable == set()
        assert await hass.config_entries.async_reload(entry.entry_id)
        await settle(hass)
    await pass_time(hass, freezer, 601)
    assert set(devices(hass, entry)) == names
    assert tracebacks(caplog) == []


async def test_several_connectors(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """Each of several Wall Connectors is a device of its own, of its own site."""
    person.sites[:] = [
        powerwall_site(1, wall_connector(1), wall_connector(2)),
        connector_site(2, wall_connector(3), wall_connector(4)),
    ]
    entry = await set_up()
    registry = dr.async_get(hass)
    for site in person.sites:
        parent = registry.async_get_device_by_identifier((DOMAIN, str(site.id)), entry.entry_id)
        assert parent is not None
        for connector in site.wall_connectors:
            device = registry.async_get_device_by_identifier((DOMAIN, connector.din), entry.entry_id)
            assert device is not None
            assert (device.via_device_id, device.serial_number) == (parent.id, connector.serial_number)
    assert len(entity_ids(hass, start="wall_connector_status")) == 4


async def test_a_stale_site_harms_no_other_and_may_come_back(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A site that was taken down leaves the names of the real one alone; when it answers, it shows."""
    stale = stale_site(9)
    person.sites.insert(0, stale)
    entry = await set_up()
    assert float(state_of(hass, "sensor.powerwall_charge_level") or 0) > 50
    assert not any("_2" in one for one in entity_ids(hass, start="powerwall"))
    stale.gone = ""
    await pass_time(hass, freezer, 3601)
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, str(stale.id)), entry.entry_id)
    assert float(state_of(hass, "sensor.powerwall_charge_level_2") or 0) > 50


async def test_a_battery_comes_and_goes(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A battery that is added shows within the hour; one that is no longer in use goes."""
    entry = await set_up()
    person.sites[0].battery_count = 3
    await pass_time(hass, freezer, 3601)
    assert {"Battery 1", "Battery 2", "Battery 3"} <= set(devices(hass, entry))
    person.sites[0].battery_count = 1
    await pass_time(hass, freezer, 3601)
    await pass_time(hass, freezer, 601)
    assert {name for name in devices(hass, entry) if name.startswith("Battery")} == {"Battery"}


async def test_a_battery_that_is_not_active_is_none(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Tesla keeps hardware that was replaced in its lists."""
    sim.faults.add(Fault("site_info", put={"response.components.batteries.0.is_active": False}))
    entry = await set_up()
    batteries = {name: one.serial_number for name, one in devices(hass, entry).items() if name.startswith("Battery")}
    assert batteries == {"Battery": "TG100000000101"}


@pytest.mark.parametrize("first", [True, False], ids=["they were first", "we were first"])
async def test_beside_the_local_integrations(hass: HomeAssistant, set_up: SetUp, first: bool) -> None:
    """The local `powerwall` and `tesla_wall_connector` keep their devices, and we ours: as they name them, by serial."""
    theirs = {
        "tesla_wall_connector": ("PGT20000000001", "PGT20000000001"),
        "powerwall": (GATEWAY, None),
        "powerwall ": (f"{GATEWAY}_{BATTERY_SERIAL}", BATTERY_SERIAL),
    }
    registry = dr.async_get(hass)

    def make() -> dict[str, dr.DeviceEntry]:
        made: dict[str, dr.DeviceEntry] = {}
        for name, (identifier, serial) in theirs.items():
            local = MockConfigEntry(domain=name.strip())
            local.add_to_hass(hass)
            made[name] = registry.async_get_or_create(
                config_entry_id=local.entry_id,
                identifiers={(name.strip(), identifier)},
                connections={(dr.CONNECTION_NETWORK_MAC, f"98:ed:5c:00:00:{len(made):02}")},
                manufacturer="Tesla",
                name=f"local {identifier}",
                serial_number=serial,
            )
        return made

    local = make() if first else {}
    entry = await set_up()
    local = local or make()
    ours = devices(hass, entry)
    assert set(ours) == {"Powerwall", "Gateway", "Battery 1", "Battery 2", "Wall Connector"}
    for device in local.values():
        now = registry.async_get(device.id)
        assert isinstance(now, dr.DeviceEntry)
        assert (now.name, now.identifiers, now.connections) == (device.name, device.identifiers, device.connections)
        assert now.config_entry_id == device.config_entry_id
        assert now.via_device_id is None
    assert not {device.id for device in local.values()} & {device.id for device in ours.values()}
    assert await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert all(registry.async_get(device.id) is not None for device in local.values())


@pytest.mark.skipif(not EXAMPLES.exists(), reason=f"no real answers in {EXAMPLES}")
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_real_answers_load_without_a_warning(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """A real product list and live status make a site, and nothing in the log."""
    products = json.loads((EXAMPLES / "products_gak_2024_01_20.json").read_text())
    live = json.loads((EXAMPLES / "energy_sites_live_status_gak_unplugged_2023_11_06.json").read_text())
    products["response"] = [one for one in products["response"] if "vin" not in one]
    sim.faults.add(Fault("products", body=products))
    sim.faults.add(Fault("live_status", body=live))
    for endpoint in ("site_info", "calendar_history"):
        sim.faults.add(Fault(endpoint, body={"response": {"SmartBreakerEnergyLogs": [{"a": 1}], "novelty": None}}))
    entry = await set_up()
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING and "tesla" in one.name] == []
    assert set(devices(hass, entry)) == {"Powerwall", "Wall Connector"}
    assert state_of(hass, "sensor.powerwall_solar_power") == "16.854"
    assert state_of(hass, "sensor.powerwall_battery_capacity") == "41.88"
    assert state_of(hass, "sensor.wall_connector_status") == "disconnected"
    assert state_of(hass, "sensor.powerwall_home_usage_today") == "0.0"


# Values


@pytest.mark.parametrize(
    ("site", "capacity"),
    [
        (powerwall_site(3), "27.0"),
        (powerwall3_site(3), "27.0"),
        (powerwall3_site(3, reports_nameplate=False, battery_count=3), "40.5"),
        (powerwall3_site(3, reports_nameplate=False), "27.0"),
    ],
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_capacity(hass: HomeAssistant, person: Account, set_up: SetUp, site: Site, capacity: str) -> None:
    """What the full battery holds is known of every Powerwall, by the first that tells it."""
    person.sites[:] = [site]
    await set_up()
    assert state_of(hass, "sensor.powerwall_battery_capacity") == capacity


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_settings_are_told(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """What the settings tell can be seen without the right to change it."""
    person.sites[0].breaker_open = True
    await set_up()
    told = {
        "sensor.powerwall_utility_rate_plan": "Example Energy Flex",
        "sensor.powerwall_utility": "Example Energy",
        "sensor.powerwall_batteries": "2",
        "sensor.powerwall_rated_capacity": "27.0",
        "sensor.powerwall_rated_power": "10.0",
        "sensor.powerwall_net_metering": "pv_only",
        "sensor.powerwall_optimization_strategy": "economics",
        "sensor.powerwall_time_zone": "Europe/Berlin",
        "sensor.powerwall_installed_on": "2022-05-04T08:00:00+00:00",
        "binary_sensor.powerwall_battery_breaker": "on",
        "binary_sensor.powerwall_vehicle_charging_off_grid": "on",
        "binary_sensor.powerwall_permission_to_export_can_be_changed": "on",
        "binary_sensor.powerwall_grid_charging_can_be_changed": "on",
        "binary_sensor.powerwall_energy_exports_can_be_changed": "on",
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in told} == told
    # A limit of a billion watts is none (fleet_api.md 7.2).
    assert not {"sensor.powerwall_grid_import_limit", "sensor.powerwall_grid_export_limit"} & entity_ids(hass)


SHOWN = {
    "sensor.powerwall_operation_mode": "self_consumption",
    "sensor.powerwall_backup_reserve": "20",
    "sensor.powerwall_off_grid_vehicle_reserve": "50",
    "sensor.powerwall_energy_exports": "pv_only",
    "binary_sensor.powerwall_storm_watch_allowed": "on",
    "binary_sensor.powerwall_charging_from_grid_allowed": "off",
}


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_settings_that_may_not_be_changed_are_shown(hass: HomeAssistant, set_up: SetUp) -> None:
    """Who may see only has sensors of the settings; who comes to change them has what changes them instead."""
    entry = await set_up(frozenset(Scope) - {Scope.ENERGY_CMDS}, granted=frozenset(Scope))
    assert {entity_id: state_of(hass, entity_id) for entity_id in SHOWN} == SHOWN
    hass.config_entries.async_update_entry(entry, data={**entry.data, "scopes": ordered(frozenset(Scope))})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not set(SHOWN) & entity_ids(hass)
    assert state_of(hass, "number.powerwall_backup_reserve") == "20"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_rule_that_nobody_may_change_is_shown(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """Where a site has no entity that changes a setting, a sensor shows it, whatever was granted."""
    person.sites[0].may_edit_exports = False
    await set_up()
    assert state_of(hass, "sensor.powerwall_energy_exports") == "pv_only"
    assert set(SHOWN) & entity_ids(hass) == {"sensor.powerwall_energy_exports"}


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_limits_of_the_meter(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A real limit is shown."""
    put = {"response.max_site_meter_power_ac": 12000, "response.min_site_meter_power_ac": -7000}
    sim.faults.add(Fault("site_info", put={**put, "response.components.non_export_configured": True}))
    await set_up()
    assert state_of(hass, "sensor.powerwall_grid_import_limit") == "12.0"
    assert state_of(hass, "sensor.powerwall_grid_export_limit") == "7.0"
    assert state_of(hass, "binary_sensor.powerwall_set_up_without_export") == "on"


async def test_energy_dashboard_takes_them(hass: HomeAssistant, set_up: SetUp) -> None:
    """Powers are measurements in a unit of power, energies totals in kWh, and the level is a percentage."""
    await set_up()
    for key in ("solar_power", "battery_power", "grid_power", "load_power"):
        entity = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{SITE}-{key}")
        assert entity is not None
        assert attribute(hass, entity, "device_class") == "power"
        assert attribute(hass, entity, "state_class") == "measurement"
    assert attribute(hass, "sensor.powerwall_charge_level", "unit_of_measurement") == "%"
    energies = [one for one in entity_ids(hass) if attribute_or_none(hass, one, "device_class") == "energy"]
    of_sites = [one for one in energies if "luna" not in one and "juniper" not in one]
    assert len(of_sites) == 7
    for entity_id in of_sites:
        assert attribute(hass, entity_id, "unit_of_measurement") == "kWh"
        assert attribute(hass, entity_id, "state_class") in ("total", "total_increasing")
        assert float(state_of(hass, entity_id) or -1) >= 0


def attribute_or_none(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    """Return an attribute, None where the entity is disabled."""
    return None if hass.states.get(entity_id) is None else attribute(hass, entity_id, name)
