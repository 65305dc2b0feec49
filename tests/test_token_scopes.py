"""What a new token says: the scopes that are granted now."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.tokens import access_claims, sign
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .setting_up import CONTROL, SEE, entities_of, keeper_of, later, reauths
from .test_token_keeper import HOUR


async def test_scopes_taken_back(
    hass: HomeAssistant, sim: Simulator, person: Account, app: App, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Scopes that go at Tesla take their entities with them, the others stay, and a person is told; and back again."""
    entry = await set_up(frozenset(CONTROL))
    before = entities_of(hass, entry)
    issue = (DOMAIN, f"scopes_taken_back_{entry.entry_id}")
    assert issue not in ir.async_get(hass).issues

    sim.grants.set_consent(person, app, [*SEE, "energy_cmds"])
    await later(hass, freezer, 6.5 * HOUR)
    assert entry.state is ConfigEntryState.LOADED
    after = entities_of(hass, entry)
    gone = set(before) - set(after)
    # What the controls of charging have shown, sensors show now.
    shown = ("charge_current_request", "charge_current_request_max", "charge_limit_soc")
    assert set(after) - set(before) == {f"sensor.{car.vin}-{end}" for car in person.cars for end in shown}
    assert before.items() - after.items() == {item for item in before.items() if item[0] in gone}
    assert {key.partition(".")[0] for key in gone} >= {"switch", "number", "button"}
    reads = {key for key in gone if key.startswith(("sensor.", "binary_sensor.", "select."))}
    # The state of the command key is of no use to who may not command, and bills come with the right to charge.
    ends = ("key_state", "supercharger_cost_total")
    assert reads == {f"sensor.{car.vin}-{end}" for car in person.cars for end in ends}
    assert all(hass.states.get(before[key]) is None for key in gone)
    assert ir.async_get(hass).issues[issue].translation_key == "scopes_taken_back"
    assert reauths(hass) == 0

    sim.grants.set_consent(person, app, CONTROL)
    await later(hass, freezer, 6.5 * HOUR)
    assert entities_of(hass, entry) == before
    assert issue not in ir.async_get(hass).issues


async def test_scopes_changed_meanwhile(
    hass: HomeAssistant, sim: Simulator, person: Account, app: App, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Scopes that were changed at Tesla while Home Assistant was off count as soon as the token is renewed at the start."""
    entry = await set_up(frozenset(CONTROL))
    before = entities_of(hass, entry)
    for scopes in ([*SEE, "energy_cmds"], CONTROL):
        assert await hass.config_entries.async_unload(entry.entry_id)
        sim.grants.set_consent(person, app, scopes)
        freezer.tick(9 * HOUR)
        sim.clear_requests()
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        assert not [request for request in sim.requests if request.status == 403]
        after = entities_of(hass, entry)
        assert (after == before) is (scopes is CONTROL)
        taken = (DOMAIN, f"scopes_taken_back_{entry.entry_id}") in ir.async_get(hass).issues
        assert taken is (scopes is not CONTROL)


@pytest.mark.parametrize(
    "access_token",
    [
        sign(access_claims("x", "x", "x", "zz", [], [*USER_SCOPES, "enterprise_management", "vehicle_specs"])),
        "no.jwt.at-all",
        "x",
    ],
    ids=["new scopes and region", "broken", "no token"],
)
async def test_a_token_with_junk(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, access_token: str
) -> None:
    """Scopes and regions that nobody has heard of, or a token that nobody can read, take nothing away."""
    sim.world.car_named("Juniper").command_signing = "off"
    entry = await set_up()
    before = entities_of(hass, entry)
    sim.faults.add(Trouble(endpoint="token", put={"access_token": access_token}, times=1))
    await later(hass, freezer, 6.5 * HOUR)
    assert await keeper_of(entry).access_token() == access_token
    assert entities_of(hass, entry) == before
    assert entry.state is ConfigEntryState.LOADED
    for _ in range(6):
        await later(hass, freezer, 65)
    assert entry.runtime_data.products.last_update_success
    assert entities_of(hass, entry) == before
    assert entry.data["region"] == "eu"
    assert ir.async_get(hass).issues == {}
    assert reauths(hass) == 0
