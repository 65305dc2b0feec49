"""The client against the simulated Fleet API: answers, faults, stale tokens, wrong regions."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import override

import aiohttp
import pytest

from custom_components.tesla_charging.fleet import client as client_module
from custom_components.tesla_charging.fleet.client import FleetClient
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from custom_components.tesla_charging.fleet.models.site import OperationMode
from custom_components.tesla_charging.fleet.paying import PriceClass
from custom_components.tesla_charging.fleet.regions import Region, region_table
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.tokens import access_claims, sign
from tesla_simulator.world import Account

from .fleet_bench import Bench, Keeper, make_bench


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def bench(sim: Simulator, person: Account, app: App, session: aiohttp.ClientSession) -> Bench:
    """Return a client that is signed in with every scope, at home in Europe."""
    return make_bench(sim, session, "eu", sim.grant(person, app, USER_SCOPES)["access_token"])


@pytest.fixture
def astray(bench: Bench, session: aiohttp.ClientSession) -> Bench:
    """Return a client of the same person who is taken for an American."""
    return make_bench(bench.sim, session, "na", *bench.keeper.tokens)


# Reading


async def test_reads(bench: Bench, person: Account) -> None:
    """Each read brings what Tesla has under `response`, at one request each."""
    luna, site = bench.sim.world.car_named("Luna"), person.sites[0]
    assert len(await bench.client.products()) == 3
    assert (await bench.client.vehicle(luna.vin))["vin"] == luna.vin
    data = await bench.client.vehicle_data(luna.vin, ["charge_state", "drive_state"])
    assert data["charge_state"]["battery_level"] == 62
    assert "vehicle_state" not in data
    assert "wall_connectors" in await bench.client.live_status(site.id)
    assert (await bench.client.site_info(site.id))["id"]
    assert (await bench.client.me())["email"] == person.email
    assert bench.paid == ["list", "list", "data", "energy", "energy", "account"]
    assert [request.price_class for request in bench.sim.requests] == bench.paid
    assert [request.status for request in bench.sim.requests] == [200] * 6
    assert bench.sim.requests_for("vehicle_data")[0].query == {"endpoints": "charge_state;drive_state"}


async def test_products_that_are_none(bench: Bench) -> None:
    """What is no object in the list is left out."""
    bench.sim.faults.add(Trouble(endpoint="products", put={"response.0": None, "response.1": "car"}))
    assert len(await bench.client.products()) == 1


@pytest.mark.parametrize("answer", ["html", "empty", "null", "null_response", "blank_response", "list", "truncated"])
async def test_answers_that_are_none(bench: Bench, answer: str) -> None:
    """A 200 that is not what it should be is a bad answer, asked for once."""
    bench.sim.faults.add(Trouble(endpoint="products", answer=answer))
    err = await bench.fails()
    assert (err.fault, err.status) == (Fault.BAD_ANSWER, 200)
    assert len(bench.sim.requests) == 1


@pytest.mark.parametrize("body", ['{"response": {}}', '{"response": 5}', '{"response": "x"}', "5", "[" * 100_000])
async def test_answers_of_another_type(bench: Bench, body: str) -> None:
    """Nor is a list something else."""
    bench.sim.faults.add(Trouble(endpoint="products", status=200, body=body))
    assert (await bench.fails()).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize(("trouble", "sent"), [(Trouble(reset=True), 2), (Trouble(hang=True), 1)])
async def test_no_answer(bench: Bench, trouble: Trouble, sent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost connection and a silent server are the same. What aiohttp sends again by itself is paid for again."""
    monkeypatch.setattr(client_module, "_SECONDS_OTHERWISE", 0.1)
    bench.sim.faults.add(replace(trouble, endpoint="products"))
    err = await bench.fails()
    assert err.fault is Fault.NO_ANSWER
    assert err.may_have_succeeded
    assert err.__cause__ is None
    assert bench.paid == [PriceClass.LIST] * sent


