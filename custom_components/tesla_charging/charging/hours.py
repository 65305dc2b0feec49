"""The energy and the cost of sessions by the UTC hour in which the energy flowed, as statistics want them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..energy.clock import hour_of
from ..energy.spread import Stretch, energy_by_hour
from .session import Cost, Place, Session

# What there are statistics of: energies in kWh at the battery, and costs in a currency.
PLACES: Final = (Place.HOME, Place.SUPERCHARGER)
# Below this a difference is the rounding of a sum.
_DIGITS: Final = 9

type Hours = Mapping[str, Mapping[int, float]]


def energy_key(place: Place) -> str:
    """Return what the energy of a place is called."""
    return f"{place}_energy"


def cost_key(place: Place, currency: str, home_currency: str) -> str:
    """Return what the cost at a place is called; other currencies than that of the home are apart."""
    return f"{place}_cost" if currency == home_currency else f"{place}_cost_{currency.lower()}"


def energy_hours(session: Session) -> dict[int, float]:
    """Return the kWh at the battery by hour (epoch seconds)."""
    if session.flow or not session.added.wh:
        return energy_by_hour(session.flow)
    # Nobody has seen it flow, as with a session that only Tesla's history tells of.
    start, end = session.plugged_at, session.unplugged_at
    if session.runs:
        start, end = session.runs[0].start, session.runs[-1].end or end
    seconds = 0 if end is None else max(0, round((end - start).total_seconds()))
    return energy_by_hour([Stretch(round(start.timestamp()), seconds, session.added.wh)])


def cost_hours(session: Session, cost: Cost) -> dict[int, float]:
    """Return the cost by hour; what it has not put into hours goes with the energy."""
    hours = {hour: float(amount) for hour, amount in cost.hours}
    rest = float(cost.amount - sum(amount for _, amount in cost.hours))
    if rest:
        energies = energy_hours(session)
        total = sum(energies.values())
        shares = {hour: kwh / total for hour, kwh in energies.items()} if total > 0 else {}
        for hour, share in (shares or {hour_of(round(session.plugged_at.timestamp())): 1.0}).items():
            hours[hour] = hours.get(hour, 0.0) + rest * share
    return hours


def hours_of(session: Session, home_currency: str) -> dict[tuple[str, int], float]:
    """Return what a session adds to statistics, by what it is and by hour."""
    if session.place not in PLACES:
        return {}
    found = {(energy_key(session.place), hour): kwh for hour, kwh in energy_hours(session).items()}
    if session.cost is not None:
        key = cost_key(session.place, session.cost.currency, home_currency)
        found |= {(key, hour): amount for hour, amount in cost_hours(session, session.cost).items()}
    return found


@dataclass(slots=True)
class HourBook:
    """The hours of all sessions of a car; only sessions that have changed are added up anew."""

    home_currency: str
    _seen: dict[str, tuple[Session, dict[tuple[str, int], float]]] = field(default_factory=dict)
    _sums: dict[str, dict[int, float]] = field(default_factory=dict)

    def take(self, sessions: Iterable[Session]) -> Hours:
        """Take the sessions as they are now; return the hours that have changed, a zero where nothing is left."""
        changed: set[tuple[str, int]] = set()
        gone = set(self._seen)
        for one in sessions:
            gone.discard(one.id)
            known = self._seen.get(one.id)
            if known is not None and known[0] is one:
                continue
            parts = hours_of(one, self.home_currency)
            before = {} if known is None else known[1]
            self._seen[one.id] = one, parts
            if parts != before:
                self._add(before, -1)
                self._add(parts, 1)
                changed |= {key for key in (*before, *parts) if before.get(key) != parts.get(key)}
        for session_id in gone:
            parts = self._seen.pop(session_id)[1]
            self._add(parts, -1)
            changed |= set(parts)
        found: dict[str, dict[int, float]] = {}
        for what, hour in changed:
            found.setdefault(what, {})[hour] = self._sums[what][hour]
        return found

    def _add(self, parts: Mapping[tuple[str, int], float], sign: int) -> None:
        for (what, hour), value in parts.items():
            sums = self._sums.setdefault(what, {})
            sums[hour] = round(sums.get(hour, 0.0) + sign * value, _DIGITS)
