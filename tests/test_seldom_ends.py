"""What was told seldom comes to an end: a visit at service, a refusal, free stalls. Nothing old is shown as if it were now."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car, make_order

from .conftest import SetUp
from .helpers import LUNA, START, asked, call, list_again, pass_time, state_of, still
from .test_seldom import NAMES, SEE, act

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

HOUR = 3600.0
DAY = 24 * HOUR
BUTTON = "button.luna_find_superchargers"
SERVICE = ("sensor.luna_service_status", "sensor.luna_service_ready_at")
TO_COME = {"service_status": "scheduled", "service_etc": "2026-06-12T08:00:00Z"}


@pytest.fixture(autouse=True)
def awake(luna: Car) -> None:
    """Let the car stay awake."""
    luna.sleeps = False


async def pressed(hass: HomeAssistant) -> str | None:
    """Press the button, and return the key of what it says, None if it did."""
    try:
        await call(hass, "button.press", BUTTON)
    except HomeAssistantError as err:
        return err.translation_key
    return None


# Service


async def test_a_visit_that_ended_while_off(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is on disk of a visit that is over is not shown after a restart."""
    luna.in_service = True
    entry = await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    assert state_of(hass, SERVICE[0]) == "in_service"
    assert await hass.config_entries.async_unload(entry.entry_id)
    luna.in_service = False
    freezer.tick(DAY)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await list_again(hass)
    assert [state_of(hass, one) for one in SERVICE] == ["unknown"] * 2


async def test_a_visit_on_disk_from_before(
    hass: HomeAssistant, luna: Car, set_up: SetUp, hass_storage: dict[str, Any]
) -> None:
    """One that an earlier version has kept beyond its end is dropped when it is loaded."""
    entry = await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"]["data"]
    service = {"service_status": "in_service", "service_etc": 1_780_000_000}
    stored["files"] = [{"vin": LUNA, "service": service}]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert [state_of(hass, one) for one in SERVICE] == ["unknown"] * 2


async def test_an_appointment(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """One that a person has asked about is shown and followed daily, until it has become a visit or nothing."""
    luna.papers.service = dict(TO_COME)
    entry = await set_up()
    await pass_time(hass, freezer, 2 * HOUR)
    assert asked(sim, "service_data") == []
    await act(hass, entry, "get_car_information", topics=["service"])
    assert [state_of(hass, one) for one in SERVICE] == ["scheduled", "2026-06-12T08:00:00+00:00"]
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(hass, SERVICE[0]) == "scheduled"
    luna.papers.service = {**TO_COME, "service_etc": "2026-06-12T09:00:00Z"}
    await pass_time(hass, freezer, 9 * HOUR, times=3)
    assert state_of(hass, SERVICE[1]) == "2026-06-12T09:00:00+00:00"
    luna.in_service, luna.papers.service = True, {}
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 16 * 60)
    assert state_of(hass, SERVICE[0]) == "in_service"


