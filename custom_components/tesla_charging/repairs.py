"""Issues for a person: what only they can put right."""

from collections.abc import Iterable
from typing import Any, Final, override

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation

from .const import CONF_REGION, CONF_SCOPES, DOMAIN
from .fleet.errors import Fault, FleetError
from .fleet.models import Vehicle
from .fleet.models.vehicle import KeyState
from .fleet.regions import DEFAULT_REGION, Region, region_table
from .fleet.scopes import CHARGING, Scope
from .key_store import async_keys
from .oauth import TeslaImplementation, implementation_of
from .registration_flow import RegistrationSteps
from .scope_names import async_name_scopes

# Faults of the whole account that do not pass by themselves.
_ACCOUNT_FAULTS: Final = (Fault.LIMIT_EXCEEDED, Fault.LOCKED, Fault.NOT_REGISTERED, Fault.PAYMENT_REQUIRED)
_TESLA: Final = "Tesla"
_SCOPES: Final = "scopes_taken_back"
_NO_KEY: Final = "signing_not_set_up"
_KEY_MISSING: Final = "key_missing"
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
def async_check_keys(hass: HomeAssistant, entry: ConfigEntry[Any], cars: Iterable[Vehicle], *, can_sign: bool) -> None:
    """Tell of cars that want signed commands and cannot get them."""
    if not CHARGING & set(entry.data[CONF_SCOPES]):
        return
    signing = [car for car in cars if car.signs and car.vin]
    if signing and not can_sign:
        _create(hass, entry, _NO_KEY, {"cars": ", ".join(car.name or _TESLA for car in signing)})
    else:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, _NO_KEY))
    for car in signing:
        key = f"{_KEY_MISSING}_{car.vin}"
        if can_sign and car.key_state is KeyState.MISSING:
            _create(hass, entry, key, {"car": car.name or _TESLA}, text=_KEY_MISSING)
        else:
            ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, key))


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
    if issue_id.startswith(_KEY_MISSING):
        return PairingRepair(entry, issue_id.removeprefix(f"{_KEY_MISSING}_").removesuffix(f"_{entry.entry_id}"))
    return RegistrationRepair(entry)


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
    async def registered(self) -> Any:
        """Begin anew, with the key."""
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
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
    async def registered(self) -> Any:
        """Look; as long as the key is not there, the issue stays."""
        if self._entry.state is ConfigEntryState.LOADED:
            account = self._entry.runtime_data
            try:
                await account.async_check_keys()
            except FleetError as err:
                return self.show_pairing({"base": str(err.fault)})
            car = account.vehicles.get(self._vin)
            if car is not None and car.data.key_state is KeyState.MISSING:
                return self.show_pairing({"base": "key_still_missing"})
        return self.async_create_entry(data={})


def region_of_entry(entry: ConfigEntry[Any]) -> Region:
    """Return the region that an account is in."""
    regions = region_table()
    return regions.get(entry.data[CONF_REGION], regions[DEFAULT_REGION])


def _create(
    hass: HomeAssistant, entry: ConfigEntry[Any], key: str, blanks: dict[str, str], *, text: str | None = None
) -> None:
    text = text or key
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, key),
        data={"entry_id": entry.entry_id},
        is_fixable=text in (*_FIXED_BY_REGISTERING, _KEY_MISSING),
        severity=ir.IssueSeverity.ERROR,
        translation_key=text,
        translation_placeholders={"account": entry.title, "portal_url": region_of_entry(entry).portal_url, **blanks},
    )


def _issue_id(entry: ConfigEntry[Any], key: str) -> str:
    return f"{key}_{entry.entry_id}"
