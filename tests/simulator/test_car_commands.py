"""Every command of a car, signed and unsigned, and its effect in a read (fleet_api.md 6)."""

from typing import Any

import pytest

from tesla_simulator.signing.actions import ACTIONS, CLOSURES, KEYS
from tesla_simulator.vehicles import ALWAYS_SIGNED, CHARGING_COMMANDS, OTHER_COMMANDS
from tesla_simulator.world import COMMANDS, Car
from tesla_simulator.world.commands import SIGNED_ONLY

from .car_table import ALL_BUILT_IN, ROWS, SIGNED, UNSIGNED, Row, at, name_of, set_scene
from .conftest import Client
from .signed_client import Bench, result_of

BLOCKS = "charge_state;climate_state;drive_state;location_data;vehicle_state;charge_schedule_data"
ENDPOINTS = f"{BLOCKS};preconditioning_schedule_data"
SIGN_IN = ("openid", "vehicle_device_data", "vehicle_location")


@pytest.fixture
def car(bench: Bench) -> Car:
    """Give a modern car that is awake and has everything, of a world that stands still."""
    bench.sim.world.clock.speed = 0
    bench.car.hardware = ALL_BUILT_IN
    return bench.car


def prepare(car: Car, row: Row) -> None:
    """Let the car be as the row wants it."""
    set_scene(car, row.scene)
    for name, body in row.before:
        assert car.command(name, dict(body)).result


async def check(client: Client, car: Car, row: Row) -> None:
    """Read what the car shows."""
    status, answer = await client.get(f"/api/1/vehicles/{car.vin}/vehicle_data?endpoints={ENDPOINTS}")
    assert status == 200
    assert {path: at(answer["response"], path) for path in row.shows} == pytest.approx(dict(row.shows))
    assert {path: at(car, path) for path in row.does} == dict(row.does)


def shown(car: Car, row: Row) -> dict[str, Any]:
    """Return what the row changes, as it is now; what is not there is None."""
    data = car.vehicle_data()
    values: dict[str, Any] = {}
    for path in row.shows:
        try:
            values[path] = at(data, path)
        except KeyError:
            values[path] = None
    return values | {path: at(car, path) for path in row.does}


@pytest.mark.parametrize("row", SIGNED, ids=name_of)
async def test_signed(bench: Bench, car: Car, row: Row) -> None:
    """The car does what is signed, and a read shows it; the scope that the row names is enough, and is needed."""
    assert row.signed is not None
    domain, payload = row.signed
    prepare(car, row)
    stays = {"sun_roof_control stop", "stop_tonneau"}
    assert name_of(row) in stays or shown(car, row) != {**row.shows, **row.does}
    client = bench.client.granted(*SIGN_IN, row.scope)
    own = bench.own(domain, client=client)
    await own.handshake()
    bench.sim.bill.reset()
    reply = await own.send(own.sign(payload))
    assert bench.commands[-1] == row.name
    assert bench.sim.bill.counts("demo-client") == {"command": 1}
    if domain == "infotainment":
        assert result_of(reply.protobuf_message_as_bytes) == (True, "")
    else:
        assert reply.protobuf_message_as_bytes == b""
    await check(client, car, row)
    reader = bench.own(domain, client=bench.client.granted(*SIGN_IN, "vehicle_charging_cmds"))
    await reader.handshake()
    assert (await reader.post(reader.sign(payload)))[0] == (200 if row.scope == "vehicle_charging_cmds" else 403)


@pytest.mark.parametrize("row", UNSIGNED, ids=name_of)
async def test_unsigned(bench: Bench, car: Car, row: Row) -> None:
    """The same without a signature, for a car that takes it so; some commands no car takes unsigned."""
    car.command_signing = "off"
    prepare(car, row)
    client = bench.client.granted(*SIGN_IN, row.scope)
    bench.sim.bill.reset()
    assert row.body is not None
    status, answer = await client.post(f"/api/1/vehicles/{car.vin}/command/{row.name}", dict(row.body))
    assert bench.sim.bill.counts("demo-client") == {"command": 1}
    if row.name in ALWAYS_SIGNED:
        assert (status, "Protocol required" in answer["error"]) == (403, True)
        return
    queued = {"result": True, "queued": True}
    done = {"result": True, "reason": ""}
    assert (status, answer["response"]) == (200, queued if row.name == "navigation_request" else done)
    await check(client, car, row)


def test_table_is_whole() -> None:
    """Each command that the simulated car knows has its row, in each form it has."""
    assert {row.name for row in UNSIGNED} == set(COMMANDS) == CHARGING_COMMANDS | OTHER_COMMANDS
    assert {row.name for row in ROWS} == set(COMMANDS) | set(SIGNED_ONLY)
    assert {row.name for row in ROWS} - {row.name for row in SIGNED} == {"navigation_request"}
    assert {row.action[0] for row in ROWS if row.action} == set(ACTIONS)
    named = {order.name for order in (*KEYS.values(), *CLOSURES.values())} - {"wake"}
    assert named <= {row.name for row in ROWS}
