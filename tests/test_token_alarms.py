"""Nobody is asked to sign in again unless Tesla has said so, twice; then once."""

from collections.abc import Callable
from dataclasses import replace
import time

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .setting_up import TROUBLES, client_of, later, reauths, start, state_of

HOUR = 3600.0

type MakeEntry = Callable[..., MockConfigEntry]


@pytest.mark.parametrize("trouble", [*TROUBLES, "empty 401", "no lifetime"])
async def test_trouble_is_no_alarm(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, trouble: str
) -> None:
    """A sign-in server that fails fifty times over asks nobody to sign in, and then all is as before."""
    more = {"empty 401": Trouble(answer="empty_401"), "no lifetime": Trouble(drop=["expires_in"])}
    entry = await set_up()
    fault = more[trouble] if trouble in more else TROUBLES[trouble][0]
    fault = sim.faults.add(replace(fault, endpoint="token"))
    freezer.tick(8 * HOUR)
    for _ in range(60):
        await later(hass, freezer, 1200, fault if fault.hang else None)
        assert reauths(hass) == 0
        if fault.hits >= 50:
            break
    assert fault.hits >= 50
    assert entry.state is ConfigEntryState.LOADED
    sim.faults.clear()
    await later(hass, freezer, HOUR)
    assert len(await client_of(entry).products()) == 3
    await later(hass, freezer, HOUR)
    assert entry.runtime_data.products.last_update_success
    assert reauths(hass) == 0


@pytest.mark.parametrize("seconds", [120, 100_000])
async def test_retry_after_is_heard(
    sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, seconds: int
) -> None:
    """The sign-in server says when to come again; nobody waits longer than a quarter of an hour."""
    entry = await set_up()
    sim.faults.add(Trouble.rate_limited(seconds, endpoint="token", times=1))
    freezer.tick(9 * HOUR)
    least = min(seconds, 900)
    for wait in (0, least / 2, least / 2 - 2):
        freezer.tick(wait)
        with pytest.raises(FleetError) as caught:
            await client_of(entry).products()
        assert caught.value.fault is Fault.NO_ANSWER
    assert len(sim.requests_for("token")) == 1
    freezer.tick(3)
    assert len(await client_of(entry).products()) == 3


async def test_login_required_once(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tesla may err once."""
    entry = await set_up()
    sim.faults.add(Trouble(endpoint="token", answer="login_required", times=1))
    await later(hass, freezer, 9 * HOUR)
    for _ in range(5):
        await later(hass, freezer, 65)
    assert reauths(hass) == 0
    assert entry.runtime_data.products.last_update_success
    assert [request.status for request in sim.requests_for("token")] == [401, 200]


async def test_login_required_twice(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, person: Account, freezer: FrozenDateTimeFactory
) -> None:
    """Said twice, half a minute apart, it is true; one person is asked once."""
    entry = await set_up()
    sim.revoke(person)
    freezer.tick(1)
    for _ in range(3):
        with pytest.raises(FleetError) as caught:
            await client_of(entry).products()
        assert caught.value.fault is Fault.NO_ANSWER
        assert caught.value.retry_after is not None
        freezer.tick(9)
    assert len(sim.requests_for("token")) == 1
    assert reauths(hass) == 0
    freezer.tick(4)
    with pytest.raises(FleetError) as caught:
        await client_of(entry).products()
    assert caught.value.fault is Fault.LOGIN_REQUIRED
    for _ in range(10):
        await later(hass, freezer, 65)
        assert reauths(hass) == 1


async def test_login_required_and_trouble_in_turn(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Two that are not in a row prove nothing."""
    entry = await set_up()
    freezer.tick(9 * HOUR)
    for answer in ("login_required", "internal", "login_required"):
        sim.faults.add(Trouble(endpoint="token", answer=answer, times=1))
    for _ in range(3):
        await later(hass, freezer, 120)
        assert reauths(hass) == 0
    for _ in range(3):
        await later(hass, freezer, 1200)
    assert reauths(hass) == 0
    assert entry.runtime_data.products.last_update_success
    assert [request.status for request in sim.requests_for("token")] == [401, 500, 401, 200]


async def test_login_required_at_set_up(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    credentials: None,
    make_entry: MakeEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An account that was never read is set up again and again: that must not hide the proof."""
    entry = make_entry()
    sim.revoke(person)
    await start(hass, entry)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert reauths(hass) == 0
    for _ in range(5):
        await later(hass, freezer, 100)
    assert state_of(entry) is ConfigEntryState.SETUP_ERROR
    assert reauths(hass) == 1


async def test_login_required_once_after_a_new_sign_in(
    hass: HomeAssistant, sim: Simulator, person: Account, app: App, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was proven of the tokens of old proves nothing of the new ones."""
    entry = await set_up()
    sim.revoke(person)
    for _ in range(3):
        await later(hass, freezer, 65)
    assert reauths(hass) == 1
    token = sim.grant(person, app, USER_SCOPES)
    token["expires_at"] = time.time() + token["expires_in"]
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert reauths(hass) == 0
    sim.faults.add(Trouble(endpoint="token", answer="login_required", times=1))
    await later(hass, freezer, 9 * HOUR)
    for _ in range(3):
        await later(hass, freezer, 65)
    assert reauths(hass) == 0
    assert entry.runtime_data.products.last_update_success


async def test_no_refresh_token(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without offline_access the sign-in ends with the token, and not before."""
    entry = await set_up(granted=frozenset(USER_SCOPES) - {"offline_access"})
    assert "refresh_token" not in entry.data["token"]
    for _ in range(7):
        await later(hass, freezer, HOUR)
    assert reauths(hass) == 0
    assert entry.runtime_data.products.last_update_success
    for _ in range(5):
        await later(hass, freezer, HOUR)
    assert reauths(hass) == 1
    assert sim.requests_for("token") == []
