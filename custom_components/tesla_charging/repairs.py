"""Issues for a person: what only they can put right."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode

from .account import Account
from .budget.asking import by_person
from .budget_issues import LEDGER_DAMAGED
from .const import CONF_SCOPES, DOMAIN
from .energy.settings import Setting
from .energy.wishes import Reason, SiteNotes, Wish
from .energy_dashboard import ISSUE as ENERGY_DASHBOARD, async_add
from .fleet.errors import Fault, FleetError
from .fleet.models import Vehicle
from .fleet.models.vehicle import KeyState
from .fleet.regions import Region
from .fleet.scopes import Scope
from .history import histories_of
from .key_store import async_keys
from .oauth import TeslaImplementation, implementation_of, region_of_entry
from .purse import Purse
from .registration_flow import RegistrationSteps, async_begin_anew
from .scope_names import async_name_scopes

# Faults of the whole account that do not pass by themselves.
_ACCOUNT_FAULTS: Final = (Fault.LOCKED, Fault.NOT_REGISTERED)
CONF_SPENT: Final = "spent"
_TESLA: Final = "Tesla"
_SCOPES: Final = "scopes_taken_back"
_NO_KEY: Final = "signing_not_set_up"
_KEY_MISSING: Final = "key_missing"
_KEY_OTHER: Final = "key_other"
# Issues of a car's key, each with the state that it tells of.
_KEY_ISSUES: Final = {_KEY_MISSING: KeyState.MISSING, _KEY_OTHER: KeyState.OTHER}
# Issues of a setting, by why it did not come true.
_SETTING_ISSUES: Final = {
    Reason.IGNORED: "setting_ignored",
    Reason.REVERTED: "setting_taken_back",
    Reason.SNAPPED: "reserve_snapped",
}
# Issues that the registration of the app mends, by a flow.
_FIXED_BY_REGISTERING: Final = (Fault.NOT_REGISTERED, _NO_KEY)


@callback
def async_note_fault(hass: HomeAssistant, entry: ConfigEntry[Any], err: FleetError | None) -> None:
    """Tell of a fault that needs a person; take it back when a request went well (None)."""
    if err is None:
        for fault in _ACCOUNT_FAULTS:
            ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, fault))
    elif err.fault in _ACCOUNT_FAULTS:
        _create(hass, entry, err.fault, {"words": err.words or str(err.status)})


async def async_check_scopes(hass: HomeAssistant, entry: ConfigEntry[Any], granted: Iterable[str]) -> None:
    """Tell of scopes that the person asked for and Tesla no longer grants."""
    missing = set(entry.data[CONF_SCOPES]) - set(granted) - {Scope.OPENID}
    if missing:
        _create(hass, entry, _SCOPES, {"scopes": await async_name_scopes(hass, missing)})
    else:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, _SCOPES))


@callback
def async_check_keys(
    hass: HomeAssistant, entry: ConfigEntry[Any], cars: Iterable[Vehicle], *, can_sign: bool, registered: bool
) -> None:
    """Tell of cars that want signed commands and cannot get them; of others that there were, no more."""
    cars = [car for car in cars if car.vin]
    # A key that was brought along may be in the car although it was never registered from here.
    waiting = [car for car in cars if car.signs and not (can_sign and (registered or car.key_state is KeyState.PAIRED))]
    if waiting:
        _create(hass, entry, _NO_KEY, {"cars": ", ".join(car.name or _TESLA for car in waiting)})
    else:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, _NO_KEY))
    for car in cars:
        for text, state in _KEY_ISSUES.items():
            key = f"{text}_{car.vin}"
            if can_sign and registered and car.signs and car.key_state is state:
                _create(hass, entry, key, {"car": car.name or _TESLA}, text=text)
            else:
                ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, key))
    _forget_others(hass, entry, _KEY_ISSUES, {str(car.vin) for car in cars})


@callback
def async_check_settings(
    hass: HomeAssistant, entry: ConfigEntry[Any], site: str, notes: SiteNotes, words: Mapping[str, str]
) -> None:
    """Tell of settings that a site did not take or keep, until they are set anew; `words`: the texts of the entities."""
    for setting in Setting:
        wish = notes.wish(setting)
        text = _SETTING_ISSUES.get(wish.reason) if wish is not None and wish.accepted and wish.reason else None
        for issue in _SETTING_ISSUES.values():
            key = f"{issue}_{setting}_{notes.energy_site_id}"
            if issue != text or wish is None:
                ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, key))
            else:
                blanks = {
                    "site": site,
                    "setting": _setting_word(words, setting, "name") or setting,
                    "wanted": _value_word(words, wish, wish.value),
                    "found": _value_word(words, wish, wish.found),
                }
                _create(hass, entry, key, blanks, text=issue, severity=ir.IssueSeverity.WARNING)


def _value_word(words: Mapping[str, str], wish: Wish, value: object) -> str:
    """Return a value as the entity of the setting shows it."""
    if isinstance(value, bool):
        return words[f"component.{DOMAIN}.common.{'on' if value else 'off'}"]
    if isinstance(value, int):
        return f"{value} %"
    if isinstance(value, dict):
        return str(value.get("name") or "–")
    return _setting_word(words, wish.key, f"state.{value}") or str(value)


def _setting_word(words: Mapping[str, str], setting: Setting, path: str) -> str | None:
    platforms = ("number", "select", "switch", "sensor")
    keys = [f"component.{DOMAIN}.entity.{platform}.{setting}.{path}" for platform in platforms]
    keys.append(f"component.{DOMAIN}.common.{setting}_{path}")
    return next((words[key] for key in keys if key in words), None)


@callback
def async_forget_sites(hass: HomeAssistant, entry: ConfigEntry[Any], sites: Iterable[int]) -> None:
    """Tell no more of the settings of sites that are not among these."""
    _forget_others(hass, entry, _SETTING_ISSUES.values(), set(map(str, sites)))


def _forget_others(hass: HomeAssistant, entry: ConfigEntry[Any], texts: Iterable[str], present: set[str]) -> None:
    """Take back what is told, with one of these texts, of something that is not present."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain != DOMAIN or not issue_id.endswith(f"_{entry.entry_id}") or not issue_id.startswith(tuple(texts)):
            continue
        subject = issue_id.removesuffix(f"_{entry.entry_id}").rpartition("_")[2]
        if subject not in present:
            ir.async_delete_issue(hass, domain, issue_id)


