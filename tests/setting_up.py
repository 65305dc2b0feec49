"""Steps of the set-up as a person takes them, which its tests share."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.client import FleetClient
from custom_components.tesla_charging.token_keeper import TokenKeeper
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from tesla_simulator import App, Fault, Simulator

from .conftest import settle

REDIRECT = "https://example.com/auth/external/callback"
BASE = ["openid", "offline_access"]
SEE = [*BASE, "vehicle_device_data", "energy_device_data"]
CONTROL = [*BASE, "vehicle_device_data", "vehicle_charging_cmds", "energy_device_data", "energy_cmds"]

type Result = ConfigFlowResult

# Trouble of the sign-in server that is not the person's doing, and the key of its sentence.
TROUBLES: Mapping[str, tuple[Fault, str]] = {
    "no network": (Fault(reset=True), "no_answer"),
    "time-out": (Fault(hang=True), "no_answer"),
    "500": (Fault(answer="internal"), "server_error"),
    "503": (Fault(answer="unavailable_html"), "server_error"),
    "429": (Fault.rate_limited(5), "server_error"),
    "HTML": (Fault(answer="html"), "server_error"),
    "no JSON": (Fault(answer="truncated"), "server_error"),
}


@dataclass
class Person:
    """Somebody who sets the integration up in a browser."""

    hass: HomeAssistant
    sim: Simulator
    browser: ClientSessionGenerator

    async def begins(self) -> Result:
        """Add the integration."""
        return await self.hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})

    async def answers(self, result: Result, **answers: Any) -> Result:
        """Fill in a form and submit it."""
        assert result["type"] is FlowResultType.FORM
        return await self.hass.config_entries.flow.async_configure(result["flow_id"], answers)

    async def picks(self, result: Result, option: str) -> Result:
        """Choose from a menu."""
        assert result["type"] is FlowResultType.MENU
        assert option in result["menu_options"]
        return await self.hass.config_entries.flow.async_configure(result["flow_id"], {"next_step_id": option})

    async def wishes(self, wish: str = "control", location: bool = False) -> Result:
        """Add the integration and say what for."""
        result = await self.begins()
        assert result["step_id"] == "user"
        return await self.answers(result, wish=wish, location=location)

    async def enters(self, result: Result, app: App, place: str = "world", **other: str) -> Result:
        """Enter a Tesla app."""
        assert result["step_id"] == "app"
        secret = {"client_secret": app.client_secret} if app.client_secret else {}
        return await self.answers(result, **{"client_id": app.client_id, **secret, "place": place, **other})

    async def comes_back(self, result: Result, url: str) -> Result:
        """Follow Tesla's redirect to Home Assistant."""
        client = await self.browser()
        parts = urlsplit(url)
        response = await client.get(f"/auth/external/callback?{parts.query}")
        assert response.status == 200
        assert "window.close" in await response.text()
        return await self.hass.config_entries.flow.async_configure(result["flow_id"])

    async def signs_in(self, result: Result, **how: Any) -> Result:
        """Sign in on Tesla's page and come back."""
        assert result["type"] is FlowResultType.EXTERNAL_STEP
        return await self.comes_back(result, await self.sim.authorize(result["url"], **how))

    async def finishes(self, result: Result) -> ConfigEntry[Any]:
        """Go on from what was granted to the new entry, and wait until it is set up."""
        result = await self.picks(result, "finish")
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await settle(self.hass)
        entry: ConfigEntry[Any] = result["result"]
        return entry

    async def gets_through(self, result: Result, **how: Any) -> ConfigEntry[Any]:
        """Sign in and finish."""
        result = await self.signs_in(result, **how)
        assert result["step_id"] == "granted"
        return await self.finishes(result)


def query_of(result: Result) -> dict[str, str]:
    """Return what Tesla's page is told."""
    assert result["type"] is FlowResultType.EXTERNAL_STEP
    return dict(URL(result["url"]).query)


def problem_of(result: Result) -> str:
    """Return the key of the sentence above a form."""
    assert result["type"] is FlowResultType.FORM
    errors = result["errors"]
    assert errors is not None
    assert list(errors) == ["base"]
    return str(errors["base"])


def blanks_of(result: Result) -> dict[str, str]:
    """Return the blanks in a step's texts, as filled."""
    return dict(result["description_placeholders"] or {})


def entities_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the entity ids of an entry by unique id."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {f"{item.domain}.{item.unique_id}": item.entity_id for item in found}


def keeper_of(entry: ConfigEntry[Any]) -> TokenKeeper:
    """Return who keeps the tokens of an entry."""
    keeper: TokenKeeper = entry.runtime_data.tokens
    return keeper


def client_of(entry: ConfigEntry[Any]) -> FleetClient:
    """Return the client of an entry."""
    client: FleetClient = entry.runtime_data.client
    return client


def stored(hass_storage: dict[str, Any], entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return the token on disk."""
    token: dict[str, Any] = hass_storage[f"{DOMAIN}.{entry.entry_id}.tokens"]["data"]
    return token


def reauths(hass: HomeAssistant) -> int:
    """Return how often a person is asked to sign in again."""
    flows = hass.config_entries.flow.async_progress()
    assert all(flow["context"]["source"] == SOURCE_REAUTH for flow in flows)
    return len(flows)


async def later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float, hanging: Fault | None = None
) -> None:
    """Let time pass, and all that is due in it happen once; what hangs is waited for in virtual time too."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    settling = asyncio.create_task(settle(hass))
    while hanging is not None and not settling.done():
        hits = hanging.hits
        await asyncio.sleep(0)
        if hanging.hits > hits:
            freezer.tick(31)
    await settling


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


def state_of(entry: ConfigEntry[Any]) -> ConfigEntryState:
    """Return the state of an entry as it is now."""
    return entry.state
