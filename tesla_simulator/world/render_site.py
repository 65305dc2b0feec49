"""A site as Tesla's JSON: product, live_status and site_info (fleet_api.md 5.2, 7.1 and 7.2)."""

from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .models import POWERWALL_W, POWERWALL_WH
from .station import WallConnector

if TYPE_CHECKING:
    from .site import Site

type Block = dict[str, Any]

NO_LIMIT_W = 1_000_000_000
GATEWAY_PART = "1152100-14-J"
INVERTER_PART = "1538000-45-B"
# battery_type -> part number and name
BATTERY_PARTS = {"ac_powerwall": ("2012170-25-E", "Powerwall 2"), "solar_powerwall": ("1707000-21-K", "Powerwall 3")}


def _kind(site: Site) -> str:
    return "battery" if site.battery else "solar" if site.solar else "wall_connector"


def _uuid(site: Site, number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{site.id:012x}"


def _when(present: object, **keys: object) -> Block:
    """Return the keys that only exist when there is something to say."""
    return keys if present else {}


def _gateway(site: Site) -> Block:
    if site.leads:
        return _battery(site, 0)
    serial = f"GF2{site.id % 10**11:011d}"
    return {
        "device_id": _uuid(site, 1),
        "din": f"{GATEWAY_PART}--{serial}",
        "serial_number": serial,
        "part_number": GATEWAY_PART,
        "part_type": 10,
        "part_name": "Tesla Backup Gateway 2",
        "is_active": True,
        "site_id": _uuid(site, 2),
        "firmware_version": "26.26.1 0a1b2c3d",
        "updated_datetime": "2026-01-01T00:00:00+00:00",
    }


def _battery(site: Site, number: int) -> Block:
    serial = f"TG1{site.id % 10**9:09d}{number:02d}"
    part, name = BATTERY_PARTS[site.battery_type]
    return {
        "device_id": _uuid(site, 16 + number),
        "din": f"{part}--{serial}",
        "serial_number": serial,
        "part_number": part,
        "part_type": 2,
        "part_name": name,
        "nameplate_max_charge_power": POWERWALL_W,
        "nameplate_max_discharge_power": POWERWALL_W,
        "nameplate_energy": POWERWALL_WH,
        "is_active": True,
    }


def _inverter(site: Site, number: int) -> Block:
    serial = f"TN3{site.id % 10**9:09d}{number:02d}"
    return {
        "device_id": _uuid(site, 32 + number),
        "din": f"{INVERTER_PART}--{serial}",
        "serial_number": serial,
        "part_number": INVERTER_PART,
        "part_type": 4,
        "part_name": "Tesla Inverter",
        "is_active": True,
    }


def _parts(site: Site) -> Block:
    """Return the lists of hardware, or what some sites have in their place."""
    lists: Block = {
        **_when(site.battery, gateways=[_gateway(site)]),
        **_when(site.battery, batteries=[_battery(site, number) for number in range(site.battery_count)]),
        **_when(site.inverters, inverters=[_inverter(site, number) for number in range(site.inverters)]),
    }
    if site.part_lists == "full":
        return lists
    return dict.fromkeys(("gateways", "batteries", "inverters")) if site.part_lists == "null" else {}


def _connector(connector: WallConnector) -> Block:
    return {
        "device_id": connector.device_id,
        "din": connector.din,
        "serial_number": connector.serial_number,
        "part_number": connector.part_number,
        "is_active": True,
    }


def _battery_fields(site: Site) -> Block:
    """Return the energy fields; Powerwall 3 leaves some out (fleet_api.md 7.1)."""
    return {
        **_when(site.reports_pack_energy, energy_left=site.energy_wh, total_pack_energy=round(site.capacity_wh)),
        "percentage_charged": site.percentage,
    }


def render_product(site: Site) -> Block:
    """Return the item of /products, fleet_api.md 5.2."""
    flows = site.flows()
    connectors = [_connector(one) for one in site.wall_connectors]
    gateway = f"{GATEWAY_PART}--GF2{site.id % 10**11:011d}"
    battery = {
        **_battery_fields(site),
        "battery_type": site.battery_type,
        "battery_power": round(flows.battery),
        "backup_capable": True,
        "gateway_id": gateway,
        "warp_site_number": f"STE{site.id % 10**8:08d}",
        "storm_mode_enabled": site.storm_mode,
        "go_off_grid_test_banner_enabled": None,
        "powerwall_onboarding_settings_set": True,
        "powerwall_tesla_electric_interested_in": None,
        "vpp_tour_enabled": None,
        "features": {"rate_plan_manager_no_pricing_constraint": True},
    }
    return {
        "energy_site_id": site.id,
        "device_type": "energy",
        "resource_type": _kind(site),
        "site_name": site.site_name,
        "id": gateway if site.battery else _uuid(site, 3),
        "asset_site_id": _uuid(site, 2),
        **(battery if site.battery else {}),
        **_when(site.solar and not site.battery, solar_power=round(flows.solar), solar_type="pv_panel"),
        "sync_grid_alert_enabled": True,
        "breaker_alert_enabled": True,
        "components": {
            "battery": site.battery,
            **_when(site.battery, battery_type=site.battery_type),
            "solar": site.solar,
            **_when(site.solar, solar_type="pv_panel"),
            "grid": site.grid,
            "load_meter": site.battery or site.solar,
            "market_type": "residential",
            **_when(site.battery and site.part_lists == "full", gateways=[_gateway(site)]),
            **_when(connectors, wall_connectors=connectors),
        },
    }


def _grid_words(site: Site) -> tuple[str, str]:
    """Return grid_status and island_status, fleet_api.md 7.1; without a Powerwall nobody knows."""
    if not site.battery:
        return "Unknown", "island_status_unknown"
    if site.on_grid:
        return "Active", "on_grid"
    return "Inactive", "off_grid_unintentional" if site.grid else "off_grid"


def render_live_status(site: Site) -> Block:
    """Return live_status, fleet_api.md 7.1; the whole watts add up too."""
    flows = site.flows()
    solar, battery = round(flows.solar), round(flows.battery)
    load = round(flows.load) if site.on_grid else solar + battery
    grid_status, island_status = _grid_words(site)
    without_battery = {"energy_left": 0, "total_pack_energy": 1, "percentage_charged": 0}
    return {
        "solar_power": solar,
        **(_battery_fields(site) if site.battery else without_battery),
        "backup_capable": site.battery,
        **_when(site.breaker_open is not None, battery_breaker_open=site.breaker_open),
        "battery_power": battery,
        "load_power": load,
        "grid_status": grid_status,
        "grid_services_active": False,
        "grid_power": load - solar - battery,
        "grid_services_power": 0,
        "generator_power": 0,
        "island_status": island_status,
        "storm_mode_active": False,
        "timestamp": datetime.fromtimestamp(site.now, site.zone).isoformat(timespec="seconds"),
        "wall_connectors": [one.live_status() for one in site.wall_connectors]
        if site.reports_wall_connectors
        else None,
    }


def _components(site: Site) -> Block:
    connectors = [
        _connector(one) | {"part_type": 5, "part_name": "Gen 3 Wall Connector"} for one in site.wall_connectors
    ]
    return {
        "solar": site.solar,
        **_when(site.solar, solar_type="pv_panel"),
        "battery": site.battery,
        **_when(site.battery, battery_type=site.battery_type),
        "grid": site.grid,
        "backup": site.battery,
        "gateway": "teg",
        "load_meter": site.battery or site.solar,
        "tou_capable": site.battery,
        "storm_mode_capable": site.battery,
        "flex_energy_request_capable": False,
        "car_charging_data_supported": False,
        "off_grid_vehicle_charging_reserve_supported": site.battery and site.supports_vehicle_reserve,
        "vehicle_charging_performance_view_enabled": False,
        "vehicle_charging_solar_offset_view_enabled": False,
        "battery_solar_offset_view_enabled": site.battery,
        "solar_value_enabled": site.solar,
        "energy_value_header": "Energy Value",
        "energy_value_subheader": "Estimated Value",
        "energy_service_self_scheduling_enabled": True,
        "show_grid_import_battery_source_cards": site.battery,
        "set_islanding_mode_enabled": site.battery,
        "wifi_commissioning_enabled": True,
        "backup_time_remaining_enabled": site.battery,
        "configurable": site.battery,
        "grid_services_enabled": False,
        "customer_preferred_export_rule": site.export_rule,
        # fleet_api.md 7.2: present only when true.
        **_when(not site.grid_charging, disallow_charge_from_grid_with_solar_installed=True),
        "edit_setting_permission_to_export": site.battery and site.may_edit_exports,
        "edit_setting_grid_charging": site.battery and site.may_edit_grid_charging,
        "edit_setting_energy_exports": site.battery and site.may_edit_exports,
        "net_meter_mode": site.export_rule,
        "system_alerts_enabled": True,
        "nbt_supported": False,
        **_parts(site),
        **_when(connectors, wall_connectors=connectors),
    }


def render_site_info(site: Site) -> Block:
    """Return site_info, fleet_api.md 7.2."""
    battery = {
        "backup_reserve_percent": site.reserve,
        "default_real_mode": site.mode,
        "battery_count": site.battery_count,
        **_when(
            site.reports_nameplate,
            nameplate_power=site.battery_count * POWERWALL_W,
            nameplate_energy=site.battery_count * POWERWALL_WH,
        ),
        "off_grid_vehicle_charging_reserve_percent": site.vehicle_reserve,
        "vpp_backup_reserve_percent": 0,
        "tou_settings": {"optimization_strategy": site.strategy, "schedule": []},
    }
    return {
        "id": _uuid(site, 3),
        "site_name": site.site_name,
        "site_number": f"STE{site.id % 10**8:08d}",
        "installation_date": site.installed.astimezone(site.zone).isoformat(timespec="seconds"),
        "installation_time_zone": site.zone.key,
        "time_zone_offset": site.offset() // 60,
        "version": "26.26.1 0a1b2c3d",
        "max_site_meter_power_ac": NO_LIMIT_W,
        "min_site_meter_power_ac": -NO_LIMIT_W,
        **(battery if site.battery else {}),
        "user_settings": {
            "storm_mode_enabled": site.storm_mode if site.battery else None,
            "go_off_grid_test_banner_enabled": False,
            "powerwall_onboarding_settings_set": site.battery,
            "powerwall_tesla_electric_interested_in": False,
            "vpp_tour_enabled": True,
            "off_grid_vehicle_charging_enabled": True,
            "sync_grid_alert_enabled": True,
            "breaker_alert_enabled": True,
        },
        "components": _components(site),
        "tariff_content_v2": deepcopy(site.tariff),
        "tariff_id": site.tariff.get("code", ""),
        "utility": site.tariff.get("utility", ""),
        "app_settings": {"live_status_local_refresh_s": 5},
    }
