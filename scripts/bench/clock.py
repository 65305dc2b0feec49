"""Virtual time: an event loop that leaps to its next timer as soon as nothing is left to do.

Home Assistant, both integrations and the simulated Tesla run in one process on this loop. While a request is on its way
or a thread works, time stands still; when all of them wait for a timer, the wall clock (freezegun) and the loop's clock
leap to it together. So every wait lasts as long as it says, whoever began it and however (`asyncio.sleep`,
`asyncio.timeout`, Home Assistant's timers), nothing is patched, and an hour takes a second.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
import selectors
import time
from typing import Any, override

from freezegun import api, freeze_time
from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component import patch_time

START = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)  # a Wednesday, noon in Berlin
SETTLE_S = 0.001  # how long, in real time, nothing must have happened before time leaps
THREAD_S = 0.02

# As pytest_homeassistant_custom_component does before a test.
for _name, _value in {
    "FakeDate": patch_time.HAFakeDate,
    "FakeDatetime": patch_time.HAFakeDatetime,
    "datetime_to_fakedatetime": patch_time.ha_datetime_to_fakedatetime,
    "_get_module_attributes": patch_time.ha_get_module_attributes,
    "_get_module_attributes_hash": patch_time.ha_get_module_attributes_hash,
    "_should_use_real_time": patch_time.ha_should_use_real_time,
    "get_current_time": patch_time.ha_get_current_time,
}.items():
    setattr(api, _name, _value)


class LeapingSelector(selectors.DefaultSelector):
    """A selector that leaps instead of waiting for a timer."""

    leap: Callable[[float], None]
    working: Callable[[], bool]
    settle_s: float

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; if that is nothing, let the time pass in which nothing would be."""
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if events := super().select(THREAD_S if self.working() else self.settle_s):
            return events
        if self.working():
            return []
        if timeout is None:
            return super().select(None)
        self.leap(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is the frozen wall clock's."""

    def __init__(self, frozen: FrozenDateTimeFactory, start: datetime = START, settle_s: float = SETTLE_S) -> None:
        """Start at the wall clock's time, which is `start`."""
        selector = LeapingSelector()
        selector.leap, selector.working, selector.settle_s = self._leap, lambda: self._at_work > 0, settle_s
        self._frozen, self._start, self._passed, self._at_work = frozen, start, 0.0, 0
        super().__init__(selector)

    @override
    def time(self) -> float:
        """Return the seconds that passed."""
        return self._passed

    def _leap(self, seconds: float) -> None:
        self._passed += seconds
        self._frozen.move_to(self._start + timedelta(seconds=self.time()))

    @override
    def run_in_executor[T, *Ts](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run in a thread, and hold the time until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._at_work += 1
        future.add_done_callback(self._done)
        return future

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Hold the time until the last thread is gone."""
        self._at_work += 1
        await super().shutdown_default_executor(timeout)
        self._at_work -= 1

    def _done(self, _: object) -> None:
        self._at_work -= 1


class WorkingLoop(VirtualLoop):
    """A loop on which work takes the time that the processor works, as on a machine that has nothing else to do."""

    def __init__(self, frozen: FrozenDateTimeFactory, start: datetime = START, settle_s: float = SETTLE_S) -> None:
        """Start with nothing done."""
        self._begun = time.process_time()
        super().__init__(frozen, start, settle_s)

    @override
    def time(self) -> float:
        """Return the seconds that passed, with those of work."""
        return super().time() + time.process_time() - self._begun


def run_virtual[T](
    main: Coroutine[Any, Any, T],
    start: datetime = START,
    settle_s: float = SETTLE_S,
    loop: type[VirtualLoop] = VirtualLoop,
) -> T:
    """Run something from `start` on in virtual time; without sockets there is nothing to settle for."""
    with freeze_time(start) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        with asyncio.Runner(loop_factory=lambda: loop(frozen, start, settle_s)) as runner:
            return runner.run(main)
