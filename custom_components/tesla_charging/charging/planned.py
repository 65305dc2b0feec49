"""A plan as one-time schedules of the car: what to write, what is there of it, and when it goes.

A schedule that a person has made or changed is left alone: ours are those whose number we gave and whose times are as we
wrote them. Each lies within one day of the clock at its place, because it is UNCONFIRMED by which day a car takes an end
that is after midnight; around midnight it rests for a minute.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import count
from typing import Any, Final

from ..fleet.models import Vehicle
from ..fleet.models.vehicle import ChargingState
from .power import plugged_in
from .schedules import Kind, Place, Schedule, all_schedules, known_schedules, near
from .week import Span, Week, day_mask, minutes_of

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """What was written into a car. unsent: what is still to be written; stale: what is still to go of an older plan.

    One of `unsent` may have the number of one of `stale`, which it takes the place of when it is written.
    plugged: whether a cable was seen since. stopped: whether the charge was stopped for it, and has to go on with it.
    unwanted: whether a person wants it no more.
    """

    blocks: tuple[Span, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    unsent: tuple[Schedule, ...] = ()
    stale: tuple[Schedule, ...] = ()
    plugged: bool = False
    stopped: bool = False
    unwanted: bool = False

    @property
    def owned(self) -> tuple[Schedule, ...]:
        """All schedules in the car that are ours."""
        return (*self.schedules, *self.stale)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to care for."""
        return not (self.schedules or self.unsent or self.stale)

    def running(self, now: datetime) -> datetime | None:
        """Return the end of the block that has begun."""
        return next((end for begin, end in self.blocks if begin <= now < end), None)

    def given_up(self) -> Planned:
        """Return that nobody wants it: all that may be in the car is to go, also what was not seen to arrive."""
        return replace(self, unwanted=True, unsent=(), stale=(*self.stale, *self.unsent), blocks=())

    def with_sent(self, schedule: Schedule) -> Planned:
        """Return it when one schedule was written, over what had its number."""
        return replace(
            self,
            schedules=(*self.schedules, schedule),
            unsent=tuple(one for one in self.unsent if one.id != schedule.id),
            stale=tuple(one for one in self.stale if one.id != schedule.id),
        )

    def begun(self, now: datetime, patience: timedelta) -> bool:
        """Whether the car has had time to begin with a block that is not over."""
        return any(begin + patience <= now < end for begin, end in self.blocks)


class Next(StrEnum):
    """What there is to do with a plan."""

    NOTHING = "nothing"
    WRITE = "write"
    REMOVE = "remove"
    START = "start"


def weeks_of(blocks: Iterable[Span], zone: tzinfo) -> list[Week]:
    """Return blocks as windows of single days, by the clock of a place."""
    return [
        Week(days=day_mask(begin.date()), start=minutes_of(begin), end=minutes_of(end))
        for block in blocks
        for begin, end in _days(block, zone)
    ]


