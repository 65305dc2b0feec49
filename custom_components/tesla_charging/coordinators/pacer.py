"""What freshness may cost now, for all that is read of an account."""

from math import inf

from homeassistant.util import dt as dt_util

from ..budget.habits import Habits
from ..budget.pace import price_of_freshness
from ..fleet.paying import PriceClass
from ..purse import Purse


class Pacer:
    """The habits of what is read, and the price of freshness that follows from them and from the money that is left."""

    def __init__(self, purse: Purse, habits: dict[str, Habits]) -> None:
        """Take the habits of this account; the other accounts of the same Tesla app spend from the same purse."""
        self.purse = purse
        self._habits = habits
        self._kinds: dict[str, PriceClass] = {}
        purse.appetites.append(self._appetite)

    def stop(self) -> None:
        """Ask for no more money."""
        self.purse.appetites.remove(self._appetite)

    def habits(self, subject: str, kind: PriceClass, believed: float) -> Habits:
        """Return the habits of what is read at the price of a class. believed: its appetite before it is known."""
        self._kinds[subject] = kind
        habits = self._habits.setdefault(subject, Habits())
        habits.believed = believed
        return habits

    def forget(self, subject: str) -> None:
        """Forget what is no longer there."""
        self._kinds.pop(subject, None)
        self._habits.pop(subject, None)

    def k(self, kind: PriceClass = PriceClass.DATA) -> float:
        """Return the price of freshness in seconds: 0 where a read costs nothing, infinite where none can be paid."""
        price = self.purse.price(kind)
        if not price:
            return 0.0
        return price_of_freshness(self.purse.standing().left_for_reads, price, self.purse.appetite)

    def paid(self, subject: str) -> None:
        """Note that a read of it was paid for."""
        kind = self._kinds.get(subject)
        # What a person reads when there is no money left says nothing of what is worth it.
        if kind is not None and 0 < (k := self.k(kind)) < inf:
            self._habits[subject].read(k, dt_util.now())

    def _appetite(self) -> float:
        return sum(self._habits[subject].appetite for subject, kind in self._kinds.items() if self.purse.price(kind))
