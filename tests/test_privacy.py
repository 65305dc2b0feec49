"""Nothing private leaves: not in logs at any level, diagnostics, texts of errors, states or attributes."""

from collections.abc import Iterable
import json
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging import commands
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.answers import ANSWERS
from tesla_simulator.world import wall_connector

from .conftest import SetUp, settle
from .helpers import START, call, in_time, pass_time, set_number, state_of

pytestmark = pytest.mark.freeze_time(START)

LOGGERS = ("custom_components.tesla_charging", "homeassistant", "tesla_fleet_api", "aiohttp.client")
ALL = frozenset(Scope)


@pytest.fixture(autouse=True)
def loud(sim: Simulator, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Log everything."""
    monkeypatch.setattr(commands, "WAKE_LOOKS", [0] * 3)
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)


class Secrets:
    """What must not be seen, by what it is: the very values of the simulated world and of its sign-ins."""

    def __init__(self, sim: Simulator, entry: MockConfigEntry) -> None:
        """Collect them."""
        self._entry = entry
        self.values: dict[str, str] = {"client secret": sim.apps[0].client_secret or ""}
        for account in sim.world.accounts:
            self.values |= {"e-mail": account.email, "name": account.full_name}
        for car in sim.world.cars.values():
            self.values |= {f"VIN of {car.display_name}": car.vin}
        for site in sim.world.sites.values():
            gateway = site.product()["components"]["gateways"][0]["din"]
            self.values |= {"site name": site.site_name, "street": "Example Lane", "site": str(site.id)}
            self.values |= {"gateway": gateway, "gateway's serial": gateway.partition("--")[2]}
            for number, battery in enumerate(site.site_info()["components"]["batteries"]):
                self.values |= {f"battery {number}": battery["din"], f"serial {number}": battery["serial_number"]}
            for connector in site.wall_connectors:
                self.values |= {"DIN": connector.din, "serial": connector.serial_number}
        place = next(iter(sim.world.cars.values())).charger.place
        self.places = {"latitude": str(place.latitude), "longitude": str(place.longitude)}
        self.note_tokens()

    @property
    def access_token(self) -> str:
        """The access token that is in use now."""
        return str(self._entry.data["token"]["access_token"])

    def note_tokens(self) -> None:
        """Collect the tokens that are in use now."""
        for name in ("access_token", "refresh_token"):
            token = self._entry.data["token"][name]
            self.values[f"{name} {len(self.values)}"] = token
            # A signature or a random part alone is too much as well.
            self.values[f"end of {name} {len(self.values)}"] = token[-24:]

    def within(self, text: str, *, places: bool = True) -> dict[str, str]:
        """Return which of them stand in a text, and where."""
        found: dict[str, str] = {}
        for name, value in {**self.values, **(self.places if places else {})}.items():
            assert len(value) > 5, name
            if (at := text.find(value)) >= 0:
                found[name] = text[max(0, at - 100) : at + 100]
        return found


def log_lines(caplog: pytest.LogCaptureFixture, loggers: Iterable[str] = LOGGERS) -> str:
    """Return what these loggers have said, tracebacks included."""
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s")
    wanted = tuple(loggers)
    return "\n".join(formatter.format(record) for record in caplog.records if record.name.startswith(wanted))


async def live_a_little(
    hass: HomeAssistant, sim: Simulator, secrets: Secrets, freezer: FrozenDateTimeFactory
) -> list[HomeAssistantError]:
    """Read, command, fail in every way, renew the token; return what was raised."""
    raised: list[HomeAssistantError] = []

    async def attempt(service: str, entity_id: str, **data: Any) -> None:
        failure, _ = await in_time(hass, sim, freezer, call(hass, service, entity_id, **data))
        if isinstance(failure, HomeAssistantError):
            raised.append(failure)

    await attempt("switch.turn_off", "switch.luna_charging")
    await attempt("number.set_value", "number.luna_charge_limit", value=71)
    await attempt("switch.turn_on", "switch.juniper_charging")
    await attempt("button.press", "button.juniper_wake_up")
    await attempt("number.set_value", "number.powerwall_backup_reserve", value=33)
    car = next(iter(sim.world.cars.values()))
    tokens = [token for name, token in secrets.values.items() if "_token" in name and len(token) > 24]
    things = [car.vin, sim.world.accounts[0].email, *tokens, *map(str, sim.world.sites), secrets.values["DIN"]]
    talkative = [Fault(host="eu", status=400, body={"error": f"no right to {one} here"}) for one in things]
    named = [Fault(host="eu", answer=name) for name in sorted(ANSWERS)]
    faults = [*named, Fault(host="eu", reset=True), *talkative]
    for count, fault in enumerate(faults):
        sim.faults.add(fault)
        await attempt("number.set_value", "number.luna_charge_limit", value=50 + count % 49)
        await attempt("number.set_value", "number.powerwall_backup_reserve", value=count % 60)
        await pass_time(hass, freezer, 601)
        sim.faults.clear()
        await pass_time(hass, freezer, 3601)
        secrets.note_tokens()
    sim.faults.add(Fault("token", answer="login_required"))
    await pass_time(hass, freezer, 6.5 * 3600)
    sim.faults.clear()
    await pass_time(hass, freezer, 3601)
    secrets.note_tokens()
    await settle(hass)
    return raised


async def diagnostics(hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry) -> str:
    """Download the diagnostics as a person does, who has just signed in to Home Assistant."""
    assert await async_setup_component(hass, "diagnostics", {})
    admin = next(user for user in await hass.auth.async_get_users() if user.is_admin and user.refresh_tokens)
    token = hass.auth.async_create_access_token(next(iter(admin.refresh_tokens.values())))
    client = await hass_client(token)
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == 200
    return str(await answer.text())


@pytest.mark.parametrize("scopes", [ALL - {Scope.VEHICLE_LOCATION}, ALL], ids=["no location", "location"])
async def test_nothing_private_leaves(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    scopes: frozenset[str],
) -> None:
    """After a life with reads, commands, faults and renewed tokens, none of it is anywhere to be seen."""
    next(iter(sim.world.sites.values())).wall_connectors.append(wall_connector(2))
    entry = await set_up(scopes)
    secrets = Secrets(sim, entry)
    located = Scope.VEHICLE_LOCATION in scopes
    raised = await live_a_little(hass, sim, secrets, freezer)
    assert len({token for name, token in secrets.values.items() if name.startswith("access_token")}) > 2

    # A granted location is the tracker's state, which Home Assistant logs with every other.
    assert secrets.within(log_lines(caplog), places=not located) == {}
    assert secrets.within(log_lines(caplog, LOGGERS[:1] + LOGGERS[2:])) == {}
    assert "Error fetching" in log_lines(caplog)
    assert "Finished fetching car …0001 data" in log_lines(caplog)

    download = await diagnostics(hass, hass_client, entry)
    assert secrets.within(download) == {}
    assert '"battery_level": 6' in download

    assert len(raised) > 40
    texts = [f"{err} {err!r} {err.args} {err.translation_placeholders} {err.__cause__!r}" for err in raised]
    assert secrets.within("\n".join(texts)) == {}

    for state in hass.states.async_all():
        allowed = located and state.domain == "device_tracker"
        assert secrets.within(json.dumps(state.as_dict(), default=str), places=not allowed) == {}, state.entity_id
    issues = [f"{issue.issue_id} {issue.translation_placeholders}" for issue in ir.async_get(hass).issues.values()]
    assert secrets.within("\n".join(issues)) == {}


async def test_tracker_shows_the_place_only_where_granted(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """With the right to it the tracker has the coordinates, and nothing else has them."""
    entry = await set_up()
    secrets = Secrets(sim, entry)
    seen = {
        state.entity_id
        for state in hass.states.async_all()
        if any(place in json.dumps(state.as_dict(), default=str) for place in secrets.places.values())
    }
    assert seen == {"device_tracker.luna_location"}


async def test_place_goes_with_its_right(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, hass_storage: dict[str, Any]
) -> None:
    """When the right to the location is taken back, it is forgotten on disk too."""
    entry = await set_up()
    secrets = Secrets(sim, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert secrets.places["latitude"] in json.dumps(hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"])
    less = sorted(ALL - {Scope.VEHICLE_LOCATION})
    hass.config_entries.async_update_entry(entry, data={**entry.data, "scopes": less})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    text = json.dumps(hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"])
    assert '"battery_level": 62' in text
    assert secrets.places["latitude"] not in text
    assert secrets.places["longitude"] not in text


async def test_set_up_that_fails(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, caplog: pytest.LogCaptureFixture, freezer: FrozenDateTimeFactory
) -> None:
    """A first set-up that fails says why in the log, and nothing else."""
    words = "5YJSE7EB0KF000001 and alex@example.com"
    sim.faults.add(Fault(host="eu", status=400, body={"error": words}))
    entry = await set_up()
    secrets = Secrets(sim, entry)
    assert entry.reason is not None
    assert secrets.within(entry.reason + log_lines(caplog)) == {}


async def test_names_in_the_log_are_short(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """A car and a site are told apart in the log by the end of their number."""
    await set_up()
    sim.faults.add(Fault("vehicle_data", answer="internal"))
    sim.faults.add(Fault("live_status", answer="internal"))
    await pass_time(hass, freezer, 61, times=2)
    assert "Error fetching car …0001 data" in caplog.text
    assert "Error fetching energy site …0001 live data" in caplog.text


# Diagnostics


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """They say what helps: region, scopes, how old the token is, requests by price, and each read's fate."""
    entry = await set_up()
    sim.faults.add(Fault("live_status", answer="rate_limited"))
    await pass_time(hass, freezer, 61)
    data = json.loads(await diagnostics(hass, hass_client, entry))["data"]
    assert data["region"] == "eu"
    assert data["scopes"]["asked"] == entry.data["scopes"]
    assert set(data["scopes"]["used"]) == ALL
    assert data["token"]["issued_at"].startswith("2026-06-10")
    assert data["token"]["last_error"] == "None"
    assert data["budget"]["month"] == data["budget"]["today"] == {"data": 1, "energy": 4, "list": 2}
    assert (data["budget"]["spent"], data["budget"]["left"], data["budget"]["closed"]) == (0.002, 9.998, None)
    assert data["products"] == {"name": "account", "every": "0:01:00", "ok": "True", "error": None}
    car = next(car for car in data["vehicles"] if car["data"]["charge_state"].get("battery_level") == 62)
    assert car["data"]["vin"] == "**REDACTED**"
    assert car["reads"] == [{"name": "car …0001", "every": "None", "ok": "True", "error": None}]
    live, settings, today = data["sites"][0]["reads"]
    assert (live["ok"], live["error"]) == ("False", "rate_limited")
    assert (settings["ok"], settings["error"]) == ("True", None)
    assert (today["ok"], today["error"]) == ("True", None)
    assert data["sites"][0]["data"]["live_status"]["percentage_charged"] == 55.0


async def test_diagnostics_after_a_failure_that_has_passed(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An error that is over is not shown as if it were there."""
    entry = await set_up()
    sim.faults.add(Fault("live_status", answer="internal", times=1))
    await pass_time(hass, freezer, 61, times=3)
    live = json.loads(await diagnostics(hass, hass_client, entry))["data"]["sites"][0]["reads"][0]
    assert (live["ok"], live["error"]) == ("True", None)


async def test_serial_number_is_the_devices_alone(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """The VIN is the device's serial number and part of the unique ids; entities' names and ids have nothing of it."""
    entry = await set_up()
    secrets = Secrets(sim, entry)
    for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        assert secrets.within(f"{one.entity_id} {one.original_name}") == {}
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    await set_number(hass, "number.luna_charge_limit", 60)
