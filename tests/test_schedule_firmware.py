"""Cars from before there were schedules, and that each car gets the commands of its own firmware only."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Car

from .conftest import SetUp
from .helpers import START, asked, pass_time
from .planning import ELSEWHERE, act, move_in, refused

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return the car that takes unsigned commands, at Home Assistant's home in Berlin."""
    return await move_in(hass, sim, monkeypatch)


@pytest.fixture
async def old(luna: Car) -> Car:
    """Return a car from before there were schedules."""
    luna.firmware = "2024.20.9"
    luna.reported = {"charge_schedule_data": None, "preconditioning_schedule_data": None}
    return luna


async def test_old_firmware_charging(
    hass: HomeAssistant, sim: Simulator, old: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """One start time on all days is what older firmware knows; it is listed, changed and removed like any other."""
    await set_up()
    assert await act(hass, "list_schedules") == {"charge_schedules": [], "precondition_schedules": []}
    for _ in range(3):
        added = await act(hass, "add_charge_schedule", start_time="22:00")
    plan_ = old.charger.plan
    assert (plan_.mode, plan_.start_minutes, plan_.charge) == ("StartAt", 1320, {})
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "list_schedules"))["charge_schedules"] == [added]
    assert added["at_home"] is None
    await act(hass, "update_charge_schedule", id=added["id"], start_time="23:00")
    assert plan_.start_minutes == 1380
    await act(hass, "remove_charge_schedule", id=added["id"])
    assert plan_.mode == "Off"
    assert set(asked(sim, "command/*")) == {"command/set_scheduled_charging"}
    assert len(asked(sim, "command/*")) == 3


@pytest.mark.parametrize("off_peak", [True, False])
async def test_old_firmware_preconditioning(
    hass: HomeAssistant, sim: Simulator, old: Car, set_up: SetUp, freezer: FrozenDateTimeFactory, off_peak: bool
) -> None:
    """A time to be ready on all days or on weekdays; what the car does off-peak stays as it is."""
    if off_peak:
        body = {"enable": True, "off_peak_charging_enabled": True, "off_peak_charging_weekdays_only": True}
        old.command("set_scheduled_departure", {**body, "end_off_peak_time": 345, "departure_time": 400})
    await set_up()
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    added = await act(hass, "add_precondition_schedule", ready_time="07:30", days=days)
    plan_ = old.charger.plan
    assert (plan_.mode, plan_.departure_minutes, plan_.preconditioning) == ("DepartBy", 450, True)
    assert plan_.preconditioning_weekdays_only
    assert (plan_.off_peak, plan_.off_peak_weekdays_only) == (off_peak, off_peak)
    assert plan_.off_peak_end_minutes == (345 if off_peak else 360)
    await pass_time(hass, freezer, 60)
    assert (await act(hass, "list_schedules"))["precondition_schedules"] == [added]
    assert added["days"] == days
    await act(hass, "remove_precondition_schedule", id=added["id"])
    assert plan_.mode == ("DepartBy" if off_peak else "Off")
    assert set(asked(sim, "command/*")) == {"command/set_scheduled_departure"}


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("add_charge_schedule", {"end_time": "06:00"}),
        ("add_charge_schedule", {"start_time": "22:00", "end_time": "06:00"}),
        ("add_charge_schedule", {"start_time": "22:00", "days": ["monday"]}),
        ("add_charge_schedule", {"start_time": "22:00", "one_time": True}),
        ("add_charge_schedule", {"start_time": "22:00", "location": ELSEWHERE}),
        ("add_precondition_schedule", {"ready_time": "07:00", "days": ["saturday", "sunday"]}),
        ("add_precondition_schedule", {"ready_time": "07:00", "one_time": True}),
    ],
)
async def test_old_firmware_cannot(
    hass: HomeAssistant, sim: Simulator, old: Car, set_up: SetUp, action: str, data: dict[str, Any]
) -> None:
    """What older firmware cannot do is said, and not done by halves."""
    await set_up()
    key, sentence = await refused(hass, action, **data)
    assert key == "schedules_old_firmware"
    assert "2024.26" in sentence
    assert asked(sim, "command/*") == []


@pytest.mark.parametrize(
    ("firmware", "legacy"),
    [("2023.7.20", True), ("2024.14", True), ("2024.26", False), ("2024.38.7", False), ("2025.2", False)],
)
async def test_firmware(
    hass: HomeAssistant, sim: Simulator, luna: Car, set_up: SetUp, firmware: str, legacy: bool
) -> None:
    """Each car gets the commands of its firmware and never the others, which make duplicates."""
    luna.firmware = firmware
    if legacy:
        luna.reported = {"charge_schedule_data": None, "preconditioning_schedule_data": None}
    await set_up()
    await act(hass, "add_charge_schedule", start_time="22:00")
    await act(hass, "add_precondition_schedule", ready_time="07:00")
    both = (
        {"set_scheduled_charging", "set_scheduled_departure"}
        if legacy
        else {"add_charge_schedule", "add_precondition_schedule"}
    )
    assert set(asked(sim, "command/*")) == {f"command/{name}" for name in both}
