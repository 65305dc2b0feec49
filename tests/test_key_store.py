"""The keys that are kept, and the address where Home Assistant shows their public parts."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.keys import WELL_KNOWN_PATH, CommandKey
from custom_components.tesla_charging.key_store import DATA_KEYS, async_keys
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tesla_simulator import App

from .conftest import SetUp

HOME = "home.example.com"
OTHER = CommandKey.generate()

# The key


async def test_made_once(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """An app's key is made once and survives a restart; another app has another."""
    keys = await async_keys(hass)
    assert keys.get("a") is None
    assert keys.domain("a") is None
    key = await keys.async_get_or_make("a")
    await keys.async_set_domain("a", HOME)
    assert await keys.async_get_or_make("a") is key
    assert (await keys.async_get_or_make("b")).public_hex != key.public_hex
    assert await async_keys(hass) is keys
    hass.data.pop(DATA_KEYS)
    again = await async_keys(hass)
    assert again is not keys
    assert (await again.async_get_or_make("a")).public_hex == key.public_hex
    assert again.domain("a") == HOME


async def test_never_lost(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Every key that an app has had stays in the file, once, and survives a restart."""
    keys = await async_keys(hass)
    first = await keys.async_get_or_make("a")
    others = [CommandKey.generate() for _ in range(3)]
    for key in (*others, others[2], first, others[0]):
        await keys.async_replace("a", key)
    hass.data.pop(DATA_KEYS)
    again = await async_keys(hass)
    current = again.get("a")
    assert current is not None
    assert current.fingerprint == others[0].fingerprint
    kept = [first.fingerprint, others[2].fingerprint, others[1].fingerprint]
    assert list(again.previous("a")) == kept
    assert again.previous("nobody") == {}
    assert len(hass_storage[f"{DOMAIN}.keys"]["data"]["a"]["previous"]) == 3


@pytest.mark.parametrize(
    "kept", [{}, {"private_key": None}, {"private_key": "broken"}, {"private_key": OTHER.public_pem}]
)
async def test_unreadable(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, kept: dict[str, str]
) -> None:
    """A key that cannot be read is never replaced by a new one, which would lock the person out of the car."""
    stored = {"version": 1, "minor_version": 1, "key": f"{DOMAIN}.keys", "data": {"a": kept}}
    hass_storage[f"{DOMAIN}.keys"] = stored
    keys = await async_keys(hass)
    assert keys.get("a") is None
    assert "cannot be read" in caplog.text
    with pytest.raises(HomeAssistantError) as error:
        await keys.async_get_or_make("a")
    assert error.value.translation_key == "key_unreadable"
    await keys.async_get_or_make("b")
    assert hass_storage[f"{DOMAIN}.keys"]["data"]["a"] == kept


# The website


async def test_served(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    app: App,
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Home Assistant shows the public key to anybody, and nothing else."""
    key = await (await async_keys(hass)).async_get_or_make(app.client_id)
    await set_up()
    browser = await hass_client_no_auth()
    answer = await browser.get(WELL_KNOWN_PATH, allow_redirects=False)
    assert (answer.status, answer.content_type) == (200, "application/x-pem-file")
    assert await answer.text() == key.public_pem


async def test_served_by_domain(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    app: App,
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Two apps have two keys, each at its domain; at any other there is none."""
    keys = await async_keys(hass)
    key, other = [await keys.async_get_or_make(client_id) for client_id in (app.client_id, "other")]
    await keys.async_set_domain(app.client_id, HOME)
    await keys.async_set_domain("other", "other.example.com")
    await set_up()
    browser = await hass_client_no_auth()
    for host, pem in ((HOME, key.public_pem), ("other.example.com", other.public_pem)):
        answer = await browser.get(WELL_KNOWN_PATH, headers={"Host": host})
        assert await answer.text() == pem
    answer = await browser.get(WELL_KNOWN_PATH)
    assert (answer.status, await answer.text()) == (404, "")


async def test_not_served(
    hass: HomeAssistant, hass_storage: dict[str, Any], set_up: SetUp, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Without a key there is nothing at the address."""
    await set_up()
    assert (await (await hass_client_no_auth()).get(WELL_KNOWN_PATH)).status == 404
