"""The last known state of every product and its habits, on disk: a restart changes no value, only its age."""

from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store

from .budget.habits import Habits
from .const import DOMAIN
from .energy.wishes import SiteNotes
from .fleet.models import EnergySite, Vehicle, parse, to_json
from .fleet.models.car_file import CarFile
from .fleet.models.person import Person

_LOGGER = logging.getLogger(__name__)
_VERSION: Final = 1
_DELAY_SECONDS: Final = 10
_LATER_SECONDS: Final = 300


class Snapshots:
    """The snapshots of one account, by VIN and by site, what is noted and asked seldom of them, and what was learned."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make it; `async_load` before use."""
        self.vehicles: dict[str, Vehicle] = {}
        self.sites: dict[int, EnergySite] = {}
        self.habits: dict[str, Habits] = {}
        self.notes: dict[int, SiteNotes] = {}
        self.files: dict[str, CarFile] = {}
        self.person = Person()
        self._hass = hass
        self._cancel_later: CALLBACK_TYPE | None = None
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry_id}.snapshots", private=True, atomic_writes=True
        )

    async def async_load(self) -> None:
        """Read what is there; what cannot be read is as if it had not been there."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as err:
            _LOGGER.warning("The last known values cannot be read, so they begin anew: %s", err)
            return
        if not isinstance(stored, dict):
            return
        for data in _list(stored.get("vehicles")):
            vehicle = parse(Vehicle, data)
            if vehicle.vin:
                self.vehicles[vehicle.vin] = vehicle
        for data in _list(stored.get("sites")):
            site = parse(EnergySite, data)
            if site.energy_site_id is not None:
                self.sites[site.energy_site_id] = site
        for data in _list(stored.get("notes")):
            notes = parse(SiteNotes, data)
            if notes.energy_site_id is not None:
                self.notes[notes.energy_site_id] = notes.sound()
        for data in _list(stored.get("files")):
            file = parse(CarFile, data)
            if file.vin:
                self.files[file.vin] = file
        self.person = parse(Person, stored.get("person"))

        habits = stored.get("habits")
        for subject, data in habits.items() if isinstance(habits, dict) else ():
            self.habits[subject] = Habits.from_json(data)

    @callback
    def async_save(self) -> None:
        """Write soon."""
        self._store.async_delay_save(self._data, _DELAY_SECONDS)

    @callback
    def async_save_later(self) -> None:
        """Write within minutes what changes all the time, so that a memory card lives long."""
        if self._cancel_later is None:
            self._cancel_later = async_call_later(self._hass, _LATER_SECONDS, self._save_now)

    @callback
    def _save_now(self, _: datetime) -> None:
        self._cancel_later = None
        self.async_save()

    def _forget_later(self) -> None:
        if self._cancel_later is not None:
            self._cancel_later()
            self._cancel_later = None

    async def async_flush(self) -> None:
        """Write now."""
        self._forget_later()
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything."""
        self._forget_later()
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        return {
            "vehicles": [to_json(vehicle) for vehicle in self.vehicles.values()],
            "sites": [to_json(site) for site in self.sites.values()],
            "habits": {subject: habits.to_json() for subject, habits in self.habits.items()},
            "notes": [to_json(notes) for notes in self.notes.values()],
            "files": [to_json(file) for file in self.files.values()],
            "person": to_json(self.person),
        }


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
