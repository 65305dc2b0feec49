"""The client against the simulated Fleet API: commands, settings, prices."""

from collections import defaultdict
from collections.abc import AsyncGenerator
import contextlib
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from custom_components.tesla_charging.fleet import client as client_module
from custom_components.tesla_charging.fleet.commands import (
    BACKUP,
    CHARGE_START,
    CHARGE_STOP,
    GRID_IMPORT_EXPORT,
    OPERATION,
    SET_CHARGE_LIMIT,
    SET_CHARGING_AMPS,
    STORM_MODE,
    SiteCommand,
    VehicleCommand,
)
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from custom_components.tesla_charging.fleet.models.site import OperationMode
from custom_components.tesla_charging.fleet.paying import PriceClass, price_class
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.api import api_routes
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .fleet_bench import Bench, make_bench

VIN = "5YJ3E7EB1KF000001"


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def bench(sim: Simulator, person: Account, app: App, session: aiohttp.ClientSession) -> Bench:
    """Return a client that is signed in with every scope, at home in Europe."""
    return make_bench(sim, session, "eu", sim.grant(person, app, USER_SCOPES)["access_token"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"result": True, "reason": ""}, True),
        ({"result": True}, True),
        ({"result": False, "reason": "is_charging"}, False),
        ({"result": False, "reason": "complete"}, False),
        ({"result": False, "reason": "requested"}, False),
    ],
)
async def test_commands(bench: Bench, body: dict[str, Any], expected: bool) -> None:
    """A command is done, or it was so already."""
    bench.sim.faults.add(Trouble(endpoint="charge_start", status=200, body={"response": body}))
    assert await bench.client.command(VIN, CHARGE_START) is expected
    assert bench.paid == [PriceClass.COMMAND]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"result": False, "reason": "disconnected"}, "disconnected"),
        ({"result": False, "reason": "already_set"}, "already_set"),
        ({"result": False}, ""),
        ({"result": False, "reason": None}, ""),
        ({"result": None, "reason": "why"}, "why"),
        ({"result": "true"}, ""),
        ({}, ""),
    ],
)
async def test_commands_that_are_refused(bench: Bench, body: dict[str, Any], words: str) -> None:
    """Anything but true, or a reason that is as good, is a refusal with the car's reason."""
    bench.sim.faults.add(Trouble(endpoint="charge_start", status=200, body={"response": body}))
    with pytest.raises(FleetError) as caught:
        await bench.client.command(VIN, CHARGE_START)
    assert (caught.value.fault, caught.value.words) == (Fault.REFUSED, words)
    assert not caught.value.may_have_succeeded


@pytest.mark.parametrize(
    ("command", "body", "sent"),
    [
        (CHARGE_STOP, {}, {}),
        (SET_CHARGE_LIMIT, {"percent": 70}, {"percent": 70}),
        (SET_CHARGING_AMPS, {"charging_amps": 7}, {"charging_amps": 7}),
    ],
)
async def test_what_a_car_is_sent(
    bench: Bench, command: VehicleCommand, body: dict[str, Any], sent: dict[str, Any]
) -> None:
    """The parameters have Tesla's names and types, and the car does it."""
    assert await bench.client.command(bench.sim.world.car_named("Luna").vin, command, **body)
    (request,) = bench.sim.requests
    assert (request.method, request.endpoint, request.body) == ("POST", f"command/{command.name}", sent)


