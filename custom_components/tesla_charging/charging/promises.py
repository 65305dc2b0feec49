"""What a car has said yes to, until a read shows whether it did it.

It takes seconds until a car's data show what it was told, and now and then it says yes and does nothing. So a promise is
shown over what was read until a read finds it kept, or until its time is over: then the read is right, as far as it tells
anything of it. A car that does not tell what it was told to change has neither kept its promise nor broken it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Final

from ..fleet.commands import Command

# What a field holds that tells nothing; the word is Tesla's, of sunroofs.
_NOTHING_TOLD: Final = (None, "unknown")


@dataclass(frozen=True, slots=True)
class Promise[T]:
    """A command that was accepted when, and from when on a read that does not show it is right.

    unkept: whether a read since then has not shown it.
    """

    command: Command[T]
    body: Mapping[str, object]
    since: datetime
    until: datetime
    unkept: bool = False

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
    """What is known after a read, which promises are open still, and which ones it has found broken.

    lost: promises whose time is over, about what the car has told before and does not tell any more.
    """

    known: T
    open: tuple[Promise[T], ...]
    broken: tuple[Promise[T], ...]
    lost: tuple[Promise[T], ...]


def shown[T](known: T, promises: Iterable[Promise[T]]) -> T:
    """Return what is known as it is when all promises are kept."""
    for promise in promises:
        known = promise.kept(known)
    return known


def to_remember[T](known: T, promises: Iterable[Promise[T]]) -> T:
    """Return the same but for what was never told: no read after a restart would put that right."""
    kept: T = _where_told(known, shown(known, promises))
    return kept


def judge[T](read: T, answer: T, promises: Iterable[Promise[T]], now: datetime) -> Verdict[T]:
    """Hold promises against a read, and against what its answer alone tells; one that is kept would change nothing."""
    known = read
    left: list[Promise[T]] = []
    broken: list[Promise[T]] = []
    lost: list[Promise[T]] = []
    for promise in promises:
        kept = promise.kept(read)
        if kept == read:
            continue
        if promise.open(now):
            left.append(replace(promise, unkept=True))
        elif _denied(kept, read, answer):
            broken.append(promise)
        else:
            # What was told before the command tells nothing any more.
            without = _without(kept, read, known)
            if without != known:
                known = without
                lost.append(promise)
    return Verdict(known, tuple(left), tuple(broken), tuple(lost))


def _denied(kept: Any, read: Any, answer: Any) -> bool:
    """Whether an answer tells anything of what would be other than it was read."""
    if kept == read:
        return False
    if not is_dataclass(read):
        return answer not in _NOTHING_TOLD
    names = (one.name for one in fields(read))
    return any(_denied(getattr(kept, name), getattr(read, name), getattr(answer, name)) for name in names)


def _without(kept: Any, read: Any, known: Any) -> Any:
    """Return what is known but for what would be other than it was read."""
    if kept == read:
        return known
    if not is_dataclass(read):
        return None
    names = (one.name for one in fields(read))
    parts = {name: _without(getattr(kept, name), getattr(read, name), getattr(known, name)) for name in names}
    return replace(known, **parts)


def _where_told(known: Any, kept: Any) -> Any:
    """Return what would be, but for what nothing is known of."""
    if known == kept or known in _NOTHING_TOLD:
        return known
    if not is_dataclass(kept):
        return kept
    names = (one.name for one in fields(kept))
    return replace(known, **{name: _where_told(getattr(known, name), getattr(kept, name)) for name in names})
