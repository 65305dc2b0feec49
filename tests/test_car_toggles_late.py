"""What turns round what is, where the command had to wait: virtual time passes here."""

import asyncio
from dataclasses import replace

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car

from .car_help import drives_in
from .conftest import SetUp
from .helpers import START, asked, call, in_time, still, unsigned_car

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that is awake and takes unsigned commands."""
    return drives_in(person, sim, unsigned_car(kept_awake=True))


@pytest.mark.parametrize(
    "fault",
    [Fault("actuate_trunk", status=503, times=1), Fault("actuate_trunk", answer="asleep", times=1)],
    ids=["out of order", "asleep"],
)
@pytest.mark.parametrize(("rear", "sent", "key"), [(1, 1, None), (0, 2, None), ("blind", 1, "unseen")])
async def test_looked_at_again_after_a_wait(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory,
    fault: Fault, rear: int | str, sent: int, key: str | None,
) -> None:  # fmt: skip
    """Somebody may have opened it meanwhile: then it is not closed by sending that again; without a look nothing is sent."""
    await set_up()
    sim.clear_requests()
    sim.faults.add(replace(fault))
    opening = asyncio.ensure_future(call(hass, "cover.open_cover", "cover.nova_trunk"))
    while not asked(sim, "command/*"):
        await still(sim)
    nova.body.trunks["rear"] = 1 if rear == 1 else 0
    if rear == "blind":
        sim.faults.add(Fault("vehicle_data", answer="internal"))
    failure, _ = await in_time(hass, sim, freezer, opening)
    assert (failure.translation_key if isinstance(failure, HomeAssistantError) else failure) == key
    assert asked(sim, "command/*").count("command/actuate_trunk") == sent
    assert nova.body.trunks["rear"] == (0 if key else 1)
