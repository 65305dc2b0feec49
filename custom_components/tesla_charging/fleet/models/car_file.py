"""What is known of a car that is asked seldom, and what was refused (fleet_api.md 5.1 and 5.4).

Distances are miles, because the fields are Tesla's. Where the Superchargers are is not kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from .parse import parse, read_as


@dataclass(frozen=True, kw_only=True, slots=True)
class Supercharger:
    """A Supercharger near a car."""

    name: str | None = None
    distance_miles: float | None = None
    available_stalls: int | None = None
    total_stalls: int | None = None
    site_closed: bool | None = None
    latitude: float | None = field(default=None, metadata=read_as(key="location.lat"))
    longitude: float | None = field(default=None, metadata=read_as(key="location.long"))

    @property
    def has_place(self) -> bool:
        """Whether it is told where it is."""
        return self.latitude is not None and self.longitude is not None

    @property
    def without_place(self) -> Supercharger:
        """The same without where it is, as it may be kept."""
        return replace(self, latitude=None, longitude=None)

    @property
    def has_room(self) -> bool:
        """Whether a car could charge there now, by Tesla's word."""
        return self.site_closed is not True and bool(self.available_stalls)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A message that a car has shown."""

    name: str | None = None
    time: datetime | None = None
    user_text: str | None = None

    @property
    def key(self) -> str:
        """What tells it apart from others."""
        return f"{self.name} {self.time and self.time.isoformat()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A visit at Tesla's service; nothing of it is there when there is none.

    ahead: whether the car was not at service yet when Tesla told of it.
    """

    service_status: str | None = None
    service_etc: datetime | None = None
    service_visit_number: str | None = None
    ahead: bool | None = None

    def told_of(self, in_service: bool | None) -> Service:
        """Return the visit as it was told of a car that is at service or not."""
        told = replace(self, ahead=None)
        return told if told == Service() else replace(told, ahead=in_service is False)

    def is_over(self, in_service: bool | None) -> bool:
        """Whether the car has come to service or left it since this was told."""
        return self != Service() and in_service is not None and bool(self.ahead) is in_service


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """When a topic was last asked about; where Tesla refused it, why, and the scopes of then, in order."""

    topic: str | None = None
    at: datetime | None = None
    refused_with: str | None = field(default=None, metadata=read_as(clears=True))
    refused_as: str | None = field(default=None, metadata=read_as(clears=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class CarFile:
    """The file of a car: the nearest Supercharger and when it was told, the keys of known alerts, and what was asked."""

    vin: str | None = None
    nearest: Supercharger = field(default_factory=Supercharger)
    nearest_told_at: datetime | None = None
    service: Service = field(default_factory=Service)
    mobile_enabled: bool | None = field(default=None, metadata=read_as(key="mobile_enabled.result"))
    alerts: dict[str, Any] | None = None
    asked: tuple[Asked, ...] = field(default=(), metadata=read_as(by="topic"))

    def asked_about(self, topic: str) -> Asked:
        """Return when a topic was asked about."""
        return next((one for one in self.asked if one.topic == topic), Asked(topic=topic))

    def with_asked(self, asked: Asked) -> CarFile:
        """Return the file with another note of a topic."""
        others = tuple(one for one in self.asked if one.topic != asked.topic)
        return replace(self, asked=(*others, asked))

    def without_service(self) -> CarFile:
        """Return the file without a visit that is over; the next one is asked about at once, if that is not refused."""
        kept = tuple(one for one in self.asked if one.topic != "service_data" or one.refused_with is not None)
        return replace(self, service=Service(), asked=kept)

    def without_stalls(self) -> CarFile:
        """Return the file without what nobody can know any more: how many stalls are free."""
        return replace(self, nearest=replace(self.nearest, available_stalls=None))


def superchargers(sites: Iterable[Mapping[str, Any]]) -> list[Supercharger]:
    """Return Superchargers, the nearest first; those of unknown distance come last."""
    found = [parse(Supercharger, site) for site in sites]
    return sorted(found, key=lambda one: (one.distance_miles is None, one.distance_miles or 0.0))


def nearest_with_room(found: Iterable[Supercharger]) -> Supercharger:
    """Return the nearest where a car could charge now, an empty one if there is none."""
    return next((one for one in found if one.has_room), Supercharger())


def find_supercharger(found: Iterable[Supercharger], name: str, *, whole: bool = False) -> Supercharger | None:
    """Return the one with this name, else the only one whose name holds it unless it is `whole`, in any case of letters."""
    named = [(one.name.casefold(), one) for one in found if one.name is not None]
    wanted = name.strip().casefold()
    exact = [one for known, one in named if known == wanted]
    alike = [one for known, one in named if wanted in known and not whole]
    return exact[0] if exact else alike[0] if len(alike) == 1 else None


def new_alerts(
    told: Iterable[Mapping[str, Any]], known: Mapping[str, Any] | None
) -> tuple[list[Alert], dict[str, Any]]:
    """Return the alerts that are new, the oldest first, and the keys of all; none is new where none was ever asked for."""
    alerts = [alert for alert in (parse(Alert, one) for one in told) if alert.name is not None]
    keys: dict[str, Any] = {alert.key: True for alert in alerts}
    if known is None:
        return [], keys
    fresh = {alert.key: alert for alert in alerts if alert.key not in known}
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(fresh.values(), key=lambda alert: alert.time or earliest), {**_latest(known, keys), **keys}


# Tesla may leave an alert out of one answer and put it into the next: this many are remembered beside those of the last.
_REMEMBERED = 200


def _latest(known: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    kept = [key for key in known if key not in told]
    return dict.fromkeys(kept[-_REMEMBERED:], True)
