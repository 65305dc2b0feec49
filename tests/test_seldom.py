"""What is asked of a car seldom: on a person's word, once a day where somebody looks, while driving; and never for nothing."""

from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.tesla_charging.budget.prices import Belief
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.paying import PriceClass
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from custom_components.tesla_charging.fleet.seldom import Topic
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Car, alert

from .conftest import SetUp
from .helpers import JUNIPER, LUNA, START, asked, attribute, call, pass_time, state_of, tracebacks

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3600.0
SEE = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA}
NAMES = ("nearest_free_supercharger", "free_stalls_at_the_nearest_supercharger", "distance_to_the_nearest_supercharger")
enabled = pytest.mark.usefixtures("entity_registry_enabled_by_default")


@pytest.fixture(autouse=True)
def awake(luna: Car) -> None:
    """Let the car stay awake."""
    luna.sleeps = False


def device_of(hass: HomeAssistant, entry: MockConfigEntry, vin: str = LUNA) -> str:
    """Return the id of a car's device."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next(one.id for one in found if (DOMAIN, vin) in one.identifiers)


async def act(hass: HomeAssistant, entry: MockConfigEntry, action: str, vin: str = LUNA, **data: Any) -> Any:
    """Take an action of a car, and return its answer."""
    answers = hass.services.supports_response(DOMAIN, action).value != "none"
    return await hass.services.async_call(
        DOMAIN, action, {"device_id": device_of(hass, entry, vin), **data}, blocking=True, return_response=answers
    )


# Superchargers


@enabled
async def test_superchargers_on_request(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A button, an update or the action asks once; nothing asks by itself."""
    entry = await set_up(SEE)
    assert [state_of(hass, f"sensor.luna_{name}") for name in NAMES] == ["unknown"] * 3
    await call(hass, "button.press", "button.luna_find_superchargers")
    name, stalls, miles = (state_of(hass, f"sensor.luna_{name}") for name in NAMES)
    station = next(one for one in sim.world.stations if one.kind == "supercharger")
    assert (name, stalls) == (station.name, "5")
    assert float(str(miles)) == pytest.approx(16.7 * 1.609, abs=1)
    station.free_stalls = 2
    assert await async_setup_component(hass, "homeassistant", {})
    await call(hass, "homeassistant.update_entity", f"sensor.luna_{NAMES[0]}")
    assert state_of(hass, f"sensor.luna_{NAMES[1]}") == "2"
    assert entry.runtime_data.purse.standing().today["data"] == 3
    answer = await act(hass, entry, "get_nearby_charging_sites", count=1, radius=50)
    site = answer["superchargers"][0]
    assert (site["name"], site["available_stalls"]) == (station.name, 2)
    assert site["distance_km"] == pytest.approx(site["distance_miles"] * 1.609, abs=0.1)
    assert "location" not in site
    assert "latitude" not in site
    assert len(answer["destination_charging"]) == 1
    assert sim.requests_for("nearby_charging_sites")[-1].query == {"count": "1", "radius": "50"}
    assert len(asked(sim, "nearby_charging_sites")) == 3


