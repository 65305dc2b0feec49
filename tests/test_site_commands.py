"""Settings of an energy site: sent once, shown at once, confirmed, and refused with a sentence."""

from collections.abc import Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Site

from .conftest import SetUp
from .helpers import SITE, START, asked, call, entity_ids, has_entity, pass_time, set_number, state_of

pytestmark = pytest.mark.freeze_time(START)

STORM = "switch.powerwall_storm_watch"
GRID = "switch.powerwall_grid_charging"
MODE = "select.powerwall_operation_mode"
EXPORT = "select.powerwall_energy_exports"
RESERVE = "number.powerwall_backup_reserve"


@pytest.fixture
def site(person: Account) -> Site:
    """Return the person's Powerwall."""
    return person.sites[0]


WRITES: list[tuple[str, str, dict[str, Any], str, str, dict[str, Any], Callable[[Site], object]]] = [
    ("switch.turn_off", STORM, {}, "off", "storm_mode", {"enabled": False}, lambda site: site.storm_mode is False),
    (
        "switch.turn_on",
        GRID,
        {},
        "on",
        "grid_import_export",
        {"disallow_charge_from_grid_with_solar_installed": False},
        lambda site: site.grid_charging is True,
    ),
    (
        "select.select_option",
        MODE,
        {"option": "autonomous"},
        "autonomous",
        "operation",
        {"default_real_mode": "autonomous"},
        lambda site: site.mode == "autonomous",
    ),
    (
        "select.select_option",
        EXPORT,
        {"option": "battery_ok"},
        "battery_ok",
        "grid_import_export",
        {"customer_preferred_export_rule": "battery_ok"},
        lambda site: site.export_rule == "battery_ok",
    ),
    *(
        (
            "number.set_value",
            RESERVE,
            {"value": value},
            str(value),
            "backup",
            {"backup_reserve_percent": value},
            lambda site, value=value: site.reserve == value,
        )
        for value in (0, 35, 80, 100)
    ),
]


@pytest.mark.parametrize(("service", "entity_id", "data", "state", "endpoint", "body", "done"), WRITES)
async def test_writes(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    service: str,
    entity_id: str,
    data: dict[str, Any],
    state: str,
    endpoint: str,
    body: dict[str, Any],
    done: Callable[[Site], object],
) -> None:
    """The site does it, it shows at once, and a read five seconds later confirms; a second time nothing is sent."""
    await set_up()
    assert state_of(hass, entity_id) not in (state, "unknown", "unavailable")
    sim.clear_requests()
    await call(hass, service, entity_id, **data)
    assert done(site)
    assert [request.body for request in sim.requests_for(endpoint)] == [body]
    assert state_of(hass, entity_id) == state
    await pass_time(hass, freezer, 6)
    assert asked(sim) == [endpoint, "site_info"]
    assert state_of(hass, entity_id) == state
    await call(hass, service, entity_id, **data)
    assert asked(sim) == [endpoint, "site_info"]


async def test_grid_charging_off_again(
    hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tesla leaves the setting out when charging from the grid is allowed; both ways show."""
    site.grid_charging = True
    await set_up()
    assert state_of(hass, GRID) == "on"
    await call(hass, "switch.turn_off", GRID)
    assert site.grid_charging is False
    await pass_time(hass, freezer, 6)
    assert state_of(hass, GRID) == "off"
    await call(hass, "switch.turn_on", STORM)
    assert site.storm_mode is True


@pytest.mark.parametrize(
    "answer", ["blank_response", "empty", "null_response", {"response": "Updated"}, {"response": {"code": 201}}]
)
async def test_answers_that_mean_yes(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, answer: str | dict[str, Any]
) -> None:
    """`grid_import_export` may answer with an object, a string, or nothing at all (fleet_api.md 7.5)."""
    await set_up()
    kind: dict[str, Any] = {"answer": answer} if isinstance(answer, str) else {"body": answer}
    sim.faults.add(Fault("grid_import_export", executed=True, **kind))
    await call(hass, "switch.turn_on", GRID)
    assert state_of(hass, GRID) == "on"


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ({"code": 400, "message": "not supported"}, "not supported"),
        ({"code": 500}, "500"),
        ({"result": False, "reason": "disabled"}, "disabled"),
    ],
)
async def test_answers_that_mean_no(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, response: dict[str, Any], words: str
) -> None:
    """A refusal in an answer of 200 is a refusal."""
    await set_up()
    sim.faults.add(Fault("grid_import_export", body={"response": response}))
    with pytest.raises(HomeAssistantError, match=words) as refusal:
        await call(hass, "switch.turn_on", GRID)
    assert refusal.value.translation_key == "refused"
    assert state_of(hass, GRID) == "off"


async def test_refused_value_comes_back(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What Tesla has taken but the site has not shows as it is after two minutes."""
    await set_up()
    sim.faults.add(Fault("backup", body={"response": {"code": 201, "message": "Updated"}}))
    await set_number(hass, RESERVE, 40)
    assert state_of(hass, RESERVE) == "40"
    await pass_time(hass, freezer, 121)
    assert site.reserve == 20
    assert state_of(hass, RESERVE) == "20"


async def test_lost_answer(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """A write that took effect although its answer was lost is an error, and shows after a read."""
    await set_up()
    sim.faults.add(Fault.lost(endpoint="operation", times=1))
    with pytest.raises(HomeAssistantError) as failure:
        await call(hass, "select.select_option", MODE, option="backup")
    assert failure.value.translation_key == "no_answer"
    assert state_of(hass, MODE) == "self_consumption"
    await pass_time(hass, freezer, 6)
    assert state_of(hass, MODE) == "backup"


async def test_live_reads_do_not_undo_a_write(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The two halves of a site's snapshot do not overwrite each other."""
    await set_up()
    sim.faults.add(Fault("site_info", answer="internal"))
    await set_number(hass, RESERVE, 44)
    await pass_time(hass, freezer, 60, times=3)
    assert state_of(hass, RESERVE) == "44"
    assert len(asked(sim, "live_status")) >= 3


async def test_without_the_scope(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Without the right to write there is nothing to set, and all to see."""
    await set_up(frozenset(Scope) - {Scope.ENERGY_CMDS})
    for entity_id in (STORM, GRID, MODE, EXPORT, RESERVE):
        assert hass.states.get(entity_id) is None
    assert not {one for one in entity_ids(hass, start="powerwall") if one.startswith(("switch", "number", "select"))}
    assert not has_entity(hass, "switch", f"{SITE}-storm_mode_enabled")
    assert state_of(hass, "sensor.powerwall_charge_level") == "55.0"
    sim.clear_requests()
    await call(hass, "switch.turn_off", STORM)
    assert sim.requests == []
