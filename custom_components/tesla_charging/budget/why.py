"""Why a car is read when it is read, or not read at all, and how its Tesla app stands: for a person."""

from enum import StrEnum
from itertools import chain
from typing import Final

from ..fleet.errors import Fault
from ..fleet.models.vehicle import VehicleState
from ..fleet.paying import PriceClass
from .ledger import Standing
from .policy import Activity, Plan, Reason


class Standstill(StrEnum):
    """Why no read is planned."""

    ASLEEP = "asleep"
    OFFLINE = "offline"
    PAUSED = "paused"
    BUDGET_USED_UP = "budget_used_up"
    SWITCHED_OFF = "switched_off"


type Why = Activity | Reason | Standstill

# All there is, in the order of their texts; that a car does something is told as what it does.
WHYS: Final[tuple[Why, ...]] = (
    *chain((reason for reason in Reason if reason is not Reason.ACTIVITY), Activity),
    *Standstill,
)


class AppState(StrEnum):
    """How a Tesla app stands."""

    OK = "ok"
    COMMANDS_ONLY = "commands_only"
    BUDGET_USED_UP = "budget_used_up"
    SWITCHED_OFF = "switched_off"
    PAYMENT_REQUIRED = "payment_required"


def why(plan: Plan | None, doing: Activity, state: VehicleState | None, *, paused: bool, closed: bool) -> Why:
    """Return why a read is planned, or why none is. closed: whether Tesla has switched the app off."""
    if closed:
        return Standstill.SWITCHED_OFF
    if paused:
        return Standstill.PAUSED
    if plan is not None:
        return doing if plan.reason is Reason.ACTIVITY else plan.reason
    if state is VehicleState.ONLINE:
        return Standstill.BUDGET_USED_UP
    return Standstill.ASLEEP if state is VehicleState.ASLEEP else Standstill.OFFLINE


def app_state(standing: Standing) -> AppState:
    """Return how the app stands: who may still spend, and whether Tesla answers at all."""
    if standing.closed is not None:
        unpaid = standing.closed.fault is Fault.PAYMENT_REQUIRED
        return AppState.PAYMENT_REQUIRED if unpaid else AppState.SWITCHED_OFF
    if standing.may_pay(PriceClass.DATA):
        return AppState.OK
    used_up = not standing.may_pay(PriceClass.COMMAND, by_person=True)
    return AppState.BUDGET_USED_UP if used_up else AppState.COMMANDS_ONLY
