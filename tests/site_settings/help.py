"""What these tests share."""

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import settle

RESERVE = "number.powerwall_backup_reserve"
EVENTS = "event.powerwall_settings"
SENSOR = "sensor.powerwall_settings"
# The seconds from one look to a moment after the next one.
LOOKS = (6, 26, 92, 1682)


def issues(hass: HomeAssistant) -> set[str | None]:
    """Return the issues that there are."""
    return {issue.translation_key for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN}


async def restart(hass: HomeAssistant, entry: MockConfigEntry, away: float, freezer: FrozenDateTimeFactory) -> None:
    """Stop, be away for a while, and start again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(away)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
