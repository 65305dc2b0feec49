"""Promises about what a car does not tell: shown for their time, and neither kept, nor broken, nor remembered."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.body_commands import WINDOW_CONTROL
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car
from tesla_simulator.world.hardware import Hardware

from .car_help import drives_in, look
from .conftest import SetUp
from .helpers import START, asked, call, list_again, pass_time, state_of, unsigned_car

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

WINDOWS = [f"vehicle_state.{name}_window" for name in ("fd", "fp", "rd", "rp")]
VALET = "switch.nova_valet_mode"
DEFROST = "switch.nova_defrost"
COMMANDS = "event.nova_commands"


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car with a sunroof that is awake and takes unsigned commands."""
    return drives_in(person, sim, unsigned_car(kept_awake=True, built_with=Hardware(sunroof=True)))


def not_told(caplog: pytest.LogCaptureFixture, hass: HomeAssistant) -> bool:
    """Whether nobody was told that a car did not keep its word."""
    return "did not do it" not in caplog.text and state_of(hass, COMMANDS) == "unknown"


@pytest.mark.parametrize(
    ("reported", "service", "entity_id", "shown"),
    [
        (dict.fromkeys(WINDOWS), "cover.open_cover", "cover.nova_windows", "open"),
        ({"climate_state.defrost_mode": None}, "switch.turn_on", DEFROST, "on"),
        ({"vehicle_state.valet_mode": None}, "switch.turn_on", VALET, "on"),
        ({"vehicle_state.sun_roof_state": "unknown"}, "cover.open_cover", "cover.nova_sunroof", "open"),
    ],
    ids=["windows", "defrost", "valet", "sunroof"],
)
async def test_what_is_never_told(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture, reported: dict[str, Any], service: str, entity_id: str, shown: str,
) -> None:  # fmt: skip
    """It is shown as long as it is too early to tell, and then it is unknown as before; the same can be wished again."""
    nova.reported = reported
    await set_up()
    assert state_of(hass, entity_id) == "unknown"
    for _ in range(2):
        sim.clear_requests()
        await call(hass, service, entity_id)
        for _ in range(14):
            assert state_of(hass, entity_id) == shown
            await pass_time(hass, freezer, 1)
        await pass_time(hass, freezer, 1)
        assert state_of(hass, entity_id) == "unknown"
        assert len(asked(sim, "command/*")) == 1
    assert not_told(caplog, hass)


async def test_what_is_not_told_any_more(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """What was told before the command tells nothing after it: it is unknown, and the opposite is sent."""
    await set_up()
    assert state_of(hass, VALET) == "off"
    nova.reported = {"vehicle_state.valet_mode": None}
    await call(hass, "switch.turn_on", VALET)
    await pass_time(hass, freezer, 1, times=16)
    assert state_of(hass, VALET) == "unknown"
    sim.clear_requests()
    await call(hass, "switch.turn_off", VALET)
    assert asked(sim, "command/*") == ["command/set_valet_mode"]
    assert not_told(caplog, hass)
    nova.reported = {}
    await look(hass, freezer)
    assert state_of(hass, VALET) == "off"


async def test_told_in_part(
    hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """One window that is told to be open still breaks the promise to close them all."""
    nova.reported = {**dict.fromkeys(WINDOWS), WINDOWS[0]: 1}
    await set_up()
    await call(hass, "cover.close_cover", "cover.nova_windows")
    assert state_of(hass, "cover.nova_windows") == "closed"
    await pass_time(hass, freezer, 1, times=16)
    assert state_of(hass, "cover.nova_windows") == "open"
    assert f"has accepted {WINDOW_CONTROL.name} and did not do it" in caplog.text
    assert state_of(hass, COMMANDS) != "unknown"


async def test_a_read_that_comes_late_decides(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Where the car cannot be read what it has said yes to stands, whatever else is told; nothing is written for nothing."""
    nova.ignores_commands.add("set_valet_mode")
    await set_up()
    sim.faults.add(Fault("vehicle_data", answer="internal"))
    await call(hass, "switch.turn_on", VALET)
    written: list[str] = []

    def note(event: Event[EventStateChangedData]) -> None:
        written.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    for _ in range(3):
        await list_again(hass)
        await pass_time(hass, freezer, 10)
    assert state_of(hass, VALET) == "on"
    assert VALET not in written
    sim.faults.clear()
    await look(hass, freezer)
    assert state_of(hass, VALET) == "off"


async def test_a_restart_remembers_only_what_can_be_told(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What a car never tells is unknown again after a restart; what it tells stands until it is read."""
    nova.reported = {"climate_state.defrost_mode": None}
    entry = await set_up()
    await call(hass, "switch.turn_on", DEFROST)
    await call(hass, "switch.turn_on", VALET)
    sim.faults.add(Fault(reset=True))
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 1)
    assert state_of(hass, DEFROST) == "unknown"
    assert state_of(hass, VALET) == "on"


async def test_what_sleep_undoes(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """A car that sleeps does not warm anybody, and has not broken its word when it wakes; a setting stands."""
    await set_up()
    sim.faults.add(Fault("vehicle_data", answer="internal"))
    await call(hass, "climate.turn_on", "climate.nova_climate")
    await call(hass, "switch.turn_on", VALET)
    await pass_time(hass, freezer, 1, times=20)
    assert state_of(hass, "climate.nova_climate") == "heat_cool"
    nova.kept_awake = False
    nova.command("auto_conditioning_stop", {})
    nova.sleep()
    await list_again(hass)
    assert (state_of(hass, "sensor.nova_status"), state_of(hass, "climate.nova_climate")) == ("asleep", "off")
    nova.wake()
    await list_again(hass)
    assert (state_of(hass, "sensor.nova_status"), state_of(hass, "climate.nova_climate")) == ("online", "off")
    assert state_of(hass, VALET) == "on"
    sim.faults.clear()
    await look(hass, freezer)
    assert state_of(hass, "climate.nova_climate") == "off"
    assert not_told(caplog, hass)


async def test_scopes_that_change_meanwhile(
    hass: HomeAssistant, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Scopes that change neither keep nor break a promise, and what is never told stays so."""
    nova.reported = {"vehicle_state.valet_mode": None}
    entry = await set_up()
    await call(hass, "switch.turn_on", VALET)
    entry.runtime_data.vehicles[nova.vin].async_follow_scopes()
    assert state_of(hass, VALET) == "on"
    await pass_time(hass, freezer, 1, times=16)
    assert state_of(hass, VALET) == "unknown"
