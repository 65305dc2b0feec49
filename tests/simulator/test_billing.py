"""The biller against fleet_api.md part 8."""

from decimal import Decimal

from tesla_simulator import Fault

from .conftest import Client

APP = "demo-client"


async def test_prices(client: Client) -> None:
    """Answers below 500 are paid for by class, whatever they say."""
    bill = client.sim.bill
    await client.get(f"{client.luna}/vehicle_data")
    await client.get(f"{client.juniper}/vehicle_data")
    await client.post(f"{client.luna}/command/charge_stop")
    await client.post(f"{client.juniper}/wake_up")
    await client.get("/api/1/products")
    assert bill.counts(APP) == {"data": 2, "command": 1, "wake": 1, "list": 1}
    assert bill.cost(APP) == Decimal("0.025")
    assert bill.charge(APP) == 0


async def test_server_errors_are_free(client: Client) -> None:
    """500 and above are not billed, an injected 429 is."""
    client.sim.faults.add(Fault("vehicle_data", answer="upstream", times=1))
    client.sim.faults.add(Fault.rate_limited(5, endpoint="vehicle_data", times=1))
    assert (await client.get(f"{client.luna}/vehicle_data"))[0] == 500
    assert client.sim.bill.counts(APP) == {}
    assert (await client.get(f"{client.luna}/vehicle_data"))[0] == 429
    assert client.sim.bill.counts(APP) == {"data": 1}


async def test_ended_token_is_billed(client: Client) -> None:
    """A 401 goes on the bill of the app that the token was made for."""
    client.sim.revoke(client.sim.world.accounts[0])
    assert (await client.get(f"{client.luna}/vehicle_data"))[0] == 401
    assert client.sim.bill.counts(APP) == {"data": 1}


async def test_limit(client: Client) -> None:
    """Beyond the discount and the limit the API is suspended until either changes."""
    sim = client.sim
    sim.bill.record(APP, "wake", 500)
    assert sim.bill.cost(APP) == 10
    assert (await client.get(f"{client.luna}/vehicle_data"))[0] == 200
    for path in (f"{client.luna}/vehicle_data", "/api/1/products"):
        status, body = await client.get(path)
        assert (status, body["error"]) == (403, "account disabled: EXCEEDED_LIMIT")
    assert sim.bill.counts(APP) == {"wake": 500, "data": 1}
    sim.apps[0].billing_limit = Decimal(5)
    assert (await client.get("/api/1/products"))[0] == 200
    sim.bill.record(APP, "wake", 250)
    assert sim.bill.charge(APP) == Decimal("5.00")
    sim.bill.record(APP, "wake", 1)
    assert (await client.get("/api/1/products"))[0] == 403


async def test_month(client: Client) -> None:
    """The next month begins with nothing used."""
    bill, clock = client.sim.bill, client.sim.world.clock
    bill.record(APP, "streaming", 3_000_000)
    old = bill.month
    assert bill.charge(APP) == Decimal("10.00")
    assert (await client.get("/api/1/products"))[0] == 403
    clock.advance(32 * 86_400)
    assert bill.month != old
    assert (await client.get("/api/1/products"))[0] == 200
    assert bill.charge(APP, old) == Decimal("10.00")
