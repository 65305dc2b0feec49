"""Battery strategies: each is a set of settings, and what was set before comes back."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.energy.settings import Setting, put
from custom_components.tesla_charging.energy.strategy import (
    SETTINGS,
    Strategy,
    StrategyNote,
    in_force,
    own_settings,
    plain,
    settings_for,
    strategies_of,
)
from custom_components.tesla_charging.fleet.models import EnergySite, parse
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Obedience, Site, World, powerwall_site

from .conftest import SetUp, settle
from .helpers import LUNA, SITE, START, asked, call, pass_time, set_number, state_of
from .planning import device_of

pytestmark = pytest.mark.freeze_time(START)

STRATEGY = "select.powerwall_battery_strategy"

type Truth = tuple[str, float, bool, str]


def truth(site: Site) -> Truth:
    """Return the mode, the reserve, whether it charges from the grid, and what it exports."""
    return site.mode, site.reserve, site.grid_charging, site.export_rule


def known(site: Site) -> EnergySite:
    """Return the snapshot of a simulated site."""
    data = {
        "energy_site_id": 1,
        "site_info": site.site_info(),
        "live_status": site.live_status(),
        "info_read_at": 1.8e9,
    }
    return parse(EnergySite, data)


SITES = st.builds(
    powerwall_site,
    mode=st.sampled_from(("self_consumption", "autonomous", "backup")),
    reserve=st.integers(0, 80) | st.just(100),
    grid_charging=st.booleans(),
    export_rule=st.sampled_from(("battery_ok", "pv_only", "never")),
    percentage=st.floats(0, 100),
    solar=st.booleans(),
    may_edit_exports=st.booleans(),
    may_edit_grid_charging=st.booleans(),
)


def follow(site: EnergySite, note: StrategyNote, strategy: Strategy) -> tuple[EnergySite, StrategyNote]:
    """Let a site do what a strategy sets."""
    own = own_settings(site, note)
    wanted = settings_for(strategy, site, own)
    for setting, value in wanted.items():
        site = put(site, setting, value)
    if strategy is Strategy.OWN:
        return site, StrategyNote()
    return site, StrategyNote(strategy=strategy, own=plain(own), imposed=plain(wanted))


@given(SITES, st.data())
def test_own_settings_come_back(simulated: Site, data: st.DataObject) -> None:
    """Through any strategies and back: everything is as it was."""
    before = site = known(simulated)
    note = StrategyNote()
    for strategy in data.draw(st.lists(st.sampled_from(strategies_of(site)), max_size=5)):
        site, note = follow(site, note, strategy)
        assert in_force(site, note) is strategy
    site, note = follow(site, note, Strategy.OWN)
    assert site == before
    assert note == StrategyNote()
    assert follow(site, note, Strategy.OWN) == (before, note)


@given(SITES, st.data())
def test_what_a_person_changes_meanwhile_stays(simulated: Site, data: st.DataObject) -> None:
    """The strategy no longer holds then, and the change is not undone with it."""
    before = known(simulated)
    strategy = data.draw(st.sampled_from(strategies_of(before)[1:]))
    site, note = follow(before, StrategyNote(), strategy)
    site = put(site, Setting.RESERVE, 33)
    assert in_force(site, note) is Strategy.OWN or note.imposed["backup_reserve_percent"] == 33
    site, _ = follow(site, note, Strategy.OWN)
    changed = 33 if note.imposed["backup_reserve_percent"] != 33 else before.site_info.backup_reserve_percent
    assert site == put(before, Setting.RESERVE, changed or 0)


# Strategy, what the site has, and what it is told then: mode, reserve, from the grid, exports.
PLANS: list[tuple[str, dict[str, Any], Truth]] = [
    ("self_powered", {"mode": "autonomous"}, ("self_consumption", 20, False, "pv_only")),
    ("time_based", {}, ("autonomous", 20, False, "pv_only")),
    ("charge_from_grid", {}, ("backup", 100, True, "pv_only")),
    ("charge_from_grid", {"solar": False}, ("backup", 100, False, "pv_only")),
    ("hold", {"percentage": 55.9}, ("backup", 55, False, "pv_only")),
    ("hold", {"percentage": 91.0}, ("backup", 80, False, "pv_only")),
    ("hold", {"percentage": 100.0}, ("backup", 100, False, "pv_only")),
    ("hold", {"grid_charging": True}, ("backup", 55, False, "pv_only")),
    ("hold", {"solar": False}, ("self_consumption", 55, False, "pv_only")),
    ("hold", {"may_edit_grid_charging": False}, ("self_consumption", 55, False, "pv_only")),
    ("export", {}, ("autonomous", 10, False, "battery_ok")),
    ("export", {"reserve": 5}, ("autonomous", 5, False, "battery_ok")),
]


@pytest.mark.parametrize(("strategy", "knobs", "then"), PLANS)
def test_plans(strategy: str, knobs: dict[str, Any], then: Truth) -> None:
    """Each strategy is this set of settings."""
    world = World()
    simulated = powerwall_site(**knobs)
    world.accounts.append(Account(sub="1", email="a@example.com", full_name="A", password="p", sites=[simulated]))
    site, _ = follow(known(simulated), StrategyNote(), Strategy(strategy))
    info = site.site_info
    disallowed = info.components.disallow_charge_from_grid_with_solar_installed
    rule = info.components.customer_preferred_export_rule
    assert (info.default_real_mode, info.backup_reserve_percent, not disallowed, rule) == then


@pytest.mark.parametrize(
    ("knobs", "missing"),
    [
        ({}, set()),
        ({"may_edit_exports": False}, {"export"}),
        ({"may_edit_grid_charging": False}, {"charge_from_grid"}),
        ({"solar": False}, {"export"}),
        ({"battery": False}, set(Strategy) - {"own_settings"}),
    ],
)
def test_what_a_site_can(knobs: dict[str, Any], missing: set[str]) -> None:
    """A strategy that a site may not follow is not offered."""
    assert set(Strategy) - set(strategies_of(known(powerwall_site(**knobs)))) - {Strategy.OWN} == missing


# With Home Assistant


@pytest.fixture
def site(person: Account) -> Site:
    """Return the person's Powerwall."""
    return person.sites[0]


