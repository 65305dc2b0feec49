"""The control page's JSON API, the simulator as a program, and its addresses."""

import asyncio
from decimal import Decimal
import json
from pathlib import Path
import signal
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tesla_simulator import Simulator

from .conftest import Client

ROOT = Path(__file__).parents[2]


async def control(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Call the control host, without a token."""
    async with client.session.request(method, client.sim.url("control") + path, json=body) as response:
        is_json = response.content_type == "application/json"
        return response.status, await (response.json() if is_json else response.text())


async def test_page(client: Client) -> None:
    """The page is self-contained."""
    status, page = await control(client, "GET", "/")
    assert status == 200
    assert "/control/state" in page
    assert "https://" not in page
    status, page = await control(client, "GET", "/portal")
    assert "demo-client" in page


async def test_state(client: Client) -> None:
    """Everything the page shows comes in one answer."""
    await client.get(f"{client.luna}/vehicle_data")
    status, state = await control(client, "GET", "/control/state")
    assert status == 200
    assert [car["display_name"] for car in state["cars"]] == ["Luna", "Juniper"]
    assert state["sites"][0]["grid_up"] is True
    assert state["requests"][0]["endpoint"] == "vehicle_data"
    assert state["bill"][0]["counts"] == {"data": 1}
    assert state["bill"][0]["cost"] == "0.0020"
    assert state["bill"][0]["costs"] == {"data": "0.002"}
    assert state["regions"] == client.sim.region_table()


async def test_car(client: Client) -> None:
    """A car is plugged in, driven, put to sleep and woken."""
    car = client.sim.world.car_named("Luna")
    path = f"/control/cars/{car.vin}"
    _, state = await control(client, "POST", f"{path}/unplug")
    assert state["charging_state"] == "Disconnected"
    _, state = await control(client, "POST", f"{path}/plug_in", {})
    assert state["charging_state"] != "Disconnected"
    status, answer = await control(client, "POST", f"{path}/plug_in", {})
    assert status == 400
    assert "the car" in answer["error"]
    assert (await control(client, "POST", f"{path}/drive", {"minutes": 5}))[0] == 200
    _, state = await control(client, "POST", f"{path}/set", {"in_service": True})
    assert state["in_service"] is True
    assert car.in_service is True
    status, answer = await control(client, "POST", f"{path}/plug_in", {"station": "x"})
    assert status == 400
    assert "stations are" in answer["error"]
    await control(client, "POST", f"{path}/set", {"mobile_access": False, "user_present": True})
    assert (car.mobile_access, car.user_present) == (False, True)
    await control(client, "POST", f"{path}/offer_update", {"version": "2026.36.1"})
    assert car.software.version == "2026.36.1"
    assert (await control(client, "POST", f"{path}/offer_update"))[0] == 400
    assert (await control(client, "POST", f"{path}/set", {"vin": "x"}))[0] == 400
    assert (await control(client, "POST", f"{path}/fly"))[0] == 404
    assert (await control(client, "POST", "/control/cars/x/unplug"))[0] == 404


async def test_sleep_and_wake(client: Client) -> None:
    """A parked car is sent to sleep, and wakes."""
    path = f"/control/cars/{client.sim.world.car_named('Luna').vin}"
    await control(client, "POST", f"{path}/unplug")
    _, state = await control(client, "POST", f"{path}/sleep")
    assert state["state"] == "asleep"
    assert (await control(client, "POST", f"{path}/wake"))[0] == 200


async def test_site(client: Client) -> None:
    """The sun is clouded over and the grid goes down."""
    site = client.sim.world.accounts[0].sites[0]
    body = {"cloud_cover": 0.9, "grid_up": False, "extra_load_w": 500}
    status, state = await control(client, "POST", f"/control/sites/{site.id}", body)
    assert status == 200
    assert (state["cloud_cover"], state["grid_up"]) == (0.9, False)
    assert site.grid_up is False
    assert (await control(client, "POST", "/control/sites/1", {}))[0] == 404


async def test_clock(client: Client) -> None:
    """Time is put forward and made faster."""
    before = client.sim.world.clock.now()
    body = {"speed": 60, "advance": 3600}
    _, clock = await control(client, "POST", "/control/clock", body)
    assert clock["speed"] == 60
    assert (client.sim.world.clock.now() - before).total_seconds() >= 3600


async def test_faults_requests_and_bill(client: Client) -> None:
    """Faults are added and cleared, requests forgotten, limits set."""
    fault = {"endpoint": "products", "answer": "asleep", "times": 3}
    _, faults = await control(client, "POST", "/control/faults", fault)
    assert faults == [{**fault, "hits": 0}]
    assert (await client.get("/api/1/products"))[0] == 408
    assert (await control(client, "POST", "/control/faults", {"answer": "x"}))[0] == 400
    assert await control(client, "DELETE", "/control/faults") == (200, [])
    _, requests = await control(client, "GET", "/control/requests")
    assert [request["status"] for request in requests] == [408]
    assert await control(client, "DELETE", "/control/requests") == (200, [])
    limit = {"client_id": "demo-client", "billing_limit": "12.50"}
    _, bill = await control(client, "POST", "/control/bill", limit)
    assert bill[0]["billing_limit"] == "12.50"
    assert client.sim.apps[0].billing_limit == Decimal("12.50")
    assert (await control(client, "POST", "/control/bill", {"client_id": "x"}))[0] == 404
    _, bill = await control(client, "DELETE", "/control/bill")
    assert bill[0]["counts"] == {}


async def test_addresses(sim: Simulator) -> None:
    """Each host has its own port, and the table leads to them."""
    table = sim.region_table()
    assert table["na"]["api_url"] == sim.url("na")
    assert table["cn"]["token_url"] == f"{sim.url('auth_cn')}/oauth2/v3/token"
    assert table["eu"]["consent_url"] == f"{sim.url('auth')}/user/revoke/consent"
    ports = {urlsplit(sim.url(host)).port for host in ("auth", "na", "eu", "cn", "auth_cn", "control")}
    assert len(ports) == 6


async def test_port_in_use(sim: Simulator) -> None:
    """A port in use leaves nothing open."""
    port = urlsplit(sim.url("eu")).port
    assert port is not None
    other = Simulator()
    with pytest.raises(OSError, match="address already in use"):
        await other.start(ports={"control": port})
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{other.url('auth')}/oauth2/v3/authorize")


def free_port() -> int:
    """Find the first of six free ports in a row."""
    for port in range(21_000, 60_000, 7):
        try:
            for offset in range(6):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        return port
    raise AssertionError("no free ports")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_program(socket_enabled: None, number: signal.Signals) -> None:
    """The program prints its addresses, serves, says when a port is taken, and stops on a signal."""
    port = free_port()
    command = [sys.executable, "-m", "tesla_simulator", "--port", str(port)]
    options = ["--speed", "60", "--redirect-uri", "http://ha.local/cb"]
    program = await asyncio.create_subprocess_exec(*command, *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert program.stdout is not None
    async for line in program.stdout:
        if line.startswith(b"TESLA_CHARGING_REGIONS='"):
            break
    table = json.loads(line.decode().split("'")[1])
    assert table["eu"]["api_url"] == f"http://127.0.0.1:{port + 2}"
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port + 5}/control/state") as response,
    ):
        assert (await response.json())["clock"]["speed"] == 60
    second = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    _, errors = await second.communicate()
    assert second.returncode == 1
    assert errors.decode().splitlines() == [
        f"The simulated Tesla needs the ports {port} to {port + 5}: one of them is in use. Choose others with --port."
    ]
    program.send_signal(number)
    async with asyncio.timeout(10):
        assert await program.wait() == 0
