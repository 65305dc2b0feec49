"""The import of a site's history into statistics: true hour by hour, in every zone, and never done twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Site

from .conftest import SetUp
from .helpers import START, asked
from .history_help import assert_true, history_of, imported, last_full_hour

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
def site(person: Account) -> Site:
    """Return the Powerwall, installed twelve days ago."""
    found = person.sites[0]
    found.installed = datetime.now(UTC) - timedelta(days=12)
    return found


async def test_smoke(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = await set_up()
    history = history_of(hass, entry, site)
    await imported(hass, freezer, history)
    print(history.diagnostics())
    print(asked(sim, "*history"))
    print(
        await assert_true(
            hass, site, datetime.fromtimestamp(history.record.today_read, UTC).replace(minute=0, second=0)
        )
    )
