"""The import of a site's history into statistics: true hour by hour, in every zone, ended anywhere and never done twice."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, HistoryDefect, Site

from .conftest import SetUp, settle
from .helpers import asked, call, pass_time, state_of, tracebacks
from .history_help import (
    assert_true,
    caught_up,
    device_id,
    forbid_sums_of_today,
    history_of,
    hours_of,
    imported,
    read_until,
    rows_of,
    turns,
)

pytestmark = [pytest.mark.freeze_time("2025-09-20 10:00:00"), pytest.mark.usefixtures("recorder_mock")]

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
# The zone, now, and how many days ago the site was installed: the clock changes between the two.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 31, 13, 20, tzinfo=UTC), 4),
    ("Europe/Berlin", datetime(2025, 10, 27, 22, 50, tzinfo=UTC), 3),
    ("America/New_York", datetime(2026, 3, 9, 3, 20, tzinfo=UTC), 3),
    ("America/New_York", datetime(2025, 11, 3, 12, 20, tzinfo=UTC), 3),
    ("America/St_Johns", datetime(2026, 3, 9, 12, 20, tzinfo=UTC), 3),
    ("Australia/Adelaide", datetime(2026, 4, 6, 12, 20, tzinfo=UTC), 3),
    ("Australia/Adelaide", datetime(2025, 10, 6, 13, 20, tzinfo=UTC), 3),
    ("Australia/Lord_Howe", datetime(2026, 4, 6, 12, 20, tzinfo=UTC), 3),
    ("Australia/Lord_Howe", datetime(2025, 10, 6, 12, 20, tzinfo=UTC), 3),
    ("Asia/Kathmandu", datetime(2026, 3, 1, 17, 50, tzinfo=UTC), 2),
]


@pytest.fixture
def moment(request: pytest.FixtureRequest, freezer: FrozenDateTimeFactory) -> datetime:
    """Begin at a moment, before anything else is there."""
    moment: datetime = getattr(request, "param", NOON)
    freezer.move_to(moment)
    return moment


@pytest.fixture
async def sim(moment: datetime, sim: Simulator) -> Simulator:
    """Run the simulated Tesla from that moment on."""
    return sim


@pytest.fixture
def site(hass: HomeAssistant, moment: datetime, person: Account) -> Site:
    """Return the Powerwall, installed five days ago."""
    found = person.sites[0]
    forbid_sums_of_today(hass, found)
    found.installed = moment - timedelta(days=5)
    return found


async def ids_of(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return the integration's statistics."""
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    return {one["statistic_id"]: one for one in found if one["statistic_id"].startswith(f"{DOMAIN}:")}


@pytest.mark.parametrize(
    ("zone", "moment", "days"), CHANGES, indirect=["moment"], ids=[f"{c[0]} {c[1]:%m}" for c in CHANGES]
)
async def test_every_hour_is_true(
    hass: HomeAssistant,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    zone: str,
    moment: datetime,
    days: int,
) -> None:
    """Over a change of the clock, from the installation to now, and on over midnight: each hour is what really flowed."""
    site.zone = ZoneInfo(zone)
    site.installed = moment - timedelta(days=days)
    history = history_of(hass, await set_up(), site)
    await imported(hass, freezer, history)
    before = await assert_true(hass, site, read_until(history))
    assert history.record.suspects == {}
    assert not history.diagnostics()["unbalanced_days"]
    for _ in range(5):
        await turns(hass, freezer, 3 * 3600)
        await caught_up(hass, freezer, history)
    assert read_until(history) - moment > timedelta(hours=13)
    assert await assert_true(hass, site, read_until(history)) >= before + 2 * 13
    assert tracebacks(caplog) == []


