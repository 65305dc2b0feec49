"""What the sign-in server remembers: consents, codes, refresh tokens and living access tokens (fleet_api.md 1.4, 1.6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import secrets
import time
from typing import Any

from . import tokens
from .answers import Refused
from .model import USER_SCOPES, App, Behaviour, auth_host
from .world import Account

CODE_LIFE_S = 300
REFRESH_LIFE_S = 90 * 86_400
"""3 months."""
REFRESH_GRACE_S = 86_400
"""The last used refresh token is good for 24 h more."""


@dataclass
class Code:
    """An authorization code: single use, 5 minutes."""

    account: Account
    app: App
    redirect_uri: str
    state: str
    nonce: str | None
    challenge: str | None
    issued_at: float


@dataclass
class Refresh:
    """A refresh token and when it was first used."""

    token: str
    issued_at: float
    used_at: float | None = None


@dataclass
class Grant:
    """One sign-in of a person with an app: its living refresh token, the last used one, and its access tokens."""

    account: Account
    app: App
    current: Refresh | None = None
    last_used: Refresh | None = None
    access: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Bearer:
    """An access token that was found good, and whose it is; a partner token has no account."""

    client_id: str
    account: Account | None
    region: str
    scopes: frozenset[str]


class Grants:
    """All sign-ins of a simulated Tesla."""

    def __init__(self, behaviour: Behaviour) -> None:
        """Start with nobody signed in."""
        self.behaviour = behaviour
        self.urls: dict[str, str] = {}
        self._consents: dict[tuple[str, str], set[str]] = {}
        self._codes: dict[str, Code] = {}
        self._grants: dict[tuple[str, str], Grant] = {}
        self._by_refresh: dict[str, Grant] = {}
        self._by_access: dict[str, Grant | App] = {}

    def consent(self, account: Account, app: App) -> frozenset[str]:
        """Scopes that a person has granted an app, as it is now."""
        return frozenset(self._consents.get((account.sub, app.client_id), ()))

    def set_consent(self, account: Account, app: App, scopes: Iterable[str]) -> None:
        """Change what a person grants; it shows in the next access token, and no scope at all ends the sign-in."""
        self._consents[account.sub, app.client_id] = set(scopes)
        if not self._consents[account.sub, app.client_id]:
            self._end(account, app)

    def revoke(self, account: Account) -> None:
        """Reset a person's password: all their refresh and access tokens end, their consents stay (1.4)."""
        for grant in [grant for grant in self._grants.values() if grant.account is account]:
            self._end(account, grant.app)

    def _end(self, account: Account, app: App) -> None:
        grant = self._grants.pop((account.sub, app.client_id), None)
        if grant is not None:
            self._forget_access(grant)
            grant.current = grant.last_used = None

    def _forget_access(self, grant: Grant) -> None:
        for token in grant.access:
            self._by_access.pop(token, None)
        grant.access.clear()

    def new_code(self, code: Code) -> str:
        """Issue a code; it starts with the region (1.3)."""
        name = f"{code.account.region.upper()}_{secrets.token_hex(32)}"
        self._codes[name] = code
        return name

    def take_code(self, name: str, app: App) -> Code:
        """Use up a code; a wrong, used or old one is refused."""
        code = self._codes.pop(name, None)
        if code is None or code.app is not app or time.time() - code.issued_at > CODE_LIFE_S:
            raise Refused("invalid_auth_code")
        return code

    def sign_in(self, account: Account, app: App, *, state: str = "", nonce: str | None = None) -> dict[str, Any]:
        """Give the token answer after a sign-in; an earlier sign-in with this app ends (1.4, policy of 2024-02-01)."""
        self._end(account, app)
        grant = self._grants[account.sub, app.client_id] = Grant(account, app)
        answer = self._issue(grant, nonce)
        return {**answer, "state": state} if state else answer

    def refresh(self, token: str, app: App) -> dict[str, Any]:
        """Rotate a refresh token; the last used one is good for 24 h more (1.4)."""
        grant, now = self._by_refresh.get(token), time.time()
        if grant is None or grant.app is not app or "offline_access" not in self.consent(grant.account, app):
            raise Refused("login_required")
        if grant.current is not None and grant.current.token == token:
            used = grant.current
            used.used_at = now
            alive = now - used.issued_at <= REFRESH_LIFE_S
        elif grant.last_used is not None and grant.last_used.token == token:
            used = grant.last_used
            alive = now - (used.used_at or 0) <= REFRESH_GRACE_S
        else:
            raise Refused("login_required")
        if not alive:
            raise Refused("login_required")
        grant.last_used = used
        if self.behaviour.refresh_ends_access_tokens:
            self._forget_access(grant)
        return self._issue(grant, None)

    def partner(self, app: App, region: str, scopes: frozenset[str]) -> dict[str, Any]:
        """Give a partner token: the app itself, in one region (1.4)."""
        aud = tokens.audiences(self.urls, region)
        claims = tokens.access_claims(self._issuer(region), app.client_id, app.client_id, region, aud, sorted(scopes))
        token = tokens.sign({**claims, "gty": "client-credentials"})
        self._by_access[token] = app
        return {"access_token": token, "expires_in": tokens.ACCESS_TOKEN_LIFE_S, "token_type": "Bearer"}

    def bearer(self, token: str) -> Bearer:
        """Look at an access token: not one of ours, expired, or ended, is refused (9)."""
        claims = tokens.claims_of(token)
        if claims is None or not isinstance(claims.get("scp"), list):
            raise Refused("invalid_bearer")
        owner = self._by_access.get(token)
        if owner is None or claims["exp"] <= time.time():
            raise Refused(self.behaviour.dead_token)
        account = owner.account if isinstance(owner, Grant) else None
        scopes = frozenset(claims["scp"])
        return Bearer(claims["azp"], account, claims["ou_code"].lower(), scopes)

    def _issuer(self, region: str) -> str:
        return self.urls[auth_host(region)] + self.behaviour.issuer_path

    def _issue(self, grant: Grant, nonce: str | None) -> dict[str, Any]:
        account, app, region = grant.account, grant.app, grant.account.region
        consent = self.consent(account, app)
        scopes = [scope for scope in USER_SCOPES if scope in consent]
        issuer = self._issuer(region)
        aud = tokens.audiences(self.urls, region)
        access = tokens.sign(tokens.access_claims(issuer, account.sub, app.client_id, region, aud, scopes))
        grant.access.add(access)
        self._by_access[access] = grant
        answer: dict[str, Any] = {
            "access_token": access,
            "expires_in": tokens.ACCESS_TOKEN_LIFE_S,
            "token_type": "Bearer",
        }
        if "offline_access" in consent:
            token = f"{region.upper()}_{secrets.token_hex(32)}"
            grant.current = Refresh(token, time.time())
            self._by_refresh[token] = grant
            answer["refresh_token"] = token
        if "openid" in consent:
            answer["id_token"] = tokens.sign(tokens.id_claims(issuer, account.sub, app.client_id, nonce))
        return answer
