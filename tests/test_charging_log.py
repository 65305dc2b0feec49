"""The charging log through Home Assistant: a car lives, is read now and then, and its sessions are what they truly were."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.charging.news import News
from custom_components.tesla_charging.charging.session import Place, Session, Source
from custom_components.tesla_charging.charging_log import charging_log_of
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import LUNA, START, at_home, pass_time

pytestmark = pytest.mark.freeze_time(START)


def logged(hass: HomeAssistant, entry: MockConfigEntry, vin: str = LUNA) -> tuple[Session, ...]:
    """Return the sessions of a car."""
    return charging_log_of(hass, entry).sessions(vin)


def listen(hass: HomeAssistant, entry: MockConfigEntry, vin: str = LUNA) -> list[News]:
    """Return a list that fills with what is told."""
    news: list[News] = []
    charging_log_of(hass, entry).async_follow_news(vin, news.append)
    return news


def whats(news: list[News]) -> list[str]:
    """Return what was told."""
    return [str(one.what) for one in news]


async def test_a_charge_at_home(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """Plug in, charge, pause, resume, unplug: one session, with the true energies."""
    entry = await set_up()
    luna.unplug()
    await pass_time(hass, freezer, 30, times=6)
    news = listen(hass, entry)
    count = len(logged(hass, entry))
    luna.plug_in(at_home(sim))
    await pass_time(hass, freezer, 30, times=60)
    luna.charger.stop_now(luna.now)
    await pass_time(hass, freezer, 30, times=20)
    luna.charger.start_now()
    await pass_time(hass, freezer, 30, times=40)
    luna.unplug()
    await pass_time(hass, freezer, 30, times=20)
    true = luna.charger.sessions[-1]
    found = logged(hass, entry)
    assert len(found) == count + 1
    session = found[-1]
    assert session.place is Place.HOME
    assert session.added.source is Source.CAR
    assert session.added.wh == pytest.approx(true.energy_added_wh, abs=10)
    assert session.used.wh == pytest.approx(true.energy_used_wh, rel=0.02)
    assert len(session.runs) == 2
    assert whats(news) == ["plugged_in", "started", "paused", "resumed", "interrupted", "unplugged", "session_closed"]
