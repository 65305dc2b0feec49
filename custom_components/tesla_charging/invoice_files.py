"""Invoices as files in the media folder, and the way to them: Home Assistant shows no PDF from there itself."""

from datetime import timedelta
from errno import EEXIST
from hashlib import sha256
from http import HTTPStatus
import os
from pathlib import Path
import re
from typing import Final
from urllib.parse import quote

from aiohttp import web

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_SERVED: HassKey[bool] = HassKey(f"{DOMAIN}_invoices_served")
_FOLDER: Final = f"{DOMAIN}/invoices"
_USUAL: Final = "local"
_VALID_FOR: Final = timedelta(days=1)
_LONGEST_NAME: Final = 100
_MOST_OF_A_NAME: Final = 100
_UNSAFE: Final = re.compile(r"[^\w.-]+")


def safe_name(*parts: str | None) -> str:
    """Return a name of a PDF in which nothing leads elsewhere, whatever it is made of."""
    words = (_UNSAFE.sub("-", part).strip("-._") for part in parts if part)
    name = "_".join(word for word in words if word).removesuffix(".pdf")[:_LONGEST_NAME].strip("-._")
    return f"{name or 'invoice'}.pdf"


async def async_save(hass: HomeAssistant, name: str, content: bytes) -> tuple[Path, str]:
    """Keep an invoice under a safe name; return its path and an address that opens it for a day. Overwrites no other."""
    folder = _folder(hass)
    try:
        path = await hass.async_add_executor_job(_write, folder, name, content)
    except OSError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="invoice_not_written",
            translation_placeholders={"folder": str(folder), "why": err.strerror or type(err).__name__},
        ) from None
    _serve(hass)
    return path, async_sign_path(hass, InvoiceView.url.format(token=_token(path.name)), _VALID_FOR)


def _token(name: str) -> str:
    """Return what a file is called in its address, which Home Assistant may log: a name tells where somebody was, and when."""
    return sha256(os.fsencode(name)).hexdigest()[:32]


def _find(folder: Path, token: str) -> Path | None:
    """Return the invoice of an address."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix == ".pdf" and _token(path.name) == token]
    except OSError:
        return None
    return next((path for path in paths if path.is_file()), None)


def _folder(hass: HomeAssistant) -> Path:
    """Return the folder for invoices."""
    folders = hass.config.media_dirs
    if not folders:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_media_folder")
    return Path(folders.get(_USUAL) or next(iter(folders.values())), _FOLDER)


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, unless it is there already; another of the same name stays. Raises OSError."""
    media = folder.parents[1]
    if not media.exists():
        media.mkdir(parents=True)
    # For this user only, like the files: their names say where somebody was, and when.
    for level in (folder.parent, folder):
        level.mkdir(mode=0o700, exist_ok=True)
    for number in range(1, _MOST_OF_A_NAME):
        path = folder / (name if number == 1 else f"{name.removesuffix('.pdf')}-{number}.pdf")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if path.is_file() and path.read_bytes() == content:
                return path
            continue
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        except OSError:
            path.unlink()
            raise
        return path
    raise FileExistsError(EEXIST, "there are too many files of this name")


class InvoiceView(HomeAssistantView):
    """Serves an invoice to whoever is signed in, or has its address for a day."""

    url = f"/api/{DOMAIN}/invoices/{{token}}"
    name = "api:tesla_charging:invoice"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Return the file."""
        hass = request.app[KEY_HASS]
        try:
            path = await hass.async_add_executor_job(_find, _folder(hass), token)
        except ServiceValidationError:
            path = None
        if path is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        shown_as = quote(os.fsencode(path.name), safe="")
        headers = {"Content-Type": "application/pdf", "Content-Disposition": f"inline; filename*=UTF-8''{shown_as}"}
        return web.FileResponse(path, headers=headers)


@callback
def _serve(hass: HomeAssistant) -> None:
    if _SERVED not in hass.data:
        hass.data[_SERVED] = True
        hass.http.register_view(InvoiceView)
