"""The biller: every answer below 500, by price class, app and month (fleet_api.md 8)."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .model import MONTHLY_DISCOUNT, App, Behaviour
from .world import Clock

CENT = Decimal("0.01")


class Biller:
    """What each app has used; months are those of the world's clock in UTC."""

    def __init__(self, clock: Clock, behaviour: Behaviour) -> None:
        """Start with an empty bill."""
        self._clock = clock
        self._behaviour = behaviour
        self._used: dict[tuple[str, str], Counter[str]] = {}

    @property
    def month(self) -> str:
        """This month, as `2026-11`."""
        now = self._clock.now()
        return f"{now.year}-{now.month:02}"

    def record(self, client_id: str, price_class: str, number: int = 1) -> None:
        """Count answers (or streaming signals) of an app."""
        self._used.setdefault((client_id, self.month), Counter())[price_class] += number

    def counts(self, client_id: str, month: str | None = None) -> dict[str, int]:
        """Answers by price class, free ones too."""
        return dict(self._used.get((client_id, month or self.month), {}))

    def cost(self, client_id: str, month: str | None = None) -> Decimal:
        """Dollars before the discount, exact."""
        prices = self._behaviour.prices
        return sum((prices[name] * number for name, number in self.counts(client_id, month).items()), Decimal(0))

    def charge(self, client_id: str, month: str | None = None) -> Decimal:
        """Dollars to pay after the discount, rounded to a cent."""
        return self._beyond_discount(client_id, month).quantize(CENT, ROUND_HALF_UP)

    def exceeded(self, app: App) -> bool:
        """Whether this month's use beyond the discount has passed the app's billing limit."""
        return self._beyond_discount(app.client_id, None) > app.billing_limit

    def reset(self) -> None:
        """Forget all use."""
        self._used.clear()

    def summary(self, app: App) -> dict[str, Any]:
        """This month of an app for the control page; money as strings."""
        prices = self._behaviour.prices
        return {
            "client_id": app.client_id,
            "name": app.name,
            "month": self.month,
            "counts": self.counts(app.client_id),
            "costs": {name: str(prices[name] * number) for name, number in self.counts(app.client_id).items()},
            "cost": str(self.cost(app.client_id).quantize(Decimal("0.0001"))),
            "charge": str(self.charge(app.client_id)),
            "discount": str(MONTHLY_DISCOUNT),
            "billing_limit": str(app.billing_limit),
            "exceeded": self.exceeded(app),
        }

    def _beyond_discount(self, client_id: str, month: str | None) -> Decimal:
        return max(self.cost(client_id, month) - MONTHLY_DISCOUNT, Decimal(0))
