"""How a car's obedience shows: late, or not at all (issue 3, part 2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .car import Car

OWN = (
    *("low_amps_at", "route", "doors_unlocked", "keyless_until", "conditioning_s", "_ready_at", "sentry_mode"),
    *("climate", "body", "media", "modes", "software", "signals", "display_name"),
)
"""What commands change in a car itself."""


@dataclass(eq=False)
class Lag:
    """What vehicle_data shows while the effect of commands is on its way: (epoch s until then, the data before)."""

    pending: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def hide(self, before: dict[str, Any], until: float) -> None:
        """Show the data of before until then."""
        self.pending.append((until, before))

    def shown(self, now: float, data: dict[str, Any]) -> dict[str, Any]:
        """Return the data that are shown now: old blocks with the time of now, in the product of now."""
        self.pending = [(until, before) for until, before in self.pending if until > now]
        if not self.pending:
            return data
        return {name: self._old(name, value) for name, value in data.items()}

    def _old(self, name: str, value: Any) -> Any:
        if not isinstance(value, dict) or "timestamp" not in value:
            return value
        return {**self.pending[0][1].get(name, value), "timestamp": value["timestamp"]}


@contextmanager
def without_effect(car: Car) -> Iterator[None]:
    """Undo what happens to a car in the block: it said yes and does nothing."""
    charger = car.charger
    kept = {**vars(charger), "plan": deepcopy(charger.plan)}
    session = vars(charger.sessions[-1]).copy() if charger.sessions else {}
    own = {name: deepcopy(getattr(car, name)) for name in OWN}
    yield
    vars(charger).update(kept)
    if charger.sessions:
        vars(charger.sessions[-1]).update(session)
    vars(car).update(own)
