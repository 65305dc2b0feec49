"""The picture of the person that an account belongs to."""

from dataclasses import dataclass
from typing import Final, override

import aiohttp

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import TeslaConfigEntry
from .candidates import async_follow_products, person_candidates
from .entity import PersonDescription, PersonEntity

PARALLEL_UPDATES = 0

_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
# A picture of a person is smaller; what is larger is something else.
_MOST_BYTES: Final = 5_000_000
_CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class PictureDescription(PersonDescription, ImageEntityDescription):
    """A picture of the person."""

    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC


PICTURE: Final = PictureDescription(key="profile_picture")


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the picture."""
    async_follow_products(
        entry,
        Platform.IMAGE,
        async_add_entities,
        lambda: person_candidates(entry, (PICTURE,), Picture, lambda _, person: person.profile_image_url is not None),
    )


class Picture(PersonEntity, ImageEntity):
    """The picture, which is not fetched before somebody looks at it, and then once."""

    entity_description: PictureDescription
    _url: str | None = None
    _picture: bytes | None = None

    def __init__(self, entry: TeslaConfigEntry, description: PictureDescription) -> None:
        """Belong to the account."""
        ImageEntity.__init__(self, entry.runtime_data.hass, verify_ssl=True)
        PersonEntity.__init__(self, entry, description)

    @override
    def _show(self) -> object:
        if self._url != self.person.profile_image_url:
            self._url, self._picture = self.person.profile_image_url, None
            self._attr_image_last_updated = self.person.pictured_at
        return self._attr_image_last_updated

    @override
    async def async_image(self) -> bytes | None:
        """Fetch the picture where it is public, without any token."""
        if self._picture is None and self._url is not None:
            url = self._url
            picture = await self._fetch(url)
            if url == self._url:
                self._picture = picture
        return self._picture

    async def _fetch(self, url: str) -> bytes | None:
        try:
            async with async_get_clientsession(self.hass).get(url, timeout=_TIMEOUT) as answer:
                if answer.status != 200 or not answer.content_type.startswith("image/"):
                    return None
                picture = bytearray()
                async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                    picture += chunk
                    if len(picture) > _MOST_BYTES:
                        return None
        except aiohttp.ClientError, TimeoutError, ValueError:
            return None
        self._attr_content_type = answer.content_type
        return bytes(picture)
