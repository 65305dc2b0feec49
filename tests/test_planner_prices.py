"""The pauses between reads where Tesla counts more than it should, and where two accounts share a price."""

from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.budget.prices import Belief
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.paying import PriceClass
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tesla_simulator import App, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account

from .conftest import SetUp, settle
from .helpers import START, asked, pass_time, unsigned_car
from .reads import alone, gaps, reads

pytestmark = pytest.mark.freeze_time(START)


async def test_list_counted_as_data(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Then it is asked for seldom, and a car is read without a look before: that would cost the same."""
    car = alone(sim, person)
    entry = await set_up()
    await entry.runtime_data.purse.async_set(beliefs={PriceClass.LIST: Belief.COUNTED})
    await pass_time(hass, freezer, 60, times=2)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=90)
    assert len(asked(sim, "products")) in range(5, 9)
    assert asked(sim, vin=car.vin) == ["vehicle_data"] * reads(sim)
    assert reads(sim) in range(6, 12)
    await entry.runtime_data.purse.async_set_spent(Decimal("9.9"))
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=30)
    assert {*asked(sim)} == {"calendar_history", "live_status", "site_info"}


async def test_energy_counted_as_data(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Then a site is asked as often as the money allows, and each minute again when it is believed free."""
    alone(sim, person)
    entry = await set_up()
    purse = entry.runtime_data.purse
    await purse.async_set(beliefs={PriceClass.ENERGY: Belief.COUNTED})
    await pass_time(hass, freezer, 60, times=2)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=60)
    assert len(asked(sim, "live_status")) in range(3, 7)
    await purse.async_set(beliefs={PriceClass.ENERGY: Belief.FREE})
    await pass_time(hass, freezer, 60, times=20)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=10)
    assert len(asked(sim, "live_status")) == 10


async def test_two_accounts_share_the_price(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    app: App,
    set_up: SetUp,
    make_entry: Any,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Two entries of one app spend from one purse: each car's pause is twice as long as with one."""
    car = alone(sim, person, "driving")
    await set_up()
    sim.clear_requests()
    await pass_time(hass, freezer, 2, times=60)
    assert gaps(sim)[-1] == pytest.approx(38, abs=3)

    other = Account(sub="2", email="b@example.com", full_name="B", password="x", cars=[unsigned_car("Vega", 9)])
    sim.world.accounts.append(other)
    sim.world.update()
    token = sim.grant(other, app, USER_SCOPES)
    first = hass.config_entries.async_entries(DOMAIN)[0]
    expires_at = dt_util.utcnow().timestamp() + token["expires_in"]
    second = MockConfigEntry(
        domain=DOMAIN, unique_id="2", data={**first.data, "token": {**token, "expires_at": expires_at}}
    )
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    await settle(hass)
    sim.clear_requests()
    await pass_time(hass, freezer, 2, times=130)
    times = [one.at for one in sim.requests_for("vehicle_data") if one.vin == car.vin]
    assert (times[-1] - times[-2]).total_seconds() == pytest.approx(77, abs=4)
    assert await hass.config_entries.async_unload(second.entry_id)
    await pass_time(hass, freezer, 2, times=130)
    times = [one.at for one in sim.requests_for("vehicle_data") if one.vin == car.vin]
    assert (times[-1] - times[-2]).total_seconds() == pytest.approx(38, abs=4)