@enabled
async def test_a_question_of_ones_own(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """What a person asks within narrow bounds, or in vain, changes nothing of what is shown, and is no last word."""
    entry = await set_up(SEE)
    await call(hass, "button.press", "button.luna_find_superchargers")
    shown = [state_of(hass, f"sensor.luna_{name}") for name in NAMES]
    assert "unknown" not in shown
    assert (await act(hass, entry, "get_nearby_charging_sites", radius=1))["superchargers"] == []
    sim.faults.add(Fault("nearby_charging_sites", answer="invalid_request", times=1))
    with pytest.raises(HomeAssistantError):
        await act(hass, entry, "get_nearby_charging_sites", radius=500)
    assert [state_of(hass, f"sensor.luna_{name}") for name in NAMES] == shown
    await call(hass, "button.press", "button.luna_find_superchargers")
    assert [one.status for one in sim.requests_for("nearby_charging_sites")] == [200, 200, 400, 200]


@enabled
async def test_an_update_of_all_is_one_question(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Whoever has all entities of a car updated pays for one question; those that are asked daily are not asked."""
    await set_up()
    assert await async_setup_component(hass, "homeassistant", {})
    ours = [f"sensor.luna_{name}" for name in NAMES]
    ours += ["binary_sensor.luna_in_service", "binary_sensor.luna_mobile_access", "event.luna_alerts"]
    before = len(asked(sim, "recent_alerts"))
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": ours}, blocking=True)
    assert len(asked(sim, "nearby_charging_sites")) == 1
    assert len(asked(sim, "recent_alerts")) == before


@enabled
@pytest.mark.parametrize(("free", "energised"), [(0, True), (3, False)])
async def test_no_free_supercharger(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, free: int, energised: bool
) -> None:
    """Where none is free, or the only one is closed, there is none; the tables of the action have it all the same."""
    station = next(one for one in sim.world.stations if one.kind == "supercharger")
    station.free_stalls, station.energised = free, energised
    entry = await set_up()
    answer = await act(hass, entry, "get_nearby_charging_sites")
    assert [state_of(hass, f"sensor.luna_{name}") for name in NAMES] == ["unknown"] * 3
    site = answer["superchargers"][0]
    assert (site["available_stalls"], site["site_closed"]) == (free, not energised)
    # With the right to the location, where it is is told too.
    assert site["latitude"] == station.latitude


@enabled
async def test_a_car_that_sleeps_is_not_woken(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Whoever asks is told so."""
    entry = await set_up()
    for ask in (
        call(hass, "button.press", "button.juniper_find_superchargers"),
        act(hass, entry, "get_nearby_charging_sites", JUNIPER),
    ):
        with pytest.raises(HomeAssistantError) as caught:
            await ask
        assert caught.value.translation_key == "left_asleep"
    assert asked(sim, "wake_up") == []
    assert sim.world.car_named("Juniper").state == "asleep"


@enabled
async def test_while_driving(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """On the road they are asked for each ten minutes as long as money is plenty, and not when the car is parked."""
    entry = await set_up()
    await entry.runtime_data.purse.async_set(budget=Decimal(200))
    await pass_time(hass, freezer, 61, times=12)
    assert asked(sim, "nearby_charging_sites") == []
    luna.unplug()
    luna.drive(60)
    await pass_time(hass, freezer, 61, times=5)
    assert state_of(hass, f"sensor.luna_{NAMES[1]}") == "5"
    assert len(asked(sim, "nearby_charging_sites")) == 1
    await pass_time(hass, freezer, 61, times=20)
    assert 2 <= len(asked(sim, "nearby_charging_sites")) <= 3


@pytest.mark.parametrize("budget", [Decimal(200), Decimal(2)])
async def test_not_while_driving(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, budget: Decimal
) -> None:
    """They are not where nobody looks, and not where money is short: the entities are off, or the budget is small."""
    entry = await set_up()
    await entry.runtime_data.purse.async_set(budget=budget)
    luna.unplug()
    luna.drive(60)
    if budget < 10:
        entry.runtime_data.files[LUNA].async_watch(Topic.NEARBY)
    await pass_time(hass, freezer, 61, times=15)
    assert asked(sim, "nearby_charging_sites") == []


# Alerts


def alerts_in(told: list[Event[Any]]) -> list[State]:
    """Return the states of the alerts, in order."""
    return [event.data["new_state"] for event in told if event.data["entity_id"] == "event.luna_alerts"]


async def test_alerts(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was there at first is no news; what comes later is told once, in its order."""
    now = sim.world.clock.now().timestamp()
    luna.papers.alerts.append(alert("VCFRONT_a182", now - 500, "Old"))
    await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    assert len(asked(sim, "recent_alerts", vin=LUNA)) == 1
    assert state_of(hass, "event.luna_alerts") == "unknown"
    luna.papers.alerts[:0] = [alert("BMS_a066", now + 700, "Newer"), alert("UI_a006", now + 600, "New")]
    told = async_capture_events(hass, EVENT_STATE_CHANGED)
    await pass_time(hass, freezer, 13 * HOUR, times=3)
    assert [one.attributes["alert"] for one in alerts_in(told)] == ["UI_a006", "BMS_a066"]
    assert attribute(hass, "event.luna_alerts", "text") == "Newer"
    assert attribute(hass, "event.luna_alerts", "event_type") == "alert"
    await pass_time(hass, freezer, 14 * HOUR, times=2)
    assert len(alerts_in(told)) == 2
    assert len(asked(sim, "recent_alerts", vin=LUNA)) == 3


async def test_alerts_after_a_restart(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What was told is remembered, and a restart is no reason to ask."""
    now = sim.world.clock.now().timestamp()
    luna.papers.alerts.append(alert("VCFRONT_a182", now - 500, "Old"))
    entry = await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 2 * HOUR)
    assert len(asked(sim, "recent_alerts", vin=LUNA)) == 1
    luna.papers.alerts.append(alert("UI_a006", now + 600, "New"))
    await pass_time(hass, freezer, 12 * HOUR, times=3)
    assert attribute(hass, "event.luna_alerts", "alert") == "UI_a006"


async def test_an_alert_that_is_damaged(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """One that has no name is left out, and one without a time is told."""
    await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    luna.papers.alerts += [{"name": None}, {"name": "X", "time": "soon"}]
    await pass_time(hass, freezer, 13 * HOUR, times=3)
    assert attribute(hass, "event.luna_alerts", "alert") == "X"
    assert attribute(hass, "event.luna_alerts", "time") is None


@pytest.mark.parametrize("answer", ["not_found", "missing_scopes", "internal", "asleep"])
async def test_a_topic_that_is_refused(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    answer: str,
) -> None:
    """Without the scope it is asked once and never again, over restarts too; what may pass is asked again, in time."""
    sim.faults.add(Fault("recent_alerts", vin=LUNA, answer=answer))
    entry = await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    waits = answer in ("not_found", "missing_scopes")
    first = len(asked(sim, "recent_alerts", vin=LUNA))
    assert first <= 2
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 13 * HOUR, times=5)
    count = len(asked(sim, "recent_alerts", vin=LUNA))
    assert count == first if waits else count > first
    if waits:
        # Days later a person may try whether it has passed, once a day; nobody may where the scope is missing.
        final = answer == "missing_scopes"
        for already in (final, True):
            answered = await act(hass, entry, "get_car_information", topics=["alerts", "service"])
            assert ("has refused this" in answered["alerts"]["error"]) is already
            assert answered["service"] == {"answer": {}}
            assert len(asked(sim, "recent_alerts", vin=LUNA)) == first + (not final)
        await pass_time(hass, freezer, 25 * HOUR, times=8)
        assert len(asked(sim, "recent_alerts", vin=LUNA)) == first + 2 * (not final)
    assert tracebacks(caplog) == []
    assert state_of(hass, "sensor.luna_battery_level") is not None


async def test_no_money_to_spare(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What has time waits where it costs something and half of the month's money is gone; a person is answered."""
    entry = await set_up()
    purse = entry.runtime_data.purse
    await purse.async_set(beliefs={PriceClass.LIST: Belief.COUNTED})
    await purse.async_set_spent(Decimal(6))
    await pass_time(hass, freezer, 13 * HOUR, times=3)
    assert asked(sim, "recent_alerts") == []
    answer = await act(hass, entry, "get_car_information", topics=["alerts"])
    assert answer == {"alerts": {"answer": {"recent_alerts": []}}}
    await purse.async_set(budget=Decimal(0))
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, entry, "get_release_notes")
    assert caught.value.translation_key == "over_budget"
    assert asked(sim, "release_notes") == []


# Service and mobile access


@enabled
async def test_service(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The product list says that the car is at service, for nothing; then Tesla is asked what it knows of the visit."""
    await set_up()
    await pass_time(hass, freezer, 2 * HOUR)
    assert state_of(hass, "binary_sensor.luna_in_service") == "off"
    assert asked(sim, "service_data") == []
    luna.in_service = True
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 16 * 60)
    assert state_of(hass, "binary_sensor.luna_in_service") == "on"
    assert len(asked(sim, "service_data")) == 1
    assert state_of(hass, "sensor.luna_service_status") == "in_service"
    assert state_of(hass, "sensor.luna_service_ready_at") == "2026-12-02T17:10:10+00:00"
    luna.in_service = False
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "binary_sensor.luna_in_service") == "off"
    assert [state_of(hass, f"sensor.luna_service_{name}") for name in ("status", "ready_at")] == ["unknown"] * 2
    await pass_time(hass, freezer, 25 * HOUR, times=3)
    assert len(asked(sim, "service_data")) == 1
    luna.in_service = True
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 16 * 60)
    assert state_of(hass, "sensor.luna_service_status") == "in_service"
    assert len(asked(sim, "service_data")) == 2


@pytest.mark.parametrize("listed", [True, False])
async def test_mobile_access(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, listed: bool
) -> None:
    """The product list tells of it; only where it does not, it is asked about."""
    if not listed:
        sim.faults.add(Fault("products", drop=["response.*.mobile_access_disabled"]))
        sim.faults.add(Fault("vehicle", drop=["response.mobile_access_disabled"]))
        sim.faults.add(Fault("vehicle_data", drop=["response.mobile_access_disabled"]))
    await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    assert state_of(hass, "binary_sensor.luna_mobile_access") == "on"
    assert len(asked(sim, "mobile_enabled", vin=LUNA)) == (0 if listed else 1)
    luna.mobile_access = False
    await pass_time(hass, freezer, 14 * HOUR, times=2)
    assert state_of(hass, "binary_sensor.luna_mobile_access") == "off"
