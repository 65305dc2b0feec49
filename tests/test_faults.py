"""Every endpoint times everything that can go wrong: nothing reaches the log, the rest lives, and it passes by itself."""

from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.tesla_charging import commands
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet import errors
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.answers import ANSWERS

from .conftest import SetUp, settle
from .helpers import (
    JUNIPER,
    LUNA,
    START,
    asked,
    call,
    entity_ids,
    in_time,
    pass_time,
    set_number,
    state_of,
    tracebacks,
    until,
)

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3601
# The longest that Tesla is left alone, and a little longer, so that nobody comes back in step with others
WAIT = 1.25 * HOUR
# What switches the app off is followed by silence: it has a test of its own.
CLOSING = ("exceeded_limit", "payment_required")
NAMED: list[tuple[str, dict[str, Any]]] = [(name, {"answer": name}) for name in sorted(ANSWERS) if name not in CLOSING]
MOMENTS = [datetime(year, 6, 10, 12, tzinfo=UTC) for year in (2020, 2026, 2099)]
RETRY_AFTER = [0, 30, 1.5, -5, "999999999", "soon", "", "inf", "nan", "Wed, 10 Jun", *MOMENTS]
LIMITED: list[tuple[str, dict[str, Any]]] = [
    (f"429 {value!r}", {"answer": "rate_limited", "retry_after": value}) for value in RETRY_AFTER
]
OTHER: list[tuple[str, dict[str, Any]]] = [
    ("429 reset", {"answer": "rate_limited", "rate_limit_reset": "17"}),
    ("503 later", {"answer": "unavailable", "retry_after": 20}),
    ("reset", {"reset": True}),
    ("lost", {"executed": True, "reset": True}),
    ("no gzip", {"headers": {"Content-Encoding": "gzip"}}),
    ("cut in half", {"truncate": True}),
    ("response list", {"body": {"response": [None, 1, "x", [], {}]}}),
    ("response number", {"body": {"response": 5}}),
    ("response empty", {"body": {"response": {}}}),
    ("no response", {"body": {}}),
    ("text", {"body": "ok", "content_type": "text/plain"}),
    ("deep", {"body": "[" * 100_000}),
    ("redirect", {"status": 302, "headers": {"Location": "/elsewhere"}}),
    ("418", {"status": 418, "body": ""}),
    ("error in a list", {"status": 500, "body": [1]}),
    ("long words", {"status": 400, "body": {"error": "a" * 200_000}}),
    ("error object", {"status": 403, "body": {"error": {"code": 1}, "error_description": 5}}),
]
FAULTS = NAMED + LIMITED + OTHER


