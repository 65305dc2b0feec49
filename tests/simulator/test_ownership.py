"""What is asked of a car and an account seldom (fleet_api.md 1.8, 5.1 and 5.4)."""

import json
import time
from typing import Any

import pytest

from tesla_simulator.world import Account, Car, Driver, alert, make_order, warranty

from .conftest import Client
from .test_world_shapes import differences

CLOUD = ("recent_alerts", "release_notes", "service_data", "drivers", "invitations")
PAPERS = (
    "dx/vehicles/options",
    "dx/vehicles/subscriptions/eligibility",
    "dx/vehicles/upgrades/eligibility",
    "dx/warranty/details",
)
SITE = {"location": {"lat": "number", "long": "number"}, "name": "string", "type": "string", "distance_miles": "number"}
NEARBY = {
    "congestion_sync_time_utc_secs": "number",
    "destination_charging": [{**SITE, "amenities": "string"}],
    "superchargers": [
        {
            **SITE,
            "amenities": "string",
            "available_stalls": "number",
            "total_stalls": "number",
            "site_closed": "bool",
            "billing_info": "string",
        }
    ],
    "timestamp": "number",
}
"""The shapes of 5.4."""


@pytest.fixture
def luna(account: Account) -> Car:
    """Give the car that is awake."""
    return account.cars[0]


@pytest.fixture
def juniper(account: Account) -> Car:
    """Give the car that is asleep."""
    return account.cars[1]


async def response(client: Client, path: str) -> Any:
    """Ask for something that is there."""
    status, body = await client.get(path)
    assert status == 200, body
    json.dumps(body, allow_nan=False)
    return body["response"]


async def error(client: Client, path: str) -> tuple[int, str]:
    """Ask for something that is refused."""
    status, body = await client.get(path)
    return status, body["error"]


async def test_nearby(client: Client, luna: Car) -> None:
    """Sites are listed by distance, with free stalls; count and radius cut the list."""
    station = next(one for one in client.sim.world.stations if one.kind == "supercharger")
    found = await response(client, f"{client.luna}/nearby_charging_sites")
    assert differences(NEARBY, found) == []
    assert [len(found[kind]) for kind in ("superchargers", "destination_charging")] == [1, 1]
    site = found["superchargers"][0]
    assert (site["available_stalls"], site["total_stalls"], site["site_closed"]) == (5, 8, False)
    assert site["distance_miles"] == pytest.approx(16.7, abs=0.5)
    assert client.sim.bill.counts("demo-client") == {"data": 1}
    luna.unplug()
    luna.plug_in(station)
    found = await response(client, f"{client.luna}/nearby_charging_sites?radius=1")
    assert (len(found["superchargers"]), found["destination_charging"]) == (1, [])
    assert found["superchargers"][0]["available_stalls"] == 4
    found = await response(client, f"{client.luna}/nearby_charging_sites?count=0&detail=true")
    assert found["superchargers"] == []
    assert await error(client, f"{client.luna}/nearby_charging_sites?radius=far") == (400, "invalid_request")


async def test_nearby_needs_the_car(client: Client) -> None:
    """It is asked of the car itself, which sleeps."""
    status, _ = await error(client, f"{client.juniper}/nearby_charging_sites")
    assert status == 408
    client.sim.behaviour.online_endpoints = frozenset()
    await response(client, f"{client.juniper}/nearby_charging_sites")


@pytest.mark.parametrize("how", ["serve", "missing_scopes", "location_not_granted"])
async def test_nearby_shows_where_the_car_is(client: Client, luna: Car, how: Any) -> None:
    """Whether the location's scope is needed is not known (5.4)."""
    client.sim.behaviour.nearby_without_location = how
    path = f"{client.luna}/nearby_charging_sites"
    assert (await client.get(path))[0] == 200
    luna.hide_private = True
    assert (await client.get(path))[0] == (200 if how == "serve" else 403)
    luna.hide_private = False
    few = client.granted("openid", "vehicle_device_data")
    assert (await few.get(path))[0] == (200 if how == "serve" else 403)


@pytest.mark.parametrize("online", [False, True])
async def test_cloud_knows(client: Client, juniper: Car, online: bool) -> None:
    """A car that sleeps need not be asked, unless it must; it sleeps on."""
    if online:
        client.sim.behaviour.online_endpoints = frozenset(CLOUD)
    for name in CLOUD:
        assert (await client.get(f"{client.juniper}/{name}"))[0] == (408 if online else 200)
    assert juniper.state == "asleep"


