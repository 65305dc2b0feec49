"""At which energy site a charging session was, and when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .account import Site
from .charging.session import Place, Session

type Span = tuple[float, float]


def site_at(entry: ConfigEntry[Any], session: Session) -> Site | None:
    """Return the site of an account that a session was at; None where that is none, or may be several."""
    if session.place is not Place.HOME:
        return None
    sites: dict[int, Site] = entry.runtime_data.sites
    if session.site_id is not None:
        return sites.get(session.site_id)
    there = [site for site in sites.values() if site.data.exists]
    plugged = [site for site in there if session.open and _has(site, session.vin)]
    return plugged[0] if len(plugged) == 1 else likely(there)


def site_id_at(entry: ConfigEntry[Any], session: Session) -> int | None:
    """Return the id of that site."""
    site = site_at(entry, session)
    return None if site is None else site.snapshot.site_id


def likely(sites: Iterable[Site]) -> Site | None:
    """Return the one site at which cars may charge."""
    found = [site for site in sites if site.data.exists]
    if len(found) > 1:
        found = [site for site in found if site.data.dins]
    return found[0] if len(found) == 1 else None


def end_of(session: Session, now: datetime) -> datetime:
    """Return when a session ended, now while it has not."""
    return session.unplugged_at or now


def span_of(session: Session, now: datetime) -> Span:
    """Return when a session was and its energy flowed, in epoch seconds."""
    starts = (one.start for one in session.flow)
    stops = (one.start + one.seconds for one in session.flow)
    begin, end = session.plugged_at.timestamp(), end_of(session, now).timestamp()
    return min([begin, *starts]), max([end, *stops])


def _has(site: Site, vin: str) -> bool:
    return any(one.vin == vin for one in site.data.live_status.wall_connectors)
