"""The rows of climate, seats, doors, windows, lights (fleet_api.md 6.4)."""

from tesla_protocol.command.vcsec_pb2 import RKEAction_E

from .car_row import CLOSE, HERE, MOVE, OPEN, STOP, Before, Row, key, move

WARM: Before = (("auto_conditioning_start", {}),)
SEATS = {
    "left": "CAR_SEAT_FRONT_LEFT",
    "right": "CAR_SEAT_FRONT_RIGHT",
    "rear_left": "CAR_SEAT_REAR_LEFT",
    "rear_left_back": "CAR_SEAT_REAR_LEFT_BACK",
    "rear_center": "CAR_SEAT_REAR_CENTER",
    "rear_right": "CAR_SEAT_REAR_RIGHT",
    "rear_right_back": "CAR_SEAT_REAR_RIGHT_BACK",
    "third_row_left": "CAR_SEAT_THIRD_ROW_LEFT",
    "third_row_right": "CAR_SEAT_THIRD_ROW_RIGHT",
}
HEAT = ("SEAT_HEATER_OFF", "SEAT_HEATER_LOW", "SEAT_HEATER_MED", "SEAT_HEATER_HIGH")

CLIMATE_ROWS = (
    Row(
        name="auto_conditioning_start",
        action=("hvacAutoAction", {"power_on": True}),
        shows={"climate_state.is_climate_on": True, "climate_state.remote_heater_control_enabled": True},
    ),
    Row(
        name="auto_conditioning_stop",
        action=("hvacAutoAction", {"power_on": False}),
        before=WARM,
        shows={"climate_state.is_climate_on": False},
    ),
    Row(
        name="set_temps",
        body={"driver_temp": 19.5, "passenger_temp": 22},
        action=("hvacTemperatureAdjustmentAction", {"driver_temp_celsius": 19.5, "passenger_temp_celsius": 22}),
        shows={"climate_state.driver_temp_setting": 19.5, "climate_state.passenger_temp_setting": 22},
    ),
    *(
        Row(
            name="set_climate_keeper_mode",
            label=mode,
            body={"climate_keeper_mode": number},
            action=("hvacClimateKeeperAction", {"ClimateKeeperAction": number}),
            before=(("set_climate_keeper_mode", {"climate_keeper_mode": 3 if number < 3 else 1}),),
            shows={"climate_state.climate_keeper_mode": mode, "climate_state.is_climate_on": number > 0},
        )
        for number, mode in enumerate(("off", "on", "dog", "camp"))
    ),
    Row(
        name="set_preconditioning_max",
        body={"on": True, "manual_override": False},
        action=("hvacSetPreconditioningMaxAction", {"on": True}),
        shows={"climate_state.defrost_mode": 2, "climate_state.is_front_defroster_on": True},
    ),
    Row(
        name="set_bioweapon_mode",
        body={"on": True, "manual_override": False},
        action=("hvacBioweaponModeAction", {"on": True}),
        shows={"climate_state.bioweapon_mode": True},
    ),
    *(
        Row(
            name="set_cabin_overheat_protection",
            label=shown,
            body={"on": on, "fan_only": fan},
            action=("setCabinOverheatProtectionAction", {"on": on, "fan_only": fan}),
            before=(("set_cabin_overheat_protection", {"on": not on, "fan_only": False}),),
            shows={"climate_state.cabin_overheat_protection": shown},
        )
        for shown, on, fan in (("Off", False, False), ("FanOnly", True, True), ("On", True, False))
    ),
    *(
        Row(
            name="set_cop_temp",
            label=shown,
            body={"cop_temp": number},
            # The protobuf has an unspecified temperature at 0.
            action=("setCopTempAction", {"copActivationTemp": number + 1}),
            before=(("set_cop_temp", {"cop_temp": (number + 1) % 3}),),
            shows={"climate_state.cop_activation_temperature": shown},
        )
        for number, shown in enumerate(("Low", "Medium", "High"))
    ),
    *(
        Row(
            name="remote_seat_heater_request",
            label=seat,
            body={"seat_position": number, "level": number % 3 + 1},
            action=("hvacSeatHeaterActions", {"hvacSeatHeaterAction": [{member: {}, HEAT[number % 3 + 1]: {}}]}),
            before=WARM,
            shows={f"climate_state.seat_heater_{seat}": number % 3 + 1},
        )
        for number, (seat, member) in enumerate(SEATS.items())
    ),
    *(
        Row(
            name="remote_seat_cooler_request",
            label=seat,
            body={"seat_position": number, "seat_cooler_level": number + 1},
            # The protobuf has off at 1.
            action=(
                "hvacSeatCoolerActions",
                {"hvacSeatCoolerAction": [{"seat_position": number, "seat_cooler_level": number + 2}]},
            ),
            before=WARM,
            shows={f"climate_state.seat_fan_front_{seat}": number + 1},
        )
        for number, seat in ((1, "left"), (2, "right"))
    ),
    *(
        Row(
            name="remote_auto_seat_climate_request",
            label=seat,
            body={"auto_seat_position": number, "auto_climate_on": False},
            action=("autoSeatClimateAction", {"carseat": [{"seat_position": number, "on": False}]}),
            before=WARM,
            shows={f"climate_state.auto_seat_climate_{seat}": False},
        )
        for number, seat in ((1, "left"), (2, "right"))
    ),
    Row(
        name="remote_auto_steering_wheel_heat_climate_request",
        body={"on": True},
        action=("autoStwHeatAction", {"on": True}),
        before=WARM,
        shows={"climate_state.auto_steering_wheel_heat": True},
    ),
    *(
        Row(
            name="remote_steering_wheel_heat_level_request",
            label=str(level),
            body={"level": level},
            action=("stwHeatLevelAction", {"stw_heat_level": number}),
            before=(*WARM, ("remote_steering_wheel_heat_level_request", {"level": 1 if level == 3 else 3})),
            shows={"climate_state.steering_wheel_heat_level": level},
        )
        for number, level in ((1, 0), (2, 1), (3, 3))
    ),
    Row(
        name="remote_steering_wheel_heater_request",
        body={"on": True},
        action=("hvacSteeringWheelHeaterAction", {"power_on": True}),
        before=WARM,
        shows={"climate_state.steering_wheel_heater": True},
    ),
)

