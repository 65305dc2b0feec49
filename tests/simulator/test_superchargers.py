"""What Superchargers bill, against fleet_api.md part 4."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tesla_fleet_api import TeslaFleetApi

from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car, Prices, Station

from .conftest import Client
from .test_api import error_of
from .test_control import control

HISTORY = "/api/1/dx/charging/history"


@pytest.fixture
def luna(sim: Simulator) -> Car:
    """Give a car with half a battery, on no cable."""
    sim.world.clock.speed = 0
    car = sim.world.car_named("Luna")
    car.unplug()
    car.sleeps = False
    return car


@pytest.fixture
def station(sim: Simulator) -> Station:
    """Give the Supercharger."""
    return next(station for station in sim.world.stations if station.kind == "supercharger")


def stop(sim: Simulator, car: Car, station: Station, minutes: float = 20, idle: float = 0) -> None:
    """Charge for some minutes, stay for some more."""
    car.plug_in(station)
    sim.world.clock.advance(minutes * 60)
    if idle:
        car.command("charge_stop", {})
        sim.world.clock.advance(idle * 60)
    car.unplug()


async def rows(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Give the sessions of a page."""
    status, body = await client.get(HISTORY, params=query)
    assert status == 200
    found: list[dict[str, Any]] = body.get("data", body.get("response", {}).get("data"))
    return found


async def test_a_stop_is_billed(client: Client, luna: Car, station: Station) -> None:
    """Half an hour after the stop it is there, by the kWh, with an invoice that is a PDF."""
    stop(client.sim, luna, station)
    assert await rows(client) == []
    client.sim.world.clock.advance(1799)
    assert await rows(client) == []
    client.sim.world.clock.advance(1)
    (row,) = await rows(client)
    session = luna.charger.sessions[-1]
    (fee,) = row["fees"]
    assert (row["vin"], row["siteLocationName"], row["countryCode"]) == (luna.vin, station.name, "DE")
    assert row["chargeStartDateTime"].endswith(("+01:00", "+02:00"))
    assert fee["usageBase"] == pytest.approx(session.energy_used_wh / 1000, abs=1e-4)
    assert fee["netDue"] == float(round(Decimal(str(fee["usageBase"])) * Decimal("0.46"), 2)) > 5
    assert (fee["feeType"], fee["uom"], fee["pricingType"], fee["isPaid"]) == ("CHARGING", "kwh", "PAYMENT", True)
    assert (fee["rateTier3"], fee["usageTier4"]) == (None, None)
    (invoice,) = row["invoices"]
    status, body, headers = await client.call("GET", f"/api/1/dx/charging/invoice/{invoice['contentId']}")
    assert (status, headers["Content-Type"]) == (200, "application/pdf")
    assert body.startswith("%PDF")
    assert f"CHARGING {fee['netDue']:.2f} EUR" in body
    assert error_of(await client.get("/api/1/dx/charging/invoice/nobody")) == (404, "not_found")
    assert (await client.get(f"/api/1/dx/charging/invoice/{invoice['contentId']}?vin=x"))[0] == 400
    assert client.sim.bill.counts("demo-client")["data"] == len(client.sim.requests)


async def test_only_superchargers_and_only_what_flowed(client: Client, luna: Car, station: Station) -> None:
    """Nothing is billed at home, while the cable is in, or where nothing has flowed."""
    client.sim.world.superchargers.delay_s = 0
    stop(client.sim, luna, client.sim.world.stations[0])
    luna.plug_in(station)
    luna.unplug()
    luna.plug_in(station)
    client.sim.world.clock.advance(600)
    assert await rows(client) == []


async def test_fees(client: Client, luna: Car, station: Station) -> None:
    """Parking, congestion, credit, minutes, yen: what the prices say."""
    world = client.sim.world
    world.superchargers.delay_s = 0
    world.superchargers.credit = Decimal(10)
    world.superchargers.prices[station.name] = Prices(
        currency="JPY", country="JP", digits=0, charging=Decimal("60.5"), unit="min", congestion_a_minute=Decimal(3)
    )
    stop(client.sim, luna, station, minutes=10, idle=20)
    (row,) = await rows(client)
    charging, congestion, parking = row["fees"]
    assert (charging["uom"], charging["usageBase"], charging["totalDue"], charging["netDue"]) == ("min", 10, 605, 595)
    assert (congestion["feeType"], congestion["netDue"]) == ("CONGESTION", 30)
    assert (parking["feeType"], parking["netDue"], parking["currencyCode"]) == ("PARKING", 10, "JPY")


