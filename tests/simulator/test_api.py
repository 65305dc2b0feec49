"""The Fleet API's rules against fleet_api.md parts 2, 5, 6, 7 and 9."""

from typing import Any

import aiohttp
import pytest

from tesla_simulator import App, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .conftest import Client


def error_of(answer: tuple[int, Any]) -> tuple[int, str]:
    """Read an error in Tesla's shape."""
    status, body = answer
    assert body["response"] is None
    assert isinstance(body["error_description"], str)
    return status, body["error"]


async def test_status(sim: Simulator, session: aiohttp.ClientSession) -> None:
    """Anybody may ask whether it is up; the answer is no JSON."""
    async with session.get(f"{sim.url('na')}/status") as response:
        assert response.content_type == "text/plain"
        assert await response.text() == "ok"


async def test_lists(client: Client, account: Account) -> None:
    """Lists show what the account has, in Tesla's wrapping."""
    status, headers = (await client.call("GET", "/api/1/products"))[::2]
    assert status == 200
    assert headers["x-txid"]
    _, products = await client.get("/api/1/products")
    assert products["count"] == len(account.cars) + len(account.sites)
    _, vehicles = await client.get("/api/1/vehicles?page=2&per_page=1")
    assert [car["vin"] for car in vehicles["response"]] == [account.cars[1].vin]
    assert vehicles["pagination"]["previous"] == 1
    assert (await client.get("/api/1/vehicles?page=x"))[0] == 400


async def test_car_by_vin_or_number(client: Client, account: Account) -> None:
    """The path takes the VIN and the number; an asleep car is shown."""
    juniper = account.cars[1]
    for tag in (juniper.vin, juniper.id):
        _, body = await client.get(f"/api/1/vehicles/{tag}")
        assert body["response"]["vin"] == juniper.vin
        assert body["response"]["state"] == "asleep"


async def test_vehicle_data_blocks(client: Client) -> None:
    """The blocks are those asked for, and the location only by its own name."""
    _, body = await client.get(f"{client.luna}/vehicle_data")
    assert {"charge_state", "climate_state", "vehicle_config"} <= body["response"].keys()
    assert "latitude" not in body["response"]["drive_state"]
    params = {"endpoints": "charge_state;location_data"}
    _, body = await client.get(f"{client.luna}/vehicle_data", params=params)
    assert "climate_state" not in body["response"]
    assert "latitude" in body["response"]["drive_state"]
    params = {"endpoints": "charge_state;tyres"}
    answer = await client.get(f"{client.luna}/vehicle_data", params=params)
    assert error_of(answer) == (400, "invalid_request")


async def test_location_needs_scope(client: Client) -> None:
    """Without vehicle_location it is refused, or left out if so set."""
    limited = client.granted("vehicle_device_data")
    path = f"{client.luna}/vehicle_data?endpoints=drive_state%3Blocation_data"
    assert error_of(await limited.get(path)) == (403, "Unauthorized missing scopes")
    client.sim.behaviour.location_without_scope = "strip"
    status, body = await limited.get(path)
    assert status == 200
    assert "latitude" not in body["response"]["drive_state"]


async def test_hidden_location(client: Client, account: Account) -> None:
    """A driver from whom the owner hides the location gets none."""
    account.cars[0].hide_private = True
    path = f"{client.luna}/vehicle_data?endpoints=location_data"
    assert error_of(await client.get(path)) == (403, "location access not granted")


async def test_schedules_have_a_place(client: Client) -> None:
    """Without vehicle_location schedules are served, served without their places, or refused, as is set."""
    luna = client.sim.world.car_named("Luna")
    body = {"id": 5, "days_of_week": "All", "enabled": True, "lat": 48.1, "lon": 11.5, "precondition_time": 400}
    assert luna.command("add_precondition_schedule", body).result
    path, behaviour = f"{client.luna}/vehicle_data?endpoints=", client.sim.behaviour
    both = f"{path}charge_schedule_data%3Bpreconditioning_schedule_data"

    async def with_place(who: Client) -> bool:
        status, answer = await who.get(both)
        (item,) = answer["response"]["preconditioning_schedule_data"]["precondition_schedules"]
        assert (status, item["id"]) == (200, 5)
        assert ("latitude" in item) is ("longitude" in item)
        return "latitude" in item

    behaviour.schedules_without_location = "missing_scopes"
    assert await with_place(client)
    limited = client.granted("vehicle_device_data")
    assert error_of(await limited.get(both)) == (403, "Unauthorized missing scopes")
    assert (await limited.get(f"{path}charge_state"))[0] == 200
    behaviour.schedules_without_location = "location_not_granted"
    assert error_of(await limited.get(both)) == (403, "location access not granted")
    behaviour.schedules_without_location = "strip"
    assert not await with_place(limited)
    behaviour.schedules_without_location = "serve"
    assert await with_place(limited)