@callback
def async_forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take every issue of an account back."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.endswith(entry.entry_id):
            ir.async_delete_issue(hass, domain, issue_id)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    entry = hass.config_entries.async_get_entry(str((data or {})["entry_id"]))
    if entry is None:
        raise ValueError("The account of this issue is gone")
    for text, mend in _BUDGET_REPAIRS.items():
        if issue_id.startswith(text):
            return mend(entry)
    if issue_id.startswith(ENERGY_DASHBOARD):
        return DashboardRepair(entry, int(str((data or {})["site_id"])))
    for text, repair in _KEY_REPAIRS.items():
        if issue_id.startswith(text):
            return repair(entry, issue_id.removeprefix(f"{text}_").removesuffix(f"_{entry.entry_id}"))
    return RegistrationRepair(entry)


class DashboardRepair(RepairsFlow):
    """Puts a site into the Energy dashboard."""

    def __init__(self, entry: ConfigEntry[Any], site_id: int) -> None:
        """Add this site."""
        super().__init__()
        self._entry, self._site_id = entry, site_id

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> Any:
        """Begin with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> Any:
        """Ask, and add it."""
        history = histories_of(self.hass, self._entry).get(self._site_id)
        if history is None:
            return self.async_abort(reason="not_loaded")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm", data_schema=vol.Schema({}), description_placeholders={"site": history.name}
            )
        await async_add(self.hass, history)
        return self.async_create_entry(data={})


class RegistrationRepair(RepairsFlow, RegistrationSteps):
    """Registers the app of an account, and shows how its key gets into the cars."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Mend this account."""
        super().__init__()
        self._entry = entry
        self._app: TeslaImplementation | None = None

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> Any:
        """Find the app."""
        self._app = implementation_of(await async_get_config_entry_implementation(self.hass, self._entry))
        self._domain = (await async_keys(self.hass)).domain(self._app.client_id) or ""
        if not self._app.has_secret:
            return self.async_abort(reason="open_source")
        return await self.async_step_begin()

    async def async_step_begin(self) -> Any:
        """Begin with the registration."""
        return await self.async_step_register()

    @override
    def registering(self) -> tuple[TeslaImplementation, Region]:
        """Return the app, and the region that the account is in."""
        if self._app is None:
            raise RuntimeError("No app yet")
        return self._app, region_of_entry(self._entry)

    @override
    async def paired(self) -> Any:
        """Begin anew, with the key."""
        app, _ = self.registering()
        await async_begin_anew(self.hass, app.client_id)
        return self.async_create_entry(data={})


