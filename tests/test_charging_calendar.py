"""Past sessions in the calendar of a car: to read, with energy, cost and the sun in them, and not to write."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.tesla_charging.charging.session import Place, Run
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import START, state_of
from .planning import move_in, plan
from .sessions import EVENING, cost, keep, session, sunny, supercharged

pytestmark = pytest.mark.freeze_time(START)

CALENDAR = "calendar.luna_charging_schedules"


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch, set_up: SetUp) -> MockConfigEntry:
    """Set the account up in Berlin, with a car that hangs at no cable."""
    luna = await move_in(hass, sim, monkeypatch)
    luna.unplug()
    return await set_up()


async def seen(hass: HomeAssistant, begin: str = "2026-06-01", end: str = "2026-06-15") -> list[dict[str, Any]]:
    """Return what is between two midnights in Berlin, as an automation gets it."""
    answer = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": CALENDAR, "start_date_time": f"{begin} 00:00:00", "end_date_time": f"{end} 00:00:00"},
        blocking=True,
        return_response=True,
    )
    found: Any = answer
    return [dict(event) for event in found[CALENDAR]["events"]]


async def test_past_sessions(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Each has its line, at the time in which it charged; what is not known is left out."""
    keep(
        hass,
        entry,
        session(1, kwh=11.2, cost=cost("2.314"), mix=sunny(6.4, 3.6)),
        session(2, EVENING - timedelta(days=1), kwh=4.04, place=Place.ELSEWHERE, place_name="At Grandma's"),
        supercharged(3, EVENING - timedelta(days=2), cost=cost("12.5", "CHF")),
    )
    assert await seen(hass) == [
        {
            "summary": "30.0 kWh · 12.50 CHF",
            "location": "Dresden, Germany",
            "start": "2026-06-07T20:00:00+02:00",
            "end": "2026-06-07T20:30:00+02:00",
        },
        {"summary": "4.0 kWh", "start": "2026-06-08T20:00:00+02:00", "end": "2026-06-08T22:00:00+02:00"},
        {
            "summary": "11.2 kWh · 2.31 EUR · 64 % solar",
            "start": "2026-06-09T20:00:00+02:00",
            "end": "2026-06-09T22:00:00+02:00",
        },
    ]
    assert [event["summary"][:4] for event in await seen(hass, "2026-06-08", "2026-06-09")] == ["4.0 "]
    assert await seen(hass, "2026-06-10", "2026-06-11") == []


async def test_what_is_no_past_session(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A charge that goes on is not past; one that is over is, although the cable is still in; nothing charged is nothing."""
    keep(
        hass,
        entry,
        session(1, runs=(Run(start=EVENING),), unplugged_at=None),
        session(2, EVENING - timedelta(days=1), kwh=0.0, flow=()),
        session(3, EVENING - timedelta(days=2), kwh=3.0, unplugged_at=None),
    )
    assert [event["summary"] for event in await seen(hass)] == ["3.0 kWh"]


async def test_in_german(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch, set_up: SetUp) -> None:
    """Numbers are told as the person writes them."""
    hass.config.language = "de"
    luna = await move_in(hass, sim, monkeypatch)
    luna.unplug()
    entry = await set_up()
    keep(hass, entry, session(1, kwh=11.2, cost=cost("2.31"), mix=sunny(1.0)))
    calendar = next(state.entity_id for state in hass.states.async_all("calendar") if "luna" in state.entity_id)
    monkeypatch.setattr("tests.test_charging_calendar.CALENDAR", calendar)
    assert [event["summary"] for event in await seen(hass)] == ["11,2 kWh · 2,31 EUR · 100 % Solar"]


async def test_the_state_is_about_what_is_planned(
    hass: HomeAssistant, entry: MockConfigEntry, sim: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """What was charged does not switch the calendar on."""
    keep(hass, entry, session(1, kwh=11.2))
    state = hass.states.get(CALENDAR)
    assert state is not None
    assert state.state == "off"
    assert "message" not in state.attributes


async def test_beside_schedules(
    hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch, set_up: SetUp
) -> None:
    """Both are there, in their order."""
    luna = await move_in(hass, sim, monkeypatch)
    plan(luna, 5, name="Night", start_time=1380, end_time=1410)
    luna.unplug()
    entry = await set_up()
    keep(hass, entry, session(1))
    found = [event["summary"] for event in await seen(hass, "2026-06-09", "2026-06-11")]
    assert found == ["10.0 kWh", "Night", "Night"]
    assert state_of(hass, CALENDAR) == "off"


async def test_a_past_session_cannot_be_changed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    luna: Car,
) -> None:
    """Whoever tries gets a sentence, and the session stays."""
    keep(hass, entry, session(1))
    client = await hass_client()
    answer = await client.get(f"/api/calendars/{CALENDAR}?start=2026-06-09T00:00:00Z&end=2026-06-10T00:00:00Z")
    (event,) = await answer.json()
    socket = await hass_ws_client(hass)
    what = {"entity_id": CALENDAR, "uid": event["uid"]}
    new = {"dtstart": "2026-06-11T22:00:00", "dtend": "2026-06-11T23:00:00", "summary": "Mine"}
    for verb, more in (("delete", {}), ("update", {"event": new})):
        await socket.send_json_auto_id({"type": f"calendar/event/{verb}", **what, **more})
        told = await socket.receive_json()
        assert not told["success"]
        assert told["error"]["message"] == (
            "The car has already charged this. What it has charged is in the charging log, "
            "so it cannot be changed or deleted here"
        )
    assert len(await seen(hass)) == 1
