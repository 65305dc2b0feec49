"""What the tests of a site's history need: a recorder, virtual time that leaps from turn to turn, and the truth."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.history import SiteHistory, histories_of
from custom_components.tesla_charging.site_meters import TODAY_SENSORS
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tesla_simulator.world import Site, truth

from .conftest import settle

HOUR_S = 3600
# Each statistic with the keys of calendar_history whose sum it is, here once more so that a slip in one shows.
KEYS: dict[str, tuple[str, ...]] = {
    "grid_import": ("grid_energy_imported",),
    "grid_export": ("grid_energy_exported_from_solar", "grid_energy_exported_from_battery"),
    "solar": ("solar_energy_exported",),
    "battery_discharge": ("battery_energy_exported",),
    "battery_charge": ("battery_energy_imported_from_grid", "battery_energy_imported_from_solar"),
    "home": (
        "consumer_energy_imported_from_grid",
        "consumer_energy_imported_from_solar",
        "consumer_energy_imported_from_battery",
    ),
    "grid_to_home": ("consumer_energy_imported_from_grid",),
    "grid_to_battery": ("battery_energy_imported_from_grid",),
    "solar_to_home": ("consumer_energy_imported_from_solar",),
    "solar_to_battery": ("battery_energy_imported_from_solar",),
    "solar_to_grid": ("grid_energy_exported_from_solar",),
    "battery_to_home": ("consumer_energy_imported_from_battery",),
    "battery_to_grid": ("grid_energy_exported_from_battery",),
}

type Hours = dict[int, float]


def forbid_sums_of_today(hass: HomeAssistant, site: Site) -> None:
    """Disable the sums of today, which ask for the same history each five minutes, so that requests are the import's."""
    for one in TODAY_SENSORS:
        er.async_get(hass).async_get_or_create(
            "sensor", DOMAIN, f"{site.id}-{one.key}", disabled_by=er.RegistryEntryDisabler.USER
        )


def history_of(hass: HomeAssistant, entry: MockConfigEntry, site: Site) -> SiteHistory:
    """Return the import of a site."""
    return histories_of(hass, entry)[site.id]


async def turns(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 3.0, times: int = 1) -> None:
    """Let so many turns of the import pass."""
    for _ in range(times):
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await settle(hass)


async def caught_up(hass: HomeAssistant, freezer: FrozenDateTimeFactory, history: SiteHistory) -> None:
    """Let the turns pass that are due, until there is nothing to read for now."""
    idle = 0
    while idle < 2:
        before = history.tally.requests
        await turns(hass, freezer)
        idle = idle + 1 if history.tally.requests == before else 0


async def imported(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    history: SiteHistory,
    done: Callable[[], bool] | None = None,
    most: int = 2000,
) -> None:
    """Let time pass until the years are imported, and the latest hours as well."""
    done = done or (lambda: history.progress == 100.0 and history.record.today_read > 0)
    await turns(hass, freezer, 31)
    for _ in range(most):
        if done():
            return
        await turns(hass, freezer)
    raise AssertionError(f"the import has not come to its end: {history.diagnostics()}")


async def rows_of(hass: HomeAssistant, site: Site, what: str) -> list[dict[str, Any]]:
    """Return all rows of a statistic, oldest first."""
    await get_instance(hass).async_block_till_done()
    name = f"{DOMAIN}:{site.id}_{what}"
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        datetime(2000, 1, 1, tzinfo=UTC),
        None,
        {name},
        "hour",
        None,
        {"state", "sum", "change"},
    )
    return [dict(row) for row in found.get(name, [])]


async def hours_of(hass: HomeAssistant, site: Site, what: str) -> Hours:
    """Return a statistic by hour, as the Energy dashboard adds it up, and see that its sums go on correctly."""
    rows = await rows_of(hass, site, what)
    running = 0.0
    for row in rows:
        running += row["state"]
        assert abs(row["sum"] - running) < 1e-3, (what, datetime.fromtimestamp(row["start"], UTC), row)
    return {round(row["start"]): row["change"] for row in rows}


def true_hours(site: Site, what: str, start: int, end: int) -> Hours:
    """Return what really flowed, by hour, in kWh."""
    hours = {}
    for hour in range(start - start % HOUR_S, end, HOUR_S):
        total = truth(site, hour, hour + HOUR_S)
        hours[hour] = sum(total.get(key, 0.0) for key in KEYS[what]) / 1000
    return hours


async def assert_true(hass: HomeAssistant, site: Site, until: datetime, *whats: str) -> int:
    """See that every hour since the installation is what really was; return how many were looked at."""
    looked = 0
    for what in whats or KEYS:
        found = await hours_of(hass, site, what)
        wanted = true_hours(site, what, int(site.installed.timestamp()), int(until.timestamp()))
        if not any(wanted.values()):
            assert not found, what
            continue
        wrong = {
            str(datetime.fromtimestamp(hour, UTC)): (found.get(hour), value)
            for hour, value in wanted.items()
            if abs(found.get(hour, 0.0) - value) > 2e-5
        }
        assert not wrong, (what, len(wrong), list(wrong.items())[:5])
        assert {hour for hour in found if hour < until.timestamp()} <= set(wanted), what
        looked += len(found)
    assert looked
    return looked


def read_until(history: SiteHistory) -> datetime:
    """Return the full hour at which the latest hours were read."""
    read = int(history.record.today_read)
    return datetime.fromtimestamp(read - read % HOUR_S, UTC)


def device_id(hass: HomeAssistant, entry: MockConfigEntry, site: Site) -> str:
    """Return the device of a site."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, str(site.id)), entry.entry_id)
    assert device is not None
    return device.id
