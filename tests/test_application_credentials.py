"""Tesla apps in Home Assistant's own list of application credentials."""

from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tesla_simulator import Simulator


async def test_where_apps_are_made(hass: HomeAssistant, sim: Simulator, hass_ws_client: WebSocketGenerator) -> None:
    """The dialog for credentials points to Tesla's portal."""
    assert await async_setup_component(hass, "application_credentials", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "application_credentials/config"})
    answer = await client.receive_json()
    found = answer["result"]["integrations"][DOMAIN]["description_placeholders"]
    assert found == {"portal_url": f"{sim.url('control')}/portal"}
