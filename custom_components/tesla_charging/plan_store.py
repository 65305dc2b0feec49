"""What was planned into each car, on disk: so that it can be cleaned up after a restart."""

import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .charging.planned import Planned, from_json, to_json
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)
_VERSION: Final = 1


class PlanStore:
    """The plans of the cars of an account, by VIN."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Make it; `async_load` before use."""
        self.plans: dict[str, Planned] = {}
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry_id}.plans", private=True, atomic_writes=True
        )

    async def async_load(self) -> None:
        """Read what is there; a plan that cannot be read is forgotten."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as err:
            _LOGGER.warning("What was planned into the cars cannot be read, so it is not cleaned up: %s", err)
            return
        plans = stored.get("plans") if isinstance(stored, dict) else None
        for vin, data in (plans if isinstance(plans, dict) else {}).items():
            try:
                self.plans[vin] = from_json(data)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as err:
                _LOGGER.warning("What was planned into a car cannot be read: %s", type(err).__name__)

    async def async_keep(self, vin: str, planned: Planned) -> None:
        """Write a plan, or that there is none, where that is news."""
        if planned == self.plans.get(vin, Planned()):
            return
        if planned.empty:
            self.plans.pop(vin, None)
        else:
            self.plans[vin] = planned
        await self._store.async_save({"plans": {vin: to_json(one) for vin, one in self.plans.items()}})

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()
