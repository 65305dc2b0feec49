"""Faults on demand: each kind, over real HTTP."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import json
from typing import Any

import aiohttp
from hypothesis import given, strategies as st
import pytest

from tesla_simulator import Fault, Simulator
from tesla_simulator.answers import ANSWERS
from tesla_simulator.faults import Faults

from .conftest import Client


@pytest.mark.parametrize("name", sorted(ANSWERS))
async def test_every_named_answer(client: Client, name: str) -> None:
    """Each named answer is sent as the table has it."""
    client.sim.faults.add(Fault("products", answer=name, times=1))
    url = f"{client.sim.url('eu')}/api/1/products"
    async with client.session.get(url) as response:
        assert response.status == ANSWERS[name].status
        text = await response.text()
    body = ANSWERS[name].body
    if isinstance(body, dict):
        assert json.loads(text).keys() == body.keys()
        assert "{words}" not in text
    elif isinstance(body, list):
        assert json.loads(text) == body
    else:
        assert text == (body or "")
    assert (await client.get("/api/1/products"))[0] == 200


MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_value", "sent"),
    [(30, "30"), (1.5, "1.5"), ("999999999", "999999999"), (MOMENT, "Tue, 01 Jan 2030 00:00:00 GMT"), (None, None)],
)
async def test_retry_after(client: Client, given_value: Any, sent: str | None) -> None:
    """429 comes with every kind of Retry-After."""
    client.sim.faults.add(Fault.rate_limited(given_value, rate_limit_reset="7"))
    status, body, headers = await client.call("GET", "/api/1/products")
    assert status == 429
    assert body["error"] == "rate limited"
    assert headers.get("Retry-After") == sent
    assert headers["RateLimit-Reset"] == "7"
    if given_value is MOMENT:
        assert parsedate_to_datetime(headers["Retry-After"]) == MOMENT


async def test_matching(client: Client) -> None:
    """A fault strikes one endpoint, car, method or call only."""
    luna = client.sim.world.car_named("Luna")
    faults = client.sim.faults
    faults.add(Fault("vehicle", vin=luna.vin, status=500))
    assert (await client.get(f"/api/1/vehicles/{luna.id}"))[0] == 500
    assert (await client.get(client.juniper))[0] == 200
    faults.clear()
    faults.add(Fault(method="POST", path="*/command/*", status=503, skip=1, times=1))
    path = f"{client.luna}/command/set_charge_limit"
    statuses = [(await client.post(path, {"percent": 60}))[0] for _ in range(3)]
    assert statuses == [200, 503, 200]
    assert faults.active == []


async def test_changed_answers(client: Client) -> None:
    """Fields are dropped, nulled and retyped, and JSON is cut."""
    client.sim.faults.add(
        Fault(
            "vehicle_data",
            put={
                "response.charge_state.battery_level": "<invalid>",
                "response.charge_state.charging_state": None,
                "response.no.such.path": 1,
            },
            drop=["response.climate_state"],
            headers={"x-extra": "1"},
            times=1,
        )
    )
    status, body, headers = await client.call("GET", f"{client.luna}/vehicle_data")
    assert status == 200
    assert headers["x-extra"] == "1"
    assert body["response"]["charge_state"]["battery_level"] == "<invalid>"
    assert body["response"]["charge_state"]["charging_state"] is None
    assert "climate_state" not in body["response"]
    client.sim.faults.add(Fault("products", put={"response.*.vin": None}, times=1))
    _, body = await client.get("/api/1/products")
    assert [product["vin"] for product in body["response"]] == [None] * body["count"]
    client.sim.faults.add(Fault("products", truncate=True))
    with pytest.raises(json.JSONDecodeError):
        await client.get("/api/1/products")


async def test_custom_body(client: Client) -> None:
    """Any status goes with any body."""
    client.sim.faults.add(Fault("products", status=599, body="Oops", content_type="text/plain"))
    assert await client.get("/api/1/products") == (599, "Oops")
    client.sim.faults.clear()
    client.sim.faults.add(Fault("products", body={"response": "text"}))
    assert await client.get("/api/1/products") == (200, {"response": "text"})


async def test_not_executed_and_lost(client: Client) -> None:
    """A reset comes before the command takes effect, or after it when it is lost."""
    car, path = (client.sim.world.car_named("Luna"), f"{client.luna}/command/set_charge_limit")

    def limit() -> int:
        data: dict[str, Any] = car.vehicle_data()
        level: int = data["charge_state"]["charge_limit_soc"]
        return level

    before = limit()
    client.sim.faults.add(Fault("set_charge_limit", reset=True, times=1))
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.post(path, {"percent": 61})
    assert limit() == before
    assert client.sim.bill.counts("demo-client") == {}
    client.sim.faults.add(Fault.lost(endpoint="set_charge_limit", times=1))
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.post(path, {"percent": 61})
    assert limit() == 61
    assert client.sim.bill.counts("demo-client") == {"command": 1}
    assert [request.status for request in client.sim.requests] == [0, 0]
    client.sim.faults.add(Fault("set_charge_limit", executed=True, answer="timeout", times=1))
    assert (await client.post(path, {"percent": 62}))[0] == 504
    assert limit() == 62


async def test_hang(client: Client) -> None:
    """A hanging call waits until it is released, or the caller leaves."""
    fault = client.sim.faults.add(Fault("products", hang=True, times=2))
    with pytest.raises(TimeoutError):
        await client.get("/api/1/products", timeout=aiohttp.ClientTimeout(0.05))
    waiting = asyncio.create_task(client.get("/api/1/products"))
    while fault.hits < 2:
        await asyncio.sleep(0.01)
    client.sim.faults.release()
    assert (await waiting)[0] == 200


async def test_delay(client: Client) -> None:
    """A slow answer is still the answer."""
    client.sim.faults.add(Fault("products", delay=0.05))
    started = asyncio.get_running_loop().time()
    assert (await client.get("/api/1/products"))[0] == 200
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_stop_lets_go(socket_enabled: None, session: aiohttp.ClientSession) -> None:
    """A stop does not wait for what hangs."""
    sim = Simulator()
    await sim.start()
    fault = sim.faults.add(Fault("status", hang=True))
    waiting = asyncio.create_task(session.get(f"{sim.url('eu')}/status"))
    while not fault.hits:
        await asyncio.sleep(0.01)
    async with asyncio.timeout(2):
        await sim.stop()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_sign_in_server_fails_too(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """Faults strike the token endpoint as well."""
    sim.faults.add(Fault("token", host="auth", answer="login_required"))
    url = f"{sim.url('auth')}/oauth2/v3/token"
    async with session.post(url, data={"grant_type": "refresh_token"}) as response:
        assert response.status == 401
        assert (await response.json())["error"] == "login_required"


def test_unknown_names() -> None:
    """A fault that means nothing is refused when it is made."""
    with pytest.raises(ValueError, match="no answer is named"):
        Fault(answer="nonsense")
    with pytest.raises(ValueError, match="a fault is a JSON object"):
        Fault.from_json({"colour": "red"})


@given(skip=st.integers(0, 5), times=st.integers(1, 5), calls=st.integers(0, 12))
def test_strikes_as_often_as_asked(skip: int, times: int, calls: int) -> None:
    """A fault lets `skip` requests pass and strikes the next `times`."""
    faults = Faults()
    faults.add(Fault("data", skip=skip, times=times))
    struck = [faults.take("eu", "GET", "/", "data", None) is not None for _ in range(calls)]
    expected = [skip <= number < skip + times for number in range(calls)]
    assert struck == expected
