"""What is on the real disk: for nobody else to read, and no harm when it is damaged."""

from pathlib import Path
import stat
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.keys import CommandKey
from custom_components.tesla_charging.key_store import async_keys
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator

from .conftest import SetUp, settle
from .helpers import LUNA, START, pass_time, state_of, still

pytestmark = pytest.mark.freeze_time(START)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let the stores write to the disk."""
    return {}


def file_of(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> Path:
    """Return a file of the integration."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}.{kind}"))


async def test_files_are_private(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Tokens and snapshots can be read by Home Assistant's own user only, and nothing else is written."""
    entry = await set_up()
    # Three quarters of the life of the token, so that it is renewed and stored.
    await pass_time(hass, freezer, 6.5 * 3600)
    await pass_time(hass, freezer, 11)
    await still(sim)
    assert file_of(hass, entry, "tokens").read_text().count(entry.data["token"]["access_token"]) == 1
    assert LUNA in file_of(hass, entry, "snapshots").read_text()
    files = list(Path(hass.config.path(".storage")).glob("*"))
    ours = [path for path in files if DOMAIN in path.name]
    assert sorted(path.name.rpartition(".")[2] for path in ours) == [
        "bills",
        "charging_log",
        "costs",
        "ledger",
        "snapshots",
        "tokens",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in ours} == {0o600}

    assert await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    # What was spent stays: to forget it with the account would open the budget of the app twice.
    assert [path.suffix for path in Path(hass.config.path(".storage")).glob(f"{DOMAIN}.*")] == [".ledger"]


async def test_key_is_private(hass: HomeAssistant) -> None:
    """The key that signs commands can be read by Home Assistant's own user only."""
    keys = await async_keys(hass)
    await keys.async_get_or_make("a")
    path = Path(hass.config.path(".storage", f"{DOMAIN}.keys"))
    for count in (1, 2):
        assert path.read_text().count("BEGIN PRIVATE KEY") == count
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await keys.async_replace("a", CommandKey.generate())


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "data": {"vehicles": [{"vi', "\x00\x00"])
@pytest.mark.parametrize("kind", ["snapshots", "tokens"])
async def test_corrupt_file(hass: HomeAssistant, set_up: SetUp, kind: str, text: str) -> None:
    """A file that is no JSON any more costs the memory, not the set-up."""
    entry = await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    file_of(hass, entry, kind).write_text(text)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "sensor.luna_battery_level") == "62"


@pytest.mark.parametrize("kind", ["snapshots", "tokens"])
async def test_unreadable_file(hass: HomeAssistant, set_up: SetUp, kind: str) -> None:
    """What cannot be read at all is done without."""
    entry = await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = file_of(hass, entry, kind)
    path.unlink(missing_ok=True)
    path.mkdir()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    path.rmdir()
