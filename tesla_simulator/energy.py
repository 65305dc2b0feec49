"""Endpoints of an energy site (fleet_api.md 7)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .answers import Refused
from .hosts import Exchange
from .users import account_of
from .world import PERIODS, InvalidParameter, SettingRefused, Site

WRITES = (
    "backup",
    "off_grid_vehicle_charging_reserve",
    "operation",
    "storm_mode",
    "grid_import_export",
    "time_of_use_settings",
)
"""Settings that can be written (fleet_api.md 7.5)."""


def site_of(exchange: Exchange) -> Site:
    """Find the site that the path names, among the caller's own."""
    for site in account_of(exchange).sites:
        if exchange.match["site_id"] == str(site.id):
            if site.gone:
                raise Refused(site.gone)
            return site
    raise Refused("not_found")


def live_status(exchange: Exchange) -> dict[str, Any]:
    """Show the powers of now."""
    return {"response": site_of(exchange).live_status()}


def site_info(exchange: Exchange) -> dict[str, Any]:
    """Show the site's settings and components."""
    return {"response": site_of(exchange).site_info()}


def calendar_history(exchange: Exchange) -> dict[str, Any]:
    """Show energy or outages of a period; other kinds are UNCONFIRMED on Fleet API (fleet_api.md 7.3)."""
    site, query = site_of(exchange), exchange.query
    zone = _zone(query.get("time_zone"), site)
    start, end = _moment(query.get("start_date"), zone), _moment(query.get("end_date"), zone)
    now = exchange.sim.world.clock.now().astimezone(zone)
    if start is not None and end is not None and start > end:
        raise Refused("invalid_request", words="start_date must be before end_date")
    end = end or now.replace(hour=23, minute=59, second=59, microsecond=0)
    kind, period = query.get("kind"), query.get("period", "day")
    if period not in PERIODS:
        raise Refused("invalid_request", words="invalid period")
    if kind == "energy":
        return {"response": site.energy_history(period, end.timestamp(), zone)}
    if kind == "backup":
        start = start or end - timedelta(days=1)
        return {"response": site.outage_history(start.timestamp(), end.timestamp())}
    raise Refused("invalid_request", words="invalid kind")


def telemetry_history(exchange: Exchange) -> dict[str, Any]:
    """Show what Wall Connectors have charged; both dates are needed (fleet_api.md 7.4)."""
    site, query = site_of(exchange), exchange.query
    zone = _zone(query.get("time_zone"), site)
    start, end = _moment(query.get("start_date"), zone), _moment(query.get("end_date"), zone)
    if query.get("kind") != "charge":
        raise Refused("invalid_request", words="invalid kind")
    if start is None or end is None or start > end:
        raise Refused("invalid_request", words="start_date and end_date are required")
    return {"response": site.charge_history(start.timestamp(), end.timestamp())}


def _zone(name: str | None, site: Site) -> ZoneInfo:
    try:
        return site.zone if name is None else ZoneInfo(name)
    except KeyError, ValueError, OSError:
        raise Refused("invalid_request", words="invalid time_zone") from None


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Read an RFC 3339 time with its offset; one without is none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise Refused("invalid_request", words="dates must be RFC 3339")
    return moment.astimezone(zone)


def write(name: str) -> Callable[[Exchange], dict[str, Any]]:
    """Make the handler that changes one kind of setting."""

    def change(exchange: Exchange) -> dict[str, Any]:
        site, body = site_of(exchange), exchange.body
        if not isinstance(body, dict):
            raise Refused("invalid_request", words="the body must be a JSON object")
        try:
            return {"response": site.write(name, body)}
        except InvalidParameter as error:
            raise Refused("invalid_request", words=str(error)) from None
        except SettingRefused as error:
            raise Refused("setting_refused", words=str(error)) from None

    return change
