"""Fields of an answer that are missing or wrong, seen through the entities."""

import dataclasses
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.models import Vehicle
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator

from .conftest import SetUp
from .helpers import LUNA, START, entity_ids, pass_time, state_of, tracebacks

pytestmark = pytest.mark.freeze_time(START)

# Fields of an answer

UNTIL_READ = 961  # an old car at rest is left alone for sixteen minutes
WHOLE: list[Any] = [None, [], "junk", 5, {}]
SINGLE: list[Any] = [None, "<invalid>", "", [], {}, [[]], {"a": 1}]
STEADY = {
    "charge_state.battery_range": 200.0,
    "charge_state.est_battery_range": 160.0,
    "charge_state.ideal_battery_range": 170.0,
    "charge_state.battery_level": 62,
    "charge_state.usable_battery_level": 62,
}


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("block", ["charge_state", "drive_state", "vehicle_config", "vehicle_state"])
async def test_damaged_blocks(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    block: str,
) -> None:
    """Any field of a car's answer dropped, nulled or retyped, alone and all together: no state is made up."""
    luna = sim.world.car_named("Luna")
    luna.unplug()
    luna.sleeps, luna.reported = False, dict(STEADY)
    await set_up()
    of_reads = {"sensor.luna_last_data", "sensor.luna_next_planned_read", "sensor.luna_why_it_is_read_next"}
    of_time = {"sensor.luna_standby_loss"} | {one for one in entity_ids(hass) if "_tire_pressure_measured_" in one}
    ours = entity_ids(hass, start="luna") - of_reads - of_time
    truth = {entity_id: state_of(hass, entity_id) for entity_id in ours}
    fields = sorted(
        {one.name for one in dataclasses.fields(getattr(Vehicle(), block))} & set(luna.vehicle_data()[block])
    )
    damages: list[dict[str, Any]] = [{"drop": [f"response.{block}.{field}"]} for field in fields]
    damages += [{"put": {f"response.{block}": junk}} for junk in WHOLE]
    for junk in SINGLE:
        damages.append({"put": {f"response.{block}.{field}": junk for field in fields}})
    for damage in damages:
        fault = sim.faults.add(Fault("vehicle_data", vin=LUNA, **damage))
        await pass_time(hass, freezer, UNTIL_READ)
        assert fault.hits == 1
        for entity_id, value in truth.items():
            assert state_of(hass, entity_id) in (value, "unknown"), (entity_id, damage)
        assert tracebacks(caplog) == [], damage
        sim.faults.clear()
        await pass_time(hass, freezer, UNTIL_READ)
        assert {entity_id: state_of(hass, entity_id) for entity_id in ours} == truth, damage
