"""An endpoint that has had too many requests is left alone by itself, for as long as Tesla asks."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.commands import SET_CHARGE_LIMIT, SET_CHARGING_AMPS
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from custom_components.tesla_charging.fleet.pauses import Pauses
from custom_components.tesla_charging.fleet.paying import PriceClass
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .fleet_bench import Bench, make_bench
from .helpers import JUNIPER, LUNA, unsigned_car

NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)
PATH = "api/1/vehicles/5YJ3E7EB1KF000001/vehicle_data"


def limited(seconds: float | None = None) -> FleetError:
    """Return what a 429 is."""
    return FleetError(Fault.RATE_LIMITED, status=429, retry_after=seconds)


def refused(pauses: Pauses, seconds: float, path: str = PATH) -> float | None:
    """Return for how long a request is still refused so many seconds after NOW; None if it may leave."""
    try:
        pauses.enter(path, NOW + timedelta(seconds=seconds))
    except FleetError as err:
        return err.retry_after
    return None


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 300), (0, 0), (1.5, 1.5), (30, 30), (3600, 3600), (3601, 3600), (1e300, 3600)]
)
def test_how_long(asked: float | None, seconds: float) -> None:
    """As long as Tesla asks for, five minutes if it says nothing, an hour at most."""
    pauses = Pauses()
    pauses.leave(PATH, limited(asked), NOW)
    assert refused(pauses, 0) == (seconds or None)
    assert refused(pauses, seconds - 1) == (1 if seconds >= 1 else None)
    assert refused(pauses, seconds) is None


def test_one_asks_whether_it_is_over() -> None:
    """The first that leaves after a pause is alone until it is answered, or lost."""
    pauses = Pauses()
    pauses.leave(PATH, limited(60), NOW)
    assert refused(pauses, 60) is None
    assert refused(pauses, 61) == 29
    assert refused(pauses, 90) is None
    assert refused(pauses, 91) == 29


@pytest.mark.parametrize("err", [None, FleetError(Fault.ASLEEP, status=408), FleetError(Fault.SERVER_ERROR)])
def test_any_other_answer_ends_it(err: FleetError | None) -> None:
    """What is not refused for its number is no reason to wait."""
    pauses = Pauses()
    pauses.leave(PATH, limited(60), NOW)
    assert refused(pauses, 60) is None
    pauses.leave(PATH, err, NOW + timedelta(seconds=61))
    assert refused(pauses, 61) is None
    assert refused(pauses, 61) is None


def test_a_clock_that_is_set_back() -> None:
    """Ends a pause instead of lengthening it by hours."""
    pauses = Pauses()
    pauses.leave(PATH, limited(60), NOW)
    assert refused(pauses, -1) is None


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def bench(
    freezer: FrozenDateTimeFactory, sim: Simulator, person: Account, app: App, session: aiohttp.ClientSession
) -> Bench:
    """Return a client that is signed in with every scope, while time stands still."""
    return make_bench(sim, session, "eu", sim.grant(person, app, USER_SCOPES)["access_token"])


async def failure(bench: Bench, vin: str = LUNA) -> FleetError | None:
    """Read a car; return how that fails, None if it does not."""
    try:
        await bench.client.vehicle_data(vin, ["charge_state"])
    except FleetError as err:
        return err
    return None


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (Trouble.rate_limited(20), 20),
        (Trouble.rate_limited("1.5"), 1.5),
        (Trouble.rate_limited(), 300),
        (Trouble.rate_limited("soon"), 300),
        (Trouble.rate_limited("-5"), 0),
        (Trouble.rate_limited("999999999"), 3600),
        (Trouble.rate_limited(datetime(2099, 6, 10, tzinfo=UTC)), 3600),
        (Trouble.rate_limited(datetime(2020, 6, 10, tzinfo=UTC)), 0),
        (Trouble(answer="rate_limited", rate_limit_reset="17"), 17),
    ],
    ids=lambda value: f"{value:g}" if isinstance(value, float | int) else str(value.retry_after),
)
async def test_reads(bench: Bench, freezer: FrozenDateTimeFactory, trouble: Trouble, seconds: float) -> None:
    """What comes too early is neither sent nor paid for, and says when it is not too early any more."""
    trouble.endpoint, trouble.vin, trouble.times = "vehicle_data", LUNA, 1
    bench.sim.faults.add(trouble)
    first = await failure(bench)
    assert first is not None
    assert (first.fault, first.status) == (Fault.RATE_LIMITED, 429)
    if seconds:
        freezer.tick(seconds - 1)
        second = await failure(bench)
        assert second is not None
        assert (second.fault, second.status, second.may_have_succeeded) == (Fault.RATE_LIMITED, None, False)
        assert second.retry_after == pytest.approx(1)
        assert bench.paid == [PriceClass.DATA]
        freezer.tick(1)
    assert await failure(bench) is None
    assert await failure(bench) is None
    assert bench.paid == [PriceClass.DATA] * 3
    assert [request.status for request in bench.sim.requests] == [429, 200, 200]


async def test_a_date(bench: Bench, freezer: FrozenDateTimeFactory) -> None:
    """A date is one, whatever the clock of the machine is compared with."""
    now = datetime.now(UTC).replace(microsecond=0)
    freezer.move_to(now)
    bench.sim.faults.add(Trouble.rate_limited(now + timedelta(seconds=90), endpoint="vehicle_data", times=1))
    await failure(bench)
    freezer.tick(89)
    second = await failure(bench)
    assert second is not None
    assert second.retry_after == 1
    freezer.tick(1)
    assert await failure(bench) is None


async def test_others_go_on(bench: Bench, person: Account) -> None:
    """The same question about another car, and another question about this one."""
    juniper = bench.sim.world.car_named("Juniper")
    juniper.wake_seconds = 0
    juniper.wake()
    bench.sim.faults.add(Trouble.rate_limited(600, endpoint="vehicle_data", vin=LUNA))
    assert await failure(bench) is not None
    assert await failure(bench) is not None
    assert await failure(bench, JUNIPER) is None
    assert (await bench.client.vehicle(LUNA))["vin"] == LUNA
    assert len(await bench.client.products()) == 3
    assert len(bench.sim.requests_for("vehicle_data")) == 2


async def test_probe(bench: Bench, freezer: FrozenDateTimeFactory) -> None:
    """Of several that have waited one asks, and all go on when it is answered well."""
    bench.sim.faults.add(Trouble.rate_limited(60, endpoint="vehicle_data", times=2))
    await failure(bench)
    freezer.tick(60)
    found = await asyncio.gather(*(failure(bench) for _ in range(5)))
    assert [err is not None and err.fault for err in found] == [Fault.RATE_LIMITED] * 5
    assert [request.status for request in bench.sim.requests] == [429, 429]
    freezer.tick(60)
    assert await failure(bench) is None
    assert await asyncio.gather(*(failure(bench) for _ in range(5))) == [None] * 5
    assert bench.paid == [PriceClass.DATA] * 8


async def test_commands(bench: Bench, person: Account, freezer: FrozenDateTimeFactory) -> None:
    """A command, too, is held back; another one of the same car is not."""
    nova = unsigned_car()
    person.cars.append(nova)
    bench.sim.world.update()
    bench.sim.faults.add(Trouble.rate_limited(60, endpoint="set_charge_limit", times=1))
    for waited, left in ((0, 60), (0, 60), (10, 50)):
        freezer.tick(waited)
        with pytest.raises(FleetError) as caught:
            await bench.client.command(nova.vin, SET_CHARGE_LIMIT, percent=70)
        assert (caught.value.fault, caught.value.retry_after) == (Fault.RATE_LIMITED, left)
    assert bench.paid == [PriceClass.COMMAND]
    assert await bench.client.command(nova.vin, SET_CHARGING_AMPS, charging_amps=8) is True
    freezer.tick(60)
    assert await bench.client.command(nova.vin, SET_CHARGE_LIMIT, percent=70) is True
    assert nova.charger.limit == 70
