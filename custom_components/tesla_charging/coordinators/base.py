"""What all coordinators share: one client, one set of scopes, one way to fail."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from random import random
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from ..budget import polling
from ..budget.asking import by_person
from ..const import DOMAIN
from ..errors import placeholders, sentence_key
from ..fleet.client import FleetClient
from ..fleet.errors import Fault, FleetError
from ..purse import Purse
from ..storage import Snapshots
from .pacer import Pacer

_LOGGER = logging.getLogger(__name__)

# Nobody waits longer than this although Tesla may ask for it: headers have been known to lie (users.md theme 22).
_LONGEST_WAIT: Final = timedelta(hours=1)
_FIRST_WAIT: Final = 60.0
_FIRST_WAIT_IF_ASKED: Final = 10.0
_LONGEST_USUAL: Final = 600.0
# How long to leave Tesla alone, in seconds, where it does not say so itself (fleet_api.md 8 and 9).
_PATIENCE: Final = {
    Fault.RATE_LIMITED: 300.0,
    Fault.LIMIT_EXCEEDED: 3600.0,
    Fault.PAYMENT_REQUIRED: 3600.0,
    Fault.OVER_BUDGET: 600.0,
    Fault.RESERVED: 600.0,
    Fault.NOT_WRITTEN: 600.0,
    Fault.WRONG_REGION: 900.0,
    Fault.NOT_REGISTERED: 900.0,
    Fault.UNAUTHORIZED: 300.0,
}
# A wait is longer by up to this share.
_JITTER: Final = 0.2


@dataclass(kw_only=True, eq=False)
class Context:
    """What every coordinator of an account is given; only the scopes change, when Tesla grants others."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    client: FleetClient
    purse: Purse
    scopes: frozenset[str]
    snapshots: Snapshots
    pacer: Pacer
    on_fault: Callable[[FleetError | None], None]
    # What Tesla has refused for want of a scope although one was granted that should do.
    too_narrow_for: set[str] = field(default_factory=set)


async def async_pause(hass: HomeAssistant, seconds: float) -> None:
    """Wait by Home Assistant's clock."""
    if seconds <= 0:
        return
    over: asyncio.Future[None] = hass.loop.create_future()

    @callback
    def end(_: datetime) -> None:
        if not over.done():
            over.set_result(None)

    cancel = async_call_later(hass, seconds, end)
    try:
        await over
    finally:
        cancel()


def out_of_step(seconds: float) -> float:
    """Return a wait that is a little longer each time: nobody retries in step with others."""
    return seconds * (1.0 + random() * _JITTER)


class TeslaCoordinator[T](DataUpdateCoordinator[T]):
    """A coordinator whose failures are sentences and whose data outlives them."""

    _confirm_seconds: Sequence[int] = polling.CONFIRM_SITE

    def __init__(
        self, context: Context, name: str, interval: timedelta | None, known: T, *, subject: str, always: bool = False
    ) -> None:
        """Start from what is known.

        interval: None where something else plans the reads. subject: whose habits the reads are. always: whether
        listeners are called after each read.
        """
        super().__init__(
            context.hass, _LOGGER, config_entry=context.entry, name=name, update_interval=interval, always_update=always
        )
        self.subject = subject
        self.context = context
        self.client = context.client
        self.data = known
        self._changes = 0
        self._failures = 0
        self._to_be_left_alone = False
        self._for_person: asyncio.Task[None] | None = None
        self._cancel_confirm: CALLBACK_TYPE | None = None

    async def _fetch(self) -> T:
        """Return the new data; raises FleetError."""
        raise NotImplementedError

    def _interval(self, data: T) -> timedelta | None:
        """Return the time until the next read."""
        return self.update_interval

    def _take(self, data: T) -> None:
        """Keep new data where it outlives the process."""

    @override
    async def _async_update_data(self) -> T:
        changes = self._changes
        try:
            data = await self._fetch()
        except FleetError as err:
            self.context.on_fault(err)
            if err.fault is Fault.LOGIN_REQUIRED:
                self._leave_alone(_LONGEST_USUAL)
                raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=err.fault) from None
            self._failures += 1
            self._to_be_left_alone = err.retry_after is not None or err.fault in _PATIENCE
            patience = self._patience(err)
            self._leave_alone(patience)
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=sentence_key(err),
                translation_placeholders=placeholders(err),
                retry_after=patience,
            ) from None
        self._failures = 0
        self._to_be_left_alone = False
        self.update_interval = self._interval(data)
        self.context.on_fault(None)
        if changes != self._changes:
            # A command has changed the data while this read was on its way: what it brings is older.
            return self.data
        data = self._judge(data)
        if not self._shutdown_requested:
            self._take(data)
        return data

    def _judge(self, data: T) -> T:
        """Return what to show after a read."""
        return data

    def _patience(self, err: FleetError) -> float:
        """Return the seconds until the next try: longer each time, up to the interval, or what Tesla asks for.

        It has been known to ask for none at all, so that a wait grows there, too.
        """
        asked = err.retry_after if err.retry_after is not None else _PATIENCE.get(err.fault)
        first = _FIRST_WAIT if asked is None else _FIRST_WAIT_IF_ASKED
        usual = self.update_interval.total_seconds() if self.update_interval else _LONGEST_USUAL
        own = min(usual, first * 2.0 ** min(self._failures - 1, 10))
        return out_of_step(max(own, min(asked or 0.0, _LONGEST_WAIT.total_seconds())))

    def _leave_alone(self, seconds: float) -> None:
        """Take note of how long Tesla is to be left alone."""

    def change(self, data: T) -> None:
        """Show at once what a command has done; the next read confirms or reverts it."""
        self._changes += 1
        self._replace(data)

    def _replace(self, data: T) -> None:
        self._take(data)
        self.data = data
        self.async_update_listeners()

    @property
    def asks_by_itself(self) -> bool:
        """Whether it may ask without a person: polling is on, and nobody has to sign in first."""
        entry = self.context.entry
        return not (entry.pref_disable_polling or any(entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})))

    async def async_refresh_for_person(self) -> None:
        """Read because a person asks for it; several at once are one read."""
        if self._for_person is None or self._for_person.done():
            with by_person():
                self._for_person = self.hass.async_create_task(self.async_refresh(), f"{DOMAIN} {self.name}")
        await asyncio.shield(self._for_person)

    @callback
    def async_confirm(self) -> None:
        """Read again soon, to see what a command has really done, as often as there is something to see."""
        self._drop_confirm()
        self._plan_read(0)

    def _plan_read(self, number: int) -> None:
        if self._shutdown_requested:
            return
        earlier = self._confirm_seconds[number - 1] if number else 0

        async def read(_: datetime) -> None:
            self._cancel_confirm = None
            with by_person():
                await self.async_refresh()
            if self._cancel_confirm is not None or self._to_be_left_alone:
                return
            if number + 1 < len(self._confirm_seconds) and self._in_doubt():
                self._plan_read(number + 1)

        self._cancel_confirm = async_call_later(self.hass, self._confirm_seconds[number] - earlier, read)

    def _in_doubt(self) -> bool:
        """Whether the last read has left open what a command did."""
        return False

    def _drop_confirm(self) -> None:
        if self._cancel_confirm is not None:
            self._cancel_confirm()
            self._cancel_confirm = None

    @override
    async def async_shutdown(self) -> None:
        """Stop, with what was still to be read."""
        self._drop_confirm()
        await super().async_shutdown()
