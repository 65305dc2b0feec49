"""The charging log through Home Assistant: a car lives, is read now and then, and its sessions are what they truly were."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
import stat

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.charging import lines
from custom_components.tesla_charging.charging.news import News
from custom_components.tesla_charging.charging.session import Basis, Cost, Place, Reason, Session, Source
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.diagnostics import async_get_config_entry_diagnostics
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import LUNA, START, at_home, list_again, pass_time

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.loop_debug]


def logged(hass: HomeAssistant, entry: MockConfigEntry, vin: str = LUNA) -> tuple[Session, ...]:
    """Return the sessions of a car."""
    return charging_log_of(hass, entry).sessions(vin)


def listen(hass: HomeAssistant, entry: MockConfigEntry, vin: str = LUNA) -> list[News]:
    """Return a list that fills with what is told."""
    news: list[News] = []
    charging_log_of(hass, entry).async_follow_news(vin, news.append)
    return news


def whats(news: list[News]) -> list[str]:
    """Return what was told."""
    return [str(one.what) for one in news]


async def test_a_charge_at_home(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """Plug in, charge, pause, resume, unplug: one session, with the true energies."""
    entry = await set_up()
    luna.unplug()
    await pass_time(hass, freezer, 30, times=6)
    news = listen(hass, entry)
    count = len(logged(hass, entry))
    luna.plug_in(at_home(sim))
    await pass_time(hass, freezer, 30, times=60)
    luna.charger.stop_now(luna.now)
    await pass_time(hass, freezer, 30, times=20)
    luna.charger.start_now()
    await pass_time(hass, freezer, 30, times=40)
    luna.unplug()
    await pass_time(hass, freezer, 30, times=20)
    true = luna.charger.sessions[-1]
    found = logged(hass, entry)
    assert len(found) == count + 1
    session = found[-1]
    assert session.place is Place.HOME
    assert session.added.source is Source.CAR
    assert session.added.wh == pytest.approx(true.energy_added_wh, abs=10)
    assert session.used.wh == pytest.approx(true.energy_used_wh, rel=0.02)
    assert len(session.runs) == 2
    assert whats(news) == ["plugged_in", "started", "paused", "resumed", "interrupted", "unplugged", "session_closed"]


async def again(hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, away: float) -> None:
    """Stop, be away for a while, and start again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(away)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


