"""How reads take trouble: each endpoint and each car by itself, patiently, and not in step with others."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account

from .conftest import SetUp
from .helpers import START, asked, call, pass_time, set_number, state_of, unsigned_car
from .reads import alone, gaps, reads

pytestmark = pytest.mark.freeze_time(START)

REFRESH = "button.nova_refresh"


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        (20, 20),
        ("90.5", 90.5),
        (None, 300),
        ("soon", 300),
        ("999999999", 3600),
        (lambda: dt_util.utcnow() + timedelta(seconds=400), 400),
    ],
    ids=["seconds", "fraction", "none", "words", "absurd", "date"],
)
async def test_too_many_requests(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    retry_after: Any,
    seconds: float,
) -> None:
    """429 to a read: it waits as long as Tesla asks, an hour at most, and a little longer than all others."""
    car = alone(sim, person, "driving")
    await set_up()
    value = retry_after() if callable(retry_after) else retry_after
    fault = sim.faults.add(Fault("vehicle_data", answer="rate_limited", retry_after=value, times=1))
    sim.clear_requests()
    while not fault.hits:
        await pass_time(hass, freezer, 2)
    if callable(retry_after):
        seconds -= (dt_util.utcnow() - (value - timedelta(seconds=400))).total_seconds()
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "button.press", REFRESH)
    assert caught.value.translation_key == "rate_limited"
    assert int((caught.value.translation_placeholders or {})["seconds"]) == pytest.approx(seconds, abs=1)
    step = max(2, round(seconds / 100))
    await pass_time(hass, freezer, step, times=round(seconds * 1.2 / step) + 2)
    first = gaps(sim)[0]
    assert seconds - 1 <= first <= seconds * 1.2 + step
    assert asked(sim, "products")
    assert state_of(hass, "sensor.nova_status") == "online"
    assert car.state == "online"


async def test_too_many_requests_for_one_car(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """429 to the reads of a car leaves the list, the site, its commands and the other cars as they are."""
    car = alone(sim, person, "driving")
    other = unsigned_car("Vega", 9, sleeps=False)
    person.cars.append(other)
    sim.world.update()
    other.drive(600)
    await set_up()
    sim.faults.add(Fault("vehicle_data", vin=car.vin, answer="rate_limited", retry_after=1200))
    await pass_time(hass, freezer, 60, times=2)
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=10)
    assert reads(sim, car.vin) == 0
    assert reads(sim, other.vin) == 5
    assert len(asked(sim, "products")) == len(asked(sim, "live_status")) == 10
    await set_number(hass, "number.nova_charge_limit", 71)
    assert car.charger.limit == 71
    await pass_time(hass, freezer, 2)
    assert reads(sim, car.vin) == 0


async def test_a_command_says_when(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A command that Tesla has had too often is not sent again before its time, and a person reads when that is."""
    car = alone(sim, person)
    await set_up()
    sim.faults.add(Fault("set_charge_limit", answer="rate_limited", retry_after=90, times=1))
    words = []
    for limit in (70, 71, 72):
        try:
            await set_number(hass, "number.nova_charge_limit", limit)
        except HomeAssistantError as err:
            words.append(str(err))
        await pass_time(hass, freezer, 30 if limit == 70 else 61)
    assert words == [
        "Tesla has had too many requests of this kind. Try again in 90 seconds",
        "Tesla has had too many requests of this kind. Try again in 60 seconds",
    ]
    assert len(asked(sim, "set_charge_limit")) == 2
    assert car.charger.limit == 72


async def test_a_storm(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Waits grow up to ten minutes, never in step; only a person is not made to wait; then all is as it was."""
    alone(sim, person, "driving")
    await set_up()
    storm = sim.faults.add(Fault("vehicle_data", answer="internal"))
    sim.clear_requests()
    await pass_time(hass, freezer, 5, times=600)
    found = gaps(sim)
    assert len(found) in (5, 6)
    for gap, least in zip(found, (60, 120, 240, 480, 600, 600), strict=False):
        assert least <= gap <= least * 1.2 + 5, found
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "button.press", REFRESH)
    assert caught.value.translation_key == "server_error"
    assert reads(sim) == 1
    sim.faults.active.remove(storm)
    await call(hass, "button.press", REFRESH)
    assert reads(sim) == 2
    sim.clear_requests()
    await pass_time(hass, freezer, 5, times=24)
    assert reads(sim) == 3


async def test_not_in_step(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Two cars that fail together do not come back together."""
    alone(sim, person, "driving")
    other = unsigned_car("Vega", 9, sleeps=False)
    person.cars.append(other)
    sim.world.update()
    other.drive(600)
    await set_up()
    sim.faults.add(Fault("vehicle_data", answer="internal"))
    sim.clear_requests()
    await pass_time(hass, freezer, 1, times=420)
    by_car = {vin: [one.at for one in sim.requests_for("vehicle_data") if one.vin == vin] for vin in (other.vin,)}
    mine = [one.at for one in sim.requests_for("vehicle_data") if one.vin != other.vin]
    assert len(mine) >= 3
    assert mine[1:] != by_car[other.vin][1:]


async def test_signed_out(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Who has to sign in again is told so, and Tesla is left alone meanwhile: no car is read each few seconds."""
    alone(sim, person, "driving")
    await set_up()
    sim.faults.add(Fault("token", host="auth", status=401, body={"error": "login_required"}))
    sim.faults.add(Fault("*", host="eu", status=401, body={"error": "token expired (401)"}))
    await pass_time(hass, freezer, 60, times=40)
    assert hass.config_entries.flow.async_progress()
    sim.clear_requests()
    await pass_time(hass, freezer, 5, times=60)
    assert len(sim.requests) <= 2


async def test_a_missing_product_tells_nothing(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A car that the list leaves out is not taken for awake because it was once: it is looked at before a read."""
    car = alone(sim, person)
    await set_up()
    await pass_time(hass, freezer, 60, times=4)
    sim.faults.add(Fault("products", body={"response": [], "count": 0}))
    await pass_time(hass, freezer, 60)
    car.sleep()
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=8)
    assert asked(sim, vin=car.vin) == ["vehicle"]
    assert state_of(hass, "sensor.nova_status") == "asleep"


async def test_asleep_and_awake_again(
    hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """408 is a reason to wait, but not when the list has said that the car slept and woke since."""
    car = alone(sim, person)
    await set_up()
    await pass_time(hass, freezer, 60, times=3)
    sim.faults.add(Fault("vehicle_data", answer="asleep", times=1))
    await call(hass, "button.press", REFRESH)
    car.sleep()
    await pass_time(hass, freezer, 60, times=2)
    car.wake_seconds = 0
    car.wake()
    sim.clear_requests()
    await pass_time(hass, freezer, 60, times=2)
    assert reads(sim) == 1
