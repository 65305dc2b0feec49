"""Fixtures of these tests."""

import pytest

from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Car
from tests.planning import move_in


@pytest.fixture
async def luna(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Car:
    """Return the car that takes unsigned commands, at Home Assistant's home in Berlin, charging, at 62 %."""
    luna = await move_in(hass, sim, monkeypatch)
    luna.kept_awake, luna.standby_w = True, 0.0
    return luna
