"""The sign-in server's pages, filled in from `static/`."""

from collections.abc import Collection, Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from aiohttp import web

from .model import USER_SCOPES, App

STATIC = Path(__file__).parent / "static"
FRAME = Template((STATIC / "frame.html").read_text(encoding="utf-8"))
SIGN_IN = Template((STATIC / "sign_in.html").read_text(encoding="utf-8"))
CONSENT = Template((STATIC / "consent.html").read_text(encoding="utf-8"))
REVOKE = Template((STATIC / "revoke.html").read_text(encoding="utf-8"))
PAIR = Template((STATIC / "pair.html").read_text(encoding="utf-8"))
PORTAL = Template((STATIC / "portal.html").read_text(encoding="utf-8"))
CONTROL = (STATIC / "control.html").read_text(encoding="utf-8")


def _page(title: str, content: str, status: int = 200) -> web.Response:
    text = FRAME.substitute(title=escape(title), content=content)
    return web.Response(status=status, text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def _note(problem: str) -> str:
    return f'<p class="note" role="alert">{escape(problem)}</p>' if problem else ""


def error(words: str) -> web.Response:
    """Show what cannot be sent to the app: it may not be the app."""
    return _page("Error", f"<h1>We are unable to process your request</h1><p id='error'>{escape(words)}</p>", 400)


def sign_in(app: App, transaction: str, prefill: tuple[str, str], problem: str = "") -> web.Response:
    """Ask for e-mail address and password."""
    hidden = f'<input type="hidden" name="transaction_id" value="{escape(transaction)}">'
    return _sign_in(f"to continue to {app.name}", hidden, prefill, problem)


def revoke_sign_in(query: Mapping[str, str], prefill: tuple[str, str], problem: str = "") -> web.Response:
    """Ask for the same before consents are shown; the form goes back to the same URL."""
    return _sign_in("to manage third-party apps", "", prefill, problem)


def _sign_in(purpose: str, hidden: str, prefill: tuple[str, str], problem: str) -> web.Response:
    content = SIGN_IN.substitute(
        purpose=escape(purpose),
        hidden=hidden,
        email=escape(prefill[0]),
        password=escape(prefill[1]),
        note=_note(problem),
        cancel='<button id="cancel" name="action" value="cancel" class="quiet" formnovalidate>Cancel</button>'
        if hidden
        else "",
    )
    return _page("Sign In", content)


def _boxes(scopes: Collection[str]) -> str:
    rows = []
    for scope in scopes:
        name, words = USER_SCOPES[scope]
        box = f'<input type="checkbox" name="scope" value="{scope}" checked>'
        rows.append(
            f"<label class='scope'>{box}<span><b>{escape(name)}</b><small>{escape(words)}</small></span></label>"
        )
    return "\n".join(rows)


def consent(
    app: App, transaction: str, email: str, scopes: Collection[str], require_all: bool, problem: str = ""
) -> web.Response:
    """Ask which of the requested scopes the app may have."""
    content = CONSENT.substitute(
        app=escape(app.name),
        email=escape(email),
        transaction=escape(transaction),
        boxes=_boxes(scopes),
        require_all="true" if require_all else "false",
        note=_note(problem),
    )
    return _page("Authorize", content)


def revoke(app: App, scopes: Collection[str], back_url: str, problem: str = "") -> web.Response:
    """Show what an app may do, to be taken back one by one or all at once."""
    shown = [scope for scope in USER_SCOPES if scope in scopes]
    content = REVOKE.substitute(
        app=escape(app.name),
        boxes=_boxes(shown) or "<p>This app has no access to your account.</p>",
        back=f'<a href="{escape(back_url)}">Back</a>' if back_url.startswith(("https://", "http://")) else "",
        note=_note(problem),
    )
    return _page("Manage access", content)


def pair(domain: str, cars: Iterable[tuple[str, str]], problem: str = "", chosen: str = "") -> web.Response:
    """Ask the owner to allow a domain's key on a car: VIN and name of each."""
    options = "".join(
        f'<option value="{escape(vin)}"{" selected" if vin == chosen else ""}>{escape(name)} ({escape(vin)})</option>'
        for vin, name in cars
    )
    select = f'<select name="vin">{options}</select>'
    return _page("Add Virtual Key", PAIR.substitute(domain=escape(domain), cars=select, note=_note(problem)))


def paired(domain: str, words: str) -> web.Response:
    """Say how the pairing ended."""
    return _page("Virtual Key", f"<h1>{escape(domain)}</h1><p id='result'>{escape(words)}</p>")


def portal(apps: Collection[App]) -> web.Response:
    """Show the developer site's list of apps."""
    rows = []
    for app in apps:
        redirects = "<br>".join(escape(uri) for uri in sorted(app.redirect_uris))
        scopes = ", ".join(escape(USER_SCOPES[scope][0]) for scope in USER_SCOPES if scope in app.scopes)
        secret = escape(app.client_secret) if app.client_secret is not None else "none (open source)"
        rows.append(
            f"<section><h2>{escape(app.name)}</h2><dl><dt>Client ID</dt><dd>{escape(app.client_id)}</dd>"
            f"<dt>Client Secret</dt><dd>{secret}</dd><dt>Allowed Redirect URI(s)</dt><dd>{redirects}</dd>"
            f"<dt>API &amp; Scopes</dt><dd>{scopes}</dd></dl></section>"
        )
    return _page("Developer", PORTAL.substitute(apps="\n".join(rows)))