async def test_sleep_and_wake(client: Client) -> None:
    """A sleeping car answers 408 to all but its list entry; wake_up comes back at once."""
    asleep = (408, "vehicle unavailable: vehicle is offline or asleep")
    assert error_of(await client.get(f"{client.juniper}/vehicle_data")) == asleep
    luna = client.sim.world.car_named("Luna")
    luna.unplug()
    luna.sleep()
    assert error_of(await client.post(f"{client.luna}/command/charge_stop")) == asleep
    status, body = await client.post(f"{client.juniper}/wake_up")
    assert status == 200
    assert body["response"]["vin"] in client.juniper


@pytest.mark.parametrize(
    ("scopes", "command", "expected"),
    [
        (("vehicle_charging_cmds",), "set_charge_limit", 200),
        (("vehicle_cmds",), "set_charge_limit", 200),
        (("vehicle_charging_cmds",), "door_lock", 403),
        (("vehicle_device_data",), "set_charge_limit", 403),
    ],
)
async def test_command_scopes(client: Client, scopes: tuple[str, ...], command: str, expected: int) -> None:
    """The charging group takes either scope, the rest vehicle_cmds only."""
    limited = client.granted(*scopes)
    answer = await limited.post(f"{client.luna}/command/{command}", {"percent": 71})
    assert answer[0] == expected


async def test_command_results(client: Client) -> None:
    """A command succeeds, or the car refuses it with 200 and a reason."""
    path = f"{client.luna}/command/set_charge_limit"
    assert await client.post(path, {"percent": 72}) == (200, {"response": {"result": True, "reason": ""}})
    assert await client.post(path, {"percent": 72}) == (200, {"response": {"result": False, "reason": "already_set"}})
    _, body = await client.post(path, {})
    assert body["response"]["result"] is False
    client.sim.behaviour.invalid_parameter = "status"
    assert error_of(await client.post(path, {})) == (400, "invalid_request")


async def test_command_refusals(client: Client, account: Account) -> None:
    """What Tesla refuses before the car is asked."""
    path = f"{client.luna}/command"
    assert error_of(await client.post(f"{path}/fly")) == (400, "invalid_command")
    status, body, _ = await client.call("POST", f"{path}/charge_stop", data=b"{}")
    assert (status, body["response"]) == (406, None)
    status, body, _ = await client.call("POST", f"{path}/charge_stop", json=[1])
    assert error_of((status, body)) == (400, "invalid_request")
    status, error = error_of(await client.post(f"{client.juniper}/command/charge_stop"))
    assert status == 403
    assert error.startswith("Tesla Vehicle Command Protocol required, please refer to")
    account.cars[0].in_service = True
    in_service = (405, "vehicle is currently in service")
    assert error_of(await client.post(f"{path}/charge_stop")) == in_service
    assert error_of(await client.get(f"{client.luna}/vehicle_data")) == in_service


@pytest.mark.parametrize(
    ("scope", "strict", "expected"),
    [
        ("vehicle_charging_cmds", False, 200),
        ("vehicle_device_data", False, 200),
        ("energy_cmds", False, 403),
        ("vehicle_device_data", True, 403),
        ("vehicle_cmds", True, 200),
    ],
)
async def test_wake_scopes(client: Client, scope: str, strict: bool, expected: int) -> None:
    """Who may wake a car is a setting."""
    if strict:
        client.sim.behaviour.wake_scopes = frozenset({"vehicle_cmds"})
    assert (await client.granted(scope).post(f"{client.luna}/wake_up"))[0] == expected


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/1/vehicles", "vehicle_device_data"),
        ("/api/1/users/me", "user_data"),
        ("/api/1/users/orders", "user_data"),
        ("/api/1/users/feature_config", "user_data"),
        ("/api/1/energy_sites/{site}/live_status", "energy_device_data"),
        ("/api/1/energy_sites/{site}/site_info", "energy_device_data"),
        ("{luna}/vehicle_data", "vehicle_device_data"),
        ("{luna}/mobile_enabled", "vehicle_cmds"),
        ("{luna}", "vehicle_device_data"),
    ],
)
async def test_each_read_has_its_scope(client: Client, account: Account, path: str, scope: str) -> None:
    """A read works with its one scope and with no other."""
    path = path.format(site=account.sites[0].id, luna=client.luna)
    client.sim.behaviour.mobile_enabled_scopes = frozenset({"vehicle_cmds"})
    assert (await client.granted(scope).get(path))[0] == 200
    others = client.granted(*(USER_SCOPES.keys() - {scope}))
    assert error_of(await others.get(path)) == (403, "Unauthorized missing scopes")


