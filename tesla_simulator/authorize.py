"""The browser's side of the sign-in server: sign-in, consent, and taking consent back (fleet_api.md 1.3, 1.6)."""

from dataclasses import dataclass
import secrets
import time
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from . import pages
from .grants import Code
from .hosts import Exchange
from .model import App, auth_host
from .world import Account

SESSION_COOKIE = "tesla_session"


@dataclass
class Transaction:
    """One authorize request between its pages."""

    app: App
    redirect_uri: str
    scopes: list[str]
    state: str
    nonce: str | None
    challenge: str | None
    prompt_missing: bool
    require_all: bool
    account: Account | None = None


class BrowserError(Exception):
    """What is shown on a page, as there is no redirect URI that can be trusted."""


class Authorize:
    """Pages of one sign-in host; people of China sign in at their own (fleet_api.md 1.1)."""

    def __init__(self, host: str) -> None:
        """Start with nobody at the door."""
        self._host = host
        self._transactions: dict[str, Transaction] = {}
        self._sessions: dict[str, Account] = {}

    async def start(self, exchange: Exchange) -> web.Response:
        """Take an authorize request (1.3)."""
        query = exchange.query
        try:
            app, redirect_uri = _checked_app(exchange)
        except BrowserError as error:
            return pages.error(str(error))
        if problem := _problem(app, query):
            return _redirect(redirect_uri, {**problem, "state": query.get("state", "")})
        transaction = Transaction(
            app=app,
            redirect_uri=redirect_uri,
            scopes=list(dict.fromkeys(query["scope"].split())),
            state=query["state"],
            nonce=query.get("nonce"),
            challenge=query.get("code_challenge"),
            prompt_missing=query.get("prompt_missing_scopes") == "true",
            require_all=query.get("require_requested_scopes") == "true",
        )
        name = secrets.token_urlsafe(16)
        self._transactions[name] = transaction
        account = self._sessions.get(exchange.request.cookies.get(SESSION_COOKIE, ""))
        if account is None or query.get("prompt") == "login":
            return self._sign_in_page(exchange, name)
        transaction.account = account
        return self._after_sign_in(exchange, name, transaction)

    async def step(self, exchange: Exchange) -> web.Response:
        """Take what a page sends."""
        form = exchange.form()
        name = form.get("transaction_id", "")
        transaction = self._transactions.get(name)
        if transaction is None:
            return pages.error("This sign-in has expired. Please start again.")
        if form.get("action") == "cancel":
            return self._finish(name, {"error": "access_denied", "error_description": "The user denied the request"})
        if form.get("action") == "sign_in":
            account = _account(exchange, form.get("identity", ""))
            if account is None or account.password != form.get("credential") or auth_host(account.region) != self._host:
                return self._sign_in_page(exchange, name, "We could not sign you in. Check your email and password.")
            transaction.account = account
            session = secrets.token_urlsafe(16)
            self._sessions[session] = account
            response = self._after_sign_in(exchange, name, transaction)
            response.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="Lax")
            return response
        if transaction.account is None:
            return self._sign_in_page(exchange, name)
        ticked = set((await exchange.request.post()).getall("scope", [])) & set(transaction.scopes)
        if transaction.require_all and ticked != set(transaction.scopes):
            return self._consent_page(exchange, name, transaction, "All of these are needed to continue.")
        account, app = transaction.account, transaction.app
        kept = exchange.sim.grants.consent(account, app) - set(transaction.scopes)
        exchange.sim.grants.set_consent(account, app, kept | {str(scope) for scope in ticked})
        return self._give_code(exchange, name, transaction, account)

    async def revoke_page(self, exchange: Exchange) -> web.Response:
        """Let a person take scopes back from an app (1.6)."""
        query = exchange.query
        app = exchange.sim.app(query.get("revoke_client_id", ""))
        if app is None:
            return pages.error("We do not know this app.")
        account = self._sessions.get(exchange.request.cookies.get(SESSION_COOKIE, ""))
        if account is None:
            return pages.revoke_sign_in(query, exchange.sim.prefill())
        return pages.revoke(app, exchange.sim.grants.consent(account, app), query.get("back_url", ""))

    async def revoke(self, exchange: Exchange) -> web.Response:
        """Sign in for that page, or keep only the scopes that are still ticked."""
        form, query = exchange.form(), exchange.query
        app = exchange.sim.app(query.get("revoke_client_id", ""))
        if app is None:
            return pages.error("We do not know this app.")
        if form.get("action") == "sign_in":
            account = _account(exchange, form.get("identity", ""))
            if account is None or account.password != form.get("credential") or auth_host(account.region) != self._host:
                return pages.revoke_sign_in(query, exchange.sim.prefill(), "We could not sign you in.")
            session = secrets.token_urlsafe(16)
            self._sessions[session] = account
            response = _redirect(str(exchange.request.rel_url), {})
            response.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="Lax")
            return response
        account = self._sessions.get(exchange.request.cookies.get(SESSION_COOKIE, ""))
        if account is None:
            return pages.revoke_sign_in(query, exchange.sim.prefill())
        ticked = {str(scope) for scope in (await exchange.request.post()).getall("scope", [])}
        kept = set() if form.get("action") == "revoke_all" else ticked & exchange.sim.grants.consent(account, app)
        exchange.sim.grants.set_consent(account, app, kept)
        if back_url := query.get("back_url"):
            return _redirect(back_url, {})
        return pages.revoke(app, frozenset(kept), "", "Your changes are saved.")

    def _sign_in_page(self, exchange: Exchange, name: str, problem: str = "") -> web.Response:
        return pages.sign_in(self._transactions[name].app, name, exchange.sim.prefill(), problem)

    def _consent_page(self, exchange: Exchange, name: str, transaction: Transaction, problem: str = "") -> web.Response:
        email = transaction.account.email if transaction.account is not None else ""
        return pages.consent(transaction.app, name, email, transaction.scopes, transaction.require_all, problem)

    def _after_sign_in(self, exchange: Exchange, name: str, transaction: Transaction) -> web.Response:
        """Ask for consent, unless an earlier one is enough: it hides new scopes from who does not ask (1.3, 1.6)."""
        if transaction.account is None:
            return self._sign_in_page(exchange, name)
        consent = exchange.sim.grants.consent(transaction.account, transaction.app)
        missing = set(transaction.scopes) - consent
        if not consent or (missing and (transaction.prompt_missing or transaction.require_all)):
            return self._consent_page(exchange, name, transaction)
        return self._give_code(exchange, name, transaction, transaction.account)

    def _give_code(self, exchange: Exchange, name: str, transaction: Transaction, account: Account) -> web.Response:
        code = Code(
            account=account,
            app=transaction.app,
            redirect_uri=transaction.redirect_uri,
            state=transaction.state,
            nonce=transaction.nonce,
            challenge=transaction.challenge,
            issued_at=time.time(),
        )
        return self._finish(name, {"code": exchange.sim.grants.new_code(code)})

    def _finish(self, name: str, answer: dict[str, str]) -> web.Response:
        transaction = self._transactions.pop(name)
        return _redirect(transaction.redirect_uri, {**answer, "state": transaction.state})


