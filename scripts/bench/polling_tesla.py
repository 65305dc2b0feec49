"""A household on a simulated Tesla in virtual time, and the view that a bare policy has of it over its API."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import time
from typing import Any, override

from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric import ec

from tesla_simulator import Simulator
from tesla_simulator.model import MONTHLY_DISCOUNT, USER_SCOPES, App
from tesla_simulator.requests_log import Request
from tesla_simulator.world import Account, World

from .home import KEY_DOMAIN, REGION, Tesla
from .life import DC_EFFICIENCY, HOUR_S, KW_PER_AMP, Life, Truth
from .living import AWAY, Home, furnish, live
from .memory import MemoryConnector
from .polling_metrics import Freshness, Record, awake_s, freshness, pooled
from .polling_view import Hint, Policy, Shown, phase

MONTH_END = datetime(2026, 8, 1, tzinfo=UTC)  # the end of a month of 31 days, in the biller's time
BEFORE_END_S = 1.0
PEERS_LIMIT_USD = 1000.0  # they know no budget: what is beyond the credit, somebody pays
SHORTEST_S = 0.001
BLOCKS = "charge_state;drive_state;vehicle_state;location_data"
NEAR_DEGREES = 0.01


def month_begin(days: int) -> datetime:
    """Return when lives of so many days begin, so that they end with the month."""
    return MONTH_END - timedelta(days=days)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of one way to poll in one month of one household."""

    spent_usd: float
    budget_usd: float | None
    freshness: Freshness
    slept: float  # share of the sleep that there could have been
    awake_h: float  # hours a day, the mean of the cars
    answers: Mapping[str, int]  # what Tesla has counted, by price class
    miscounted: int  # requests that the integration has counted otherwise than Tesla
    seconds: float = 0.0  # of processor time


class _Reads(list[Request]):
    """Takes the place of the record of requests, which a month would make too long: keeps when cars were read."""

    def __init__(self, begin: float, records: Mapping[str, Record]) -> None:
        super().__init__()
        self._begin, self._records = begin, records

    @override
    def append(self, request: Request, /) -> None:
        record = self._records.get(request.vin or "")
        if record and request.endpoint == "vehicle_data" and request.status == 200:
            record.reads.append(request.at.timestamp() - self._begin)


@dataclass(frozen=True, kw_only=True)
class Household:
    """A simulated Tesla whose cars live their lives, and what was read and shown of them, by VIN."""

    lives: Sequence[Life]
    begin: float  # epoch s
    home: Home
    tesla: Tesla
    account: Account
    records: Mapping[str, Record]

    @property
    def app(self) -> App:
        """The app that is billed."""
        return self.tesla.sim.apps[0]

    @property
    def spent_usd(self) -> float:
        """What was billed this month."""
        return float(self.tesla.sim.bill.cost(self.app.client_id))

    def connector(self) -> MemoryConnector:
        """Return a way to Tesla."""
        return MemoryConnector(self.tesla.sim.servers)

    async def wait_for_begin(self, seed: int) -> None:
        """Let the first minutes pass, so that polling begins at no full hour."""
        await asyncio.sleep(self.begin + phase(seed) - time.time())

    async def wait_for_end(self) -> None:
        """Let the month pass, all but its last second."""
        await asyncio.sleep(self.begin + self.lives[0].seconds - BEFORE_END_S - time.time())

    def run(self, *, budget_usd: float | None = None, miscounted: int = 0) -> Run:
        """Return the figures."""
        possible = sum(life.seconds - awake_s(life, []) for life in self.lives)
        slept = sum(self.home.sleeps())
        alive = sum(life.seconds for life in self.lives)
        return Run(
            spent_usd=self.spent_usd,
            budget_usd=budget_usd,
            freshness=pooled(
                [freshness(life, self.records[car.vin]) for car, life in zip(self.home.cars, self.lives, strict=True)]
            ),
            slept=slept / possible if possible else 1.0,
            awake_h=24 * (alive - slept) / alive,
            answers=self.tesla.sim.bill.counts(self.app.client_id),
            miscounted=miscounted,
        )


