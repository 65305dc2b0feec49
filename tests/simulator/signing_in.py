"""Steps of a sign-in that its tests share."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import jwt

from tesla_simulator import Simulator

REDIRECT = "https://my.home-assistant.io/redirect/oauth"
BASIC = "openid offline_access vehicle_device_data"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-x"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def authorize_url(sim: Simulator, **changes: str | None) -> str:
    """Make an authorize URL; a value of None leaves a parameter out."""
    query = {
        "response_type": "code",
        "client_id": "demo-client",
        "redirect_uri": REDIRECT,
        "scope": BASIC,
        "state": "state-1",
        **changes,
    }
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{sim.region_table()['eu']['authorize_url']}?{urlencode(kept)}"


def query_of(url: str) -> dict[str, str]:
    """Read a redirect's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def token(sim: Simulator, session: aiohttp.ClientSession, **form: str | None) -> tuple[int, dict[str, Any]]:
    """Ask for a token."""
    data = {"client_id": "demo-client", **form}
    data = {name: value for name, value in data.items() if value is not None}
    async with session.post(sim.region_table()["eu"]["token_url"], data=data) as response:
        return response.status, await response.json()


async def exchange(
    sim: Simulator, session: aiohttp.ClientSession, code: str, **changes: str | None
) -> tuple[int, dict[str, Any]]:
    """Exchange a code as the demo app."""
    form = {
        "grant_type": "authorization_code",
        "client_secret": "demo-secret",
        "code": code,
        "redirect_uri": REDIRECT,
        **changes,
    }
    return await token(sim, session, **form)


async def refresh(sim: Simulator, session: aiohttp.ClientSession, refresh_token: str) -> tuple[int, dict[str, Any]]:
    """Refresh as the demo app."""
    return await token(sim, session, grant_type="refresh_token", refresh_token=refresh_token)


def claims(answer: dict[str, Any], name: str = "access_token") -> dict[str, Any]:
    """Read a token's claims."""
    decoded: dict[str, Any] = jwt.decode(answer[name], options={"verify_signature": False})
    return decoded


async def me(sim: Simulator, session: aiohttp.ClientSession, access: str) -> int:
    """Use an access token; the status."""
    headers = {"Authorization": f"Bearer {access}"}
    async with session.get(f"{sim.url('eu')}/api/1/users/region", headers=headers) as response:
        return response.status
