"""The sign-in server's endpoints for machines: tokens, keys, metadata, userinfo (fleet_api.md 1.1, 1.4)."""

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import tokens
from .answers import Answer, Refused, respond
from .authorize import Authorize
from .hosts import FORM_TYPE, Exchange, Route
from .model import API_HOSTS, PARTNER_SCOPES, App

if TYPE_CHECKING:
    from .server import Simulator


def auth_routes(sim: Simulator, host: str) -> list[Route]:
    """Make the endpoint table of a sign-in host."""
    browser = Authorize(host)
    return [
        Route(name, method, path, "auth", handler)
        for name, method, path, handler in (
            ("authorize", "GET", "/oauth2/v3/authorize", browser.start),
            ("authorize", "POST", "/oauth2/v3/authorize", browser.step),
            ("consent", "GET", "/user/revoke/consent", browser.revoke_page),
            ("consent", "POST", "/user/revoke/consent", browser.revoke),
            ("token", "POST", "/oauth2/v3/token", _token),
            ("userinfo", "GET", "/oauth2/v3/userinfo", _userinfo),
            ("keys", "GET", "/oauth2/v3/discovery/thirdparty/keys", _keys),
            ("metadata", "GET", "/oauth2/v3/thirdparty/.well-known/openid-configuration", _metadata),
        )
    ]


async def _metadata(exchange: Exchange) -> web.Response:
    """Give the OIDC metadata document (1.1)."""
    base = exchange.sim.url(exchange.host)
    document = {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth2/v3/authorize",
        "token_endpoint": f"{base}/oauth2/v3/token",
        "jwks_uri": f"{base}/oauth2/v3/discovery/thirdparty/keys",
        "userinfo_endpoint": f"{base}/oauth2/v3/userinfo",
        "end_session_endpoint": f"{base}/oauth2/v3/logout",
        "access_token_issuer": f"{base}/oauth2/v3/services/trust",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["email", "profile", "openid", "metadata"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "iat", "exp", "nonce", "sub", "aud"],
    }
    return respond(Answer(200, document))


async def _keys(exchange: Exchange) -> web.Response:
    """Give the public key that verifies the tokens (1.1)."""
    return respond(Answer(200, tokens.key_set()))


async def _userinfo(exchange: Exchange) -> web.Response:
    """Say who signed in; needs `openid` (1.5)."""
    bearer = exchange.bearer
    if bearer is None or bearer.account is None:
        raise exchange.refusal or Refused("invalid_bearer")
    if "openid" not in bearer.scopes:
        raise Refused("missing_scopes")
    account = bearer.account
    return respond(Answer(200, {"sub": account.sub, "email": account.email, "name": account.full_name}))


async def _token(exchange: Exchange) -> web.Response:
    """Give tokens for a code, a refresh token, or an app's secret (1.4)."""
    if exchange.request.content_type != FORM_TYPE:
        raise Refused("auth_invalid_request", words=f"Content-Type must be {FORM_TYPE}")
    form = exchange.form()
    grant = GRANT_TYPES.get(form.get("grant_type", ""))
    if grant is None:
        raise Refused("unsupported_grant_type")
    app = exchange.sim.app(form.get("client_id", ""))
    if app is None:
        raise Refused("invalid_client")
    if "client_secret" in form and form["client_secret"] != app.client_secret:
        raise Refused(exchange.sim.behaviour.wrong_secret)
    return respond(Answer(200, grant(exchange, app, form)), {"Cache-Control": "no-store"})


def _authorization_code(exchange: Exchange, app: App, form: dict[str, str]) -> dict[str, Any]:
    sim = exchange.sim
    if app.client_secret is not None and "client_secret" not in form:
        raise Refused("unauthorized_client")
    if "audience" in form or sim.behaviour.audience_required_for_code:
        _audience_region(exchange, form)
    if set(form.get("scope", "").split()) - app.scopes:
        raise Refused("invalid_scope")
    code = sim.grants.take_code(form.get("code", ""), app)
    if form.get("redirect_uri") != code.redirect_uri:
        raise Refused("invalid_redirect_url")
    verifies = app.client_secret is None or sim.behaviour.confidential_pkce == "verify"
    if code.challenge and verifies and _challenge(form.get("code_verifier", "")) != code.challenge:
        raise Refused("auth_invalid_request", words="code_verifier does not match")
    return sim.grants.sign_in(code.account, app, state=code.state, nonce=code.nonce)


def _refresh_token(exchange: Exchange, app: App, form: dict[str, str]) -> dict[str, Any]:
    return exchange.sim.grants.refresh(form.get("refresh_token", ""), app)


def _client_credentials(exchange: Exchange, app: App, form: dict[str, str]) -> dict[str, Any]:
    if app.client_secret is None or "client_secret" not in form:
        raise Refused("unauthorized_client")
    region = _audience_region(exchange, form)
    scopes = frozenset(form.get("scope", "openid").split())
    if scopes - app.scopes - PARTNER_SCOPES:
        raise Refused("invalid_scope")
    return exchange.sim.grants.partner(app, region, scopes)


GRANT_TYPES = {
    "authorization_code": _authorization_code,
    "refresh_token": _refresh_token,
    "client_credentials": _client_credentials,
}


def _audience_region(exchange: Exchange, form: dict[str, str]) -> str:
    """Find the region whose base URL `audience` is."""
    audience = form.get("audience", "").rstrip("/")
    if not exchange.sim.behaviour.refuse_audience:
        for region in API_HOSTS:
            if audience == exchange.sim.url(region):
                return region
    raise Refused("invalid_audience")


def _challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