async def test_alerts(client: Client, luna: Car) -> None:
    """Alerts have a name, a time, who is to see them, and words."""
    path = f"{client.luna}/recent_alerts"
    assert await response(client, path) == {"recent_alerts": []}
    luna.papers.alerts.append(
        alert("VCFRONT_a182", 1_780_000_000, "Electrical system is unable to support all features")
    )
    (one,) = (await response(client, path))["recent_alerts"]
    assert set(one) == {"name", "time", "audience", "user_text"}
    assert (one["time"], one["audience"]) == ("2026-05-28T20:26:40.000Z", ["customer"])


async def test_release_notes(client: Client, luna: Car) -> None:
    """Notes are of the installed software, or of the one that waits."""
    path = f"{client.luna}/release_notes"
    found = await response(client, path)
    assert (found["deployed_version"], found["staged_version"]) == (luna.firmware, None)
    assert set(found["release_notes"][0]) == {
        *("title", "subtitle", "description", "customer_version", "icon", "show_in_history"),
        *("image_url", "light_image_url"),
    }
    luna.software.offer("2026.36.1")
    assert (await response(client, f"{path}?staged=false"))["release_notes_version"] == luna.firmware
    found = await response(client, f"{path}?staged=true&language=de")
    assert (found["release_notes_version"], found["staged_version"]) == ("2026.36.1", "2026.36.1")
    assert "(de)" in found["release_notes"][0]["description"]


async def test_service(client: Client, luna: Car) -> None:
    """A visit is shown while there is one, although the car itself cannot be asked."""
    path = f"{client.luna}/service_data"
    assert await response(client, path) == {}
    luna.in_service = True
    assert set(await response(client, path)) == {"service_status", "service_etc", "service_visit_number", "status_id"}
    luna.in_service, luna.papers.service = False, {"service_status": "scheduled"}
    assert await response(client, path) == {"service_status": "scheduled"}


async def test_drivers(client: Client, luna: Car) -> None:
    """Drivers are listed and removed, with a scope for each."""
    luna.papers.drivers += [Driver(7, "Sam", "Example"), Driver(8, "Kim", "Example", hide_private=True)]
    path = f"{client.luna}/drivers"
    status, body = await client.get(path)
    assert (status, body["count"], [one["user_id_s"] for one in body["response"]]) == (200, 2, ["7", "8"])
    assert body["response"][1]["granular_access"] == {"hide_private": True}
    assert (await client.call("DELETE", path, params={"share_user_id": "7"}))[:2] == (200, {"response": "ok"})
    assert (await client.call("DELETE", path, params={"share_user_id": "7"}))[0] == 404
    assert (await client.call("DELETE", path, json={"share_user_id": 8}))[0] == 200
    assert luna.papers.drivers == []
    few = client.granted("openid", "vehicle_device_data")
    assert (await few.get(path))[0] == 200
    assert (await few.call("DELETE", path, json={"share_user_id": 8}))[0] == 403
    assert (await few.get(f"{client.luna}/invitations"))[0] == 403


async def test_invitations(client: Client, luna: Car) -> None:
    """An invitation is made, listed, redeemed once or revoked, and ends after a day."""
    path = f"{client.luna}/invitations"
    status, body = await client.post(path)
    made = body["response"]
    assert (status, made["state"], made["vin"]) == (200, "pending", luna.vin)
    assert made["share_link"].endswith(made["code"])
    status, body = await client.get(path)
    assert (body["count"], body["pagination"]["count"], body["response"]) == (1, 1, [made])
    status, body = await client.post("/api/1/invitations/redeem", {"code": made["code"]})
    assert (status, body["response"]) == (200, {"vehicle_id_s": str(luna.vehicle_id), "vin": luna.vin})
    assert [driver.first_name for driver in luna.papers.drivers] == ["Alex"]
    assert (await client.post("/api/1/invitations/redeem", {"code": made["code"]}))[0] == 404
    assert await response(client, path) == []
    _, body = await client.post(path)
    number = body["response"]["id"]
    assert await client.post(f"{path}/{number}/revoke") == (200, {"response": True})
    assert [one.answer(luna.vin, 1)["state"] for one in luna.papers.invitations] == ["redeemed", "revoked"]
    assert (await client.post(f"{path}/{number}/revoke"))[0] == 404
    await client.post(path)
    client.sim.world.clock.advance(86_400 + 1)
    assert await response(client, path) == []


