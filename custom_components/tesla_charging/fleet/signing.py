"""Signed commands: tesla-fleet-api signs, this decides what its failures mean and which are worth another try.

Sources: fleet_api.md 3.5; libraries.md 1.4 to 1.6, 8.4.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, override

from cryptography.exceptions import InvalidTag
from google.protobuf.message import DecodeError
from tesla_fleet_api import TeslaFleetApi
from tesla_fleet_api.exceptions import (
    NotOnWhitelistFault,
    SessionInfoAuthenticationFault,
    SignedCommandResponseReplayed,
    TeslaFleetError,
    is_key_rejected,
)
from tesla_fleet_api.tesla.vehicle.signed import VehicleSigned
from tesla_protocol.command.car_server_pb2 import (
    Action,
    ChargePortDoorClose,
    ChargePortDoorOpen,
    NavigationSuperchargerRequest,
    VehicleAction,
    VehicleControlSunroofOpenCloseAction,
)
from tesla_protocol.command.common_pb2 import Void
from tesla_protocol.command.universal_message_pb2 import Domain, MessageFault_E, OperationStatus_E, RoutableMessage
from tesla_protocol.command.vcsec_pb2 import FromVCSECMessage, OperationStatus_E as VcsecStatus_E

from .errors import Fault, FleetError
from .keys import CommandKey

type Sleep = Callable[[float], Awaitable[None]]

# Seconds before each further try. A car that is busy or has just woken needs a moment; one that disagrees on counter,
# epoch or time sends what the next try needs along with its no.
_BUSY: Final = (1.0, 3.0, 6.0)
_SESSION: Final = (0.0, 0.0, 1.0)
# Faults after which the car has surely done nothing (VC's `ShouldRetry`, issue 3), and how patient to be with them.
_HARMLESS: Final[dict[int, tuple[float, ...]]] = {
    MessageFault_E.MESSAGEFAULT_ERROR_BUSY: _BUSY,
    MessageFault_E.MESSAGEFAULT_ERROR_TIMEOUT: _BUSY,
    MessageFault_E.MESSAGEFAULT_ERROR_INVALID_SIGNATURE: _SESSION,
    MessageFault_E.MESSAGEFAULT_ERROR_INVALID_TOKEN_OR_COUNTER: _SESSION,
    MessageFault_E.MESSAGEFAULT_ERROR_INTERNAL: _BUSY,
    MessageFault_E.MESSAGEFAULT_ERROR_INCORRECT_EPOCH: _SESSION,
    MessageFault_E.MESSAGEFAULT_ERROR_TIME_EXPIRED: _SESSION,
    MessageFault_E.MESSAGEFAULT_ERROR_TIME_TO_LIVE_TOO_LONG: _SESSION,
}
_REJECTED_KEYS: Final = frozenset(
    {MessageFault_E.MESSAGEFAULT_ERROR_UNKNOWN_KEY_ID, MessageFault_E.MESSAGEFAULT_ERROR_INACTIVE_KEY}
)


class Signer:
    """The signed sessions of an app's key with the cars, kept in memory; handshakes are paid requests."""

    def __init__(self, api: TeslaFleetApi, key: CommandKey, sleep: Sleep) -> None:
        """Sign with this key."""
        api.private_key = key.private
        self._api = api
        self._sleep = sleep
        self._cars: dict[str, _Car] = {}

    async def send(self, vin: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sign a command when it is sent, and send it; returns the answer like that of an unsigned one.

        The caller sends one command at a time to a car. Four sends at the most. Raises FleetError.
        """
        car = self._cars.setdefault(vin, _Car(self._api, vin))
        send = _sender(car, name)
        tries = 0
        while True:
            try:
                return await _mapped(lambda: send(**body))
            except _Harmless as err:
                if tries == len(err.pauses):
                    raise err.error from None
                await self._sleep(err.pauses[tries])
            tries += 1


class _Harmless(Exception):
    """A fault after which the car has done nothing."""

    def __init__(self, error: FleetError, pauses: tuple[float, ...]) -> None:
        self.error = error
        self.pauses = pauses
        super().__init__(str(error))


class _Car(VehicleSigned[TeslaFleetApi]):
    """A car of tesla-fleet-api whose faults come to us: the library repeats some of them by itself, and costs with it."""

    _handshake_attempts = 1

    @override
    def validate_msg(self, msg: RoutableMessage, request_uuid: bytes) -> None:
        if msg.session_info:
            self._authenticate_session_info(msg, request_uuid)
        fault = msg.signedMessageStatus.signed_message_fault
        if fault:
            raise _error_of_fault(fault)
        if _asks_to_wait(msg):
            raise _Harmless(FleetError(Fault.VEHICLE_ERROR, "the car is busy"), _BUSY)
        if msg.request_uuid and msg.request_uuid != request_uuid:
            raise FleetError(Fault.BAD_ANSWER, "this answers another command", status=200)
        if not (msg.session_info or _says_something(msg)):
            raise FleetError(Fault.BAD_ANSWER, "the answer is empty", status=200)

    async def act(self, action: VehicleAction) -> dict[str, Any]:
        """Send an action to infotainment."""
        return await self._sendInfotainment(Action(vehicleAction=action))


# What is built here. Tesla's own client sends the port to infotainment, tesla-fleet-api to the other computer
# (libraries.md 1.5); there the right to charge is surely enough, and one handshake does for all of charging.
# tesla-fleet-api leaves out which Supercharger.
_ACTIONS: Final[dict[str, Callable[..., VehicleAction]]] = {
    "charge_port_door_open": lambda: VehicleAction(chargePortDoorOpen=ChargePortDoorOpen()),
    "charge_port_door_close": lambda: VehicleAction(chargePortDoorClose=ChargePortDoorClose()),
    "navigation_sc_request": lambda id, order: VehicleAction(
        navigationSuperchargerRequest=NavigationSuperchargerRequest(id=id, remote_nav_trip_order=order)
    ),
    "sun_roof_control": lambda state: _sun_roof(state),
}


# What tesla-fleet-api calls otherwise than Tesla does.
_OTHERWISE: Final[dict[str, Callable[..., Awaitable[dict[str, Any]]]]] = {
    "remote_seat_heater_request": lambda car, seat_position, level: car.remote_seat_heater_request(
        seat_position, level
    ),
    "parental_controls_activate": lambda car, pin: car.parental_controls(True, pin),
    "parental_controls_deactivate": lambda car, pin: car.parental_controls(False, pin),
    "set_low_power_mode": lambda car, enable: car.set_low_power_mode(enable),
    "keep_accessory_power_mode": lambda car, enable: car.set_keep_accessory_power_mode(enable),
    # Only its text is for the signed form.
    "navigation_request": lambda car, value, **_: car.navigation_request(next(iter(value.values()))),
}


def _sender(car: _Car, name: str) -> Callable[..., Awaitable[dict[str, Any]]]:
    if name in _ACTIONS:
        return partial(_act, car, _ACTIONS[name])
    return partial(_OTHERWISE[name], car) if name in _OTHERWISE else getattr(car, name)


def _sun_roof(state: str) -> VehicleAction:
    """Return the message for a sunroof, which has no word for "stop"."""
    if state not in ("vent", "close"):
        raise FleetError(Fault.UNSUPPORTED, f"no signed {state}")
    return VehicleAction(vehicleControlSunroofOpenCloseAction=VehicleControlSunroofOpenCloseAction(**{state: Void()}))


def _asks_to_wait(msg: RoutableMessage) -> bool:
    """Whether the car wants the command again later: infotainment says so in the frame, VCSEC in its own message."""
    if msg.signedMessageStatus.operation_status == OperationStatus_E.OPERATIONSTATUS_WAIT:
        return True
    if msg.from_destination.domain != Domain.DOMAIN_VEHICLE_SECURITY or not msg.protobuf_message_as_bytes:
        return False
    status = FromVCSECMessage.FromString(msg.protobuf_message_as_bytes).commandStatus
    return bool(status.operationStatus == VcsecStatus_E.OPERATIONSTATUS_WAIT)


def _says_something(msg: RoutableMessage) -> bool:
    """Whether this is an answer to a command: VCSEC may say yes with nothing, infotainment always says what it did."""
    domain = msg.from_destination.domain
    return domain == Domain.DOMAIN_VEHICLE_SECURITY or (
        domain == Domain.DOMAIN_INFOTAINMENT and bool(msg.protobuf_message_as_bytes)
    )


def _error_of_fault(fault: int) -> Exception:
    """Return what a fault of the protocol means; a number that is new to us is a fault all the same."""
    if fault in _REJECTED_KEYS:
        return FleetError(Fault.KEY_NOT_PAIRED)
    names = {number: name for name, number in MessageFault_E.items()}
    error = FleetError(Fault.VEHICLE_ERROR, f"{names.get(fault, 'fault')} ({fault})")
    pauses = _HARMLESS.get(fault)
    return error if pauses is None else _Harmless(error, pauses)


async def _act(car: _Car, action: Callable[..., VehicleAction], **body: Any) -> dict[str, Any]:
    return await car.act(action(**body))


async def _mapped(send: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Send, and turn what tesla-fleet-api raises into a FleetError."""
    try:
        return await send()
    except FleetError, _Harmless:
        raise
    except NotOnWhitelistFault:
        raise FleetError(Fault.KEY_NOT_PAIRED) from None
    except SessionInfoAuthenticationFault:
        error = FleetError(Fault.BAD_ANSWER, "the car's answer is not its own", status=200)
        raise _Harmless(error, _SESSION) from None
    except SignedCommandResponseReplayed:
        raise FleetError(Fault.BAD_ANSWER, "this answer has come before", status=200) from None
    except TeslaFleetError as err:
        fault = Fault.KEY_NOT_PAIRED if is_key_rejected(err) else Fault.VEHICLE_ERROR
        raise FleetError(fault, type(err).__name__) from None
    except (
        DecodeError,
        InvalidTag,
        KeyError,
        TypeError,
        ValueError,
        AssertionError,
        IndexError,
        AttributeError,
    ) as err:
        # What tesla-fleet-api lets through when an answer is not what it should be (libraries.md 1.4)
        raise FleetError(Fault.BAD_ANSWER, type(err).__name__, status=200) from None
