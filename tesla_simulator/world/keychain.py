"""The keys that a car knows (fleet_api.md 3.2 and 3.3)."""

from dataclasses import dataclass, field
from typing import Literal

KEYS_MAX = 20

type Role = Literal["owner", "driver", "charging_manager", "vehicle_monitor"]


@dataclass(eq=False)
class Key:
    """A third party's key: uncompressed point of P-256, the domain shown on the Locks screen, what it may do."""

    point: bytes
    domain: str
    role: Role = "owner"
    active: bool = True


class KeychainFull(ValueError):
    """A car has no room for another key."""


@dataclass(eq=False)
class Keychain:
    """Third parties' keys, beside `others`: key cards and phones."""

    others: int = 3
    keys: dict[bytes, Key] = field(default_factory=dict)
    _history: list[tuple[float, frozenset[bytes]]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """total_number_of_keys."""
        return self.others + len(self.keys)

    def add(self, key: Key, now: float) -> None:
        """Add a key, or replace it by itself; KeychainFull at 20."""
        if key.point not in self.keys and self.total >= KEYS_MAX:
            raise KeychainFull(f"the car has {KEYS_MAX} keys already")
        self.keys[key.point] = key
        self._history.append((now, frozenset(self.keys)))

    def remove(self, point: bytes, now: float) -> None:
        """Remove a key; one that is not there is no matter."""
        self.keys.pop(point, None)
        self._history.append((now, frozenset(self.keys)))

    def points_at(self, when: float) -> frozenset[bytes]:
        """Return the keys that were there at a time (epoch s)."""
        return next((points for at, points in reversed(self._history) if at <= when), frozenset())
