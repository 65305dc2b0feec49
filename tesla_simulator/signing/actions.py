"""What a signed message orders: tables from Tesla's messages to the names and bodies of the REST commands.

What is not about charging is in `car_actions`; orders that are no commands of a car are in `vehicle.ORDERS`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from google.protobuf.message import DecodeError
from tesla_protocol.command.car_server_pb2 import Action
from tesla_protocol.command.universal_message_pb2 import MessageFault_E
from tesla_protocol.command.vcsec_pb2 import ClosureMoveType_E, InformationRequestType, RKEAction_E, UnsignedMessage

from tesla_simulator.world.schedules import FULL_DAYS

from .car_actions import CAR_ACTIONS, CAR_CLOSURES, CAR_KEYS
from .computer import INFOTAINMENT, VCSEC, Faulty
from .order import Order, plain

PUBLISHED = frozenset(
    (
        *(1, *range(5, 11), *range(12, 21), 23, *range(25, 37), *range(41, 45), 46, 48, 49, 50, 54, 61, 62, 65, 66, 72),
        *(*range(77, 80), 89, *range(97, 101), *range(107, 114), 130, 138),
    )
)
"""Members of VehicleAction that Tesla has published (vehicle-command's car_server.proto); the rest are found out."""


def _charging(message: Any) -> Order:
    names = {
        "start": "charge_start",
        "stop": "charge_stop",
        "start_standard": "charge_standard",
        "start_max_range": "charge_max_range",
    }
    name = names.get(message.WhichOneof("charging_action"))
    if name is None:
        raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INVALID_COMMAND)
    return Order(name)


def _departure(message: Any) -> Order:
    """Read the times: a block that is there switches its feature on (fleet_api.md 6.2)."""
    warm, cheap = (
        message.preconditioning_times.WhichOneof("times") if message.HasField("preconditioning_times") else None,
        message.off_peak_charging_times.WhichOneof("times") if message.HasField("off_peak_charging_times") else None,
    )
    return Order(
        "set_scheduled_departure",
        {
            "enable": message.enabled,
            "departure_time": message.departure_time,
            "end_off_peak_time": message.off_peak_hours_end_time,
            "preconditioning_enabled": warm is not None,
            "preconditioning_weekdays_only": warm == "weekdays",
            "off_peak_charging_enabled": cheap is not None,
            "off_peak_charging_weekdays_only": cheap == "weekdays",
        },
    )


def _schedule(name: str, *fields: str) -> Callable[[Any], Order]:
    def read(message: Any) -> Order:
        days = [day for bit, day in enumerate(FULL_DAYS) if message.days_of_week >> bit & 1]
        body: dict[str, object] = {key: getattr(message, key) for key in ("enabled", "one_time", "name", *fields)}
        place = {"lat": message.latitude, "lon": message.longitude}
        number = {"id": message.id} if message.id else {}
        return Order(name, {**body, **place, **number, "days_of_week": ",".join(days)})

    return read


def _supercharger(message: Any) -> Order:
    """Read where to go; a message without an id names no Supercharger."""
    number = {"id": message.id} if message.id else {}
    return Order("navigation_sc_request", {**number, "order": message.remote_nav_trip_order})


_PLACES = {"home": "home", "work": "work", "other": "other"}

ACTIONS: dict[str, Callable[[Any], Order]] = {
    "chargingStartStopAction": _charging,
    "chargingSetLimitAction": plain("set_charge_limit", percent="percent"),
    "setChargingAmpsAction": plain("set_charging_amps", charging_amps="charging_amps"),
    "chargePortDoorOpen": plain("charge_port_door_open"),
    "chargePortDoorClose": plain("charge_port_door_close"),
    "scheduledChargingAction": plain("set_scheduled_charging", enable="enabled", time="charging_time"),
    "scheduledDepartureAction": _departure,
    "addChargeScheduleAction": _schedule(
        "add_charge_schedule", "start_enabled", "start_time", "end_enabled", "end_time"
    ),
    "removeChargeScheduleAction": plain("remove_charge_schedule", id="id"),
    "addPreconditionScheduleAction": _schedule("add_precondition_schedule", "precondition_time"),
    "removePreconditionScheduleAction": plain("remove_precondition_schedule", id="id"),
    "batchRemoveChargeSchedulesAction": plain("batch_remove_charge_schedules", **_PLACES),
    "batchRemovePreconditionSchedulesAction": plain("batch_remove_precondition_schedules", **_PLACES),
    "navigationSuperchargerRequest": _supercharger,
    **CAR_ACTIONS,
}
"""Infotainment's actions (fleet_api.md 6.2 to 6.4)."""

KEYS: dict[int, Order] = {
    RKEAction_E.RKE_ACTION_WAKE_VEHICLE: Order("wake"),
    RKEAction_E.RKE_ACTION_OPEN_CHARGE_PORT: Order("charge_port_door_open"),
    RKEAction_E.RKE_ACTION_CLOSE_CHARGE_PORT: Order("charge_port_door_close"),
    **CAR_KEYS,
}
"""What a key fob's buttons are called over REST."""

CLOSURES: dict[tuple[str, int], Order] = {
    ("chargePort", ClosureMoveType_E.CLOSURE_MOVE_TYPE_OPEN): Order("charge_port_door_open"),
    ("chargePort", ClosureMoveType_E.CLOSURE_MOVE_TYPE_CLOSE): Order("charge_port_door_close"),
    **CAR_CLOSURES,
}
"""What a move of one closure is called over REST."""


def _infotainment(payload: bytes) -> Order:
    action = Action.FromString(payload).vehicleAction
    name = action.WhichOneof("vehicle_action_msg")
    if name is None:
        raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INVALID_COMMAND)
    order = ACTIONS[name](getattr(action, name)) if name in ACTIONS else Order(name)
    return replace(order, published=action.DESCRIPTOR.fields_by_name[name].number in PUBLISHED)


def _vcsec(payload: bytes) -> Order:
    message = UnsignedMessage.FromString(payload)
    kind = message.WhichOneof("sub_message")
    if kind == "RKEAction":
        return KEYS.get(message.RKEAction, Order(kind))
    if kind == "closureMoveRequest":
        moves = [(field.name, move) for field, move in message.closureMoveRequest.ListFields()]
        return CLOSURES.get(moves[0], Order(kind)) if len(moves) == 1 else Order(kind)
    if kind == "InformationRequest":
        asked = message.InformationRequest.informationRequestType
        wants_status = asked == InformationRequestType.INFORMATION_REQUEST_TYPE_GET_STATUS
        return Order("vehicle_status" if wants_status else kind)
    if kind is None:
        raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_INVALID_COMMAND)
    return Order(kind)


READERS = {INFOTAINMENT: _infotainment, VCSEC: _vcsec}


def read_order(domain: str, payload: bytes) -> Order:
    """Read what is ordered; Faulty 10 if it is no message of the domain, 9 if it orders nothing."""
    try:
        return READERS[domain](payload)
    except DecodeError as error:
        raise Faulty(MessageFault_E.MESSAGEFAULT_ERROR_DECODING) from error