async def test_products_by_scope(client: Client, account: Account) -> None:
    """The list has only the kinds that were granted."""
    for scope, number in (("vehicle_device_data", len(account.cars)), ("energy_device_data", len(account.sites))):
        _, body = await client.granted(scope).get("/api/1/products")
        assert body["count"] == number
    assert (await client.granted("openid").get("/api/1/products"))[0] == 403


async def test_energy_writes(client: Client, account: Account) -> None:
    """Settings are written with energy_cmds."""
    site = f"/api/1/energy_sites/{account.sites[0].id}"
    status, body = await client.post(f"{site}/backup", {"backup_reserve_percent": 35})
    assert status == 200
    assert body["response"]["code"] == 201
    limited = client.granted("energy_device_data")
    answer = await limited.post(f"{site}/backup", {"backup_reserve_percent": 35})
    assert error_of(answer) == (403, "Unauthorized missing scopes")


async def test_not_found_and_wrong_method(client: Client, account: Account) -> None:
    """What is not there, or not one's own, is not found."""
    missing = (404, "not_found")
    assert error_of(await client.get("/api/1/vehicles/5YJSA1E26HF999999")) == missing
    assert error_of(await client.get("/api/1/energy_sites/1/live_status")) == missing
    assert error_of(await client.get("/api/1/nothing")) == missing
    assert (await client.get(f"{client.luna}/wake_up"))[0] == 405
    path = client.luna
    account.cars.remove(client.sim.world.car_named("Luna"))
    assert error_of(await client.get(path)) == missing


async def test_bearer(client: Client) -> None:
    """No, wrong and ended tokens are told apart."""
    path = "/api/1/users/region"
    wrong = Client(client.sim, client.session, "x.y.z")
    assert error_of(await wrong.get(path)) == (401, "invalid bearer token")
    headers = {"Authorization": "Basic abc"}
    status, body, _ = await client.call("GET", path, headers=headers)
    assert (status, body) == (401, "")
    client.sim.revoke(client.sim.world.accounts[0])
    assert error_of(await client.get(path)) == (401, "token expired (401)")
    client.sim.behaviour.dead_token = "empty_401"
    assert await client.get(path) == (401, "")


async def test_region(client: Client) -> None:
    """Another region's host names the right one."""
    sim = client.sim
    elsewhere = Client(sim, client.session, client.token, "na")
    status, error = error_of(await elsewhere.get("/api/1/products"))
    assert status == 421
    assert error.startswith(f"user out of region, use base URL: {sim.url('eu')}, see https://")
    assert (await elsewhere.get("/api/1/users/region"))[0] == 421
    sim.behaviour.region_from_everywhere = True
    assert await elsewhere.get("/api/1/users/region") == (
        200,
        {"response": {"region": "eu", "fleet_api_base_url": sim.url("eu")}},
    )


async def test_registration(client: Client) -> None:
    """An app that is not registered in the region is told so."""
    client.sim.apps[0].registered_regions.remove("eu")
    status, error = error_of(await client.get("/api/1/products"))
    assert status == 412
    assert "must be registered in the current region" in error


async def test_partner_and_user_tokens(client: Client) -> None:
    """Partner endpoints want partner tokens and the others do not."""
    sim = client.sim
    path = "/api/1/partner_accounts/public_key?domain=example.com"
    assert error_of(await client.get(path)) == (401, "invalid bearer token")
    token = sim.grants.partner(sim.apps[0], "eu", frozenset({"openid"}))
    partner = Client(sim, client.session, token["access_token"])
    assert error_of(await partner.get(path)) == (404, "not_found")
    assert (await partner.get("/api/1/products"))[0] == 403


async def test_unknown_app(client: Client) -> None:
    """A token of an app that was deleted is worth nothing."""
    client.sim.apps[:] = [App("other", "s", "Other")]
    answer = await client.get("/api/1/products")
    assert error_of(answer) == (401, "invalid bearer token")


async def test_record(client: Client) -> None:
    """Every request is recorded."""
    client.sim.clear_requests()
    await client.get(f"{client.luna}/vehicle_data?endpoints=charge_state")
    await client.post(f"{client.luna}/command/set_charge_limit", {"percent": 60})
    data, command = client.sim.requests
    assert (data.endpoint, data.price_class, data.status) == ("vehicle_data", "data", 200)
    assert data.query == {"endpoints": "charge_state"}
    assert (data.host, data.client_id) == ("eu", "demo-client")
    assert data.vin == client.sim.world.car_named("Luna").vin
    assert (command.endpoint, command.body) == ("command/set_charge_limit", {"percent": 60})
    assert client.sim.requests_for("set_charge_limit") == [command]
    assert client.sim.requests_for("command/*") == [command]
