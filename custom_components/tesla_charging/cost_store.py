"""What the costs of charging stand on, on disk: how the site fed the house while a car was there, and the prices of then.

Tesla is asked for a day once, and Home Assistant forgets the states of an entity after some days; with this any charge can
be priced again, also years later.
"""

from array import array
import binascii
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
import logging
from typing import Any, Final
import zlib

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .charging.mix import Supply
from .const import DOMAIN
from .energy.clock import SLOT_S
from .energy.record import MOST_TARIFFS
from .energy.tariff import same_tariff

_LOGGER = logging.getLogger(__name__)
_VERSION: Final = 1
_DELAY_S: Final = 30
_DAY_S: Final = 86_400
_SLOTS: Final = _DAY_S // SLOT_S
_UNKNOWN: Final = 0xFFFF
# As many days as there are in thirty years.
MOST_DAYS: Final = 11_000

type Step = tuple[float, Decimal | None]


class CostStore:
    """The site's energies by UTC day and five minutes, the steps of price entities, tariffs, and which days were asked for."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make it; `async_load` before use."""
        self._hass = hass
        self.priced_by: str | None = None
        self.tariffs: dict[int, list[tuple[float, Any]]] = {}
        self._days: dict[int, dict[int, str]] = {}
        self._steps: dict[str, dict[int, list[Step]]] = {}
        self._asked: dict[int, dict[str, float]] = {}
        self._unsaved = False
        self._store: Store[dict[str, Any]] = Store(
            hass,
            _VERSION,
            f"{DOMAIN}.{entry_id}.costs",
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )

    async def async_load(self) -> None:
        """Read what is there; what cannot be read is asked for once more."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as err:
            _LOGGER.warning("What the costs of charging stand on cannot be read, so it begins anew: %s", err)
            return
        if stored is None:
            return
        try:
            self._read(stored)
        except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as err:
            _LOGGER.warning(
                "What the costs of charging stand on is damaged, so it begins anew (%s)", type(err).__name__
            )

    @callback
    def async_save(self) -> None:
        """Write soon."""
        self._unsaved = True
        self._store.async_delay_save(self._data, _DELAY_S)

    async def async_flush(self) -> None:
        """Write now, if there is something new."""
        if self._unsaved:
            await self._store.async_save(await self._hass.async_add_executor_job(self._data))

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    def _read(self, stored: Mapping[str, Any]) -> None:
        days = {int(site): {int(day): str(text) for day, text in one.items()} for site, one in stored["days"].items()}
        steps = {
            entity: {int(day): [_read_step(*step) for step in one] for day, one in by_day.items()}
            for entity, by_day in stored["steps"].items()
        }
        tariffs = {
            int(site): [(float(since), content) for since, content in one] for site, one in stored["tariffs"].items()
        }
        asked = {int(site): {str(day): float(at) for day, at in one.items()} for site, one in stored["asked"].items()}
        self._days, self._steps, self.tariffs, self._asked = days, steps, tariffs, asked
        self.priced_by = stored["priced_by"]

    def _data(self) -> dict[str, Any]:
        """Return it as JSON; called from another thread, so each dict is copied in one go, and no list is ever changed."""
        self._unsaved = False
        days = {site: dict(one) for site, one in dict(self._days).items()}
        steps = {entity: dict(one) for entity, one in dict(self._steps).items()}
        asked = {site: dict(one) for site, one in dict(self._asked).items()}
        return {
            "days": {str(site): {str(day): text for day, text in one.items()} for site, one in days.items()},
            "steps": {
                entity: {str(day): [[since, _text(amount)] for since, amount in one] for day, one in by_day.items()}
                for entity, by_day in steps.items()
            },
            "tariffs": {
                str(site): [[since, content] for since, content in one] for site, one in dict(self.tariffs).items()
            },
            "asked": {str(site): one for site, one in asked.items()},
            "priced_by": self.priced_by,
        }

    # How a site fed the house

    def supplies(self, site_id: int, begin: float, end: float) -> dict[int, Supply]:
        """Return what is known of the five minutes that begin between two times."""
        found: dict[int, Supply] = {}
        days = self._days.get(site_id, {})
        for day in range(int(begin) // _DAY_S, int(end) // _DAY_S + 1):
            if day in days:
                found |= {slot: one for slot, one in unpack(day, days[day]).items() if begin - SLOT_S < slot < end}
        return found

    def keep_supplies(self, site_id: int, supplies: Mapping[int, Supply]) -> bool:
        """Keep what the site has told; return whether that is new."""
        changed = False
        days = self._days.setdefault(site_id, {})
        for day in sorted({slot // _DAY_S for slot in supplies}):
            known = unpack(day, days[day]) if day in days else {}
            news = {slot: _whole(one) for slot, one in supplies.items() if slot // _DAY_S == day}
            if any(known.get(slot) != one for slot, one in news.items()):
                days[day] = pack(known | news)
                changed = True
        if changed:
            for oldest in sorted(days)[:-MOST_DAYS]:
                del days[oldest]
            self.async_save()
        return changed

    # The prices of an entity

    def steps(self, entity_id: str, begin: float, end: float) -> list[Step]:
        """Return the steps that are remembered between two times, from the price that holds at the first one."""
        days = self._steps.get(entity_id, {})
        found = (step for day in range(int(begin) // _DAY_S, int(end) // _DAY_S + 1) for step in days.get(day, ()))
        within = [step for step in found if begin <= step[0] <= end]
        if within and within[0][0] == begin:
            return within
        holds = self._price_before(entity_id, begin)
        return within if holds is None else [(begin, holds), *within]

    def _price_before(self, entity_id: str, at: float) -> Decimal | None:
        """Return the price of the last step before a time."""
        days = self._steps.get(entity_id, {})
        for day in sorted((day for day in days if day <= int(at) // _DAY_S), reverse=True):
            earlier = [step for step in days[day] if step[0] < at]
            if earlier:
                return earlier[-1][1]
        return None

    def keep_steps(self, entity_id: str, steps: Iterable[Step], begin: float, end: float) -> None:
        """Remember the prices that an entity had between two times, in place of what was known of them.

        What held before and holds after stays: sessions may overlap, and one may begin as another ends.
        """
        known = self.steps(entity_id, begin, end)
        before: Step | None = None
        news: list[Step] = []
        for step in sorted(steps, key=lambda one: one[0]):
            if step[0] <= begin:
                before = begin, step[1]
            elif step[0] < end and (not news or news[-1][1] != step[1]):
                news.append(step)
        if before is None and not news:
            return
        if before is None and self._price_before(entity_id, begin) is None and known and known[0][0] == begin:
            before = known[0]
        news = [*([] if before is None else [before]), *news, (end, known[-1][1] if known else None)]
        if known == news:
            return
        days = self._steps.setdefault(entity_id, {})
        for day in range(int(begin) // _DAY_S, int(end) // _DAY_S + 1):
            outside = [step for step in days.get(day, ()) if not begin <= step[0] <= end]
            inside = [step for step in news if step[0] // _DAY_S == day]
            days[day] = sorted([*outside, *inside], key=lambda one: one[0])
        for oldest in sorted(days)[:-MOST_DAYS]:
            del days[oldest]
        self.async_save()

    # The tariffs of a site

    def note_tariff(self, site_id: int, content: object, now: float) -> bool:
        """Remember the tariff of a site since now, if it is another than before; return whether it is."""
        known = self.tariffs.setdefault(site_id, [])
        if not isinstance(content, Mapping) or not content or (known and same_tariff(known[-1][1], content)):
            return False
        self.tariffs[site_id] = [*known, (now, dict(content))][-MOST_TARIFFS:]
        self.async_save()
        return True

    # What was asked for

    def asked_at(self, site_id: int, day: str) -> float | None:
        """Return when Tesla was asked last for a day by itself."""
        return self._asked.get(site_id, {}).get(day)

    def note_asked(self, site_id: int, day: str, now: float) -> None:
        """Note that Tesla was asked for a day."""
        days = self._asked.setdefault(site_id, {})
        days[day] = now
        for oldest in sorted(days)[:-MOST_DAYS]:
            del days[oldest]
        self.async_save()


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _read_step(since: float, amount: str | None) -> Step:
    return float(since), None if amount is None else Decimal(amount)


def _whole(one: Supply) -> Supply:
    """Return an energy in whole Wh, as it is kept."""
    return Supply(*(float(min(max(round(wh), 0), _UNKNOWN - 1)) for wh in (one.solar_wh, one.battery_wh, one.grid_wh)))


def pack(supplies: Mapping[int, Supply]) -> str:
    """Return a day as text: some hundred characters instead of as many numbers."""
    numbers = array("H", [_UNKNOWN] * (3 * _SLOTS))
    for slot, one in supplies.items():
        at = 3 * (slot % _DAY_S // SLOT_S)
        numbers[at : at + 3] = array("H", [int(wh) for wh in (one.solar_wh, one.battery_wh, one.grid_wh)])
    return binascii.b2a_base64(zlib.compress(numbers.tobytes()), newline=False).decode()


def unpack(day: int, text: str) -> dict[int, Supply]:
    """Return a day as it was packed; what is damaged is not known."""
    numbers = array("H")
    try:
        numbers.frombytes(zlib.decompress(binascii.a2b_base64(text)))
    except ValueError, zlib.error:
        return {}
    if len(numbers) != 3 * _SLOTS:
        return {}
    slots = ((number, numbers[3 * number : 3 * number + 3]) for number in range(_SLOTS))
    return {
        day * _DAY_S + number * SLOT_S: Supply(*map(float, three)) for number, three in slots if three[0] != _UNKNOWN
    }
