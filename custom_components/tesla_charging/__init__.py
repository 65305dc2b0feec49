"""Tesla Charging: charging, energy and vehicle straight on Tesla's Fleet API."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation
from homeassistant.helpers.device_registry import DeviceEntry

from .account import Account, TeslaConfigEntry
from .const import CONF_REGION, CONF_SCOPES, DOMAIN
from .coordinators.base import Context
from .fleet.client import FleetClient, PriceClass
from .fleet.regions import DEFAULT_REGION, Region, region_table
from .oauth import implementation_of
from .repairs import async_check_scopes, async_forget, async_note_fault
from .storage import Snapshots
from .token_keeper import TokenKeeper, store_of

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.DEVICE_TRACKER,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup_entry(hass: HomeAssistant, entry: TeslaConfigEntry) -> bool:
    """Set up an account."""
    regions = region_table()
    implementation = implementation_of(await async_get_config_entry_implementation(hass, entry))
    region = regions.get(entry.data[CONF_REGION], regions[DEFAULT_REGION])
    implementation.use(region)

    tokens = TokenKeeper(hass, entry, implementation)
    await tokens.async_load()
    snapshots = Snapshots(hass, entry.entry_id)
    await snapshots.async_load()

    requests: Counter[PriceClass] = Counter()
    client = FleetClient(
        async_get_clientsession(hass),
        tokens,
        region,
        regions,
        pay=lambda price_class: requests.update((price_class,)),
        on_region=partial(_keep_region, hass, entry),
    )
    context = Context(
        hass=hass,
        entry=entry,
        client=client,
        scopes=_effective(entry, tokens.claims.scopes),
        snapshots=snapshots,
        on_fault=partial(async_note_fault, hass, entry),
    )
    entry.runtime_data = account = Account(context, tokens, requests)
    await account.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    await async_check_scopes(hass, entry, account.scopes)
    entry.async_on_unload(tokens.async_start(_reload_when_scopes_change(hass, entry)))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: TeslaConfigEntry) -> bool:
    """Unload an account."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await entry.runtime_data.async_stop()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
    """Forget an account."""
    await Snapshots(hass, entry.entry_id).async_remove()
    await store_of(hass, entry.entry_id).async_remove()
    async_forget(hass, entry)


async def async_remove_config_entry_device(hass: HomeAssistant, entry: TeslaConfigEntry, device: DeviceEntry) -> bool:
    """Let a person remove a device that Tesla no longer tells of."""
    account = entry.runtime_data
    dins = (din for site in account.sites.values() for din in site.data.dins)
    present = {*account.vehicles, *map(str, account.sites), *dins}
    return not any(name in present for domain, name in device.identifiers if domain == DOMAIN)


def _effective(entry: TeslaConfigEntry, granted: frozenset[str]) -> frozenset[str]:
    """Return what was asked for and is granted; a token that cannot be read is no reason to show nothing."""
    asked = frozenset(entry.data[CONF_SCOPES])
    return asked & granted if granted else asked


def _keep_region(hass: HomeAssistant, entry: TeslaConfigEntry, region: Region) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_REGION: region.id})


def _reload_when_scopes_change(hass: HomeAssistant, entry: TeslaConfigEntry) -> Callable[[frozenset[str]], None]:
    def check(granted: frozenset[str]) -> None:
        if _effective(entry, granted) != entry.runtime_data.scopes:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    return check
