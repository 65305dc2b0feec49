"""The tokens of an account: one refresh at a time, on disk before first use, and no false alarm."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .setting_up import client_of, keeper_of, later, reauths, start, stored

HOUR = 3600.0
DAY = 24 * HOUR

# As it is before the tests' own storage takes its place.
REAL_LOAD = Store._async_load  # noqa: SLF001

type MakeEntry = Callable[..., MockConfigEntry]


@pytest.fixture
async def idle(hass: HomeAssistant, set_up: SetUp) -> MockConfigEntry:
    """Return an entry that polls nothing."""
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    return entry


# One at a time


async def test_one_refresh_for_many(
    hass: HomeAssistant, sim: Simulator, app: App, idle: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Twenty requests with a token that Tesla has ended lead to one refresh, and all of them go through."""
    old = dict(idle.data["token"])
    sim.grants.refresh(old["refresh_token"], app)
    sim.clear_requests()
    answers = await asyncio.gather(*(client_of(idle).products() for _ in range(20)))
    assert [len(answer) for answer in answers] == [3] * 20
    (refresh,) = sim.requests_for("token")
    assert refresh.body["grant_type"] == "refresh_token"
    assert refresh.body["refresh_token"] == old["refresh_token"]
    assert sorted(request.status for request in sim.requests_for("products")) == [200] * 20 + [401] * 20
    token = stored(hass_storage, idle)
    assert token == idle.data["token"]
    assert token["access_token"] == await keeper_of(idle).access_token() != old["access_token"]
    assert token["used_refresh_token"] == old["refresh_token"] != token["refresh_token"]
    assert token["expires_at"] == pytest.approx(time.time() + 8 * HOUR, abs=60)


async def test_one_refresh_for_many_that_fails(sim: Simulator, app: App, idle: MockConfigEntry) -> None:
    """Nor do twenty requests ask a sign-in server in trouble twenty times."""
    sim.grants.refresh(idle.data["token"]["refresh_token"], app)
    sim.clear_requests()
    sim.faults.add(Trouble(endpoint="token", answer="internal"))
    results = await asyncio.gather(*(client_of(idle).products() for _ in range(20)), return_exceptions=True)
    for err in results:
        assert isinstance(err, FleetError)
        assert err.fault is Fault.NO_ANSWER
        assert err.retry_after is not None
        assert 1 <= err.retry_after <= 20
    assert len(sim.requests_for("token")) == 1


async def test_a_new_token_that_is_refused_too(sim: Simulator, idle: MockConfigEntry) -> None:
    """Where Tesla refuses every token, refreshing over and over does not help."""
    sim.faults.add(Trouble(endpoint="products", answer="token_expired"))
    for _ in range(5):
        with pytest.raises(FleetError) as caught:
            await client_of(idle).products()
        assert caught.value.fault is Fault.UNAUTHORIZED
    assert len(sim.requests_for("token")) == 1


# On disk first


