"""Fixtures: the simulated Tesla over real loopback HTTP, and the integration set up against it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
import json
import logging
import time
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components import tesla_charging
from custom_components.tesla_charging import commands
from custom_components.tesla_charging.const import CONF_REGION, CONF_SCOPES, DOMAIN
from custom_components.tesla_charging.fleet.regions import ENVIRONMENT_VARIABLE
from custom_components.tesla_charging.fleet.scopes import Scope, ordered
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tesla_simulator import App, Simulator
from tesla_simulator.world import Account, Car, World, build_car

logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
for _name in ("aiosqlite", "asyncio", "homeassistant.components.recorder"):
    logging.getLogger(_name).setLevel(logging.INFO)

AUTH_DOMAIN = "tesla_charging_demo_client"

type SetUp = Callable[..., Awaitable[MockConfigEntry]]


@pytest.fixture
async def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """Prepare the recorder before `hass` exists (recorder_db_url insists on it)."""


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Load custom_components/ in every test that has a Home Assistant."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
async def enable_event_loop_debug(request: pytest.FixtureRequest) -> None:
    """Watch each callback only where that is asked for: it takes half of the time."""
    asyncio.get_running_loop().set_debug(request.node.get_closest_marker("loop_debug") is not None)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give each test a disk of its own: ledgers are written to it."""
    return hass_tmp_config_dir


@pytest.fixture
async def sim(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Simulator]:
    """Run the simulated Tesla, and point the integration at it."""
    async with Simulator(world=World.home()) as simulator:
        monkeypatch.setenv(ENVIRONMENT_VARIABLE, json.dumps(simulator.region_table()))
        monkeypatch.setattr(commands, "WAKE_LOOKS", [0.01] * 5)
        yield simulator


@pytest.fixture
def person(sim: Simulator) -> Account:
    """Return the person who owns the products."""
    return sim.world.accounts[0]


@pytest.fixture
def luna(sim: Simulator) -> Car:
    """Return the car that charges at home and takes unsigned commands."""
    return sim.world.car_named("Luna")


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that sleeps and takes unsigned commands."""
    car = build_car("Nova", "3", 2020, 7, command_signing="off", soc=50.0, wake_seconds=0.0)
    person.cars.append(car)
    sim.world.update()
    return car


@pytest.fixture
def app(sim: Simulator) -> App:
    """Return the Tesla app with a secret."""
    return sim.apps[0]


@pytest.fixture
async def credentials(hass: HomeAssistant, app: App) -> None:
    """Add the Tesla app to Home Assistant's application credentials."""
    assert await async_setup_component(hass, "application_credentials", {})
    credential = ClientCredential(app.client_id, app.client_secret or "")
    await async_import_client_credential(hass, DOMAIN, credential, AUTH_DOMAIN)


@pytest.fixture
def make_entry(sim: Simulator, person: Account, app: App) -> Callable[..., MockConfigEntry]:
    """Return a maker of entries that are signed in with the scopes given, all by default."""

    def make(scopes: frozenset[str] = frozenset(Scope), granted: frozenset[str] | None = None) -> MockConfigEntry:
        token: dict[str, Any] = sim.grant(person, app, scopes if granted is None else granted)
        return MockConfigEntry(
            domain=DOMAIN,
            title="Luna, Juniper",
            unique_id=person.sub,
            data={
                "auth_implementation": AUTH_DOMAIN,
                "token": {**token, "expires_at": time.time() + token["expires_in"]},
                CONF_REGION: person.region,
                CONF_SCOPES: ordered(scopes),
            },
        )

    return make


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what would wait between two tries go on at once."""
    for module in (tesla_charging, commands):
        monkeypatch.setattr(module, "async_pause", lambda *_: asyncio.sleep(0))


@pytest.fixture(autouse=True)
def nothing_outdated(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Refuse what Home Assistant says will stop working."""
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    assert not [text for record in records if "This will stop working" in (text := record.getMessage())]


async def settle(hass: HomeAssistant) -> None:
    """Wait until everything that was begun is done."""
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def set_up(
    hass: HomeAssistant, credentials: None, make_entry: Callable[..., MockConfigEntry]
) -> AsyncGenerator[SetUp]:
    """Return what sets the integration up and waits for its first reads."""

    async def go(*args: Any, **kwargs: Any) -> MockConfigEntry:
        entry = make_entry(*args, **kwargs)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        return entry

    yield go
    # A reload that was begun is not cancelled halfway.
    await hass.async_block_till_done()


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable every entity (Home Assistant's fixture of this name is not shipped with the plugin)."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True):
        yield
