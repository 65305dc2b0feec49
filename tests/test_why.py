"""Why a car is read when it is read, or is not, and how its app stands."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from custom_components.tesla_charging.budget.ledger import Ledger, Settings
from custom_components.tesla_charging.budget.policy import Activity, Plan, Reason
from custom_components.tesla_charging.budget.why import WHYS, AppState, Standstill, Why, app_state, why
from custom_components.tesla_charging.fleet.errors import Fault
from custom_components.tesla_charging.fleet.models.vehicle import VehicleState

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
ONLINE, ASLEEP, OFFLINE = VehicleState.ONLINE, VehicleState.ASLEEP, VehicleState.OFFLINE
HINT, USUAL = Plan(at=NOW, reason=Reason.HINT), Plan(at=NOW, reason=Reason.ACTIVITY)


@pytest.mark.parametrize(
    ("plan", "state", "paused", "closed", "expected"),
    [
        (USUAL, ONLINE, False, False, Activity.DRIVING),
        (HINT, ONLINE, False, False, Reason.HINT),
        (HINT, ASLEEP, False, False, Reason.HINT),
        (None, ONLINE, False, False, Standstill.BUDGET_USED_UP),
        (None, ASLEEP, False, False, Standstill.ASLEEP),
        (None, OFFLINE, False, False, Standstill.OFFLINE),
        (None, None, False, False, Standstill.OFFLINE),
        (None, ASLEEP, True, False, Standstill.PAUSED),
        (USUAL, ONLINE, False, True, Standstill.SWITCHED_OFF),
        (None, ASLEEP, True, True, Standstill.SWITCHED_OFF),
    ],
)
def test_why(plan: Plan | None, state: VehicleState | None, paused: bool, closed: bool, expected: Why) -> None:
    """What weighs most is told; each answer has its text."""
    assert why(plan, Activity.DRIVING, state, paused=paused, closed=closed) is expected
    assert expected in WHYS


def test_no_word_stands_for_two() -> None:
    """Each state is told apart from the others, and that a car does something is told as what it does."""
    words = [one.value for one in WHYS]
    assert len({*words}) == len(words)
    assert Reason.ACTIVITY not in WHYS


@pytest.mark.parametrize(
    ("budget", "closed", "expected"),
    [
        ("10", None, AppState.OK),
        ("0.0015", None, AppState.COMMANDS_ONLY),
        ("0.0005", None, AppState.BUDGET_USED_UP),
        ("10", Fault.LIMIT_EXCEEDED, AppState.SWITCHED_OFF),
        ("0", Fault.PAYMENT_REQUIRED, AppState.PAYMENT_REQUIRED),
    ],
)
def test_app_state(budget: str, closed: Fault | None, expected: AppState) -> None:
    """Who may still spend, and whether Tesla answers at all."""
    ledger = Ledger()
    ledger.settings = Settings(budget=Decimal(budget))
    if closed:
        ledger.close(closed, NOW)
    assert app_state(ledger.standing(NOW)) is expected
