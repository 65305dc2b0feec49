"""The sums of today as a person sees them: true, zero after midnight, never unknown, and free while nobody looks."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, HistoryDefect, Site, solar_site, truth

from .conftest import SetUp, settle
from .helpers import START, asked, entity_ids, pass_time, state_of, tracebacks

pytestmark = [pytest.mark.freeze_time(START)]

MIDNIGHT = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)  # in Berlin
NEXT_MIDNIGHT = datetime(2026, 6, 10, 22, 0, tzinfo=UTC)
HOME, SOLAR = "sensor.powerwall_home_usage_today", "sensor.powerwall_solar_generated_today"
BEFORE_MIDNIGHT = (NEXT_MIDNIGHT - datetime(2026, 6, 10, 10, 0, tzinfo=UTC)).total_seconds() - 30


def kwh(hass: HomeAssistant, entity_id: str = HOME) -> float:
    """Return a sum; it has to be a number."""
    return float(state_of(hass, entity_id) or "nothing")


def reset_of(hass: HomeAssistant, entity_id: str = HOME) -> datetime:
    """Return since when a sum counts."""
    state = hass.states.get(entity_id)
    assert state is not None
    return datetime.fromisoformat(state.attributes["last_reset"])


def true_kwh(site: Site, key: str, begin: datetime = MIDNIGHT) -> float:
    """Return what the site has really moved since its midnight, in rows that have begun."""
    end = int(site.now // 300 + 1) * 300
    return truth(site, int(begin.timestamp()), end).get(key, 0.0) / 1000


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_sums_are_true(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Each flow and each total is what the site has moved since its midnight, in kWh, fit for the Energy dashboard."""
    await set_up()
    site = person.sites[0]
    for _ in range(3):
        await pass_time(hass, freezer, 301)
        for key in ("solar_energy_exported", "grid_energy_imported", "battery_energy_exported"):
            entity = er.async_get(hass).async_get_entity_id("sensor", "tesla_charging", f"{site.id}-{key}_today")
            assert entity is not None
            assert kwh(hass, entity) == pytest.approx(true_kwh(site, key), abs=0.002)
    parts = ["consumer_energy_imported_from_" + source for source in ("grid", "solar", "battery")]
    assert kwh(hass) == pytest.approx(sum(true_kwh(site, part) for part in parts), abs=0.002)
    assert kwh(hass, SOLAR) > 1
    found = [entity_id for entity_id in entity_ids(hass, start="powerwall") if entity_id.endswith("_today")]
    assert len(found) == 21
    for entity_id in found:
        state = hass.states.get(entity_id)
        assert state is not None
        assert (state.attributes["device_class"], state.attributes["state_class"]) == ("energy", "total")
        assert state.attributes["unit_of_measurement"] == "kWh"
        assert reset_of(hass, entity_id) == MIDNIGHT
        assert float(state.state) >= 0
    queries = {tuple(sorted(request.query.items())) for request in sim.requests_for("calendar_history")}
    before_the_zone_is_known = (("kind", "energy"), ("period", "day"))
    assert queries - {before_the_zone_is_known} == {
        (
            ("end_date", "2026-06-10T23:59:59+02:00"),
            ("kind", "energy"),
            ("period", "day"),
            ("start_date", "2026-06-10T00:00:00+02:00"),
            ("time_zone", "Europe/Berlin"),
        )
    }


