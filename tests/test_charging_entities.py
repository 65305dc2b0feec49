"""The charging log in Home Assistant's states: sensors, events, and what is written when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_restore_cache_with_extra_data,
)

from custom_components.tesla_charging.charging.news import Happening, News
from custom_components.tesla_charging.charging.session import Place, Reason, Run, Source
from custom_components.tesla_charging.charging_statistics import charging_statistics_of
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from tesla_simulator.world import Car

from .conftest import SetUp, settle
from .helpers import JUNIPER, START, attribute, pass_time, state_of
from .sessions import EVENING, cost, keep, measured, session, sunny, supercharged

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
OF_THE_LOG = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA, Scope.VEHICLE_CHARGING_CMDS}


@pytest.fixture
async def entry(set_up: SetUp, person: Any, luna: Car) -> MockConfigEntry:
    """Set the account up with cars that hang at no cable, so that the log is what a test puts into it."""
    for car in person.cars:
        if car.charger.station is not None:
            car.unplug()
    person.sites.clear()
    return await set_up(OF_THE_LOG)


def luna_is(hass: HomeAssistant, *names: str) -> list[str | None]:
    """Return the states of sensors of Luna."""
    return [state_of(hass, f"sensor.luna_{name}") for name in names]


ENERGIES = (
    "charging_energy_total",
    "home_charging_energy_total",
    "supercharger_energy_total",
    "charging_energy_total_elsewhere",
    "home_charging_energy_used_total",
)
COSTS = ("charging_cost_total", "home_charging_cost_total", "supercharger_cost_total")
SESSION = ("session_energy", "session_cost", "session_solar_share", "session_duration", "session_place")
REST = ("charging_efficiency", "charging_cost_per_distance", "charging_saving_total", "standby_loss")


async def test_nothing_charged(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A log without sessions: nothing was charged or paid, and of a session nothing is known."""
    assert [float(state or -1) for state in luna_is(hass, *ENERGIES)] == [0.0] * 5
    assert [float(state or -1) for state in luna_is(hass, *COSTS)] == [0.0] * 3
    assert luna_is(hass, *SESSION) == ["unknown"] * 5
    assert luna_is(hass, *REST) == ["unknown"] * 4