async def test_apart_unpaid_and_corrected(client: Client, luna: Car, station: Station) -> None:
    """Parking may be a bill of its own; what is not paid yet says so, and what was wrong is put right."""
    chargers = client.sim.world.superchargers
    chargers.delay_s, chargers.paid_after_s, chargers.parking_apart, chargers.two_invoices = 0, 3600, True, True
    stop(client.sim, luna, station, idle=20)
    parking, charging = await rows(client)
    assert [fee["feeType"] for row in (charging, parking) for fee in row["fees"]] == ["CHARGING", "PARKING"]
    assert [len(row["invoices"]) for row in (charging, parking)] == [2, 2]
    assert (charging["fees"][0]["isPaid"], charging["fees"][0]["status"]) == (False, "UNPAID")
    due = charging["fees"][0]["netDue"]
    assert await control(client, "POST", "/control/charging", {"id": charging["sessionId"], "correct_by": "-1.5"})
    client.sim.world.clock.advance(3600)
    _, charging = await rows(client)
    assert charging["fees"][0]["netDue"] == pytest.approx(due - 1.5)
    assert charging["fees"][0]["isPaid"] is True


@pytest.mark.parametrize(("tiers", "share"), [("repeat", 1.6), ("add", 1.0)])
async def test_tiers(client: Client, luna: Car, station: Station, tiers: str, share: float) -> None:
    """What tiers mean is unconfirmed: a part of the energy, or a part said anew for nothing."""
    client.sim.world.superchargers.delay_s = 0
    status, _ = await control(client, "POST", "/control/charging", {"tiers": tiers})
    assert status == 200
    stop(client.sim, luna, station)
    (row,) = await rows(client)
    fee = row["fees"][0]
    used = luna.charger.sessions[-1].energy_used_wh / 1000
    assert fee["usageBase"] + fee["usageTier2"] == pytest.approx(used * share, abs=1e-3)
    assert fee["totalBase"] + fee["totalTier2"] == pytest.approx(fee["totalDue"])
    (receipt,) = client.sim.world.superchargers.receipts([luna])
    assert float(receipt.energy_kwh) == pytest.approx(used, abs=1e-3)


@pytest.mark.parametrize(
    "query",
    [
        {"startDate": "2026-06-01T00:00:00Z"},
        {"startTime": "2026-06-01"},
        {"startTime": "2026-06-01T00:00:00"},
        {"endTime": "yesterday"},
        {"startTime": "2026-06-02T00:00:00Z", "endTime": "2026-06-01T00:00:00+00:00"},
        {"pageNo": "one"},
        {"pageNo": "-1"},
        {"pageSize": "0"},
        {"sortBy": "price"},
        {"sortOrder": "down"},
    ],
)
async def test_what_is_refused(client: Client, query: dict[str, str]) -> None:
    """A wrong question gets no answer."""
    assert error_of(await client.get(HISTORY, params=query)) == (400, "invalid_request")


async def test_pages(client: Client, luna: Car, sim: Simulator) -> None:
    """Pages begin at 0 or 1, end in nothing or in the last one, and are as long as Tesla likes."""
    now = sim.world.clock.now().timestamp()
    sim.world.superchargers.seed_past(luna.vin, 7, now)
    behaviour = sim.behaviour
    behaviour.charging_page_size_max = 3
    everything = [row["sessionId"] for page in (1, 2, 3) for row in await rows(client, pageNo=page)]
    assert len(set(everything)) == 7

    async def ids(page: int) -> list[int]:
        return [row["sessionId"] for row in await rows(client, pageNo=page, pageSize=50)]

    assert await ids(0) == await ids(1) == everything[:3]
    assert await ids(4) == []
    behaviour.charging_page_after_last = "last"
    assert await ids(4) == everything[6:]
    behaviour.charging_page_before_first = "empty"
    assert await ids(0) == []
    behaviour.charging_page_before_first = "refuse"
    assert error_of(await client.get(f"{HISTORY}?pageNo=0")) == (400, "invalid_request")
    behaviour.charging_first_page = 0
    assert await ids(1) == everything[3:6]
    ascending = await rows(client, sortOrder="ASC", sortBy="chargeStartDateTime")
    assert [row["sessionId"] for row in ascending] == everything[:3:-1]
    behaviour.charging_wrapper, behaviour.charging_total_results = "response", False
    _, body = await client.get(HISTORY)
    assert list(body) == ["response"]
    assert list(body["response"]) == ["data"]


