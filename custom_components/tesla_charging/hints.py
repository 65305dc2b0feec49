"""What tells for nothing that a car is worth a look: the Wall Connector it hangs on, and entities that a person names."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from .coordinators import VehicleCoordinator
from .fleet.models import EnergySite
from .fleet.models.site import WALL_CONNECTOR_STATES, WallConnectorState

# A charger that gives more than this charges a car; its own electronics take less.
_CHARGES_W: Final = 100.0
_WATTS: Final[Mapping[str | None, float]] = {"W": 1, "kW": 1e3, "MW": 1e6}
# A site that was read longer ago does not tell of a plug in time.
_TELLS_FOR: Final = timedelta(minutes=3)
_CHARGES: Final = frozenset({WallConnectorState.CHARGING, WallConnectorState.CHARGING_REDUCED})
_FREE: Final = frozenset({WallConnectorState.BOOTING, WallConnectorState.DISCONNECTED})


def plugs(site: EnergySite) -> dict[str, bool]:
    """Return the cars that hang on a Wall Connector of a site, by VIN, and whether they charge there."""
    found = {}
    for connector in site.live_status.wall_connectors:
        state = WALL_CONNECTOR_STATES.get(connector.wall_connector_state or 0)
        if connector.vin and state not in _FREE:
            found[connector.vin] = state in _CHARGES or (connector.wall_connector_power or 0) > _CHARGES_W
    return found


class Hints:
    """Follows what tells of the cars of an account."""

    def __init__(
        self, hass: HomeAssistant, cars: Mapping[str, VehicleCoordinator], entities_of: Callable[[str], list[str]]
    ) -> None:
        """Begin with nothing known."""
        self._hass = hass
        self._cars = cars
        self._entities_of = entities_of
        self._plugs: dict[int | None, dict[str, bool]] = {}
        self._cancel: CALLBACK_TYPE | None = None
        self._followed: dict[str, list[str]] = {}
        self._told: dict[str, str | bool] = {}

    def take_sites(self, sites: Iterable[EnergySite]) -> None:
        """Take what the energy sites tell; what is told for the first time is no change."""
        hanging, changed = set[str](), set[str]()
        for site in sites:
            if site.live_read_at is None:
                continue
            now = plugs(site)
            before = self._plugs.get(site.energy_site_id, now)
            self._plugs[site.energy_site_id] = now
            changed |= {vin for vin in before.keys() | now.keys() if before.get(vin) != now.get(vin)}
            if dt_util.utcnow() - site.live_read_at < _TELLS_FOR:
                hanging |= now.keys()
        for vin, car in self._cars.items():
            car.planner.hinted = vin in hanging
            if vin in changed:
                car.planner.hint()

    @callback
    def async_follow(self) -> None:
        """Follow the entities that are named now."""
        wanted: dict[str, list[str]] = {}
        for vin in self._cars:
            for entity_id in self._entities_of(vin):
                wanted.setdefault(entity_id, []).append(vin)
        if wanted == self._followed:
            return
        self.async_stop()
        self._followed = wanted
        if wanted:
            self._cancel = async_track_state_change_event(self._hass, wanted, self._changed)

    @callback
    def async_stop(self) -> None:
        """Follow no more."""
        self._followed = {}
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        entity_id, tells = event.data["entity_id"], _tells(event.data["new_state"])
        if tells is None:
            return
        before = self._told.get(entity_id, _tells(event.data["old_state"]))
        self._told[entity_id] = tells
        if before is None or before == tells:
            return
        for vin in self._followed.get(entity_id, ()):
            if car := self._cars.get(vin):
                car.planner.hint()


def _tells(state: State | None) -> str | bool | None:
    """Return what a state tells: of a power only whether there is one, of another number whether it is zero."""
    if state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return None
    try:
        value = float(state.state)
    except ValueError:
        return state.state
    watts = _WATTS.get(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))
    return value != 0 if watts is None else abs(value) * watts > _CHARGES_W