async def test_nobody_there(bench: Bench) -> None:
    """Without a network there is no answer, and no address in the words."""
    await bench.sim.stop()
    err = await bench.fails()
    assert err.fault is Fault.NO_ANSWER
    assert bench.client.region.api_url not in str(err)


async def test_redirects_are_not_followed(bench: Bench) -> None:
    """The token goes where it belongs, and nowhere else."""
    elsewhere = f"{bench.sim.url('na')}/api/1/products"
    bench.sim.faults.add(Trouble(endpoint="products", status=302, headers={"Location": elsewhere}))
    assert (await bench.fails()).fault is Fault.BAD_REQUEST
    assert bench.hosts == [("eu", "products", 302)]


@pytest.mark.parametrize(
    ("trouble", "fault", "seconds"),
    [
        (Trouble.rate_limited("12.5"), Fault.RATE_LIMITED, 12.5),
        (Trouble.rate_limited(), Fault.RATE_LIMITED, None),
        (Trouble(answer="unavailable", retry_after=3), Fault.SERVER_ERROR, 3.0),
        (Trouble(answer="unsupported_vehicle"), Fault.UNSUPPORTED, None),
        (Trouble(answer="locked"), Fault.LOCKED, None),
        (Trouble(answer="not_registered"), Fault.NOT_REGISTERED, None),
    ],
)
async def test_refusals(bench: Bench, trouble: Trouble, fault: Fault, seconds: float | None) -> None:
    """A refusal is passed on with its id for support; nothing is tried again."""
    bench.sim.faults.add(replace(trouble, endpoint="products"))
    err = await bench.fails()
    assert (err.fault, err.retry_after) == (fault, seconds)
    assert err.txid is not None
    assert len(err.txid) == 32
    assert len(bench.sim.requests) == 1


async def test_query_values_are_plain(bench: Bench) -> None:
    """What is None is not sent, and an enum goes as its value."""
    await bench.client.request("GET", "api/1/products", {"a": None, "b": OperationMode.BACKUP, "c": 1})
    assert bench.sim.requests[0].query == {"b": "backup", "c": "1"}


# Stale tokens


async def test_a_stale_token(bench: Bench, person: Account, app: App) -> None:
    """A 401 is mended once, with another token."""
    stale = bench.keeper.tokens[0]
    fresh = bench.sim.grant(person, app, USER_SCOPES)["access_token"]
    bench.keeper.tokens.append(fresh)
    assert len(await bench.client.products()) == 3
    assert bench.keeper.refused == [stale]
    assert [status for _, _, status in bench.hosts] == [401, 200]
    assert bench.paid == [PriceClass.LIST, PriceClass.LIST]


async def test_a_token_that_stays_bad(bench: Bench) -> None:
    """Two refusals are enough."""
    bench.sim.faults.add(Trouble(endpoint="products", answer="empty_401"))
    assert (await bench.fails()).fault is Fault.UNAUTHORIZED
    assert [status for _, _, status in bench.hosts] == [401, 401]
    assert len(bench.keeper.refused) == 1


class Empty(Keeper):
    """Tokens that run out."""

    @override
    async def access_token(self) -> str:
        """Return one, if there is one."""
        if self.tokens:
            return self.tokens[0]
        raise FleetError(Fault.LOGIN_REQUIRED)

    @override
    async def renew(self, refused: str) -> str:
        """Say that there is no other."""
        raise FleetError(Fault.LOGIN_REQUIRED)


def emptied(bench: Bench, session: aiohttp.ClientSession, *tokens: str) -> Bench:
    """Return the bench with a client that can have no other tokens than these."""
    table = region_table()
    client = FleetClient(session, Empty([*tokens]), table["eu"], table, pay=bench.payer)
    return replace(bench, client=client)


async def test_no_token_to_be_had(bench: Bench, session: aiohttp.ClientSession) -> None:
    """Without a token nothing is sent or paid for."""
    assert (await emptied(bench, session).fails()).fault is Fault.LOGIN_REQUIRED
    assert bench.sim.requests == []
    assert bench.paid == []


