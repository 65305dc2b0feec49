"""Wall Connectors: what they say in words, the car on them, and the energy that is counted from their power."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, wall_connector

from .conftest import SetUp, settle
from .helpers import START, attribute, entity_ids, pass_time, state_of

pytestmark = pytest.mark.freeze_time(START)


async def test_a_number_that_nobody_knows(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The state is unknown, and the number is told beside it."""
    connector = person.sites[0].wall_connectors[0]
    await set_up()
    assert attribute(hass, "sensor.wall_connector_status", "code") == 1
    connector.odd_state = 12
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.wall_connector_status") == "unknown"
    assert attribute(hass, "sensor.wall_connector_status", "code") == 12
    connector.odd_state = 13
    await pass_time(hass, freezer, 61)
    assert attribute(hass, "sensor.wall_connector_status", "code") == 13
    connector.odd_state, connector.fault_state = None, 5
    await pass_time(hass, freezer, 61)
    assert state_of(hass, "sensor.wall_connector_status") == "charging"
    assert state_of(hass, "sensor.wall_connector_fault") == "fault"
    assert attribute(hass, "sensor.wall_connector_fault", "code") == 5


@pytest.mark.parametrize(
    ("state", "car"),
    [(1, "other"), (4, "other"), (8, "other"), (2, "none"), (0, "unknown"), (7, "unknown"), (12, "unknown")],
)
async def test_a_car_without_a_name(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, state: int, car: str
) -> None:
    """A car of another make has no VIN: it is a car all the same, and what is not known is not said."""
    sim.faults.add(
        Fault(
            "live_status",
            put={"response.wall_connectors.0.wall_connector_state": state},
            drop=["response.wall_connectors.0.vin"],
        )
    )
    await set_up()
    assert state_of(hass, "sensor.wall_connector_vehicle") == car


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_only_some_connectors_tell(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """A state of which nobody knows its form is shown as it comes."""
    person.sites[0].wall_connectors[0].more = {"ocpp_status": 1, "powershare_session_state": "idle"}
    person.sites[0].wall_connectors.append(wall_connector(2))
    await set_up()
    assert state_of(hass, "sensor.wall_connector_ocpp_status") == "1"
    assert state_of(hass, "sensor.wall_connector_powershare_state") == "idle"
    assert len([one for one in entity_ids(hass) if "ocpp" in one]) == 1


ENERGY = "sensor.wall_connector_energy_estimated"


async def test_energy_of_a_connector(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It follows the power, over a short restart too; a gap adds nothing, and is told."""
    entry = await set_up()
    assert (state_of(hass, ENERGY), attribute(hass, ENERGY, "estimated")) == ("0.0", True)
    assert attribute(hass, ENERGY, "state_class") == "total_increasing"
    await pass_time(hass, freezer, 60, times=10)
    assert float(state_of(hass, ENERGY) or 0) == pytest.approx(11.04 / 6, abs=0.02)

    before = float(state_of(hass, ENERGY) or 0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(120)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert float(state_of(hass, ENERGY) or 0) == pytest.approx(before + 11.04 / 30, abs=0.02)

    before = float(state_of(hass, ENERGY) or 0)
    sim.faults.add(Fault("live_status", answer="internal"))
    await pass_time(hass, freezer, 60, times=10)
    assert float(state_of(hass, ENERGY) or 0) == before
    sim.faults.clear()
    await pass_time(hass, freezer, 60, times=2)
    minutes = attribute(hass, ENERGY, "minutes_not_counted")
    assert 10 <= minutes <= 12
    assert before <= float(state_of(hass, ENERGY) or 0) <= before + 11.04 / 30

    sim.world.car_named("Luna").unplug()
    await pass_time(hass, freezer, 61)
    before = float(state_of(hass, ENERGY) or 0)
    await pass_time(hass, freezer, 61, times=3)
    assert float(state_of(hass, ENERGY) or 0) == before


async def test_energy_while_the_list_is_null(
    hass: HomeAssistant, person: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A list that is null leaves the power that was shown, but it is not counted on."""
    await set_up()
    await pass_time(hass, freezer, 60, times=2)
    before = state_of(hass, ENERGY)
    person.sites[0].reports_wall_connectors = False
    await pass_time(hass, freezer, 60, times=8)
    assert state_of(hass, ENERGY) == before
    assert state_of(hass, "sensor.wall_connector_status") == "charging"
