"""Settings of a site are followed: whatever becomes of them, the true value is shown in the end, and it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.energy.settings import Setting
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Obedience, Site
from tests.conftest import SetUp
from tests.helpers import START, asked, call, pass_time, set_number, state_of

from .help import LOOKS, RESERVE, SENSOR, issues, restart

pytestmark = pytest.mark.freeze_time(START)


@dataclass(frozen=True)
class Case:
    """A setting: its entity, how it is set, the state that is wanted, and the truth of the site as that state."""

    setting: Setting
    key: str
    entity_id: str
    service: str
    data: dict[str, Any]
    wanted: str
    truth: Callable[[Site], str]
    fleeting: bool = True


CASES = (
    Case(
        Setting.RESERVE, "backup_reserve_percent", RESERVE, "number.set_value", {"value": 44}, "44",
        lambda site: str(round(site.reserve)), fleeting=False,
    ),
    Case(
        Setting.VEHICLE_RESERVE, "off_grid_vehicle_charging_reserve_percent",
        "number.powerwall_off_grid_reserve_for_vehicles", "number.set_value", {"value": 30}, "30",
        lambda site: str(round(site.vehicle_reserve)), fleeting=False,
    ),
    Case(
        Setting.MODE, "default_real_mode", "select.powerwall_operation_mode", "select.select_option",
        {"option": "backup"}, "backup", lambda site: site.mode,
    ),
    Case(
        Setting.EXPORTS, "customer_preferred_export_rule", "select.powerwall_energy_exports", "select.select_option",
        {"option": "never"}, "never", lambda site: site.export_rule,
    ),
    Case(
        Setting.GRID_CHARGING, "disallow_charge_from_grid_with_solar_installed", "switch.powerwall_grid_charging",
        "switch.turn_on", {}, "on", lambda site: "on" if site.grid_charging else "off",
    ),
    Case(
        Setting.STORM_WATCH, "enabled", "switch.powerwall_storm_watch", "switch.turn_off", {}, "off",
        lambda site: "on" if site.storm_mode else "off", fleeting=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Fate:
    """What becomes of it: the states after each look, the reads by then, the event, its reason, and the issue."""

    how: Obedience | None
    shown: str  # w(anted) or b(efore) at once, and after each look
    looks: tuple[int, int, int, int]
    fleeting_looks: tuple[int, int, int, int]
    events: list[tuple[str, str | None]]
    issue: str | None = None


IGNORED: list[tuple[str, str | None]] = [("rejected", "ignored")]
FATES = {
    "at once": Fate(None, "wwwww", (1, 1, 1, 1), (1, 1, 1, 2), [("applied", None)]),
    "late": Fate(Obedience("late", 20), "wwwww", (1, 2, 2, 2), (1, 2, 2, 3), [("applied", None)]),
    "very late": Fate(Obedience("late", 600), "wwwbw", (1, 2, 3, 4), (1, 2, 3, 4), [("applied", None)]),
    "dropped": Fate(Obedience("dropped"), "wwwbb", (1, 2, 3, 4), (1, 2, 3, 4), IGNORED, "setting_ignored"),
    "201 without effect": Fate(Obedience("ignored"), "wwwbb", (1, 2, 3, 4), (1, 2, 3, 4), IGNORED, "setting_ignored"),
    "taken back": Fate(
        Obedience("taken_back", 600), "wwwwb", (1, 1, 1, 1), (1, 1, 1, 2),
        [("applied", None), ("taken_back", "reverted")], "setting_taken_back",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fate", FATES.values(), ids=FATES)
@pytest.mark.parametrize("case", CASES, ids=[case.setting.name for case in CASES])
async def test_every_setting_and_fate(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    told: list[tuple[str, str | None, str]],
    freezer: FrozenDateTimeFactory,
    case: Case,
    fate: Fate,
) -> None:
    """It is sent once, looked at as often as it takes, shown as it is, and told."""
    await set_up()
    before = state_of(hass, case.entity_id)
    assert before == case.truth(site) != case.wanted
    if fate.how is not None:
        site.obedience[case.key] = Obedience(**vars(fate.how))
    sim.clear_requests()
    await call(hass, case.service, case.entity_id, **case.data)
    shown = [state_of(hass, case.entity_id)]
    looks = []
    for seconds in LOOKS:
        await pass_time(hass, freezer, seconds)
        shown.append(state_of(hass, case.entity_id))
        looks.append(len(asked(sim, "site_info")))
    await pass_time(hass, freezer, 3700)
    assert state_of(hass, case.entity_id) == case.truth(site)
    assert sum(request.method == "POST" for request in sim.requests) == 1
    gone_later = fate.shown == "wwwwb" and not case.fleeting
    wanted = {"w": case.wanted, "b": before}
    assert shown == [wanted[one] for one in ("wwwww" if gone_later else fate.shown)]
    assert tuple(looks) == (fate.fleeting_looks if case.fleeting else fate.looks)
    events = fate.events[:1] if gone_later else fate.events
    assert told == [(*one, case.setting) for one in events]
    assert issues(hass) - {"signing_not_set_up"} == ({fate.issue} if fate.issue and not gone_later else set())
    assert state_of(hass, SENSOR) == events[-1][0]


@pytest.mark.parametrize("in_body", [False, True], ids=["403", "code 400"])
@pytest.mark.parametrize("case", CASES, ids=[case.setting.name for case in CASES])
async def test_refused(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    told: list[tuple[str, str | None, str]],
    freezer: FrozenDateTimeFactory,
    case: Case,
    in_body: bool,
) -> None:
    """Tesla's no is an error at once, an event, and no reason to look."""
    await set_up()
    before = state_of(hass, case.entity_id)
    site.obedience[case.key] = Obedience("refused", in_body=in_body)
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as refusal:
        await call(hass, case.service, case.entity_id, **case.data)
    assert refusal.value.translation_key == ("refused" if in_body else "unsupported")
    await pass_time(hass, freezer, 1900)
    assert [request.method for request in sim.requests if request.endpoint != "live_status"].count("POST") == 1
    assert asked(sim, "site_info") == []
    assert state_of(hass, case.entity_id) == before == case.truth(site)
    assert told == [("rejected", "refused", case.setting)]
    assert issues(hass) - {"signing_not_set_up"} == set()