class PairingRepair(RegistrationRepair):
    """Shows how the key gets into a car, and looks whether it did."""

    def __init__(self, entry: ConfigEntry[Any], vin: str) -> None:
        """Mend this car."""
        super().__init__(entry)
        self._vin = vin

    @override
    async def async_step_begin(self) -> Any:
        """Begin with the pairing."""
        return await self.async_step_pair()

    @override
    async def paired(self) -> Any:
        """Look; as long as the key is not there, the issue stays."""
        if self._entry.state is ConfigEntryState.LOADED:
            account = self._entry.runtime_data
            account.forget_refusals()
            try:
                with by_person():
                    await account.async_check_keys()
            except FleetError as err:
                return self.show_pairing(err.fault, err.quote)
            car = account.vehicles.get(self._vin)
            if car is not None and car.data.key_state in _KEY_ISSUES.values():
                return self.show_pairing("key_still_missing")
        return self.async_create_entry(data={})


class OtherKeyRepair(PairingRepair):
    """Says which key is where, then registers ours and shows how it gets into the car."""

    @override
    async def async_step_begin(self) -> Any:
        """Begin with what is known."""
        return await self.async_step_other_key()

    async def async_step_other_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Show the keys, and the two ways out."""
        if user_input is not None:
            return await self.async_step_register()
        app, region = self.registering()
        key = (await async_keys(self.hass)).get(app.client_id)
        loaded = self._entry.state is ConfigEntryState.LOADED
        return self.async_show_form(
            step_id="other_key",
            data_schema=vol.Schema({}),
            description_placeholders={
                "fingerprint": key.fingerprint if key else "–",
                "registered": (loaded and self._entry.runtime_data.registered_key) or "–",
                "portal_url": region.portal_url,
            },
        )


class ReopeningRepair(RepairsFlow):
    """Asks Tesla whether it answers again, because the person has seen to it."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Mend this account, and all others of its app."""
        super().__init__()
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> Any:
        """Say what to do."""
        return await self.async_step_try_again()

    async def async_step_try_again(self, user_input: dict[str, Any] | None = None) -> Any:
        """Try it; as long as Tesla says no, the issue stays."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        account: Account = self._entry.runtime_data
        errors = {}
        if user_input is not None:
            await account.purse.async_probe_again()
            with by_person():
                await account.products.async_refresh()
            if not account.purse.closed:
                return self.async_create_entry(data={})
            errors["base"] = "still_closed"
        return self.async_show_form(
            step_id="try_again",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={
                "account": self._entry.title,
                "portal_url": region_of_entry(self._entry).portal_url,
                "spent": f"{account.purse.standing().spent:.2f}",
            },
        )


class SpentRepair(RepairsFlow):
    """Asks what was spent this month, which the damaged ledger no longer tells."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Mend the ledger of this account's app."""
        super().__init__()
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> Any:
        """Say what has happened."""
        return await self.async_step_spent()

    async def async_step_spent(self, user_input: dict[str, Any] | None = None) -> Any:
        """Take the person's word."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        purse: Purse = self._entry.runtime_data.purse
        if user_input is not None:
            await purse.async_set_spent(Decimal(str(user_input[CONF_SPENT])))
            return self.async_create_entry(data={})
        spent = round(float(purse.standing().spent), 2)
        dollars = NumberSelectorConfig(min=0, max=1000, step=0.01, unit_of_measurement="$", mode=NumberSelectorMode.BOX)
        return self.async_show_form(
            step_id="spent",
            data_schema=vol.Schema({vol.Required(CONF_SPENT, default=spent): NumberSelector(dollars)}),
            description_placeholders={
                "portal_url": region_of_entry(self._entry).portal_url,
                "budget": f"{purse.standing().budget:.2f}",
            },
        )


_BUDGET_REPAIRS: Final[dict[str, Callable[[ConfigEntry[Any]], RepairsFlow]]] = {
    LEDGER_DAMAGED: SpentRepair,
    Fault.LIMIT_EXCEEDED: ReopeningRepair,
    Fault.PAYMENT_REQUIRED: ReopeningRepair,
}
_KEY_REPAIRS: Final = {_KEY_MISSING: PairingRepair, _KEY_OTHER: OtherKeyRepair}


def _create(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    blanks: dict[str, str],
    *,
    text: str | None = None,
    severity: ir.IssueSeverity = ir.IssueSeverity.ERROR,
) -> None:
    text = text or key
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, key),
        data={"entry_id": entry.entry_id},
        is_fixable=text in (*_FIXED_BY_REGISTERING, *_KEY_ISSUES),
        severity=severity,
        translation_key=text,
        translation_placeholders={"account": entry.title, "portal_url": region_of_entry(entry).portal_url, **blanks},
    )


def _issue_id(entry: ConfigEntry[Any], key: str) -> str:
    return f"{key}_{entry.entry_id}"