@pytest.mark.parametrize(
    ("answer", "fault"), [("empty_401", Fault.LOGIN_REQUIRED), ("missing_scopes", Fault.MISSING_SCOPES)]
)
async def test_no_other_token_to_be_had(
    bench: Bench, session: aiohttp.ClientSession, answer: str, fault: Fault
) -> None:
    """What stands in the way of another token is said; but a scope that is missing is missing either way."""
    bench.sim.faults.add(Trouble(endpoint="products", answer=answer))
    assert (await emptied(bench, session, *bench.keeper.tokens).fails()).fault is fault
    assert len(bench.sim.requests) == 1


async def test_a_scope_that_has_come(bench: Bench, person: Account, app: App, session: aiohttp.ClientSession) -> None:
    """A scope that is missing may be in the next token."""
    bench.sim.behaviour.refresh_ends_access_tokens = False
    few = bench.sim.grant(person, app, ["openid", "offline_access", "energy_device_data"])
    bench = make_bench(bench.sim, session, "eu", few["access_token"])
    bench.sim.grants.set_consent(person, app, USER_SCOPES)
    bench.keeper.tokens.append(bench.sim.grants.refresh(few["refresh_token"], app)["access_token"])
    assert (await bench.client.me())["email"] == person.email
    assert bench.keeper.refused == [few["access_token"]]
    assert [status for _, _, status in bench.hosts] == [403, 200]


async def test_a_scope_that_stays_away(bench: Bench) -> None:
    """The next token is fetched for it once, not for each refusal."""
    bench.sim.faults.add(Trouble(endpoint="products", answer="missing_scopes"))
    for _ in range(3):
        assert (await bench.fails()).fault is Fault.MISSING_SCOPES
    assert len(bench.keeper.refused) == 1
    assert len(bench.sim.requests) == 4


async def test_mobile_access_is_no_stale_token(bench: Bench) -> None:
    """A 401 that speaks of the car does not touch the token."""
    bench.sim.faults.add(Trouble(endpoint="products", answer="mobile_access_disabled"))
    assert (await bench.fails()).fault is Fault.MOBILE_ACCESS_DISABLED
    assert bench.keeper.refused == []


# Wrong regions: the body of the 421, then users/region, then ou_code


async def test_the_body_of_the_421(astray: Bench) -> None:
    """Tesla's own words come first, and the new region is kept."""
    assert len(await astray.client.products()) == 3
    assert astray.hosts == [("na", "products", 421), ("eu", "products", 200)]
    assert astray.regions == ["eu"]
    assert astray.client.region.id == "eu"
    await astray.client.me()
    assert astray.hosts[2:] == [("eu", "users/me", 200)]
    assert astray.regions == ["eu"]


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=421, body={"error": "user out of region"}),
        Trouble(status=421, body={"error": "user out of region, use base URL: https://evil.example.com, see x"}),
        Trouble(status=421, body="<html>"),
        Trouble(answer="legal"),
    ],
)
async def test_users_region(astray: Bench, trouble: Trouble) -> None:
    """Where the body names no address of Tesla's, Tesla is asked for the region."""
    astray.sim.behaviour.region_from_everywhere = True
    astray.sim.faults.add(replace(trouble, endpoint="products", host="na"))
    assert len(await astray.client.products()) == 3
    assert [entry[:2] for entry in astray.hosts] == [("na", "products"), ("na", "users/region"), ("eu", "products")]
    assert astray.regions == ["eu"]
    assert astray.paid == [PriceClass.LIST, PriceClass.ACCOUNT, PriceClass.LIST]


