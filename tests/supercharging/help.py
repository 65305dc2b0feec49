"""What the tests of Supercharger bills share."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.tesla_charging.charging.news import Happening, News
from custom_components.tesla_charging.charging.session import Basis, Energy, Place, Reason, Run, Session, Source
from custom_components.tesla_charging.charging_bills import ChargingBills, charging_bills_of
from custom_components.tesla_charging.charging_log import ChargingLog, charging_log_of
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Receipt
from tests.conftest import settle
from tests.helpers import LUNA

HOUR = 3600.0
DAY = 24 * HOUR
HISTORY = "charging/history"


def log_of(hass: HomeAssistant, entry: MockConfigEntry) -> ChargingLog:
    """Return the log."""
    return charging_log_of(hass, entry)


def bills_of(hass: HomeAssistant, entry: MockConfigEntry) -> ChargingBills:
    """Return what asks for bills."""
    return charging_bills_of(hass, entry)


def asked(sim: Simulator) -> int:
    """Return how often the history was asked for, as the biller has it."""
    return len(sim.requests_for(HISTORY))


async def later(
    hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory, seconds: float, step: float = 6 * HOUR
) -> None:
    """Let time pass, in leaps, and then a moment more, in which what was found is thought over."""
    while seconds > 0:
        for leap in (min(seconds, step), 6.0):
            freezer.tick(leap)
            sim.world.update()
            async_fire_time_changed(hass)
            await settle(hass)
        seconds -= step


def now_of(sim: Simulator) -> float:
    """Return the world's time."""
    return sim.world.clock.now().timestamp()


def stopped(sim: Simulator, ago: float = 0.0, minutes: float = 30.0, kwh: float = 40.0, name: str = "stop") -> Session:
    """Return a stop at a fast charger that the car has told of, which ended some seconds ago."""
    end = sim.world.clock.now().replace(microsecond=0) - timedelta(seconds=ago)
    begin = end - timedelta(minutes=minutes)
    return Session(
        id=name,
        vin=LUNA,
        plugged_at=begin,
        unplugged_at=end,
        runs=(Run(start=begin, end=end),),
        added=Energy(wh=kwh * 1000, source=Source.CAR),
        place=Place.SUPERCHARGER,
        direct_current=True,
    )


def receipt_of(sim: Simulator, session: Session, delay: float = 1800.0, **more: Any) -> Receipt:
    """Let Tesla bill a stop some seconds after its end."""
    assert session.unplugged_at is not None
    (receipt,) = sim.world.superchargers.seed_past(LUNA, 1, now_of(sim))
    receipt.started_at, receipt.unlatched_at = session.plugged_at.timestamp(), session.unplugged_at.timestamp()
    receipt.stopped_at = receipt.unlatched_at
    usages = (Decimal(str(session.added.wh / 1000)), *receipt.fees[0].usages[1:])
    receipt.fees = (replace(receipt.fees[0], usages=usages, unit="kwh"), *receipt.fees[1:])
    receipt.shown_at = receipt.paid_at = receipt.unlatched_at + delay
    for name, value in more.items():
        setattr(receipt, name, value)
    return receipt


def told(hass: HomeAssistant, entry: MockConfigEntry) -> list[News]:
    """Return a list that fills with the invoices that are told of."""
    found: list[News] = []

    def take(news: News) -> None:
        if news.what is Happening.INVOICE_RECEIVED:
            found.append(news)

    log_of(hass, entry).async_follow_news(LUNA, take)
    return found


def cost_of(hass: HomeAssistant, entry: MockConfigEntry, session_id: str = "stop") -> tuple[Decimal, str] | None:
    """Return what a session has cost, by invoice."""
    session = log_of(hass, entry).session(LUNA, session_id)
    if session is None or session.cost is None or session.cost.basis is not Basis.INVOICE:
        return None
    return session.cost.amount, session.cost.currency


def stop(hass: HomeAssistant, entry: MockConfigEntry, session: Session) -> None:
    """Let the log have a session, as if the car had told of it."""
    log_of(hass, entry).async_amend(session, Reason.CLOSED)