async def test_names_and_units(hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """The statistics have names that a person knows, kWh, and a currency where money is meant."""
    site.installed = NOON - timedelta(days=12)
    history = history_of(hass, await set_up(), site)
    await imported(hass, freezer, history)
    found = await ids_of(hass)
    start = f"{DOMAIN}:{site.id}_"
    assert {
        key.removeprefix(start): (one["name"], one["statistics_unit_of_measurement"], one["unit_class"])
        for key, one in found.items()
    } == {
        "grid_import": ("Powerwall grid import", "kWh", "energy"),
        "grid_export": ("Powerwall grid export", "kWh", "energy"),
        "solar": ("Powerwall solar production", "kWh", "energy"),
        "battery_discharge": ("Powerwall battery discharge", "kWh", "energy"),
        "battery_charge": ("Powerwall battery charge", "kWh", "energy"),
        "home": ("Powerwall home consumption", "kWh", "energy"),
        "grid_to_home": ("Powerwall grid to home", "kWh", "energy"),
        "grid_to_battery": ("Powerwall grid to battery", "kWh", "energy"),
        "solar_to_home": ("Powerwall solar to home", "kWh", "energy"),
        "solar_to_battery": ("Powerwall solar to battery", "kWh", "energy"),
        "solar_to_grid": ("Powerwall solar to grid", "kWh", "energy"),
        "battery_to_home": ("Powerwall battery to home", "kWh", "energy"),
        "battery_to_grid": ("Powerwall battery to grid", "kWh", "energy"),
        "grid_import_cost": ("Powerwall grid import cost", "EUR", None),
        "grid_export_compensation": ("Powerwall grid export compensation", "EUR", None),
        "wall_connector": ("Powerwall Wall Connector energy", "kWh", "energy"),
    }
    assert all(one["has_sum"] and not one["has_mean"] and one["source"] == DOMAIN for one in found.values())


async def test_the_progress_and_the_switch(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A person sees how far it is, stops it, and lets it go on where it was."""
    site.installed = NOON - timedelta(days=20)
    history = history_of(hass, await set_up(), site)
    progress, switch = "sensor.powerwall_history_import", "switch.powerwall_history_import"
    assert state_of(hass, progress) == "unknown"
    await turns(hass, freezer, 31)
    assert state_of(hass, progress) == "0.0"
    assert len(asked(sim, "calendar_history")) == 1
    await turns(hass, freezer, 1, times=30)
    assert len(asked(sim, "calendar_history")) == 11, "one each three seconds"
    await imported(hass, freezer, history, lambda: history.record.next_day != history.record.first)
    assert 0 < float(state_of(hass, progress) or 0) < 60
    state = hass.states.get(progress)
    assert state is not None
    assert (state.attributes["imported_since"], state.attributes["imported_until"]) == (
        date(2026, 5, 21),
        date(2026, 6, 1),
    )
    await turns(hass, freezer)

    await call(hass, "switch.turn_off", switch)
    assert state_of(hass, switch) == "off"
    sim.clear_requests()
    await pass_time(hass, freezer, 3600, times=3)
    assert asked(sim, "*_history") == []
    await call(hass, "switch.turn_on", switch)
    await imported(hass, freezer, history)
    assert state_of(hass, progress) == "100.0"
    await assert_true(hass, site, read_until(history), "solar", "home", "grid_import")


async def test_twice_changes_nothing(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is there and right is not written again: not a row, however the import comes to be done twice."""
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    assert history.tally.rows > 500
    history.tally.rows = 0
    device = device_id(hass, entry, site)
    await hass.services.async_call(DOMAIN, "import_energy_history", {"device_id": device}, blocking=True)
    assert history.progress == 0.0
    sim.clear_requests()
    await imported(hass, freezer, history)
    assert len(asked(sim, "calendar_history")) >= 6
    assert history.tally.rows == 0

    # The record is lost: all of it is read once more.
    await hass.config_entries.async_unload(entry.entry_id)
    history_store = history._store  # noqa: SLF001
    await history_store.async_remove()
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    again = history_of(hass, entry, site)
    await imported(hass, freezer, again)
    until = read_until(again)
    assert again.tally.rows <= 20 * ((until - NOON) // timedelta(hours=1) + 1)
    await assert_true(hass, site, until)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Adelaide"])
async def test_ended_anywhere_it_goes_on(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, zone: str
) -> None:
    """However often and wherever Home Assistant is ended, nothing is missing and nothing is there twice."""
    site.zone, site.installed = ZoneInfo(zone), NOON - timedelta(days=14)  # two months
    entry = await set_up()
    for number in (1, 3, 7, 9, 12, 13, 14, 15, 16):
        await turns(hass, freezer, 31)
        await turns(hass, freezer, times=number)
        # In the middle of a turn, too.
        freezer.tick(3)
        async_fire_time_changed(hass)
        await hass.config_entries.async_reload(entry.entry_id)
        await settle(hass)
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))


@pytest.mark.parametrize("cut", ["rows", "shift"])
async def test_ended_between_two_writes(
    hass: HomeAssistant,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    cut: str,
) -> None:
    """The power fails after some rows are written, or before the sums that follow are right: the next run mends it."""
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    site.installed = NOON - timedelta(days=9)
    recorder = get_instance(hass)
    lost = []
    name = {"rows": "async_import_statistics", "shift": "async_adjust_statistics"}[cut]
    real = getattr(recorder, name)

    def fails(*args: Any) -> None:
        lost.append(args)
        if cut == "rows" and len(lost) < 4:
            real(*args)
        else:
            raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(recorder, name, fails)
        await history.async_again(date(2026, 6, 1))
        with pytest.raises(AssertionError):
            await imported(hass, freezer, history, lambda: history.record.again is None, most=20)
        assert lost
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))


