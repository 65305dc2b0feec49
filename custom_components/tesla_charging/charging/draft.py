"""A session while it is being made: what was counted, what was guessed, and what came through the wall."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final

from ..energy.spread import Stretch
from .flow import Flow, joined
from .learned import Learned
from .session import Energy, Place, Run, Session, Source

# What is guessed of an energy makes an estimate of it when it is more than this share.
_EXACT: Final = 0.005
_EXACT_WALL: Final = 0.02
# So much tells how much a session itself loses on the way, Wh.
_TEACHES_WH: Final = 300.0


@dataclass(slots=True)
class Sums:
    """Energies in Wh: at the battery, `counted` by the car and `guessed`; at the wall, by what they are known from.

    connector: seen by the Wall Connector. port, ported: by the car's volts and amps, and what came of that to the battery.
    loose: came to the battery, and nobody saw what it took.
    """

    counted: float = 0.0
    guessed: float = 0.0
    connector: float = 0.0
    port: float = 0.0
    ported: float = 0.0
    loose: float = 0.0


@dataclass(slots=True)
class Stint:
    """A time of charging, epoch seconds."""

    start: float
    end: float | None = None


@dataclass(slots=True)
class Draft:
    """A session in the making; times are epoch seconds."""

    id: str
    vin: str
    plugged_at: float
    unplugged_at: float | None = None
    stints: list[Stint] = field(default_factory=list)
    flow: Flow = ()
    sums: Sums = field(default_factory=Sums)
    guess: Source = Source.POWER
    soc_start: float | None = None
    soc_end: float | None = None
    odometer_mi: float | None = None
    place: Place = Place.ELSEWHERE
    direct_current: bool = False

    @property
    def open(self) -> bool:
        """Whether the cable is still in."""
        return self.unplugged_at is None

    @property
    def charging(self) -> bool:
        """Whether a time of charging has not ended."""
        return bool(self.stints) and self.stints[-1].end is None

    def copy(self) -> Draft:
        """Return one that can be changed without changing this one."""
        other = copy(self)
        other.stints = [Stint(one.start, one.end) for one in self.stints]
        other.sums = copy(self.sums)
        return other

    def add(self, counted: float, flow: Flow) -> None:
        """Take what the car has counted."""
        self.sums.counted += counted
        self.flow = joined(self.flow, flow)

    def add_guess(self, guessed: float, source: Source, flow: Flow) -> None:
        """Take what the car has never told."""
        if guessed > 0:
            self.sums.guessed += guessed
            self.sums.loose += guessed
            self.guess = source
            self.flow = joined(self.flow, flow)

    def locate(self, place: Place) -> None:
        """Take a place; nothing is said against one that was known before."""
        if self.place is Place.ELSEWHERE:
            self.place = place

    def begin(self, at: float) -> None:
        """Begin a time of charging."""
        last = self.stints[-1].end if self.stints else None
        self.stints.append(Stint(max(at, self.plugged_at, last or at)))

    def end(self, at: float) -> None:
        """End the time of charging."""
        if self.charging:
            self.stints[-1].end = max(at, self.stints[-1].start)

    def added(self) -> Energy:
        """Return the energy at the battery."""
        sums = self.sums
        whole = sums.counted + sums.guessed
        source = Source.CAR if sums.counted >= sums.guessed else self.guess
        return Energy(wh=whole, source=source, estimated=sums.guessed > _EXACT * whole)

    def used(self, learned: Learned) -> Energy:
        """Return the energy at the wall; what nobody saw follows from what got lost where somebody did."""
        sums = self.sums
        teaches = sums.port > 0 and sums.ported >= _TEACHES_WH
        share = sums.ported / sums.port if teaches else learned.efficiency(direct_current=self.direct_current)
        loose, port = sums.loose / share, sums.port
        rest, unsure = (Source.POWER, 0.0) if teaches else (Source.EFFICIENCY, loose)
        parts = {Source.WALL_CONNECTOR: sums.connector, Source.POWER: port}
        parts[rest] = parts.get(rest, 0.0) + loose
        whole = sums.connector + port + loose
        if not whole:
            return Energy(wh=0.0, source=Source.EFFICIENCY, estimated=True)
        unsure += sums.guessed / share if teaches else 0.0
        return Energy(wh=whole, source=max(parts, key=lambda one: parts[one]), estimated=unsure > _EXACT_WALL * whole)

    def session(self, learned: Learned) -> Session:
        """Return it as it is kept."""
        return Session(
            id=self.id,
            vin=self.vin,
            plugged_at=moment(self.plugged_at),
            unplugged_at=None if self.unplugged_at is None else moment(self.unplugged_at),
            runs=tuple(
                Run(start=moment(one.start), end=None if one.end is None else moment(one.end)) for one in self.stints
            ),
            added=self.added(),
            used=self.used(learned),
            flow=self.flow,
            soc_start=self.soc_start,
            soc_end=self.soc_end,
            odometer_mi=self.odometer_mi,
            place=self.place,
            direct_current=self.direct_current,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        data = {one.name: getattr(self, one.name) for one in fields(self)}
        return data | {
            "stints": [[one.start, one.end] for one in self.stints],
            "flow": [[one.start, one.seconds, one.energy_wh] for one in self.flow],
            "sums": [getattr(self.sums, one.name) for one in fields(Sums)],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        """Read what `to_json` wrote; raises ValueError, KeyError, TypeError or AttributeError."""
        more = {
            "stints": [Stint(*one) for one in data["stints"]],
            "flow": tuple(Stretch(int(start), int(seconds), float(wh)) for start, seconds, wh in data["flow"]),
            "sums": Sums(*map(float, data["sums"])),
            "guess": Source(data["guess"]),
            "place": Place(data["place"]),
        }
        return cls(**{**data, **more})


def moment(at: float) -> datetime:
    """Return a time."""
    return datetime.fromtimestamp(round(at, 3), UTC)
