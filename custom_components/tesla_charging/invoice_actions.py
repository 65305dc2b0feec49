"""The action that fetches the invoice of a stop at a Supercharger."""

from typing import Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from .budget.asking import by_person
from .charging.bills import begin_of
from .charging.session import Session
from .charging_log import ChargingLog, charging_log_of
from .const import DOMAIN
from .device_targets import car_of
from .errors import missing_scope, translated
from .fleet.errors import FleetError
from .fleet.scopes import Scope
from .invoice_files import async_save, safe_name
from .scope_names import async_name_scopes

_SESSION_ID: Final = "session_id"
# So much of a place leaves room in a file's name for what Tesla calls the invoice.
_MOST_OF_A_SITE: Final = 40
_FIELDS: Final = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string, vol.Optional(_SESSION_ID): cv.string})


@callback
def async_setup_invoice_actions(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, "download_charging_invoice", _download, schema=_FIELDS, supports_response=SupportsResponse.OPTIONAL
    )


async def _download(call: ServiceCall) -> ServiceResponse:
    """Fetch the invoices of a session, and keep them as files."""
    entry, coordinator = car_of(call)
    session = _session_of(charging_log_of(call.hass, entry), coordinator.vin, call.data.get(_SESSION_ID))
    if Scope.VEHICLE_CHARGING_CMDS not in entry.runtime_data.scopes:
        raise missing_scope(await async_name_scopes(call.hass, [Scope.VEHICLE_CHARGING_CMDS]))
    saved = list[dict[str, JsonValueType]]()
    for bill in session.bills:
        day = dt_util.as_local(begin_of(bill)).date().isoformat()
        for invoice in bill.invoices:
            try:
                with by_person():
                    content = await entry.runtime_data.client.charging_invoice(invoice.content_id)
            except FleetError as err:
                raise translated(err) from None
            name = safe_name(day, (bill.site_name or "")[:_MOST_OF_A_SITE], invoice.file_name)
            path, url = await async_save(call.hass, name, content)
            saved.append({"path": str(path), "url": url, "file_name": path.name})
    first = saved[0]
    return {"session_id": session.id, "path": first["path"], "url": first["url"], "invoices": [*saved]}


def _session_of(log: ChargingLog, vin: str, session_id: str | None) -> Session:
    """Return a session that has an invoice: the one that is named, or the last one."""
    if session_id is not None:
        session = log.session(vin, session_id)
        if session is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_such_session")
        if not _has_invoice(session):
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_invoice")
        return session
    found = [session for session in log.sessions(vin) if _has_invoice(session)]
    if not found:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_invoices_yet")
    return max(found, key=lambda session: session.plugged_at)


def _has_invoice(session: Session) -> bool:
    return any(bill.invoices for bill in session.bills)
