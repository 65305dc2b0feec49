"""Regions of Tesla's cloud and every address that the integration talks to (fleet_api.md 1.1 and 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
import json
import os
import re

ENVIRONMENT_VARIABLE = "TESLA_CHARGING_REGIONS"
DEFAULT_REGION = "na"
CHINA = "cn"

# Nothing but a host: no port, no user, no path (VC inet.go names the domains).
_TESLAS_OWN = re.compile(r"https://((?:[-a-z0-9]+\.)+(?:tesla\.com|tesla\.cn|teslamotors\.com))")
_BASE_URL_IN_ERROR = re.compile(r"use base URL: (https?://[-a-zA-Z0-9.]+(?::\d+)?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """One region: where its API, its sign-in and its pages for people are, and where it fetches the keys of apps."""

    id: str
    api_url: str
    authorize_url: str = "https://auth.tesla.com/oauth2/v3/authorize"
    token_url: str = "https://fleet-auth.prd.vn.cloud.tesla.com/oauth2/v3/token"
    consent_url: str = "https://auth.tesla.com/user/revoke/consent"
    portal_url: str = "https://developer.tesla.com"
    key_host_url: str = "https://{domain}"
    pairing_url: str = "https://www.tesla.com/_ak"


_TESLA = (
    Region(id="na", api_url="https://fleet-api.prd.na.vn.cloud.tesla.com"),
    Region(id="eu", api_url="https://fleet-api.prd.eu.vn.cloud.tesla.com"),
    Region(
        id=CHINA,
        api_url="https://fleet-api.prd.cn.vn.cloud.tesla.cn",
        authorize_url="https://auth.tesla.cn/oauth2/v3/authorize",
        token_url="https://auth.tesla.cn/oauth2/v3/token",
        consent_url="https://auth.tesla.cn/user/revoke/consent",
        portal_url="https://developer.tesla.cn",
    ),
)


def region_table(environment: Mapping[str, str] | None = None) -> dict[str, Region]:
    """Return the regions by id, as the environment extends or changes them.

    The variable holds JSON: `{"eu": {"api_url": "http://127.0.0.1:1", …}, …}`, any field of `Region`.
    Raises ValueError if it is not of that shape: a half-understood address must not be talked to.
    """
    table = {region.id: region for region in _TESLA}
    text = (os.environ if environment is None else environment).get(ENVIRONMENT_VARIABLE)
    if not text:
        return table
    try:
        for region_id, urls in json.loads(text).items():
            table[region_id] = _extended(table.get(region_id), region_id, urls)
    except (ValueError, TypeError, AttributeError, KeyError) as err:
        raise ValueError(f"{ENVIRONMENT_VARIABLE} is not a table of regions: {err}") from err
    return table


def _extended(base: Region | None, region_id: str, urls: dict[str, str]) -> Region:
    if "id" in urls or not all(isinstance(url, str) for url in urls.values()):
        raise TypeError(f"{region_id} has something else than addresses")
    return replace(base or Region(id=region_id, api_url=urls["api_url"]), **urls)


def region_of_url(url: str, table: Mapping[str, Region]) -> Region | None:
    """Return the region whose API is at `url`: a known one, else one of Tesla's that is new to us, else None."""
    url = url.rstrip("/")
    for region in table.values():
        if region.api_url == url:
            return region
    match = _TESLAS_OWN.fullmatch(url)
    if match is None:
        return None
    base = table[CHINA if match[1].endswith(".cn") else DEFAULT_REGION]
    return replace(base, id=match[1], api_url=url)


def region_in_error(error: str, table: Mapping[str, Region]) -> Region | None:
    """Return the region that Tesla's 421 names: "user out of region, use base URL: https://…" (fleet_api.md 2)."""
    match = _BASE_URL_IN_ERROR.search(error)
    return region_of_url(match[1], table) if match else None


def region_of_code(code: str, table: Mapping[str, Region]) -> Region | None:
    """Return the region in the prefix of an authorization code, "EU_…" (fleet_api.md 1.3)."""
    return table.get(code.partition("_")[0].lower())