async def test_on_disk_before_first_use(
    sim: Simulator, app: App, idle: MockConfigEntry, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as a slow disk has not written the new token, nobody uses it."""
    begun, goes_on, save = asyncio.Event(), asyncio.Event(), Store.async_save

    async def slow(store: Store[Any], data: Any) -> None:
        if store.key.endswith(".tokens"):
            begun.set()
            await goes_on.wait()
        await save(store, data)

    monkeypatch.setattr(Store, "async_save", slow)
    old = dict(idle.data["token"])
    sim.grants.refresh(old["refresh_token"], app)
    sim.clear_requests()
    tasks = [asyncio.create_task(client_of(idle).products())]
    await begun.wait()
    tasks += [asyncio.create_task(client_of(idle).products()) for _ in range(3)]
    await asyncio.sleep(0.2)
    assert [request.status for request in sim.requests_for("token")] == [200]
    assert {request.status for request in sim.requests_for("products")} == {401}
    assert idle.data["token"] == old
    goes_on.set()
    await asyncio.gather(*tasks)
    assert stored(hass_storage, idle) == idle.data["token"] != old
    assert [request.status for request in sim.requests_for("token")] == [200]


async def test_the_newer_token_counts(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    credentials: None,
    make_entry: MakeEntry,
    hass_storage: dict[str, Any],
) -> None:
    """A crash after the file and before the entry was written costs nothing."""
    entry = make_entry()
    newer = sim.grants.refresh(entry.data["token"]["refresh_token"], app)
    data = {**newer, "expires_at": entry.data["token"]["expires_at"] + 100}
    hass_storage[f"{DOMAIN}.{entry.entry_id}.tokens"] = {"version": 1, "data": data}
    await start(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert await keeper_of(entry).access_token() == newer["access_token"]
    assert sim.requests_for("token") == []


async def test_the_newer_token_of_a_sign_in_counts(
    hass: HomeAssistant, sim: Simulator, credentials: None, make_entry: MakeEntry, hass_storage: dict[str, Any]
) -> None:
    """After a sign-in the file holds the older token, and is not believed."""
    entry = make_entry()
    data = {**entry.data["token"], "access_token": "old", "refresh_token": "old", "expires_at": time.time() + HOUR}
    hass_storage[f"{DOMAIN}.{entry.entry_id}.tokens"] = {"version": 1, "data": data}
    await start(hass, entry)
    assert await keeper_of(entry).access_token() == entry.data["token"]["access_token"]
    assert sim.requests_for("token") == []


@pytest.mark.parametrize("hours", [0, 23])
async def test_a_crash_before_the_new_token_was_saved(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    credentials: None,
    make_entry: MakeEntry,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    hours: float,
) -> None:
    """Tesla's new token is lost: the one that was used is good for a day more."""
    entry = make_entry()
    used = entry.data["token"]["refresh_token"]
    sim.grants.refresh(used, app)
    freezer.tick(timedelta(hours=hours))
    await start(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert reauths(hass) == 0
    assert stored(hass_storage, entry)["used_refresh_token"] == used
    assert [request.status for request in sim.requests_for("token")] == [200]


async def test_the_token_before_the_last(
    hass: HomeAssistant,
    sim: Simulator,
    app: App,
    credentials: None,
    make_entry: MakeEntry,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A refresh token that Tesla does not know is no reason for an alarm while the one before it is good."""
    entry = make_entry()
    used = entry.data["token"]["refresh_token"]
    sim.grants.refresh(used, app)
    token = {**entry.data["token"], "refresh_token": "EU_unknown", "used_refresh_token": used}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert [request.status for request in sim.requests_for("token")] == [401, 200]
    assert reauths(hass) == 0
    # What was really used is what is good for a day more; the other one never will be.
    assert stored(hass_storage, entry)["used_refresh_token"] == used
    await later(hass, freezer, 6.5 * HOUR)
    assert [request.status for request in sim.requests_for("token")] == [401, 200, 200]


async def test_an_answer_that_got_lost(
    hass: HomeAssistant, sim: Simulator, idle: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The network breaks after Tesla has changed the token: the next try mends it."""
    sim.faults.add(Trouble.lost(endpoint="token", times=1))
    await later(hass, freezer, 6.5 * HOUR)
    assert [request.status for request in sim.requests_for("token")] == [0]
    await later(hass, freezer, HOUR)
    assert [request.status for request in sim.requests_for("token")] == [0, 200]
    assert len(await client_of(idle).products()) == 3
    assert reauths(hass) == 0


@pytest.mark.parametrize(
    "data",
    [
        [],
        "text",
        5,
        {},
        {"access_token": None, "expires_at": 9e9},
        {"access_token": 5, "expires_at": 9e9},
        {"access_token": "x", "expires_at": "soon"},
        {"access_token": "x", "expires_at": None},
        {"access_token": "x"},
    ],
)
async def test_a_file_that_makes_no_sense(
    hass: HomeAssistant,
    sim: Simulator,
    credentials: None,
    make_entry: MakeEntry,
    hass_storage: dict[str, Any],
    data: Any,
) -> None:
    """What cannot be understood in the file is as if it were not there."""
    entry = make_entry()
    hass_storage[f"{DOMAIN}.{entry.entry_id}.tokens"] = {"version": 1, "data": data}
    await start(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert await keeper_of(entry).access_token() == entry.data["token"]["access_token"]
    assert sim.requests_for("token") == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"version": 1, "key": "x", "data": {"access', None])
async def test_a_file_that_cannot_be_read(
    hass: HomeAssistant, sim: Simulator, credentials: None, make_entry: MakeEntry, tmp_path: Path, content: bytes | None
) -> None:
    """A file that is broken on the real disk, or that the disk does not give out (None), ends no sign-in."""
    entry = make_entry()
    key = f"{DOMAIN}.{entry.entry_id}.tokens"
    file, load = tmp_path / ".storage" / key, Store._async_load  # noqa: SLF001
    file.parent.mkdir()
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)

    async def really(store: Store[Any]) -> Any:
        return await (REAL_LOAD(store) if store.key == key else load(store))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hass.config, "config_dir", str(tmp_path))
        patched.setattr(Store, "_async_load", really)
        await start(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert await keeper_of(entry).access_token() == entry.data["token"]["access_token"]
    assert reauths(hass) == 0


async def test_the_file_goes_with_the_entry(
    hass: HomeAssistant, sim: Simulator, app: App, idle: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Who removes an account leaves no token behind."""
    sim.grants.refresh(idle.data["token"]["refresh_token"], app)
    await client_of(idle).products()
    assert stored(hass_storage, idle)
    await hass.config_entries.async_remove(idle.entry_id)
    await settle(hass)
    assert not [key for key in hass_storage if idle.entry_id in key]


# In time


async def test_early(
    hass: HomeAssistant, sim: Simulator, idle: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """At three quarters of its life a token is renewed by the clock, although nobody asks for one."""
    sim.clear_requests()
    for _ in range(12):
        await later(hass, freezer, HOUR / 2 - 1)
    # What Superchargers have billed is asked for once, two minutes after the first set-up.
    assert {request.endpoint for request in sim.requests} == {"charging/history"}
    sim.clear_requests()
    await later(hass, freezer, HOUR / 2)
    assert [(request.endpoint, request.status) for request in sim.requests] == [("token", 200)]
    assert keeper_of(idle).expires_at == pytest.approx(time.time() + 8 * HOUR, abs=60)


@pytest.mark.parametrize("left", [59, 0, -HOUR])
async def test_at_the_end(sim: Simulator, idle: MockConfigEntry, freezer: FrozenDateTimeFactory, left: float) -> None:
    """A token with less than a minute left is renewed before it is used."""
    freezer.tick(keeper_of(idle).expires_at - time.time() - left)
    sim.clear_requests()
    assert len(await client_of(idle).products()) == 3
    assert [(request.endpoint, request.status) for request in sim.requests] == [("token", 200), ("products", 200)]


async def test_ninety_days_idle(
    hass: HomeAssistant, sim: Simulator, person: Account, idle: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """An installation that does nothing for ninety days is still signed in."""
    cars, sites = list(person.cars), list(person.sites)
    person.cars.clear()
    person.sites.clear()
    sim.clear_requests()
    begun = time.time()
    while time.time() - begun <= 90 * DAY:
        await later(hass, freezer, 6.2 * HOUR)
    # Besides it is asked, once, what Superchargers have billed.
    others = [request for request in sim.requests if request.endpoint != "charging/history"]
    assert {(request.endpoint, request.status) for request in others} == {("token", 200)}
    assert len(sim.requests) - len(others) <= 3
    person.cars += cars
    person.sites += sites
    assert len(await client_of(idle).products()) == 3
    assert reauths(hass) == 0
