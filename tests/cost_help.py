"""What the tests of the costs of charging need: sessions as the log would have them, and what they truly cost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.charging.cost import PriceSource, by_tariffs, cost_of
from custom_components.tesla_charging.charging.mix import Rule, Supply, share
from custom_components.tesla_charging.charging.session import Basis, Energy, Place, Reason, Session, Source
from custom_components.tesla_charging.charging_log import ChargingLog
from custom_components.tesla_charging.const import CONF_COSTS
from custom_components.tesla_charging.energy.spread import Stretch
from homeassistant.core import HomeAssistant
from tesla_simulator.world import Site, truth

from .helpers import JUNIPER, pass_time

SLOT_S = 300
# The sun feeds the house first, as Tesla's keys tell it.
_PARTS = ("solar", "battery", "grid")


def charge(begin: datetime, end: datetime, watts: float = 11_000.0, **fields: Any) -> Session:
    """Return a session at home in which a car charged evenly, 90 % of it into the battery."""
    seconds = int((end - begin).total_seconds())
    used = watts * seconds / 3600
    known: dict[str, Any] = {
        "id": f"{begin:%Y%m%d%H%M}",
        "vin": JUNIPER,
        "plugged_at": begin,
        "unplugged_at": end,
        "place": Place.HOME,
        "added": Energy(wh=0.9 * used, source=Source.CAR),
        "used": Energy(wh=used, source=Source.WALL_CONNECTOR),
        "flow": (Stretch(int(begin.timestamp()), seconds, 0.9 * used),),
    }
    return Session(**(known | fields))


def put(log: ChargingLog, session: Session, reason: Reason = Reason.CLOSED) -> Session:
    """Let the log have it."""
    return log.async_amend(session, reason)


def go_on(log: ChargingLog, session: Session, end: datetime, *, close: bool = False) -> Session:
    """Let an open session charge on as it did, and end."""
    known = log.session(session.vin, session.id)
    assert known is not None
    later = charge(session.plugged_at, end)
    unplugged = end if close else None
    return put(
        log,
        replace(known, added=later.added, used=later.used, flow=later.flow, unplugged_at=unplugged),
        Reason.CLOSED if close else Reason.WENT_ON,
    )


def now_of(log: ChargingLog, session: Session) -> Session:
    """Return a session as it is known now."""
    found = log.session(session.vin, session.id)
    assert found is not None
    return found


def used_then(site: Site, slot: int) -> Supply:
    """Return what the house truly used in five minutes, cars and all."""
    flows = truth(site, slot, slot + SLOT_S)
    return Supply(*(flows.get(f"consumer_energy_imported_from_{part}", 0.0) for part in _PARTS))


def true_cost(site: Site, car: Mapping[int, float], source: PriceSource, rule: Rule = Rule.HOUSE_FIRST) -> float:
    """Return what the energies of a car, by five minutes, truly cost."""
    found = cost_of({slot: share(rule, used_then(site, slot), wh) for slot, wh in car.items()}, source)
    assert found is not None
    return float(found.amount)


def even(session: Session) -> dict[int, float]:
    """Return the energies of a session that charged evenly, by five minutes; it began at full five."""
    begin, seconds = session.flow[0].start, session.flow[0].seconds
    assert begin % SLOT_S == 0 and seconds % SLOT_S == 0
    return dict.fromkeys(range(begin, begin + seconds, SLOT_S), session.used.wh * SLOT_S / seconds)


def say(hass: HomeAssistant, entry: MockConfigEntry, **said: Any) -> None:
    """Set the options of the costs."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_COSTS: said})


async def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 6, times: int = 1) -> None:
    """Let so much time pass, and what is planned a moment later as well."""
    await pass_time(hass, freezer, seconds, times)
    await pass_time(hass, freezer, 6)


def tariff_of(site: Site) -> PriceSource:
    """Return the prices of a site's tariff."""
    prices = by_tariffs([(0.0, site.tariff)], site.zone, "EUR")
    assert prices is not None
    return PriceSource(Basis.TARIFF, *prices)


def price_is(
    hass: HomeAssistant, price: object, unit: str | None = "EUR/kWh", name: str = "sensor.power_price"
) -> None:
    """Let a price entity say something."""
    hass.states.async_set(name, str(price), {} if unit is None else {"unit_of_measurement": unit})
