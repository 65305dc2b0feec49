"""The entities as they have to be: id, key, device class, category, unit in metric, "off" if it starts disabled."""

# A car that may be seen.
CAR = {
    "binary_sensor.luna_battery_heater battery_heater_on heat diagnostic - off",
    "binary_sensor.luna_charge_cable charge_cable plug - -",
    "binary_sensor.luna_charge_port charge_port_door_open opening - -",
    "binary_sensor.luna_charge_port_cold_weather_mode charge_port_cold_weather_mode - diagnostic - off",
    "binary_sensor.luna_fast_charger fast_charger_present - diagnostic - off",
    "binary_sensor.luna_multi_phase_charging charger_multiphase - diagnostic - off",
    "binary_sensor.luna_not_enough_power_to_heat not_enough_power_to_heat problem diagnostic - off",
    "binary_sensor.luna_off_peak_charging off_peak_charging_enabled - diagnostic - off",
    "binary_sensor.luna_scheduled_preconditioning preconditioning_enabled - diagnostic - off",
    "binary_sensor.luna_supercharging_for_a_trip supercharger_session_trip_planner - diagnostic - off",
    "binary_sensor.luna_trip_charging trip_charging - diagnostic - off",
    "binary_sensor.luna_waiting_for_scheduled_charging scheduled_charging_pending - diagnostic -",
    "button.luna_refresh refresh - diagnostic -",
    "button.luna_wake_up wake - - -",
    "calendar.luna_charging_schedules charging_schedules - - -",
    "sensor.luna_battery_level battery_level battery - %",
    "sensor.luna_cable_type conn_charge_cable - diagnostic - off",
    "sensor.luna_charge_port_latch charge_port_latch enum diagnostic -",
    "sensor.luna_charger_current charger_actual_current current diagnostic A",
    "sensor.luna_charger_phases charger_phases - diagnostic - off",
    "sensor.luna_charger_power_whole_kw charger_power power diagnostic kW off",
    "sensor.luna_charger_voltage charger_voltage voltage diagnostic V",
    "sensor.luna_charges_to_maximum_range max_range_charge_counter - diagnostic - off",
    "sensor.luna_charging_complete_at charge_complete_at timestamp - -",
    "sensor.luna_charging_power charging_power power - kW",
    "sensor.luna_charging_speed charge_rate speed diagnostic km/h",
    "sensor.luna_charging_state charging_state enum - -",
    "sensor.luna_current_on_offer charger_pilot_current current diagnostic A off",
    "sensor.luna_energy_added charge_energy_added energy - kWh",
    "sensor.luna_estimated_range est_battery_range distance - km off",
    "sensor.luna_fast_charger_brand fast_charger_brand - diagnostic - off",
    "sensor.luna_fast_charger_type fast_charger_type - diagnostic - off",
    "sensor.luna_ideal_range ideal_battery_range distance - km off",
    "sensor.luna_ideal_range_added charge_miles_added_ideal distance - km off",
    "sensor.luna_last_data read_at timestamp diagnostic -",
    "sensor.luna_next_charging_schedule next_charge_schedule timestamp - -",
    "sensor.luna_next_ready_time next_ready_time timestamp - -",
    "sensor.luna_range battery_range distance - km",
    "sensor.luna_range_added charge_miles_added_rated distance - km off",
    "sensor.luna_scheduled_charging scheduled_charging_mode enum diagnostic -",
    "sensor.luna_scheduled_charging_start scheduled_charging_start_time timestamp diagnostic -",
    "sensor.luna_scheduled_departure scheduled_departure_time timestamp diagnostic - off",
    "sensor.luna_status state enum diagnostic -",
    "sensor.luna_usable_battery_level usable_battery_level battery diagnostic % off",
}

