"""A charge at home, from the simulated car to what a person sees of it: states, events, calendar, statistics."""

from collections.abc import Iterable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import LUNA, START, attribute, pass_time, state_of
from .test_charging_statistics import held, write

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("recorder_mock")]


def told(events: Iterable[Event[Any]]) -> list[dict[str, Any]]:
    """Return what the event entity has told."""
    found = [event.data["new_state"] for event in events if event.data["entity_id"] == "event.luna_charging"]
    return [dict(state.attributes) for state in found if state is not None and state.attributes.get("event_type")]


async def test_a_charge_at_home(hass: HomeAssistant, set_up: SetUp, luna: Car, freezer: FrozenDateTimeFactory) -> None:
    """It charges, it is unplugged, and all tell the same of it."""
    await set_up()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    before = luna.battery.energy_wh
    await pass_time(hass, freezer, 180, times=25)
    luna.unplug()
    true_kwh = (luna.battery.energy_wh - before) / 1000
    await pass_time(hass, freezer, 120, times=6)
    await write(hass, freezer)

    energy = float(state_of(hass, "sensor.luna_session_energy") or -1)
    total = float(state_of(hass, "sensor.luna_charging_energy_total") or -1)
    assert energy == pytest.approx(true_kwh, rel=0.01)
    assert total == float(state_of(hass, "sensor.luna_home_charging_energy_total") or -1)
    assert energy <= total < energy * 1.02
    found = told(changes)
    assert [one["event_type"] for one in found][-2:] == ["unplugged", "session_closed"]
    assert {one["location_type"] for one in found} == {"home"}
    assert LUNA not in str(found)
    assert state_of(hass, "sensor.luna_session_cost") == state_of(hass, "sensor.luna_charging_cost_total")
    cost = float(state_of(hass, "sensor.luna_charging_cost_total") or -1)
    assert cost > 0
    assert attribute(hass, "sensor.luna_session_cost", "provisional") is True
    share = float(state_of(hass, "sensor.luna_session_solar_share") or -1)
    assert share > 0

    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": "calendar.luna_charging_schedules",
            "start_date_time": "2026-06-10 00:00:00",
            "end_date_time": "2026-06-11 00:00:00",
        },
        blocking=True,
        return_response=True,
    )
    (event,) = answer["calendar.luna_charging_schedules"]["events"]
    begin, _, solar = event["summary"].rpartition(" · ")
    assert begin == f"{energy:.1f} kWh · {cost:.2f} EUR"
    assert float(solar.removesuffix(" % solar")) == pytest.approx(share, abs=0.6)

    hours = await held(hass)
    assert sum(hours["home_energy"].values()) == pytest.approx(energy, abs=1e-3)
    assert sum(hours["home_cost"].values()) == pytest.approx(cost, abs=0.006)
    assert len(hours["home_energy"]) >= 2
    assert f"{DOMAIN}:{LUNA.lower()}" not in str(hass.states.async_all())
