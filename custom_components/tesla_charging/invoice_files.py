"""Invoices as files in the media folder, and the way to them: Home Assistant shows no PDF from there itself."""

from datetime import timedelta
from errno import EEXIST
from http import HTTPStatus
import os
from pathlib import Path
import re
from typing import Final

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
    return path, async_sign_path(hass, InvoiceView.url.format(name=path.name), _VALID_FOR)


def _folder(hass: HomeAssistant) -> Path:
    """Return the folder for invoices."""
    folders = hass.config.media_dirs
    if not folders:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_media_folder")
    return Path(folders.get(_USUAL) or next(iter(folders.values())), _FOLDER)


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, unless it is there already; another of the same name stays. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, _MOST_OF_A_NAME):
        path = folder / (name if number == 1 else f"{name.removesuffix('.pdf')}-{number}.pdf")
        try:
            # For this user only: it says where somebody was.
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

    url = f"/api/{DOMAIN}/invoices/{{name}}"
    name = "api:tesla_charging:invoice"

    async def get(self, request: web.Request, name: str) -> web.StreamResponse:
        """Return the file."""
        hass = request.app[KEY_HASS]
        try:
            path = _folder(hass) / name
        except ServiceValidationError:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if safe_name(name) != name or not await hass.async_add_executor_job(path.is_file):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(path, headers={"Content-Type": "application/pdf"})


@callback
def _serve(hass: HomeAssistant) -> None:
    if _SERVED not in hass.data:
        hass.data[_SERVED] = True
        hass.http.register_view(InvoiceView)