async def test_an_appointment_that_is_called_off(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It goes within a day, and then nothing is asked any more."""
    luna.papers.service = dict(TO_COME)
    entry = await set_up()
    await act(hass, entry, "get_car_information", topics=["service"])
    luna.papers.service = {}
    await pass_time(hass, freezer, 9 * HOUR, times=3)
    assert [state_of(hass, one) for one in SERVICE] == ["unknown"] * 2
    await pass_time(hass, freezer, 9 * HOUR, times=9)
    assert len(asked(sim, "service_data")) == 2


# Refusals


@pytest.mark.parametrize("status", [400, 403, 404, 412, 422])
async def test_a_refusal_that_passes(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, status: int
) -> None:
    """One refusal without a reason says nothing of next week: a person may ask again the next day, and gets an answer."""
    entry = await set_up(SEE)
    fault = sim.faults.add(Fault("nearby_charging_sites", status=status, body={"error": "Not Supported"}))
    assert await pressed(hass) not in (None, "not_answered")
    sim.faults.clear()
    for _ in range(3):
        # Each refusal costs: nobody asks all day long.
        assert await pressed(hass) == "not_answered"
    assert fault.hits == 1
    assert len(asked(sim, "nearby_charging_sites")) == 1
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, DAY)
    assert await pressed(hass) is None
    assert await pressed(hass) is None
    assert state_of(hass, f"sensor.luna_{NAMES[1]}") == "5"


async def test_a_refusal_by_itself(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is asked by itself waits for a week after a refusal, and goes on once it has passed."""
    fault = sim.faults.add(Fault("recent_alerts", vin=LUNA, status=403))
    await set_up()
    await pass_time(hass, freezer, 1.3 * HOUR)
    assert fault.hits == 1
    await pass_time(hass, freezer, 12 * HOUR, times=13)
    assert fault.hits == 1
    sim.faults.clear()
    await pass_time(hass, freezer, 12 * HOUR, times=6)
    assert len(asked(sim, "recent_alerts", vin=LUNA)) > 2


async def test_what_is_probed_once(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What Tesla may have given up is asked once, and no is the last word, in years too; with other scopes it is not."""
    entry = await set_up()
    sim.behaviour.dx_vehicles = "not_found"
    first = (await act(hass, entry, "get_car_information", topics=["warranty"]))["warranty"]["error"]
    await pass_time(hass, freezer, 30 * DAY)
    assert await hass.config_entries.async_reload(entry.entry_id)
    again = (await act(hass, entry, "get_car_information", topics=["warranty"]))["warranty"]["error"]
    assert "has refused this" not in first
    assert "has refused this" in again
    assert len(asked(sim, "dx/*")) == 1


async def test_a_refusal_of_the_person(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The account's own questions come back, too: on a person's word the next day."""
    entry = await set_up()
    sim.faults.add(Fault("users/orders", status=403))

    async def account() -> Any:
        data = {"config_entry_id": entry.entry_id}
        return await hass.services.async_call(DOMAIN, "get_account", data, blocking=True, return_response=True)

    keys = []
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as caught:
            await account()
        keys.append(caught.value.translation_key)
    assert keys == ["unsupported", "not_answered"]
    assert len(asked(sim, "users/orders")) == 2
    sim.faults.clear()
    await pass_time(hass, freezer, DAY)
    assert (await account())["orders"] == []


# Superchargers


async def test_free_stalls_get_old(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """How many are free is known for less than an hour, and when it was told is told; a restart makes nothing young."""
    entry = await set_up(SEE)
    name, stalls, distance, told = (f"sensor.luna_{one}" for one in (*NAMES, "superchargers_as_of"))
    assert state_of(hass, told) == "unknown"
    at = dt_util.utcnow()
    assert await pressed(hass) is None
    shown = [state_of(hass, one) for one in (name, distance)]
    assert (state_of(hass, stalls), state_of(hass, told)) == ("5", at.isoformat())
    await pass_time(hass, freezer, 10 * 60, times=3)
    assert state_of(hass, stalls) == "5"
    await pass_time(hass, freezer, 10 * 60, times=3)
    assert [state_of(hass, one) for one in (name, stalls, distance)] == [shown[0], "unknown", shown[1]]
    assert state_of(hass, told) == at.isoformat()
    assert await pressed(hass) is None
    assert state_of(hass, stalls) == "5"
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(2 * HOUR)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, stalls) == "unknown"
    assert state_of(hass, told) != at.isoformat()


async def test_a_failure_is_no_news(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A question in vain makes nothing younger."""
    await set_up(SEE)
    assert await pressed(hass) is None
    told = state_of(hass, "sensor.luna_superchargers_as_of")
    await pass_time(hass, freezer, 600)
    sim.faults.add(Fault("nearby_charging_sites", answer="internal"))
    assert await pressed(hass) == "server_error"
    assert state_of(hass, "sensor.luna_superchargers_as_of") == told


async def test_where_they_are_is_not_kept(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, hass_storage: dict[str, Any]
) -> None:
    """It tells where the car is, so it is on no disk."""
    entry = await set_up(SEE)
    assert await pressed(hass) is None
    assert await hass.config_entries.async_unload(entry.entry_id)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}.snapshots"]["data"]["files"]
    station = next(one for one in sim.world.stations if one.kind == "supercharger")
    assert station.name in str(stored)
    assert str(station.latitude) not in str(stored)


# Orders


@pytest.mark.parametrize(
    ("statuses", "shown", "others"),
    [
        (["DELIVERED", "BOOKED"], "BOOKED", ["DELIVERED"]),
        (["Cancelled", "DELIVERED", "PREPARED", "BOOKED"], "PREPARED", ["Cancelled", "DELIVERED", "BOOKED"]),
        (["DELIVERED", "CANCELLED"], "DELIVERED", ["CANCELLED"]),
        (["NEW_WORD"], "NEW_WORD", []),
    ],
)
async def test_the_order_that_is_to_come(
    hass: HomeAssistant, person: Account, set_up: SetUp, statuses: list[str], shown: str, others: list[str]
) -> None:
    """The order that is still to come is shown, and the others beside it, over a restart too."""
    person.orders += [make_order(number, model=f"m{number}", status=one) for number, one in enumerate(statuses)]
    entry = await set_up(SEE | {Scope.USER_DATA})
    assert await hass.config_entries.async_reload(entry.entry_id)
    (state,) = (one for one in hass.states.async_all("sensor") if "_order" in one.entity_id)
    assert state.state == shown
    assert state.attributes["orders"] == len(statuses)
    assert [one["status"] for one in state.attributes["others"]] == others
    assert all(one["model"] == f"m{statuses.index(one['status'])}" for one in state.attributes["others"])
    assert "RN0000" not in str(state.attributes)


async def test_asleep_though_it_is_read(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that is read every minute, and sleeps for one question, is not asked that with each read."""
    await set_up(SEE)
    sim.faults.add(Fault("recent_alerts", vin=LUNA, answer="asleep"))
    await pass_time(hass, freezer, 12 * HOUR, times=2)
    sim.clear_requests()
    for _ in range(60):
        await pass_time(hass, freezer, 60)
        await call(hass, "button.press", "button.luna_refresh")
        await still(sim)
    assert len(asked(sim, "vehicle_data", vin=LUNA)) >= 60
    assert 1 <= len(asked(sim, "recent_alerts", vin=LUNA)) <= 5