async def test_every_five_minutes(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """One request in five minutes for all of them."""
    await set_up()
    assert len(asked(sim, "calendar_history")) == 1
    await pass_time(hass, freezer, 60, times=60)
    assert len(asked(sim, "calendar_history")) in (12, 13)


async def test_nobody_looks(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Nothing is asked while all of them are disabled; one that is enabled is enough."""
    entry = await set_up()
    registry = er.async_get(hass)
    ours = [one for one in entity_ids(hass, start="powerwall") if one.endswith("_today")]
    for entity_id in ours:
        registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    sim.clear_requests()
    await pass_time(hass, freezer, 301, times=4)
    assert "live_status" in asked(sim)
    assert asked(sim, "calendar_history") == []

    registry.async_update_entity(HOME, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert asked(sim, "calendar_history") == ["calendar_history"]
    assert kwh(hass) > 0


async def test_midnight(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """At the site's midnight a new day begins at zero, at once, and goes on counting."""
    await set_up()
    await pass_time(hass, freezer, BEFORE_MIDNIGHT)
    assert kwh(hass) > 1
    assert reset_of(hass) == MIDNIGHT
    await pass_time(hass, freezer, 31)
    assert kwh(hass) < 0.1
    assert reset_of(hass) == NEXT_MIDNIGHT
    await pass_time(hass, freezer, 301, times=6)
    assert reset_of(hass) == NEXT_MIDNIGHT
    site = person.sites[0]
    assert kwh(hass, "sensor.powerwall_battery_discharged_today") == pytest.approx(
        true_kwh(site, "battery_energy_exported", NEXT_MIDNIGHT), abs=0.002
    )
    assert kwh(hass) > 0.05


@pytest.mark.parametrize(
    "harm",
    [{"reset": True}, {"answer": "null_response"}, {"answer": "internal"}, {"put": {"response.time_series": []}}],
)
async def test_midnight_without_tesla(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, harm: dict[str, Any]
) -> None:
    """Whether Tesla answers or not, the day before is not shown as today, and nothing is unknown."""
    await set_up()
    await pass_time(hass, freezer, BEFORE_MIDNIGHT)
    before = kwh(hass)
    sim.faults.add(Fault("calendar_history", **harm))
    await pass_time(hass, freezer, 20)
    assert kwh(hass) == before
    await pass_time(hass, freezer, 11)
    for _ in range(5):
        assert (kwh(hass), kwh(hass, SOLAR)) == (0, 0)
        assert reset_of(hass) == NEXT_MIDNIGHT
        await pass_time(hass, freezer, 301)
    sim.faults.clear()
    await pass_time(hass, freezer, 301, times=2)
    assert kwh(hass) > 0


LOSSES: list[tuple[str, dict[str, Any]]] = [
    ("null", {"answer": "null_response"}),
    ("blank", {"answer": "blank_response"}),
    ("null series", {"put": {"response.time_series": None}}),
    ("no series", {"drop": ["response.time_series"]}),
    ("empty series", {"put": {"response.time_series": []}}),
    ("junk series", {"put": {"response.time_series": [None, "x", 5, {}]}}),
    ("no times", {"drop": ["response.time_series.*.timestamp"]}),
    ("no keys", {"drop": [f"response.time_series.*.{key}" for key in ("total_home_usage", "solar_energy_exported")]}),
    ("truncated", {"truncate": True}),
    ("500", {"answer": "internal"}),
]


@pytest.mark.parametrize(("name", "harm"), LOSSES, ids=[name for name, _ in LOSSES])
async def test_a_day_is_not_lost(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    name: str,
    harm: dict[str, Any],
) -> None:
    """An answer that is empty, cut off or an error keeps what was known of the same day."""
    await set_up()
    before = kwh(hass)
    assert before > 1
    fault = sim.faults.add(Fault("calendar_history", **harm))
    for _ in range(3):
        await pass_time(hass, freezer, 301)
        assert kwh(hass) >= before
    assert fault.hits
    assert tracebacks(caplog) == []
    sim.faults.clear()
    await pass_time(hass, freezer, 301, times=2)
    assert kwh(hass) > before


async def test_restart(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """The sums outlive a restart without a network; those of yesterday do not become today's."""
    entry = await set_up()
    before = kwh(hass)
    sim.faults.add(Fault(reset=True))

    async def restart(seconds: float) -> None:
        assert await hass.config_entries.async_unload(entry.entry_id)
        freezer.tick(seconds)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)

    await restart(3600)
    assert (kwh(hass), reset_of(hass)) == (before, MIDNIGHT)
    await restart(86400)
    assert kwh(hass) == 0
    assert reset_of(hass) == datetime(2026, 6, 10, 22, 0, tzinfo=UTC)
    sim.faults.clear()
    await pass_time(hass, freezer, 301)
    assert kwh(hass) > 1


async def test_a_short_restart_asks_nothing(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was read a minute ago is not read again because of a restart."""
    entry = await set_up()
    sim.clear_requests()
    freezer.tick(60)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert asked(sim, "calendar_history") == []
    assert kwh(hass) > 1
    await pass_time(hass, freezer, 301)
    assert asked(sim, "calendar_history") == ["calendar_history"]


async def test_corrections_show(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """When Tesla corrects what was too high, the sum goes down."""
    await set_up()
    before = kwh(hass, SOLAR)
    person.sites[0].history_defects = {HistoryDefect.LATE_CORRECTIONS}
    await pass_time(hass, freezer, 301)
    assert kwh(hass, SOLAR) < before


@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("Australia/Sydney", "2026-06-10T10:00:00+00:00", "2026-06-09T14:00:00+00:00"),
        ("America/Los_Angeles", "2026-06-10T10:00:00+00:00", "2026-06-10T07:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04T12:00:00+00:00", "2026-10-03T13:30:00+00:00"),
        ("Europe/Berlin", "2026-10-25T22:00:00+00:00", "2026-10-24T22:00:00+00:00"),
    ],
)
async def test_the_sites_own_midnight(
    hass: HomeAssistant,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    zone: str,
    now: str,
    midnight: str,
) -> None:
    """The day is that of the site, wherever Home Assistant is, and on days of 23 to 25 hours."""
    freezer.move_to(now)
    person.sites[:] = [solar_site(5, zone=ZoneInfo(zone))]
    await set_up()
    await pass_time(hass, freezer, 301)
    begin, home = datetime.fromisoformat(midnight), "sensor.energy_site_home_usage_today"
    assert reset_of(hass, home) == begin
    site = person.sites[0]
    parts = ("consumer_energy_imported_from_grid", "consumer_energy_imported_from_solar")
    assert kwh(hass, home) == pytest.approx(sum(true_kwh(site, part, begin) for part in parts), abs=0.005)


async def test_no_zone_told(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Where the settings tell no zone, or none that exists, the history's own counts."""
    sim.faults.add(Fault("site_info", put={"response.installation_time_zone": "Mars/Olympus"}))
    await set_up()
    await pass_time(hass, freezer, 301)
    assert reset_of(hass) == MIDNIGHT
    assert kwh(hass) > 1
