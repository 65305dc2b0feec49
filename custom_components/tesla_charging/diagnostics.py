"""Diagnostics: what helps to find a fault, without what is private."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .account import Account, Site, TeslaConfigEntry
from .budget.policy import Activity
from .budget.prices import UNPRICED
from .charging_log import charging_log_of
from .charging_statistics import charging_statistics_of
from .coordinators import CarFileCoordinator, VehicleCoordinator
from .coordinators.base import TeslaCoordinator
from .energy.settings import RULES
from .fleet.models import to_json
from .fleet.models.person import flags
from .history import histories_of
from .purse import Purse
from .reading_options import hint_entities

_PRIVATE: Final = {
    "access_token",
    "active_route_destination",
    "active_route_latitude",
    "active_route_longitude",
    "address",
    "code",
    "din",
    "display_name",
    "energy_site_id",
    "geolocation",
    "heading",
    "id_token",
    "latitude",
    "longitude",
    "name",
    "now_playing_album",
    "now_playing_artist",
    "now_playing_source",
    "now_playing_station",
    "now_playing_title",
    "refresh_token",
    "serial_number",
    "site_name",
    "time_zone",
    "used_refresh_token",
    "utility",
    "vehicle_name",
    "vin",
}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: TeslaConfigEntry) -> dict[str, Any]:
    """Return the state of an account."""
    account = entry.runtime_data
    claims, client = account.tokens.claims, account.client
    return {
        "region": account.client.region.id,
        "last_answer": client.answered and {"at": str(client.answered[0]), "status": client.answered[1]},
        "scopes": {"asked": entry.data["scopes"], "granted": sorted(claims.scopes), "used": sorted(account.scopes)},
        "token": {
            "issued_at": str(claims.issued_at),
            "expires_at": str(claims.expires_at),
            "last_error": str(account.tokens.last_error and account.tokens.last_error.fault),
        },
        "command_key": {"fingerprint": account.client.key_fingerprint, "registered": account.registered_key},
        "budget": _budget(account.purse),
        "products": _coordinator(account.products),
        "vehicles": [
            {**_product(to_json(car.data), car), "plan": _plan(account, car), "asked": _asked(account.files[vin])}
            for vin, car in account.vehicles.items()
        ],
        "sites": [_site(site) for site in account.sites.values()],
        "charging_log": charging_log_of(hass, entry).diagnostics(),
        "charging_statistics": [car.rows for car in charging_statistics_of(hass, entry).values()],
        "features": flags(account.person.data.features),
        "person": _coordinator(account.person),
        "energy_history": [history.diagnostics() for history in histories_of(hass, entry).values()],
    }


def _site(site: Site) -> dict[str, Any]:
    """Return a site with what it may be told, what it was told, and what became of that."""
    return {
        **_product(to_json(site.data), *site.coordinators),
        "settings": {setting.value: rule.supported(site.data) for setting, rule in RULES.items()},
        "strategies": [strategy.value for strategy in site.strategy.options],
        "notes": async_redact_data(to_json(site.info.notes), _PRIVATE),
    }


def _budget(purse: Purse) -> dict[str, Any]:
    standing = purse.standing()
    closed = standing.closed
    return {
        "app": purse.tag,
        "accounts": len(purse.entries),
        **{
            name: round(float(getattr(standing, name)), 6)
            for name in ("budget", "elsewhere", "spent", "reserve", "left", "forecast")
        },
        "left_for_reads": [round(float(left.dollars), 6) for left in standing.left_for_reads],
        "today": {str(kind): count for kind, count in sorted(standing.today.items()) if count},
        "month": {str(kind): count for kind, count in sorted(standing.month.items()) if count},
        "beliefs": {str(kind): str(standing.prices.belief(kind)) for kind in UNPRICED},
        "disproved": sorted(standing.disproved),
        "wakes_left": standing.wakes_left,
        "closed": closed and {"by": str(closed.fault), "since": str(closed.since), "probe_at": str(closed.probe_at)},
        "written": purse.writable,
        "made_up": standing.made_up,
    }


def _plan(account: Account, car: VehicleCoordinator) -> dict[str, Any]:
    """Return the plan of a car, and its habits by what it does; when it does so stays with its owner."""
    planner, habits = car.planner, car.planner.habits
    k = account.price_of_freshness()
    return {
        "next": planner.planned and str(planner.planned.at),
        "reason": planner.planned and str(planner.planned.reason),
        "doing": str(planner.doing),
        "k": round(k, 1) if isfinite(k) else None,
        "wishes": {
            key: value if isinstance(value, float) else str(value) for key, value in asdict(planner.wishes).items()
        },
        "hinted": planner.hinted,
        "hints": len(hint_entities(car.context.entry, car.vin)),
        "appetite": round(habits.appetite),
        "days": len(habits.days),
        "hours_a_day": {
            str(doing): round(seconds / 3600, 1) for doing in Activity if (seconds := habits.seconds(doing))
        },
    }


def _asked(file: CarFileCoordinator) -> dict[str, str]:
    """Return when each topic was asked about, and which were refused; what was answered is nobody else's business."""
    return {str(one.topic): f"{one.at}{' refused' if one.refused_with is not None else ''}" for one in file.data.asked}


def _product(data: Mapping[str, Any], *coordinators: TeslaCoordinator[Any]) -> dict[str, Any]:
    return {
        "reads": [_coordinator(coordinator) for coordinator in coordinators],
        "data": async_redact_data(data, _PRIVATE),
    }


def _coordinator(coordinator: TeslaCoordinator[Any]) -> dict[str, str | None]:
    error = None if coordinator.last_update_success else coordinator.last_exception
    return {
        "name": coordinator.name,
        "every": str(coordinator.update_interval),
        "ok": str(coordinator.last_update_success),
        "error": None if error is None else getattr(error, "translation_key", None) or type(error).__name__,
    }
