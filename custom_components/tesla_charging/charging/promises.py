"""What a car has said yes to, until a read shows whether it did it.

It takes seconds until a car's data show what it was told, and now and then it says yes and does nothing. So a promise is
shown over the reads until one of them finds it kept, or until its time is over: then the read is right.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..fleet.commands import Command


@dataclass(frozen=True, slots=True)
class Promise[T]:
    """A command that was accepted when, and from when on a read that does not show it is right."""

    command: Command[T]
    body: Mapping[str, object]
    since: datetime
    until: datetime

    @property
    def subject(self) -> Hashable:
        """What it settles: a later promise about the same takes its place."""
        return self.command.subject(self.body)

    def open(self, now: datetime) -> bool:
        """Whether it is too early to tell; a clock that was set back makes it no longer."""
        return self.since <= now < self.until

    def kept(self, data: T) -> T:
        """Return data as they are when it is kept."""
        return self.command.effect(data, **self.body)


@dataclass(frozen=True, slots=True)
class Verdict[T]:
    """What to show after a read, which promises are open still, and which ones it has found broken."""

    shown: T
    open: tuple[Promise[T], ...]
    broken: tuple[Promise[T], ...]


def judge[T](read: T, promises: Iterable[Promise[T]], now: datetime) -> Verdict[T]:
    """Hold promises against a read: one that is kept would change nothing in it."""
    unkept = [promise for promise in promises if promise.kept(read) != read]
    left = tuple(promise for promise in unkept if promise.open(now))
    shown = read
    for promise in left:
        shown = promise.kept(shown)
    return Verdict(shown, left, tuple(promise for promise in unkept if not promise.open(now)))
