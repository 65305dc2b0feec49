"""Virtual keys: the phone, Tesla's page, and what fleet_status says of them (fleet_api.md 3.2, 3.3)."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from tesla_simulator import KeyHost, PairingRefused
from tesla_simulator.world import Car

from .conftest import Client
from .signed_client import DOMAIN, Bench, action

STATUS = "/api/1/vehicles/fleet_status"


async def status_of(bench: Bench, *cars: Car) -> dict[str, Any]:
    """Ask for the fleet's status."""
    status, body = await bench.client.post(STATUS, {"vins": [car.vin for car in cars]})
    assert status == 200, body
    response: dict[str, Any] = body["response"]
    return response


async def refusal(bench: Bench, domain: str = DOMAIN) -> str:
    """Try to pair, and say what the phone says."""
    with pytest.raises(PairingRefused) as refused:
        await bench.sim.pair(bench.car, domain)
    return str(refused.value)


async def test_fleet_status(bench: Bench) -> None:
    """Paired and unpaired cars, and what each needs."""
    luna = bench.sim.world.accounts[0].cars[0]
    answer = await status_of(bench, bench.car, luna)
    assert (answer["key_paired_vins"], answer["unpaired_vins"]) == ([bench.car.vin], [luna.vin])
    assert answer["vehicle_info"][luna.vin] == {
        "firmware_version": "2026.32.3",
        "vehicle_command_protocol_required": False,
        "safety_screen_streaming_toggle_enabled": True,
        "fleet_telemetry_version": "1.2.0",
        "total_number_of_keys": 3,
    }
    info = (await status_of(bench, bench.car))["vehicle_info"][bench.car.vin]
    assert (info["vehicle_command_protocol_required"], info["total_number_of_keys"]) == (True, 4)
    assert (info["safety_screen_streaming_toggle_enabled"], info["discounted_device_data"]) == (None, False)
    data = bench.car.vehicle_data()
    assert data["vehicle_state"]["car_version"].startswith("2026.32.3 ")


@pytest.mark.parametrize("body", [{}, [], {"vins": []}, {"vins": "x"}, {"vins": [1]}])
async def test_fleet_status_bodies(bench: Bench, body: Any) -> None:
    """VINs come as a list."""
    status, _, _ = await bench.client.call("POST", STATUS, json=body)
    assert status == 400


async def test_fleet_status_of_others(bench: Bench) -> None:
    """Somebody else's car is not found, and the scopes and price are settings."""
    assert (await bench.client.post(STATUS, {"vins": ["5YJSA1E26HF999999"]}))[0] == 404
    reader = bench.client.granted("openid", "energy_device_data")
    assert (await reader.post(STATUS, {"vins": [bench.car.vin]}))[0] == 403
    bench.sim.behaviour.fleet_status_scopes = frozenset()
    assert (await reader.post(STATUS, {"vins": [bench.car.vin]}))[0] == 200
    bench.sim.behaviour.fleet_status_price = "data"
    bench.sim.bill.reset()
    await reader.post(STATUS, {"vins": [bench.car.vin]})
    assert bench.sim.bill.counts("demo-client") == {"data": 1}


async def test_lag(bench: Bench) -> None:
    """The key state may be old."""
    bench.sim.behaviour.fleet_status_lag_seconds = 60.0
    assert (await status_of(bench, bench.car))["key_paired_vins"] == []
    bench.sim.world.clock.advance(61)
    assert (await status_of(bench, bench.car))["key_paired_vins"] == [bench.car.vin]
    bench.sim.unpair(bench.car, DOMAIN)
    assert (await status_of(bench, bench.car))["key_paired_vins"] == [bench.car.vin]
    bench.sim.world.clock.advance(61)
    assert (await status_of(bench, bench.car))["key_paired_vins"] == []


async def test_lies(bench: Bench) -> None:
    """Tesla may say what is not so: the car obeys the key all the same."""
    bench.car.fleet_status_says = {"paired": False, "vehicle_command_protocol_required": False}
    answer = await status_of(bench, bench.car)
    assert answer["unpaired_vins"] == [bench.car.vin]
    assert answer["vehicle_info"][bench.car.vin]["vehicle_command_protocol_required"] is False
    assert (await bench.vehicle().set_charge_limit(66))["response"]["result"] is True


async def test_what_the_phone_refuses(bench: Bench) -> None:
    """Each condition of a pairing has its sentence."""
    sim, car = bench.sim, bench.car
    account, app = sim.world.accounts[0], sim.apps[0]
    sim.unpair(car, DOMAIN)
    host = sim.key_hosts[DOMAIN]
    assert "elsewhere.example.com has not registered" in await refusal(bench, "elsewhere.example.com")
    sim.key_hosts[DOMAIN] = KeyHost(status=404)
    assert "its key cannot be fetched (status 404)" in await refusal(bench)
    sim.key_hosts[DOMAIN] = KeyHost.of(ec.generate_private_key(ec.SECP256R1()).public_key())
    assert "is not the one that was registered" in await refusal(bench)
    sim.behaviour.pair_other_key = True
    await sim.pair(car, DOMAIN)
    assert (await status_of(bench, car))["key_paired_vins"] == []
    sim.unpair(car, DOMAIN)
    sim.key_hosts[DOMAIN] = host
    sim.grants.set_consent(account, app, {"openid", "vehicle_charging_cmds"})
    assert await refusal(bench) == f"You have not granted {DOMAIN} access to your account"
    sim.behaviour.pairing_scopes = frozenset({"vehicle_charging_cmds"})
    await sim.pair(car, DOMAIN)
    sim.unpair(car, DOMAIN)
    car.access_type = "DRIVER"
    assert "Only the owner" in await refusal(bench)
    car.access_type, car.keychain.others = "OWNER", 20
    assert "20 keys already" in await refusal(bench)
    car.keychain.others = 19
    for _ in range(2):
        await sim.pair(car, DOMAIN)
    car.command_signing = "off"
    assert "does not support" in await refusal(bench)
    sim.unregister(app, "eu")
    car.command_signing = "required"
    assert "has not registered" in await refusal(bench)


