"""`signed_command` in Tesla's cloud: what it checks before a message goes to the car (fleet_api.md 3.5, 6.1)."""

import asyncio
import base64
import binascii
from typing import Any

from google.protobuf.message import DecodeError
from tesla_protocol.command.universal_message_pb2 import RoutableMessage

from tesla_simulator.answers import Refused
from tesla_simulator.hosts import Exchange
from tesla_simulator.users import scopes_of
from tesla_simulator.vehicles import CHARGING_COMMANDS, car_of
from tesla_simulator.world import Car

from .actions import read_order
from .computer import NAMES, VCSEC, Faulty
from .order import Order

COMMAND_SCOPES = frozenset({"vehicle_cmds", "vehicle_charging_cmds"})


async def signed_command(exchange: Exchange) -> dict[str, Any]:
    """Take a message to the car and bring its reply back."""
    car, message = _car(exchange), _message(exchange)
    domain = NAMES.get(message.to_destination.domain, "?")
    handshake = message.HasField("session_info_request")
    if handshake:
        exchange.other_price = exchange.sim.behaviour.handshake_price
    order = None if handshake else _order(message, domain)
    exchange.command = f"handshake {domain}" if handshake else order.name if order is not None else None
    _check_scopes(exchange, domain, order, handshake=handshake)
    _check_awake(exchange, car, domain, order, handshake=handshake)
    strike = exchange.sim.signing_faults.take(car.vin, domain, handshake=handshake)
    reply = exchange.sim.signed_cars.answer(car, message, strike)
    if strike is not None:
        await asyncio.sleep(strike.delay)
    return {"response": base64.b64encode(reply.SerializeToString()).decode()}


def _car(exchange: Exchange) -> Car:
    """Find the car; the path must have its VIN, and the car must know the protocol (fleet_api.md 3.4, 3.5)."""
    car = car_of(exchange)
    if exchange.match["tag"] != car.vin:
        raise Refused(exchange.sim.behaviour.signed_by_number)
    if car.command_signing == "off":
        raise Refused("invalid_resource")
    return car


def _message(exchange: Exchange) -> RoutableMessage:
    encoded = exchange.body.get("routable_message") if isinstance(exchange.body, dict) else None
    if not isinstance(encoded, str):
        raise Refused("invalid_request", words="routable_message is missing")
    try:
        message: RoutableMessage = RoutableMessage.FromString(base64.b64decode(encoded, validate=True))
    except (binascii.Error, DecodeError) as error:
        raise Refused("invalid_request", words="routable_message cannot be decoded") from error
    if message.WhichOneof("payload") not in {"protobuf_message_as_bytes", "session_info_request"}:
        raise Refused("invalid_request", words="routable_message has no payload")
    if message.signature_data.HasField("AES_GCM_Personalized_data"):
        raise Refused(exchange.sim.behaviour.encrypted_command, words="encrypted commands are not allowed")
    return message


def _order(message: RoutableMessage, domain: str) -> Order | None:
    """Read what is ordered, as the cloud must to know its scope; None: it cannot, and the car will say what is wrong."""
    try:
        return read_order(domain, message.protobuf_message_as_bytes) if domain in NAMES.values() else None
    except Faulty:
        return None


def _check_scopes(exchange: Exchange, domain: str, order: Order | None, *, handshake: bool) -> None:
    behaviour, scopes = exchange.sim.behaviour, scopes_of(exchange)
    if order is not None and not order.published and behaviour.undocumented_action == "refuse":
        raise Refused("invalid_command")
    name = order.name if order is not None else ""
    if handshake or name == "vehicle_status":
        needed = COMMAND_SCOPES
    elif name == "wake":
        needed = behaviour.wake_scopes & COMMAND_SCOPES
    elif name not in CHARGING_COMMANDS:
        needed = frozenset({"vehicle_cmds"})
    else:
        needed = behaviour.charge_port_closure_scopes if domain == VCSEC else COMMAND_SCOPES
    if not needed & scopes:
        raise Refused("missing_scopes")


def _check_awake(exchange: Exchange, car: Car, domain: str, order: Order | None, *, handshake: bool) -> None:
    """Refuse a car in service or out of reach, and one that sleeps unless VCSEC is to wake it (fleet_api.md 6.1)."""
    if car.in_service:
        raise Refused("in_service")
    if not car.mobile_access:
        raise Refused("mobile_access_disabled")
    hears = (order is not None and order.name == "wake") or (
        handshake and domain == VCSEC and exchange.sim.behaviour.vcsec_handshake_asleep
    )
    if car.state != "online" and not (hears and car.state == "asleep"):
        raise Refused("asleep")
    if car.state == "online":
        car.touch()