async def choose(hass: HomeAssistant, strategy: str, **data: Any) -> dict[str, Any]:
    """Choose a strategy with the action."""
    answer = await hass.services.async_call(
        DOMAIN,
        "set_battery_strategy",
        {"device_id": device_of(hass, str(SITE)), "strategy": strategy, **data},
        blocking=True,
        return_response=True,
    )
    assert isinstance(answer, dict)
    return answer


def writes(sim: Simulator) -> list[str]:
    """Return what was sent, in order."""
    return [request.endpoint for request in sim.requests if request.method == "POST" and request.host != "auth"]


async def test_select(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tonight's grid charge happens, with as many requests as it takes, and goes back."""
    await set_up()
    before = truth(site)
    state = hass.states.get(STRATEGY)
    assert state is not None
    assert (state.state, state.attributes["options"]) == ("own_settings", [strategy.value for strategy in Strategy])
    sim.clear_requests()
    await call(hass, "select.select_option", STRATEGY, option="charge_from_grid")
    assert writes(sim) == ["grid_import_export", "backup", "operation"]
    assert truth(site) == ("backup", 100, True, "pv_only")
    assert site.live_status()["battery_power"] < 0
    state = hass.states.get(STRATEGY)
    assert state is not None
    assert state.state == "charge_from_grid"
    assert state.attributes["own_settings"]["backup_reserve_percent"] == 20
    await pass_time(hass, freezer, 6)
    sim.clear_requests()
    await call(hass, "select.select_option", STRATEGY, option="charge_from_grid")
    assert writes(sim) == []
    await call(hass, "select.select_option", STRATEGY, option="self_powered")
    assert truth(site) == before
    await call(hass, "select.select_option", STRATEGY, option="own_settings")
    assert truth(site) == before
    assert state_of(hass, STRATEGY) == "own_settings"
    assert writes(sim) == ["grid_import_export", "backup", "operation"]


async def test_until(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """At its end the settings from before come back by themselves."""
    await set_up()
    before = truth(site)
    answer = await choose(hass, "hold", duration={"hours": 2})
    assert answer["strategy"] == "hold"
    assert answer["until"] == "2026-06-10T12:00:00+00:00"
    assert answer["own_settings"] == {
        "grid_charging": False, "customer_preferred_export_rule": "pv_only", "backup_reserve_percent": 20,
        "default_real_mode": "self_consumption",
    }  # fmt: skip
    assert set(answer["settings"]) == set(SETTINGS)
    assert site.mode == "backup"
    await pass_time(hass, freezer, 7100)
    assert site.mode == "backup"
    await pass_time(hass, freezer, 110)
    assert truth(site) == before
    assert state_of(hass, STRATEGY) == "own_settings"


async def restart(hass: HomeAssistant, entry: MockConfigEntry, away: float, freezer: FrozenDateTimeFactory) -> None:
    """Stop, be away for a while, and start again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(away)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


@pytest.mark.parametrize("away", [60, 4000])
async def test_restart(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, away: float
) -> None:
    """What was set before is not forgotten, nor is the end, even one that passed meanwhile."""
    entry = await set_up()
    before = truth(site)
    await choose(hass, "charge_from_grid", until=dt_util.now().replace(tzinfo=None).isoformat(" ")[:10] + " 23:00:00")
    await choose(hass, "export", duration={"hours": 1}, reserve=15)
    assert truth(site) == ("autonomous", 15, False, "battery_ok")
    await restart(hass, entry, away, freezer)
    await pass_time(hass, freezer, 5)
    if away < 3600:
        assert state_of(hass, STRATEGY) == "export"
        await pass_time(hass, freezer, 3600)
    assert state_of(hass, STRATEGY) == "own_settings"
    assert truth(site) == before


async def test_no_network_at_the_end(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What cannot be put back at its time is put back later."""
    await set_up()
    before = truth(site)
    await choose(hass, "charge_from_grid", duration={"hours": 1})
    await pass_time(hass, freezer, 6)
    fault = sim.faults.add(Fault(reset=True))
    await pass_time(hass, freezer, 3600)
    assert site.mode == "backup"
    sim.faults.active.remove(fault)
    for _ in range(4):
        await pass_time(hass, freezer, 301)
    assert truth(site) == before
    assert state_of(hass, STRATEGY) == "own_settings"


@pytest.mark.parametrize("refused", ["default_real_mode", "backup_reserve_percent"])
async def test_refused_half_way(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory, refused: str
) -> None:
    """A strategy that cannot be set whole is not set at all."""
    await set_up()
    before = truth(site)
    site.obedience[refused] = Obedience("refused")
    with pytest.raises(HomeAssistantError):
        await choose(hass, "charge_from_grid")
    assert truth(site) == before
    assert state_of(hass, STRATEGY) == "own_settings"
    site.obedience.clear()
    await choose(hass, "charge_from_grid")
    assert state_of(hass, STRATEGY) == "charge_from_grid"


async def test_not_obeyed(hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A strategy whose settings the site ignores does not hold."""
    await set_up()
    site.obedience["default_real_mode"] = Obedience("ignored", times=1)
    await choose(hass, "charge_from_grid")
    for seconds in (6, 26, 92, 1682):
        await pass_time(hass, freezer, seconds)
    assert state_of(hass, STRATEGY) == "own_settings"
    await choose(hass, "own_settings")
    assert truth(site) == ("self_consumption", 20, False, "pv_only")


async def test_changed_by_hand(hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """What a person changes during a strategy stays afterwards."""
    await set_up()
    await choose(hass, "hold")
    await set_number(hass, "number.powerwall_backup_reserve", 35)
    assert state_of(hass, STRATEGY) == "own_settings"
    await choose(hass, "own_settings")
    assert truth(site) == ("self_consumption", 35, False, "pv_only")


async def test_refusals(hass: HomeAssistant, site: Site, set_up: SetUp) -> None:
    """What cannot be is said in a sentence."""
    site.may_edit_exports = False
    await set_up()
    with pytest.raises(ServiceValidationError, match="may not export"):
        await choose(hass, "export")
    with pytest.raises(ServiceValidationError, match="has passed"):
        await choose(hass, "hold", until="2026-06-01 10:00:00")
    with pytest.raises(ServiceValidationError, match="not an energy site"):
        await hass.services.async_call(
            DOMAIN, "set_battery_strategy", {"device_id": device_of(hass, LUNA), "strategy": "hold"}, blocking=True
        )
    assert site.mode == "self_consumption"


async def test_without_the_right(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Who may only look cannot choose."""
    await set_up(frozenset({"openid", "offline_access", "energy_device_data"}))
    assert hass.states.get(STRATEGY) is None
    sim.clear_requests()
    with pytest.raises(ServiceValidationError) as refusal:
        await choose(hass, "hold")
    assert refusal.value.translation_key == "not_granted"
    assert asked(sim) == []
