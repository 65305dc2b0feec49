"""Prices as a planner wants them: from whatever an entity or a person has of them, or from a tariff.

What Nord Pool, Tibber, Octopus, EnergyZero, ENTSO-e and their like have as attributes is read by energy/price_list.py. The
readers here bring other shapes into that one, each in its turn until one is understood.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from itertools import chain
from typing import Any, Final

from ..energy.price_list import PriceList, read_prices
from ..energy.tariff import Side
from ..energy.tariff_write import TariffFlaw
from .plan import PriceStep, steps_of

type _Shape = Mapping[str, Any]


def _as_it_is(attributes: _Shape) -> Iterator[_Shape]:
    """Lists under the names that integrations have for them."""
    yield attributes


def _by_time(attributes: _Shape) -> Iterator[_Shape]:
    """A mapping of times to prices, such as {"2026-06-10T00:00:00+02:00": 0.21}."""
    for items in attributes.values():
        if isinstance(items, Mapping):
            yield {"prices": [{"start": start, "price": price} for start, price in items.items()]}


def _within(attributes: _Shape) -> Iterator[_Shape]:
    """Lists within a mapping, by area or home as the actions of Nord Pool and Tibber answer."""
    for items in attributes.values():
        if isinstance(items, Mapping):
            yield items
            yield from ({"prices": inner} for inner in items.values() if isinstance(inner, list | tuple))


def _anywhere(attributes: _Shape) -> Iterator[_Shape]:
    """A list of objects under any other name."""
    for items in attributes.values():
        if isinstance(items, list | tuple) and any(isinstance(item, Mapping) for item in items):
            yield {"prices": items}


READERS: Final[tuple[Callable[[_Shape], Iterator[_Shape]], ...]] = (_as_it_is, _by_time, _within, _anywhere)


def read_price_steps(
    attributes: _Shape, unit: str | None, zone: tzinfo, today: date
) -> tuple[tuple[PriceStep, ...], str | None]:
    """Return prices per kWh and their currency, if the unit says it; raises TariffFlaw if there are none to be read."""
    for shape in chain.from_iterable(reader(attributes) for reader in READERS):
        try:
            prices: PriceList = read_prices(shape, unit, zone, today)
        except TariffFlaw:
            continue
        return steps_of((slot.start, slot.end, slot.price) for slot in prices.slots), prices.currency
    raise TariffFlaw("prices_missing")


def tariff_steps(side: Side, zone: tzinfo, begin: datetime, end: datetime) -> tuple[PriceStep, ...]:
    """Return what a tariff says of the time between two."""
    return steps_of((slot.start, slot.end, slot.price) for slot in side.slots(zone, begin, end))
