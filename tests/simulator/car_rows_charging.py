"""The rows of charging (fleet_api.md 6.2 and 6.3)."""

from typing import Any

from tesla_protocol.command.vcsec_pb2 import RKEAction_E

from .car_row import CHARGING, HERE, Row, key

CHARGE = "charge_state"
SCHEDULE: dict[str, Any] = {
    **HERE,
    "id": 5,
    "days_of_week": "All",
    "enabled": True,
    "one_time": False,
    "start_enabled": True,
    "start_time": 65,
    "end_enabled": False,
}
SIGNED_SCHEDULE: dict[str, Any] = {
    "id": 5,
    "days_of_week": 127,
    "enabled": True,
    "start_enabled": True,
    "start_time": 65,
    "latitude": HERE["lat"],
    "longitude": HERE["lon"],
}
READY: dict[str, Any] = {**HERE, "id": 6, "days_of_week": "Weekdays", "enabled": True, "precondition_time": 480}
SIGNED_READY: dict[str, Any] = {
    "id": 6,
    "days_of_week": 62,
    "enabled": True,
    "precondition_time": 480,
    "latitude": HERE["lat"],
    "longitude": HERE["lon"],
}
PLACES = {"home": True, "work": True, "other": True}
DEPARTURE = {
    "enable": True,
    "departure_time": 450,
    "preconditioning_enabled": True,
    "preconditioning_weekdays_only": False,
    "off_peak_charging_enabled": False,
    "off_peak_charging_weekdays_only": False,
    "end_off_peak_time": 0,
}
SIGNED_DEPARTURE = {"enabled": True, "departure_time": 450, "preconditioning_times": {"all_week": {}}}


def charging(name: str, **fields: Any) -> Row:
    """Make a row that `vehicle_charging_cmds` alone allows."""
    return Row(name=name, scope=CHARGING, **fields)


CHARGING_ROWS = (
    charging(
        "charge_start",
        action=("chargingStartStopAction", {"start": {}}),
        scene="plugged",
        shows={f"{CHARGE}.charging_state": "Starting"},
    ),
    charging(
        "charge_stop",
        action=("chargingStartStopAction", {"stop": {}}),
        scene="charging",
        shows={f"{CHARGE}.charging_state": "Stopped"},
    ),
    charging(
        "charge_max_range",
        action=("chargingStartStopAction", {"start_max_range": {}}),
        shows={f"{CHARGE}.charge_limit_soc": 100},
    ),
    charging(
        "charge_standard",
        action=("chargingStartStopAction", {"start_standard": {}}),
        before=(("charge_max_range", {}),),
        shows={f"{CHARGE}.charge_limit_soc": 90},
    ),
    charging(
        "set_charge_limit",
        body={"percent": 66},
        action=("chargingSetLimitAction", {"percent": 66}),
        shows={f"{CHARGE}.charge_limit_soc": 66},
    ),
    charging(
        "set_charging_amps",
        body={"charging_amps": 8},
        action=("setChargingAmpsAction", {"charging_amps": 8}),
        shows={f"{CHARGE}.charge_amps": 8},
    ),
    charging(
        "charge_port_door_open", action=("chargePortDoorOpen", {}), shows={f"{CHARGE}.charge_port_door_open": True}
    ),
    charging(
        "charge_port_door_open",
        label="by the key",
        security=key(RKEAction_E.RKE_ACTION_OPEN_CHARGE_PORT),
        shows={f"{CHARGE}.charge_port_door_open": True},
    ),
    charging(
        "charge_port_door_close",
        action=("chargePortDoorClose", {}),
        before=(("charge_port_door_open", {}),),
        shows={f"{CHARGE}.charge_port_door_open": False},
    ),
    charging(
        "set_scheduled_charging",
        body={"enable": True, "time": 120},
        action=("scheduledChargingAction", {"enabled": True, "charging_time": 120}),
        shows={"charge_schedule_data.next_schedule": True},
    ),
    charging(
        "set_scheduled_departure",
        body=DEPARTURE,
        action=("scheduledDepartureAction", SIGNED_DEPARTURE),
        shows={"preconditioning_schedule_data.next_schedule": True},
    ),
    charging(
        "add_charge_schedule",
        body=SCHEDULE,
        action=("addChargeScheduleAction", SIGNED_SCHEDULE),
        shows={"charge_schedule_data.next_schedule": True},
    ),
    charging(
        "remove_charge_schedule",
        body={"id": 5},
        action=("removeChargeScheduleAction", {"id": 5}),
        before=(("add_charge_schedule", SCHEDULE),),
        shows={"charge_schedule_data.next_schedule": False},
    ),
    charging(
        "add_precondition_schedule",
        body=READY,
        action=("addPreconditionScheduleAction", SIGNED_READY),
        shows={"preconditioning_schedule_data.next_schedule": True},
    ),
    charging(
        "remove_precondition_schedule",
        body={"id": 6},
        action=("removePreconditionScheduleAction", {"id": 6}),
        before=(("add_precondition_schedule", READY),),
        shows={"preconditioning_schedule_data.next_schedule": False},
    ),
    charging(
        "batch_remove_charge_schedules",
        body=PLACES,
        action=("batchRemoveChargeSchedulesAction", PLACES),
        before=(("add_charge_schedule", SCHEDULE),),
        shows={"charge_schedule_data.next_schedule": False},
    ),
    charging(
        "batch_remove_precondition_schedules",
        body=PLACES,
        action=("batchRemovePreconditionSchedulesAction", PLACES),
        before=(("add_precondition_schedule", READY),),
        shows={"preconditioning_schedule_data.next_schedule": False},
    ),
)
