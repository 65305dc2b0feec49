"""Signed commands: tesla-fleet-api signs, this decides what its failures mean and which are worth another try.

Sources: fleet_api.md 3.5; libraries.md 1.4 to 1.6.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from google.protobuf.message import DecodeError
from tesla_fleet_api import TeslaFleetApi
from tesla_fleet_api.exceptions import (
    NotOnWhitelistFault,
    SessionInfoAuthenticationFault,
    TeslaFleetError,
    TeslaFleetMessageFault,
    is_key_rejected,
)
from tesla_fleet_api.tesla.vehicle.signed import VehicleSigned

from .errors import Fault, FleetError
from .keys import CommandKey

# Faults after which the car has surely done nothing: busy, time-out before execution, signature, counter, internal,
# epoch, expired, time to live (VC's `ShouldRetry`, issue 3).
_HARMLESS: Final = frozenset({1, 2, 5, 6, 11, 15, 17, 20})
# Seconds between the tries: the session of a car that has just woken needs a moment.
_PAUSES: Final = (0.0, 1.0, 3.0)


class Signer:
    """The signed sessions of an app's key with the cars, kept in memory; handshakes are paid requests."""

    def __init__(self, api: TeslaFleetApi, key: CommandKey) -> None:
        """Sign with this key."""
        api.private_key = key.private
        self._api = api
        self._cars: dict[str, VehicleSigned[TeslaFleetApi]] = {}

    async def send(self, vin: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sign a command when it is sent, and send it; returns the answer like that of an unsigned one.

        The caller sends one command at a time to a car. Raises FleetError.
        """
        if vin not in self._cars:
            self._cars[vin] = VehicleSigned(self._api, vin)
        send = getattr(self._cars[vin], name)
        for pause in _PAUSES[:-1]:
            try:
                return await _mapped(lambda: send(**body))
            except _Harmless:
                await asyncio.sleep(pause)
        try:
            return await _mapped(lambda: send(**body))
        except _Harmless as err:
            raise err.error from None

    def forget(self, vin: str) -> None:
        """Begin anew with a car."""
        self._cars.pop(vin, None)


class _Harmless(Exception):
    """A fault after which the car has done nothing."""

    def __init__(self, error: FleetError) -> None:
        self.error = error
        super().__init__(str(error))


async def _mapped(send: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Send, and turn what tesla-fleet-api raises into a FleetError."""
    try:
        return await send()
    except FleetError:
        raise
    except NotOnWhitelistFault:
        raise FleetError(Fault.KEY_NOT_PAIRED) from None
    except TeslaFleetMessageFault as err:
        if is_key_rejected(err):
            raise FleetError(Fault.KEY_NOT_PAIRED) from None
        code = getattr(err, "code", 0)
        error = FleetError(Fault.VEHICLE_ERROR, f"{type(err).__name__} ({code})")
        if code in _HARMLESS:
            raise _Harmless(error) from None
        raise error from None
    except SessionInfoAuthenticationFault:
        raise _Harmless(FleetError(Fault.BAD_ANSWER, "the car's answer is not its own", status=200)) from None
    except TeslaFleetError as err:
        raise FleetError(Fault.VEHICLE_ERROR, type(err).__name__) from None
    except (DecodeError, KeyError, TypeError, ValueError, AssertionError, IndexError, AttributeError) as err:
        # What tesla-fleet-api lets through when an answer is not what it should be (libraries.md 1.4)
        raise FleetError(Fault.BAD_ANSWER, type(err).__name__, status=200) from None
