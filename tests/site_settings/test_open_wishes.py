"""Wishes of settings that are open: over a restart, one after another, and while nothing can be read."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.energy.settings import Setting
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Obedience, Site
from tests.conftest import SetUp, settle
from tests.helpers import SITE, START, asked, pass_time, set_number, state_of

from .help import LOOKS, RESERVE, SENSOR, issues, restart

pytestmark = pytest.mark.freeze_time(START)


@pytest.mark.parametrize(
    ("how", "away", "state", "reason"),
    [
        (None, 60, "applied", None),
        (Obedience("late", 600), 60, "applied", None),
        (Obedience("ignored"), 60, "rejected", "ignored"),
        (Obedience("ignored"), 4000, "rejected", "ignored"),
        (Obedience("late", 600), 4000, "applied", None),
    ],
)
async def test_restart_while_a_wish_is_open(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    how: Obedience | None,
    away: float,
    state: str,
    reason: str | None,
    told: list[tuple[str, str | None, str]],
) -> None:
    """It is remembered and followed on, told when it is known, and nothing is sent again."""
    entry = await set_up()
    if how is not None:
        site.obedience["backup_reserve_percent"] = how
    await set_number(hass, RESERVE, 44)
    sim.clear_requests()
    await restart(hass, entry, away, freezer)
    for seconds in LOOKS:
        await pass_time(hass, freezer, seconds)
    assert asked(sim, "backup") == []
    assert state_of(hass, RESERVE) == str(round(site.reserve))
    assert state_of(hass, SENSOR) == state
    assert set(told) == {(state, reason, Setting.RESERVE)}
    shown = hass.states.get(RESERVE)
    assert shown is not None
    assert shown.attributes.get("reason") == reason


async def test_last_value_wins(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A slider that is dragged is few writes, the last one with the last value."""
    await set_up()
    sim.clear_requests()
    tasks = [hass.async_create_task(set_number(hass, RESERVE, value)) for value in range(30, 50)]
    for _ in range(12):
        await pass_time(hass, freezer, 10)
    for task in tasks:
        await task
    assert len(asked(sim, "backup")) <= 3
    assert sim.requests_for("backup")[-1].body == {"backup_reserve_percent": 49}
    assert (state_of(hass, RESERVE), site.reserve) == ("49", 49)


async def test_back_while_the_first_is_on_its_way(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Who takes a change back while nobody knows whether it came is not told that it is so already."""
    await set_up()
    site.obedience["backup_reserve_percent"] = Obedience("late", 300, times=1)
    await set_number(hass, RESERVE, 44)
    for seconds in LOOKS[:3]:
        await pass_time(hass, freezer, seconds)
    assert state_of(hass, RESERVE) == "20"
    await set_number(hass, RESERVE, 20)
    assert len(asked(sim, "backup")) == 2
    await pass_time(hass, freezer, 600)
    assert (state_of(hass, RESERVE), site.reserve) == ("20", 20)


async def test_what_is_old_is_read_before_nothing_is_sent(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Somebody has changed it in Tesla's app since the last read."""
    await set_up()
    site.set_reserve(50)
    await pass_time(hass, freezer, 600)
    assert state_of(hass, RESERVE) == "20"
    sim.clear_requests()
    await set_number(hass, RESERVE, 20)
    assert asked(sim) == ["site_info", "backup"]
    assert site.reserve == 20
    await pass_time(hass, freezer, 6)
    await pass_time(hass, freezer, 600)
    sim.clear_requests()
    await set_number(hass, RESERVE, 20)
    assert asked(sim) == ["site_info"]


async def test_a_failed_look(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A look that fails decides nothing, and the value stays as it was sent until one does not fail."""
    await set_up()
    site.obedience["backup_reserve_percent"] = Obedience("ignored")
    await set_number(hass, RESERVE, 44)
    fault = sim.faults.add(Fault("site_info", answer="internal"))
    for seconds in LOOKS:
        await pass_time(hass, freezer, seconds)
    assert state_of(hass, RESERVE) == "44"
    assert state_of(hass, SENSOR) == "pending"
    sim.faults.active.remove(fault)
    await pass_time(hass, freezer, 3700)
    assert (state_of(hass, RESERVE), state_of(hass, SENSOR)) == ("20", "rejected")


async def test_tesla_is_left_alone(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where Tesla asks for patience there are no looks until it is over."""
    await set_up()
    await set_number(hass, RESERVE, 44)
    fault = sim.faults.add(Fault.rate_limited(1200, endpoint="site_info"))
    sim.clear_requests()
    for seconds in LOOKS[:3]:
        await pass_time(hass, freezer, seconds)
    assert len(asked(sim, "site_info")) == 1
    sim.faults.active.remove(fault)
    # Nobody comes back in step with others: up to a fifth later.
    await pass_time(hass, freezer, 1440)
    assert state_of(hass, SENSOR) == "applied"


async def test_answer_lost_and_nothing_done(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What got no answer and did not come is no issue: the person was told at once."""
    await set_up()
    sim.faults.add(Fault("backup", reset=True, times=1))
    with pytest.raises(HomeAssistantError):
        await set_number(hass, RESERVE, 44)
    assert state_of(hass, RESERVE) == "20"
    for seconds in LOOKS:
        await pass_time(hass, freezer, seconds)
    assert state_of(hass, SENSOR) == "rejected"
    assert issues(hass) - {"signing_not_set_up"} == set()
    await set_number(hass, RESERVE, 44)
    assert state_of(hass, RESERVE) == "44"


async def test_damaged_notes(
    hass: HomeAssistant, credentials: None, hass_storage: dict[str, Any], make_entry: Any
) -> None:
    """Notes that another version has left do no harm."""
    entry = make_entry()
    entry.add_to_hass(hass)
    wishes: list[Any] = [
        {"setting": "default_real_mode", "value": "turbo", "sent_at": 1780000000},
        {"setting": "backup_reserve_percent", "value": 44, "before": "x", "sent_at": 1780000000},
        {"setting": "weather", "value": 1, "sent_at": 1780000000},
        {"setting": "storm_mode_enabled", "value": False},
        7,
    ]
    notes = [{"energy_site_id": SITE, "wishes": wishes, "reserve": {"keeps": "no"}}, {"wishes": []}, None]
    data = {"vehicles": [], "sites": [], "notes": notes}
    hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"] = {"version": 1, "minor_version": 1, "data": data}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert state_of(hass, RESERVE) == "20"
    assert state_of(hass, SENSOR) == "unknown"