@pytest.mark.parametrize(
    "trouble",
    [
        None,
        Trouble(status=200, body={"response": {"region": "eu"}}),
        Trouble(status=200, body={"response": {"fleet_api_base_url": 5}}),
        Trouble(status=200, body={"response": {"fleet_api_base_url": "https://evil.example.com"}}),
        Trouble(status=200, body={"response": {"fleet_api_base_url": "https://[::1"}}),
        Trouble(status=200, body={"response": []}),
        Trouble(answer="internal"),
        Trouble(reset=True),
    ],
)
async def test_the_tokens_claim(astray: Bench, trouble: Trouble | None) -> None:
    """Where users/region does not help either, the token says where its person lives."""
    if trouble is not None:
        astray.sim.faults.add(replace(trouble, endpoint="users/region"))
    astray.sim.faults.add(Trouble(endpoint="products", host="na", status=421, body={"error": "user out of region"}))
    assert len(await astray.client.products()) == 3
    # aiohttp repeats a GET by itself on a connection that is reset, so that one place may stand twice.
    places = list(dict.fromkeys(entry[:2] for entry in astray.hosts))
    assert places == [("na", "products"), ("na", "users/region"), ("eu", "products")]
    assert astray.paid == [request.price_class for request in astray.sim.requests if request.status < 500]
    assert astray.regions == ["eu"]


async def test_the_body_is_believed_before_the_rest(astray: Bench) -> None:
    """A body that names a region that users/region and the token do not name wins all the same."""
    words = f"user out of region, use base URL: {astray.sim.url('cn')}, see https://x"
    astray.sim.faults.add(Trouble(endpoint="products", host="na", status=421, body={"error": words}))
    await astray.fails()
    assert astray.hosts == [("na", "products", 421), ("cn", "products", 421)]
    assert astray.regions == ["cn"]


async def test_two_regions_that_point_at_each_other(astray: Bench) -> None:
    """One move a request, no more."""
    for here, there in (("na", "eu"), ("eu", "na")):
        words = f"user out of region, use base URL: {astray.sim.url(there)}, see https://x"
        astray.sim.faults.add(Trouble(endpoint="products", host=here, status=421, body={"error": words}))
    assert (await astray.fails()).fault is Fault.WRONG_REGION
    assert astray.hosts == [("na", "products", 421), ("eu", "products", 421)]


async def test_many_requests_in_a_wrong_region(astray: Bench) -> None:
    """All of them move, and the move is told once."""
    answers = await asyncio.gather(*(astray.client.products() for _ in range(5)))
    assert [len(answer) for answer in answers] == [3] * 5
    assert astray.regions == ["eu"]


@pytest.mark.parametrize("named", [True, False])
async def test_a_region_that_points_at_itself(bench: Bench, named: bool) -> None:
    """Where there is nowhere else to go, that is said."""
    words = f"user out of region, use base URL: {bench.sim.url('eu')}, see https://x" if named else "out of region"
    bench.sim.faults.add(Trouble(endpoint="products", status=421, body={"error": words}))
    assert (await bench.fails()).fault is Fault.WRONG_REGION
    assert len(bench.sim.requests_for("products")) == 1
    assert len(bench.sim.requests_for("users/region")) == (0 if named else 1)
    assert bench.regions == []


async def test_a_region_that_nobody_knows(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """An unknown ou_code leads nowhere, and raises nothing else."""
    claims = access_claims("https://issuer", "nobody", "demo-client", "xx", [], ["vehicle_device_data"])
    bench = make_bench(sim, session, "na", sign(claims))
    sim.faults.add(Trouble(status=421, body={"error": "out of region"}))
    assert (await bench.fails()).fault is Fault.WRONG_REGION
    assert bench.client.region.id == "na"


async def test_a_stale_token_in_a_wrong_region(astray: Bench, person: Account, app: App) -> None:
    """Both can be mended in one request."""
    astray.keeper.tokens.append(astray.sim.grant(person, app, USER_SCOPES)["access_token"])
    assert len(await astray.client.products()) == 3
    assert [status for _, _, status in astray.hosts] == [401, 421, 200]


async def test_a_region_that_is_new(bench: Bench, session: aiohttp.ClientSession) -> None:
    """A region that only the environment knows is one like any other."""
    table = {**region_table(), "ap": Region(id="ap", api_url=bench.sim.url("eu"))}
    client = FleetClient(session, bench.keeper, table["ap"], table, pay=bench.payer)
    assert len(await client.products()) == 3
