"""The unmodified tesla-fleet-api library as a client of every endpoint there is."""

from typing import Any

import aiohttp
import pytest
from tesla_fleet_api import TeslaFleetApi, exceptions
from tesla_fleet_api.const import TOKEN_URLS
from tesla_fleet_api.tesla.vehicle.fleet import VehicleFleet

from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account
from tesla_simulator.world.tariff import TARIFF

from .conftest import Client


@pytest.fixture
def api(client: Client) -> TeslaFleetApi:
    """Give the library with a token that has every scope."""
    return TeslaFleetApi(session=client.session, access_token=client.token, server=client.sim.url("eu"))


@pytest.fixture
def luna(api: TeslaFleetApi, account: Account) -> VehicleFleet[TeslaFleetApi]:
    """Give the car that takes REST commands."""
    return api.vehicles.createFleet(account.cars[0].vin)


async def test_reads(api: TeslaFleetApi, luna: VehicleFleet[TeslaFleetApi], account: Account, sim: Simulator) -> None:
    """Every read works."""
    assert await api.status() == "ok"
    products = (await api.products())["response"]
    assert len(products) == 3
    assert (await luna.list())["count"] == 2
    assert (await luna.vehicle())["response"]["display_name"] == "Luna"
    data = (await luna.vehicle_data(["charge_state", "location_data"]))["response"]
    assert "battery_level" in data["charge_state"]
    assert "latitude" in data["drive_state"]
    assert (await luna.mobile_enabled())["response"]["result"] is True
    assert (await api.user.me())["response"]["email"] == account.email
    assert (await api.user.region())["response"]["region"] == "eu"
    assert isinstance((await api.user.orders())["response"], list)
    assert "signaling" in (await api.user.feature_config())["response"]
    site = api.energySites.create(account.sites[0].id)
    assert "solar_power" in (await site.live_status())["response"]
    assert "backup_reserve_percent" in (await site.site_info())["response"]
    assert all(request.status == 200 for request in sim.requests)


async def test_energy_writes(api: TeslaFleetApi, account: Account) -> None:
    """Every simple write works."""
    site = api.energySites.create(account.sites[0].id)
    for write in (
        site.backup(30),
        site.off_grid_vehicle_charging_reserve(40),
        site.operation("autonomous"),
        site.storm_mode(True),
        site.grid_import_export(False, "pv_only"),
        site.time_of_use_settings(TARIFF),
    ):
        assert "response" in await write


async def test_commands(luna: VehicleFleet[TeslaFleetApi], sim: Simulator) -> None:
    """Every charging command is understood."""
    place: dict[str, Any] = {"lat": 52.5, "lon": 13.4}
    results = [
        await command
        for command in (
            luna.charge_start(),
            luna.charge_stop(),
            luna.charge_standard(),
            luna.charge_max_range(),
            luna.set_charge_limit(70),
            luna.set_charging_amps(8),
            luna.charge_port_door_open(),
            luna.charge_port_door_close(),
            luna.set_scheduled_charging(True, 120),
            luna.set_scheduled_departure(enable=True, departure_time=480),
            luna.add_charge_schedule(days_of_week="All", enabled=True, start_time=60, id=1, **place),
            luna.remove_charge_schedule(1),
            luna.add_precondition_schedule(days_of_week="Monday", enabled=True, precondition_time=480, id=2, **place),
            luna.remove_precondition_schedule(2),
            luna.batch_remove_charge_schedules(True, True, True),
            luna.batch_remove_precondition_schedules(True, True, True),
        )
    ]
    assert all(isinstance(answer["response"]["result"], bool) for answer in results)
    assert len(sim.requests_for("command/*")) == 16


async def test_wake_up(api: TeslaFleetApi, account: Account) -> None:
    """A car is woken."""
    juniper = api.vehicles.createFleet(account.cars[1].vin)
    assert (await juniper.wake_up())["response"]["vin"] == account.cars[1].vin


async def test_partner(api: TeslaFleetApi, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library signs in as a partner; only the token host is pointed here."""
    monkeypatch.setitem(TOKEN_URLS, "na", sim.region_table()["na"]["token_url"])
    answer = await api.partner_login("demo-client", "demo-secret")
    assert answer["token_type"] == "Bearer"
    with pytest.raises(exceptions.NotFound):
        await api.partner.public_key("example.com")
    with pytest.raises(exceptions.Forbidden):
        await api.products()
    with pytest.raises(exceptions.UnauthorizedClient):
        await api.partner_login("demo-client", "wrong")


async def test_typed_exceptions(
    client: Client, api: TeslaFleetApi, luna: VehicleFleet[TeslaFleetApi], account: Account
) -> None:
    """What Tesla refuses arrives as the library's own exceptions."""
    sim = client.sim
    juniper = api.vehicles.createFleet(account.cars[1].vin)
    with pytest.raises(exceptions.VehicleOffline):
        await juniper.vehicle_data()
    with pytest.raises(exceptions.Forbidden) as refused:
        await juniper.charge_start()
    assert isinstance(refused.value.data, dict)
    assert refused.value.data["error"].startswith("Tesla Vehicle Command Protocol")
    with pytest.raises(exceptions.NotFound):
        await api.vehicles.createFleet("5YJSA1E26HF999999").vehicle()
    account.cars[0].in_service = True
    with pytest.raises(exceptions.NotAllowed):
        await luna.vehicle_data()
    with pytest.raises(exceptions.InvalidRegion):
        await TeslaFleetApi(client.session, client.token, server=sim.url("na")).products()
    sim.apps[0].registered_regions.clear()
    with pytest.raises(exceptions.PreconditionFailed):
        await api.products()
    with pytest.raises(exceptions.OAuthExpired):
        await TeslaFleetApi(client.session, "x", server=sim.url("eu")).products()


@pytest.mark.parametrize(
    ("answer", "exception"),
    [
        ("empty_401", exceptions.OAuthExpired),
        ("login_required", exceptions.LoginRequired),
        ("mobile_access_disabled", exceptions.MobileAccessDisabled),
        ("invalid_command", exceptions.InvalidCommand),
        ("payment_required", exceptions.PaymentRequired),
        ("exceeded_limit", exceptions.Forbidden),
        ("unsupported_vehicle", exceptions.UnsupportedVehicle),
        ("invalid_resource", exceptions.InvalidResource),
        ("locked", exceptions.Locked),
        ("rate_limited", exceptions.RateLimited),
        ("upstream", exceptions.InternalServerError),
        ("bad_gateway", exceptions.BadGateway),
        ("unavailable", exceptions.ServiceUnavailable),
        ("timeout", exceptions.GatewayTimeout),
        ("device_error", exceptions.DeviceUnexpectedResponse),
        ("html", exceptions.ResponseError),
    ],
)
async def test_faults(api: TeslaFleetApi, sim: Simulator, answer: str, exception: type[BaseException]) -> None:
    """Injected answers are understood as what they play."""
    sim.faults.add(Fault("products", answer=answer))
    with pytest.raises(exception):
        await api.products()


async def test_rate_limit_header(api: TeslaFleetApi, sim: Simulator) -> None:
    """The library sees Retry-After and RateLimit-Reset."""
    sim.faults.add(Fault.rate_limited("12", rate_limit_reset="34"))
    with pytest.raises(exceptions.RateLimited) as limited:
        await api.products()
    assert limited.value.data == {"after": "12", "reset": "34"}


async def test_lost_connection(api: TeslaFleetApi, sim: Simulator) -> None:
    """A reset connection is aiohttp's error, not the library's."""
    sim.faults.add(Fault("products", reset=True))
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.products()
