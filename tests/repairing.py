"""A person on Home Assistant's page of repairs."""

from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .conftest import settle


def issue_of(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> ir.IssueEntry | None:
    """Return the issue of a kind."""
    found = [issue for _, issue in ir.async_get(hass).issues if issue.startswith(kind)]
    assert all(issue.endswith(entry.entry_id) for issue in found)
    return ir.async_get(hass).async_get_issue(DOMAIN, found[0]) if found else None


class Repairs:
    """A person on Home Assistant's page of repairs."""

    def __init__(self, hass: HomeAssistant, browser: Any) -> None:
        """Open the page."""
        self._hass = hass
        self._browser = browser
        self._flow = ""

    async def begins(self, issue: ir.IssueEntry | None) -> dict[str, Any]:
        """Choose an issue."""
        assert issue is not None
        assert issue.is_fixable
        what = {"handler": DOMAIN, "issue_id": issue.issue_id}
        result = await self._post("/api/repairs/issues/fix", what)
        self._flow = result["flow_id"]
        return result

    async def answers(self, **answers: Any) -> dict[str, Any]:
        """Submit a form."""
        return await self._post(f"/api/repairs/issues/fix/{self._flow}", answers)

    async def _post(self, url: str, data: dict[str, Any]) -> dict[str, Any]:
        answer = await self._browser.post(url, json=data)
        assert answer.status == 200, await answer.text()
        result: dict[str, Any] = await answer.json()
        await settle(self._hass)
        return result
