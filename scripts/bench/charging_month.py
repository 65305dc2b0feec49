"""A month of a car that charges at home, on the road and on a public post: what its log says, beside the truth and a peer.

The peer is Home Assistant's tesla_fleet in the same month: its `charge_energy_added` in the Energy dashboard, which counts
what a state is more than the last one, or all of it after a reset, when it is told, at the price of that moment.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
import time

from custom_components.tesla_charging.charging.session import Place
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.energy.clock import HOUR_S
from custom_components.tesla_charging.energy.spread import energy_by_hour
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from tesla_simulator.world import Car

from .clock import run_virtual
from .energy import with_recorder
from .home import OURS, PEER, Home, Side, open_home
from .lives import household
from .polling_home import no_old_trackers
from .polling_tesla import PEERS_LIMIT_USD, Household, month_begin, open_household

PROFILE = "trip"
CURRENCY = "EUR"
# As the simulated tariff has it, by the hour in UTC.
PRICES: tuple[tuple[int, float], ...] = ((6, 0.19), (17, 0.31), (21, 0.38), (24, 0.31))
SETTLE_S = 30 * HOUR_S  # invoices come within a day and an hour


def price_at(at: float) -> float:
    """Return what a kWh costs at home."""
    hour = datetime.fromtimestamp(at, UTC).hour
    return next(price for end, price in PRICES if hour < end)


@dataclass
class Account:
    """What was charged and paid: kWh at the battery, in all and by hour, and money at home and at Superchargers."""

    kwh: float = 0.0
    home_eur: float = 0.0
    supercharger_eur: float = 0.0
    sessions: int = 0
    hours: dict[int, float] = field(default_factory=dict)

    @property
    def eur(self) -> float:
        """All that had to be paid."""
        return self.home_eur + self.supercharger_eur

    def add(self, hour: int, kwh: float) -> None:
        """Let energy have flowed in an hour."""
        self.kwh += kwh
        self.hours[hour] = self.hours.get(hour, 0.0) + kwh


@dataclass(frozen=True)
class Month:
    """What one side has found, beside the truth of the same month."""

    truth: Account
    found: Account

    @property
    def hour_true(self) -> float:
        """The share of the energy that is in the hour in which it flowed."""
        shared = sum(min(kwh, self.found.hours.get(hour, 0.0)) for hour, kwh in self.truth.hours.items())
        return shared / self.truth.kwh


def measure(days: int, seed: int) -> dict[str, Month]:
    """Let both sides follow the same month."""
    return {side.name: run_virtual(_follow(side, days, seed), month_begin(days), settle_s=0.0) for side in (OURS, PEER)}


async def _follow(side: Side, days: int, seed: int) -> Month:
    lives = household(PROFILE, seed, days)
    async with open_household(lives, site=True, limit_usd=PEERS_LIMIT_USD) as tesla:
        # There is no more to import than the month.
        tesla.home.site.installed = datetime.fromtimestamp(tesla.begin, UTC)
        truth = _Truth(tesla.home.cars[0])
        watching = asyncio.ensure_future(truth.watch())
        await tesla.wait_for_begin(seed)
        async with (
            no_old_trackers(),
            tesla.connector() as connector,
            open_home(tesla.tesla, side, connector, before=_prepare) as home,
        ):
            dashboard = _Dashboard(home) if side is PEER else None
            await tesla.wait_for_end()
            # The month goes on for as long as an invoice may take; nothing is charged then.
            await asyncio.sleep(SETTLE_S)
            watching.cancel()
            return Month(truth.whole(tesla), dashboard.shown if dashboard else _log_of(home))


async def _prepare(hass: HomeAssistant) -> None:
    await hass.config.async_update(currency=CURRENCY, time_zone="UTC")
    # External statistics are all that is wanted of it.
    await with_recorder(hass, include={"entities": ["sensor.nothing"]})


class _Truth:
    """What the simulated car has really charged, looked at on the full hour."""

    def __init__(self, car: Car) -> None:
        self._car, self._account = car, Account()
        self._used_at_home_kwh = 0.0

    async def watch(self) -> None:
        """Look until it is enough."""
        while True:
            await asyncio.sleep(HOUR_S - time.time() % HOUR_S)
            self._look()

    def _look(self) -> None:
        self._car.catch_up()
        sessions, hour = self._car.charger.sessions, round(time.time()) - HOUR_S
        flowed = sum(session.energy_added_wh for session in sessions) / 1000
        used = sum(session.energy_used_wh for session in sessions if session.station.kind == "home_ac") / 1000
        if flowed > self._account.kwh:
            self._account.add(hour, flowed - self._account.kwh)
        self._account.home_eur += (used - self._used_at_home_kwh) * price_at(hour)
        self._used_at_home_kwh = used

    def whole(self, tesla: Household) -> Account:
        """Return it with what Superchargers have billed."""
        receipts = tesla.tesla.sim.world.superchargers.receipts([self._car])
        due = sum((receipt.net_due(time.time(), CURRENCY) for receipt in receipts), Decimal(0))
        self._account.supercharger_eur = float(due)
        self._account.sessions = sum(one.energy_added_wh > 0 for one in self._car.charger.sessions)
        return self._account


# What the two sides say


def _log_of(home: Home) -> Account:
    found = Account()
    for vin in home.entry.runtime_data.vehicles:
        for session in charging_log_of(home.hass, home.entry).sessions(vin):
            found.sessions += session.added.wh > 0
            for hour, kwh in energy_by_hour(session.flow).items():
                found.add(hour, kwh)
            eur = float(session.cost.amount) if session.cost and session.cost.currency == CURRENCY else 0.0
            if session.place is Place.SUPERCHARGER:
                found.supercharger_eur += eur
            elif session.place is Place.HOME:
                found.home_eur += eur
    return found


class _Dashboard:
    """What the Energy dashboard makes of the peer's counter."""

    def __init__(self, home: Home) -> None:
        self.shown = Account()
        self._last: tuple[float, object] | None = None
        unique_id = f"{home.tesla.car.vin}-charge_state_charge_energy_added"
        entity_id = er.async_get(home.hass).async_get_entity_id("sensor", PEER.domain, unique_id)
        if entity_id is None:
            raise LookupError(f"tesla_fleet has no sensor with the unique id {unique_id}")
        self._take(home.hass.states.get(entity_id))
        async_track_state_change_event(home.hass, entity_id, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        self._take(event.data["new_state"])

    def _take(self, state: State | None) -> None:
        try:
            kwh = float(state.state) if state else None
        except ValueError:
            kwh = None
        if state is None or kwh is None:
            return
        began = state.attributes.get("last_reset")
        if self._last is not None:
            last, last_began = self._last
            self.shown.sessions += began != last_began
            change = kwh if began != last_began else kwh - last
            self.shown.add(int(time.time() // HOUR_S * HOUR_S), change)
            self.shown.home_eur += change * price_at(time.time())
        self._last = kwh, began
