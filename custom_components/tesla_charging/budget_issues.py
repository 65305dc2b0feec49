"""Issues of the budget, one for each Tesla app: what a person should know of it, or put right."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.components.application_credentials import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .budget.ledger import Standing
from .const import DOMAIN
from .fleet.errors import Fault
from .fleet.paying import PriceClass
from .oauth import region_of_entry
from .purse import Purse

LEDGER_DAMAGED: Final = "ledger_damaged"
_SHARED: Final = ("shared_app", "shared_account")
_NAMES: Final = f"component.{DOMAIN}.selector.price_class.options"
# Home Assistant's own integration, which uses a Tesla app of the person's as well.
_OTHER_DOMAIN: Final = "tesla_fleet"
# A budget that ends with its month is no news.
_WORTH_TELLING: Final = timedelta(hours=6)

type Blanks = dict[str, str]
type Names = dict[PriceClass, str]


@dataclass(frozen=True)
class _Rule:
    """An issue: its key, whether a flow mends it, and its blanks while there is reason for it, None otherwise."""

    key: str
    is_fixable: bool
    severity: ir.IssueSeverity
    blanks: Callable[[Purse, Standing, Names], Blanks | None]
    # Whether its numbers stay as they were when it was told, because they go on with each request.
    stays: bool = False


def _spent(purse: Purse, standing: Standing, names: Names) -> Blanks | None:
    price = standing.prices.of(PriceClass.DATA)
    seconds = max((left.seconds for left in standing.left_for_reads if left.dollars < price), default=0.0)
    if standing.closed or seconds < _WORTH_TELLING.total_seconds():
        return None
    goes_on = dt_util.now() + timedelta(seconds=seconds)
    return {"budget": f"{standing.budget:.2f}", "left": f"{standing.left:.2f}", "date": goes_on.date().isoformat()}


def _closed(fault: Fault, purse: Purse, standing: Standing, names: Names) -> Blanks | None:
    if standing.closed is None or standing.closed.fault is not fault:
        return None
    return {"spent": f"{standing.spent:.2f}", "since": dt_util.as_local(standing.closed.since).date().isoformat()}


def _disproved(purse: Purse, standing: Standing, names: Names) -> Blanks | None:
    if not standing.disproved:
        return None
    counts = {kind: standing.month.get(kind, 0) for kind in sorted(standing.disproved)}
    return {
        "requests": ", ".join(f"{names[kind]}: {count}" for kind, count in counts.items()),
        "cost": f"{standing.prices.cost(counts):.2f}",
    }


_RULES: Final = (
    _Rule("budget_spent", False, ir.IssueSeverity.WARNING, _spent),
    *(
        _Rule(fault, True, ir.IssueSeverity.ERROR, partial(_closed, fault))
        for fault in (Fault.LIMIT_EXCEEDED, Fault.PAYMENT_REQUIRED)
    ),
    _Rule("belief_disproved", False, ir.IssueSeverity.WARNING, _disproved, stays=True),
    _Rule(LEDGER_DAMAGED, True, ir.IssueSeverity.WARNING, lambda _, standing, __: {} if standing.made_up else None),
    _Rule("ledger_not_written", False, ir.IssueSeverity.ERROR, lambda purse, _, __: None if purse.writable else {}),
)


async def async_watch_budget(hass: HomeAssistant, entry: ConfigEntry[Any], purse: Purse) -> CALLBACK_TYPE:
    """Use a purse for an account, and tell what a person should know of it, until what is returned is called."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    names = {kind: texts.get(f"{_NAMES}.{kind}", kind) for kind in PriceClass}
    detach = purse.async_attach(entry)

    @callback
    def check() -> None:
        _check(hass, purse, names)
        _check_others(hass, entry, purse)

    stop_listening = purse.async_listen(check)
    check()

    @callback
    def stop() -> None:
        stop_listening()
        detach()
        if not purse.entries:
            for rule in _RULES:
                ir.async_delete_issue(hass, DOMAIN, _issue_id(rule.key, purse))

    return stop


def _check(hass: HomeAssistant, purse: Purse, names: Names) -> None:
    standing = purse.standing()
    entry_id, entry = next(iter(purse.entries.items()))
    accounts = ", ".join(entry.title for entry in purse.entries.values())
    for rule in _RULES:
        blanks = rule.blanks(purse, standing, names)
        if blanks is None:
            ir.async_delete_issue(hass, DOMAIN, _issue_id(rule.key, purse))
            continue
        if rule.stays and ir.async_get(hass).async_get_issue(DOMAIN, _issue_id(rule.key, purse)):
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            _issue_id(rule.key, purse),
            data={"entry_id": entry_id},
            is_fixable=rule.is_fixable,
            severity=rule.severity,
            translation_key=rule.key,
            translation_placeholders={"account": accounts, "portal_url": region_of_entry(entry).portal_url, **blanks},
        )


def _check_others(hass: HomeAssistant, entry: ConfigEntry[Any], purse: Purse) -> None:
    """Tell of another integration that spends the same money, which nobody can see from here."""
    others = [other for other in hass.config_entries.async_entries(_OTHER_DOMAIN) if other.disabled_by is None]
    credentials = (
        hass.data[DATA_COMPONENT].async_client_credentials(_OTHER_DOMAIN) if DATA_COMPONENT in hass.data else {}
    )
    apps = {auth_domain for auth_domain, one in credentials.items() if one.client_id == purse.client_id}
    found = {
        "shared_app": [other for other in others if other.data.get("auth_implementation") in apps],
        "shared_account": [other for other in others if other.unique_id == entry.unique_id],
    }
    found["shared_account"] = [] if found["shared_app"] else found["shared_account"]
    for key in _SHARED:
        issue_id = f"{key}_{entry.entry_id}"
        if not found[key]:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={"account": entry.title, "other": ", ".join(other.title for other in found[key])},
        )


def _issue_id(key: str, purse: Purse) -> str:
    return f"{key}_{purse.tag}"