# What the right to charge adds to it.
CAR_CHARGING = {
    "button.luna_charge_to_maximum_range charge_max_range - - -",
    "button.luna_charge_to_standard_limit charge_standard - - -",
    "button.luna_close_charge_port charge_port_door_close - - -",
    "button.luna_open_charge_port charge_port_door_open - - -",
    "event.luna_commands commands - diagnostic -",
    "lock.luna_charge_cable_lock charge_cable_lock - - -",
    "number.luna_charge_limit charge_limit_soc battery - %",
    "number.luna_charging_amps charge_current_request current - A",
    "sensor.luna_command_key key_state enum diagnostic -",
    "switch.luna_charging charge - - -",
}

# What the right to its location adds to it.
TRACKER = {"device_tracker.luna_location location - diagnostic -"}

# A site with Powerwalls, sun and grid that may be seen.
SITE = {
    "binary_sensor.powerwall_backup_capable backup_capable - diagnostic -",
    "binary_sensor.powerwall_grid_services_active grid_services_active - - -",
    "binary_sensor.powerwall_grid_services_enabled grid_services_enabled - diagnostic -",
    "binary_sensor.powerwall_storm_watch_active storm_mode_active - - -",
    "calendar.powerwall_buy_tariff buy_tariff - - -",
    "calendar.powerwall_sell_tariff sell_tariff - - -",
    "sensor.powerwall_buy_price buy_price - - EUR/kWh",
    "sensor.powerwall_buy_price_changes_at buy_price_change timestamp - -",
    "sensor.powerwall_next_buy_price next_buy_price - - EUR/kWh",
    "sensor.powerwall_next_sell_price next_sell_price - - EUR/kWh off",
    "sensor.powerwall_sell_price sell_price - - EUR/kWh",
    "sensor.powerwall_sell_price_changes_at sell_price_change timestamp - - off",
    "sensor.powerwall_battery_capacity total_pack_energy energy_storage diagnostic kWh off",
    "sensor.powerwall_battery_power battery_power power - kW",
    "sensor.powerwall_charge_level percentage_charged battery - %",
    "sensor.powerwall_energy_left energy_left energy_storage diagnostic kWh",
    "sensor.powerwall_generator_power generator_power power - kW off",
    "sensor.powerwall_grid_connection island_status enum - -",
    "sensor.powerwall_grid_power grid_power power - kW",
    "sensor.powerwall_grid_services_power grid_services_power power - kW off",
    "sensor.powerwall_grid_status grid_status enum diagnostic - off",
    "sensor.powerwall_home_power load_power power - kW",
    "sensor.powerwall_last_data live_read_at timestamp diagnostic - off",
    "sensor.powerwall_software_version version - diagnostic -",
    "sensor.powerwall_solar_power solar_power power - kW",
    "sensor.powerwall_virtual_power_plant_reserve vpp_backup_reserve_percent - diagnostic %",
}

# What the right to change it adds to it.
SITE_SETTINGS = {
    "event.powerwall_settings settings - diagnostic -",
    "number.powerwall_backup_reserve backup_reserve_percent battery config %",
    "number.powerwall_off_grid_reserve_for_vehicles off_grid_vehicle_charging_reserve_percent battery config %",
    "select.powerwall_battery_strategy battery_strategy - - -",
    "select.powerwall_energy_exports customer_preferred_export_rule - config -",
    "select.powerwall_operation_mode default_real_mode - config -",
    "sensor.powerwall_settings settings enum diagnostic -",
    "switch.powerwall_follow_price_entity follow_prices - config -",
    "switch.powerwall_grid_charging grid_charging - config -",
    "switch.powerwall_storm_watch storm_mode_enabled - config -",
}

# A Wall Connector.
WALL_CONNECTOR = {
    "sensor.wall_connector_fault wall_connector_fault_state - diagnostic -",
    "sensor.wall_connector_power wall_connector_power power - kW",
    "sensor.wall_connector_status wall_connector_state enum - -",
    "sensor.wall_connector_vehicle vehicle - - -",
}