async def page(client: Client, method: str, url: str, **data: str) -> tuple[int, str]:
    """Open a page or send its form."""
    async with client.session.request(method, url, data=data or None) as response:
        return response.status, await response.text()


async def test_page(bench: Bench) -> None:
    """Tesla's page asks, and the button pairs."""
    sim, car = bench.sim, bench.car
    sim.unpair(car, DOMAIN)
    url = sim.pairing_url(DOMAIN, car.vin)
    status, text = await page(bench.client, "GET", url)
    assert (status, car.vin in text, sim.world.accounts[0].cars[0].vin in text) == (200, True, False)
    assert f"<b>{DOMAIN}</b> asks for access" in text
    _, text = await page(bench.client, "POST", url, vin=car.vin, action="cancel")
    assert "was not added" in text
    assert not car.keychain.keys
    _, text = await page(bench.client, "POST", url, vin=car.vin, action="allow")
    assert "was added to Juniper" in text
    assert bench.car.keychain.keys
    _, text = await page(bench.client, "GET", sim.pairing_url("<b>.example.com"))
    assert sim.world.accounts[0].cars[0].vin in text
    assert "<b>.example" not in text
    status, text = await page(bench.client, "POST", sim.pairing_url("x.example.com"), vin=car.vin, action="allow")
    assert (status, "has not registered" in text) == (200, True)
    assert f'value="{car.vin}" selected' in text
    assert sim.world.accounts[0].cars[0].vin in text
    assert (await page(bench.client, "POST", url, vin="?", action="allow"))[0] == 404


async def control(bench: Bench, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Call the control host."""
    async with bench.client.session.request(method, bench.sim.url("control") + path, json=body) as response:
        return response.status, await response.json(content_type=None)


async def test_control_of_cars(bench: Bench) -> None:
    """Keys are shown, removed and added; a car is rebooted, slowed down and made to disobey."""
    at = f"/control/cars/{bench.car.vin}"
    _, car = await control(bench, "POST", f"{at}/unpair", {"domain": DOMAIN})
    assert car["keys"] == []
    _, car = await control(bench, "POST", f"{at}/pair", {"domain": DOMAIN})
    assert (car["keys"][0]["domain"], car["total_number_of_keys"]) == (DOMAIN, 4)
    status, error = await control(bench, "POST", f"{at}/pair", {"domain": "x.example.com"})
    assert (status, "has not registered" in error["error"]) == (400, True)
    _, car = await control(bench, "POST", f"{at}/reboot")
    assert car["boots"] == {"vcsec": 2, "infotainment": 2}
    _, car = await control(bench, "POST", f"{at}/set", {"effect_delay_seconds": 15, "ignores_commands": ["*"]})
    assert (car["effect_delay_seconds"], car["ignores_commands"]) == (15.0, ["*"])
    own = await bench.shaken()
    await own.send(own.sign(action("chargingSetLimitAction", percent=60)))
    _, state = await control(bench, "GET", "/control/state")
    assert [request["command"] for request in state["requests"]] == ["set_charge_limit", "handshake infotainment"]


async def test_control_of_registrations(bench: Bench) -> None:
    """Registrations are shown and vanish."""
    _, state = await control(bench, "GET", "/control/state")
    assert state["apps"][0]["regions"]["eu"]["domain"] == DOMAIN
    body = {"client_id": "demo-client", "registered": False, "regions": ["eu"]}
    _, apps = await control(bench, "POST", "/control/registrations", body)
    assert apps[0]["regions"]["eu"] == {"registered": False, "domain": None, "public_key": None}
    assert apps[0]["regions"]["na"]["registered"] is True
    _, apps = await control(bench, "POST", "/control/registrations", {**body, "registered": True})
    assert apps[0]["regions"]["eu"]["registered"] is True
    assert (await control(bench, "POST", "/control/registrations", {**body, "regions": ["x"]}))[0] == 400
    assert (await control(bench, "POST", "/control/registrations", []))[0] == 400
    url = f"{bench.sim.url('control')}/control/registrations"
    assert (await page(bench.client, "GET", url))[0] == 200
    async with bench.client.session.post(url, json={"client_id": "?", "registered": False}) as response:
        assert response.status == 404
    assert (await bench.client.get("/api/1/products"))[0] == 200


async def test_control_of_key_hosts_and_faults(bench: Bench) -> None:
    """Key hosts are set, and commands made to fail."""
    _, hosts = await control(bench, "POST", "/control/key_hosts", {"domain": "a.example.com", "status": 404})
    assert (hosts["a.example.com"]["status"], "BEGIN PUBLIC KEY" in hosts[DOMAIN]["pem"]) == (404, True)
    assert (await control(bench, "POST", "/control/key_hosts", {"domain": "a", "what": 1}))[0] == 400
    assert await control(bench, "DELETE", "/control/key_hosts") == (200, {})
    _, faults = await control(bench, "POST", "/control/signing_faults", {"fault": 1, "domain": "vcsec"})
    assert faults[0]["fault"] == 1
    assert await control(bench, "DELETE", "/control/signing_faults") == (200, [])