def _account(exchange: Exchange, email: str) -> Account | None:
    accounts = exchange.sim.world.accounts
    return next((account for account in accounts if account.email.lower() == email.strip().lower()), None)


def _checked_app(exchange: Exchange) -> tuple[App, str]:
    """Find the app and its redirect URI; neither error may be sent to a redirect URI nobody registered."""
    app = exchange.sim.app(exchange.query.get("client_id", ""))
    if app is None:
        raise BrowserError("unauthorized_client: We don't recognize this client_id.")
    redirect_uri = exchange.query.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise BrowserError("invalid_redirect_uri: The redirect_uri is not registered for this client.")
    return app, redirect_uri


def _problem(app: App, query: dict[str, str]) -> dict[str, str] | None:
    """Find what is wrong with the rest of the request."""
    if query.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "response_type must be code"}
    for name in ("scope", "state"):
        if not query.get(name):
            return {"error": "invalid_request", "error_description": f"{name} is required"}
    if unknown := [scope for scope in query["scope"].split() if scope not in app.scopes]:
        return {"error": "invalid_scope", "error_description": f"The scope {unknown[0]} is not enabled for this client"}
    if app.client_secret is None and not query.get("code_challenge"):
        return {"error": "invalid_request", "error_description": "code_challenge is required"}
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        return {"error": "invalid_request", "error_description": "code_challenge_method must be S256"}
    return None


def _redirect(url: str, answer: dict[str, str]) -> web.Response:
    """Send the browser on, with the answer added to the URL's own query."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(answer)) if part)
    return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})