async def test_gaps_fill_by_themselves(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant is off for three days; then these three days are read, and nothing else."""
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(3 * 86_400)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    again = history_of(hass, entry, site)
    sim.clear_requests()
    await imported(hass, freezer, again, lambda: again.record.next_day == date(2026, 6, 13))
    await assert_true(hass, site, NOON + timedelta(hours=60), "solar", "home")
    assert len(asked(sim, "calendar_history")) <= 18


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu"])
async def test_further_back(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, zone: str
) -> None:
    """What is before the first day is put in, and the sums that follow go on from it."""
    site.zone = ZoneInfo(zone)
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    first = (await rows_of(hass, site, "home"))[0]
    site.installed = NOON - timedelta(days=14)
    device = device_id(hass, entry, site)
    data = {"device_id": device, "since": "2026-05-27"}
    await hass.services.async_call(DOMAIN, "import_energy_history", data, blocking=True)
    await imported(hass, freezer, history, lambda: history.record.again is None)
    rows = await rows_of(hass, site, "home")
    assert rows[0]["start"] < first["start"] - 8 * 86_400
    await assert_true(hass, site, read_until(history))


async def test_late_corrections(hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """What Tesla corrects within a week is corrected here, too, and the sums with it."""
    site.history_defects = {HistoryDefect.LATE_CORRECTIONS}
    history = history_of(hass, await set_up(), site)
    await imported(hass, freezer, history)
    wrong = sum((await hours_of(hass, site, "home")).values())
    assert history.record.suspects, "the month knows better"
    for _ in range(16):
        await turns(hass, freezer, 4 * 3600)
        await caught_up(hass, freezer, history)
    found = await hours_of(hass, site, "home")
    assert sum(value for hour, value in found.items() if hour < NOON.timestamp()) > wrong * 1.02
    await assert_true(hass, site, NOON - timedelta(hours=2))


async def test_a_half_empty_day_is_marked_and_mended(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A day that does not add up to its month is marked, told, read again, and in the end it is right."""
    site.installed = NOON - timedelta(days=12)
    site.history_defects, site.corrected_after_s = {HistoryDefect.HALF_EMPTY}, 11.5 * 86_400
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    assert len(history.record.suspects) == 11
    told = history.diagnostics()["suspect_days"]
    assert told["2026-06-01"]["reason"] == "month"
    state = hass.states.get("sensor.powerwall_history_import")
    assert state is not None
    assert state.attributes["suspect_days"] == 11
    site.history_defects.clear()
    for _ in range(6):
        await turns(hass, freezer, 4 * 3600)
        await caught_up(hass, freezer, history)
    assert history.record.suspects == {}
    await assert_true(hass, site, read_until(history))


async def test_a_day_that_never_adds_up(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It is read again once a day for a week, and then left alone, but not forgotten."""
    site.history_defects = {HistoryDefect.WRONG_MONTH}
    history = history_of(hass, await set_up(), site)
    await imported(hass, freezer, history)
    await assert_true(hass, site, read_until(history))
    first = min(history.record.suspects)
    for _ in range(9):
        await turns(hass, freezer, 86_400)
        await caught_up(hass, freezer, history)
    assert history.record.suspects[first].tries >= 7
    sim.clear_requests()
    history.record.week_read = datetime.now(UTC).date()
    await turns(hass, freezer, 3600)
    await caught_up(hass, freezer, history)
    days = [request.query["start_date"][:10] for request in sim.requests_for("calendar_history")]
    assert str(first) not in days


async def test_how_many_requests_a_day(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An hour is there some minutes after its end; a day takes few requests."""
    history = history_of(hass, await set_up(), site)
    await imported(hass, freezer, history)
    await turns(hass, freezer, 3600)
    await caught_up(hass, freezer, history)
    sim.clear_requests()
    for _ in range(24):
        await turns(hass, freezer, 3600 - 20)
        await caught_up(hass, freezer, history)
    found = asked(sim, "*history")
    assert 40 <= len(found) <= 52
    assert len(asked(sim, "telemetry_history")) <= 5


async def test_tesla_asks_for_patience(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """After a 429 nothing is asked until Tesla's time is over, and no day is lost."""
    history = history_of(hass, await set_up(), site)
    await turns(hass, freezer, 31, times=2)
    fault = sim.faults.add(Fault("calendar_history", answer="rate_limited", retry_after=600))
    await turns(hass, freezer)
    sim.clear_requests()
    await turns(hass, freezer, 59, times=10)
    assert asked(sim, "calendar_history") == []
    assert fault.hits == 1
    sim.faults.clear()
    await imported(hass, freezer, history)
    assert history.record.suspects == {}
    await assert_true(hass, site, read_until(history))