async def test_a_command_without_an_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that hangs may have been done; it is sent once."""
    monkeypatch.setattr(client_module, "_SECONDS", {PriceClass.COMMAND: 0.1})
    bench.sim.faults.add(Trouble(endpoint="charge_stop", hang=True, executed=True))
    with pytest.raises(FleetError) as caught:
        await bench.client.command(bench.sim.world.car_named("Luna").vin, CHARGE_STOP)
    assert caught.value.fault is Fault.NO_ANSWER
    assert caught.value.may_have_succeeded
    assert bench.paid == [PriceClass.COMMAND]


async def test_waking(bench: Bench) -> None:
    """Waking is one request, and has its own price."""
    await bench.client.wake_up(bench.sim.world.car_named("Juniper").vin)
    assert bench.hosts == [("eu", "wake_up", 200)]
    assert bench.paid == [PriceClass.WAKE]


@pytest.mark.parametrize(
    ("command", "body", "sent"),
    [
        (BACKUP, {"backup_reserve_percent": 30}, {"backup_reserve_percent": 30}),
        (OPERATION, {"default_real_mode": OperationMode.AUTONOMOUS}, {"default_real_mode": "autonomous"}),
        (STORM_MODE, {"enabled": True}, {"enabled": True}),
        (
            GRID_IMPORT_EXPORT,
            {"customer_preferred_export_rule": "pv_only"},
            {"customer_preferred_export_rule": "pv_only"},
        ),
    ],
)
async def test_what_a_site_is_sent(
    bench: Bench, person: Account, command: SiteCommand, body: dict[str, Any], sent: dict[str, Any]
) -> None:
    """Only what is given is sent, in Tesla's words."""
    await bench.client.site_command(person.sites[0].id, command, **body)
    (request,) = bench.sim.requests
    assert (request.method, request.endpoint, request.body, request.status) == ("POST", command.name, sent, 200)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=200, body={"response": {"code": 201, "message": "Updated"}}),
        Trouble(status=200, body={"response": {"code": "201"}}),
        Trouble(status=200, body={"response": {"result": True}}),
        Trouble(status=200, body={"response": "Updated"}),
        Trouble(status=200, body={"response": ""}),
        Trouble(status=200, body={"response": None}),
        Trouble(status=200, body={}),
        Trouble(answer="empty"),
        Trouble(status=201, body=""),
        Trouble(status=204),
        Trouble(answer="html"),
    ],
)
async def test_a_site_that_obeys(bench: Bench, person: Account, trouble: Trouble) -> None:
    """An object, a string or nothing: all of them are yes."""
    bench.sim.faults.add(replace(trouble, endpoint="storm_mode"))
    await bench.client.site_command(person.sites[0].id, STORM_MODE, enabled=True)
    assert len(bench.sim.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "fault", "words"),
    [
        (Trouble(status=200, body={"response": {"code": 400, "message": "No"}}), Fault.REFUSED, "No"),
        (Trouble(status=200, body={"response": {"code": 500}}), Fault.REFUSED, "500"),
        (Trouble(status=200, body={"response": {"result": False, "reason": "no"}}), Fault.REFUSED, "no"),
        (Trouble(status=200, body={"response": {"result": False}}), Fault.REFUSED, ""),
        (Trouble(answer="missing_scopes"), Fault.MISSING_SCOPES, "Unauthorized missing scopes"),
        (Trouble(status=205), Fault.BAD_ANSWER, ""),
        (Trouble(reset=True), Fault.NO_ANSWER, None),
    ],
)
async def test_a_site_that_does_not(
    bench: Bench, person: Account, trouble: Trouble, fault: Fault, words: str | None
) -> None:
    """A no is a no, whatever its status."""
    bench.sim.faults.add(replace(trouble, endpoint="storm_mode"))
    with pytest.raises(FleetError) as caught:
        await bench.client.site_command(person.sites[0].id, STORM_MODE, enabled=True)
    assert caught.value.fault is fault
    assert words is None or caught.value.words == words


# Prices


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("api/1/products", PriceClass.LIST),
        ("api/1/vehicles", PriceClass.LIST),
        (f"api/1/vehicles/{VIN}", PriceClass.LIST),
        ("api/1/vehicles/1492930000000001", PriceClass.LIST),
        ("api/1/vehicles/fleet_status", PriceClass.LIST),
        (f"api/1/vehicles/{VIN}/vehicle_data", PriceClass.DATA),
        (f"api/1/vehicles/{VIN}/nearby_charging_sites", PriceClass.DATA),
        (f"api/1/vehicles/{VIN}/mobile_enabled", PriceClass.LIST),
        (f"api/1/vehicles/{VIN}/wake_up", PriceClass.WAKE),
        (f"api/1/vehicles/{VIN}/command/charge_start", PriceClass.COMMAND),
        (f"api/1/vehicles/{VIN}/command/wake_up", PriceClass.COMMAND),
        (f"api/1/vehicles/{VIN}/signed_command", PriceClass.COMMAND),
        ("api/1/energy_sites/1/live_status", PriceClass.ENERGY),
        ("api/1/energy_sites/1/site_info", PriceClass.ENERGY),
        ("api/1/energy_sites/1/backup", PriceClass.ENERGY),
        ("api/1/energy_sites/1/command", PriceClass.ENERGY),
        ("api/1/users/me", PriceClass.ACCOUNT),
        ("api/1/users/region", PriceClass.ACCOUNT),
        ("api/1/partner_accounts", PriceClass.ACCOUNT),
        ("api/1/partner_accounts/public_key", PriceClass.ACCOUNT),
        ("api/1/dx/charging/history", PriceClass.DATA),
        ("api/1/something/new", PriceClass.DATA),
        ("", PriceClass.DATA),
    ],
)
def test_price_class(path: str, expected: PriceClass) -> None:
    """Each path has its class; what is unknown is taken to cost something."""
    assert price_class(path) is expected


def test_price_class_is_teslas(sim: Simulator) -> None:
    """Every endpoint costs here what it costs at the simulated Tesla."""
    blanks = defaultdict(lambda: "x", tag=VIN, command="charge_start", site_id="1")
    for route in api_routes(sim):
        if route.path.startswith("/api/"):
            path = route.path.format_map(blanks).removeprefix("/")
            assert price_class(path) == route.price_class, path


async def test_paid_before_it_leaves(bench: Bench) -> None:
    """A request is paid for first; what was taken for it comes back when it could not even leave."""
    await bench.sim.stop()
    await bench.fails()
    assert bench.payer.booked == [PriceClass.LIST]
    assert bench.paid == []


@pytest.mark.parametrize(("status", "paid"), [(200, 1), (302, 1), (404, 1), (408, 1), (429, 1), (500, 0), (503, 0)])
async def test_what_tesla_bills(bench: Bench, status: int, paid: int) -> None:
    """Every answer below 500 costs, whatever it says; the others do not (fleet_api.md 8)."""
    bench.sim.faults.add(Trouble(endpoint="products", status=status, body={"response": []}))
    with contextlib.suppress(FleetError):
        await bench.client.products()
    assert bench.payer.booked == [PriceClass.LIST]
    assert len(bench.paid) == paid
    assert bench.sim.bill.counts(bench.sim.apps[0].client_id).get("list", 0) == paid
