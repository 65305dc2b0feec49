"""Places, charging stations and Wall Connectors."""

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .car import Car

# fleet_api.md 7.1: charging state -> wall_connector_state.
CONNECTOR_STATES = {"Starting": 9, "Charging": 1, "Complete": 8, "Stopped": 4, "NoPower": 0}
DISCONNECTED = 2
SCHEDULED = 5
NO_FAULT = 2


@dataclass(frozen=True)
class Place:
    """A place to park."""

    latitude: float
    longitude: float
    name: str = ""


@dataclass(eq=False)
class WallConnector:
    """A Wall Connector that knows the car on it."""

    din: str
    part_number: str
    serial_number: str
    fault_state: int = NO_FAULT
    device_id: str = "00000000-0000-4000-8000-000000000000"
    odd_state: int | None = None  # a number of which nobody knows what it means
    more: dict[str, object] = field(default_factory=dict)  # what only some tell: ocpp_status, powershare_session_state
    station: Station | None = field(default=None, repr=False)

    @property
    def car(self) -> Car | None:
        """The car on it."""
        return self.station.car if self.station else None

    @property
    def vin(self) -> str | None:
        """VIN of the car on it."""
        return self.car.vin if self.car else None

    @property
    def power_w(self) -> float:
        """Power into the car."""
        return self.car.charger.draw().wall_w if self.car else 0.0

    @property
    def state(self) -> int:
        """wall_connector_state, fleet_api.md 7.1."""
        if not self.car:
            return DISCONNECTED
        return SCHEDULED if self.car.charger.pending else CONNECTOR_STATES[self.car.charger.state]

    def live_status(self) -> dict[str, object]:
        """Return its entry in live_status; `vin` only with a car on it (fleet_api.md 7.1)."""
        return {
            "din": self.din,
            **({"vin": self.vin} if self.vin else {}),
            "wall_connector_state": self.state if self.odd_state is None else self.odd_state,
            "wall_connector_fault_state": self.fault_state,
            "wall_connector_power": round(self.power_w),
            **self.more,
        }


@dataclass(eq=False, kw_only=True)
class Station:
    """AC on one or three phases, or DC when it has max_power_w."""

    kind: Literal["home_ac", "public_ac", "supercharger"]
    name: str
    latitude: float
    longitude: float
    phases: int = 0
    voltage_v: float = 230.0
    max_current_a: int = 0
    max_power_w: float = 0.0
    energised: bool = True
    wall_connector: WallConnector | None = None
    stalls: int = 8
    free_stalls: int = 5  # besides the one that a simulated car takes
    amenities: str = "restrooms,restaurant,wifi"
    car: Car | None = field(default=None, repr=False)
    supply_w: float = field(default=inf, repr=False)  # what an islanded site leaves for it

    def __post_init__(self) -> None:
        """Tie the Wall Connector to it."""
        if self.wall_connector:
            self.wall_connector.station = self

    @property
    def dc(self) -> bool:
        """Whether it gives direct current."""
        return self.max_power_w > 0

    @property
    def live(self) -> bool:
        """Whether it gives power."""
        return self.energised and self.supply_w > 0


def supercharger(name: str, latitude: float, longitude: float, max_power_w: float = 250_000) -> Station:
    """Return a DC station."""
    return Station(kind="supercharger", name=name, latitude=latitude, longitude=longitude, max_power_w=max_power_w)