async def test_reserve_snaps(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    told: list[tuple[str, str | None, str]],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A reserve that goes back to 80 % is told, and the next time before it is sent, until there is other software."""
    entry = await set_up()
    sim.clear_requests()
    await set_number(hass, RESERVE, 90)
    for seconds in LOOKS:
        await pass_time(hass, freezer, seconds)
    assert asked(sim, "backup") == ["backup"]
    assert asked(sim, "site_info") == ["site_info"] * 2
    state = hass.states.get(RESERVE)
    assert state is not None
    assert (state.state, site.reserve) == ("80", 80)
    told_now = {key: state.attributes[key] for key in ("last_change", "wanted", "found", "reason")}
    assert told_now == {"last_change": "taken_back", "wanted": 90, "found": 80, "reason": "snapped"}
    assert told == [("applied", None, Setting.RESERVE), ("taken_back", "snapped", Setting.RESERVE)]
    assert "reserve_snapped" in issues(hass)
    sim.clear_requests()
    with pytest.raises(ServiceValidationError, match="went back to 80 % by itself") as refusal:
        await set_number(hass, RESERVE, 85)
    assert refusal.value.translation_key == "reserve_gap"
    assert asked(sim, "backup") == []
    await restart(hass, entry, 60, freezer)
    with pytest.raises(ServiceValidationError):
        await set_number(hass, RESERVE, 85)
    await set_number(hass, RESERVE, 60)
    await pass_time(hass, freezer, 6)
    assert "reserve_snapped" not in issues(hass)
    sim.faults.add(Fault("site_info", put={"response.version": "26.40.0"}))
    await pass_time(hass, freezer, 3700)
    await set_number(hass, RESERVE, 85)
    assert site.reserve == 85


async def test_reserve_that_snaps_within_seconds(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A site that puts it back before anybody has looked is understood too."""
    await set_up()
    sim.faults.add(Fault("site_info", put={"response.backup_reserve_percent": 80}))
    await set_number(hass, RESERVE, 95)
    await pass_time(hass, freezer, 6)
    assert state_of(hass, RESERVE) == "80"
    assert "reserve_snapped" in issues(hass)


async def test_reserve_that_stays(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """At a site that keeps 90 %, 90 % is fine."""
    site.snaps_reserve = False
    await set_up()
    for value in (90, 85, 99):
        await set_number(hass, RESERVE, value)
        for seconds in LOOKS:
            await pass_time(hass, freezer, seconds)
        assert (state_of(hass, RESERVE), site.reserve) == (str(value), value)
    assert "reserve_snapped" not in issues(hass)
