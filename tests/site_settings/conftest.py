"""Fixtures of these tests."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from tesla_simulator.world import Account, Site

from .help import EVENTS


@pytest.fixture
def site(person: Account) -> Site:
    """Return the person's Powerwall."""
    return person.sites[0]


@pytest.fixture
def told(hass: HomeAssistant) -> list[tuple[str, str | None, str]]:
    """Collect what the event entity tells."""
    found: list[tuple[str, str | None, str]] = []

    def note(event: Any) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] == EVENTS and state.attributes.get("event_type"):
            attributes = state.attributes
            found.append((attributes["event_type"], attributes.get("reason"), attributes["setting"]))

    hass.bus.async_listen("state_changed", note)
    return found
