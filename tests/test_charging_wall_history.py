"""A session at home and the site's own history of its Wall Connector."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.charging.session import Reason, Source
from custom_components.tesla_charging.charging_log import charging_log_of
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp
from .helpers import LUNA, START, at_home, pass_time
from .history_help import caught_up, forbid_sums_of_today, history_of, imported, turns

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("recorder_mock")]


async def test_the_history_knows_better(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """When the history has been read, the session has its energy at the wall from there, to the Wh."""
    site = person.sites[0]
    forbid_sums_of_today(hass, site)
    site.installed = datetime(2026, 6, 10, 10, tzinfo=UTC) - timedelta(days=2)
    entry = await set_up()
    history = history_of(hass, entry, site)
    log, reasons = charging_log_of(hass, entry), set[Reason]()
    log.async_follow(LUNA, lambda: reasons.update(one.reason for one in log.sessions(LUNA)))
    luna.unplug()
    await pass_time(hass, freezer, 60, times=3)
    luna.plug_in(at_home(sim))
    await pass_time(hass, freezer, 60, times=30)
    luna.unplug()
    await pass_time(hass, freezer, 60, times=5)
    await imported(hass, freezer, history)
    for _ in range(3):
        await turns(hass, freezer, 8 * 3600)
        await caught_up(hass, freezer, history)
    session = log.sessions(LUNA)[-1]
    assert session.used.source is Source.WALL_HISTORY
    assert Reason.WALL_HISTORY in reasons
    assert session.used.wh == pytest.approx(luna.charger.sessions[-1].energy_used_wh, rel=0.01)