async def test_span_and_car(client: Client, luna: Car, sim: Simulator, account: Account) -> None:
    """The answer holds what began in the span, of one car or of all of the person."""
    now = sim.world.clock.now().timestamp()
    chargers = sim.world.superchargers
    first, *_, last = chargers.seed_past(luna.vin, 5, now)
    chargers.seed_past(account.cars[1].vin, 2, now)
    chargers.seed_past("5YJ3E7EB0KF999999", 3, now)
    assert len(await rows(client)) == 7
    assert len(await rows(client, vin=luna.vin)) == 5
    start, end = (datetime.fromtimestamp(one.started_at, UTC).isoformat() for one in (last, first))
    assert len(await rows(client, vin=luna.vin, startTime=start, endTime=end)) == 5
    assert len(await rows(client, vin=luna.vin, startTime=end)) == 1
    assert {receipt.fees[0].currency for receipt in chargers.seed_past(luna.vin, 60, now)} >= {"EUR", "USD", "JPY"}


async def test_scope_and_price(client: Client, sim: Simulator) -> None:
    """It takes the scope for charging, and is counted as data unless it is said to be free."""
    await client.get(HISTORY)
    sim.behaviour.charging_history_price = "list"
    await client.get(HISTORY)
    assert sim.bill.counts("demo-client") == {"data": 1, "list": 1}
    limited = client.granted("vehicle_device_data")
    for path in (HISTORY, "/api/1/dx/charging/invoice/x", "/api/1/dx/charging/sessions"):
        assert error_of(await limited.get(path)) == (403, "Unauthorized missing scopes")
    sim.behaviour.charging_invoice_scopes = frozenset({"vehicle_device_data"})
    assert (await limited.get("/api/1/dx/charging/invoice/x"))[0] == 404


async def test_sessions_of_a_business(client: Client, luna: Car, sim: Simulator) -> None:
    """Only a business sees them, with the amounts in them."""
    path = "/api/1/dx/charging/sessions"
    assert error_of(await client.get(path)) == (403, "Unauthorized")
    sim.behaviour.business_account = True
    (receipt,) = sim.world.superchargers.seed_past(luna.vin, 1, sim.world.clock.now().timestamp())
    _, body = await client.get(path, params={"limit": 5, "vin": luna.vin})
    (session,) = body["data"]
    assert session["total_cost"]["incl_vat"] == float(receipt.net_due(0))
    assert session["id"] == str(receipt.id)
    assert (await client.get(path, params={"limit": 0}))[0] == 400
    assert (await client.get(path, params={"pageNo": 0}))[0] == 400


async def test_control(client: Client, luna: Car, station: Station) -> None:
    """The control page shows the bills, and sets how they come about."""
    assert (await control(client, "POST", "/control/charging", {"delay_s": 7200}))[0] == 200
    body = {"station": station.name}
    assert (await control(client, "POST", f"/control/cars/{luna.vin}/plug_in", body))[0] == 200
    client.sim.world.clock.advance(900)
    assert (await control(client, "POST", f"/control/cars/{luna.vin}/unplug"))[0] == 200
    _, state = await control(client, "GET", "/control/state")
    (receipt,) = state["charging"]
    assert (receipt["site"], receipt["shown"]) == (station.name, False)
    assert (await control(client, "POST", "/control/charging", {"id": 1, "correct_by": "1"}))[0] == 400
    assert (await control(client, "POST", "/control/charging", {"price": 1}))[0] == 400


async def test_library(client: Client, luna: Car, sim: Simulator) -> None:
    """The unmodified library can ask for the history."""
    sim.world.superchargers.seed_past(luna.vin, 2, sim.world.clock.now().timestamp())
    api = TeslaFleetApi(session=client.session, access_token=client.token, server=sim.url("eu"))
    answer = await api.charging.history(vin=luna.vin, pageNo=1, pageSize=50, sortOrder="DESC")
    assert answer["totalResults"] == len(answer["data"]) == 2