async def test_a_restart_in_the_middle(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """A restart while it charges: the same session goes on, nothing is told twice, what came meanwhile is in it."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=10)
    before = logged(hass, entry)
    assert len(before) == 1
    await again(hass, entry, freezer, 1800)
    news = listen(hass, entry)
    await pass_time(hass, freezer, 60, times=10)
    assert whats(news) == []
    session = logged(hass, entry)[-1]
    assert session.id == before[-1].id
    assert len(logged(hass, entry)) == 1
    assert len(session.runs) == 1
    luna.unplug()
    await pass_time(hass, freezer, 60, times=4)
    session, true = logged(hass, entry)[-1], luna.charger.sessions[-1]
    assert session.added.wh == pytest.approx(true.energy_added_wh, rel=0.01)
    assert session.used.wh == pytest.approx(true.energy_used_wh, rel=0.03)
    assert whats(news)[-2:] == ["unplugged", "session_closed"]
    assert charging_log_of(hass, entry).totals(LUNA).added_wh[Place.HOME] == session.added.wh


async def test_what_happened_while_it_was_off(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """The first read after a start is no news; what it shows is in the log all the same."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=10)
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(3600)
    luna.unplug()
    luna.drive(20)
    freezer.tick(3600)
    luna.plug_in(at_home(sim))
    freezer.tick(1800)
    assert await hass.config_entries.async_setup(entry.entry_id)
    news = listen(hass, entry)
    await settle(hass)
    await pass_time(hass, freezer, 60, times=5)
    assert not {"plugged_in", "started", "unplugged", "session_closed"} & set(whats(news))
    first, second = logged(hass, entry)
    assert not first.open
    assert first.added.estimated
    assert second.open
    assert second.place is Place.HOME
    assert second.added.wh == pytest.approx(luna.charger.energy_added_wh, rel=0.02, abs=200)


async def test_a_day_without_network(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """The session that was there before is there after it, once and whole."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=10)
    sim.faults.add(Fault(reset=True))
    await pass_time(hass, freezer, 3600, times=24)
    sim.faults.clear()
    await pass_time(hass, freezer, 900, times=5)
    luna.wake()
    await pass_time(hass, freezer, 30)
    await list_again(hass)
    await pass_time(hass, freezer, 60, times=5)
    (session,) = logged(hass, entry)
    assert session.open
    assert session.added.wh == pytest.approx(luna.charger.energy_added_wh, rel=0.01)
    assert session.used.wh == pytest.approx(luna.charger.sessions[-1].energy_used_wh, rel=0.03)


async def test_asleep_while_charging(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, nova: Car, freezer: FrozenDateTimeFactory
) -> None:
    """A car that the list says is asleep does not charge: its run has ended, and its session goes on."""
    public = at_home(sim, "public_ac")
    nova.plug_in(public)
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=10)
    news = listen(hass, entry, nova.vin)
    assert logged(hass, entry, nova.vin)[-1].runs[-1].end is None
    nova.charger.stop_now(nova.now)
    nova.sleep()
    await list_again(hass)
    session = logged(hass, entry, nova.vin)[-1]
    assert session.open
    assert session.place is Place.ELSEWHERE
    assert session.runs[-1].end is not None
    assert whats(news) == ["interrupted"]
    assert news[0].estimated


async def test_home_by_the_wall_connector_alone(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """Without the right to know where the car is, the Wall Connector that names it is at home; no other place is."""
    entry = await set_up(frozenset(Scope) - {Scope.VEHICLE_LOCATION})
    await pass_time(hass, freezer, 60, times=10)
    assert logged(hass, entry)[-1].place is Place.HOME
    luna.unplug()
    luna.plug_in(at_home(sim, "public_ac"))
    await pass_time(hass, freezer, 60, times=10)
    luna.unplug()
    luna.plug_in(at_home(sim, "supercharger"))
    await pass_time(hass, freezer, 60, times=10)
    assert [one.place for one in logged(hass, entry)] == [Place.HOME, Place.ELSEWHERE, Place.SUPERCHARGER]
    totals = charging_log_of(hass, entry).totals(LUNA)
    for one in logged(hass, entry):
        assert totals.added_wh[one.place] == pytest.approx(one.added.wh)


async def test_home_by_the_home_zone(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, nova: Car, freezer: FrozenDateTimeFactory
) -> None:
    """Where no Wall Connector names the car, Home Assistant's home zone does, with its own radius."""
    public = at_home(sim, "public_ac")
    hass.states.async_set(
        "zone.home", "0", {"latitude": public.latitude + 0.002, "longitude": public.longitude, "radius": 300}
    )
    nova.plug_in(public)
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=3)
    assert logged(hass, entry, nova.vin)[-1].place is Place.HOME
    hass.states.async_set(
        "zone.home", "0", {"latitude": public.latitude + 0.002, "longitude": public.longitude, "radius": 100}
    )
    nova.unplug()
    await pass_time(hass, freezer, 60, times=30)
    nova.plug_in(public)
    await pass_time(hass, freezer, 60, times=30)
    assert logged(hass, entry, nova.vin)[-1].place is Place.ELSEWHERE


def path_of(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    """Return the file of the log."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}.charging_log"))


@pytest.mark.parametrize("damage", ["torn", "junk", "empty", "no record", "a directory"])
async def test_damaged_file(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    luna: Car,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    """What cannot be read costs itself, is said once and kept aside."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=10)
    luna.unplug()
    await pass_time(hass, freezer, 60, times=4)
    (session,) = logged(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = path_of(hass, entry)
    whole = path.read_text()
    assert whole.endswith("\n")
    damaged = {
        "torn": whole + whole.splitlines()[0][:40],
        "junk": "\x00\x01\n[1,2]\n" + whole,
        "no record": whole + '{"sessions":[{"id":"x","vin":"y"}]}\n',
        "empty": "",
    }
    path.unlink()
    if damage in damaged:
        path.write_text(damaged[damage])
    else:
        path.mkdir()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    if damage in ("empty", "a directory"):
        assert logged(hass, entry) == ()
    else:
        assert logged(hass, entry) == (session,)
    said = [record for record in caplog.records if "charging log" in record.getMessage()]
    assert len(said) == (0 if damage == "empty" else 1)
    assert path.with_name(f"{path.name}.damaged").exists() is (damage != "empty")
    luna.plug_in(at_home(sim))
    await pass_time(hass, freezer, 60, times=10)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert lines.read(path.read_text()).lost == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_disk_that_cannot_be_written(
    hass: HomeAssistant, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """The log goes on in memory, says so once, and is on disk whole when that can be written again."""
    entry = await set_up()
    path = path_of(hass, entry)
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "in the way").touch()
    await pass_time(hass, freezer, 60, times=12)
    luna.unplug()
    await pass_time(hass, freezer, 60, times=4)
    (session,) = logged(hass, entry)
    assert not session.open
    said = [record.getMessage() for record in caplog.records if "cannot be written" in record.getMessage()]
    assert len(said) == 1
    (path / "in the way").unlink()
    path.rmdir()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert lines.read(path.read_text()).sessions == [session]


async def test_home_assistant_stops(
    hass: HomeAssistant, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """What was seen since the last write is on disk when Home Assistant ends, which unloads nothing."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=12)
    kept = lines.read(path_of(hass, entry).read_text()).sessions[-1]
    await pass_time(hass, freezer, 60, times=3)
    (session,) = logged(hass, entry)
    assert session.added.wh > kept.added.wh
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await settle(hass)
    assert lines.read(path_of(hass, entry).read_text()).sessions[-1] == session


async def test_nothing_new_is_not_written(
    hass: HomeAssistant, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """A car that sleeps says the same for hours, and costs the disk nothing."""
    luna.unplug()
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=40)
    luna.sleep()
    await pass_time(hass, freezer, 60, times=20)
    before = path_of(hass, entry).read_text()
    await pass_time(hass, freezer, 300, times=24)
    assert path_of(hass, entry).read_text() == before


async def test_diagnostics_count_only(
    hass: HomeAssistant, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing of when and where."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=5)
    told = (await async_get_config_entry_diagnostics(hass, entry))["charging_log"]
    assert sum(told["sessions"]) == told["open"] == 1
    assert told["written"] is True


async def test_what_others_know_better(
    hass: HomeAssistant, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """A session that is amended has a new revision, is told once, and is on disk; what says the same is nothing."""
    entry = await set_up()
    await pass_time(hass, freezer, 60, times=5)
    log = charging_log_of(hass, entry)
    told: list[str] = []
    stop = log.async_follow(LUNA, lambda: told.append("once"))
    session = log.latest(LUNA)
    assert session is not None
    # What is on an invoice, nobody prices anew.
    cost = Cost(amount=Decimal("1.25"), currency="EUR", basis=Basis.INVOICE)
    amended = log.async_amend(replace(session, cost=cost), Reason.PRICE)
    assert (amended.revision, amended.reason) == (session.revision + 1, Reason.PRICE)
    assert log.async_amend(replace(amended, reason=Reason.MIX), Reason.MIX) is amended
    stop()
    assert told == ["once"]
    await pass_time(hass, freezer, 60, times=5)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    log = charging_log_of(hass, entry)
    again = log.session(LUNA, session.id)
    assert again is not None
    assert again.cost == cost
    assert log.totals(LUNA).cost == {(Place.HOME, "EUR"): Decimal("1.25")}
    assert log.session("nobody", "x") is log.latest("nobody") is None
    assert log.sessions("nobody") == ()
    assert log.totals("nobody").cost == {}