@pytest.mark.parametrize(("how", "status"), [("missing_scopes", 403), ("not_found", 404)])
async def test_owner_only(client: Client, luna: Car, how: Any, status: int) -> None:
    """A driver does not see the others; what the answer is, is not known."""
    luna.access_type = "DRIVER"
    client.sim.behaviour.owner_only = how
    for name in ("drivers", "invitations"):
        assert (await client.get(f"{client.luna}/{name}"))[0] == status
    assert (await client.post(f"{client.luna}/invitations"))[0] == status


async def test_papers(client: Client, luna: Car) -> None:
    """Options, warranty and eligibility are asked by VIN, also of a car that sleeps, of the caller's cars alone."""
    luna.papers.active_warranty.append(warranty("BATTERY_WARRANTY", "Battery", 1_900_000_000, 120_000, 8))
    for name in PAPERS:
        await response(client, f"/api/1/{name}?vin={luna.vin}")
        assert await error(client, f"/api/1/{name}?vin=5YJ3E7EB0NF000099") == (404, "not_found")
        assert await error(client, f"/api/1/{name}") == (404, "not_found")
    codes = (await response(client, f"/api/1/{PAPERS[0]}?vin={luna.vin}"))["codes"]
    assert {"code", "displayName", "isActive"} <= set(codes[0])
    found = await response(client, f"/api/1/{PAPERS[-1]}?vin={luna.vin}")
    assert set(found) == {"activeWarranty", "upcomingWarranty", "expiredWarranty"}
    assert (found["activeWarranty"][0]["expirationOdometer"], found["expiredWarranty"]) == (120_000, [])
    client.sim.behaviour.dx_vehicles = "not_found"
    for name in PAPERS:
        assert await error(client, f"/api/1/{name}?vin={luna.vin}") == (404, "not_found")


async def test_mobile_access(client: Client, luna: Car) -> None:
    """A car that lets no apps in says so, and is neither asked nor told anything."""
    path = client.luna
    assert (await response(client, f"{path}/mobile_enabled"))["result"] is True
    luna.mobile_access = False
    assert (await response(client, f"{path}/mobile_enabled"))["result"] is False
    assert (await response(client, path))["mobile_access_disabled"] is True
    assert await error(client, f"{path}/vehicle_data") == (401, "mobile_access_disabled")
    assert (await client.post(f"{path}/command/door_lock"))[0] == 401


async def test_account(client: Client, account: Account) -> None:
    """A person has a name, a picture at an address that is open, orders, features and as a rule no backup key."""
    me = await response(client, "/api/1/users/me")
    assert set(me) == {"email", "full_name", "profile_image_url", "vault_uuid"}
    async with client.session.get(me["profile_image_url"]) as picture:
        assert (picture.content_type, (await picture.read())[:4]) == ("image/png", b"\x89PNG")
    account.orders += [make_order(1), make_order(2, account.cars[0].vin, status="DELIVERED")]
    status, body = await client.get("/api/1/users/orders")
    assert (status, body["count"], [one["vin"] is None for one in body["response"]]) == (200, 2, [True, False])
    assert {"vehicleMapId", "referenceNumber", "orderStatus", "modelCode", "mktOptions"} <= set(body["response"][0])
    assert set(await response(client, "/api/1/users/feature_config")) == {"signaling", "auth_rejection"}
    assert await response(client, "/api/1/users/backup_key") == {"backup_key": None}
    account.backup_key = "0f"
    assert await response(client, "/api/1/users/backup_key") == {"backup_key": "0f"}
    few = client.granted("openid", "vehicle_device_data")
    for name in ("me", "orders", "feature_config", "backup_key"):
        assert (await few.get(f"/api/1/users/{name}"))[0] == 403


async def test_prices(client: Client) -> None:
    """What is asked of the cloud is free unless it is not (8)."""
    await response(client, f"{client.luna}/recent_alerts")
    assert client.sim.bill.counts("demo-client") == {"list": 1}
    client.sim.behaviour.endpoint_prices = {"recent_alerts": "data", "users/me": "data"}
    await response(client, f"{client.luna}/recent_alerts")
    await response(client, "/api/1/users/me")
    assert client.sim.bill.counts("demo-client") == {"list": 1, "data": 2}


async def test_slow_answers(client: Client) -> None:
    """Every answer can take its time; several take it together."""
    client.sim.behaviour.answer_seconds = 0.1
    began = time.monotonic()
    await response(client, "/api/1/products")
    assert time.monotonic() - began >= 0.1