BODY_ROWS = (
    Row(name="door_unlock", security=key(RKEAction_E.RKE_ACTION_UNLOCK), shows={"vehicle_state.locked": False}),
    Row(
        name="door_lock",
        security=key(RKEAction_E.RKE_ACTION_LOCK),
        before=(("door_unlock", {}),),
        shows={"vehicle_state.locked": True},
    ),
    *(
        Row(
            name="actuate_trunk",
            label=f"{which} {'closes' if opened else 'opens'}",
            body={"which_trunk": which},
            security=move(f"{which}Trunk", MOVE),
            before=(("actuate_trunk", {"which_trunk": which}),) * opened,
            shows={f"vehicle_state.{shown}": 1 - opened},
        )
        for which, shown in (("front", "ft"), ("rear", "rt"))
        for opened in (0, 1)
    ),
    Row(
        name="actuate_trunk",
        label="by the key",
        body={"which_trunk": "front"},
        security=key(RKEAction_E.RKE_ACTION_OPEN_FRUNK),
        shows={"vehicle_state.ft": 1},
    ),
    Row(
        name="window_control",
        label="vent",
        body={"command": "vent", **HERE},
        action=("vehicleControlWindowAction", {"vent": {}}),
        shows={"vehicle_state.fd_window": 1, "vehicle_state.rp_window": 1},
    ),
    Row(
        name="window_control",
        label="close",
        body={"command": "close", **HERE},
        action=("vehicleControlWindowAction", {"close": {}}),
        before=(("window_control", {"command": "vent", **HERE}),),
        shows={"vehicle_state.fd_window": 0, "vehicle_state.rp_window": 0},
    ),
    Row(
        name="sun_roof_control",
        label="vent",
        body={"state": "vent"},
        action=("vehicleControlSunroofOpenCloseAction", {"vent": {}}),
        shows={"vehicle_state.sun_roof_state": "vent", "vehicle_state.sun_roof_percent_open": 15},
    ),
    Row(
        name="sun_roof_control",
        label="close",
        body={"state": "close"},
        action=("vehicleControlSunroofOpenCloseAction", {"close": {}}),
        before=(("sun_roof_control", {"state": "vent"}),),
        shows={"vehicle_state.sun_roof_state": "closed"},
    ),
    Row(
        name="sun_roof_control",
        label="open",
        body=None,
        action=("vehicleControlSunroofOpenCloseAction", {"open": {}}),
        shows={"vehicle_state.sun_roof_state": "open", "vehicle_state.sun_roof_percent_open": 100},
    ),
    Row(
        name="sun_roof_control",
        label="stop",
        body={"state": "stop"},
        before=(("sun_roof_control", {"state": "vent"}),),
        shows={"vehicle_state.sun_roof_state": "vent"},
    ),
    Row(name="open_tonneau", body=None, security=move("tonneau", OPEN), does={"body.tonneau": 100}),
    Row(
        name="close_tonneau",
        body=None,
        security=move("tonneau", CLOSE),
        before=(("open_tonneau", {}),),
        does={"body.tonneau": 0},
    ),
    Row(
        name="stop_tonneau",
        body=None,
        security=move("tonneau", STOP),
        before=(("open_tonneau", {}),),
        does={"body.tonneau": 100},
    ),
    Row(
        name="auto_secure_vehicle",
        body=None,
        security=key(RKEAction_E.RKE_ACTION_AUTO_SECURE_VEHICLE),
        before=(("door_unlock", {}), ("window_control", {"command": "vent"})),
        shows={"vehicle_state.locked": True, "vehicle_state.fd_window": 0},
    ),
    Row(name="flash_lights", action=("vehicleControlFlashLightsAction", {}), does={"seen": ["lights"]}),
    Row(name="honk_horn", action=("vehicleControlHonkHornAction", {}), does={"seen": ["horn"]}),
    Row(
        name="remote_start_drive",
        security=key(RKEAction_E.RKE_ACTION_REMOTE_DRIVE),
        shows={"vehicle_state.remote_start": True},
    ),
    Row(
        name="trigger_homelink",
        body={**HERE, "token": "t"},
        action=(
            "vehicleControlTriggerHomelinkAction",
            {"location": {"latitude": HERE["lat"], "longitude": HERE["lon"]}, "token": "t"},
        ),
        does={"seen": ["homelink"]},
    ),
)
