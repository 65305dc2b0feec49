"""The Energy dashboard: puts the statistics of a site and its cars there, beside what the person has and without changing it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from homeassistant.components.energy.data import EnergyManager, SourceType, async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir

from .charging_statistics import async_home_energies
from .const import DOMAIN
from .energy.history import COMPENSATION, COST
from .history import SiteHistory
from .statistics import CHARGES, async_existing, statistic_id

ISSUE: Final = "energy_dashboard"
_ENERGY: Final = "energy"
_DEVICES: Final = "device_consumption"
# Which statistics must be there for a source, and where its statistics go.
_SOURCES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "grid": (
        "grid_import",
        {
            "stat_energy_from": "grid_import",
            "stat_energy_to": "grid_export",
            "stat_cost": COST,
            "stat_compensation": COMPENSATION,
        },
    ),
    "solar": ("solar", {"stat_energy_from": "solar"}),
    "battery": ("battery_discharge", {"stat_energy_from": "battery_discharge", "stat_energy_to": "battery_charge"}),
}
# What Home Assistant wants to be said although there is nothing to say.
_REST: Final[dict[str, dict[str, Any]]] = {
    "grid": {
        **dict.fromkeys(
            (
                "entity_energy_price",
                "number_energy_price",
                "entity_energy_price_export",
                "number_energy_price_export",
                "stat_energy_to",
                "stat_cost",
                "stat_compensation",
            )
        ),
        "cost_adjustment_day": 0.0,
    },
    "solar": {"config_entry_solar_forecast": None},
    "battery": {},
}


def _wanted(site_id: int, existing: Iterable[str], name: str) -> dict[str, dict[str, Any]]:
    """Return the sources that the dashboard can have of a site, by type."""
    there = set(existing)
    sources = {}
    for kind, (needed, keys) in _SOURCES.items():
        if needed in there:
            stats = {key: statistic_id(site_id, what) for key, what in keys.items() if what in there}
            sources[kind] = {"type": kind, "name": name, **_REST[kind], **stats}
    # A battery that was never charged cannot be shown.
    if "stat_energy_to" not in sources.get("battery", {"stat_energy_to": ""}):
        del sources["battery"]
    return sources


async def _manager(hass: HomeAssistant) -> EnergyManager:
    if _ENERGY not in hass.config.components:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_energy_dashboard")
    return await async_get_manager(hass)


def _sources(manager: EnergyManager) -> list[dict[str, Any]]:
    found = (manager.data or manager.default_preferences())["energy_sources"]
    return [dict(cast(Mapping[str, Any], one)) for one in found]


def _is_of(site_id: int, source: Mapping[str, Any]) -> bool:
    return str(source.get("stat_energy_from")).startswith(statistic_id(site_id, ""))


def _is_mine(source: Mapping[str, Any]) -> bool:
    return str(source.get("stat_energy_from")).startswith(f"{DOMAIN}:")


async def async_missing(hass: HomeAssistant, history: SiteHistory) -> list[str]:
    """Return the types of sources that the dashboard could have of a site, and has from nobody."""
    if _ENERGY not in hass.config.components:
        return []
    wanted = _wanted(history.site_id, await async_existing(hass, history.site_id), history.name)
    there = _sources(await async_get_manager(hass))
    taken = {one["type"] for one in there if _is_of(history.site_id, one) or not _is_mine(one)}
    return [kind for kind in wanted if kind not in taken]


async def async_add(hass: HomeAssistant, history: SiteHistory, *, beside_others: bool = False) -> dict[str, list[str]]:
    """Add the sources of a site that are missing; return what was `added`, and what was `left_alone`.

    Where the dashboard has a source of the same type from elsewhere, energy would be counted twice: then it is left alone,
    unless that is wanted.
    """
    manager = await _manager(hass)
    existing = await async_existing(hass, history.site_id)
    if not existing:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_statistics_yet")
    sources, added, left = _sources(manager), list[str](), list[str]()
    for kind, wanted in _wanted(history.site_id, existing, history.name).items():
        same = [one for one in sources if one["type"] == kind]
        mine = next((one for one in same if _is_of(history.site_id, one)), None)
        if mine is not None:
            # What has come to be known since, such as the cost.
            news = {key: value for key, value in wanted.items() if key.startswith("stat_") and not mine.get(key)}
            mine.update({key: value for key, value in news.items() if value is not None})
            (added if any(news.values()) else left).append(kind)
        elif beside_others or all(_is_mine(one) for one in same):
            sources.append(wanted)
            added.append(kind)
        else:
            left.append(kind)
    devices = [dict(one) for one in (manager.data or manager.default_preferences())[_DEVICES]]
    added += await _add_devices(hass, history, existing, devices)
    if added:
        update = {"energy_sources": cast(list[SourceType], sources), _DEVICES: devices}
        await manager.async_update(cast(Any, update))
    async_delete_offer(hass, history)
    return {"added": added, "left_alone": left}


async def _add_devices(
    hass: HomeAssistant, history: SiteHistory, existing: Iterable[str], devices: list[dict[str, Any]]
) -> list[str]:
    """Add the Wall Connectors and the cars that are missing among the devices; return what was added."""
    added, there = list[str](), {one["stat_consumption"] for one in devices}
    charges = statistic_id(history.site_id, CHARGES)
    if CHARGES in existing and charges not in there:
        devices.append({"stat_consumption": charges})
        there.add(charges)
        added.append("wall_connector")
    for name, car in (await async_home_energies(hass, history.entry_id)).items():
        if name not in there:
            # What the Wall Connectors have delivered is what the cars have taken.
            within = {"included_in_stat": charges} if charges in there else {}
            devices.append({"stat_consumption": name, "name": car, **within})
            added.append("car")
    return added


async def async_offer(hass: HomeAssistant, history: SiteHistory) -> None:
    """Offer, under Repairs, to add a site to the dashboard as soon as there is something to see of it."""
    if not await async_missing(hass, history):
        async_delete_offer(hass, history)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(history),
        data={"entry_id": history.entry_id, "site_id": history.site_id},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE,
        translation_placeholders={"site": history.name},
    )


def async_delete_offer(hass: HomeAssistant, history: SiteHistory) -> None:
    """Take the offer back."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(history))


def _issue_id(history: SiteHistory) -> str:
    return f"{ISSUE}_{history.site_id}_{history.entry_id}"