def _days(block: Span, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Return the parts of a block in each day, by the clock of a place; the last minute of a day is left out."""
    begin, end = block
    while begin < end:
        midnight = datetime.combine(begin.astimezone(zone).date() + _DAY, time(), zone).astimezone(UTC)
        until = end if end < midnight else midnight - _MINUTE
        if begin < until:
            yield begin.astimezone(zone), until.astimezone(zone)
        begin = midnight


def planned_anew(
    before: Planned, blocks: Iterable[Span], wanted: Iterable[Schedule], vehicle: Vehicle, numbers: Iterator[int]
) -> Planned:
    """Return what is to be in the car instead of an older plan: what is there already stays, numbers are used again."""
    left, schedules, unsent = list(before.owned), [], []
    missing = []
    for one in wanted:
        same = next((old for old in left if _alike(old, one) and is_there(vehicle, old)), None)
        if same is None:
            missing.append(one)
        else:
            schedules.append(same)
            left.remove(same)
    # What gives its number stays ours until something else was written there.
    reused = iter(left)
    for one in missing:
        old = next(reused, None)
        unsent.append(replace(one, id=next(numbers) if old is None else old.id))
    return Planned(
        blocks=tuple(blocks),
        schedules=tuple(schedules),
        unsent=tuple(unsent),
        stale=tuple(left),
        plugged=bool(plugged_in(vehicle.charge_state)),
        stopped=before.stopped,
    )


def wanted_schedules(blocks: Iterable[Span], zone: tzinfo, place: Place, name: str) -> list[Schedule]:
    """Return blocks as one-time schedules at a place, numberless yet."""
    return [
        Schedule(kind=Kind.CHARGE, id=0, week=week, name=name, one_time=True, place=place)
        for week in weeks_of(blocks, zone)
    ]


def going_on(blocks: tuple[Span, ...], before: Planned, now: datetime) -> tuple[Span, ...]:
    """Return blocks, the first as it is in the car already, where it has begun: it goes on, and is not cut."""
    running = next((block for block in before.blocks if block[0] <= now < block[1]), None)
    if running is None or not blocks or blocks[0][0] > now + _MINUTE:
        return blocks
    return (running[0], max(running[1], blocks[0][1])), *blocks[1:]


def there(vehicle: Vehicle, schedules: Iterable[Schedule]) -> list[Schedule]:
    """Return which of our schedules the car has still as we wrote them; spent ones are off."""
    known = {one.id: one for one in known_schedules(vehicle, Kind.CHARGE) or ()}
    return [one for one in schedules if one.id in known and _alike(known[one.id], one)]


def of_person(vehicle: Vehicle, planned: Planned, place: Place) -> list[Schedule]:
    """Return the schedules at a place that are on and not ours: the car charges by these too."""
    ours = {one.id for one in there(vehicle, planned.owned)}
    return [
        one
        for one in known_schedules(vehicle, Kind.CHARGE) or ()
        if one.enabled and one.id not in ours and (one.place is None or near(one.place, place))
    ]


def is_there(vehicle: Vehicle, schedule: Schedule) -> bool:
    """Whether the car has a schedule as it is wanted, and on."""
    known = known_schedules(vehicle, Kind.CHARGE) or ()
    return any(one.id == schedule.id and one.enabled and _alike(one, schedule) for one in known)


def _alike(known: Schedule, wanted: Schedule) -> bool:
    places = known.place, wanted.place
    same_place = None in places or near(*places)  # type: ignore[arg-type]
    return (known.week, known.one_time) == (wanted.week, wanted.one_time) and same_place


def seen(planned: Planned, vehicle: Vehicle) -> Planned:
    """Return a plan after a read of the car: what is gone or was changed by a person is ours no more.

    What is still to be written gets another number where a person has a schedule of that number now.
    """
    if known_schedules(vehicle, Kind.CHARGE) is None:
        return planned
    arrived = tuple(one for one in planned.unsent if is_there(vehicle, one))
    came = {one.id for one in arrived}
    stale = {one.id: one for one in there(vehicle, planned.stale) if one.id not in came}
    waiting = [one for one in planned.unsent if one not in arrived]
    ours = stale.keys() | {one.id for one in there(vehicle, waiting)}
    taken = {one.id for one in all_schedules(vehicle)}
    used = (
        taken
        | {note.id for note in vehicle.schedule_notes if note.id is not None}
        | {one.id for one in (*planned.owned, *planned.unsent)}
    )
    free = count(max(used, default=0) + 1)
    return replace(
        planned,
        schedules=(*there(vehicle, planned.schedules), *arrived),
        unsent=tuple(replace(one, id=next(free)) if one.id in taken - ours else one for one in waiting),
        stale=tuple(stale.values()),
        plugged=planned.plugged or bool(plugged_in(vehicle.charge_state)),
    )


def may_remove(planned: Planned, vehicle: Vehicle, now: datetime) -> bool:
    """Whether what is over can go.

    While the cable is in and the battery is not full, it stays where nothing else of ours is to come: a car without
    schedules may charge at once. One-time schedules that are spent do nothing.
    """
    to_come = bool(planned.schedules) and any(end > now for _, end in planned.blocks)
    full = vehicle.charge_state.charging_state is ChargingState.COMPLETE
    return to_come or full or plugged_in(vehicle.charge_state) is False


def what_next(planned: Planned, vehicle: Vehicle, now: datetime, patience: timedelta) -> Next:
    """Return what there is to do: a plan goes when the cable is pulled, when nobody wants it, and when it is over."""
    plugged = plugged_in(vehicle.charge_state)
    if planned.unwanted or (planned.plugged and plugged is False):
        return Next.REMOVE
    if all(end <= now for _, end in planned.blocks):
        return Next.REMOVE if may_remove(planned, vehicle, now) else Next.NOTHING
    if planned.unsent or (planned.stale and may_remove(planned, vehicle, now)):
        return Next.WRITE
    begun = planned.begun(now, patience)
    return Next.START if planned.stopped and begun and plugged and not vehicle.charging else Next.NOTHING


def to_json(planned: Planned) -> dict[str, Any]:
    """Return a plan as JSON."""
    return {
        "blocks": [[begin.timestamp(), end.timestamp()] for begin, end in planned.blocks],
        "schedules": [_schedule(one) for one in planned.schedules],
        "unsent": [_schedule(one) for one in planned.unsent],
        "stale": [_schedule(one) for one in planned.stale],
        "plugged": planned.plugged,
        "stopped": planned.stopped,
        "unwanted": planned.unwanted,
    }


def from_json(data: Mapping[str, Any]) -> Planned:
    """Read what `to_json` wrote; raises ValueError, KeyError, TypeError, AttributeError or OverflowError if damaged."""
    begins_ends = ((datetime.fromtimestamp(at, UTC) for at in block) for block in data["blocks"])
    return Planned(
        blocks=tuple((begin, end) for begin, end in begins_ends),
        schedules=tuple(_read(*one) for one in data["schedules"]),
        unsent=tuple(_read(*one) for one in data["unsent"]),
        stale=tuple(_read(*one) for one in data["stale"]),
        plugged=bool(data["plugged"]),
        stopped=bool(data["stopped"]),
        unwanted=bool(data["unwanted"]),
    )


def _schedule(one: Schedule) -> list[Any]:
    place = None if one.place is None else [one.place.latitude, one.place.longitude]
    return [one.id, one.week.days, one.week.start, one.week.end, one.name, place]


def _read(number: int, days: int, start: int, end: int, name: str | None, place: list[float] | None) -> Schedule:
    return Schedule(
        kind=Kind.CHARGE,
        id=int(number),
        week=Week(days=int(days), start=int(start), end=int(end)),
        name=name,
        one_time=True,
        place=None if place is None else Place(float(place[0]), float(place[1])),
    )
