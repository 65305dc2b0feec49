"""Tesla Charging: charging, energy and vehicle straight on Tesla's Fleet API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.typing import ConfigType

from .account import Account, TeslaConfigEntry
from .bill_store import BillStore
from .budget_issues import async_watch_budget
from .car_actions import async_setup_car_actions
from .car_plans import CarPlans
from .charging_actions import async_setup_charging_actions
from .charging_bills import ChargingBills
from .charging_costs import async_start_costs
from .charging_log import ChargingLog, charging_log_of
from .charging_statistics import ChargingStatistics
from .const import CONF_REGION, CONF_SCOPES, DOMAIN
from .coordinators.base import Context, async_pause
from .coordinators.pacer import Pacer
from .cost_store import CostStore
from .devices import site_device
from .energy_actions import async_setup_energy_actions
from .energy_dashboard import async_offer
from .fleet.client import FleetClient
from .fleet.errors import Fault, FleetError
from .fleet.regions import DEFAULT_REGION, Region, region_table
from .fleet.scopes import CHARGING
from .history import Histories
from .history_store import HistoryStore
from .invoice_actions import async_setup_invoice_actions
from .key_store import async_keys
from .oauth import implementation_of
from .plan_actions import async_setup_plan_actions
from .plan_store import PlanStore
from .purse import async_purse
from .registrar import Registrar
from .repairs import (
    async_check_keys,
    async_check_scopes,
    async_check_settings,
    async_forget,
    async_forget_sites,
    async_note_fault,
)
from .seldom_actions import async_setup_seldom_actions
from .services import async_setup_services
from .session_store import SessionStore
from .site_services import async_setup_site_services
from .storage import Snapshots
from .token_keeper import TokenKeeper, store_of
from .well_known import async_serve_public_key

_LOGGER = logging.getLogger(__name__)
# A key is paired or removed by hand, seldom.
_LOOK_AT_KEYS: Final = timedelta(hours=12)

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CLIMATE,
    Platform.COVER,
    Platform.DEVICE_TRACKER,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LOCK,
    Platform.MEDIA_PLAYER,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
]


CONFIG_SCHEMA: Final = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions."""
    async_setup_services(hass)
    async_setup_site_services(hass)
    async_setup_energy_actions(hass)
    async_setup_charging_actions(hass)
    async_setup_plan_actions(hass)
    async_setup_invoice_actions(hass)
    async_setup_car_actions(hass)
    async_setup_seldom_actions(hass)
    return True


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

    keys = await async_keys(hass)
    key = keys.get(implementation.client_id)
    if key is not None:
        async_serve_public_key(hass)

    purse = await async_purse(hass, implementation.client_id)
    entry.async_on_unload(await async_watch_budget(hass, entry, purse))
    registrar = Registrar(hass, implementation, purse.async_book)
    client = FleetClient(
        async_get_clientsession(hass),
        tokens,
        region,
        regions,
        key=key,
        sleep=partial(async_pause, hass),
        pay=purse.async_book,
        on_region=partial(_keep_region, hass, entry),
        register_again=registrar.async_try,
    )
    context = Context(
        hass=hass,
        entry=entry,
        client=client,
        purse=purse,
        pacer=Pacer(purse, snapshots.habits),
        scopes=_effective(entry, tokens.claims.scopes),
        snapshots=snapshots,
        on_fault=partial(_note_fault, hass, entry),
    )
    entry.runtime_data = account = Account(context, tokens, registrar)
    # Also where the rest of this fails: what reads costs money.
    entry.async_on_unload(account.async_stop)
    await account.async_start()
    await _start_histories(hass, entry)
    await _start_charging_log(hass, entry)
    await _start_plans(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def options_changed(_: HomeAssistant, __: TeslaConfigEntry) -> None:
        account.async_apply_options()

    entry.async_on_unload(entry.add_update_listener(options_changed))
    _watch_keys(hass, entry, account, lambda: keys.domain(implementation.client_id) is not None)
    await _watch_settings(hass, entry, account)
    await async_check_scopes(hass, entry, account.scopes)
    follow = _follow_scopes(hass, entry)
    entry.async_on_unload(tokens.async_start(follow))
    # The token that this began with may have been renewed meanwhile.
    follow(tokens.claims.scopes)
    return True


async def _start_histories(hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
    """Begin to import the history of the energy sites."""
    store = HistoryStore(hass, entry.entry_id)
    await store.async_load()
    may_read = entry.runtime_data.purse.may_import
    Histories(hass, entry, store, may_read=may_read, on_written=async_offer).async_start()


async def _start_plans(hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
    """Begin to look after what is planned into the cars."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    await CarPlans(hass, entry, texts[f"component.{DOMAIN}.common.planned_charge"]).async_start()


async def _start_charging_log(hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
    """Begin to keep the charging sessions, to ask what they have cost, and to write their statistics."""
    log, bills = ChargingLog(hass, entry), BillStore(hass, entry.entry_id)
    await log.async_start()
    await bills.async_load()
    ChargingBills(hass, entry, log, bills).async_start()
    await async_start_costs(hass, entry)
    ChargingStatistics(hass, entry).async_start()


async def async_unload_entry(hass: HomeAssistant, entry: TeslaConfigEntry) -> bool:
    """Unload an account."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await charging_log_of(hass, entry).async_stop()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: TeslaConfigEntry) -> None:
    """Forget an account."""
    await Snapshots(hass, entry.entry_id).async_remove()
    await HistoryStore(hass, entry.entry_id).async_remove()
    await PlanStore(hass, entry.entry_id).async_remove()
    await BillStore(hass, entry.entry_id).async_remove()
    await SessionStore(hass, entry.entry_id).async_remove()
    await CostStore(hass, entry.entry_id).async_remove()
    await store_of(hass, entry.entry_id).async_remove()
    async_forget(hass, entry)


async def async_remove_config_entry_device(hass: HomeAssistant, entry: TeslaConfigEntry, device: DeviceEntry) -> bool:
    """Let a person remove a device that Tesla no longer tells of."""
    return not entry.runtime_data.knows(device)


def _note_fault(hass: HomeAssistant, entry: TeslaConfigEntry, err: FleetError | None) -> None:
    """Tell of a fault that needs a person; a car that refuses the key is a reason to look which one it has."""
    if err is not None and err.fault is Fault.KEY_NOT_PAIRED:
        entry.async_create_background_task(hass, _look_at_keys(entry.runtime_data), f"{DOMAIN} keys")
    async_note_fault(hass, entry, err)


async def _look_at_keys(account: Account) -> None:
    try:
        await account.async_check_keys()
    except FleetError as err:
        _LOGGER.debug("Tesla did not say which cars hold the key: %s", err)


def _watch_keys(
    hass: HomeAssistant, entry: TeslaConfigEntry, account: Account, is_registered: Callable[[], bool]
) -> None:
    """Keep knowing which cars hold the key, and tell of those that want it."""

    @callback
    def tell() -> None:
        cars = [coordinator.data for coordinator in account.vehicles.values()] if account.scopes & CHARGING else []
        async_check_keys(hass, entry, cars, can_sign=account.client.can_sign, registered=is_registered())

    async def look(_: datetime | None = None) -> None:
        if account.scopes & CHARGING:
            await _look_at_keys(account)

    tell()
    entry.async_on_unload(account.async_follow(tell))
    if account.client.can_sign:
        entry.async_create_background_task(hass, look(), f"{DOMAIN} keys")
        entry.async_on_unload(async_track_time_interval(hass, look, _LOOK_AT_KEYS))


async def _watch_settings(hass: HomeAssistant, entry: TeslaConfigEntry, account: Account) -> None:
    """Tell of settings that a site did not take or keep."""
    words: dict[str, str] = {}
    for category in ("common", "entity"):
        words |= await async_get_translations(hass, hass.config.language, category, {DOMAIN})

    @callback
    def tell() -> None:
        for site in account.sites.values():
            name = str(site_device(site.data).get("name") or "")
            async_check_settings(hass, entry, name, site.info.notes, words)
        async_forget_sites(hass, entry, account.sites)

    tell()
    entry.async_on_unload(account.async_follow(tell))


def _effective(entry: TeslaConfigEntry, granted: frozenset[str]) -> frozenset[str]:
    """Return what was asked for and is granted; a token that cannot be read is no reason to show nothing."""
    asked = frozenset(entry.data[CONF_SCOPES])
    return asked & granted if granted else asked


def _keep_region(hass: HomeAssistant, entry: TeslaConfigEntry, region: Region) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_REGION: region.id})


def _follow_scopes(hass: HomeAssistant, entry: TeslaConfigEntry) -> Callable[[frozenset[str]], None]:
    """Return what is told of the scopes of each new token, and has the account follow them where they are others."""

    async def tell(scopes: frozenset[str]) -> None:
        await async_check_scopes(hass, entry, scopes)
        if entry.runtime_data.client.can_sign and scopes & CHARGING:
            await _look_at_keys(entry.runtime_data)

    @callback
    def check(granted: frozenset[str]) -> None:
        scopes = _effective(entry, granted)
        if scopes != entry.runtime_data.scopes:
            entry.runtime_data.async_apply_scopes(scopes)
            entry.async_create_background_task(hass, tell(scopes), f"{DOMAIN} scopes")

    return check
