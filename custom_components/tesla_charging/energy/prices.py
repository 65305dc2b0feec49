"""What a kWh has cost at any moment of the past: by tariffs that followed each other, or by the steps of an entity."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from .history import Prices
from .tariff import PriceAt, read_tariff


def prices_of(content: object, zone: tzinfo) -> Prices | None:
    """Return the prices of a tariff; None where it has none to buy at. Never raises for any JSON."""
    tariff = read_tariff(content)
    if tariff is None or tariff.buy is None:
        return None
    sell = (lambda _: None) if tariff.sell is None else tariff.sell.price_at(zone)
    return Prices(tariff.currency or "", tariff.buy.price_at(zone), sell)


def over_time(tariffs: Iterable[tuple[float, object]], zone: ZoneInfo) -> Prices | None:
    """Return the prices of tariffs that followed each other, each since a time; the first one counts for all before."""
    known = [(since, prices) for since, content in tariffs if (prices := prices_of(content, zone)) is not None]
    if not known:
        return None

    def at(which: Callable[[Prices], PriceAt]) -> PriceAt:
        def price(moment: datetime) -> Decimal | None:
            when = moment.timestamp()
            prices = next((one for since, one in reversed(known) if since <= when), known[0][1])
            return which(prices)(moment)

        return price

    return Prices(known[-1][1].currency, at(lambda one: one.buy), at(lambda one: one.sell))


def by_steps(steps: Iterable[tuple[float, Decimal | None]]) -> PriceAt:
    """Return the price of an entity, from its states or hourly means, each since a time (epoch seconds)."""
    from_, amounts = [], []
    for since, amount in sorted(steps, key=lambda step: step[0]):
        from_.append(since)
        amounts.append(amount)

    def price(moment: datetime) -> Decimal | None:
        number = bisect_right(from_, moment.timestamp())
        return amounts[number - 1] if number else None

    return price
