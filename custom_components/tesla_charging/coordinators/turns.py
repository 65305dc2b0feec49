"""Whose turn it is to speak to a car: one command at a time, in order, and of a value that waits only the last one."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..charging.pacing import Pace
from ..const import DOMAIN
from ..fleet.errors import FleetError

# What is on its way when the entry is unloaded has this long to come back.
_GRACE_SECONDS: Final = 2.0

type Body = dict[str, object]
# What a command is sent with, asked for at the last moment.
type Take = Callable[[], Body]


@dataclass(eq=False, slots=True)
class _Waiting:
    """A value that waits for its turn; `body` is the last one that was asked for, `heir` what has overtaken it."""

    body: Body
    heir: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Turns:
    """The queue of one car. What it runs goes on although who asked for it has left, and ends with the entry."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nobody waiting."""
        self._hass = hass
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[Hashable, _Waiting] = {}
        self._paces: dict[Hashable, Pace] = {}
        self._tickets = 0
        self._gave_up: tuple[int, FleetError] | None = None
        self._looked_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def run(self, subject: Hashable, body: Body, work: Callable[[Take], Coroutine[Any, Any, None]]) -> None:
        """Do something when it is its turn, instead of a value for the same subject that still waits."""

        async def alone() -> None:
            async with self._lock:
                await work(lambda: body)

        task = self._start(alone())
        if waiting := self._waiting.pop(subject, None):
            waiting.heir = task
            waiting.changed.set()
        await _outcome(task)

    async def run_value(
        self,
        subject: Hashable,
        body: Body,
        rises: Callable[[Body], bool],
        work: Callable[[Take], Coroutine[Any, Any, None]],
    ) -> None:
        """Set a value when its pace allows and it is its turn; whoever is overtaken shares the newer value's outcome."""
        self._paces.setdefault(subject, Pace()).ask(_now())
        waiting = self._waiting.get(subject)
        if waiting is not None and waiting.task is not None:
            waiting.body = body
            waiting.changed.set()
        else:
            waiting = self._waiting[subject] = _Waiting(body)
            waiting.task = self._start(self._set(subject, waiting, rises, work))
        await _outcome(waiting.task)

    def sent(self, subject: Hashable) -> None:
        """Note that a command is on its way."""
        if pace := self._paces.get(subject):
            pace.send(_now())

    def ticket(self) -> int:
        """Return the number of a command: later ones have higher ones."""
        self._tickets += 1
        return self._tickets

    def give_up(self, err: FleetError) -> None:
        """Let those who wait for the same car fail alike: it is not woken again for each of them."""
        self._gave_up = (self._tickets, err)

    def raise_if_given_up(self, ticket: int) -> None:
        """Raise the failure that a command of this number shares."""
        if self._gave_up is not None and ticket <= self._gave_up[0]:
            raise self._gave_up[1]

    def may_look(self, every: timedelta) -> bool:
        """Whether it is time for another look at a car that was of no use for a value; if so, that look is due now."""
        now = dt_util.utcnow()
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < every:
            return False
        self._looked_at = now
        return True

    async def async_stop(self) -> None:
        """End all that waits, and what runs if it does not end by itself soon."""
        for waiting in self._waiting.values():
            if waiting.task is not None:
                waiting.task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()

    async def _set(
        self,
        subject: Hashable,
        waiting: _Waiting,
        rises: Callable[[Body], bool],
        work: Callable[[Take], Coroutine[Any, Any, None]],
    ) -> None:
        def take() -> Body:
            if self._waiting.get(subject) is waiting:
                del self._waiting[subject]
            return waiting.body

        def wait() -> float:
            return self._paces[subject].wait(_now(), rises=rises(waiting.body))

        try:
            while waiting.heir is None:
                if (seconds := wait()) > 0:
                    await self._rest(waiting, seconds)
                    continue
                async with self._lock:
                    if waiting.heir is None and wait() <= 0:
                        await work(take)
                        return
            await asyncio.shield(waiting.heir)
        finally:
            take()

    async def _rest(self, waiting: _Waiting, seconds: float) -> None:
        """Wait so long, or until another value is asked for."""

        @callback
        def end(_: datetime) -> None:
            waiting.changed.set()

        waiting.changed.clear()
        cancel = async_call_later(self._hass, seconds, end)
        try:
            await waiting.changed.wait()
        finally:
            cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._hass.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Who asked may have left: then nobody else looks at the failure.
            task.exception()


async def _outcome(task: asyncio.Task[None]) -> None:
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.cancelled():
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="stopped") from None
        raise


def _now() -> float:
    return dt_util.utcnow().timestamp()