@pytest.fixture(autouse=True)
def no_waiting(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a waking car without a pause: time stands still here."""
    monkeypatch.setattr(commands, "WAKE_LOOKS", [0] * 3)


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> MockConfigEntry:
    """Set up, with a car that stays awake."""
    sim.world.car_named("Luna").sleeps = False
    return await set_up()


def each(sim: Simulator, endpoint: str, faults: list[tuple[str, dict[str, Any]]], **which: Any) -> Iterator[Fault]:
    """Yield each fault, in force for an endpoint until the next is due."""
    for name, harm in faults:
        fault = Fault(endpoint, **which, **harm)
        sim.faults.add(fault)
        sim.clear_requests()
        yield fault
        assert fault.hits, name
        sim.faults.clear()


async def look(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let a person ask for Luna, whose state was told too long ago; never mind the outcome."""
    await pass_time(hass, freezer, 20)
    await failure_of(call(hass, "button.press", "button.luna_refresh"))
    await settle(hass)


async def let_pass(hass: HomeAssistant, freezer: FrozenDateTimeFactory, fault: Fault) -> None:
    """Wait as long as Tesla wants an endpoint to be left alone, if it does."""
    if fault.answer == "rate_limited":
        await pass_time(hass, freezer, HOUR)


def assert_quiet(hass: HomeAssistant, caplog: pytest.LogCaptureFixture, fault: Fault) -> None:
    """Nothing that nobody caught is in the log, and nobody is asked to sign in again."""
    assert tracebacks(caplog) == [], fault.as_json()
    assert hass.config_entries.flow.async_progress() == [], fault.as_json()
    caplog.clear()


READS: list[tuple[str, dict[str, Any], str, float]] = [
    ("products", {}, "vehicle_data", 601),
    ("vehicle", {"vin": LUNA}, "live_status", 601),
    ("vehicle_data", {"vin": LUNA}, "live_status", 601),
    ("live_status", {}, "vehicle_data", 601),
    ("site_info", {}, "vehicle_data", HOUR),
    ("calendar_history", {}, "live_status", 601),
]


@pytest.mark.parametrize(("endpoint", "which", "bystander", "seconds"), READS, ids=[one[0] for one in READS])
async def test_reads(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    which: dict[str, Any],
    bystander: str,
    seconds: float,
) -> None:
    """Whatever a read brings, the values stay, the others live on, and it is read again in an hour or little more."""
    sim.world.car_named("Luna").unplug()
    before = entity_ids(hass)
    for fault in each(sim, endpoint, FAULTS, **which):
        await pass_time(hass, freezer, seconds)
        await look(hass, freezer)
        if endpoint != "products":  # a product that is missing for so long would go, and rightly so
            await pass_time(hass, freezer, 601)
        assert_quiet(hass, caplog, fault)
        assert 200 in {request.status for request in sim.requests_for(bystander)}, fault.as_json()
        assert state_of(hass, "sensor.luna_battery_level") not in ("unavailable", "unknown", None), fault.as_json()
        assert state_of(hass, "sensor.powerwall_charge_level") not in ("unavailable", "unknown", None), fault.as_json()
        assert state_of(hass, "number.powerwall_backup_reserve") == "20", fault.as_json()

        sim.faults.clear()
        sim.clear_requests()
        await pass_time(hass, freezer, WAIT)
        await look(hass, freezer)
        assert [request.status for request in sim.requests_for(endpoint)][-1] == 200, fault.as_json()
        assert state_of(hass, "sensor.luna_status") == "online", fault.as_json()
        assert entity_ids(hass) == before, fault.as_json()
        assert_quiet(hass, caplog, fault)
    assert sim.requests_for("wake_up") == []


@pytest.mark.parametrize("answer", CLOSING)
@pytest.mark.parametrize("endpoint", [one[0] for one in READS])
async def test_switched_off(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    answer: str,
) -> None:
    """An app that Tesla has switched off asks nothing more for a day, shows what it knows, and comes back."""
    sim.world.car_named("Luna").unplug()
    before = entity_ids(hass)
    fault = sim.faults.add(Fault(endpoint, answer=answer))
    await pass_time(hass, freezer, HOUR)
    await look(hass, freezer)
    assert fault.hits == 1
    sim.faults.clear()
    sim.clear_requests()
    for _ in range(22):
        await pass_time(hass, freezer, HOUR)
        await look(hass, freezer)
    assert asked(sim, "*") == []
    assert entity_ids(hass) == before
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    for _ in range(6):
        await pass_time(hass, freezer, HOUR)
        await look(hass, freezer)
    assert {"products", "vehicle_data", "live_status", "site_info"} <= set(asked(sim))
    assert_quiet(hass, caplog, fault)


@pytest.mark.parametrize(("endpoint", "which"), [one[:2] for one in READS], ids=[one[0] for one in READS])
async def test_hanging_reads(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    which: dict[str, Any],
) -> None:
    """A request that is never answered ends after half a minute; all else goes on meanwhile."""
    fault = sim.faults.add(Fault(endpoint, hang=True, **which))
    sim.clear_requests()
    freezer.tick(HOUR)
    async_fire_time_changed(hass)
    good = {"products", "vehicle", "vehicle_data", "live_status", "site_info", "calendar_history"} - {endpoint}
    if endpoint == "vehicle":
        good -= {"vehicle_data"}
    await until(lambda: fault.hits and good <= set(asked(sim, "*")))
    sim.faults.active.clear()
    await pass_time(hass, freezer, 31)
    assert state_of(hass, "sensor.luna_battery_level") not in ("unavailable", None)
    sim.clear_requests()
    await pass_time(hass, freezer, HOUR)
    assert endpoint in asked(sim, endpoint)
    assert_quiet(hass, caplog, fault)


async def test_region(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The question for the region, too, may be answered in any way."""
    sim.world.car_named("Luna").unplug()
    for fault in each(sim, "users/region", FAULTS):
        sim.faults.add(Fault("vehicle_data", vin=LUNA, answer="legal"))
        await look(hass, freezer)
        assert_quiet(hass, caplog, fault)
        sim.faults.active.clear()
        await pass_time(hass, freezer, HOUR)
        await look(hass, freezer)
        assert state_of(hass, "sensor.luna_status") == "online"
        assert entry.data["region"] == "eu"


async def failure_of(doing: Awaitable[None]) -> HomeAssistantError | None:
    """Do something; return how it failed, a translated sentence about one of the known faults, or None."""
    try:
        await doing
    except HomeAssistantError as err:
        failure = err
    else:
        return None
    assert failure.translation_domain == DOMAIN
    assert failure.translation_key in [*errors.Fault]
    assert " " in str(failure)
    return failure


def says_yes(fault: Fault) -> bool:
    """Whether the answer's status is that of a success."""
    answer = ANSWERS[fault.answer or "empty"]
    return (answer.status if fault.status is None else fault.status) == 200 and not fault.reset and not fault.headers


async def test_commands(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever is said to a command, a person reads a sentence, and the number tells the truth a little later."""
    luna = sim.world.car_named("Luna")
    for count, fault in enumerate(each(sim, "set_charge_limit", FAULTS, vin=LUNA)):
        limit = 50 + count % 50 if 50 + count % 50 != luna.charger.limit else 100
        failure, _ = await in_time(hass, sim, freezer, failure_of(set_number(hass, "number.luna_charge_limit", limit)))
        assert not isinstance(failure, BaseException) or isinstance(failure, HomeAssistantError)
        assert (failure is None) is (luna.charger.limit == limit), fault.as_json()
        await pass_time(hass, freezer, 61)
        assert state_of(hass, "number.luna_charge_limit") == str(luna.charger.limit), fault.as_json()
        assert_quiet(hass, caplog, fault)
        sim.faults.clear()
        await let_pass(hass, freezer, fault)
        await in_time(hass, sim, freezer, set_number(hass, "number.luna_charge_limit", 95))
        await pass_time(hass, freezer, 61)
        assert (luna.charger.limit, state_of(hass, "number.luna_charge_limit")) == (95, "95"), fault.as_json()
    assert len(sim.requests_for("wake_up")) <= 1


async def test_hanging_command(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A command that is never answered is given up after twenty seconds, and a look shows that it was obeyed."""
    fault = sim.faults.add(Fault("set_charge_limit", executed=True, hang=True, times=1))
    task = hass.async_create_task(set_number(hass, "number.luna_charge_limit", 55))
    await until(lambda: fault.hits)
    freezer.tick(21)
    async_fire_time_changed(hass)
    assert (await in_time(hass, sim, freezer, task))[0] is None
    assert len(asked(sim, "command/*")) == 1
    assert state_of(hass, "number.luna_charge_limit") == "55"


async def test_waking(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever is said to a wake-up, a person reads a sentence, or the car is awake all the same."""
    juniper = sim.world.car_named("Juniper")
    juniper.wake_seconds = 0
    for fault in each(sim, "wake_up", FAULTS, vin=JUNIPER):
        failure = await failure_of(set_asleep_and_wake(hass, sim))
        assert (failure is None) is (fault.executed or not (fault.replaces or fault.reset)), fault.as_json()
        # A token that is refused is renewed, and the request sent once more; nothing else is a reason to wake again.
        assert len(asked(sim, "wake_up")) == (2 if renewed(sim) else 1), fault.as_json()
        # A day has only so many wakes.
        await pass_time(hass, freezer, 6 * HOUR)
        assert_quiet(hass, caplog, fault)
        sim.faults.clear()
        await set_asleep_and_wake(hass, sim)
        assert state_of(hass, "sensor.juniper_status") == "online", fault.as_json()


def renewed(sim: Simulator) -> bool:
    """Whether the token was renewed since the requests were last forgotten."""
    return any(request.host == "auth" for request in sim.requests)


async def set_asleep_and_wake(hass: HomeAssistant, sim: Simulator) -> None:
    """Let Juniper sleep, and press the button that wakes it."""
    sim.world.car_named("Juniper").sleep()
    await hass.services.async_call("button", "press", {"entity_id": "button.juniper_wake_up"}, blocking=True)
    await settle(hass)


async def test_site_writes(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever is said to a write, it is refused with a sentence, or taken; a read tells which."""
    site = next(iter(sim.world.sites.values()))
    for count, fault in enumerate(each(sim, "backup", FAULTS)):
        failure = await failure_of(set_number(hass, "number.powerwall_backup_reserve", 30 + count % 50))
        assert (failure is None) is says_yes(fault), fault.as_json()
        # From the third look on, after two minutes, what Tesla tells counts.
        for seconds in (6, 26, 92):
            await pass_time(hass, freezer, seconds)
        assert state_of(hass, "number.powerwall_backup_reserve") == str(round(site.reserve)), fault.as_json()
        assert_quiet(hass, caplog, fault)
        sim.faults.clear()
        await let_pass(hass, freezer, fault)
        await set_number(hass, "number.powerwall_backup_reserve", 5)
        await pass_time(hass, freezer, 61)
        assert (site.reserve, state_of(hass, "number.powerwall_backup_reserve")) == (5, "5"), fault.as_json()