async def test_totals(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Energy and cost by place and in all; other currencies are told apart and never added."""
    keep(
        hass,
        entry,
        session(1, EVENING - timedelta(days=2), kwh=10, used=measured(11), cost=cost("2.314")),
        supercharged(2, EVENING - timedelta(days=1), kwh=30, cost=cost("12.50")),
        supercharged(3, EVENING - timedelta(hours=9), kwh=20, cost=cost("140.5", "SEK")),
        session(4, kwh=4, place=Place.ELSEWHERE),
        session(5, vin=JUNIPER, kwh=7),
    )
    await settle(hass)
    assert luna_is(hass, *ENERGIES) == ["64.0", "10.0", "50.0", "4.0", "11.0"]
    assert luna_is(hass, *COSTS) == ["14.81", "2.31", "12.50"]
    assert attribute(hass, "sensor.luna_charging_cost_total", "other_currencies") == {"SEK": 140.5}
    assert attribute(hass, "sensor.luna_home_charging_cost_total", "other_currencies") == {}
    assert state_of(hass, "sensor.juniper_charging_energy_total") == "7.0"
    assert attribute(hass, "sensor.luna_charging_energy_total", "state_class") == "total_increasing"
    assert attribute(hass, "sensor.luna_charging_cost_total", "unit_of_measurement") == "EUR"


async def test_energy_totals_never_fall(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A session that turns out to have been smaller, or elsewhere, takes nothing back; a cost may fall."""
    keep(hass, entry, session(1, kwh=10, cost=cost("3")), session(2, EVENING - timedelta(days=1), kwh=5))
    await settle(hass)
    before = [float(state or 0) for state in luna_is(hass, *ENERGIES)]
    keep(hass, entry, session(1, kwh=9, cost=cost("2")), reason=Reason.REPAIRED)
    keep(hass, entry, session(2, EVENING - timedelta(days=1), kwh=5, place=Place.ELSEWHERE), reason=Reason.PLACE)
    await settle(hass)
    after = [float(state or 0) for state in luna_is(hass, *ENERGIES)]
    assert all(new >= old for old, new in zip(before, after, strict=True))
    assert after[0] == 15.0
    assert state_of(hass, "sensor.luna_charging_cost_total") == "2.00"


async def test_cost_that_nobody_knows_is_not_zero(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Energy without a price has an unknown cost, as has one that was paid for in another currency only."""
    keep(hass, entry, session(1), supercharged(2, EVENING - timedelta(days=1), cost=cost("99", "SEK")))
    await settle(hass)
    assert luna_is(hass, *COSTS) == ["unknown"] * 3
    assert state_of(hass, "sensor.luna_session_cost") == "unknown"
    assert attribute(hass, "sensor.luna_supercharger_cost_total", "other_currencies") == {"SEK": 99.0}


async def test_this_session_and_the_last(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """While it charges, what is known so far, and then what it came to: a Supercharger with its site, in its currency."""
    going = session(
        1,
        NOON - timedelta(hours=1),
        hours=0.5,
        kwh=3.456,
        unplugged_at=None,
        runs=(Run(start=NOON - timedelta(hours=1)),),
        added=measured(3.456, Source.POWER, estimated=True),
        cost=cost("0.80", provisional=True),
        mix=sunny(2.0, 1.0),
    )
    keep(hass, entry, going)
    await settle(hass)
    assert luna_is(hass, *SESSION) == ["3.456", "0.80", "66.7", "30", "home"]
    assert attribute(hass, "sensor.luna_session_cost", "provisional") is True
    assert attribute(hass, "sensor.luna_session_cost", "basis") == "number"
    assert attribute(hass, "sensor.luna_session_solar_share", "settled") is True
    assert attribute(hass, "sensor.luna_session_energy", "estimated") is True
    assert attribute(hass, "sensor.luna_session_energy", "source") == "power"
    assert attribute(hass, "sensor.luna_session_place", "site_name") is None
    keep(hass, entry, supercharged(2, NOON, cost=cost("210", "SEK")))
    await settle(hass)
    assert luna_is(hass, *SESSION) == ["30.0", "210.00", "unknown", "30", "supercharger"]
    assert attribute(hass, "sensor.luna_session_cost", "unit_of_measurement") == "SEK"
    assert attribute(hass, "sensor.luna_session_cost", "provisional") is False
    assert attribute(hass, "sensor.luna_session_place", "site_name") == "Dresden, Germany"
    assert attribute(hass, "sensor.luna_session_solar_share", "settled") is None


async def test_the_name_of_a_private_place_is_not_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Where somebody charges privately is no state."""
    keep(hass, entry, session(1, place=Place.ELSEWHERE, place_name="At Grandma's"))
    await settle(hass)
    assert "Grandma" not in str([state.as_dict() for state in hass.states.async_all()])


async def test_efficiency_and_cost_per_distance(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What gets into the battery, and what 100 km cost."""
    keep(
        hass,
        entry,
        session(1, EVENING - timedelta(days=1), kwh=9, used=measured(10, Source.WALL_HISTORY), odometer_mi=1000.0),
        session(2, kwh=9, used=measured(10, Source.WALL_CONNECTOR), odometer_mi=1100.0, cost=cost("8")),
    )
    await settle(hass)
    assert luna_is(hass, *REST[:2]) == ["90.0", "4.97"]
    unit = attribute(hass, "sensor.luna_charging_cost_per_distance", "unit_of_measurement")
    assert unit == "EUR/100 km"


async def test_cost_per_hundred_miles(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Where distances are told in miles, it is per 100 of these."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    keep(hass, entry, session(1, EVENING - timedelta(days=1), odometer_mi=1000.0))
    keep(hass, entry, session(2, odometer_mi=1100.0, cost=cost("8")))
    await settle(hass)
    assert state_of(hass, "sensor.luna_charging_cost_per_distance") == "8.00"
    unit = attribute(hass, "sensor.luna_charging_cost_per_distance", "unit_of_measurement")
    assert unit == "EUR/100 mi"


async def test_saving_against_a_reference_price(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """It follows the price that a person sets, and is unknown without one."""
    keep(hass, entry, session(1, used=measured(10), cost=cost("2.31")), session(2, EVENING - timedelta(days=1)))
    await settle(hass)
    assert state_of(hass, "sensor.luna_charging_saving_total") == "unknown"
    for price, wanted in (("0.40", "1.69"), (0.5, "2.69"), ("cheap", "unknown"), ("nan", "unknown")):
        hass.config_entries.async_update_entry(entry, options={"charging_costs": {"reference_price": price}})
        await settle(hass)
        assert state_of(hass, "sensor.luna_charging_saving_total") == wanted, price


@callback
def of_luna(data: Any) -> bool:
    """Whether an event is of a sensor of Luna."""
    return str(data["entity_id"]).startswith("sensor.luna_")


async def test_only_a_change_is_written(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What says the same is written once, and many sessions at once are one change."""
    keep(hass, entry, session(1, cost=cost("2")))
    await settle(hass)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    reports = list[str]()
    hass.bus.async_listen(
        EVENT_STATE_REPORTED, lambda event: reports.append(event.data["entity_id"]), event_filter=of_luna
    )
    keep(hass, entry, replace(session(1, cost=cost("2")), soc_end=80.0), reason=Reason.WENT_ON)
    await settle(hass)
    assert [one.data["entity_id"] for one in changes] + reports == []
    keep(hass, entry, *(session(n, EVENING - timedelta(days=n), kwh=1, cost=cost("1")) for n in range(2, 60)))
    await settle(hass)
    energies = [one.data["new_state"].state for one in changes if one.data["entity_id"].endswith("_energy_total")]
    assert energies == ["68.0", "68.0"]


# Events


def told(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the event entity has told last."""
    state = hass.states.get("event.luna_charging")
    assert state is not None
    return {key: value for key, value in state.attributes.items() if key not in ("event_types", "friendly_name")}


async def test_events(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """All nine, with the car's time and what is known then."""
    assert state_of(hass, "event.luna_charging") == "unknown"
    assert len(attribute(hass, "event.luna_charging", "event_types")) == 9
    log = keep(hass, entry)
    one = session(1, kwh=3.2109, place=Place.SUPERCHARGER, place_name="Dresden, Germany")
    for what in Happening:
        log.async_tell(News(what=what, at=EVENING, session=one, soc=62.0))
        await settle(hass)
        assert told(hass) == {
            "event_type": what.value,
            "session_id": "s1",
            "at": "2026-06-09T18:00:00+00:00",
            "soc": 62.0,
            "energy": 3.211,
            "cost": None,
            "currency": None,
            "location_type": "supercharger",
            "source": "car",
            "estimated": False,
        }
    paid = replace(one, cost=cost("4.50"), added=measured(3.2, Source.LEVEL, estimated=True))
    log.async_tell(News(what=Happening.INVOICE_RECEIVED, at=NOON, session=paid))
    await settle(hass)
    assert told(hass) | {"cost": 4.5, "currency": "EUR", "source": "level", "estimated": True} == told(hass)
    log.async_tell(News(what=Happening.STARTED, at=NOON, session=one, estimated=True))
    assert told(hass)["estimated"] is True
    assert told(hass)["event_type"] == "started"
    assert state_of(hass, "event.juniper_charging") == "unknown"


async def test_unload_ends_it_all(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Nobody is told any more when the account is unloaded."""
    log = keep(hass, entry, session(1))
    await settle(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    log.async_tell(News(what=Happening.STARTED, at=NOON, session=session(1)))
    await settle(hass)
    assert luna_is(hass, "charging_energy_total") == ["unavailable"]


# Loss while parked


async def test_standby_loss(
    hass: HomeAssistant, entry: MockConfigEntry, luna: Car, freezer: FrozenDateTimeFactory
) -> None:
    """A car that stands, sleeps and wakes now and then: what its battery has lost a day, within a percent's rounding."""
    luna.standby_w = 2000.0
    luna.wake()
    await pass_time(hass, freezer, 60, times=3)
    before, days = luna.battery.soc, 0.0
    for _ in range(16):
        await pass_time(hass, freezer, 3600, times=6)
        luna.wake()
        await pass_time(hass, freezer, 60, times=3)
        days += (21_600 + 180) / 86_400
    lost = before - luna.battery.soc
    assert lost > 2
    assert float(state_of(hass, "sensor.luna_standby_loss") or -1) == pytest.approx(lost / days, abs=1 / days)


async def test_standby_loss_outlives_a_restart(hass: HomeAssistant, set_up: SetUp) -> None:
    """What was seen before is what is shown."""
    since = NOON.timestamp() - 5 * 86_400
    seen = {"over": [[since, since + 2 * 86_400, 80.0, 77.0, 100.0]], "current": None}
    mock_restore_cache_with_extra_data(hass, [(State("sensor.luna_standby_loss", "1.5"), seen)])
    await set_up(OF_THE_LOG)
    assert state_of(hass, "sensor.luna_standby_loss") == "1.5"


async def test_without_the_recorder_there_are_no_statistics(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """And nothing fails."""
    assert dict(charging_statistics_of(hass, entry)) == {}
