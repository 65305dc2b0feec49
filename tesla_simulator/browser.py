"""A browser for tests: fetches pages, reads their forms and sends them."""

from html.parser import HTMLParser
from typing import override

import aiohttp


class PageError(Exception):
    """A page that has no form to go on with, or a form that was refused; its words."""


class Page(HTMLParser):
    """The form on a page and the words around it."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.form = ""
        self.fields: dict[str, str] = {}
        self.scopes: list[str] = []
        self.note = ""
        self._words: list[str] = []
        self._in_note = self._skipped = False
        self.feed(text)

    @property
    def words(self) -> str:
        """What a person reads."""
        return " ".join(" ".join(self._words).split())

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = found.get("id", "")
        elif tag == "input" and found.get("type") == "checkbox":
            self.scopes.append(found["value"])
        elif tag == "input":
            self.fields[found["name"]] = found.get("value", "")
        self._in_note = found.get("class") == "note"
        self._skipped = tag in ("style", "script", "title")

    @override
    def handle_endtag(self, tag: str) -> None:
        self._in_note = self._skipped = False

    @override
    def handle_data(self, data: str) -> None:
        if self._in_note:
            self.note += data
        if not self._skipped:
            self._words.append(data)


async def authorize(url: str, scopes: set[str] | None, email: str, password: str, *, deny: bool) -> str:
    """Follow an authorize URL through sign-in and consent to the app's redirect."""
    sign_in = {"identity": email, "credential": password, "action": "sign_in"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        answer: tuple[str | None, Page] = await _fetch(session, "GET", url)
        forms = set()
        while (location := answer[0]) is None:
            page = answer[1]
            if page.form in forms or page.form not in ("sign-in-form", "consent-form"):
                raise PageError(page.note or page.words)
            forms.add(page.form)
            fields = [*page.fields.items()]
            if page.form == "sign-in-form":
                fields = [*{**page.fields, **sign_in}.items()]
            elif deny:
                fields.append(("action", "cancel"))
            else:
                ticked = [scope for scope in page.scopes if scopes is None or scope in scopes]
                fields += [("action", "allow"), *(("scope", scope) for scope in ticked)]
            answer = await _fetch(session, "POST", url, fields)
    return location


async def _fetch(
    session: aiohttp.ClientSession, method: str, url: str, fields: list[tuple[str, str]] | None = None
) -> tuple[str | None, Page]:
    data = None if fields is None else aiohttp.FormData(fields)
    async with session.request(method, url, data=data, allow_redirects=False) as response:
        return response.headers.get("Location"), Page(await response.text())
