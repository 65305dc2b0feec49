"""A command of a car as a row of a table: how it is sent, signed and unsigned, and what a read shows then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tesla_protocol.command.car_server_pb2 import Action, VehicleAction
from tesla_protocol.command.vcsec_pb2 import ClosureMoveRequest, ClosureMoveType_E, RKEAction_E, UnsignedMessage

from tesla_simulator.world import Car, Hardware, home_station

CHARGING, CAR = "vehicle_charging_cmds", "vehicle_cmds"
ALL_BUILT_IN = Hardware(
    sunroof=True,
    tonneau=True,
    third_row=True,
    seat_backs=True,
    cooled_seats=True,
    powered_frunk=True,
    bioweapon=True,
    homelink=True,
)
"""A car that no factory makes, to which every command applies."""
HERE = {"lat": 52.4010, "lon": 13.0591}
PIN = "1234"

type Before = tuple[tuple[str, Mapping[str, Any]], ...]
"""Commands and their bodies."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A command.

    body: of the unsigned form; None if there is none.
    action: name in VehicleAction and its message; its number is on the wire. Empty: it goes to VCSEC, or is never signed.
    security: what goes to VCSEC instead.
    before: commands that the car must have obeyed before.
    scene: what must be the case before, see `set_scene`.
    shows: dotted paths of vehicle_data and their values after it.
    does: dotted paths of the simulated car and their values after it, where no read shows it.
    scope: the narrowest that allows it.
    """

    name: str
    body: Mapping[str, Any] | None = field(default_factory=dict)
    action: tuple[str, Mapping[str, Any]] | None = None
    security: UnsignedMessage | None = None
    before: Before = ()
    scene: str = ""
    shows: Mapping[str, Any] = field(default_factory=dict)
    does: Mapping[str, Any] = field(default_factory=dict)
    scope: str = CAR
    label: str = ""

    @property
    def signed(self) -> tuple[str, bytes] | None:
        """Domain and payload of the signed form."""
        if self.security is not None:
            return "vcsec", self.security.SerializeToString()
        if self.action is None:
            return None
        name, message = self.action
        return "infotainment", Action(vehicleAction=VehicleAction(**{name: message})).SerializeToString()

    @property
    def number(self) -> int | None:
        """Field number of the action."""
        return None if self.action is None else VehicleAction.DESCRIPTOR.fields_by_name[self.action[0]].number


def key(action: RKEAction_E) -> UnsignedMessage:
    """Press a button of the key."""
    return UnsignedMessage(RKEAction=action)


def move(closure: str, how: ClosureMoveType_E) -> UnsignedMessage:
    """Move a closure."""
    return UnsignedMessage(closureMoveRequest=ClosureMoveRequest(**{closure: how}))


def set_scene(car: Car, scene: str) -> None:
    """Let it be so: `plugged`, `charging`, `user` (in the car), `update` (offered)."""
    if scene in ("plugged", "charging"):
        car.plug_in(home_station(9))
        car.charger.starting_s = 0.0
        if scene == "plugged":
            car.command("charge_stop", {})
    elif scene == "user":
        car.user_present = True
    elif scene == "update":
        car.software.offer("2026.36.1")


def at(thing: Any, path: str) -> Any:
    """Follow a dotted path through objects and dicts."""
    for part in path.split("."):
        thing = thing[part] if isinstance(thing, dict) else getattr(thing, part)
    return thing


MOVE, OPEN, CLOSE, STOP = (
    ClosureMoveType_E.CLOSURE_MOVE_TYPE_MOVE,
    ClosureMoveType_E.CLOSURE_MOVE_TYPE_OPEN,
    ClosureMoveType_E.CLOSURE_MOVE_TYPE_CLOSE,
    ClosureMoveType_E.CLOSURE_MOVE_TYPE_STOP,
)