@asynccontextmanager
async def open_household(lives: Sequence[Life], *, site: bool, limit_usd: float) -> AsyncGenerator[Household]:
    """Run a simulated Tesla whose cars begin to live now; with or without the energy site that they charge at.

    Tesla switches the app off when the month has cost `limit_usd`, or more than the monthly credit if that is more.
    """
    begin, home = time.time(), furnish(lives)
    account = Account(
        sub="b9c1d2e3-0000-4000-8000-00000000a1ec",
        email="alex@example.com",
        full_name="Alex Example",
        password="demo",
        cars=list(home.cars),
        sites=[home.site] if site else [],
    )
    world = World()
    world.accounts.append(account)
    world.update()
    records = {car.vin: Record() for car in home.cars}
    async with Simulator(world=world) as sim:
        sim.requests = _Reads(begin, records)
        sim.apps[0].billing_limit = max(Decimal(0), Decimal(str(limit_usd)) - MONTHLY_DISCOUNT)
        key = ec.generate_private_key(ec.SECP256R1())
        sim.enrol(KEY_DOMAIN, key.public_key(), sim.apps[0])
        token = sim.grant(account, sim.apps[0], USER_SCOPES)
        tesla = Tesla(sim, home.cars[0], home.stations[0], key, token)
        living = asyncio.ensure_future(live(home.acts, begin))
        try:
            yield Household(lives=lives, begin=begin, home=home, tesla=tesla, account=account, records=records)
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)


async def run_policy(policy: Policy, lives: Sequence[Life], seed: int) -> Run:
    """Let a bare policy poll for a month, without Home Assistant."""
    async with (
        open_household(lives, site=True, limit_usd=PEERS_LIMIT_USD) as household,
        ClientSession(connector=household.connector()) as session,
    ):
        view = _View(household, session)
        await household.wait_for_begin(seed)
        end = household.begin + lives[0].seconds - BEFORE_END_S
        while (left := end - time.time()) > 0:
            due = await policy.step(time.time() - household.begin, view)
            await asyncio.sleep(min(left, max(SHORTEST_S, household.begin + due - time.time())))
        return household.run()


class _View:
    """Tesla to a policy, over the simulated Tesla's API."""

    def __init__(self, household: Household, session: ClientSession) -> None:
        self._household, self._session = household, session
        self._token: tuple[float, str] = (0.0, "")

    @property
    def cars(self) -> Sequence[str]:
        return list(self._household.records)

    @property
    def spent_usd(self) -> float:
        return self._household.spent_usd

    async def online(self) -> Mapping[str, bool]:
        _, items = await self._get("vehicles")
        return {item["vin"]: item["state"] == "online" for item in items}

    async def site(self) -> Mapping[str, Hint]:
        found = dict[str, Hint]()
        for site in self._household.account.sites:
            _, status = await self._get(f"energy_sites/{site.id}/live_status")
            for one in status["wall_connectors"]:
                if vin := one.get("vin"):
                    found[vin] = Hint(one["wall_connector_state"] in (1, 9), one["wall_connector_power"] / 1000)
        return found

    async def read(self, car: str) -> Truth | None:
        status, data = await self._get(f"vehicles/{car}/vehicle_data", endpoints=BLOCKS)
        if status != 200:
            return None
        truth = truth_of(data, time.time() - self._household.begin)
        self.show(car, Shown(truth.plugged, truth.charging, truth.driving))
        return truth

    def show(self, car: str, shown: Shown) -> None:
        self._household.records[car].show(time.time() - self._household.begin, shown)

    async def _get(self, path: str, **query: str) -> tuple[int, Any]:
        sim, now = self._household.tesla.sim, time.time()
        if now > self._token[0]:
            token = sim.grant(self._household.account, self._household.app, USER_SCOPES)
            self._token = (now + token["expires_in"] - HOUR_S, token["access_token"])
        headers = {"Authorization": f"Bearer {self._token[1]}"}
        async with self._session.get(f"{sim.url(REGION)}/api/1/{path}", params=query, headers=headers) as answer:
            body = await answer.json()
            return answer.status, body.get("response")


def truth_of(data: Mapping[str, Any], at: float) -> Truth:
    """Return what an answer of `vehicle_data` says."""
    charge, drive, vehicle = data["charge_state"], data["drive_state"], data["vehicle_state"]
    dc, state = charge["fast_charger_present"], charge["charging_state"]
    away = abs(drive["latitude"] - AWAY.latitude) < NEAR_DEGREES
    charging = state in ("Starting", "Charging")
    return Truth(
        at=at,
        driving=drive["shift_state"] is not None,
        plugged=state != "Disconnected",
        charging=charging,
        at_home=drive["shift_state"] is None and not away,
        user_present=vehicle["is_user_present"],
        sentry=vehicle["sentry_mode"],
        power_kw=charge["charger_power"] / DC_EFFICIENCY if dc else charge["charger_actual_current"] * KW_PER_AMP,
        dc=dc,
        seconds_to_full=charge["minutes_to_full_charge"] * 60 if charging else None,
        scheduled_start=charge["scheduled_charging_start_time"] if charge["scheduled_charging_pending"] else None,
        soc=charge["battery_level"],
        limit=charge["charge_limit_soc"],
    )
